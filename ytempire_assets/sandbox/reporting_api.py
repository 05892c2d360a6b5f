"""The Reporting API v1: daily files of thumbnail impressions and click-through.

Belongs here: jobs, their reports and the CSV files, made from the simulated audience.
https://developers.google.com/youtube/reporting/v1/reference/rest

Reports are not stored: job and clock say which there are. The file of a day comes 48 hours after
that day's end and lacks some of its impressions; a complete one replaces it a day later. A job
begins with the 30 days before it, and a file is kept for 60 days.
"""

from __future__ import annotations

import csv
import io
import math
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ytempire_assets.sandbox.accounts import Account
from ytempire_assets.sandbox.answers import NOTE, base_of, json_of, store_of, with_numbers
from ytempire_assets.sandbox.audience import reaction
from ytempire_assets.sandbox.days import PACIFIC, end_of_day
from ytempire_assets.sandbox.metadata import RefusedError
from ytempire_assets.sandbox.records import StoredVideo
from ytempire_assets.sandbox.video_resources import rfc3339, watchable

REPORT_TYPE = "channel_reach_basic_a1"
LAG = timedelta(hours=48)
_REPLACED_AFTER = timedelta(hours=24)
_KEPT = timedelta(days=60)
_BACKFILL_DAYS = 30
_FIRST_SHARE = 0.97
_MAX_PAGE = 500
_ALL_VIDEOS = 100_000
_COLUMNS = (
    "date",
    "channel_id",
    "video_id",
    "video_thumbnail_impressions",
    "video_thumbnail_impressions_ctr",
)


@dataclass(frozen=True, slots=True)
class Job:
    """A wish for daily reports."""

    id: str
    channel_id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """One file: the numbers of a day, first or complete."""

    day: date
    complete: bool
    created_at: datetime

    @property
    def id(self) -> str:
        """Its id within the job, in digits as YouTube's are."""
        return f"{self.day:%Y%m%d}{2 if self.complete else 1}"


def report_types_list(_request: Request, _account: Account) -> Response:
    """GET reportTypes."""
    return JSONResponse({"reportTypes": [{"id": REPORT_TYPE, "name": "Reach basic"}]})


def jobs_list(request: Request, account: Account) -> Response:
    """GET jobs: the jobs of the channel."""
    jobs = [_job_resource(job) for job in _jobs(request, account)]
    return JSONResponse({"jobs": jobs} if jobs else {})


async def jobs_create(request: Request, account: Account) -> Response:
    """POST jobs: ``{"reportTypeId": "channel_reach_basic_a1", "name": "..."}``."""
    given = await json_of(request)
    given = given if isinstance(given, dict) else {}
    if given.get("reportTypeId") != REPORT_TYPE:
        raise _refused(400, "INVALID_ARGUMENT", f"reportTypeId must be {REPORT_TYPE}")
    name = given.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= 100:
        raise _refused(400, "INVALID_ARGUMENT", "name must have 1 to 100 characters")

    def create() -> list[Job]:
        store = store_of(request)
        added = store.database.change(
            "INSERT OR IGNORE INTO jobs VALUES (?, ?, ?, ?, ?)",
            *(str(uuid.uuid4()), account.id, REPORT_TYPE, name, store.clock.stamp()),
        )
        if not added:
            raise _refused(409, "ALREADY_EXISTS", "the channel has a job of this type")
        return _jobs(request, account)

    (job,) = await run_in_threadpool(create)
    return JSONResponse(_job_resource(job))


