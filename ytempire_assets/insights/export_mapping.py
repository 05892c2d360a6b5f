"""How the columns of somebody else's export are to be read.

Belongs here: what a mapping file may say, and cells as values: amounts by their decimal mark, days
by their format. Reading whole exports is ``money_exports.py``.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ytempire_assets.insights.exact import exact
from ytempire_assets.insights.exchange import CURRENCY
from ytempire_assets.insights.money import Stream
from ytempire_assets.insights.money_entries import FIRST_YEAR, LAST_YEAR

ISO = "iso"
_Name = Annotated[str, Field(min_length=1, max_length=200)]
_SIGNS = {"$": None, "¥": None, "€": "EUR", "£": "GBP"}
_NUMBER = {
    (mark, group): re.compile(
        (rf"(?:\d+|\d{{1,3}}(?:{re.escape(group)}\d{{3}})+)" if group else r"\d+")
        + rf"(?:{re.escape(mark)}\d+)?"
    )
    for mark in ".,"
    for group in ("", ".", ",", "'", " ")
    if group != mark
}
_OTHER_MARK = {
    mark: re.compile(rf"[\d.,' ]*\d{re.escape(mark)}(?:\d{{1,2}}|\d{{4,6}})") for mark in ".,"
}


class WrongMarkError(ValueError):
    """An amount that only makes sense with the other decimal mark."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExportColumns(_Part):
    """Which column holds what.

    ``id`` tells one row from all others, also in later exports; it may be several columns, where a
    refund has the number of its sale. ``video`` is what a link carried: a sub-id or a tracking tag.
    ``label`` is the link's label, as the channel's file has it.
    """

    id: tuple[_Name, ...] = ()
    day: _Name
    amount: _Name
    currency: _Name | None = None
    status: _Name | None = None
    video: _Name | None = None
    label: _Name | None = None

    @field_validator("id", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @property
    def named(self) -> tuple[str, ...]:
        """All columns that must be there."""
        single = (self.day, self.amount, self.currency, self.status, self.video, self.label)
        return (*self.id, *(name for name in single if name is not None))


class ExportMapping(_Part):
    """One network's exports.

    ``count`` names the values of ``status`` that count, ``negative`` those whose amounts are taken
    back although they are written without a sign; both are read without regard to case.
    """

    stream: Stream = "affiliate"
    columns: ExportColumns
    currency: Annotated[str | None, Field(pattern=f"^{CURRENCY.pattern}$")] = None
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", "'", " "] = ""
    date_format: Annotated[str, Field(min_length=2, max_length=60)] = ISO
    encoding: Literal["utf-8", "latin-1", "cp1252", "utf-16"] = "utf-8"
    delimiter: Literal[",", ";", "\t", "|"] = ","
    skip_lines: Annotated[int, Field(ge=0, le=50)] = 0
    count: tuple[_Name, ...] = ()
    negative: tuple[_Name, ...] = ()

    @field_validator("count", "negative", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("count", "negative")
    @classmethod
    def _any_case(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(word.strip().casefold() for word in value)

    @model_validator(mode="after")
    def _complete(self) -> ExportMapping:
        if self.thousands == self.decimal:
            raise ValueError("decimal and thousands are the same mark")
        if self.columns.currency is None and self.currency is None:
            raise ValueError("needs columns.currency, or currency for all rows")
        if (self.columns.status is None) != (not self.count):
            raise ValueError("columns.status and count need each other")
        if self.negative and not self.count:
            raise ValueError("negative needs columns.status and count")
        return self


def read_amount(text: str, mapping: ExportMapping, currency: str) -> Decimal:
    """An amount as the export writes it: sign or parentheses, a sign of its currency, its marks.

    Raises:
        WrongMarkError: It reads as an amount only with the other decimal mark.
        ValueError: It is no amount.
        InvalidInputError: It cannot be kept exactly.
    """
    bare = text.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-").strip()
    negative = bare.startswith("(") and bare.endswith(")")
    bare = bare[1:-1] if negative else bare
    for sign, means in _SIGNS.items():
        if sign in bare:
            if means not in (None, currency):
                raise ValueError(f"'{text[:30]}' is not in {currency}")
            bare = bare.replace(sign, "", 1)
    bare = bare.strip().removeprefix(currency).removesuffix(currency).strip()
    if bare[:1] in ("-", "+"):
        negative, bare = negative or bare[0] == "-", bare[1:].strip()
    if _NUMBER[mapping.decimal, mapping.thousands].fullmatch(bare) is None:
        other = "," if mapping.decimal == "." else "."
        words = f"'{text[:30]}' is no amount with the decimal mark '{mapping.decimal}'"
        if _OTHER_MARK[other].fullmatch(bare):
            raise WrongMarkError(words)
        raise ValueError(words)
    if mapping.thousands:
        bare = bare.replace(mapping.thousands, "")
    number = exact(Decimal(bare.replace(mapping.decimal, ".")))
    return -number if negative else number


def is_ambiguous(text: str, mapping: ExportMapping) -> bool:
    """Whether ``1.234`` could be a thousand: it is, if the file writes the other decimal mark."""
    _, mark, decimals = text.rpartition(mapping.decimal)
    return bool(mark) and sum(character.isdecimal() for character in decimals) == 3


def read_day(text: str, date_format: str) -> date:
    """The day of a cell; a time with a zone counts for its day in UTC.

    Raises:
        ValueError: It is no day in that format, or no possible one.
    """
    bare = text.strip()
    try:
        if date_format == ISO:
            moment = datetime.fromisoformat(bare)
        else:
            moment = datetime.strptime(bare, date_format)  # noqa: DTZ007 - exports name no zone
    except ValueError:
        raise ValueError(f"'{text[:30]}' is no day as '{date_format}'") from None
    day = (moment.astimezone(UTC) if moment.tzinfo is not None else moment).date()
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{day} is not within {FIRST_YEAR} and {LAST_YEAR}")
    return day
