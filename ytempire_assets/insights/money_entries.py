"""Entries that people write: courses, sponsorships, and whatever no export tells.

Belongs here: what ``entries.yaml`` may say, reading it entry by entry, and an entry as text to be
added. Putting the text into the file is ``resources/money_folder.py``'s.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.insights.exact import exact
from ytempire_assets.insights.exchange import CURRENCY
from ytempire_assets.insights.money import Entry, Problem, Stream
from ytempire_assets.yaml_files import read_yaml_model

FILES = "entries*.yaml"
FILE = "entries.yaml"
"""Where the command line writes; others like ``entries-2026.yaml`` are read as well."""

_FLOAT_LIMIT = 1e9
FIRST_YEAR, LAST_YEAR = 2005, 2100
_Word = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Slug = Annotated[str, Field(max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
_VideoId = Annotated[str, Field(max_length=100, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class EntrySpec(BaseModel):
    """One entry of the file; the amount is negative where money went back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    stream: Stream
    amount: Decimal
    currency: Annotated[str, Field(pattern=f"^{CURRENCY.pattern}$")]
    id: _Word = ""
    channel: _Slug | None = None
    platform: _Slug | None = None
    videos: Annotated[dict[_VideoId, Decimal], Field(max_length=1000)] = Field(default_factory=dict)
    note: _Word = ""

    @field_validator("day", mode="before")
    @classmethod
    def _a_day(cls, value: Any) -> Any:
        # pydantic would take a number for seconds since 1970
        if not isinstance(value, date | str):
            raise ValueError("write it as yyyy-mm-dd")  # noqa: TRY004 - pydantic shows it
        return value

    @field_validator("day")
    @classmethod
    def _possible(cls, value: date) -> date:
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise ValueError(f"{value} is not within {FIRST_YEAR} and {LAST_YEAR}")
        return value

    @field_validator("amount", mode="before")
    @classmethod
    def _plain_amount(cls, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
            raise ValueError("is no amount")  # noqa: TRY004 - pydantic shows it
        if not isinstance(value, float):
            return value
        if not math.isfinite(value):
            raise ValueError("is no amount")
        if abs(value) >= _FLOAT_LIMIT:  # past fifteen figures YAML's float is not what was written
            raise ValueError("write an amount so large in quotes")
        return Decimal(repr(value))

    @field_validator("amount")
    @classmethod
    def _exact_amount(cls, value: Decimal) -> Decimal:
        try:
            return exact(value)
        except InvalidInputError as error:
            raise ValueError(error.problem) from error

    @field_validator("videos", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """A list of videos has equal shares."""
        if isinstance(value, list | tuple):
            if len({str(one) for one in value}) != len(value):
                raise ValueError("names one video twice")
            return dict.fromkeys(value, Decimal(1))
        return value

    @field_validator("videos")
    @classmethod
    def _shares(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        if any(not share.is_finite() or share < 0 for share in value.values()):
            raise ValueError("a share is a number that is not negative")
        return value


class EntriesFile(BaseModel):
    """The file: entries are looked at one by one, so that a bad one hides no other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entries: list[Any] = Field(default_factory=list)

    @field_validator("entries", mode="before")
    @classmethod
    def _none_yet(cls, value: Any) -> Any:
        return [] if value is None else value


def read_entries(folder: Path) -> tuple[list[Entry], list[Problem]]:
    """Reads all files of entries in a folder; what cannot be used is left out and named."""
    entries: list[Entry] = []
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for path in sorted(folder.glob(FILES)):
        try:
            items = read_yaml_model(path, EntriesFile).entries
        except InvalidInputError as error:
            problems.append(Problem(path.name, str(error)))
            continue
        copies: Counter[str] = Counter()
        for number, item in enumerate(items, start=1):
            where = f"{path.name}, entry {number}"
            try:
                spec = read_spec(item)
            except InvalidInputError as error:
                problems.append(Problem(where, str(error)))
                continue
            entry = _entry(spec, where, path.stem, copies)
            if entry.entry_id in seen:
                text = f"the id '{spec.id}' is that of {seen[entry.entry_id]}. Next: remove one."
                problems.append(Problem(where, text))
                continue
            seen[entry.entry_id] = where
            entries.append(entry)
    return entries, problems


def read_spec(item: Any) -> EntrySpec:
    """One entry as a person wrote it.

    Raises:
        InvalidInputError: A field does not fit; the message names it.
    """
    try:
        return EntrySpec.model_validate(item)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "entry"
        message = str(first["msg"]).removeprefix("Value error, ")
        raise InvalidInputError(f"{field}: {message}", "correct it") from error


def written(spec: EntrySpec, indent: int) -> str:
    """An entry as lines of YAML, each with so many spaces before it."""
    fields: Mapping[str, Any] = {
        "day": spec.day.isoformat(),
        "stream": spec.stream,
        "amount": f"{spec.amount.normalize():f}",
        "currency": spec.currency,
        "id": spec.id or None,
        "channel": spec.channel,
        "platform": spec.platform,
        "videos": {name: f"{share.normalize():f}" for name, share in spec.videos.items()} or None,
        "note": spec.note or None,
    }
    # JSON is YAML, and quotes amounts, so that no reader takes them for floats.
    lines = [
        f"{name}: {value if name == 'day' else json.dumps(value, ensure_ascii=False)}"
        for name, value in fields.items()
        if value is not None
    ]
    space = " " * indent
    return "".join(
        f"{space}{'- ' if place == 0 else '  '}{line}\n" for place, line in enumerate(lines)
    )


def _entry(spec: EntrySpec, where: str, file: str, copies: Counter[str]) -> Entry:
    if spec.id:
        entry_id = f"entries:{spec.id}"
    else:
        # Two courses sold on one day look alike, and both were sold.
        digest = hashlib.sha256(spec.model_dump_json().encode()).hexdigest()[:16]
        copies[digest] += 1
        entry_id = f"{file}:{digest}-{copies[digest]}"
    return Entry(
        entry_id=entry_id,
        day=spec.day,
        stream=spec.stream,
        amount=spec.amount,
        currency=spec.currency,
        source=where,
        platform=spec.platform or "",
        channel=spec.channel or "",
        videos=tuple(spec.videos.items()),
        note=spec.note,
    )
