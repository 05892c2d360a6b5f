"""Single pictures of finished files: a strip of frames, a waveform.

Belongs here: what people see of a video or a voice beside playing it. What they see before is in
``thumbnails``.
"""

from __future__ import annotations

import io
import wave
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.art import Art, rasterise, rect
from ytempire_assets.video.formats import Box
from ytempire_assets.video.look import Look

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def frame_strip(video: Path, count: int = 6, height: int = 320) -> bytes:
    """``count`` frames at even distances side by side.

    Args:
        video: A rendered file.
        count: Frames to show.
        height: Of the strip, px.

    Returns:
        JPEG bytes.

    Raises:
        InvalidInputError: The file cannot be read as video.
    """
    import av
    from PIL import Image

    frames = []
    try:
        with av.open(str(video)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            length = float(container.duration or 0) / 1_000_000
            for index in range(count):
                time_s = length * (index + 0.4) / count
                container.seek(int(time_s * 1_000_000))
                frame = None
                for frame in container.decode(stream):
                    if frame.time is not None and frame.time >= time_s - 0.02:
                        break
                if frame is not None:
                    scale = height / frame.height
                    width = max(2, round(frame.width * scale))
                    frames.append(frame.reformat(width, height, "rgb24").to_ndarray())
    except (OSError, IndexError, av.error.FFmpegError) as error:
        raise InvalidInputError(
            f"{video} cannot be read as video ({error})", "render it again"
        ) from error
    if not frames:
        raise InvalidInputError(f"{video} holds no frames", "render it again")
    gap = max(2, height // 80)
    width = sum(frame.shape[1] for frame in frames) + gap * (len(frames) - 1)
    strip, x = Image.new("RGB", (width, height), (24, 24, 28)), 0
    for pixels in frames:
        strip.paste(Image.fromarray(pixels), (x, 0))
        x += pixels.shape[1] + gap
    file = io.BytesIO()
    strip.save(file, "jpeg", quality=86, optimize=True, subsampling=0)
    return file.getvalue()


def waveform(wav: Path, look: Look | None = None, size: tuple[int, int] = (900, 120)) -> bytes:
    """Loudness over time as rounded bars.

    Args:
        wav: 16-bit PCM.
        look: Colours; neutral ones when not given.
        size: Width and height, px.

    Returns:
        PNG bytes with transparent ground.

    Raises:
        InvalidInputError: Not a 16-bit WAV file.
    """
    import numpy as np

    samples = _samples(wav)
    width, height = size
    count = max(1, width // 6)
    edges = np.linspace(0, len(samples), count + 1).astype(int)
    peaks = np.array(
        [
            np.sqrt(np.mean(np.square(samples[start:end]))) if end > start else 0.0
            for start, end in pairwise(edges)
        ]
    )
    tallest = float(peaks.max()) or 1.0
    colour, quiet = (look.accent, look.muted) if look else ("#3B82F6", "#94A3B8")
    art = Art()
    step = width / count
    for index, peak in enumerate(peaks):
        bar = max(2.0, height * 0.94 * float(peak) / tallest)
        art += rect(
            index * step + 1, (height - bar) / 2, max(1.0, step - 2),
            bar, colour if bar > 4 else quiet, radius=step / 2,
        )  # fmt: skip
    return rasterise(art, Box(0, 0, width, height))


def _samples(wav: Path) -> NDArray[np.float32]:
    import numpy as np

    try:
        with wave.open(str(wav)) as file:
            if file.getsampwidth() != 2:
                raise InvalidInputError(f"{wav} is not 16-bit PCM", "give the voiceover's WAV file")
            data = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
            channels = file.getnchannels()
    except (OSError, EOFError, wave.Error) as error:
        raise InvalidInputError(
            f"{wav} cannot be read as WAV ({error})", "make the voiceover again"
        ) from error
    mono: NDArray[np.float32] = data.reshape(-1, channels).mean(axis=1).astype(np.float32)
    mono /= 32768.0
    return mono
