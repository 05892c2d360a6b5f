"""Exports of affiliate networks and shops: CSV files, read by a mapping file.

Belongs here: which mapping reads which file, rows as entries, and counting a row once however many
exports hold it. How a cell is read is ``export_mapping.py``.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.insights.exchange import CURRENCY
from ytempire_assets.insights.export_mapping import (
    ExportMapping,
    WrongMarkError,
    is_ambiguous,
    read_amount,
    read_day,
)
from ytempire_assets.insights.money import Entry, Problem
from ytempire_assets.yaml_files import read_yaml_model

MOST_EXPORT_BYTES = 500_000_000
"""Millions of rows; more than that in one file is a mistake."""

_VIDEO_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*-\d{8}-\d+")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(slots=True)
class Exports:
    """What all exports say together.

    Attributes:
        entries: Rows that count, each once.
        problems: Rows and files that cannot be read.
        left_out: How many rows do not count, by reason.
    """

    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of an export: its cells by column, and where it stands."""

    cells: Mapping[str, str]
    line: int


class _FileError(Exception):
    """A file that cannot be read at all."""


def read_exports(folder: Path) -> Exports:
    """Reads every ``<network>.csv`` and ``<network>-<anything>.csv`` by its ``<network>.yaml``.

    Exports overlap: a row that several files hold counts once. Rows are known by their id; of
    different rows with one id that of the later file counts, by the files' names. Without an id
    they are known by all their cells, and count as often as the file holds them that holds them
    most: two sales may look alike.
    """
    found = Exports()
    mappings: dict[str, ExportMapping] = {}
    broken: set[str] = set()
    for path in sorted(folder.glob("*.yaml")):
        try:
            if _NAME.fullmatch(path.stem) is None:
                raise InvalidInputError(
                    f"{path.name}: its name is no network's", "name it with a-z, 0-9 and hyphens"
                )
            mappings[path.stem] = read_yaml_model(path, ExportMapping)
        except InvalidInputError as error:
            broken.add(path.stem)
            found.problems.append(Problem(path.name, str(error)))
    rows: dict[str, Entry | None] = {}
    for path in sorted(folder.glob("*.csv")):
        network = _network_of(path, {*mappings, *broken})
        if network is None:
            text = f"no mapping reads it. Next: write {path.stem}.yaml beside it."
            found.problems.append(Problem(path.name, text))
        elif network not in broken:
            # a later file replaces rows of the same id, also by ones that do not count any more
            rows.update(_read_file(path, network, mappings[network], found))
    found.entries = [entry for entry in rows.values() if entry is not None]
    return found


def _network_of(path: Path, networks: set[str]) -> str | None:
    fitting = [one for one in networks if path.stem == one or path.stem.startswith(f"{one}-")]
    return max(fitting, key=len, default=None)


def _read_file(
    path: Path, network: str, mapping: ExportMapping, found: Exports
) -> dict[str, Entry | None]:
    rows: dict[str, Entry | None] = {}
    cells_of: dict[str, Mapping[str, str]] = {}
    copies: Counter[str] = Counter()
    wrong_mark, unsure = False, []
    try:
        for row in _rows(path, mapping):
            where = f"{path.name}, line {row.line}"
            key = _key(row, network, mapping, copies)
            if key in rows:
                if cells_of[key] == row.cells:
                    found.left_out["the same row again"] += 1
                else:
                    text = "another row has its id. Next: name columns that tell rows apart as id."
                    found.problems.append(Problem(where, text))
                continue
            cells_of[key] = row.cells
            try:
                entry = _entry(row, key, where, mapping, found.left_out)
            except (ValueError, InvalidInputError) as error:
                wrong_mark = wrong_mark or isinstance(error, WrongMarkError)
                found.problems.append(Problem(where, str(error)))
                continue
            rows[key] = entry
            if entry is not None and is_ambiguous(row.cells[mapping.columns.amount], mapping):
                unsure.append(key)
    except _FileError as error:
        found.problems.append(Problem(path.name, str(error)))
    for key in unsure if wrong_mark else ():
        entry = rows.pop(key)
        if entry is not None:
            text = "its amount could mean thousands: other rows have the other decimal mark"
            found.problems.append(Problem(entry.source, f"{text}. Next: correct decimal."))
    return rows


def _rows(path: Path, mapping: ExportMapping) -> Iterator[_Row]:
    try:
        if path.stat().st_size > MOST_EXPORT_BYTES:
            raise _FileError(f"more than {MOST_EXPORT_BYTES:,} bytes. Next: split it.")
        encoding = "utf-8-sig" if mapping.encoding == "utf-8" else mapping.encoding
        with path.open(encoding=encoding, newline="") as file:
            for _ in range(mapping.skip_lines):
                file.readline()
            reader = csv.reader(file, delimiter=mapping.delimiter)
            header = [cell.strip() for cell in next(reader, [])]
            _check_header(header, mapping)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    padded = cells + [""] * (len(header) - len(cells))
                    line = reader.line_num + mapping.skip_lines
                    yield _Row(dict(zip(header, padded, strict=False)), line)
    except UnicodeError as error:
        raise _FileError(
            f"it is not written in {mapping.encoding}. Next: set encoding in the mapping, for "
            "example latin-1, or save it as UTF-8."
        ) from error
    except (OSError, csv.Error) as error:
        raise _FileError(f"cannot be read ({error}). Next: export it again.") from error


def _check_header(header: list[str], mapping: ExportMapping) -> None:
    for name in mapping.columns.named:
        if header.count(name) != 1:
            shown = ", ".join(header)[:200] or "nothing"
            how = "no" if name not in header else "more than one"
            raise _FileError(
                f"{how} column '{name}'; its header says: {shown}. Next: correct the mapping."
            )


def _key(row: _Row, network: str, mapping: ExportMapping, copies: Counter[str]) -> str:
    own = [row.cells[name].strip() for name in mapping.columns.id]
    if any(own):
        return f"{network}:{'/'.join(own)}"
    text = "\x1f".join(f"{name}\x1e{row.cells[name].strip()}" for name in sorted(row.cells))
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    copies[digest] += 1
    return f"{network}:{digest}-{copies[digest]}"


def _entry(
    row: _Row, key: str, where: str, mapping: ExportMapping, left_out: Counter[str]
) -> Entry | None:
    """The row as an entry; None when its status does not count."""
    names, cells = mapping.columns, row.cells
    status = cells[names.status].strip().casefold() if names.status else ""
    if names.status and status not in (*mapping.count, *mapping.negative):
        left_out[f"status '{status[:40]}'"] += 1
        return None
    own = cells[names.currency].strip().upper() if names.currency else ""
    currency = own or mapping.currency or ""
    if CURRENCY.fullmatch(currency) is None:
        raise ValueError(f"'{currency[:20]}' is no currency code like EUR")
    amount = read_amount(cells[names.amount], mapping, currency)
    tag = cells[names.video].strip() if names.video else ""
    label = cells[names.label].strip() if names.label else ""
    video = _VIDEO_ID.search(tag.lower().replace("_", "-"))
    channel = ""
    if video is None and tag:
        channel = tag.lower().replace("_", "-")[:60]
    return Entry(
        entry_id=key,
        day=read_day(cells[names.day], mapping.date_format),
        stream=mapping.stream,
        amount=-abs(amount) if status in mapping.negative else amount,
        currency=currency,
        source=where,
        channel=channel,
        videos=((video[0], Decimal(1)),) if video is not None else (),
        label=label,
        note=label[:200],
    )
