"""Setting text: shaping with HarfBuzz, balanced lines, and a size from a type scale that fits.

Belongs here: everything that turns a string into placed words with known widths. Which size, weight
and colour a text has is the layouts' choice. Words are drawn as outlines, so what is measured here
is exactly what is drawn, on every machine.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.video.fonts import (
    BOLD,
    clusters,
    drawable,
    file_for,
    font_face,
    font_file,
    font_files,
)

if TYPE_CHECKING:
    import uharfbuzz

MAX_CHARACTERS = 1200
"""More text than this is never legible on a card; the rest is cut before it costs time."""

DESCENT_EM = 0.24
"""Room kept under the last baseline for descenders."""

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class TypeStyle:
    """A voice to set text in: families tried in order, weight, spacing.

    ``tracking`` is extra space per character in em, ``leading`` the distance of baselines as a
    multiple of the size, ``tabular`` gives all digits one width (for numbers that count),
    ``word_gap`` is extra space between words in em.
    """

    families: tuple[str, ...]
    weight: int = BOLD
    tracking: float = 0.0
    leading: float = 1.12
    tabular: bool = False
    word_gap: float = 0.0


@dataclass(frozen=True, slots=True)
class ShapedWord:
    """One word's outlines in em, baseline at y = 0, y downwards.

    ``ink`` is left, top, right and bottom of what is really painted.
    """

    text: str
    svg: str
    width: float
    ink: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A shaped word, ``x`` px from its line's left edge; ``lit`` words are emphasised."""

    word: ShapedWord
    x: float
    lit: bool


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of words and its width in px."""

    words: tuple[PlacedWord, ...]
    width: float


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Lines at one size. Heights run from the first line's cap top to the last descender, px."""

    lines: tuple[TextLine, ...]
    size: float
    line_height: float
    cap_height: float

    @property
    def width(self) -> float:
        """The widest line, px."""
        return max((line.width for line in self.lines), default=0.0)

    @property
    def height(self) -> float:
        """From the first cap top to the last descender, px; 0 without lines."""
        return block_height(len(self.lines), self.size, self.line_height, self.cap_height)

    def baseline(self, index: int) -> float:
        """Of line ``index``, px below the block's top."""
        return self.cap_height + index * self.line_height


def block_height(lines: int, size: float, line_height: float, cap_height: float) -> float:
    """Height of ``lines`` lines, px."""
    return 0.0 if lines == 0 else cap_height + (lines - 1) * line_height + DESCENT_EM * size


@lru_cache(maxsize=32)
def _font(path: Path, weight: int) -> uharfbuzz.Font:
    import uharfbuzz

    font = uharfbuzz.Font(font_face(path))
    # A variable font has all weights in one file; any other ignores this.
    font.set_variations({"wght": weight})
    return font


@lru_cache(maxsize=4096)
def _outline(path: Path, weight: int, glyph: int) -> str:
    from fontTools.pens.svgPathPen import SVGPathPen

    pen = SVGPathPen(None, ntos=lambda value: str(round(value)))
    _font(path, weight).draw_glyph_with_pen(glyph, pen)
    return str(pen.getCommands())


@lru_cache(maxsize=32)
def cap_height_em(style: TypeStyle) -> float:
    """Height of capitals in the style's first font, em."""
    import uharfbuzz

    path = font_file(style.families[0], style.weight)
    font = _font(path, style.weight)
    value = font.get_metric_position(uharfbuzz.OTMetricsTag.CAP_HEIGHT) or 0
    return value / font_face(path).upem if value > 0 else 0.7


