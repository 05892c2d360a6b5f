"""Series: running counts of a story's items, made of its signals.

Belongs here: how totals, daily counts and mentions all become running counts, which is what the
growth model takes. What is expected of them is ``story_scores.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ytempire_assets.discovery.growth.observations import Observations
    from ytempire_assets.discovery.signals import Signal

SPARKLINE_DAYS = 14


@dataclass(frozen=True, slots=True)
class Series:
    """The running count of one item of a story.

    Attributes:
        source: Which source.
        item: The source's id; ``mentions`` for the articles of all feeds together.
        unit: What is counted.
        points: Time (UTC) and running count, ascending in time.
        published_at: When it appeared; None where unknown.
        newest: Newest signal, for what beside the count is known.
    """

    source: str
    item: str
    unit: str
    points: tuple[tuple[datetime, float], ...]
    published_at: datetime | None
    newest: Signal


def story_series(
    signals: Iterable[Signal], now: datetime, left_out: Collection[str] = ()
) -> list[Series]:
    """The running counts of a story's items.

    Daily counts are added up from the first day that was seen. Mentions of all feeds make one
    series: how many articles there were by each time.
    """
    groups: dict[tuple[str, str], list[Signal]] = {}
    mentions: dict[str, Signal] = {}
    for signal in signals:
        if signal.source in left_out:
            continue
        if signal.counting == "mention":
            mentions.setdefault(signal.item, signal)
        elif signal.value is not None and signal.value >= 0:
            groups.setdefault((signal.source, signal.item), []).append(signal)
    found = []
    for (source, item), group in sorted(groups.items()):
        by_time = {signal.observed_at: signal for signal in group}
        ordered = [by_time[time] for time in sorted(by_time)]
        newest = ordered[-1]
        points = _totals(ordered) if newest.counting == "total" else _added_up(ordered, now)
        if points and points[-1][1] > 0:
            found.append(Series(source, item, newest.unit, points, newest.published_at, newest))
    if len(mentions) > 1:  # one article alone says nothing of growth
        found.append(_mentions(list(mentions.values()), now))
    return found


def daily_gains(series: Series) -> tuple[float, ...]:
    """What a series gained on each of its last days, oldest first; 0 where nothing was seen."""
    gains: dict[date, float] = {}
    if series.newest.counting == "daily":
        first, count = series.points[0]
        gains[(first - timedelta(microseconds=1)).date()] = count
    for (_, before), (time, count) in zip(series.points, series.points[1:], strict=False):
        day = (time - timedelta(microseconds=1)).date()
        gains[day] = gains.get(day, 0.0) + max(0.0, count - before)
    last = (series.points[-1][0] - timedelta(microseconds=1)).date()
    days = [last - timedelta(days=back) for back in range(SPARKLINE_DAYS - 1, -1, -1)]
    return tuple(gains.get(day, 0.0) for day in days)


def _totals(signals: Sequence[Signal]) -> tuple[tuple[datetime, float], ...]:
    return tuple((signal.observed_at, signal.value) for signal in signals if signal.value)


def _added_up(signals: Sequence[Signal], now: datetime) -> tuple[tuple[datetime, float], ...]:
    total = 0.0
    points = []
    for signal in signals:
        total += signal.value or 0.0
        # A day's count is known at its end; today's so far counts up to now.
        points.append((min(signal.observed_at + timedelta(days=1), now), total))
    return tuple(dict(points).items())


def _mentions(signals: Sequence[Signal], now: datetime) -> Series:
    times = sorted(min(signal.published_at or signal.observed_at, now) for signal in signals)
    points = {time: float(number) for number, time in enumerate(times, start=1)}
    points[now] = float(len(times))  # that nothing came since is known too
    newest = max(signals, key=lambda signal: (signal.observed_at, signal.item))
    return Series("feeds", "mentions", "articles", tuple(points.items()), times[0], newest)


def series_observations(series: Sequence[Series]) -> Observations:
    """Series as the growth model takes them; item i of the result is series i."""
    import polars as pl

    from ytempire_assets.discovery.growth.observations import observations

    records = []
    for number, one in enumerate(series):
        final = len(one.points) - 1
        records += [
            {
                "video_id": str(number),
                "fetched_at": time,
                "views": count,
                "published_at": one.published_at,
                "channel_id": one.newest.channel or None,
                # Only the newest signal's other numbers are kept with a series.
                "likes": one.newest.likes if place == final else None,
                "comments": one.newest.comments if place == final else None,
                "n_regions": one.newest.regions if place == final else None,
                "best_rank": one.newest.rank if place == final else None,
                "duration_s": one.newest.duration_s,
            }
            for place, (time, count) in enumerate(one.points)
        ]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "video_id": pl.String,
        "fetched_at": pl.Datetime("ms", "UTC"),
        "views": pl.Float64,
        "published_at": pl.Datetime("ms", "UTC"),
        "channel_id": pl.String,
        "likes": pl.Float64,
        "comments": pl.Float64,
        "n_regions": pl.Float64,
        "best_rank": pl.Float64,
        "duration_s": pl.Float64,
    }
    return observations(pl.DataFrame(records, schema=schema), "the signals")
