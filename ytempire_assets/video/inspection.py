"""What a finished file is: its streams as they say, and its pictures and sound as they decode.

Belongs here: measuring a whole file once. What it should be is said by ``gates``; how it compares
with what was drawn is ``vmaf``'s, how it lies against the narration is ``sync``'s.

The streams are read packet by packet; everything else comes from one decode by ffmpeg, which runs
in a process of its own so that its CPU time is known.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.loudness import Loudness, parse_summary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOUND_RATE_HZ = 8_000
"""Of the sound that is compared: 0.1 ms to a sample, and all that makes words words."""

_DECIMATION = 6
BLACK_LUMA = 0.02
"""Share of the luma range under which a pixel is black: 16 to 20 of 235, invisible on a phone. The
darkest backgrounds of looks lie above 22 and carry text."""

BLACK_SHARE = 0.98
"""Share of black pixels that makes a frame black: one line of text is more than the rest."""

FREEZE_NOISE = 0.001
"""Mean difference of frames, as a share of the range, under which nothing has moved. Measured: what
a key frame changes in a still picture lies between 0.0005 and 0.0007; a drifting backdrop leaves
0.001 behind within half a second."""

SILENCE_DB = -50.0
"""Under this nobody hears anything beside a narration at -14 LUFS."""

_TAGS = {1: "bt709", 2: "unspecified", 5: "bt470bg", 6: "smpte170m", 9: "bt2020"}
_RANGES = {0: "unspecified", 1: "limited", 2: "full"}


@dataclass(frozen=True, slots=True)
class SoundStream:
    """An audio stream as its packets say; times in seconds of the file."""

    codec: str
    rate_hz: int
    channels: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Streams:
    """A file as its boxes and packets say.

    Args:
        size_bytes: Of the file.
        boxes: Types of its top-level boxes, in order.
        is_whole: Whether the last box ends where the file ends.
        codec: Of the picture.
        pixel_format: As decoded, e.g. ``yuv420p``.
        width: Pixels.
        height: Pixels.
        rate: Frames per second as the stream says.
        tags: Primaries, transfer, matrix and range, by name.
        times_s: When each frame is shown, in order.
        end_s: When the last one has been shown.
        picture_bytes: Of the packets of the picture.
        sound: None when there is none.
    """

    size_bytes: int
    boxes: tuple[str, ...]
    is_whole: bool
    codec: str
    pixel_format: str
    width: int
    height: int
    rate: float
    tags: tuple[str, str, str, str]
    times_s: tuple[float, ...]
    end_s: float
    picture_bytes: int
    sound: SoundStream | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when something goes on, seconds."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file as it decodes.

    Args:
        frames: How many pictures were looked at.
        problems: What the decoders complained about.
        black: Stretches without light.
        frozen: Stretches in which nothing moves.
        silent: Stretches without sound.
        loudness: None when there is no sound.
        sound: Mono samples at ``SOUND_RATE_HZ``, from the start of the audio stream; -1 to 1.
        cpu_s: What it took.
    """

    frames: int
    problems: tuple[str, ...]
    black: tuple[Stretch, ...]
    frozen: tuple[Stretch, ...]
    silent: tuple[Stretch, ...]
    loudness: Loudness | None
    sound: NDArray[np.float32]
    cpu_s: float


@dataclass(frozen=True, slots=True)
class FfmpegRun:
    """What a run of ffmpeg wrote, printed, took, and ended with."""

    output: bytes
    printed: str
    cpu_s: float
    code: int


def run_ffmpeg(
    ffmpeg: Path,
    arguments: Iterable[str],
    feed: Iterable[bytes] = (),
    folder: Path | None = None,
) -> FfmpegRun:
    """Runs ffmpeg to its end; it is gone when this returns or raises.

    Args:
        ffmpeg: The program.
        arguments: After the ones that make it quiet; messages carry their level.
        feed: For its standard input. Output to ``pipe:1`` must wait until all is fed.
        folder: Where it runs.
    """
    command = [str(ffmpeg), "-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+info"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
        )
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None and stdout is not None  # noqa: S101 - both are pipes
        try:
            # One that gives up early says why in its log.
            with contextlib.suppress(BrokenPipeError):
                for block in feed:
                    stdin.write(block)
            with contextlib.suppress(BrokenPipeError):
                stdin.close()
            output = stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            stdout.close()
        log.seek(0)
        printed = log.read().decode("utf-8", "replace")
    return FfmpegRun(output, printed, usage.ru_utime + usage.ru_stime, process.returncode)


