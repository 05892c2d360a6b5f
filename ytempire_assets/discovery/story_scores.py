"""Scoring a story: from its signals to one score, when it peaks, and the evidence in words.

Belongs here: how counts of several sources become series that the growth model takes, and how their
forecasts become one. The model itself is ``growth/``; which signals are one story is ``topics/``.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ytempire_assets.discovery.growth.scores import Competition, competition, peak_d
from ytempire_assets.discovery.story_series import (
    Series,
    daily_gains,
    series_observations,
    story_series,
)

if TYPE_CHECKING:
    from ytempire_assets.discovery.growth.model import GrowthModel
    from ytempire_assets.discovery.growth.observations import Floats
    from ytempire_assets.discovery.signals import Signal
    from ytempire_assets.discovery.topics.topic import Topic

LEAST_POPULATION = 20
"""From so many series on, those of one source are compared with each other."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BARS = "▁▂▃▄▅▆▇█"
_SHOWN_SERIES = 3


@dataclass(frozen=True, slots=True)
class StoryScore:
    """What is expected of a story.

    Attributes:
        viral_score: 0-100: the chance, in per cent, that its interest grows more over three days
            than that of another story of the same source.
        growth: Log growth of its running counts over three days.
        growth_low: In one case of ten it grows less.
        growth_high: In one case of ten it grows more.
        peak_at: When it gains most a day, UTC.
        competition: How much of the demand is already met.
        supply: Items that different publishers brought out.
        demand: Gained a day now, in units of its own sources.
        daily: Gained on each of the last ``SPARKLINE_DAYS``, of the strongest source.
        evidence: All of this in words.
    """

    viral_score: float
    growth: float
    growth_low: float
    growth_high: float
    peak_at: datetime
    competition: Competition
    supply: int
    demand: float
    daily: tuple[float, ...]
    evidence: str


