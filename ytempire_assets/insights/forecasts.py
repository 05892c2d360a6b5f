"""What the next thirty days will bring: views or revenue a day, with intervals.

Belongs here: the forecast of one series and of a total. The model is error-trend-season exponential
smoothing with a damped trend and the season of the week (Hyndman et al., Forecasting with
Exponential Smoothing, 2008), fitted by statsmodels to logarithms, because good and bad days
multiply. Intervals come from simulated futures, widened by what the fit does not know about itself.
A series of 14 to 27 days gets a level without a trend; one under 14 is not enough yet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

DAYS = 30
LEAST_DAYS = 14
SEASON_DAYS = 28
"""Fewer days give no smoothing with a season: each weekday would rest on two or three."""
LONGEST_DAYS = 365
PATHS = 1_000


@dataclass(frozen=True, slots=True)
class ForecastDay:
    """One day ahead: the middle of the futures, and the intervals that hold 80 and 95 %."""

    day: date
    middle: float
    low_80: float
    high_80: float
    low_95: float
    high_95: float


@dataclass(frozen=True)
class Forecast:
    """A forecast.

    Attributes:
        days: The days ahead; empty when there is not enough.
        evidence: What it rests on, in words, or "not enough yet" and why.
        futures: Simulated futures, paths by days, for sums over series; None without a forecast.
    """

    days: tuple[ForecastDay, ...]
    evidence: str
    futures: np.ndarray | None = None


def forecast(
    values: Mapping[date, float], *, days: int = DAYS, launch: date | None = None, seed: int = 0
) -> Forecast:
    """Forecasts a daily series.

    Args:
        values: Value by day, 0 or more; negative corrections count as 0, missing days inside are
            filled with the days around them. Leave out days that are not complete yet.
        days: Days ahead.
        launch: First day of something new (a channel, a format): the days before it teach nothing
            about the level after it and are left out.
        seed: Draws the futures.
    """
    known = {day: value for day, value in values.items() if launch is None or day >= launch}
    known = {day: value for day, value in known.items() if math.isfinite(value)}
    if len(known) < LEAST_DAYS:
        why = f"{len(known)} days of numbers, {LEAST_DAYS} are needed"
        return Forecast((), f"not enough yet: {why}")
    first, last = min(known), max(known)
    series = _filled(known, max(first, last - timedelta(days=LONGEST_DAYS - 1)), last)
    futures, model = _futures(series, days, seed)
    return Forecast(
        _summary(futures, last),
        f"{model} on {len(series)} days up to {last.isoformat()}"
        + ("" if launch is None else f", from the launch on {launch.isoformat()}"),
        futures,
    )


def forecast_total(forecasts: Sequence[Forecast], last: date) -> Forecast:
    """The sum of several series, path by path; days of one channel's luck are not the other's.

    Args:
        forecasts: One a channel, of the same days; those without enough are named and left out.
        last: Last day of the numbers.
    """
    ready = [one.futures for one in forecasts if one.futures is not None]
    if not ready:
        return Forecast((), "not enough yet: no channel has a forecast")
    total = sum(ready[1:], start=ready[0])
    left_out = len(forecasts) - len(ready)
    note = f", {left_out} without enough numbers left out" if left_out else ""
    return Forecast(_summary(total, last), f"sum of {len(ready)} channels{note}", total)


def _filled(known: Mapping[date, float], first: date, last: date) -> np.ndarray:
    import numpy as np

    count = (last - first).days + 1
    at = np.array([(day - first).days for day in sorted(known) if day >= first])
    given = np.array([max(known[day], 0.0) for day in sorted(known) if day >= first])
    filled: np.ndarray = np.interp(np.arange(count), at, given)
    return filled


def _futures(series: np.ndarray, days: int, seed: int) -> tuple[np.ndarray, str]:
    """Simulated futures, and the model in words."""
    import numpy as np

    # Added before the logarithm, so that a day with nothing does not count as infinitely poor.
    small = max(0.02 * float(np.mean(series)), 1e-9)
    logs = np.log(series + small)
    chance = np.random.default_rng(seed)
    if len(series) < SEASON_DAYS:
        level, name = _level_futures(logs, days, chance), "level of few days"
    else:
        level, name = _smoothed_futures(logs, days, chance), "smoothing with the week's season"
    futures: np.ndarray = np.maximum(np.exp(level) - small, 0.0)
    return futures, name


def _level_futures(logs: np.ndarray, days: int, chance: np.random.Generator) -> np.ndarray:
    """A level that drifts, with weekdays believed by half or a little more: they come twice.

    The daily noise and the step of the level are the data's own.
    """
    import numpy as np

    count = len(logs)
    middle = float(np.mean(logs[-14:]))  # two whole weeks: no weekday weighs more than another
    believed = (count / 7) / (count / 7 + 1)
    week = believed * np.array([np.mean(logs[day::7]) - np.mean(logs) for day in range(7)])
    noise = max(float(np.std(logs - np.resize(week, count), ddof=4)), 0.05)
    draws = chance.standard_t(6, (PATHS, days)) * noise
    steps = 0.5 * noise / math.sqrt(count) * chance.standard_normal((PATHS, days))
    start = chance.standard_normal((PATHS, 1)) * noise / math.sqrt(14)
    season = week[(count + np.arange(days)) % 7]
    futures: np.ndarray = middle + season + start + np.cumsum(steps, axis=1) + draws
    return futures


def _smoothed_futures(logs: np.ndarray, days: int, chance: np.random.Generator) -> np.ndarray:
    import warnings

    import numpy as np
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    clean = _tamed(logs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns when an optimum lies on a bound
        model = ETSModel(
            clean, error="add", trend="add", damped_trend=True, seasonal="add", seasonal_periods=7
        )
        fitted = model.fit(disp=False, maxiter=200)
    parameters = dict(zip(fitted.param_names, np.asarray(fitted.params), strict=True))
    alpha = max(parameters["smoothing_level"], 0.02)
    states, left = np.asarray(fitted.states), np.asarray(fitted.resid)
    return _simulate(states, alpha, parameters, left, days, chance)


def _simulate(
    states: np.ndarray,
    alpha: float,
    parameters: Mapping[str, float],
    left: np.ndarray,
    days: int,
    chance: np.random.Generator,
) -> np.ndarray:
    """Futures of the damped, seasonal smoother, with residuals drawn from its own."""
    import numpy as np

    # One-step residuals are too small by the parameters that were fitted.
    scale = math.sqrt(len(left) / max(len(left) - 12, 12))
    draws = chance.choice(left - left.mean(), (PATHS, days)) * scale
    level = np.full(PATHS, states[-1, 0])
    slope = np.full(PATHS, states[-1, 1])
    # Each weekday rests on as many days as there are weeks: that much its season is unsure.
    unsure = float(np.std(draws)) / math.sqrt(len(left) / 7)
    season = states[-7:, 2] + unsure * chance.standard_normal((PATHS, 7))
    beta = parameters.get("smoothing_trend", 0.0)
    gamma = parameters.get("smoothing_seasonal", 0.0)
    phi = min(parameters.get("damping_trend", 0.98), 0.95)
    found = np.zeros((PATHS, days))
    for day in range(days):
        place = day % 7
        slope = phi * slope
        found[:, day] = level + slope + season[:, place] + draws[:, day]
        level = level + slope + alpha * draws[:, day]
        slope = slope + beta * draws[:, day]
        season[:, place] += gamma * draws[:, day]
    return found


def _tamed(logs: np.ndarray) -> np.ndarray:
    """Single wild days are brought to the edge of what such weekdays around them do."""
    import numpy as np

    week = np.array([np.median(logs[weekday::7]) for weekday in range(7)])
    season = np.resize(week - week.mean(), len(logs))
    level = logs - season
    near = [level[max(0, at - 7) : at + 8] for at in range(len(logs))]
    around = season + np.array([np.median(some) for some in near])
    away = logs - around
    width = 4 * max(1.4826 * float(np.median(np.abs(away))), 0.05)
    tamed: np.ndarray = around + np.clip(away, -width, width)
    return tamed


def _summary(futures: np.ndarray, last: date) -> tuple[ForecastDay, ...]:
    import numpy as np

    bounds = np.percentile(futures, (50, 10, 90, 2.5, 97.5), axis=0)
    return tuple(
        ForecastDay(last + timedelta(days=ahead + 1), *(float(value) for value in bounds[:, ahead]))
        for ahead in range(futures.shape[1])
    )
