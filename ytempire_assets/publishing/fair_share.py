"""Whose turn it is when a day's uploads do not suffice for all.

Belongs here: the order between channels and what each publication is told. A pure function over
values: the same ones give the same order on every worker, so no two disagree about whose turn it
is.

Weighted fair queueing: each channel has a weight (its priority) and a count of what it was granted
lately. The next place goes to the channel that had the least per weight so far, and within a
channel to the video that waits longest. A channel with anything waiting therefore gets its share of
every week: none can be starved by others, however much they want. What a channel had counts, not
what it would have then: whoever had nothing in the window goes before everybody who had something,
so that even the lightest of many channels gets a place.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

WINDOW_DAYS = 7
"""What was granted longer ago is forgotten."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A publication that could be sent now.

    Attributes:
        video_id: Which; empty for a place that is kept for a video that is not made yet.
        channel: Whose.
        priority: 1-10, the channel's weight.
        since: When it was planned.
    """

    video_id: str
    channel: str
    priority: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """When a publication's turn comes.

    Attributes:
        place: From 1; how many go before it, and itself.
        days: 0 today, 1 on the next quota day, and so on.
    """

    place: int
    days: int


def in_turn(waiting: Iterable[Waiting], granted: Mapping[str, int]) -> Iterator[Waiting]:
    """All that wait, in the order of their turns.

    Args:
        waiting: In any order.
        granted: Uploads of each channel in the last ``WINDOW_DAYS`` days.
    """
    queues: dict[str, deque[Waiting]] = defaultdict(deque)
    for item in sorted(waiting, key=lambda one: (one.since, not one.video_id, one.video_id)):
        queues[item.channel].append(item)
    heap = [
        _standing(channel, queue[0], granted.get(channel, 0)) for channel, queue in queues.items()
    ]
    heapq.heapify(heap)
    while heap:
        *_, channel, count = heapq.heappop(heap)
        queue = queues[channel]
        yield queue.popleft()
        if queue:
            heapq.heappush(heap, _standing(channel, queue[0], count + 1))


def _standing(channel: str, first: Waiting, granted: int) -> tuple[float, datetime, str, int]:
    return granted / max(1, first.priority), first.since, channel, granted


def turns(
    waiting: Iterable[Waiting], granted: Mapping[str, int], free: int, a_day: int
) -> dict[str, Turn]:
    """When each publication's turn comes, by video id.

    Args:
        waiting: All that wait, places that are kept included.
        granted: Uploads of each channel in the last ``WINDOW_DAYS`` days.
        free: Uploads that are left today.
        a_day: Uploads of a whole day.
    """
    found: dict[str, Turn] = {}
    for place, item in enumerate(in_turn(waiting, granted), start=1):
        if place <= free:
            days = 0
        elif a_day <= 0:
            days = 1
        else:
            days = 1 + (place - free - 1) // a_day
        if item.video_id:
            found[item.video_id] = Turn(place, days)
    return found
