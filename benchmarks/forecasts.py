"""Whether the forecast's intervals hold what they say: ``ytempire bench forecasts``.

Made-up channels, written down in ``series``: a level with a slowly turning trend, the season of the
week, launches of videos that decay, noise wider than counting (log-normal), a level that breaks on
some. Each is forecast 30 days ahead and compared with what came; the
seasonal-naive forecast repeats the last week.
"""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import numpy as np

from ytempire_assets.insights.forecasts import DAYS, LEAST_DAYS, forecast, forecast_total

FIRST = date(2026, 1, 5)
HISTORIES = (20, 60, 120, 240)


def measure(seeds: int = 60, seed: int = 1) -> dict[str, Any]:
    """Coverage and error by length of the history, with and without breaks.

    Args:
        seeds: Series of each kind.
        seed: Draws them.
    """
    started = time.perf_counter()
    chance = np.random.default_rng(seed)
    result: dict[str, Any] = {"benchmark": "forecasts", "series": seeds, "days_ahead": DAYS}
    for history in HISTORIES:
        result[f"history_{history}"] = _figures(
            [series(chance, history + DAYS, breaks=False) for _ in range(seeds)], history
        )
    result["breaks_120"] = _figures(
        [series(chance, 120 + DAYS, breaks=True) for _ in range(seeds)], 120
    )
    result["total_of_10"] = _total(
        [series(chance, 120 + DAYS, breaks=False) for _ in range(10 * (seeds // 3))]
    )
    result["seconds"] = round(time.perf_counter() - started, 1)
    return result


def series(chance: np.random.Generator, days: int, *, breaks: bool) -> np.ndarray:
    """Daily views of a made-up channel."""
    slope = np.cumsum(0.0008 * chance.standard_normal(days)) + 0.004 * chance.standard_normal()
    level = np.log(chance.uniform(500, 50_000)) + np.cumsum(slope * 0.97 ** np.arange(days))
    level += np.cumsum(0.02 * chance.standard_normal(days))
    week = 0.2 * chance.standard_normal(7)
    level += np.tile(week - week.mean(), days // 7 + 1)[:days]
    hits = np.zeros(days)
    for day in np.flatnonzero(chance.random(days) < 0.03):
        hits[day:] += chance.uniform(0.2, 0.8) * 0.6 ** np.arange(days - day)
    if breaks and chance.random() < 0.5:
        at = int(chance.integers(days // 3, days - 45))
        level[at:] += chance.choice([-0.7, 0.6])
    noise = 0.15 * chance.standard_t(6, days)
    return chance.poisson(np.exp(np.minimum(level + hits + noise, 16)))


def _figures(rows: list[np.ndarray], history: int) -> dict[str, Any]:
    held = {80: [], 95: []}  # type: dict[int, list[bool]]
    errors, naive = [], []
    for number, row in enumerate(rows):
        known = {FIRST + timedelta(days=day): float(row[day]) for day in range(history)}
        found = forecast(known, seed=number)
        assert found.days or history < LEAST_DAYS
        came = row[history:]
        scale = max(float(np.mean(came)), 1.0)
        for ahead, one in enumerate(found.days):
            held[80].append(one.low_80 <= came[ahead] <= one.high_80)
            held[95].append(one.low_95 <= came[ahead] <= one.high_95)
            errors.append(abs(one.middle - came[ahead]) / scale)
            naive.append(abs(row[history - 7 + ahead % 7] - came[ahead]) / scale)
    return {
        "coverage_80": round(100 * float(np.mean(held[80])), 1),
        "coverage_95": round(100 * float(np.mean(held[95])), 1),
        "error_over_seasonal_naive": round(float(np.mean(errors) / np.mean(naive)), 3),
        "mean_error_percent": round(100 * float(np.mean(errors)), 1),
    }


def _total(rows: list[np.ndarray]) -> dict[str, Any]:
    """Sums of ten channels each."""
    held = {80: [], 95: []}  # type: dict[int, list[bool]]
    last = FIRST + timedelta(days=119)
    for start in range(0, len(rows), 10):
        group = rows[start : start + 10]
        found = forecast_total(
            [
                forecast(
                    {FIRST + timedelta(days=day): float(row[day]) for day in range(120)},
                    seed=start + number,
                )
                for number, row in enumerate(group)
            ],
            last,
        )
        came = np.sum(group, axis=0)[120:]
        for one, value in zip(found.days, came, strict=True):
            held[80].append(one.low_80 <= value <= one.high_80)
            held[95].append(one.low_95 <= value <= one.high_95)
    return {f"coverage_{level}": round(100 * float(np.mean(one)), 1) for level, one in held.items()}
