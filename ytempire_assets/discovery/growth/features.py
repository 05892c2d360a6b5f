"""Features: what the numbers seen so far say about the days to come.

Belongs here: one row of numbers for an item at one of its observations, made only from what was
known at that time. Every feature exists for any counted series; where a source does not give what a
feature needs, it is NaN and the model has learned to do without (``observations.GROUPS``).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ytempire_assets.discovery.growth.channel_history import HISTORY, ChannelHistory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ytempire_assets.discovery.growth.observations import Floats, Ints, Observations

NAMES = (
    *("age", "log_age", "log_age_before", "age_known", "step_d"),
    *("log_count", "growth", "growth_a_day", "log_rate", "log_rate_share", "acceleration"),
    *("rate_to_mean", "exponent", "steady_exponent", "steady_rate"),
    *("growth_2", "growth_3", "acceleration_2", "log_rate_share_2", "step_2_d"),
    *("likes_share", "likes_growth", "likes_lead", "likes_marginal"),
    *("comments_share", "comments_growth", "comments_lead", "comments_marginal", "comments_likes"),
    *("regions", "regions_growth", "rank", "rank_change", "best_rank", "most_regions"),
    *("count_a_region", "rate_a_region"),
    *("log_duration", "category"),
    *("published_hour", "published_minute", "published_weekday", "hour", "weekday"),
    *("seen", "seen_d", "first_age"),
    *HISTORY,
)
"""The features, in the order of the matrix's columns."""

UNKNOWN_AGE_D = 1.0
"""Taken for the age at first sight where a source does not say when an item appeared."""

_LEAST_GAIN = 0.5
_LEAST_AGE_D = 0.01
_DEFAULT_EXPONENT = 0.4


def features(seen: Observations, rows: Ints, without: Collection[str] = ()) -> NDArray[np.float32]:
    """The features of items at some of their observations; see ``FeatureSource``."""
    return FeatureSource(seen, without).at(rows)


class FeatureSource:
    """Features of any rows of some observations; what all rows share is computed once.

    Args:
        seen: All observations; those later than a row are never looked at for it.
        without: Groups to leave out, of ``observations.GROUPS``.
    """

    def __init__(self, seen: Observations, without: Collection[str] = ()) -> None:
        import numpy as np

        self._seen = seen.without(without) if without else seen
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            self._history = ChannelHistory(self._seen)
            self._best_rank = _running(self._seen, self._seen.rank, np.fmin)
            self._most_regions = _running(self._seen, self._seen.regions, np.fmax)

    def at(self, rows: Ints) -> NDArray[np.float32]:
        """Features at some rows, (k,); may be called by several threads at a time.

        Returns:
            float32, (k, len(NAMES)); NaN where unknown.
        """
        import numpy as np

        seen = self._seen
        matrix = np.empty((len(rows), len(NAMES)), np.float32)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            columns = _columns(seen, rows)
            columns["best_rank"] = self._best_rank[rows]
            columns["most_regions"] = self._most_regions[rows]
            columns |= self._history.at(rows, columns)
            for place, name in enumerate(NAMES):
                matrix[:, place] = columns[name]
        matrix[~np.isfinite(matrix)] = np.nan
        return matrix


def first_guess(matrix: NDArray[np.float32], horizon_d: Floats | float) -> Floats:
    """Growth if the count goes on with the same power of its age: where learning starts from.

    A count that grew with ``age**b`` over the last step grows by ``b log((age + h) / age)`` over
    the next h days.

    Args:
        matrix: As ``features`` gives it.
        horizon_d: Days ahead, one number or one a row.

    Returns:
        Log growth, 0.002 to 3, (k,).
    """
    import numpy as np

    age = matrix[:, NAMES.index("age")].astype(np.float64)
    exponent = matrix[:, NAMES.index("exponent")].astype(np.float64)
    exponent = np.clip(np.where(np.isnan(exponent), _DEFAULT_EXPONENT, exponent), 0.01, 3.0)
    guess: Floats = np.clip(exponent * np.log((age + horizon_d) / age), 0.002, 3.0)
    return guess


