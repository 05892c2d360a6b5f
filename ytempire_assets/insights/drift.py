"""Whether fewer people click than at first: drift of the click-through rate.

Belongs here: the last seven days against the first thirty, with a test that respects noise. Videos
differ from each other far more than the count of their clicks explains, so the noise is taken from
the videos of the baseline themselves (between-video variance of the logarithm of the rate), plus
what the count of clicks adds.

The test is a CUSUM (Page, Continuous inspection schemes, 1954) over the videos of seven days: for
each of the last one to seven days, how much likelier is a fall of 20 % since then than none? It is
made to be looked at every day; the threshold keeps false alarms under one a channel and year
(``ytempire bench drift``). A fall of 40 % is weighed against one of 20 % in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, median, pvariance
from typing import Literal

State = Literal["not enough yet", "steady", "warn", "critical"]

BASELINE_DAYS = 30
RECENT_DAYS = 7
LEAST_BASELINE = 20
LEAST_RECENT = 4
WARN, CRITICAL = 0.8, 0.6
"""Ratios to the baseline at which alarms are raised."""

_THRESHOLD = 5.6
_FARTHEST = 3.0
_LEAST_SD = 0.05
_Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Clicks:
    """A video's thumbnails.

    Attributes:
        day: The day it was published.
        impressions: Times shown.
        views: Views from them.
        expected: What its pattern is expected to add to the logarithm of its rate
            (``Posterior.expected``), so that like is compared with like; 0 where that is not known.
    """

    day: date
    impressions: int
    views: int
    expected: float = 0.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """The first thirty days.

    Attributes:
        log_rate: Mean logarithm of the click-through rate.
        between_sd: Standard deviation of it between videos, counting noise taken off.
        videos: How many it rests on.
        last_day: Last of its days.
    """

    log_rate: float
    between_sd: float
    videos: int
    last_day: date


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the seven days say.

    Attributes:
        state: ``not enough yet``, ``steady``, ``warn`` (20 %) or ``critical`` (40 %).
        ratio: Rate of the seven days to the baseline's, as means of logarithms; None when there is
            not enough.
        low: Lower bound of the ratio's 95 % interval.
        high: Upper bound.
        evidence: The verdict in words.
    """

    state: State
    ratio: float | None
    low: float | None
    high: float | None
    evidence: str


def click_drift(videos: Sequence[Clicks], today: date) -> Verdict:
    """Looks at a channel.

    Args:
        videos: All of them; those shown to nobody are left out.
        today: The last day that numbers count to.
    """
    shown = [one for one in videos if one.impressions > 0 and one.day <= today]
    if not shown:
        return _not_enough("no thumbnail was shown yet")
    baseline = learn_baseline(shown)
    if baseline is None:
        return _not_enough(
            f"{len(shown)} videos; the first {BASELINE_DAYS} days need {LEAST_BASELINE}"
        )
    recent = [one for one in shown if today - timedelta(days=RECENT_DAYS) < one.day]
    if today - timedelta(days=RECENT_DAYS) < baseline.last_day:
        return _not_enough(
            f"the first {BASELINE_DAYS} days end on {baseline.last_day.isoformat()}, "
            f"{RECENT_DAYS} more days are needed"
        )
    return judge(baseline, recent, today)


def learn_baseline(videos: Sequence[Clicks]) -> Baseline | None:
    """The first thirty days of a channel; None where they hold too few videos."""
    first = min(one.day for one in videos)
    last = first + timedelta(days=BASELINE_DAYS - 1)
    early = [one for one in videos if one.day <= last and one.impressions > 0]
    if len(early) < LEAST_BASELINE:
        return None
    rates = [_log_rate(one) for one in early]
    middle = median(rates)
    # One thumbnail that everybody clicked must not make the years after it look poor.
    width = 4 * 1.4826 * median(abs(rate - middle) for rate in rates)
    rates = [min(max(rate, middle - width), middle + width) for rate in rates]
    between = pvariance(rates) - fmean(_counting(one) for one in early)
    return Baseline(fmean(rates), math.sqrt(max(between, _LEAST_SD**2)), len(early), last)


def judge(baseline: Baseline, recent: Sequence[Clicks], today: date) -> Verdict:
    """Weighs the videos of the last seven days against a baseline."""
    if len(recent) < LEAST_RECENT:
        return _not_enough(f"{len(recent)} videos in {RECENT_DAYS} days; {LEAST_RECENT} are needed")
    warn: dict[int, float] = {}
    critical: dict[int, float] = {}
    total = weight = 0.0
    for one in recent:
        variance = baseline.between_sd**2 + _counting(one)
        limit = _FARTHEST * math.sqrt(variance)
        fall = _log_rate(one) - baseline.log_rate
        # The same limit around each hypothesis, so that a great fall is not cut off.
        fall = min(max(fall, math.log(CRITICAL) - limit), limit)
        total += fall / variance
        weight += 1 / variance
        age = (today - one.day).days
        warn[age] = warn.get(age, 0.0) + _gain(fall, variance, 0.0, math.log(WARN))
        worse = _gain(fall, variance, math.log(WARN), math.log(CRITICAL))
        critical[age] = critical.get(age, 0.0) + worse
    estimate = total / weight
    spread = _Z95 * math.sqrt(1 / weight + baseline.between_sd**2 / baseline.videos)
    low, high = math.exp(estimate - spread), math.exp(estimate + spread)
    state: State = "steady"
    if _most(warn) >= _THRESHOLD:
        state = "critical" if _most(critical) >= _THRESHOLD else "warn"
    rate = math.exp(baseline.log_rate)
    evidence = (
        f"{len(recent)} videos in {RECENT_DAYS} days, typical click-through "
        f"{100 * rate * math.exp(estimate):.2f} % against {100 * rate:.2f} % of the first "
        f"{BASELINE_DAYS} days ({baseline.videos} videos): {100 * math.expm1(estimate):+.0f} % "
        f"({100 * (low - 1):+.0f} to {100 * (high - 1):+.0f}); a fall of 20 % is "
        f"{_odds(_most(warn))} none"
    )
    return Verdict(state, math.exp(estimate), low, high, evidence)


def _gain(fall: float, variance: float, null: float, other: float) -> float:
    """Logarithm of how much likelier one fall is than another."""
    return ((fall - null) ** 2 - (fall - other) ** 2) / (2 * variance)


def _most(by_age: dict[int, float]) -> float:
    """The strongest evidence of the last one to seven days."""
    best, total = -math.inf, 0.0
    for age in range(RECENT_DAYS):
        total += by_age.get(age, 0.0)
        best = max(best, total)
    return best


def _odds(gain: float) -> str:
    if gain < 0:
        return "less likely than"
    return f"{math.exp(min(gain, 13.0)):,.0f} times as likely as"


def _log_rate(one: Clicks) -> float:
    """Less what its pattern adds. Half a click more, so that none at all has a logarithm too."""
    return math.log((max(one.views, 0) + 0.5) / (one.impressions + 1)) - one.expected


def _counting(one: Clicks) -> float:
    """What chance adds to the logarithm of a rate of so few clicks."""
    return 1 / (max(one.views, 0) + 0.5)


def _not_enough(why: str) -> Verdict:
    return Verdict("not enough yet", None, None, None, f"not enough yet: {why}")