def reports_list(request: Request, account: Account) -> Response:
    """GET jobs/JOB/reports: what can be downloaded now, newest file first."""
    job, query = _job(request, account), request.query_params
    created_after = _time(request, "createdAfter")
    at_or_after, before = _time(request, "startTimeAtOrAfter"), _time(request, "startTimeBefore")
    size, offset = query.get("pageSize", str(_MAX_PAGE)), query.get("pageToken", "0")
    if not size.isdecimal() or not offset.isdecimal():
        raise _refused(400, "INVALID_ARGUMENT", "pageSize or pageToken is not usable")
    found = [
        report
        for report in _reports(job, store_of(request).clock.now())
        if (created_after is None or report.created_at > created_after)
        and (at_or_after is None or _start(report.day) >= at_or_after)
        and (before is None or _start(report.day) < before)
    ]
    end = int(offset) + (min(int(size), _MAX_PAGE) or _MAX_PAGE)
    base = base_of(request)
    shown = [_report_resource(job, report, base) for report in found[int(offset) : end]]
    body: dict[str, Any] = {"reports": shown} if shown else {}
    if end < len(found):
        body["nextPageToken"] = str(end)
    return with_numbers(body)


def media_download(request: Request, account: Account) -> Response:
    """GET media/...: the CSV file of a report; a header says that it is simulated."""
    job, wanted = _job(request, account), request.path_params["report_id"]
    store = store_of(request)
    report = next((r for r in _reports(job, store.clock.now()) if r.id == wanted), None)
    if report is None:
        raise _refused(404, "NOT_FOUND", "there is no such report")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for video in store.page(_ALL_VIDEOS, None, account.id):
        impressions, rate = _reach(video, report)
        if impressions:
            writer.writerow((f"{report.day:%Y%m%d}", account.id, video.id, impressions, rate))
    headers = {"X-Sandbox-Simulated": NOTE}
    return Response(text.getvalue(), media_type="text/csv", headers=headers)


def _reach(video: StoredVideo, report: Report) -> tuple[int, float]:
    """Impressions of the day and the share of them that were clicked."""
    seen = watchable(video)
    until = reaction(seen, report.day)
    before = reaction(seen, report.day - timedelta(days=1))
    impressions, views = until.impressions - before.impressions, until.views - before.views
    if not report.complete:
        impressions, views = (
            math.floor(impressions * _FIRST_SHARE),
            math.floor(views * _FIRST_SHARE),
        )
    return impressions, views / impressions if impressions else 0.0


def _reports(job: Job, now: datetime) -> list[Report]:
    first = job.created_at.astimezone(PACIFIC).date() - timedelta(days=_BACKFILL_DAYS)
    last = now.astimezone(PACIFIC).date()
    found = []
    for number in range((last - first).days):
        day = first + timedelta(days=number)
        for complete in (False, True):
            at = end_of_day(day) + LAG + (_REPLACED_AFTER if complete else timedelta())
            created_at = max(at, job.created_at)
            if now - _KEPT <= created_at <= now:
                found.append(Report(day, complete, created_at))
    return sorted(found, key=lambda report: (report.created_at, report.id), reverse=True)


def _jobs(request: Request, account: Account) -> list[Job]:
    rows = store_of(request).database.read(
        "SELECT id, channel_id, name, created_at FROM jobs WHERE channel_id = ?", account.id
    )
    return [Job(row[0], row[1], row[2], datetime.fromisoformat(row[3])) for row in rows]


def _job(request: Request, account: Account) -> Job:
    wanted = request.path_params["job_id"]
    job = next((job for job in _jobs(request, account) if job.id == wanted), None)
    if job is None:
        raise _refused(404, "NOT_FOUND", "there is no such job")
    return job


def _job_resource(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "reportTypeId": REPORT_TYPE,
        "name": job.name,
        "createTime": rfc3339(job.created_at),
    }


def _report_resource(job: Job, report: Report, base: str) -> dict[str, Any]:
    return {
        "id": report.id,
        "jobId": job.id,
        "startTime": rfc3339(_start(report.day)),
        "endTime": rfc3339(end_of_day(report.day)),
        "createTime": rfc3339(report.created_at),
        "downloadUrl": f"{base}/v1/media/jobs/{job.id}/reports/{report.id}?alt=media",
    }


def _start(day: date) -> datetime:
    return end_of_day(day - timedelta(days=1))


def _time(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _refused(400, "INVALID_ARGUMENT", f"{name} must be a time with its zone")
    return at


def _refused(status: int, reason: str, message: str) -> RefusedError:
    return RefusedError(status, reason, message)
