"""Figures of a text, each with the sentence that it stands in.

Belongs here: finding numbers with units, percentages, amounts of money and dates, and what number
each one is. A figure is cut out of its text and never worded anew; where it is not sure what a
number means (versions, scores, times of day, names such as A320) it is left out. The words that
decide are ``figure_words.py``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal, NamedTuple, TypeAlias

from ytempire_assets.reading.figure_words import (
    CURRENCY_SIGNS,
    DECIMAL_COMMA,
    EAST_ASIAN,
    FUNCTION_WORDS,
    MONEY_MAGNITUDES,
    MONTHS,
    PERCENT,
    SPACE_GROUPS,
    currency_words,
    magnitude_words,
    unit_words,
)
from ytempire_assets.reading.language_tags import primary_subtag

Kind: TypeAlias = Literal["number", "percent", "money", "date"]

MOST_FIGURES = 400
"""Of one text; one with more is a table."""

_SPACE = "[ \u00a0\u202f\u2009]?"
_LETTER = "A-Za-z\u00c0-\u024f\u0370-\u052f"
_BEFORE = f"(?<![{_LETTER}0-9_#])(?<![{_LETTER}][-.\u2011])(?<!\\d[-:/.,\u2013])"
_GROUPS = r"\d{1,3}(?:[\u00a0\u202f\u2009'\u2019]\d{3})+(?!\d)(?:[.,]\d+)?"
_DIGITS = r"\d+(?:[.,\u066b\u066c]\d+)*"
_YEAR = re.compile(r"(?:[1\u0661\u06f1\u0967]\d|[2\u0662\u06f2\u0968][0\u0660\u06f0\u0966])\d\d\Z")
_ISO = re.compile(_BEFORE + r"([12]\d{3})-([01]\d)-([0-3]\d)(?![\d-])")
_DOTTED = re.compile(_BEFORE + r"([0-3]?\d)\.([01]?\d)\.([12]\d{3})(?!\d)")
_EAST_DATE = re.compile(
    r"(?<!\d)([12]\d{3})\s?[年년]\s?(?:([01]?\d)\s?[月월](?:\s?([0-3]?\d)\s?[日일])?)?"
)
_WORD = f"[{_LETTER}]{{3,}}"
_DAY_FIRST = re.compile(
    f"{_BEFORE}(?:([0-3]?\\d)(?:st|nd|rd|th|er|\u00ba|\\.)?(?: (?:of|de))? )?({_WORD})\\.?"
    r"(?:,? (?:of |de |del )?([12]\d{3})(?!\d))?"
)
_MONTH_FIRST = re.compile(
    f"(?<![{_LETTER}])({_WORD})\\.? ([0-3]?\\d)(?:st|nd|rd|th)?"
    r"(?:,? ([12]\d{3}))?(?![\d.,:]*\d)"
)
_POWERS = f"[{''.join(EAST_ASIAN)}]"
_EAST_NUMBER = re.compile(rf"(?<![\d.,])(?:\d[\d.,]{{0,20}}{_POWERS}{{1,4}} ?)+(?:\d{{1,8}})?")
_EAST_PART = re.compile(rf"(\d[\d.,]{{0,20}})?({_POWERS})")
_NAMED = re.compile(f"[^{_LETTER}0-9]([A-Z][{_LETTER}]*|[a-z]+[A-Z][{_LETTER}]*)[ \u00a0]\\Z")
_COUNTED = re.compile(f"[ \u00a0\u202f]([{_LETTER}]{{3,30}})(?![{_LETTER}-])")
_CAPITALISED = frozenset(("en", "de", ""))
"""Languages whose months begin with a capital: in English, "may" is a word of its own."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        text: As it stands in the sentence, with currency, magnitude and unit.
        kind: What it is.
        number: Its value with magnitude, in ``unit``; None for dates.
        unit: A symbol such as ``km``, ``%`` or ``EUR`` (ISO 4217); the counted noun as it is
            written where it is none; may be empty.
        date: ISO 8601 for dates, as far as they go: ``2026``, ``2026-11``, ``2026-11-19``, or
            ``--11-19`` without a year; empty for others.
        sentence: The whole sentence, as it stands in the paragraph.
        start: Where in the sentence ``text`` begins, in characters.
        paragraph: Its paragraph, from 0.
    """

    text: str
    kind: Kind
    number: float | None
    unit: str
    date: str
    sentence: str
    start: int
    paragraph: int


class _Span(NamedTuple):
    start: int
    end: int
    kind: Kind
    number: float | None
    unit: str
    date: str


def figures_of(paragraphs: Sequence[str], language: str) -> tuple[Figure, ...]:
    """All figures of a text, in order.

    Args:
        paragraphs: One line each.
        language: BCP 47; decides about decimal marks, magnitudes and where sentences end. Empty is
            read like English.

    Returns:
        At most ``MOST_FIGURES``; the sentence of each is a piece of its paragraph, and its text a
        piece of the sentence.
    """
    from sentencex import segment

    primary = primary_subtag(language)
    found: list[Figure] = []
    for index, paragraph in enumerate(paragraphs):
        if not any(character.isdecimal() for character in paragraph):
            continue
        for segmented in segment(primary or "en", paragraph):
            sentence = segmented.strip()
            for span in _spans(sentence, primary):
                text = sentence[span.start : span.end]
                found.append(
                    Figure(
                        text,
                        span.kind,
                        span.number,
                        span.unit,
                        span.date,
                        sentence,
                        span.start,
                        index,
                    )
                )
            if len(found) >= MOST_FIGURES:
                return tuple(found[:MOST_FIGURES])
    return tuple(found)


def number_value(text: str, language: str) -> float | None:
    """The value of a number as a language writes it, without magnitude and unit.

    Args:
        text: Digits of any script with their marks.
        language: Primary subtag, or empty.

    Returns:
        None for what is no number: versions, addresses, dates.
    """
    plain = "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in text
    )
    plain = re.sub("[ \u00a0\u202f\u2009'\u2019\u066c]", "", plain).replace("\u066b", ".")
    if not re.fullmatch(r"\d+(?:[.,]\d+)*", plain) or len(plain) > 24:
        return None
    marks = re.findall("[.,]", plain)
    whole, *groups = re.split("[.,]", plain)
    if len(set(marks)) == 2:  # 1.234,5: the last mark is the decimal one
        if marks.count(marks[-1]) != 1 or not _grouped(whole, groups[:-1]):
            return None
        return float(f"{whole}{''.join(groups[:-1])}.{groups[-1]}")
    if len(marks) > 1:
        return float(plain.replace(marks[0], "")) if _grouped(whole, groups) else None
    if not marks:
        return float(plain)
    grouping = "." if language in DECIMAL_COMMA else ","
    if marks[0] == grouping and _grouped(whole, groups) and whole != "0":
        return float(whole + groups[0])
    return float(f"{whole}.{groups[0]}")


def _grouped(whole: str, groups: Sequence[str]) -> bool:
    """Whether digits are in groups of three, or of two before the last as in India."""
    return (
        1 <= len(whole) <= 3
        and len(groups[-1]) == 3
        and all(len(group) in (2, 3) for group in groups[:-1])
    )


def _spans(sentence: str, language: str) -> list[_Span]:
    """Figures of one sentence, in order, none inside another; dates come first."""
    spans: list[_Span] = []
    taken = bytearray(len(sentence))
    finders = (_dates(sentence, language), _east_asian(sentence, language))
    for finder in (*finders, _numbers(sentence, language)):
        for span in finder:
            if not any(taken[span.start : span.end]):
                taken[span.start : span.end] = b"1" * (span.end - span.start)
                spans.append(span)
    return sorted(spans, key=lambda span: span.start)


def _dates(sentence: str, language: str) -> Iterator[_Span]:
    for match in _ISO.finditer(sentence):
        yield from _date(match, match[1], match[2], match[3])
    for match in _DOTTED.finditer(sentence):
        yield from _date(match, match[3], match[2], match[1])
    for match in _EAST_DATE.finditer(sentence):
        yield from _date(match, match[1], match[2], match[3])
    for match in _DAY_FIRST.finditer(sentence):
        month = _month(match[2], language)
        if month and (match[1] or match[3]):
            yield from _date(match, match[3], month, match[1])
    for match in _MONTH_FIRST.finditer(sentence):
        yield from _date(match, match[3], _month(match[1], language), match[2])


def _month(word: str, language: str) -> str | None:
    if language in _CAPITALISED and word[0].islower():
        return None
    month = MONTHS.get(word.lower())
    return str(month) if month else None


def _date(
    match: re.Match[str], year: str | None, month: str | None, day: str | None
) -> Iterator[_Span]:
    if month is None and day is not None:
        return
    try:
        # 2000 is a leap year: the 29th of February is a day without a year too.
        date(int(year or 2000), int(month or 1), int(day or 1))
    except ValueError:
        return
    parts = [str(int(year)) if year else "-", *(f"{int(part):02}" for part in (month, day) if part)]
    text = match[0].rstrip(" .")
    yield _Span(match.start(), match.start() + len(text), "date", None, "", "-".join(parts))


def _east_asian(sentence: str, language: str) -> Iterator[_Span]:
    """Digits with 万 and 億 between them; the units behind are those of other numbers."""
    for match in _EAST_NUMBER.finditer(sentence):
        text = match[0].rstrip()
        total = section = 0.0
        for part in _EAST_PART.finditer(text):
            power = EAST_ASIAN[part[2]]
            digits = number_value(part[1].rstrip(".,"), "") if part[1] else None
            if part[1] and digits is None:
                return
            if power < 4:
                section += (1.0 if digits is None else digits) * 10**power
            else:
                total += (section + (digits or 0.0) or 1.0) * 10**power
                section = 0.0
        tail = re.search(r"\d+\Z", text)
        number = total + section + (float(tail[0]) if tail else 0.0)
        yield from _with_unit(sentence, match.start(), match.start() + len(text), number, language)


def _numbers(sentence: str, language: str) -> Iterator[_Span]:
    for match in _number_pattern(language in SPACE_GROUPS).finditer(sentence):
        number = number_value(match[0], language)
        if number is None or re.match(r"[:/]\d", sentence[match.end() :]):
            continue
        start, end = match.span()
        power = 0
        for _ in range(2):  # mil millones
            word = _magnitude_pattern(language).match(sentence, end)
            if word is None:
                break
            power += magnitude_words(language)[word[1].lower()]
            end = word.end()
        scaled = float(f"{number:.15g}e{power}") if power else number
        yield from _with_unit(sentence, start, end, scaled, language)


def _with_unit(
    sentence: str, start: int, end: int, number: float, language: str
) -> Iterator[_Span]:
    """A number with the currency or unit beside it; nothing where letters touch it otherwise."""
    sign = _sign_pattern().search(sentence, max(0, start - 5), start)
    if sign is not None:
        letters = _MONEY_LETTERS.match(sentence, end)
        if letters is not None:
            end = letters.end()
            number = float(f"{number:.15g}e{MONEY_MAGNITUDES[letters[1].lower()]}")
        yield _Span(sign.start(), end, "money", number, CURRENCY_SIGNS[sign[1]], "")
        return
    currency = _unit_pattern("money").match(sentence, end)
    if currency is not None:
        code = currency_words().get(currency[1]) or currency_words()[currency[1].lower()]
        yield _Span(start, currency.end(), "money", number, code, "")
        return
    unit = _unit_pattern("unit").match(sentence, end)
    if unit is not None:
        name = unit_words().get(unit[1]) or unit_words()[unit[1].lower()]
        kind: Kind = "percent" if name == PERCENT else "number"
        yield _Span(start, unit.end(), kind, number, name, "")
        return
    if re.match(f"[{_LETTER}_]|[-\u2013]\\d", sentence[end : end + 2]):
        return  # 5G, 20th, 3-2
    if _YEAR.match(sentence[start:end]):
        yield _Span(start, end, "date", None, "", str(int(number)))
        return
    if language != "de" and _NAMED.search(sentence, max(0, start - 30), start):
        return  # a Boeing 737, an iPhone 17; German begins all nouns so
    noun = _COUNTED.match(sentence, end)
    counted = noun is not None and noun[1].lower() not in FUNCTION_WORDS
    if noun is not None and counted:
        yield _Span(start, noun.end(), "number", number, noun[1], "")
    else:
        yield _Span(start, end, "number", number, "", "")


_MONEY_LETTERS = re.compile(
    f"{_SPACE}({'|'.join(sorted(MONEY_MAGNITUDES, key=len, reverse=True))})(?![{_LETTER}0-9])",
    re.IGNORECASE,
)


@cache
def _number_pattern(with_spaces: bool) -> re.Pattern[str]:
    spaced = r"\d{1,3}(?: \d{3})+(?!\d)(?:[.,]\d+)?|" if with_spaces else ""
    return re.compile(f"{_BEFORE}(?:{spaced}{_GROUPS}|{_DIGITS})")


@cache
def _magnitude_pattern(language: str) -> re.Pattern[str]:
    words = "|".join(sorted(magnitude_words(language), key=len, reverse=True))
    return re.compile(f"{_SPACE}({words})(?:\\.(?= ))?(?![{_LETTER}0-9])", re.IGNORECASE)


@cache
def _sign_pattern() -> re.Pattern[str]:
    signs = "|".join(re.escape(sign) for sign in sorted(CURRENCY_SIGNS, key=len, reverse=True))
    return re.compile(f"(?<![{_LETTER}])({signs}){_SPACE}\\Z")


@cache
def _unit_pattern(kind: Literal["unit", "money"]) -> re.Pattern[str]:
    """Units behind a number: symbols in their own case, words in any."""
    terms = unit_words() if kind == "unit" else currency_words()
    ordered = sorted(terms, key=len, reverse=True)
    forms = "|".join(
        f"(?i:{re.escape(term)})" if term.islower() and len(term) > 3 else re.escape(term)
        for term in ordered
    )
    # Letters of scripts without spaces go on behind the unit, others must not.
    of = " ?(?:(?:de|di) |d['\u2019])?" if kind == "money" else ""
    return re.compile(f"{_SPACE}{of}[-\u2011]?({forms})(?![{_LETTER}0-9\u00b2\u00b3])")
