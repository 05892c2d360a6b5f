"""Whether an audience's taste has changed, when, and in what.

Belongs here: the chance of each story. A story says of each learned number whether one facet's
effects, the level, or everything is different since a day. Each is weighed by how well it explains
all videos (marginal likelihood), so a change that only two unlucky videos speak for stays unlikely,
and one that splits many effects needs more than one that splits few.

Source: Fearnhead, Exact and efficient Bayesian inference for multiple changepoint problems (2006).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ytempire_assets.insights.effects import (
    EVERYTHING,
    LEVEL,
    Change,
    Layout,
    Observations,
    Spreads,
    constant,
    fit,
    learn_spreads,
    log_det,
    prior_precision,
)

if TYPE_CHECKING:
    import numpy as np

DAYS_BETWEEN_CHANGES = 120.0
"""How often tastes change, as expected beforehand."""
QUIET_DAYS = 10
"""No change is looked for before a channel has been seen for so many days, and none is taken as
settled before it is so old."""

_EVERY_DAY = 14
_LOOK_BACK = 60
_STEP = 3
_SETTLED = 0.95
_NEAR_DAYS = 3

Story = tuple[Change | None, ...]
"""For each learned number, in their order, the change in it, if any."""


@dataclass(frozen=True)
class Explained:
    """The stories that explain the videos.

    Attributes:
        seen: The videos by number; those before a settled change with effects of their own, or
            left out when everything changed.
        spreads: Luck and spreads by number, of the likeliest story.
        stories: Chance of each story; they add up to 1.
        settled: Changes that are beyond doubt, by number.
    """

    seen: Mapping[str, Observations]
    spreads: Mapping[str, Spreads]
    stories: Mapping[Story, float]
    settled: Mapping[str, tuple[Change, ...]]


def explain(
    seen: Mapping[str, Observations],
    layout: Layout,
    guesses: Mapping[str, tuple[float, float]],
) -> Explained:
    """Weighs the stories; a change that is beyond doubt is taken for given, then it looks again.

    Args:
        seen: Videos by number, the same ones for all.
        layout: The columns.
        guesses: By number, ``learn_spreads``' first guess.
    """
    settled: dict[str, tuple[Change, ...]] = dict.fromkeys(seen, ())
    while True:
        stories, spreads = _stories(seen, layout, guesses)
        sure = _sure(stories, int(next(iter(seen.values())).days[-1]))
        if sure is None:
            return Explained(seen, spreads, stories, settled)
        seen = dict(seen)
        for name, change in zip(tuple(seen), sure, strict=True):
            if change is None:
                continue
            settled[name] = (*settled[name], change)
            part = seen[name]
            if change.kind == EVERYTHING and all(sure):
                kept = part.days >= change.day
                seen[name] = _part(part, kept)
            else:
                seen[name] = part.changed(change)


def change_evidence(
    seen: Observations, layout: Layout, spreads: Spreads, kind: str, days: Sequence[int]
) -> np.ndarray:
    """Evidence of a change on each of some days.

    Returns:
        Logarithm of the marginal likelihood, to compare with ``fit(...).evidence``; the same as
        fitting ``seen.changed(...)`` day by day, from sums that all days share.
    """
    import numpy as np

    prior = prior_precision(seen, layout, spreads)
    weight = seen.trust / (spreads.luck + seen.extra)
    before, wanted_before = _sums_before(seen, weight, days)
    total = (seen.rows * weight[:, None]).T @ seen.rows
    wanted = seen.rows.T @ (weight * seen.values)
    split = np.array(seen.columns(kind))
    size, more = seen.size, len(split)
    after = total - before
    matrix = np.zeros((len(days), size + more, size + more))
    matrix[:, :size, :size] = total
    matrix[:, split, :size] = after[:, split, :]
    matrix[:, :size, split] = after[:, :, split]
    old = before[:, :, split].copy()
    old[:, split, :] = 0.0
    matrix[:, :size, size:] = old
    matrix[:, size:, :size] = old.transpose(0, 2, 1)
    matrix[:, size:, size:] = before[:, split][:, :, split]
    old_prior = prior[np.ix_(split, split)]
    matrix[:, :size, :size] += prior
    matrix[:, size:, size:] += old_prior
    side = np.zeros((len(days), size + more))
    side[:, :size] = wanted
    side[:, split] -= wanted_before[:, split]
    side[:, size:] = wanted_before[:, split]
    means = np.linalg.solve(matrix, side[:, :, None])[:, :, 0]
    squares = float(weight @ seen.values**2) - (side * means).sum(axis=1)
    log_dets = np.linalg.slogdet(matrix)[1]
    evidence: np.ndarray = (
        0.5 * (log_det(prior) + log_det(old_prior) - log_dets - squares)
    ) - constant(seen, spreads)
    return evidence


def _sums_before(
    seen: Observations, weight: np.ndarray, days: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted squares and products of the videos before each day."""
    import numpy as np

    squares = np.zeros((len(days), seen.size, seen.size))
    products = np.zeros((len(days), seen.size))
    low = 0
    for number, day in enumerate(days):
        high = int(np.searchsorted(seen.days, day))
        part = slice(low, high)
        weighted = seen.rows[part] * weight[part, None]
        squares[number] = squares[number - 1] + weighted.T @ seen.rows[part]
        products[number] = products[number - 1] + weighted.T @ seen.values[part]
        low = high
    return squares, products


