"""After the last word: what it was made from, who made it, and that a machine did."""

from __future__ import annotations

from ytempire_assets.video.art import Art, rect, text
from ytempire_assets.video.layouts.chrome import brand_mark
from ytempire_assets.video.layouts.stage import STAGGER_S, Stage
from ytempire_assets.video.scene import Layer

MAX_SOURCES = 5
"""More would be too small to read; the description has them all."""


def draw(stage: Stage) -> list[Layer]:
    """Heading, one source a line, credits small under a rule, mark and handle at the foot."""
    safe, look, brief = stage.content, stage.look, stage.brief
    portrait = stage.fmt.is_portrait
    width = safe.width if not stage.fmt.is_landscape else round(safe.width * 0.8)
    head = stage.set(
        brief.headline,
        stage.display,
        stage.sizes(119 if portrait else 86, 45),
        width,
        safe.height * 0.16,
        max_lines=1,
    )
    foot = stage.px(84)
    gap = stage.px(48 if portrait else 30)
    room = safe.height - head.height - foot - 4 * gap
    lines = brief.points[:MAX_SOURCES]
    sources = stage.set_alike(
        lines,
        stage.body,
        stage.sizes(62 if portrait else 45, 28),
        [width] * len(lines),
        room * 0.62 / max(1, len(lines)),
        max_lines=2,
    ) if lines else []  # fmt: skip
    made_by = stage.set(
        "  ·  ".join(brief.credits), stage.body, stage.sizes(38 if portrait else 33, 24), width,
        room * 0.3,
    )  # fmt: skip
    used = head.height + gap + sum(block.height + gap * 0.7 for block in sources)
    total = used + gap + made_by.height
    y = safe.y + max(0.0, (safe.height - foot - gap - total) * 0.45)
    layers = stage.text_lines("headline", head, safe.x, y, look.accent, enter_s=0.05)
    y += head.height + gap
    for index, block in enumerate(sources):
        layers += stage.layer(
            f"source-{index + 1}",
            text(block, safe.x, y, look.ink),
            enter_s=0.15 + index * STAGGER_S,
            entrance_s=0.4,
        )
        y += block.height + gap * 0.7
    if made_by.lines:
        rule = stage.px(4)
        layers += stage.layer(
            "credits",
            rect(safe.x, y, stage.px(120), rule, look.accent, radius=rule / 2)
            + text(made_by, safe.x, y + gap, look.muted),
            enter_s=0.3 + len(sources) * STAGGER_S,
            entrance="fade",
            entrance_s=0.4,
        )
    return [*layers, *_signature(stage, safe.x, safe.bottom - foot, foot)]


def _signature(stage: Stage, x: float, y: float, size: float) -> list[Layer]:
    name = stage.set(
        stage.brand.name,
        stage.strong,
        stage.sizes(45, 28),
        stage.fmt.safe_box.width * 0.5,
        size,
        max_lines=1,
    )
    handle = stage.set(
        stage.brand.handle,
        stage.body,
        stage.sizes(33, 24),
        stage.fmt.safe_box.width * 0.5,
        size,
        max_lines=1,
    )
    left = x + size + stage.px(24)
    art: Art = brand_mark(stage, x, y, size)
    art += text(name, left, y + size * 0.14, stage.look.ink)
    art += text(handle, left, y + size * 0.62, stage.look.muted)
    return stage.layer("signature", art, enter_s=0.1, entrance="fade", entrance_s=0.3)
