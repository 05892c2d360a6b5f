"""Publications in the ledger: what is stored, who said yes, what could go on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from ytempire_assets.errors import InvalidInputError, TransientError
from ytempire_assets.publishing.errors import ClaimedError
from ytempire_assets.publishing.fair_share import Waiting
from ytempire_assets.publishing.objections import check_approval
from ytempire_assets.publishing.publication import BY_RULES, State
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets_tests.resources.ledger_parts import NOON, Clock, a_plan, put

OWNER = "another-machine|17|12345|abcdef"


def test_a_plan_comes_back_as_it_was_stored(ledger: Ledger) -> None:
    plan = a_plan(priority=9, title="Ünïcode — and “quotes”", size_bytes=200 * 10**9)
    stored = ledger.open_publication(plan)
    assert stored.plan == plan
    assert (stored.state, stored.approved_at, stored.decided_by) == ("approved", NOON, BY_RULES)
    assert (stored.thumbnail, stored.captions, stored.playlist) == ("pending",) * 3
    assert stored.planned_at == NOON
    assert ledger.open_publication(plan) == stored


def test_planned_by_many_at_once_it_is_there_once(ledger_url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: Ledger(ledger_url).open_publication(a_plan()), range(12)))
    assert {one.version for one in found} == {1}
    assert len(Ledger(ledger_url).publications()) == 1


def test_progress_clears_the_problem(ledger: Ledger) -> None:
    held = ledger.lease(ledger.open_publication(a_plan()), OWNER, 90)
    until = NOON + timedelta(hours=1)
    first = ledger.rest(held, OWNER, "the platform is down", until)
    second = ledger.rest(first, OWNER, "x" * 5000, until)
    assert (first.attempts, first.problem, first.next_try_at) == (1, "the platform is down", until)
    assert (second.attempts, len(second.problem), second.state) == (2, 1000, "approved")
    on = ledger.advance(second, "session", session_url="http://s")
    assert (on.attempts, on.problem, on.next_try_at) == (0, "", None)
    assert on.session_url == "http://s"


def test_only_the_holder_may_note_why_it_rests(ledger: Ledger) -> None:
    stored = ledger.open_publication(a_plan())
    with pytest.raises(TransientError, match="changed by another run"):
        ledger.rest(stored, OWNER, "late", None)
    assert ledger.publications() == [stored]


def test_a_video_of_the_platform_belongs_to_one_publication(ledger: Ledger) -> None:
    put(ledger, a_plan("orbit-1"), "uploaded", remote_id="abc")
    second = ledger.open_publication(a_plan("orbit-2"))
    with pytest.raises(ClaimedError, match="the video abc on sandbox belongs to another"):
        ledger.advance(second, "uploaded", remote_id="abc")
    assert ledger.publications(video_id="orbit-2") == [second]
    elsewhere = ledger.open_publication(a_plan("orbit-3", platform="youtube"))
    assert ledger.advance(elsewhere, "uploaded", remote_id="abc").remote_id == "abc"
    assert ledger.is_claimed("sandbox", "abc", "orbit-2")
    assert not ledger.is_claimed("sandbox", "abc", "orbit-1")
    assert not ledger.is_claimed("sandbox", "other", "orbit-2")


# Approval


def test_a_persons_yes_frees_it(ledger: Ledger, clock: Clock) -> None:
    plan = a_plan(needs_approval=True)
    assert ledger.open_publication(plan).state == "planned"
    clock.move(hours=3)
    (approved,) = ledger.decide("orbit-1", yes=True, by="Ada")
    assert (approved.state, approved.decided_by) == ("approved", "Ada")
    assert approved.approved_at == NOON + timedelta(hours=3)
    assert ledger.open_publication(plan) == approved
    check_approval(approved, asked=True)


def test_a_persons_no_ends_it_for_that_file(ledger: Ledger) -> None:
    plan = a_plan(needs_approval=True)
    ledger.open_publication(plan)
    (rejected,) = ledger.decide("orbit-1", yes=False, by="Ada")
    assert (rejected.state, rejected.decided_by, rejected.approved_at) == ("rejected", "Ada", None)
    assert ledger.open_publication(plan) == rejected
    anew = ledger.open_publication(a_plan(needs_approval=True, content="better.mp4"))
    assert (anew.state, anew.decided_by) == ("planned", None)


def test_an_answer_is_about_the_video_on_every_platform(ledger: Ledger) -> None:
    for platform in ("sandbox", "youtube"):
        ledger.open_publication(a_plan(needs_approval=True, platform=platform))
    decided = ledger.decide("orbit-1", yes=True, by="Ada")
    assert {one.plan.platform for one in decided} == {"sandbox", "youtube"}


def test_nobody_decides_twice_or_about_nothing(ledger: Ledger) -> None:
    ledger.open_publication(a_plan(needs_approval=True))
    ledger.decide("orbit-1", yes=True, by="Ada")
    with pytest.raises(InvalidInputError, match="approval: it is approved on sandbox") as caught:
        ledger.decide("orbit-1", yes=False, by="Bob")
    assert caught.value.next_step == "see what waits with: ytempire approve"
    with pytest.raises(InvalidInputError, match="'nobody-knows' does not wait for approval"):
        ledger.decide("nobody-knows", yes=True, by="Ada")
    assert ledger.publications()[0].decided_by == "Ada"


def test_another_file_needs_another_yes(ledger: Ledger) -> None:
    ledger.open_publication(a_plan(needs_approval=True))
    ledger.decide("orbit-1", yes=True, by="Ada")
    changed = ledger.open_publication(a_plan(needs_approval=True, content="other.mp4"))
    assert (changed.state, changed.approved_at, changed.decided_by) == ("planned", None, None)


def test_the_rules_yes_is_no_persons_yes(ledger: Ledger) -> None:
    by_rules = ledger.open_publication(a_plan())
    check_approval(by_rules, asked=False)
    with pytest.raises(InvalidInputError, match="was not approved"):
        check_approval(by_rules, asked=True)
    # The channel begins to ask before it is sent.
    assert ledger.open_publication(a_plan(needs_approval=True)).state == "planned"


@pytest.mark.parametrize("yes", [True, False], ids=["yes", "no"])
def test_a_persons_word_about_one_file_is_none_about_the_next(ledger: Ledger, yes: bool) -> None:
    """Also when the channel stops asking in between and begins again later."""
    ledger.open_publication(a_plan(needs_approval=True))
    ledger.decide("orbit-1", yes=yes, by="Ada")
    unasked = ledger.open_publication(a_plan(content="other.mp4"))
    assert (unasked.state, unasked.decided_by) == ("approved", BY_RULES)
    with pytest.raises(InvalidInputError, match="was not approved"):
        check_approval(unasked, asked=True)
    asked = ledger.open_publication(a_plan(content="other.mp4", needs_approval=True))
    assert asked.state == "planned"


def test_a_corrected_title_keeps_the_place_in_the_queue(ledger: Ledger, clock: Clock) -> None:
    ledger.open_publication(a_plan())
    clock.move(hours=5)
    corrected = ledger.open_publication(a_plan(title="Without the mistake"))
    assert (corrected.plan.title, corrected.approved_at) == ("Without the mistake", NOON)


# Questions


@pytest.mark.parametrize(
    ("state", "fields", "goes_on"),
    [
        ("planned", {}, False),
        ("approved", {}, True),
        ("approved", {"next_try_at": NOON + timedelta(seconds=1)}, False),
        ("approved", {"next_try_at": NOON}, True),
        ("session", {}, True),
        ("uploading", {}, True),
        ("uploaded", {}, True),
        ("decorated", {}, True),
        ("public", {}, True),
        ("public", {"next_try_at": NOON + timedelta(hours=1)}, False),
        ("verified", {}, False),
        ("rejected", {}, False),
    ],
)
def test_what_could_go_on_now(
    ledger: Ledger, state: State, fields: dict[str, object], goes_on: bool
) -> None:
    stored = put(ledger, a_plan(), state, **fields)
    assert ledger.unfinished() == ([stored] if goes_on else [])


@pytest.mark.parametrize(
    ("hours", "captions", "goes_on"),
    [(1, "done", False), (1, "pending", True), (1, "trying", True), (0, "done", True)],
)
def test_a_scheduled_one_goes_on_at_its_time_or_for_its_captions(
    ledger: Ledger, hours: int, captions: str, goes_on: bool
) -> None:
    plan = a_plan(publish_at=NOON + timedelta(hours=hours))
    put(ledger, plan, "scheduled", captions=captions)
    assert bool(ledger.unfinished()) == goes_on


def test_what_a_run_holds_is_left_to_it(ledger: Ledger, clock: Clock, dead_run: str) -> None:
    for video, owner in (("orbit-1", OWNER), ("orbit-2", dead_run)):
        ledger.lease(ledger.open_publication(a_plan(video)), owner, 90)
    assert [one.plan.video_id for one in ledger.unfinished()] == ["orbit-2"]
    clock.move(seconds=90)
    assert [one.plan.video_id for one in ledger.unfinished()] == ["orbit-1", "orbit-2"]


def test_what_waits_longest_is_named_first(ledger: Ledger, clock: Clock) -> None:
    for video in ("orbit-9", "orbit-1", "orbit-5"):
        ledger.open_publication(a_plan(video))
        clock.move(minutes=1)
    found = [one.plan.video_id for one in ledger.unfinished()]
    assert found == ["orbit-9", "orbit-1", "orbit-5"]


def test_waiting_are_the_approved_that_wake_in_time(ledger: Ledger) -> None:
    midnight = NOON + timedelta(hours=12)
    ledger.open_publication(a_plan("orbit-1", priority=9))
    put(ledger, a_plan("orbit-2"), "approved", next_try_at=midnight - timedelta(seconds=1))
    put(ledger, a_plan("orbit-3"), "approved", next_try_at=midnight)
    ledger.open_publication(a_plan("orbit-4", needs_approval=True))
    put(ledger, a_plan("orbit-5"), "session")
    ledger.open_publication(a_plan("orbit-6", platform="youtube"))
    found = sorted(ledger.waiting("sandbox", midnight), key=lambda one: one.video_id)
    assert found == [Waiting("orbit-1", "orbit", 9, NOON), Waiting("orbit-2", "orbit", 5, NOON)]


def test_rivals_share_file_title_or_topic_and_are_out(ledger: Ledger) -> None:
    mine = a_plan("mine", content="same.mp4", topic_id="gps", title="Same title")
    put(ledger, mine, "uploaded", remote_id="m")
    alike = {
        "file": a_plan("file", content="same.mp4"),
        "topic": a_plan("topic", topic_id="gps", day=date(2026, 1, 1)),
        "title": a_plan("title", title="Same title", channel="fieldnotes"),
    }
    for number, (name, plan) in enumerate(alike.items()):
        put(ledger, plan, ("session", "uploaded", "verified")[number], remote_id=name)
    ledger.open_publication(a_plan("not-begun", content="same.mp4"))
    put(ledger, a_plan("said-no", content="same.mp4"), "rejected")
    put(ledger, a_plan("elsewhere", content="same.mp4", platform="youtube"), "verified")
    put(ledger, a_plan("same-topic-there", topic_id="gps", channel="fieldnotes"), "verified")
    put(ledger, a_plan("nothing-shared"), "verified")
    assert {one.plan.video_id for one in ledger.rivals(mine)} == set(alike)
    assert ledger.rivals(a_plan("untitled", title="", topic_id="x")) == []


def test_plans_are_counted_from_an_instant_on(ledger: Ledger, clock: Clock) -> None:
    ledger.open_publication(a_plan("orbit-1"))
    clock.move(hours=1)
    ledger.open_publication(a_plan("orbit-2"))
    ledger.open_publication(a_plan("field-1", channel="fieldnotes", needs_approval=True))
    ledger.open_publication(a_plan("far-1", platform="youtube"))
    assert ledger.planned_since("sandbox", NOON) == {"orbit": 2, "fieldnotes": 1}
    assert ledger.planned_since("sandbox", clock()) == {"orbit": 1, "fieldnotes": 1}
    assert ledger.planned_since("sandbox", clock() + timedelta(seconds=1)) == {}


def test_publications_are_found_by_what_is_asked(ledger: Ledger) -> None:
    ledger.open_publication(a_plan("orbit-1"))
    put(ledger, a_plan("field-1", channel="fieldnotes", day=date(2026, 11, 18)), "session")
    ledger.open_publication(a_plan("orbit-1", platform="youtube"))

    def found(**wanted: object) -> list[tuple[str, str]]:
        return [
            (one.plan.video_id, one.plan.platform)
            for one in ledger.publications(**wanted)  # type: ignore[arg-type]
        ]

    assert found() == [("field-1", "sandbox"), ("orbit-1", "sandbox"), ("orbit-1", "youtube")]
    assert found(channel="fieldnotes") == found(day=date(2026, 11, 18)) == [("field-1", "sandbox")]
    assert found(video_id="orbit-1", platform="youtube") == [("orbit-1", "youtube")]
    assert found(states=frozenset({"session", "verified"})) == [("field-1", "sandbox")]
    assert found(states=frozenset({"verified"})) == []


def test_a_twin_in_doubt_has_the_same_file_and_no_video_yet(ledger: Ledger) -> None:
    plan = a_plan("mine", content="same.mp4")
    put(ledger, plan, "session")
    put(ledger, a_plan("out", content="same.mp4"), "uploaded", remote_id="abc")
    ledger.open_publication(a_plan("not-begun", content="same.mp4"))
    put(ledger, a_plan("elsewhere", content="same.mp4", platform="youtube"), "session")
    put(ledger, a_plan("another-file"), "uploading")
    assert not ledger.has_twin_in_doubt(plan)
    put(ledger, a_plan("twin", content="same.mp4"), "uploading")
    assert ledger.has_twin_in_doubt(plan)
