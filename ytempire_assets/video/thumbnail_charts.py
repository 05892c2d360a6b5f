"""Thumbnails that show the story's data: a line, columns, a number; key words when there is none.

Belongs here: what is where on them. The frame that they share with the other designs is in
``thumbnail_designs``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ytempire_assets.video.art import Art, disc, polyline, rect, text
from ytempire_assets.video.formats import Box
from ytempire_assets.video.layouts.chart_line import finite_points, round_axis
from ytempire_assets.video.layouts.choose import possible_layouts
from ytempire_assets.video.layouts.numbers import compact, number_and_words
from ytempire_assets.video.layouts.stage import Stage
from ytempire_assets.video.look import mix
from ytempire_assets.video.scene import Figure, Series
from ytempire_assets.video.shortening import strongest_words
from ytempire_assets.video.thumbnail_designs import (
    Drawing,
    accent_ink,
    chip,
    content_box,
    fit,
    quiet_ground,
    readable,
    sign,
)

if TYPE_CHECKING:
    from ytempire_assets.video.typesetting import TextBlock

MAX_COLUMNS = 5


def draw_chart(stage: Stage, plain: bool) -> Drawing:
    """The story's data, the most telling kind that there is; key words when there is none."""
    series, figure = stage.brief.series, stage.brief.figure
    kinds = possible_layouts(stage.brief)
    if "chart_line" in kinds and series is not None:
        return _line(stage, plain, series)
    if "chart_bars" in kinds and series is not None:
        points = finite_points(series)
        return _columns(stage, plain, [(name, value, compact(value)) for name, value in points])
    if "comparison" in kinds:
        return _columns(
            stage, plain, [(item.label, item.value, item.text) for item in stage.brief.figures]
        )
    if "number" in kinds and figure is not None:
        return _number(stage, plain, figure)
    return _key_words(stage, plain)


def _line(stage: Stage, plain: bool, series: Series) -> Drawing:
    """Title and last value above, the line over the whole width below."""
    look, fmt, box = stage.look, stage.fmt, content_box(stage)
    points = finite_points(series)
    numbers = [number for _, number in points]
    low, high = round_axis(numbers).low, max(numbers)
    top = fmt.height * (0.5 if fmt.is_portrait else 0.56)
    share = 1.0 if fmt.is_portrait else 0.6
    head_height = (top - box.y) * (0.52 if fmt.is_portrait else 0.95)
    head = _head(stage, box.width * share, head_height, 5)
    main = text(head, box.x, box.y, readable(look, look.background), lit=accent_ink(look))
    value = stage.set(
        compact(numbers[-1]), stage.numerals, stage.sizes(228, 62), box.width * 0.38,
        stage.px(170), max_lines=1,
    )  # fmt: skip
    unit = stage.set(
        series.unit, stage.strong, stage.sizes(62, 38), box.width * 0.38, stage.px(90), max_lines=1
    )
    dot = stage.px(24)
    floor, right = fmt.height - stage.px(130), box.right - dot
    if fmt.is_portrait:
        floor = box.bottom
    curve = [
        (
            right * index / (len(points) - 1),
            floor - (number - low) / ((high - low) or 1.0) * (floor - top - dot),
        )
        for index, number in enumerate(numbers)
    ]
    end_x, end_y = curve[-1]
    value_y = float(box.y)
    if fmt.is_portrait:
        # Above all of the line that is below the value, also where it falls towards its end.
        first = max(0, sum(x < box.right - box.width * 0.4 for x, _ in curve) - 1)
        highest = min(y for _, y in curve[first:])
        value_y = highest - value.height - unit.height - stage.px(90)
    path = " ".join(f"L{x:.1f} {y:.1f}" for x, y in curve)
    around = Art(
        '<defs><linearGradient id="area" x1="0" y1="0" x2="0" y2="1">'
        f'<stop offset="0" stop-color="{look.accent}" stop-opacity="0.45"/>'
        f'<stop offset="1" stop-color="{look.accent}" stop-opacity="0.08"/></linearGradient></defs>'
        f'<path d="M0 {fmt.height} {path} L{end_x:.1f} {fmt.height} Z" fill="url(#area)"/>',
        0, top, fmt.width, fmt.height,
    )  # fmt: skip
    around += polyline(curve, look.accent, stage.px(18))
    around += disc(end_x, end_y, dot, look.accent) + disc(end_x, end_y, dot * 0.45, look.background)
    labels_y = fmt.height - stage.px(84) if not fmt.is_portrait else box.bottom + stage.px(70)
    for label, x, align in ((points[0][0], box.x, "left"), (points[-1][0], box.right, "right")):
        block = stage.set(
            label, stage.strong, stage.sizes(53, 33), box.width * 0.4, stage.px(60), max_lines=1
        )
        around += text(block, x, labels_y, look.ink, align="left" if align == "left" else "right")
    around += text(value, box.right, value_y, look.accent, align="right")
    around += text(unit, box.right, value_y + value.height + stage.px(10), look.ink, align="right")
    return Drawing(quiet_ground(stage, plain), around + chip(stage, panel=False), main, head)


def _head(stage: Stage, width: float, height: float, most: int) -> TextBlock:
    """The title beside something else: as short as it takes to be large."""
    texts = strongest_words(stage.brief.headline, stage.brief.emphasis, most)
    return fit(stage, texts, stage.display, width, height, largest=200, goal=9)


