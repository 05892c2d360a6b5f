"""The sandbox's SQLite database: tables, upgrades of older files, reading and writing.

Belongs here: what several server processes on one file, and a crash of any of them, must not break.
What the rows mean stands where they are used.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ytempire_assets.sandbox.accounts import DEFAULT

_BUSY_S = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS channels (id TEXT PRIMARY KEY, title TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, resource TEXT NOT NULL, file_name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, received_bytes INTEGER NOT NULL DEFAULT 0,
    video_id TEXT UNIQUE, started_at TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS videos (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, resource TEXT NOT NULL,
    file_name TEXT NOT NULL, size_bytes INTEGER NOT NULL, duration_s REAL,
    uploaded_at TEXT NOT NULL, thumbnail TEXT) STRICT;
CREATE INDEX IF NOT EXISTS videos_by_file ON videos (file_name);
CREATE TABLE IF NOT EXISTS captions (
    id TEXT PRIMARY KEY, video_id TEXT NOT NULL REFERENCES videos (id), language TEXT NOT NULL,
    name TEXT NOT NULL, added_at TEXT NOT NULL, UNIQUE (video_id, language, name)) STRICT;
CREATE TABLE IF NOT EXISTS playlists (id TEXT PRIMARY KEY, channel_id TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS playlist_items (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    playlist_id TEXT NOT NULL REFERENCES playlists (id),
    video_id TEXT NOT NULL REFERENCES videos (id), added_at TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS items_by_playlist ON playlist_items (playlist_id, number);
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, channel_id TEXT NOT NULL, report_type TEXT NOT NULL, name TEXT NOT NULL,
    created_at TEXT NOT NULL, UNIQUE (channel_id, report_type)) STRICT;
CREATE TABLE IF NOT EXISTS quota (
    day TEXT NOT NULL, bucket TEXT NOT NULL, used INTEGER NOT NULL,
    PRIMARY KEY (day, bucket)) STRICT;
"""
# Columns that files of earlier versions lack.
_ADDED = (
    ("sessions", "channel_id", f"TEXT NOT NULL DEFAULT '{DEFAULT.id}'"),
    ("videos", "channel_id", f"TEXT NOT NULL DEFAULT '{DEFAULT.id}'"),
    ("videos", "published_at", "TEXT"),
    ("videos", "look", "TEXT"),
    ("videos", "hook", "TEXT"),
)
_AFTER = "CREATE INDEX IF NOT EXISTS videos_by_channel ON videos (channel_id, number)"


class Database:
    """One connection that writes and one that reads, each shared by all threads.

    Each is held for well under a millisecond: opening one per request would fold the write-ahead
    log into the database every time. Reading never waits for a writer.

    Args:
        path: The file; made or upgraded when needed.

    Raises:
        sqlite3.Error: The file is damaged or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._write_lock, self._read_lock = threading.Lock(), threading.Lock()
        self._writer = _connection(path)
        self._writer.execute("PRAGMA journal_mode=WAL")
        self._writer.execute("PRAGMA synchronous=NORMAL")
        self._upgrade()
        self._reader = _connection(path)

    def close(self) -> None:
        """Closes both connections."""
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._writer.close()

    def read(self, query: str, *values: Any) -> list[Any]:
        """The rows of a query, as of the last commit."""
        with self._read_lock:
            return self._reader.execute(query, values).fetchall()

    def change(self, statement: str, *values: Any) -> int:
        """Runs one statement, committed when it returns; returns how many rows it changed."""
        with self._write_lock:
            return self._writer.execute(statement, values).rowcount

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Several statements at once, alone among all processes."""
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
            except BaseException:
                self._writer.rollback()
                raise
            self._writer.commit()

    def setting(self, name: str) -> str | None:
        """A stored setting."""
        rows = self.read("SELECT value FROM settings WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def set_setting(self, name: str, value: str) -> None:
        """Stores a setting."""
        self.change(
            "INSERT INTO settings VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            *(name, value),
        )

    def _upgrade(self) -> None:
        """Makes missing tables and columns; servers that start together take turns."""
        with self.transaction() as database:
            for statement in filter(str.strip, _SCHEMA.split(";")):
                database.execute(statement)
            for table, column, kind in _ADDED:
                there = {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
                if column not in there:
                    database.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
            database.execute(_AFTER)
            database.execute(
                "INSERT OR IGNORE INTO channels VALUES (?, ?)", (DEFAULT.id, DEFAULT.title)
            )


def _connection(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
