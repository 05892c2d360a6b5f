"""Reading the lake's tables outside an asset's declared inputs.

Belongs here: one stored partition, all stored days of a channel, one Parquet file. Writing is the
IO manager's alone (``lake.py``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.errors import StorageError
from ytempire_assets.resources.atomic import storage_error

if TYPE_CHECKING:
    import polars as pl


class MissingPartitionError(StorageError, FileNotFoundError):
    """A partition was never made; Dagster knows it as a missing file where one may be missing."""


class LakeTables:
    """Reads the lake in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, table: str, partition: str) -> pl.DataFrame | None:
        """One stored partition outside a run, or None when it was never made.

        Args:
            table: Name of the table.
            partition: ``yyyy-mm-dd`` or ``channel|yyyy-mm-dd``.
        """
        path = self.folder / table / (partition.replace("|", "/") + ".parquet")
        return read_parquet(path) if path.is_file() else None

    def history(self, table: str, channel: str) -> list[tuple[str, Path]]:
        """All stored days of one channel's table, oldest first."""
        return sorted(
            (path.stem, path) for path in (self.folder / table / channel).glob("*.parquet")
        )


def read_parquet(path: Path) -> pl.DataFrame:
    """Reads one Parquet file.

    Raises:
        MissingPartitionError: There is no such file.
        StorageError: The file is damaged or cannot be read.
    """
    import polars as pl

    if not path.is_file():
        raise MissingPartitionError(
            f"table {path} was never made", "materialise the assets before this one first"
        )
    try:
        return pl.read_parquet(path)
    except pl.exceptions.PolarsError as error:
        raise StorageError(
            f"{path}: not a readable table ({str(error)[:120]})",
            "delete the file and materialise its partition again",
        ) from error
    except OSError as error:
        raise storage_error(path, error) from error
