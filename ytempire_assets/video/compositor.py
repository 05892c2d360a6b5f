"""Drawing a composition's frames, one after the other, as 4:2:0 planes.

Belongs here: what is on which frame. How planes are laid over each other is in ``planes``, how
frames become a file in ``encoder``; no process and no clock is known here.

Frames are asked for in order. Going back is possible (the quality gates compare single stretches),
it only means opening animations again. Memory holds one scene, and two during a transition.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video import planes
from ytempire_assets.video.caption_sprites import CaptionSprites
from ytempire_assets.video.composition import ComposedScene, Composition, PictureClip, Property
from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.keyframes import sample
from ytempire_assets.video.layer_files import Animation, still_pixels
from ytempire_assets.video.planes import Ground, Placement, Planes, Sprite
from ytempire_assets.video.settling import MIN_FRAMES, join, joinable, rest_of, tightened

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Compositor:
    """Draws any frame of a composition.

    Args:
        composition: What to draw. Its files are opened when their scene begins.
    """

    def __init__(self, composition: Composition) -> None:
        import cv2

        # Frames are small work: threads would cost more than they give, and the encoder has them.
        cv2.setNumThreads(1)
        self._composition = composition
        self._fmt = composition.fmt
        self._scenes: dict[int, _Scene] = {}
        self._captions = (
            CaptionSprites(composition.captions, composition.fmt)
            if composition.captions is not None
            else None
        )
        self._under = planes.blank(self._fmt.width, self._fmt.height)

    def draw(self, frame: int, target: Planes) -> None:
        """Draws frame ``frame``, from 0, over all of ``target``.

        Raises:
            InvalidInputError: A picture of its scene cannot be used; the message names both.
        """
        index = self._scene_at(frame)
        scene = self._composition.scenes[index]
        local = frame - scene.start_frame
        if index and local < scene.transition_frames:
            self._transition(index, local, target)
        else:
            self._forget_before(index)
            self._opened(index).draw(local, target)
        if self._captions is not None:
            self._captions.draw(frame / self._fmt.fps, target)

    def frames(self, first: int, count: int) -> Iterator[Planes]:
        """Frames ``first`` to ``first + count - 1``; the same planes are reused for each."""
        target = planes.blank(self._fmt.width, self._fmt.height)
        for frame in range(first, first + count):
            self.draw(frame, target)
            yield target

    def _scene_at(self, frame: int) -> int:
        scenes = self._composition.scenes
        if not 0 <= frame < self._composition.total_frames:
            raise InvalidInputError(
                f"frame {frame} is outside the video's {self._composition.total_frames}",
                "ask for frames that the composition has",
            )
        return next(
            index for index, scene in enumerate(scenes) if frame < scene.start_frame + scene.frames
        )

    def _transition(self, index: int, local: int, target: Planes) -> None:
        scene, before = self._composition.scenes[index], self._composition.scenes[index - 1]
        self._opened(index).draw(local, target)
        self._opened(index - 1).draw(before.frames + local, self._under)
        # Half a frame late, so that the first frame already shows the new scene.
        done = (local + 0.5) / scene.transition_frames
        if scene.transition == "push":
            _push(target, self._under, 1 - (1 - done) ** 3, along_x=self._fmt.is_landscape)
        else:
            planes.mix(target, self._under, 1 - done)

    def _opened(self, index: int) -> _Scene:
        if index not in self._scenes:
            self._scenes[index] = _Scene(self._composition.scenes[index], self._fmt)
        return self._scenes[index]

    def _forget_before(self, index: int) -> None:
        for other in [number for number in self._scenes if number != index]:
            self._scenes.pop(other).close()


def _push(new: Planes, old: Planes, done: float, *, along_x: bool) -> None:
    """Moves ``new`` in from the right or from below, ``old`` out; the result is in ``new``."""
    import numpy as np

    axis = 1 if along_x else 0
    for index, (plane, under) in enumerate(zip(new, old, strict=True)):
        size = plane.shape[axis]
        share = index + 1
        # Whole pairs of luma pixels, so that both planes move together.
        moved = round(done * new[0].shape[axis] / 2) * 2 // share
        if along_x:
            incoming = plane[:, :moved].copy()
            np.copyto(plane[:, : size - moved], under[:, moved:])
            np.copyto(plane[:, size - moved :], incoming)
        else:
            incoming = plane[:moved].copy()
            np.copyto(plane[: size - moved], under[moved:])
            np.copyto(plane[size - moved :], incoming)


class _Scene:
    """One scene with its pictures in memory."""

    def __init__(self, scene: ComposedScene, fmt: VideoFormat) -> None:
        import numpy as np

        times = np.arange(scene.frames + _TAIL_FRAMES, dtype=np.float64)
        where = f"scene {scene.number}"
        ground, *clips = scene.clips
        self._ground = _Backdrop(ground, times, where, scene.frames)
        self._clips = [_Clip(clip, fmt, times, where) for clip in clips]
        self._size = (fmt.width, fmt.height)
        rests = [clip.rest for clip in self._clips]
        latest = scene.frames - MIN_FRAMES
        # From then on everything rests that comes to rest in time to be worth it.
        self._settled = max((r.frame for r in rests if r.frame and r.frame <= latest), default=0)
        self._joinable = joinable(rests, self._settled) if self._settled else []
        self._joined: list[Placement] = []

    def draw(self, frame: int, target: Planes) -> None:
        """Frame ``frame`` of the scene; up to ``_TAIL_FRAMES`` past its end."""
        self._ground.draw(frame, target)
        joined = len(self._joinable) > 1 and frame >= self._settled
        for index, clip in enumerate(self._clips):
            if not joined or index not in self._joinable:
                clip.draw(frame, target)
            elif index == self._joinable[0]:
                for placement in self._together():
                    planes.draw(target, placement)

    def _together(self) -> list[Placement]:
        if not self._joined:
            parts = [self._clips[index].at_rest() for index in self._joinable]
            self._joined = [
                tightened(planes.place(part, self._size, x, y)) for part, x, y in join(parts)
            ]
        return self._joined

    def close(self) -> None:
        """Closes open animations."""
        self._ground.close()
        for clip in self._clips:
            clip.close()


_TAIL_FRAMES = 16
"""A scene is still drawn while the next one replaces it."""


class _Values:
    """A clip's keyframes at every frame of its scene."""

    def __init__(self, clip: PictureClip, times: NDArray[np.float64]) -> None:
        self._last = len(times) - 1
        self.by_property = {name: sample(frames, times) for name, frames in clip.keyframes.items()}

    def at(self, name: Property, frame: int, default: float) -> float:
        values = self.by_property.get(name)
        return default if values is None else float(values[min(frame, self._last)])


