"""A series as a line that draws itself from left to right, its last value called out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ytempire_assets.video.animation import Pixels, clip_with_alpha, ease_out, pixels
from ytempire_assets.video.art import Art, disc, polyline, rect, text
from ytempire_assets.video.formats import Box
from ytempire_assets.video.layouts.numbers import compact
from ytempire_assets.video.layouts.stage import Stage, headline_layers, split_with_headline
from ytempire_assets.video.scene import Layer, Series

DRAW_S = 1.1

MAX_VALUE = 1e100
"""Differences of larger values overflow; nothing that is charted comes near."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A value axis from ``low`` to ``high`` with round steps."""

    low: float
    high: float
    step: float

    def share(self, value: float) -> float:
        """Where ``value`` lies, 0 at ``low`` to 1 at ``high``."""
        return (value - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> list[float]:
        """The round values to label, low to high."""
        count = round((self.high - self.low) / self.step)
        return [self.low + index * self.step for index in range(count + 1)]


def round_axis(values: Sequence[float], *, steps: int = 4) -> Axis:
    """An axis around ``values`` (finite, not empty) that starts at zero unless they are far off."""
    low, high = min(values), max(values)
    if low > 0 and (high - low) > 0.25 * high:
        low = 0.0
    if high < 0 and (high - low) > 0.25 * -low:
        high = 0.0
    if high == low:
        low, high = (0.0, high) if high > 0 else (low, 0.0) if low < 0 else (0.0, 1.0)
    rough = (high - low) / steps
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= rough)
    return Axis(math.floor(low / step) * step, math.ceil(high / step - 1e-9) * step, step)


def finite_points(series: Series) -> tuple[tuple[str, float], ...]:
    """The points that can be drawn: neither missing nor beyond any real quantity."""
    return tuple(
        point for point in series.points if math.isfinite(point[1]) and abs(point[1]) <= MAX_VALUE
    )


def draw(stage: Stage) -> list[Layer]:
    """Headline, then the chart: grid lines, the line with its area, first and last label."""
    look, series = stage.look, stage.brief.series
    if series is None:
        return []
    points = finite_points(series)
    split = split_with_headline(stage, figure_share=0.64)
    layers = headline_layers(stage, split)
    title, plot_top = series_title(stage, series, split.figure)
    layers += stage.layer("title", title, enter_s=0.3, entrance="fade", entrance_s=0.3)
    axis = round_axis([value for _, value in points])
    labels = [
        stage.set(
            compact(tick),
            stage.body,
            stage.sizes(33 if stage.fmt.is_portrait else 28, 24),
            stage.px(160),
            stage.px(60),
            max_lines=1,
        )
        for tick in axis.ticks
    ]
    margin = max(label.width for label in labels) + stage.px(22)
    bottom = split.figure.bottom - stage.px(64)
    plot = Box(
        round(split.figure.x + margin),
        plot_top + stage.px(64),
        round(split.figure.width - margin - stage.px(22)),
        bottom - plot_top - stage.px(64),
    )
    grid = Art()
    for tick, label in zip(axis.ticks, labels, strict=True):
        y = plot.bottom - axis.share(tick) * plot.height
        grid += rect(
            plot.x,
            y - 1,
            split.figure.right - plot.x,
            stage.px(2),
            stage.hairline,
            opacity=0.9 if tick == axis.low else 0.55,
        )
        grid += text(
            label, plot.x - stage.px(22), y - label.cap_height / 2, look.muted, align="right"
        )
    layers += stage.layer("grid", grid + _ends(stage, points, plot), enter_s=0.25, entrance="fade")
    curve = [
        (
            plot.x + plot.width * index / max(1, len(points) - 1),
            plot.bottom - axis.share(value) * plot.height,
        )
        for index, (_, value) in enumerate(points)
    ]
    zero = plot.bottom - axis.share(min(max(0.0, axis.low), axis.high)) * plot.height
    layers.append(_line(stage, curve, plot, zero))
    return [*layers, *_last_value(stage, points, curve, split.figure)]


def series_title(stage: Stage, series: Series, box: Box) -> tuple[Art, int]:
    """Title and unit in one small line at the top of ``box``; also the row below it, px."""
    words = series.title
    if series.unit and series.unit.casefold() not in words.casefold():
        words = f"{words}, {series.unit}" if words else series.unit
    block = stage.set(
        words, stage.strong, stage.sizes(33, 24), box.width, stage.px(100), max_lines=2
    )
    return text(block, box.x, box.y, stage.look.muted), box.y + round(block.height)


