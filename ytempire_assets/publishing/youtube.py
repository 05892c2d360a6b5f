"""The client of YouTube's Data API v3 and Analytics API v2.

Belongs here: one method per thing that is asked of the platform. The same client speaks to YouTube
and to the sandbox; which one is said by its ``Endpoints``. Nothing here decides what to do next:
that is ``publish.py``.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ytempire_assets.errors import PermanentError, TransientError
from ytempire_assets.publishing import resumable
from ytempire_assets.publishing.endpoints import Endpoints
from ytempire_assets.publishing.resumable import SessionGoneError, UploadState
from ytempire_assets.publishing.transport import Transport

if TYPE_CHECKING:
    from types import TracebackType

    from google.oauth2.credentials import Credentials

__all__ = ["SessionGoneError", "UploadState", "VideoMetadata", "VideoNumbers", "YouTubeClient"]

SCOPES = (
    "https://www.googleapis.com/auth/youtube",
    "https://www.googleapis.com/auth/youtube.upload",
    "https://www.googleapis.com/auth/youtube.force-ssl",
    "https://www.googleapis.com/auth/yt-analytics.readonly",
)
_PAGE = 50
_REPORT_PAGE = 200
_FIRST_DAY = date(2005, 2, 14)  # no video is older than the platform
_METRICS = (
    "views",
    "estimatedMinutesWatched",
    "averageViewDuration",
    "averageViewPercentage",
    "likes",
    "comments",
    "shares",
)
_REACH_METRICS = ("videoThumbnailImpressions", "videoThumbnailImpressionsClickRate")


@dataclass(frozen=True, slots=True)
class VideoMetadata:
    """What goes with a video file.

    Attributes:
        title: 1 to 100 characters, no angle brackets.
        description: At most 5,000 bytes of UTF-8, no angle brackets.
        tags: At most 500 characters in all, as YouTube counts them.
        category_id: YouTube's category, for example ``27`` for education.
        language: BCP 47 code of title, description and speech.
        made_for_kids: Whether it is made for children; the law wants an answer.
        synthetic_media: Whether it shows altered or synthetic content that looks real.
        publish_at: When it becomes public; private until then. None: stays private.
        file_name: Name by which the upload is found again.
    """

    title: str
    description: str
    tags: tuple[str, ...]
    category_id: str
    language: str
    made_for_kids: bool
    synthetic_media: bool
    publish_at: datetime | None
    file_name: str

    def resource(self) -> dict[str, Any]:
        """The ``video`` resource that ``videos.insert`` takes."""
        status: dict[str, Any] = {
            "privacyStatus": "private",
            "selfDeclaredMadeForKids": self.made_for_kids,
            "containsSyntheticMedia": self.synthetic_media,
        }
        if self.publish_at is not None:
            status["publishAt"] = self.publish_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "snippet": {
                "title": self.title,
                "description": self.description,
                "tags": list(self.tags),
                "categoryId": self.category_id,
                "defaultLanguage": self.language,
            },
            "status": status,
        }


@dataclass(frozen=True, slots=True)
class VideoNumbers:
    """What became of one video, from publication to the end of a day.

    Attributes:
        views: Views.
        watch_time_s: Seconds watched by all.
        average_view_s: Seconds watched per view.
        average_view_percent: Share of the video watched per view, 0-100 (more when replayed).
        likes: Likes.
        comments: Comments.
        shares: Shares.
        impressions: Thumbnails shown; None where the platform does not say it here.
        click_through_rate: Views per impression, 0-1; None where impressions is None.
        simulated: An audience of the sandbox, no person watched.
    """

    views: int
    watch_time_s: float
    average_view_s: float
    average_view_percent: float
    likes: int
    comments: int
    shares: int
    impressions: int | None
    click_through_rate: float | None
    simulated: bool


class YouTubeClient:
    """Speaks YouTube's protocol. Not to be shared between threads; cheap to make.

    Args:
        endpoints: Where the platform is.
        credentials: google-auth credentials of the channel, with a refresh token.
        sleep: Waits between repetitions; tests pass their own.
        chunk_bytes: Size of an upload chunk, a multiple of 256 KiB.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        credentials: Credentials,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chunk_bytes: int = resumable.CHUNK_BYTES,
    ) -> None:
        self.endpoints = endpoints
        self._transport = Transport(endpoints, credentials, sleep)
        self._chunk_bytes = chunk_bytes

    def __enter__(self) -> YouTubeClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._transport.close()

    def start_upload(self, metadata: VideoMetadata, size_bytes: int) -> str:
        """Opens an upload session and returns its address; nothing of the video is sent yet.

        Raises:
            PermanentError: The metadata is refused; the message says which and why.
            QuotaError: No more uploads today.
            TransientError: The platform does not answer.
        """
        answer = self._transport.ask(
            "POST",
            f"{self.endpoints.upload}/videos",
            params={"uploadType": "resumable", "part": "snippet,status"},
            data=json.dumps(metadata.resource()).encode(),
            headers={
                "Content-Type": "application/json; charset=UTF-8",
                "X-Upload-Content-Length": str(size_bytes),
                "X-Upload-Content-Type": "video/mp4",
                "Slug": quote(metadata.file_name),
            },
        )
        session_url = answer.headers.get("Location")
        if not session_url:
            raise TransientError(
                f"{self.endpoints.name} opened an upload without saying where to send it",
                "run again",
            )
        return session_url

    def upload_state(self, session_url: str, size_bytes: int) -> UploadState:
        """What the platform knows of an upload session; nothing is sent.

        Raises:
            TransientError: The platform does not answer.
            PermanentError: It refuses the question.
        """
        url = self.endpoints.session_address(session_url)
        return resumable.ask_state(self._transport, url, size_bytes)

    def send(
        self,
        session_url: str,
        file: Path,
        offset: int,
        size_bytes: int,
        on_progress: Callable[[int], None],
    ) -> str:
        """Sends the bytes from ``offset`` on; see ``resumable.send_file``."""
        url = self.endpoints.session_address(session_url)
        return resumable.send_file(
            self._transport, url, file, offset, size_bytes, on_progress, self._chunk_bytes
        )

    def cancel_upload(self, session_url: str) -> None:
        """Tells the platform to forget an unfinished session; harmless where it cannot.

        Raises:
            TransientError: The platform does not answer.
        """
        url = self.endpoints.session_address(session_url)
        # Answers differ (204, 404, 499, 405); what counts is what upload_state says afterwards.
        self._transport.ask("DELETE", url, accept=tuple(range(200, 500)))

    def find_upload(self, file_name: str, size_bytes: int) -> str | None:
        """The id of an uploaded video with this file name and size, newest first, or None.

        Costs two quota units per 50 videos that are newer than the one sought.

        Raises:
            TransientError: The platform does not answer; that is never "there is none".
            PermanentError: It refuses, or the account has no channel.
        """
        for ids in self._uploads():
            details = self._transport.json(
                "videos", params={"part": "fileDetails", "id": ",".join(ids), "maxResults": "50"}
            )
            sizes = {
                item["id"]: (item["fileDetails"].get("fileName"), item["fileDetails"]["fileSize"])
                for item in details.get("items", ())
                if item.get("fileDetails", {}).get("fileSize") is not None
            }
            for video_id in ids:
                name, size = sizes.get(video_id, (None, "-1"))
                if name == file_name and int(size) == size_bytes:
                    return video_id
        return None

    def set_thumbnail(self, video_id: str, jpeg: bytes) -> None:
        """Sets the thumbnail; setting it again replaces it.

        Raises:
            PermanentError: The picture is refused.
            QuotaError: The day's units are used up.
            TransientError: The platform does not answer.
        """
        self._transport.ask(
            "POST",
            f"{self.endpoints.upload}/thumbnails/set",
            params={"videoId": video_id, "uploadType": "media"},
            data=jpeg,
            headers={"Content-Type": "image/jpeg"},
        )

    def insert_captions(
        self, video_id: str, srt: bytes, language: str = "en", name: str = ""
    ) -> None:
        """Adds a caption track unless one of that language and name is there.

        Raises:
            PermanentError: The track is refused.
            QuotaError: The day's units are used up; captions cost most of them.
            TransientError: The platform does not answer.
        """
        tracks = self._transport.json("captions", params={"part": "snippet", "videoId": video_id})
        for item in tracks.get("items", ()):
            snippet = item.get("snippet", {})
            if snippet.get("language") == language and snippet.get("name", "") == name:
                return
        snippet = {"videoId": video_id, "language": language, "name": name, "isDraft": False}
        content_type, body = _related({"snippet": snippet}, srt)
        # 409: a first attempt arrived and its answer was lost.
        self._transport.ask(
            "POST",
            f"{self.endpoints.upload}/captions",
            params={"uploadType": "multipart", "part": "snippet"},
            data=body,
            headers={"Content-Type": content_type},
            accept=(200, 201, 409),
        )

    def video_report(self, video_ids: Sequence[str], day: date) -> dict[str, VideoNumbers]:
        """The numbers of videos from publication to the end of ``day`` (Pacific Time).

        Args:
            video_ids: The platform's ids.
            day: Last day that counts.

        Returns:
            Numbers by the platform's id; videos without any are left out.

        Raises:
            QuotaError: The day's queries are used up.
            TransientError: The platform does not answer.
            PermanentError: It refuses the query.
        """
        metrics = _METRICS + (_REACH_METRICS if self.endpoints.reach_in_analytics else ())
        numbers: dict[str, VideoNumbers] = {}
        for start in range(0, len(video_ids), _REPORT_PAGE):
            report = self._transport.json(
                "reports",
                base=self.endpoints.analytics,
                params={
                    "ids": "channel==MINE",
                    "dimensions": "video",
                    "startDate": _FIRST_DAY.isoformat(),
                    "endDate": day.isoformat(),
                    "metrics": ",".join(metrics),
                    "filters": "video==" + ",".join(video_ids[start : start + _REPORT_PAGE]),
                    "sort": "-views",
                    "maxResults": str(_REPORT_PAGE),
                },
            )
            names = [header["name"] for header in report.get("columnHeaders", ())]
            simulated = report.get("simulated") is True
            for values in report.get("rows") or ():
                row = dict(zip(names, values, strict=True))
                numbers[row["video"]] = _numbers(row, simulated)
        return numbers

    def watch_address(self, video_id: str) -> str:
        """Where people watch the video."""
        return f"{self.endpoints.watch}?v={quote(video_id, safe='')}"

    def _uploads(self) -> Iterator[list[str]]:
        """Ids of the channel's uploads in pages, newest first."""
        mine = self._transport.json("channels", params={"part": "contentDetails", "mine": "true"})
        channels = mine.get("items") or ()
        if not channels:
            raise PermanentError(
                f"the account has no channel on {self.endpoints.name}",
                "authorise with the account that owns the channel",
            )
        query = {
            "part": "contentDetails",
            "playlistId": channels[0]["contentDetails"]["relatedPlaylists"]["uploads"],
            "maxResults": str(_PAGE),
        }
        while True:
            page = self._transport.json("playlistItems", params=query)
            if ids := [item["contentDetails"]["videoId"] for item in page.get("items", ())]:
                yield ids
            if not page.get("nextPageToken"):
                return
            query["pageToken"] = page["nextPageToken"]


