"""Figures, dates and lists that stand in a sentence, for the pictures.

Belongs here: reading numbers with their units, dated events and enumerations. Nothing is added: all
text that comes back stands in the sentence.
"""

from __future__ import annotations

import re

from ytempire_assets.writing.script import DatedFact, FigureFact

_SCALES = {
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
}
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_TWO_WORD_UNITS = frozenset("astronomical cubic square light degrees metric nautical".split())
_NOT_UNITS = frozenset(
    "as is was has this thus across towards ones others less times's thousandths hundredths tenths "
    "was does s".split()
)
_SINGULAR_UNITS = frozenset("percent hertz kelvin people horsepower".split())
_NUMBER = re.compile(
    r"(?<![\w.,])(?P<minus>minus\s)?(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s(?P<scale>thousand|million|billion|trillion))?"
    r"(?:\s(?P<unit>[^\W\d_][\w-]*(?:\s[^\W\d_][\w-]*){0,2}))?(?!\w)"
)
_COMPOUND_HEAD = re.compile(r"(?:\s[^\W\d_]+)?\s(?:and|to)\s\d")
_COMPOUND_TAIL = re.compile(r"\d(?:\s[^\W\d_]+)?\s(?:and|to)\s$")
_DATE = re.compile(
    rf"(?:\b(?P<lead>[Oo]n|[Ii]n|[Bb]y|[Ss]ince|[Aa]fter|[Bb]efore|[Uu]ntil|[Ff]rom)\s)?"
    rf"(?P<date>(?:\d{{1,2}}\s)?(?:(?:{_MONTHS})\s)?(?P<year>1[0-9]{{3}}|20[0-9]{{2}}))(?![\w,.]\w)(?!\s?(?:%|percent|"
    r"kilo|metre|year|people|ton|gram|degree|ship|stone|block|watt))"
)
_LIST = re.compile(
    r"\b(?:include|includes|included|are|were|such as|of|with|between|against)\s"
    r"(?P<items>[^,.;]+(?:,\s[^,.;]+)+\sand\s[^,.;]+)[.]$"
)
_GERMAN_LIST = re.compile(
    r"\b(?:sind|waren|enthält|enthalten|umfasst|umfassen|gehören|wie|aus|mit)\s"
    r"(?P<items>[^,.;]+(?:,\s[^,.;]+)+\sund\s[^,.;]+)[.]$"
)
_DIGITS_WITH_SCALE = re.compile(
    r"[^\w\s]?\s?\d[\d.,\u00a0\u202f ]*"
    r"(?:\s?(?:Tausend|Million(?:en)?|Milliarden?|Billion(?:en)?|Mio\.?|Mrd\.?))?"
)
_BARE = 1000
"""A number without a unit is a figure from here on."""
MAX_MILESTONE_CHARS = 64
MAX_ITEM_WORDS = 4
_PERIODS = frozenset("second minute hour day week year".split())
_DANGLING = frozenset("of in on at by to the a an and or from with for per after before".split())


def find_figure(text: str, language: str = "en") -> FigureFact | None:
    """The most telling number of a sentence, or None.

    Years and ordinary small counts without a unit are not figures. Larger scales and known units
    win over bare numbers.
    """
    return _english_figure(text) if language.startswith("en") else _any_figure(text, language)


def _any_figure(text: str, language: str) -> FigureFact | None:
    """The largest number with a unit, as the language writes it."""
    from ytempire_assets.reading.figures import figures_of

    found = [
        figure
        for figure in figures_of([" ".join(text.split())], language)
        if figure.number is not None and (figure.unit or figure.number >= _BARE)
    ]
    if not found:
        return None
    figure = max(found, key=lambda one: (one.number or 0.0) >= _BARE)
    digits = _DIGITS_WITH_SCALE.match(figure.text)
    shown = digits.group().strip() if digits else figure.text
    unit = figure.text[len(shown) :].strip()
    if language.startswith("de") and unit[:1].islower() and figure.unit == unit:
        unit = ""  # an adjective: what is counted begins with a capital
    return FigureFact(figure.number or 0.0, shown, unit, text.rstrip(".!?"))


