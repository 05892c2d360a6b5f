"""What a stream's playlists say of its renditions: names, bit rates, codecs.

Belongs here: measuring finished renditions and writing the master playlist from that. A rendition's
own playlist is written by the run of ffmpeg that cuts its segments (``streams``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from ytempire_assets.errors import InvalidInputError

MASTER_NAME = "master.m3u8"
PLAYLIST_NAME = "index.m3u8"
INIT_NAME = "init.mp4"
AUDIO_NAME = "audio"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One rendition as the master playlist declares it.

    Attributes:
        name: Its folder, for example ``480p``.
        width: Pixels.
        height: Pixels.
        bandwidth: Bits per second of its busiest stretch, with audio.
        average_bandwidth: Bits per second over the whole video, with audio.
        codecs: As in RFC 6381.
    """

    name: str
    width: int
    height: int
    bandwidth: int
    average_bandwidth: int
    codecs: str


def measure_rendition(folder: Path, name: str, size: tuple[int, int]) -> Rendition:
    """Measures a finished rendition together with the audio that plays beside it.

    Args:
        folder: The stream's.
        name: The rendition's folder in it.
        size: Width and height, px.

    Raises:
        InvalidInputError: A file of it cannot be read.
    """
    parts = [name, *([AUDIO_NAME] if (folder / AUDIO_NAME).is_dir() else [])]
    measured = [_rates(folder / part) for part in parts]
    return Rendition(
        name=name,
        width=size[0],
        height=size[1],
        bandwidth=sum(peak for peak, _ in measured),
        average_bandwidth=sum(average for _, average in measured),
        codecs=",".join(codec_of(folder / part / INIT_NAME) for part in parts),
    )


def _rates(folder: Path) -> tuple[int, int]:
    import m3u8

    playlist = m3u8.loads((folder / PLAYLIST_NAME).read_text(encoding="utf-8"))
    lengths = [float(segment.duration) for segment in playlist.segments]
    sizes = [(folder / segment.uri).stat().st_size for segment in playlist.segments]
    return bit_rates(lengths, sizes, float(playlist.target_duration))


def bit_rates(
    durations_s: Sequence[float], sizes_bytes: Sequence[int], target_s: float
) -> tuple[int, int]:
    """Peak and average bits per second of a rendition, as RFC 8216 (4.3.4.2) defines them.

    The peak is the largest rate of any run of segments that lasts between half and one and a half
    target durations; a video shorter than that has only its average.

    Args:
        durations_s: Of the segments, in order.
        sizes_bytes: Of the same segments.
        target_s: The playlist's target duration.
    """
    average = sum(sizes_bytes) * 8 / sum(durations_s)
    peak = average
    for start in range(len(durations_s)):
        length_s = size = 0.0
        for duration_s, size_bytes in zip(durations_s[start:], sizes_bytes[start:], strict=True):
            length_s += duration_s
            size += size_bytes
            if length_s > 1.5 * target_s:
                break
            if length_s >= 0.5 * target_s:
                peak = max(peak, size * 8 / length_s)
    return round(peak + 0.5), round(average + 0.5)


def codec_of(init: Path) -> str:
    """The codec of an initialisation segment as RFC 6381 writes it, empty if it has none known.

    Raises:
        InvalidInputError: The file cannot be read as MP4.
    """
    import av

    try:
        with av.open(str(init)) as container:
            context = container.streams[0].codec_context
            name, setup = context.name, context.extradata or b""
    except (OSError, IndexError, av.error.FFmpegError) as error:
        raise InvalidInputError(
            f"{init} cannot be read as MP4 ({error})", "make the stream again"
        ) from error
    if name == "h264" and len(setup) >= 4:  # avcC: version, profile, constraints, level
        return f"avc1.{setup[1:4].hex()}"
    if name == "aac" and setup:  # AudioSpecificConfig: five bits of object type
        return f"mp4a.40.{setup[0] >> 3}"
    return ""


def master_playlist(renditions: Sequence[Rendition], fps: Fraction, with_audio: bool) -> str:
    """The playlist that players open first.

    Args:
        renditions: In the order in which players should consider them.
        fps: Frame rate of all of them.
        with_audio: Whether the shared audio rendition exists.
    """
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    if with_audio:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="{AUDIO_NAME}",NAME="Sound",DEFAULT=YES,'
            f'AUTOSELECT=YES,URI="{AUDIO_NAME}/{PLAYLIST_NAME}"'
        )
    for rendition in renditions:
        lines.append(
            f"#EXT-X-STREAM-INF:BANDWIDTH={rendition.bandwidth},"
            f"AVERAGE-BANDWIDTH={rendition.average_bandwidth},"
            f"RESOLUTION={rendition.width}x{rendition.height},FRAME-RATE={float(fps):.3f},"
            f'CODECS="{rendition.codecs}",VIDEO-RANGE=SDR,'
            + (f'AUDIO="{AUDIO_NAME}",' if with_audio else "")
            + "CLOSED-CAPTIONS=NONE"
        )
        lines.append(f"{rendition.name}/{PLAYLIST_NAME}")
    return "\n".join([*lines, ""])
