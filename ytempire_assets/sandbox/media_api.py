"""The Data API's ``thumbnails`` and ``captions``: what is put beside a video.

Belongs here: one function per method, and reading multipart bodies.
https://developers.google.com/youtube/v3/docs/captions
"""

from __future__ import annotations

import email
import email.policy
import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ytempire_assets.sandbox.accounts import Account
from ytempire_assets.sandbox.answers import base_of, body_of, own_video, parts_of, store_of
from ytempire_assets.sandbox.look import measured
from ytempire_assets.sandbox.metadata import RefusedError
from ytempire_assets.sandbox.records import CaptionTrack
from ytempire_assets.sandbox.store import SandboxStore

MAX_THUMBNAIL_BYTES = 50 * 10**6
MAX_CAPTIONS_BYTES = 100 * 10**6
_PICTURES = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
_PARTS = frozenset(("id", "snippet"))


async def thumbnails_set(request: Request, account: Account) -> Response:
    """POST thumbnails/set?videoId=...: a JPEG or PNG picture as the body."""
    video_id = request.query_params.get("videoId", "")
    video = await run_in_threadpool(own_video, store_of(request), account, video_id, "videoId")
    data = await body_of(request, MAX_THUMBNAIL_BYTES)
    suffix = next((name for magic, name in _PICTURES.items() if data.startswith(magic)), None)
    if suffix is None:
        raise RefusedError(400, "invalidImage", "the picture is neither JPEG nor PNG")

    def store() -> None:
        store_of(request).set_thumbnail(video.id, data, suffix, measured(data))

    await run_in_threadpool(store)
    url = f"{base_of(request)}/thumbnail/{video.id}"
    return JSONResponse(
        {"kind": "youtube#thumbnailSetResponse", "items": [{"default": {"url": url}}]}
    )


def captions_list(request: Request, account: Account) -> Response:
    """GET captions?videoId=...: the tracks without their text."""
    parts_of(request, _PARTS)
    store = store_of(request)
    video = own_video(store, account, request.query_params.get("videoId", ""), "videoId")
    items = [_caption(track) for track in store.captions(video.id)]
    return JSONResponse({"kind": "youtube#captionListResponse", "items": items})


async def captions_insert(request: Request, account: Account) -> Response:
    """POST captions?uploadType=multipart: a JSON resource and a SubRip file."""
    parts_of(request, _PARTS)
    body = await body_of(request, MAX_CAPTIONS_BYTES)
    given, text = _two_parts(request.headers.get("Content-Type", ""), body)
    snippet = given.get("snippet")
    if not isinstance(snippet, dict):
        raise _no_pair()
    video_id, language, name = (snippet.get(key, "") for key in ("videoId", "language", "name"))
    if not all(isinstance(value, str) for value in (video_id, language, name)) or not language:
        raise RefusedError(400, "invalidMetadata", "videoId, language and name must be texts")
    if len(name) > 150:
        raise RefusedError(400, "nameTooLong", "name must have at most 150 characters")
    _check_text(text)

    def insert(store: SandboxStore) -> CaptionTrack | None:
        video = own_video(store, account, video_id, "body.snippet.videoId")
        track_id = store.add_captions(video.id, language, name, text)
        return store.caption_track(track_id) if track_id else None

    track = await run_in_threadpool(insert, store_of(request))
    if track is None:
        raise RefusedError(409, "captionExists", "a track of this language and name is there")
    return JSONResponse(_caption(track))


async def captions_update(request: Request, account: Account) -> Response:
    """PUT captions?uploadType=multipart: another file for a track; its name and language stay."""
    parts_of(request, _PARTS)
    body = await body_of(request, MAX_CAPTIONS_BYTES)
    given, text = _two_parts(request.headers.get("Content-Type", ""), body)
    _check_text(text)

    def update(store: SandboxStore) -> CaptionTrack:
        track = store.caption_track(str(given.get("id", "")))
        if track is None:
            raise RefusedError(404, "captionNotFound", "there is no such track", "body.id")
        own_video(store, account, track.video_id, "body.id")
        store.replace_captions(track, text)
        return track

    return JSONResponse(_caption(await run_in_threadpool(update, store_of(request))))


def _check_text(text: bytes) -> None:
    if b"-->" not in text:
        raise RefusedError(400, "invalidMetadata", "the track holds no cue")


def _two_parts(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """Resource and text of a multipart/related body.

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
        try:
            resource = json.loads(files[0])
        except ValueError:
            resource = None
        if isinstance(resource, dict):
            return resource, files[1]
    raise _no_pair()


def _no_pair() -> RefusedError:
    return RefusedError(
        400, "badRequest", "the body must be multipart/related of a caption resource and a file"
    )


def _caption(track: CaptionTrack) -> dict[str, Any]:
    return {
        "kind": "youtube#caption",
        "id": track.id,
        "snippet": {
            "videoId": track.video_id,
            "lastUpdated": track.added_at,
            "trackKind": "standard",
            "language": track.language,
            "name": track.name,
            "isDraft": False,
            "status": "serving",
        },
    }
