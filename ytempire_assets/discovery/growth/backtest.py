"""Backtest: fitting on earlier days and being judged on later ones.

Belongs here: the split by time, the simple scores that others use, and the figures. An item is
judged once, at its second observation, by what became of it after the horizon.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ytempire_assets.discovery.growth.channel_history import row_after
from ytempire_assets.discovery.growth.model import HORIZON_D, Forecast, GrowthModel
from ytempire_assets.discovery.growth.training import train
from ytempire_assets.errors import InvalidInputError

if TYPE_CHECKING:
    from ytempire_assets.discovery.growth.observations import Floats, Ints, Observations

TRAINED_SHARE = 0.7
"""Share of the days that are learned from."""

WARM_UP_DAYS = 2
"""Items first seen on the first days of the data were running before: they are not judged."""

LEAST_JUDGED = 50

_DRAWS = 1000
_BINS = tuple(range(0, 100, 10))
_LEAST_IN_CATEGORY = 100
_CATEGORIES = {
    1: "film",
    2: "cars",
    10: "music",
    15: "animals",
    17: "sport",
    19: "travel",
    20: "games",
    22: "people",
    23: "comedy",
    24: "entertainment",
    25: "news",
    26: "how-to",
    27: "education",
    28: "science",
    29: "non-profit",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Judged:
    """Items that are judged: rows of the observations, and what became of them."""

    rows: Ints
    later: Ints
    cut_d: float


def backtest(seen: Observations, horizon_d: float, without: Collection[str] = ()) -> dict[str, Any]:
    """Fits on the earlier days, scores the later ones, and compares with simple scores.

    Args:
        seen: All observations. Nothing later than the cut reaches the fit; nothing later than an
            item's second observation reaches its score.
        horizon_d: Days ahead.
        without: Groups of features that the scored items are to do without.

    Returns:
        Figures by name; ``scores`` and ``categories`` hold one entry for each score.

    Raises:
        InvalidInputError: The data is too short to be split.
    """
    judged = judge(seen, horizon_d)
    model = train(before(seen, judged.cut_d), "backtest")
    forecast = model.forecast(seen, judged.rows, horizon_d, without)
    return figures(seen, judged, forecast, model.card.reference, horizon_d)


def judge(seen: Observations, horizon_d: float) -> Judged:
    """Which items are judged, and from when on.

    Raises:
        InvalidInputError: Too few were seen again after the horizon.
    """
    import numpy as np

    place = np.arange(len(seen.item)) - seen.first
    begun = np.floor(seen.time_d.min()) + WARM_UP_DAYS if len(seen.time_d) else 0.0
    rows = np.flatnonzero((place == 1) & (np.floor(seen.time_d[seen.first]) >= begun))
    later = row_after(seen, rows, horizon_d)
    rows, later = rows[later >= 0], later[later >= 0]
    days = np.unique(np.floor(seen.time_d[rows]))
    cut = days[int(len(days) * TRAINED_SHARE)] if len(days) > 1 else np.inf
    judged = np.floor(seen.time_d[rows]) >= cut
    if judged.sum() < LEAST_JUDGED:
        raise InvalidInputError(
            f"only {judged.sum()} items were seen twice and again {horizon_d:g} days later in the "
            "last part of the data",
            f"give at least {LEAST_JUDGED}: more days, or a shorter --horizon-days",
        )
    return Judged(rows[judged], later[judged], float(cut))


def before(seen: Observations, cut_d: float) -> Observations:
    """The observations made before a time."""
    keep = seen.time_d < cut_d
    arrays = ("item", "time_d", "count", "likes", "comments", "regions", "rank")
    return dataclasses.replace(seen, **{name: getattr(seen, name)[keep] for name in arrays})


def figures(
    seen: Observations,
    judged: Judged,
    forecast: Forecast,
    reference: Sequence[float],
    horizon_d: float,
) -> dict[str, Any]:
    """How good a forecast was, beside the simple scores, overall and by category."""
    import numpy as np

    rows, later = judged.rows, judged.later
    growth = np.log(seen.count[later] / seen.count[rows])
    gained = (seen.count[later] - seen.count[rows]) / (seen.time_d[later] - seen.time_d[rows])
    scores = {"model": (forecast.growth, seen.count[rows] * np.expm1(forecast.growth) / horizon_d)}
    scores |= {name: (score, score) for name, score in baselines(seen, rows).items()}
    scores["gain of the last day"] = (_last_gain(seen, rows), _last_gain(seen, rows))
    category = seen.category[seen.item[rows]]
    return {
        "horizon_days": horizon_d,
        "judged_from_day": str(np.datetime64(int(judged.cut_d), "D")),
        "n": len(rows),
        "scores": {
            name: {
                "spearman_relative": _spearman(relative, growth),
                "spearman_absolute": _spearman(absolute, gained),
                "precision_at_10": precision_at(relative, growth, 0.1),
            }
            for name, (relative, absolute) in scores.items()
        },
        "calibration": reliability(forecast, growth, reference) if horizon_d == HORIZON_D else [],
        "interval_80_covers": round(
            float(np.mean((growth >= forecast.low) & (growth <= forecast.high))), 4
        ),
        "categories": {
            _category(value): {
                "n": int((category == value).sum()),
                **{
                    name: _spearman(relative[category == value], growth[category == value])
                    for name, (relative, _) in scores.items()
                },
            }
            for value in np.unique(category[np.isfinite(category)])
            if (category == value).sum() >= _LEAST_IN_CATEGORY
        },
    }


def baselines(seen: Observations, rows: Ints) -> dict[str, Floats]:
    """Scores that need no learning, at items' second observations, each (k,)."""
    import numpy as np

    one = seen.before(rows, 1)
    item = seen.item[rows]
    count, count_1 = seen.count[rows], seen.count[one]
    first = seen.time_d[seen.first[rows]]
    born = np.where(np.isfinite(seen.published_d[item]), seen.published_d[item], first - 1.0)
    age = np.maximum(seen.time_d[rows] - born, 0.01)
    age_1 = np.maximum(seen.time_d[one] - born, 0.005)
    rate = np.maximum(count - count_1, 0.5) / (seen.time_d[rows] - seen.time_d[one])
    growth = np.log(count / count_1)
    exponent = growth / np.maximum(np.log(age / age_1), 0.001)
    return {
        "views": count,
        "views an hour since publishing": count / age,
        "growth of the last day": growth,
        "last rate to earlier rate": np.log(rate / (count_1 / age_1)),
        "same power of age": exponent * np.log((age + 3.0) / age),
    }


