"""Pictures as video has them: limited-range BT.709 planes, with premultiplied transparency.

Belongs here: from RGBA to 4:2:0 planes, laying one over the other, and shifting by parts of a
pixel. What lies where and when is the compositor's concern.

Colours are 8-bit Y'CbCr, 16-235 and 16-240 (ITU-R BT.709-6), chroma sited between its four luma
samples. Cb and Cr share a plane (NV12): two blends instead of three, and what encoders work with.
Everything is OpenCV on arrays that are reused: a frame costs about a millisecond.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Plane: TypeAlias = "NDArray[np.uint8]"
"""(height, width) of luma, or (height, width, 2) of Cb and Cr."""

Planes: TypeAlias = tuple[Plane, Plane]
"""Y', and Cb with Cr in half its width and height."""

OFFSETS = (16, 128, 128)
"""What black and grey are in Y', Cb and Cr."""

PHASES = 8
"""Positions that a moving picture can take between two pixels: steps of 1/8 px are not seen."""

_REMEMBERED_PIXELS = 20_000


class Sprite:
    """A picture to lay over frames: per plane its premultiplied values and 255 minus its alpha.

    Width and height are even; positions are given when it is placed.

    Args:
        colour: Premultiplied planes.
        keep: How much of what lies below stays, 0-255, for every value of ``colour``.
    """

    __slots__ = ("_shifted", "colour", "keep")

    def __init__(self, colour: Planes, keep: Planes) -> None:
        self.colour = colour
        self.keep = keep
        self._shifted: dict[tuple[int, int, int], tuple[Plane, Plane]] = {}

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.colour[0].shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.colour[0].shape[0])

    def shifted(self, index: int, part_x: float, part_y: float) -> tuple[Plane, Plane]:
        """Colour and keep of plane ``index``, moved right and down by parts of a sample (0-1).

        Small sprites remember what was worked out: they are the ones that move all the time.
        """
        across, down = round(part_x * PHASES), round(part_y * PHASES)
        colour, keep = self.colour[index], self.keep[index]
        if not across and not down:
            return colour, keep
        key = (index, across, down)
        if key in self._shifted:
            return self._shifted[key]
        for steps_done, axis in ((across, 1), (down, 0)):
            if steps_done:
                colour = _shift(colour, steps_done / PHASES, axis, 0)
                keep = _shift(keep, steps_done / PHASES, axis, 255)
        if self.colour[0].size <= _REMEMBERED_PIXELS:
            self._shifted[key] = (colour, keep)
        return colour, keep


@lru_cache(maxsize=1)
def _matrix() -> NDArray[np.float32]:
    """RGB 0-255 to Y'CbCr: three factors and the offset for each component."""
    import numpy as np

    red, blue = 0.2126, 0.0722
    luma = np.array([red, 1 - red - blue, blue])
    cb = (np.array([0.0, 0.0, 1.0]) - luma) / (2 * (1 - blue))
    cr = (np.array([1.0, 0.0, 0.0]) - luma) / (2 * (1 - red))
    factors = np.stack([luma * 219, cb * 224, cr * 224]) / 255
    return np.column_stack([factors, OFFSETS]).astype(np.float32)


@lru_cache(maxsize=1)
def _covered_matrix() -> NDArray[np.float32]:
    """Premultiplied RGBA to premultiplied Y'CbCr: the offsets are covered in part as well."""
    matrix = _matrix().copy()
    matrix[:, 3] /= 255
    return matrix


def picture_planes(rgb: NDArray[np.uint8]) -> Planes:
    """An opaque (height, width, 3) RGB picture as planes; odd sides lose their last line."""
    import cv2

    height, width = (side - side % 2 for side in rgb.shape[:2])
    whole = cv2.transform(rgb[:height, :width], _matrix())
    return cv2.extractChannel(whole, 0), _chroma(_half(whole))


def sprite(rgba: NDArray[np.uint8]) -> Sprite:
    """A (height, width, 4) RGBA picture with straight alpha as a sprite of even size."""
    import cv2
    import numpy as np

    height, width = rgba.shape[:2]
    if height % 2 or width % 2:
        rgba = np.pad(rgba, ((0, height % 2), (0, width % 2), (0, 0)))
    alpha = cv2.extractChannel(rgba, 3)
    share = cv2.merge([alpha, alpha, alpha, np.full_like(alpha, 255)])
    premultiplied = cv2.multiply(rgba, share, scale=1 / 255)
    half = _half(premultiplied)
    luma: Plane = cv2.transform(premultiplied, _covered_matrix()[:1])
    chroma: Plane = cv2.transform(half, _covered_matrix()[1:])
    keep = cv2.bitwise_not(cv2.extractChannel(half, 3))
    return Sprite((luma, chroma), (cv2.bitwise_not(alpha), cv2.merge([keep, keep])))


