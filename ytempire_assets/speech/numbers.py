"""Numbers in words, in any language of Unicode's CLDR.

Belongs here: cardinals, ordinals, years and digits, and how a language writes numbers. The rules
are CLDR's, read by ``unicode-rbnf``; what a number means in its sentence is ``normalise``.
"""

from __future__ import annotations

import contextlib
import functools
import re
from typing import TYPE_CHECKING, Any

from ytempire_assets.reading.language_tags import primary_subtag

if TYPE_CHECKING:
    from unicode_rbnf import RbnfEngine

_POINT = frozenset({"en", "ja", "zh", "yue", "ko", "th", "he", "hi", "ms", "ta", "sw", "am"})
"""Languages that write 1,234.5; the others write 1.234,5."""
_MAX_DIGITS = 15
"""Longer ones are names, not amounts: they are read digit by digit."""


def pattern(language: str) -> str:
    """Regular expression of an unsigned number as the language writes it, without groups."""
    group, point = (",", r"\.") if primary_subtag(language) in _POINT else (r"\.", ",")
    return rf"(?:\d{{1,3}}(?:{group}\d{{3}})+(?!\d)|\d+)(?:{point}\d+)?"


def plain(written: str, language: str) -> str:
    """A number that ``pattern`` matches, with a point and without groups."""
    group, point = (",", ".") if primary_subtag(language) in _POINT else (".", ",")
    return written.replace(group, "").replace(point, ".")


def cardinal(number: str, language: str) -> str:
    """How many; ``number`` has digits and at most one point."""
    whole, _, part = number.partition(".")
    if len(whole) > _MAX_DIGITS or (len(whole) > 1 and whole.startswith("0")):
        return digits(number, language)
    words = _format(int(whole), "spellout-numbering", language)
    if part:
        # Every digit after the point by itself; the word for the point is the language's own.
        point = _format(0.5, "spellout-numbering", language).split()[1:-1]
        words = " ".join([words, *point, digits(part, language)])
    return words


def ordinal(number: int, language: str, form: str = "") -> str:
    """Which one; ``form`` chooses a CLDR variant such as German ``-n`` (zweiten)."""
    return _format(number, f"spellout-ordinal{form}", language)


def year(number: int, language: str) -> str:
    """As years are read: nineteen seventy seven."""
    return _format(number, "spellout-numbering-year", language)


def digits(text: str, language: str) -> str:
    """One digit after the other."""
    return " ".join(
        _format(int(character), "spellout-numbering", language)
        for character in re.sub(r"\D", "", text)
    )


def speaks(language: str) -> bool:
    """Whether there are rules for a language."""
    return _engine(primary_subtag(language)) is not None


@functools.cache
def _engine(base: str) -> RbnfEngine | None:
    from unicode_rbnf import RbnfEngine

    return RbnfEngine.for_language(base) if base in RbnfEngine.get_supported_languages() else None


@functools.lru_cache(maxsize=4096)
def _format(number: int | float, rules: str, language: str) -> str:
    from unicode_rbnf.engine import RbnfError

    engine = _engine(primary_subtag(language))
    if engine is None:
        return str(number)
    # A language without rules of that name has its general ones, or some for each gender.
    known: Any = engine.rulesets
    general = [
        name
        for name in sorted(known)
        if name.startswith("spellout-cardinal") and not known[name].is_private
    ]
    for name in (rules, "spellout-numbering", *general):
        if name in known:
            # Some rules hold for whole numbers only, and then say nothing.
            with contextlib.suppress(RbnfError):
                text = engine.format_number(str(number), ruleset_names=[name]).text
                return text.replace("-", " ").replace("\u00ad", "")
    return str(number)
