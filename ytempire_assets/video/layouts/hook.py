"""The first scene: the promise in type as large as the frame takes."""

from __future__ import annotations

from ytempire_assets.video.art import rect, text
from ytempire_assets.video.layouts.stage import STAGGER_S, Stage
from ytempire_assets.video.scene import Layer


def draw(stage: Stage) -> list[Layer]:
    """Topic as a small label, headline line by line, an accent bar that closes it."""
    content, look, brief = stage.content, stage.look, stage.brief
    width = content.width if not stage.fmt.is_landscape else int(content.width * 0.8)
    kicker = stage.set(
        brief.topic_title.upper(),
        stage.label,
        stage.sizes(33, 24),
        width * 0.9,
        stage.px(90),
        max_lines=2,
    )
    same = brief.topic_title.strip().casefold() == brief.headline.strip().casefold()
    kicker_height = 0.0 if same or not kicker.lines else kicker.height + stage.px(44)
    bar_height, bar_gap = stage.px(12), stage.px(56)
    block = stage.set(
        brief.headline or brief.topic_title,
        stage.display,
        stage.sizes(165, 45),
        width,
        content.height * 0.94 - kicker_height - bar_gap - bar_height,
        lit=brief.emphasis,
    )
    height = kicker_height + block.height + bar_gap + bar_height
    y = content.y + (content.height - height) * 0.5
    layers: list[Layer] = []
    if kicker_height:
        layers += stage.layer(
            "kicker",
            text(kicker, content.x, y, look.accent),
            enter_s=0.0,
            entrance="fade",
            entrance_s=0.3,
        )
    layers += stage.text_lines(
        "headline", block, content.x, y + kicker_height, look.ink, lit=look.accent
    )
    layers += stage.layer(
        "bar",
        rect(
            content.x,
            y + height - bar_height,
            stage.px(180),
            bar_height,
            look.accent,
            radius=bar_height / 2,
        ),
        enter_s=0.25 + STAGGER_S * len(block.lines),
        entrance="wipe",
        entrance_s=0.6,
    )
    return layers