class _Backdrop:
    """The clip that fills the frame: a still seen through a moving window, or footage."""

    def __init__(
        self,
        clip: PictureClip,
        times: NDArray[np.float64],
        where: str,
        frames: int,
    ) -> None:
        self._clip = clip
        self._values = _Values(clip, times)
        self._ground: Ground | None = None
        self._footage: Animation | None = None
        if clip.media == "png":
            self._ground = Ground(planes.picture_planes(still_pixels(clip, where, alpha=False)))
        else:
            self._footage = Animation(clip, where, frames if clip.media == "clip" else 0)

    def draw(self, frame: int, target: Planes) -> None:
        if self._ground is not None:
            x = self._clip.x + self._values.at("dx", frame, 0.0)
            y = self._clip.y + self._values.at("dy", frame, 0.0)
            self._ground.draw(target, x, y)
        elif self._footage is not None:
            size = (target[0].shape[1], target[0].shape[0])
            picture = self._footage.at(frame)
            planes.draw(target, planes.place(picture, size, self._clip.x, self._clip.y))

    def close(self) -> None:
        if self._footage is not None:
            self._footage.close()


class _Clip:
    """A clip that lies over the backdrop."""

    def __init__(
        self, clip: PictureClip, fmt: VideoFormat, times: NDArray[np.float64], where: str
    ) -> None:
        self._clip = clip
        self._size = (fmt.width, fmt.height)
        self._where = where
        self._values = _Values(clip, times)
        self.rest = rest_of(clip, self._values.by_property)
        self._still: Sprite | None = None
        self._animation = None if clip.media == "png" else Animation(clip, where, 0)
        self._window = (
            (clip.x, clip.y, clip.x + clip.width, clip.y + clip.height) if clip.windowed else None
        )
        self._state: tuple[Sprite, float, float, float, float] | None = None
        self._placement: Placement = ()
        self._is_tight = False

    def draw(self, frame: int, target: Planes) -> None:
        clip, values = self._clip, self._values
        if frame < clip.first_frame:
            return
        state = (
            self._picture(frame - clip.first_frame),
            clip.x + values.at("dx", frame, 0.0),
            clip.y + values.at("dy", frame, 0.0),
            values.at("opacity", frame, 1.0),
            values.at("uncovered", frame, 1.0),
        )
        if state != self._state:
            picture, x, y, opacity, uncovered = state
            self._placement = planes.place(
                picture, self._size, x, y,
                opacity=opacity, uncovered=uncovered, window=self._window,
            )  # fmt: skip
            self._state, self._is_tight = state, False
        elif not self._is_tight:  # it stays: from now on without its empty parts
            self._placement, self._is_tight = tightened(self._placement), True
        planes.draw(target, self._placement)

    def at_rest(self) -> tuple[Sprite, int, int]:
        """What it shows once it rests, and where."""
        return self._picture(0), self._clip.x, self._clip.y

    def _picture(self, index: int) -> Sprite:
        if self._animation is not None:
            return self._animation.at(index)
        if self._still is None:
            self._still = planes.sprite(still_pixels(self._clip, self._where))
        return self._still

    def close(self) -> None:
        if self._animation is not None:
            self._animation.close()
