"""What the sandbox answers: JSON in YouTube's shapes, and who may ask.

Belongs here: resources built from what is stored, the mark on simulated numbers, tokens.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from datetime import UTC, date, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from ytempire_assets.sandbox.audience import PACIFIC, Reaction, Watchable, reaction
from ytempire_assets.sandbox.faults import FaultCounter
from ytempire_assets.sandbox.metadata import RefusedError
from ytempire_assets.sandbox.store import SandboxStore, StoredVideo

CHANNEL_ID = "UCsandbox00000000000000"
UPLOADS_ID = "UU" + CHANNEL_ID[2:]
TOKEN_LIFE_S = 3600
NOTE = "local sandbox: the audience is simulated, no person watched"
_ASSUMED_S = 30.0  # for a file that does not say how long it plays
_HASHTAG = re.compile(r"#(\w+)")


def store_of(request: Request) -> SandboxStore:
    """The state behind this server."""
    store: SandboxStore = request.app.state.store
    return store


def faults_of(request: Request) -> FaultCounter:
    """The faults that this server was asked for."""
    faults: FaultCounter = request.app.state.faults
    return faults


def with_numbers(body: dict[str, Any]) -> JSONResponse:
    """An answer that carries audience numbers, marked as what they are."""
    return JSONResponse({**body, "simulated": True, "note": NOTE})


def refusal(error: RefusedError) -> JSONResponse:
    """The answer to a refused request."""
    return JSONResponse(error.body(), status_code=error.status)


def make_token(key: bytes) -> str:
    """An access token that every server on the same folder accepts until it expires."""
    expires = f"{int(time.time()) + TOKEN_LIFE_S}"
    return f"sandbox.{expires}.{_signature(key, expires)}"


def check_token(request: Request) -> None:
    """Refuses a request without a valid access token.

    Raises:
        RefusedError: 401, as YouTube says it.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    expires, _, signature = token.removeprefix("sandbox.").partition(".")
    right = hmac.compare_digest(signature, _signature(store_of(request).key, expires))
    if scheme.lower() != "bearer" or not right or int(expires) < time.time():
        raise RefusedError(
            401,
            "authError",
            "Request had invalid authentication credentials. Expected OAuth 2 access token.",
        )


def _signature(key: bytes, expires: str) -> str:
    return hmac.new(key, expires.encode(), hashlib.sha256).hexdigest()


def video_resource(video: StoredVideo, parts: set[str]) -> dict[str, Any]:
    """A ``video`` resource with the parts that were asked for."""
    body: dict[str, Any] = {"kind": "youtube#video", "id": video.id}
    if "snippet" in parts:
        body["snippet"] = {
            **video.resource["snippet"],
            "publishedAt": _rfc3339(video.public_at or video.uploaded_at),
            "channelId": CHANNEL_ID,
            "channelTitle": "Local sandbox",
        }
    if "status" in parts:
        body["status"] = {**_status_now(video), "uploadStatus": "processed"}
    if "fileDetails" in parts:
        body["fileDetails"] = {
            "fileName": video.file_name,
            "fileSize": str(video.size_bytes),
            "fileType": "video",
            "container": "mp4",
            "durationMs": str(round((video.duration_s or 0.0) * 1000)),
        }
    if "statistics" in parts:
        numbers = reaction(watchable(video), datetime.now(PACIFIC).date())
        body["statistics"] = {
            "viewCount": str(numbers.views),
            "likeCount": str(numbers.likes),
            "commentCount": str(numbers.comments),
        }
    return body


def _status_now(video: StoredVideo) -> dict[str, Any]:
    status = dict(video.resource["status"])
    if video.public_at is not None and video.public_at <= datetime.now(UTC):
        status["privacyStatus"] = "public"
        status.pop("publishAt", None)
    return status


def watchable(video: StoredVideo) -> Watchable:
    """The video as the simulated audience sees it."""
    snippet = video.resource["snippet"]
    hashtag = _HASHTAG.search(snippet["description"])
    return Watchable(
        video_id=video.id,
        title=snippet["title"],
        subject=hashtag.group(1) if hashtag else f"category {snippet['categoryId']}",
        tags=tuple(snippet["tags"]),
        duration_s=video.duration_s or _ASSUMED_S,
        public_at=video.public_at,
    )


def report_row(video: StoredVideo, first: date, last: date) -> dict[str, float | int | str]:
    """A video's Analytics metrics over a range of days, by metric name."""
    seen = watchable(video)
    until = reaction(seen, last)
    before = reaction(seen, date.fromordinal(first.toordinal() - 1))
    views = until.views - before.views
    impressions = until.impressions - before.impressions
    shown = until if views else Reaction()
    return {
        "video": video.id,
        "views": views,
        "estimatedMinutesWatched": round(views * shown.average_view_s / 60),
        "averageViewDuration": round(shown.average_view_s),
        "averageViewPercentage": round(shown.average_view_percent, 2),
        "likes": until.likes - before.likes,
        "comments": until.comments - before.comments,
        "shares": until.shares - before.shares,
        "videoThumbnailImpressions": impressions,
        "videoThumbnailImpressionsClickRate": round(views / impressions, 6) if impressions else 0.0,
    }


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
