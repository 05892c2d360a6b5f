"""One finished video as an HLS stream: a ladder of renditions that players move on as they can.

Belongs here: the ladder, the one run of ffmpeg that makes it. What the master playlist says of the
renditions is in ``playlists``, the tiles for the seek bar are laid out in ``sprites``, and whether
a stream is sound is said by ``stream_checks``.

What is made, and why so:

- One run, one decode: the frames of the video go to every rendition and to the sprite sheet.
- Every rendition is scaled from the source. Scaling each from the next larger one took a tenth less
  CPU for the whole stream (37.5 against 41.9 s) and cost 0.3 VMAF at 480p and 0.8 at 240p.
- Constant quality under the rung's cap, not a fixed rate: designed pictures need a quarter of
  what the cap allows, and filling it up would only make the same picture slower to arrive.
- The audio is a rendition of its own, shared by all: stored in each of five, it would be a quarter
  of all bytes. AAC is copied as it is: a second encoding loses sound and gains nothing.
- CMAF timing: B-frames with negative composition offsets and no edit list, so that decode time,
  presentation time and the playlist agree. B-frames save a quarter of the bytes; ffmpeg's own
  default pays for them with a start two frames late and edit lists that players read differently.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from ytempire_assets.errors import InvalidInputError, PermanentError, StorageError
from ytempire_assets.video.measure import FileFacts, probe
from ytempire_assets.video.playlists import (
    AUDIO_NAME,
    MASTER_NAME,
    PLAYLIST_NAME,
    Rendition,
    master_playlist,
    measure_rendition,
)
from ytempire_assets.video.sprites import (
    SHEET_NAME,
    TRACK_NAME,
    SpriteSheet,
    plan_sheet,
    sheet_filter,
    thumbnails_track,
)
from ytempire_assets.video.stream_checks import check_stream

STDERR_TAIL = 1500
"""How much of ffmpeg's last words goes into an error, characters."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: the picture's short side, px, and its video bits per second."""

    short_side: int
    bits_per_s: int


LADDER = (
    Rung(240, 400_000),
    Rung(360, 800_000),
    Rung(480, 1_400_000),
    Rung(720, 2_800_000),
    Rung(1080, 4_500_000),
)
"""Smallest first, which is also the order of the master playlist: players that know nothing of the
connection yet begin with the first one, and it arrives soonest."""

ENCODERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # Constant quality, closed groups of pictures, no key frames of the encoder's own choice.
        "libx264": (
            *("-preset", "veryfast", "-crf", "21", "-flags", "+cgop"),
            *("-sc_threshold", "0"),
        ),
        "h264_nvenc": (
            *("-preset", "p5", "-rc", "vbr", "-cq", "23", "-b:v", "0", "-strict_gop", "1"),
            *("-no-scenecut", "1", "-forced-idr", "1"),
        ),
    }
)
"""What each H.264 encoder is told, beside the rung's cap."""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What was made.

    Attributes:
        renditions: Smallest first.
        files: Every file below the stream's folder, relative, sorted.
        duration_s: Length of the video.
        size_bytes: Of all files together.
        cpu_s: CPU-seconds that ffmpeg took.
    """

    renditions: tuple[Rendition, ...]
    files: tuple[str, ...]
    duration_s: float
    size_bytes: int
    cpu_s: float


def make_stream(
    video: Path,
    folder: Path,
    *,
    ffmpeg: Path,
    ladder: Sequence[Rung] = LADDER,
    segment_s: float = 4.0,
    encoder: str = "libx264",
    on_progress: Callable[[float], None] | None = None,
) -> StreamFacts:
    """Makes the stream of ``video`` in ``folder``: HLS with CMAF segments, sprites and their track.

    The folder appears complete or not at all: it is filled under a temporary name beside its place
    and renamed.

    Args:
        video: A finished file of constant frame rate, BT.709 limited range.
        folder: Where the stream goes; must not exist, its parent must.
        ffmpeg: The program.
        ladder: Renditions to make, smallest first; those larger than the video are left out.
        segment_s: Length of a segment, rounded to whole frames.
        encoder: A key of ``ENCODERS``.
        on_progress: Called with the share encoded, 0-1, about twice a second.

    Raises:
        InvalidInputError: ``video`` cannot be read, ``folder`` exists, the encoder is unknown.
        StorageError: ``folder`` cannot be written: parent missing or read-only, disk full; or what
            was written does not read back as a sound stream.
        PermanentError: ffmpeg failed; carries the end of what it printed.
    """
    if encoder not in ENCODERS:
        raise InvalidInputError(
            f"'{encoder}' is not an encoder for streams", f"use one of {', '.join(ENCODERS)}"
        )
    if folder.exists():
        raise InvalidInputError(f"{folder} exists already", "remove it or name another folder")
    plan = _plan(video, probe(video), ladder, segment_s, encoder)
    with _beside(folder) as part:
        for name in (*plan.sizes, *([AUDIO_NAME] if plan.facts.audio_codec else [])):
            (part / name).mkdir()
        cpu_s = _run([str(ffmpeg), *_arguments(plan)], part, plan.facts.frames, on_progress)
        (part / TRACK_NAME).write_text(
            thumbnails_track(plan.sheet, plan.duration_s), encoding="utf-8"
        )
        renditions = tuple(measure_rendition(part, name, size) for name, size in plan.sizes.items())
        (part / MASTER_NAME).write_text(
            master_playlist(renditions, plan.fps, bool(plan.facts.audio_codec)), encoding="utf-8"
        )
        _require_sound(part, folder, plan.duration_s)
        files = sorted(path for path in part.rglob("*") if path.is_file())
        return StreamFacts(
            renditions=renditions,
            files=tuple(path.relative_to(part).as_posix() for path in files),
            duration_s=plan.duration_s,
            size_bytes=sum(path.stat().st_size for path in files),
            cpu_s=cpu_s,
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    video: Path
    facts: FileFacts
    fps: Fraction
    rungs: Mapping[str, Rung]
    sizes: Mapping[str, tuple[int, int]]
    segment_frames: int
    encoder: str
    sheet: SpriteSheet

    @property
    def duration_s(self) -> float:
        return float(self.facts.frames / self.fps)


def _plan(
    video: Path, facts: FileFacts, ladder: Sequence[Rung], segment_s: float, encoder: str
) -> _Plan:
    fps = Fraction(facts.fps).limit_denominator(1001)
    if not facts.frames or not fps:
        raise InvalidInputError(f"{video} holds no frames", "render it again")
    short_side = min(facts.width, facts.height)
    # A video smaller than the whole ladder still gets one rendition, at its own size.
    rungs = [rung for rung in ladder if rung.short_side <= short_side] or [
        Rung(short_side, ladder[0].bits_per_s)
    ]
    scales = {f"{rung.short_side}p": rung.short_side / short_side for rung in rungs}
    return _Plan(
        video=video,
        facts=facts,
        fps=fps,
        rungs={f"{rung.short_side}p": rung for rung in rungs},
        sizes={
            name: (_even(facts.width, scale), _even(facts.height, scale))
            for name, scale in scales.items()
        },
        segment_frames=max(1, round(segment_s * fps)),
        encoder=encoder,
        sheet=plan_sheet(facts.width, facts.height, facts.frames, fps),
    )


def _even(length: int, scale: float) -> int:
    """The nearest even number of px (4:2:0 has no others) that is not over ``length``."""
    return max(2, 2 * min(round(length * scale / 2), length // 2))


def _arguments(plan: _Plan) -> list[str]:
    """Ffmpeg's arguments after the program, for a run in the stream's folder."""
    branches = "".join(f"[for{name}]" for name in plan.sizes)
    chains = [f"[0:v:0]fps={plan.fps},split={len(plan.sizes) + 1}{branches}[fortiles]"]
    for name, (width, height) in plan.sizes.items():
        chains.append(
            f"[for{name}]scale={width}:{height}:flags=bicubic,setsar=1,format=yuv420p[{name}]"
        )
    chains.append(f"[fortiles]{sheet_filter(plan.sheet)}[tiles]")
    arguments = [
        *(
            "-hide_banner",
            "-nostdin",
            "-y",
            "-loglevel",
            "warning",
            "-nostats",
            "-progress",
            "pipe:1",
        ),
        *("-i", f"file:{plan.video.absolute()}", "-filter_complex", ";".join(chains)),
    ]
    for name in plan.sizes:
        arguments += ["-map", f"[{name}]", *_encoding(plan, plan.rungs[name])]
        arguments += _segments(plan, name)
    if plan.facts.audio_codec:
        codec = ("copy",) if plan.facts.audio_codec == "aac" else ("aac", "-b:a", "160k")
        # An encoder's run-in lies before zero, where a fragment cannot: kept, it would push the
        # sound behind the picture.
        arguments += ["-map", "0:a:0", "-c:a", *codec, "-bsf:a", r"noise=drop=lt(pts\,0)"]
        arguments += _segments(plan, AUDIO_NAME)
    return [
        *arguments,
        *("-map", "[tiles]", "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "4"),
        *("-f", "image2", "-update", "1", SHEET_NAME),
    ]


def _encoding(plan: _Plan, rung: Rung) -> list[str]:
    # Two key frames a segment where it divides: a seek then decodes two seconds at most, and
    # every segment starts with one either way.
    distance = plan.segment_frames // (1 if plan.segment_frames % 2 else 2)
    return [
        *("-c:v", plan.encoder, *ENCODERS[plan.encoder], "-profile:v", "high"),
        *("-maxrate", str(round(rung.bits_per_s * 1.07))),
        *("-bufsize", str(round(rung.bits_per_s * 1.5))),
        *("-g", str(distance), "-keyint_min", str(distance)),
        *("-force_key_frames", f"expr:not(mod(n,{distance}))"),
        *("-color_range", "tv", "-colorspace", "bt709"),
        *("-color_primaries", "bt709", "-color_trc", "bt709"),
    ]


def _segments(plan: _Plan, name: str) -> list[str]:
    return [
        *("-map_metadata", "-1", "-map_chapters", "-1", "-flags", "+bitexact"),
        *("-avoid_negative_ts", "disabled"),
        *("-f", "hls", "-hls_time", f"{float(plan.segment_frames / plan.fps):.6f}"),
        *("-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"),
        *("-hls_segment_options", "movflags=+negative_cts_offsets:fflags=+bitexact"),
        *("-hls_segment_filename", f"{name}/%04d.m4s", f"{name}/{PLAYLIST_NAME}"),
    ]


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A temporary folder that becomes ``folder`` if all goes well, and vanishes otherwise."""
    part: Path | None = None
    try:
        part = Path(tempfile.mkdtemp(prefix=".streaming-", suffix=".partial", dir=folder.parent))
        part.chmod(0o755)  # others serve these files
        yield part
        part.rename(folder)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StorageError(
                f"no space left for {folder}", "free disk space and make the stream again"
            ) from error
        raise StorageError(
            f"{folder} cannot be written ({error.strerror or error})",
            f"check that {folder.parent} exists and is writable",
        ) from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def _require_sound(part: Path, folder: Path, duration_s: float) -> None:
    """Reads all of it back: the HLS muxer loses a segment to a full disk and ends with 0."""
    problems = check_stream(part, duration_s)
    if problems:
        free_mb = shutil.disk_usage(part).free // 1_000_000
        raise StorageError(
            f"{folder} was not written as it was encoded: {'; '.join(problems[:3])}",
            f"see that the disk is not full ({free_mb} MB are free) and make the stream again",
        )


def _run(
    command: Sequence[str],
    folder: Path,
    total_frames: int,
    on_progress: Callable[[float], None] | None,
) -> float:
    """Runs ffmpeg in ``folder`` to its end; it is gone when this returns or raises.

    Returns:
        The CPU-seconds that it took.
    """
    with tempfile.TemporaryFile() as log:
        try:
            process = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            )
        except OSError as error:
            raise InvalidInputError(
                f"ffmpeg {command[0]} cannot be started ({error.strerror})",
                "correct the ffmpeg setting",
            ) from error
        try:
            for line in process.stdout or ():
                key, _, value = line.decode("ascii", "replace").strip().partition("=")
                if key == "frame" and on_progress is not None and value.strip().isdigit():
                    on_progress(min(1.0, int(value) / total_frames))
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
        if process.returncode != 0:
            log.seek(0)
            tail = log.read().decode("utf-8", "replace")[-STDERR_TAIL:].strip()
            if os.strerror(errno.ENOSPC) in tail:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise PermanentError(
                f"ffmpeg ended with {process.returncode} while making a stream: {tail}",
                "if the message names a missing encoder or filter, point the ffmpeg setting to a "
                "full build; otherwise report it with this message",
            )
    return usage.ru_utime + usage.ru_stime
