"""The day's allowance is never exceeded, by however many workers, and begins anew at midnight."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ytempire_assets.publishing.errors import SpentError
from ytempire_assets.publishing.quota import COSTS, Bucket, Limits
from ytempire_assets.resources.allowances import ChannelMeter
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.ledger.allowance import Use
from ytempire_assets_tests.resources.ledger_parts import NOON, Clock

PROJECT = "project"
TODAY = date(2026, 11, 19)
MIDNIGHT = datetime(2026, 11, 20, 8, tzinfo=UTC)


def take(
    ledger: Ledger, limits: Limits, call: str = "videos.insert", channel: str = "orbit"
) -> int:
    return ledger.take(PROJECT, limits, channel, f"{channel}-1", call)


def test_what_does_not_fit_is_refused_and_not_taken(ledger: Ledger) -> None:
    limits = Limits(uploads=1, units=449)
    take(ledger, limits)
    with pytest.raises(SpentError) as refused:
        take(ledger, limits)
    assert refused.value.problem == "videos.insert takes 1 of the day's 1 uploads, and 0 are left"
    assert "it goes on at 2026-11-20 08:00 UTC (midnight Pacific Time)" in refused.value.next_step
    assert refused.value.until == MIDNIGHT
    take(ledger, limits, "thumbnails.set")
    with pytest.raises(SpentError, match="takes 400 of the day's 449 units, and 399 are left"):
        take(ledger, limits, "captions.insert")
    assert ledger.left(PROJECT, limits) == {
        "uploads": 0, "units": 399, "searches": 100, "stats": 10_000
    }  # fmt: skip


def test_an_allowance_is_one_projects(ledger: Ledger) -> None:
    limits = Limits(uploads=1)
    take(ledger, limits)
    ledger.take("another", limits, "orbit", "orbit-1", "videos.insert")
    ledger.mark_exhausted("another", "units")
    assert ledger.left(PROJECT, limits)["units"] == 10_000


def test_what_was_never_sent_is_given_back_once(ledger: Ledger) -> None:
    limits = Limits()
    never, sent = take(ledger, limits, "captions.insert"), take(ledger, limits, "captions.insert")
    for _ in range(2):
        ledger.settle(never, sent=False)
        ledger.settle(sent, sent=True)
    ledger.settle(sent, sent=False)  # it is settled already
    ledger.settle(10**6, sent=False)  # nobody reserved it
    assert ledger.left(PROJECT, limits)["units"] == 9_600


def test_a_reservation_that_was_never_settled_stays_counted(ledger: Ledger) -> None:
    """Its worker died: whether the call arrived is unknown, and too much is the safe side."""
    take(ledger, Limits(), "captions.insert")
    again = Ledger(ledger.url, lambda: NOON + timedelta(hours=11))
    assert again.left(PROJECT, Limits())["units"] == 9_600
    again.close()


def test_a_new_pacific_day_begins_anew(ledger: Ledger, clock: Clock) -> None:
    limits = Limits(uploads=1)
    late = take(ledger, limits)
    ledger.mark_exhausted(PROJECT, "units")
    clock.at = MIDNIGHT - timedelta(microseconds=1)
    with pytest.raises(SpentError):
        take(ledger, limits)
    clock.at = MIDNIGHT
    assert ledger.left(PROJECT, limits)["units"] == 10_000
    take(ledger, limits)
    # What is given back belongs to the day it was taken from.
    ledger.settle(late, sent=False)
    assert ledger.left(PROJECT, limits)["uploads"] == 0
    assert ledger.uses(PROJECT, TODAY) == []
    assert ledger.uses(PROJECT, TODAY + timedelta(days=1)) == [Use("orbit", "uploads", 1, 1)]


@pytest.mark.parametrize("bucket", ["uploads", "units", "searches", "stats"])
def test_what_the_platform_calls_empty_is_empty_today(
    ledger: Ledger, clock: Clock, bucket: Bucket
) -> None:
    calls = {
        "uploads": "videos.insert",
        "units": "videos.list",
        "searches": "search.list",
        "stats": "videos.batchGetStats",
    }
    assert ledger.mark_exhausted(PROJECT, bucket) == MIDNIGHT
    assert [name for name, left in ledger.left(PROJECT, Limits()).items() if not left] == [bucket]
    with pytest.raises(SpentError, match="and 0 are left"):
        take(ledger, Limits(), calls[bucket])
    clock.at = MIDNIGHT
    take(ledger, Limits(), calls[bucket])


def test_a_blocked_channel_may_not_upload_for_24_hours(ledger: Ledger, clock: Clock) -> None:
    until = ledger.block_channel(PROJECT, "orbit")
    assert until == NOON + timedelta(hours=24)
    clock.at = MIDNIGHT + timedelta(hours=1)  # a new day does not end it
    with pytest.raises(SpentError) as refused:
        take(ledger, Limits())
    assert refused.value.until == until
    assert refused.value.problem == (
        "the platform takes no more uploads of orbit until 2026-11-20 20:00 UTC "
        "(its limit for a channel and 24 hours)"
    )
    take(ledger, Limits(), channel="fieldnotes")
    take(ledger, Limits(), "videos.list")
    assert ledger.left(PROJECT, Limits())["uploads"] == 99
    clock.at = until
    take(ledger, Limits())


def test_a_second_block_replaces_the_first(ledger: Ledger, clock: Clock) -> None:
    ledger.block_channel(PROJECT, "orbit")
    clock.move(hours=20)
    assert ledger.block_channel(PROJECT, "orbit") == NOON + timedelta(hours=44)
    clock.move(hours=23)
    with pytest.raises(SpentError):
        take(ledger, Limits())


def test_who_used_what_is_known_by_channel_and_bucket(ledger: Ledger) -> None:
    for channel in ("orbit", "orbit", "fieldnotes"):
        ledger.settle(take(ledger, Limits(), "captions.insert", channel), sent=True)
    take(ledger, Limits(), "videos.insert", "orbit")
    ledger.settle(take(ledger, Limits(), "videos.list", "fieldnotes"), sent=False)
    ledger.take("another", Limits(), "orbit", "orbit-1", "videos.insert")
    assert ledger.uses(PROJECT, TODAY) == [
        Use("fieldnotes", "units", 400, 1),
        Use("orbit", "units", 800, 2),
        Use("orbit", "uploads", 1, 1),
    ]
    assert ledger.uses(PROJECT, TODAY - timedelta(days=1)) == []


def test_uploads_of_a_week_are_remembered(ledger: Ledger, clock: Clock) -> None:
    for channel, count in (("orbit", 3), ("fieldnotes", 1)):
        for _ in range(count):
            ledger.settle(take(ledger, Limits(), channel=channel), sent=True)
    ledger.settle(take(ledger, Limits(), channel="never"), sent=False)
    take(ledger, Limits(), "captions.insert", "only-captions")
    assert ledger.uploads_granted(PROJECT) == {"orbit": 3, "fieldnotes": 1}
    assert ledger.uploads_granted("another") == {}
    clock.move(days=6)
    take(ledger, Limits())
    assert ledger.uploads_granted(PROJECT) == {"orbit": 4, "fieldnotes": 1}
    clock.move(days=1)
    assert ledger.uploads_granted(PROJECT) == {"orbit": 1}


def test_a_meter_notes_what_the_platform_says_where_it_belongs(ledger: Ledger) -> None:
    meter = ChannelMeter(ledger, PROJECT, Limits(), "orbit", "orbit-1")
    assert meter.exhausted("videos.insert", "uploadLimitExceeded") == NOON + timedelta(hours=24)
    assert ledger.left(PROJECT, Limits())["uploads"] == 100
    assert meter.exhausted("captions.insert", "quotaExceeded") == MIDNIGHT
    assert ledger.left(PROJECT, Limits())["units"] == 0
    with pytest.raises(SpentError, match="until 2026-11-20 20:00"):
        meter.reserve("videos.insert")
    ChannelMeter(ledger, PROJECT, Limits(), "fieldnotes").reserve("videos.insert")


CALLS = ["videos.insert", "videos.list", "thumbnails.set", "captions.insert"]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.sampled_from(CALLS), st.sampled_from([True, False, None]))))
def test_whatever_is_asked_the_books_balance(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[str, bool | None]]
) -> None:
    """Taken, settled as sent or not, or never settled: a bucket holds just what stayed counted."""
    limits, clock = Limits(uploads=3, units=1_000), Clock()
    ledger = Ledger(f"sqlite:///{tmp_path_factory.mktemp('books') / 'ledger.db'}", clock)
    meter = ChannelMeter(ledger, PROJECT, limits, "orbit")
    costs = {"videos.insert": 1, "videos.list": 1, "thumbnails.set": 50, "captions.insert": 400}
    left: Counter[str] = Counter(uploads=3, units=1_000)
    for call, sent in asked:
        bucket = "uploads" if call == "videos.insert" else "units"
        if left[bucket] < costs[call]:
            with pytest.raises(SpentError):
                meter.reserve(call)
            continue
        number = meter.reserve(call)
        if sent is not None:
            meter.settle(number, sent=sent)
        left[bucket] -= costs[call] * (sent is not False)
    found = ledger.left(PROJECT, limits)
    used = sum(use.units for use in ledger.uses(PROJECT, TODAY) if use.bucket == "units")
    ledger.close()
    assert (found["uploads"], found["units"]) == (left["uploads"], left["units"])
    assert used == 1_000 - left["units"]


# Many at once

WANTED = 39
"""The last one is not given back: a place that gets free is asked for once more at least."""


def drain(url: str, clock: Callable[[], datetime], call: str, limits: Limits) -> int:
    """Asks for one cost after the other; every third is given back. Returns how many stayed."""
    ledger, stayed = Ledger(url, clock), 0
    for number in range(WANTED):
        try:
            reservation = take(ledger, limits, call)
        except SpentError:
            continue
        sent = number % 3 != 0
        ledger.settle(reservation, sent=sent)
        stayed += sent
    ledger.close()
    return stayed


def drain_in_threads(url: str, call: str, limits: Limits) -> int:
    with ThreadPoolExecutor(3) as pool:
        return sum(pool.map(lambda _: drain(url, Clock(), call, limits), range(3)))


@pytest.mark.parametrize(
    ("call", "limits", "fit"),
    [
        ("videos.insert", Limits(uploads=17), 17),
        ("captions.insert", Limits(units=10_399), 25),
    ],
)
def test_many_workers_at_once_take_exactly_what_there_is(
    ledger_url: str, call: str, limits: Limits, fit: int
) -> None:
    """Three processes with three threads each, all at the same row."""
    Ledger(ledger_url, Clock()).left(PROJECT, limits)
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(3, mp_context=fork) as pool:
        runs = [pool.submit(drain_in_threads, ledger_url, call, limits) for _ in range(3)]
        stayed = sum(run.result() for run in runs)
    assert stayed == fit
    ledger = Ledger(ledger_url, Clock())
    (use,) = ledger.uses(PROJECT, TODAY)
    cost = COSTS[call].units
    assert (use.calls, use.units) == (fit, fit * cost)
    assert ledger.left(PROJECT, limits)[use.bucket] == limits.of(use.bucket) - fit * cost
    ledger.close()
