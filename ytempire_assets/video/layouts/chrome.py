"""What stays the same from scene to scene: brand mark, progress line, source.

Belongs here: the quiet row at the top of every scene.
"""

from __future__ import annotations

from ytempire_assets.video.art import Art, disc, rect, ring, text
from ytempire_assets.video.layouts.stage import Stage
from ytempire_assets.video.look import readable_on
from ytempire_assets.video.scene import Layer
from ytempire_assets.video.screen_words import screen_words


def chrome_layers(stage: Stage) -> list[Layer]:
    """Progress over the safe width, below it the brand at the left and the source at the right."""
    safe, brief = stage.fmt.safe_box, stage.brief
    total = max(1, brief.total)
    gap, height = stage.px(8), stage.px(5)
    width = (safe.width - gap * (total - 1)) / total
    tracks, current = Art(), Art()
    for index in range(total):
        x = safe.x + index * (width + gap)
        passed = index < brief.number - 1
        tracks += rect(
            x,
            safe.y,
            width,
            height,
            stage.look.accent if passed else stage.hairline,
            radius=height / 2,
        )
        if index == brief.number - 1:
            current = rect(x, safe.y, width, height, stage.look.accent, radius=height / 2)
    return [
        *stage.layer("chrome", tracks + _brand_row(stage), entrance="cut"),
        *stage.layer("progress", current, entrance="fill", entrance_s=brief.duration_s),
    ]


def _brand_row(stage: Stage) -> Art:
    safe, look = stage.fmt.safe_box, stage.look
    size = stage.px(40)
    top = safe.y + stage.px(30)
    art = brand_mark(stage, safe.x, top, size)
    name = stage.set(
        stage.brand.name, stage.strong, stage.sizes(28, 24), safe.width * 0.46, size, max_lines=1
    )
    middle = top + size / 2
    art += text(name, safe.x + size + stage.px(16), middle - name.cap_height / 2, look.ink)
    if stage.brief.source_label:
        source = stage.set(
            f"{screen_words(stage.brand.language).source}: {stage.brief.source_label}",
            stage.body,
            stage.sizes(24, 24),
            safe.width * 0.46,
            size,
            max_lines=1,
        )
        art += text(source, safe.right, middle - source.cap_height / 2, look.muted, align="right")
    return art


def brand_mark(stage: Stage, x: float, y: float, size: float) -> Art:
    """A small sign made of the look: its motif in the accent colour, ``size`` px wide."""
    look = stage.look
    centre_x, centre_y, radius = x + size / 2, y + size / 2, size / 2
    if look.motif == "orbits":
        line = max(2.0, size * 0.075)
        return (
            disc(centre_x, centre_y, radius * 0.42, look.accent)
            + ring(centre_x, centre_y, radius - line / 2, look.accent, line, opacity=0.55)
            + disc(centre_x + radius * 0.66, centre_y - radius * 0.66, size * 0.115, look.accent)
        )
    ground = rect(x, y, size, size, look.accent, radius=size * 0.26)
    inner = readable_on(look.accent, look.background, look.ink)
    if look.motif == "grid":
        dot = size * 0.115
        return ground + sum(
            (
                disc(centre_x + dx * size * 0.22, centre_y + dy * size * 0.22, dot, inner)
                for dx in (-1, 1)
                for dy in (-1, 1)
            ),
            Art(),
        )
    if look.motif == "contours":
        line = size * 0.075
        return (
            ground
            + ring(centre_x, centre_y, size * 0.30, inner, line)
            + disc(centre_x, centre_y, size * 0.12, inner)
        )
    bar = size * 0.09
    return ground + sum(
        (
            rect(x + size * 0.22, y + size * share, size * 0.56, bar, inner, radius=bar / 2)
            for share in (0.28, 0.455, 0.63)
        ),
        Art(),
    )
