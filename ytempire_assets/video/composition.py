"""One timeline in one format: which picture stands where on which frame.

Belongs here: the frame grid, and what entrances and motions mean as keyframes in pixels. It is a
plain value that can be written as JSON and drawn by any renderer; ``compositor`` is ours.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.burned_captions import CaptionTrack
from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.keyframes import Keyframe
from ytempire_assets.video.scene import Entrance, Layer, Media, Motion
from ytempire_assets.video.timeline import SceneKind, Timeline, Transition

TRANSITION_FRAMES: Mapping[Transition, int] = {"cut": 0, "dissolve": 8, "push": 14}
"""How long one scene takes to replace the one before; less where a scene is very short."""

RISE_PX = 46
"""How far below its place a rising layer starts, px on a 1080 px wide frame."""

ORBIT_STEP_FRAMES = 3
"""An orbit becomes straight pieces of this length: 0.06 px off at the widest one."""

Property = Literal["dx", "dy", "opacity", "uncovered"]
"""What keyframes may change. ``dx``, ``dy``: px away from the clip's place. ``opacity``: 0-1.
``uncovered``: 0-1 of the clip's width that is shown, from the left."""


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A ``Layer`` whose bytes lie in a file; the fields mean the same."""

    name: str
    media: Media
    path: Path
    x: int
    y: int
    width: int
    height: int
    enter_s: float
    entrance: Entrance
    entrance_s: float
    motion: Motion
    motion_path: tuple[float, ...]

    @classmethod
    def of(cls, layer: Layer, path: Path) -> LayerFile:
        """``layer`` with its bytes at ``path``."""
        return cls(
            layer.name, layer.media, path, layer.x, layer.y, layer.width, layer.height,
            layer.enter_s, layer.entrance, layer.entrance_s, layer.motion, layer.path,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PictureClip:
    """One picture or animation on a scene's frames.

    Args:
        name: Unique in its scene.
        media: ``png`` a still; ``mov`` an animation that holds its last frame; ``clip`` footage
            that must last as long as it is shown.
        path: Its file.
        x: Left edge at rest, px.
        y: Top edge at rest, px.
        width: Pixels.
        height: Pixels.
        first_frame: When it appears, frames from the scene's start.
        windowed: Whether it is seen only inside its own box at rest: what slides up from behind
            an edge.
        keyframes: What changes, by property; frames from the scene's start.
    """

    name: str
    media: Media
    path: Path
    x: int
    y: int
    width: int
    height: int
    first_frame: int
    windowed: bool
    keyframes: Mapping[Property, tuple[Keyframe, ...]]


@dataclass(frozen=True, slots=True)
class ComposedScene:
    """A scene on the frame grid.

    Args:
        number: The script's.
        kind: What it is for.
        start_frame: Its first frame.
        frames: Until the next scene starts.
        transition: How it replaces the scene before.
        transition_frames: How many of its first frames that takes; 0 for a cut.
        clips: Back to front; the first is the backdrop and covers the frame.
    """

    number: int
    kind: SceneKind
    start_frame: int
    frames: int
    transition: Transition
    transition_frames: int
    clips: tuple[PictureClip, ...]


@dataclass(frozen=True, slots=True)
class Composition:
    """Everything that is seen of a video in one format, frame by frame."""

    fmt: VideoFormat
    scenes: tuple[ComposedScene, ...]
    captions: CaptionTrack | None

    @property
    def total_frames(self) -> int:
        """Frames of the whole video."""
        return sum(scene.frames for scene in self.scenes)

    @property
    def duration_s(self) -> float:
        """Seconds of the whole video, a whole number of frames."""
        return self.total_frames / self.fmt.fps

    @property
    def files(self) -> list[Path]:
        """Every picture that is needed, each once."""
        return list(dict.fromkeys(clip.path for scene in self.scenes for clip in scene.clips))

    def to_json(self) -> str:
        """The same composition gives the same text."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True, default=str, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Composition:
        """The inverse of ``to_json``.

        Raises:
            InvalidInputError: Not what ``to_json`` writes.
        """
        try:
            content = json.loads(text)
            captions = content["captions"]
            return cls(
                VideoFormat(**content["fmt"]),
                tuple(_scene(scene) for scene in content["scenes"]),
                CaptionTrack.from_plain(captions) if captions is not None else None,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInputError(
                f"not a composition: {error}", "lay the timeline out again"
            ) from error


def _scene(content: Mapping[str, Any]) -> ComposedScene:
    clips = tuple(
        PictureClip(
            **{
                **clip,
                "path": Path(clip["path"]),
                "keyframes": {
                    name: tuple(Keyframe(**keyframe) for keyframe in keyframes)
                    for name, keyframes in clip["keyframes"].items()
                },
            }
        )
        for clip in content["clips"]
    )
    return ComposedScene(**{**content, "clips": clips})


def write_layers(layers: Sequence[Layer], folder: Path, prefix: str) -> tuple[LayerFile, ...]:
    """Writes drawn layers as files ``<prefix>-<name>.<media>`` into ``folder``.

    Raises:
        OSError: The folder cannot be written.
    """
    files = []
    for layer in layers:
        path = folder / f"{prefix}-{layer.name}.{layer.media}"
        path.write_bytes(layer.data)
        files.append(LayerFile.of(layer, path))
    return tuple(files)


def lay_out(
    timeline: Timeline,
    fmt: VideoFormat,
    layers: Mapping[int, Sequence[LayerFile]],
    captions: CaptionTrack | None = None,
) -> Composition:
    """Puts a timeline's scenes on a format's frame grid.

    Cuts are rounded from the running time, never from single lengths, so they do not drift from
    the voice: each lies within half a frame of its place.

    Args:
        timeline: The video.
        fmt: The format that ``layers`` were drawn for.
        layers: By scene number, back to front.
        captions: Burned-in phrases.

    Returns:
        ``ceil(duration * fps)`` frames. A scene shorter than half a frame is left out.

    Raises:
        InvalidInputError: A scene without layers, or whose first layer does not cover the frame;
            a layer with impossible numbers.
    """
    total = max(1, math.ceil(round(timeline.duration_s * fmt.fps, 6)))
    shown: list[tuple[int, int, int]] = []
    start = 0
    for index, clip in enumerate(timeline.scenes):
        last = index == len(timeline.scenes) - 1
        end = total if last else min(total, math.floor(clip.end_s * fmt.fps + 0.5))
        if end > start:
            shown.append((index, start, end))
            start = end
    if start < total:  # the last scene was too short to be seen: the one before holds
        index, first, _ = shown[-1]
        shown[-1] = (index, first, total)
    scenes: list[ComposedScene] = []
    for place, (index, first, end) in enumerate(shown):
        scene, length = timeline.scenes[index], end - first
        room = min(length, scenes[-1].frames) // 2 if scenes else 0
        lasts = min(TRANSITION_FRAMES[scene.transition], room)
        leaving = min(max(TRANSITION_FRAMES.values()), length) if place + 1 < len(shown) else 0
        clips = _clips(scene.number, layers.get(scene.number, ()), fmt, length, leaving)
        scenes.append(
            ComposedScene(scene.number, scene.kind, first, length, scene.transition, lasts, clips)
        )
    return Composition(fmt, tuple(scenes), captions)


def _clips(
    number: int, layers: Sequence[LayerFile], fmt: VideoFormat, frames: int, leaving: int
) -> tuple[PictureClip, ...]:
    if not layers:
        raise InvalidInputError(f"scene {number} has no layers", "make the visuals again")
    ground = layers[0]
    if (
        ground.x > 0
        or ground.y > 0
        or ground.x + ground.width < fmt.width
        or ground.y + ground.height < fmt.height
    ):
        raise InvalidInputError(
            f"the backdrop of scene {number} is {ground.width}x{ground.height} at "
            f"({ground.x}, {ground.y}): it does not cover {fmt.width}x{fmt.height}",
            "make the visuals again, or give a larger picture",
        )
    return tuple(_clip(number, layer, fmt, frames, leaving) for layer in layers)


def _clip(
    number: int, layer: LayerFile, fmt: VideoFormat, frames: int, leaving: int
) -> PictureClip:
    numbers = (layer.enter_s, layer.entrance_s, *layer.motion_path)
    if layer.width < 1 or layer.height < 1 or not all(math.isfinite(value) for value in numbers):
        raise InvalidInputError(
            f"layer '{layer.name}' of scene {number} has impossible numbers: "
            f"{layer.width}x{layer.height}, {numbers}",
            "make the visuals again",
        )
    enter = max(0, round(layer.enter_s * fmt.fps))
    lasts = max(1, round(layer.entrance_s * fmt.fps))
    keyframes: dict[Property, tuple[Keyframe, ...]] = _motion(layer, fmt, frames + leaving)
    if layer.media == "png" or layer.entrance == "fade":
        keyframes |= _entrance(layer, fmt, enter, lasts, frames)
    return PictureClip(
        layer.name,
        layer.media,
        layer.path,
        layer.x,
        layer.y,
        layer.width,
        layer.height,
        enter,
        layer.media == "png" and layer.entrance == "reveal",
        keyframes,
    )


def _entrance(
    layer: LayerFile, fmt: VideoFormat, enter: int, lasts: int, frames: int
) -> dict[Property, tuple[Keyframe, ...]]:
    """An entrance as keyframes; its first frame already shows a little."""
    start, end = enter - 1.0, enter + lasts - 1.0
    appear = (Keyframe(start, 0.0), Keyframe(end, 1.0))
    if layer.entrance == "fade":
        return {"opacity": appear}
    if layer.entrance == "rise":
        below = RISE_PX * min(fmt.width, fmt.height) / 1080
        return {
            "opacity": appear,
            "dy": (Keyframe(start, below), Keyframe(end, 0.0, "out_cubic")),
        }
    if layer.entrance == "reveal":
        return {"dy": (Keyframe(start, float(layer.height)), Keyframe(end, 0.0, "out_cubic"))}
    if layer.entrance == "wipe":
        return {"uncovered": (Keyframe(start, 0.0), Keyframe(end, 1.0, "out_cubic"))}
    if layer.entrance == "fill":
        return {"uncovered": (Keyframe(start, 0.0), Keyframe(max(start + 1, frames - 1.0), 1.0))}
    return {}


def _motion(
    layer: LayerFile, fmt: VideoFormat, frames: int
) -> dict[Property, tuple[Keyframe, ...]]:
    """A motion as keyframes up to the last frame of the transition that ends the scene."""
    if layer.motion == "drift":
        dx, dy = (value / fmt.fps * frames for value in layer.motion_path[:2])
        # A backdrop never runs out of picture: where its room ends it stays.
        if layer.name == "backdrop":
            dx = min(max(dx, fmt.width - layer.width - layer.x), -layer.x)
            dy = min(max(dy, fmt.height - layer.height - layer.y), -layer.y)
        return {
            "dx": (Keyframe(0.0, 0.0), Keyframe(float(frames), dx)),
            "dy": (Keyframe(0.0, 0.0), Keyframe(float(frames), dy)),
        }
    if layer.motion == "orbit":
        return _orbit(layer, fmt, frames)
    return {}


def _orbit(layer: LayerFile, fmt: VideoFormat, frames: int) -> dict[Property, tuple[Keyframe, ...]]:
    centre_x, centre_y, radius_x, radius_y, tilt, start, speed, dx, dy = layer.motion_path
    cos, sin = math.cos(tilt), math.sin(tilt)
    left, top = [], []
    for frame in range(0, frames + ORBIT_STEP_FRAMES, ORBIT_STEP_FRAMES):
        time_s = frame / fmt.fps
        angle = start + speed * time_s
        along, across = radius_x * math.cos(angle), radius_y * math.sin(angle)
        x = centre_x - layer.width / 2 + dx * time_s + along * cos - across * sin - layer.x
        y = centre_y - layer.height / 2 + dy * time_s + along * sin + across * cos - layer.y
        left.append(Keyframe(float(frame), round(x, 3)))
        top.append(Keyframe(float(frame), round(y, 3)))
    return {"dx": tuple(left), "dy": tuple(top)}