def precision_at(score: Floats, outcome: Floats, share: float) -> float:
    """Of the items that a score puts into the top share, how many belong there."""
    import numpy as np

    most = max(1, int(len(score) * share))
    chosen = np.argsort(-score, kind="stable")[:most]
    true = np.argsort(-outcome, kind="stable")[:most]
    return round(len(np.intersect1d(chosen, true)) / most, 4)


def reliability(
    forecast: Forecast, growth: Floats, reference: Sequence[float]
) -> list[dict[str, float]]:
    """Score against what happened: the share of the reference that items outgrew, in per cent.

    A score of 80 says that in 80 of 100 cases the item grows more than one that the model learned
    from. So items that scored about 80 should have outgrown 80 % of those, on the mean.

    Args:
        forecast: Over ``HORIZON_D``.
        growth: What became of the items, (k,).
        reference: Quantiles of the growth that the model learned from, from 0 to 1.
    """
    import numpy as np

    place = np.interp(growth, reference, np.linspace(0.0, 100.0, len(reference)))
    table = []
    for low in _BINS:
        part = (forecast.score >= low) & (forecast.score < low + 10)
        if part.any():
            table.append(
                {
                    "from": low,
                    "to": low + 10,
                    "n": int(part.sum()),
                    "mean_score": round(float(forecast.score[part].mean()), 1),
                    "outgrew_percent": round(float(place[part].mean()), 1),
                }
            )
    return table


def better_than(challenger: Floats, incumbent: Floats, growth: Floats) -> tuple[float, float]:
    """How much better one score ranks than another, and how sure that is, by bootstrap.

    Args:
        challenger: Scores of the judged items, (k,).
        incumbent: Scores of the same items, (k,).
        growth: What became of them, (k,).

    Returns:
        Difference of the rank correlations, and the share of draws in which it is above 0.
    """
    import numpy as np

    random = np.random.default_rng(0)
    wins = 0
    for _ in range(_DRAWS):
        drawn = random.integers(0, len(growth), len(growth))
        difference = _spearman(challenger[drawn], growth[drawn]) - _spearman(
            incumbent[drawn], growth[drawn]
        )
        wins += difference > 0
    whole = _spearman(challenger, growth) - _spearman(incumbent, growth)
    return round(whole, 4), wins / _DRAWS


def compare(
    model: GrowthModel, incumbent: GrowthModel, seen: Observations, judged: Judged, horizon_d: float
) -> Mapping[str, float]:
    """Two models on the same items: their rank correlations, and how sure the difference is."""
    import numpy as np

    growth = np.log(seen.count[judged.later] / seen.count[judged.rows])
    new = model.forecast(seen, judged.rows, horizon_d).growth
    old = incumbent.forecast(seen, judged.rows, horizon_d).growth
    difference, sure = better_than(new, old, growth)
    return {
        "challenger": _spearman(new, growth),
        "incumbent": _spearman(old, growth),
        "difference": difference,
        "sure": sure,
    }


def _spearman(score: Floats, outcome: Floats) -> float:
    import numpy as np
    from scipy.stats import rankdata

    if len(score) < 2 or np.ptp(score) == 0 or np.ptp(outcome) == 0:
        return 0.0
    return round(float(np.corrcoef(rankdata(score), rankdata(outcome))[0, 1]), 4)


def _last_gain(seen: Observations, rows: Ints) -> Floats:
    one = seen.before(rows, 1)
    gain: Floats = (seen.count[rows] - seen.count[one]) / (seen.time_d[rows] - seen.time_d[one])
    return gain


def _category(value: float) -> str:
    return _CATEGORIES.get(int(value), f"category {int(value)}")