def _english_figure(text: str) -> FigureFact | None:
    best: tuple[float, FigureFact] | None = None
    dates = [(match.start("date"), match.end("date")) for match in _DATE.finditer(text)]
    for match in _NUMBER.finditer(text):
        if any(start <= match.start() < end for start, end in dates):
            continue
        unit = _unit(match.group("unit"))
        scale = match.group("scale")
        number = float(match.group("number").replace(",", ""))
        if not unit and scale is None and number < 1000:
            continue
        rest = text[max(match.end("number"), match.end("scale")) :]
        if _COMPOUND_HEAD.match(rest) or _COMPOUND_TAIL.search(text[: match.start()]):
            continue  # "2 hours and 53 minutes" is one figure, and half of it would be wrong
        interest = 1.0 * bool(unit) + 1.5 * (scale is not None) + 1.0 * (number >= 1000)
        sign = -1.0 if match.group("minus") else 1.0
        shown = ("−" if sign < 0 else "") + match.group("number") + (f" {scale}" if scale else "")
        value = sign * number * _SCALES.get(scale or "", 1.0)
        figure = FigureFact(value, shown, unit, text.rstrip(".!?"))
        # "from 3 metres to 24 metres": of two figures in one unit the larger tells more.
        same_unit = best is not None and best[1].unit == unit and abs(value) > abs(best[1].value)
        if best is None or interest > best[0] or (interest == best[0] and same_unit):
            best = (interest, figure)
    return best[1] if best is not None else None


def find_milestone(text: str, language: str = "en") -> DatedFact | None:
    """A dated event short enough for a timeline, or None.

    The date is taken out of the sentence; what is left must still read as a statement. Other
    languages than English turn the words around a date, so theirs are never cut.
    """
    if not language.startswith("en"):
        return None
    matches = list(_DATE.finditer(text))
    if len(matches) != 1 or matches[0].group("lead") is None:
        return None
    match = matches[0]
    before, after = text[: match.start()].strip(" ,"), text[match.end() :].strip(" ,.!?")
    if before and after:
        if not after[0].isalpha() or after.split()[0].lower() not in ("and", "when", "as", "at"):
            return None
        after = ""
    rest = (before or after).strip()
    if not 3 <= len(rest.split()) or len(rest) > MAX_MILESTONE_CHARS:
        return None
    if rest.split()[-1].lower() in _DANGLING:
        return None
    return DatedFact(match.group("year"), rest[0].upper() + rest[1:])


def find_points(text: str, language: str = "en") -> tuple[str, ...]:
    """The items of an enumeration of three to five things, or nothing."""
    pattern, last_word = (_GERMAN_LIST, " und ") if language == "de" else (_LIST, " and ")
    match = pattern.search(text)
    if match is None:
        return ()
    head, _, last = match.group("items").rpartition(last_word)
    items = [item.strip(" ,") for item in [*head.split(","), last]]
    if not 3 <= len(items) <= 5 or any(len(item.split()) > MAX_ITEM_WORDS for item in items):
        return ()
    return tuple(item[0].upper() + item[1:] for item in items if item)


def _unit(words: str | None) -> str:
    """The unit after a number: a plural noun, a known measure, or one of those per time."""
    if not words:
        return ""
    parts = words.split()
    first = parts[0].lower()
    if first in _TWO_WORD_UNITS and len(parts) > 1:
        return f"{parts[0]} {parts[1]}"
    plural = first.endswith("s") and not first.endswith("ss") and first not in _NOT_UNITS
    if not plural and first not in _SINGULAR_UNITS:
        return ""
    if len(parts) == 3 and parts[1] in ("per", "a", "an") and parts[2] in _PERIODS:
        return " ".join(parts)
    return parts[0]
