"""Putting a video into a playlist, exactly once.

Belongs here: ``playlistItems`` of the Data API. Adding twice makes two entries, so after an answer
that was lost the playlist is looked at before anything is repeated.
"""

from __future__ import annotations

import json

from ytempire_assets.errors import TransientError
from ytempire_assets.publishing.transport import ATTEMPTS, Transport


def entries(transport: Transport, playlist_id: str, video_id: str) -> list[str]:
    """Ids of a video's entries in a playlist of the channel."""
    page = transport.json(
        "playlistItems",
        params={"part": "id", "playlistId": playlist_id, "videoId": video_id, "maxResults": "50"},
    )
    return [str(item["id"]) for item in page.get("items", ())]


def add(transport: Transport, playlist_id: str, video_id: str) -> None:
    """Adds a video unless it is there; takes out entries that are too many.

    Raises:
        PermanentError: There is no such playlist, or it is not the channel's.
        QuotaError: The day's units are used up.
        TransientError: The platform does not answer.
    """
    failure: TransientError | None = None
    for attempt in range(1, ATTEMPTS + 1):
        failure = _insert(transport, playlist_id, video_id)
        found = entries(transport, playlist_id, video_id)
        for surplus in found[1:]:
            transport.ask(
                "DELETE",
                f"{transport.endpoints.api}/playlistItems",
                params={"id": surplus},
                accept=(200, 204, 404),
                call="playlistItems.delete",
            )
        if found:
            return
        if attempt < ATTEMPTS:
            transport.wait(attempt)
    raise failure or TransientError(
        f"{transport.endpoints.name} does not show the video in the playlist {playlist_id}",
        "run again in a while: finished work is kept",
    )


def _insert(transport: Transport, playlist_id: str, video_id: str) -> TransientError | None:
    """One attempt; returns what may pass and raises what will not."""
    resource = {
        "snippet": {
            "playlistId": playlist_id,
            "resourceId": {"kind": "youtube#video", "videoId": video_id},
        }
    }
    try:
        answer = transport.once(
            "POST",
            f"{transport.endpoints.api}/playlistItems",
            params={"part": "snippet"},
            data=json.dumps(resource).encode(),
            headers={"Content-Type": "application/json; charset=UTF-8"},
            call="playlistItems.insert",
        )
    except TransientError as error:
        return error
    if answer.status_code in (200, 201):
        return None
    failure = transport.failure(answer, "playlistItems.insert")
    if isinstance(failure, TransientError):
        return failure
    raise failure
