"""Numbers in one form, however a language groups their digits or names their magnitude.

Belongs here: 72.000 millones, 72 billion and 72bn are one number. Which numbers tell stories apart
is ``numbers.py``.
"""

from __future__ import annotations

import re

_MAGNITUDES = {
    3: "k thousand tausend mil mille mila тыс тысяч हजार",
    4: "万 萬 만",
    5: "lakh lakhs लाख",
    6: "m mn mio million millions millionen millón millones milhão milhões milione milioni miljoen"
    " млн миллион миллионов milyon juta",
    7: "crore crores करोड़",
    8: "億 亿 억",
    9: "b bn mrd billion billions milliarde milliarden milliard milliards bilhão bilhões miliardo"
    " miliardi miljard млрд миллиард миллиардов milyar miliar",
    12: "tn trillion trillions billionen",
}
_POWER_OF = {word: power for power, words in _MAGNITUDES.items() for word in words.split()}
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*\Z")
_DECIMAL = re.compile(r"\d+[.,]\d{1,2}\Z")
_WITH_LETTERS = re.compile(r"([\d.,]+)([A-Za-z]+)\Z")


def plain_amount(text: str, after: str = "") -> str | None:
    """A number without grouping and magnitude.

    A dot or comma before exactly three digits groups them; before one or two it marks decimals.

    Args:
        text: A number as written, maybe with letters at its end.
        after: What follows it: the next word, or letters written without spaces.

    Returns:
        The shortest decimal form, or None for what is no amount (a time, a version, a model).
    """
    letters = _WITH_LETTERS.match(text)
    power = _power(letters[2]) if letters is not None else _power(after)
    digits = letters[1] if letters is not None else text
    if letters is not None and power == 0:
        return None
    if _GROUPED.match(digits):
        value = float(re.sub(r"[.,]", "", digits))
    elif digits.isdecimal() and len(digits) < 16:
        value = float(digits)
    elif _DECIMAL.match(digits):
        value = float(digits.replace(",", "."))
    else:
        return None
    return f"{value * 10**power:.15g}"


def has_magnitude(text: str, after: str = "") -> bool:
    """Whether a number is one of millions, thousands or the like: a quantity, no name."""
    letters = _WITH_LETTERS.match(text)
    return _power(letters[2] if letters is not None else after) != 0


def _power(word: str) -> int:
    # Letters without spaces go on after the magnitude: 150億円.
    first = _POWER_OF.get(word[:1], 0) if not word.isascii() else 0
    return _POWER_OF.get(word.casefold(), first)
