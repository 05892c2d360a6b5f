"""The Data API's ``playlistItems``: the uploads of a channel, and playlists of its own.

Belongs here: one function per method.
https://developers.google.com/youtube/v3/docs/playlistItems
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ytempire_assets.sandbox.accounts import Account
from ytempire_assets.sandbox.answers import json_of, parts_of, store_of
from ytempire_assets.sandbox.metadata import RefusedError
from ytempire_assets.sandbox.records import PlaylistItem, StoredVideo
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets.sandbox.video_resources import rfc3339

MAX_RESULTS = 50
_PARTS = frozenset(("id", "snippet", "contentDetails", "status"))
_PLAYLIST = re.compile(r"PL[A-Za-z0-9_-]{2,60}")


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for.

    Attributes:
        limit: How many items at most.
        edge: Number of the last item of the page before; None for the first page.
        video_id: The one video that is looked for; empty for all.
    """

    limit: int
    edge: int | None
    video_id: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of either kind of playlist."""

    number: int
    id: str
    video: StoredVideo
    added_at: datetime
    position: int


def playlist_items_list(request: Request, account: Account) -> Response:
    """GET playlistItems?playlistId=...: uploads newest first, others in their order."""
    parts, page = parts_of(request, _PARTS), _page(request)
    store, playlist_id = store_of(request), request.query_params.get("playlistId", "")
    if playlist_id == account.uploads_id:
        entries, total = _uploads(store, account, page)
    else:
        owner = store.playlists.owner(playlist_id)
        # One that nobody has put anything into yet is taken for there, and empty.
        named = _PLAYLIST.fullmatch(playlist_id) is not None
        if owner is None and not named and not store.account("UC" + playlist_id.removeprefix("UU")):
            raise RefusedError(404, "playlistNotFound", "there is no such playlist", "playlistId")
        if owner != account.id and not (owner is None and named):
            raise _not_accessible()
        entries, total = _items(store, playlist_id, page)
    shown = entries[: page.limit]
    body: dict[str, Any] = {
        "kind": "youtube#playlistItemListResponse",
        "items": [_item(entry, playlist_id, account, parts) for entry in shown],
        "pageInfo": {"totalResults": total, "resultsPerPage": page.limit},
    }
    if len(entries) > len(shown) and shown:
        body["nextPageToken"] = f"from-{shown[-1].number}"
    return JSONResponse(body)


async def playlist_items_insert(request: Request, account: Account) -> Response:
    """POST playlistItems?part=snippet: puts a video at the end of a playlist of one's own."""
    parts = parts_of(request, _PARTS)
    given = await json_of(request)
    snippet = given.get("snippet") if isinstance(given, dict) else None
    snippet = snippet if isinstance(snippet, dict) else {}
    target = snippet.get("resourceId")
    target = target if isinstance(target, dict) else {}
    playlist_id, video_id = snippet.get("playlistId"), target.get("videoId")
    if not isinstance(playlist_id, str) or not playlist_id:
        raise RefusedError(
            400, "playlistIdRequired", "playlistId is missing", "body.snippet.playlistId"
        )
    if not isinstance(video_id, str) or target.get("kind") != "youtube#video":
        raise RefusedError(
            400,
            "resourceIdRequired",
            "resourceId must name a youtube#video",
            "body.snippet.resourceId",
        )
    if "position" in snippet:
        raise RefusedError(
            400, "manualSortRequired", "position needs a playlist with manual sorting"
        )
    entry = await run_in_threadpool(_insert, store_of(request), account, playlist_id, video_id)
    return JSONResponse(_item(entry, playlist_id, account, parts))


def playlist_items_delete(request: Request, account: Account) -> Response:
    """DELETE playlistItems?id=..."""
    playlists = store_of(request).playlists
    item = playlists.item(request.query_params.get("id", ""))
    if item is None:
        raise RefusedError(404, "playlistItemNotFound", "there is no such item", "id")
    if playlists.owner(item.playlist_id) != account.id:
        raise _not_accessible()
    playlists.remove(item.id)
    return Response(status_code=204)


def _insert(store: SandboxStore, account: Account, playlist_id: str, video_id: str) -> Entry:
    if _PLAYLIST.fullmatch(playlist_id) is None:
        raise RefusedError(404, "playlistNotFound", "there is no such playlist")
    video = store.video(video_id)
    hidden = video is not None and video.channel_id != account.id
    if video is None or (hidden and video.privacy_at(store.clock.now()) == "private"):
        raise RefusedError(404, "videoNotFound", "there is no such video")
    item = store.playlists.add(playlist_id, account.id, video_id)
    if item is None:
        raise _not_accessible()
    return _entry(store, item, video)


def _uploads(store: SandboxStore, account: Account, page: Page) -> tuple[list[Entry], int]:
    if page.video_id:
        videos = [
            video for video in store.videos([page.video_id]) if video.channel_id == account.id
        ]
        total = len(videos)
    else:
        videos = store.page(page.limit + 1, page.edge, account.id)
        total = store.count(account.id)
    entries = [
        Entry(video.number, f"{account.uploads_id}.{video.id}", video, video.uploaded_at, 0)
        for video in videos
    ]
    return entries, total


def _items(store: SandboxStore, playlist_id: str, page: Page) -> tuple[list[Entry], int]:
    rows = store.playlists.items(playlist_id, page.limit + 1, page.edge or 0, page.video_id)
    videos = {video.id: video for video in store.videos([row.video_id for row in rows])}
    entries = [_entry(store, row, videos[row.video_id]) for row in rows]
    return entries, store.playlists.count(playlist_id, page.video_id)


def _entry(store: SandboxStore, item: PlaylistItem, video: StoredVideo) -> Entry:
    position = store.playlists.count(item.playlist_id, up_to=item.number) - 1
    return Entry(item.number, item.id, video, item.added_at, position)


def _page(request: Request) -> Page:
    query = request.query_params
    limit, token = query.get("maxResults", "5"), query.get("pageToken", "")
    if not limit.isdecimal() or not 0 <= int(limit) <= MAX_RESULTS:
        raise RefusedError(400, "invalidValue", "maxResults must be 0 to 50", "maxResults")
    if token and not token.removeprefix("from-").isdecimal():
        raise RefusedError(400, "invalidPageToken", "the page token is not known", "pageToken")
    edge = int(token.removeprefix("from-")) if token else None
    return Page(int(limit), edge, query.get("videoId", ""))


def _item(entry: Entry, playlist_id: str, account: Account, parts: set[str]) -> dict[str, Any]:
    video = entry.video
    body: dict[str, Any] = {"kind": "youtube#playlistItem", "id": entry.id}
    if "snippet" in parts:
        body["snippet"] = {
            "publishedAt": rfc3339(entry.added_at),
            "channelId": account.id,
            "channelTitle": account.title,
            "title": video.resource["snippet"]["title"],
            "playlistId": playlist_id,
            "position": entry.position,
            "resourceId": {"kind": "youtube#video", "videoId": video.id},
        }
    if "contentDetails" in parts:
        body["contentDetails"] = {"videoId": video.id}
        if video.public_at is not None:
            body["contentDetails"]["videoPublishedAt"] = rfc3339(video.public_at)
    if "status" in parts:
        body["status"] = {"privacyStatus": video.resource["status"]["privacyStatus"]}
    return body


def _not_accessible() -> RefusedError:
    return RefusedError(
        403, "playlistItemsNotAccessible", "the playlist belongs to another channel", "playlistId"
    )
