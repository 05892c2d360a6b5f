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
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from ytempire_assets.errors import StorageError
from ytempire_assets.sandbox.accounts import DEFAULT, Account
from ytempire_assets.sandbox.audience import Look
from ytempire_assets.sandbox.clock import Clock
from ytempire_assets.sandbox.database import Database
from ytempire_assets.sandbox.mp4 import duration_s
from ytempire_assets.sandbox.playlists import Playlists
from ytempire_assets.sandbox.records import CaptionTrack, Session, StoredVideo

_SELECT_VIDEOS = (
    "SELECT number, videos.id, resource, file_name, size_bytes, duration_s, uploaded_at, thumbnail,"
    " channel_id, coalesce(channels.title, channel_id), published_at, look, coalesce(hook, '')"
    " FROM videos LEFT JOIN channels ON channels.id = channel_id "
)
_HOOK_WORDS = 12


class SandboxStore:
    """The state of a sandbox in a folder.

    Args:
        folder: Made when missing.

    Raises:
        StorageError: The folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            for name in ("incoming", "videos", "thumbnails", "captions"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            self.database = Database(folder / "sandbox.db")
            self.database.change(
                "INSERT OR IGNORE INTO settings VALUES ('key', ?)", secrets.token_hex(32)
            )
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                f"the sandbox folder {folder} cannot be used ({error})",
                "check the disk and the permissions, or set YTEMPIRE_HOME to another folder",
            ) from error
        self.key: bytes = (self.database.setting("key") or "").encode()
        self.clock = Clock(self.database)
        self.playlists = Playlists(self.database, self.clock)

    def close(self) -> None:
        """Closes the database."""
        self.database.close()

    # Channels

    def remember(self, account: Account) -> None:
        """Stores a channel's name, once."""
        if self.account(account.id) is None:
            self.database.change(
                "INSERT OR IGNORE INTO channels VALUES (?, ?)", account.id, account.title
            )

    def account(self, channel_id: str) -> Account | None:
        """A channel that has been here."""
        rows = self.database.read("SELECT id, title FROM channels WHERE id = ?", channel_id)
        return next((Account(*row) for row in rows), None)

    # Sessions

    def open_session(
        self,
        resource: dict[str, Any],
        file_name: str,
        size_bytes: int,
        channel_id: str = DEFAULT.id,
    ) -> Session:
        """Opens a session without bytes."""
        session = Session(
            secrets.token_urlsafe(32), resource, file_name, size_bytes, 0, None, channel_id
        )
        self._incoming(session.id).touch()
        self.database.change(
            "INSERT INTO sessions (id, resource, file_name, size_bytes, started_at, channel_id)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            *(session.id, json.dumps(resource), file_name, size_bytes, self.clock.stamp()),
            channel_id,
        )
        return session

    def session(self, session_id: str) -> Session | None:
        """A session as it is on disk."""
        rows = self.database.read(
            "SELECT id, resource, file_name, size_bytes, received_bytes, video_id,"
            " channel_id FROM sessions WHERE id = ?",
            session_id,
        )
        return next((Session(row[0], json.loads(row[1]), *row[2:]) for row in rows), None)

    def forget_session(self, session_id: str) -> None:
        """Forgets a session; a finished video stays."""
        self.database.change("DELETE FROM sessions WHERE id = ?", session_id)
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
        self.database.change(
            "UPDATE sessions SET received_bytes = ? WHERE id = ? AND video_id IS NULL",
            *(received_bytes, session.id),
        )

    def finish(self, session: Session) -> StoredVideo:
        """Makes the video of a session whose bytes are all there; the same one however often.

        Three steps, each of which may be the last before a crash: the id is reserved, the file is
        renamed, the video's row is written. The next question about the session goes on.
        """
        video_id = self._reserve(session)
        place, now = self.video_file(video_id), self.clock.stamp()
        with self.database.transaction() as database:
            if not place.exists():
                self._incoming(session.id).replace(place)
            database.execute(
                "INSERT OR IGNORE INTO videos"
                " (id, resource, file_name, size_bytes, duration_s, uploaded_at, channel_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    video_id,
                    json.dumps(session.resource),
                    session.file_name,
                    session.size_bytes,
                    duration_s(place),
                    now,
                    session.channel_id,
                ),
            )
        video = self.video(video_id)
        if video is None:
            raise StorageError(f"the sandbox lost video {video_id}", "upload it again")
        return video

    def _reserve(self, session: Session) -> str:
        """Gives the session its video's id, by content: the same uploads get the same ids."""
        with self.database.transaction() as database:
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
        found = {video.id: video for video in self._select(f"WHERE videos.id IN ({marks})", ids)}
        return [found[video_id] for video_id in dict.fromkeys(ids) if video_id in found]

    def page(
        self, limit: int, before: int | None = None, channel_id: str | None = None
    ) -> list[StoredVideo]:
        """Videos, newest first, from below number ``before`` on; of one channel when it is named.

        Args:
            limit: How many at most.
            before: Number below which they lie; None from the newest on.
            channel_id: Whose; None everybody's.
        """
        return self._select(
            "WHERE (? IS NULL OR number < ?) AND (? IS NULL OR channel_id = ?)"
            " ORDER BY number DESC LIMIT ?",
            [before, before, channel_id, channel_id, limit],
        )

    def count(self, channel_id: str | None = None) -> int:
        """How many videos there are, or a channel has."""
        ((count,),) = self.database.read(
            "SELECT count(*) FROM videos WHERE (? IS NULL OR channel_id = ?)",
            *(channel_id, channel_id),
        )
        return int(count)

    def change_resource(
        self, video: StoredVideo, resource: dict[str, Any], published_at: datetime | None
    ) -> StoredVideo:
        """Replaces what was said about a video and returns it as it is now.

        Args:
            video: Which.
            resource: Its new ``snippet`` and ``status``.
            published_at: When it became public, for one that is public by its status.
        """
        self.database.change(
            "UPDATE videos SET resource = ?, published_at = ? WHERE id = ?",
            *(json.dumps(resource), published_at.isoformat() if published_at else None, video.id),
        )
        return self.video(video.id) or video

    def video_file(self, video_id: str) -> Path:
        """Where a video's bytes are."""
        return self.folder / "videos" / f"{video_id}.mp4"

    def set_thumbnail(self, video_id: str, data: bytes, suffix: str, look: Look | None) -> None:
        """Stores a picture and makes it the video's thumbnail, with what it looks like."""
        name = f"{video_id}-{hashlib.sha256(data).hexdigest()[:12]}.{suffix}"
        _write_beside(self.thumbnail_file(name), data)
        self.database.change(
            "UPDATE videos SET thumbnail = ?, look = ? WHERE id = ?",
            *(name, json.dumps(asdict(look)) if look else None, video_id),
        )

    def thumbnail_file(self, name: str) -> Path:
        """Where a thumbnail is."""
        return self.folder / "thumbnails" / name

    # Captions

    def add_captions(self, video_id: str, language: str, name: str, text: bytes) -> str | None:
        """Stores a track and returns its id; None when one of that language and name is there."""
        track_id, now = secrets.token_urlsafe(18), self.clock.stamp()
        _write_beside(self._captions_file(track_id), text)
        with self.database.transaction() as database:
            added = database.execute(
                "INSERT OR IGNORE INTO captions VALUES (?, ?, ?, ?, ?)",
                (track_id, video_id, language, name, now),
            ).rowcount
            if added:
                database.execute(
                    "UPDATE videos SET hook = coalesce(hook, ?) WHERE id = ?",
                    (first_words(text), video_id),
                )
        if not added:
            self._captions_file(track_id).unlink(missing_ok=True)
        return track_id if added else None

    def replace_captions(self, track: CaptionTrack, text: bytes) -> None:
        """Puts another text in a track's place."""
        _write_beside(self._captions_file(track.id), text)
        self.database.change(
            "UPDATE videos SET hook = ? WHERE id = ?", first_words(text), track.video_id
        )

    def captions(self, video_id: str) -> list[CaptionTrack]:
        """The video's tracks."""
        return self._tracks("video_id = ? ORDER BY language, name", video_id)

    def caption_track(self, track_id: str) -> CaptionTrack | None:
        """One track."""
        return next(iter(self._tracks("id = ?", track_id)), None)

    def captions_text(self, track: CaptionTrack) -> str:
        """A track's SubRip text."""
        return self._captions_file(track.id).read_text(encoding="utf-8", errors="replace")

    def _captions_file(self, track_id: str) -> Path:
        return self.folder / "captions" / f"{track_id}.srt"

    def _incoming(self, session_id: str) -> Path:
        return self.folder / "incoming" / session_id

    def _tracks(self, which: str, value: str) -> list[CaptionTrack]:
        query = "SELECT id, video_id, language, name, added_at FROM captions WHERE "
        return [CaptionTrack(*row) for row in self.database.read(query + which, value)]

    def _select(self, rest: str, values: list[Any]) -> list[StoredVideo]:
        return [_video(row) for row in self.database.read(_SELECT_VIDEOS + rest, *values)]


def first_words(srt: bytes) -> str:
    """The first words of the first cue of a SubRip text; empty when it has none."""
    lines = iter(srt.decode("utf-8", "replace").splitlines())
    for line in lines:
        if "-->" in line:
            cue = []
            for text in lines:
                if not text.strip():
                    break
                cue.append(text)
            return " ".join(" ".join(cue).split()[:_HOOK_WORDS])
    return ""


def _video(row: tuple[Any, ...]) -> StoredVideo:
    return StoredVideo(
        number=row[0],
        id=row[1],
        resource=json.loads(row[2]),
        file_name=row[3],
        size_bytes=row[4],
        duration_s=row[5],
        uploaded_at=datetime.fromisoformat(row[6]),
        thumbnail=row[7],
        channel_id=row[8],
        channel_title=row[9],
        published_at=datetime.fromisoformat(row[10]) if row[10] else None,
        look=Look(**json.loads(row[11])) if row[11] else None,
        hook=row[12],
    )


def _write_beside(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
