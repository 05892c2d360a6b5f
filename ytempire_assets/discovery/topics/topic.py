"""Topics: what signals of one story become, and what is kept of a topic to know it again.

Belongs here: the two shapes. How signals become topics is ``merging.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ytempire_assets.discovery.signals import Signal


@dataclass(frozen=True, slots=True)
class Topic:
    """One story and everything that sources say of it.

    Attributes:
        topic_id: The same on every day; a slug of at most 60 characters, unless a source named the
            topic itself.
        title: The best title for people, without the name of a site.
        titles: Up to five distinct titles, the best first.
        keywords: Three to eight words or names, the most telling first; fewer where the titles have
            no more.
        language: Of most signals, primary subtag; empty where no title has letters.
        signals: All of them, by time, source and item.
        sources: Their distinct sources, sorted.
        first_seen: When its first item appeared or was first observed, UTC; earlier where it was
            known before.
        last_seen: When it was last observed, UTC.
        cohesion: 0-1, how sure the titles are to tell one story: the mean over its items; 1 for a
            single one.
        addresses: Distinct addresses of its items, sorted.
    """

    topic_id: str
    title: str
    titles: tuple[str, ...]
    keywords: tuple[str, ...]
    language: str
    signals: tuple[Signal, ...]
    sources: tuple[str, ...]
    first_seen: datetime
    last_seen: datetime
    cohesion: float
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownTopic:
    """What is kept of a topic of an earlier day, so that its story keeps its id.

    Attributes:
        topic_id: Its id.
        title: Its title.
        titles: A few of its titles; newer ones recognise tomorrow's wording better.
        keywords: Its keywords.
        language: Primary subtag, or empty.
        first_seen: When the story began, UTC; the older of two topics keeps its id.
        last_seen: When it was last observed, UTC.
    """

    topic_id: str
    title: str
    titles: tuple[str, ...]
    keywords: tuple[str, ...]
    language: str
    first_seen: datetime
    last_seen: datetime


def as_known(topic: Topic) -> KnownTopic:
    """What to keep of a topic for the days after."""
    return KnownTopic(
        topic.topic_id,
        topic.title,
        topic.titles,
        topic.keywords,
        topic.language,
        topic.first_seen,
        topic.last_seen,
    )