def _columns(stage: Stage, plain: bool, items: Sequence[tuple[str, float, str]]) -> Drawing:
    """Title beside or above columns; the largest one in the accent colour.

    Args:
        stage: The thumbnail.
        plain: Without a motif behind.
        items: Name, value, and the value as people read it.
    """
    look, fmt, box = stage.look, stage.fmt, content_box(stage)
    if len(items) > MAX_COLUMNS:
        kept = sorted(range(len(items)), key=lambda index: -abs(items[index][1]))[:MAX_COLUMNS]
        items = [items[index] for index in sorted(kept)]
    if fmt.is_portrait:
        head = _head(stage, box.width, box.height * 0.36, 6)
        top = box.y + box.height * 0.42
        plot = Box(box.x, round(top), box.width, round(box.bottom - top))
    else:
        head = _head(stage, box.width * 0.46, box.height, 6)
        left = box.x + round(box.width * 0.52)
        plot = Box(left, fmt.top, box.right - left, fmt.height - 2 * fmt.top)
    head_y = box.y + (0.0 if fmt.is_portrait else (box.height - head.height) / 2)
    main = text(head, box.x, head_y, readable(look, look.background), lit=accent_ink(look))
    gap = stage.px(28)
    width = (plot.width - gap * (len(items) - 1)) / len(items)
    widths = [width] * len(items)
    values = stage.set_alike(
        [shown for _, _, shown in items], stage.numerals, stage.sizes(140, 38), widths,
        stage.px(150), max_lines=1,
    )  # fmt: skip
    names = stage.set_alike(
        [name for name, _, _ in items], stage.strong, stage.sizes(53, 33), widths,
        stage.px(120), max_lines=2,
    )  # fmt: skip
    numbers = [value for _, value, _ in items]
    low, high = min(0.0, *numbers), max(0.0, *numbers)
    tall = values[0].cap_height + stage.px(24)
    floor = plot.bottom - max(name.height for name in names) - stage.px(24)
    room = floor - plot.y - tall
    largest = max(range(len(items)), key=lambda index: abs(numbers[index]))
    around = Art()
    for index, (value, name) in enumerate(zip(values, names, strict=True)):
        x = plot.x + index * (width + gap)
        y_high, y_low = (
            floor - room * (edge - low) / ((high - low) or 1.0)
            for edge in (max(0.0, numbers[index]), min(0.0, numbers[index]))
        )
        colour = look.accent if index == largest else mix(look.background, look.ink, 0.34)
        height = max(stage.px(10), y_low - y_high)
        around += rect(x, y_high, width, height, colour, radius=stage.px(14))
        middle, ink = x + width / 2, accent_ink(look) if index == largest else look.ink
        around += text(value, middle, y_high - tall, ink, align="centre")
        around += text(name, middle, floor + stage.px(24), look.ink, align="centre")
    return Drawing(quiet_ground(stage, plain), around + chip(stage, panel=False), main, head)


def _number(stage: Stage, plain: bool, figure: Figure) -> Drawing:
    """The story's number as large as it goes, what it counts, and the title small."""
    look, fmt, box = stage.look, stage.fmt, content_box(stage)
    huge, words = number_and_words(figure.text)
    number = fit(
        stage, [huge], stage.numerals, box.width, box.height * 0.6, largest=560, max_lines=1
    )
    unit = stage.set(
        " ".join(part for part in (words, figure.unit) if part), stage.display,
        stage.sizes(268, 62), box.width, box.height * 0.3, max_lines=2,
    )  # fmt: skip
    gap = stage.px(64)
    rest = box.height - number.cap_height - unit.height - 2 * gap
    texts = strongest_words(stage.brief.headline, stage.brief.emphasis, 7)
    title = stage.set(
        texts[0] if texts else "", stage.strong, stage.sizes(86, 53), box.width,
        max(rest, stage.px(60)), max_lines=3 if fmt.is_portrait else 1,
    )  # fmt: skip
    total = number.cap_height + gap + unit.height + gap * 0.5 + title.height
    y = box.y + max(0.0, box.height - total) * (0.4 if fmt.is_portrait else 0.5)
    main = text(number, box.x, y, accent_ink(look))
    y += number.cap_height + gap
    around = Art() if plain else sign(stage, mix(look.background, look.accent_2, 0.14))
    around += text(unit, box.x, y, look.ink)
    around += text(title, box.x, y + unit.height + gap * 0.5, look.muted)
    return Drawing(quiet_ground(stage, plain), around + chip(stage, panel=False), main, number)


def _key_words(stage: Stage, plain: bool) -> Drawing:
    """One or two words, huge, beside the brand's sign."""
    look, fmt, box = stage.look, stage.fmt, content_box(stage)
    texts = strongest_words(stage.brief.headline, stage.brief.emphasis, 3)
    width = box.width if fmt.is_portrait else box.width * 0.6
    height = box.height * (0.5 if fmt.is_portrait else 0.8)
    block = fit(stage, texts, stage.display, width, height, largest=330, goal=11)
    bar = stage.px(22)
    room = (height if fmt.is_portrait else box.height) - block.height - 3 * bar
    y = box.y + max(0.0, room) / 2
    around = Art() if plain else sign(stage, look.accent)
    around += rect(
        box.x, y + block.height + 2 * bar, stage.px(260), bar, look.accent, radius=bar / 2
    )
    main = text(block, box.x, y, readable(look, look.background))
    return Drawing(quiet_ground(stage, plain), around + chip(stage, panel=False), main, block)
