"""Choosing what a channel makes on a day.

Belongs here: the queue of ideas, best first, each accepted or rejected with its reason. A pure
function over values: what was made before and what was learned come in as arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from ytempire_assets.discovery.originality import Made, Near, Past

Kind = Literal["trending", "scheduled", "evergreen"]

REPEAT_DAYS = 90
"""A channel does not return to a topic within so many days, counted both ways: a day that is filled
in later must not repeat what a later day has made already."""


TOO_NEAR = 0.6
"""An idea so near to one of the channel's own within ``REPEAT_DAYS`` is a repetition."""
COPIED_DAYS = 7
TOO_NEAR_OTHERS = 0.8
"""So near to what another channel made within ``COPIED_DAYS``, it would be the same video twice."""

_NOTICED = 0.3
_COMPETITION = {"low": 1.05, "medium": 1.0, "high": 0.9}
_FIT_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scored topic that a channel could take up.

    Attributes:
        topic_id: Slug.
        title: Working title.
        niche: The niche that fits it best.
        viral_score: 0-100.
        documents: Source documents whose text may be used.
        trend_fingerprint: The trend it rests on.
        evidence: The score in words.
        fit: How well it fits the niche, 0-1.
        competition: How much of the demand is already met.
        language: Primary subtag of its sources; empty where unknown.
    """

    topic_id: str
    title: str
    niche: str
    viral_score: float
    documents: int
    trend_fingerprint: str
    evidence: str
    fit: float = 1.0
    competition: Literal["low", "medium", "high"] = "medium"
    language: str = ""


@dataclass(frozen=True, slots=True)
class Demand:
    """What a channel wants of a day.

    Attributes:
        channel: Slug.
        day: The day.
        niches: Niches it covers.
        videos: Videos it makes a day.
        threshold: Least score of a trending idea.
        evergreen: Whether free places are filled with lasting topics.
        scheduled: Topics that are due on this day.
        made: Topics it made on other days within ``REPEAT_DAYS``, and when.
        weights: Learned weight by niche; 1 when absent.
        pinned: Topic by video id of what is already published for this day: it stays.
        language: Primary subtag of what it speaks.
        past: What it made within ``REPEAT_DAYS``, on other days.
        others: What other channels made within ``COPIED_DAYS`` before the day.
        breaking: Topics that are asked for at once, each with why; they get places of their own.
    """

    channel: str
    day: date
    niches: Sequence[str]
    videos: int
    threshold: float
    evergreen: bool
    scheduled: Sequence[str]
    made: Mapping[str, date]
    weights: Mapping[str, float]
    pinned: Mapping[str, str]
    language: str = ""
    past: Sequence[Made] = ()
    others: Sequence[Made] = ()
    breaking: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Idea:
    """A candidate with the decision on it; ``video_id`` only when accepted."""

    candidate: Candidate
    kind: Kind
    score: float
    weight: float
    novelty: float
    priority: int
    accepted: bool
    reason: str
    rank: int = 0
    video_id: str | None = None


def plan_ideas(candidates: Sequence[Candidate], demand: Demand) -> list[Idea]:
    """Ranks the candidates of the channel's niches and accepts as many as the day has places.

    Order: what is already published for the day, what is asked for at once, what is scheduled,
    then trending above the threshold, then evergreen; within a kind the higher score first, ties by
    topic id. The score is the expected value: viral score x learned weight x fit x novelty, less
    where the demand is already met.

    Returns:
        All candidates of the channel's niches, accepted ones first.
    """
    pinned_topics = set(demand.pinned.values())
    own, others = Past(demand.past), Past(demand.others)
    ideas = [
        _judge(candidate, demand, own.nearest(candidate.title), others.nearest(candidate.title))
        for candidate in candidates
        if candidate.niche in demand.niches
        or candidate.topic_id in demand.scheduled
        or candidate.topic_id in pinned_topics
        or candidate.topic_id in demand.breaking
    ]
    order = {"scheduled": 0, "trending": 1, "evergreen": 2}
    ideas.sort(
        key=lambda idea: (
            idea.candidate.topic_id not in pinned_topics,
            not idea.accepted,
            idea.candidate.topic_id not in demand.breaking,
            order[idea.kind],
            -idea.score,
            idea.candidate.topic_id,
        )
    )
    sudden = sum(
        idea.accepted
        and idea.candidate.topic_id in demand.breaking
        and idea.candidate.topic_id not in pinned_topics
        for idea in ideas
    )
    published_sudden = len(pinned_topics & set(demand.breaking))
    places = max(demand.videos + published_sudden, len(demand.pinned)) + sudden
    numbers = _free_numbers(demand, places)
    decided: list[Idea] = []
    for rank, idea in enumerate(ideas, start=1):
        topic = idea.candidate.topic_id
        if topic in pinned_topics:
            video = next(key for key, value in demand.pinned.items() if value == topic)
            decided.append(
                replace(idea, rank=rank, accepted=True, video_id=video, reason="already published")
            )
        elif idea.accepted and numbers:
            decided.append(replace(idea, rank=rank, video_id=numbers.pop(0)))
        elif idea.accepted:
            full = f"the day's {places} places went to better ideas"
            decided.append(replace(idea, rank=rank, accepted=False, reason=full))
        else:
            decided.append(replace(idea, rank=rank))
    return decided


def _judge(candidate: Candidate, demand: Demand, near: Near | None, copied: Near | None) -> Idea:
    """Decides on one candidate as if there were room for all."""
    weight = demand.weights.get(candidate.niche, 1.0)
    novelty = _novelty(near)
    value = candidate.viral_score * weight * novelty * _COMPETITION[candidate.competition]
    score = round(min(100.0, value * (1 - _FIT_SHARE + _FIT_SHARE * candidate.fit)), 1)
    kind: Kind = "trending" if score >= demand.threshold else "evergreen"
    if candidate.topic_id in demand.scheduled:
        kind = "scheduled"
    elif candidate.topic_id in demand.breaking:
        kind = "trending"
    problem = _objection(candidate, demand, near, copied)
    accepted, reason = problem is None, problem or ""
    if accepted:
        accepted, reason = _interest(candidate, demand, kind, score)
    priority = {"scheduled": 10, "trending": 8, "evergreen": 4}[kind]
    if candidate.topic_id in demand.breaking:
        priority = 10
    elif kind == "trending" and score >= 95:
        priority = 9
    return Idea(candidate, kind, score, weight, novelty, priority, accepted, reason)


def _novelty(near: Near | None) -> float:
    """1 for something new, down to 0.5 for the same again."""
    if near is None or near.similarity < _NOTICED:
        return 1.0
    return round(1.0 - near.similarity / 2, 3)


def _objection(
    candidate: Candidate, demand: Demand, near: Near | None, copied: Near | None
) -> str | None:
    """Why a candidate cannot be made, whatever its score; None when it can."""
    if candidate.documents == 0:
        return "no source document: nothing could be cited"
    made = demand.made.get(candidate.topic_id)
    if made is not None:
        return f"made on {made.isoformat()}, within {REPEAT_DAYS} days"
    if near is not None and near.similarity >= TOO_NEAR:
        return (
            f"too near to '{near.made.title}', made on {near.made.day.isoformat()} "
            f"(similarity {near.similarity:g})"
        )
    if copied is not None and copied.similarity >= TOO_NEAR_OTHERS:
        return (
            f"{copied.made.channel} made '{copied.made.title}' on {copied.made.day.isoformat()} "
            f"(similarity {copied.similarity:g})"
        )
    if candidate.language and demand.language and candidate.language != demand.language:
        return f"its sources are in '{candidate.language}', the channel's in '{demand.language}'"
    return None


def _interest(candidate: Candidate, demand: Demand, kind: Kind, score: float) -> tuple[bool, str]:
    """Whether the interest is enough, and the reason."""
    topic = candidate.topic_id
    if topic in demand.breaking:
        return True, f"asked for at once: {demand.breaking[topic]}"
    if kind == "scheduled":
        return True, f"scheduled for {demand.day.isoformat()}"
    if kind == "trending":
        return True, f"score {score:g} reaches {demand.threshold:g}: {candidate.evidence}"
    if demand.evergreen:
        return True, f"score {score:g} is below {demand.threshold:g}, taken as evergreen"
    return False, f"score {score:g} is below {demand.threshold:g}"


def _free_numbers(demand: Demand, places: int) -> list[str]:
    """The video ids of the day that are not taken yet, in order."""
    prefix = f"{demand.channel}-{demand.day:%Y%m%d}-"
    every = [f"{prefix}{number}" for number in range(1, places + len(demand.pinned) + 1)]
    free = [video_id for video_id in every if video_id not in demand.pinned]
    return free[: max(0, places - len(demand.pinned))]