def read_streams(path: Path) -> Streams:
    """Reads a file's boxes and every packet, and decodes its first frame.

    Raises:
        InvalidInputError: The file is not there, or holds nothing that is shown as video.
    """
    import av

    packets: dict[str, list[Any]] = {"video": [], "audio": []}
    try:
        boxes, is_whole = _boxes(path)
        with av.open(f"file:{path.absolute()}") as container:
            if not container.streams.video:
                raise InvalidInputError(f"{path} holds no video", "render it again")
            video: Any = container.streams.video[0]
            audio: Any = container.streams.audio[0] if container.streams.audio else None
            # A file that breaks off is measured as far as it goes: the gates say what is missing.
            with contextlib.suppress(av.error.FFmpegError):
                for packet in container.demux(*filter(None, (video, audio))):
                    if packet.size and packet.pts is not None:
                        packets[packet.stream.type].append(packet)
            context = video.codec_context
            # The picture's own tags are known once a picture is decoded.
            for packet in packets["video"]:
                with contextlib.suppress(av.error.FFmpegError):
                    if context.decode(packet):
                        break
            shown = sorted((packet.pts, packet.duration or 0) for packet in packets["video"])
            return Streams(
                size_bytes=path.stat().st_size,
                boxes=boxes,
                is_whole=is_whole,
                codec=context.name,
                pixel_format=str(context.pix_fmt),
                width=context.width,
                height=context.height,
                rate=float(video.average_rate or 0),
                tags=(
                    _named(_TAGS, context.color_primaries),
                    _named(_TAGS, context.color_trc),
                    _named(_TAGS, context.colorspace),
                    _named(_RANGES, context.color_range),
                ),
                times_s=tuple(float(pts * video.time_base) for pts, _ in shown),
                end_s=float(sum(shown[-1]) * video.time_base) if shown else 0.0,
                picture_bytes=sum(packet.size for packet in packets["video"]),
                sound=_sound_stream(audio, packets["audio"]) if packets["audio"] else None,
            )
    except (OSError, ValueError, av.error.FFmpegError) as error:
        raise InvalidInputError(
            f"{path} cannot be read as video ({error})", "render it again"
        ) from error


def _sound_stream(audio: Any, packets: list[Any]) -> SoundStream:
    context = audio.codec_context
    last = packets[-1]
    return SoundStream(
        codec=context.name,
        rate_hz=context.sample_rate,
        channels=context.layout.nb_channels,
        # After the edit list: the encoder's run-in before it is never played.
        start_s=float((audio.start_time or 0) * audio.time_base),
        end_s=float((last.pts + (last.duration or 0)) * audio.time_base),
    )


def _named(names: dict[int, str], value: Any) -> str:
    return names.get(int(value), f"code {int(value)}")


def _boxes(path: Path) -> tuple[tuple[str, ...], bool]:
    """Types of the top-level boxes (ISO 14496-12), and whether the last is all there."""
    size = path.stat().st_size
    names, place = [], 0
    with path.open("rb") as file:
        while place + 8 <= size:
            file.seek(place)
            header = file.read(16)
            length = int.from_bytes(header[:4], "big")
            if length == 1:
                length = int.from_bytes(header[8:16], "big")
            elif length == 0:
                length = size - place
            names.append(header[4:8].decode("latin-1"))
            if length < 8:
                break
            place += length
    return tuple(names), place == size


def decode(path: Path, streams: Streams, ffmpeg: Path) -> Decoded:
    """Decodes a file once and listens to the filters that watch it.

    Frames that no other frame needs (every second one) are passed over, and of the others every
    fourth pixel of every fourth line is watched, which is as black, and as still, as the frame:
    stretches are known to a frame, at half the cost. In-loop filtering is not left out: without
    it a key frame looks as if a still picture had moved.

    Args:
        path: The file.
        streams: From ``read_streams``.
        ffmpeg: Decodes.
    """
    watched = (
        "scale=iw/4:ih/4:flags=fast_bilinear,"
        f"blackdetect=d=0.1:pix_th={BLACK_LUMA}:pic_th={BLACK_SHARE},"
        f"freezedetect=n={FREEZE_NOISE}:d=0.5"
    )
    arguments = [
        "-skip_frame:v", "noref", "-i", f"file:{path.absolute()}",
        "-map", "0:v:0", "-vf", watched, "-fps_mode", "passthrough", "-f", "null", "-",
    ]  # fmt: skip
    if streams.sound is not None:
        heard = f"silencedetect=n={SILENCE_DB}dB:d=0.1,ebur128=peak=true:framelog=verbose"
        arguments += [
            "-map", "0:a:0", "-af", heard, "-f", "null", "-",
            "-map", "0:a:0", "-ac", "1", "-ar", str(SOUND_RATE_HZ * _DECIMATION),
            "-f", "s16le", "pipe:1",
        ]  # fmt: skip
    run = run_ffmpeg(ffmpeg, arguments)
    printed = run.printed
    counted = re.findall(r"frame=\s*(\d+)", printed)
    return Decoded(
        frames=int(counted[-1]) if counted else 0,
        problems=tuple(
            line.strip()
            for line in printed.splitlines()
            if "[error]" in line or "[fatal]" in line or "corrupt" in line
        ),
        black=_stretches(printed, "black", streams.end_s),
        frozen=_stretches(printed, "freeze", streams.end_s),
        silent=_stretches(printed, "silence", streams.end_s),
        loudness=parse_summary(printed),
        sound=lowered(run.output),
        cpu_s=run.cpu_s,
    )


def lowered(samples: bytes) -> NDArray[np.float32]:
    """16-bit mono samples at 48 kHz as numbers from -1 to 1 at ``SOUND_RATE_HZ``."""
    import numpy as np

    data = np.frombuffer(samples[: len(samples) // (2 * _DECIMATION) * 2 * _DECIMATION], "<i2")
    mean: NDArray[np.float32] = data.reshape(-1, _DECIMATION).mean(axis=1, dtype=np.float32)
    return mean / np.float32(32768)


def _stretches(printed: str, name: str, end_s: float) -> tuple[Stretch, ...]:
    """What a detecting filter printed; a stretch that is still open lasts to the end."""
    number = r":\s*(-?[\d.]+(?:e[+-]?\d+)?)"
    starts = [float(text) for text in re.findall(f"{name}_start{number}", printed)]
    ends = [float(text) for text in re.findall(f"{name}_end{number}", printed)]
    ends += [max(end_s, start) for start in starts[len(ends) :]]
    return tuple(Stretch(start, end) for start, end in zip(starts, ends, strict=False))
