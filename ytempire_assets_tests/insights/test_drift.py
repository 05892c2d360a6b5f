"""A fall in click-through is found through the noise; noise alone is not."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from ytempire_assets.insights.drift import Clicks, click_drift

FIRST = date(2026, 3, 1)


def channel(
    days: int, falls: dict[int, float], *, noise: float = 0.2, seed: int = 3
) -> list[Clicks]:
    """Four videos a day at 5 %; from each day in ``falls`` on times that factor."""
    chance = np.random.default_rng(seed)
    found = []
    for day in range(days):
        factor = next((falls[start] for start in sorted(falls)[::-1] if start <= day), 1.0)
        for _ in range(4):
            rate = 0.05 * factor * math.exp(noise * chance.standard_normal())
            found.append(
                Clicks(FIRST + timedelta(days=day), 3_000, int(chance.binomial(3_000, rate)))
            )
    return found


def today(day: int) -> date:
    return FIRST + timedelta(days=day)


def test_steady_says_so_with_its_figures() -> None:
    verdict = click_drift(channel(60, {}), today(59))
    assert verdict.state == "steady"
    assert verdict.low and verdict.ratio and verdict.high
    assert verdict.low < verdict.ratio < verdict.high
    assert verdict.evidence.startswith("28 videos in 7 days, typical click-through")


@pytest.mark.parametrize(("factor", "state"), [(0.8, "warn"), (0.6, "critical")])
def test_a_fall_is_found_within_seven_days(factor: float, state: str) -> None:
    for seed in range(5):
        videos = channel(67, {60: factor}, noise=0.12, seed=seed)
        assert click_drift(videos, today(66)).state == state


def test_the_alarm_ends_when_people_click_again() -> None:
    videos = channel(80, {60: 0.6, 67: 1.0})
    assert click_drift(videos, today(66)).state == "critical"
    assert click_drift(videos, today(79)).state == "steady"


def test_noise_alone_gives_at_most_one_alarm_a_year() -> None:
    alarms = 0
    for seed in range(4):
        videos = channel(120, {}, noise=0.3, seed=seed)
        states = [click_drift(videos, today(day)).state for day in range(37, 120)]
        alarms += sum(
            state in ("warn", "critical") and before not in ("warn", "critical")
            for before, state in zip(["steady", *states], states, strict=False)
        )
    assert alarms <= 1


def test_too_little_is_not_judged_and_zeros_are_no_trouble() -> None:
    assert click_drift([], today(3)).evidence == "not enough yet: no thumbnail was shown yet"
    few = click_drift(channel(3, {}), today(2))
    assert few.state == "not enough yet" and few.ratio is None
    assert "12 videos" in few.evidence
    early = click_drift(channel(33, {}), today(32))
    assert early.state == "not enough yet" and "2026-03-30" in early.evidence
    idle = click_drift(channel(40, {}), today(60))
    assert idle.evidence == "not enough yet: 0 videos in 7 days; 4 are needed"
    nobody = [Clicks(FIRST + timedelta(days=day // 4), 50, 0) for day in range(4 * 45)]
    verdict = click_drift(nobody, today(44))
    assert verdict.state == "steady" and verdict.ratio == pytest.approx(1.0)


def test_a_pattern_that_is_clicked_less_is_no_drift() -> None:
    videos = channel(67, {60: 0.7}, noise=0.12)
    assert click_drift(videos, today(66)).state != "steady"
    like_with_like = [
        replace(one, expected=math.log(0.7)) if one.day >= today(60) else one for one in videos
    ]
    assert click_drift(like_with_like, today(66)).state == "steady"