def edged_sprite(
    shape: NDArray[np.uint8],
    around: NDArray[np.uint8],
    ink: tuple[int, int, int],
    edge: tuple[int, int, int],
) -> Sprite:
    """A shape of one colour on a wider one of another, without a picture in between.

    Args:
        shape: How much of each pixel the shape covers, (height, width) of even size, 0-255.
        around: How much shape and edge cover together; at least ``shape`` everywhere.
        ink: Colour of the shape, RGB.
        edge: Colour of the edge, RGB.
    """
    import cv2
    import numpy as np

    colours = np.array([[ink, edge]], np.uint8)
    inks, edges = cv2.transform(colours, _matrix())[0].astype(float) / 255
    small, small_around = _half(shape), _half(around)
    # What is covered: ink where the shape is, and the edge on the rest of what is around it.
    luma, cb, cr = (
        cv2.addWeighted(part, inks[index] - edges[index], whole, edges[index], 0)
        for index, (part, whole) in enumerate(
            ((shape, around), (small, small_around), (small, small_around))
        )
    )
    keep = cv2.bitwise_not(small_around)
    return Sprite((luma, cv2.merge([cb, cr])), (cv2.bitwise_not(around), cv2.merge([keep, keep])))


def _chroma(components: NDArray[np.uint8]) -> Plane:
    """Cb and Cr of (height, width, 3) Y'CbCr."""
    import cv2
    import numpy as np

    both = np.empty((*components.shape[:2], 2), np.uint8)
    cv2.mixChannels([components], [both], [1, 0, 2, 1])
    return both


