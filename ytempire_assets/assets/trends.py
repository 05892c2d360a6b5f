"""What people care about on a day: signals, scored topics, and their source documents."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg

from ytempire_assets.assets.discovery_rows import (
    known_topics,
    signal_row,
    signals_of,
    topic_row,
    topics_markdown,
)
from ytempire_assets.assets.stage import output, stage
from ytempire_assets.channels import ChannelFolder
from ytempire_assets.discovery_schema import RESEARCH, TREND_SIGNALS, TRENDS
from ytempire_assets.fingerprints import fingerprint
from ytempire_assets.partitions import DAYS, parse_day, week_before
from ytempire_assets.resources.growth_models import GrowthModels
from ytempire_assets.resources.lake import markdown_cell
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.signals import Gathered, SignalDesk, Wanted
from ytempire_assets.table_schema import Frame, frame

LOOK_BACK_DAYS = 14
"""Signals of so many days make a score; topics of so many days are known again."""

RESEARCHED_TOPICS = 40
"""Documents are gathered for the strongest topics of the channels' niches only: pages of others
are asked for no more often than they are needed."""


@stage("trend_signals", "discovery", ["feed"], DAYS)
def trend_signals(
    context: dg.AssetExecutionContext,
    signals: dg.ResourceParam[SignalDesk],
    tables: dg.ResourceParam[LakeTables],
) -> dg.Output[Frame]:
    """What each source said on this day; what was said earlier on the day is kept."""
    day = parse_day(context.partition_key)
    gathered = signals.gather(day)
    for poll in gathered.polls:
        for problem in poll.problems:
            context.log.warning("%s: %s", poll.source, problem)
    rows: dict[str, dict[str, Any]] = {}
    earlier = tables.read("trend_signals", context.partition_key)
    if earlier is not None and signals.origin == "live" and "observed_at" in earlier.columns:
        rows = {
            row["signal_id"]: row
            for row in earlier.iter_rows(named=True)
            if row["origin"] == signals.origin
        }
    perishable = signals.perishable
    for signal in gathered.signals:
        row = signal_row(signal, signals.origin, gathered.polled_at, signal.source in perishable)
        rows[row["signal_id"]] = row
    failed = [poll.source for poll in gathered.polls if poll.outcome == "failed"]
    return output(
        frame(TREND_SIGNALS, [rows[key] for key in sorted(rows)]),
        {
            "origin": "made-up counts of the sample snapshot"
            if signals.origin == "sample"
            else "live sources",
            "new_signals": len(gathered.signals),
            "sources_failed": dg.MetadataValue.json(failed),
            "problems": dg.MetadataValue.json(
                [f"{poll.source}: {one}" for poll in gathered.polls for one in poll.problems]
            ),
            "sources": dg.MetadataValue.md(_polls_markdown(gathered)),
        },
    )


@stage(
    "trends",
    "discovery",
    ["score"],
    DAYS,
    deps=[dg.AssetDep("viral_model", partition_mapping=week_before())],
)
def trends(
    context: dg.AssetExecutionContext,
    trend_signals: Frame,
    signals: dg.ResourceParam[SignalDesk],
    channels: dg.ResourceParam[ChannelFolder],
    growth_models: dg.ResourceParam[GrowthModels],
    tables: dg.ResourceParam[LakeTables],
) -> dg.Output[Frame]:
    """Topics of the day, scored by how much their interest will grow, strongest first."""
    from ytempire_assets.discovery.story_scores import score_stories
    from ytempire_assets.discovery.topics.merging import merge_signals

    day = parse_day(context.partition_key)
    now = _now(day)
    signals.stored(set(trend_signals["polled_at"].drop_nulls()))
    seen = signals_of([trend_signals], signals.origin)
    if signals.origin == "live":
        seen += signals_of(_days_before(tables, "trend_signals", day), signals.origin)
    topics = merge_signals(seen, known_topics(_days_before(tables, "trends", day), signals.origin))
    current = growth_models.current(day)
    scores = score_stories(topics, current.model, now, signals.restricted)
    niches = sorted({niche for spec in channels.load().specs.values() for niche in spec.niches})
    rows = [
        topic_row(topic, scores[topic.topic_id], niches, current.name, signals.origin)
        for topic in topics
        if topic.topic_id in scores
    ]
    rows.sort(key=lambda row: (-row["viral_score"], row["topic_id"]))
    ranked = [{**row, "rank": rank} for rank, row in enumerate(rows, start=1)]
    return output(
        frame(TRENDS, ranked),
        {
            "strongest": ranked[0]["title"] if ranked else "none",
            "topics": dg.MetadataValue.md(topics_markdown(ranked)),
            "signals": len(seen),
            "not_scored": len(topics) - len(ranked),
            "growth_model": current.name,
        },
    )


@stage("research", "discovery", ["text"], DAYS)
def research(
    context: dg.AssetExecutionContext,
    trends: Frame,
    signals: dg.ResourceParam[SignalDesk],
    channels: dg.ResourceParam[ChannelFolder],
) -> dg.Output[Frame]:
    """Source documents of the day's topics: text, address, licence, attribution."""
    specs = channels.load().specs.values()
    niches = {niche for spec in specs for niche in spec.niches}
    asked = {entry.topic for spec in specs for entry in spec.calendar}
    wanted = [
        Wanted(
            row["topic_id"],
            row["title"],
            tuple(row["keywords"]),
            row["language"],
            tuple(row["addresses"]),
        )
        for row in trends.iter_rows(named=True)
        if row["niche"] in niches or row["topic_id"] in asked
    ]
    documents = signals.documents(wanted[:RESEARCHED_TOPICS])
    for problem in documents.problems:
        context.log.warning("%s", problem)
    rows = [
        {
            **row,
            "origin": signals.origin,
            "fingerprint": fingerprint("trends", {"document": row}),
        }
        for row in documents.rows
    ]
    return output(
        frame(RESEARCH, rows),
        {
            "words": sum(len(row["text"].split()) for row in rows),
            "topics_asked_for": len(wanted[:RESEARCHED_TOPICS]),
            "topics_with_documents": len({row["topic_id"] for row in rows}),
            "problems": dg.MetadataValue.json(list(documents.problems)),
        },
    )


def _now(day: date) -> datetime:
    """The time that a day is scored at: now, or the day's end for a day that is over."""
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return min(end, datetime.now(UTC)) if day <= datetime.now(UTC).date() else end


def _days_before(tables: LakeTables, table: str, day: date) -> list[Frame]:
    """A table's stored partitions of the days before, oldest first."""
    days = (day - timedelta(days=back) for back in range(LOOK_BACK_DAYS, 0, -1))
    return tables.read_many(table, (one.isoformat() for one in days))


def _polls_markdown(gathered: Gathered) -> str:
    lines = [
        "| source | outcome | signals | requests | seconds | problems |",
        "|---|---|---|---|---|---|",
    ]
    for poll in gathered.polls:
        problems = markdown_cell("; ".join(poll.problems)) or "–"
        lines.append(
            f"| {markdown_cell(poll.source)} | {poll.outcome} | {len(poll.signals):,} | "
            f"{poll.requests} | {poll.seconds:.1f} | {problems} |"
        )
    return "\n".join(lines)
