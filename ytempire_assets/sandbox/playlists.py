"""Playlists: which videos stand in them, in the order in which they came.

Belongs here: reading and writing the rows. A playlist comes into being with its first item.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from ytempire_assets.sandbox.clock import Clock
from ytempire_assets.sandbox.database import Database
from ytempire_assets.sandbox.records import PlaylistItem

_SELECT = "SELECT number, id, playlist_id, video_id, added_at FROM playlist_items "


class Playlists:
    """The playlists of all channels.

    Args:
        database: Where they are kept.
        clock: Says when an item was added.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def owner(self, playlist_id: str) -> str | None:
        """The channel id of the playlist's owner; None when there is no such playlist."""
        rows = self._database.read("SELECT channel_id FROM playlists WHERE id = ?", playlist_id)
        return str(rows[0][0]) if rows else None

    def add(self, playlist_id: str, channel_id: str, video_id: str) -> PlaylistItem | None:
        """Puts a video at the end of a playlist; None when the playlist is another channel's."""
        added_at, item_id = self._clock.stamp(), f"PLI{secrets.token_urlsafe(24)}"
        with self._database.transaction() as database:
            database.execute(
                "INSERT OR IGNORE INTO playlists VALUES (?, ?)", (playlist_id, channel_id)
            )
            ((owner,),) = database.execute(
                "SELECT channel_id FROM playlists WHERE id = ?", (playlist_id,)
            ).fetchall()
            if owner != channel_id:
                return None
            database.execute(
                "INSERT INTO playlist_items (id, playlist_id, video_id, added_at)"
                " VALUES (?, ?, ?, ?)",
                (item_id, playlist_id, video_id, added_at),
            )
        return self.item(item_id)

    def item(self, item_id: str) -> PlaylistItem | None:
        """One item."""
        return next(iter(self._items(_SELECT + "WHERE id = ?", item_id)), None)

    def items(
        self, playlist_id: str, limit: int, after: int = 0, video_id: str = ""
    ) -> list[PlaylistItem]:
        """Items in their order, from above number ``after`` on; of one video when it is named."""
        return self._items(
            _SELECT + "WHERE playlist_id = ? AND number > ? AND (? = '' OR video_id = ?)"
            " ORDER BY number LIMIT ?",
            *(playlist_id, after, video_id, video_id, limit),
        )

    def count(self, playlist_id: str, video_id: str = "", up_to: int | None = None) -> int:
        """How many items there are: of one video, or up to a number, when that is said."""
        ((count,),) = self._database.read(
            "SELECT count(*) FROM playlist_items WHERE playlist_id = ?"
            " AND (? = '' OR video_id = ?) AND (? IS NULL OR number <= ?)",
            *(playlist_id, video_id, video_id, up_to, up_to),
        )
        return int(count)

    def remove(self, item_id: str) -> None:
        """Takes an item out; the video stays."""
        self._database.change("DELETE FROM playlist_items WHERE id = ?", item_id)

    def _items(self, query: str, *values: str | int) -> list[PlaylistItem]:
        return [
            PlaylistItem(row[0], row[1], row[2], row[3], datetime.fromisoformat(row[4]))
            for row in self._database.read(query, *values)
        ]
