"""The lake for DuckDB: a view for every table that has data.

Belongs here: how DuckDB comes to the tables, wherever they lie, without an extension that would
have to be downloaded. Nothing is written.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ytempire_assets.resources.lake_tables import SUFFIX, LakeTables
from ytempire_assets.resources.storage.objects import ObjectStore, ask_many
from ytempire_assets.table_schema import Table, empty
from ytempire_assets.tables import TABLES

if TYPE_CHECKING:
    import duckdb
    import pyarrow.dataset as ds


def opened_views(tables: LakeTables) -> duckdb.DuckDBPyConnection:
    """A connection with the views.

    A folder is read by DuckDB itself. Elsewhere the tables are listed now, a thousand partitions a
    request, and a query fetches the partitions of the tables that it names, several at a time.

    Raises:
        StorageError: The lake cannot be read.
        TransientError: The lake does not answer.
    """
    import duckdb

    connection = duckdb.connect(":memory:")
    folder = tables.objects.local("")
    if folder is not None:
        _view_files(connection, folder)
        return connection
    names = list(TABLES)
    listed = ask_many(tables.objects, tables.objects.entries, names)
    for name, entries in zip(names, listed, strict=True):
        keys = sorted(entry.key for entry in entries if entry.key.endswith(SUFFIX))
        if keys:
            connection.register(name, _dataset(tables.objects, TABLES[name], keys))
    return connection


def _view_files(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    for name in TABLES:
        if any((folder / name).rglob("*.parquet")):
            pattern = str(folder / name / "**" / "*.parquet").replace("'", "''")
            connection.execute(
                f"create view {name} as select * from "  # noqa: S608 - names come from TABLES
                f"read_parquet('{pattern}', union_by_name => true)"
            )


def _dataset(objects: ObjectStore, table: Table, keys: list[str]) -> ds.Dataset:
    """A table as Arrow knows it. Its schema is ours, so that no partition has to be opened yet."""
    import pyarrow.dataset as ds
    from pyarrow.fs import FSSpecHandler, PyFileSystem

    class Partitions:
        """What Arrow asks of a file system; a partition is fetched whole by one request."""

        protocol = "lake"

        def isfile(self, _path: str) -> bool:
            return True

        def open(self, path: str, mode: str = "rb", **_options: Any) -> io.BytesIO:
            del mode
            content = objects.read(path)
            if content is None:
                raise FileNotFoundError(f"{objects.name(path)} was removed meanwhile")
            return io.BytesIO(content)

    return ds.FileSystemDataset.from_paths(
        keys,
        schema=empty(table).to_arrow().schema,
        format=ds.ParquetFileFormat(),
        filesystem=PyFileSystem(FSSpecHandler(Partitions())),
    )