def _stories(
    seen: Mapping[str, Observations],
    layout: Layout,
    guesses: Mapping[str, tuple[float, float]],
) -> tuple[dict[Story, float], dict[str, Spreads]]:
    names = tuple(seen)
    days = _days(next(iter(seen.values())))
    kinds = (EVERYTHING, LEVEL, *layout.values)
    quiet: dict[str, float] = {}
    calm: dict[str, Spreads] = {}
    found: dict[str, dict[str, np.ndarray]] = {}
    moved: dict[str, Spreads] = {}
    for name, part in seen.items():
        calm[name] = learn_spreads(part, layout, guesses[name])
        quiet[name] = fit(part, layout, calm[name]).evidence
        if days:
            found[name], moved[name] = _splits(part, layout, calm[name], kinds, days, guesses[name])
    nothing: Story = (None,) * len(names)
    chances: dict[Story, float] = {nothing: sum(quiet.values())}
    odds = -math.log(DAYS_BETWEEN_CHANGES) - math.log(len(kinds) * len(names) + 1)
    for number, day in enumerate(days):
        step = math.log(_STEP if days[-1] - day > _EVERY_DAY else 1)
        for name in names:
            for kind in kinds:
                story = tuple(Change(kind, day) if name == one else None for one in names)
                others = sum(value for one, value in quiet.items() if one != name)
                chances[story] = odds + step + float(found[name][kind][number]) + others
        every: Story = (Change(EVERYTHING, day),) * len(names)
        whole = sum(float(found[name][EVERYTHING][number]) for name in names)
        # With one number this is the same story as above; with several it is one of its own.
        chances[every] = odds + step + whole
    best = max(chances.values())
    weights = {story: math.exp(value - best) for story, value in chances.items()}
    total = sum(weights.values())
    stories = {story: weight / total for story, weight in weights.items()}
    likeliest = max(stories, key=lambda story: stories[story])
    spreads = {
        name: calm[name] if change is None else moved[name]
        for name, change in zip(names, likeliest, strict=True)
    }
    return stories, spreads


def _splits(
    part: Observations,
    layout: Layout,
    calm: Spreads,
    kinds: Sequence[str],
    days: Sequence[int],
    guess: tuple[float, float],
) -> tuple[dict[str, np.ndarray], Spreads]:
    """Evidence by kind and day, with the spreads that it is best with.

    They are learned anew for the best change: one taste for two times would take the change itself
    for luck, and then find nothing.
    """
    first = {kind: change_evidence(part, layout, calm, kind, days) for kind in kinds}
    kind = max(first, key=lambda one: float(first[one].max()))
    day = days[int(first[kind].argmax())]
    moved = learn_spreads(part.changed(Change(kind, day)), layout, guess)
    again = {one: change_evidence(part, layout, moved, one, days) for one in kinds}
    best_again = max(float(one.max()) for one in again.values())
    return (again, moved) if best_again > float(first[kind].max()) else (first, calm)


def _days(seen: Observations) -> list[int]:
    """Days on which taste may have changed: each of the last two weeks, every third before."""
    last = int(seen.days[-1])
    first = max(int(seen.days[0]) + QUIET_DAYS, last - _LOOK_BACK)
    days = sorted({int(day) for day in seen.days if day >= first})
    return [day for day in days if last - day <= _EVERY_DAY or day % _STEP == 0]


def _sure(stories: Mapping[Story, float], last: int) -> Story | None:
    """The likeliest story, if it is old enough and it or one of nearby days is beyond doubt."""
    best = max(stories, key=lambda story: stories[story])
    changes = [change for change in best if change is not None]
    if not changes or last - changes[0].day < QUIET_DAYS:
        return None
    chance = sum(value for story, value in stories.items() if _near(story, best))
    return best if chance >= _SETTLED else None


def _near(story: Story, best: Story) -> bool:
    return all(
        (one is None and other is None)
        or (
            one is not None
            and other is not None
            and one.kind == other.kind
            and abs(one.day - other.day) <= _NEAR_DAYS
        )
        for one, other in zip(story, best, strict=True)
    )


def _part(seen: Observations, kept: np.ndarray) -> Observations:
    return Observations(
        seen.rows[kept],
        seen.values[kept],
        seen.extra[kept],
        seen.trust[kept],
        seen.days[kept],
        seen.blocks,
    )
