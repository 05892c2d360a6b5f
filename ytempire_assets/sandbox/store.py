"""What the sandbox keeps: sessions, videos and captions in SQLite, files beside it.

Belongs here: reading and writing that state so that several server processes on one folder, and a
crash of any of them, leave it whole. A file is written beside its place and renamed before the row
that speaks of it is committed.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from ytempire_assets.errors import StorageError
from ytempire_assets.sandbox.mp4 import duration_s

_BUSY_S = 30.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
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
"""


_SELECT_VIDEOS = (
    "SELECT number, id, resource, file_name, size_bytes, duration_s, uploaded_at, thumbnail"
    " FROM videos "
)


@dataclass(frozen=True, slots=True)
class Session:
    """An upload session. ``video_id`` is set once all bytes arrived."""

    id: str
    resource: dict[str, Any]
    file_name: str
    size_bytes: int
    received_bytes: int
    video_id: str | None


@dataclass(frozen=True, slots=True)
class StoredVideo:
    """An uploaded video.

    Attributes:
        number: Grows with every upload; newest is highest.
        id: Its id on the sandbox.
        resource: ``snippet`` and ``status`` as they were sent.
        file_name: Name of the file as the uploader called it.
        size_bytes: Size of the file.
        duration_s: Seconds, None when the file does not say.
        uploaded_at: When the last byte arrived, UTC.
        thumbnail: Name of its file, None before one is set.
    """

    number: int
    id: str
    resource: dict[str, Any]
    file_name: str
    size_bytes: int
    duration_s: float | None
    uploaded_at: datetime
    thumbnail: str | None

    @property
    def public_at(self) -> datetime | None:
        """When everyone may watch it; None while it stays private."""
        status = self.resource["status"]
        if status["privacyStatus"] == "public":
            return self.uploaded_at
        if "publishAt" in status:
            return datetime.fromisoformat(status["publishAt"]).astimezone(UTC)
        return None


@dataclass(frozen=True, slots=True)
class CaptionTrack:
    """A caption track; its text lies in a file."""

    id: str
    video_id: str
    language: str
    name: str
    added_at: str


