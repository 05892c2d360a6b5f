"""The Analytics API v2: what the simulated audience did, in the shape of ``reports.query``.

Belongs here: the query and its answer. https://developers.google.com/youtube/analytics/reference
"""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ytempire_assets.sandbox.accounts import Account
from ytempire_assets.sandbox.answers import store_of, with_numbers
from ytempire_assets.sandbox.metadata import RefusedError
from ytempire_assets.sandbox.records import StoredVideo
from ytempire_assets.sandbox.video_resources import report_row

MAX_ROWS = 200
MAX_FILTERED = 500
_TYPES = {
    "video": "STRING",
    "views": "INTEGER",
    "estimatedMinutesWatched": "INTEGER",
    "averageViewDuration": "INTEGER",
    "averageViewPercentage": "FLOAT",
    "likes": "INTEGER",
    "comments": "INTEGER",
    "shares": "INTEGER",
    # YouTube gives these two by its Reporting API only; here they are in one place.
    "videoThumbnailImpressions": "INTEGER",
    "videoThumbnailImpressionsClickRate": "FLOAT",
    "estimatedRevenue": "FLOAT",
}


def reports_query(request: Request, account: Account) -> Response:
    """GET /v2/reports: simulated numbers per video over a range of days, marked as such.

    A video that is asked for by name has a row even without views, so that a client can tell "not
    public yet" from "not there".
    """
    query = request.query_params
    if query.get("ids") != "channel==MINE" or query.get("dimensions") != "video":
        raise _bad("the sandbox reports ids=channel==MINE by dimensions=video only", "dimensions")
    first, last = _day(request, "startDate"), _day(request, "endDate")
    if first > last:
        raise _bad("startDate is after endDate", "startDate")
    metrics = _names(request, "metrics")
    if not metrics or any(name == "video" or name not in _TYPES for name in metrics):
        raise _bad("metrics names one that is not known", "metrics")
    limit = query.get("maxResults", str(MAX_ROWS))
    if not limit.isdecimal() or not 1 <= int(limit) <= MAX_ROWS:
        raise _bad(f"maxResults must be 1 to {MAX_ROWS}", "maxResults")
    rows = [report_row(video, first, last) for video in _videos(request, account)]
    for key in reversed(_names(request, "sort")):
        name = key.removeprefix("-")
        if name not in metrics:
            raise _bad(f"cannot sort by {name}, which is not among the metrics", "sort")
        rows.sort(key=lambda row, name=name: row[name], reverse=key.startswith("-"))  # type: ignore[misc]
    columns = ["video", *metrics]
    return with_numbers(
        {
            "kind": "youtubeAnalytics#resultTable",
            "columnHeaders": [_header(name) for name in columns],
            "rows": [[row[name] for name in columns] for row in rows[: int(limit)]],
        }
    )


def _videos(request: Request, account: Account) -> list[StoredVideo]:
    wanted = request.query_params.get("filters", "")
    if not wanted:
        return store_of(request).page(MAX_ROWS, None, account.id)
    if not wanted.startswith("video=="):
        raise _bad("only filters=video==ID,ID is there", "filters")
    ids = wanted.removeprefix("video==").split(",")
    if len(ids) > MAX_FILTERED:
        raise _bad(f"at most {MAX_FILTERED} videos in a filter", "filters")
    return [video for video in store_of(request).videos(ids) if video.channel_id == account.id]


def _day(request: Request, name: str) -> date:
    try:
        return date.fromisoformat(request.query_params.get(name, ""))
    except ValueError:
        raise _bad(f"{name} must be a day as YYYY-MM-DD", name) from None


def _names(request: Request, name: str) -> list[str]:
    return list(filter(None, request.query_params.get(name, "").split(",")))


def _header(name: str) -> dict[str, Any]:
    kind = "DIMENSION" if name == "video" else "METRIC"
    return {"name": name, "columnType": kind, "dataType": _TYPES[name]}


def _bad(message: str, parameter: str) -> RefusedError:
    return RefusedError(400, "badRequest", message, parameter)
