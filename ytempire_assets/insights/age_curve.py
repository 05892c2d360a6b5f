"""How a channel's views come in with age, so that young and old videos can be compared.

Belongs here: the curve, learned from the channel's own snapshots, and how far it can be trusted.
The method is the chain ladder of insurance, on a continuous age: each pair of a video's snapshots
tells how much came in between two ages, so videos that are a day old teach too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ytempire_assets.insights.traits import Snapshot

if TYPE_CHECKING:
    import numpy as np

REFERENCE_DAYS = 7.0
"""Videos are compared by what they have, or will have, at this age."""
KNOTS_DAYS = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 14.0, 30.0)

# Before a channel has its own curve: growth with the square root of age, trusted little.
_PRIOR_POWER = 0.5
_PRIOR_SD = 0.3
_PRIOR_STEP_VARIANCE = 0.02
_PRIOR_STEPS = 8.0
_RIDGE_STEP_VARIANCE = 0.02


@dataclass(frozen=True, slots=True)
class AgeCurve:
    """Logarithm of what a video has at each knot, less what it has at ``REFERENCE_DAYS``.

    Attributes:
        log_shares: At ``KNOTS_DAYS``; 0 at the reference.
        step_variances: Variance of the logarithm of growth from each knot to the next.
        steps: Pairs of snapshots that it rests on.
    """

    log_shares: tuple[float, ...]
    step_variances: tuple[float, ...]
    steps: int

    def log_share(self, age_days: float) -> float:
        """How much of the reference's total is there at an age, as a logarithm."""
        below, part = _place(age_days)
        low, high = self.log_shares[below], self.log_shares[below + 1]
        return low + part * (high - low)

    def share(self, age_days: float) -> float:
        """How much of the reference's total is there at an age; above 1 for older videos."""
        return math.exp(self.log_share(age_days))

    def variance(self, age_days: float) -> float:
        """Variance of the logarithm that carrying a video to the reference adds; 0 from there on.

        An older video is counted back along the curve, which it has passed through itself.
        """
        if age_days >= REFERENCE_DAYS:
            return 0.0
        below, part = _place(age_days)
        reference = KNOTS_DAYS.index(REFERENCE_DAYS)
        return (1 - part) * self.step_variances[below] + sum(
            self.step_variances[below + 1 : reference]
        )


def learn_age_curve(videos: Sequence[Sequence[Snapshot]], field: str = "views") -> AgeCurve:
    """Learns the curve from pairs of snapshots that follow each other.

    Args:
        videos: Snapshots of each video; numbers that fell (a correction) or are 0 teach nothing.
        field: ``views`` or ``impressions``.

    Returns:
        The channel's own curve; a general one, trusted little, as long as there are no pairs.
    """
    import numpy as np

    starts, ends, gains = _steps(videos, field)
    count = len(KNOTS_DAYS)
    reference = KNOTS_DAYS.index(REFERENCE_DAYS)
    prior = _PRIOR_POWER * np.log(np.array(KNOTS_DAYS) / REFERENCE_DAYS)
    rows = _hat(ends) - _hat(starts)
    # The prior is on each knot's distance to the next, so it does not fight the level.
    steps = np.diff(np.eye(count), axis=0)
    precision = rows.T @ rows / _RIDGE_STEP_VARIANCE + steps.T @ steps / _PRIOR_SD**2
    wanted = rows.T @ gains / _RIDGE_STEP_VARIANCE + steps.T @ (steps @ prior) / _PRIOR_SD**2
    free = [knot for knot in range(count) if knot != reference]
    shares = np.zeros(count)
    shares[free] = np.linalg.solve(precision[np.ix_(free, free)], wanted[free])
    shares = np.maximum.accumulate(shares)
    shares -= shares[reference]
    return AgeCurve(
        tuple(shares.tolist()),
        tuple(_step_variances(rows, gains - rows @ shares).tolist()),
        len(gains),
    )


def _step_variances(rows: np.ndarray, left: np.ndarray) -> np.ndarray:
    """What is left of each pair, spread over the knots that it passes."""
    import numpy as np

    # A pair's row, summed from the right, says which part of each step between knots it covers.
    covered = np.clip(np.cumsum(rows[:, ::-1], axis=1)[:, ::-1][:, 1:], 0.0, 1.0)
    total = covered.sum(axis=1, keepdims=True)
    part = np.divide(covered, total, out=np.zeros_like(covered), where=total > 0)
    squares = (part * left[:, None] ** 2).sum(axis=0)
    weight = covered.sum(axis=0)
    variances: np.ndarray = (squares + _PRIOR_STEPS * _PRIOR_STEP_VARIANCE) / (
        weight + _PRIOR_STEPS
    )
    return variances


def _steps(
    videos: Sequence[Sequence[Snapshot]], field: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Age before, age after and logarithmic growth of each pair of snapshots."""
    import numpy as np

    starts, ends, gains = [], [], []
    for snapshots in videos:
        ordered = sorted(
            (one.age_days, getattr(one, field)) for one in snapshots if one.age_days > 0
        )
        for (age, low), (later, high) in pairwise(ordered):
            if 0 < low <= high and later > age:
                starts.append(age)
                ends.append(later)
                gains.append(math.log(high / low))
    return np.array(starts), np.array(ends), np.array(gains)


def _hat(ages: np.ndarray) -> np.ndarray:
    """Each age as a mixture of the two knots around it, on the logarithm of age."""
    import numpy as np

    weights = np.zeros((len(ages), len(KNOTS_DAYS)))
    if len(ages):
        knots = np.log(np.array(KNOTS_DAYS))
        at = np.clip(np.log(ages), knots[0], knots[-1])
        below = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(knots) - 2)
        part = (at - knots[below]) / (knots[below + 1] - knots[below])
        row = np.arange(len(ages))
        weights[row, below] = 1 - part
        weights[row, below + 1] = part
    return weights


def _place(age_days: float) -> tuple[int, float]:
    """The knot below an age, and how far it is to the next."""
    at = math.log(min(max(age_days, KNOTS_DAYS[0]), KNOTS_DAYS[-1]))
    below = 0
    while below < len(KNOTS_DAYS) - 2 and math.log(KNOTS_DAYS[below + 1]) <= at:
        below += 1
    low, high = math.log(KNOTS_DAYS[below]), math.log(KNOTS_DAYS[below + 1])
    return below, (at - low) / (high - low)
