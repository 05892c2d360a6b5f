"""Single pictures of a video: thumbnails, a strip of frames, a waveform.

Belongs here: what people see of a video before or beside playing it. The scenes inside a video are
drawn by the layouts.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.art import Art, rasterise, rect, text
from ytempire_assets.video.backdrop import backdrop_layers
from ytempire_assets.video.formats import Box, VideoFormat
from ytempire_assets.video.layouts.chrome import brand_mark
from ytempire_assets.video.layouts.numbers import number_and_words
from ytempire_assets.video.layouts.stage import Stage
from ytempire_assets.video.look import Look, readable_on, rgb
from ytempire_assets.video.scene import Brand, Figure, SceneBrief

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

MAX_THUMBNAIL_BYTES = 2_000_000
"""YouTube refuses larger ones (2 MB)."""

VARIANTS = 3
"""Thumbnail designs: title on the backdrop, the figure huge, title on a field of accent colour."""


def thumbnail(
    title: str,
    look: Look,
    fmt: VideoFormat,
    brand: Brand,
    *,
    emphasis: Sequence[str] = (),
    figure: Figure | None = None,
    variant: int = 0,
) -> bytes:
    """A designed thumbnail, legible at the size of a stamp.

    Args:
        title: A few words; long titles are set smaller and cut.
        look: The channel's look.
        fmt: Tall frames give 1080x1920, all others 1280x720.
        brand: The channel.
        emphasis: Words or phrases of the title to light.
        figure: The story's number, for variant 1.
        variant: 0 to ``VARIANTS`` - 1; 1 without a figure is set like 0 in another corner of the
            backdrop.

    Returns:
        JPEG bytes, under 2 MB; the same for the same arguments.

    Raises:
        InvalidInputError: Letters that the look's fonts cannot draw.
    """
    width, height = (1080, 1920) if fmt.is_portrait else (1280, 720)
    frame = _thumbnail_format(width, height)
    brief = SceneBrief(variant + 1, VARIANTS, "hook", "", title, tuple(emphasis), 0.1, title)
    stage = Stage(brief, look, frame, brand)
    inverted = variant % VARIANTS == 2
    ground = look.accent if inverted else None
    if variant % VARIANTS == 1 and figure is not None:
        art = _figure_art(stage, figure)
    else:
        art = _title_art(stage, ground)
    picture = _backdrop(stage, ground)
    _paste(picture, rasterise(art, Box(0, 0, width, height)))
    for quality in (90, 82, 70, 50):
        data = _jpeg(picture, quality)
        if len(data) <= MAX_THUMBNAIL_BYTES:
            break
    return data


def _thumbnail_format(width: int, height: int) -> VideoFormat:
    margin = round(width * 0.06)
    return VideoFormat("thumbnail", width, height, 0.0, margin, margin, margin, margin, 0)


def _backdrop(stage: Stage, ground: str | None) -> Image:
    from PIL import Image

    size = (stage.fmt.width, stage.fmt.height)
    if ground is not None:
        return Image.new("RGB", size, rgb(ground))
    layers = backdrop_layers(
        stage.look, stage.fmt, stage.brief.topic_title, stage.brief.number, 0.1, present=1.0
    )
    with Image.open(io.BytesIO(layers[0].data)) as picture:
        return Image.Image.crop(picture.convert("RGB"), (0, 0, *size))


def _paste(picture: Image, png: bytes) -> None:
    from PIL import Image

    with Image.open(io.BytesIO(png)) as overlay:
        picture.paste(overlay, (0, 0), overlay)


def _jpeg(picture: Image, quality: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, "jpeg", quality=quality, optimize=True, subsampling=0)
    return file.getvalue()


def _signature(stage: Stage, ink: str) -> Art:
    """Mark and name at the lower left."""
    safe = stage.fmt.safe_box
    size = stage.px(72)
    y = safe.bottom - size
    name = stage.set(
        stage.brand.name, stage.strong, stage.sizes(45, 28), safe.width * 0.7, size, max_lines=1
    )
    return brand_mark(stage, safe.x, y, size) + text(
        name, safe.x + size + stage.px(24), y + (size - name.cap_height) / 2, ink
    )


def _title_art(stage: Stage, ground: str | None) -> Art:
    look, safe = stage.look, stage.fmt.safe_box
    ink = look.ink if ground is None else readable_on(ground, look.background, look.ink)
    room = safe.height - stage.px(72 + 64)
    block = stage.set(
        stage.brief.headline, stage.display, stage.sizes(268, 53),
        safe.width * (0.92 if not stage.fmt.is_portrait else 1.0), room, max_lines=6,
        lit=stage.brief.emphasis,
    )  # fmt: skip
    y = safe.y + max(0.0, (room - block.height) * 0.4)
    if ground is None:
        return text(block, safe.x, y, ink, lit=look.accent) + _signature(stage, ink)
    name = stage.set(
        stage.brand.name, stage.strong, stage.sizes(45, 28), safe.width, stage.px(72), max_lines=1
    )
    bar = rect(safe.x, safe.bottom - stage.px(72), stage.px(10), stage.px(44), ink)
    return (
        text(block, safe.x, y, ink)
        + bar
        + text(name, safe.x + stage.px(34), safe.bottom - stage.px(65), ink)
    )


def _figure_art(stage: Stage, figure: Figure) -> Art:
    look, safe = stage.look, stage.fmt.safe_box
    huge, words = number_and_words(figure.text)
    number = stage.set(
        huge, stage.numerals, stage.sizes(372, 86), safe.width, safe.height * 0.42, max_lines=1
    )
    unit = stage.set(
        " ".join(part for part in (words, figure.unit) if part), stage.display,
        stage.sizes(140, 45), safe.width, safe.height * 0.2, max_lines=1,
    )  # fmt: skip
    title = stage.set(
        stage.brief.headline, stage.strong, stage.sizes(62, 33), safe.width * 0.9,
        safe.height * 0.18, max_lines=2,
    )  # fmt: skip
    gap = stage.px(48)
    total = number.cap_height + unit.height + title.height + gap * 2
    y = safe.y + max(0.0, (safe.height - stage.px(120) - total) * 0.45)
    art = text(number, safe.x, y, look.accent)
    y += number.cap_height + gap
    art += text(unit, safe.x, y, look.ink)
    y += unit.height + gap
    return art + text(title, safe.x, y, look.muted) + _signature(stage, look.ink)


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
    return _jpeg(strip, 86)


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
