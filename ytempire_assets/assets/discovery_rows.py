"""How signals and topics become rows of the lake, and rows become them again.

Belongs here: the mapping between the domain's shapes and the tables, and what the UI shows of them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ytempire_assets.discovery.niches import best_niche
from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.story_scores import StoryScore, sparkline
from ytempire_assets.discovery.topics.topic import KnownTopic, Topic
from ytempire_assets.fingerprints import fingerprint
from ytempire_assets.resources.lake import markdown_cell
from ytempire_assets.resources.signals import KEPT_DAYS
from ytempire_assets.table_schema import Frame

SHOWN_TOPICS = 20
_KEPT_ADDRESSES = 8


def signal_id(signal: Signal) -> str:
    """Source, item and time."""
    return f"{signal.source}/{signal.item}/{signal.observed_at:%Y-%m-%dT%H:%M:%SZ}"


def signal_row(
    signal: Signal, origin: str, polled_at: datetime | None, perishable: bool
) -> dict[str, Any]:
    """A signal as a row of ``trend_signals``; what is perishable says until when it may be kept."""
    kept = (polled_at or signal.observed_at).date() + timedelta(days=KEPT_DAYS)
    return {
        "signal_id": signal_id(signal),
        "source": signal.source,
        "item": signal.item,
        "topic_id": signal.topic,
        "title": signal.title,
        "summary": signal.summary,
        "language": signal.language,
        "niche": signal.niche,
        "keywords": list(signal.tags),
        "address": signal.address,
        "publisher": signal.channel,
        "category": signal.category,
        "unit": signal.unit,
        "counting": signal.counting,
        "day": signal.observed_at.date(),
        "observed_at": signal.observed_at,
        "polled_at": polled_at,
        "published_at": signal.published_at,
        "value": signal.value,
        "likes": signal.likes,
        "comments": signal.comments,
        "regions": signal.regions,
        "rank": signal.rank,
        "duration_s": signal.duration_s,
        "forget_after": kept if perishable else None,
        "origin": origin,
    }


def signals_of(frames: Iterable[Frame], origin: str) -> list[Signal]:
    """The signals of stored tables that come from one origin; real and made up never mix."""
    return [
        Signal(
            source=row["source"],
            item=row["item"],
            title=row["title"],
            observed_at=row["observed_at"],
            value=row["value"],
            unit=row["unit"],
            counting=row["counting"],
            published_at=row["published_at"],
            address=row["address"],
            summary=row["summary"],
            language=row["language"],
            tags=tuple(row["keywords"]),
            niche=row["niche"],
            topic=row["topic_id"],
            channel=row["publisher"],
            category=row["category"],
            likes=row["likes"],
            comments=row["comments"],
            regions=row["regions"],
            rank=row["rank"],
            duration_s=row["duration_s"],
        )
        for frame in frames
        # A table of an older version lacks what a signal needs; it is made anew by its own day.
        if "observed_at" in frame.columns
        for row in frame.iter_rows(named=True)
        if row["origin"] == origin
    ]


def known_topics(frames: Sequence[Frame], origin: str) -> list[KnownTopic]:
    """What is kept of the topics of earlier days; a topic of several days as it was last."""
    known = {
        row["topic_id"]: KnownTopic(
            row["topic_id"],
            row["title"],
            tuple(row["titles"]),
            tuple(row["keywords"]),
            row["language"],
            row["first_seen"],
            row["last_seen"],
        )
        for frame in frames
        if "titles" in frame.columns
        for row in frame.iter_rows(named=True)
        if row["origin"] == origin
    }
    return list(known.values())


def topic_row(
    topic: Topic, score: StoryScore, niches: Collection[str], model: str, origin: str
) -> dict[str, Any]:
    """A scored topic as a row of ``trends``, without its rank."""
    niche, fit = _niche(topic, niches)
    newest: dict[tuple[str, str], Signal] = {}
    for signal in topic.signals:
        newest[signal.source, signal.item] = signal  # by time: the last one stays
    return {
        "topic_id": topic.topic_id,
        "title": topic.title,
        "titles": list(topic.titles),
        "niche": niche,
        "niche_fit": fit,
        "keywords": list(topic.keywords),
        "language": topic.language,
        "viral_score": score.viral_score,
        "growth_3d": round(score.growth, 5),
        "growth_low": round(score.growth_low, 5),
        "growth_high": round(score.growth_high, 5),
        "peak_at": score.peak_at,
        "competition": score.competition,
        "supply": score.supply,
        "daily": list(score.daily),
        "evidence": score.evidence,
        "sources": list(topic.sources),
        "addresses": list(topic.addresses[:_KEPT_ADDRESSES]),
        "first_seen": topic.first_seen,
        "last_seen": topic.last_seen,
        "signal_ids": sorted(signal_id(signal) for signal in newest.values()),
        "model": model,
        "origin": origin,
        "fingerprint": fingerprint(
            "trends",
            {
                "topic": topic.topic_id,
                "title": topic.title,
                "model": model,
                "signals": sorted(
                    [one.source, one.item, one.observed_at, one.value] for one in topic.signals
                ),
            },
        ),
    }


def topics_markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The strongest topics as a Markdown table with a sparkline of the last days."""
    lines = [
        "| # | topic | score | 14 days | grows in 3 days | peak | competition | niche | sources |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows[:SHOWN_TOPICS]:
        low, middle, high = (
            f"{_percent(row[name])}" for name in ("growth_low", "growth_3d", "growth_high")
        )
        cells = (
            str(row["rank"]),
            markdown_cell(row["title"]),
            f"{row['viral_score']:.0f}",
            sparkline(row["daily"]),
            f"{middle} ({low} to {high})",
            f"{row['peak_at']:%d %b %H:%M}",
            row["competition"],
            row["niche"] or "–",
            markdown_cell(", ".join(row["sources"])),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _percent(log_growth: float) -> str:
    return f"{math.expm1(log_growth):+.0%}"


def _niche(topic: Topic, niches: Collection[str]) -> tuple[str, float]:
    """The niche that most of its sources were given, else the one that its words fit best."""
    given = [signal.niche for signal in topic.signals if signal.niche]
    if given:
        return max(sorted(set(given)), key=given.count), 1.0
    words = " ".join((*topic.titles[1:], *topic.keywords))
    summaries = " ".join({signal.summary for signal in topic.signals if signal.summary})
    return best_niche((topic.title, f"{words} {summaries[:4000]}"), niches)
