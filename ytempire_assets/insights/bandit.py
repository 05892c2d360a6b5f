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
    Change,
    Fit,
    Layout,
    Observations,
    Spreads,
    fit,
    layout_of,
    observe,
)
from ytempire_assets.insights.taste_changes import Story, explain
from ytempire_assets.insights.traits import Snapshot, VideoResult

if TYPE_CHECKING:
    import numpy as np

HALF_LIFE_DAYS = 60.0
WINDOW_DAYS = 180
"""Older videos are not read."""
BOLDNESS = 0.6
"""Draws keep so much of their distance to the mean. Plain Thompson sampling (1.0) goes on exploring
values that differ too little to matter within a season; measured by ``ytempire bench learning``."""

_CURVE_VIDEOS = 150
_UNLIKELY = 0.01
_PRIOR_CLICKS = 1.0
_FARTHEST = 4.0
_GUESSES = {"reach": (0.6, 0.3), "clicks": (0.25, 0.2), "views": (0.6, 0.3)}
"""Standard deviations of luck and of a facet's values, before anything is seen; logarithms."""


@dataclass(frozen=True)
class Component:
    """One learned number.

    Attributes:
        name: reach, clicks or views.
        seen: The videos; settled changes of taste are worked in.
        spreads: Luck and spreads.
        fits: Posterior by the change that is assumed; None is the one without any.
    """

    name: str
    layout: Layout
    seen: Observations
    spreads: Spreads
    fits: dict[Change | None, Fit] = field(default_factory=dict)

    def after(self, change: Change | None) -> Fit:
        """The posterior if there was a change."""
        if change not in self.fits:
            seen = self.seen if change is None else self.seen.changed(change)
            self.fits[change] = fit(seen, self.layout, self.spreads)
        return self.fits[change]

    def marginal(
        self, facet: str, values: Sequence[str], change: Change | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance of the effects of some values of a facet."""
        import numpy as np

        found = self.after(change)
        variance = self.spreads.facets.get(facet, _GUESSES[self.name][1] ** 2)
        mean, covariance = np.zeros(len(values)), variance * np.eye(len(values))
        columns = [self.layout.column(facet, value) for value in values]
        seen = [place for place, column in enumerate(columns) if column is not None]
        taken = [column for column in columns if column is not None]
        mean[seen] = found.mean[taken]
        covariance[np.ix_(seen, seen)] = found.covariance[np.ix_(taken, taken)]
        return mean, covariance


@dataclass(frozen=True, slots=True)
class Effect:
    """What a value adds to the logarithm of views, against the others of its facet.

    Attributes:
        mean: Expected.
        sd: Standard deviation.
        chance_above: Chance that it is more than the others' mean, 0-1.
    """

    mean: float
    sd: float
    chance_above: float


@dataclass(frozen=True)
class Posterior:
    """What was learned.

    Attributes:
        today: Last day of the numbers.
        results: The videos that it rests on, oldest first.
        estimates: Views of each at the reference age, as carried there; by video id.
        components: The learned numbers; none without any result.
        stories: Chance of each story of what has changed.
        settled: Changes of taste that are beyond doubt, in words, by day.
    """

    today: date
    results: tuple[VideoResult, ...]
    estimates: Mapping[str, float]
    components: tuple[Component, ...]
    stories: Mapping[Story, float]
    settled: tuple[tuple[date, str], ...]

    @property
    def change_chance(self) -> float:
        """Chance that taste has changed since the last change that is beyond doubt, 0-1."""
        return sum(
            chance
            for story, chance in self.stories.items()
            if any(change is not None for change in story)
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
        stories = list(self.stories)
        story: Story = ()
        if stories:
            chances = [self.stories[one] for one in stories]
            story = stories[int(generator.choice(len(stories), p=chances))]
        draws = [
            component.after(change).draw(generator, BOLDNESS)
            for component, change in zip(self.components, story, strict=True)
        ]
        chosen = {}
        for facet, values in arms.items():
            worth = [self._worth(draws, facet, value, generator) for value in values]
            chosen[facet] = values[max(range(len(values)), key=worth.__getitem__)]
        return chosen

    def effects(self, facet: str, values: Sequence[str]) -> dict[str, Effect]:
        """What each of some values adds, against the mean of them all; all stories weighed.

        Args:
            facet: Facet.
            values: Values to compare; one that was never published is what it is beforehand.
        """
        import numpy as np

        contrasts = np.eye(len(values)) - 1 / len(values)
        mean, square = np.zeros(len(values)), np.zeros(len(values))
        above = np.zeros(len(values))
        for story, chance in self.stories.items():
            middle, variance = np.zeros(len(values)), np.zeros((len(values), len(values)))
            for component, change in zip(self.components, story, strict=True):
                one, spread = component.marginal(facet, values, change)
                middle += one
                variance += spread
            middle = contrasts @ middle
            variances = np.clip(np.diag(contrasts @ variance @ contrasts.T), 1e-12, None)
            mean += chance * middle
            square += chance * (middle**2 + variances)
            shares = [normal_share(value) for value in middle / np.sqrt(variances)]
            above += chance * np.array(shares)
        sd = np.sqrt(np.clip(square - mean**2, 1e-12, None))
        return {
            value: Effect(float(mean[place]), float(sd[place]), float(above[place]))
            for place, value in enumerate(values)
        }

    def expected(self, name: str, traits: Mapping[str, str]) -> float:
        """What a pattern adds to the logarithm of a number; 0 where the number is not learned.

        Args:
            name: reach, clicks or views.
            traits: Value by facet; values that were never published add nothing.
        """
        for place, component in enumerate(self.components):
            if component.name == name:
                likeliest = max(self.stories, key=lambda story: self.stories[story])
                mean = component.after(likeliest[place]).mean
                columns = [component.layout.column(*trait) for trait in traits.items()]
                return sum(float(mean[column]) for column in columns if column is not None)
        return 0.0

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
        return Posterior(today, (), {}, (), {}, ())
    latest = [_latest(one) or Snapshot(0.0, 0) for one in known]
    # One number without impressions, and reach cannot be compared across the channel.
    names = ("reach", "clicks") if all(one.impressions > 0 for one in latest) else ("views",)
    numbers = _numbers(known, latest, names)
    layout = layout_of([one.traits for one in known])
    seen = {name: _observe(known, layout, today, *numbers[name]) for name in names}
    found = explain(seen, layout, _GUESSES)
    kept = {story: chance for story, chance in found.stories.items() if chance >= _UNLIKELY}
    kept = kept or {(None,) * len(names): 1.0}
    total = sum(kept.values())
    estimates = sum((numbers[name][0] for name in names[1:]), start=numbers[names[0]][0])
    return Posterior(
        today,
        tuple(known),
        {one.video_id: math.exp(value) for one, value in zip(known, estimates, strict=True)},
        tuple(Component(name, layout, found.seen[name], found.spreads[name]) for name in names),
        {story: chance / total for story, chance in kept.items()},
        tuple(
            sorted(
                (date.fromordinal(change.day), f"{change.kind} ({name})")
                for name, changes in found.settled.items()
                for change in changes
            )
        ),
    )


def normal_share(value: float) -> float:
    """Share of the standard normal distribution below a value."""
    return 0.5 * math.erfc(-value / math.sqrt(2))


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
    return observe(
        layout,
        layout.rows([one.traits for one in known]),
        np.clip(values - centre, -width, width),
        extra,
        0.5 ** ((today.toordinal() - days) / HALF_LIFE_DAYS),
        days,
    )
