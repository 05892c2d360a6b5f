"""Thumbnails in type and on a picture, and what all designs of thumbnails share.

Belongs here: what is where, and that the main text is large enough. Designs that show the story's
data are in ``thumbnail_charts``; that the text stands out is measured in ``thumbnails``.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ytempire_assets.video.art import Art, rect, text
from ytempire_assets.video.backdrop import backdrop_layers
from ytempire_assets.video.formats import Box
from ytempire_assets.video.layouts.chrome import brand_mark
from ytempire_assets.video.layouts.stage import Stage
from ytempire_assets.video.look import MIN_INK_CONTRAST, Look, contrast_ratio, mix, readable_on, rgb
from ytempire_assets.video.pictures import checked_picture, cover
from ytempire_assets.video.shortening import strongest_words
from ytempire_assets.video.typesetting import TextBlock, TypeStyle, cap_height_em

if TYPE_CHECKING:
    from PIL.Image import Image

STAMP_PX = 160
"""How long the longest side is where thumbnails are smallest: a list on a phone."""

MIN_TEXT_HEIGHT_PX = 8.0
"""Least height of the main text's capitals at stamp size."""

_SURE_CONTRAST = MIN_INK_CONTRAST + 0.2
"""Colours with this contrast still have the least one after JPEG."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A design before it is painted.

    Attributes:
        ground: The picture behind everything, as large as the thumbnail.
        around: Everything but the main text.
        main: The text that has to be read.
        block: The same text as it was set.
    """

    ground: Image
    around: Art
    main: Art
    block: TextBlock


def fit(
    stage: Stage,
    texts: Sequence[str],
    style: TypeStyle,
    width: float,
    height: float,
    *,
    largest: float,
    goal: float = MIN_TEXT_HEIGHT_PX,
    max_lines: int = 99,
) -> TextBlock:
    """The first of ``texts`` that fits a box whole with capitals of ``goal`` px at stamp size.

    When none does, the last one is set at the least legible size and cut.
    """
    per_cap = max(stage.fmt.width, stage.fmt.height) / STAMP_PX / cap_height_em(style)
    sizes = [largest * stage.unit]
    while sizes[-1] * 0.96 > goal * per_cap:
        sizes.append(sizes[-1] * 0.96)
    lit = stage.brief.emphasis
    for words in texts:
        block = stage.set(words, style, sizes, width, height, max_lines=max_lines, lit=lit)
        shown = [placed.word.text for line in block.lines for placed in line.words]
        if block.width <= width and block.height <= height and shown == words.split():
            return block
    smallest = (1.01 * MIN_TEXT_HEIGHT_PX * per_cap,)
    words = texts[-1] if texts else ""
    return stage.set(words, style, smallest, width, height, max_lines=max_lines, lit=lit)


def draw_type(stage: Stage, plain: bool) -> Drawing:
    """The title on a field of accent colour, its emphasised words on blocks."""
    look, fmt = stage.look, stage.fmt
    ink = readable(look, look.accent)
    box = content_box(stage)
    texts = strongest_words(stage.brief.headline, stage.brief.emphasis, 9)
    style = replace(stage.display, leading=1.2, word_gap=0.05)
    block = fit(
        stage,
        texts,
        style,
        box.width,
        box.height,
        largest=330,
        goal=9.5 if fmt.is_portrait else 11,
        max_lines=6,
    )
    y = box.y + (box.height - block.height) * (0.35 if fmt.is_portrait else 0.5)
    around = Art() if plain else sign(stage, mix(look.accent, ink, 0.09), look.accent)
    around += _markers(block, box.x, y, look.background)
    main = text(block, box.x, y, ink, lit=accent_ink(look))
    return Drawing(flat_ground(stage, look.accent), around + chip(stage), main, block)


def _markers(block: TextBlock, x: float, y: float, fill: str) -> Art:
    """A block behind each run of lit words."""
    art = Art()
    pad_x, pad_y = block.size * 0.1, block.size * 0.15
    for index, line in enumerate(block.lines):
        run: tuple[float, float] | None = None
        for placed in (*line.words, None):
            if placed is not None and placed.lit:
                run = (run[0] if run else placed.x, placed.x + placed.word.width * block.size)
            elif run is not None:
                art += rect(
                    x + run[0] - pad_x, y + block.baseline(index) - block.cap_height - pad_y,
                    run[1] - run[0] + 2 * pad_x, block.cap_height + 2 * pad_y, fill,
                    radius=block.size * 0.06,
                )  # fmt: skip
                run = None
    return art


def draw_picture(stage: Stage, plain: bool, picture: bytes | None) -> Drawing:
    """A picture over the whole frame, the short title on a panel at its foot."""
    look, fmt, safe = stage.look, stage.fmt, stage.fmt.safe_box
    pad, bar = stage.px(54), stage.px(18)
    width = safe.width * (1.0 if fmt.is_portrait else 0.66) - 2 * pad - bar
    height = safe.height * (0.4 if fmt.is_portrait else 0.56)
    texts = strongest_words(stage.brief.headline, stage.brief.emphasis, 6)
    block = fit(stage, texts, stage.display, width, height, largest=230, goal=9.5, max_lines=4)
    panel_height = block.height + 2 * pad - block.size * 0.1
    top = safe.bottom - panel_height
    panel = rect(
        safe.x, top, block.width + 2 * pad + bar, panel_height, look.background,
        opacity=1.0 if plain else 0.94,
    )  # fmt: skip
    around = panel + rect(safe.x, top, bar, panel_height, look.accent) + chip(stage)
    main = text(
        block, safe.x + bar + pad, top + pad, readable(look, look.background), lit=accent_ink(look)
    )
    if picture is not None:
        found = checked_picture(picture, name="of the thumbnail")
        ground = _opened(cover(found, fmt.width, fmt.height))
    else:
        ground = _motif(stage)
    return Drawing(ground, around, main, block)


