"""Drift of click-through: false alarms a channel-year and how soon a fall is found.

``ytempire bench drift``. Made-up channels of four videos a day, each video's rate log-normal around
the channel's (between-video noise of several sizes), clicks binomial, 4,000 thumbnails a video; and
channels of the sandbox's audience with patterns by chance, as they are, and with what the learner
made of the first 60 days' patterns taken off (``like with like``). ``insights/drift.py`` looks
at the end of every day. A year is 365 days with the baseline's 30; alarms less than seven days
apart are one. Delays are counted in days of numbers; the platform's two days of lag come on top.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import numpy as np

from benchmarks.learning import ARMS, FIRST, VIDEOS, Taste, published_at, watchable
from ytempire_assets.insights.bandit import learn
from ytempire_assets.insights.drift import RECENT_DAYS, Clicks, judge, learn_baseline
from ytempire_assets.insights.traits import Snapshot, VideoResult
from ytempire_assets.sandbox.audience import reaction

NOISES = (0.15, 0.25, 0.35, 0.5)
DAYS = 365
SHOWN = 4_000
RATE = 0.05
FALLS = (0.8, 0.6)
LEARNED_DAYS = 60

Channel = tuple[np.ndarray, ...]
"""Click-through rate and thumbnails shown, by day and video; what the pattern adds, if known."""


def measure(seeds: int = 200, seed: int = 1) -> dict[str, Any]:
    """Each noise, and the sandbox's audience.

    Args:
        seeds: Channel-years of each kind; of the sandbox a tenth as many.
        seed: Draws them.
    """
    started = time.perf_counter()
    chance = np.random.default_rng(seed)
    result: dict[str, Any] = {"benchmark": "drift", "channel_years": seeds, "videos_a_day": VIDEOS}
    for noise in NOISES:
        clicks = [_made_up(chance, noise) for _ in range(seeds)]
        result[f"noise_{noise:g}"] = _figures(clicks, chance)
    sandbox = [
        _of_sandbox(chance, f"drift-{seed}-{number}") for number in range(max(1, seeds // 10))
    ]
    result["sandbox"] = _figures([one[:2] for one in sandbox], chance)
    result["sandbox_like_with_like"] = _figures(sandbox, chance)
    result["seconds"] = round(time.perf_counter() - started, 1)
    return result


def _figures(channels: list[Channel], chance: np.random.Generator) -> Any:
    """False alarms a channel-year, and delays after a true fall on a day by chance."""
    alarms = sum(len(_alarms(one, range(37, DAYS), once=False)) for one in channels)
    figures: dict[str, Any] = {"false_alarms_a_channel_year": round(alarms / len(channels), 3)}
    for fall in FALLS:
        delays = []
        critical = 0
        for rate, *rest in channels:
            start = int(chance.integers(60, 300))
            lowered = rate.copy()
            lowered[start:] *= fall
            fallen = (lowered, *rest)
            found = _alarms(fallen, range(start, start + 30), once=True)
            delays.append(found[0][0] - start + 1 if found else 30)
            week = _alarms(fallen, range(start + 6, start + 7), once=True)
            critical += bool(week) and week[0][1] == "critical"
        name = f"fall_{100 * (1 - fall):.0f}_percent"
        figures[name] = {
            "mean_days": round(float(np.mean(delays)), 2),
            "within_7_days": round(float(np.mean(np.array(delays) <= RECENT_DAYS)), 3),
            "critical_on_day_7": round(critical / len(channels), 3),
        }
    return figures


def _alarms(channel: Channel, days: range, *, once: bool) -> list[tuple[int, str]]:
    """Days with an alarm; ``once``: the first only. Otherwise only after a week without any."""
    rate, shown = channel[:2]
    expected = channel[2] if len(channel) > 2 else np.zeros(rate.shape)
    views = np.random.default_rng(int(shown.sum())).binomial(shown, rate)
    videos = [
        [
            Clicks(FIRST + timedelta(days=day), int(n), int(v), float(e))
            for n, v, e in zip(shown[day], views[day], expected[day], strict=True)
        ]
        for day in range(len(rate))
    ]
    baseline = learn_baseline([one for day in videos[:30] for one in day])
    assert baseline is not None
    found: list[tuple[int, str]] = []
    last = -DAYS
    for day in days:
        recent = [one for some in videos[day - RECENT_DAYS + 1 : day + 1] for one in some]
        state = judge(baseline, recent, FIRST + timedelta(days=day)).state
        if state not in ("warn", "critical"):
            continue
        if day - last > RECENT_DAYS:
            found.append((day, state))
        if once:
            break
        last = day
    return found


def _made_up(chance: np.random.Generator, noise: float) -> Channel:
    rate = np.minimum(RATE * np.exp(noise * chance.standard_normal((DAYS, VIDEOS))), 0.9)
    return rate, chance.poisson(SHOWN, (DAYS, VIDEOS))


def _of_sandbox(chance: np.random.Generator, name: str) -> Channel:
    """A year of patterns by chance: rate and thumbnails shown after three days, and expected."""
    taste = Taste(name)
    patterns, known = [], []
    rate, shown = np.zeros((DAYS, VIDEOS)), np.zeros((DAYS, VIDEOS), dtype=int)
    for day in range(DAYS):
        for place in range(VIDEOS):
            pattern = {facet: str(chance.choice(values)) for facet, values in ARMS.items()}
            video = watchable(pattern, day, f"v{day}-{place}", taste)
            seen = reaction(video, FIRST + timedelta(days=day + 3), taste.seed)
            rate[day, place] = seen.click_through_rate
            shown[day, place] = seen.impressions
            patterns.append(pattern)
            if day < LEARNED_DAYS:
                numbers = (Snapshot(3.0, seen.views, seen.impressions),)
                known.append(VideoResult(video.video_id, published_at(video), pattern, numbers))
    posterior = learn(known, FIRST + timedelta(days=LEARNED_DAYS))
    expected = np.array([posterior.expected("clicks", one) for one in patterns])
    return rate, shown, expected.reshape(DAYS, VIDEOS)
