"""Facts of a finished file: streams, frames, colours.

Belongs here: measuring. Whether a measurement passes is decided by the checks of the graph.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ytempire_assets.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a video file says and holds; frames are counted, not taken from the header."""

    width: int
    height: int
    fps: float
    frames: int
    duration_s: float
    video_codec: str
    pixel_format: str
    color_space: str
    color_range: str
    audio_codec: str
    sample_rate: int
    size_bytes: int


_COLOR_SPACES = {1: "bt709", 5: "bt470bg", 6: "smpte170m", 9: "bt2020nc", 0: "gbr"}
_COLOR_RANGES = {1: "tv", 2: "pc"}


def probe(path: Path) -> FileFacts:
    """Reads a video file's streams and counts its frames.

    Raises:
        InvalidInputError: The file is not there or holds no video.
    """
    import av

    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise InvalidInputError(f"{path} holds no video", "render it again")
            video = container.streams.video[0]
            audio = container.streams.audio[0] if container.streams.audio else None
            frames = sum(1 for packet in container.demux(video) if packet.size)
            context = video.codec_context
            return FileFacts(
                width=context.width,
                height=context.height,
                fps=float(video.average_rate or 0),
                frames=frames,
                duration_s=float(container.duration or 0) / 1_000_000,
                video_codec=context.name,
                pixel_format=str(context.pix_fmt),
                color_space=_COLOR_SPACES.get(int(context.colorspace), "unknown"),
                color_range=_COLOR_RANGES.get(int(context.color_range), "unknown"),
                audio_codec=audio.codec_context.name if audio else "",
                sample_rate=audio.codec_context.sample_rate if audio else 0,
                size_bytes=path.stat().st_size,
            )
    except (OSError, av.error.FFmpegError) as error:
        raise InvalidInputError(
            f"{path} cannot be read as video ({error})", "render it again"
        ) from error
