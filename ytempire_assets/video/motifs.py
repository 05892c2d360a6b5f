"""The background motifs: orbits, contour lines, dot grid, strata.

Belongs here: the drawing of fine detail in full resolution with numpy, as anti-aliased level lines
of a field. Colours come from the look, geometry from the world's seed and the scene's number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.look import Look, mix, rgb

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Field = NDArray[np.float32]
    """(height, width): one value per pixel."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The picture being painted: its size, where its focus is, and how strongly it shows."""

    width: int
    height: int
    unit: float
    seed: int
    number: int
    present: float
    focus: tuple[float, float]
    is_landscape: bool

    @classmethod
    def create(
        cls, width: int, height: int, fmt: VideoFormat, seed: int, number: int, present: float
    ) -> Ground:
        """A ground for one scene; the focus wanders away from where text stands."""
        import numpy as np

        rng = np.random.default_rng([seed, number])
        if fmt.is_landscape:
            focus = (0.70 + 0.22 * float(rng.random()), 0.18 + 0.6 * float(rng.random()))
        else:
            focus = (0.15 + 0.75 * float(rng.random()), 0.04 + 0.16 * float(rng.random()))
        return cls(
            width,
            height,
            min(fmt.width, fmt.height) / 1080,
            seed,
            number,
            present,
            focus,
            fmt.is_landscape,
        )

    def calm(self) -> Field:
        """0-1: how much detail each pixel may show; little where text stands."""
        import numpy as np

        y = np.linspace(0, 1, self.height, dtype=np.float32)[:, None]
        x = np.linspace(0, 1, self.width, dtype=np.float32)[None, :]
        if self.is_landscape:
            quiet = np.clip((0.70 - x) / 0.35, 0, 1) * np.ones_like(y)
        else:
            quiet = np.clip(1.25 - np.abs(y - 0.44) / 0.30, 0, 1) * np.ones_like(x)
        shown: Field = 1.0 - quiet * (0.72 if self.present < 0.5 else 0.5)
        return shown


def paint_motif(look: Look, ground: Ground, picture: NDArray[np.float32]) -> None:
    """Paints the look's motif over ``picture`` (height, width, 3; 0-255), in place."""
    {"orbits": _orbits, "contours": _contours, "grid": _grid, "strata": _strata}[look.motif](
        look, ground, picture
    )


def _blend(picture: NDArray[np.float32], colour: str, share: Field) -> None:
    for channel, value in enumerate(rgb(colour)):
        picture[:, :, channel] += (value - picture[:, :, channel]) * share


def _orbits(look: Look, ground: Ground, picture: NDArray[np.float32]) -> None:
    """Tilted concentric orbits around the focus, a few stars, a planet's lit edge below."""
    import numpy as np

    tilt, squash = orbit_shape(ground)
    line = mix(look.background, look.ink, 0.75)
    x = np.arange(ground.width, dtype=np.float32)[None, :] - ground.focus[0] * ground.width
    y = np.arange(ground.height, dtype=np.float32)[:, None] - ground.focus[1] * ground.height
    along = x * math.cos(tilt) + y * math.sin(tilt)
    across = (y * math.cos(tilt) - x * math.sin(tilt)) / squash
    radius = np.sqrt(along * along + across * across) + 1e-3
    slope = np.sqrt(along * along + (across / squash) ** 2) / radius
    lines = np.zeros_like(radius)
    for index in range(7):
        ring = orbit_radius(index) * ground.unit
        width = (2.4 if index % 3 == 1 else 1.5) * ground.unit
        strength = (0.50 if index % 3 == 1 else 0.28) * (1 - index * 0.07)
        cover = np.clip(width / 2 + 0.5 - np.abs(radius - ring) / slope, 0, 1) * strength
        np.maximum(lines, cover, out=lines)
    calm = ground.calm()
    share = lines * calm * (0.5 + 0.5 * ground.present)
    _blend(picture, line, share.astype(np.float32))
    _stars(look, ground, picture)
    _planet(look, ground, picture)


