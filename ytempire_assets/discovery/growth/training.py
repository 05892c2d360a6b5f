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
from ytempire_assets.discovery.growth.features import GROUPS, features, first_guess
from ytempire_assets.discovery.growth.model import (
    COLUMNS,
    HORIZON_D,
    SOFTENING,
    Card,
    GrowthModel,
    run,
    with_horizon,
)
from ytempire_assets.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ytempire_assets.discovery.growth.observations import Floats, Ints, Observations

HORIZONS_D = (1.0, 2.0, 3.0, 4.0, 5.0, 7.0)
"""Horizons that are learned together: what grows in a day says much about three."""

LEAST_ITEMS = 300
"""Fewer items than this teach nothing that can be trusted."""

_EARLY_ROWS = 5
_LATE_SHARE = 0.3
_WITHOUT_SHARE = 0.3
_LEARNING: dict[str, Any] = {
    "tree_method": "hist",
    "objective": "reg:squarederror",
    "eta": 0.06,
    "max_depth": 6,
    "min_child_weight": 20,
    "subsample": 0.8,
    "colsample_bynode": 0.5,
    "reg_lambda": 5.0,
    "base_score": 0.0,
}
_TREES, _FIRST_TREES, _SPREAD_TREES = 350, 120, 60
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


def train(seen: Observations, data: str, seed: int = 0, threads: int = 2) -> GrowthModel:
    """Learns from observations; outcomes are the later observations of the same items.

    Args:
        seen: Observations, all of which count as known.
        data: Where they come from, for the model's card.
        seed: Of the sampling; the same seed and data give the same model.
        threads: Threads to use.

    Raises:
        InvalidInputError: Too few items were seen again after ``HORIZON_D``.
    """
    import numpy as np

    examples = _examples(seen, np.random.default_rng(seed))
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
    soft = SOFTENING * np.interp(examples.horizon, horizons, medians)
    target, margin = np.log(examples.growth + soft), np.log(examples.guess + soft)
    params = _LEARNING | {"seed": seed, "nthread": threads}

    # Errors are learned where the model had not seen the item: a quarter of the items is kept back.
    kept_back = (examples.item * 2_654_435_761 % 2**32) % 4 == 0
    trial = [
        _boost(params, examples, target, margin, examples.once & ~kept_back, _FIRST_TREES),
        _boost(params, examples, target, margin, ~examples.once & ~kept_back, _TREES),
    ]
    error = np.zeros(len(target))
    for booster, part in zip(trial, (examples.once, ~examples.once), strict=True):
        rows = part & kept_back
        error[rows] = target[rows] - run(booster, examples.matrix[rows], margin[rows])
    spread = _boost(
        params | {"max_depth": 4, "objective": "reg:absoluteerror"},
        examples,
        np.log(np.abs(error) + 0.01),
        np.zeros(len(target)),
        kept_back,
        _SPREAD_TREES,
    )
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
        rows=len(target),
        items=len(np.unique(examples.item)),
        data=data,
    )
    everything = np.ones(len(target), bool)
    first = _boost(params, examples, target, margin, examples.once & everything, _FIRST_TREES)
    growth = _boost(params, examples, target, margin, ~examples.once & everything, _TREES)
    return GrowthModel(card, growth, first, spread)


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
    rows = np.flatnonzero(
        (place < _EARLY_ROWS) | (random.random(len(place)) < _LATE_SHARE)
    )
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
        (draw < _WITHOUT_SHARE / 3, tuple(GROUPS), _WITHOUT_SHARE),
        (
            (draw >= _WITHOUT_SHARE / 3) & (draw < _WITHOUT_SHARE / 2),
            tuple(group for group in GROUPS if group != "age"),
            _WITHOUT_SHARE,
        ),
    ]
    step = _WITHOUT_SHARE / 2 / len(GROUPS)
    for number, group in enumerate(GROUPS):
        start = _WITHOUT_SHARE / 2 + number * step
        views.append(((draw >= start) & (draw < start + step), (group,), _WITHOUT_SHARE))
    return [view for view in views if view[0].any()]


def _boost(
    params: dict[str, Any],
    examples: _Examples,
    target: Floats,
    margin: Floats,
    rows: NDArray[np.bool_],
    trees: int,
) -> Any:
    import xgboost as xgb

    data = xgb.QuantileDMatrix(
        examples.matrix[rows],
        target[rows],
        weight=examples.weight[rows],
        base_margin=margin[rows],
        nthread=params["nthread"],
    )
    return xgb.train(params, data, trees)


def _day(time_d: float) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=float(time_d))).date()
