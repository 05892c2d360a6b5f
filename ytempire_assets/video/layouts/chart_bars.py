"""A series as bars that grow: rows with their labels above, or columns in wide frames."""

from __future__ import annotations

from collections.abc import Sequence

from ytempire_assets.video.animation import Pixels, clip_with_alpha, ease_out, pixels
from ytempire_assets.video.art import Art, combine, rect, text
from ytempire_assets.video.formats import Box
from ytempire_assets.video.layouts.chart_line import finite_points, series_title
from ytempire_assets.video.layouts.numbers import compact
from ytempire_assets.video.layouts.stage import Stage, headline_layers, split_with_headline
from ytempire_assets.video.scene import Layer

MAX_BARS = 7
GROW_S = 0.9


def draw(stage: Stage) -> list[Layer]:
    """Headline, series title, bars; the largest one in the accent colour."""
    series = stage.brief.series
    if series is None:
        return []
    points = finite_points(series)
    if len(points) > MAX_BARS:
        # Of a long series its largest values, still in their order.
        kept = sorted(range(len(points)), key=lambda index: -abs(points[index][1]))[:MAX_BARS]
        points = tuple(points[index] for index in sorted(kept))
    split = split_with_headline(stage, figure_share=0.64)
    title, top = series_title(stage, series, split.figure)
    top += stage.px(48)
    box = Box(split.figure.x, top, split.figure.width, split.figure.bottom - top)
    layers = headline_layers(stage, split)
    layers += stage.layer("title", title, enter_s=0.3, entrance="fade", entrance_s=0.3)
    return [*layers, *_rows(stage, points, box)]


def _rows(stage: Stage, points: Sequence[tuple[str, float]], box: Box) -> list[Layer]:
    look = stage.look
    values = [value for _, value in points]
    row = min(box.height / len(points), stage.px(170))
    sizes = stage.sizes(45 if stage.fmt.is_portrait else 33, 24)
    count = len(points)
    numbers = stage.set_alike(
        [compact(value) for value in values],
        stage.numerals,
        stage.sizes(53, 24),
        [box.width * 0.3] * count,
        row * 0.45,
        max_lines=1,
    )
    labels = stage.set_alike(
        [label for label, _ in points],
        stage.body,
        sizes,
        [box.width] * count,
        row * 0.4,
        max_lines=1,
    )
    room = box.width - max(block.width for block in numbers) - stage.px(20)
    low, high = min(0.0, *values), max(0.0, *values)
    reach = (high - low) or 1.0
    zero = box.x + room * -low / reach
    thick, gap = min(stage.px(46), row * 0.32), min(stage.px(24), row * 0.17)
    largest = max(range(len(values)), key=lambda index: abs(values[index]))
    bars: list[tuple[float, float, float, str]] = []
    tracks, names, written = Art(), Art(), Art()
    top = box.y + (round((box.height - row * len(points)) / 2) if stage.fmt.is_landscape else 0)
    for index, (value, name, number) in enumerate(zip(values, labels, numbers, strict=True)):
        y = top + index * row
        bar_y = y + name.cap_height + gap
        length = room * abs(value) / reach
        left = zero if value >= 0 else zero - length
        colour = look.accent if index == largest else stage.panel
        bars.append((left, bar_y, length, colour))
        tracks += rect(box.x, bar_y + thick / 2 - 1, room, stage.px(2), stage.hairline, opacity=0.6)
        names += text(name, box.x, y, look.ink)
        written += text(
            number,
            max(zero, left + length) + stage.px(20),
            bar_y + (thick - number.cap_height) / 2,
            look.accent if index == largest else look.ink,
        )
    return [
        *stage.layer("tracks", tracks + names, enter_s=0.25, entrance="fade"),
        _growing(stage, bars, zero, thick),
        *stage.layer(
            "values", written, enter_s=0.4 + GROW_S * 0.8, entrance="fade", entrance_s=0.3
        ),
    ]


def _growing(
    stage: Stage, bars: Sequence[tuple[float, float, float, str]], zero: float, thick: float
) -> Layer:
    """All bars in one animation, each starting a little after the one above.

    They are painted once; a bar comes out of the zero line with its rounded end first.
    """
    lag = 0.35 / max(1, len(bars) - 1)
    radius = min(stage.px(8), thick / 2)
    final = combine(
        rect(left, y, max(2.0, length), thick, colour, radius=radius)
        for left, y, length, colour in bars
    )
    box = final.box()
    painted = pixels(final, box)

    def frame(progress: float) -> Pixels:
        picture = painted.copy()
        for index, (left, y, length, _) in enumerate(bars):
            hidden = round(max(0.0, length) * (1 - ease_out((progress - index * lag) / 0.65)))
            if hidden == 0:
                continue
            rows = slice(int(y - box.y) - 1, int(y - box.y + thick) + 2)
            start, end = int(left - box.x) - 1, min(box.width, int(left - box.x + length) + 2)
            picture[rows, start:end] = 0
            if left >= zero - 0.5:
                picture[rows, start : end - hidden] = painted[rows, start + hidden : end]
            else:
                picture[rows, start + hidden : end] = painted[rows, start : end - hidden]
        return picture

    return Layer(
        "bars",
        "mov",
        clip_with_alpha(frame, GROW_S),
        box.x,
        box.y,
        box.width,
        box.height,
        enter_s=stage.in_time(0.4),
        entrance="cut",
    )
