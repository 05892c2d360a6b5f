"""Numbers written as words, turned into digits: "two million" is 2 million.

Belongs here: what a number word is worth, in the languages that text2num reads. Numbers that are
digits already stay as they are; what they mean is ``figures.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from ytempire_assets.reading.figure_words import DECIMAL_COMMA, magnitude_words
from ytempire_assets.reading.language_tags import primary_subtag

LANGUAGES = frozenset("en fr es pt de ca nl it".split())
"""What text2num reads."""

_ENGLISH = "one two three four five six seven eight nine ten".split()
_GERMAN = "ein zwei drei vier fünf sechs sieben acht neun zehn".split()
_RATIOS = {
    "en": (
        (r"\b(?:half|0\.5) (?:a|an) (million|billion|trillion)\b", r"0.5 \1"),
        (r"\bhalf (?:a|an) (hour|day|year|century|kilometre|metre|mile|tonne|second|minute)\b",
         r"0.5 \1s"),
        *((rf"\b{word} and a half\b", f"{number}.5") for number, word in enumerate(_ENGLISH, 1)),
        (r"\b(?:a |one )?quarter of a (million|billion)\b", r"0.25 \1"),
        (
            r"\b(?:an?|one) (minute|hour|day|week|month|year|metre|kilometre|mile|tonne|million|"
            r"billion) and a half\b",
            r"1.5 \1",
        ),
        (r"\b(?:a|one) dozen\b", "12"),
        *(
            (
                rf"\b(?:{word}{'|a' if number == 1 else ''}) {part}s?\b",
                f"{100 * number / share:.3g} percent",
            )
            for number, word in enumerate(_ENGLISH, 1)
            for share, part in ((5, "fifth"), (6, "sixth"), (8, "eighth"), (10, "tenth"))
            if number < share and (number > 1 or part != "tenth")
        ),
        (r"\b(?:a|one) (hundred|thousand|million|billion|trillion)\b", r"one \1"),
        (r"\b(?:twice|double[sd]?|doubling)\b", "2 times"),
        (r"\b(?:thrice|triple[sd]?|tripling)\b", "3 times"),
        (r"\bquadrupled?s?\b", "4 times"),
        (r"\b(?:a|one) third\b", "33.3 percent"),
        (r"\btwo thirds\b", "66.7 percent"),
        (r"\b(?:a|one) quarter\b", "25 percent"),
        (r"\bthree quarters\b", "75 percent"),
        (r"\bhalf\b(?! (?:hour|life|brother|sister))", "50 percent"),
        (r"\b(\w+)(?:-?fold)\b", r"\1 times"),
    ),
    "de": (
        (r"\beine halbe (Million|Milliarde|Billion)\b", r"0,5 \1en"),
        (r"\beine (Million|Milliarde|Billion)\b", r"1 \1"),
        (r"\banderthalb\b", "1,5"),
        *((rf"\b{word}einhalb\b", f"{number},5") for number, word in enumerate(_GERMAN, 1)),
        (r"\bein Dutzend\b", "12"),
        (r"\b(?:doppelt|zweimal|verdoppelt\w*|zweifach\w*)\b", "2 mal"),
        (r"\b(?:dreimal|dreifach\w*|verdreifacht\w*)\b", "3 mal"),
        (r"\bviermal\b", "4 mal"),
        (r"\bfünfmal\b", "5 mal"),
        (r"\bzehnmal\b", "10 mal"),
        (r"\bein(?:em|es)? Drittel\b", "33,3 Prozent"),
        (r"\bzwei Dritteln?\b", "66,7 Prozent"),
        (r"\bein(?:em|es)? Viertel\b", "25 Prozent"),
        (r"\bdrei Vierteln?\b", "75 Prozent"),
        (r"\b(?:die|der|zur) Hälfte\b", "50 Prozent"),
    ),
}  # fmt: skip
_SMALL = {
    "en": {word: number for number, word in enumerate(_ENGLISH, 1)},
    "de": {word: number for number, word in enumerate(_GERMAN, 1)} | {"einer": 1, "eine": 1},
}
_OUT_OF = {
    "en": r"(?<![\d.,])\b({small})(?: \w+)? (?:out of|in|of) (?:every |the )?({small})\b",
    "de": r"(?<![\d.,])\b({small})(?: \w+)? von ({small})\b",
}
"""Shares such as "two out of three"; years and other large numbers are none."""
_HOURS = [*_ENGLISH, "eleven", "twelve"]
_CLOCK = re.compile(
    rf"\b(?:a )?(five|ten|quarter|twenty|twenty-five|half) (to|past) ({'|'.join(_HOURS)})\b",
    re.IGNORECASE,
)
_DURATION = re.compile(
    r"(?<![\d.,])(\d+) (hours?|minutes?|Stunden?|Minuten?),? (?:and|und) (\d+) "
    r"(minutes?|seconds?|Minuten?|Sekunden?)\b"
)

_YEAR_LIKE = re.compile(r"(?<![\d.,])([12])(\d{3})(?![\d.,])")
_SPOKEN_YEAR = re.compile(r"(?<![\d.,])(1[1-9]|20) (\d\d)(?![.,]?\d|\w)")


def with_digits(text: str, language: str) -> str:
    """The text with number words as digits.

    Args:
        text: Prose.
        language: BCP 47; a language that is not in ``LANGUAGES`` leaves the text as it is.
    """
    from text_to_num import alpha2digit

    primary = primary_subtag(language)
    if primary not in LANGUAGES:
        return text
    for pattern, replacement in _RATIOS.get(primary, ()):
        text = re.sub(pattern, replacement, text, flags=re.IGNORECASE)
    if primary == "en":
        text = _CLOCK.sub(_time_of_day, text)
    text = _shares(text, primary)
    parts = _written(primary).split(text)
    # Odd places are numbers in digits with their magnitude, which text2num would take apart.
    for index in range(0, len(parts), 2):
        part = parts[index]
        words = part.strip()
        if not words:
            continue
        start = part.index(words[0])
        turned = _YEAR_LIKE.sub(_grouped(primary), alpha2digit(words, primary))
        turned = _SPOKEN_YEAR.sub(r"\1\2", turned)
        parts[index] = part[:start] + turned + part[start + len(words) :]
    return _DURATION.sub(_one_duration, "".join(parts))


def _grouped(language: str) -> Callable[[re.Match[str]], str]:
    """A number of words in groups: "eleven hundred" is 1,100 and no year."""
    mark = "." if language in DECIMAL_COMMA else ","
    return lambda match: f"{match[1]}{mark}{match[2]}"


def _shares(text: str, language: str) -> str:
    """With "two out of three" as a percentage."""
    numbers = _SMALL.get(language)
    if numbers is None:
        return text
    small = "|".join((*numbers, r"\d{1,2}"))

    def percent(match: re.Match[str]) -> str:
        part, whole = (
            numbers.get(word.lower()) or (int(word) if word.isdigit() else 0)
            for word in match.groups()
        )
        if not 0 < part < whole:
            return match[0]
        share = f"{100 * part / whole:.3g}"
        return f"{share.replace('.', ',')} Prozent" if language == "de" else f"{share} percent"

    return re.sub(_OUT_OF[language].format(small=small), percent, text, flags=re.IGNORECASE)


def _time_of_day(match: re.Match[str]) -> str:
    """Twenty to four is 3:40, half past two is 2:30."""
    minutes = {"five": 5, "ten": 10, "quarter": 15, "twenty": 20, "twenty-five": 25, "half": 30}
    past = match[2].lower() == "past"
    hour = _HOURS.index(match[3].lower()) + 1
    minute = minutes[match[1].lower()]
    if not past:
        hour, minute = (hour - 2) % 12 + 1, 60 - minute
    return f"{hour}:{minute:02}"


def _one_duration(match: re.Match[str]) -> str:
    """Hours and minutes as one number: 3 hours and 40 minutes are 3.667 hours."""
    total = int(match[1]) + int(match[3]) / 60
    german = match[2][0].isupper()
    shown = f"{total:.4g}"
    return f"{shown.replace('.', ',') if german else shown} {match[2]}"


@cache
def _written(language: str) -> re.Pattern[str]:
    magnitudes = "|".join(sorted(magnitude_words(language), key=len, reverse=True))
    return re.compile(rf"(\S*\d\S*(?:\s(?:{magnitudes})\b)?)", re.IGNORECASE)
