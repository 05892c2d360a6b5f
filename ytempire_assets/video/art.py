"""Vector art with known bounds, and turning it into pixels with resvg.

Belongs here: shapes, set text as outlines, and the one place where SVG becomes PNG. Only numbers,
checked colours and font outlines ever enter the SVG: no text from outside does, so there is nothing
to escape and nothing to inject.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ytempire_assets.video.formats import Box
from ytempire_assets.video.typesetting import TextBlock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Align = Literal["left", "centre", "right"]


@dataclass(frozen=True, slots=True)
class Art:
    """An SVG fragment in frame coordinates and the bounds of what it paints, px."""

    svg: str = ""
    left: float = math.inf
    top: float = math.inf
    right: float = -math.inf
    bottom: float = -math.inf

    def __add__(self, other: Art) -> Art:
        return Art(
            self.svg + other.svg,
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be painted."""
        return self.right <= self.left or self.bottom <= self.top

    def box(self) -> Box:
        """The bounds with room for soft edges, on even pixels as 4:2:0 video wants them."""
        left, top = math.floor((self.left - 2) / 2) * 2, math.floor((self.top - 2) / 2) * 2
        right, bottom = math.ceil((self.right + 2) / 2) * 2, math.ceil((self.bottom + 2) / 2) * 2
        return Box(left, top, right - left, bottom - top)


def combine(parts: Iterable[Art]) -> Art:
    """All parts, the first one at the back."""
    return sum(parts, Art())


def rect(
    x: float,
    y: float,
    width: float,
    height: float,
    fill: str,
    *,
    radius: float = 0.0,
    opacity: float = 1.0,
) -> Art:
    """A filled rectangle."""
    if width <= 0 or height <= 0:
        return Art()
    radius = min(radius, width / 2, height / 2)
    return Art(
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" '
        f'rx="{radius:.2f}" fill="{fill}" fill-opacity="{opacity:.3f}"/>',
        x,
        y,
        x + width,
        y + height,
    )


def disc(x: float, y: float, radius: float, fill: str, *, opacity: float = 1.0) -> Art:
    """A filled circle around (x, y)."""
    return Art(
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}" fill="{fill}" '
        f'fill-opacity="{opacity:.3f}"/>',
        x - radius,
        y - radius,
        x + radius,
        y + radius,
    )


def ring(
    x: float, y: float, radius: float, stroke: str, width: float, *, opacity: float = 1.0
) -> Art:
    """A circle's outline, ``width`` px wide."""
    edge = radius + width / 2
    return Art(
        f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}" fill="none" stroke="{stroke}" '
        f'stroke-width="{width:.2f}" stroke-opacity="{opacity:.3f}"/>',
        x - edge,
        y - edge,
        x + edge,
        y + edge,
    )


def polyline(
    points: Iterable[tuple[float, float]],
    stroke: str,
    width: float,
    *,
    opacity: float = 1.0,
    dash: str = "",
) -> Art:
    """A line through ``points`` with round joins."""
    places = list(points)
    if len(places) < 2:
        return Art()
    path = " ".join(f"{x:.2f},{y:.2f}" for x, y in places)
    pattern = f' stroke-dasharray="{dash}"' if dash else ""
    return Art(
        f'<polyline points="{path}" fill="none" stroke="{stroke}" stroke-width="{width:.2f}" '
        f'stroke-opacity="{opacity:.3f}" stroke-linecap="round" stroke-linejoin="round"{pattern}/>',
        min(x for x, _ in places) - width / 2,
        min(y for _, y in places) - width / 2,
        max(x for x, _ in places) + width / 2,
        max(y for _, y in places) + width / 2,
    )


def text(
    block: TextBlock,
    x: float,
    y: float,
    fill: str,
    *,
    lit: str | None = None,
    align: Align = "left",
    lines: range | None = None,
    opacity: float = 1.0,
) -> Art:
    """A set block as outlines.

    Args:
        block: From ``typesetting.set_text``.
        x: Left edge, centre or right edge of every line by ``align``, px.
        y: Cap top of the first line of the whole block, px.
        fill: Colour of words.
        lit: Colour of emphasised words; ``fill`` when not given.
        align: How lines sit on ``x``.
        lines: Which lines to draw; all when not given.
        opacity: 0-1.
    """
    art = Art()
    for index in lines if lines is not None else range(len(block.lines)):
        line = block.lines[index]
        start = x - line.width * {"left": 0.0, "centre": 0.5, "right": 1.0}[align]
        baseline = y + block.baseline(index)
        for placed in line.words:
            if not placed.word.svg:
                continue
            colour = lit if placed.lit and lit else fill
            left, size = start + placed.x, block.size
            ink = placed.word.ink
            art += Art(
                f'<g transform="translate({left:.2f} {baseline:.2f}) scale({size:.3f})" '
                f'fill="{colour}" fill-opacity="{opacity:.3f}">{placed.word.svg}</g>',
                left + ink[0] * size,
                baseline + ink[1] * size,
                left + ink[2] * size,
                baseline + ink[3] * size,
            )
    return art


def coverage(art: Art, box: Box) -> NDArray[np.uint8]:
    """How much of each pixel inside ``box`` is painted by white ``art``: (height, width), 0-255."""
    import cv2
    import numpy as np

    # On opaque ground a fifth faster than reading the transparency.
    ground = rect(box.x, box.y, box.width, box.height, "#000000")
    pixels = cv2.imdecode(
        np.frombuffer(rasterise(ground + art, box), np.uint8), cv2.IMREAD_GRAYSCALE
    )
    return np.asarray(pixels, np.uint8)


def rasterise(art: Art, box: Box) -> bytes:
    """Paints the part of ``art`` inside ``box`` on transparent ground, as PNG bytes."""
    import resvg_py

    return resvg_py.svg_to_bytes(
        svg_string=(
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{box.width}" height="{box.height}" '
            f'viewBox="{box.x} {box.y} {box.width} {box.height}">{art.svg}</svg>'
        ),
        skip_system_fonts=True,
    )
