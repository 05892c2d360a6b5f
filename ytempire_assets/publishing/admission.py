"""Whether a publication's turn has come, and whether its captions fit into the day.

Belongs here: holding what a publication takes against what is left of the day. Pure: what is left
and who else waits come in as values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ytempire_assets.publishing.dressing import WhenShort
from ytempire_assets.publishing.fair_share import Turn, Waiting, turns
from ytempire_assets.publishing.publication import BEFORE_SENDING, Publication
from ytempire_assets.publishing.publish import Admission
from ytempire_assets.publishing.quota import (
    Bucket,
    Limits,
    Needs,
    quota_day,
    reset_after,
)

PLACES_KEPT_UNTIL_END = timedelta(hours=6)
"""In the last hours of a quota day no places are kept any more for videos that are not made yet."""


@dataclass(frozen=True, slots=True)
class Day:
    """How a quota day stands.

    Attributes:
        now: The time, UTC.
        limits: What the project has in a day.
        left: What is left of it, by bucket.
        waiting: Everything that could be sent today, the publication in question included.
        granted: Uploads by channel in the last days.
        expected: Videos by channel that are to come today and are not planned yet.
        priorities: Their channels' weights.
    """

    now: datetime
    limits: Limits
    left: Mapping[Bucket, int]
    waiting: Sequence[Waiting]
    granted: Mapping[str, int]
    expected: Mapping[str, int]
    priorities: Mapping[str, int]


def admit(publication: Publication, needs: Needs, day: Day, when_short: WhenShort) -> Admission:
    """Decides about one publication.

    One that has begun always goes on; only its captions may have to wait.
    """
    plan = publication.plan
    if publication.state not in BEFORE_SENDING:
        return Admission(captions=_captions_fit(day, needs.captions, needs.essential, day.waiting))
    others = [item for item in day.waiting if item.video_id != plan.video_id]
    own = Waiting(
        plan.video_id,
        plan.channel,
        plan.priority,
        publication.approved_at or publication.planned_at,
    )
    day = replace(day, waiting=[*others, own])
    return decide(day_turns(day)[plan.video_id], needs, day, when_short)


def day_turns(day: Day) -> dict[str, Turn]:
    """When the turn of everything that waits comes, by video id."""
    everybody = [*day.waiting, *_kept(day)]
    return turns(everybody, day.granted, day.left["uploads"], day.limits.uploads)


def decide(turn: Turn, needs: Needs, day: Day, when_short: WhenShort) -> Admission:
    """Decides about a publication whose turn is known."""
    units, reset = day.left["units"], reset_after(day.now)
    if turn.days:
        # It does not rest until then: whoever goes before it may drop out.
        when = quota_day(day.now) + timedelta(days=turn.days)
        return Admission(
            f"waits for its turn: {turn.place - 1} videos are before it and "
            f"{day.left['uploads']} of the day's {day.limits.uploads} uploads are left; "
            f"planned for {when} (Pacific Time)"
        )
    if units < needs.essential:
        return Admission(
            f"waits for the next quota day: {units} of the day's {day.limits.units} units are "
            f"left, and thumbnail, playlist and looking after it take {needs.essential}",
            reset,
        )
    captions = _captions_fit(
        day, needs.essential + needs.captions, needs.essential, day.waiting[1:]
    )
    if not captions and when_short == "wait":
        return Admission(
            f"waits for the next quota day: its captions take {needs.captions} units, {units} of "
            f"{day.limits.units} are left",
            reset,
        )
    return Admission(captions=captions)


def _captions_fit(day: Day, takes: int, essential: int, others: Sequence[Waiting]) -> bool:
    """Whether units for captions are left beside what the day's other uploads need."""
    to_come = min(day.left["uploads"], len(others))
    return day.left["units"] - takes >= to_come * essential


def _kept(day: Day) -> list[Waiting]:
    """Places for videos that are still to come."""
    if reset_after(day.now) - day.now <= PLACES_KEPT_UNTIL_END:
        return []
    return [
        Waiting("", channel, day.priorities.get(channel, 5), day.now)
        for channel, count in day.expected.items()
        for _ in range(count)
    ]
