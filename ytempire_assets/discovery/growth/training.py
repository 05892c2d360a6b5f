"""Training the growth model on observations.

Belongs here: which rows are learned from and how. Every observation of an item is a row for each
horizon at which the item was seen again; part of the rows are learned a second time without what
some source does not give, so that the model knows how to do without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ytempire_assets.discovery.growth.channel_history import row_after
from ytempire_assets.discovery.growth.features import features, first_guess
from ytempire_assets.discovery.growth.model import (
    COLUMNS,
    HORIZON_D,
    SOFTENINGS,
    Card,
    GrowthModel,
    grown,
    run,
    with_horizon,
)
from ytempire_assets.discovery.growth.observations import GROUPS
from ytempire_assets.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    import xgboost as xgb
    from numpy.typing import NDArray

    from ytempire_assets.discovery.growth.observations import Floats, Ints, Observations

HORIZONS_D = (1.0, 2.0, 3.0, 4.0, 5.0, 7.0)
"""Horizons that are learned together: what grows in a day says much about three."""

LEAST_ITEMS = 300
"""Fewer items than this teach nothing that can be trusted."""

_EARLY_ROWS = 5
_LATE_SHARE = 0.1
_WITHOUT_SHARE = 0.2
_WITHOUT_WEIGHT = 0.1
_SEED = 0  # the same data give the same model
_LEARNING: dict[str, Any] = {
    "tree_method": "hist",
    "eta": 0.045,
    "max_depth": 7,
    "min_child_weight": 20,
    "subsample": 0.8,
    "colsample_bynode": 0.5,
    "reg_lambda": 5.0,
    "base_score": 0.0,
    "seed": _SEED,
    "nthread": 2,
}
_TREES, _FIRST_TREES, _SPREAD_TREES = 400, 120, 60
_SLOPES = (0.3, 0.15)
"""Where the learners' losses go over from square to absolute."""
_LEAST_ERROR = 0.01
_LEVELS = tuple(round(0.025 + 0.05 * k, 3) for k in range(20))


@dataclass(frozen=True, slots=True)
class _Examples:
    """Rows to learn from; the matrix has the horizon as its last column."""

    matrix: NDArray[np.float32]
    guess: Floats
    growth: Floats
    horizon: Floats
    weight: Floats
    item: Ints
    once: NDArray[np.bool_]


def train(seen: Observations, data: str) -> GrowthModel:
    """Learns from observations; outcomes are the later observations of the same items.

    Args:
        seen: Observations, all of which count as known.
        data: Where they come from, for the model's card.

    Raises:
        InvalidInputError: Too few items were seen again after ``HORIZON_D``.
    """
    import numpy as np

    examples = _examples(seen, np.random.default_rng(_SEED))
    target_items = np.unique(examples.item[examples.horizon == HORIZON_D])
    if len(target_items) < LEAST_ITEMS:
        raise InvalidInputError(
            f"{len(target_items)} items were seen again after {HORIZON_D:g} days, "
            f"{LEAST_ITEMS} are needed to learn from",
            "gather observations for longer; until then the model of before is used",
        )
    medians = [
        float(np.median(examples.growth[examples.horizon == horizon]))
        for horizon in HORIZONS_D
        if (examples.horizon == horizon).any()
    ]
    horizons = [h for h in HORIZONS_D if (examples.horizon == h).any()]
    median = np.interp(examples.horizon, horizons, medians)
    school = _School(examples, median)
    once = examples.once

    # Errors are learned where the model had not seen the item: a quarter of the items is kept back.
    kept_back = (examples.item * 2_654_435_761 % 2**32) % 4 == 0
    expected = np.zeros(len(median))
    for boosters, part in (
        (school.growth(~once & ~kept_back), ~once & kept_back),
        ((school.first(once & ~kept_back),), once & kept_back),
    ):
        expected[part] = grown(boosters, examples.matrix[part], examples.guess[part], median[part])
    soft = SOFTENINGS[0] * median
    error = np.log(examples.growth + soft) - np.log(expected + soft)
    spread = school.spread(error, kept_back)
    width = np.exp(run(spread, examples.matrix[kept_back], np.zeros(int(kept_back.sum()))))
    quantiles = np.quantile(error[kept_back] / width, _LEVELS)

    card = Card(
        features=COLUMNS,
        horizons_d=tuple(horizons),
        median_growth=tuple(round(median, 6) for median in medians),
        residual_levels=_LEVELS,
        residual_quantiles=tuple(round(float(quantile), 5) for quantile in quantiles),
        reference=reference_growth(seen),
        trained_from=_day(seen.time_d.min()).isoformat(),
        trained_to=_day(seen.time_d.max()).isoformat(),
        rows=len(examples.growth),
        items=len(np.unique(examples.item)),
        data=data,
    )
    return GrowthModel(card, school.growth(~once), school.first(once), spread)


def reference_growth(seen: Observations) -> tuple[float, ...]:
    """Quantiles of the growth of items over ``HORIZON_D`` after their second observation."""
    import numpy as np

    rows = np.flatnonzero(np.arange(len(seen.item)) - seen.first == 1)
    later = row_after(seen, rows, HORIZON_D)
    growth = np.log(seen.count[later] / seen.count[rows])[later >= 0]
    return tuple(
        round(float(value), 6) for value in np.quantile(growth, np.linspace(0.0, 1.0, 101))
    )


