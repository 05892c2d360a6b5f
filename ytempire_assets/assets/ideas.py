"""What a channel will make on a day."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import dagster as dg

from ytempire_assets.assets.stage import output, stage
from ytempire_assets.channels import ChannelFolder, ChannelSpec, relevant
from ytempire_assets.discovery.ideas import (
    COPIED_DAYS,
    REPEAT_DAYS,
    Candidate,
    Demand,
    Idea,
    plan_ideas,
)
from ytempire_assets.discovery.originality import Made
from ytempire_assets.fingerprints import fingerprint
from ytempire_assets.partitions import DAY_BY_CHANNEL, channel_day, day_before, day_of_channel_day
from ytempire_assets.publishing.publication import IN_DOUBT, OUT
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.table_schema import Frame, frame
from ytempire_assets.tables import IDEAS

NICHE_PATTERN = "niche:"


@stage(
    "ideas",
    "production",
    ["decision"],
    DAY_BY_CHANNEL,
    ins={
        "trends": dg.AssetIn(partition_mapping=day_of_channel_day()),
        "research": dg.AssetIn(partition_mapping=day_of_channel_day()),
        "patterns_feedback": dg.AssetIn(
            partition_mapping=day_before(),
            metadata={"lake_table": "patterns", "allow_missing_partitions": True},
        ),
    },
)
def ideas(
    context: dg.AssetExecutionContext,
    trends: Frame,
    research: Frame,
    patterns_feedback: Frame | None,
    channels: dg.ResourceParam[ChannelFolder],
    ledger: dg.ResourceParam[Ledger],
    tables: dg.ResourceParam[LakeTables],
) -> dg.Output[Frame]:
    """Candidate videos of a channel's day, best first, each with the reason of its decision."""
    import polars as pl

    channel, day = channel_day(context.partition_key)
    spec = channels.get(channel)
    weights = _niche_weights(patterns_feedback)
    past = _made_near(tables, channel, day)
    demand = Demand(
        channel=channel,
        day=day,
        niches=spec.niches,
        videos=spec.videos_per_day,
        threshold=spec.threshold,
        evergreen=spec.evergreen,
        scheduled=[entry.topic for entry in spec.calendar if entry.day == day],
        made={one.topic_id: one.day for one in past},
        weights=weights,
        pinned={
            publication.plan.video_id: publication.plan.topic_id
            for publication in ledger.publications(channel=channel, day=day)
            if publication.state in IN_DOUBT | OUT
        },
        language=spec.language,
        past=past,
        others=ledger.made_by_others(channel, day - timedelta(days=COPIED_DAYS), day),
        breaking={
            one.topic_id: one.reason for one in ledger.breaking(day, channel) if one.day == day
        },
    )
    usable = research.filter(pl.col("reuse") == "text")
    documents = dict(usable.group_by("topic_id").len().iter_rows())
    candidates = [
        Candidate(
            row["topic_id"],
            row["title"],
            row["niche"],
            row["viral_score"],
            documents.get(row["topic_id"], 0),
            row["fingerprint"],
            row["evidence"],
            row["niche_fit"],
            row["competition"],
            row["language"],
        )
        for row in trends.iter_rows(named=True)
    ]
    queue = [_row(idea, spec) for idea in plan_ideas(candidates, demand)]
    accepted = sum(row["accepted"] for row in queue)
    if accepted < spec.videos_per_day:
        context.log.warning(
            "%s has %d of %d videos for %s: its niches have no more good ideas",
            channel,
            accepted,
            spec.videos_per_day,
            day,
        )
    return output(
        frame(IDEAS, queue),
        {
            "accepted": accepted,
            "wanted": spec.videos_per_day,
            "asked_for_at_once": len(demand.breaking),
            "learned_niches": len(weights),
        },
    )


def _row(idea: Idea, spec: ChannelSpec) -> dict[str, Any]:
    candidate = idea.candidate
    decision = {
        "trend": candidate.trend_fingerprint,
        "video": idea.video_id,
        "kind": idea.kind,
        "weight": idea.weight,
        "accepted": idea.accepted,
        "channel": relevant(spec, "niches", "phase", "videos_per_day", "evergreen"),
    }
    return {
        "video_id": idea.video_id,
        "topic_id": candidate.topic_id,
        "title": candidate.title,
        "niche": candidate.niche,
        "kind": idea.kind,
        "priority": idea.priority,
        "score": idea.score,
        "pattern_weight": idea.weight,
        "novelty": idea.novelty,
        "niche_fit": candidate.fit,
        "rank": idea.rank,
        "accepted": idea.accepted,
        "reason": idea.reason,
        "trend_fingerprint": candidate.trend_fingerprint,
        "fingerprint": fingerprint("ideas", decision),
    }


def _niche_weights(patterns: Frame | None) -> Mapping[str, float]:
    """Weight by niche from the patterns of the day before."""
    if patterns is None:
        return {}
    return {
        row["pattern"].removeprefix(NICHE_PATTERN): row["weight"]
        for row in patterns.iter_rows(named=True)
        if row["pattern"].startswith(NICHE_PATTERN)
    }


def _made_near(tables: LakeTables, channel: str, day: date) -> list[Made]:
    """What the channel accepted on other days within 90 days, oldest first."""
    import polars as pl

    made: list[Made] = []
    near = [
        stored
        for stored in tables.history("ideas", channel)
        if 0 < abs((date.fromisoformat(stored.name) - day).days) <= REPEAT_DAYS
    ]
    for stored, table in zip(near, tables.contents(near), strict=True):
        accepted = table.filter(pl.col("accepted"))
        other = date.fromisoformat(stored.name)
        rows = zip(accepted["topic_id"], accepted["title"], strict=True)
        made += [Made(channel, other, topic_id, title) for topic_id, title in rows]
    return made
