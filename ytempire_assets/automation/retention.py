"""Forgetting what may not be kept.

Belongs here: the daily job that deletes other people's platform data when its time is over. How
long that is stands with each row, in ``forget_after``.
"""

from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg

from ytempire_assets.resources.atomic import write_atomically
from ytempire_assets.resources.lake_tables import LakeTables, read_parquet


@dg.op(description="Deletes rows of trend_signals whose last day is over.", out=dg.Out(dg.Nothing))
def forget_expired_signals(
    context: dg.OpExecutionContext, tables: dg.ResourceParam[LakeTables]
) -> None:
    """Rewrites the days that hold rows which may not be kept any longer; logs how many went."""
    forgotten = 0
    for name, path in tables.history("trend_signals", ""):
        gone = forget_in(path, datetime.now(UTC).date())
        if gone:
            context.log.info("%s: %d rows forgotten", name, gone)
        forgotten += gone
    context.log.info("%d rows forgotten in all", forgotten)


def forget_in(path: Path, today: date) -> int:
    """Deletes the rows of one stored table whose ``forget_after`` is before ``today``.

    Raises:
        StorageError: The table cannot be read or written; it stays as it was.
    """
    import polars as pl

    table = read_parquet(path)
    if "forget_after" not in table.columns:
        return 0
    kept = table.filter(pl.col("forget_after").is_null() | (pl.col("forget_after") >= today))
    if kept.height < table.height:
        write_atomically(path, lambda part: kept.write_parquet(part, compression="zstd"))
    return table.height - kept.height


@dg.job(description="Deletes other people's platform data after 30 days, as its terms ask.")
def forget() -> None:
    """One step."""
    forget_expired_signals()
