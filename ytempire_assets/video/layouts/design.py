"""From a scene's content to its layers: the one door to all layouts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from ytempire_assets.video.backdrop import backdrop_layers
from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.layouts import (
    chart_bars,
    chart_line,
    closing,
    comparison,
    end_card,
    hook,
    ident,
    milestones,
    number,
    picture,
    points,
    spotlight,
    statement,
)
from ytempire_assets.video.layouts.choose import choose_layout
from ytempire_assets.video.layouts.chrome import chrome_layers
from ytempire_assets.video.layouts.stage import Stage
from ytempire_assets.video.look import Look
from ytempire_assets.video.scene import Brand, Layer, SceneBrief, SceneDesign

LAYOUTS: Mapping[str, Callable[[Stage], list[Layer]]] = MappingProxyType(
    {
        "hook": hook.draw,
        "number": number.draw,
        "chart_line": chart_line.draw,
        "chart_bars": chart_bars.draw,
        "comparison": comparison.draw,
        "timeline": milestones.draw,
        "statement": statement.draw,
        "spotlight": spotlight.draw,
        "points": points.draw,
        "closing": closing.draw,
        "ident": ident.draw,
        "picture": picture.draw,
        "end_card": end_card.draw,
    }
)
"""Every layout by its name; each draws the content layers of a stage, from back to front."""


def design_scene(
    brief: SceneBrief,
    look: Look,
    fmt: VideoFormat,
    brand: Brand,
    used: Sequence[str] = (),
) -> SceneDesign:
    """Draws one scene. The same arguments give the same bytes.

    Args:
        brief: What to show.
        look: The channel's colours, fonts and motif.
        fmt: The picture format.
        brand: The channel.
        used: Layouts of the scenes before, in order.

    Returns:
        Layers from back to front; the first is the backdrop, the rest stay inside the safe area and
        clear of the captions.

    Raises:
        InvalidInputError: Letters that the look's fonts cannot draw, or a font that is not there.
    """
    name = choose_layout(brief, used)
    stage = Stage(brief, look, fmt, brand)
    if brief.picture is not None:
        ground = picture.picture_layers(brief.picture, look, fmt, brief.number, brief.duration_s)
    else:
        present = 1.0 if name in _SPARSE else 0.35
        ground = backdrop_layers(
            look, fmt, brief.topic_title, brief.number, brief.duration_s, present=present
        )
    layers = (
        *ground,
        *(() if name in _BARE else chrome_layers(stage)),
        *LAYOUTS[name](stage),
    )
    return SceneDesign(name, describe(name, brief), layers)


_BARE = frozenset({"ident", "end_card"})
"""Layouts without progress line and brand row: they are the brand."""

_SPARSE = frozenset({"hook", "closing", "statement", "spotlight", "number", "ident", "end_card"})
"""Layouts with little on them, whose backdrop may show more."""


def describe(layout: str, brief: SceneBrief) -> str:
    """One sentence on what is shown."""
    line = f"“{brief.headline}”"
    if layout == "picture":
        return f"{line} on a picture"
    if layout == "ident":
        return "mark and name of the channel"
    if layout == "end_card":
        return f"sources: {', '.join(brief.points) or 'none'}; {', '.join(brief.credits)}"
    if layout in {"chart_line", "chart_bars"} and brief.series is not None:
        kind = "line" if layout == "chart_line" else "bars"
        return f"{line} over {len(brief.series.points)} values as {kind}: {brief.series.title}"
    if layout == "number" and brief.figure is not None:
        return f"{line} with {brief.figure.text} {brief.figure.unit} counting up"
    if layout == "comparison":
        labels = ", ".join(figure.label for figure in brief.figures[: comparison.MAX_FIGURES])
        return f"{line} with discs to scale: {labels}"
    if layout == "timeline":
        dates = ", ".join(event.date for event in brief.milestones[: milestones.MAX_MILESTONES])
        return f"{line} with a timeline: {dates}"
    if layout == "points":
        return f"{line} with {min(len(brief.points), points.MAX_POINTS)} numbered points"
    if layout == "spotlight":
        return f"“{spotlight.key_words(brief.headline, brief.emphasis)}” huge, with {line}"
    return f"{line} set large" if layout != "closing" else f"{line} with mark, name and handle"
