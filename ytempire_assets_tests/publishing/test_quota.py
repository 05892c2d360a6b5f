"""What calls cost, and when a quota day ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.publishing.quota import (
    BUCKETS,
    COSTS,
    PACIFIC,
    Cost,
    Limits,
    Unmetered,
    needs,
    quota_day,
    reset_after,
    start_of,
)

INSTANTS = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - the zone is added by the strategy
    max_value=datetime(2031, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(INSTANTS)
def test_the_day_ends_later_within_25_hours_at_pacific_midnight(at: datetime) -> None:
    reset = reset_after(at)
    assert at < reset <= at + timedelta(hours=25)
    assert reset.tzinfo is UTC
    assert reset.astimezone(PACIFIC).time() == time()
    assert quota_day(reset) == quota_day(at) + timedelta(days=1)
    assert quota_day(reset - timedelta(microseconds=1)) == quota_day(at)


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)))
def test_days_follow_each_other_without_a_gap(day: date) -> None:
    start, end = start_of(day), start_of(day + timedelta(days=1))
    assert quota_day(start) == day
    assert reset_after(start) == end
    assert end - start in (timedelta(hours=23), timedelta(hours=24), timedelta(hours=25))


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2026, 10, 31), 24),
        (date(2026, 11, 1), 25),
        (date(2026, 11, 2), 24),
        (date(2027, 3, 13), 24),
        (date(2027, 3, 14), 23),
        (date(2027, 3, 15), 24),
    ],
)
def test_a_day_is_as_long_as_in_california(day: date, hours: int) -> None:
    assert reset_after(start_of(day)) - start_of(day) == timedelta(hours=hours)


def test_both_one_oclocks_of_the_long_night_are_the_same_day() -> None:
    first, second = (datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (8, 9))
    assert first.astimezone(PACIFIC).time() == second.astimezone(PACIFIC).time()
    assert quota_day(first) == quota_day(second) == date(2026, 11, 1)
    assert reset_after(first) == reset_after(second) == datetime(2026, 11, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("call", "bucket", "units"),
    [
        ("videos.insert", "uploads", 1),
        ("search.list", "searches", 1),
        ("videos.batchGetStats", "stats", 1),
        ("videos.list", "units", 1),
        ("videos.update", "units", 50),
        ("thumbnails.set", "units", 50),
        ("playlistItems.insert", "units", 50),
        ("captions.list", "units", 50),
        ("captions.insert", "units", 400),
    ],
)
def test_calls_cost_what_the_platform_says(call: str, bucket: str, units: int) -> None:
    assert Cost(bucket, units) == COSTS[call]  # type: ignore[arg-type]


def test_every_cost_has_a_bucket_and_every_bucket_a_limit() -> None:
    assert {cost.bucket for cost in COSTS.values()} <= set(BUCKETS)
    assert all(cost.units > 0 for cost in COSTS.values())
    assert [Limits().of(bucket) for bucket in BUCKETS] == [100, 10_000, 100, 10_000]


def test_captions_bind_before_uploads_do() -> None:
    """Units of a day suffice for every upload's essentials, and for captions of a fifth of them."""
    takes, limits = needs(thumbnail=True, playlist=True, captions=True), Limits()
    rest = (
        limits.units
        - limits.uploads * needs(thumbnail=True, playlist=False, captions=False).essential
    )
    assert rest > 0
    assert limits.units // COSTS["captions.insert"].units == 25
    assert limits.units // (takes.essential + takes.captions) == 19


@given(st.booleans(), st.booleans(), st.booleans())
def test_needs_name_each_part_that_is_there(thumbnail: bool, playlist: bool, caption: bool) -> None:
    bare = needs(thumbnail=False, playlist=False, captions=False)
    found = needs(thumbnail=thumbnail, playlist=playlist, captions=caption)
    assert bare.captions == 0
    assert found.essential - bare.essential == 50 * thumbnail + 50 * playlist
    assert found.captions == 400 * caption


def test_without_a_meter_everything_fits_and_a_used_up_day_ends_at_midnight() -> None:
    meter = Unmetered()
    for call in COSTS:
        meter.settle(meter.reserve(call), sent=True)
    until = meter.exhausted("videos.insert", "quotaExceeded")
    assert until.astimezone(PACIFIC).time() == time()
    assert quota_day(until) > quota_day(until - timedelta(hours=12))
