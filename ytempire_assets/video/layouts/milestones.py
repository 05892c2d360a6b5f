"""Dated events on a line that draws itself: downwards, or to the right in landscape."""

from __future__ import annotations

from ytempire_assets.video.art import Art, disc, rect, ring, text
from ytempire_assets.video.layouts.stage import Stage, headline_layers, split_with_headline
from ytempire_assets.video.formats import Box
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
    row = min(box.height / len(events), stage.px(260))
    dot, line = stage.px(13), stage.px(4)
    axis, left = box.x + dot, box.x + stage.px(78)
    room = box.width - stage.px(78)
    date_sizes, text_sizes = stage.sizes(53, 28), stage.sizes(45, 24)
    dates = [
        stage.set(event.date, stage.display, date_sizes, room, row * 0.4, max_lines=1)
        for event in events
    ]
    texts = [stage.set(event.text, stage.body, text_sizes, room, row * 0.48) for event in events]
    date_size = min(block.size for block in dates)
    text_size = min(block.size for block in texts)
    first = box.y + stage.px(16)
    layers = stage.layer(
        "axis",
        rect(axis - line / 2, first, line, row * (len(events) - 1), stage.hairline),
        enter_s=0.3,
        entrance="fade",
        entrance_s=0.6,
    )
    step = min(0.8, 0.5 * stage.brief.duration_s / len(events))
    for index, event in enumerate(events):
        y = first + index * row
        enter = 0.4 + index * step
        date = stage.set(event.date, stage.display, (date_size,), room, row * 0.4, max_lines=1)
        words = stage.set(event.text, stage.body, (text_size,), room, row * 0.48)
        layers += stage.layer(
            f"dot-{index + 1}",
            _dot(
                stage,
                axis,
                y + date.cap_height / 2 - stage.px(8),
                dot,
                last=index == len(events) - 1,
            ),
            enter_s=enter,
            entrance="fade",
            entrance_s=0.25,
        )
        y -= stage.px(8)
        layers += stage.layer(
            f"date-{index + 1}",
            text(date, left, y, look.accent),
            enter_s=enter + 0.05,
            entrance="reveal",
        )
        layers += stage.layer(
            f"event-{index + 1}",
            text(words, left, y + date.cap_height + stage.px(30), look.ink),
            enter_s=enter + 0.15,
        )
    return layers


def _across(stage: Stage) -> list[Layer]:
    look, content = stage.look, stage.content
    events = stage.brief.milestones[:MAX_MILESTONES]
    head = stage.set(
        stage.brief.headline,
        stage.display,
        stage.sizes(73, 38),
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
    dates = [
        stage.set(event.date, stage.display, stage.sizes(53, 24), column, room * 0.3, max_lines=2)
        for event in events
    ]
    date_size = min(block.size for block in dates)
    texts = [
        stage.set(event.text, stage.body, stage.sizes(38, 24), column, room * 0.6)
        for event in events
    ]
    text_size = min(block.size for block in texts)
    layers += stage.layer(
        "axis",
        rect(content.x, axis - line / 2, content.width, line, stage.hairline),
        enter_s=0.3,
        entrance="wipe",
        entrance_s=1.2,
    )
    step = min(0.7, 0.5 * stage.brief.duration_s / len(events))
    for index, event in enumerate(events):
        x = content.x + index * (column + gap)
        enter = 0.45 + index * step
        date = stage.set(event.date, stage.display, (date_size,), column, room * 0.3, max_lines=2)
        words = stage.set(event.text, stage.body, (text_size,), column, room * 0.6)
        layers += stage.layer(
            f"dot-{index + 1}",
            _dot(stage, x + dot, axis, dot, last=index == len(events) - 1),
            enter_s=enter,
            entrance="fade",
            entrance_s=0.25,
        )
        layers += stage.layer(
            f"date-{index + 1}",
            text(date, x, top, look.accent),
            enter_s=enter + 0.05,
            entrance="reveal",
        )
        layers += stage.layer(
            f"event-{index + 1}",
            text(words, x, top + date.height + stage.px(22), look.ink),
            enter_s=enter + 0.15,
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
