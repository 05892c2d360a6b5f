"""One figure that carries the scene: as large as the frame takes, counting up to its value."""

from __future__ import annotations

from ytempire_assets.video.animation import Pixels, clip_with_alpha, ease_out, pixels
from ytempire_assets.video.art import rect, text
from ytempire_assets.video.layouts.numbers import CountingText, counting_text, number_and_words
from ytempire_assets.video.layouts.stage import Stage
from ytempire_assets.video.scene import Layer
from ytempire_assets.video.typesetting import TextBlock

COUNT_S = 0.9


def draw(stage: Stage) -> list[Layer]:
    """Headline small above, the number huge, then its unit and what it is."""
    content, look, figure = stage.content, stage.look, stage.brief.figure
    if figure is None:
        return []
    huge, words = number_and_words(figure.text)
    unit_text = " ".join(part for part in (words, figure.unit) if part)
    width = content.width if not stage.fmt.is_landscape else int(content.width * 0.8)
    portrait = stage.fmt.is_portrait
    head = stage.set(
        stage.brief.headline,
        stage.display,
        stage.sizes(62 if portrait else 53, 33),
        width,
        content.height * 0.26,
        max_lines=3,
        lit=stage.brief.emphasis,
    )
    number = stage.set(
        huge, stage.numerals, stage.sizes(372, 62), width, content.height * 0.42, max_lines=1
    )
    unit = stage.set(
        unit_text,
        stage.display,
        stage.sizes(101 if portrait else 86, 38),
        width,
        content.height * 0.18,
        max_lines=2,
    )
    label = stage.set(
        figure.label,
        stage.body,
        stage.sizes(45 if portrait else 38, 28),
        width * 0.86,
        content.height * 0.14,
        max_lines=2,
    )
    gaps = [stage.px(size) for size in ((72, 44, 60) if portrait else (48, 34, 44))]
    if "," in huge:
        gaps[1] += round(0.16 * number.cap_height)  # a comma hangs below the line
    used = [head.height, number.cap_height, unit.height, label.height]
    total = sum(used) + sum(gap for gap, block in zip(gaps, used[1:], strict=True) if block)
    y = content.y + (content.height - total) * 0.5
    layers = stage.text_lines(
        "headline", head, content.x, y, look.ink, lit=look.accent, enter_s=0.16
    )
    y += head.height + (gaps[0] if head.lines else 0)
    layers += _number(stage, huge, number, content.x, y)
    y += number.cap_height + gaps[1]
    layers += stage.text_lines("unit", unit, content.x, y, look.ink, enter_s=0.55)
    y += unit.height + gaps[2]
    if label.lines:
        rule = stage.px(6)
        layers += stage.layer(
            "rule",
            rect(content.x, y - gaps[2] * 0.42, stage.px(120), rule, look.accent, radius=rule / 2),
            enter_s=0.8,
            entrance="wipe",
        )
        layers += stage.layer(
            "label", text(label, content.x, y + stage.px(14), look.muted), enter_s=0.9
        )
    return layers


def _number(stage: Stage, huge: str, block: TextBlock, x: float, y: float) -> list[Layer]:
    counting = counting_text(huge)
    final = text(block, x, y, stage.look.accent)
    shown = "".join(placed.word.text for line in block.lines for placed in line.words)
    still = stage.text_lines("number", block, x, y, stage.look.accent, enter_s=0.2)
    # A number that had to be cut to fit is not counted: its steps would not fit either.
    if counting is None or final.is_empty or shown != "".join(huge.split()):
        return still
    return _counting(stage, counting, block, x, y) or still


def _counting(
    stage: Stage, counting: CountingText, final: TextBlock, x: float, y: float
) -> list[Layer]:
    """The number as an animation; every step is set at the size of the final one.

    Empty where a step on the way is wider than there is room for: an 8 may be wider than a 1.
    """

    def step(progress: float) -> TextBlock:
        shown = counting.at(ease_out(progress))
        return stage.set(shown, stage.numerals, (final.size,), 1e6, 1e6, max_lines=1)

    steps = [text(step(share), x, y, stage.look.accent) for share in (0.0, 0.3, 0.6, 1.0)]
    box = (steps[0] + steps[1] + steps[2] + steps[3]).box()
    if box.x + box.width > stage.content.right:
        return []

    def frame(progress: float) -> Pixels:
        return pixels(text(step(progress), x, y, stage.look.accent), box)

    layer = Layer(
        "number",
        "mov",
        clip_with_alpha(frame, COUNT_S),
        box.x,
        box.y,
        box.width,
        box.height,
        enter_s=stage.in_time(0.2),
        entrance="fade",
        entrance_s=0.2,
    )
    return [layer]
