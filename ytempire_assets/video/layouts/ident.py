"""The channel's sign before the first word: mark and name, nothing else."""

from __future__ import annotations

from ytempire_assets.video.art import rect
from ytempire_assets.video.layouts.chrome import brand_mark
from ytempire_assets.video.layouts.stage import Stage
from ytempire_assets.video.scene import Layer


def draw(stage: Stage) -> list[Layer]:
    """Mark and name side by side in the middle, a line of accent colour under them."""
    room, look, portrait = stage.content, stage.look, stage.fmt.is_portrait
    size = stage.px(150 if portrait else 120)
    gap = stage.px(36)
    name = stage.set(
        stage.brand.name,
        stage.display,
        stage.sizes(119 if portrait else 101, 45),
        room.width - size - gap,
        size * 1.6,
        max_lines=2,
    )
    x = room.x + (room.width - size - gap - name.width) / 2
    middle = room.y + room.height * 0.5
    layers = stage.layer(
        "mark",
        brand_mark(stage, x, middle - size / 2, size),
        enter_s=0.0,
        entrance="rise",
        entrance_s=0.35,
    )
    layers += stage.text_lines(
        "name",
        name,
        x + size + gap,
        middle - (name.height - 0.24 * name.size) / 2,
        look.ink,
        enter_s=0.08,
    )
    bar = stage.px(10)
    tallest = max(size, name.height)
    layers += stage.layer(
        "bar",
        rect(
            x,
            middle + tallest / 2 + stage.px(40),
            size + gap + name.width,
            bar,
            look.accent,
            radius=bar / 2,
        ),
        enter_s=0.15,
        entrance="wipe",
        entrance_s=0.5,
    )
    return layers
