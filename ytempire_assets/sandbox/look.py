"""What a thumbnail looks like, in three numbers.

Belongs here: measuring a picture. What the audience makes of it stands in ``audience.py``.
"""

from __future__ import annotations

import io
import math

from ytempire_assets.sandbox.audience import Look

_SIZE = (160, 90)
_MAX_PIXELS = 50_000_000


def measured(data: bytes) -> Look | None:
    """Brightness, contrast and colourfulness of a JPEG or PNG picture.

    Brightness is the mean and contrast twice the standard deviation of the luma (Rec. 601), both
    0-1. Colourfulness is the metric of Hasler and Suesstrunk, "Measuring colourfulness in natural
    images" (2003), over 109, its value for "extremely colourful", cut at 1.

    Returns:
        The numbers; None when the picture cannot be read.
    """
    import numpy as np
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > _MAX_PIXELS:
                return None
            image.draft("RGB", _SIZE)
            small = image.convert("RGB").resize(_SIZE, Image.Resampling.BOX)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    red, green, blue = np.moveaxis(np.asarray(small, dtype=np.float64), 2, 0)
    luma = (0.299 * red + 0.587 * green + 0.114 * blue) / 255.0
    red_green, yellow_blue = red - green, 0.5 * (red + green) - blue
    spread = math.hypot(float(red_green.std()), float(yellow_blue.std()))
    mean = math.hypot(float(red_green.mean()), float(yellow_blue.mean()))
    return Look(
        brightness=round(float(luma.mean()), 4),
        contrast=round(min(1.0, 2.0 * float(luma.std())), 4),
        colourfulness=round(min(1.0, (spread + 0.3 * mean) / 109.0), 4),
    )
