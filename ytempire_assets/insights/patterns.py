"""Patterns: which kinds of video do better than the channel's others, for people and for ideas.

Belongs here: one weight a pattern with its state and its evidence, what is archived, and how a
winner is varied. A pattern is a property that several videos share, written ``facet:value``. What
is known of them is a ``bandit.Posterior``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ytempire_assets.insights.bandit import Posterior, normal_share

State = Literal["not enough yet", "weighed", "winner", "loser", "archived"]

LEAST, MOST = 0.5, 2.0
"""Losers are halved, winners doubled, the others in between."""
ARCHIVED = 0.0
WINNERS, LOSERS = 0.2, 0.15
"""Shares of the patterns, by what they add."""
SURE = 0.9
"""A pattern is called a winner or a loser from this chance on that it is above or below others."""
LEAST_VIDEOS = 12
LEAST_VIDEOS_OF_PATTERN = 3
IDLE_DAYS = 30
WAYS = 3


@dataclass(frozen=True, slots=True)
class PatternWeight:
    """What the next ideas of a pattern are multiplied by, and why."""

    pattern: str
    weight: float
    videos: int
    mean_views: float
    channel_mean_views: float
    evidence: str
    state: State = "weighed"
    chance_above: float = 0.5


@dataclass(frozen=True, slots=True)
class Variation:
    """A winner with one thing changed, and why that one."""

    pattern: Mapping[str, str]
    facet: str
    reason: str


def weights_of(posterior: Posterior) -> list[PatternWeight]:
    """Weighs each pattern that the channel has published.

    A pattern's effect is what it adds to (the logarithm of) views against the facet's other values,
    all else equal. The top 20 % that are surely above (chance at least ``SURE``) are doubled, the
    bottom 15 % that are surely below are halved. A pattern that was idle for 30 days while the
    channel went on is archived, unless taste has changed since, or may just have changed.

    Returns:
        Patterns in alphabetical order; with fewer than ``LEAST_VIDEOS`` videos, or
        ``LEAST_VIDEOS_OF_PATTERN`` of a pattern, the weight is 1 and it says "not enough yet".
    """
    if not posterior.results:
        return []
    estimates = posterior.estimates
    channel_mean = sum(estimates.values()) / len(estimates)
    used: dict[tuple[str, str], list[str]] = {}
    last_used: dict[tuple[str, str], date] = {}
    for result in posterior.results:
        for trait in result.traits.items():
            used.setdefault(trait, []).append(result.video_id)
            last_used[trait] = result.published_at.date()
    last = posterior.results[-1].published_at.date()
    judged = {
        (facet, value): effect
        for facet in sorted({facet for facet, _ in used})
        for value, effect in posterior.effects(
            facet, sorted(value for other, value in used if other == facet)
        ).items()
    }
    enough = len(posterior.results) >= LEAST_VIDEOS
    known = [trait for trait in judged if enough and len(used[trait]) >= LEAST_VIDEOS_OF_PATTERN]
    known.sort(key=lambda trait: -judged[trait].mean)
    winners = set(known[: math.ceil(WINNERS * len(known))])
    losers = set(known[len(known) - math.ceil(LOSERS * len(known)) :])
    weights = []
    for trait, videos in sorted(used.items()):
        effect = judged[trait]
        idle = (last - last_used[trait]).days
        state: State = "weighed"
        if idle >= IDLE_DAYS and not _taste_changed(posterior, last_used[trait]):
            state = "archived"
        elif trait not in known:
            state = "not enough yet"
        elif trait in winners and effect.chance_above >= SURE:
            state = "winner"
        elif trait in losers and effect.chance_above <= 1 - SURE:
            state = "loser"
        weight = {
            "archived": ARCHIVED,
            "not enough yet": 1.0,
            "winner": MOST,
            "loser": LEAST,
        }.get(state, max(LEAST, min(MOST, math.exp(effect.mean))))
        own = sum(estimates[video] for video in videos) / len(videos)
        evidence = (
            f"{len(videos)} of {len(posterior.results)} videos, {own:,.0f} views on average "
            f"against {channel_mean:,.0f} of the channel at the same age; all else equal "
            f"{100 * math.expm1(effect.mean):+.0f} % "
            f"({100 * math.expm1(effect.mean - 2 * effect.sd):+.0f} to "
            f"{100 * math.expm1(effect.mean + 2 * effect.sd):+.0f}) against others of its kind, "
            f"chance {100 * effect.chance_above:.0f} % to be better: {_why(state, idle)}"
        )
        weights.append(
            PatternWeight(
                ":".join(trait),
                round(weight, 4),
                len(videos),
                own,
                channel_mean,
                evidence,
                state,
                round(effect.chance_above, 4),
            )
        )
    return weights


def open_arms(
    arms: Mapping[str, Sequence[str]], weights: Sequence[PatternWeight]
) -> dict[str, list[str]]:
    """The values to choose from: archived ones are left out, unless a facet has no other."""
    archived = {weight.pattern for weight in weights if weight.state == "archived"}
    found = {}
    for facet, values in arms.items():
        left = [value for value in values if f"{facet}:{value}" not in archived]
        found[facet] = left or list(values)
    return found


def variations(posterior: Posterior, arms: Mapping[str, Sequence[str]]) -> list[Variation]:
    """The best pattern varied three ways: one thing changed in each, where most may be gained.

    Args:
        posterior: What is known.
        arms: Values to choose from, by facet.

    Returns:
        At most ``WAYS``, most promising first; none before there is enough to call anything best.
    """
    if len(posterior.results) < LEAST_VIDEOS:
        return []
    best: dict[str, str] = {}
    chances: list[tuple[float, str, str]] = []
    for facet, values in arms.items():
        effects = posterior.effects(facet, list(values))
        order = sorted(values, key=lambda value: -effects[value].mean)
        best[facet] = order[0]
        first = effects[order[0]]
        for value in order[1:]:
            other = effects[value]
            spread = math.hypot(first.sd, other.sd)
            chances.append((normal_share((other.mean - first.mean) / spread), facet, value))
    chances.sort(key=lambda one: (-one[0], one[1], one[2]))
    found: list[Variation] = []
    for chance, facet, value in chances:
        if len(found) < WAYS and facet not in {one.facet for one in found}:
            reason = (
                f"{facet} {value} in place of {best[facet]}: "
                f"chance {100 * chance:.0f} % to be better"
            )
            found.append(Variation({**best, facet: value}, facet, reason))
    return found


def _taste_changed(posterior: Posterior, since: date) -> bool:
    return posterior.change_chance >= 0.5 or any(day > since for day, _ in posterior.settled)


def _why(state: State, idle: int) -> str:
    return {
        "archived": f"archived, idle for {idle} days",
        "not enough yet": "not enough yet",
        "winner": "a winner, doubled",
        "loser": "a loser, halved",
        "weighed": "weighed by that",
    }[state]
