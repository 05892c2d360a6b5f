"""What each value of each facet adds to the logarithm of a number: a hierarchical linear model.

Belongs here: the columns, the posterior, the sizes of its priors and the evidence for a change of
taste. The model: ``y = level + sum over facets of effect(facet, value) + luck``. Effects of a facet
are drawn around 0 with a spread of the facet's own, which is learned (empirical Bayes, by
expectation maximisation), so a facet that does not matter is pulled to nothing and a value that was
seen twice is believed little. Hours that are near each other are alike beforehand, and so are
lengths. Everything is Gaussian, so every posterior is exact given the spreads.

Sources: Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 15; for changes Fearnhead, Exact and
efficient Bayesian inference for multiple changepoint problems (2006).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ytempire_assets.insights.traits import HOURS, LENGTHS

if TYPE_CHECKING:
    import numpy as np

_LEVEL_SD = 1.0
_SPREAD_WEIGHT = 3.0
_LUCK_WEIGHT = 8.0
_ROUNDS = 8


@dataclass(frozen=True)
class Layout:
    """Which column stands for what: the level first, then each facet's values."""

    values: Mapping[str, tuple[str, ...]]

    @cached_property
    def first(self) -> Mapping[str, int]:
        """First column by facet."""
        found, column = {}, 1
        for facet, values in self.values.items():
            found[facet] = column
            column += len(values)
        return found

    @cached_property
    def size(self) -> int:
        """Columns."""
        return 1 + sum(len(values) for values in self.values.values())

    def columns(self, facet: str) -> slice:
        """The columns of a facet."""
        first = self.first[facet]
        return slice(first, first + len(self.values[facet]))

    def column(self, facet: str, value: str) -> int | None:
        """The column of a value; None for one that the model has not seen."""
        values = self.values.get(facet, ())
        return self.first[facet] + values.index(value) if value in values else None

    def rows(self, patterns: Sequence[Mapping[str, str]]) -> np.ndarray:
        """One row a pattern: 1 in the columns that it has."""
        import numpy as np

        matrix = np.zeros((len(patterns), self.size))
        matrix[:, 0] = 1.0
        for row, traits in enumerate(patterns):
            for facet, value in traits.items():
                column = self.column(facet, value)
                if column is not None:
                    matrix[row, column] = 1.0
        return matrix

    @cached_property
    def likeness(self) -> Mapping[str, np.ndarray]:
        """By facet, how alike its values are beforehand: a correlation matrix."""
        return {facet: _likeness(facet, values) for facet, values in self.values.items()}


def layout_of(patterns: Sequence[Mapping[str, str]]) -> Layout:
    """The columns that some patterns need; all hours and lengths, for they inform each other."""
    seen: dict[str, set[str]] = {}
    for traits in patterns:
        for facet, value in traits.items():
            seen.setdefault(facet, set()).add(value)
    for facet, known in (("hour", HOURS), ("length", LENGTHS)):
        if facet in seen:
            seen[facet].update(known)
    return Layout({facet: tuple(sorted(seen[facet])) for facet in sorted(seen)})


@dataclass(frozen=True)
class Observations:
    """What is known of the videos, oldest first.

    Attributes:
        rows: One row a video, ``Layout.rows``.
        values: Logarithm of the number, less ``centre``.
        extra: Variance that comes from how it was measured, beside luck.
        trust: 0-1: how much each video still counts.
        days: Day of publication, counted.
        centre: What was taken off the values.
    """

    rows: np.ndarray
    values: np.ndarray
    extra: np.ndarray
    trust: np.ndarray
    days: np.ndarray
    centre: float

    def part(self, chosen: np.ndarray) -> Observations:
        """Some of them."""
        return Observations(
            self.rows[chosen],
            self.values[chosen],
            self.extra[chosen],
            self.trust[chosen],
            self.days[chosen],
            self.centre,
        )


@dataclass(frozen=True, slots=True)
class Spreads:
    """How much luck there is, and how far the values of each facet are apart (variances)."""

    luck: float
    facets: Mapping[str, float]


@dataclass(frozen=True)
class Fit:
    """A posterior: Gaussian.

    Attributes:
        mean: Of each column.
        precision: Inverse of the covariance.
        evidence: Logarithm of the marginal likelihood.
    """

    mean: np.ndarray
    precision: np.ndarray
    evidence: float

    @cached_property
    def covariance(self) -> np.ndarray:
        """Covariance of the columns."""
        import numpy as np

        return np.linalg.inv(self.precision)

    @cached_property
    def _root(self) -> np.ndarray:
        import numpy as np

        return np.linalg.cholesky(self.precision)

    def draw(self, generator: np.random.Generator) -> np.ndarray:
        """A draw of all columns at once."""
        import numpy as np

        noise = generator.standard_normal(len(self.mean))
        drawn: np.ndarray = self.mean + np.linalg.solve(self._root.T, noise)
        return drawn


def prior_precision(layout: Layout, spreads: Spreads) -> np.ndarray:
    """Inverse covariance of the columns before anything is seen."""
    import numpy as np

    precision = np.zeros((layout.size, layout.size))
    precision[0, 0] = 1 / _LEVEL_SD**2
    for facet, variance in spreads.facets.items():
        columns = layout.columns(facet)
        precision[columns, columns] = np.linalg.inv(layout.likeness[facet]) / variance
    return precision