def _examples(seen: Observations, random: np.random.Generator) -> _Examples:
    import numpy as np

    place = np.arange(len(seen.item)) - seen.first
    rows = np.flatnonzero((place < _EARLY_ROWS) | (random.random(len(place)) < _LATE_SHARE))
    later = {horizon: row_after(seen, rows, horizon) for horizon in HORIZONS_D}
    useful = np.any([found >= 0 for found in later.values()], axis=0)
    rows = rows[useful]
    later = {horizon: found[useful] for horizon, found in later.items()}

    parts = []
    for chosen, without, factor in _views(len(rows), random):
        matrix = features(seen, rows[chosen], without)
        for horizon, found in later.items():
            ok = found[chosen] >= 0
            base, end = rows[chosen][ok], found[chosen][ok]
            growth = np.log(seen.count[end] / seen.count[base])
            parts.append(
                (
                    with_horizon(matrix[ok], horizon),
                    first_guess(matrix[ok], horizon),
                    np.maximum(growth, 0.0),
                    np.full(len(base), horizon),
                    np.full(len(base), factor * (1.0 if horizon == HORIZON_D else 0.5)),
                    seen.item[base],
                    base == seen.first[base],
                )
            )
    return _Examples(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _views(
    rows: int, random: np.random.Generator
) -> list[tuple[NDArray[np.bool_], tuple[str, ...], float]]:
    """Which rows are learned with which groups left out, and how much each counts."""
    import numpy as np

    draw = random.random(rows)
    views: list[tuple[NDArray[np.bool_], tuple[str, ...], float]] = [
        (np.ones(rows, bool), (), 1.0),
        (draw < _WITHOUT_SHARE / 3, tuple(GROUPS), _WITHOUT_WEIGHT),
        (
            (draw >= _WITHOUT_SHARE / 3) & (draw < _WITHOUT_SHARE / 2),
            tuple(group for group in GROUPS if group != "age"),
            _WITHOUT_WEIGHT,
        ),
    ]
    step = _WITHOUT_SHARE / 2 / len(GROUPS)
    for number, group in enumerate(GROUPS):
        start = _WITHOUT_SHARE / 2 + number * step
        views.append(((draw >= start) & (draw < start + step), (group,), _WITHOUT_WEIGHT))
    return [view for view in views if view[0].any()]


class _School:
    """Fits boosters to chosen rows of the examples."""

    def __init__(self, examples: _Examples, median: Floats) -> None:
        self._examples, self._median = examples, median
        self._params = _LEARNING
        self._top = _top_emphasis(examples)

    def growth(self, rows: NDArray[np.bool_]) -> tuple[xgb.Booster, xgb.Booster]:
        """One for each of ``SOFTENINGS``."""
        return (
            self._learn(rows, SOFTENINGS[0], _SLOPES[0], _TREES),
            self._learn(rows, SOFTENINGS[1], _SLOPES[1], _TREES, self._top),
        )

    def first(self, rows: NDArray[np.bool_]) -> xgb.Booster:
        """For items seen once."""
        return self._learn(rows, SOFTENINGS[0], _SLOPES[0], _FIRST_TREES)

    def spread(self, error: Floats, rows: NDArray[np.bool_]) -> xgb.Booster:
        """Learns the logarithm of the error."""
        import numpy as np

        params = {"max_depth": 4, "objective": "reg:absoluteerror"}
        size = np.log(np.abs(error) + _LEAST_ERROR)
        return self._boost(params, size, np.zeros(len(size)), rows, _SPREAD_TREES)

    def _learn(
        self,
        rows: NDArray[np.bool_],
        softening: float,
        slope: float,
        trees: int,
        emphasis: Floats | None = None,
    ) -> xgb.Booster:
        import numpy as np

        soft = softening * self._median
        target = np.log(self._examples.growth + soft)
        margin = np.log(self._examples.guess + soft)
        params = {"objective": "reg:pseudohubererror", "huber_slope": slope}
        return self._boost(params, target, margin, rows, trees, emphasis)

    def _boost(
        self,
        params: dict[str, Any],
        target: Floats,
        margin: Floats,
        rows: NDArray[np.bool_],
        trees: int,
        emphasis: Floats | None = None,
    ) -> xgb.Booster:
        import xgboost as xgb

        weight = self._examples.weight if emphasis is None else self._examples.weight * emphasis
        data = xgb.QuantileDMatrix(
            self._examples.matrix[rows],
            target[rows],
            weight=weight[rows],
            base_margin=margin[rows],
            nthread=self._params["nthread"],
        )
        return xgb.train(self._params | params, data, trees)


def _top_emphasis(examples: _Examples) -> Floats:
    """More weight on the strongest fifth: what a channel takes up comes from there."""
    import numpy as np

    bound = np.zeros(len(examples.growth))
    for horizon in np.unique(examples.horizon):
        part = examples.horizon == horizon
        bound[part] = np.quantile(examples.growth[part], 0.8)
    weight: Floats = np.where(examples.growth > bound, 3.0, 1.0)
    return weight


def _day(time_d: float) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=float(time_d))).date()
