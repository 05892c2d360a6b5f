"""Captions as they stand in the picture: each word placed exactly, the spoken one lit.

Belongs here: where a phrase's words stand in a format, and drawing them as outlines. Words are
measured with the font that draws them and placed one by one, so that lighting a word never moves
its neighbours; they are drawn as shapes, so no text from outside is ever read as a command.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ytempire_assets.video.art import Art
from ytempire_assets.video.captions import Cue
from ytempire_assets.video.fonts import BOLD, FALLBACK, drawable
from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.typesetting import (
    TextBlock,
    TypeStyle,
    is_right_to_left,
    set_text,
    shape_word,
    text_width,
)

if TYPE_CHECKING:
    from ytempire_assets.video.look import Look

LIT_SCALE = 1.05
"""Size of the word being spoken, as a share of its neighbours'."""

_SPACE_EM = 0.26
"""Between the parts of a word that holds a space of its own."""


@dataclass(frozen=True, slots=True)
class CaptionLimits:
    """How much one phrase holds in a format, for ``captions.build_cues``."""

    max_characters: int
    max_words: int


def caption_limits(fmt: VideoFormat) -> CaptionLimits:
    """Short phrases on tall frames, longer ones on wide frames."""
    return CaptionLimits(24, 5) if not fmt.is_landscape else CaptionLimits(44, 9)


@dataclass(frozen=True, slots=True)
class CaptionWord:
    """A word in its place: ``x`` is its centre and ``baseline`` its line in frame px, ``size`` px.

    It is lit from ``start_s`` until the next word of its phrase begins, or the phrase ends.
    """

    text: str
    start_s: float
    x: float
    baseline: float
    size: float


@dataclass(frozen=True, slots=True)
class PlacedCue:
    """A phrase that stands from ``start_s`` to ``end_s``, seconds of the video."""

    words: tuple[CaptionWord, ...]
    start_s: float
    end_s: float

    def lit_at(self, time_s: float) -> int | None:
        """Which word is being spoken; None before the first one."""
        lit = None
        for index, word in enumerate(self.words):
            if word.start_s <= time_s:
                lit = index
        return lit


@dataclass(frozen=True, slots=True)
class CaptionTrack:
    """All phrases of a video in one format and how they are drawn."""

    cues: tuple[PlacedCue, ...]
    families: tuple[str, ...]
    ink: str
    lit: str
    edge: str

    @classmethod
    def from_plain(cls, content: Mapping[str, Any]) -> CaptionTrack:
        """From the JSON form of its fields."""
        return cls(
            tuple(
                PlacedCue(
                    tuple(CaptionWord(**word) for word in cue["words"]),
                    cue["start_s"],
                    cue["end_s"],
                )
                for cue in content["cues"]
            ),
            tuple(content["families"]),
            content["ink"],
            content["lit"],
            content["edge"],
        )


def place_captions(cues: Iterable[Cue], look: Look, fmt: VideoFormat) -> CaptionTrack:
    """Sets every phrase in the format's ``captions_box``.

    Args:
        cues: From ``captions.build_cues``.
        look: Colours and fonts.
        fmt: The frame.

    Raises:
        InvalidInputError: Letters that the fonts cannot draw.
    """
    from ytempire_assets.video.look import mix

    families = tuple(dict.fromkeys((look.body_font, look.heading_font, FALLBACK)))
    style = _style(families)
    size = (72 if fmt.is_portrait else 54) * min(fmt.width, fmt.height) / 1080
    placed = [_place(cue, style, size, fmt) for cue in cues]
    return CaptionTrack(
        tuple(cue for cue in placed if cue.words),
        families,
        look.ink,
        look.accent,
        mix(look.background, "#000000" if look.is_dark else "#FFFFFF", 0.25),
    )


def _style(families: tuple[str, ...]) -> TypeStyle:
    return TypeStyle(families, BOLD, leading=1.24, word_gap=0.1)


def _place(cue: Cue, style: TypeStyle, size: float, fmt: VideoFormat) -> PlacedCue:
    shown = [(word, drawable(word.text, style.families)) for word in cue.words]
    shown = [(word, text) for word, text in shown if text]
    if not shown:
        return PlacedCue((), cue.start_s, cue.end_s)
    box = fmt.captions_box
    places = _places([text for _, text in shown], style, size, box.width, box.height)
    return PlacedCue(
        tuple(
            CaptionWord(text, word.start_s, box.x + x, box.y + y, set_size)
            for (word, text), (x, y, set_size) in zip(shown, places, strict=True)
        ),
        cue.start_s,
        cue.end_s,
    )


def _places(
    texts: list[str], style: TypeStyle, size: float, width: float, height: float
) -> list[tuple[float, float, float]]:
    """Centre and baseline of each word inside the box, px, and its size, px."""
    sizes = tuple(size * step for step in (1.0, 0.88, 0.76, 0.66, 0.56, 0.46, 0.36))
    joined = " ".join(text.replace(" ", "\u00a0") for text in texts)
    block = set_text(joined, style, width=width, height=height, sizes=sizes, max_lines=2)
    words = [placed for line in block.lines for placed in line.words]
    if len(words) != len(texts):
        return _one_line(texts, style, size, width, height)
    if is_right_to_left(joined):
        ordered = [placed for line in block.lines for placed in reversed(line.words)]
    else:
        ordered = words
    rows = {id(placed): index for index, line in enumerate(block.lines) for placed in line.words}
    return [
        _spot(block, rows[id(placed)], placed.x + placed.word.width * block.size / 2, width, height)
        for placed in ordered
    ]


def _spot(
    block: TextBlock, row: int, middle: float, width: float, height: float
) -> tuple[float, float, float]:
    x = (width - block.lines[row].width) / 2 + middle
    top = (height - (block.cap_height + (len(block.lines) - 1) * block.line_height)) / 2
    return x, top + block.cap_height + row * block.line_height, block.size


def _one_line(
    texts: list[str], style: TypeStyle, size: float, width: float, height: float
) -> list[tuple[float, float, float]]:
    """For words that cannot be set as words: one line, made smaller until it fits."""
    space = size * _SPACE_EM
    widths = [text_width(text, style, size) for text in texts]
    total = sum(widths) + space * (len(texts) - 1)
    share = min(1.0, width / total) if total else 1.0
    places, x = [], (width - total * share) / 2
    for wide in widths:
        places.append((x + wide * share / 2, height * 0.62, max(1.0, size * share)))
        x += (wide + space) * share
    return places


def caption_art(track: CaptionTrack, word: CaptionWord) -> Art:
    """A word as outlines in white, without its edge."""
    style = _style(track.families)
    size = word.size
    parts = [shape_word(part, style) for part in word.text.split()]
    width = sum(part.width for part in parts) + _SPACE_EM * (len(parts) - 1)
    left = word.x - width * size / 2
    art, x = Art(), 0.0
    for part in parts:
        if part.svg:
            start = left + x * size
            art += Art(
                f'<g transform="translate({start:.2f} {word.baseline:.2f}) scale({size:.3f})" '
                f'fill="#FFFFFF">{part.svg}</g>',
                start + part.ink[0] * size,
                word.baseline + part.ink[1] * size,
                start + part.ink[2] * size,
                word.baseline + part.ink[3] * size,
            )
        x += part.width + _SPACE_EM
    return art
