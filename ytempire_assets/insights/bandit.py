"""Learning which patterns do well, and choosing the next ones: Thompson sampling.

Belongs here: from results to a posterior, and from a posterior to choices. Two numbers are learned
apart, because they are lucky to different degrees: thumbnails shown (reach) and views per thumbnail
shown (click-through). A platform that tells no impressions is learned from views alone.

- Delayed and censored results: a young video's number is carried to seven days by the channel's own
  age curve (``age_curve.py``) and counts as much less as that is uncertain. A video without numbers
  yet teaches nothing and costs nothing.
- Forgetting: a video counts half after ``HALF_LIFE_DAYS``. A sudden change of taste is looked for
  every day: how well are the videos explained by one taste, how well by an old and a new one? The
  posterior is the mixture of both answers, so exploring begins as soon as the doubt does.
- Choice: for each video one draw from the posterior, and for each facet the value that is best in
  it (Thompson 1933; Russo et al., A tutorial on Thompson sampling, 2018).

What the posterior means for people, as weights with evidence, is in ``patterns.py``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from ytempire_assets.insights.age_curve import learn_age_curve
from ytempire_assets.insights.effects import (
    Fit,
    Layout,
    Observations,
    Spreads,
    change_evidence,
    fit,
    layout_of,
    learn_spreads,
    prior_precision,
)
from ytempire_assets.insights.traits import Snapshot, VideoResult

if TYPE_CHECKING:
    import numpy as np

HALF_LIFE_DAYS = 60.0
WINDOW_DAYS = 180
"""Older videos are not read."""
DAYS_BETWEEN_CHANGES = 120.0
"""How often tastes change, as expected beforehand."""
QUIET_DAYS = 10
"""No change is looked for before a channel has been seen for so many days."""

_CURVE_VIDEOS = 150
_UNLIKELY = 0.01
_SETTLED = 0.98
_PRIOR_CLICKS = 1.0
_FARTHEST = 4.0
_GUESSES = {"reach": (0.6, 0.3), "clicks": (0.25, 0.2), "views": (0.6, 0.3)}
"""Standard deviations of luck and of a facet's values, before anything is seen; logarithms."""


@dataclass(frozen=True)
class Component:
    """One learned number.

    Attributes:
        name: reach, clicks or views.
        seen: The videos of the present time of taste, as far as that is settled.
        spreads: Luck and spreads.
        fits: Posterior by the day on which taste changed; None is the one without a change.
    """

    name: str
    layout: Layout
    seen: Observations
    spreads: Spreads
    fits: dict[int | None, Fit] = field(default_factory=dict)

    def since(self, day: int | None) -> Fit:
        """The posterior if taste changed on a day."""
        if day not in self.fits:
            later = self.seen if day is None else self.seen.part(self.seen.days >= day)
            self.fits[day] = fit(later, prior_precision(self.layout, self.spreads), self.spreads)
        return self.fits[day]


@dataclass(frozen=True)
class Posterior:
    """What was learned.

    Attributes:
        today: Last day of the numbers.
        results: The videos that it rests on, oldest first.
        estimates: Views of each at the reference age, as carried there; by video id.
        components: The learned numbers; none without any result.
        changes: Chance of each story: the day of a change for each component, None for no change.
        settled_change: The last change that is beyond doubt.
    """

    today: date
    results: tuple[VideoResult, ...]
    estimates: Mapping[str, float]
    components: tuple[Component, ...]
    changes: Mapping[tuple[int | None, ...], float]
    settled_change: date | None

    @property
    def change_chance(self) -> float:
        """Chance that taste has changed since the last change that is beyond doubt, 0-1."""
        return sum(
            chance
            for story, chance in self.changes.items()
            if any(day is not None for day in story)
        )

    def choose(
        self,
        arms: Mapping[str, Sequence[str]],
        generator: np.random.Generator,
    ) -> dict[str, str]:
        """One video's pattern: the best of one draw from the posterior.

        Args:
            arms: Values that can be had, by facet; each facet has at least one.
            generator: Where chance comes from.

        Returns:
            A value by facet.
        """
        stories = list(self.changes)
        story: tuple[int | None, ...] = ()
        if stories:
            chances = [self.changes[one] for one in stories]
            story = stories[int(generator.choice(len(stories), p=chances))]
        draws = [
            component.since(day).draw(generator)
            for component, day in zip(self.components, story, strict=True)
        ]
        chosen = {}
        for facet, values in arms.items():
            worth = [self._worth(draws, facet, value, generator) for value in values]
            chosen[facet] = values[max(range(len(values)), key=worth.__getitem__)]
        return chosen

    def _worth(
        self, draws: Sequence[np.ndarray], facet: str, value: str, generator: np.random.Generator
    ) -> float:
        worth = 0.0 if draws else float(generator.standard_normal())
        for component, draw in zip(self.components, draws, strict=True):
            column = component.layout.column(facet, value)
            if column is not None:
                worth += float(draw[column])
            else:  # never tried: as good as the facet's values are beforehand
                variance = component.spreads.facets.get(facet, _GUESSES[component.name][1] ** 2)
                worth += math.sqrt(variance) * float(generator.standard_normal())
        return worth


