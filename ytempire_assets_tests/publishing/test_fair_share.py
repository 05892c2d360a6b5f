"""Whose turn it is: everybody's once, in proportion to the weights, and nobody's never."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from ytempire_assets.publishing.fair_share import WINDOW_DAYS, Turn, Waiting, in_turn, turns

NOON = datetime(2026, 11, 19, 20, tzinfo=UTC)
SLUGS = ("atlas", "brook", "cedar", "delta")


def queue(
    channel: str, count: int, priority: int = 5, since: datetime = NOON, kept: bool = False
) -> list[Waiting]:
    return [
        Waiting("" if kept else f"{channel}-{n}", channel, priority, since + timedelta(minutes=n))
        for n in range(count)
    ]


@st.composite
def crowds(draw: st.DrawFn) -> list[Waiting]:
    """What waits, with some places that are kept; a channel has one priority."""
    weights = {slug: draw(st.integers(1, 10)) for slug in SLUGS}
    entries = draw(
        st.lists(st.tuples(st.sampled_from(SLUGS), st.booleans(), st.integers(0, 500)), max_size=30)
    )
    return [
        Waiting(
            "" if kept else f"{slug}-{number}",
            slug,
            weights[slug],
            NOON - timedelta(minutes=minutes),
        )
        for number, (slug, kept, minutes) in enumerate(entries)
    ]


GRANTED = st.dictionaries(st.sampled_from(SLUGS), st.integers(0, 40))


@given(crowds(), GRANTED, st.integers(0, 12), st.integers(0, 12))
def test_every_video_gets_exactly_one_turn(
    crowd: list[Waiting], granted: dict[str, int], free: int, a_day: int
) -> None:
    found = turns(crowd, granted, free, a_day)
    assert set(found) == {item.video_id for item in crowd if item.video_id}
    places = [turn.place for turn in found.values()]
    assert len(set(places)) == len(places)
    assert all(1 <= place <= len(crowd) for place in places)
    assert all((turn.days == 0) == (turn.place <= free) for turn in found.values())
    if not any(not item.video_id for item in crowd):
        assert sorted(places) == list(range(1, len(crowd) + 1))


@given(crowds(), GRANTED, st.integers(0, 12), st.integers(1, 12))
def test_no_day_is_promised_more_than_it_has(
    crowd: list[Waiting], granted: dict[str, int], free: int, a_day: int
) -> None:
    found = turns(crowd, granted, free, a_day)
    for days, count in Counter(turn.days for turn in found.values()).items():
        assert count <= (a_day if days else free)
    in_order = sorted(found.values(), key=lambda turn: turn.place)
    assert [turn.days for turn in in_order] == sorted(turn.days for turn in in_order)


@given(crowds(), GRANTED, st.integers(0, 12), st.randoms(use_true_random=False))
def test_the_order_of_asking_does_not_matter(
    crowd: list[Waiting], granted: dict[str, int], free: int, random: object
) -> None:
    shuffled = list(crowd)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert turns(shuffled, granted, free, 10) == turns(crowd, granted, free, 10)


@given(crowds(), GRANTED)
def test_within_a_channel_the_oldest_goes_first(
    crowd: list[Waiting], granted: dict[str, int]
) -> None:
    order: dict[str, list[datetime]] = defaultdict(list)
    for item in in_turn(crowd, granted):
        order[item.channel].append(item.since)
    assert all(times == sorted(times) for times in order.values())


@given(crowds(), GRANTED, st.integers(0, 12))
def test_a_kept_place_is_nobodys_turn_but_takes_one(
    crowd: list[Waiting], granted: dict[str, int], free: int
) -> None:
    kept = sum(not item.video_id for item in crowd)
    found = turns(crowd, granted, free, 10)
    assert "" not in found
    assert sum(turn.days == 0 for turn in found.values()) >= min(free, len(crowd)) - kept


def test_a_place_is_kept_before_the_second_video_of_another_channel() -> None:
    crowd = [*queue("atlas", 2), *queue("brook", 1, since=NOON + timedelta(hours=1), kept=True)]
    assert turns(crowd, {}, free=2, a_day=100) == {"atlas-0": Turn(1, 0), "atlas-1": Turn(3, 1)}


def test_what_a_channel_had_lately_counts() -> None:
    crowd = [*queue("atlas", 1), *queue("brook", 1, since=NOON + timedelta(hours=1))]
    assert turns(crowd, {}, 1, 1) == {"atlas-0": Turn(1, 0), "brook-0": Turn(2, 1)}
    assert turns(crowd, {"atlas": 3}, 1, 1) == {"brook-0": Turn(1, 0), "atlas-0": Turn(2, 1)}


def test_later_days_are_counted_in_whole_allowances() -> None:
    found = turns(queue("atlas", 8), {}, free=2, a_day=3)
    assert [found[f"atlas-{n}"].days for n in range(8)] == [0, 0, 1, 1, 1, 2, 2, 2]


def test_without_any_allowance_everything_is_planned_for_the_next_day() -> None:
    assert {turn.days for turn in turns(queue("atlas", 3), {}, 0, 0).values()} == {1}


@given(st.lists(st.integers(1, 10), min_size=2, max_size=4), st.integers(1, 60))
def test_who_has_much_waiting_is_served_in_proportion_to_its_weight(
    weights: list[int], places: int
) -> None:
    crowd = [
        item
        for slug, weight in zip(SLUGS, weights, strict=False)
        for item in queue(slug, 60, weight)
    ]
    had: Counter[str] = Counter()
    for _, item in zip(range(places), in_turn(crowd, {}), strict=False):
        had[item.channel] += 1
    for (one, its), (two, other) in combinations(zip(SLUGS, weights, strict=False), 2):
        # Nobody is ahead by more than the one place that it had last.
        assert (had[one] - 1) / its <= had[two] / other
        assert (had[two] - 1) / other <= had[one] / its


def test_twice_the_weight_is_twice_the_share() -> None:
    crowd = [*queue("atlas", 100, 10), *queue("brook", 100, 5)]
    found = turns(crowd, {}, free=60, a_day=60)
    today = Counter(video.partition("-")[0] for video, turn in found.items() if turn.days == 0)
    assert today == {"atlas": 40, "brook": 20}


def weeks(
    wants: Mapping[str, Sequence[int]], weights: Mapping[str, int], a_day: int, days: int
) -> tuple[Counter[str], dict[str, int]]:
    """Simulated days; what each channel got, and the longest it waited in vain, in days.

    Args:
        wants: New videos of each channel by day, round and round.
        weights: Priorities.
        a_day: Uploads of a day.
        days: How many.
    """
    waiting: list[Waiting] = []
    lately: deque[Counter[str]] = deque(maxlen=WINDOW_DAYS - 1)
    got: Counter[str] = Counter()
    hungry: Counter[str] = Counter()
    longest = dict.fromkeys(wants, 0)
    for day in range(days):
        now = NOON + timedelta(days=day)
        for slug, pattern in wants.items():
            for n in range(pattern[day % len(pattern)]):
                waiting.append(Waiting(f"{slug}-{day}-{n}", slug, weights[slug], now))
        granted = sum(lately, Counter[str]())
        found = turns(waiting, granted, a_day, a_day)
        today = Counter(item.channel for item in waiting if not found[item.video_id].days)
        wanted = {item.channel for item in waiting}
        waiting = [item for item in waiting if found[item.video_id].days]
        lately.append(today)
        got += today
        for slug in wants:
            hungry[slug] = hungry[slug] + 1 if slug in wanted and not today[slug] else 0
            longest[slug] = max(longest[slug], hungry[slug])
    return got, longest


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=4), min_size=2, max_size=4),
    st.lists(st.integers(1, 10), min_size=4, max_size=4),
    st.integers(1, 6),
)
def test_nobody_waits_in_vain_for_a_week(
    patterns: list[list[int]], weights: list[int], a_day: int
) -> None:
    wants = dict(zip(SLUGS, patterns, strict=False))
    _, longest = weeks(wants, dict(zip(SLUGS, weights, strict=False)), a_day, days=21)
    assert max(longest.values()) <= WINDOW_DAYS


def test_the_lightest_of_many_channels_is_not_starved() -> None:
    """More heavy channels than a week can satisfy: the light one still has its weekly place."""
    weights = {**{f"heavy-{n}": 10 for n in range(90)}, "light": 1}
    got, longest = weeks({slug: [3] for slug in weights}, weights, a_day=100, days=21)
    assert longest["light"] <= WINDOW_DAYS
    assert 3 <= got["light"] < min(got[slug] for slug in weights if slug != "light")


def test_over_weeks_twice_the_weight_is_about_twice_the_videos() -> None:
    weights = {"atlas": 10, "brook": 5, "cedar": 5}
    got, _ = weeks({slug: [5] for slug in weights}, weights, a_day=4, days=35)
    assert sum(got.values()) == 4 * 35
    assert 1.8 <= got["atlas"] / got["brook"] <= 2.2
    assert abs(got["brook"] - got["cedar"]) <= 1
