"""Choosing what a channel makes on a day.

Belongs here: the queue of ideas, best first, each accepted or rejected with its reason. A pure
function over values: what was made before and what was learned come in as arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

Kind = Literal["trending", "scheduled", "evergreen"]

REPEAT_DAYS = 90
"""A channel does not return to a topic within so many days, counted both ways: a day that is filled
in later must not repeat what a later day has made already."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A scored topic that a channel could take up; ``documents`` counts its source documents."""

    topic_id: str
    title: str
    niche: str
    viral_score: float
    documents: int
    trend_fingerprint: str
    evidence: str


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


@dataclass(frozen=True, slots=True)
class Idea:
    """A candidate with the decision on it; ``video_id`` only when accepted."""

    candidate: Candidate
    kind: Kind
    score: float
    weight: float
    priority: int
    accepted: bool
    reason: str
    rank: int = 0
    video_id: str | None = None


def plan_ideas(candidates: Sequence[Candidate], demand: Demand) -> list[Idea]:
    """Ranks the candidates of the channel's niches and accepts as many as the day has places.

    Order: what is already published for the day, what is scheduled, then trending above the
    threshold, then evergreen; within a kind the higher score first, ties by topic id.

    Returns:
        All candidates of the channel's niches, accepted ones first.
    """
    pinned_topics = set(demand.pinned.values())
    ideas = [
        _judge(candidate, demand)
        for candidate in candidates
        if candidate.niche in demand.niches
        or candidate.topic_id in demand.scheduled
        or candidate.topic_id in pinned_topics
    ]
    order = {"scheduled": 0, "trending": 1, "evergreen": 2}
    ideas.sort(
        key=lambda idea: (
            idea.candidate.topic_id not in pinned_topics,
            not idea.accepted,
            order[idea.kind],
            -idea.score,
            idea.candidate.topic_id,
        )
    )
    places = max(demand.videos, len(demand.pinned))
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
            full = f"the day's {demand.videos} places went to better ideas"
            decided.append(replace(idea, rank=rank, accepted=False, reason=full))
        else:
            decided.append(replace(idea, rank=rank))
    return decided


def _judge(candidate: Candidate, demand: Demand) -> Idea:
    """Decides on one candidate as if there were room for all."""
    weight = demand.weights.get(candidate.niche, 1.0)
    score = round(min(100.0, candidate.viral_score * weight), 1)
    kind: Kind = "trending" if score >= demand.threshold else "evergreen"
    if candidate.topic_id in demand.scheduled:
        kind = "scheduled"
    accepted, reason = True, ""
    made = demand.made.get(candidate.topic_id)
    if candidate.documents == 0:
        accepted, reason = False, "no source document: nothing could be cited"
    elif made is not None:
        accepted = False
        reason = f"made on {made.isoformat()}, within {REPEAT_DAYS} days"
    elif kind == "scheduled":
        reason = f"scheduled for {demand.day.isoformat()}"
    elif kind == "trending":
        reason = f"score {score:g} reaches {demand.threshold:g}: {candidate.evidence}"
    elif demand.evergreen:
        reason = f"score {score:g} is below {demand.threshold:g}, taken as evergreen"
    else:
        accepted = False
        reason = f"score {score:g} is below {demand.threshold:g}"
    priority = {"scheduled": 10, "trending": 8, "evergreen": 4}[kind]
    if kind == "trending" and score >= 95:
        priority = 9
    return Idea(candidate, kind, score, weight, priority, accepted, reason)


def _free_numbers(demand: Demand, places: int) -> list[str]:
    """The video ids of the day that are not taken yet, in order."""
    prefix = f"{demand.channel}-{demand.day:%Y%m%d}-"
    every = [f"{prefix}{number}" for number in range(1, places + len(demand.pinned) + 1)]
    free = [video_id for video_id in every if video_id not in demand.pinned]
    return free[: max(0, places - len(demand.pinned))]
