"""Burned-in phrases as sprites, the spoken word lit.

Belongs here: from placed words to planes, and which phrase is up when. Where the words stand is in
``burned_captions``.

A phrase is painted once. The lit words are the same letters, a little larger and in the accent
colour, each cut out so that it never reaches into its neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ytempire_assets.video import planes
from ytempire_assets.video.art import Art, coverage
from ytempire_assets.video.burned_captions import (
    LIT_SCALE,
    CaptionTrack,
    PlacedCue,
    caption_art,
)
from ytempire_assets.video.formats import Box, VideoFormat
from ytempire_assets.video.look import rgb
from ytempire_assets.video.planes import Placement, Planes, Sprite

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EDGE_EM = 0.085
"""Width of the dark or light edge around letters, em: captions stand on any picture."""


class CaptionSprites:
    """Draws the phrases of a track; asked in order of time it is fastest."""

    def __init__(self, track: CaptionTrack, fmt: VideoFormat) -> None:
        self._track = track
        self._fmt = fmt
        self._place = 0
        self._painted: tuple[int, _Phrase | None] = (-1, None)
        self._shown: tuple[int, int | None] | None = None
        self._placement: Placement = ()

    def draw(self, time_s: float, target: Planes) -> None:
        """Lays the phrase of this moment, if there is one, over ``target``."""
        index = self._cue_at(time_s)
        if index is None:
            return
        cue = self._track.cues[index]
        state = (index, cue.lit_at(time_s + 1e-6))
        if state != self._shown:
            if self._painted[0] != index:
                self._painted = (index, _paint(cue, self._track, self._fmt))
            phrase = self._painted[1]
            self._placement = phrase.placed(state[1], self._fmt) if phrase is not None else ()
            self._shown = state
        planes.draw(target, self._placement)

    def _cue_at(self, time_s: float) -> int | None:
        cues = self._track.cues
        if not cues:
            return None
        if time_s < cues[self._place].start_s:
            self._place = 0
        while self._place + 1 < len(cues) and cues[self._place + 1].start_s <= time_s + 1e-6:
            self._place += 1
        cue = cues[self._place]
        return self._place if cue.start_s <= time_s + 1e-6 < cue.end_s else None


class _Phrase:
    """A phrase waiting, the same phrase all lit, and which part of it is each word's."""

    def __init__(self, box: Box, waiting: Sprite, lit: Sprite, words: list[Box]) -> None:
        self._box = box
        self._waiting = waiting
        self._lit = lit
        self._words = words

    def placed(self, lit: int | None, fmt: VideoFormat) -> Placement:
        """With word ``lit`` lit."""
        sprite = self._waiting if lit is None else self._with(self._words[lit])
        return planes.place(sprite, (fmt.width, fmt.height), self._box.x, self._box.y)

    def _with(self, word: Box) -> Sprite:
        """The waiting phrase with the lit one showing inside ``word`` (even px of the sprite)."""
        merged = []
        for waiting, lit in zip(
            (*self._waiting.colour, *self._waiting.keep),
            (*self._lit.colour, *self._lit.keep),
            strict=True,
        ):
            share = 1 if waiting.shape[0] == self._waiting.height else 2
            inside = (
                slice(word.y // share, word.bottom // share),
                slice(word.x // share, word.right // share),
            )
            plane = waiting.copy()
            plane[inside] = lit[inside]
            merged.append(plane)
        luma, chroma, keep_luma, keep_chroma = merged
        return Sprite((luma, chroma), (keep_luma, keep_chroma))


def _paint(cue: PlacedCue, track: CaptionTrack, fmt: VideoFormat) -> _Phrase | None:
    arts = [caption_art(track, word) for word in cue.words]
    whole = sum(arts, Art())
    if whole.is_empty:
        return None
    size = max(word.size for word in cue.words)
    edge = max(2, round(EDGE_EM * size))
    box = _even(whole.box(), edge + round(size * 0.06) + 2, fmt)
    letters = coverage(whole, box)
    cells = _cells(cue, arts, box)
    grown = _grown(cue, letters, cells, box)
    return _Phrase(
        box,
        _with_edge(letters, track.ink, track.edge, edge),
        _with_edge(grown, track.lit, track.edge, edge),
        cells,
    )


def _cells(cue: PlacedCue, arts: list[Art], box: Box) -> list[Box]:
    """Each word's part of the phrase: half-way to its neighbours, in even px of ``box``."""
    lines = sorted({round(word.baseline) for word in cue.words})
    cells = []
    for index, word in enumerate(cue.words):
        own = arts[index]
        left, right = 0, box.width
        for other, art in zip(cue.words, arts, strict=True):
            if other is word or art.is_empty or own.is_empty:
                continue
            if round(other.baseline) == round(word.baseline):
                if other.x < word.x:
                    left = max(left, _even_px((art.right + own.left) / 2 - box.x))
                else:
                    right = min(right, _even_px((art.left + own.right) / 2 - box.x))
        row = lines.index(round(word.baseline))
        size = word.size
        top = _even_px(lines[row - 1] + 0.35 * size - box.y) if row else 0
        bottom = _even_px(lines[row] + 0.35 * size - box.y) if row + 1 < len(lines) else box.height
        cells.append(Box(left, top, max(2, right - left), max(2, bottom - top)))
    return cells


def _grown(
    cue: PlacedCue, letters: NDArray[np.uint8], cells: list[Box], box: Box
) -> NDArray[np.uint8]:
    """Every word ``LIT_SCALE`` larger around the middle of its capitals, inside its cell."""
    import cv2
    import numpy as np

    grown = np.zeros_like(letters)
    for word, cell in zip(cue.words, cells, strict=True):
        inside = (slice(cell.y, cell.bottom), slice(cell.x, cell.right))
        part = np.ascontiguousarray(letters[inside])
        if part.size == 0:
            continue
        middle_x = word.x - box.x - cell.x
        middle_y = word.baseline - 0.35 * word.size - box.y - cell.y
        turn = np.array(
            [
                [LIT_SCALE, 0, middle_x * (1 - LIT_SCALE)],
                [0, LIT_SCALE, middle_y * (1 - LIT_SCALE)],
            ],
            np.float32,
        )
        grown[inside] = cv2.warpAffine(
            part, turn, (part.shape[1], part.shape[0]), flags=cv2.INTER_CUBIC
        )
    return grown


def _even_px(value: float) -> int:
    return max(0, round(value / 2) * 2)


def _even(box: Box, by: int, fmt: VideoFormat) -> Box:
    """``box`` with room around it, inside the frame, on even pixels."""
    left, top = max(0, box.x - by) // 2 * 2, max(0, box.y - by) // 2 * 2
    right = min(fmt.width, -(-(box.right + by) // 2) * 2)
    bottom = min(fmt.height, -(-(box.bottom + by) // 2) * 2)
    return Box(left, top, max(2, right - left), max(2, bottom - top))


def _with_edge(letters: NDArray[np.uint8], ink: str, edge: str, width: int) -> Sprite:
    """Letters in ``ink`` on an edge of ``width`` px in another colour."""
    import cv2

    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    around = cv2.GaussianBlur(cv2.dilate(letters, disc), (3, 3), 0)
    return planes.edged_sprite(letters, cv2.max(around, letters), rgb(ink), rgb(edge))
