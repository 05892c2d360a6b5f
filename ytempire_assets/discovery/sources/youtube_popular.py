"""Videos in YouTube's charts of several regions.

Belongs here: ``videos.list chart=mostPopular`` of the Data API v3, with a key and no channel. Each
page costs one unit of the project's day and is counted before it is sent.

What the API gives of other people's videos may be kept for 30 days (Developer Policies III.E.4);
keeping to that is the store's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol, TypeAlias

from pydantic import AfterValidator, BaseModel, Field, SecretStr

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.sources.addresses import checked_base, with_query
from ytempire_assets.discovery.sources.asking import Asking, ask
from ytempire_assets.discovery.sources.errors import BusyError, RefusedError
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.request import Request
from ytempire_assets.discovery.sources.settings import SourceSettings
from ytempire_assets.discovery.sources.source import Poll, Validators
from ytempire_assets.discovery.sources.untrusted import (
    SUMMARY_CHARACTERS,
    TITLE_CHARACTERS,
    count,
    language_tag,
    moment,
    one_line,
    quoted,
    tag_names,
)
from ytempire_assets.errors import PermanentError, QuotaError, YtempireError

KEY_SETTING = "YTEMPIRE_YOUTUBE_KEY"

_CALL = "videos.list"
_PER_PAGE = 50
_INTERVAL_S = 0.1
_MOST_BYTES = 10_000_000
_WATCH = "https://www.youtube.com/watch?v="
_DAILY_REASONS = frozenset({"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"})
_PASSING_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_DURATION = re.compile(
    r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?", re.ASCII
)


def _google_base(address: str) -> str:
    return checked_base(address, "googleapis.com")


_Region: TypeAlias = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class YouTubePopularSettings(SourceSettings):
    """Settings of the charts.

    Attributes:
        regions: Countries, ISO 3166-1 alpha-2; each has a chart of its own.
        pages: Of each chart, 50 videos each; a chart has four at most.
        address: Base of the Data API.
    """

    kind: Literal["youtube_popular"]
    regions: Annotated[tuple[_Region, ...], Field(min_length=1, max_length=110)]
    pages: Annotated[int, Field(ge=1, le=4)] = 1
    address: Annotated[str, AfterValidator(_google_base)] = "https://www.googleapis.com/youtube/v3"


class Quota(Protocol):
    """The project's daily allowance; what counts uploads counts this as well."""

    def reserve(self, call: str, /) -> int:
        """Takes the cost of ``call``; returns a number for ``settle``.

        Raises:
            QuotaError: It does not fit into the day; nothing may be sent.
        """

    def settle(self, reservation: int, /, *, sent: bool) -> None:
        """Says whether the call was sent; only one that certainly was not gives its cost back."""

    def exhausted(self, call: str, reason: str, /) -> datetime:
        """The platform itself says that there is no more; returns when there is again, UTC."""


class _Snippet(BaseModel):
    title: str
    channel_id: str = Field(alias="channelId", default="")
    description: str = ""
    published_at: Any = Field(alias="publishedAt", default=None)
    category_id: str = Field(alias="categoryId", default="")
    tags: list[str] = Field(default_factory=list)
    audio_language: str = Field(alias="defaultAudioLanguage", default="")
    text_language: str = Field(alias="defaultLanguage", default="")


class _Statistics(BaseModel):
    views: Any = Field(alias="viewCount", default=None)
    likes: Any = Field(alias="likeCount", default=None)
    comments: Any = Field(alias="commentCount", default=None)


class _Details(BaseModel):
    duration: str = ""


class _Video(BaseModel):
    id: str = Field(pattern=r"^[A-Za-z0-9_-]{5,20}$")
    snippet: _Snippet
    statistics: _Statistics = Field(default_factory=_Statistics)
    details: _Details = Field(alias="contentDetails", default_factory=_Details)


class _Page(BaseModel):
    items: list[Any]
    next: str = Field(alias="nextPageToken", default="", max_length=500)


