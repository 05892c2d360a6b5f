"""Patterns: which kinds of video do better than the channel's others.

Belongs here: from results to one weight per pattern, with its evidence. A pattern is a property
that several videos share, written ``kind:value``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

PRIOR_VIDEOS = 4.0
"""How many average videos every pattern is mixed with: two lucky videos prove little."""
LEAST, MOST = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Result:
    """A published video's result: its patterns and its views."""

    patterns: tuple[str, ...]
    views: float


@dataclass(frozen=True, slots=True)
class PatternWeight:
    """What the next ideas of a pattern are multiplied by, and why."""

    pattern: str
    weight: float
    videos: int
    mean_views: float
    channel_mean_views: float
    evidence: str


def weigh_patterns(results: Sequence[Result]) -> list[PatternWeight]:
    """Weighs each pattern by its mean views against the channel's, shrunk towards 1.

    weight = (sum of views + PRIOR_VIDEOS x channel mean) / (videos + PRIOR_VIDEOS) / channel mean,
    kept within ``LEAST`` and ``MOST``.

    Args:
        results: One entry a video; empty gives no patterns.

    Returns:
        Patterns in alphabetical order.
    """
    if not results:
        return []
    mean = sum(result.views for result in results) / len(results)
    weights = []
    for pattern in sorted({pattern for result in results for pattern in result.patterns}):
        views = [result.views for result in results if pattern in result.patterns]
        own = sum(views) / len(views)
        shrunk = (sum(views) + PRIOR_VIDEOS * mean) / (len(views) + PRIOR_VIDEOS)
        weight = max(LEAST, min(MOST, shrunk / mean)) if mean > 0 else 1.0
        evidence = (
            f"{len(views)} of {len(results)} videos, {own:,.0f} views on average against "
            f"{mean:,.0f} of the channel"
        )
        weights.append(PatternWeight(pattern, round(weight, 4), len(views), own, mean, evidence))
    return weights