def _ends(stage: Stage, points: Sequence[tuple[str, float]], plot: Box) -> Art:
    """The first and the last x label, and one between when there is room."""
    style, sizes = stage.body, stage.sizes(33 if stage.fmt.is_portrait else 28, 24)
    y = plot.bottom + stage.px(26)
    art, places = Art(), [(0, "left"), (len(points) - 1, "right")]
    third = plot.width / 3
    if len(points) >= 5 and len(points) % 2 == 1:
        places.append((len(points) // 2, "centre"))
    for index, align in places:
        block = stage.set(points[index][0], style, sizes, third, stage.px(60), max_lines=1)
        x = plot.x + plot.width * index / max(1, len(points) - 1)
        if align == "left":
            art += text(block, x, y, stage.look.muted)
        elif align == "right":
            art += text(block, x, y, stage.look.muted, align="right")
        else:
            art += text(block, x, y, stage.look.muted, align="centre")
    return art


def _line(stage: Stage, curve: Sequence[tuple[float, float]], plot: Box, zero: float) -> Layer:
    """Area and line uncovered up to a moving dot; painted once, masked per frame."""
    import numpy as np

    look, width, dot = stage.look, stage.px(9), stage.px(15)
    path = " ".join(f"L{x:.1f} {y:.1f}" for x, y in curve)
    area = Art(
        '<defs><linearGradient id="area" x1="0" y1="0" x2="0" y2="1">'
        f'<stop offset="0" stop-color="{look.accent}" stop-opacity="0.34"/>'
        f'<stop offset="1" stop-color="{look.accent}" stop-opacity="0.02"/></linearGradient></defs>'
        f'<path d="M{curve[0][0]:.1f} {zero:.1f} {path} L{curve[-1][0]:.1f} {zero:.1f} Z" '
        'fill="url(#area)"/>',
        plot.x,
        min(y for _, y in curve),
        curve[-1][0],
        plot.bottom,
    )
    line = area + polyline(curve, look.accent, width)
    reach = Art("", line.left - dot, line.top - dot, line.right + dot, line.bottom + 2)
    box = reach.box()
    painted = pixels(line, box)
    tip = disc(dot + 2, dot + 2, dot, look.accent) + disc(
        dot + 2, dot + 2, dot * 0.45, look.background
    )
    sprite = pixels(tip, Box(0, 0, 2 * dot + 4, 2 * dot + 4))
    columns = np.arange(box.width)

    def frame(progress: float) -> Pixels:
        x = curve[0][0] + (curve[-1][0] - curve[0][0]) * ease_in_out(progress)
        y = _height_at(curve, x)
        shown = np.clip(x - box.x - columns + 0.5, 0.0, 1.0)
        picture = painted.copy()
        picture[:, :, 3] = (painted[:, :, 3] * shown[None, :]).astype(np.uint8)
        _stamp(picture, sprite, round(x - box.x) - dot - 2, round(y - box.y) - dot - 2)
        return picture

    return Layer(
        "line",
        "mov",
        clip_with_alpha(frame, DRAW_S),
        box.x,
        box.y,
        box.width,
        box.height,
        enter_s=stage.in_time(0.45),
        entrance="cut",
    )


def ease_in_out(progress: float) -> float:
    """Slow, fast, slow: 0-1 to 0-1."""
    return ease_out(progress) * progress + progress * progress * (1 - progress)


def _height_at(curve: Sequence[tuple[float, float]], x: float) -> float:
    for (left, start), (right, end) in pairwise(curve):
        if x <= right:
            share = (x - left) / (right - left) if right > left else 0.0
            return start + (end - start) * share
    return curve[-1][1]


def _stamp(picture: Pixels, sprite: Pixels, x: int, y: int) -> None:
    """Puts ``sprite`` over ``picture`` at (x, y), in place, inside its edges."""
    height, width = sprite.shape[:2]
    top, left = max(0, y), max(0, x)
    bottom, right = min(picture.shape[0], y + height), min(picture.shape[1], x + width)
    part = sprite[top - y : bottom - y, left - x : right - x]
    solid = part[:, :, 3:] > 127
    target = picture[top:bottom, left:right]
    target[:] = part * solid + target * ~solid


def _last_value(
    stage: Stage,
    points: Sequence[tuple[str, float]],
    curve: Sequence[tuple[float, float]],
    box: Box,
) -> list[Layer]:
    """The last value beside the end of the line, above it when there is room."""
    value = stage.set(
        compact(points[-1][1]),
        stage.numerals,
        stage.sizes(73, 38),
        box.width / 2,
        stage.px(80),
        max_lines=1,
    )
    x, y = curve[-1]
    top = y - stage.px(34) - value.cap_height
    if top < box.y:
        top = y + stage.px(40)
    return stage.layer(
        "last-value",
        text(value, min(x + stage.px(15), box.right), top, stage.look.ink, align="right"),
        enter_s=0.45 + DRAW_S * 0.85,
        entrance="rise",
        entrance_s=0.35,
    )
