"""The weekly training: what is learned from live series only, and used only when it is better."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ytempire_assets.assets.discovery_rows import signal_row
from ytempire_assets.build import build_defs
from ytempire_assets.discovery.growth import training
from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery_schema import TREND_SIGNALS
from ytempire_assets.instance import opened_instance
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.growth_models import GrowthModels
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.settings import Settings
from ytempire_assets.table_schema import frame
from ytempire_assets_tests.discovery.growth.worlds import a_world

WEEK = date(2026, 11, 8)


def train(settings: Settings) -> tuple[dict[str, object], bool]:
    """The row of the week, and whether its check passed."""
    with opened_instance(settings) as instance:
        result = (
            build_defs(settings)
            .resolve_job_def("learn_growth")
            .execute_in_process(instance=instance, partition_key=WEEK.isoformat())
        )
    table = LakeTables(settings.lake_dir).read("viral_model", WEEK.isoformat())
    assert table is not None
    [check] = result.get_asset_check_evaluations()
    return table.row(0, named=True), check.passed


def test_made_up_counts_teach_nothing(settings: Settings) -> None:
    row, passed = train(settings)
    assert passed
    assert not row["accepted"]
    assert row["reason"] == "the model stays: made-up counts teach nothing"


def test_a_better_model_is_used_from_the_week_after_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Observed series of a world in which what gained much stops: the shipped model is wrong."""
    for name in ("_TREES", "_FIRST_TREES", "_SPREAD_TREES"):
        monkeypatch.setattr(training, name, 30)
    sources = settings.home / "sources.yaml"
    sources.parent.mkdir(parents=True)
    sources.write_text(
        "contact: operator@example.com\nsources: [{kind: hacker_news, name: posts}]", "utf-8"
    )
    settings = settings.model_copy(update={"signals": "live", "sources_file": sources})
    shift = datetime(2026, 10, 8, tzinfo=UTC) - datetime(2026, 3, 1, tzinfo=UTC)
    days: dict[date, list[dict[str, object]]] = {}
    for one in a_world(turned=True).iter_rows(named=True):
        signal = Signal(
            "posts",
            one["video_id"],
            one["video_id"],
            one["fetched_at"] + shift,
            float(one["views"]),
            "points",
            "total",
            published_at=one["published_at"] + shift,
            channel=one["channel_id"],
        )
        row = signal_row(signal, "live", None, perishable=False)
        days.setdefault(signal.observed_at.date(), []).append(row)
    folder = settings.lake_dir / "trend_signals"
    folder.mkdir(parents=True)
    for day, rows in days.items():
        frame(TREND_SIGNALS, rows).write_parquet(folder / f"{day}.parquet")

    row, passed = train(settings)
    assert passed
    assert row["accepted"], row["reason"]
    models = GrowthModels(LakeTables(settings.lake_dir), BlobStore(settings.blobs_dir))
    assert models.current(WEEK + timedelta(days=6)).name.startswith("shipped")
    used = models.current(WEEK + timedelta(days=7))
    assert used.name.startswith("trained")
    assert used.model.card.data == "observed here: posts"
