"""What the operator is to be told in the ledger: one row a cause, and each failure counted once.

Belongs here: counting failures by cause, and handing out what is to be told so that no two daemons
tell it and no cause is told more than once an hour. What a failure is, and how it is told, is said
in ``automation``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ytempire_assets.resources.ledger.database import Database, insert_new
from ytempire_assets.resources.ledger.rows import in_utc

if TYPE_CHECKING:
    import sqlalchemy as sa

QUIET = timedelta(hours=1)
"""A cause is told so seldom; what comes meanwhile is counted and told then."""

MOST_TRIES = 8
"""Tries before a message is given up; its failures are counted into the cause's next one."""

REMEMBERED = timedelta(days=2)
"""Failures are known by run and step for so long: longer than any are looked for."""

_LEASE = timedelta(minutes=1)
_FIRST_WAIT = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Failure:
    """A step of a run that failed, or a run that failed without one.

    Attributes:
        run_id: Of the run.
        step: Of the step; empty when no step failed.
        cause: Key of the cause: equal for failures that one message is enough for.
        message: What is told about it, as JSON values.
    """

    run_id: str
    step: str
    cause: str
    message: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alert:
    """A cause that is to be told now.

    Attributes:
        cause: Its key.
        message: Of its newest failure.
        failures: How many are told by this message.
        since: When the first of them was noted.
        last: Whether this is the last try.
    """

    cause: str
    message: Mapping[str, Any]
    failures: int
    since: datetime
    last: bool


class Alerts(Database):
    """Failures and alerts in the ledger."""

    def unnoted(self, run_ids: Collection[str]) -> set[str]:
        """Those runs of which no failure was noted yet."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import noted_failures as table

        with self._transaction() as connection:
            known = connection.execute(
                sa.select(table.c.run_id).where(table.c.run_id.in_(sorted(run_ids)))
            ).scalars()
            return set(run_ids) - set(known)

    def note_failures(self, failures: Sequence[Failure]) -> int:
        """Counts failures, each once however often it is noted; returns how many were new."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import alerts, noted_failures

        new: dict[str, list[Failure]] = {}
        with self._transaction() as connection:
            now = self._time(connection)
            old = now - REMEMBERED
            connection.execute(sa.delete(noted_failures).where(noted_failures.c.at < old))
            connection.execute(
                sa.delete(alerts).where((alerts.c.waiting == 0) & (alerts.c.told_at < old))
            )
            # Both in an order of their own, so that two daemons never wait for each other for ever.
            each = {(one.run_id, one.step[:200]): one for one in failures}
            for run_id, step in sorted(each):
                values = {"run_id": run_id, "step": step, "at": now}
                if not insert_new(connection, noted_failures, values):
                    del each[run_id, step]
            for failure in each.values():
                new.setdefault(failure.cause, []).append(failure)
            for cause in sorted(new):
                _count(connection, alerts, cause, new[cause], now)
        return sum(len(counted) for counted in new.values())

    def take_alert(self) -> Alert | None:
        """What waits longest to be told, for one try; None when there is nothing.

        Nobody else gets it for a minute. Whoever got it says how it ended, by ``alert_told`` or
        ``alert_failed``; after a crash it is told again.
        """
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import alerts as table

        with self._transaction() as connection:
            now = self._time(connection)
            row = (
                connection.execute(
                    sa.select(table)
                    .where((table.c.waiting > 0) & (table.c.next_at <= now))
                    .order_by(table.c.next_at, table.c.cause)
                    .limit(1)
                    .with_for_update(skip_locked=True)
                )
                .mappings()
                .first()
            )
            if row is None:
                return None
            tries = row["tries"] + 1
            connection.execute(
                sa.update(table)
                .where(table.c.cause == row["cause"])
                .values(next_at=now + _LEASE, tries=tries)
            )
            return Alert(
                row["cause"],
                json.loads(row["message"]),
                row["waiting"],
                in_utc(row["since"]),
                tries >= MOST_TRIES,
            )

    def alert_told(self, alert: Alert) -> None:
        """It arrived: the cause is quiet for an hour."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import alerts as table

        with self._transaction() as connection:
            now = self._time(connection)
            connection.execute(
                sa.update(table)
                .where(table.c.cause == alert.cause)
                .values(
                    waiting=table.c.waiting - alert.failures,
                    since=now,
                    told_at=now,
                    next_at=now + QUIET,
                    tries=0,
                )
            )

    def alert_failed(self, alert: Alert) -> None:
        """It did not arrive: it is tried again after a minute, two, four, at most an hour."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import alerts as table

        with self._transaction() as connection:
            now = self._time(connection)
            mine = table.c.cause == alert.cause
            tries = connection.execute(sa.select(table.c.tries).where(mine)).scalar_one()
            wait = min(_FIRST_WAIT * 2 ** max(tries - 1, 0), QUIET)
            connection.execute(
                sa.update(table)
                .where(mine)
                .values(next_at=None if tries >= MOST_TRIES else now + wait)
            )


def _count(
    connection: sa.Connection,
    table: sa.Table,
    cause: str,
    failures: Sequence[Failure],
    now: datetime,
) -> None:
    """More failures of one cause; the newest is the last."""
    import sqlalchemy as sa

    insert_new(connection, table, {"cause": cause, "message": "", "waiting": 0, "tries": 0})
    mine = table.c.cause == cause
    row = connection.execute(sa.select(table).where(mine).with_for_update()).mappings().one()
    values: dict[str, Any] = {
        "waiting": row["waiting"] + len(failures),
        "message": json.dumps(failures[-1].message, ensure_ascii=False),
    }
    if row["waiting"] == 0:
        values["since"] = now
    if row["next_at"] is None:  # never told, or given up: from now on again
        values |= {"next_at": now, "tries": 0}
    connection.execute(sa.update(table).where(mine).values(**values))
