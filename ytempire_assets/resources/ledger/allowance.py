"""The platforms' allowances in the ledger: reserve before a call, settle after it, never over.

Belongs here: counting by project, bucket and Pacific day, and who used what. What calls cost is in
``publishing.quota``.

A day's row is locked while something is taken from it, so that several workers and machines can
never take more than there is. A worker that dies between reserving and settling leaves its cost
counted: whether the call arrived is unknown, and counting too much is the safe side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ytempire_assets.publishing.errors import SpentError
from ytempire_assets.publishing.fair_share import WINDOW_DAYS
from ytempire_assets.publishing.quota import (
    BUCKETS,
    COSTS,
    Bucket,
    Limits,
    quota_day,
    reset_after,
)
from ytempire_assets.resources.ledger.database import Database, insert_new
from ytempire_assets.resources.ledger.rows import in_utc

if TYPE_CHECKING:
    import sqlalchemy as sa

_CHANNEL_LIMIT_HOURS = 24


@dataclass(frozen=True, slots=True)
class Use:
    """What one channel took from one bucket on one day."""

    channel: str
    bucket: Bucket
    units: int
    calls: int


class Allowance(Database):
    """Allowances of projects by bucket and Pacific day."""

    def take(self, project: str, limits: Limits, channel: str, video_id: str, call: str) -> int:
        """Reserves the cost of a call; returns its number.

        Raises:
            SpentError: It does not fit into the day; nothing was taken.
        """
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import quota_calls, quota_days

        cost = COSTS[call]
        with self._transaction() as connection:
            now = self._time(connection)
            day = quota_day(now)
            row = _day_row(connection, project, cost.bucket, day)
            self._check_block(connection, project, channel, cost.bucket, now)
            limit = limits.of(cost.bucket)
            if row["exhausted"] or row["used"] + cost.units > limit:
                left = 0 if row["exhausted"] else limit - row["used"]
                raise _spent(cost.bucket, call, cost.units, left, limit, reset_after(now))
            connection.execute(
                sa.update(quota_days)
                .where(_day_key(project, cost.bucket, day))
                .values(used=row["used"] + cost.units)
            )
            done = connection.execute(
                sa.insert(quota_calls)
                .values(
                    project=project, bucket=cost.bucket, day=day, channel=channel,
                    video_id=video_id, call=call, units=cost.units, state="reserved", at=now,
                )
                .returning(quota_calls.c.id)
            )  # fmt: skip
            return int(done.scalar_one())

    def settle(self, reservation: int, *, sent: bool) -> None:
        """Ends a reservation; one that was never sent gives back what it took."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import quota_calls, quota_days

        with self._transaction() as connection:
            call = (
                connection.execute(
                    sa.select(quota_calls)
                    .where((quota_calls.c.id == reservation) & (quota_calls.c.state == "reserved"))
                    .with_for_update()
                )
                .mappings()
                .first()
            )
            if call is None:
                return
            connection.execute(
                sa.update(quota_calls)
                .where(quota_calls.c.id == reservation)
                .values(state="sent" if sent else "released")
            )
            if not sent:
                connection.execute(
                    sa.update(quota_days)
                    .where(_day_key(call["project"], call["bucket"], call["day"]))
                    .values(used=quota_days.c.used - call["units"])
                )

    def mark_exhausted(self, project: str, bucket: Bucket) -> datetime:
        """The platform says that a bucket is empty: nothing more is tried today.

        Returns:
            When the next day begins, UTC.
        """
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import quota_days

        with self._transaction() as connection:
            now = self._time(connection)
            _day_row(connection, project, bucket, quota_day(now))
            connection.execute(
                sa.update(quota_days)
                .where(_day_key(project, bucket, quota_day(now)))
                .values(exhausted=True)
            )
            return reset_after(now)

    def block_channel(self, project: str, channel: str) -> datetime:
        """The platform says that a channel may upload nothing more for 24 hours.

        Returns:
            When it may again, UTC.
        """
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import quota_blocks

        with self._transaction() as connection:
            until = self._time(connection) + timedelta(hours=_CHANNEL_LIMIT_HOURS)
            key = (quota_blocks.c.project == project) & (quota_blocks.c.channel == channel)
            connection.execute(sa.delete(quota_blocks).where(key))
            connection.execute(
                sa.insert(quota_blocks).values(project=project, channel=channel, until=until)
            )
            return until

    def left(self, project: str, limits: Limits) -> dict[Bucket, int]:
        """What is left of every bucket today."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import quota_days

        with self._transaction() as connection:
            day = quota_day(self._time(connection))
            rows = {
                row["bucket"]: row
                for row in connection.execute(
                    sa.select(quota_days).where(
                        (quota_days.c.project == project) & (quota_days.c.day == day)
                    )
                ).mappings()
            }
        return {
            bucket: 0
            if bucket in rows and rows[bucket]["exhausted"]
            else max(0, limits.of(bucket) - (rows[bucket]["used"] if bucket in rows else 0))
            for bucket in BUCKETS
        }

    def uses(self, project: str, day: date) -> list[Use]:
        """Who took what on a Pacific day, by channel and bucket."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import quota_calls as table

        with self._transaction() as connection:
            rows = connection.execute(
                sa.select(
                    table.c.channel,
                    table.c.bucket,
                    sa.func.sum(table.c.units).label("units"),
                    sa.func.count().label("calls"),
                )
                .where((table.c.project == project) & (table.c.day == day))
                .where(table.c.state != "released")
                .group_by(table.c.channel, table.c.bucket)
                .order_by(table.c.channel, table.c.bucket)
            ).mappings()
            return [
                Use(row["channel"], row["bucket"], int(row["units"]), int(row["calls"]))
                for row in rows
            ]

    def uploads_granted(self, project: str) -> Mapping[str, int]:
        """Uploads of each channel in the last days, for ``fair_share``."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import quota_calls as table

        with self._transaction() as connection:
            first = quota_day(self._time(connection)) - timedelta(days=WINDOW_DAYS)
            rows = connection.execute(
                sa.select(table.c.channel, sa.func.sum(table.c.units))
                .where((table.c.project == project) & (table.c.bucket == "uploads"))
                .where((table.c.day > first) & (table.c.state != "released"))
                .group_by(table.c.channel)
            )
            return {channel: int(units) for channel, units in rows}

    def _check_block(
        self, connection: sa.Connection, project: str, channel: str, bucket: str, now: datetime
    ) -> None:
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import quota_blocks as table

        if bucket != "uploads":
            return
        stored = connection.execute(
            sa.select(table.c.until).where(
                (table.c.project == project) & (table.c.channel == channel)
            )
        ).scalar()
        if stored is not None and (until := in_utc(stored)) > now:
            raise SpentError(
                f"the platform takes no more uploads of {channel} until {until:%Y-%m-%d %H:%M} UTC "
                "(its limit for a channel and 24 hours)",
                "nothing to do: they go on then",
                until,
            )


def _spent(
    bucket: Bucket, call: str, units: int, left: int, limit: int, until: datetime
) -> SpentError:
    return SpentError(
        f"{call} takes {units} of the day's {limit} {bucket}, and {left} are left",
        f"nothing to do: it goes on at {until:%Y-%m-%d %H:%M} UTC (midnight Pacific Time)",
        until,
    )


def _day_key(project: str, bucket: str, day: date) -> Any:
    from ytempire_assets.resources.ledger.schema import quota_days as table

    return (table.c.project == project) & (table.c.bucket == bucket) & (table.c.day == day)


def _day_row(connection: sa.Connection, project: str, bucket: str, day: date) -> Any:
    """The day's row, made when missing, locked until the transaction ends."""
    import sqlalchemy as sa

    from ytempire_assets.resources.ledger.schema import quota_days as table

    query = sa.select(table).where(_day_key(project, bucket, day)).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        values = {"project": project, "bucket": bucket, "day": day, "used": 0, "exhausted": False}
        insert_new(connection, table, values)
        row = connection.execute(query).mappings().one()
    return row
