"""The picture formats that a video is rendered in, and where in each one people can read.

Belongs here: sizes, frame rate, length limits and the margins that a platform's own buttons cover.
What a card looks like inside those margins is said by the layouts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in pixels from the frame's top left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column to the right of the box, px."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row below the box, px."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """One size of picture for one kind of player.

    Args:
        name: The key in ``FORMATS``.
        width: Pixels, even.
        height: Pixels, even.
        max_s: The longest video that the platform takes as this format, seconds.
        top: Rows at the top that the platform may cover, px.
        bottom: Rows at the bottom that the platform may cover, px.
        left: Columns at the left that the platform may cover, px.
        right: Columns at the right that the platform may cover, px.
        captions_height: Rows above ``bottom`` that are kept for captions, px.
        fps: Frames per second, constant.
    """

    name: str
    width: int
    height: int
    max_s: float
    top: int
    bottom: int
    left: int
    right: int
    captions_height: int
    fps: int = 30

    @property
    def is_portrait(self) -> bool:
        """Whether the picture is clearly taller than wide."""
        return self.height > self.width * 1.2

    @property
    def is_landscape(self) -> bool:
        """Whether the picture is clearly wider than tall."""
        return self.width > self.height * 1.2

    @property
    def safe_box(self) -> Box:
        """The part of the picture that no platform covers, px."""
        return Box(
            self.left,
            self.top,
            self.width - self.left - self.right,
            self.height - self.top - self.bottom,
        )

    @property
    def captions_box(self) -> Box:
        """Where captions are burned: centred on the frame, lowest in the safe area, px."""
        side = max(self.left, self.right)
        return Box(
            side,
            self.height - self.bottom - self.captions_height,
            self.width - 2 * side,
            self.captions_height,
        )


def _portrait(name: str, top: int, bottom: int, right: int) -> VideoFormat:
    return VideoFormat(
        name=name,
        width=1080,
        height=1920,
        max_s=60.0,
        top=top,
        bottom=bottom,
        left=80,
        right=right,
        captions_height=190,
    )


FORMATS: Mapping[str, VideoFormat] = MappingProxyType(
    {
        # YouTube's own title, buttons and channel row lie over the lowest fifth of a Short, the
        # like and share column over the right edge of its lower half.
        "youtube_shorts": _portrait("youtube_shorts", top=150, bottom=400, right=120),
        "tiktok": _portrait("tiktok", top=160, bottom=420, right=140),
        "instagram_reels": _portrait("instagram_reels", top=220, bottom=430, right=120),
        "youtube_long": VideoFormat(
            name="youtube_long",
            width=1920,
            height=1080,
            max_s=300.0,
            top=64,
            bottom=72,
            left=120,
            right=120,
            captions_height=118,
        ),
        "square": VideoFormat(
            name="square",
            width=1080,
            height=1080,
            max_s=60.0,
            top=64,
            bottom=64,
            left=72,
            right=72,
            captions_height=124,
        ),
    }
)
"""Every format by its name."""
