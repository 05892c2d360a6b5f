"""A sentence that stands for itself: large type, its key words on a marker stroke."""

from __future__ import annotations

from dataclasses import replace

from ytempire_assets.video.art import Art, rect
from ytempire_assets.video.layouts.stage import STAGGER_S, Stage
from ytempire_assets.video.look import readable_on
from ytempire_assets.video.scene import Layer
from ytempire_assets.video.typesetting import TextBlock


def draw(stage: Stage) -> list[Layer]:
    """Lines come up one by one, then marker strokes run behind the emphasised words."""
    content, look, brief = stage.content, stage.look, stage.brief
    width = content.width if not stage.fmt.is_landscape else int(content.width * 0.8)
    bar, inset = stage.px(8), stage.px(44)
    # More leading than other headings: marker strokes must not touch.
    style = replace(stage.display, leading=1.22, word_gap=0.06)
    block = stage.set(
        brief.headline,
        style,
        stage.sizes(119, 38),
        width - inset,
        content.height * 0.84,
        lit=brief.emphasis,
    )
    y = content.y + (content.height - block.height) * 0.48
    on_marker = readable_on(look.accent, look.background, look.ink)
    layers = stage.layer(
        "bar",
        rect(
            content.x, y - stage.px(6), bar, block.height + stage.px(6), look.accent, radius=bar / 2
        ),
        enter_s=0.05,
        entrance="reveal",
        entrance_s=0.7,
    )
    left = content.x + inset
    layers += _markers(stage, block, left, y)
    layers += stage.text_lines("headline", block, left, y, look.ink, lit=on_marker, enter_s=0.15)
    return layers


def _markers(stage: Stage, block: TextBlock, x: float, y: float) -> list[Layer]:
    """One stroke per line behind each run of lit words, just before the words arrive."""
    layers: list[Layer] = []
    pad_x, pad_y = block.size * 0.10, block.size * 0.14
    for index, line in enumerate(block.lines):
        strokes, run = Art(), None
        for placed in (*line.words, None):
            if placed is not None and placed.lit:
                end = placed.x + placed.word.width * block.size
                run = (run[0] if run else placed.x, end)
            elif run:
                strokes += rect(
                    x + run[0] - pad_x,
                    y + block.baseline(index) - block.cap_height - pad_y,
                    run[1] - run[0] + 2 * pad_x,
                    block.cap_height + 2 * pad_y,
                    stage.look.accent,
                    radius=block.size * 0.07,
                )
                run = None
        layers += stage.layer(
            f"marker-{index + 1}",
            strokes,
            enter_s=0.15 + index * STAGGER_S,
            entrance="wipe",
            entrance_s=0.45,
        )
    return layers