def learn(results: Sequence[VideoResult], today: date) -> Posterior:
    """Learns from results.

    Args:
        results: Published videos, in any order; those without a view so far are left out, those
            older than ``WINDOW_DAYS`` too.
        today: The last day that numbers count to.

    Returns:
        The posterior; without results one that knows nothing and chooses evenly.
    """
    known = sorted(
        (
            one
            for one in results
            if today - timedelta(days=WINDOW_DAYS) < one.published_at.date() <= today
            and _latest(one) is not None
        ),
        key=lambda one: (one.published_at, one.video_id),
    )
    if not known:
        return Posterior(today, (), {}, (), {}, None)
    latest = [_latest(one) or Snapshot(0.0, 0) for one in known]
    # One number without impressions, and reach cannot be compared across the channel.
    names = ("reach", "clicks") if all(one.impressions > 0 for one in latest) else ("views",)
    numbers = _numbers(known, latest, names)
    layout = layout_of([one.traits for one in known])
    seen = {name: _observe(known, layout, today, *numbers[name]) for name in names}
    components, changes, settled = _explain(seen, layout)
    estimates = sum((numbers[name][0] for name in names[1:]), start=numbers[names[0]][0])
    return Posterior(
        today,
        tuple(known),
        {one.video_id: math.exp(value) for one, value in zip(known, estimates, strict=True)},
        components,
        changes,
        None if settled is None else date.fromordinal(settled),
    )


def _latest(result: VideoResult) -> Snapshot | None:
    """The newest numbers, if there are views in them."""
    counted = [one for one in result.snapshots if one.age_days > 0]
    newest = max(counted, key=lambda one: one.age_days, default=None)
    return newest if newest is not None and newest.views > 0 else None


