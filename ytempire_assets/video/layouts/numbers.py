"""Numbers as people read them, and a number on its way from zero to its value.

Belongs here: text of numbers. Scales and shapes are the charts' concern.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"\d(?:[\d,.\u00a0\u202f' ]*\d)?")

_LARGE = ((1e12, "tn"), (1e9, "bn"), (1e6, "M"))


def compact(value: float) -> str:
    """Three significant digits with a short magnitude, e.g. ``24.1 bn`` or ``1,250``."""
    for scale, name in _LARGE:
        if abs(value) >= scale * 0.9995:
            return f"{_three_digits(value / scale)} {name}"
    return _three_digits(value)


def _three_digits(value: float) -> str:
    size = abs(value)
    decimals = 0 if size >= 100 or value == int(value) else 1 if size >= 10 else 2
    written = f"{value:,.{decimals}f}"
    shown = written.rstrip("0").rstrip(".") if "." in written else written
    return shown.replace("-", "−")


@dataclass(frozen=True, slots=True)
class CountingText:
    """A text with one number in it that can be shown on its way up.

    ``text`` is shown unchanged at the end, whatever the number's notation.
    """

    text: str
    start: int
    end: int
    value: float
    decimals: int
    grouping: str

    def at(self, progress: float) -> str:
        """The text with the number at ``progress`` 0-1 of its value."""
        if progress >= 1.0:
            return self.text
        # A year does not count up from zero: nobody reads 312 on the way to 1977 as a year.
        is_year = not self.grouping and self.decimals == 0 and 1500 <= self.value <= 2200
        first = self.value - 60 if is_year else 0.0
        number = first + (self.value - first) * progress
        written = f"{number:,.{self.decimals}f}"
        if self.grouping != ",":
            written = written.replace(",", self.grouping)
        return self.text[: self.start] + written + self.text[self.end :]


def counting_text(text: str) -> CountingText | None:
    """Finds the number in ``text``; ``None`` when there is not exactly one plain one."""
    found = list(_NUMBER.finditer(text))
    if len(found) != 1:
        return None
    digits = found[0].group()
    groups = re.fullmatch(r"(\d{1,3})(([,.\u00a0\u202f' ])\d{3})*([.,]\d+)?|\d+([.,]\d+)?", digits)
    if groups is None:
        return None
    grouping = ""
    whole, decimals = digits, ""
    for sign in (",", "\u00a0", "\u202f", "'", " "):
        if re.fullmatch(rf"\d{{1,3}}({re.escape(sign)}\d{{3}})+(\.\d+)?", digits):
            grouping = sign
            whole, _, decimals = digits.replace(sign, "").partition(".")
            break
    else:
        if not re.fullmatch(r"\d+(\.\d+)?", digits):
            return None
        whole, _, decimals = digits.partition(".")
    value = float(f"{whole}.{decimals or 0}")
    return CountingText(text, found[0].start(), found[0].end(), value, len(decimals), grouping)


def number_and_words(text: str) -> tuple[str, str]:
    """Splits ``24 billion`` into what is set huge and what goes below: (``24``, ``billion``)."""
    first, _, rest = text.strip().partition(" ")
    if rest and any(character.isdigit() for character in first) and not rest[0].isdigit():
        return first, rest
    return text.strip(), ""
