"""A picture that fills the frame, the sentence on it, and whose picture it is."""

from __future__ import annotations

import io

from ytempire_assets.video.art import Art, rasterise, rect, text
from ytempire_assets.video.formats import Box, VideoFormat
from ytempire_assets.video.layouts.stage import Stage
from ytempire_assets.video.look import Look
from ytempire_assets.video.pictures import checked_picture, cover
from ytempire_assets.video.scene import Layer, ScenePicture

PAN_SHARE = 0.07
"""How much larger than the frame the picture is, and so how far it can move."""

SCRIM = 0.86
"""How much of the look's ground lies over the picture behind text: white on white would still
stand out 4.5:1, the contrast that WCAG 2.2 asks for."""


def picture_layers(
    picture: ScenePicture, look: Look, fmt: VideoFormat, number: int, duration_s: float
) -> list[Layer]:
    """The picture as backdrop, slowly moving, and the ground that text on it needs.

    Args:
        picture: What to show.
        look: Colours of the ground.
        fmt: The frame.
        number: Which scene; every other one moves the other way.
        duration_s: How long it is on, seconds; the voice may take a fifth longer.

    Raises:
        InvalidInputError: The picture cannot be used, see ``pictures.checked_picture``.
    """
    width = round(fmt.width * (1 + PAN_SHARE) / 2) * 2
    height = round(fmt.height * (1 + PAN_SHARE) / 2) * 2
    room_x, room_y = width - fmt.width, height - fmt.height
    seconds = duration_s * 1.2 + 0.5
    # Across the longer side it moves further: the eye follows where there is more to see.
    speed_x, speed_y = room_x / seconds, 0.35 * room_y / seconds
    if fmt.is_portrait:
        speed_x, speed_y = 0.6 * speed_x, 0.6 * room_y / seconds
    back = number % 2 == 0
    ground = Layer(
        "backdrop", "png", _fitted(picture.data, width, height),
        -room_x if back else 0, -room_y if back else 0, width, height,
        motion="drift", path=(speed_x, speed_y) if back else (-speed_x, -speed_y),
    )  # fmt: skip
    whole = Box(0, 0, fmt.width, fmt.height)
    return [ground, Layer("scrim", "png", rasterise(_scrim(look, fmt), whole), *whole)]


def _fitted(data: bytes, width: int, height: int) -> bytes:
    """The picture cut to the shape of ``width`` x ``height`` and scaled, as PNG."""
    from PIL import Image

    whole = cover(checked_picture(data, name="of this scene"), width, height)
    file = io.BytesIO()
    with Image.open(io.BytesIO(whole), formats=["JPEG"]) as picture:
        picture.save(file, "png", compress_level=1)
    return file.getvalue()


def _scrim(look: Look, fmt: VideoFormat) -> Art:
    """Dark or light ground below the brand row, behind the words and behind the captions."""
    top = (fmt.safe_box.y + 0.07 * fmt.height) / fmt.height
    stops = (
        (0.0, 0.9 * SCRIM),
        (top, 0.88 * SCRIM),
        (top + 0.1, 0.12),
        (0.34, 0.12),
        (0.52, SCRIM),
        (0.84, SCRIM),
        (1.0, 0.9),
    )
    gradient = "".join(
        f'<stop offset="{place:.3f}" stop-color="{look.background}" stop-opacity="{share:.3f}"/>'
        for place, share in stops
    )
    return Art(
        f'<defs><linearGradient id="scrim" x1="0" y1="0" x2="0" y2="1">{gradient}'
        f'</linearGradient></defs><rect width="{fmt.width}" height="{fmt.height}" '
        'fill="url(#scrim)"/>',
        0,
        0,
        fmt.width,
        fmt.height,
    )


def draw(stage: Stage) -> list[Layer]:
    """The headline at the foot of the content, a bar above it, the credit under it."""
    content, look, brief = stage.content, stage.look, stage.brief
    top = max(content.y, round(stage.fmt.height * 0.5))
    room = content.bottom - top
    width = content.width if not stage.fmt.is_landscape else round(content.width * 0.84)
    made_by = stage.set(
        brief.picture.credit if brief.picture else "",
        stage.body,
        stage.sizes(28, 24),
        width,
        stage.px(40),
        max_lines=1,
    )
    foot = made_by.height + stage.px(28) if made_by.lines else 0
    bar, gap = stage.px(10), stage.px(36)
    head = stage.set(
        brief.headline,
        stage.display,
        stage.sizes(101 if stage.fmt.is_portrait else 86, 38),
        width,
        room - foot - bar - gap,
        lit=brief.emphasis,
    )
    y = content.bottom - foot - head.height
    layers = stage.layer(
        "bar",
        rect(content.x, y - gap - bar, stage.px(120), bar, look.accent, radius=bar / 2),
        enter_s=0.1,
        entrance="wipe",
    )
    layers += stage.text_lines(
        "headline", head, content.x, y, look.ink, lit=look.accent, enter_s=0.15
    )
    if made_by.lines:
        layers += stage.layer(
            "credit",
            text(made_by, content.x, content.bottom - made_by.height, look.muted),
            enter_s=0.4,
            entrance="fade",
        )
    return layers
