"""Clustering: from scores of pairs to groups that each tell one story.

Belongs here: joining profiles round by round, and what may never be joined. The score itself is
``likeness.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ytempire_assets.discovery.topics.candidates import candidate_pairs
from ytempire_assets.discovery.topics.likeness import log_odds, weigh
from ytempire_assets.discovery.topics.profiles import (
    Decisive,
    Profiles,
    Sides,
    add_decisive,
    decisive_disagree,
    decisive_together,
    joined,
    sides_disagree,
)

JOIN = 0.4
"""Least log-odds at which two profiles are joined, 60 % sure. A wrong join puts a false story into
a video; a missing one only makes two small topics of a larger one."""
_ROUNDS = (JOIN + 2.0, JOIN + 1.0, *[JOIN] * 6)
"""The surest first: what is joined later is compared with whole groups and not with single titles.
Rounds end when one joins nothing; with some 25 leaves a star, six reach any size."""


@dataclass(slots=True)
class _Star:
    """What decides who may still join a group that grows in one round around its centre."""

    decisive: Decisive
    sides: frozenset[Sides]
    topic: str | None


def groups_of(profiles: Profiles, groups: Any) -> Any:
    """Groups profiles by story.

    In each round every profile is a star's centre, its leaf, or alone; pairs are taken from the
    most to the least likely. A leaf is as likely as the round asks to tell the centre's own story,
    so no chain of likely pairs joins two stories. The stars are the profiles of the next round, and
    two of them are as alike as the pairs of their titles are on average.

    Args:
        profiles: At least one; their order decides ties.
        groups: int, (profiles,), groups to begin with: what belongs together whatever it says.

    Returns:
        int64, (profiles,), the number of each one's group, from 0 up.
    """
    current = joined(profiles, groups)
    for least in _ROUNDS:
        stars = _stars(current, least)
        if stars.max() + 1 < len(current):
            groups = stars[groups]
            current = joined(profiles, groups)
        elif least == JOIN:
            break
    return groups


def may_be_one(profiles: Profiles, one: int, other: int) -> bool:
    """Whether nothing that decides, such as numbers, says that two rows are two stories."""
    topics = {profiles.topics[one], profiles.topics[other]} - {None}
    return (
        len(topics) < 2
        and not decisive_disagree(profiles.decisive[one], profiles.decisive[other])
        and not sides_disagree(profiles.sides[one], profiles.sides[other])
    )


def _stars(profiles: Profiles, least: float) -> Any:
    """The star of each profile, in one round."""
    import numpy as np

    weighed = weigh(profiles)
    left, right = candidate_pairs(weighed)
    odds = np.round(log_odds(weighed, left, right), 6)
    likely = odds >= least
    left, right, odds = left[likely], right[likely], odds[likely]
    order = np.lexsort((right, left, -odds))
    centre = np.full(len(profiles), -1)
    stars: dict[int, _Star] = {}
    for one, other in zip(left[order].tolist(), right[order].tolist(), strict=True):
        pair = _centre_and_leaf(profiles, centre, one, other)
        if pair is None:
            continue
        hub, leaf = pair
        star = stars.get(hub) or _Star(
            # Its own copy, which grows with every leaf.
            decisive_together([profiles.decisive[hub]]),
            profiles.sides[hub],
            profiles.topics[hub],
        )
        if _joins(star, profiles, leaf):
            stars[hub] = star
            centre[hub] = centre[leaf] = hub
    alone = centre < 0
    centre[alone] = np.flatnonzero(alone)
    return np.unique(centre, return_inverse=True)[1]


def _centre_and_leaf(
    profiles: Profiles, centre: Any, one: int, other: int
) -> tuple[int, int] | None:
    """Which of a likely pair is the centre, or None where a star has one of them already."""
    if centre[one] < 0 and centre[other] < 0:
        # The profile of more titles is the better centre; of equal ones the earlier row.
        larger = profiles.titles[one] >= profiles.titles[other]
        return (one, other) if larger else (other, one)
    if centre[one] == one and centre[other] < 0:
        return one, other
    if centre[other] == other and centre[one] < 0:
        return other, one
    return None


def _joins(star: _Star, profiles: Profiles, leaf: int) -> bool:
    """Adds a leaf to a star, unless topic, numbers or opponents say that they are two stories."""
    topic = profiles.topics[leaf]
    if topic is not None and star.topic is not None and topic != star.topic:
        return False
    if decisive_disagree(star.decisive, profiles.decisive[leaf]):
        return False
    if sides_disagree(star.sides, profiles.sides[leaf]):
        return False
    star.topic = star.topic if topic is None else topic
    star.sides |= profiles.sides[leaf]
    add_decisive(star.decisive, profiles.decisive[leaf])
    return True
