"""When everything is on screen: scenes on the frame grid, their layers as files, audio, captions.

Belongs here: the value that a render is made from, and its JSON form. Nothing here knows ffmpeg.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.captions import Cue, Word
from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.scene import Entrance, Layer, Motion, SceneDesign

TRANSITION_FRAMES = 8
"""How long one scene dissolves into the next, frames; less where a scene is very short."""


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A ``Layer`` whose bytes lie in a file; the fields mean the same."""

    name: str
    media: Literal["png", "mov"]
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
            layer.name,
            layer.media,
            path,
            layer.x,
            layer.y,
            layer.width,
            layer.height,
            layer.enter_s,
            layer.entrance,
            layer.entrance_s,
            layer.motion,
            layer.path,
        )


@dataclass(frozen=True, slots=True)
class TimedScene:
    """A scene on the frame grid.

    Args:
        start_frame: Its first frame.
        frames: Until the next scene starts.
        layers: Back to front; the first is the backdrop.
    """

    start_frame: int
    frames: int
    layers: tuple[LayerFile, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A whole video: what ``render.render_video`` makes one file from."""

    fmt: VideoFormat
    scenes: tuple[TimedScene, ...]
    audio: Path
    captions: tuple[Cue, ...]

    @property
    def fps(self) -> int:
        """Frames per second."""
        return self.fmt.fps

    @property
    def total_frames(self) -> int:
        """Frames of the whole video."""
        return sum(scene.frames for scene in self.scenes)

    @property
    def duration_s(self) -> float:
        """Seconds of the whole video, a whole number of frames."""
        return self.total_frames / self.fps

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        content = dataclasses.asdict(self)
        content["audio"] = str(self.audio)
        for scene in content["scenes"]:
            for layer in scene["layers"]:
                layer["path"] = str(layer["path"])
                layer["motion_path"] = list(layer["motion_path"])
        return content

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Timeline:
        """The inverse of ``to_dict``.

        Raises:
            InvalidInputError: Not what ``to_dict`` writes.
        """
        try:
            return cls(
                VideoFormat(**content["fmt"]),
                tuple(
                    TimedScene(
                        scene["start_frame"],
                        scene["frames"],
                        tuple(
                            LayerFile(
                                **{
                                    **layer,
                                    "path": Path(layer["path"]),
                                    "motion_path": tuple(layer["motion_path"]),
                                }
                            )
                            for layer in scene["layers"]
                        ),
                    )
                    for scene in content["scenes"]
                ),
                Path(content["audio"]),
                tuple(
                    Cue(tuple(Word(**word) for word in cue["words"]), cue["start_s"], cue["end_s"])
                    for cue in content["captions"]
                ),
            )
        except (KeyError, TypeError) as error:
            raise InvalidInputError(
                f"not a timeline: {error}", "build it again with build_timeline"
            ) from error


def write_layers(design: SceneDesign, folder: Path, prefix: str) -> tuple[LayerFile, ...]:
    """Writes a design's layers as files ``<prefix>-<name>.<media>`` into ``folder``.

    Raises:
        OSError: The folder cannot be written.
    """
    files = []
    for layer in design.layers:
        path = folder / f"{prefix}-{layer.name}.{layer.media}"
        path.write_bytes(layer.data)
        files.append(LayerFile.of(layer, path))
    return tuple(files)


def build_timeline(
    fmt: VideoFormat,
    scenes: Sequence[tuple[float, Sequence[LayerFile]]],
    audio: Path,
    captions: Sequence[Cue] = (),
    *,
    duration_s: float | None = None,
) -> Timeline:
    """Puts scenes on the frame grid.

    Cuts are rounded from the running total, never from single lengths, so they do not drift from
    the voice.

    Args:
        fmt: The picture format.
        scenes: Seconds and layers of each scene, in order.
        audio: The finished sound.
        captions: Burned-in phrases.
        duration_s: Length of the video, seconds; the last scene ends there. The scenes' total when
            not given.

    Returns:
        A timeline of ``ceil(duration_s * fps)`` frames. A scene that is shorter than half a frame
        is left out.

    Raises:
        InvalidInputError: No scenes, a scene without layers, or a length that is not a positive
            number.
    """
    lengths = [seconds for seconds, _ in scenes]
    total_s = sum(lengths) if duration_s is None else duration_s
    if not scenes or any(not layers for _, layers in scenes):
        raise InvalidInputError("a video needs scenes with layers", "design every scene first")
    if not all(math.isfinite(seconds) and seconds > 0 for seconds in (*lengths, total_s)):
        raise InvalidInputError(
            f"scene lengths {lengths} and duration {total_s} must be positive seconds",
            "take scene lengths from the narration's word times",
        )
    total = math.ceil(round(total_s * fmt.fps, 6))
    timed, start, elapsed = [], 0, 0.0
    for index, (seconds, layers) in enumerate(scenes):
        elapsed += seconds
        last = index == len(scenes) - 1
        end = total if last else min(total, math.floor(elapsed * fmt.fps + 0.5))
        if end > start:
            timed.append(TimedScene(start, end - start, tuple(layers)))
            start = end
    if start < total:
        final = timed[-1]
        timed[-1] = dataclasses.replace(final, frames=total - final.start_frame)
    return Timeline(fmt, tuple(timed), audio, tuple(captions))


def transition_frames(before: TimedScene, after: TimedScene) -> int:
    """Frames that the dissolve from ``before`` to ``after`` takes, at least one."""
    return max(1, min(TRANSITION_FRAMES, before.frames // 2, after.frames // 2))
