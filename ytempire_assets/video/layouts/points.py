"""Short statements as a numbered list that comes in one by one while they are spoken."""

from __future__ import annotations

from ytempire_assets.video.art import rect, text
from ytempire_assets.video.layouts.stage import Stage, headline_layers, split_with_headline
from ytempire_assets.video.scene import Layer

MAX_POINTS = 5


def draw(stage: Stage) -> list[Layer]:
    """Headline, then numbered rows between hairlines."""
    look, points = stage.look, stage.brief.points[:MAX_POINTS]
    split = split_with_headline(stage, figure_share=0.58)
    layers = headline_layers(stage, split)
    box = split.figure
    row = min(box.height / len(points), stage.px(290 if stage.fmt.is_portrait else 190))
    index_width = stage.px(112)
    pad = min(stage.px(28), row * 0.16)
    sizes = stage.sizes(62 if stage.fmt.is_portrait else 45, 24)
    blocks = stage.set_alike(
        points, stage.body, sizes, [box.width - index_width] * len(points), row - 2 * pad
    )
    top = box.y
    if stage.fmt.is_landscape:
        top += round((box.height - row * len(points)) / 2)
    step = min(0.9, 0.5 * stage.brief.duration_s / len(points))
    for index, block in enumerate(blocks):
        y = top + index * row
        enter = 0.35 + index * step
        number = stage.set(f"{index + 1:02d}", stage.numerals, (block.size,), index_width, row)
        middle = y + row / 2
        text_y = middle - (block.cap_height + (len(block.lines) - 1) * block.line_height) / 2
        layers += stage.layer(
            f"point-{index + 1}",
            rect(box.x, y, box.width, stage.px(3), stage.hairline)
            + text(number, box.x, text_y, look.accent)
            + text(block, box.x + index_width, text_y, look.ink),
            enter_s=enter,
        )
    return layers