@lru_cache(maxsize=8192)
def shape_word(text: str, style: TypeStyle) -> ShapedWord:
    """Shapes one word without spaces; what no font has is not drawn, see ``fonts.drawable``."""
    import uharfbuzz

    # Letters of a joined script must touch.
    tracking = 0.0 if is_right_to_left(text) else style.tracking
    parts: list[str] = []
    pen_x = 0.0
    left, top, right, bottom = float("inf"), float("inf"), float("-inf"), float("-inf")
    for path, run in _runs(text, font_files(style.families, style.weight)):
        buffer = uharfbuzz.Buffer()
        buffer.add_str(run)
        buffer.guess_segment_properties()
        font, em = _font(path, style.weight), font_face(path).upem
        uharfbuzz.shape(font, buffer, {"tnum": style.tabular, "kern": True, "liga": True})
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            x, y = pen_x + place.x_offset / em, -place.y_offset / em
            outline = _outline(path, style.weight, info.codepoint)
            if outline:
                parts.append(
                    f'<path transform="translate({x:.4f} {y:.4f}) scale({1 / em:.7f} '
                    f'{-1 / em:.7f})" d="{outline}"/>'
                )
                extents = font.get_glyph_extents(info.codepoint)
                if extents is not None:
                    left = min(left, x + extents.x_bearing / em)
                    right = max(right, x + (extents.x_bearing + extents.width) / em)
                    top = min(top, y - extents.y_bearing / em)
                    bottom = max(bottom, y - (extents.y_bearing + extents.height) / em)
            pen_x += place.x_advance / em + tracking
    if not parts:
        left = top = right = bottom = 0.0
    width = max(0.0, pen_x - tracking)
    return ShapedWord(text, "".join(parts), width, (left, top, right, bottom))


def _runs(text: str, files: Sequence[Path]) -> list[tuple[Path, str]]:
    """Splits a word into the longest stretches that one font file can draw, from left to right."""
    runs: list[tuple[Path, str]] = []
    for cluster in clusters(text):
        path = file_for(cluster, files)
        if path is None:
            continue
        if runs and runs[-1][0] == path:
            runs[-1] = (path, runs[-1][1] + cluster)
        else:
            runs.append((path, cluster))
    return runs[::-1] if is_right_to_left(text) else runs


@lru_cache(maxsize=64)
def _space_em(style: TypeStyle) -> float:
    path = font_file(style.families[0], style.weight)
    font = _font(path, style.weight)
    glyph = font.get_nominal_glyph(0x20)
    advance = font.get_glyph_h_advance(glyph) if glyph else 0
    return (advance / font_face(path).upem or 0.25) + 2 * style.tracking + style.word_gap


def text_width(text: str, style: TypeStyle, size: float) -> float:
    """Width of one line of drawable text, px."""
    words = text.split()
    if not words:
        return 0.0
    spaces = (len(words) - 1) * _space_em(style)
    return size * (sum(shape_word(word, style).width for word in words) + spaces)


def set_text(
    text: str,
    style: TypeStyle,
    *,
    width: float,
    height: float,
    sizes: Sequence[float],
    max_lines: int = 99,
    lit: Sequence[str] = (),
) -> TextBlock:
    """Sets ``text`` in the largest of ``sizes`` at which it fits a box.

    Lines are balanced. When nothing fits, the smallest size is used, words wider than the box are
    broken, and what is left over ends in an ellipsis.

    Args:
        text: From outside; what no font has is dropped, see ``fonts.drawable``.
        style: The voice.
        width: Of the box, px.
        height: Of the box, px.
        sizes: Type sizes to try, px, largest first.
        max_lines: Lines at most.
        lit: Words or phrases to mark as emphasised.

    Returns:
        The block; without lines when there is nothing to draw.

    Raises:
        InvalidInputError: Letters that no font of the style can draw.
    """
    words = drawable(text[:MAX_CHARACTERS], style.families).split()
    cap = cap_height_em(style)
    space = _space_em(style)
    marks = _lit_marks(words, lit)
    for size in sizes:
        room = min(max_lines, _lines_that_fit(height, size, style, cap))
        widths = [shape_word(word, style).width for word in words]
        if room < 1 or max(widths, default=0.0) > width / size:
            continue
        rows = _balanced(widths, space, width / size)
        if len(rows) <= room:
            return _place(words, marks, rows, style, size, cap, space)
    size = sizes[-1]
    room = max(1, min(max_lines, _lines_that_fit(height, size, style, cap)))
    words, marks = _broken(words, marks, style, width / size)
    rows = _greedy([shape_word(word, style).width for word in words], space, width / size)
    if len(rows) > room:
        words, marks, rows = _shortened(words, marks, rows[:room], style, space, width / size)
    return _place(words, marks, rows, style, size, cap, space)


def _lines_that_fit(height: float, size: float, style: TypeStyle, cap: float) -> int:
    spare = height - block_height(1, size, 0.0, cap * size)
    return 0 if spare < -0.5 else 1 + int((spare + 0.5) / (style.leading * size))