def orbit_shape(ground: Ground) -> tuple[float, float]:
    """Tilt (rad) of all orbits and their short axis as a share of the long one."""
    import numpy as np

    rng = np.random.default_rng([ground.seed, 1])
    return -0.45 + 0.25 * float(rng.random()), 0.40 + 0.1 * float(rng.random())


def orbit_radius(index: int) -> float:
    """Long half-axis of an orbit counted from the innermost, in design px."""
    return 150.0 + 128 * index + 9 * index * index


def _planet(look: Look, ground: Ground, picture: NDArray[np.float32]) -> None:
    """A large dark disc at the lower edge whose rim is lit from the side."""
    import numpy as np

    rng = np.random.default_rng([ground.seed, 2])
    step = (ground.number % 5) * 0.13
    if ground.is_landscape:
        size = 0.70 * ground.height
        centre_x, centre_y = ground.width * (0.84 + step * 0.25), ground.height * 1.24
    else:
        size = 0.86 * ground.width
        centre_x = ground.width * (0.18 + step * 1.1 + 0.1 * float(rng.random()))
        centre_y = ground.height * 0.86 + size * 0.86
    top = max(0, int(centre_y - size * 1.5))
    x = np.arange(ground.width, dtype=np.float32)[None, :] - centre_x
    y = np.arange(top, ground.height, dtype=np.float32)[:, None] - centre_y
    distance = np.sqrt(x * x + y * y)
    edge = (distance - size) / (ground.unit * 1080)
    light = np.clip(0.5 - 0.75 * x / size, 0.05, 1.0) ** 1.6
    if ground.is_landscape:  # where it rises into the content
        light = light * (0.4 + 0.6 * ground.present)
    part = picture[top:]
    inside = np.clip(0.5 - (distance - size), 0, 1)
    _blend(part, mix(look.background, look.surface, 0.35), inside * 0.92)
    air = np.where(edge > 0, np.exp(-np.abs(edge) / 0.055), np.exp(-np.abs(edge) / 0.020) * 0.9)
    _blend(part, look.accent_2, (air * light * 0.75).astype(np.float32))
    rim = np.exp(-np.abs(edge) / 0.0022)
    _blend(part, mix(look.accent_2, look.ink, 0.72), (rim * light * 0.9).astype(np.float32))


def _stars(look: Look, ground: Ground, picture: NDArray[np.float32]) -> None:
    import numpy as np

    rng = np.random.default_rng([ground.seed, 3, ground.number])
    colour = np.asarray(rgb(look.ink), np.float32)
    for _ in range(70):
        x, y = int(rng.random() * (ground.width - 8)), int(rng.random() * (ground.height * 0.84))
        size = 0.7 + 1.1 * float(rng.random()) ** 3
        share = (0.15 + 0.5 * float(rng.random()) ** 2) * (1 if look.is_dark else 0.4)
        span = np.arange(8, dtype=np.float32) - 3.5
        spot = np.exp(-(span[:, None] ** 2 + span[None, :] ** 2) / (2 * size * size)) * share
        part = picture[y : y + 8, x : x + 8]
        part += (colour - part) * spot[: part.shape[0], : part.shape[1], None]


def _noise(ground: Ground, cells: float, salt: int, shift: float) -> Field:
    """Smooth hills 0-1 at an eighth of the size; ``shift`` moves the window over them."""
    import numpy as np

    rng = np.random.default_rng([ground.seed, salt])
    height, width = ground.height // 8, ground.width // 8
    y = np.arange(height, dtype=np.float32)[:, None] * (8 / (1080 * ground.unit))
    x = np.arange(width, dtype=np.float32)[None, :] * (8 / (1080 * ground.unit))
    x, y = x + shift, y + shift * 0.6
    total = np.zeros((height, width), np.float32)
    for octave in range(9):
        angle, phase = float(rng.random()) * math.tau, float(rng.random()) * math.tau
        wave = cells * (0.55 + 0.24 * octave)
        strength = 1.0 / (1.0 + 0.42 * octave)
        warp = 0.45 * np.sin(wave * 0.7 * (x * math.sin(angle) - y * math.cos(angle)) + phase * 2)
        total += strength * np.sin(
            wave * (x * math.cos(angle) + y * math.sin(angle)) + phase + warp
        )
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(1e-6, high - low)


