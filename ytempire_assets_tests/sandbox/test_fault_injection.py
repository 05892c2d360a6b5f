"""Each kind of fault happens as it is described, and the same ones for the same seed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from ytempire_assets.sandbox.faults import KINDS, FaultCounter, Faults
from ytempire_assets.sandbox.server import SandboxServer
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.publishing.studio import make_client
from ytempire_assets_tests.sandbox.wire import UNIT, Wire, reason, resource

CHANNELS = {"part": "id,snippet", "mine": "true"}


def always(wire: Wire, kind: str, seed: int = 0) -> None:
    """Lets every request from now on meet this kind."""
    wire.control(faults=f"rate=1,seed={seed},kinds={kind}")


def counted(wire: Wire, kind: str) -> int:
    return int(wire.control()["fault_counts"].get(kind, 0))


def upload_until_done(wire: Wire, data: bytes) -> str:
    """Uploads as the protocol says, through whatever happens."""
    total, session = len(data), ""
    for _ in range(400):
        with contextlib.suppress(requests.RequestException, ValueError, KeyError):
            if not session:
                session = wire.start(resource(), total).headers["Location"]
            state = wire.put(session, b"", f"bytes */{total}")
            if state.status_code == 308:
                start = int(state.headers.get("Range", "0--1").rpartition("-")[2]) + 1
                start = start if "Range" in state.headers else 0
                end = min(start + UNIT, total)
                state = wire.put(session, data[start:end], f"bytes {start}-{end - 1}/{total}")
            if state.status_code in (404, 410):
                session = ""
            elif state.status_code in (200, 201):
                return str(state.json()["id"])
    raise AssertionError("the upload did not end")


def test_the_same_seed_draws_the_same_faults() -> None:
    def drawn(seed: int, kinds: tuple[str, ...] = KINDS) -> list[object]:
        counter = FaultCounter(Faults(rate=0.3, seed=seed, kinds=kinds))
        return [counter.draw(lambda kind: kind != "forget") for _ in range(300)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    kinds = {getattr(fault, "kind", None) for fault in drawn(1)}
    assert kinds == {None, *KINDS} - {"forget"}
    assert 60 <= sum(fault is not None for fault in drawn(1, ("drop",))) <= 120
    assert set(drawn(1, ())) == {None}


def test_a_burst_lasts_two_to_four_requests(wire: Wire) -> None:
    lengths = set()
    for seed in range(8):
        wire.control(faults=f"rate=0.2,seed={seed},kinds=burst")
        statuses = [wire.get("youtube/v3/channels", **CHANNELS).status_code for _ in range(30)]
        runs = "".join("x" if status != 200 else " " for status in statuses).split()
        lengths |= {len(run) for run in runs[:-1]}
        assert set(statuses) <= {200, 500, 502, 503}
    assert min(lengths) >= 2


def test_the_simple_answers(wire: Wire) -> None:
    always(wire, "rate_limit")
    answer = wire.get("youtube/v3/channels", **CHANNELS)
    assert reason(answer) == (429, "rateLimitExceeded")
    assert "per day" not in answer.text
    assert answer.headers["Retry-After"] in ("0", "1")
    always(wire, "daily")
    answer = wire.start(resource(), 10)
    assert reason(answer) == (429, "rateLimitExceeded")
    assert "per day" in answer.text
    always(wire, "html")
    answer = wire.get("youtube/v3/channels", **CHANNELS)
    assert (answer.status_code, answer.text[:15]) == (200, "<!doctype html>")
    always(wire, "burst")
    session = f"{wire.url}/upload/youtube/v3/videos?upload_id=x"
    assert wire.put(session, b"x" * 4 * UNIT, None).status_code in (500, 502, 503)
    assert counted(wire, "burst") == 1
    assert wire.control()["quota_used"]["units"] == 0  # none of them was executed


def test_a_connection_that_breaks(wire: Wire, shelf: SandboxStore) -> None:
    total = 8 * UNIT
    session = wire.start(resource(), total).headers["Location"]
    always(wire, "drop", seed=3)
    with pytest.raises(requests.ConnectionError):
        wire.put(session, b"x" * total, None)
    with pytest.raises(requests.RequestException):
        wire.get("youtube/v3/channels", **CHANNELS).json()
    with pytest.raises(requests.ConnectionError):
        wire.start(resource(), 10)
    assert counted(wire, "drop") == 3
    wire.control(faults="")
    kept = int(wire.put(session, b"", f"bytes */{total}").headers["Range"].rpartition("-")[2]) + 1
    assert 0 < kept < total
    assert kept % UNIT == 0


def test_a_lost_answer_was_executed(wire: Wire, shelf: SandboxStore) -> None:
    session = wire.start(resource(), 4).headers["Location"]
    always(wire, "lose-answer")
    with pytest.raises(requests.ConnectionError):
        wire.put(session, b"mpeg", None)
    with pytest.raises(requests.ConnectionError):
        wire.get("youtube/v3/channels", **CHANNELS)
    assert shelf.count() == 1
    assert wire.control()["quota_used"]["units"] == 1


def test_a_forgotten_session(wire: Wire, shelf: SandboxStore) -> None:
    statuses = set()
    for seed in range(6):
        session = wire.start(resource(), 4).headers["Location"]
        always(wire, "forget", seed)
        statuses.add(reason(wire.put(session, b"mpeg", None)))
        wire.control(faults="")
        assert reason(wire.put(session, b"", "bytes */4")) == (404, "notFound")
    assert statuses == {(404, "notFound"), (410, "notFound")}
    always(wire, "forget")
    assert wire.get("youtube/v3/channels", **CHANNELS).status_code == 200
    assert shelf.count() == 0


def test_a_duplicate_is_executed_twice(wire: Wire) -> None:
    video_id = wire.upload(b"mpeg")
    snippet = {"playlistId": "PLxyz", "resourceId": {"kind": "youtube#video", "videoId": video_id}}
    always(wire, "duplicate")
    answer = wire.call("POST", "youtube/v3/playlistItems", {"snippet": snippet}, part="snippet")
    assert answer.status_code == 200
    session = wire.start(resource(), 4).headers["Location"]
    assert wire.put(session, b"mpeg", None).status_code == 201  # the second was told 200
    wire.control(faults="")
    items = wire.get("youtube/v3/playlistItems", part="id", playlistId="PLxyz").json()["items"]
    assert len(items) == 2
    assert items[0]["id"] == answer.json()["id"]
    assert wire.control()["quota_used"]["uploads"] == 3


def test_a_slow_answer_is_whole(wire: Wire) -> None:
    plain = wire.get("youtube/v3/channels", **CHANNELS).json()
    always(wire, "slow")
    start = time.perf_counter()
    assert wire.get("youtube/v3/channels", **CHANNELS).json() == plain
    assert time.perf_counter() - start < 3.0


def test_pages_controls_and_token_statuses_stay(wire: Wire) -> None:
    always(wire, "burst+html+rate-limit+daily")
    for _ in range(3):
        wire.log_in()
        assert wire.get("").status_code == 200
    assert wire.control()["fault_counts"] == {"requests": 3}
    always(wire, "drop")
    with pytest.raises(requests.RequestException):
        wire.log_in()


@pytest.fixture
def chaotic(folder: Path) -> Iterator[Wire]:
    with SandboxServer(folder) as server, requests.Session() as session:
        yield Wire(server.url, session)


@pytest.mark.parametrize("seed", range(3))
def test_an_upload_survives_them_all(chaotic: Wire, shelf_at: SandboxStore, seed: int) -> None:
    data = bytes(range(256)) * (5 * UNIT // 256) + b"the end"
    chaotic.control(faults=f"rate=0.4,seed={seed},kinds=drop+lose_answer+burst+duplicate+html")
    video_id = upload_until_done(chaotic, data)
    counts = chaotic.control(faults="")["fault_counts"]
    assert counts == {"requests": 0}
    assert shelf_at.video_file(video_id).read_bytes() == data


@pytest.fixture
def shelf_at(folder: Path) -> Iterator[SandboxStore]:
    with contextlib.closing(SandboxStore(folder)) as store:
        yield store


def test_our_client_gets_through(wire: Wire) -> None:
    video_id = wire.upload(b"mpeg")
    wire.control(faults="rate=0.2,seed=5,kinds=drop+burst+rate-limit+lose-answer")
    with make_client(wire.url) as client:
        for _ in range(20):
            assert client.find_upload("video.mp4", 4) == video_id
    assert sum(wire.control()["fault_counts"].values()) > 20
