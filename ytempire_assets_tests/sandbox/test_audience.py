"""The simulated audience is a fixed function with a taste that can be learned."""

from __future__ import annotations

import itertools
import statistics
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from ytempire_assets.sandbox.audience import Look, Reaction, Watchable, reaction
from ytempire_assets.sandbox.days import end_of_day

EARLY = datetime(2015, 1, 1, tzinfo=UTC)
DAY = date(2026, 11, 19)
WHEN = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)

watchables = st.builds(
    Watchable,
    video_id=st.text(min_size=1, max_size=11),
    title=st.text(max_size=100),
    subject=st.text(max_size=20),
    tags=st.lists(st.text(min_size=1, max_size=20), max_size=6).map(tuple),
    duration_s=st.floats(0.0, 100_000.0),
    public_at=st.integers(0, 20 * 365 * 24 * 60).map(
        lambda minutes: EARLY + timedelta(minutes=minutes)
    ),
    look=st.none() | st.builds(Look, *[st.floats(0.0, 1.0)] * 3),
    hook=st.text(max_size=40),
)


def video(number: int = 0, **changes: object) -> Watchable:
    values: dict[str, object] = {
        "video_id": f"v{number}",
        "title": "A title",
        "subject": "Space",
        "tags": (),
        "duration_s": 36.0,
        "public_at": WHEN,
    }
    return Watchable(**{**values, **changes})  # type: ignore[arg-type]


@settings(max_examples=80, deadline=None)
@given(watchables, st.integers(-3, 400), st.integers(0, 60))
def test_counts_are_fixed_and_never_fall(seen: Watchable, start: int, more: int) -> None:
    assert seen.public_at is not None
    day = seen.public_at.date() + timedelta(days=start)
    now, later = reaction(seen, day), reaction(seen, day + timedelta(days=more))
    assert now == reaction(seen, day)
    for name in ("impressions", "views", "likes", "comments", "shares", "watch_time_s"):
        assert 0 <= getattr(now, name) <= getattr(later, name)
    assert now.views <= now.impressions
    assert 0 <= now.average_view_percent <= 100
    assert now.average_view_s <= max(seen.duration_s, 0)
    if seen.public_at >= end_of_day(day):
        assert now == Reaction()


def test_a_video_that_is_not_public_has_no_views() -> None:
    assert reaction(video(public_at=None), DAY) == Reaction()
    assert reaction(video(), DAY - timedelta(days=1)) == Reaction()
    assert reaction(video(), DAY).views > 0


def test_a_day_ends_at_midnight_pacific_time() -> None:
    assert end_of_day(date(2026, 11, 19)) == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert end_of_day(date(2026, 7, 1)) == datetime(2026, 7, 2, 7, 0, tzinfo=UTC)


def test_growth_slows_down() -> None:
    totals = [
        sum(reaction(video(number), DAY + timedelta(days=day)).views for number in range(60))
        for day in range(30)
    ]
    daily = [later - earlier for earlier, later in itertools.pairwise(totals)]
    assert statistics.mean(daily[:3]) > 4 * statistics.mean(daily[-10:])
    assert all(count >= 0 for count in daily)


def test_the_audience_has_a_taste_that_shows_through_luck() -> None:
    """Two hundred videos tell which subjects, hours and titles are liked."""

    def mean_views(**changes: object) -> float:
        seen = [video(number, **changes) for number in range(200)]
        return statistics.mean(reaction(one, DAY + timedelta(days=7)).views for one in seen)

    subjects = [mean_views(subject=f"subject {letter}") for letter in "abcdefgh"]
    assert max(subjects) > 2 * min(subjects)
    hours = [mean_views(public_at=WHEN.replace(hour=hour)) for hour in range(0, 24, 6)]
    assert max(hours) > 1.2 * min(hours)
    titles = ["A title", "7 titles", "Is it a title?", "Why it is: a title", "A TITLE!"]
    clicks = [mean_views(title=title) for title in titles]
    assert max(clicks) > 1.2 * min(clicks)


def test_a_thumbnail_and_a_hook_change_what_they_should() -> None:
    day, plain = DAY + timedelta(days=7), reaction(video(), DAY + timedelta(days=7))
    rates, shares = [], []
    for step in range(11):
        look = Look(step / 10, 0.5, 0.5)
        seen = reaction(video(look=look), day)
        assert (seen.impressions, seen.average_view_s) == (plain.impressions, plain.average_view_s)
        rates.append(seen.click_through_rate)
    assert max(rates) > 1.2 * min(rates)
    best = rates.index(max(rates))
    assert rates[: best + 1] == sorted(rates[: best + 1])
    assert rates[best:] == sorted(rates[best:], reverse=True)
    hooks = ["Did you know", "7 things", "Is it alive?", "You own 3 of them, why?", "Plain words"]
    for hook in hooks:
        seen = reaction(video(hook=hook), day)
        assert (seen.impressions, seen.views) == (plain.impressions, plain.views)
        shares.append(seen.average_view_percent)
    assert len(set(shares)) == len(hooks)
    assert shares[-1] == plain.average_view_percent


def test_another_seed_is_another_audience() -> None:
    assert reaction(video(), DAY, "one") != reaction(video(), DAY, "two")


def test_the_numbers_are_the_same_on_every_machine() -> None:
    seen = reaction(video(tags=("space",)), DAY + timedelta(days=7))
    counts = (seen.impressions, seen.views, seen.likes, seen.comments, seen.shares)
    assert counts == (5157, 229, 14, 2, 4)
    assert round(seen.average_view_percent, 3) == 69.218
