"""Three thumbnails per video, each by another rule, and the measurement that they can be read.

Belongs here: what people see of a video before they play it. ``type`` is the title as large as it
goes on a field of the accent colour; ``chart`` is the story's data, or its key words beside the
brand's sign when there is none; ``picture`` is a picture over the whole frame with a short title on
a panel. None shows a face.

Thumbnails are met at the size of a stamp. Heights are therefore also given as they are when the
longest side is shown ``STAMP_PX`` long, and contrast is measured on the finished pixels.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ytempire_assets.video.art import rasterise
from ytempire_assets.video.fonts import drawable
from ytempire_assets.video.formats import Box, VideoFormat
from ytempire_assets.video.layouts.stage import Stage
from ytempire_assets.video.look import MIN_INK_CONTRAST, Look
from ytempire_assets.video.scene import Brand, Figure, SceneBrief, Series
from ytempire_assets.video.thumbnail_charts import draw_chart
from ytempire_assets.video.thumbnail_designs import STAMP_PX, Drawing, draw_picture, draw_type

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

Rule = Literal["type", "chart", "picture"]

MIN_CONTRAST = MIN_INK_CONTRAST
"""Least contrast of the main text and what is behind it, for nine tenths of its surroundings."""

MAX_BYTES = 2_000_000
"""YouTube refuses larger ones (2 MB)."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """One design.

    Attributes:
        rule: What it was designed by.
        data: JPEG, under 2 MB.
        width: Pixels.
        height: Pixels.
        text_height_px_at_160: Height of the main text's capitals when the longest side is 160 px.
        contrast: Of the main text, by WCAG 2.2: nine tenths of what surrounds it has at least this.
        words: The main text as shown.
    """

    rule: Rule
    data: bytes
    width: int
    height: int
    text_height_px_at_160: float
    contrast: float
    words: str


def thumbnails(
    title: str,
    look: Look,
    fmt: VideoFormat,
    brand: Brand,
    *,
    emphasis: Sequence[str] = (),
    figure: Figure | None = None,
    series: Series | None = None,
    figures: Sequence[Figure] = (),
    picture: bytes | None = None,
) -> tuple[Thumbnail, ...]:
    """One thumbnail by each rule, legible at the size of a stamp.

    A title that would have to be set small is shortened to its strongest words. A design whose
    main text stands out too little is drawn again on a plain ground.

    Args:
        title: Of the video.
        look: The channel's look.
        fmt: Tall frames give 1080x1920, all others 1280x720.
        brand: The channel.
        emphasis: Words or phrases of the title to light, and to keep when it is shortened.
        figure: The story's number.
        series: The story's values; shown rather than the number.
        figures: Numbers to compare; shown rather than the number alone.
        picture: A JPEG, PNG or WebP file that fills the frame; the look's motif when not given.

    Returns:
        ``type``, ``chart`` and ``picture`` in this order; the same for the same arguments.

    Raises:
        InvalidInputError: Letters that the look's fonts cannot draw, or a picture that
            ``pictures.checked_picture`` refuses.
    """
    if fmt.is_portrait:
        # The Shorts shelf lays its own title over the lowest part.
        frame = VideoFormat("thumbnail", 1080, 1920, 0.0, 130, 260, 72, 72, 0)
    else:
        frame = VideoFormat("thumbnail", 1280, 720, 0.0, 52, 52, 56, 56, 0)
    brief = SceneBrief(
        1, 3, "hook", "", title, tuple(emphasis), 0.1, title, figure, tuple(figures), series
    )
    stage = Stage(brief, look, frame, brand)
    shown = drawable(title, stage.display.families) or brand.name
    stage = replace(stage, brief=replace(brief, headline=shown))
    return (
        _legible("type", frame, lambda plain: draw_type(stage, plain)),
        _legible("chart", frame, lambda plain: draw_chart(stage, plain)),
        _legible("picture", frame, lambda plain: draw_picture(stage, plain, picture)),
    )


def _legible(rule: Rule, fmt: VideoFormat, draw: Callable[[bool], Drawing]) -> Thumbnail:
    """Draws a design, a second time on plain ground when its text stands out too little."""
    from PIL import Image

    box = Box(0, 0, fmt.width, fmt.height)
    for plain in (False, True):
        drawing = draw(plain)
        picture = drawing.ground
        with Image.open(io.BytesIO(rasterise(drawing.around + drawing.main, box))) as overlay:
            picture.paste(overlay, (0, 0), overlay)
        data = _jpeg(picture)
        contrast = text_contrast(data, rasterise(drawing.main, box), drawing.block.cap_height)
        if contrast >= MIN_CONTRAST:
            break
    height = drawing.block.cap_height * STAMP_PX / max(fmt.width, fmt.height)
    words = " ".join(placed.word.text for line in drawing.block.lines for placed in line.words)
    return Thumbnail(rule, data, fmt.width, fmt.height, round(height, 2), round(contrast, 2), words)


def _jpeg(picture: Image) -> bytes:
    for quality in (90, 82, 70, 50):
        file = io.BytesIO()
        picture.save(file, "jpeg", quality=quality, optimize=True, subsampling=0)
        if file.tell() <= MAX_BYTES:
            break
    return file.getvalue()


def text_contrast(data: bytes, letters: bytes, cap_height: float) -> float:
    """How much text stands out from what is around it, measured on finished pixels.

    Every pixel close to a letter is compared with the letters next to it, by the contrast of WCAG
    2.2.

    Args:
        data: The finished picture, any format that OpenCV reads.
        letters: The text alone on transparent ground, a PNG of the same size.
        cap_height: Of the text, px: pixels up to a tenth of it away count.

    Returns:
        The contrast 1-21 that nine tenths of these pixels reach; 21 when there is no text.
    """
    import cv2
    import numpy as np

    picture = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR))
    drawn = np.asarray(cv2.imdecode(np.frombuffer(letters, np.uint8), cv2.IMREAD_UNCHANGED))
    bgr, mask = picture.astype(np.float32) / 255, drawn[:, :, 3]
    linear = np.where(bgr <= 0.04045, bgr / 12.92, ((bgr + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.0722, 0.7152, 0.2126], np.float32)
    inside = (cv2.erode(mask, _disc(1)) > 250).astype(np.float32)
    reach = 4 + round(cap_height / 10)
    # Two pixels around the letters are blends of both sides: soft edges, and what JPEG does there.
    near = (cv2.dilate(mask, _disc(reach)) > 0) & (cv2.dilate(mask, _disc(2)) == 0)
    size = (2 * reach + 9, 2 * reach + 9)
    share = cv2.blur(inside, size)
    near &= share > 0
    if not near.any():
        return 21.0
    text_light = cv2.blur(luminance * inside, size)[near] / share[near]
    light = luminance[near]
    contrast = (np.maximum(text_light, light) + 0.05) / (np.minimum(text_light, light) + 0.05)
    return float(np.percentile(contrast, 10))


def _disc(radius: int) -> NDArray[np.uint8]:
    import cv2
    import numpy as np

    size = 2 * radius + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
