"""Laying layers that have come to rest together once, instead of one by one on every frame.

Belongs here: which clips may be joined, joining their sprites, and leaving out what is empty of
those that stay. What a clip shows before it rests is the compositor's.

Ten layers of a card are ten small blends a frame, and most of their cost is starting each. After
its entrances a card is a handful of sprites.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ytempire_assets.video.composition import PictureClip, Property
from ytempire_assets.video.formats import Box
from ytempire_assets.video.planes import Patch, Placement, Plane, Sprite, over

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMPTY_PIXELS = 90_000
"""How much empty room a joined sprite may hold: blending it takes as long as starting a blend."""

CUT_PIXELS = 12_000
"""An empty part as large as this is left out: starting one more blend costs less."""

MIN_FRAMES = 30
"""Joining takes as long as it saves in about a second."""


@dataclass(frozen=True, slots=True)
class Rest:
    """How a clip ends up.

    Args:
        frame: From when on nothing about it changes; None when something does until the end.
        reach: Everything that it ever covers.
    """

    frame: int | None
    reach: Box


def rest_of(clip: PictureClip, values: Mapping[Property, NDArray[np.float64]]) -> Rest:
    """When and where a clip comes to rest.

    Args:
        clip: The clip.
        values: Its properties at every frame of its scene.
    """
    import numpy as np

    spans = []
    for name, size in (("dx", clip.x), ("dy", clip.y)):
        track = values.get(name)  # type: ignore[call-overload]
        low, high = (0.0, 0.0) if track is None else (float(track.min()), float(track.max()))
        spans.append((int(np.floor(size + low)) - 2, int(np.ceil(size + high)) + 2))
    (left, right), (top, bottom) = spans
    reach = Box(left, top, right - left + clip.width, bottom - top + clip.height)
    still = clip.media == "png" and clip.x % 2 == 0 and clip.y % 2 == 0
    ends = {"dx": 0.0, "dy": 0.0, "opacity": 1.0, "uncovered": 1.0}
    frame = clip.first_frame
    for name, track in values.items():
        moving = np.flatnonzero(np.abs(track - ends[name]) > 1e-6)
        if len(moving):
            frame = max(frame, int(moving[-1]) + 1)
        still = still and (not len(moving) or int(moving[-1]) < len(track) - 1)
    return Rest(frame if still else None, reach)


def joinable(rests: Sequence[Rest], by: int) -> list[int]:
    """Which of the clips, back to front, may be laid together once they rest.

    One may not when another that goes on changing lies below it and they touch: joined clips are
    laid before those.

    Args:
        rests: Of each clip.
        by: Frame at which they must have come to rest.
    """
    chosen: list[int] = []
    restless: list[Box] = []
    for index, rest in enumerate(rests):
        free = rest.frame is not None and rest.frame <= by
        if free and not any(_touch(rest.reach, other) for other in restless):
            chosen.append(index)
        elif chosen:  # those below every joined clip are laid before them anyway
            restless.append(rest.reach)
    return chosen


def _touch(one: Box, other: Box) -> bool:
    return (
        one.x < other.right
        and other.x < one.right
        and one.y < other.bottom
        and other.y < one.bottom
    )


def join(parts: Sequence[tuple[Sprite, int, int]]) -> list[tuple[Sprite, int, int]]:
    """Sprites at even places, back to front, as fewer ones that look the same.

    Those that lie close together are joined, as long as little empty room is between them.
    """
    groups: list[list[tuple[Sprite, int, int]]] = []
    for part in parts:
        for group in groups:
            room = _around([*group, part])
            covered = sum(sprite.width * sprite.height for sprite, _, _ in [*group, part])
            if room.width * room.height - covered <= EMPTY_PIXELS:
                group.append(part)
                break
        else:
            groups.append([part])
    return [_joined(group) if len(group) > 1 else group[0] for group in groups]


def _around(group: Sequence[tuple[Sprite, int, int]]) -> Box:
    left, top = min(x for _, x, _ in group), min(y for _, _, y in group)
    right = max(x + sprite.width for sprite, x, _ in group)
    bottom = max(y + sprite.height for sprite, _, y in group)
    return Box(left, top, right - left, bottom - top)


def _joined(group: Sequence[tuple[Sprite, int, int]]) -> tuple[Sprite, int, int]:
    import numpy as np

    box = _around(group)
    half = (box.height // 2, box.width // 2, 2)
    shapes = ((box.height, box.width), half)
    luma, chroma = (np.zeros(shape, np.uint8) for shape in shapes)
    keep_luma, keep_chroma = (np.full(shape, 255, np.uint8) for shape in shapes)
    for sprite, x, y in group:
        for index, (colour, keep) in enumerate(((luma, keep_luma), (chroma, keep_chroma))):
            share = index + 1
            top, left = (y - box.y) // share, (x - box.x) // share
            _over(colour, sprite.colour[index], sprite.keep[index], top, left)
            nothing = np.zeros_like(sprite.keep[index])
            _over(keep, nothing, sprite.keep[index], top, left)
    return Sprite((luma, chroma), (keep_luma, keep_chroma)), box.x, box.y


def _over(plane: Plane, colour: Plane, keep: Plane, top: int, left: int) -> None:
    over(plane[top : top + colour.shape[0], left : left + colour.shape[1]], colour, keep)


def tightened(placement: Placement) -> Placement:
    """The same picture without the larger parts of it in which nothing is drawn.

    Most of a chart, and of the room between lines of text, is empty.
    """
    return tuple(part for patch in placement for part in _cut(patch))


def _cut(patch: Patch) -> Iterator[Patch]:
    touched = patch.keep != 255
    if touched.ndim == 3:
        touched = touched.any(axis=2)
    for rows, columns in _covered(touched, 0, 0):
        yield Patch(
            patch.plane,
            slice(patch.rows.start + rows.start, patch.rows.start + rows.stop),
            slice(patch.columns.start + columns.start, patch.columns.start + columns.stop),
            patch.colour[rows, columns],
            patch.keep[rows, columns],
        )


def _covered(touched: NDArray[np.bool_], top: int, left: int) -> Iterator[tuple[slice, slice]]:
    """Rectangles with everything that is touched, cut where enough room is empty."""
    import numpy as np

    rows, columns = (np.flatnonzero(touched.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return
    first, end = int(rows[0]), int(rows[-1]) + 1
    start, stop = int(columns[0]), int(columns[-1]) + 1
    touched = touched[first:end, start:stop]
    top, left = top + first, left + start
    height, width = touched.shape
    gaps = [(int(gap.max(initial=0)) - 1, gap) for gap in (np.diff(rows), np.diff(columns))]
    areas = (gaps[0][0] * width, gaps[1][0] * height)
    if max(areas) < CUT_PIXELS:
        yield slice(top, top + height), slice(left, left + width)
    elif areas[0] >= areas[1]:
        cut = int(rows[int(gaps[0][1].argmax())]) + 1 - first
        yield from _covered(touched[:cut], top, left)
        yield from _covered(touched[cut:], top + cut, left)
    else:
        cut = int(columns[int(gaps[1][1].argmax())]) + 1 - start
        yield from _covered(touched[:, :cut], top, left)
        yield from _covered(touched[:, cut:], top, left + cut)
