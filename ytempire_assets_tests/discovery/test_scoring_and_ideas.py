"""Scores follow growth; ideas follow the channel's rules, each with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ytempire_assets.discovery.ideas import Candidate, Demand, plan_ideas
from ytempire_assets.discovery.scoring import SignalSeries, score_topic

DAY = date(2026, 11, 19)


def series(*values: float) -> SignalSeries:
    return SignalSeries("views", "views", values)


def test_growth_ranks_above_steady_above_decline() -> None:
    growing = score_topic([series(*[100] * 12, 300, 500)])
    steady = score_topic([series(*[100] * 14)])
    falling = score_topic([series(*[100] * 12, 50, 20)])
    assert growing.viral_score > 85 > steady.viral_score > falling.viral_score
    assert "views: 400 views a day after 100" in growing.evidence


def test_size_alone_is_not_growth() -> None:
    assert score_topic([series(*[1e6] * 14)]).viral_score < 50


def test_an_old_spike_does_not_hide_a_new_one() -> None:
    spiked = score_topic([series(100, 100, 100, 5000, 100, 100, 100, 100, 100, 100, 300, 500)])
    assert spiked.viral_score > 85


def test_too_few_days_are_refused() -> None:
    with pytest.raises(ValueError, match="no signal has more than 2 days"):
        score_topic([series(1, 2)])


@hypothesis_settings(derandomize=True, deadline=None)
@given(st.lists(st.lists(st.floats(0, 1e12), min_size=3, max_size=30), min_size=1, max_size=5))
def test_any_counts_give_a_score_in_range(values: list[list[float]]) -> None:
    score = score_topic([SignalSeries(f"s{n}", "x", v) for n, v in enumerate(values)])
    assert 0 <= score.viral_score <= 100
    assert score.growth_ratio >= 0


def candidate(topic: str, score: float, niche: str = "space", documents: int = 2) -> Candidate:
    return Candidate(topic, topic.title(), niche, score, documents, f"fp-{topic}", "interest up")


def demand(**changes: object) -> Demand:
    usual = Demand(
        channel="orbit",
        day=DAY,
        niches=("space",),
        videos=2,
        threshold=85,
        evergreen=True,
        scheduled=(),
        made={},
        weights={},
        pinned={},
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def accepted(candidates: list[Candidate], wanted: Demand) -> dict[str, str]:
    ideas = plan_ideas(candidates, wanted)
    return {idea.video_id or "": idea.candidate.topic_id for idea in ideas if idea.accepted}


def test_best_trending_first_then_evergreen() -> None:
    ideas = plan_ideas([candidate("low", 20), candidate("top", 95), candidate("mid", 60)], demand())
    assert [idea.candidate.topic_id for idea in ideas] == ["top", "mid", "low"]
    assert [idea.kind for idea in ideas] == ["trending", "evergreen", "evergreen"]
    assert [idea.video_id for idea in ideas] == ["orbit-20261119-1", "orbit-20261119-2", None]
    assert "places went to better ideas" in ideas[2].reason


@pytest.mark.parametrize(
    ("wanted", "given_candidate", "reason"),
    [
        (demand(evergreen=False), candidate("a", 60), "score 60 is below 85"),
        (demand(), candidate("a", 99, documents=0), "no source document"),
        (demand(made={"a": date(2026, 10, 1)}), candidate("a", 99), "made on 2026-10-01"),
    ],
)
def test_rejections_say_why(wanted: Demand, given_candidate: Candidate, reason: str) -> None:
    [idea] = plan_ideas([given_candidate], wanted)
    assert not idea.accepted
    assert reason in idea.reason


def test_scheduled_topic_comes_first_even_from_another_niche() -> None:
    pool = [candidate("hot", 99), candidate("plan", 5, niche="history"), candidate("b", 90)]
    assert accepted(pool, demand(scheduled=("plan",))) == {
        "orbit-20261119-1": "plan",
        "orbit-20261119-2": "hot",
    }


def test_learned_weight_lifts_a_topic_over_the_threshold() -> None:
    [idea] = plan_ideas([candidate("a", 75)], demand(weights={"space": 1.2}))
    assert (idea.kind, idea.score) == ("trending", 90.0)


def test_published_video_keeps_its_topic_and_number() -> None:
    pool = [candidate("new", 99), candidate("out", 10)]
    wanted = demand(pinned={"orbit-20261119-1": "out"}, made={})
    assert accepted(pool, wanted) == {"orbit-20261119-1": "out", "orbit-20261119-2": "new"}


@hypothesis_settings(derandomize=True, deadline=None)
@given(
    scores=st.dictionaries(
        st.text("abcdef", min_size=1, max_size=4), st.floats(0, 100), max_size=20
    ),
    videos=st.integers(1, 6),
)
def test_never_more_than_the_day_holds_and_no_topic_twice(
    scores: dict[str, float], videos: int
) -> None:
    ideas = plan_ideas([candidate(t, s) for t, s in scores.items()], demand(videos=videos))
    chosen = [idea for idea in ideas if idea.accepted]
    assert len(chosen) == min(videos, len(scores))
    assert len({idea.video_id for idea in chosen}) == len(chosen)
    assert all(idea.reason for idea in ideas)
    assert [idea.rank for idea in ideas] == list(range(1, len(ideas) + 1))