def content_box(stage: Stage) -> Box:
    """Where designs draw: below the row with the brand, px."""
    safe = stage.fmt.safe_box
    top = safe.y + stage.px(66 + 48)
    return Box(safe.x, top, safe.width, safe.bottom - top)


def chip(stage: Stage, *, panel: bool = True) -> Art:
    """The brand's mark and name, small, at the upper left; on its own ground with ``panel``."""
    look, safe = stage.look, stage.fmt.safe_box
    height, pad = stage.px(66), stage.px(14)
    mark, x = height - 2 * pad, safe.x + (pad if panel else 0)
    name = stage.set(
        stage.brand.name, stage.strong, stage.sizes(33, 24), safe.width * 0.6, height, max_lines=1
    )
    name_x = x + mark + pad
    right = name_x + name.width + pad + stage.px(8)
    ground = rect(safe.x, safe.y, right - safe.x, height, look.background, radius=height / 2)
    return (
        (ground if panel else Art())
        + brand_mark(stage, x, safe.y + pad, mark)
        + text(name, name_x, safe.y + (height - name.cap_height) / 2, look.ink)
    )


def sign(stage: Stage, colour: str, ground: str | None = None) -> Art:
    """The brand's mark as a graphic device that runs off the frame at the lower right."""
    fmt = stage.fmt
    ground = ground or stage.look.background
    tinted = stage.look.model_copy(update={"accent": colour, "background": ground, "ink": ground})
    size = max(fmt.width, fmt.height) * (0.7 if fmt.is_portrait else 0.6)
    return brand_mark(
        replace(stage, look=tinted), fmt.width - size * 0.62, fmt.height - size * 0.72, size
    )


def readable(look: Look, ground: str) -> str:
    """A colour of the look for text on ``ground``; black or white when it has none."""
    found = readable_on(ground, look.background, look.ink)
    if contrast_ratio(found, ground) >= _SURE_CONTRAST:
        return found
    return readable_on(ground, "#000000", "#FFFFFF")


def accent_ink(look: Look) -> str:
    """For emphasised text on the background: the accent where that can be read, else the ink.

    A look's accent need only have the contrast of graphics.
    """
    if contrast_ratio(look.accent, look.background) >= _SURE_CONTRAST:
        return look.accent
    return readable(look, look.background)


def flat_ground(stage: Stage, colour: str) -> Image:
    """One colour."""
    from PIL import Image

    return Image.new("RGB", (stage.fmt.width, stage.fmt.height), rgb(colour))


def quiet_ground(stage: Stage, plain: bool) -> Image:
    """The background with the motif, quiet."""
    from PIL import Image

    if plain:
        return flat_ground(stage, stage.look.background)
    fmt = stage.fmt
    layers = backdrop_layers(stage.look, fmt, stage.brief.topic_title, 1, 0.1, present=0.2)
    return Image.Image.crop(_opened(layers[0].data), (0, 0, fmt.width, fmt.height))


def _motif(stage: Stage) -> Image:
    """The motif, near enough to be a picture, in tones of the second accent."""
    import numpy as np
    from PIL import Image

    fmt, look = stage.fmt, stage.look
    near = replace(fmt, width=round(fmt.width * 1.4), height=round(fmt.height * 1.4))
    layers = backdrop_layers(look, near, stage.brief.topic_title, 2, 0.1, present=1.0)
    left = near.width - fmt.width
    # Hills lie at the foot, every other motif around a focus that is high in tall frames.
    place = 1.0 if look.motif == "strata" else 0.25 if fmt.is_portrait else 0.5
    top = round((near.height - fmt.height) * place)
    part = _opened(layers[0].data).crop((left, top, left + fmt.width, top + fmt.height))
    tones = np.asarray(part.convert("L"), np.float32)
    low, high = np.percentile(tones, (2, 99.5))
    tones = np.clip((tones - low) / max(high - low, 1.0), 0, 1)
    deep = look.background if look.is_dark else mix(look.accent_2, look.ink, 0.75)
    light = look.accent if look.is_dark else mix(look.accent_2, look.background, 0.7)
    stops = np.array([rgb(deep), rgb(look.accent_2), rgb(light)], np.float32)
    channels = [np.interp(tones, (0.0, 0.45, 1.0), stops[:, channel]) for channel in range(3)]
    return Image.fromarray(np.stack(channels, axis=2).astype(np.uint8))


def _opened(data: bytes) -> Image:
    from PIL import Image

    with Image.open(io.BytesIO(data)) as picture:
        flat: Image.Image = picture.convert("RGB")
    return flat