def _greedy(widths: Sequence[float], space: float, limit: float) -> list[tuple[int, int]]:
    """First-fit lines as (first word, word after the last)."""
    rows: list[tuple[int, int]] = []
    start, used = 0, 0.0
    for index, width in enumerate(widths):
        if index > start and used + space + width > limit:
            rows.append((start, index))
            start, used = index, width
        else:
            used += width + (space if index > start else 0.0)
    if widths:
        rows.append((start, len(widths)))
    return rows


def _balanced(widths: Sequence[float], space: float, limit: float) -> list[tuple[int, int]]:
    """As few lines as first-fit needs, at the narrowest measure that still gives that few."""
    rows = _greedy(widths, space, limit)
    if len(rows) < 2 or len(widths) > 150:
        return rows
    low, high = max(widths), limit
    for _ in range(12):
        middle = (low + high) / 2
        candidate = _greedy(widths, space, middle)
        if len(candidate) > len(rows):
            low = middle
        else:
            high, best = middle, candidate
            rows = best
    return rows


def _broken(
    words: Sequence[str], marks: Sequence[bool], style: TypeStyle, limit: float
) -> tuple[list[str], list[bool]]:
    """Cuts every word that is wider than ``limit`` em into pieces that are not."""
    pieces: list[str] = []
    piece_marks: list[bool] = []
    for word, mark in zip(words, marks, strict=True):
        rest = clusters(word)
        while len(rest) > 1 and shape_word("".join(rest), style).width > limit:
            # Narrowing by the average first keeps the search short for very long words.
            low, high = 1, min(len(rest) - 1, 400)
            while low < high:
                middle = (low + high + 1) // 2
                if shape_word("".join(rest[:middle]), style).width <= limit:
                    low = middle
                else:
                    high = middle - 1
            pieces.append("".join(rest[:low]))
            piece_marks.append(mark)
            rest = rest[low:]
        pieces.append("".join(rest))
        piece_marks.append(mark)
    return pieces, piece_marks


def _shortened(
    words: Sequence[str],
    marks: Sequence[bool],
    rows: Sequence[tuple[int, int]],
    style: TypeStyle,
    space: float,
    limit: float,
) -> tuple[list[str], list[bool], list[tuple[int, int]]]:
    """Ends the last of ``rows`` in an ellipsis that still fits."""
    sign = drawable(ELLIPSIS, style.families) or "..."
    start, end = rows[-1]
    kept = list(words[:end])
    while True:
        tail = kept[-1].rstrip(".,;:!?-–")
        widths = [shape_word(word, style).width for word in [*kept[start:-1], tail + sign]]
        if sum(widths) + space * (len(widths) - 1) <= limit or (
            len(kept) == start + 1 and not tail
        ):
            kept[-1] = tail + sign
            break
        if len(kept) > start + 1:
            kept.pop()
        else:
            kept[-1] = "".join(clusters(tail)[:-1])
    return kept, list(marks[: len(kept)]), [*rows[:-1], (start, len(kept))]


def _place(
    words: Sequence[str],
    marks: Sequence[bool],
    rows: Sequence[tuple[int, int]],
    style: TypeStyle,
    size: float,
    cap: float,
    space: float,
) -> TextBlock:
    lines = []
    rightwards = not is_right_to_left(" ".join(words))
    for start, end in rows:
        order = range(start, end) if rightwards else range(end - 1, start - 1, -1)
        placed, x = [], 0.0
        for index in order:
            word = shape_word(words[index], style)
            placed.append(PlacedWord(word, x * size, marks[index]))
            x += word.width + space
        lines.append(TextLine(tuple(placed), max(0.0, x - space) * size))
    return TextBlock(tuple(lines), size, style.leading * size, cap * size)


def is_right_to_left(text: str) -> bool:
    """Whether the first letter with a direction runs from right to left."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False


def _lit_marks(words: Sequence[str], phrases: Sequence[str]) -> list[bool]:
    """Which words belong to one of ``phrases``, ignoring case and punctuation."""
    plain = [_plain(word) for word in words]
    marks = [False] * len(words)
    for phrase in phrases:
        wanted = [part for part in (_plain(word) for word in phrase.split()) if part]
        for start in range(len(plain) - len(wanted) + 1) if wanted else ():
            if plain[start : start + len(wanted)] == wanted:
                marks[start : start + len(wanted)] = [True] * len(wanted)
    return marks


def _plain(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())