def fit(seen: Observations, prior: np.ndarray, spreads: Spreads) -> Fit:
    """The posterior, given the spreads."""
    import numpy as np

    variance = spreads.luck + seen.extra
    weight = seen.trust / variance
    weighted = seen.rows * weight[:, None]
    precision = prior + weighted.T @ seen.rows
    wanted = weighted.T @ seen.values
    mean = np.linalg.solve(precision, wanted)
    squares = float(weight @ seen.values**2 - wanted @ mean)
    return Fit(
        mean,
        precision,
        0.5 * (_log_det(prior) - _log_det(precision) - squares)
        - 0.5 * float(seen.trust @ np.log(2 * math.pi * variance)),
    )


def learn_spreads(
    parts: Sequence[Observations], layout: Layout, first_guess: tuple[float, float]
) -> Spreads:
    """Luck and spreads that explain the videos best, with a prior worth a few videos.

    Args:
        parts: Videos of each time of one taste: spreads are shared, effects are not.
        layout: The columns.
        first_guess: Standard deviation of luck and of a facet's values, before anything is seen.
    """
    luck_guess, spread_guess = first_guess[0] ** 2, first_guess[1] ** 2
    spreads = Spreads(luck_guess, dict.fromkeys(layout.values, spread_guess))
    inverse = {facet: _inverse(layout.likeness[facet]) for facet in layout.values}
    for _ in range(_ROUNDS):
        prior = prior_precision(layout, spreads)
        luck, luck_weight = _LUCK_WEIGHT * luck_guess, _LUCK_WEIGHT
        facets = {facet: _SPREAD_WEIGHT * spread_guess for facet in layout.values}
        counts = dict.fromkeys(layout.values, _SPREAD_WEIGHT)
        for part in parts:
            one = fit(part, prior, spreads)
            covariance = one.covariance
            share = part.trust * spreads.luck / (spreads.luck + part.extra)
            left = (part.values - part.rows @ one.mean) ** 2
            unsure = ((part.rows @ covariance) * part.rows).sum(axis=1)
            luck += float(share @ (left + unsure - part.extra))
            luck_weight += float(share.sum())
            for facet, columns in ((name, layout.columns(name)) for name in layout.values):
                mean = one.mean[columns]
                square = mean @ inverse[facet] @ mean
                square += (inverse[facet] * covariance[columns, columns]).sum()
                facets[facet] += float(square)
                counts[facet] += len(mean)
        spreads = Spreads(
            max(luck / luck_weight, 1e-4),
            {facet: max(facets[facet] / counts[facet], 1e-5) for facet in facets},
        )
    return spreads


def change_evidence(
    seen: Observations, prior: np.ndarray, spreads: Spreads, days: Sequence[int]
) -> np.ndarray:
    """Evidence that taste changed on each day: both sides explained apart, by the same spreads.

    Returns:
        Logarithm of the marginal likelihood of all videos, one a day of ``days``; to compare with
        ``Fit.evidence`` of the same videos and spreads.
    """
    import numpy as np

    variance = spreads.luck + seen.extra
    weight = seen.trust / variance
    size = seen.rows.shape[1]
    outer = np.zeros((len(weight) + 1, size, size))
    np.cumsum(
        seen.rows[:, :, None] * (seen.rows * weight[:, None])[:, None, :], axis=0, out=outer[1:]
    )
    wanted = np.zeros((len(weight) + 1, size))
    np.cumsum(seen.rows * (weight * seen.values)[:, None], axis=0, out=wanted[1:])
    at = np.searchsorted(seen.days, np.array(days, dtype=seen.days.dtype))
    evidence = np.full(len(days), -0.5 * float(seen.trust @ np.log(2 * math.pi * variance)))
    evidence -= 0.5 * float(weight @ seen.values**2)
    for low, high in ((np.zeros_like(at), at), (at, np.full_like(at, len(weight)))):
        precision = prior + outer[high] - outer[low]
        side = wanted[high] - wanted[low]
        means = np.linalg.solve(precision, side[:, :, None])[:, :, 0]
        log_dets = np.linalg.slogdet(precision)[1]
        evidence += 0.5 * (_log_det(prior) - log_dets + (side * means).sum(axis=1))
    return evidence


def _likeness(facet: str, values: tuple[str, ...]) -> np.ndarray:
    import numpy as np

    known = {"hour": HOURS, "length": LENGTHS}.get(facet)
    if known is None or not set(values) <= set(known):
        return np.eye(len(values))
    at = np.array([known.index(value) for value in values], dtype=float)
    apart = np.abs(at[:, None] - at[None, :])
    if facet == "hour":  # the day is a circle
        likeness: np.ndarray = np.exp(-2.0 * np.sin(math.pi * apart / len(known)) ** 2)
        return likeness + 0.01 * np.eye(len(values))
    likeness = np.exp(-apart / 2.0)
    return likeness


def _inverse(matrix: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.linalg.inv(matrix)


def _log_det(matrix: np.ndarray) -> float:
    import numpy as np

    return float(np.linalg.slogdet(matrix)[1])
