"""What discovery must not forget: validators of polled addresses, and sudden topics asked for.

Belongs here: both tables. Whom to ask and what is sudden is decided in ``discovery`` and
``automation``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ytempire_assets.discovery.sources.source import Validators
from ytempire_assets.resources.ledger.database import Database, insert_new
from ytempire_assets.resources.ledger.rows import in_utc

if TYPE_CHECKING:
    import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Breaking:
    """A topic that a channel was asked to make at once; asked once, ever."""

    channel: str
    topic_id: str
    day: date
    reason: str
    asked_at: datetime


class Discovery(Database):
    """Validators and breaking topics in the ledger."""

    def validators(self) -> Mapping[str, Validators]:
        """What addresses gave to ask them by, by address: only where the answer is stored.

        Addresses are stored as hashes, because the query of one may hold a token; so they can be
        looked up, but not listed.
        """
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import source_validators as table

        with self._transaction() as connection:
            rows = connection.execute(sa.select(table).where(table.c.confirmed)).mappings().all()
        return _ByAddress(
            {row["address"]: Validators(row["etag"], row["last_modified"]) for row in rows}
        )

    def keep_validators(self, validators: Mapping[str, Validators], polled_at: datetime) -> None:
        """Notes what addresses gave, in place of what they gave before.

        It is used only after ``confirm_validators``: a run that dies before it has stored what a
        source said must not be told the next time that there is nothing new.
        """
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import source_validators as table

        with self._transaction() as connection:
            now = self._time(connection)
            for address, kept in sorted(validators.items()):
                mine = table.c.address == _digest(address)
                old = connection.execute(sa.select(table).where(mine)).mappings().first()
                given = {"etag": kept.etag, "last_modified": kept.last_modified}
                same = old is not None and all(old[name] == value for name, value in given.items())
                if same and old is not None and old["confirmed"]:
                    continue
                values = {**given, "polled_at": polled_at, "confirmed": False, "updated_at": now}
                if old is None:
                    values["address"] = _digest(address)
                    connection.execute(sa.insert(table).values(**values))
                else:
                    connection.execute(sa.update(table).where(mine).values(**values))

    def confirm_validators(self, polled_at: Collection[datetime]) -> None:
        """Says that what these polls gave is stored."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import source_validators as table

        if not polled_at:
            return
        with self._transaction() as connection:
            connection.execute(
                sa.update(table).where(table.c.polled_at.in_(polled_at)).values(confirmed=True)
            )

    def ask_breaking(self, day: date, asked: Iterable[tuple[str, str, str]]) -> None:
        """Notes what channels are to make at once; what was asked before stays as it is.

        Args:
            day: Of the scoring.
            asked: Channel, topic and reason.
        """
        from ytempire_assets.resources.ledger.schema import breaking_topics as table

        with self._transaction() as connection:
            now = self._time(connection)
            for channel, topic_id, reason in asked:
                values = {
                    "channel": channel,
                    "topic_id": topic_id,
                    "day": day,
                    "reason": reason[:500],
                    "asked_at": now,
                }
                insert_new(connection, table, values)

    def breaking_asked(self, topic_ids: Collection[str]) -> set[tuple[str, str]]:
        """Channel and topic of all that was ever asked for about these topics."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import breaking_topics as table

        query = sa.select(table.c.channel, table.c.topic_id)
        with self._transaction() as connection:
            rows = connection.execute(query.where(table.c.topic_id.in_(sorted(topic_ids))))
            return {(channel, topic_id) for channel, topic_id in rows}

    def breaking_without_run(self, since: date) -> list[Breaking]:
        """Topics asked for on days from ``since`` on whose run was not seen yet, oldest first."""
        from ytempire_assets.resources.ledger.schema import breaking_topics as table

        return self._breaking((table.c.day >= since) & table.c.run_seen_at.is_(None))

    def breaking_run_seen(self, asked: Iterable[Breaking]) -> None:
        """Says that the runs of these exist: nothing more has to be asked for."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import breaking_topics as table

        with self._transaction() as connection:
            now = self._time(connection)
            for one in asked:
                mine = (table.c.channel == one.channel) & (table.c.topic_id == one.topic_id)
                connection.execute(sa.update(table).where(mine).values(run_seen_at=now))

    def breaking(self, since: date, channel: str | None = None) -> list[Breaking]:
        """Topics asked for on days from ``since`` on, oldest first."""
        from ytempire_assets.resources.ledger.schema import breaking_topics as table

        where = table.c.day >= since
        return self._breaking(where if channel is None else where & (table.c.channel == channel))

    def _breaking(self, where: sa.ColumnElement[bool]) -> list[Breaking]:
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import breaking_topics as table

        query = sa.select(table).where(where)
        order = (table.c.asked_at, table.c.channel, table.c.topic_id)
        with self._transaction() as connection:
            rows = connection.execute(query.order_by(*order)).mappings().all()
        return [_breaking(row) for row in rows]


class _ByAddress(Mapping[str, Validators]):
    def __init__(self, by_digest: Mapping[str, Validators]) -> None:
        self._by_digest = by_digest

    def __getitem__(self, address: str) -> Validators:
        return self._by_digest[_digest(address)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_digest)

    def __len__(self) -> int:
        return len(self._by_digest)


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def _breaking(row: sa.RowMapping | Mapping[str, Any]) -> Breaking:
    return Breaking(
        row["channel"], row["topic_id"], row["day"], row["reason"], in_utc(row["asked_at"])
    )
