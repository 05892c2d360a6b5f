"""Ideas follow the channel's rules, each with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ytempire_assets.discovery.ideas import Candidate, Demand, plan_ideas
from ytempire_assets.discovery.originality import Made

DAY = date(2026, 11, 19)


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


def test_expected_value_is_score_by_fit_novelty_and_competition() -> None:
    plain, poor = candidate("comet-returns", 90), candidate("comet-leaves", 90)
    ideas = plan_ideas([plain, replace(poor, fit=0.5, competition="high")], demand(videos=2))
    scores = {idea.candidate.topic_id: idea.score for idea in ideas}
    assert scores == {"comet-returns": 90.0, "comet-leaves": round(90 * 0.9 * 0.85, 1)}


def test_what_is_too_near_to_the_own_past_is_rejected_with_its_reason() -> None:
    past = [Made("orbit", date(2026, 10, 1), "old", "Voyager 1 leaves the solar system for good")]
    again = replace(candidate("new", 99), title="Voyager 1 leaves the solar system")
    [idea] = plan_ideas([again], demand(past=past))
    assert not idea.accepted
    assert "too near to 'Voyager 1 leaves the solar system for good'" in idea.reason
    assert "2026-10-01" in idea.reason


def test_a_little_like_the_past_costs_score_and_a_copy_of_another_channel_is_rejected() -> None:
    past = [Made("orbit", date(2026, 10, 1), "old", "Why the rings of Saturn will vanish one day")]
    like = replace(candidate("rings", 90), title="Why the rings of Saturn glow at night")
    others = [Made("comets", date(2026, 11, 18), "x", "A comet that nobody saw coming")]
    copy = replace(candidate("comet", 99), title="A comet that nobody saw coming")
    ideas = {
        idea.candidate.topic_id: idea
        for idea in plan_ideas([like, copy], demand(past=past, others=others))
    }
    assert ideas["rings"].novelty < 1
    assert ideas["rings"].score < 90
    assert not ideas["comet"].accepted
    assert "comets made 'A comet that nobody saw coming'" in ideas["comet"].reason


def test_sources_in_another_language_are_no_idea() -> None:
    [idea] = plan_ideas([replace(candidate("a", 99), language="de")], demand(language="en"))
    assert not idea.accepted
    assert "its sources are in 'de'" in idea.reason


def test_a_sudden_topic_gets_a_place_of_its_own_first_and_only_once() -> None:
    many = [candidate(f"t{n}", 95 - n) for n in range(4)]
    wanted = demand(videos=2, breaking={"t3": "eclipse: 4.0x the usual day"})
    ideas = plan_ideas(many, wanted)
    taken = [idea for idea in ideas if idea.accepted]
    assert [idea.candidate.topic_id for idea in taken] == ["t3", "t0", "t1"]
    assert taken[0].priority == 10
    assert taken[0].reason.startswith("asked for at once: eclipse")
    # The day runs again after it was published: it keeps its place, and nothing new is added.
    videos = {idea.video_id: idea.candidate.topic_id for idea in taken}
    again = plan_ideas(many, replace(wanted, pinned={k: v for k, v in videos.items() if k}))
    assert {i.video_id: i.candidate.topic_id for i in again if i.accepted} == videos


def test_fewer_good_ideas_than_places_leave_places_empty() -> None:
    ideas = plan_ideas([candidate("a", 90), candidate("b", 10)], demand(videos=3, evergreen=False))
    assert [idea.accepted for idea in ideas] == [True, False]
    assert ideas[1].reason == "score 10 is below 85"
