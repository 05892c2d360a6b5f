"""Scoring topics by how their interest grows.

Belongs here: from the daily counts of a topic's signals to one score with its evidence. Where the
counts come from, and what a channel makes of the score, is said elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

RECENT_DAYS = 2
BASE_DAYS = 7
_PRIOR_COUNT = 5.0
"""Added to both sides of a ratio, so that 1 against 0 is not an explosion."""
_SLOPE, _MIDDLE = 3.0, 0.18
"""Where the logistic curve lies: growth by 1.2 scores 50, by 1.6 about 70, by 3 about 94."""


@dataclass(frozen=True, slots=True)
class SignalSeries:
    """One source's daily counts for a topic, oldest first; the last value is the newest day."""

    source: str
    unit: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class TrendScore:
    """A topic's score.

    Attributes:
        viral_score: 0-100; 50 means hardly growing.
        growth_ratio: Interest of the last 2 days over that of the 7 days before them.
        evidence: The same in words, source by source.
    """

    viral_score: float
    growth_ratio: float
    evidence: str


def score_topic(signals: Sequence[SignalSeries]) -> TrendScore:
    """Scores one topic by the growth of its signals.

    For each signal the mean of the last 2 days is set against the median of the 7 days before (the
    median, so that one earlier spike does not hide a new one). The logarithms of the ratios are
    averaged, weighed by the square root of the counts behind them, the inverse of the relative
    error of a Poisson count; a logistic curve maps the result to 0-100.

    Args:
        signals: At least one; each with at least ``RECENT_DAYS`` + 1 values.

    Raises:
        ValueError: There is no signal long enough to compare.
    """
    parts: list[tuple[float, float, str]] = []
    for signal in signals:
        if len(signal.values) <= RECENT_DAYS:
            continue
        recent = sum(signal.values[-RECENT_DAYS:]) / RECENT_DAYS
        base = median(signal.values[-RECENT_DAYS - BASE_DAYS : -RECENT_DAYS])
        log_growth = math.log((recent + _PRIOR_COUNT) / (base + _PRIOR_COUNT))
        weight = math.sqrt(recent + base + 1.0)
        words = f"{signal.source}: {recent:,.0f} {signal.unit} a day after {base:,.0f}"
        parts.append((log_growth, min(weight, 100.0), words))
    if not parts:
        raise ValueError(f"no signal has more than {RECENT_DAYS} days")
    total = sum(weight for _, weight, _ in parts)
    growth = sum(log_growth * weight for log_growth, weight, _ in parts) / total
    score = 100.0 / (1.0 + math.exp(-_SLOPE * (growth - _MIDDLE)))
    ratio = math.exp(growth)
    verb = "up" if ratio >= 1 else "down to"
    evidence = f"interest {verb} {ratio:.2f}x ({'; '.join(words for *_, words in parts)})"
    return TrendScore(round(score, 1), round(ratio, 3), evidence)
