"""A publication is told when its turn comes, why it waits, and whether its captions fit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.publishing.admission import (
    PLACES_KEPT_UNTIL_END,
    Day,
    admit,
    day_turns,
    decide,
)
from ytempire_assets.publishing.dressing import WhenShort
from ytempire_assets.publishing.fair_share import Turn, Waiting
from ytempire_assets.publishing.publication import (
    BEFORE_SENDING,
    STATES,
    Publication,
    PublicationPlan,
    State,
)
from ytempire_assets.publishing.publish import Admission
from ytempire_assets.publishing.quota import Bucket, Limits, needs, reset_after

NOON = datetime(2026, 11, 19, 20, tzinfo=UTC)  # in California
MIDNIGHT = datetime(2026, 11, 20, 8, tzinfo=UTC)
TAKES = needs(thumbnail=True, playlist=True, captions=True)


def a_publication(video_id: str = "orbit-1", state: State = "approved") -> Publication:
    plan = PublicationPlan(
        video_id, "sandbox", "orbit", "gps", date(2026, 11, 19), "aa.mp4", 10, NOON, False
    )
    return Publication(plan, state, 1, NOON)


def waiting(video_id: str, channel: str = "orbit", minutes: int = 0) -> Waiting:
    return Waiting(video_id, channel, 5, NOON - timedelta(days=1, minutes=-minutes))


def a_day(
    *crowd: Waiting,
    uploads: int = 100,
    units: int = 10_000,
    now: datetime = NOON,
    expected: dict[str, int] | None = None,
) -> Day:
    left: dict[Bucket, int] = {"uploads": uploads, "units": units, "searches": 100, "stats": 1}
    return Day(now, Limits(), left, crowd, {}, expected or {}, {})


def test_a_turn_that_is_today_is_taken_with_captions() -> None:
    assert admit(a_publication(), TAKES, a_day(waiting("orbit-1")), "later") == Admission()


def test_a_turn_that_is_tomorrow_names_place_and_day() -> None:
    crowd = [waiting(f"before-{n}", minutes=n) for n in range(3)]
    day = a_day(*crowd, waiting("orbit-1", minutes=9), uploads=2)
    told = admit(a_publication(), TAKES, day, "later")
    assert told.note == (
        "waits for its turn: 3 videos are before it and 2 of the day's 100 uploads are left; "
        "planned for 2026-11-20 (Pacific Time)"
    )
    # Somebody before it may drop out: it does not rest.
    assert told.until is None


def test_a_turn_far_back_is_planned_for_its_own_day() -> None:
    crowd = [waiting(f"before-{n}", minutes=n) for n in range(250)]
    day = a_day(*crowd, waiting("orbit-1", minutes=900), uploads=0)
    assert "planned for 2026-11-22" in admit(a_publication(), TAKES, day, "later").note


def test_the_planned_day_is_the_pacific_one() -> None:
    late = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)  # still the 19th in California
    told = decide(Turn(1, 1), TAKES, a_day(uploads=0, now=late), "later")
    assert "planned for 2026-11-20" in told.note


def test_one_that_nobody_knows_to_wait_is_judged_alone() -> None:
    assert admit(a_publication(), TAKES, a_day(uploads=1), "later").note == ""
    told = admit(a_publication(), TAKES, a_day(uploads=0), "later")
    assert "0 videos are before it and 0 of the day's 100 uploads are left" in told.note


@pytest.mark.parametrize("units", [0, 1, TAKES.essential - 1])
def test_without_units_for_the_essentials_nothing_is_begun(units: int) -> None:
    told = admit(a_publication(), TAKES, a_day(waiting("orbit-1"), units=units), "later")
    assert told.note == (
        f"waits for the next quota day: {units} of the day's 10000 units are left, and thumbnail, "
        f"playlist and looking after it take {TAKES.essential}"
    )
    assert told.until == MIDNIGHT


SHORT = TAKES.essential + TAKES.captions - 1


@pytest.mark.parametrize(
    ("when_short", "units", "expected"),
    [
        ("later", SHORT + 1, Admission(captions=True)),
        ("later", SHORT, Admission(captions=False)),
        ("skip", SHORT, Admission(captions=False)),
        ("skip", TAKES.essential, Admission(captions=False)),
        ("wait", SHORT + 1, Admission(captions=True)),
        (
            "wait",
            SHORT,
            Admission(
                f"waits for the next quota day: its captions take 400 units, {SHORT} of 10000 are "
                "left",
                MIDNIGHT,
            ),
        ),
    ],
)
def test_captions_go_now_later_never_or_hold_it_back(
    when_short: WhenShort, units: int, expected: Admission
) -> None:
    day = a_day(waiting("orbit-1"), units=units)
    assert admit(a_publication(), TAKES, day, when_short) == expected


def test_captions_leave_the_others_their_essentials() -> None:
    crowd = [waiting("orbit-1"), waiting("b", "brook", 1), waiting("c", "cedar", 2)]
    enough = TAKES.essential + TAKES.captions + 2 * TAKES.essential
    assert admit(a_publication(), TAKES, a_day(*crowd, units=enough), "later").captions
    assert not admit(a_publication(), TAKES, a_day(*crowd, units=enough - 1), "later").captions
    # Others that have no upload today need no units today.
    alone = a_day(*crowd, units=enough - 1, uploads=1)
    assert admit(a_publication(), TAKES, alone, "later").captions


def test_places_are_kept_for_videos_that_are_still_to_come() -> None:
    crowd = [waiting("orbit-1"), waiting("orbit-2", minutes=1)]
    day = a_day(*crowd, uploads=2, expected={"brook": 1})
    assert day_turns(day) == {"orbit-1": Turn(1, 0), "orbit-2": Turn(3, 1)}


@given(st.integers(0, 24 * 60 - 1), st.integers(1, 5))
def test_places_are_kept_until_the_last_hours(minutes: int, expected: int) -> None:
    now = datetime(2026, 11, 19, 8, tzinfo=UTC) + timedelta(minutes=minutes)
    crowd = [replace(waiting(f"orbit-{n}"), since=now) for n in (1, 2)]
    last_hours = reset_after(now) - now <= PLACES_KEPT_UNTIL_END
    today = {
        video
        for video, turn in day_turns(
            a_day(*crowd, uploads=2, now=now, expected={"brook": expected})
        ).items()
        if turn.days == 0
    }
    assert today == ({"orbit-1", "orbit-2"} if last_hours else {"orbit-1"})


def test_a_kept_place_has_its_channels_weight() -> None:
    crowd = [waiting("orbit-1"), waiting("orbit-2", minutes=1), waiting("orbit-3", minutes=2)]
    day = replace(a_day(*crowd, uploads=3, expected={"brook": 2}), priorities={"brook": 10})
    assert day_turns(day) == {
        "orbit-1": Turn(1, 0), "orbit-2": Turn(4, 1), "orbit-3": Turn(5, 1)
    }  # fmt: skip


@given(
    st.sampled_from([state for state in STATES if state not in BEFORE_SENDING]),
    st.integers(0, 3),
    st.integers(0, 1000),
    st.sampled_from(["later", "skip", "wait"]),
)
def test_one_that_has_begun_always_goes_on(
    state: State, uploads: int, units: int, when_short: WhenShort
) -> None:
    crowd = [waiting(f"before-{n}") for n in range(5)]
    told = admit(
        a_publication(state=state), TAKES, a_day(*crowd, uploads=uploads, units=units), when_short
    )
    assert told.note == ""
    assert told.until is None
    # What was paid for already is not asked for again; the others keep their essentials.
    assert told.captions == (units >= TAKES.captions + min(uploads, 5) * TAKES.essential)
