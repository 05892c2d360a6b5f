"""What one scene has to show, and what is drawn for it: the values between script and picture.

Belongs here: plain values without behaviour. How content becomes layers is the layouts' concern,
when layers are on screen is the timeline's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Entrance = Literal["cut", "fade", "rise", "reveal", "wipe", "fill"]
"""How a layer comes in. ``cut``: at once. ``fade``: from transparent. ``rise``: upwards while
fading. ``reveal``: upwards from behind its own lower edge. ``wipe``: from behind its own left edge.
``fill``: like ``wipe``, at constant speed until the scene ends."""

Motion = Literal["still", "drift", "orbit"]
"""What a layer does while it is there. ``still``: nothing. ``drift``: moves in a straight line,
``path`` = (dx, dy) px per second. ``orbit``: its centre runs along an ellipse that itself drifts,
``path`` = (centre x, centre y, radius x, radius y, tilt rad, start rad, rad per second, dx, dy)."""


Media = Literal["png", "mov", "clip"]
"""What a layer's bytes are. ``png``: a still. ``mov``: a short animation that holds its last frame.
``clip``: footage that must last as long as its scene."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the story: ``value`` for drawing to scale, ``text`` as people read it."""

    value: float
    text: str
    unit: str
    label: str


@dataclass(frozen=True, slots=True)
class Series:
    """Values along an axis: ``points`` are (x label, value in ``unit``)."""

    title: str
    unit: str
    kind: Literal["line", "bar"]
    points: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Milestone:
    """One dated event; ``date`` as people write it."""

    date: str
    text: str


@dataclass(frozen=True, slots=True)
class Brand:
    """Who speaks: the channel's name, its ``@handle``, one line about it, its language (BCP 47)."""

    name: str
    handle: str
    tagline: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class ScenePicture:
    """A picture from outside that a scene is to show.

    Args:
        data: JPEG or PNG bytes, checked (``pictures.checked_picture``).
        credit: Whose it is, as it is written on it; empty for none.
    """

    data: bytes
    credit: str = ""


@dataclass(frozen=True, slots=True)
class SceneBrief:
    """Everything that may be shown in one scene.

    Args:
        number: Place of the scene in the video, from 1.
        total: Scenes in the video.
        kind: What the scene is for.
        narration: What is spoken during it.
        headline: The line to set large, at most 90 characters are shown in full.
        emphasis: Words or phrases of the headline to light.
        duration_s: Seconds on screen.
        topic_title: What the whole video is about.
        figure: One number that carries the scene.
        figures: Numbers to compare with each other.
        series: Values to chart.
        milestones: Dated events in order.
        points: Short statements to list.
        source_label: Whom the content is from, e.g. ``NASA Science``.
        credits: Who or what made it, for the outro.
        picture: A picture to fill the frame with.
    """

    number: int
    total: int
    kind: Literal["intro", "hook", "fact", "closing", "outro"]
    narration: str
    headline: str
    emphasis: tuple[str, ...]
    duration_s: float
    topic_title: str
    figure: Figure | None = None
    figures: tuple[Figure, ...] = ()
    series: Series | None = None
    milestones: tuple[Milestone, ...] = ()
    points: tuple[str, ...] = ()
    source_label: str | None = None
    credits: tuple[str, ...] = ()
    picture: ScenePicture | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """One drawn part of a scene; lossless with alpha, cropped to what is visible in it.

    Args:
        name: Unique in its scene.
        media: What the bytes are, see ``Media``.
        data: The file's bytes.
        x: Left edge in the frame once it has come in, px; may be negative for a backdrop.
        y: Top edge in the frame once it has come in, px.
        width: Pixels.
        height: Pixels.
        enter_s: Seconds from the scene's start.
        entrance: How it comes in.
        entrance_s: How long that takes, seconds.
        motion: What it does while it is there.
        path: The motion's numbers, see ``Motion``.
    """

    name: str
    media: Media
    data: bytes
    x: int
    y: int
    width: int
    height: int
    enter_s: float = 0.0
    entrance: Entrance = "cut"
    entrance_s: float = 0.5
    motion: Motion = "still"
    path: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class SceneDesign:
    """A scene as drawn: layers from back to front, the first one is the full-bleed backdrop.

    ``description`` says in a sentence what is shown, for people who look at the tables.
    """

    layout: str
    description: str
    layers: tuple[Layer, ...]
