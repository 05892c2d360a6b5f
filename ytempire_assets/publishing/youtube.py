"""The client of YouTube's Data API v3 and Analytics API v2.

Belongs here: one method per thing that is asked of the platform. The same client speaks to YouTube
and to the sandbox; which one is said by its ``Endpoints``. Nothing here decides what to do next:
that is ``publish.py``.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ytempire_assets.errors import PermanentError, TransientError
from ytempire_assets.publishing import playlist, resumable
from ytempire_assets.publishing.endpoints import Endpoints
from ytempire_assets.publishing.multipart import related
from ytempire_assets.publishing.quota import Meter
from ytempire_assets.publishing.reports import (
    PublicCounts,
    VideoNumbers,
    public_counts,
    video_numbers,
)
from ytempire_assets.publishing.resumable import SessionGoneError, UploadState
from ytempire_assets.publishing.transport import Transport
from ytempire_assets.publishing.video_metadata import VideoMetadata

if TYPE_CHECKING:
    from types import TracebackType

    from google.oauth2.credentials import Credentials
    from requests import Response

__all__ = [
    "PublicCounts",
    "SessionGoneError",
    "UploadState",
    "VideoMetadata",
    "VideoNumbers",
    "VideoStatus",
    "YouTubeClient",
]

SCOPES = (
    "https://www.googleapis.com/auth/youtube",
    "https://www.googleapis.com/auth/youtube.upload",
    "https://www.googleapis.com/auth/youtube.force-ssl",
    "https://www.googleapis.com/auth/yt-analytics.readonly",
)
_PAGE = 50
_OUR_NAME = re.compile(r"[0-9a-f]{64}\.mp4")


@dataclass(frozen=True, slots=True)
class VideoStatus:
    """How a video stands on the platform.

    Attributes:
        title: Title.
        privacy: ``private``, ``unlisted`` or ``public``.
        upload: ``uploaded`` (in process), ``processed``, ``failed``, ``rejected``, ``deleted``.
        reason: Why it failed or was rejected; empty otherwise.
        publish_at: When it becomes public by itself; None when that is not planned.
        has_captions: A caption track is there.
    """

    title: str
    privacy: str
    upload: str
    reason: str
    publish_at: datetime | None
    has_captions: bool


class YouTubeClient:
    """Speaks YouTube's protocol. Not to be shared between threads; cheap to make.

    Args:
        endpoints: Where the platform is.
        credentials: google-auth credentials of the channel, with a refresh token.
        sleep: Waits between repetitions; tests pass their own.
        chunk_bytes: Size of an upload chunk, a multiple of 256 KiB.
        meter: Counts what calls cost before they are made; None counts nothing.
        clock: This machine's time in seconds since 1970, held against the platform's.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        credentials: Credentials,
        *,
        sleep: Callable[[float], None] = time.sleep,
        chunk_bytes: int = resumable.CHUNK_BYTES,
        meter: Meter | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.endpoints = endpoints
        self._transport = Transport(endpoints, credentials, sleep, meter, clock)
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
            call="videos.insert",
            wants=self._session_in,
        )
        return self._session_in(answer)

    def _session_in(self, answer: Response) -> str:
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

    def find_upload(
        self,
        file_name: str,
        size_bytes: int,
        title: str | None = None,
        is_taken: Callable[[str], bool] = lambda _video_id: False,
        since: datetime | None = None,
    ) -> str | None:
        """The id of an uploaded video with this file name, size and title, newest first, or None.

        Where the platform shows a file name that is none of ours, size and title decide.

        Costs two quota units per 50 videos that are newer than the one sought.

        Args:
            file_name: As it was given with the upload.
            size_bytes: Size of the file.
            title: Its title; None takes any.
            is_taken: Whether a video is known to be another publication's.
            since: Nothing older is looked at; None looks at all.

        Raises:
            TransientError: The platform does not answer; that is never "there is none".
            PermanentError: It refuses, or the account has no channel.
        """
        for ids in self._uploads(since):
            details = self._transport.json(
                "videos",
                params={
                    "part": "snippet,fileDetails", "id": ",".join(ids), "maxResults": str(_PAGE)
                },
            )  # fmt: skip
            found = {item["id"]: item for item in details.get("items", ())}
            for video_id in ids:
                item = found.get(video_id, {})
                file = item.get("fileDetails", {})
                if file.get("fileSize") != str(size_bytes):
                    continue
                known = str(file.get("fileName") or "")
                titled = title is not None and item.get("snippet", {}).get("title") == title
                # A platform that dropped our name leaves size and title to know it by.
                named = known == file_name or (titled and not _OUR_NAME.fullmatch(known))
                if named and (titled or title is None) and not is_taken(video_id):
                    return video_id
        return None

    def channel(self) -> tuple[str, str]:
        """Id and title of the account's channel.

        Raises:
            PermanentError: The account has none.
        """
        mine = self._transport.json("channels", params={"part": "snippet", "mine": "true"})
        item = self._own(mine)
        return str(item["id"]), str(item.get("snippet", {}).get("title", ""))

    def status(self, video_id: str) -> VideoStatus | None:
        """How a video stands; None when the platform does not have it (any more)."""
        answer = self._transport.json(
            "videos", params={"part": "snippet,status,contentDetails", "id": video_id}
        )
        for item in answer.get("items", ()):
            status = item.get("status", {})
            at = status.get("publishAt")
            return VideoStatus(
                title=str(item.get("snippet", {}).get("title", "")),
                privacy=str(status.get("privacyStatus", "private")),
                upload=str(status.get("uploadStatus", "uploaded")),
                reason=str(status.get("rejectionReason") or status.get("failureReason") or ""),
                publish_at=None if at is None else datetime.fromisoformat(at),
                has_captions=item.get("contentDetails", {}).get("caption") == "true",
            )
        return None

    def update(self, video_id: str, metadata: VideoMetadata) -> None:
        """Writes title, description, tags, category and status anew (``videos.update``).

        Raises:
            PermanentError: A field is refused, or there is no such video.
        """
        self._transport.ask(
            "PUT",
            f"{self.endpoints.api}/videos",
            params={"part": "snippet,status"},
            data=json.dumps({"id": video_id, **metadata.resource()}).encode(),
            headers={"Content-Type": "application/json; charset=UTF-8"},
            call="videos.update",
            wants=self._transport.body,
        )

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
            call="thumbnails.set",
            wants=self._transport.body,
        )

    def has_captions(self, video_id: str, language: str, name: str = "") -> bool:
        """Whether a caption track of that language and name is there."""
        tracks = self._transport.json("captions", params={"part": "snippet", "videoId": video_id})
        snippets = (item.get("snippet", {}) for item in tracks.get("items", ()))
        return any(
            snippet.get("language") == language and snippet.get("name", "") == name
            for snippet in snippets
        )

    def insert_captions(
        self, video_id: str, srt: bytes, language: str = "en", name: str = ""
    ) -> None:
        """Adds a caption track; one of that language and name that is there already stays.

        Raises:
            PermanentError: The track is refused.
            QuotaError: The day's units are used up; captions cost most of them.
            TransientError: The platform does not answer.
        """
        snippet = {"videoId": video_id, "language": language, "name": name, "isDraft": False}
        content_type, body = related({"snippet": snippet}, srt)
        # 409: a first attempt arrived and its answer was lost.
        self._transport.ask(
            "POST",
            f"{self.endpoints.upload}/captions",
            params={"uploadType": "multipart", "part": "snippet"},
            data=body,
            headers={"Content-Type": content_type},
            accept=(200, 201, 409),
            call="captions.insert",
            wants=self._transport.body,
        )

    def playlist_entries(self, playlist_id: str, video_id: str) -> list[str]:
        """Ids of a video's entries in a playlist of the channel."""
        return playlist.entries(self._transport, playlist_id, video_id)

    def add_to_playlist(self, playlist_id: str, video_id: str) -> None:
        """Makes a video be in a playlist exactly once; see ``playlist.add``."""
        playlist.add(self._transport, playlist_id, video_id)

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
        return video_numbers(self._transport, video_ids, day)

    def public_counts(self, video_ids: Sequence[str]) -> dict[str, PublicCounts]:
        """Views, likes and comments as everybody sees them, by the platform's id.

        Fifty videos a call, from a bucket of their own (``videos.batchGetStats``).
        """
        return public_counts(self._transport, video_ids)

    def watch_address(self, video_id: str) -> str:
        """Where people watch the video."""
        return f"{self.endpoints.watch}?v={quote(video_id, safe='')}"

    def _own(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        for item in answer.get("items") or ():
            own: Mapping[str, Any] = item
            return own
        raise PermanentError(
            f"the account has no channel on {self.endpoints.name}",
            "authorise with the account that owns the channel",
        )

    def _uploads(self, since: datetime | None) -> Iterator[list[str]]:
        """Ids of the channel's uploads in pages, newest first, down to ``since``."""
        mine = self._transport.json("channels", params={"part": "contentDetails", "mine": "true"})
        query = {
            "part": "snippet,contentDetails",
            "playlistId": self._own(mine)["contentDetails"]["relatedPlaylists"]["uploads"],
            "maxResults": str(_PAGE),
        }
        while True:
            page = self._transport.json("playlistItems", params=query)
            items = page.get("items", ())
            if ids := [item["contentDetails"]["videoId"] for item in items]:
                yield ids
            if since is not None and any(_added(item) < since for item in items):
                return
            if not page.get("nextPageToken"):
                return
            query["pageToken"] = page["nextPageToken"]


def _added(item: Mapping[str, Any]) -> datetime:
    """When an upload came to its playlist; now where the platform does not say."""
    said = item.get("snippet", {}).get("publishedAt")
    return datetime.now(UTC) if said is None else datetime.fromisoformat(said)
