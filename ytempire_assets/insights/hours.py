"""The best hours to publish, from the channel's own results.

Belongs here: hours with what they are worth and how sure that is. The shrinkage is the learner's
(``effects.py``): an hour with few videos is pulled towards its neighbours on the clock and towards
no effect, and what the niche, the hook or the thumbnail did is not put down to the hour.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from ytempire_assets.insights.bandit import Posterior
from ytempire_assets.insights.traits import HOURS

LEAST_VIDEOS = 20


@dataclass(frozen=True, slots=True)
class HourWorth:
    """Three hours of the day.

    Attributes:
        hours: For example 18-21, in the time zone of the results.
        factor: Views against the mean of all hours, all else equal; 1 is neutral.
        low: Lower bound of its 95 % interval.
        high: Upper bound.
        videos: Published in these hours.
        evidence: In words.
    """

    hours: str
    factor: float
    low: float
    high: float
    videos: int
    evidence: str


def best_hours(posterior: Posterior) -> list[HourWorth]:
    """All hours, the best first; none ("not enough yet") under ``LEAST_VIDEOS`` videos."""
    used = Counter(
        result.traits["hour"] for result in posterior.results if result.traits.get("hour") in HOURS
    )
    if used.total() < LEAST_VIDEOS:
        return []
    found = []
    for hours, effect in posterior.effects("hour", HOURS).items():
        factor = math.exp(effect.mean)
        low, high = (math.exp(effect.mean + sign * 1.96 * effect.sd) for sign in (-1, 1))
        videos = used[hours]
        evidence = (
            f"{hours} h: {100 * (factor - 1):+.0f} % ({100 * (low - 1):+.0f} to "
            f"{100 * (high - 1):+.0f}) against all hours, {videos} of {used.total()} videos"
            + ("" if videos else ", known from its neighbours only")
        )
        found.append(HourWorth(hours, factor, low, high, videos, evidence))
    return sorted(found, key=lambda one: (-one.factor, one.hours))
