"""The growth model, trained anew each week on what was observed since."""

from datetime import UTC, date, datetime, timedelta

import dagster as dg

from ytempire_assets.assets.discovery_rows import signals_of
from ytempire_assets.assets.stage import output, stage
from ytempire_assets.discovery_schema import VIRAL_MODEL
from ytempire_assets.partitions import WEEKS
from ytempire_assets.resources.growth_models import GrowthModels
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.signals import SignalDesk
from ytempire_assets.resources.work import Workbench
from ytempire_assets.table_schema import Frame, frame

LEARNED_DAYS = 120
"""Observations of so many days are learned from; what people like changes."""


@stage("viral_model", "learning", ["xgboost"], WEEKS, deps=["trend_signals"])
def viral_model(
    context: dg.AssetExecutionContext,
    signals: dg.ResourceParam[SignalDesk],
    growth_models: dg.ResourceParam[GrowthModels],
    tables: dg.ResourceParam[LakeTables],
    work: dg.ResourceParam[Workbench],
) -> dg.Output[Frame]:
    """Trains on what was observed up to the week's end; keeps the old model unless it is beaten."""
    from ytempire_assets.discovery.growth.succession import Succession, succeed
    from ytempire_assets.discovery.story_series import series_observations, story_series

    week = date.fromisoformat(context.partition_key)
    end = week + timedelta(days=7)
    incumbent = growth_models.current(week + timedelta(days=6))
    series = []
    if signals.origin == "live":
        days = (end - timedelta(days=back) for back in range(LEARNED_DAYS, 0, -1))
        stored = tables.read_many("trend_signals", (day.isoformat() for day in days))
        seen = signals_of(stored, signals.origin)
        counted = [one for one in seen if one.counting != "mention"]
        now = min(datetime.now(UTC), datetime(end.year, end.month, end.day, tzinfo=UTC))
        series = story_series(counted, now, signals.restricted)
    if series:
        sources = ", ".join(sorted({one.source for one in series}))
        found = succeed(series_observations(series), incumbent.model, f"observed here: {sources}")
    elif signals.origin == "sample":
        found = Succession(None, "the model stays: made-up counts teach nothing")
    else:
        found = Succession(None, "the model stays: nothing was counted that may be learned from")
    row = {
        "week": week,
        "accepted": found.model is not None,
        "reason": found.reason,
        "model": None if found.model is None else work.blobs.put(found.model.to_bytes(), ".zip"),
        "incumbent_model": incumbent.name,
        "series": len(series),
        "judged": found.judged,
        "challenger": found.challenger,
        "incumbent": found.incumbent,
        "sure": found.sure,
        "origin": signals.origin,
    }
    return output(frame(VIRAL_MODEL, [row]), {"accepted": row["accepted"], "reason": found.reason})
