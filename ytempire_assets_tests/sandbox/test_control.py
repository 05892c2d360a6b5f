"""The controls of the sandbox, its clock, and what survives a kill."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests

from ytempire_assets_tests.sandbox.process import serving
from ytempire_assets_tests.sandbox.wire import UNIT, Wire, reason, resource

CHANNELS = {"part": "id", "mine": "true"}
DAY_S = 86_400


def test_only_those_who_know_the_header_may_set(wire: Wire) -> None:
    url, body = f"{wire.url}/sandbox/control", {"clock_offset_s": 60}
    assert reason(requests.post(url, json=body, timeout=10)) == (403, "forbidden")
    asked = requests.options(url, headers={"Origin": "https://evil.example"}, timeout=10)
    assert asked.status_code == 405
    assert "Access-Control-Allow-Origin" not in asked.headers
    assert wire.control()["clock_offset_s"] == 0


@pytest.mark.parametrize(
    "body",
    [
        {"unknown": 1},
        [],
        {"faults": "meteor"},
        {"clock_offset_s": "1"},
        {"clock_offset_s": True},
        {"date_skew_s": 1e99},
        {"faults": "rate=0.5", "clock_offset_s": "x"},
    ],
)
def test_what_cannot_be_set_is_said_and_changes_nothing(wire: Wire, body: object) -> None:
    headers = {"X-Sandbox-Control": "1"}
    answer = requests.post(f"{wire.url}/sandbox/control", json=body, headers=headers, timeout=10)
    assert reason(answer) == (400, "badRequest")
    wire.get("youtube/v3/channels", **CHANNELS)
    assert wire.control()["clock_offset_s"] == 0


def test_counts_are_reset(wire: Wire) -> None:
    wire.control(faults="rate=1,kinds=html")
    wire.get("youtube/v3/channels", **CHANNELS)
    assert wire.control()["fault_counts"] == {"requests": 1, "html": 1}
    assert wire.control(reset=True)["fault_counts"] == {"requests": 0}
    assert wire.get("youtube/v3/channels", **CHANNELS).text.startswith("<!doctype")


def test_a_platform_that_is_down_can_be_told_to_come_back(wire: Wire) -> None:
    wire.control(faults="down")
    for path in ("", "youtube/v3/channels"):
        with pytest.raises(requests.ConnectionError):
            wire.get(path)
    wire.control(faults="")
    assert wire.get("").status_code == 200


def test_all_of_time_moves_together(wire: Wire) -> None:
    planned = datetime.now(UTC) + timedelta(days=3)
    body = resource(status_publishAt=planned.strftime("%Y-%m-%dT%H:%M:%SZ"))
    video_id = wire.upload(b"mpeg", body)

    def dated(answer: requests.Response) -> float:
        return (parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC)) / timedelta(
            seconds=1
        )

    def privacy() -> str:
        items = wire.get("youtube/v3/videos", part="status", id=video_id).json()["items"]
        return str(items[0]["status"]["privacyStatus"])

    assert privacy() == "private"
    now = wire.control(clock_offset_s=4 * DAY_S)["now"]
    ahead = (datetime.fromisoformat(now) - datetime.now(UTC)) / timedelta(seconds=1)
    assert abs(ahead - 4 * DAY_S) < 30
    old = wire.get("youtube/v3/channels", **CHANNELS)
    assert reason(old) == (401, "authError")  # the token has expired meanwhile
    assert abs(dated(old) - 4 * DAY_S) < 30
    wire.log_in()
    assert privacy() == "public"
    assert wire.control()["quota_used"]["units"] == 1  # a new day
    wire.control(date_skew_s=-3600)
    assert abs(dated(wire.get("")) - (4 * DAY_S - 3600)) < 30
    assert privacy() == "public"
    wire.control(clock_offset_s=0, date_skew_s=0)
    wire.log_in()
    assert privacy() == "private"
    assert abs(dated(wire.get(""))) < 30


def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    data = os.urandom(4 * UNIT + 17)
    total = len(data)
    with serving(tmp_path) as (url, process), requests.Session() as session:
        wire = Wire(url, session, "sandbox.orbit.x")
        wire.control(clock_offset_s=DAY_S, date_skew_s=5)
        wire.log_in()
        done = wire.upload(b"mpeg", name="done.mp4")
        begun = wire.start(resource(), total, "begun.mp4").headers["Location"]
        for start in (0, UNIT):
            wire.put(begun, data[start : start + UNIT], f"bytes {start}-{start + UNIT - 1}/{total}")
        before = wire.control()
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    with serving(tmp_path) as (again, _), requests.Session() as session:
        wire = Wire(again, session, "sandbox.orbit.x")
        after = wire.control()
        for name in ("clock_offset_s", "date_skew_s", "quota_used", "quota_day"):
            assert after[name] == before[name]
        moved = begun.replace(url, again)
        state = wire.put(moved, b"", f"bytes */{total}")
        assert state.headers["Range"] == f"bytes=0-{2 * UNIT - 1}"
        rest = wire.put(moved, data[2 * UNIT :], f"bytes {2 * UNIT}-{total - 1}/{total}")
        ids = f"{done},{rest.json()['id']}"
        found = wire.get("youtube/v3/videos", part="fileDetails", id=ids).json()["items"]
        names = [item["fileDetails"]["fileName"] for item in found]
        assert names == ["done.mp4", "begun.mp4"]
        assert wire.get(f"video/{rest.json()['id']}.mp4").content == data


def test_kills_in_the_middle_of_uploads_lose_nothing_either(tmp_path: Path) -> None:
    """The process dies at any moment of a request; what was answered before stays."""
    data, kept = os.urandom(12 * UNIT), 0
    path, published = "", list[str]()
    for delay_s in (0.0, 0.004, 0.011, 0.023, 0.05):
        with serving(tmp_path) as (url, process), requests.Session() as session:
            wire = Wire(url, session, "sandbox.orbit.x")
            killer = threading.Timer(delay_s, process.kill)
            started = False
            with contextlib.suppress(requests.RequestException):
                while True:
                    if not path:
                        kept, name = 0, f"{len(published)}.mp4"
                        path = wire.start(resource(), len(data), name).headers["Location"]
                        path = "/upload" + path.partition("/upload")[2]
                    state = wire.put(url + path, b"", f"bytes */{len(data)}")
                    if state.status_code == 308:
                        last = state.headers.get("Range", "").rpartition("-")[2]
                        arrived = int(last) + 1 if last else 0
                        assert arrived >= kept
                        if not started:
                            killer.start()
                            started = True
                        end = arrived + UNIT
                        state = wire.put(
                            url + path,
                            data[arrived:end],
                            f"bytes {arrived}-{end - 1}/{len(data)}",
                        )
                        kept = end
                    if state.status_code in (200, 201):
                        published.append(state.json()["id"])
                        path = ""
            killer.cancel()
    with serving(tmp_path) as (url, _), requests.Session() as session:
        wire = Wire(url, session, "sandbox.orbit.x")
        for video_id in published:
            assert wire.get(f"video/{video_id}.mp4").content == data
