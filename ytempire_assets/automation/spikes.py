"""Sudden topics: what is asked for at once.

Belongs here: deciding which of a day's topics are sudden enough for which channel, as a function of
values. The sensor only asks and passes on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from ytempire_assets.channels import ChannelSpec

RISE = 3.0
"""The newest day gained so many times the median of the days before it."""
LEAST_FIT = 0.5
A_DAY = 2
"""So many a channel and day: the rest of its day is planned with care."""


@dataclass(frozen=True, slots=True)
class Spike:
    """A topic that a channel should make at once, and why."""

    channel: str
    topic_id: str
    reason: str


def plan_spikes(
    rows: Sequence[Mapping[str, Any]],
    specs: Iterable[tuple[str, ChannelSpec]],
    asked: Collection[tuple[str, str]],
    today: Mapping[str, int],
) -> Iterator[tuple[str, list[Spike]]]:
    """What each channel is to be asked for, channel by channel, so that a caller may stop.

    Args:
        rows: The day's ``trends``, strongest first.
        specs: Channels by slug, in the order in which they take their turn.
        asked: Channel and topic of what was asked for before; never again.
        today: How many each channel was asked for on this day.

    Yields:
        A channel's slug and its spikes, strongest first; none for most.
    """
    sudden = [(row, rise) for row in rows if (rise := rise_of(row["daily"])) >= RISE]
    for channel, spec in specs:
        left = A_DAY - today.get(channel, 0)
        found = [
            Spike(
                channel,
                row["topic_id"],
                f"{row['title']}: {rise:.1f}x the usual day, score {row['viral_score']:.0f}",
            )
            for row, rise in sudden
            if row["niche"] in spec.niches
            and row["niche_fit"] >= LEAST_FIT
            and row["viral_score"] >= spec.threshold
            and (channel, row["topic_id"]) not in asked
        ]
        yield channel, found[: max(0, left)]


def rise_of(daily: Sequence[float]) -> float:
    """The newest day's gain over the median of the days before; 0 with nothing to compare with.

    Today may be young: the better of the last two days counts.
    """
    if len(daily) < 3:
        return 0.0
    usual = median(daily[:-2])
    newest = max(daily[-2:])
    return newest / usual if usual > 0 else RISE if newest > 0 else 0.0
