"""Reading the lake's tables outside an asset's declared inputs.

Belongs here: one stored partition, all stored days of a channel, one Parquet object. Writing is the
IO manager's (``lake.py``), and the job's that forgets (``automation/retention.py``).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.errors import StorageError
from ytempire_assets.resources.atomic import storage_error, write_atomically
from ytempire_assets.resources.storage.objects import ObjectStore, ask_many
from ytempire_assets.resources.storage.opening import as_objects, lake_objects
from ytempire_assets.settings import Settings

if TYPE_CHECKING:
    import polars as pl

SUFFIX = ".parquet"


class MissingPartitionError(StorageError, FileNotFoundError):
    """A partition was never made; Dagster knows it as a missing file where one may be missing."""


@dataclass(frozen=True, slots=True)
class StoredTable:
    """One stored partition of a table.

    Attributes:
        name: The partition's last part: a day.
        mark: Another one whenever the partition was written anew.
        key: Where it lies.
    """

    name: str
    mark: str
    key: str
    _objects: ObjectStore

    def read(self) -> pl.DataFrame:
        """Its rows.

        Raises:
            MissingPartitionError: It was removed meanwhile.
            StorageError: It is damaged or cannot be read.
        """
        return read_table(self._objects, self.key)

    def replace(self, table: pl.DataFrame) -> None:
        """Puts other rows in its place.

        Raises:
            StorageError: It cannot be written; it stays as it was.
        """
        write_table(self._objects, self.key, table)


class LakeTables:
    """Reads the lake.

    Args:
        place: A folder, or where else its tables lie.
    """

    def __init__(self, place: Path | ObjectStore) -> None:
        self.objects = as_objects(place)

    @classmethod
    def of(cls, settings: Settings) -> LakeTables:
        """The lake that the settings name."""
        return cls(lake_objects(settings))

    def read(self, table: str, partition: str) -> pl.DataFrame | None:
        """One stored partition outside a run, or None when it was never made.

        Args:
            table: Name of the table.
            partition: ``yyyy-mm-dd`` or ``channel|yyyy-mm-dd``.

        Raises:
            StorageError: It is damaged, or the lake cannot be read.
            TransientError: The lake does not answer.
        """
        try:
            return read_table(self.objects, f"{table}/{partition.replace('|', '/')}{SUFFIX}")
        except MissingPartitionError:
            return None

    def read_many(self, table: str, partitions: Iterable[str]) -> list[pl.DataFrame]:
        """Those of some partitions that were ever made, in the order asked for."""
        found = ask_many(self.objects, lambda one: self.read(table, one), list(partitions))
        return [one for one in found if one is not None]

    def history(self, table: str, channel: str) -> list[StoredTable]:
        """All stored days of one channel's table, or of a table without channels; oldest first."""
        folder = f"{table}/{channel}".rstrip("/")
        found = []
        for entry in self.objects.entries(folder):
            name = entry.key.removeprefix(f"{folder}/")
            if name.endswith(SUFFIX) and "/" not in name:
                name = name.removesuffix(SUFFIX)
                found.append(StoredTable(name, entry.mark, entry.key, self.objects))
        return sorted(found, key=lambda one: one.name)

    def contents(self, stored: Sequence[StoredTable]) -> list[pl.DataFrame]:
        """The rows of each, in their order."""
        return ask_many(self.objects, StoredTable.read, stored)


def read_table(objects: ObjectStore, key: str) -> pl.DataFrame:
    """Reads one Parquet object.

    Raises:
        MissingPartitionError: There is no such object.
        StorageError: It is damaged or cannot be read.
        TransientError: The place does not answer.
    """
    path = objects.local(key)
    if path is not None:
        return read_parquet(path)
    data = objects.read(key)
    if data is None:
        raise _missing(objects.name(key))
    return _parsed(io.BytesIO(data), objects.name(key))


def write_table(objects: ObjectStore, key: str, table: pl.DataFrame) -> None:
    """Stores one Parquet object, whole or not at all.

    Raises:
        StorageError: It cannot be written, or the disk is full.
        TransientError: The place does not answer.
    """
    path = objects.local(key)
    if path is not None:
        write_atomically(path, lambda part: table.write_parquet(part, compression="zstd"))
        return
    data = io.BytesIO()
    table.write_parquet(data, compression="zstd")
    objects.write(key, data.getvalue())


def read_parquet(path: Path) -> pl.DataFrame:
    """Reads one Parquet file.

    Raises:
        MissingPartitionError: There is no such file.
        StorageError: The file is damaged or cannot be read.
    """
    if not path.is_file():
        raise _missing(str(path))
    try:
        return _parsed(path, str(path))
    except OSError as error:
        raise storage_error(path, error) from error


def _parsed(source: Path | io.BytesIO, name: str) -> pl.DataFrame:
    import polars as pl

    try:
        return pl.read_parquet(source)
    except pl.exceptions.PolarsError as error:
        raise StorageError(
            f"{name}: not a readable table ({str(error)[:120]})",
            "delete the file and materialise its partition again",
        ) from error


def _missing(name: str) -> MissingPartitionError:
    return MissingPartitionError(
        f"table {name} was never made", "materialise the assets before this one first"
    )
