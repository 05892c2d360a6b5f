"""Two to four figures drawn to scale as discs: on one ground line, or in rows on tall frames."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ytempire_assets.video.animation import Pixels, clip_with_alpha, ease_out
from ytempire_assets.video.art import combine, disc, rect, text
from ytempire_assets.video.fonts import drawable
from ytempire_assets.video.formats import Box
from ytempire_assets.video.layouts.stage import (
    Split,
    Stage,
    headline_layers,
    split_with_headline,
)
from ytempire_assets.video.look import rgb
from ytempire_assets.video.scene import Figure, Layer, SceneBrief
from ytempire_assets.video.typesetting import text_width

MAX_FIGURES = 4
GROW_S = 0.8


def comparable(brief: SceneBrief) -> bool:
    """Whether the figures share a unit and can be drawn to one scale."""
    figures = brief.figures[:MAX_FIGURES]
    return (
        len(figures) >= 2
        and len({figure.unit.strip().casefold() for figure in figures}) == 1
        and all(math.isfinite(figure.value) and figure.value > 0 for figure in figures)
    )


def draw(stage: Stage) -> list[Layer]:
    """Headline, discs whose areas are to scale, value and name of each."""
    split = split_with_headline(stage, figure_share=0.66)
    return _downwards(stage, split) if stage.fmt.is_portrait else _across(stage, split)


def _downwards(stage: Stage, split: Split) -> list[Layer]:
    """One row a figure: its disc, and beside it value and name as large as they go."""
    look, figures, box = stage.look, stage.brief.figures[:MAX_FIGURES], split.figure
    row = min(box.height / len(figures), stage.px(330))
    roots = [math.sqrt(figure.value) for figure in figures]
    widest = min(row * 0.92, box.width * 0.4) / 2
    radii = [max(stage.px(5), widest * root / max(roots)) for root in roots]
    left = box.x + 2 * widest + stage.px(48)
    room = [box.right - left] * len(figures)
    values = stage.set_alike(
        [f"{figure.text} {figure.unit}".strip() for figure in figures],
        stage.display,
        stage.sizes(73, 33),
        room,
        row * 0.5,
        max_lines=2,
    )
    names = stage.set_alike(
        [figure.label for figure in figures],
        stage.body,
        stage.sizes(45, 28),
        room,
        row * 0.3,
        max_lines=2,
    )
    top = box.y + (box.height - row * len(figures)) / 2
    largest = max(range(len(figures)), key=lambda index: figures[index].value)
    middles = [top + (index + 0.5) * row for index in range(len(figures))]
    circles = [(box.x + widest, y, r) for y, r in zip(middles, radii, strict=True)]
    layers = [*headline_layers(stage, split), _discs(stage, circles, largest, grounded=False)]
    gap = stage.px(18)
    for index, (value, name, middle) in enumerate(zip(values, names, middles, strict=True)):
        y = middle - (value.height + gap + name.height) / 2
        layers += stage.layer(
            f"value-{index + 1}",
            text(value, left, y, look.accent if index == largest else look.ink)
            + text(name, left, y + value.height + gap, look.muted),
            enter_s=0.5 + 0.15 * index,
        )
    return layers


def _across(stage: Stage, split: Split) -> list[Layer]:
    """Discs on one ground line, the words below each."""
    look, figures = stage.look, stage.brief.figures[:MAX_FIGURES]
    box = split.figure
    radii, spots = _places(figures, box, stage)
    gap = stage.px(30)
    columns = _columns(spots, box, gap)
    widths = [right - left for left, right in columns]
    texts = [f"{figure.text} {figure.unit}".strip() for figure in figures]
    values = stage.set_alike(
        texts, stage.display, _value_sizes(stage, texts, widths), widths, stage.px(150), max_lines=2
    )
    names = stage.set_alike(
        [figure.label for figure in figures],
        stage.body,
        stage.sizes(38, 24),
        widths,
        stage.px(130),
        max_lines=3,
    )
    text_height = (
        stage.px(34)
        + max(block.height for block in values)
        + stage.px(20)
        + max(block.height for block in names)
    )
    diameter = 2 * max(radii)
    ground = box.y + min(box.height - text_height, (box.height - text_height + diameter) / 2)
    shrink = min(1.0, (ground - box.y) / diameter)
    radii = [radius * shrink for radius in radii]
    layers = headline_layers(stage, split)
    layers += stage.layer(
        "ground",
        rect(box.x, ground, box.width, stage.px(3), stage.hairline),
        enter_s=0.2,
        entrance="wipe",
        entrance_s=0.7,
    )
    largest = max(range(len(figures)), key=lambda index: figures[index].value)
    circles = [(left + r, ground - r, r) for left, r in zip(spots, radii, strict=True)]
    layers.append(_discs(stage, circles, largest, grounded=True))
    for index, (left, _) in enumerate(columns):
        value, name = values[index], names[index]
        y = ground + stage.px(34)
        layers += stage.layer(
            f"value-{index + 1}",
            text(value, left, y, look.accent if index == largest else look.ink)
            + text(name, left, y + value.height + stage.px(20), look.muted),
            enter_s=0.6 + 0.15 * index,
        )
    return layers


def _value_sizes(stage: Stage, texts: Sequence[str], widths: Sequence[float]) -> tuple[float, ...]:
    """The largest size at which every value stands on one line; any size when there is none."""
    sizes = stage.sizes(53, 24)
    for size in stage.sizes(53, 33):
        if all(
            text_width(drawable(words, stage.display.families), stage.display, size) <= width
            for words, width in zip(texts, widths, strict=True)
        ):
            return (size,)
    return sizes


def _places(figures: Sequence[Figure], box: Box, stage: Stage) -> tuple[list[float], list[float]]:
    """Radii with areas to scale, and each disc's left edge, px."""
    gap = stage.px(44)
    least = stage.px(190)
    roots = [math.sqrt(figure.value) for figure in figures]
    top = max(roots)
    room = box.width - gap * (len(figures) - 1)
    largest = min(box.height * 0.62, room) / 2
    for _ in range(40):
        widths = [max(least, 2 * largest * root / top) for root in roots]
        if sum(widths) <= room or largest < least / 2:
            break
        largest *= 0.96
    widths = [max(least, 2 * largest * root / top) for root in roots]
    spread = max(0.0, room - sum(widths)) / len(figures)
    lefts, x = [], float(box.x)
    for width in widths:
        lefts.append(x)
        x += width + spread + gap
    return [max(stage.px(3), largest * root / top) for root in roots], lefts


