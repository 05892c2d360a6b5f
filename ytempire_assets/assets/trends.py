"""What people care about on a day: signals, scored topics, and their source documents."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from ytempire_assets.assets.stage import output, stage
from ytempire_assets.discovery.scoring import SignalSeries, score_topic
from ytempire_assets.fingerprints import fingerprint
from ytempire_assets.partitions import DAYS, parse_day
from ytempire_assets.resources.signals import SnapshotSource
from ytempire_assets.table_schema import Frame, frame
from ytempire_assets.tables import RESEARCH, TREND_SIGNALS, TRENDS


@stage("trend_signals", "discovery", ["feed"], DAYS)
def trend_signals(
    context: dg.AssetExecutionContext, signals: dg.ResourceParam[SnapshotSource]
) -> dg.Output[Frame]:
    """What each source said of each topic on this day and the 13 days before it."""
    from ytempire_assets.discovery.snapshot import SERIES_DAYS, observed_series

    day = parse_day(context.partition_key)
    snapshot = signals.load()
    rows = [
        {
            "signal_id": f"{topic.topic}/{signal.source}/{observed_on.isoformat()}",
            "topic_id": topic.topic,
            "title": topic.title,
            "niche": topic.niche,
            "keywords": list(topic.keywords),
            "source": signal.source,
            "unit": signal.unit,
            "day": observed_on,
            "value": float(value),
            "origin": signals.origin,
        }
        for topic in snapshot.topics
        for signal in topic.signals
        for observed_on, value in observed_series(signal, day, SERIES_DAYS)
    ]
    for problem in snapshot.problems:
        context.log.warning("left out: %s", problem)
    return output(
        frame(TREND_SIGNALS, rows),
        {
            "topics": len(snapshot.topics),
            "left_out": dg.MetadataValue.json(list(snapshot.problems)),
            "origin": "made-up counts of the sample snapshot",
        },
    )


@stage("trends", "discovery", ["score"], DAYS)
def trends(trend_signals: Frame) -> dg.Output[Frame]:
    """Topics of the day, scored by how their interest grows, strongest first."""
    rows = [_scored(group) for group in _by_topic(trend_signals)]
    rows.sort(key=lambda row: (-row["viral_score"], row["topic_id"]))
    ranked = [{**row, "rank": rank} for rank, row in enumerate(rows, start=1)]
    best = ranked[0]["title"] if ranked else "none"
    return output(frame(TRENDS, ranked), {"strongest": best})


@stage("research", "discovery", ["text"], DAYS)
def research(trends: Frame, signals: dg.ResourceParam[SnapshotSource]) -> dg.Output[Frame]:
    """Source documents of the day's topics: text, address, licence, attribution."""
    wanted = set(trends["topic_id"])
    rows = []
    for topic in signals.load().topics:
        if topic.topic not in wanted:
            continue
        for document in topic.documents:
            content = document.model_dump(mode="json")
            rows.append(
                {
                    "document_id": document.id,
                    "topic_id": topic.topic,
                    "title": document.title,
                    "publisher": document.publisher,
                    "address": content["address"],
                    "licence": document.licence,
                    "attribution": document.attribution,
                    "language": "en",
                    "text": document.text,
                    "series": content["series"],
                    "origin": signals.origin,
                    "fingerprint": fingerprint("trends", {"document": content}),
                }
            )
    words = sum(len(row["text"].split()) for row in rows)
    return output(frame(RESEARCH, rows), {"words": words})


def _by_topic(signals: Frame) -> list[list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in signals.sort("topic_id", "source", "day").iter_rows(named=True):
        groups.setdefault(row["topic_id"], []).append(row)
    return list(groups.values())


def _scored(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One topic's row from its signal rows, which are in order of source and day."""
    series: dict[str, list[float]] = {}
    units: dict[str, str] = {}
    for row in rows:
        series.setdefault(row["source"], []).append(row["value"])
        units[row["source"]] = row["unit"]
    score = score_topic(
        [SignalSeries(source, units[source], values) for source, values in series.items()]
    )
    newest = max(row["day"] for row in rows)
    first = rows[0]
    return {
        "topic_id": first["topic_id"],
        "title": first["title"],
        "niche": first["niche"],
        "keywords": first["keywords"],
        "viral_score": score.viral_score,
        "growth_ratio": score.growth_ratio,
        "evidence": score.evidence,
        "signal_ids": [row["signal_id"] for row in rows if row["day"] == newest],
        "origin": first["origin"],
        "fingerprint": fingerprint(
            "trends",
            {"topic": first["topic_id"], "title": first["title"], "series": series},
        ),
    }
