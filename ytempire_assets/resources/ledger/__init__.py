"""The ledger: what must change in place and must not be lost.

Belongs here: publications and approvals, each change one transaction. SQLite in WAL mode by
default; any SQLAlchemy address works. The schema is brought up to date at first use.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ytempire_assets.errors import InvalidInputError, StorageError, TransientError
from ytempire_assets.publishing.publication import Publication, PublicationPlan, State
from ytempire_assets.resources.atomic import explained

if TYPE_CHECKING:
    import sqlalchemy as sa

_BUSY_S = 30


class Ledger:
    """Publications in a relational database.

    Args:
        url: SQLAlchemy address, for example ``sqlite:////data/ledger.db``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._engine: sa.Engine | None = None

    def open_publication(self, plan: PublicationPlan) -> Publication:
        """See ``PublicationStore.open_publication``."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        now = datetime.now(UTC)
        with self._transaction() as connection:
            key = (table.c.video_id == plan.video_id) & (table.c.platform == plan.platform)
            row = connection.execute(sa.select(table).where(key)).mappings().first()
            if row is None:
                state: State = "awaiting_approval" if plan.needs_approval else "planned"
                connection.execute(
                    sa.insert(table).values(
                        **_plan_values(plan), state=state, version=1, created_at=now, updated_at=now
                    )
                )
            elif row["state"] in ("awaiting_approval", "planned"):
                approved = row["approved_at"] is not None and row["content"] == plan.content
                waiting = plan.needs_approval and not approved
                connection.execute(
                    sa.update(table)
                    .where(key)
                    .values(
                        **_plan_values(plan),
                        state="awaiting_approval" if waiting else "planned",
                        approved_at=row["approved_at"] if approved else None,
                        version=row["version"] + 1,
                        updated_at=now,
                    )
                )
            else:
                return _publication(row)
            return _publication(connection.execute(sa.select(table).where(key)).mappings().one())

    def advance(
        self,
        publication: Publication,
        state: State,
        *,
        session_url: str | None = None,
        remote_id: str | None = None,
        address: str | None = None,
    ) -> Publication:
        """See ``PublicationStore.advance``."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        plan = publication.plan
        changes: dict[str, Any] = {
            name: value
            for name, value in (
                ("session_url", session_url),
                ("remote_id", remote_id),
                ("address", address),
            )
            if value is not None
        }
        key = (table.c.video_id == plan.video_id) & (table.c.platform == plan.platform)
        with self._transaction() as connection:
            done = connection.execute(
                sa.update(table)
                .where(key & (table.c.version == publication.version))
                .values(
                    **changes,
                    state=state,
                    version=publication.version + 1,
                    updated_at=datetime.now(UTC),
                )
            )
            if done.rowcount != 1:
                raise TransientError(
                    f"{plan.video_id} on {plan.platform} was changed by another run meanwhile",
                    "wait for that run to end, then run again",
                )
            return _publication(connection.execute(sa.select(table).where(key)).mappings().one())

    def approve(self, video_id: str) -> int:
        """Says yes to a waiting video; returns how many publications that frees.

        Raises:
            InvalidInputError: The video does not wait for approval.
        """
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        now = datetime.now(UTC)
        with self._transaction() as connection:
            freed = connection.execute(
                sa.update(table)
                .where((table.c.video_id == video_id) & (table.c.state == "awaiting_approval"))
                .values(
                    state="planned", approved_at=now, updated_at=now, version=table.c.version + 1
                )
            ).rowcount
        if not freed:
            raise InvalidInputError(
                f"'{video_id}' does not wait for approval",
                "look at the state column of its row in uploads",
            )
        return int(freed)

    def publications(
        self, channel: str | None = None, day: date | None = None, video_id: str | None = None
    ) -> list[Publication]:
        """Publications, oldest day first, optionally of one channel, day or video."""
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import publications as table

        query = sa.select(table).order_by(table.c.day, table.c.video_id, table.c.platform)
        if channel is not None:
            query = query.where(table.c.channel == channel)
        if day is not None:
            query = query.where(table.c.day == day)
        if video_id is not None:
            query = query.where(table.c.video_id == video_id)
        with self._transaction() as connection:
            return [_publication(row) for row in connection.execute(query).mappings()]

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        import sqlalchemy as sa

        engine = self._ready_engine()
        try:
            with engine.begin() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            raise StorageError(
                f"the ledger {self.url} cannot be used ({error.orig})",
                "check the disk and that nothing else holds it locked, then run again",
            ) from error

    def _ready_engine(self) -> sa.Engine:
        with self._lock:
            if self._engine is None:
                self._engine = _open(self.url)
            return self._engine


def _open(url: str) -> sa.Engine:
    """Opens the database and brings its schema up to date."""
    import sqlalchemy as sa

    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite" and address.database:
        path = Path(address.database)
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url, connect_args={"timeout": _BUSY_S} if address.get_backend_name() == "sqlite" else {}
    )
    if engine.dialect.name == "sqlite":
        _make_sqlite_safe(engine)
    try:
        _migrate(engine)
    except sa.exc.DBAPIError as error:
        raise StorageError(
            f"the ledger {address.render_as_string()} cannot be opened ({error.orig})",
            "check the disk, the permissions and that the file is a YTEMPIRE ledger",
        ) from error
    return engine


def _make_sqlite_safe(engine: sa.Engine) -> None:
    """WAL for readers beside the writer, and write transactions that queue instead of failing."""
    import sqlalchemy as sa

    @sa.event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # SQLAlchemy's begin, below, opens transactions
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @sa.event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(engine: sa.Engine) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option(
        "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
    )
    with engine.begin() as connection:  # BEGIN IMMEDIATE: two starting processes take turns
        context = MigrationContext.configure(connection, opts={"version_table": "ledger_version"})
        if context.get_current_revision() == ScriptDirectory.from_config(config).get_current_head():
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _plan_values(plan: PublicationPlan) -> dict[str, Any]:
    return {
        "video_id": plan.video_id,
        "platform": plan.platform,
        "channel": plan.channel,
        "topic_id": plan.topic_id,
        "day": plan.day,
        "content": plan.content,
        "size_bytes": plan.size_bytes,
        "publish_at": plan.publish_at,
        "needs_approval": plan.needs_approval,
    }


def _publication(row: Any) -> Publication:
    publish_at: datetime = row["publish_at"]
    return Publication(
        plan=PublicationPlan(
            video_id=row["video_id"],
            platform=row["platform"],
            channel=row["channel"],
            topic_id=row["topic_id"],
            day=row["day"],
            content=row["content"],
            size_bytes=row["size_bytes"],
            # SQLite forgets the zone; everything is stored in UTC.
            publish_at=publish_at if publish_at.tzinfo else publish_at.replace(tzinfo=UTC),
            needs_approval=row["needs_approval"],
        ),
        state=row["state"],
        version=row["version"],
        session_url=row["session_url"],
        remote_id=row["remote_id"],
        address=row["address"],
    )
