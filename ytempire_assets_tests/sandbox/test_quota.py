"""What may be asked per day is counted as YouTube counts it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.sandbox.clock import Clock
from ytempire_assets.sandbox.database import Database
from ytempire_assets.sandbox.metadata import RefusedError
from ytempire_assets.sandbox.quota import Limits, Quota
from ytempire_assets.sandbox.server import SandboxServer
from ytempire_assets_tests.sandbox.wire import UNIT, Wire, reason, related, resource

JPEG = b"\xff\xd8\xff\xe0picture"
CUE = "1\n00:00:00,000 --> 00:00:01,000\nhello\n"


@contextlib.contextmanager
def limited(folder: Path, limits: Limits | None, slug: str = "") -> Iterator[Wire]:
    token = f"sandbox.{slug}.x" if slug else "sandbox-test"
    with SandboxServer(folder, limits=limits) as server, requests.Session() as session:
        yield Wire(server.url, session, token)


def used(wire: Wire) -> dict[str, int]:
    found: dict[str, int] = wire.control()["quota_used"]
    return found


def test_the_limits_are_youtubes(folder: Path) -> None:
    with limited(folder, None) as wire:
        limits = wire.control()["quota_limits"]
    assert limits == {
        "uploads": 100,
        "search": 100,
        "stats": 10_000,
        "units": 10_000,
        "channel_uploads": None,
    }
    with pytest.raises(InvalidInputError, match="units"):
        Limits(units=-1)


def test_each_method_costs_what_youtube_says(wire: Wire) -> None:
    data = b"x" * (UNIT + 5)
    assert used(wire) == {"uploads": 0, "search": 0, "stats": 0, "units": 0}  # a token is free
    session = wire.start(resource(), len(data)).headers["Location"]
    wire.put(session, b"", f"bytes */{len(data)}")
    wire.put(session, data[:UNIT], f"bytes 0-{UNIT - 1}/{len(data)}")
    last = wire.put(session, data[UNIT:], f"bytes {UNIT}-{UNIT + 4}/{len(data)}")
    video_id = last.json()["id"]
    assert used(wire) == {"uploads": 1, "search": 0, "stats": 0, "units": 0}

    before = 0

    def cost(answer: requests.Response) -> int:
        nonlocal before
        assert answer.status_code in (200, 204), answer.text
        after = used(wire)["units"]
        before, spent = after, after - before
        return spent

    query = {"part": "id", "mine": "true"}
    assert cost(wire.get("youtube/v3/channels", **query)) == 1
    assert cost(wire.get("youtube/v3/videos", part="id", id=video_id)) == 1
    body = {"id": video_id, **resource(status_publishAt=None)}
    assert cost(wire.call("PUT", "youtube/v3/videos", body, part="status")) == 50
    assert cost(wire.post("upload/youtube/v3/thumbnails/set", JPEG, videoId=video_id)) == 50
    track = wire.add_captions(video_id, CUE)
    assert cost(track) == 400
    assert cost(wire.get("youtube/v3/captions", part="id", videoId=video_id)) == 50
    changed, kind = related({"id": track.json()["id"]}, CUE)
    url = f"{wire.url}/upload/youtube/v3/captions?uploadType=multipart&part=id"
    headers = {**wire.headers, **kind}
    assert cost(wire.session.put(url, data=changed, headers=headers, timeout=10)) == 450
    target = {"kind": "youtube#video", "videoId": video_id}
    snippet = {"snippet": {"playlistId": "PLxyz", "resourceId": target}}
    item = wire.call("POST", "youtube/v3/playlistItems", snippet, part="snippet")
    assert cost(item) == 50
    assert cost(wire.get("youtube/v3/playlistItems", part="id", playlistId="PLxyz")) == 1
    item_id = item.json()["id"]
    assert cost(wire.call("DELETE", "youtube/v3/playlistItems", id=item_id)) == 50
    assert cost(wire.get("youtube/v3/videos:batchGetStats", part="id", id=video_id)) == 0
    assert cost(wire.get("youtube/v3/search", part="id", type="video")) == 0
    assert used(wire) == {"uploads": 1, "search": 1, "stats": 1, "units": before}


def test_a_refused_request_costs_one_and_a_stranger_nothing(wire: Wire) -> None:
    wire.add_captions("nothing", CUE)
    wire.get("youtube/v3/videos", part="secret", id="x")
    wire.start(resource(snippet_title=""), 10)
    assert used(wire) == {"uploads": 1, "search": 0, "stats": 0, "units": 2}
    wire.headers["Authorization"] = "Bearer sandbox.99999999999.forged"
    wire.add_captions("nothing", CUE)
    assert used(wire)["units"] == 2


def test_an_empty_bucket_of_calls_is_daily(folder: Path) -> None:
    with limited(folder, Limits(uploads=2, search=0, stats=0)) as wire:
        for number in range(2):
            wire.upload(b"mpeg" + bytes([number]))
        for answer in (
            wire.start(resource(), 10),
            wire.get("youtube/v3/search", part="id", type="video"),
            wire.get("youtube/v3/videos:batchGetStats", part="id", id="x"),
        ):
            assert reason(answer) == (429, "rateLimitExceeded")
            assert "per day" in answer.json()["error"]["message"]
        assert wire.get("youtube/v3/channels", part="id", mine="true").status_code == 200
        assert used(wire)["uploads"] == 2
    with limited(folder, Limits(uploads=2), "reef") as wire:  # one project, whatever the channel
        assert reason(wire.start(resource(), 10)) == (429, "rateLimitExceeded")
        wire.control(clock_offset_s=86_400)
        wire.log_in()
        assert wire.start(resource(), 10).status_code == 200
        assert used(wire)["uploads"] == 1


def test_units_that_are_used_up(folder: Path) -> None:
    with limited(folder, Limits(units=402)) as wire:
        video_id = wire.upload(b"mpeg")
        assert wire.add_captions(video_id, CUE).status_code == 200
        answer = wire.get("youtube/v3/captions", part="id", videoId=video_id)
        assert reason(answer) == (403, "quotaExceeded")  # 50 are not left, though 2 are
        assert wire.get("youtube/v3/videos", part="id", id=video_id).status_code == 200
        assert wire.get("youtube/v3/videos", part="id", id=video_id).status_code == 200
        answer = wire.get("youtube/v3/videos", part="id", id=video_id)
        assert reason(answer) == (403, "quotaExceeded")


def test_a_channel_may_upload_so_much_in_a_day(folder: Path) -> None:
    limits = Limits(uploads=None, channel_uploads=1)
    with limited(folder, limits, "orbit") as wire:
        wire.upload(b"mpeg")
        assert reason(wire.start(resource(), 10)) == (400, "uploadLimitExceeded")
        with limited(folder, limits, "reef") as reef:
            reef.upload(b"mpeg")
        wire.control(clock_offset_s=86_399 - 60)
        wire.log_in()
        assert reason(wire.start(resource(), 10)) == (400, "uploadLimitExceeded")
        wire.control(clock_offset_s=86_401)
        wire.log_in()
        assert wire.start(resource(), 10).status_code == 200


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-11-22T07:59:59", "2026-11-22T08:00:01"),  # winter: UTC-8
        ("2026-07-02T06:59:59", "2026-07-02T07:00:01"),  # summer: UTC-7
    ],
)
def test_the_day_ends_at_midnight_pacific_time(tmp_path: Path, before: str, after: str) -> None:
    with contextlib.closing(Database(tmp_path / "sandbox.db")) as database:
        clock = Clock(database)
        quota = Quota(database, clock, Limits(uploads=1))

        def set_clock(text: str) -> None:
            wanted = datetime.fromisoformat(text).replace(tzinfo=UTC)
            clock.set_offset((wanted - datetime.now(UTC)) / timedelta(seconds=1))

        set_clock(before)
        quota.charge("uploads", 1)
        with pytest.raises(RefusedError):
            quota.charge("uploads", 1)
        set_clock(after)
        assert quota.used()["uploads"] == 0
        quota.charge("uploads", 1)


def test_many_at_once_take_no_more_than_there_is(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        taken: list[str] = []

        def take(quota: Quota) -> None:
            for _ in range(20):
                with contextlib.suppress(RefusedError):
                    taken.append(quota.charge("units", 3))

        threads = []
        for _ in range(4):
            database = Database(tmp_path / "sandbox.db")
            stack.enter_context(contextlib.closing(database))
            quota = Quota(database, Clock(database), Limits(units=100))
            threads.append(threading.Thread(target=take, args=(quota,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(taken) == 33
        assert quota.used()["units"] == 99
