"""Whether the channel learns what its audience likes: ``ytempire bench learning``.

A channel publishes four videos a day to the sandbox's audience, whose taste is hidden and drawn
from the seed. Each morning the numbers up to the end of the day before yesterday are known, as on
the platform. Three policies meet the same luck (luck belongs to the video id):

- uniform: every facet by chance;
- learned: ``insights/bandit.py``, which sees nothing but its own videos' numbers;
- oracle: always the arm with the most expected views, by the audience's own function.

A video's result is its views 30 days after publication. After ``days`` the taste is replaced by
that of another audience and 30 days more are played; the videos of before keep their old numbers.
``recovery_days`` is counted until the end of the first five days that reach 0.85 of the new oracle.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from ytempire_assets.insights.bandit import Posterior, learn
from ytempire_assets.insights.traits import Snapshot, VideoResult
from ytempire_assets.sandbox.audience import Look, Watchable, reaction

VIDEOS = 4
LAG_DAYS = 2
RESULT_DAYS = 30
AFTER_DAYS = 30
LAST = 20
BACK = 0.85
WINDOW = 5
FIRST = date(2026, 3, 2)
CURVE_DAYS = 9

ARMS: Mapping[str, tuple[str, ...]] = {
    "hook": ("question", "number", "you", "statement"),
    "style": ("educational", "entertainment", "news", "tutorial"),
    "length": ("under 30 s", "30-60 s", "1-3 min"),
    "niche": ("space", "history", "nature", "technology", "health"),
    "thumbnail": ("type", "chart", "picture"),
    "hour": tuple(f"{hour:02d}-{hour + 3:02d}" for hour in range(0, 24, 3)),
    "voice": ("low", "high"),
}
_TITLES = {
    "question": "Why does {} matter so much?",
    "number": "7 things to know about {}",
    "you": "The {} in your own life: a story",
    "statement": "The quiet power of {} today",
}
_HOOKS = {
    "question": "Why does it matter?",
    "number": "Seven of 7 people miss this.",
    "you": "You have seen this before.",
    "statement": "It happened on a quiet day.",
}
_LENGTHS_S = {"under 30 s": 25.0, "30-60 s": 45.0, "1-3 min": 100.0}
_LOOKS = {
    "type": Look(0.35, 0.65, 0.3),
    "chart": Look(0.7, 0.45, 0.2),
    "picture": Look(0.5, 0.3, 0.65),
}

Pattern = dict[str, str]


@dataclass(slots=True)
class Channel:
    """What one policy published and what came of it."""

    published: list[tuple[int, Pattern, Watchable, str]] = field(default_factory=list)
    views: list[list[int]] = field(default_factory=list)


def measure(days: int = 60, seeds: int = 10, seed: int = 1, out: str | None = None) -> dict[str, Any]:
    """Plays every seed and sums up.

    Args:
        days: Days before the change of taste.
        seeds: Audiences.
        seed: Number of the first audience.
        out: Where the regret curve is drawn, a PNG; None draws none.
    """
    started = time.perf_counter()
    runs = [play(days, one) for one in range(seed, seed + seeds)]
    result: dict[str, Any] = {
        "benchmark": "learning",
        "days": days,
        "seeds": seeds,
        "seed": seed,
        "videos_a_day": VIDEOS,
        "arms": int(np.prod([len(values) for values in ARMS.values()])),
    }
    for name in ("uplift_over_uniform", "uplift_last_20_days", "share_of_oracle", "recovery_days"):
        each = [run[name] for run in runs]
        result[name] = round(float(np.mean(each)), 3)
        result[f"{name}_each"] = each
    result["seconds"] = round(time.perf_counter() - started, 1)
    if out is not None:
        draw(runs, days, Path(out))
        result["regret_curve"] = out
    return result


def play(days: int, seed: int) -> dict[str, Any]:
    """One audience, all policies, and the change of taste after ``days``."""
    tastes = [f"learning-{seed}-{part}" for part in ("before", "after")]
    best = [best_arm(taste) for taste in tastes]
    total = days + AFTER_DAYS
    channels = {name: Channel() for name in ("uniform", "learned", "oracle")}
    chance = np.random.default_rng(seed)
    for day in range(total):
        taste = tastes[day >= days]
        posterior = what_is_known(channels["learned"], day)
        for name, channel in channels.items():
            views = []
            for number in range(VIDEOS):
                if name == "uniform":
                    pattern = {facet: str(chance.choice(values)) for facet, values in ARMS.items()}
                elif name == "learned":
                    pattern = posterior.choose(ARMS, chance)
                else:
                    pattern = best[day >= days]
                video = watchable(pattern, day, f"v{day}-{number}")
                channel.published.append((day, pattern, video, taste))
                views.append(final_views(video, day, taste))
            channel.views.append(views)
    return figures({name: np.array(one.views) for name, one in channels.items()}, days)


def figures(views: Mapping[str, np.ndarray], days: int) -> dict[str, Any]:
    """Uplift, share of the oracle and recovery from final views by day and video."""
    daily = {name: one.sum(axis=1).astype(float) for name, one in views.items()}
    before = {name: one[:days] for name, one in daily.items()}
    late = {name: one[-LAST:].sum() for name, one in before.items()}
    after = {name: one[days:] for name, one in daily.items()}
    window = np.ones(WINDOW)
    share = np.convolve(after["learned"], window, "valid") / np.convolve(
        after["oracle"], window, "valid"
    )
    back = np.flatnonzero(share >= BACK)
    return {
        "uplift_over_uniform": round(before["learned"].sum() / before["uniform"].sum(), 3),
        "uplift_last_20_days": round(late["learned"] / late["uniform"], 3),
        "share_of_oracle": round(late["learned"] / late["oracle"], 3),
        "recovery_days": int(back[0]) + WINDOW if len(back) else AFTER_DAYS,
        "share": (daily["learned"] / daily["oracle"]).tolist(),
        "regret": np.cumsum(1 - daily["learned"] / daily["oracle"]).tolist(),
        "regret_uniform": np.cumsum(1 - daily["uniform"] / daily["oracle"]).tolist(),
    }


def what_is_known(channel: Channel, day: int) -> Posterior:
    """What the learner makes of the numbers that the platform tells on the morning of a day."""
    newest = day - LAG_DAYS
    results = [
        VideoResult(
            video.video_id,
            published_at(video),
            pattern,
            tuple(
                snapshot(video, at, taste)
                for at in range(born, min(newest, born + CURVE_DAYS) + 1)
                if snapshot(video, at, taste).age_days > 0
            ),
        )
        for born, pattern, video, taste in channel.published
        if born <= newest
    ]
    return learn(results, FIRST + timedelta(days=newest))


def watchable(pattern: Mapping[str, str], day: int, video_id: str) -> Watchable:
    """A video of a pattern, as the audience sees it; the voice is nothing to it."""
    subject = pattern["niche"]
    hour = int(pattern["hour"][:2]) + 1
    at = datetime.combine(FIRST, datetime.min.time(), tzinfo=UTC) + timedelta(days=day, hours=hour)
    return Watchable(
        video_id=video_id,
        title=_TITLES[pattern["hook"]].format(subject),
        subject=subject,
        tags=(subject, pattern["style"]),
        duration_s=_LENGTHS_S[pattern["length"]],
        public_at=at,
        look=_LOOKS[pattern["thumbnail"]],
        hook=_HOOKS[pattern["hook"]],
    )


def published_at(video: Watchable) -> datetime:
    assert video.public_at is not None
    return video.public_at


@lru_cache(maxsize=200_000)
def snapshot(video: Watchable, day: int, taste: str) -> Snapshot:
    """Numbers up to the end of a day, Pacific Time as the platform counts."""
    at = FIRST + timedelta(days=day)
    seen = reaction(video, at, taste)
    end = datetime.combine(at + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
    age = (end + timedelta(hours=8) - published_at(video)).total_seconds() / 86_400
    return Snapshot(age, seen.views, seen.impressions)


def final_views(video: Watchable, day: int, taste: str) -> int:
    return reaction(video, FIRST + timedelta(days=day + RESULT_DAYS), taste).views


@lru_cache(maxsize=64)
def best_arm(taste: str) -> Pattern:
    """The arm of most views, all with the luck of the same few videos."""
    counted = ("hook", "style", "niche", "thumbnail", "hour")  # the rest is nothing to views
    rest = {facet: values[0] for facet, values in ARMS.items() if facet not in counted}
    arms: Sequence[Pattern] = [
        rest | dict(zip(counted, values, strict=True))
        for values in product(*(ARMS[facet] for facet in counted))
    ]
    worth = [
        sum(final_views(watchable(arm, 0, f"even-{number}"), 0, taste) for number in range(3))
        for arm in arms
    ]
    return arms[int(np.argmax(worth))]
