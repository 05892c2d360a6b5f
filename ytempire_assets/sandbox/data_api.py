"""The Data API v3 as far as a publisher needs it, and the tokens.

Belongs here: one function per method of the API. Resumable uploads stand in ``uploads.py``, reports
in ``reports.py``.
"""

from __future__ import annotations

import email
import email.policy
import json
from typing import Any
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ytempire_assets.sandbox.answers import (
    CHANNEL_ID,
    NOTE,
    TOKEN_LIFE_S,
    UPLOADS_ID,
    check_token,
    make_token,
    store_of,
    video_resource,
    with_numbers,
)
from ytempire_assets.sandbox.metadata import RefusedError
from ytempire_assets.sandbox.store import SandboxStore, StoredVideo

MAX_THUMBNAIL_BYTES = 50 * 10**6
MAX_CAPTIONS_BYTES = 100 * 10**6
MAX_RESULTS = 50
REFRESH_TOKEN_PREFIX = "sandbox-"  # noqa: S105 - what a local platform's tokens begin with
_PICTURES = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
_VIDEO_PARTS = frozenset(("id", "snippet", "status", "statistics", "fileDetails"))


async def token(request: Request) -> Response:
    """POST /token: an access token for a refresh token, by RFC 6749.

    The sandbox listens on this machine only and holds no secrets, so any refresh token that was
    made for a sandbox is good.
    """
    fields = parse_qs((await _body(request, 65_536)).decode("ascii", "replace"))
    form = {name: values[0] for name, values in fields.items()}
    if form.get("grant_type") != "refresh_token":
        return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
    if not form.get("refresh_token", "").startswith(REFRESH_TOKEN_PREFIX):
        return JSONResponse(
            {"error": "invalid_grant", "error_description": "no sandbox token"}, status_code=400
        )
    return JSONResponse(
        {
            "access_token": make_token(store_of(request).key),
            "expires_in": TOKEN_LIFE_S,
            "token_type": "Bearer",
        }
    )


def videos_list(request: Request) -> Response:
    """GET videos?id=...&part=..."""
    check_token(request)
    parts = set(filter(None, request.query_params.get("part", "").split(",")))
    if not parts or parts - _VIDEO_PARTS:
        raise RefusedError(400, "invalidPart", f"part must be of {sorted(_VIDEO_PARTS)}", "part")
    ids = _ids(request, "id", MAX_RESULTS)
    items = [video_resource(video, parts) for video in store_of(request).videos(ids)]
    body = {"kind": "youtube#videoListResponse", "items": items, "pageInfo": _page_info(items)}
    return with_numbers(body) if "statistics" in parts else JSONResponse(body)


def channels_list(request: Request) -> Response:
    """GET channels?mine=true: the one channel of the sandbox."""
    check_token(request)
    if request.query_params.get("mine") != "true":
        raise RefusedError(400, "missingRequiredParameter", "only mine=true is there", "mine")
    parts = set(request.query_params.get("part", "").split(","))
    channel: dict[str, Any] = {"kind": "youtube#channel", "id": CHANNEL_ID}
    if "snippet" in parts:
        channel["snippet"] = {"title": "Local sandbox", "description": NOTE}
    if "contentDetails" in parts:
        channel["contentDetails"] = {"relatedPlaylists": {"likes": "", "uploads": UPLOADS_ID}}
    items = [channel]
    if "statistics" in parts:
        channel["statistics"] = {"videoCount": str(store_of(request).count())}
        return with_numbers({"items": items, "pageInfo": _page_info(items)})
    return JSONResponse({"items": items, "pageInfo": _page_info(items)})


def playlist_items_list(request: Request) -> Response:
    """GET playlistItems?playlistId=...: the uploads, newest first, in pages."""
    check_token(request)
    if request.query_params.get("playlistId") != UPLOADS_ID:
        raise RefusedError(404, "playlistNotFound", "there is no such playlist", "playlistId")
    limit = request.query_params.get("maxResults", "5")
    page = request.query_params.get("pageToken", "")
    if not limit.isdecimal() or not 0 <= int(limit) <= MAX_RESULTS:
        raise RefusedError(400, "invalidValue", "maxResults must be 0 to 50", "maxResults")
    if page and not page.removeprefix("before-").isdecimal():
        raise RefusedError(400, "invalidPageToken", "the page token is not known", "pageToken")
    before = int(page.removeprefix("before-")) if page else None
    found = store_of(request).page(int(limit) + 1, before)
    shown = found[: int(limit)]
    body: dict[str, Any] = {
        "kind": "youtube#playlistItemListResponse",
        "items": [_playlist_item(video) for video in shown],
        "pageInfo": {"totalResults": store_of(request).count(), "resultsPerPage": int(limit)},
    }
    if len(found) > len(shown) and shown:
        body["nextPageToken"] = f"before-{shown[-1].number}"
    return JSONResponse(body)