def _full(field: Field, ground: Ground) -> Field:
    import numpy as np
    from PIL import Image

    size = (ground.width, ground.height)
    return np.asarray(Image.fromarray(field).resize(size, Image.Resampling.BICUBIC))


def _contours(look: Look, ground: Ground, picture: NDArray[np.float32]) -> None:
    """Hills as sheets of cut paper: each level a tint deeper, casting a soft shadow below."""
    import numpy as np

    small = _noise(ground, 2.6, 11, ground.number * 0.37)
    hills = _full(small, ground)
    rise_y, rise_x = np.gradient(small)
    slope = np.maximum(_full(np.hypot(rise_x, rise_y) / 8, ground), 1e-4)
    count = 10
    calm = ground.calm()
    level = hills * count
    sheet = np.floor(level)
    above = (sheet + 1 - level) / (slope * count)
    below = (level - sheet) / (slope * count)
    depth = np.clip((sheet + np.clip(below, 0, 1)) / count, 0, 1)
    # On a summit the slope is nothing and a shadow would have no edge to fall from.
    strength = calm * (0.7 + 0.3 * ground.present) * np.clip(slope / 8e-4 - 0.5, 0, 1)
    deep = mix(look.surface, look.accent_2, 0.55 if look.is_dark else 0.42)
    _blend(picture, deep, depth * strength * (0.62 if look.is_dark else 0.46))
    shadow = np.exp(-above / (15 * ground.unit)) * (0.34 if look.is_dark else 0.20)
    _blend(picture, mix(look.background, "#000000", 0.8), (shadow * strength).astype(np.float32))
    edge = np.clip(1.6 * ground.unit - below, 0, 1) * np.clip(below + 1, 0, 1)
    light = mix(look.accent_2, look.ink, 0.55) if look.is_dark else "#FFFFFF"
    _blend(picture, light, (edge * strength * (0.35 if look.is_dark else 0.75)).astype(np.float32))


def _grid(look: Look, ground: Ground, picture: NDArray[np.float32]) -> None:
    """A grid of dots whose size follows waves, like a halftone."""
    import numpy as np

    cell = 30 * ground.unit
    waves = _full(_noise(ground, 2.2, 21, ground.number * 0.31), ground)
    x = np.arange(ground.width, dtype=np.float32)[None, :]
    y = np.arange(ground.height, dtype=np.float32)[:, None]
    off_x = np.mod(x, cell) - cell / 2
    off_y = np.mod(y, cell) - cell / 2
    radius = (0.4 + 6.2 * np.clip(waves * 1.5 - 0.5, 0, 1) ** 1.6) * ground.unit
    cover = np.clip(radius + 0.5 - np.sqrt(off_x * off_x + off_y * off_y), 0, 1)
    share = cover * ground.calm() * (0.30 + 0.25 * ground.present)
    _blend(picture, mix(look.accent_2, look.ink, 0.2), share.astype(np.float32))


def _strata(look: Look, ground: Ground, picture: NDArray[np.float32]) -> None:
    """Layers of hills one before the other, deepening towards the lower edge."""
    import numpy as np

    rng = np.random.default_rng([ground.seed, 31])
    x = np.arange(ground.width, dtype=np.float32) / (1080 * ground.unit) + ground.number * 0.43
    y = np.arange(ground.height, dtype=np.float32)[:, None]
    first = 0.66 if ground.is_landscape else 0.78
    bands = 5
    for index in range(bands):
        height = ground.height * (first + (1.02 - first) * index / bands)
        ridge = np.zeros_like(x)
        for octave in range(4):
            ridge += np.sin(
                x * (1.6 + 1.9 * octave + 0.5 * index) + float(rng.random()) * math.tau
            ) / (1 + 1.7 * octave)
        edge = height + ridge * 34 * ground.unit
        top = max(0, int(edge.min()) - 2)
        cover = np.clip(y[top:] - edge[None, :] + 0.5, 0, 1)
        colour = mix(look.surface, look.accent_2, 0.10 + 0.16 * index)
        _blend(picture[top:], colour, (cover * 0.85).astype(np.float32))
