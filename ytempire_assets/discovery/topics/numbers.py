"""Numbers that tell one story from another: years, versions, parts, dates, numbered names.

Belongs here: which number of a title names something (iPhone 17, Super Bowl LX, week 12) and what
it counts within. A toll, a price or a score changes while the story stays; such numbers are terms
like any other and decide nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from ytempire_assets.discovery.topics.amounts import has_magnitude, plain_amount
from ytempire_assets.discovery.topics.tokens import Token
from ytempire_assets.discovery.topics.words import folded

YEAR = "#year"
"""The head of years. Heads that are no names begin with a hash sign, as ``is_common`` knows."""

_MONTH = "#month "
_HEADS = {
    "season": "season staffel temporada saison stagione seizoen",
    "episode": "episode episodes ep folge episodio épisode episódio capítulo puntata aflevering",
    "part": "part pt teil parte partie deel",
    "chapter": "chapter ch kapitel chapitre capitolo",
    "volume": "volume band tome",
    "week": "week gameweek gw woche semana semaine settimana",
    "day": "day tag día jour dia giorno",
    "round": "round runde ronda ronde rodada jornada journée giornata matchday spieltag",
    "game": "game match spiel partido partita jogo",
    "test": "test odi",
    "flight": "flight flug vuelo",
    "number": "no nr number nummer número numéro numero",
    "version": "version update patch build release versión",
    "stage": "stage etappe etapa étape tappa lap",
    "phase": "phase fase level tier",
    "quarter": "quarter quartal trimestre",
    "category": "category kategorie categoría categoria catégorie",
    "magnitude": "magnitude magnitud magnitudo",
}
_MONTHS = (
    "january jan januar enero janvier janeiro gennaio januari",
    "february feb februar febrero février fevereiro febbraio februari",
    "march mar märz marzo mars março maart",
    "april apr abril avril aprile",
    "may mai mayo maio maggio mei",
    "june jun juni junio juin junho giugno",
    "july jul juli julio juillet julho luglio",
    "august aug agosto août augustus",
    "september sep sept septiembre septembre setembro settembre",
    "october oct oktober octubre octobre outubro ottobre",
    "november nov noviembre novembre novembro",
    "december dec dezember diciembre décembre dezembro dicembre",
)
_ONES = "one two three four five six seven eight nine ten eleven twelve"
_NUMBER_WORDS = {word: str(at) for at, word in enumerate(_ONES.split(), 1)}
_COUNTERS = "号號話话章集季回届屆期巻卷部호화회月日월일"
_COUNTER = re.compile(f"[{_COUNTERS}]")
_HAN_NUMBER = re.compile(f"([一二三四五六七八九十百]+)([{_COUNTERS}])")
_QUANTITY = re.compile("[万萬億亿元円人分歳岁年時时点點名個个件度例例票만억원명분년개]")
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_MODEL = re.compile(r"(?:[A-Za-z]\d+|\d+[A-Za-z]+\d*)\Z")
_VERSION = re.compile(r"\d+(?:\.\d+)*\Z")
_GLUED = re.compile(r"([^\W\d_]{2,})(\d+)\Z")
_SEASON = re.compile(r"S0?(\d{1,2})\Z", re.IGNORECASE)
_EPISODE = re.compile(r"E0?(\d{1,3})\Z", re.IGNORECASE)
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)\Z")
_ROMAN = re.compile(r"(?=[IVXL])(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})\Z")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50}
_LOWER_ROMAN = frozenset("ii iii iv vii viii xii xiii xiv xv xvi lix lx lxi lxii".split())
_TIES = (" ", "-", "", "#", ".", "/", "\u2011")
"""What may stand between a head and its number."""


def decisive_numbers(
    tokens: Sequence[Token], heads: Sequence[bool], keys: Sequence[str]
) -> dict[str, frozenset[str]]:
    """What the numbers of a title count within, and what they say.

    Args:
        tokens: The title's tokens.
        heads: For each, whether a number after it belongs to it: names, and words that may be.
        keys: For each, its key.

    Returns:
        By head (``YEAR``, a month, a kind of part, or the key of a name) the values as text.
    """
    found: dict[str, set[str]] = {}
    for at, token in enumerate(tokens):
        before = tokens[at - 1] if at and not token.opens and token.follows in _TIES else None
        head = _head(before, keys[at - 1], heads[at - 1]) if before is not None else None
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        for name, value in _numbers_at(token, before, head, after):
            found.setdefault(name, set()).add(value)
    return {name: frozenset(values) for name, values in found.items()}


@cache
def _common_heads() -> dict[str, str]:
    """The heads of words that number everything: months, and what ``_HEADS`` names."""
    months = {
        folded(word): f"{_MONTH}{at}"
        for at, words in enumerate(_MONTHS, 1)
        for word in words.split()
    }
    heads = {folded(word): f"#{head}" for head, words in _HEADS.items() for word in words.split()}
    return heads | months


def is_common(head: str) -> bool:
    """Whether things of every kind are numbered so: by years, seasons, days."""
    return head.startswith("#")


def roman_value(text: str) -> int | None:
    """The value of a Roman numeral up to 89, in capitals or a usual one in small letters."""
    if text in _LOWER_ROMAN:
        text = text.upper()
    if not _ROMAN.match(text):
        return None
    values = [_ROMAN_VALUES[letter] for letter in text]
    return sum(
        -value if at + 1 < len(values) and value < values[at + 1] else value
        for at, value in enumerate(values)
    )


def _numbers_at(
    token: Token, before: Token | None, head: str | None, after: Token | None
) -> Iterator[tuple[str, str]]:
    if token.kind == "word":
        yield from _numbers_of_word(token.text, before, head, after)
    elif token.kind == "run":
        for match in _HAN_NUMBER.finditer(token.text):
            yield f"#{match[2]}", match[1]
    elif not token.money:
        yield from _numbers_of_number(token, before, head, after)


def _head(token: Token, key: str, may_have_number: bool) -> str | None:
    if token.kind == "run":
        return None
    common = _common_heads().get(folded(token.text))
    return common or (key if may_have_number else None)


def _numbers_of_word(
    text: str, before: Token | None, head: str | None, after: Token | None
) -> Iterator[tuple[str, str]]:
    season = after is not None and _EPISODE.match(after.text) and _SEASON.match(text)
    episode = before is not None and _SEASON.match(before.text) and _EPISODE.match(text)
    glued = _GLUED.match(text)
    # S26 is a model, S1 E6 an episode.
    if season:
        yield "#season", season[1]
    elif episode:
        yield "#episode", episode[1]
    elif _MODEL.match(text) and head is not None:
        yield head, text.casefold()
    elif glued is not None:
        yield folded(glued[1]), glued[2]
    elif head is not None:
        value = roman_value(text)
        if value is not None:
            yield head, str(value)
        elif is_common(head) and text.casefold() in _NUMBER_WORDS:
            yield head, _NUMBER_WORDS[text.casefold()]


def _numbers_of_number(
    token: Token, before: Token | None, head: str | None, after: Token | None
) -> Iterator[tuple[str, str]]:
    text = token.text
    following = after.text if after is not None and not after.opens else ""
    ordinal = _ORDINAL.match(text)
    common = _common_heads().get(folded(after.text)) if after is not None else None
    dated = common is not None and common.startswith(_MONTH)
    if after is not None and after.kind == "number" and after.follows in ("-", "\u2013"):
        return  # a score
    if common is not None and dated and after is not None and after.follows in (" ", "."):
        yield common, ordinal[1] if ordinal is not None else text
    elif ordinal is not None:
        if common is not None and following:
            yield common, ordinal[1]
    elif _YEAR.match(text):
        yield YEAR, text
    elif after is not None and after.kind == "run" and after.follows == "":
        yield from _before_letters(text, before, after.text[0])
    elif has_magnitude(text, following):
        return
    elif before is not None and before.kind == "run" and token.follows == "" and len(text) < 3:
        yield before.text[-2:], text
    elif head is not None and (_VERSION.match(text) or _MODEL.match(text)):
        yield head, re.sub(r"(?:\.0)+\Z", "", text).casefold()
    elif head is not None:
        amount = plain_amount(text)
        if amount is not None:
            yield head, amount


def _before_letters(text: str, before: Token | None, letter: str) -> Iterator[tuple[str, str]]:
    if _COUNTER.match(letter):
        yield f"#{letter}", text
    elif (
        before is not None
        and before.kind == "run"
        and len(text) < 3
        and not _QUANTITY.match(letter)
    ):
        yield before.text[-2:], text