async def thumbnails_set(request: Request) -> Response:
    """POST thumbnails/set?videoId=...: a JPEG or PNG picture as the body."""
    check_token(request)
    store = store_of(request)
    video = await _video(store, request.query_params.get("videoId", ""), "videoId")
    data = await _body(request, MAX_THUMBNAIL_BYTES)
    suffix = next((name for magic, name in _PICTURES.items() if data.startswith(magic)), None)
    if suffix is None:
        raise RefusedError(400, "invalidImage", "the picture is neither JPEG nor PNG")
    await run_in_threadpool(store.set_thumbnail, video.id, data, suffix)
    url = f"{str(request.base_url).rstrip('/')}/thumbnail/{video.id}"
    return JSONResponse(
        {"kind": "youtube#thumbnailSetResponse", "items": [{"default": {"url": url}}]}
    )


def captions_list(request: Request) -> Response:
    """GET captions?videoId=...: the tracks without their text."""
    check_token(request)
    store = store_of(request)
    video_id = request.query_params.get("videoId", "")
    if store.video(video_id) is None:
        raise RefusedError(404, "videoNotFound", "there is no such video", "videoId")
    items = [
        _caption(track.id, track.video_id, track.language, track.name)
        for track in store.captions(video_id)
    ]
    return JSONResponse({"kind": "youtube#captionListResponse", "items": items})


async def captions_insert(request: Request) -> Response:
    """POST captions?uploadType=multipart: a JSON resource and a SubRip file."""
    check_token(request)
    store = store_of(request)
    snippet, text = _captions_parts(
        request.headers.get("Content-Type", ""), await _body(request, MAX_CAPTIONS_BYTES)
    )
    video_id, language, name = (snippet.get(key, "") for key in ("videoId", "language", "name"))
    if not all(isinstance(value, str) for value in (video_id, language, name)) or not language:
        raise RefusedError(400, "invalidMetadata", "videoId, language and name must be texts")
    if len(name) > 150:
        raise RefusedError(400, "nameTooLong", "name must have at most 150 characters")
    if b"-->" not in text:
        raise RefusedError(400, "invalidMetadata", "the track holds no cue")
    video = await _video(store, video_id, "body.snippet.videoId")
    track_id = await run_in_threadpool(store.add_captions, video.id, language, name, text)
    if track_id is None:
        raise RefusedError(409, "captionExists", "a track of this language and name is there")
    return JSONResponse(_caption(track_id, video.id, language, name))


async def _video(store: SandboxStore, video_id: str, location: str) -> StoredVideo:
    video = await run_in_threadpool(store.video, video_id)
    if video is None:
        raise RefusedError(404, "videoNotFound", "there is no such video", location)
    return video


async def _body(request: Request, limit: int) -> bytes:
    """The request's body; refuses one that is empty or larger than ``limit`` bytes."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise RefusedError(413, "mediaBodyTooLarge", f"the body has more than {limit} bytes")
    if not body:
        raise RefusedError(400, "mediaBodyRequired", "the body is missing")
    return bytes(body)


def _captions_parts(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """Snippet and text of a multipart/related body.

    Raises:
        RefusedError: It is not made of a JSON part and a file.
    """
    message = email.message_from_bytes(
        f"Content-Type: {content_type}\r\n\r\n".encode("ascii", "replace") + body,
        policy=email.policy.HTTP,
    )
    parts = list(message.iter_parts()) if message.is_multipart() else []
    payloads = [part.get_payload(decode=True) for part in parts]
    files = [payload for payload in payloads if isinstance(payload, bytes)]
    if len(files) == 2:
        resource, text = files
        try:
            snippet = json.loads(resource)["snippet"]
        except (ValueError, KeyError, TypeError):
            snippet = None
        if isinstance(snippet, dict):
            return snippet, text
    raise RefusedError(
        400, "badRequest", "the body must be multipart/related of a caption resource and a file"
    )


def _ids(request: Request, name: str, limit: int) -> list[str]:
    ids = list(filter(None, request.query_params.get(name, "").split(",")))
    if not 1 <= len(ids) <= limit:
        raise RefusedError(400, "invalidFilters", f"{name} must name 1 to {limit} videos", name)
    return ids


def _page_info(items: list[dict[str, Any]]) -> dict[str, int]:
    return {"totalResults": len(items), "resultsPerPage": len(items)}


def _playlist_item(video: StoredVideo) -> dict[str, Any]:
    return {
        "kind": "youtube#playlistItem",
        "id": f"{UPLOADS_ID}.{video.id}",
        "snippet": {"title": video.resource["snippet"]["title"], "playlistId": UPLOADS_ID},
        "contentDetails": {"videoId": video.id},
    }


def _caption(track_id: str, video_id: str, language: str, name: str) -> dict[str, Any]:
    return {
        "kind": "youtube#caption",
        "id": track_id,
        "snippet": {
            "videoId": video_id,
            "language": language,
            "name": name,
            "trackKind": "standard",
            "status": "serving",
            "isDraft": False,
        },
    }
