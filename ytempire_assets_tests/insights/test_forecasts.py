"""Forecasts hold what they say, and say when there is too little to go by."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest

from ytempire_assets.insights.forecasts import Forecast, forecast, forecast_total

FIRST = date(2026, 1, 5)  # a Monday


def days(values: list[float]) -> dict[date, float]:
    return {FIRST + timedelta(days=number): value for number, value in enumerate(values)}


def weekly(count: int, *, level: float = 1_000, noise: float = 0.1, seed: int = 1) -> list[float]:
    """A steady channel with half as many views on Sundays."""
    chance = np.random.default_rng(seed)
    return [
        level * (0.5 if day % 7 == 6 else 1.0) * math.exp(noise * chance.standard_normal())
        for day in range(count)
    ]


def test_the_season_of_the_week_is_learned() -> None:
    found = forecast(days(weekly(70)))
    assert len(found.days) == 30
    sundays = [one.middle for one in found.days if one.day.weekday() == 6]
    others = [one.middle for one in found.days if one.day.weekday() != 6]
    assert np.mean(sundays) / np.mean(others) == pytest.approx(0.5, abs=0.08)
    assert found.evidence == "smoothing with the week's season on 70 days up to 2026-03-15"


def test_intervals_are_ordered_and_hold_what_comes() -> None:
    held = {80: 0, 95: 0}
    for seed in range(5):
        values = weekly(100, seed=seed)
        for one, came in zip(forecast(days(values[:70])).days, values[70:], strict=True):
            assert 0 <= one.low_95 <= one.low_80 <= one.middle <= one.high_80 <= one.high_95
            held[80] += one.low_80 <= came <= one.high_80
            held[95] += one.low_95 <= came <= one.high_95
    assert 0.70 < held[80] / 150 < 0.92
    assert held[95] / 150 > 0.89


def test_few_days_give_wide_intervals_and_fewer_none() -> None:
    few = forecast(days(weekly(20)))
    many = forecast(days(weekly(70)))
    assert few.evidence.startswith("level of few days on 20 days")
    width = [np.mean([math.log(one.high_95 / one.low_95) for one in f.days]) for f in (few, many)]
    assert width[0] > width[1]
    none = forecast(days(weekly(13)))
    assert none == Forecast((), "not enough yet: 13 days of numbers, 14 are needed")


def test_days_before_a_launch_are_left_out() -> None:
    values = weekly(60, level=100) + weekly(40, level=5_000)
    found = forecast(days(values), launch=FIRST + timedelta(days=60))
    assert found.days[0].low_95 > 2_000
    assert found.evidence.endswith("from the launch on 2026-03-06")


def test_zeros_corrections_gaps_and_wild_days_do_no_harm() -> None:
    values = weekly(70)
    values[20], values[30], values[40], values[50] = 0.0, -300.0, math.nan, 1e6
    known = days(values)
    del known[FIRST + timedelta(days=60)]
    found = forecast(known)
    assert all(math.isfinite(one.high_95) for one in found.days)
    assert found.days[0].middle < 2_000
    nothing = forecast(days([0.0] * 60))
    assert all(one.high_95 < 1 for one in nothing.days)


def test_the_total_adds_futures_and_names_who_is_missing() -> None:
    last = FIRST + timedelta(days=69)
    each = [forecast(days(weekly(70, seed=seed)), seed=seed) for seed in range(4)]
    short = forecast(days(weekly(5)))
    total = forecast_total([*each, short], last)
    assert total.evidence == "sum of 4 channels, 1 without enough numbers left out"
    assert total.days[0].middle == pytest.approx(sum(one.days[0].middle for one in each), rel=0.05)
    widths = [one.days[0].high_95 - one.days[0].low_95 for one in (total, *each)]
    assert widths[0] < sum(widths[1:])
    assert forecast_total([short], last).evidence == "not enough yet: no channel has a forecast"


def test_the_same_seed_gives_the_same_forecast() -> None:
    assert forecast(days(weekly(40))).days == forecast(days(weekly(40))).days
