"""Stories are scored from all their sources, and say why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ytempire_assets.discovery.growth.model import GrowthModel, shipped_model
from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.story_scores import LEAST_POPULATION, score_stories, sparkline
from ytempire_assets.discovery.story_series import SPARKLINE_DAYS, daily_gains, story_series
from ytempire_assets.discovery.topics.topic import Topic

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def model() -> GrowthModel:
    return shipped_model()


def reads(topic: str, *values: float, source: str = "wiki") -> list[Signal]:
    """Daily counts, the last of them of yesterday."""
    begin = NOW - timedelta(days=len(values))
    return [
        Signal(source, topic, topic, begin + timedelta(days=day), value, "views", "daily")
        for day, value in enumerate(values)
    ]


def story(topic: str, *signals: Signal) -> Topic:
    times = [signal.observed_at for signal in signals]
    sources = tuple(sorted({signal.source for signal in signals}))
    return Topic(
        topic, topic, (topic,), (), "en", signals, sources, min(times), max(times), 1.0, ()
    )


def test_what_rises_scores_above_what_is_steady_above_what_falls(model: GrowthModel) -> None:
    scores = score_stories(
        [
            story("rises", *reads("rises", *[1000] * 11, 2000, 5000, 12000)),
            story("steady", *reads("steady", *[1000] * 14)),
            story("falls", *reads("falls", *[9000] * 4, *[3000] * 4, *[500] * 4, 90, 40)),
        ],
        model,
        NOW,
    )
    assert scores["rises"].viral_score > scores["steady"].viral_score
    assert scores["steady"].viral_score > scores["falls"].viral_score
    assert "12,000 a day" in scores["rises"].evidence
    assert scores["rises"].growth_low < scores["rises"].growth < scores["rises"].growth_high
    assert scores["falls"].peak_at < NOW


def test_size_alone_is_no_growth(model: GrowthModel) -> None:
    scores = score_stories(
        [
            story("large", *reads("large", *[1e6] * 14)),
            story("small", *reads("small", *[100.0] * 11, 200, 400, 900)),
        ],
        model,
        NOW,
    )
    assert scores["small"].viral_score > scores["large"].viral_score


def test_what_was_seen_once_is_not_trusted_yet(model: GrowthModel) -> None:
    """A young post may be expected to grow tenfold: one look is no proof."""
    times = [NOW - timedelta(hours=hours) for hours in (8, 2)]
    seen = [
        Signal("hn", "1", "t", time, points, "points", "total", published_at=times[0])
        for time, points in zip(times, (20.0, 90.0), strict=True)
    ]
    once = score_stories([story("t", replace(seen[1], published_at=times[0]))], model, NOW)["t"]
    assert once.viral_score <= 75


def test_stories_of_a_source_are_compared_with_each_other(model: GrowthModel) -> None:
    """The chances of all against all are 50 % on the mean."""
    topics = [
        story(f"t{k}", *reads(f"t{k}", *[1000.0] * 12, 1000.0 + 90 * k, 1000.0 + 200 * k))
        for k in range(LEAST_POPULATION)
    ]
    scores = [one.viral_score for one in score_stories(topics, model, NOW).values()]
    assert sum(scores) / len(scores) == pytest.approx(50, abs=1)
    assert max(scores) > 65 > 35 > min(scores)


def test_a_source_that_may_not_be_used_leaves_no_trace(model: GrowthModel) -> None:
    wiki, charts = reads("a", *[100] * 13, 900), reads("a", *[9] * 14, source="charts")
    without = score_stories([story("a", *wiki)], model, NOW)["a"]
    left_out = score_stories([story("a", *wiki, *charts)], model, NOW, {"charts"})["a"]
    assert replace(left_out, supply=0) == replace(without, supply=0)
    assert score_stories([story("b", *charts)], model, NOW, {"charts"}) == {}


def test_mentions_of_all_feeds_are_one_series() -> None:
    signals = [
        Signal(
            f"feed-{k % 3}", f"entry-{k}", "t", NOW, 1.0, "articles", "mention",
            published_at=NOW - timedelta(hours=30 - k),
        )
        for k in range(10)
    ]  # fmt: skip
    again = [replace(signals[0], observed_at=NOW - timedelta(hours=1))]
    [series] = story_series([*signals, *again], NOW)
    assert series.unit == "articles"
    assert [count for _, count in series.points] == [*range(1, 11), 10]
    assert series.published_at == NOW - timedelta(hours=30)


def test_totals_and_daily_counts_become_running_counts() -> None:
    daily = story_series(reads("a", 5, 0, 7), NOW)[0]
    assert [count for _, count in daily.points] == [5, 5, 12]
    assert daily.points[-1][0] == NOW
    total = [
        Signal("hn", "1", "t", NOW - timedelta(hours=h), p, "points", "total")
        for h, p in ((9, 3.0), (3, 50.0), (1, 80.0))
    ]
    assert [count for _, count in story_series(total, NOW)[0].points] == [3, 50, 80]


def test_the_last_days_are_drawn_as_bars() -> None:
    gains = daily_gains(story_series(reads("a", 10, 20, 5, 40), NOW)[0])
    assert len(gains) == SPARKLINE_DAYS
    assert gains[-4:] == (10, 20, 5, 40)
    assert sparkline(gains)[-1] == "█"
    assert sparkline([0, 0]) == "▁▁"
    assert sparkline([]) == ""


@hypothesis_settings(derandomize=True, deadline=None, max_examples=25)
@given(
    st.lists(st.lists(st.floats(0, 1e12), min_size=1, max_size=14), min_size=1, max_size=5),
    st.booleans(),
)
def test_any_counts_give_scores_in_range(
    model: GrowthModel, values: list[list[float]], total: bool
) -> None:
    topics = []
    for number, counts in enumerate(values):
        signals = reads(f"t{number}", *counts)
        if total:
            signals = [replace(signal, counting="total") for signal in signals]
        topics.append(story(f"t{number}", *signals))
    for score in score_stories(topics, model, NOW).values():
        assert 0 <= score.viral_score <= 100
        assert 0 < score.growth_low <= score.growth <= score.growth_high
        assert score.evidence
