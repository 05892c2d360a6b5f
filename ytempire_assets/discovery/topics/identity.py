"""Identity: under which id a story of today was known before.

Belongs here: who takes which id when stories grow, split and merge. What a new story is called is
``naming.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ytempire_assets.discovery.topics.candidates import candidate_pairs
from ytempire_assets.discovery.topics.clustering import JOIN, may_be_one
from ytempire_assets.discovery.topics.likeness import log_odds, weigh
from ytempire_assets.discovery.topics.profiles import Profiles, joined


class Claim(NamedTuple):
    """That a group tells the story of a known topic, and how many of its items do."""

    group: int
    known: int
    items: int


def known_ids(claims: Sequence[Claim], began: Sequence[datetime]) -> dict[int, int]:
    """Gives every group at most one known topic, and every known topic to at most one group.

    The claim of most items is heard first. So of a story that split the larger part keeps its id,
    and of two known topics that became one story, which all its items tell, the older gives its id.

    Args:
        claims: In any order.
        began: When each known topic was first seen.

    Returns:
        The known topic of each group that has one.
    """
    found: dict[int, int] = {}
    given: set[int] = set()
    for claim in sorted(
        claims, key=lambda one: (-one.items, began[one.known], one.known, one.group)
    ):
        if claim.group not in found and claim.known not in given:
            found[claim.group] = claim.known
            given.add(claim.known)
    return found


def claims_of(profiles: Profiles, groups: Any, known: Any) -> list[Claim]:
    """Which groups tell the stories of which known topics.

    A group that clustering joined with a known topic claims it with all its items; any other with
    those that are likely to tell its story.

    Args:
        profiles: Rows of items and of titles of known topics.
        groups: int, (rows,), the group of each row.
        known: int, (rows,), the known topic that a row is a title of, -1 for an item.

    Returns:
        Claims sorted by group and known topic.
    """
    import numpy as np

    items, titles = np.flatnonzero(known < 0), np.flatnonzero(known >= 0)
    if not len(titles) or not len(items):
        return []
    known_at, place = np.unique(known[titles], return_inverse=True)
    rows = np.empty(len(known), dtype=np.int64)
    rows[items] = np.arange(len(items))
    rows[titles] = len(items) + place
    parts = joined(profiles, rows)
    weighed = weigh(parts)
    left, right = candidate_pairs(weighed, offered=np.arange(len(parts)) >= len(items))
    between = (left < len(items)) & (right >= len(items))
    left, right = left[between], right[between]
    likely = log_odds(weighed, left, right) >= JOIN
    group_of_item = groups[items]
    counts: Counter[tuple[int, int]] = Counter()
    for at, to in zip(left[likely].tolist(), right[likely].tolist(), strict=True):
        if may_be_one(parts, at, to):
            counts[int(group_of_item[at]), int(known_at[to - len(items)])] += 1
    sizes = Counter(group_of_item.tolist())
    for group, one in zip(groups[titles].tolist(), known[titles].tolist(), strict=True):
        if group in sizes:
            counts[group, one] = sizes[group]
    return [Claim(*pair, counts[pair]) for pair in sorted(counts)]
