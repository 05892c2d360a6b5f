"""How close the encoded pictures are to those that were drawn: VMAF on short stretches.

Belongs here: which stretches, and comparing them frame by frame. What score passes is said by
``gates``. VMAF is Netflix' measure of perceived quality (0-100); the model is the default one for
1080p on a television, which is stricter than the one for phones.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.composition import ComposedScene, Composition
from ytempire_assets.video.compositor import Compositor
from ytempire_assets.video.inspection import run_ffmpeg

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STRETCH_FRAMES = 15
"""Half a second: longer than a dissolve or a push."""

EVERY = 3
"""One frame in three is scored: neighbours score alike, and scoring is what costs."""

_REORDERED_FRAMES = 16
"""How far H.264 may move a frame in the file: a player that looks for a frame starts before it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Frames that are compared: ``count`` from ``first``, and what they show."""

    first: int
    count: int
    shows: str


@dataclass(frozen=True, slots=True)
class Score:
    """VMAF of one sample: mean and lowest of its frames."""

    sample: Sample
    mean: float
    lowest: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Scores of all samples, and the CPU-seconds of the program that measured them."""

    scores: tuple[Score, ...]
    cpu_s: float


class FramesMissingError(Exception):
    """The file does not have the frames that were to be compared; its text says what it has."""


