"""What became of videos, as the Analytics API v2 tells it.

Belongs here: the query, and its answer as values.
https://developers.google.com/youtube/analytics/reference/reports/query
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ytempire_assets.publishing.transport import Transport

_REPORT_PAGE = 200
_STATS_PAGE = 50
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
_REVENUE_METRIC = "estimatedRevenue"
_REACH_METRICS = ("videoThumbnailImpressions", "videoThumbnailImpressionsClickRate")


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
        revenue_usd: What the platform estimates that it owes for it; None where it does not say.
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
    revenue_usd: float | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class PublicCounts:
    """What everybody sees below a video, at this moment."""

    views: int
    likes: int
    comments: int
    simulated: bool


def public_counts(transport: Transport, video_ids: Sequence[str]) -> dict[str, PublicCounts]:
    """See ``YouTubeClient.public_counts``."""
    counts: dict[str, PublicCounts] = {}
    for start in range(0, len(video_ids), _STATS_PAGE):
        answer = transport.json(
            "videos:batchGetStats",
            call="videos.batchGetStats",
            params={
                "part": "id,statistics",
                "id": ",".join(video_ids[start : start + _STATS_PAGE]),
            },
        )
        for item in answer.get("items") or ():
            numbers = item.get("statistics", {})
            counts[str(item["id"])] = PublicCounts(
                views=int(numbers.get("viewCount", 0)),
                likes=int(numbers.get("likeCount", 0)),
                comments=int(numbers.get("commentCount", 0)),
                simulated=answer.get("simulated") is True,
            )
    return counts


def video_numbers(
    transport: Transport, video_ids: Sequence[str], day: date
) -> dict[str, VideoNumbers]:
    """See ``YouTubeClient.video_report``."""
    metrics = _METRICS + (_REACH_METRICS if transport.endpoints.reach_in_analytics else ())
    if transport.endpoints.revenue_in_analytics:
        metrics += (_REVENUE_METRIC,)
    numbers: dict[str, VideoNumbers] = {}
    for start in range(0, len(video_ids), _REPORT_PAGE):
        report = transport.json(
            "reports",
            base=transport.endpoints.analytics,
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


def _numbers(row: dict[str, Any], simulated: bool) -> VideoNumbers:
    impressions = row.get("videoThumbnailImpressions")
    rate = row.get("videoThumbnailImpressionsClickRate")
    revenue = row.get(_REVENUE_METRIC)
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
        revenue_usd=None if revenue is None else float(revenue),
        simulated=simulated,
    )