def _columns(seen: Observations, rows: Ints) -> dict[str, Floats]:
    import numpy as np

    def at(values: Floats, where: Ints) -> Floats:
        return np.where(where >= 0, values[where], np.nan)

    one, two, three = (seen.before(rows, back) for back in (1, 2, 3))
    first = seen.first[rows]
    item = seen.item[rows]
    time, count = seen.time_d[rows], seen.count[rows]
    time_1, count_1 = at(seen.time_d, one), at(seen.count, one)
    time_2, count_2 = at(seen.time_d, two), at(seen.count, two)
    count_3 = at(seen.count, three)
    first_time = seen.time_d[first]

    published = seen.published_d[item]
    known = np.isfinite(published)
    born = np.where(known, published, first_time - UNKNOWN_AGE_D)
    age = np.maximum(time - born, _LEAST_AGE_D)
    age_1 = np.maximum(time_1 - born, _LEAST_AGE_D / 2)
    step, step_2 = time - time_1, time_1 - time_2
    rate = np.maximum(count - count_1, _LEAST_GAIN) / step
    rate_2 = np.maximum(count_1 - count_2, _LEAST_GAIN) / step_2
    growth = np.log(count / count_1)
    exponent = growth / np.maximum(np.log(age / age_1), 0.001)
    share = np.log(rate / count)
    out = {
        "age": age,
        "log_age": np.log(age),
        "log_age_before": np.log(age_1),
        "age_known": known.astype(np.float64),
        "step_d": step,
        "log_count": np.log(count),
        "growth": growth,
        "growth_a_day": growth / step,
        "log_rate": np.log(rate),
        "log_rate_share": share,
        "acceleration": np.log(rate / (count_1 / age_1)),
        "rate_to_mean": np.log(rate * age / count),
        "exponent": exponent,
        "steady_exponent": exponent * np.log((age + 3.0) / age),
        "steady_rate": np.log1p(rate * 3.0 / count),
        "growth_2": np.log(count_1 / count_2),
        "growth_3": np.log(count_2 / count_3),
        "acceleration_2": np.log(rate / rate_2),
        "log_rate_share_2": np.log(rate_2 / count_1),
        "step_2_d": step_2,
        "seen": (rows - first).astype(np.float64),
        "seen_d": time - first_time,
        "first_age": first_time - born,
        "published_hour": np.where(known, (born % 1.0) * 24.0, np.nan),
        # On the hour and the half: set to come out then, by somebody who plans.
        "published_minute": np.where(known, np.round(born * 1440.0) % 60.0, np.nan),
        "published_weekday": np.where(known, np.floor(born + 3) % 7, np.nan),
        "hour": (time % 1.0) * 24.0,
        "weekday": np.floor(time + 3) % 7,
        "log_duration": np.log(seen.duration_s[item]),
        "category": seen.category[item],
    }
    likes, likes_1 = seen.likes[rows], at(seen.likes, one)
    comments, comments_1 = seen.comments[rows], at(seen.comments, one)
    gained = np.maximum(count - count_1, 1.0)
    out |= _approval("likes", likes, likes_1, count, growth, gained)
    out |= _approval("comments", comments, comments_1, count, growth, gained)
    out["comments_likes"] = np.log(comments / likes)
    out |= _charts(seen, rows, one, count, rate)
    return out


def _approval(
    name: str, now: Floats, before: Floats, count: Floats, growth: Floats, gained: Floats
) -> dict[str, Floats]:
    """Likes or comments against the count: their share, and whether they run ahead of it."""
    import numpy as np

    own = np.log(now / before)
    return {
        f"{name}_share": np.log(now / count),
        f"{name}_growth": own,
        f"{name}_lead": own - growth,
        f"{name}_marginal": np.log(np.maximum(now - before, _LEAST_GAIN) / gained),
    }


def _charts(
    seen: Observations, rows: Ints, one: Ints, count: Floats, rate: Floats
) -> dict[str, Floats]:
    import numpy as np

    regions, rank = seen.regions[rows], seen.rank[rows]
    regions_1 = np.where(one >= 0, seen.regions[one], np.nan)
    rank_1 = np.where(one >= 0, seen.rank[one], np.nan)
    return {
        "regions": regions,
        "regions_growth": np.log(regions / regions_1),
        "rank": rank,
        "rank_change": rank - rank_1,
        "count_a_region": np.log(count / regions),
        "rate_a_region": np.log(rate / regions),
    }


def _running(seen: Observations, values: Floats, better: np.ufunc) -> Floats:
    """The best value of each item up to each row, by doubling: log2 of the longest item steps."""
    import numpy as np

    best = values.copy()
    if not np.isfinite(values).any():
        return best
    place = np.arange(len(values)) - seen.first
    back = 1
    while len(place) and back <= place.max():
        earlier = np.where(place >= back, best[np.maximum(np.arange(len(values)) - back, 0)], best)
        best = better(best, earlier)
        back *= 2
    return best