def score_stories(
    topics: Sequence[Topic],
    model: GrowthModel,
    now: datetime,
    left_out: Collection[str] = (),
) -> dict[str, StoryScore]:
    """Scores stories together, each from all of its sources.

    A series' weight is the logarithm of its count, divided by the width of its forecast: what is
    large and sure says more than what is small or wild.

    Args:
        topics: The stories.
        model: Forecasts growth.
        now: Time of the scoring, UTC.
        left_out: Sources whose counts must not enter a score.

    Returns:
        Scores by topic id; stories without any count that may be used are left out.
    """
    import numpy as np

    series = [
        (topic.topic_id, one)
        for topic in topics
        for one in story_series(topic.signals, now, left_out)
    ]
    if not series:
        return {}
    seen = series_observations([one for _, one in series])
    rows = seen.last
    forecast = model.forecast(seen, rows)
    chance = _chances(
        [series[item][1].source for item in seen.item[rows]],
        model.outcomes(forecast),
        forecast.score,
    )
    # What was seen once may be anything: its chance counts half until it is seen again.
    chance = np.where(rows == seen.first[rows], (chance + 50.0) / 2, chance)
    peaks = peak_d(seen, rows, forecast)
    gain = seen.count[rows] * np.expm1(forecast.growth) / 3.0
    weight = np.log1p(seen.count[rows]) / np.maximum(np.log(forecast.high / forecast.low), 0.1)
    members: dict[str, list[int]] = {}
    for place, item in enumerate(seen.item[rows]):
        members.setdefault(series[item][0], []).append(place)

    supplies = {topic.topic_id: _supply(topic.signals) for topic in topics}
    demands = {
        topic_id: float(sum(math.log1p(gain[place]) for place in places))
        for topic_id, places in members.items()
    }
    ratios = sorted(supplies[one] / demands[one] for one in members if demands[one] > 0)
    usual = ratios[len(ratios) // 2] if ratios else 0.0
    scores = {}
    for topic_id, places in members.items():
        share = weight[places] / weight[places].sum()
        strongest = max(places, key=lambda place: weight[place])
        lines = [series[seen.item[rows[place]]][1] for place in places]
        level = competition(supplies[topic_id], demands[topic_id], usual)
        growth = float(np.exp(share @ np.log(forecast.growth[places])))
        low = float(np.exp(share @ np.log(forecast.low[places])))
        high = float(np.exp(share @ np.log(forecast.high[places])))
        peak = _EPOCH + timedelta(days=float(peaks[strongest]))
        scores[topic_id] = StoryScore(
            viral_score=round(float(share @ chance[places]), 1),
            growth=growth,
            growth_low=low,
            growth_high=high,
            peak_at=peak.replace(microsecond=0),
            competition=level,
            supply=supplies[topic_id],
            demand=float(gain[places].sum()),
            daily=daily_gains(series[seen.item[rows[strongest]]][1]),
            evidence=_evidence(lines, share, growth, (low, high), peak, now, level),
        )
    return scores


def _chances(sources: Sequence[str], outcomes: Floats, usual: Floats) -> Floats:
    """The chance, in per cent, that a series outgrows another one of its source, (k,).

    Sources differ in what they list: a page that is read a tenth more is much on one, nothing on
    another. Where a source has few series, they are compared with those that the model learned
    from.

    Args:
        sources: Source of each series.
        outcomes: Equally likely growths of each, (k, levels).
        usual: The chance against what the model learned from, (k,).
    """
    import numpy as np

    chance = usual.copy()
    named = np.asarray(sources)
    for source in sorted(set(sources)):
        members = np.flatnonzero(named == source)
        if len(members) >= LEAST_POPULATION:
            others = np.sort(outcomes[members].ravel())
            below = np.searchsorted(others, outcomes[members], "left")
            above = np.searchsorted(others, outcomes[members], "right")
            chance[members] = ((below + above) / 2 / len(others) * 100.0).mean(axis=1)
    return chance


def sparkline(values: Sequence[float]) -> str:
    """Values as a line of small bars; the highest is full, nothing is the lowest bar."""
    top = max(values, default=0.0)
    if top <= 0:
        return _BARS[0] * len(values)
    return "".join(_BARS[round(max(0.0, value) / top * (len(_BARS) - 1))] for value in values)


def _supply(signals: Iterable[Signal]) -> int:
    """Different publishers' items on the story."""
    return len({(signal.source, signal.channel or signal.item) for signal in signals})


def _evidence(
    series: Sequence[Series],
    share: Sequence[float],
    growth: float,
    interval: tuple[float, float],
    peak: datetime,
    now: datetime,
    level: Competition,
) -> str:
    order = sorted(range(len(series)), key=lambda place: -share[place])
    parts = [_in_words(series[place]) for place in order[:_SHOWN_SERIES]]
    more = f", and {len(series) - _SHOWN_SERIES} more series" if len(series) > _SHOWN_SERIES else ""
    low, high = (math.expm1(value) for value in interval)
    when = "peaks" if peak > now else "peaked"
    return (
        f"expected to grow by {math.expm1(growth):.0%} in 3 days (80 % interval {low:.0%} to "
        f"{high:.0%}), {when} about {peak:%d %B %H}:00 UTC; {'; '.join(parts)}{more}; "
        f"competition {level}"
    )


def _in_words(series: Series) -> str:
    name = f"{series.source}: {series.points[-1][1]:,.0f} {series.unit}"
    if len(series.points) < 2:
        return f"{name}, seen once"
    (before_at, before), (last_at, last) = series.points[-2:]
    days = max((last_at - before_at).total_seconds() / 86_400, 1e-3)
    gained = (last - before) / days
    if len(series.points) < 3:
        return f"{name}, {gained:,.0f} a day"
    (earlier_at, earlier) = series.points[0]
    span = max((before_at - earlier_at).total_seconds() / 86_400, 1e-3)
    usual = (before - earlier) / span
    if usual <= 0:
        return f"{name}, {gained:,.0f} a day after none"
    return f"{name}, {gained:,.0f} a day, {gained / usual:.1f}x the days before"