def _half(plane: Plane) -> Plane:
    import cv2

    size = (plane.shape[1] // 2, plane.shape[0] // 2)
    half: Plane = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return half


def blank(width: int, height: int) -> Planes:
    """Black planes of a frame's size, to be drawn on."""
    import numpy as np

    return (
        np.full((height, width), 16, np.uint8),
        np.full((height // 2, width // 2, 2), 128, np.uint8),
    )


@dataclass(frozen=True, slots=True)
class Patch:
    """Part of one plane that is overwritten with ``colour`` over what ``keep`` leaves of it."""

    plane: int
    rows: slice
    columns: slice
    colour: Plane
    keep: Plane


Placement: TypeAlias = tuple[Patch, ...]
"""A sprite in its place; worked out once, drawn on as many frames as it stays."""


def place(
    picture: Sprite,
    size: tuple[int, int],
    x: float,
    y: float,
    *,
    opacity: float = 1.0,
    uncovered: float = 1.0,
    window: tuple[int, int, int, int] | None = None,
) -> Placement:
    """Where ``picture`` changes frames of ``size``; what lies outside is cut off.

    Args:
        picture: What to lay.
        size: Width and height of the frames, px.
        x: Its left edge, px; parts of a pixel are drawn as such.
        y: Its top edge, px.
        opacity: 0-1.
        uncovered: 0-1 of its width, from the left, with a soft edge of one pixel.
        window: Left, top, right and bottom outside of which nothing is drawn, even px.
    """
    if opacity <= 0.002 or uncovered <= 0.0:
        return ()
    left, top, right, bottom = window or (0, 0, *size)
    bounds = (max(0, left), max(0, top), min(size[0], right), min(size[1], bottom))
    patches: list[Patch] = []
    for index in range(2):
        share = index + 1
        patches += _patches(
            index,
            picture,
            x / share,
            y / share,
            opacity,
            uncovered * picture.width / share if uncovered < 1.0 else math.inf,
            (bounds[0] // share, bounds[1] // share, bounds[2] // share, bounds[3] // share),
        )
    return tuple(patches)


def draw(frame: Planes, placement: Placement) -> None:
    """Lays a placed sprite over ``frame`` in place."""
    for patch in placement:
        over(frame[patch.plane][patch.rows, patch.columns], patch.colour, patch.keep)


def over(target: Plane, colour: Plane, keep: Plane) -> None:
    """Lays premultiplied ``colour`` over what ``keep`` leaves of ``target``, in place."""
    import cv2

    below = cv2.multiply(target, keep, scale=1 / 255)
    cv2.add(below, colour, dst=target)


def _patches(
    index: int,
    picture: Sprite,
    x: float,
    y: float,
    opacity: float,
    shown: float,
    bounds: tuple[int, int, int, int],
) -> list[Patch]:
    left, top = math.floor(x + 1 / 64), math.floor(y + 1 / 64)
    colour, keep = picture.shifted(index, x - left, y - top)
    rows, columns = colour.shape[:2]
    edge = math.floor(shown) if shown < columns else columns
    x0, y0 = max(left, bounds[0]), max(top, bounds[1])
    x1, y1 = min(left + edge, bounds[2]), min(top + rows, bounds[3])
    if y1 <= y0:
        return []
    height = slice(y0 - top, y1 - top)
    patches = []
    if x1 > x0:
        inside = slice(x0 - left, x1 - left)
        patches.append(
            Patch(
                index,
                slice(y0, y1),
                slice(x0, x1),
                *_faded(colour[height, inside], keep[height, inside], opacity),
            )
        )
    column = left + edge
    if edge < columns and shown - edge > 1 / 64 and bounds[0] <= column < bounds[2]:
        inside = slice(edge, edge + 1)
        patches.append(
            Patch(
                index,
                slice(y0, y1),
                slice(column, column + 1),
                *_faded(colour[height, inside], keep[height, inside], opacity * (shown - edge)),
            )
        )
    return patches


def _shift(plane: Plane, part: float, axis: int, outside: int) -> Plane:
    """Moved right or down by ``part`` of a pixel, one line larger, linearly interpolated."""
    import cv2

    after = (0, 1, 0, 0) if axis == 0 else (0, 0, 0, 1)
    before = (1, 0, 0, 0) if axis == 0 else (0, 0, 1, 0)
    around = [outside, outside]
    first = cv2.copyMakeBorder(plane, *after, cv2.BORDER_CONSTANT, value=around)
    second = cv2.copyMakeBorder(plane, *before, cv2.BORDER_CONSTANT, value=around)
    moved: Plane = cv2.addWeighted(first, 1 - part, second, part, 0)
    return moved


def _faded(colour: Plane, keep: Plane, opacity: float) -> tuple[Plane, Plane]:
    import cv2

    if opacity >= 0.998:
        return colour, keep
    weak: Plane = cv2.convertScaleAbs(colour, alpha=opacity)
    more: Plane = cv2.convertScaleAbs(keep, alpha=opacity, beta=255 * (1 - opacity))
    return weak, more


def mix(frame: Planes, other: Planes, share: float) -> None:
    """Blends ``share`` (0-1) of ``other`` into ``frame`` in place."""
    import cv2

    for plane, under in zip(frame, other, strict=True):
        cv2.addWeighted(plane, 1 - share, under, share, 0, dst=plane)


class Ground:
    """A picture at least as large as the frame, seen through a window that moves smoothly.

    The window stands on steps of 1/8 of a sample; each step between two is interpolated once with
    six taps (Lanczos) and kept, so that motion costs no more than copying.
    """

    def __init__(self, planes: Planes) -> None:
        self._planes = planes
        self._shifted: dict[tuple[int, int, int], Plane] = {}

    def draw(self, frame: Planes, x: float, y: float) -> None:
        """Fills ``frame`` with the picture, its top left corner at (``x``, ``y``) <= 0, px."""
        import numpy as np

        for index, plane in enumerate(frame):
            share = index + 1
            steps_x, steps_y = round(-x / share * PHASES), round(-y / share * PHASES)
            picture = self._at(index, steps_x % PHASES, steps_y % PHASES)
            left, top = steps_x // PHASES, steps_y // PHASES
            rows, columns = plane.shape[:2]
            # At the very end of its room the window stands on whole pixels.
            top = max(0, min(top, picture.shape[0] - rows))
            left = max(0, min(left, picture.shape[1] - columns))
            np.copyto(plane, picture[top : top + rows, left : left + columns])

    def _at(self, index: int, part_x: int, part_y: int) -> Plane:
        key = (index, part_x, part_y)
        if key not in self._shifted:
            self._shifted[key] = _interpolated(
                self._planes[index], part_x / PHASES, part_y / PHASES
            )
        return self._shifted[key]


def _interpolated(plane: Plane, part_x: float, part_y: float) -> Plane:
    """``plane`` as seen from (``part_x``, ``part_y``) of a pixel further right and down."""
    if part_x == 0 and part_y == 0:
        return plane
    import cv2

    moved: Plane = cv2.sepFilter2D(
        plane, -1, _taps(part_x), _taps(part_y), borderType=cv2.BORDER_REPLICATE
    )
    return moved


@lru_cache(maxsize=64)
def _taps(part: float) -> NDArray[np.float32]:
    """Taps around the centre that read the signal ``part`` of a sample later (Lanczos 3)."""
    import numpy as np

    if part == 0:
        return np.ones(1, np.float32)

    distance = np.arange(-3, 4) - part
    weights = np.sinc(distance) * np.sinc(distance / 3) * (np.abs(distance) < 3)
    taps: NDArray[np.float32] = (weights / weights.sum()).astype(np.float32)
    return taps
