"""The ledger's database: opening it, bringing it up to date, transactions, and the time.

Belongs here: what every part of the ledger shares. SQLite in WAL mode by default; any SQLAlchemy
address works. Nothing is opened before it is used.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ytempire_assets.errors import StorageError, TransientError
from ytempire_assets.resources.atomic import explained

if TYPE_CHECKING:
    import sqlalchemy as sa

_BUSY_S = 30
_BACK_S = (0.2, 0.5, 1, 2, 4, 8, 15)
"""Waits for a server that restarts, seconds: half a minute in all."""


class LedgerGoneError(TransientError):
    """The ledger's server went away in the middle; nothing of that transaction is there."""


class Database:
    """A relational database with the ledger's tables.

    Args:
        url: SQLAlchemy address, for example ``sqlite:////data/ledger.db``.
        clock: The time, UTC; the database server's own without it, so that several machines agree.
    """

    def __init__(self, url: str, clock: Callable[[], datetime] | None = None) -> None:
        self.url = url
        self._clock = clock
        self._lock = threading.Lock()
        self._engine: sa.Engine | None = None

    @property
    def name(self) -> str:
        """The address for people, without its password."""
        import sqlalchemy as sa

        return sa.make_url(self.url).render_as_string(hide_password=True)

    def now(self) -> datetime:
        """The ledger's time, UTC."""
        if self._clock is not None:
            return self._clock()
        with self._transaction() as connection:
            return self._time(connection)

    def check_whole(self) -> None:
        """Holds the database against the tables that this version knows.

        Raises:
            StorageError: A table or a column is missing: a migration was broken off, or undone.
        """
        import sqlalchemy as sa

        from ytempire_assets.resources.ledger.schema import metadata

        with self._transaction() as connection:
            inspector = sa.inspect(connection)
            there = set(inspector.get_table_names())
            missing = [name for name in metadata.tables if name not in there]
            for name in [name for name in metadata.tables if name in there]:
                columns = {column["name"] for column in inspector.get_columns(name)}
                wanted = [column.name for column in metadata.tables[name].columns]
                missing += [f"{name}.{column}" for column in wanted if column not in columns]
        if missing:
            raise StorageError(
                f"the ledger {self.name} is half-migrated: {', '.join(missing[:5])} "
                f"{'is' if len(missing) == 1 else 'are'} missing",
                "put back the backup from before the upgrade, then start this version once",
            )

    def close(self) -> None:
        """Closes the connections; the next use opens new ones."""
        with self._lock:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def _time(self, connection: sa.Connection) -> datetime:
        if self._clock is not None:
            return self._clock()
        if connection.dialect.name == "postgresql":
            import sqlalchemy as sa

            found: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
            return found.astimezone(UTC)
        return datetime.now(UTC)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        import sqlalchemy as sa

        with contextlib.ExitStack() as stack:
            connection = self._connected(stack)
            try:
                yield connection
                stack.close()  # commits; what goes wrong then is the ledger's too
            except sa.exc.IntegrityError:
                raise
            except sa.exc.DBAPIError as error:
                raise _explained(self.name, error) from error

    def _connected(self, stack: contextlib.ExitStack) -> sa.Connection:
        """A transaction that ``stack`` ends.

        A server that was there before is waited for while it restarts; one that never answered is
        told at once.
        """
        import sqlalchemy as sa

        engine, waits = self._ready_engine(), list(_BACK_S)
        while True:
            try:
                return stack.enter_context(engine.begin())
            except sa.exc.DBAPIError as error:
                named = _explained(self.name, error)
                if not waits or not isinstance(named, LedgerGoneError):
                    raise named from error
                time.sleep(waits.pop(0))

    def _ready_engine(self) -> sa.Engine:
        with self._lock:
            if self._engine is None:
                self._engine = _open(self.url)
            return self._engine


def insert_new(connection: sa.Connection, table: sa.Table, values: Mapping[str, Any]) -> int:
    """Inserts a row unless its key is there already; how many rows were inserted."""
    insert: Any
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    done = connection.execute(insert(table).values(**values).on_conflict_do_nothing())
    return int(done.rowcount)


def _open(url: str) -> sa.Engine:
    """Opens the database and brings its schema up to date."""
    import sqlalchemy as sa

    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        # Its own error may quote a part of the password that looks like a port.
        raise StorageError(
            "the ledger's address is not one of SQLAlchemy",
            "set YTEMPIRE_LEDGER to one like postgresql+psycopg2://user:password@host/database",
        ) from None
    if address.get_backend_name() == "sqlite" and address.database:
        path = Path(address.database)
        with explained(path):
            path.parent.mkdir(parents=True, exist_ok=True)
    is_file = address.get_backend_name() == "sqlite"
    try:
        engine = sa.create_engine(
            url,
            connect_args={"timeout": _BUSY_S} if is_file else {},
            pool_pre_ping=not is_file,  # a server may have restarted since the last use
        )
    except (sa.exc.ArgumentError, ImportError) as error:
        raise StorageError(
            f"there is no driver for the ledger {address.render_as_string(hide_password=True)} "
            f"({error})",
            "write postgresql+psycopg2://... for Postgres, or install the driver that it names",
        ) from error
    if engine.dialect.name == "sqlite":
        _make_sqlite_safe(engine)
    try:
        _migrate(engine)
    except sa.exc.DBAPIError as error:
        raise _explained(address.render_as_string(hide_password=True), error) from error
    return engine


_GONE = (
    "connection refused",
    "no such file or directory",
    "starting up",
    "shutting down",
    "terminating connection",
    "server closed the connection",
    "connection reset",
    "could not connect",
    "recovery mode",
)
"""How Postgres and its client say that the server is away or on its way back."""


def _explained(name: str, error: sa.exc.DBAPIError) -> StorageError | TransientError:
    said = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
    lowered = said.lower()
    if "locked" in lowered or "busy" in lowered:
        return TransientError(
            f"the ledger {name} was locked for {_BUSY_S} s ({said})",
            "see what else uses it, then run again: nothing was changed",
        )
    if error.connection_invalidated or any(words in lowered for words in _GONE):
        return LedgerGoneError(
            f"the ledger {name} cannot be used: its server is away ({said})",
            "see that its server runs, then run again: what was not noted is done again safely",
        )
    if "not a database" in lowered or "malformed" in lowered:
        return StorageError(
            f"the ledger {name} is damaged ({said})",
            "put a backup of it in its place; what is on the platform is found again there",
        )
    return StorageError(
        f"the ledger {name} cannot be used ({said})",
        "check that it is reachable, the disk and the permissions, then run again",
    )


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
    with engine.begin() as connection:  # two starting processes take turns
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7905471361)")
        context = MigrationContext.configure(connection, opts={"version_table": "ledger_version"})
        scripts = ScriptDirectory.from_config(config)
        current = context.get_current_revision()
        if current == scripts.get_current_head():
            return
        if current is not None and current not in {
            step.revision for step in scripts.walk_revisions()
        }:
            raise StorageError(
                f"the ledger {engine.url.render_as_string(hide_password=True)} was written by a "
                f"newer version (revision {current})",
                "install the newest ytempire-assets, or use the ledger of this version",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
