"""Forgetting what may not be kept.

Belongs here: the daily job that deletes other people's platform data when its time is over. How
long that is stands with each row, in ``forget_after``.
"""

from datetime import UTC, date, datetime

import dagster as dg

from ytempire_assets.resources.lake_tables import LakeTables, StoredTable


@dg.op(description="Deletes rows of trend_signals whose last day is over.", out=dg.Out(dg.Nothing))
def forget_expired_signals(
    context: dg.OpExecutionContext, tables: dg.ResourceParam[LakeTables]
) -> None:
    """Rewrites the days that hold rows which may not be kept any longer; logs how many went."""
    forgotten = 0
    for stored in tables.history("trend_signals", ""):
        gone = forget_in(stored, datetime.now(UTC).date())
        if gone:
            context.log.info("%s: %d rows forgotten", stored.name, gone)
        forgotten += gone
    context.log.info("%d rows forgotten in all", forgotten)


def forget_in(stored: StoredTable, today: date) -> int:
    """Deletes the rows of one stored table whose ``forget_after`` is before ``today``.

    Raises:
        StorageError: The table cannot be read or written; it stays as it was.
    """
    import polars as pl

    table = stored.read()
    if "forget_after" not in table.columns:
        return 0
    kept = table.filter(pl.col("forget_after").is_null() | (pl.col("forget_after") >= today))
    if kept.height < table.height:
        stored.replace(kept)
    return table.height - kept.height


@dg.job(description="Deletes other people's platform data after 30 days, as its terms ask.")
def forget() -> None:
    """One step."""
    forget_expired_signals()