class YouTubePopularSource:
    """The charts of some regions, pooled.

    Args:
        settings: Which ones.
        key: API key of the project.
        quota: Counts what the pages cost.
    """

    def __init__(self, settings: YouTubePopularSettings, key: SecretStr, quota: Quota) -> None:
        self._settings = settings
        self._key = key
        self._quota = quota

    @property
    def name(self) -> str:
        """The name from the settings."""
        return self._settings.name

    def poll(self, fetcher: Fetcher, known: Mapping[str, Validators], now: datetime) -> Poll:
        """Asks once: a request for each page of each region.

        All of them are read anew each time, since a chart that did not change still counts in the
        number of charts that hold a video.
        """
        asking = Asking(self.name, fetcher, known, _Units(self._quota))
        return ask(asking, lambda: self._collect(asking, now))

    def _collect(self, asking: Asking, now: datetime) -> list[Signal]:
        pooled: dict[str, Signal] = {}
        for region in self._settings.regions:
            if asking.over:
                break
            rank = 0
            charted: set[str] = set()  # a video that moves down may stand on two pages
            try:
                for page in self._pages(asking, region):
                    for video in page:
                        rank += 1
                        if video.id not in charted:
                            charted.add(video.id)
                            _pool(pooled, self._signal(video, rank, now))
            except YtempireError as error:
                asking.note(error, region)
                asking.over = asking.over or isinstance(error, QuotaError | _RefusedKeyError)
        return [signal for signal in pooled.values() if signal.title]

    def _pages(self, asking: Asking, region: str) -> Iterator[list[_Video]]:
        token: dict[str, str] = {}
        for _ in range(self._settings.pages):
            address = with_query(
                f"{self._settings.address}/videos",
                part="snippet,statistics,contentDetails",
                chart="mostPopular",
                regionCode=region,
                maxResults=_PER_PAGE,
                **token,
            )
            request = Request(
                address=address,
                secrets={"X-Goog-Api-Key": self._key},
                interval_s=_INTERVAL_S,
                most_bytes=_MOST_BYTES,
                refusal=self._refusal,
            )
            page = asking.model(request, _Page)
            yield asking.items(page.items, _Video)
            if not page.next:
                return
            token = {"pageToken": page.next}

    def _signal(self, video: _Video, rank: int, now: datetime) -> Signal:
        snippet, statistics = video.snippet, video.statistics
        return Signal(
            source=self.name,
            item=video.id,
            title=one_line(snippet.title, TITLE_CHARACTERS),
            observed_at=now,
            value=_shown(statistics.views),
            unit="views",
            counting="total",
            published_at=moment(snippet.published_at, now),
            address=f"{_WATCH}{video.id}",
            summary=one_line(snippet.description, SUMMARY_CHARACTERS),
            language=language_tag(snippet.audio_language) or language_tag(snippet.text_language),
            tags=tag_names(snippet.tags),
            niche=self._settings.niche,
            channel=one_line(snippet.channel_id, 60),
            category=one_line(snippet.category_id, 60),
            likes=_shown(statistics.likes),
            comments=_shown(statistics.comments),
            regions=1,
            rank=rank,
            duration_s=_duration_s(video.details.duration),
        )

    def _refusal(self, status: int, body: bytes) -> YtempireError | None:
        """What the API says of its own: a day that is used up, or a key that is not valid."""
        reasons, message = _explained(body)
        said = quoted(message.replace(self._key.get_secret_value(), "the key"), 160)
        daily = status == 429 and "per day" in message.lower()
        if reasons & _DAILY_REASONS or daily:
            until = self._quota.exhausted(_CALL, next(iter(sorted(reasons)), "rateLimitExceeded"))
            return QuotaError(
                f"YouTube says that today's allowance is used up ({status})",
                f"nothing to do: it goes on after {until:%Y-%m-%d %H:%M} UTC",
            )
        if status == 403 and reasons & _PASSING_REASONS:
            return BusyError(f"YouTube is asked too often ({status})", "ask for fewer pages")
        if status in (401, 403) or (status == 400 and any("KEY" in one for one in reasons)):
            return _RefusedKeyError(
                f"YouTube refuses the key ({status}: {said})",
                f"set {KEY_SETTING} to a key of a project that has the YouTube Data API v3 "
                "switched on",
            )
        if status in (400, 404):
            return RefusedError(
                f"YouTube has no such chart ({status}: {said})",
                "leave the region out of the source",
                status,
            )
        return None


class _RefusedKeyError(PermanentError):
    """No other region would be answered either."""


class _Units:
    """Takes the cost of each request before it is sent."""

    def __init__(self, quota: Quota) -> None:
        self._quota = quota
        self._reservation = 0

    def before(self) -> None:
        self._reservation = self._quota.reserve(_CALL)

    def after(self, *, sent: bool) -> None:
        self._quota.settle(self._reservation, sent=sent)


def _pool(pooled: dict[str, Signal], signal: Signal) -> None:
    """Adds one chart's entry: the counts are worldwide, only the charts differ."""
    before = pooled.get(signal.item)
    if before is None:
        pooled[signal.item] = signal
        return
    ranks = [rank for rank in (before.rank, signal.rank) if rank is not None]
    pooled[signal.item] = replace(before, regions=(before.regions or 0) + 1, rank=min(ranks))


def _shown(value: object) -> float | None:
    """A count; 0 is what the API gives where comments are off or likes are hidden."""
    return count(value) or None


def _duration_s(text: str) -> float | None:
    """Seconds of an ISO 8601 duration; None for a live stream's ``P0D`` and anything else."""
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(days * 86_400 + hours * 3600 + minutes * 60 + seconds) or None


def _explained(body: bytes) -> tuple[set[str], str]:
    """Reasons and message of an error of the API; empty for anything else."""
    try:
        error = json.loads(body)["error"]
        parts = [*error.get("errors", []), *error.get("details", [])]
        reasons = {str(part["reason"])[:60] for part in parts if "reason" in part}
        return reasons, str(error.get("message", ""))[:500]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return set(), ""
