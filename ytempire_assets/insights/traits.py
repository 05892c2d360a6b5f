"""The pattern of a video: what it is, facet by facet, and what it has reached so far.

Belongs here: reading a pattern off a video (hook kind, style, length, niche, thumbnail rule, hour,
voice) and the result that the learner takes. How much each value is worth is ``bandit.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

LENGTHS = ("under 30 s", "30-60 s", "1-3 min", "3-10 min", "over 10 min")
_LENGTH_LIMITS_S = (30.0, 60.0, 180.0, 600.0)
HOURS = tuple(f"{hour:02d}-{hour + 3:02d}" for hour in range(0, 24, 3))
"""Three hours each: with four videos a day, 24 single hours would take months to tell apart."""

HOOKS = {
    "question": re.compile(r"\?|^(how|why|what|when|where|who)\b", re.IGNORECASE),
    "number": re.compile(r"\d"),
    "you": re.compile(r"\b(you|your|you're|you've)\b", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Numbers of a video from its publication up to an age.

    Attributes:
        age_days: Days since it became public, above 0; parts of a day count.
        views: Views so far.
        impressions: Thumbnails shown so far; 0 where the platform does not tell.
    """

    age_days: float
    views: int
    impressions: int = 0


@dataclass(frozen=True, slots=True)
class VideoResult:
    """A published video: its pattern and what is known of its numbers.

    Attributes:
        video_id: Video.
        published_at: When it became public, aware, in the time zone whose days are counted.
        traits: Value by facet, for example ``{"hook": "question", "hour": "18-21"}``; a facet that
            is not known is left out.
        snapshots: Its numbers by age, in any order; the latest counts, all of them teach how views
            come in with age.
    """

    video_id: str
    published_at: datetime
    traits: Mapping[str, str]
    snapshots: tuple[Snapshot, ...]


def hook_kind(hook: str) -> str:
    """What the first words are: a question, a number, a word to the viewer, or a statement."""
    return next((kind for kind, shape in HOOKS.items() if shape.search(hook)), "statement")


def length_bucket(duration_s: float) -> str:
    """The length as a word; the limit itself belongs to the longer one."""
    return LENGTHS[sum(duration_s >= limit for limit in _LENGTH_LIMITS_S)]


def hour_bucket(published_at: datetime) -> str:
    """Three hours of the day, in the datetime's own time zone."""
    return HOURS[published_at.hour // 3]


def traits_of(
    *,
    hook: str,
    style: str,
    duration_s: float,
    niche: str,
    thumbnail: str,
    published_at: datetime,
    voice: str,
) -> dict[str, str]:
    """The pattern of a video; what is empty or 0 is left out.

    Args:
        hook: First words that are spoken.
        style: How it is told: educational, entertainment, news or tutorial.
        duration_s: Seconds.
        niche: Niche or topic cluster.
        thumbnail: Rule by which the published thumbnail was made.
        published_at: When it became public, in the time zone whose hours are meant.
        voice: Which voice speaks.
    """
    found = {
        "hook": hook_kind(hook) if hook else "",
        "style": style,
        "length": length_bucket(duration_s) if duration_s > 0 else "",
        "niche": niche,
        "thumbnail": thumbnail,
        "hour": hour_bucket(published_at),
        "voice": voice,
    }
    return {facet: value for facet, value in found.items() if value}
