"""Observations: running counts of many items, each seen at some times.

Belongs here: the arrays that everything about growth is computed from, and cleaning a table into
them. A count of 0 means that it is missing: platforms hide counts, and leave them out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ytempire_assets.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """What a source may leave out: in words, and as fields of ``Observations``."""

    meaning: str
    fields: tuple[str, ...]


GROUPS = {
    "age": Group("when the item appeared", ("published_d",)),
    "likes": Group("approvals", ("likes",)),
    "comments": Group("answers", ("comments",)),
    "charts": Group("in how many charts it is, and how high", ("regions", "rank")),
    "duration": Group("how long it is", ("duration_s",)),
    "category": Group("the source's category", ("category",)),
    "channel": Group("what the same publisher's earlier items did", ("channel",)),
}
"""The groups, by the names that the command line takes."""

REQUIRED = ("video_id", "views")
TIMES = ("fetched_at", "snapshot_date")
OPTIONAL = (
    "published_at",
    "channel_id",
    "category_id",
    "duration_s",
    "likes",
    "comments",
    "n_regions",
    "best_rank",
)
_MS_PER_DAY = 86_400_000.0


@dataclass(frozen=True, slots=True)
class Observations:
    """Counts of items over time, ordered by item and, within an item, by time.

    Times are days since 1970 (UTC). Missing numbers are NaN. Shapes: n rows, m items.

    Attributes:
        names: Every item that was asked about, also those without any count; m of them.
        item: Index into ``names`` of each row, (n,), ascending.
        time_d: When the row's count held, (n,), ascending within an item.
        count: Running count, at least 1, (n,).
        likes: (n,).
        comments: (n,).
        regions: Regional charts that hold the item, (n,).
        rank: Best place in them, (n,).
        published_d: When the item appeared, (m,).
        channel: Code of who published it, -1 where unknown, (m,).
        category: The source's category as a number, (m,).
        duration_s: (m,).
        first: Row at which each row's item begins, (n,); follows from ``item``.
    """

    names: pl.Series
    item: Ints
    time_d: Floats
    count: Floats
    likes: Floats
    comments: Floats
    regions: Floats
    rank: Floats
    published_d: Floats
    channel: Ints
    category: Floats
    duration_s: Floats
    first: Ints = dataclasses.field(init=False, repr=False)

    def __post_init__(self) -> None:
        import numpy as np

        starts = np.flatnonzero(np.r_[True, self.item[1:] != self.item[:-1]])
        lengths = np.diff(np.r_[starts, len(self.item)])
        object.__setattr__(self, "first", np.repeat(starts, lengths))

    def without(self, groups: Collection[str]) -> Observations:
        """The same as a source would give it that leaves groups of ``GROUPS`` out."""
        import numpy as np

        missing = {name for group in groups for name in GROUPS[group].fields}
        changes: dict[str, Any] = {
            name: np.full_like(getattr(self, name), -1 if name == "channel" else np.nan)
            for name in missing
        }
        return dataclasses.replace(self, **changes)

    @property
    def last(self) -> Ints:
        """The newest row of each item that has any, ascending."""
        import numpy as np

        return np.flatnonzero(np.r_[self.item[1:] != self.item[:-1], len(self.item) > 0])

    def before(self, rows: Ints, back: int) -> Ints:
        """The row ``back`` places before each of ``rows`` in the same item; -1 where none."""
        import numpy as np

        earlier = rows - back
        return np.where(earlier >= self.first[rows], earlier, -1)


def read_observations(path: Path) -> Observations:
    """Reads a Parquet file as ``observations`` takes it; other columns are not read.

    Raises:
        InvalidInputError: It is no Parquet file, or a column is missing or of another kind.
    """
    import polars as pl

    try:
        schema = pl.read_parquet_schema(path)
        wanted = [name for name in (*REQUIRED, *TIMES, *OPTIONAL) if name in schema]
        return observations(pl.read_parquet(path, columns=wanted), str(path))
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise InvalidInputError(
            f"{path} cannot be read as Parquet ({reason})",
            "give a Parquet file with the columns video_id, fetched_at and views",
        ) from error


def observations(table: pl.DataFrame, name: str = "the table") -> Observations:
    """Cleans a table of snapshots, in any order, into observations.

    Rows without a count are left out; of two rows of one item at one time the later one counts.

    Args:
        table: Columns ``video_id``, ``views`` and ``fetched_at`` or ``snapshot_date``; optional
            ones as in ``OPTIONAL``; others are ignored. A date alone counts as its noon.
        name: What to call the table in errors.

    Raises:
        InvalidInputError: A column is missing, or is not what its name says.
    """
    import polars as pl

    prepared = _typed(table, name)
    codes = prepared["video_id"].to_frame().with_row_index("row")
    firsts = codes.group_by("video_id").agg(pl.col("row").min()).sort("row")
    names = firsts["video_id"]
    numbered = firsts.select("video_id").with_row_index("item")
    rows = (
        prepared.join(numbered, on="video_id", how="left", maintain_order="left")
        .drop("video_id")
        .filter((pl.col("views") >= 1) & pl.col("views").is_finite() & pl.col("time_d").is_finite())
        .sort("item", "time_d", maintain_order=True)
        .unique(["item", "time_d"], keep="last", maintain_order=True)
    )
    per_item = (
        rows.group_by("item")
        .agg(
            pl.col("published_d", "channel_id", "category_id", "duration_s").drop_nulls().first(),
        )
        .sort("item")
    )
    per_item = numbered.select("item").join(per_item, on="item", how="left", maintain_order="left")
    return Observations(
        names=names,
        item=rows["item"].cast(pl.Int64).to_numpy(),
        time_d=rows["time_d"].to_numpy(),
        count=rows["views"].to_numpy(),
        likes=_positive(rows["likes"]),
        comments=_positive(rows["comments"]),
        regions=_positive(rows["n_regions"]),
        rank=_positive(rows["best_rank"]),
        published_d=_plain(per_item["published_d"]),
        channel=_codes(per_item["channel_id"]),
        category=_plain(per_item["category_id"]),
        duration_s=_positive(per_item["duration_s"]),
    )


def _typed(table: pl.DataFrame, name: str) -> pl.DataFrame:
    """The columns that are used, each in its type; optional ones that are missing as nulls."""
    import polars as pl

    missing = [column for column in REQUIRED if column not in table.columns]
    if not any(column in table.columns for column in TIMES):
        missing.append(TIMES[0])
    if missing:
        raise InvalidInputError(
            f"{name} has no column {', '.join(missing)}",
            "add it; the columns are those of a daily snapshot: video_id, fetched_at, views",
        )
    columns = [
        pl.col("video_id").cast(pl.String),
        _number(table, "views", name),
        _time(table, [column for column in TIMES if column in table.columns], name, "time_d"),
    ]
    if "published_at" in table.columns:
        columns.append(_time(table, ["published_at"], name, "published_d"))
    else:
        columns.append(pl.lit(None, pl.Float64).alias("published_d"))
    for column in OPTIONAL[2:]:
        if column in table.columns:
            columns.append(_number(table, column, name))
        else:
            columns.append(pl.lit(None, pl.Float64).alias(column))
    if "channel_id" in table.columns:
        columns.append(pl.col("channel_id").cast(pl.String))
    else:
        columns.append(pl.lit(None, pl.String).alias("channel_id"))
    typed = table.select(columns)
    if typed["video_id"].null_count():
        raise InvalidInputError(
            f"{name} has {typed['video_id'].null_count()} rows without video_id",
            "leave these rows out, or give them an id",
        )
    return typed


def _number(table: pl.DataFrame, column: str, name: str) -> pl.Expr:
    import polars as pl

    if not (table.schema[column].is_numeric() or table.schema[column] == pl.Null):
        raise InvalidInputError(
            f"column {column} of {name} holds {table.schema[column]}, not numbers",
            f"store {column} as a number",
        )
    return pl.col(column).cast(pl.Float64)


def _time(table: pl.DataFrame, columns: Sequence[str], name: str, alias: str) -> pl.Expr:
    """Days since 1970 from the first of the columns that is not null."""
    import polars as pl

    parts = []
    for column in columns:
        kind = table.schema[column]
        if kind == pl.Date:
            parts.append(pl.col(column).cast(pl.Int32).cast(pl.Float64) + 0.5)
        elif kind == pl.Datetime:
            # A time without a zone is UTC: that is what the sources give.
            parts.append(pl.col(column).dt.epoch("ms").cast(pl.Float64) / _MS_PER_DAY)
        elif kind != pl.Null:
            raise InvalidInputError(
                f"column {column} of {name} holds {kind}, not times",
                f"store {column} as a timestamp or a date",
            )
    return pl.coalesce(*parts, pl.lit(None, pl.Float64)).alias(alias)


def _plain(column: pl.Series) -> Floats:
    import numpy as np
    import polars as pl

    return column.cast(pl.Float64).fill_null(np.nan).to_numpy()


def _positive(column: pl.Series) -> Floats:
    import numpy as np

    values = _plain(column)
    return np.where(values > 0, values, np.nan)


def _codes(column: pl.Series) -> Ints:
    """A number for each different text; -1 for null."""
    import numpy as np
    import polars as pl

    codes = column.cast(pl.Categorical).to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    return np.asarray(codes)