def _numbers(
    known: Sequence[VideoResult], latest: Sequence[Snapshot], names: Sequence[str]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """By component, the logarithm at the reference age and the variance of having got it."""
    import numpy as np

    counted = "impressions" if "reach" in names else "views"
    recent = [one.snapshots for one in known[-_CURVE_VIDEOS:]]
    curve = learn_age_curve(recent, counted)
    grown = np.array([math.log(getattr(one, counted)) for one in latest])
    reach = grown - np.array([curve.log_share(one.age_days) for one in latest])
    unsure = np.array([curve.variance(one.age_days) for one in latest])
    views = np.array([one.views for one in latest], dtype=float)
    if counted == "views":
        return {"views": (reach, unsure + 1 / (views + _PRIOR_CLICKS))}
    shown = np.array([one.impressions for one in latest], dtype=float)
    return {
        "reach": (reach, unsure + 1 / shown),
        "clicks": (np.log(views / shown), 1 / (views + _PRIOR_CLICKS)),
    }


def _observe(
    known: Sequence[VideoResult],
    layout: Layout,
    today: date,
    values: np.ndarray,
    extra: np.ndarray,
) -> Observations:
    import numpy as np

    days = np.array([one.published_at.date().toordinal() for one in known])
    centre = float(np.median(values))
    # One video that goes round the world must not stand for its pattern: it counts as a great one.
    width = _FARTHEST * max(1.4826 * float(np.median(np.abs(values - centre))), 0.1)
    return Observations(
        layout.rows([one.traits for one in known]),
        np.clip(values - centre, -width, width),
        extra,
        0.5 ** ((today.toordinal() - days) / HALF_LIFE_DAYS),
        days,
        centre,
    )


def _explain(
    seen: dict[str, Observations], layout: Layout
) -> tuple[tuple[Component, ...], dict[tuple[int | None, ...], float], int | None]:
    """Spreads and chances of each change; videos before a settled change are left behind."""
    settled = None
    while True:
        candidates = _candidates(next(iter(seen.values())))
        stories, spreads = _stories(seen, layout, candidates)
        day, chance = _likeliest(stories)
        last = int(next(iter(seen.values())).days[-1])
        if day is None or chance < _SETTLED or last - day < QUIET_DAYS:
            break
        settled = day
        seen = {name: part.part(part.days >= day) for name, part in seen.items()}
    kept = {story: chance for story, chance in stories.items() if chance >= _UNLIKELY}
    total = sum(kept.values())
    components = tuple(
        Component(name, layout, part, spreads[name]) for name, part in seen.items()
    )
    return components, {story: chance / total for story, chance in kept.items()}, settled


def _candidates(seen: Observations) -> list[int]:
    """The days on which taste may have changed: not in a channel's first days."""
    first = int(seen.days[0]) + QUIET_DAYS
    return sorted({int(day) for day in seen.days if day >= first})


def _likeliest(stories: Mapping[tuple[int | None, ...], float]) -> tuple[int | None, float]:
    """The likeliest day of a change that all numbers share, and the chance of any change near."""
    by_day: dict[int, float] = {}
    for story, chance in stories.items():
        if all(day is not None for day in story):
            day = story[0]
            by_day[day or 0] = by_day.get(day or 0, 0.0) + chance
    if not by_day:
        return None, 0.0
    best = max(by_day, key=lambda day: by_day[day])
    return best, sum(chance for day, chance in by_day.items() if abs(day - best) <= 3)


def _stories(
    seen: Mapping[str, Observations], layout: Layout, candidates: Sequence[int]
) -> tuple[dict[tuple[int | None, ...], float], dict[str, Spreads]]:
    """The chance of each story: no change, or one on a day, in one number or in all."""
    import numpy as np

    without: dict[str, float] = {}
    with_change: dict[str, np.ndarray] = {}
    spreads: dict[str, Spreads] = {}
    changed: dict[str, Spreads] = {}
    for name, part in seen.items():
        spreads[name] = learn_spreads([part], layout, _GUESSES[name])
        without[name] = fit(part, prior_precision(layout, spreads[name]), spreads[name]).evidence
        changed[name] = spreads[name]
        if candidates:
            with_change[name], changed[name] = _best_split(
                part, layout, spreads[name], candidates, _GUESSES[name]
            )
    names = list(seen)
    none: tuple[int | None, ...] = (None,) * len(names)
    chances: dict[tuple[int | None, ...], float] = {none: sum(without.values())}
    kinds = [[name] for name in names] if len(names) == 1 else [*([one] for one in names), names]
    odds = -math.log(DAYS_BETWEEN_CHANGES * len(kinds))
    for kind in kinds if candidates else ():
        for number, day in enumerate(candidates):
            story = tuple(day if name in kind else None for name in names)
            chances[story] = odds + sum(
                float(with_change[name][number]) if name in kind else without[name]
                for name in names
            )
    best = max(chances.values())
    weights = {story: math.exp(value - best) for story, value in chances.items()}
    total = sum(weights.values())
    stories = {story: weight / total for story, weight in weights.items()}
    likeliest = max(stories, key=lambda story: stories[story])
    used = {
        name: changed[name] if day is not None else spreads[name]
        for name, day in zip(names, likeliest, strict=True)
    }
    return stories, used


def _best_split(
    part: Observations,
    layout: Layout,
    spreads: Spreads,
    candidates: Sequence[int],
    guesses: tuple[float, float],
) -> tuple[np.ndarray, Spreads]:
    """Evidence of each split. Spreads are learned anew for the best one: one taste for two times
    would take the change itself for luck, and then find nothing.
    """
    import numpy as np

    evidence = change_evidence(part, prior_precision(layout, spreads), spreads, candidates)
    day = candidates[int(np.argmax(evidence))]
    sides = [part.part(part.days < day), part.part(part.days >= day)]
    anew = learn_spreads(sides, layout, guesses)
    again = change_evidence(part, prior_precision(layout, anew), anew, candidates)
    return (again, anew) if again.max() > evidence.max() else (evidence, spreads)
