"""Which layout a scene gets: by what it has to show, and not the same one twice in a row.

Belongs here: the choice alone. How a layout looks is in the module of its name.
"""

from __future__ import annotations

from collections.abc import Sequence

from ytempire_assets.video.layouts.chart_line import finite_points
from ytempire_assets.video.layouts.comparison import comparable
from ytempire_assets.video.layouts.numbers import number_and_words
from ytempire_assets.video.scene import SceneBrief

_BY_KIND = {"intro": "ident", "outro": "end_card"}


def choose_layout(brief: SceneBrief, used: Sequence[str] = ()) -> str:
    """The layout for ``brief``, the first that its content allows and that was not just used.

    Args:
        brief: The scene.
        used: Layouts of the scenes before, in order.

    Returns:
        A key of ``design.LAYOUTS``.
    """
    if brief.picture is not None:
        return "picture"
    if brief.kind == "hook" and brief.number == 1:
        return "hook"
    if brief.kind in _BY_KIND:
        return _BY_KIND[brief.kind]
    if brief.kind == "closing":
        return "closing"
    candidates = possible_layouts(brief)
    before = used[-1] if used else ""
    return next((name for name in candidates if name != before), candidates[0])


def takes_picture(brief: SceneBrief) -> bool:
    """Whether the scene has nothing of its own to draw, so that a picture would tell more."""
    if brief.kind not in {"hook", "fact"}:
        return False
    return possible_layouts(brief)[0] == "statement"


def possible_layouts(brief: SceneBrief) -> list[str]:
    """Layouts that the content allows, the most telling first; never empty."""
    names: list[str] = []
    if brief.series is not None and len(finite_points(brief.series)) >= 2:
        names.append("chart_line" if brief.series.kind == "line" else "chart_bars")
    if comparable(brief):
        names.append("comparison")
    if len(brief.milestones) >= 2:
        names.append("timeline")
    if brief.figure is not None and number_and_words(brief.figure.text)[0]:
        names.append("number")
    if len(brief.points) >= 2:
        names.append("points")
    # Always possible; of two scenes in a row without data the second shows its key word.
    return [*names, "statement", "spotlight"]