def _numbers(row: dict[str, Any], simulated: bool) -> VideoNumbers:
    impressions = row.get("videoThumbnailImpressions")
    rate = row.get("videoThumbnailImpressionsClickRate")
    return VideoNumbers(
        views=int(row["views"]),
        watch_time_s=float(row["estimatedMinutesWatched"]) * 60.0,
        average_view_s=float(row["averageViewDuration"]),
        average_view_percent=float(row["averageViewPercentage"]),
        likes=int(row["likes"]),
        comments=int(row["comments"]),
        shares=int(row["shares"]),
        impressions=None if impressions is None else int(impressions),
        click_through_rate=None if rate is None else float(rate),
        simulated=simulated,
    )


def _related(resource: dict[str, Any], media: bytes) -> tuple[str, bytes]:
    """A multipart/related body of a JSON resource and a file, and its content type."""
    boundary = f"ytempire-{secrets.token_hex(16)}"
    edge = f"--{boundary}\r\n".encode()
    body = b"".join(
        (
            edge,
            b"Content-Type: application/json; charset=UTF-8\r\n\r\n",
            json.dumps(resource).encode(),
            b"\r\n",
            edge,
            b"Content-Type: application/octet-stream\r\n\r\n",
            media,
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )
    return f"multipart/related; boundary={boundary}", body
