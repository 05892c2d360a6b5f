"""Short animations that have to be drawn frame by frame: counting numbers, growing charts.

Belongs here: turning a function of progress into a small lossless clip with alpha, by MoviePy.
Everything that only moves, fades or is uncovered is a still that the ffmpeg graph moves, which
costs far less (see ``ffmpeg``).
"""

from __future__ import annotations

import io
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ytempire_assets.video.art import Art, rasterise
from ytempire_assets.video.formats import Box

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Pixels: TypeAlias = "NDArray[np.uint8]"
"""(height, width, 4) RGBA with straight alpha."""

FPS = 30


def pixels(art: Art, box: Box) -> Pixels:
    """``art`` painted as an RGBA array of the size of ``box``."""
    return decode(rasterise(art, box))


def decode(png: bytes) -> Pixels:
    """A PNG as an RGBA array (height, width, 4)."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        return np.array(image.convert("RGBA"))


def ease_out(progress: float) -> float:
    """Fast first, then settling: 0-1 to 0-1."""
    return 1.0 - (1.0 - min(1.0, max(0.0, progress))) ** 3


def clip_with_alpha(draw: Callable[[float], Pixels], seconds: float) -> bytes:
    """A QuickTime clip (QuickTime Animation codec, RGBA) of ``draw`` over progress 0-1.

    Args:
        draw: From progress 0-1 to a frame; every frame has the same size.
        seconds: How long the growth takes; the last frame is progress 1 exactly.

    Returns:
        The file's bytes, the same for the same frames.
    """
    from moviepy import VideoClip
    from moviepy.video.io.ffmpeg_writer import ffmpeg_write_video

    frames = max(2, math.ceil(seconds * FPS))
    drawn: dict[int, Pixels] = {}

    def frame_at(time_s: float) -> Pixels:
        # MoviePy asks for colour and mask of a frame one after the other: draw it once.
        index = min(frames - 1, round(time_s * FPS))
        if index not in drawn:
            drawn.clear()
            drawn[index] = draw(index / (frames - 1))
        return drawn[index]

    def mask_at(time_s: float) -> NDArray[np.floating]:
        # MoviePy multiplies by 255 and truncates; the half keeps every value what it was.
        return (frame_at(time_s)[:, :, 3] + 0.5) / 255.0

    clip = VideoClip(lambda time_s: frame_at(time_s)[:, :, :3], duration=frames / FPS)
    clip = clip.with_mask(VideoClip(mask_at, is_mask=True, duration=frames / FPS))
    with tempfile.TemporaryDirectory(prefix="ytempire-clip-") as folder:
        path = Path(folder) / "clip.mov"
        ffmpeg_write_video(
            clip,
            str(path),
            fps=FPS,
            codec="qtrle",
            pixel_format="argb",
            threads=1,
            logger=None,
            ffmpeg_params=["-fflags", "+bitexact"],
        )
        return path.read_bytes()
