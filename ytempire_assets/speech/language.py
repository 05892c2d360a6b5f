"""How figures and signs are read in any language that says how it says them.

Belongs here: what a language tells about itself, and the rules that languages share: money,
measures, percentages, ranges, times of day, fractions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ytempire_assets.speech import numbers

Rule = Callable[[Sequence["Written"], int, "Language"], list[str]]
"""Forms of the words from an index on that the rule knows; none where it knows nothing. A form that
ends in a stop has read the stop after its word: it was part of a short form or an ordinal."""


@dataclass(frozen=True, slots=True)
class Written:
    """A written word: what is read, and the quotes, brackets and stops around it."""

    before: str
    core: str
    after: str


@dataclass(frozen=True, slots=True)
class Language:
    """What a language says.

    Attributes:
        code: BCP 47, without region.
        signs: Characters that are named wherever they stand.
        address_signs: Characters of web and mail addresses.
        units: Written measure to its singular and plural.
        money: Sign or code to singular and plural, then those of the hundredth part.
        magnitudes: Words after an amount, such as million; value is how it is said.
        abbreviations: Short form, without its last stop, to what is said; ``#`` at the end where it
            is one only before a number.
        months: Names and short forms to numbers.
        to: Between two ends of a range.
        rules: The language's own, tried in order before single words.
        clock: Hour and minute to what is said.
        fraction: Numerator and denominator to what is said.
    """

    code: str
    signs: Mapping[str, str]
    address_signs: Mapping[str, str]
    units: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    money: Mapping[str, tuple[str, str, str, str]] = field(default_factory=dict)
    magnitudes: Mapping[str, str] = field(default_factory=dict)
    abbreviations: Mapping[str, str] = field(default_factory=dict)
    months: Mapping[str, int] = field(default_factory=dict)
    to: str = ""
    rules: tuple[Rule, ...] = ()
    clock: Callable[[int, int], str] | None = None
    fraction: Callable[[int, int], str] | None = None


VULGAR = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅛": (1, 8)}
_DASHES = "–—-"
_MINUS = "-−–"


def amount(text: str, said: Language) -> str:
    """A number as written, with or without a sign, in words."""
    minus = text[:1] in _MINUS
    number = numbers.plain(text.lstrip(_MINUS + "+~≈"), said.code)
    words = numbers.cardinal(number, said.code)
    sign = said.signs.get(text[:1], "") if text[:1] in "+~≈" else ""
    return " ".join(part for part in (said.signs["−"] if minus else sign, words) if part)


def is_one(text: str, said: Language) -> bool:
    """Whether an amount takes the singular."""
    return numbers.plain(text.lstrip(_MINUS + "+~≈"), said.code) == "1"


def span(said: Language) -> str:
    """Regular expression of an amount or of a range of two, in groups ``low`` and ``high``."""
    number = numbers.pattern(said.code)
    return rf"(?P<low>[-−+~≈]?{number})(?:[{_DASHES}](?P<high>{number}))?"


def spoken_span(found: re.Match[str], said: Language) -> str:
    """What a match of ``span`` says."""
    low = amount(found["low"], said)
    return f"{low} {said.to} {amount(found['high'], said)}" if found["high"] else low


def money(written: Sequence[Written], here: int, said: Language) -> list[str]:
    """$5, €1.5 million, 20 €, 3,50 EUR."""
    signs = "|".join(re.escape(sign) for sign in sorted(said.money, key=len, reverse=True))
    short = "|".join(sorted((m for m in said.magnitudes if len(m) <= 2), key=len, reverse=True))
    tail = rf"(?P<short>{short})?" if short else "(?P<short>$^)?"
    core = written[here].core
    found = re.fullmatch(rf"(?P<sign>{signs}){span(said)}{tail}", core) or re.fullmatch(
        rf"{span(said)}{tail}(?P<sign>{signs})", core
    )
    if found:
        magnitude = _magnitude(written, here, said) if not found["short"] else ""
        if magnitude:
            return [spoken_span(found, said), f"{magnitude} {said.money[found['sign']][1]}"]
        if found["short"]:
            name = said.money[found["sign"]][1]
            return [f"{spoken_span(found, said)} {said.magnitudes[found['short']]} {name}"]
        return [_coins(found, said.money[found["sign"]], said)]
    return _money_after(written, here, said, signs)


def _money_after(written: Sequence[Written], here: int, said: Language, signs: str) -> list[str]:
    """20 €, 1,5 Millionen €."""
    found = re.fullmatch(span(said), written[here].core)
    if not found or written[here].after or here + 1 >= len(written):
        return []
    if re.fullmatch(signs, written[here + 1].core):
        names = said.money[written[here + 1].core]
        spoken, _, coins = _coins(found, names, said).rpartition(
            names[is_one_span(found, said) ^ 1]
        )
        if not coins:
            return [spoken.strip(), names[is_one_span(found, said) ^ 1]]
        return [spoken.strip(), names[1] + coins]
    magnitude = _magnitude(written, here, said)
    if magnitude and here + 2 < len(written) and not written[here + 1].after:
        sign = written[here + 2].core
        if re.fullmatch(signs, sign):
            return [spoken_span(found, said), magnitude, said.money[sign][1]]
    return []


def is_one_span(found: re.Match[str], said: Language) -> bool:
    """Whether a match of ``span`` takes the singular."""
    return not found["high"] and is_one(found["low"], said)


def _magnitude(written: Sequence[Written], here: int, said: Language) -> str:
    if written[here].after or here + 1 >= len(written):
        return ""
    return said.magnitudes.get(written[here + 1].core, "")


def _coins(found: re.Match[str], names: tuple[str, str, str, str], said: Language) -> str:
    whole, _, part = numbers.plain(found["low"], said.code).partition(".")
    if found["high"] or len(part) != 2:
        return f"{spoken_span(found, said)} {names[0 if is_one_span(found, said) else 1]}"
    unit = names[0 if whole == "1" else 1]
    words = f"{amount(whole, said)} {unit}"
    cents = int(part)
    if not cents or not names[2]:
        return words
    return f"{words} {numbers.cardinal(str(cents), said.code)} {names[2 if cents == 1 else 3]}"


def measure(written: Sequence[Written], here: int, said: Language) -> list[str]:
    """5 km, 120km/h, 10–20 %, −5 °C."""
    units = "|".join(re.escape(unit) for unit in sorted(said.units, key=len, reverse=True))
    core = written[here].core
    joined = re.fullmatch(rf"{span(said)}-?(?P<unit>{units})", core)
    if joined:
        name = said.units[joined["unit"]][0 if is_one_span(joined, said) else 1]
        return [f"{spoken_span(joined, said)} {name}"]
    alone = re.fullmatch(span(said), core)
    if alone is None:
        return []
    if not written[here].after and here + 1 < len(written):
        following = written[here + 1]
        if following.core in said.units and not following.before:
            name = said.units[following.core][0 if is_one_span(alone, said) else 1]
            return [spoken_span(alone, said), name]
    if alone["high"] or alone["low"][0] in "-−+~≈":
        return [spoken_span(alone, said)]
    return []


def clock(written: Sequence[Written], here: int, said: Language) -> list[str]:
    """14:30."""
    found = re.fullmatch(r"([01]?\d|2[0-4]):([0-5]\d)", written[here].core)
    if not found or said.clock is None:
        return []
    return [said.clock(int(found[1]), int(found[2]))]


def fraction(written: Sequence[Written], here: int, said: Language) -> list[str]:
    """½, 3½, 3/4."""
    core = written[here].core
    if said.fraction is None or not core:
        return []
    if core[-1] in VULGAR and (len(core) == 1 or core[:-1].isdecimal()):
        part = said.fraction(*VULGAR[core[-1]])
        whole = f"{numbers.cardinal(core[:-1], said.code)} {said.signs['&']} " if core[:-1] else ""
        return [whole + part]
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})", core)
    if found and 0 < int(found[1]) < int(found[2]) and int(found[2]) > 1:
        return [said.fraction(int(found[1]), int(found[2]))]
    return []


SHARED: tuple[Rule, ...] = (clock, fraction, money, measure)
