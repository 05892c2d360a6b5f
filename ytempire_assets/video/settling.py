"""Laying layers that have come to rest together once, instead of one by one on every frame.

Belongs here: which clips may be joined, and joining their sprites. What a clip shows before it
rests is the compositor's.

Ten layers of a card are ten small blends a frame, and most of their cost is starting each. After
its entrances a card is a handful of sprites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ytempire_assets.video.composition import PictureClip, Property
from ytempire_assets.video.formats import Box
from ytempire_assets.video.planes import Plane, Sprite, over

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EMPTY_PIXELS = 90_000
"""How much empty room a joined sprite may hold: blending it takes as long as starting a blend."""

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
    half = (box.height // 2, box.width // 2)
    colour = [np.zeros(size, np.uint8) for size in ((box.height, box.width), half, half)]
    keep = [np.full(size, 255, np.uint8) for size in ((box.height, box.width), half)]
    for sprite, x, y in group:
        for index in range(3):
            share = 1 if index == 0 else 2
            _over(
                colour[index], sprite.colour[index], sprite.keep[min(index, 1)],
                (y - box.y) // share, (x - box.x) // share,
            )  # fmt: skip
        for index in range(2):
            share = index + 1
            nothing = np.zeros_like(sprite.keep[index])
            _over(
                keep[index], nothing, sprite.keep[index],
                (y - box.y) // share, (x - box.x) // share,
            )  # fmt: skip
    return Sprite((colour[0], colour[1], colour[2]), (keep[0], keep[1])), box.x, box.y


def _over(plane: Plane, colour: Plane, keep: Plane, top: int, left: int) -> None:
    over(plane[top : top + colour.shape[0], left : left + colour.shape[1]], colour, keep)