def _columns(lefts: Sequence[float], box: Box, gap: float) -> list[tuple[float, float]]:
    """Room for the words below each disc, px from left to right."""
    edges = [*lefts[1:], box.right + gap]
    return [(left, edge - gap) for left, edge in zip(lefts, edges, strict=True)]


def _discs(
    stage: Stage, circles: Sequence[tuple[float, float, float]], largest: int, *, grounded: bool
) -> Layer:
    """Discs (centre x, centre y, radius) that swell, their edges computed instead of drawn.

    ``grounded`` ones stand on their lowest point while they grow, others keep their centre.
    """
    import numpy as np

    colours = [
        rgb(stage.look.accent if index == largest else stage.panel) for index in range(len(circles))
    ]
    box = combine(disc(x, y, radius, "#000000") for x, y, radius in circles).box()
    columns = np.arange(box.width, dtype=np.float32)[None, :] + (box.x + 0.5)
    rows = np.arange(box.height, dtype=np.float32)[:, None] + (box.y + 0.5)

    def frame(progress: float) -> Pixels:
        grown = ease_out(progress)
        picture = np.zeros((box.height, box.width, 4), np.uint8)
        for (x, y, radius), colour in zip(circles, colours, strict=True):
            left, top = x - radius - box.x, y - radius - box.y
            part = (
                slice(max(0, int(top) - 1), int(top + 2 * radius) + 3),
                slice(max(0, int(left) - 1), int(left + 2 * radius) + 3),
            )
            middle = y + radius * (1 - grown) if grounded else y
            distance = np.hypot(columns[:, part[1]] - x, rows[part[0]] - middle)
            cover = np.clip(radius * grown + 0.5 - distance, 0.0, 1.0)
            target = picture[part]
            target[cover > 0, :3] = colour
            target[:, :, 3] = np.maximum(target[:, :, 3], (cover * 255).astype(np.uint8))
        return picture

    return Layer(
        "discs",
        "mov",
        clip_with_alpha(frame, GROW_S),
        box.x,
        box.y,
        box.width,
        box.height,
        enter_s=stage.in_time(0.3),
        entrance="cut",
    )
