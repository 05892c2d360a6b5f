"""Daily files of thumbnail impressions: late, replaced, and marked as simulated."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests

from ytempire_assets.sandbox.accounts import named
from ytempire_assets_tests.sandbox.wire import Wire, reason, resource

HOUR_S, DAY_S = 3600, 86_400
TYPE = "channel_reach_basic_a1"
PUBLIC = resource(status_privacyStatus="public", status_publishAt=None)


def set_clock(wire: Wire, text: str) -> None:
    """Moves the sandbox to a time in UTC."""
    wanted = datetime.fromisoformat(text).replace(tzinfo=UTC)
    wire.control(clock_offset_s=(wanted - datetime.now(UTC)) / timedelta(seconds=1))
    wire.log_in()


def job_of(wire: Wire) -> str:
    answer = wire.call("POST", "v1/jobs", {"reportTypeId": TYPE, "name": "reach"})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def reports(wire: Wire, job: str, **query: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = (
        wire.get(f"v1/jobs/{job}/reports", **query).json().get("reports", [])
    )
    return found


def rows(wire: Wire, report: dict[str, str]) -> list[dict[str, str]]:
    answer = wire.session.get(report["downloadUrl"], headers=wire.headers, timeout=10)
    assert "simulated" in answer.headers["X-Sandbox-Simulated"]
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_day_comes_late_and_is_replaced(join: Callable[[str], Wire]) -> None:
    wire = join("orbit")
    set_clock(wire, "2026-11-10T12:00:00")
    job = job_of(wire)
    ids = {wire.upload(b"mpeg" + bytes([number]), PUBLIC) for number in range(2)}
    # The day of the 10th ends at 08:00 UTC of the 11th; its file comes 48 hours later.
    of_day = {"startTimeAtOrAfter": "2026-11-10T08:00:00Z"}
    set_clock(wire, "2026-11-13T07:59:00")
    assert reports(wire, job, **of_day) == []
    set_clock(wire, "2026-11-13T08:01:00")
    (first,) = reports(wire, job, **of_day)
    assert (first["startTime"], first["endTime"], first["createTime"]) == (
        "2026-11-10T08:00:00Z",
        "2026-11-11T08:00:00Z",
        "2026-11-13T08:00:00Z",
    )
    early = rows(wire, first)
    set_clock(wire, "2026-11-14T08:01:00")
    again = [one for one in reports(wire, job) if one["startTime"] == first["startTime"]]
    assert [one["createTime"] for one in again] == ["2026-11-14T08:00:00Z", first["createTime"]]
    late = rows(wire, again[0])
    assert rows(wire, again[1]) == early
    assert {row["video_id"] for row in late} == ids
    assert {row["channel_id"] for row in late} == {named("orbit").id}
    assert {row["date"] for row in late} == {"20261110"}
    shown = [int(row["video_thumbnail_impressions"]) for row in late]
    assert sum(shown) > sum(int(row["video_thumbnail_impressions"]) for row in early) > 0
    # The complete file says what the Analytics endpoint says.
    analytics = wire.get(
        "v2/reports",
        ids="channel==MINE",
        dimensions="video",
        startDate="2026-11-10",
        endDate="2026-11-10",
        metrics="videoThumbnailImpressions,views",
    ).json()["rows"]
    assert {row["video_id"]: int(row["video_thumbnail_impressions"]) for row in late} == {
        row[0]: row[1] for row in analytics
    }
    clicked = {row[0]: row[2] / row[1] for row in analytics}
    for row in late:
        assert float(row["video_thumbnail_impressions_ctr"]) == clicked[row["video_id"]]


def test_a_job_begins_with_thirty_days_and_keeps_sixty(wire: Wire) -> None:
    set_clock(wire, "2026-06-01T12:00:00")
    job = job_of(wire)
    first = reports(wire, job)
    days = {one["startTime"] for one in first}
    assert min(days) == "2026-05-02T07:00:00Z"
    assert len(days) == 28  # of 30 days before, those that ended 48 hours ago
    set_clock(wire, "2026-08-15T12:00:00")
    made = {one["createTime"] for one in reports(wire, job)}
    assert min(made) >= "2026-06-16T12:00:00Z"
    newest = reports(wire, job, createdAfter="2026-08-14T12:00:00Z")
    assert {one["createTime"] for one in newest} == {"2026-08-15T07:00:00Z"}
    assert len(newest) == 2  # one day's first file, the day's before complete one
    before = reports(wire, job, startTimeBefore="2026-06-10T07:00:00Z")
    assert before == []


def test_reports_come_in_pages(wire: Wire) -> None:
    job = job_of(wire)
    every = [one["id"] for one in reports(wire, job)]
    seen: list[str] = []
    page: dict[str, str] = {}
    while True:
        body = wire.get(f"v1/jobs/{job}/reports", pageSize="20", **page).json()
        seen += [one["id"] for one in body["reports"]]
        if "nextPageToken" not in body:
            break
        page = {"pageToken": body["nextPageToken"]}
    assert seen == every


def test_jobs_are_the_channels_own(join: Callable[[str], Wire]) -> None:
    orbit, reef = join("orbit"), join("reef")
    assert orbit.get("v1/jobs").json() == {}
    assert [one["id"] for one in orbit.get("v1/reportTypes").json()["reportTypes"]] == [TYPE]
    job = job_of(orbit)
    (found,) = orbit.get("v1/jobs").json()["jobs"]
    assert (found["id"], found["reportTypeId"], found["name"]) == (job, TYPE, "reach")
    again = orbit.call("POST", "v1/jobs", {"reportTypeId": TYPE, "name": "x"})
    assert reason(again) == (409, "ALREADY_EXISTS")
    assert reef.get("v1/jobs").json() == {}
    assert reason(reef.get(f"v1/jobs/{job}/reports")) == (404, "NOT_FOUND")
    (report, *_rest) = reports(orbit, job)
    stolen = requests.get(report["downloadUrl"], headers=reef.headers, timeout=10)
    assert reason(stolen) == (404, "NOT_FOUND")
    assert reason(requests.get(report["downloadUrl"], timeout=10)) == (401, "authError")


@pytest.mark.parametrize(
    "body",
    [
        {"reportTypeId": "channel_basic_a3", "name": "x"},
        {"reportTypeId": TYPE},
        {"reportTypeId": TYPE, "name": ""},
        [],
    ],
)
def test_jobs_that_are_refused(wire: Wire, body: object) -> None:
    assert reason(wire.call("POST", "v1/jobs", body)) == (400, "INVALID_ARGUMENT")


def test_queries_that_are_refused(wire: Wire) -> None:
    job = job_of(wire)
    for query in (
        {"createdAfter": "yesterday"},
        {"startTimeBefore": "2026-11-10T00:00:00"},
        {"pageSize": "x"},
        {"pageToken": "x"},
    ):
        answer = wire.get(f"v1/jobs/{job}/reports", **query)
        assert reason(answer) == (400, "INVALID_ARGUMENT")
    missing = wire.get(f"v1/media/jobs/{job}/reports/209901011", alt="media")
    assert reason(missing) == (404, "NOT_FOUND")