def samples_of(composition: Composition) -> tuple[Sample, ...]:
    """Where to look: across a transition, where most is moving, and where little is.

    The same composition gives the same samples.
    """
    scenes = composition.scenes
    total = composition.total_frames
    count = min(STRETCH_FRAMES, total)
    chosen: dict[int, str] = {}

    def choose(first: int, shows: str) -> None:
        chosen.setdefault(max(0, min(first, total - count)), shows)

    busiest = max(scenes, key=_movement)
    starts = [clip.first_frame for clip in busiest.clips[1:] if clip.first_frame < busiest.frames]
    choose(busiest.start_frame + max([busiest.transition_frames, *starts[:1]]), "most motion")
    if len(scenes) > 1:
        # The longest transition into another scene, and of those the one in the middle.
        others = [scene for scene in scenes[1:] if scene is not busiest] or scenes[1:]
        longest = max(scene.transition_frames for scene in others)
        replaced = [scene for scene in others if scene.transition_frames == longest]
        scene = replaced[len(replaced) // 2]
        choose(scene.start_frame + (longest - count) // 2, f"{scene.transition} into a scene")
    calmest = min(scenes, key=lambda scene: (_movement(scene), -scene.frames))
    choose(calmest.start_frame + max(0, calmest.frames - 2 * count), "calm")
    return tuple(Sample(first, count, shows) for first, shows in sorted(chosen.items()))


def _movement(scene: ComposedScene) -> int:
    """How much goes on in a scene: an animation counts more than any entrance."""
    return sum(10 if clip.media != "png" else bool(clip.keyframes) for clip in scene.clips[1:])


def compare(path: Path, composition: Composition, ffmpeg: Path) -> Comparison:
    """Scores samples of a file against the pictures it was made from.

    Args:
        path: The finished file; its frames are found by their time.
        composition: What it shows.
        ffmpeg: Needs the filter ``libvmaf``.

    Raises:
        FramesMissingError: The file has no such frames.
        InvalidInputError: This ffmpeg cannot measure VMAF; a picture of the composition is gone.
    """
    fmt, samples = composition.fmt, samples_of(composition)
    width, height = fmt.width, fmt.height
    # Both pictures travel as one of twice the height: no second pipe, and no way to slip.
    graph = (
        f"[0:v]split[a][b];[a]crop={width}:{height}:0:0[file];[b]crop={width}:{height}:0:{height}"
        f"[drawn];[file][drawn]libvmaf=n_threads=2:n_subsample={EVERY}"
        ":log_fmt=csv:log_path=vmaf.csv"
    )
    with tempfile.TemporaryDirectory(prefix="ytempire-vmaf-") as name:
        folder = Path(name)
        run = run_ffmpeg(
            ffmpeg,
            [
                "-f", "rawvideo", "-pix_fmt", "nv12", "-video_size", f"{width}x{2 * height}",
                "-framerate", str(fmt.fps), "-i", "pipe:0",
                "-filter_complex", graph, "-f", "null", "-",
            ],
            _pairs(path, composition, samples),
            folder,
        )  # fmt: skip
        log = folder / "vmaf.csv"
        if run.code != 0 or not log.is_file():
            errors = [line for line in run.printed.splitlines() if "[error]" in line]
            raise InvalidInputError(
                f"{ffmpeg} cannot measure VMAF: {' '.join(errors[:2]) or run.printed[-300:]}",
                "set YTEMPIRE_FFMPEG to an ffmpeg with libvmaf, or leave it empty to use the "
                "bundled one",
            )
        with log.open(encoding="utf-8", newline="") as file:
            scored = {int(row["Frame"]): float(row["vmaf"]) for row in csv.DictReader(file)}
    scores, place = [], 0
    for sample in samples:
        part = [score for index, score in scored.items() if 0 <= index - place < sample.count]
        scores.append(Score(sample, sum(part) / len(part), min(part)))
        place += sample.count
    return Comparison(tuple(scores), run.cpu_s)


def _pairs(path: Path, composition: Composition, samples: tuple[Sample, ...]) -> Iterator[bytes]:
    """Planes of a frame of the file over those of the same frame as drawn, frame by frame."""
    compositor = Compositor(composition)
    for sample in samples:
        drawn = compositor.frames(sample.first, sample.count)
        for planes, picture in zip(_decoded(path, composition, sample), drawn, strict=True):
            for plane, other in zip(planes, picture, strict=True):
                yield plane.tobytes()
                yield other.tobytes()


def _decoded(
    path: Path, composition: Composition, sample: Sample
) -> Iterator[tuple[NDArray[np.uint8], ...]]:
    """The planes of a sample's frames in a file, in order."""
    import numpy as np

    fmt = composition.fmt
    wanted = sample.first
    for index, frame in _from(path, fmt.fps, sample):
        if index != wanted:
            break
        if (frame.width, frame.height, frame.format.name) != (fmt.width, fmt.height, "yuv420p"):
            raise FramesMissingError(f"frames are {frame.width}x{frame.height} {frame.format.name}")
        rows = frame.to_ndarray()
        half, quarter = (fmt.height // 2, fmt.width // 2), fmt.height + fmt.height // 4
        cb, cr = rows[fmt.height : quarter].reshape(half), rows[quarter:].reshape(half)
        yield rows[: fmt.height], np.stack([cb, cr], axis=2)
        wanted += 1
        if wanted == sample.first + sample.count:
            return
    raise FramesMissingError(f"frame {wanted} is not where it should be")


def _from(path: Path, fps: int, sample: Sample) -> Iterator[tuple[int, Any]]:
    """Frames of a file from a sample's first on, with their numbers by the time they are shown."""
    import av

    try:
        with av.open(f"file:{path.absolute()}") as container:
            stream: Any = container.streams.video[0]
            stream.thread_type = "AUTO"
            start = max(0, sample.first - _REORDERED_FRAMES) / fps
            container.seek(round(start / stream.time_base), stream=stream, backward=True)
            first = (sample.first - 0.5) / fps
            for packet in container.demux(stream):
                # Before the first one that is wanted, frames that no other needs are passed over.
                early = packet.pts is not None and packet.pts * stream.time_base < first
                stream.codec_context.skip_frame = "NONREF" if early else "DEFAULT"
                for frame in packet.decode():
                    shown_s = float((frame.pts or 0) * stream.time_base)
                    if shown_s >= first:
                        yield round(shown_s * fps), frame
    except av.error.FFmpegError as error:
        raise FramesMissingError(
            f"cannot be decoded from frame {sample.first} on ({error})"
        ) from error