class SandboxStore:
    """The state of a sandbox in a folder.

    Args:
        folder: Made when missing.

    Raises:
        StorageError: The folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        try:
            for name in ("incoming", "videos", "thumbnails", "captions"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            # One connection for all threads, each holding it for well under a millisecond: opening
            # one per request would fold the write-ahead log into the database every time.
            self._database = sqlite3.connect(
                folder / "sandbox.db",
                timeout=_BUSY_S,
                isolation_level=None,
                check_same_thread=False,
            )
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.executescript(_SCHEMA)
            self._change("INSERT OR IGNORE INTO settings VALUES ('key', ?)", secrets.token_hex(32))
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                f"the sandbox folder {folder} cannot be used ({error})",
                "check the disk and the permissions, or set YTEMPIRE_HOME to another folder",
            ) from error
        self.key: bytes = self._read("SELECT value FROM settings WHERE name = 'key'")[0][0].encode()

    def close(self) -> None:
        """Closes the database."""
        with self._lock:
            self._database.close()

    # Sessions

    def open_session(self, resource: dict[str, Any], file_name: str, size_bytes: int) -> Session:
        """Opens a session without bytes."""
        session = Session(secrets.token_urlsafe(32), resource, file_name, size_bytes, 0, None)
        self._incoming(session.id).touch()
        self._change(
            "INSERT INTO sessions (id, resource, file_name, size_bytes, started_at)"
            " VALUES (?, ?, ?, ?, ?)",
            *(session.id, json.dumps(resource), file_name, size_bytes, _now()),
        )
        return session

    def session(self, session_id: str) -> Session | None:
        """A session as it is on disk."""
        rows = self._read(
            "SELECT id, resource, file_name, size_bytes, received_bytes, video_id"
            " FROM sessions WHERE id = ?",
            session_id,
        )
        return next((Session(row[0], json.loads(row[1]), *row[2:]) for row in rows), None)

    def forget_session(self, session_id: str) -> None:
        """Forgets a session; a finished video stays."""
        self._change("DELETE FROM sessions WHERE id = ?", session_id)
        self._incoming(session_id).unlink(missing_ok=True)

    @contextlib.contextmanager
    def writing(self, session: Session) -> Iterator[BinaryIO | None]:
        """The session's file for the one writer it may have.

        None while another one writes, or after the file became a video. The operating system frees
        the lock when the process dies.
        """
        try:
            file = self._incoming(session.id).open("r+b", buffering=0)
        except FileNotFoundError:
            yield None
            return
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            yield file

    def note_received(self, session: Session, received_bytes: int) -> None:
        """Stores how many bytes are there; bytes beyond that are overwritten later."""
        self._change(
            "UPDATE sessions SET received_bytes = ? WHERE id = ? AND video_id IS NULL",
            *(received_bytes, session.id),
        )

    def finish(self, session: Session) -> StoredVideo:
        """Makes the video of a session whose bytes are all there; the same one however often.

        Three steps, each of which may be the last before a crash: the id is reserved, the file is
        renamed, the video's row is written. The next question about the session goes on.
        """
        video_id = self._reserve(session)
        place = self.video_file(video_id)
        with self._transaction() as database:
            if not place.exists():
                self._incoming(session.id).replace(place)
            database.execute(
                "INSERT OR IGNORE INTO videos"
                " (id, resource, file_name, size_bytes, duration_s, uploaded_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    video_id,
                    json.dumps(session.resource),
                    session.file_name,
                    session.size_bytes,
                    duration_s(place),
                    _now(),
                ),
            )
        video = self.video(video_id)
        if video is None:
            raise StorageError(f"the sandbox lost video {video_id}", "upload it again")
        return video

    def _reserve(self, session: Session) -> str:
        """Gives the session its video's id, by content: the same uploads get the same ids."""
        with self._transaction() as database:
            row = database.execute(
                "SELECT video_id FROM sessions WHERE id = ?", (session.id,)
            ).fetchone()
            if row and row[0]:
                return str(row[0])
            for copy in range(1_000_000):
                seed = f"{session.file_name}|{session.size_bytes}|{copy}"
                digest = hashlib.sha256(seed.encode()).digest()
                video_id = base64.urlsafe_b64encode(digest)[:11].decode()
                taken = database.execute(
                    "SELECT 1 FROM sessions WHERE video_id = :id"
                    " UNION ALL SELECT 1 FROM videos WHERE id = :id",
                    {"id": video_id},
                ).fetchone()
                if taken is None:
                    break
            database.execute(
                "UPDATE sessions SET video_id = ?, received_bytes = size_bytes WHERE id = ?",
                (video_id, session.id),
            )
        return video_id

    # Videos

    def video(self, video_id: str) -> StoredVideo | None:
        """One video."""
        return next(iter(self.videos([video_id])), None)

    def videos(self, ids: list[str]) -> list[StoredVideo]:
        """The videos of these ids that there are, in the order of ``ids``."""
        marks = ",".join("?" * len(ids))
        found = {video.id: video for video in self._select(f"WHERE id IN ({marks})", ids)}
        return [found[video_id] for video_id in dict.fromkeys(ids) if video_id in found]

    def page(self, limit: int, before: int | None = None) -> list[StoredVideo]:
        """Videos, newest first, from below number ``before`` on."""
        if before is None:
            return self._select("ORDER BY number DESC LIMIT ?", [limit])
        return self._select("WHERE number < ? ORDER BY number DESC LIMIT ?", [before, limit])

    def count(self) -> int:
        """How many videos there are."""
        return int(self._read("SELECT count(*) FROM videos")[0][0])

    def video_file(self, video_id: str) -> Path:
        """Where a video's bytes are."""
        return self.folder / "videos" / f"{video_id}.mp4"

    def set_thumbnail(self, video_id: str, data: bytes, suffix: str) -> None:
        """Stores a picture and makes it the video's thumbnail."""
        name = f"{video_id}-{hashlib.sha256(data).hexdigest()[:12]}.{suffix}"
        _write_beside(self.thumbnail_file(name), data)
        self._change("UPDATE videos SET thumbnail = ? WHERE id = ?", name, video_id)

    def thumbnail_file(self, name: str) -> Path:
        """Where a thumbnail is."""
        return self.folder / "thumbnails" / name

    # Captions

    def add_captions(self, video_id: str, language: str, name: str, text: bytes) -> str | None:
        """Stores a track and returns its id; None when one of that language and name is there."""
        track_id = secrets.token_urlsafe(18)
        _write_beside(self._captions_file(track_id), text)
        added = self._change(
            "INSERT OR IGNORE INTO captions VALUES (?, ?, ?, ?, ?)",
            *(track_id, video_id, language, name, _now()),
        )
        if not added:
            self._captions_file(track_id).unlink(missing_ok=True)
        return track_id if added else None

    def captions(self, video_id: str) -> list[CaptionTrack]:
        """The video's tracks."""
        rows = self._read(
            "SELECT id, video_id, language, name, added_at FROM captions"
            " WHERE video_id = ? ORDER BY language, name",
            video_id,
        )
        return [CaptionTrack(*row) for row in rows]

    def captions_text(self, track: CaptionTrack) -> str:
        """A track's SubRip text."""
        return self._captions_file(track.id).read_text(encoding="utf-8", errors="replace")

    def _captions_file(self, track_id: str) -> Path:
        return self.folder / "captions" / f"{track_id}.srt"

    def _incoming(self, session_id: str) -> Path:
        return self.folder / "incoming" / session_id

    def _select(self, rest: str, values: list[Any]) -> list[StoredVideo]:
        rows = self._read(_SELECT_VIDEOS + rest, *values)
        return [
            StoredVideo(
                row[0],
                row[1],
                json.loads(row[2]),
                row[3],
                row[4],
                row[5],
                datetime.fromisoformat(row[6]),
                row[7],
            )
            for row in rows
        ]

    def _read(self, query: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._database.execute(query, values).fetchall()

    def _change(self, statement: str, *values: Any) -> int:
        """Runs one statement, committed when it returns; returns how many rows it changed."""
        with self._lock:
            return self._database.execute(statement, values).rowcount

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Several statements at once, alone among all processes."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.rollback()
                raise
            self._database.commit()


def _write_beside(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
