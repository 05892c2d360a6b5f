"""Fits the weights of the score anew: ``python -m ytempire_assets_tests.discovery.topics.fitting``.

Belongs here: what ``likeness.py`` says of its weights, to be run when a measure, a list of words or
the ``tune`` part of the labelled titles changes. It prints the weights; nothing reads them from
here. The ``held_out`` part is never looked at.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.topics import likeness, merging
from ytempire_assets.discovery.topics.candidates import candidate_pairs
from ytempire_assets.discovery.topics.clustering import may_be_one
from ytempire_assets.discovery.topics.items import items_of
from ytempire_assets.discovery.topics.likeness import Weighed, measure, weigh
from ytempire_assets.discovery.topics.profiles import profiles_of
from ytempire_assets.discovery.topics.readings import read_titles
from ytempire_assets_tests.discovery.topics.labelled import load, signals_of
from ytempire_assets_tests.discovery.topics.stories import make_signals

PENALTY = 0.003
"""Of the squares of the weights, each measure scaled by its standard deviation."""
STRANGER = 0.5
"""Weight of a pair of two families, beside 1 for one within a family: there are many more."""
MADE_UP_SAME, MADE_UP_DIFFERENT = 0.02, 0.1
"""Weights of pairs of made-up titles, whose many frames the labelled titles have too few of."""
AMID = 3000
"""Made-up signals among which the labelled titles are measured a second time: words are rarer in a
small batch than in a day's."""

_NEGATIVE = ("name clash", "name conflict", "frame", "thin", "days")
_MEASURES = (
    "cosine",
    "containment",
    "ruzicka",
    "information",
    "units",
    "name containment",
    "event containment",
    "name clash",
    "name conflict",
    "grams",
    "numbers",
    "context",
    "days",
    "thin",
    "frame",
)
"""Measures with a weight of their own, beside the bias."""


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Measured pairs.

    Attributes:
        measures: float64, (pairs, measures), in the order of ``_MEASURES``.
        same: bool, (pairs,), whether they tell one story.
        two: bool, (pairs,), whether they are in two languages.
        weights: float64, (pairs,).
    """

    measures: Any
    same: Any
    two: Any
    weights: Any


def fit() -> tuple[dict[str, float], dict[str, float]]:
    """Fits the weights on the ``tune`` part and on made-up stories.

    Returns:
        The weights for one language and for two, by measure.
    """
    parts = [_labelled(0), _labelled(AMID), _made_up()]
    measures = np.vstack([part.measures for part in parts])
    same = np.concatenate([part.same for part in parts])
    two = np.concatenate([part.two for part in parts])
    # A sum of one, so that the penalty weighs more where there are fewer pairs.
    weights = np.concatenate([part.weights for part in parts])
    weights /= weights.sum()
    return (
        _fit(measures[~two], same[~two], weights[~two]),
        _fit(measures[two], same[two], weights[two]),
    )


def _fit(measures: Any, same: Any, weights: Any) -> dict[str, float]:
    scale = measures.std(axis=0) + 1e-9
    scaled = measures / scale

    def loss(values: Any) -> tuple[float, Any]:
        odds = scaled @ values[:-1] + values[-1]
        wrong = weights * (1.0 / (1.0 + np.exp(-odds)) - same)
        total = float(weights @ np.logaddexp(0.0, np.where(same, -odds, odds)))
        slopes = np.append(scaled.T @ wrong + PENALTY * values[:-1], wrong.sum())
        return total + PENALTY / 2.0 * float(values[:-1] @ values[:-1]), slopes

    bounds = [(None, 0.0) if name in _NEGATIVE else (0.0, None) for name in _MEASURES]
    found = optimize.minimize(
        loss, np.zeros(len(bounds) + 1), jac=True, bounds=[*bounds, (None, None)], method="L-BFGS-B"
    ).x
    values = dict(zip(_MEASURES, (found[:-1] / scale).tolist(), strict=True))
    values["bias"] = float(found[-1])
    return {name: round(value, 2) for name, value in values.items() if abs(value) >= 0.005}


def _labelled(amid: int) -> _Pairs:
    """All pairs of labelled titles that share something, among so many made-up ones."""
    titles = load("tune")
    signals = signals_of(titles)
    others = make_signals(amid, seed=3)[0] if amid else []
    rows, weighed = _weighed([*signals, *others])
    place = np.array([rows[signal.source, signal.item] for signal in signals])
    left, right = np.triu_indices(len(titles), 1)
    stories = np.array([title.story for title in titles])
    families = np.array([title.family for title in titles])
    same, family = stories[left] == stories[right], families[left] == families[right]
    measures = measure(weighed, place[left], place[right])
    alike = (measures["cosine"] > 0.08) | (measures["grams"] > 0.15) | family
    kept = np.flatnonzero(alike & _possible(weighed, place[left], place[right]))
    return _pairs(
        weighed,
        place[left[kept]],
        place[right[kept]],
        same[kept],
        np.where(family, 1.0, STRANGER)[kept],
    )


def _made_up() -> _Pairs:
    signals, story_of = make_signals(1500, seed=1)
    rows, weighed = _weighed(signals)
    stories = np.empty(len(rows), dtype=object)
    for signal in signals:
        stories[rows[signal.source, signal.item]] = story_of[signal.item]
    left, right = candidate_pairs(weighed)
    kept = np.flatnonzero(_possible(weighed, left, right))
    left, right = left[kept], right[kept]
    same = stories[left] == stories[right]
    chance = np.random.default_rng(0)
    some = np.concatenate(
        [
            chance.permutation(np.flatnonzero(same))[:600],
            chance.permutation(np.flatnonzero(~same))[:1500],
        ]
    )
    same = same[some]
    weights = np.where(same, MADE_UP_SAME, MADE_UP_DIFFERENT)
    return _pairs(weighed, left[some], right[some], same, weights)


def _weighed(signals: list[Signal]) -> tuple[dict[tuple[str, str], int], Weighed]:
    items = items_of(signals)
    readings = read_titles([merging._title_of_item(item) for item in items])
    profiles = profiles_of(readings, [merging._facts_of_item(item) for item in items], None)
    return {(one.source, one.item): row for row, one in enumerate(items)}, weigh(profiles)


def _possible(weighed: Weighed, left: Any, right: Any) -> Any:
    """Which pairs are scored at all: for the others something decides before."""
    profiles = weighed.profiles
    return np.array(
        [
            may_be_one(profiles, one, other)
            for one, other in zip(left.tolist(), right.tolist(), strict=True)
        ]
    )


def _pairs(weighed: Weighed, left: Any, right: Any, same: Any, weights: Any) -> _Pairs:
    measures = measure(weighed, left, right)
    codes = weighed.languages
    two = (codes[left] != codes[right]) & (codes[left] > 0) & (codes[right] > 0)
    return _Pairs(np.column_stack([measures[name] for name in _MEASURES]), same, two, weights)


if __name__ == "__main__":
    for name, weights in zip(("_ONE_LANGUAGE", "_TWO_LANGUAGES"), fit(), strict=True):
        now = getattr(likeness, name)
        sys.stdout.write(f"{name} = {weights}\n  now {now}\n")
