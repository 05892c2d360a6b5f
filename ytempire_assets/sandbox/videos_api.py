"""The Data API's ``videos`` and ``search``: reading, correcting and counting.

Belongs here: one function per method. Uploading stands in ``uploads.py``, pictures and captions in
``media_api.py``. https://developers.google.com/youtube/v3/docs/videos
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ytempire_assets.sandbox.accounts import Account
from ytempire_assets.sandbox.answers import (
    ids_of,
    json_of,
    own_video,
    page_info,
    parts_of,
    store_of,
    with_numbers,
)
from ytempire_assets.sandbox.metadata import RefusedError, checked_parts
from ytempire_assets.sandbox.records import StoredVideo
from ytempire_assets.sandbox.video_resources import (
    OWNER_PARTS,
    VIDEO_PARTS,
    moment_of,
    rfc3339,
    video_resource,
    video_stat,
)

MAX_IDS = 50
_UPDATED_PARTS = frozenset(("snippet", "status"))
_STAT_PARTS = frozenset(("id", "snippet", "statistics", "contentDetails"))
_SEARCHED = 500


def videos_list(request: Request, account: Account) -> Response:
    """GET videos?id=...&part=...: own videos, and public or unlisted ones of others."""
    parts = parts_of(request, VIDEO_PARTS)
    store, moment = store_of(request), moment_of(request)
    found = _visible(request, account, moment.now)
    if parts & OWNER_PARTS and any(video.channel_id != account.id for video in found):
        raise RefusedError(
            403, "forbidden", "fileDetails and processingDetails are for the owner only", "part"
        )
    wants_captions = "contentDetails" in parts
    items = [
        video_resource(video, parts, moment, wants_captions and bool(store.captions(video.id)))
        for video in found
    ]
    body = {"kind": "youtube#videoListResponse", "items": items, "pageInfo": page_info(items)}
    return with_numbers(body) if "statistics" in parts else JSONResponse(body)


def batch_get_stats(request: Request, account: Account) -> Response:
    """GET videos:batchGetStats?id=...&part=..."""
    parts = parts_of(request, _STAT_PARTS)
    moment = moment_of(request)
    found = _visible(request, account, moment.now)
    items = [video_stat(video, parts, moment) for video in found]
    body = {"kind": "youtube#batchGetStatsResponse", "items": items}
    return with_numbers(body) if "statistics" in parts else JSONResponse(body)


async def videos_update(request: Request, account: Account) -> Response:
    """PUT videos?part=...: replaces the named parts; what they leave out is deleted.

    ``publishAt`` is for a video that has never been public.
    """
    parts = parts_of(request, _UPDATED_PARTS | {"id"}) & _UPDATED_PARTS
    given = await json_of(request)
    video_id = given.get("id") if isinstance(given, dict) else None
    if not isinstance(video_id, str) or not video_id:
        raise RefusedError(400, "badRequest", "the video's id is missing", "body.id")
    changed = await run_in_threadpool(_update, request, account, video_id, given, parts)
    return JSONResponse(video_resource(changed, parts, moment_of(request)))


def search_list(request: Request, account: Account) -> Response:
    """GET search?q=...: public videos whose title or tags hold every word; own ones by forMine."""
    parts_of(request, frozenset(("id", "snippet")))
    query = request.query_params
    mine, limit = query.get("forMine") == "true", query.get("maxResults", "5")
    if not limit.isdecimal() or not 0 <= int(limit) <= MAX_IDS:
        raise RefusedError(400, "invalidValue", "maxResults must be 0 to 50", "maxResults")
    if query.get("type", "video") != "video" or (mine and "type" not in query):
        raise RefusedError(400, "invalidSearchFilter", "only type=video is there", "type")
    words = query.get("q", "").casefold().split()
    now, wanted = moment_of(request).now, query.get("channelId", "")
    found = [
        video
        for video in store_of(request).page(_SEARCHED, None, account.id if mine else wanted or None)
        if (mine or video.privacy_at(now) == "public") and all(w in _searched(video) for w in words)
    ]
    items = [_search_result(video) for video in found[: int(limit)]]
    info = {"totalResults": len(found), "resultsPerPage": len(items)}
    body = {"kind": "youtube#searchListResponse", "items": items, "pageInfo": info}
    return JSONResponse(body)


def _visible(request: Request, account: Account, now: datetime) -> list[StoredVideo]:
    found = store_of(request).videos(ids_of(request, "id", MAX_IDS))
    return [
        video
        for video in found
        if video.channel_id == account.id or video.privacy_at(now) != "private"
    ]


def _update(
    request: Request, account: Account, video_id: str, given: dict[str, Any], parts: set[str]
) -> StoredVideo:
    store = store_of(request)
    video = own_video(store, account, video_id, "body.id")
    changed = checked_parts(given, sorted(parts))
    now = store.clock.now()
    was_public = video.public_at is not None and video.public_at <= now
    status = changed.get("status", {})
    if "publishAt" in status and (was_public or video.published_at is not None):
        raise RefusedError(
            400,
            "invalidPublishAt",
            "publishAt is for a video that has never been public",
            "body.status.publishAt",
        )
    published_at = video.published_at
    if was_public:
        published_at = video.public_at
    elif status.get("privacyStatus") == "public":
        published_at = now
    return store.change_resource(video, {**video.resource, **changed}, published_at)


def _searched(video: StoredVideo) -> str:
    snippet = video.resource["snippet"]
    return " ".join((snippet["title"], *snippet["tags"])).casefold()


def _search_result(video: StoredVideo) -> dict[str, Any]:
    snippet = video.resource["snippet"]
    return {
        "kind": "youtube#searchResult",
        "id": {"kind": "youtube#video", "videoId": video.id},
        "snippet": {
            "publishedAt": rfc3339(video.public_at or video.uploaded_at),
            "channelId": video.channel_id,
            "channelTitle": video.channel_title,
            "title": snippet["title"],
            "description": snippet["description"][:160],
            "liveBroadcastContent": "none",
        },
    }
