"""The last scene: what to take away, who spoke, and what to do next."""

from __future__ import annotations

from ytempire_assets.video.art import rect, text
from ytempire_assets.video.layouts.chrome import brand_mark
from ytempire_assets.video.layouts.stage import Stage
from ytempire_assets.video.look import readable_on
from ytempire_assets.video.scene import Layer
from ytempire_assets.video.screen_words import screen_words


def draw(stage: Stage) -> list[Layer]:
    """Large mark, headline, then name and tagline beside a pill with the handle."""
    content, look, brand = stage.content, stage.look, stage.brand
    portrait = stage.fmt.is_portrait
    width = content.width if not stage.fmt.is_landscape else int(content.width * 0.74)
    mark = stage.px(150 if portrait else 104)
    head = stage.set(
        stage.brief.headline or brand.tagline,
        stage.display,
        stage.sizes(119 if portrait else 86, 38),
        width,
        content.height * 0.42,
        lit=stage.brief.emphasis,
    )
    name = stage.set(
        brand.name,
        stage.strong,
        stage.sizes(53 if portrait else 45, 28),
        width,
        content.height * 0.1,
        max_lines=1,
    )
    tagline = stage.set(
        brand.tagline,
        stage.body,
        stage.sizes(38 if portrait else 33, 24),
        width * 0.9,
        content.height * 0.14,
        max_lines=2,
    )
    handle = stage.set(
        f"{screen_words(brand.language).follow} {brand.handle}".rstrip(),
        stage.strong,
        stage.sizes(45 if portrait else 38, 24),
        width * 0.8,
        stage.px(90),
        max_lines=1,
    )
    gap = stage.px(64 if portrait else 40)
    pill_height = handle.cap_height + stage.px(60 if portrait else 48)
    total = (
        mark
        + gap
        + head.height
        + gap
        + name.height
        + stage.px(14)
        + tagline.height
        + gap
        + pill_height
    )
    y = content.y + max(0.0, (content.height - total) * 0.5)
    x = content.x
    layers = stage.layer(
        "mark", brand_mark(stage, x, y, mark), enter_s=0.05, entrance="reveal", entrance_s=0.7
    )
    y += mark + gap
    layers += stage.text_lines("headline", head, x, y, look.ink, lit=look.accent, enter_s=0.2)
    y += head.height + gap
    layers += stage.layer("name", text(name, x, y, look.ink), enter_s=0.6)
    y += name.height + stage.px(14)
    layers += stage.layer("tagline", text(tagline, x, y, look.muted), enter_s=0.7)
    y += tagline.height + gap
    pill_width = handle.width + stage.px(96)
    layers += stage.layer(
        "follow",
        rect(x, y, pill_width, pill_height, look.accent, radius=pill_height / 2)
        + text(
            handle,
            x + pill_width / 2,
            y + (pill_height - handle.cap_height) / 2,
            readable_on(look.accent, look.background, look.ink),
            align="centre",
        ),
        enter_s=0.9,
        entrance="wipe",
        entrance_s=0.6,
    )
    return layers
