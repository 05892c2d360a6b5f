"""Resources in YouTube's shapes, built from what is stored.

Belongs here: ``video`` and ``videoStat`` resources and the numbers in them. Nothing is stored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.requests import Request

from ytempire_assets.sandbox.answers import faults_of, store_of
from ytempire_assets.sandbox.audience import Reaction, Watchable, reaction
from ytempire_assets.sandbox.days import PACIFIC
from ytempire_assets.sandbox.records import StoredVideo

_ASSUMED_S = 30.0  # for a file that does not say how long it plays
_USD_PER_VIEW = 0.002  # nobody pays it: two dollars a thousand views, as small channels report
_HASHTAG = re.compile(r"#(\w+)")
OWNER_PARTS = frozenset(("fileDetails", "processingDetails"))
VIDEO_PARTS = frozenset(("id", "snippet", "status", "statistics", "contentDetails")) | OWNER_PARTS


@dataclass(frozen=True, slots=True)
class Moment:
    """When a resource is shown, and how long new videos take.

    Attributes:
        now: The sandbox's time, UTC.
        processing_s: Seconds for which a new video is still processed.
    """

    now: datetime
    processing_s: float = 0.0

    def processed(self, video: StoredVideo) -> bool:
        """Whether a video is ready to be watched."""
        return video.uploaded_at + timedelta(seconds=self.processing_s) <= self.now


def moment_of(request: Request) -> Moment:
    """The moment at which a request is answered."""
    return Moment(store_of(request).clock.now(), faults_of(request).faults.processing_s)


def video_resource(
    video: StoredVideo, parts: set[str], moment: Moment, captions: bool = False
) -> dict[str, Any]:
    """A ``video`` resource with the parts that were asked for.

    Args:
        video: The video.
        parts: Of ``VIDEO_PARTS``.
        moment: When it is shown.
        captions: Whether it has a caption track.
    """
    done = moment.processed(video)
    body: dict[str, Any] = {"kind": "youtube#video", "id": video.id}
    if "snippet" in parts:
        body["snippet"] = {
            **video.resource["snippet"],
            "publishedAt": rfc3339(video.public_at or video.uploaded_at),
            "channelId": video.channel_id,
            "channelTitle": video.channel_title,
        }
    if "status" in parts:
        uploaded = "processed" if done else "uploaded"
        body["status"] = {**_status(video, moment.now), "uploadStatus": uploaded}
    if "contentDetails" in parts:
        body["contentDetails"] = {
            "duration": iso_duration(video.duration_s or 0.0) if done else "P0D",
            "dimension": "2d",
            "definition": "hd",
            "caption": "true" if captions else "false",
            "licensedContent": False,
            "projection": "rectangular",
        }
    if "fileDetails" in parts:
        body["fileDetails"] = {
            "fileName": video.file_name,
            "fileSize": str(video.size_bytes),
            "fileType": "video",
            "container": "mp4",
            "durationMs": str(round((video.duration_s or 0.0) * 1000)),
        }
    if "processingDetails" in parts:
        body["processingDetails"] = {
            "processingStatus": "succeeded" if done else "processing",
            "fileDetailsAvailability": "available",
            "thumbnailsAvailability": "available" if done else "inProgress",
        }
    if "statistics" in parts:
        body["statistics"] = _statistics(video, moment)
    return body


def video_stat(video: StoredVideo, parts: set[str], moment: Moment) -> dict[str, Any]:
    """A ``videoStat`` resource, as ``videos.batchGetStats`` gives it."""
    body: dict[str, Any] = {"kind": "youtube#videoStats", "id": video.id}
    if "snippet" in parts:
        body["snippet"] = {"publishTime": rfc3339(video.public_at or video.uploaded_at)}
    if "contentDetails" in parts:
        body["contentDetails"] = {"duration": f"{round(video.duration_s or 0.0)}s"}
    if "statistics" in parts:
        body["statistics"] = _statistics(video, moment)
    return body


def iso_duration(seconds: float) -> str:
    """A duration as ISO 8601 writes it, in whole seconds: ``PT1M5S``."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (rest, "S"))
    return "PT" + ("".join(f"{number}{unit}" for number, unit in parts if number) or "0S")


def rfc3339(at: datetime) -> str:
    """A time as YouTube writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
        look=video.look,
        hook=video.hook,
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
        "estimatedRevenue": round(views * _USD_PER_VIEW, 3),
    }


def reaction_at(video: StoredVideo, now: datetime) -> Reaction:
    """What the simulated audience did up to the end of the platform's day."""
    if video.public_at is None or video.public_at > now:
        return Reaction()
    return reaction(watchable(video), now.astimezone(PACIFIC).date())


def _statistics(video: StoredVideo, moment: Moment) -> dict[str, str]:
    numbers = reaction_at(video, moment.now)
    return {
        "viewCount": str(numbers.views),
        "likeCount": str(numbers.likes),
        "commentCount": str(numbers.comments),
    }


def _status(video: StoredVideo, now: datetime) -> dict[str, Any]:
    status = dict(video.resource["status"])
    if video.privacy_at(now) == "public":
        status["privacyStatus"] = "public"
        status.pop("publishAt", None)
    return status
