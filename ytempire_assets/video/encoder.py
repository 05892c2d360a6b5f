"""Encoders: which one a machine has, their settings, and frames into a file.

Belongs here: everything that speaks the encoder's language. An encoder is chosen by trying it on a
few frames, and what was chosen is told: there is never silently another one.

Frames go into libavcodec in this process (PyAV): no pipe, and no copy but the encoder's own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from ytempire_assets.errors import InvalidInputError, PermanentError
from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.planes import Planes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EncoderName = Literal["libx264", "h264_nvenc"]
"""H.264 on the CPU by x264, or on an NVIDIA GPU."""

EncoderSetting = Literal["auto", "libx264", "h264_nvenc"]
"""``auto``: the GPU when it works, the CPU otherwise; a name: that one or an error."""

PIXEL_FORMAT = "nv12"
"""What frames are handed over as: 4:2:0 with Cb and Cr in one plane; files are yuv420p."""

SAMPLE_RATE_HZ = 48_000
AUDIO_BIT_RATE = 192_000


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoder with its settings."""

    name: EncoderName
    options: Mapping[str, str]

    @property
    def text(self) -> str:
        """For people and tables, e.g. ``libx264, preset veryfast, crf 21``."""
        return ", ".join([self.name, *(f"{key} {value}" for key, value in self.options.items())])


ENCODINGS: Mapping[EncoderName, Encoding] = MappingProxyType(
    {
        # On the measured frontier of CPU-seconds, VMAF and bytes: see docs/rendering.md.
        "libx264": Encoding(
            "libx264",
            MappingProxyType({"preset": "veryfast", "crf": "19", "profile": "high"}),
        ),
        "h264_nvenc": Encoding(
            "h264_nvenc",
            MappingProxyType(
                {"preset": "p5", "tune": "hq", "rc": "vbr", "cq": "23", "b": "0", "profile": "high"}
            ),
        ),
    }
)
"""What each encoder runs with."""


def choose_encoder(setting: EncoderSetting) -> Encoding:
    """The encoder that a setting means on this machine, tried out.

    Raises:
        InvalidInputError: The one that was asked for does not work here; says why.
    """
    if setting == "auto":
        return ENCODINGS["h264_nvenc" if encoder_problem("h264_nvenc") is None else "libx264"]
    problem = encoder_problem(setting)
    if problem is not None:
        raise InvalidInputError(
            f"the encoder {setting} does not work on this machine: {problem}",
            "check the GPU and its driver, or set YTEMPIRE_ENCODER to auto or libx264",
        )
    return ENCODINGS[setting]


@lru_cache(maxsize=4)
def encoder_problem(name: EncoderName) -> str | None:
    """Why an encoder cannot be used here, None when it can: three frames are encoded to know."""
    import av

    try:
        context = av.CodecContext.create(name, "w")
        context.width, context.height, context.pix_fmt = 640, 480, PIXEL_FORMAT
        context.time_base = Fraction(1, 30)
        context.options = dict(ENCODINGS[name].options)
        frame = av.VideoFrame(640, 480, PIXEL_FORMAT)
        packets = 0
        for index in range(3):
            frame.pts = index
            packets += len(context.encode(frame))
        packets += len(context.encode(None))
    except (OSError, ValueError, av.error.FFmpegError) as error:
        return getattr(error, "strerror", None) or str(error)
    return None if packets else "it gave no output"


class VideoFile:
    """An MP4 being written: H.264 and AAC, BT.709 limited range, index at the front.

    Args:
        path: Where; overwritten.
        fmt: Size and frame rate.
        encoding: From ``choose_encoder``.
        threads: Of the encoder; 0 lets it decide.
        with_sound: Whether there is an audio track.

    Raises:
        PermanentError: The encoder refuses these settings.
        OSError: The file cannot be written.
    """

    def __init__(
        self,
        path: Path,
        fmt: VideoFormat,
        encoding: Encoding,
        *,
        threads: int = 0,
        with_sound: bool = True,
    ) -> None:
        import av

        # The name is our own; as an address with a protocol no path can be mistaken for one.
        self._file: Any = av.open(
            f"file:{path}", "w", format="mp4", options={"movflags": "+faststart"}
        )
        self._fmt = fmt
        try:
            video: Any = self._file.add_stream(encoding.name, rate=fmt.fps)
            video.width, video.height, video.pix_fmt = fmt.width, fmt.height, PIXEL_FORMAT
            context = video.codec_context
            context.thread_count = threads
            # Values of ITU-T H.273: BT.709 for all three; 1 is the limited ("TV") range.
            context.color_primaries = context.color_trc = context.colorspace = 1
            context.color_range = 1
            video.options = dict(encoding.options)
            self._video = video
            self._audio: Any = None
            if with_sound:
                self._audio = self._file.add_stream("aac", rate=SAMPLE_RATE_HZ)
                self._audio.bit_rate = AUDIO_BIT_RATE
                # The default search put a click 4 dB over everything else into a narration. At this
                # rate the quick one without noise substitution and intensity stereo is 14 dB
                # closer to the mix, for a third of the time.
                self._audio.options = {"aac_coder": "fast", "aac_pns": "0", "aac_is": "0"}
                self._audio.layout = "stereo"
            # A ring: the encoder may still look at the frame before.
            self._frames = [av.VideoFrame(fmt.width, fmt.height, PIXEL_FORMAT) for _ in range(2)]
        except (ValueError, av.error.FFmpegError) as error:
            self.close()
            raise PermanentError(
                f"the encoder {encoding.text} refuses {fmt.width}x{fmt.height}: {error}",
                "set YTEMPIRE_ENCODER to libx264",
            ) from error
        self._views = [_views(frame, fmt) for frame in self._frames]
        self._count = 0
        self._samples = 0

    @contextlib.contextmanager
    def frame(self) -> Iterator[Planes]:
        """Planes to draw the next frame on; encoded at the end of the block."""
        place = self._count % len(self._frames)
        yield self._views[place]
        frame = self._frames[place]
        frame.pts = self._count
        frame.time_base = Fraction(1, self._fmt.fps)
        self._count += 1
        for packet in self._video.encode(frame):
            self._file.mux(packet)

    def sound(self, samples: NDArray[np.int16]) -> None:
        """Encodes the next samples: (n, 2) 16-bit stereo at 48 kHz."""
        import av

        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = SAMPLE_RATE_HZ
        frame.pts = self._samples
        frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
        self._samples += len(samples)
        for packet in self._audio.encode(frame):
            self._file.mux(packet)

    def finish(self) -> None:
        """Writes what the encoders still hold and the index.

        Raises:
            OSError: The disk is full.
        """
        for stream in (self._video, self._audio):
            if stream is not None:
                for packet in stream.encode(None):
                    self._file.mux(packet)
        self._file.close()

    def close(self) -> None:
        """Gives the file up as it is."""
        with contextlib.suppress(Exception):
            self._file.close()


def _views(frame: Any, fmt: VideoFormat) -> Planes:
    """The memory of a frame's planes as arrays."""
    import numpy as np

    luma, chroma = (
        np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height, : fmt.width]
        for plane, height in zip(frame.planes, (fmt.height, fmt.height // 2), strict=True)
    )
    # Each row of chroma is pairs of Cb and Cr.
    rows, step = chroma.shape[0], chroma.strides[0]
    pairs = np.lib.stride_tricks.as_strided(
        chroma, (rows, fmt.width // 2, 2), (step, 2, 1), writeable=True
    )
    return luma, pairs
