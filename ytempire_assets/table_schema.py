"""What a table is made of, and how rows become a frame of exactly that shape.

Belongs here: columns, nested records, their Polars types. Types are words (``text``, ``float``,
...), so that importing this module does not import Polars. The tables themselves are in
``tables.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import polars as pl

    Frame: TypeAlias = pl.DataFrame
else:
    # Dagster reads the annotations of assets when they are defined; importing Polars for that
    # alone would cost a fifth of the time that loading the definitions takes.
    Frame = Any


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its type as a word or a nested shape, and what it means."""

    name: str
    type: str | Struct | ListOf
    meaning: str


@dataclass(frozen=True, slots=True)
class Struct:
    """A nested record."""

    fields: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values or records."""

    item: str | Struct


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the lake: one Parquet file a partition."""

    name: str
    row_is: str
    columns: tuple[Column, ...]


def columns(*triples: tuple[str, str | Struct | ListOf, str]) -> tuple[Column, ...]:
    """Columns from (name, type, meaning)."""
    return tuple(Column(*triple) for triple in triples)


def frame(table: Table, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Turns rows into a frame of exactly the table's schema.

    Args:
        table: The schema.
        rows: Mappings by column name; a missing column is null, an unknown one is a mistake.

    Raises:
        KeyError: A row has a column that the table does not know.
    """
    import polars as pl

    names = {column.name for column in table.columns}
    records: list[dict[str, Any]] = []
    for row in rows:
        unknown = row.keys() - names
        if unknown:
            raise KeyError(f"table {table.name} has no column {', '.join(sorted(unknown))}")
        records.append({column.name: _value(column, row) for column in table.columns})
    return pl.DataFrame(
        records, schema={column.name: polars_type(column.type) for column in table.columns}
    )


def empty(table: Table) -> pl.DataFrame:
    """A frame of the table's schema without rows."""
    return frame(table, ())


def polars_type(type_: str | Struct | ListOf) -> pl.DataType:
    """The Polars type of a column type."""
    import polars as pl

    if isinstance(type_, Struct):
        return pl.Struct([pl.Field(field.name, polars_type(field.type)) for field in type_.fields])
    if isinstance(type_, ListOf):
        return pl.List(polars_type(type_.item))
    words: Mapping[str, pl.DataType] = {
        "text": pl.String(),
        "int": pl.Int64(),
        "float": pl.Float64(),
        "bool": pl.Boolean(),
        "date": pl.Date(),
        "time": pl.Datetime("us", "UTC"),
        "money": pl.Decimal(18, 6),
        "rate": pl.Decimal(28, 10),
    }
    return words[type_]


def type_name(type_: str | Struct | ListOf) -> str:
    """A column type in words, for the Dagster UI."""
    if isinstance(type_, Struct):
        return f"record of {', '.join(field.name for field in type_.fields)}"
    if isinstance(type_, ListOf):
        return f"list of {type_name(type_.item)}"
    return type_


def _value(column: Column, row: Mapping[str, Any]) -> Any:
    value = row.get(column.name)
    if column.type == "time" and isinstance(value, str):
        return datetime.fromisoformat(value)
    if column.type in ("money", "rate") and value is not None:
        return _exact(column, value)
    return value


def _exact(column: Column, value: Any) -> Decimal:
    """Polars would round what has more decimals, and make null of what is too large."""
    whole, decimals = (12, 6) if column.type == "money" else (18, 10)
    if not isinstance(value, Decimal):
        raise TypeError(f"column {column.name} takes decimals, not {type(value).__name__}")
    if not value.is_finite() or abs(value) >= Decimal(10) ** whole:
        raise ValueError(f"column {column.name} cannot hold {value}")
    if value != round(value, decimals):
        raise ValueError(f"column {column.name} cannot hold {value} without rounding")
    return value
