"""Where lines of subtitles may break: between phrases, not inside them.

Belongs here: how good a place between two words is for a break, by punctuation and by the small
words of a language, how wide a text is, and breaking one into two lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ytempire_assets.reading.language_tags import primary_subtag

LINE_WIDTH = 42
"""The longest subtitle line that players and the platforms' style guides expect; characters of
Chinese, Japanese and Korean are two wide."""

SENTENCE_END = re.compile(r"[.!?…。！？؟۔][\"'”’»」』)\]]*$")
CLAUSE_END = re.compile(r"[,;:–—،؛、，；：][\"'”’»」』)\]]*$")

_LEADING: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "en": frozenset(
            "a an the this that these those my your his her its our their no every each some any "
            "of in on at by for from with to into onto over under between through about after "
            "before during without within across against among around as than per via and or but "
            "nor so because if when while where which who whose although since until is are was "
            "were be been has have had will would can could may might must shall should do does "
            "did not very more most less too mr mrs ms dr".split()
        ),
        "de": frozenset(
            "der die das den dem des ein eine einen einem einer eines kein keine keinen "
            "keinem keiner dieser diese dieses diesen diesem jeder jede jedes mein dein sein "
            "ihr unser euer seine ihre unsere seinen ihren seiner ihrer in im an am auf bei "
            "beim mit nach von vom zu zum zur aus für über unter vor hinter neben zwischen "
            "durch gegen ohne um bis ab seit während wegen trotz und oder aber denn sondern "
            "dass weil wenn als ob wie obwohl damit bevor nachdem ist sind war waren hat "
            "haben hatte wird werden wurde kann können nicht sehr mehr zu dr herr frau".split()
        ),
    }
)
"""Words that belong to what follows: a line that ends with one leaves the reader hanging."""

_OPENING: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "en": frozenset(
            "and or but nor so because if when while where which who whose that although since "
            "until of in on at by for from with to into over under between through about after "
            "before during without within across against among around than".split()
        ),
        "de": frozenset(
            "und oder aber denn sondern dass weil wenn als ob wie obwohl damit bevor nachdem in im "
            "an am auf bei beim mit nach von vom zu zum zur aus für über unter vor hinter neben "
            "zwischen durch gegen ohne um bis seit während wegen trotz".split()
        ),
    }
)
"""Words that a phrase begins with: before one of them is a good place."""

_LETTERS = re.compile(r"[^\w]+")


def width(text: str) -> int:
    """Cells that a text fills: two for each wide character, none for marks."""
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
        if unicodedata.category(character) not in ("Mn", "Me", "Cf")
    )


def is_unspaced(character: str) -> bool:
    """Whether the character is of a script that puts no space between words."""
    point = ord(character)
    return (
        0x3040 <= point <= 0x30FF  # Hiragana and Katakana
        or 0x3400 <= point <= 0x9FFF  # Han
        or 0xF900 <= point <= 0xFAFF
        or 0x20000 <= point <= 0x3FFFF
        or 0x3001 <= point <= 0x303F  # their punctuation
        or 0xFF01 <= point <= 0xFF65
        or 0x0E00 <= point <= 0x0EFF  # Thai and Lao
        or 0x1000 <= point <= 0x109F  # Burmese
        or 0x1780 <= point <= 0x17FF  # Khmer
    )


def joined(words: Sequence[str]) -> str:
    """Words as one line: with spaces, except between words of a script that has none."""
    text = ""
    for word in words:
        glued = text and word and is_unspaced(text[-1]) and is_unspaced(word[0])
        text += word if glued or not text else f" {word}"
    return text


def break_cost(before: str, after: str, language: str) -> float:
    """How bad a break between two words is: 0 at a sentence's end, 2.5 inside a phrase."""
    if SENTENCE_END.search(before):
        return 0.0
    if CLAUSE_END.search(before):
        return 0.2
    if before and after and is_unspaced(before[-1]) and is_unspaced(after[0]):
        return 0.8
    base = primary_subtag(language)
    last, first = (_LETTERS.sub("", word).lower() for word in (before, after))
    if last in _LEADING.get(base, ()) or (last.isdecimal() and not first.isdecimal()):
        return 2.5  # a number belongs to what it counts
    if first in _OPENING.get(base, ()):
        return 0.5
    return 1.2


def two_lines(words: Sequence[str], language: str) -> tuple[list[str], float]:
    """Words in one line where they fit, else in two, broken where the phrase allows.

    Words that fit into no two lines are set in as many as they take; a word that is longer than a
    line is cut.

    Returns:
        The lines, and how bad the break between them is, as of ``break_cost``.
    """
    pieces = [piece for word in words for piece in _cut(word)]
    whole = joined(pieces)
    if width(whole) <= LINE_WIDTH:
        return [whole], 0.0
    choices = []
    for cut in range(1, len(pieces)):
        lines = [joined(pieces[:cut]), joined(pieces[cut:])]
        widths = [width(line) for line in lines]
        if max(widths) <= LINE_WIDTH:
            uneven = abs(widths[0] - widths[1]) / LINE_WIDTH
            cost = break_cost(pieces[cut - 1], pieces[cut], language) + 1.5 * uneven
            choices.append((cost, cut, lines))
    if choices:
        cost, _, best = min(choices)
        return best, cost
    lines = [""]
    for piece in pieces:
        if lines[-1] and width(joined([lines[-1], piece])) > LINE_WIDTH:
            lines.append("")
        lines[-1] = joined([lines[-1], piece]) if lines[-1] else piece
    return lines, 2.5


def _cut(word: str) -> list[str]:
    """A word in pieces that fit a line; a sentence without spaces breaks after its punctuation."""
    if width(word) <= LINE_WIDTH:
        return [word]
    pieces, piece = [], ""
    for index, character in enumerate(word):
        # A mark stays with the letter that it is on.
        mark = unicodedata.category(character) in ("Mn", "Me", "Mc")
        full = width(piece + character) > LINE_WIDTH and not mark
        ends = CLAUSE_END.search(piece) or SENTENCE_END.search(piece)
        if piece and (full or (ends and is_unspaced(piece[-1]) and is_unspaced(word[index]))):
            pieces.append(piece)
            piece = ""
        piece += character
    return [*pieces, piece]
