"""Signals: what a source says of an item at a time.

Belongs here: the one shape that every source gives and that topics, scores and tables take. Asking
the sources is ``sources/``; which items are one story is ``topics/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Counting: TypeAlias = Literal["total", "daily", "mention"]
"""How a value counts: ``total`` since the item appeared (views of a video, points of a story),
``daily`` on the day of ``observed_at`` alone (page views of an article, searches), ``mention`` once
for each item (an entry of a feed)."""


@dataclass(frozen=True, slots=True)
class Signal:
    """What one source said of one item at one time.

    Attributes:
        source: Name of the source, a slug, as the settings give it.
        item: The source's own id of the item; the same at each poll.
        title: What people call it there, one line of plain text, at most 300 characters.
        observed_at: When the value held, UTC. For ``daily`` counts: the start of that UTC day.
        value: The count; None where the source gives none.
        unit: What is counted, plural: views, points, searches, articles.
        counting: How the value counts.
        published_at: When the item appeared, UTC; None where the source does not say.
        address: Where people find it; empty where there is no page.
        summary: Plain text, at most 2,000 characters; empty where there is none.
        language: BCP 47; empty where the source does not say.
        tags: Names that the source gives the item itself.
        niche: The niche that the settings give the source, or empty.
        topic: The topic, where the source names it itself; None leaves that to ``topics``.
        channel: Who published it there, the source's own id; empty where it does not say.
        category: The source's own category; empty where there is none.
        likes: Approvals so far; None where not given.
        comments: Answers so far; None where not given.
        regions: Regional charts that hold it now; None where there are no charts.
        rank: Best place in them, 1 first.
        duration_s: Length of a video, seconds.
    """

    source: str
    item: str
    title: str
    observed_at: datetime
    value: float | None
    unit: str
    counting: Counting
    published_at: datetime | None = None
    address: str = ""
    summary: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    niche: str = ""
    topic: str | None = None
    channel: str = ""
    category: str = ""
    likes: float | None = None
    comments: float | None = None
    regions: int | None = None
    rank: int | None = None
    duration_s: float | None = None
