"""What the sandbox keeps, as values: sessions, videos, caption tracks, playlist items.

Belongs here: the rows as Python sees them. Reading and writing them is ``store.py``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ytempire_assets.sandbox.accounts import DEFAULT
from ytempire_assets.sandbox.audience import Look


@dataclass(frozen=True, slots=True)
class Session:
    """An upload session. ``video_id`` is set once all bytes arrived."""

    id: str
    resource: dict[str, Any]
    file_name: str
    size_bytes: int
    received_bytes: int
    video_id: str | None
    channel_id: str = DEFAULT.id


@dataclass(frozen=True, slots=True)
class StoredVideo:
    """An uploaded video.

    Attributes:
        number: Grows with every upload; newest is highest.
        id: Its id on the sandbox.
        resource: ``snippet`` and ``status`` as they were sent last.
        file_name: Name of the file as the uploader called it.
        size_bytes: Size of the file.
        duration_s: Seconds, None when the file does not say.
        uploaded_at: When the last byte arrived, UTC.
        thumbnail: Name of its file, None before one is set.
        channel_id: Whose it is.
        channel_title: That channel's name.
        published_at: When an update made it public, UTC; None when none did.
        look: What the thumbnail looks like; None without one that can be read.
        hook: The first words that are spoken, from the captions; empty without.
    """

    number: int
    id: str
    resource: dict[str, Any]
    file_name: str
    size_bytes: int
    duration_s: float | None
    uploaded_at: datetime
    thumbnail: str | None
    channel_id: str
    channel_title: str
    published_at: datetime | None
    look: Look | None
    hook: str

    @property
    def public_at(self) -> datetime | None:
        """When everyone may watch it; None while it stays private."""
        status = self.resource["status"]
        if status["privacyStatus"] == "public":
            return self.published_at or self.uploaded_at
        if "publishAt" in status:
            return datetime.fromisoformat(status["publishAt"]).astimezone(UTC)
        return None

    def privacy_at(self, now: datetime) -> str:
        """``private``, ``unlisted`` or ``public`` at an instant."""
        if self.public_at is not None and self.public_at <= now:
            return "public"
        return str(self.resource["status"]["privacyStatus"])


@dataclass(frozen=True, slots=True)
class CaptionTrack:
    """A caption track; its text lies in a file."""

    id: str
    video_id: str
    language: str
    name: str
    added_at: str


@dataclass(frozen=True, slots=True)
class PlaylistItem:
    """A video's place in a playlist; ``number`` grows with every insertion."""

    number: int
    id: str
    playlist_id: str
    video_id: str
    added_at: datetime
