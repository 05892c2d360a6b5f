"""What the same publisher's earlier items did.

Belongs here: features of an item that come from other items of its channel, each only as far as it
was known at the time. Items are compared at their second observation, where the first rate of
growth can be seen; what became of one counts three days later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ytempire_assets.discovery.growth.observations import Floats, Ints, Observations

HISTORY = (
    *("channel_items", "channel_gap_d", "channel_exponent", "channel_acceleration"),
    *("channel_size", "channel_likes", "channel_first_age", "channel_regions"),
    *("over_channel", "exponent_over_channel", "acceleration_over_channel"),
    *("channel_outcomes", "channel_surprise", "channel_growth"),
)
"""Names of the features, as ``features.NAMES`` has them."""

OUTCOME_D = 3.0
"""After so many days it is known what became of an item."""

_TOLERANCE_D = 0.3
_SIZE_EXPONENT = 0.6
"""Sizes at different ages are compared as if counts grew with this power of the age."""
_SPAN_D = 1e5
"""More days than any series lasts, so that neighbours in a sorted key do not touch."""


class ChannelHistory:
    """All that channels' items did, to be asked as of any observation.

    Args:
        seen: All observations.
    """

    def __init__(self, seen: Observations) -> None:
        import numpy as np

        self._seen = seen
        seconds = _second_rows(seen)
        self._at = seen.time_d[seconds]
        # An item's own second observation is no history of it.
        self._second_of = np.full(len(seen.names), -1)
        self._second_of[seen.item[seconds]] = np.arange(len(seconds))
        self._marks = _marks(seen, seconds)
        self._known = _sums(seen.channel[seen.item[seconds]], self._at, self._marks)
        self._results = _Results(seen, seconds, self._marks)

    def at(self, rows: Ints, own: Mapping[str, Floats]) -> dict[str, Floats]:
        """Features of ``rows`` from the channel's other items; see ``HISTORY``.

        Args:
            rows: Rows of the observations, (k,).
            own: Features of these rows that are already known.

        Returns:
            Each (k,).
        """
        import numpy as np

        seen, marks = self._seen, self._marks
        nothing = {name: np.full(len(rows), np.nan) for name in HISTORY}
        nothing |= {name: np.zeros(len(rows)) for name in ("channel_items", "channel_outcomes")}
        if not len(self._at):
            return nothing
        channel, time = seen.channel[seen.item[rows]], seen.time_d[rows]
        mine = self._second_of[seen.item[rows]]
        sums, number, newest = self._known.before(channel, time)
        passed = (mine >= 0) & (self._at[mine] < time)
        number = number - passed
        for name, total in sums.items():
            sums[name] = total - np.where(passed, marks[name][mine], 0.0)
        # Where the newest entry is the item's own, the gap is not known cheaply: left out.
        gap = np.where(passed, np.nan, time - newest)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = {
                name: np.where(number > 0, total / number, np.nan) for name, total in sums.items()
            }
        out = {
            "channel_items": number.astype(np.float64),
            "channel_gap_d": np.where(number > 0, gap, np.nan),
            "channel_exponent": mean["exponent"],
            "channel_acceleration": mean["acceleration"],
            "channel_size": mean["size"],
            "channel_likes": mean["likes"],
            "channel_first_age": mean["first_age"],
            "channel_regions": mean["regions"],
            "over_channel": own["log_count"] - _SIZE_EXPONENT * own["log_age"] - mean["size"],
            "exponent_over_channel": own["exponent"] - mean["exponent"],
            "acceleration_over_channel": own["acceleration"] - mean["acceleration"],
        }
        out |= self._results.at(channel, time, mine)
        unknown = channel < 0
        for name, values in out.items():
            out[name] = np.where(unknown, nothing[name], values)
        return out


def _second_rows(seen: Observations) -> Ints:
    """The second observation of each item of a known channel that has two."""
    import numpy as np

    place = np.arange(len(seen.item)) - seen.first
    return np.flatnonzero((place == 1) & (seen.channel[seen.item] >= 0))


def _marks(seen: Observations, seconds: Ints) -> dict[str, Floats]:
    """What is remembered of an item at its second observation."""
    import numpy as np

    firsts = seconds - 1
    item = seen.item[seconds]
    born = seen.published_d[item]
    born = np.where(np.isfinite(born), born, seen.time_d[firsts] - 1.0)
    age = np.maximum(seen.time_d[seconds] - born, 0.01)
    age_1 = np.maximum(seen.time_d[firsts] - born, 0.005)
    count, count_1 = seen.count[seconds], seen.count[firsts]
    rate = np.maximum(count - count_1, 0.5) / (seen.time_d[seconds] - seen.time_d[firsts])
    marks = {
        "exponent": np.log(count / count_1) / np.maximum(np.log(age / age_1), 0.001),
        "acceleration": np.log(rate / (count_1 / age_1)),
        "size": np.log(count) - _SIZE_EXPONENT * np.log(age),
        "likes": np.log(seen.likes[seconds] / count),
        "first_age": seen.time_d[firsts] - born,
        "regions": seen.regions[seconds],
        "log_age": np.log(age),
    }
    return {name: np.where(np.isfinite(values), values, 0.0) for name, values in marks.items()}


class _Results:
    """How channels' items grew afterwards, and how that surprised."""

    def __init__(self, seen: Observations, seconds: Ints, marks: Mapping[str, Floats]) -> None:
        import numpy as np

        later = row_after(seen, seconds, OUTCOME_D)
        ok = later >= 0
        growth = np.where(ok, np.log(seen.count[later] / seen.count[seconds]), 0.0)
        age = np.exp(marks["log_age"])
        expected = np.clip(marks["exponent"], 0.01, 3.0) * np.log((age + OUTCOME_D) / age)
        self._values = {"growth": growth, "surprise": np.clip(growth - expected, -2.0, 2.0)}
        # What never became known lies beyond every time that is asked for.
        self._known_at = np.where(ok, seen.time_d[later], np.inf)
        self._sums = _sums(
            seen.channel[seen.item[seconds[ok]]],
            self._known_at[ok],
            {name: column[ok] for name, column in self._values.items()},
        )

    def at(self, channel: Ints, time_d: Floats, mine: Ints) -> dict[str, Floats]:
        """As of some times, each (k,); ``mine`` is the item's own entry, -1 where none."""
        import numpy as np

        total, number, _ = self._sums.before(channel, time_d)
        passed = (mine >= 0) & (self._known_at[mine] < time_d)
        number = number - passed
        for name, values in self._values.items():
            total[name] = total[name] - np.where(passed, values[mine], 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return {
                "channel_outcomes": number.astype(np.float64),
                "channel_surprise": total["surprise"] / (number + 1.0),
                "channel_growth": np.where(number > 0, total["growth"] / number, np.nan),
            }


def row_after(seen: Observations, rows: Ints, days: float) -> Ints:
    """The observation of the same item ``days`` later, nearest within 7 hours; -1 where none."""
    import numpy as np

    start = seen.time_d.min() if len(seen.time_d) else 0.0
    key = seen.item * _SPAN_D + (seen.time_d - start)
    wanted = seen.item[rows] * _SPAN_D + (seen.time_d[rows] - start) + days
    right = np.searchsorted(key, wanted)
    best = np.full(len(rows), -1)
    distance = np.full(len(rows), _TOLERANCE_D)
    for candidate in (right - 1, right):
        inside = (candidate >= 0) & (candidate < len(key))
        safe = np.where(inside, candidate, 0)
        off = np.abs(key[safe] - wanted)
        nearer = inside & (seen.item[safe] == seen.item[rows]) & (off < distance)
        best = np.where(nearer, safe, best)
        distance = np.where(nearer, off, distance)
    return best


class _sums:  # noqa: N801 - a value of this module, read as a word
    """Running sums by channel that can be asked as of any time.

    Args:
        channel: Channel of each entry, (e,).
        time_d: When each entry became known, (e,).
        values: What is summed, each (e,).
    """

    def __init__(self, channel: Ints, time_d: Floats, values: Mapping[str, Floats]) -> None:
        import numpy as np

        order = np.lexsort((time_d, channel))
        self._channel, self._time = channel[order], time_d[order]
        self._key = self._channel * _SPAN_D + self._time
        self._totals = {
            name: np.r_[0.0, np.cumsum(column[order])] for name, column in values.items()
        }

    def before(self, channel: Ints, time_d: Floats) -> tuple[dict[str, Floats], Ints, Floats]:
        """Sums, number and newest time of a channel's entries strictly before a time."""
        import numpy as np

        if not len(self._time):
            nothing = {name: np.zeros(len(channel)) for name in self._totals}
            return nothing, np.zeros(len(channel), np.int64), np.full(len(channel), np.nan)
        begin = np.searchsorted(self._channel, channel, "left")
        end = np.searchsorted(self._key, channel * _SPAN_D + time_d, "left")
        end = np.maximum(end, begin)
        sums = {name: total[end] - total[begin] for name, total in self._totals.items()}
        number = end - begin
        newest = np.where(number > 0, self._time[np.maximum(end - 1, 0)], np.nan)
        return sums, number, newest
