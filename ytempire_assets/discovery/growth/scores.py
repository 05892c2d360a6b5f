"""Scores: what a forecast means for one item, in numbers and in words.

Belongs here: the score table that the command line writes, when interest peaks, how much supply
meets it, and the evidence for people. Predicting is ``model.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from ytempire_assets.discovery.growth.model import HORIZON_D, Forecast, GrowthModel

if TYPE_CHECKING:
    import polars as pl

    from ytempire_assets.discovery.growth.observations import Floats, Ints, Observations

Competition: TypeAlias = Literal["low", "medium", "high"]

_MS_PER_DAY = 86_400_000.0
_CROWDED, _SPARSE = 1.5, 0.67


def score_items(model: GrowthModel, seen: Observations) -> pl.DataFrame:
    """Scores every item at its newest observation.

    Returns:
        One row an item, in the order in which items were given: ``video_id``, ``viral_score``
        (0-100), ``growth_3d`` (predicted log growth of the next three days), ``growth_low`` and
        ``growth_high`` (80 % interval), ``peak_at`` (UTC). All but the id are null for an item
        without any count.
    """
    import numpy as np
    import polars as pl

    rows = seen.last
    forecast = model.forecast(seen, rows)
    peak_ms = (peak_d(seen, rows, forecast) * _MS_PER_DAY).astype(np.int64)
    scored = pl.DataFrame(
        {
            "item": seen.item[rows],
            "viral_score": forecast.score.round(2),
            "growth_3d": forecast.growth,
            "growth_low": forecast.low,
            "growth_high": forecast.high,
            "peak_at": peak_ms,
        }
    ).with_columns(pl.col("peak_at").cast(pl.Datetime("ms", "UTC")))
    names = pl.DataFrame({"video_id": seen.names}).with_row_index("item")
    joined = names.with_columns(pl.col("item").cast(pl.Int64)).join(
        scored, on="item", how="left", maintain_order="left"
    )
    return joined.drop("item")


def peak_d(seen: Observations, rows: Ints, forecast: Forecast) -> Floats:
    """When an item gains most a day, days since 1970 (UTC), (k,).

    Three windows are compared by what is gained in them a day: before the last step, the last step,
    and the three days ahead. Where the days ahead are strongest, the peak lies at their end or
    later; the middle of the window is given otherwise.
    """
    import numpy as np

    one = seen.before(rows, 1)
    item = seen.item[rows]
    time, count = seen.time_d[rows], seen.count[rows]
    seen_once = one < 0
    time_1 = np.where(seen_once, time, seen.time_d[one])
    count_1 = np.where(seen_once, count, seen.count[one])
    first_time = seen.time_d[seen.first[rows]]
    born = seen.published_d[item]
    born = np.where(np.isfinite(born) & (born < first_time), born, first_time - 1.0)
    ahead = count * np.expm1(forecast.growth) / HORIZON_D
    with np.errstate(divide="ignore", invalid="ignore"):
        last = np.where(seen_once, -np.inf, (count - count_1) / (time - time_1))
        before = count_1 / np.maximum(time_1 - born, 0.01)
    rates = np.stack([before, last, ahead])
    times = np.stack([(born + time_1) / 2, (time_1 + time) / 2, time + HORIZON_D])
    best: Floats = np.take_along_axis(times, rates.argmax(axis=0)[None], axis=0)[0]
    return best


def competition(supply: float, demand: float, usual: float) -> Competition:
    """How much of the demand for a story is already met.

    Args:
        supply: Items that different publishers brought out on it.
        demand: What it gains a day, any unit that is the same for ``usual``.
        usual: Supply for each unit of demand in the middle of the day's stories.

    Returns:
        ``high`` when there is half as much again as usual for the demand, ``low`` at two thirds or
        less.
    """
    if demand <= 0 or usual <= 0:
        return "medium"
    ratio = supply / demand / usual
    return "high" if ratio >= _CROWDED else "low" if ratio <= _SPARSE else "medium"
