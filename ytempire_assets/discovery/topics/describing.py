"""Describing: what a group of items is as a topic.

Belongs here: title, keywords, language, times and cohesion of groups that are settled. Their ids
are ``identity.py`` and ``naming.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ytempire_assets.discovery.topics.items import LONGEST_TITLE, Item
from ytempire_assets.discovery.topics.likeness import Weighed, centralities, log_odds, weigh
from ytempire_assets.discovery.topics.naming import GroupTitle, best_titles, keywords_of
from ytempire_assets.discovery.topics.profiles import Profiles
from ytempire_assets.discovery.topics.readings import Reading
from ytempire_assets.discovery.topics.scripts import plain_line
from ytempire_assets.discovery.topics.topic import Topic


@dataclass(frozen=True, slots=True)
class Description:
    """A group of items, described.

    Attributes:
        items: Its items, in their order.
        titles: Its distinct titles, the best first; at least one.
        keywords: The most telling first.
        language: Of most items.
        cohesion: 0-1, how sure the other items are to tell the story of the best title's.
    """

    items: tuple[Item, ...]
    titles: tuple[str, ...]
    keywords: tuple[str, ...]
    language: str
    cohesion: float


def described(
    items: Sequence[Item], readings: Sequence[Reading], profiles: Profiles, groups: Any
) -> dict[int, Description]:
    """Describes every group that has items.

    Args:
        items: The items, which are the first rows of the profiles.
        readings: Of all rows.
        profiles: All rows.
        groups: int, (rows,), the group of each row.

    Returns:
        By group, in the order of their first items.
    """
    weighed = weigh(profiles)
    central = centralities(weighed, groups).tolist()
    information = dict(zip(profiles.keys, weighed.information.tolist(), strict=True))
    members: dict[int, list[int]] = {}
    for row in range(len(items)):
        members.setdefault(int(groups[row]), []).append(row)
    titles: dict[int, tuple[str, ...]] = {}
    languages: dict[int, str] = {}
    hubs: dict[int, int] = {}
    for group, rows in members.items():
        languages[group] = _usual(items[row].language for row in rows)
        found = best_titles(
            [
                GroupTitle(items[row].title, items[row].language, readings[row].case, central[row])
                for row in rows
            ],
            languages[group],
        )
        hubs[group] = next((row for row in rows if items[row].title in found[:1]), rows[0])
        titles[group] = found or (_title_without_one(items[rows[0]]),)
    sure = _cohesions(weighed, members, hubs)
    return {
        group: Description(
            items=tuple(items[row] for row in rows),
            titles=titles[group],
            keywords=keywords_of([readings[row] for row in rows], information),
            language=languages[group],
            cohesion=sure[group],
        )
        for group, rows in members.items()
    }


def topic_of(description: Description, topic_id: str, began: datetime | None) -> Topic:
    """The topic of a described group.

    Args:
        description: What the group is.
        topic_id: Its id.
        began: When a known topic of this id was first seen; None where it is new.
    """
    items = description.items
    signals = sorted(
        (signal for item in items for signal in item.signals),
        key=lambda one: (one.observed_at, one.source, one.item, one.title),
    )
    return Topic(
        topic_id=topic_id,
        title=description.titles[0],
        titles=description.titles,
        keywords=description.keywords,
        language=description.language,
        signals=tuple(signals),
        sources=tuple(sorted({item.source for item in items})),
        first_seen=min(*(item.begins for item in items), began or items[0].begins),
        last_seen=signals[-1].observed_at,
        cohesion=description.cohesion,
        addresses=tuple(sorted({signal.address for signal in signals if signal.address})),
    )


def _cohesions(
    weighed: Weighed, members: dict[int, list[int]], hubs: dict[int, int]
) -> dict[int, float]:
    import numpy as np

    pairs = [
        (row, hubs[group]) for group, rows in members.items() for row in rows if row != hubs[group]
    ]
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    odds = log_odds(weighed, found[:, 0], found[:, 1])
    sure = iter((1.0 / (1.0 + np.exp(-odds))).tolist())
    means: dict[int, float] = {}
    for group, rows in members.items():
        others = [next(sure) for row in rows if row != hubs[group]]
        means[group] = round(sum(others) / len(others), 3) if others else 1.0
    return means


def _title_without_one(item: Item) -> str:
    """What stands for an empty title: an older one, the summary's beginning, or the item's id."""
    older = next((title for title in item.older_titles if title), "")
    return older or plain_line(item.summary, LONGEST_TITLE // 3) or item.item


def _usual(languages: Iterable[str]) -> str:
    counts = Counter(language for language in languages if language)
    return max(counts, key=lambda one: (counts[one], one), default="")
