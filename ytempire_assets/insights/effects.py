"""What each value of each facet adds to the logarithm of a number: a hierarchical linear model.

Belongs here: the columns, the posterior and the sizes of its priors. Which change of taste explains
the videos best is ``taste_changes.py``.

The model: ``y = level + sum over facets of effect(facet, value) + luck``. Effects of a facet are
drawn around 0 with a spread of the facet's own, which is learned (empirical Bayes, by expectation
maximisation), so a facet that does not matter is pulled to nothing and a value that was seen twice
is believed little. Hours that are near each other are alike beforehand, and so are lengths.
Everything is Gaussian, so every posterior is exact given the spreads.

Source: Gelman et al., Bayesian Data Analysis, 3rd ed., ch. 15.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
    def unlikeness(self) -> Mapping[str, np.ndarray]:
        """By facet, the inverse of the correlation that its values have beforehand."""
        import numpy as np

        return {
            facet: np.linalg.inv(_likeness(facet, values)) for facet, values in self.values.items()
        }


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


LEVEL = "level"
"""The block of the first column: how much the channel gets at all."""
EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Change:
    """From a day on (an ordinal) a facet's effects are others; or the level, or everything."""

    kind: str
    day: int


@dataclass(frozen=True)
class Observations:
    """What is known of the videos, oldest first.

    Attributes:
        rows: One row a video, ``Layout.rows``; after ``changed`` with columns for old effects.
        values: Logarithm of the number, less the channel's middle.
        extra: Variance that comes from how it was measured, beside luck.
        trust: 0-1: how much each video still counts.
        days: Day of publication, an ordinal.
        blocks: Facet and columns of each group of effects that are drawn with one spread.
    """

    rows: np.ndarray
    values: np.ndarray
    extra: np.ndarray
    trust: np.ndarray
    days: np.ndarray
    blocks: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def size(self) -> int:
        """Columns."""
        return int(self.rows.shape[1])

    def changed(self, change: Change) -> Observations:
        """The same videos, with effects of their own before the change.

        Columns keep their places and stand for what holds now; those of before come last.
        """
        import numpy as np

        columns = list(self.columns(change.kind))
        before = self.days < change.day
        old = np.where(before[:, None], self.rows[:, columns], 0.0)
        now = self.rows.copy()
        now[:, columns] -= old
        place = {column: self.size + number for number, column in enumerate(columns)}
        more = tuple(
            (facet, tuple(place[column] for column in block))
            for facet, block in self.blocks
            if block[0] in place
        )
        return replace(self, rows=np.hstack([now, old]), blocks=self.blocks + more)

    def columns(self, kind: str) -> tuple[int, ...]:
        """Columns of what holds now of a facet, of the level or of everything."""
        first: dict[str, tuple[int, ...]] = {}
        for facet, block in self.blocks:
            first.setdefault(facet, block)
        if kind == EVERYTHING:
            return tuple(column for block in first.values() for column in block)
        return first[kind]


def observe(
    layout: Layout,
    rows: np.ndarray,
    values: np.ndarray,
    extra: np.ndarray,
    trust: np.ndarray,
    days: np.ndarray,
) -> Observations:
    """Observations without any change, oldest first; see there for the arguments."""
    blocks: list[tuple[str, tuple[int, ...]]] = [(LEVEL, (0,))]
    for facet in layout.values:
        columns = layout.columns(facet)
        blocks.append((facet, tuple(range(columns.start, columns.stop))))
    return Observations(rows, values, extra, trust, days, tuple(blocks))


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

    def draw(self, generator: np.random.Generator, boldness: float) -> np.ndarray:
        """A draw of all columns at once, its distance to the mean times ``boldness``."""
        import numpy as np

        noise = generator.standard_normal(len(self.mean))
        drawn: np.ndarray = self.mean + boldness * np.linalg.solve(self._root.T, noise)
        return drawn


def prior_precision(seen: Observations, layout: Layout, spreads: Spreads) -> np.ndarray:
    """Inverse covariance of the columns before anything is seen."""
    import numpy as np

    precision = np.zeros((seen.size, seen.size))
    for facet, block in seen.blocks:
        if facet == LEVEL:
            precision[block[0], block[0]] = 1 / _LEVEL_SD**2
        else:
            precision[np.ix_(block, block)] = layout.unlikeness[facet] / spreads.facets[facet]
    return precision


def fit(seen: Observations, layout: Layout, spreads: Spreads) -> Fit:
    """The posterior, given the spreads."""
    import numpy as np

    prior = prior_precision(seen, layout, spreads)
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
        0.5 * (log_det(prior) - log_det(precision) - squares) - constant(seen, spreads),
    )


def constant(seen: Observations, spreads: Spreads) -> float:
    """What every model's evidence has in common: the width of the luck."""
    import numpy as np

    return 0.5 * float(seen.trust @ np.log(2 * math.pi * (spreads.luck + seen.extra)))


def learn_spreads(seen: Observations, layout: Layout, first_guess: tuple[float, float]) -> Spreads:
    """Luck and spreads that explain the videos best, with a prior worth a few videos.

    Args:
        seen: The videos.
        layout: The columns.
        first_guess: Standard deviation of luck and of a facet's values, before anything is seen.
    """
    luck_guess, spread_guess = first_guess[0] ** 2, first_guess[1] ** 2
    spreads = Spreads(luck_guess, dict.fromkeys(layout.values, spread_guess))
    for _ in range(_ROUNDS):
        one = fit(seen, layout, spreads)
        share = seen.trust * spreads.luck / (spreads.luck + seen.extra)
        left = (seen.values - seen.rows @ one.mean) ** 2
        unsure = ((seen.rows @ one.covariance) * seen.rows).sum(axis=1)
        luck = _LUCK_WEIGHT * luck_guess + float(share @ (left + unsure - seen.extra))
        facets = dict.fromkeys(layout.values, _SPREAD_WEIGHT * spread_guess)
        counts = dict.fromkeys(layout.values, _SPREAD_WEIGHT)
        for facet, block in seen.blocks:
            if facet == LEVEL:
                continue
            columns = list(block)
            mean, inverse = one.mean[columns], layout.unlikeness[facet]
            spread = one.covariance[columns][:, columns]
            facets[facet] += float(mean @ inverse @ mean + (inverse * spread).sum())
            counts[facet] += len(columns)
        spreads = Spreads(
            max(luck / (_LUCK_WEIGHT + float(share.sum())), 1e-4),
            {facet: max(facets[facet] / counts[facet], 1e-5) for facet in facets},
        )
    return spreads


def log_det(matrix: np.ndarray) -> float:
    """Logarithm of the determinant of a positive matrix."""
    import numpy as np

    return float(np.linalg.slogdet(matrix)[1])


def _likeness(facet: str, values: tuple[str, ...]) -> np.ndarray:
    import numpy as np

    known = {"hour": HOURS, "length": LENGTHS}.get(facet)
    if known is None or not set(values) <= set(known):
        return np.eye(len(values))
    at = np.array([known.index(value) for value in values], dtype=float)
    apart = np.abs(at[:, None] - at[None, :])
    if facet == "hour":  # the day is a circle
        circle: np.ndarray = np.exp(-2.0 * np.sin(math.pi * apart / len(known)) ** 2)
        return circle + 0.01 * np.eye(len(values))
    line: np.ndarray = np.exp(-apart / 2.0)
    return line
