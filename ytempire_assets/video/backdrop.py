"""The ground behind every scene: a generative motif in the look's colours, slowly drifting.

Belongs here: composing gradient, glow, motif and dither into one picture larger than the frame, and
how far and fast it drifts. The motifs themselves are in ``motifs``.

All scenes of a video are windows on the same world (seeded by the topic), each a step further on,
so that they look related but never the same.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

from ytempire_assets.errors import PermanentError
from ytempire_assets.video.art import Art, disc, rasterise
from ytempire_assets.video.formats import Box, VideoFormat
from ytempire_assets.video.look import Look, mix, rgb
from ytempire_assets.video.motifs import Ground, orbit_radius, orbit_shape, paint_motif
from ytempire_assets.video.scene import Layer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_DRIFT_PX = 240
"""The picture is at most this much longer than the frame; longer scenes drift more slowly."""


def backdrop_layers(
    look: Look, fmt: VideoFormat, topic: str, number: int, duration_s: float, *, present: float
) -> list[Layer]:
    """The backdrop of one scene as its first layer.

    Args:
        look: Colours and motif.
        fmt: The frame.
        topic: Seeds the world that all scenes share.
        number: Which scene: how far along in that world.
        duration_s: How long it drifts, seconds; the voice may take a fifth longer than estimated.
        present: 0-1, how strongly the motif shows; little on busy scenes.
    """
    speed, reach = drift(fmt.fps, duration_s * 1.2 + 0.5)
    along_x = fmt.is_landscape
    width = fmt.width + (reach if along_x else 0)
    height = fmt.height + (0 if along_x else reach)
    seed = int.from_bytes(hashlib.sha256(topic.encode("utf-8", "replace")).digest()[:8], "big")
    ground = Ground.create(width, height, fmt, seed, number, present)
    path = (-speed, 0.0) if along_x else (0.0, -speed)
    backdrop = Layer(
        "backdrop", "png", _paint(look, ground), 0, 0, width, height, entrance="cut",
        motion="drift", path=path,
    )  # fmt: skip
    return [backdrop, *([_traveller(look, ground, path)] if look.motif == "orbits" else [])]


def _traveller(look: Look, ground: Ground, path: tuple[float, float]) -> Layer:
    """A point of light that runs along one of the orbits while the backdrop drifts."""
    unit = ground.unit
    size = 2 * round(44 * unit)
    glow = (
        f'<defs><radialGradient id="g"><stop offset="0" stop-color="{look.accent}" '
        f'stop-opacity="0.55"/><stop offset="1" stop-color="{look.accent}" stop-opacity="0"/>'
        f'</radialGradient></defs><circle cx="{size / 2}" cy="{size / 2}" r="{size / 2}" '
        'fill="url(#g)"/>'
    )
    dot = disc(size / 2, size / 2, 7 * unit, look.accent)
    tilt, squash = orbit_shape(ground)
    radius = orbit_radius(1) * unit
    start = 1.1 + 1.7 * (ground.number % 4)
    return Layer(
        "traveller", "png", rasterise(Art(glow) + dot, Box(0, 0, size, size)), 0, 0, size, size,
        entrance="cut", motion="orbit",
        path=(
            ground.focus[0] * ground.width, ground.focus[1] * ground.height, radius,
            radius * squash, tilt, start, 0.32, *path,
        ),
    )  # fmt: skip


def drift(fps: int, duration_s: float) -> tuple[float, int]:
    """Speed in px per second and the room it needs in px, even.

    Half a pixel per frame, in long scenes a quarter or an eighth: every frame is exactly as far
    from the one before as the next one is, and the compositor keeps few interpolated pictures.
    """
    frames = math.ceil(duration_s * fps)
    for frames_per_px in (2, 4, 8):
        reach = math.ceil(frames / frames_per_px) + 2
        if reach <= MAX_DRIFT_PX:
            break
    return fps / frames_per_px, reach + reach % 2


def _paint(look: Look, ground: Ground) -> bytes:
    """The backdrop as PNG bytes, without alpha."""
    import cv2
    import numpy as np

    width, height = ground.width, ground.height
    soft = _glow(look, ground)
    picture = _enlarge(soft, width, height)
    paint_motif(look, ground, picture)
    # Smooth dark gradients show bands in 8 bits; a dither of one step hides them and codes away.
    pattern = _dither()
    repeats = (math.ceil(height / len(pattern)), math.ceil(width / len(pattern)))
    picture += np.tile(pattern, repeats)[:height, :width, None]
    pixels = np.clip(picture, 0, 255).astype(np.uint8)
    # Rows as they are, without a filter: half the file and a third of the time to open it.
    settings = [cv2.IMWRITE_PNG_COMPRESSION, 3, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE]
    written, data = cv2.imencode(".png", pixels[:, :, ::-1], settings)
    if not written:
        raise PermanentError("a backdrop could not be written as PNG", "report this: it is a bug")
    return data.tobytes()


def _dither() -> NDArray[np.float32]:
    """Bayer's ordered 8 x 8 pattern, 0-1: it repeats, so it packs better than noise."""
    import numpy as np

    pattern = np.zeros((1, 1), np.float32)
    for _ in range(3):
        pattern = np.block([[4 * pattern, 4 * pattern + 2], [4 * pattern + 3, 4 * pattern + 1]])
    return ((pattern + 0.5) / 64).astype(np.float32)


def _glow(look: Look, ground: Ground) -> NDArray[np.float32]:
    """Gradient and two soft lights, a sixth of the size: there is no detail in them."""
    import numpy as np

    height, width = max(2, ground.height // 6), max(2, ground.width // 6)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / width, y / height
    base = np.asarray(rgb(look.background), np.float32)
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = base
    slope = np.clip(0.75 * y + 0.25 * (1 - x), 0, 1) ** 1.5
    _blend(picture, look.surface, slope * 0.75)
    strength = (0.36 if look.is_dark else 0.13) * (0.55 + 0.45 * ground.present)
    aspect = ground.width / ground.height
    for (spot_x, spot_y), colour, size, share in (
        (ground.focus, look.accent_2, 0.62, 1.0),
        (
            (1 - ground.focus[0], 1 - ground.focus[1] * 0.6),
            mix(look.accent_2, look.accent, 0.35),
            0.45,
            0.45,
        ),
    ):
        distance = ((x - spot_x) * aspect) ** 2 + (y - spot_y) ** 2
        _blend(picture, colour, strength * share * np.exp(-distance / (size * size * 0.28)))
    return picture


def _blend(picture: NDArray[np.float32], colour: str, share: NDArray[np.float32]) -> None:
    import numpy as np

    picture += (np.asarray(rgb(colour), np.float32) - picture) * share[:, :, None]


def _enlarge(picture: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    """Smoothly to full size, keeping fractions so that the dither has something to work on."""
    import numpy as np
    from PIL import Image

    channels = [
        np.asarray(
            Image.fromarray(picture[:, :, channel]).resize(
                (width, height), Image.Resampling.BICUBIC
            )
        )
        for channel in range(3)
    ]
    return np.stack(channels, axis=2)
