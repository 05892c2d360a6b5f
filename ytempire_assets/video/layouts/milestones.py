"""Dated events on a line that draws itself: downwards, or to the right in landscape."""

from __future__ import annotations

from ytempire_assets.video.art import Art, disc, rect, ring, text
from ytempire_assets.video.formats import Box
from ytempire_assets.video.layouts.stage import Stage, headline_layers, split_with_headline
from ytempire_assets.video.scene import Layer

MAX_MILESTONES = 5


def draw(stage: Stage) -> list[Layer]:
    """Headline above, the line below or, in landscape, across the frame."""
    if stage.fmt.is_landscape:
        return _across(stage)
    split = split_with_headline(stage, figure_share=0.6)
    return [*headline_layers(stage, split), *_downwards(stage, split.figure)]


def _downwards(stage: Stage, box: Box) -> list[Layer]:
    look, events = stage.look, stage.brief.milestones[:MAX_MILESTONES]
    row = min(box.height / len(events), stage.px(310))
    dot, line = stage.px(13), stage.px(4)
    axis, left = box.x + dot, box.x + stage.px(78)
    room = box.width - stage.px(78)
    dates = stage.set_alike(
        [event.date for event in events],
        stage.display,
        stage.sizes(62, 28),
        [room] * len(events),
        row * 0.4,
        max_lines=1,
    )
    texts = stage.set_alike(
        [event.text for event in events],
        stage.body,
        stage.sizes(53, 24),
        [room] * len(events),
        row * 0.48,
    )
    first = box.y + stage.px(8)
    layers = stage.layer(
        "axis",
        rect(axis - line / 2, first, line, row * (len(events) - 1) + dot, stage.hairline),
        enter_s=0.3,
        entrance="fade",
        entrance_s=0.6,
    )
    step = min(0.8, 0.5 * stage.brief.duration_s / len(events))
    for index, (date, words) in enumerate(zip(dates, texts, strict=True)):
        y = first + index * row
        enter = 0.4 + index * step
        layers += stage.layer(
            f"event-{index + 1}",
            _dot(stage, axis, y + date.cap_height / 2, dot, last=index == len(events) - 1)
            + text(date, left, y, look.accent)
            + text(words, left, y + date.cap_height + stage.px(32), look.ink),
            enter_s=enter,
        )
    return layers


def _across(stage: Stage) -> list[Layer]:
    look, content = stage.look, stage.content
    events = stage.brief.milestones[:MAX_MILESTONES]
    head = stage.set(
        stage.brief.headline,
        stage.display,
        stage.sizes(86, 38),
        content.width * 0.8,
        content.height * 0.34,
        lit=stage.brief.emphasis,
    )
    layers = stage.text_lines(
        "headline",
        head,
        content.x,
        content.y + stage.px(24),
        look.ink,
        lit=look.accent,
        enter_s=0.1,
    )
    gap, dot, line = stage.px(48), stage.px(13), stage.px(4)
    column = (content.width - gap * (len(events) - 1)) / len(events)
    axis = content.y + max(content.height * 0.46, head.height + stage.px(110))
    top = axis + stage.px(64)
    room = content.bottom - top
    dates = stage.set_alike(
        [event.date for event in events],
        stage.display,
        stage.sizes(73, 24),
        [column] * len(events),
        room * 0.3,
        max_lines=2,
    )
    texts = stage.set_alike(
        [event.text for event in events],
        stage.body,
        stage.sizes(45, 24),
        [column] * len(events),
        room * 0.6,
    )
    texts_top = top + max(date.height for date in dates) + stage.px(22)
    layers += stage.layer(
        "axis",
        rect(content.x, axis - line / 2, content.width, line, stage.hairline),
        enter_s=0.3,
        entrance="wipe",
        entrance_s=1.2,
    )
    step = min(0.7, 0.5 * stage.brief.duration_s / len(events))
    for index, (date, words) in enumerate(zip(dates, texts, strict=True)):
        x = content.x + index * (column + gap)
        enter = 0.45 + index * step
        layers += stage.layer(
            f"event-{index + 1}",
            _dot(stage, x + dot, axis, dot, last=index == len(events) - 1)
            + text(date, x, top, look.accent)
            + text(words, x, texts_top, look.ink),
            enter_s=enter,
        )
    return layers


def _dot(stage: Stage, x: float, y: float, radius: float, *, last: bool) -> Art:
    """Filled for the latest event, open for the ones before."""
    look = stage.look
    if last:
        return disc(x, y, radius, look.accent)
    return disc(x, y, radius, look.background) + ring(
        x, y, radius - stage.px(4) / 2, look.accent, stage.px(4)
    )
