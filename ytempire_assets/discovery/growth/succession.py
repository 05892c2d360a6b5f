"""Succession: whether a model that learned from newer observations takes the place of the old one.

Belongs here: the comparison and the decision. A challenger is trained without the newest days, both
are judged on them, and the challenger wins only by more than noise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ytempire_assets.discovery.growth.backtest import before, compare, judge
from ytempire_assets.discovery.growth.model import HORIZON_D, GrowthModel
from ytempire_assets.discovery.growth.training import train
from ytempire_assets.errors import InvalidInputError

if TYPE_CHECKING:
    from ytempire_assets.discovery.growth.observations import Observations

SURE = 0.95
"""Share of bootstrap draws in which the challenger must rank better."""


@dataclass(frozen=True, slots=True)
class Succession:
    """What came of a comparison.

    Attributes:
        model: The new model, trained on all observations; None where the old one stays.
        reason: Why, in words.
        judged: Items that both were judged on.
        challenger: Rank correlation of the challenger's forecast with what happened.
        incumbent: The same of the old model.
        sure: Share of bootstrap draws in which the challenger is better.
    """

    model: GrowthModel | None
    reason: str
    judged: int = 0
    challenger: float | None = None
    incumbent: float | None = None
    sure: float | None = None


def succeed(seen: Observations, incumbent: GrowthModel, data: str) -> Succession:
    """Trains a challenger and compares it with the incumbent on the newest days.

    Args:
        seen: All observations.
        incumbent: The model in use.
        data: Where the observations come from, for the new model's card.
    """
    try:
        judged = judge(seen, HORIZON_D)
        challenger = train(before(seen, judged.cut_d), data)
    except InvalidInputError as error:
        return Succession(None, f"the model stays: {error.problem}")
    found = compare(challenger, incumbent, seen, judged, HORIZON_D)
    words = (
        f"rank correlation {found['challenger']:.3f} against {found['incumbent']:.3f} on "
        f"{len(judged.rows)} newest items, better in {found['sure']:.0%} of the draws"
    )
    figures = (len(judged.rows), found["challenger"], found["incumbent"], found["sure"])
    if found["difference"] <= 0 or found["sure"] < SURE:
        return Succession(None, f"the model stays: {words}", *figures)
    return Succession(train(seen, data), f"the new model is better: {words}", *figures)
