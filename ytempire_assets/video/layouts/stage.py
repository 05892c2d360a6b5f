"""What every layout works with: the grid of a format, the type scale, derived colours, layers.

Belongs here: what layouts share. What one kind of scene looks like is in its own module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ytempire_assets.video.art import Art, rasterise, text
from ytempire_assets.video.fonts import BOLD, FALLBACK, REGULAR
from ytempire_assets.video.formats import Box, VideoFormat
from ytempire_assets.video.look import Look, mix
from ytempire_assets.video.scene import Brand, Entrance, Layer, SceneBrief
from ytempire_assets.video.typesetting import TextBlock, TypeStyle, set_text

TYPE_SCALE = (24, 28, 33, 38, 45, 53, 62, 73, 86, 101, 119, 140, 165, 194, 228, 268, 316, 372)
"""Sizes in px on a 1080 px wide card, each about 1.18 of the one before."""

STAGGER_S = 0.09
"""Between parts that come in one after the other, so that the eye can follow."""


@dataclass(frozen=True)
class Stage:
    """One scene being designed: its content, and the means to draw it.

    All positions are frame pixels. ``content`` is where a layout may draw: inside the safe area,
    below the brand row, above the captions.
    """

    brief: SceneBrief
    look: Look
    fmt: VideoFormat
    brand: Brand

    @cached_property
    def unit(self) -> float:
        """Frame pixels per design pixel: sizes are thought out on a 1080 px wide card."""
        return min(self.fmt.width, self.fmt.height) / 1080

    @cached_property
    def content(self) -> Box:
        """Where layouts draw, px."""
        safe, captions = self.fmt.safe_box, self.fmt.captions_box
        top = safe.y + self.px(118 if self.fmt.is_portrait else 108)
        bottom = captions.y - self.px(56 if self.fmt.is_portrait else 36)
        return Box(safe.x, top, safe.width, bottom - top)

    def px(self, design_px: float) -> int:
        """Design pixels as whole frame pixels."""
        return max(1, round(design_px * self.unit))

    def sizes(self, largest: int, smallest: int) -> tuple[float, ...]:
        """The type scale from ``largest`` down to ``smallest`` design px, in frame px."""
        return tuple(
            size * self.unit for size in reversed(TYPE_SCALE) if smallest <= size <= largest
        )

    @cached_property
    def display(self) -> TypeStyle:
        """Large headings."""
        return TypeStyle(self._families(self.look.heading_font), BOLD, -0.022, 1.06)

    @cached_property
    def numerals(self) -> TypeStyle:
        """Large numbers, digits of one width so that they can count."""
        return TypeStyle(self._families(self.look.heading_font), BOLD, -0.03, 1.0, tabular=True)

    @cached_property
    def body(self) -> TypeStyle:
        """Running text."""
        return TypeStyle(self._families(self.look.body_font), REGULAR, -0.004, 1.28)

    @cached_property
    def strong(self) -> TypeStyle:
        """Labels that carry weight."""
        return TypeStyle(self._families(self.look.body_font), BOLD, -0.006, 1.2)

    @cached_property
    def label(self) -> TypeStyle:
        """Small capitals-like labels, set wide."""
        return TypeStyle(self._families(self.look.body_font), BOLD, 0.09, 1.3)

    def _families(self, first: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys((first, self.look.heading_font, self.look.body_font, FALLBACK)))

    @cached_property
    def hairline(self) -> str:
        """Fine lines and tracks."""
        return mix(self.look.background, self.look.ink, 0.20)

    @cached_property
    def panel(self) -> str:
        """Shapes that carry content without being the point."""
        return mix(self.look.background, self.look.ink, 0.24)

    def set(
        self,
        words: str,
        style: TypeStyle,
        sizes: Sequence[float],
        width: float,
        height: float,
        *,
        max_lines: int = 99,
        lit: Sequence[str] = (),
    ) -> TextBlock:
        """``typesetting.set_text`` in a box of ``width`` x ``height`` px."""
        return set_text(
            words, style, width=width, height=height, sizes=sizes, max_lines=max_lines, lit=lit
        )

    def set_alike(
        self,
        texts: Sequence[str],
        style: TypeStyle,
        sizes: Sequence[float],
        widths: Sequence[float],
        height: float,
        *,
        max_lines: int = 99,
    ) -> list[TextBlock]:
        """Sets several texts in one size: the largest at which each fits its own box."""
        places = list(zip(texts, widths, strict=True))
        size = min(
            self.set(words, style, sizes, width, height, max_lines=max_lines).size
            for words, width in places
        )
        return [
            self.set(words, style, (size,), width, height, max_lines=max_lines)
            for words, width in places
        ]

    def layer(
        self,
        name: str,
        art: Art,
        *,
        enter_s: float = 0.0,
        entrance: Entrance = "rise",
        entrance_s: float = 0.5,
    ) -> list[Layer]:
        """``art`` as a still layer of its own size; no layer when there is nothing to see."""
        if art.is_empty:
            return []
        box = art.box()
        return [
            Layer(
                name,
                "png",
                rasterise(art, box),
                box.x,
                box.y,
                box.width,
                box.height,
                enter_s=self.in_time(enter_s),
                entrance=entrance,
                entrance_s=entrance_s,
            )
        ]

    def in_time(self, enter_s: float) -> float:
        """``enter_s`` brought forward in short scenes: all is there by 60 % of the scene."""
        return round(min(enter_s, 0.6 * self.brief.duration_s), 3)

    def text_lines(
        self,
        name: str,
        block: TextBlock,
        x: float,
        y: float,
        fill: str,
        *,
        lit: str | None = None,
        enter_s: float = 0.0,
    ) -> list[Layer]:
        """A block whose lines are revealed one after the other from behind their lower edges."""
        layers: list[Layer] = []
        for index in range(len(block.lines)):
            layers += self.layer(
                f"{name}-{index + 1}",
                text(block, x, y, fill, lit=lit, lines=range(index, index + 1)),
                enter_s=enter_s + index * STAGGER_S,
                entrance="reveal",
                entrance_s=0.6,
            )
        return layers


@dataclass(frozen=True)
class Split:
    """A scene in two parts: its headline as set and placed, and the box left for its figure."""

    head: TextBlock
    head_x: int
    head_y: int
    figure: Box


def split_with_headline(stage: Stage, *, figure_share: float = 0.62) -> Split:
    """Headline above the figure, or left of it in landscape.

    Args:
        stage: The scene.
        figure_share: How much of the content's height (portrait, square) or width (landscape) the
            figure is to have at least.
    """
    content, words = stage.content, stage.brief.headline
    if stage.fmt.is_landscape:
        gap = stage.px(96)
        column = int((content.width - gap) * (1 - figure_share))
        head = stage.set(
            words,
            stage.display,
            stage.sizes(86, 38),
            column,
            content.height * 0.8,
            lit=stage.brief.emphasis,
        )
        y = content.y + round((content.height - head.height) / 2)
        left = content.x + column + gap
        return Split(head, content.x, y, Box(left, content.y, content.right - left, content.height))
    head = stage.set(
        words,
        stage.display,
        stage.sizes(86 if stage.fmt.is_portrait else 62, 33),
        content.width,
        content.height * (1 - figure_share) - stage.px(40),
        lit=stage.brief.emphasis,
    )
    gap = stage.px(72 if stage.fmt.is_portrait else 40) if head.lines else 0
    top = content.y + round(head.height) + gap
    return Split(
        head, content.x, content.y, Box(content.x, top, content.width, content.bottom - top)
    )


def headline_layers(stage: Stage, split: Split, *, enter_s: float = 0.18) -> list[Layer]:
    """The headline of a split scene, line by line."""
    return stage.text_lines(
        "headline",
        split.head,
        split.head_x,
        split.head_y,
        stage.look.ink,
        lit=stage.look.accent,
        enter_s=enter_s,
    )
