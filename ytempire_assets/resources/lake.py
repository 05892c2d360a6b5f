"""The lake: every table as one Parquet file per partition, on Dagster's ``UPathIOManager``.

Belongs here: how a table is stored and read, and what the Dagster UI shows of it (rows, columns,
a preview). What a table holds is said by ``tables.py``.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import dagster as dg

from ytempire_assets.errors import StorageError
from ytempire_assets.resources.atomic import explained
from ytempire_assets.resources.lake_tables import read_table, write_table
from ytempire_assets.resources.step_failure import named_failures
from ytempire_assets.resources.storage.objects import ObjectStore
from ytempire_assets.table_schema import Table, type_name
from ytempire_assets.tables import TABLES

if TYPE_CHECKING:
    import polars as pl
    from upath import UPath

PREVIEW_ROWS = 10
_PREVIEW_CELL_CHARS = 80
_DIGEST = re.compile(r"([0-9a-f]{8})[0-9a-f]{24,56}(\.[a-z0-9]+)?")


class Lake(dg.UPathIOManager):
    """Stores frames as Parquet under ``<lake>/<table>/<channel>/<day>.parquet``.

    Dagster's manager says where each partition lies; reading and writing go through the lake's
    objects, so that a bucket needs no file system of its own.

    An input whose metadata says ``lake_table`` reads that table instead of its own key: the
    feedback edge reads ``patterns`` under another name, because an asset graph may hold no cycle.
    """

    extension: str | None = ".parquet"

    def __init__(self, objects: ObjectStore) -> None:
        from upath import UPath

        self._objects = objects
        super().__init__(base_path=UPath(objects.place))

    def load_input(self, context: dg.InputContext) -> Any:
        """Reads what a step takes; a failure is named and tried again only where that can help."""
        with _named_failures(context):
            return super().load_input(context)

    def handle_output(self, context: dg.OutputContext, obj: pl.DataFrame) -> None:
        """Stores what a step gave; a failure is named and tried again only where that can help."""
        with _named_failures(context):
            super().handle_output(context, obj)

    def dump_to_path(self, context: dg.OutputContext, obj: pl.DataFrame, path: UPath) -> None:
        """Writes one partition, whole or not at all."""
        table = TABLES.get(context.asset_key.path[-1])
        if table is not None:
            expected = [column.name for column in table.columns]
            if obj.columns != expected:
                raise StorageError(
                    f"table {table.name} was given columns {obj.columns}",
                    f"return the columns of tables.py: {expected}",
                )
        write_table(self._objects, self._key(path), obj)

    def load_from_path(self, context: dg.InputContext, path: UPath) -> pl.DataFrame:
        """Reads one partition."""
        del context
        return read_table(self._objects, self._key(path))

    def path_exists(self, path: UPath) -> bool:
        """Whether a partition was made."""
        return self._objects.exists(self._key(path))

    def make_directory(self, path: UPath) -> None:
        """Makes the folder, and says what to do when it cannot; a bucket has none."""
        place = self._objects.local(self._key(path))
        if place is not None:
            with explained(place):
                super().make_directory(path)

    def _handle_transition_to_partitioned_asset(
        self, context: dg.OutputContext, path: UPath
    ) -> None:
        """Dagster looks here for a file of a table that had no partitions; ours always had some."""

    def _key(self, path: UPath) -> str:
        return str(path).removeprefix(str(self._base_path)).lstrip("/")

    def get_asset_relative_path(self, context: dg.InputContext | dg.OutputContext) -> UPath:
        """The table's folder."""
        if isinstance(context, dg.InputContext):
            table = (context.definition_metadata or {}).get("lake_table")
            if table is not None:
                from upath import UPath

                return UPath(str(table))
        return super().get_asset_relative_path(context)

    def get_metadata(self, context: dg.OutputContext, obj: pl.DataFrame) -> dict[str, Any]:
        """Rows, preview and outcome counts, for the UI."""
        del context
        metadata: dict[str, Any] = {
            "dagster/row_count": obj.height,
            "preview": dg.MetadataValue.md(preview(obj)),
        }
        if "status" in obj.columns:
            metadata["failed"] = int((obj["status"] == "failed").sum())
            metadata["reused"] = int(obj["reused"].fill_null(False).sum())
            metadata["compute_s"] = round(float(obj["compute_s"].sum()), 3)
            metadata["cost_usd"] = round(float(obj["cost_usd"].sum()), 6)
        return metadata


def _named_failures(
    context: dg.InputContext | dg.OutputContext,
) -> contextlib.AbstractContextManager[None]:
    try:
        step = context.step_context
        return named_failures(step.dagster_run.tags, retries_so_far=step.previous_attempt_count)
    except dg.DagsterInvariantViolationError:
        return contextlib.nullcontext()  # no step asks: the error is for whoever does


def column_schema(table: Table) -> dg.TableSchema:
    """The table's columns as Dagster shows them."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(column.name, type_name(column.type), description=column.meaning)
            for column in table.columns
        ]
    )


def preview(frame: pl.DataFrame) -> str:
    """The first rows as a Markdown table; nested and long cells are shortened."""
    import polars as pl

    head = frame.head(PREVIEW_ROWS)
    columns = [
        name
        for name, dtype in head.schema.items()
        if not isinstance(dtype, pl.Struct)
        and not (isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct))
        and name not in ("inputs", "stage_version", "text")
    ]
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += [
        "| " + " | ".join(markdown_cell(row[name]) for name in columns) + " |"
        for row in head.rows(named=True)
    ]
    if frame.height > PREVIEW_ROWS:
        lines.append(f"\n{frame.height - PREVIEW_ROWS} more rows")
    return "\n".join(lines)


def markdown_cell(value: Any, longest: int = _PREVIEW_CELL_CHARS) -> str:
    """Text from outside, made harmless inside a Markdown table; ``longest`` in characters."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
    text = " ".join(text.split())
    digest = _DIGEST.fullmatch(text)
    if digest is not None:  # unbroken hashes would push the table off the page
        text = f"{digest[1]}…{digest[2] or ''}"
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    for character in "\\`*_[]<>|~&:@.":
        text = text.replace(character, "\\" + character)
    return text
