"""The server starts fast, ends clean, and shares its folder."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from ytempire_assets.errors import InvalidInputError, StorageError
from ytempire_assets.sandbox.server import SandboxServer
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.publishing.studio import make_video
from ytempire_assets_tests.sandbox.wire import UNIT, Wire, resource


def wire_to(server: SandboxServer) -> Wire:
    return Wire(server.url, requests.Session())


def test_two_servers_share_one_folder(folder: Path) -> None:
    data = b"x" * UNIT + b"the end"
    with SandboxServer(folder) as one, SandboxServer(folder) as two:
        first, second = wire_to(one), wire_to(two)
        second.headers = first.headers  # a token of one is good at the other
        session = first.start(resource(), len(data)).headers["Location"]
        first.put(session, data[:UNIT], f"bytes 0-{UNIT - 1}/{len(data)}")
        moved = session.replace(one.url, two.url)
        assert second.put(moved, b"", f"bytes */{len(data)}").headers["Range"] == (
            f"bytes=0-{UNIT - 1}"
        )
        done = second.put(moved, data[UNIT:], f"bytes {UNIT}-{len(data) - 1}/{len(data)}")
        assert done.status_code == 201
        asked = first.put(session, b"", f"bytes */{len(data)}")
        assert (asked.status_code, asked.json()["id"]) == (200, done.json()["id"])


def test_many_writers_to_one_session_make_one_whole_video(folder: Path) -> None:
    data = os.urandom(6 * UNIT + 99)
    with SandboxServer(folder) as one, SandboxServer(folder) as two:
        session = wire_to(one).start(resource(), len(data)).headers["Location"]
        ids: list[str] = []

        def send(server: SandboxServer) -> None:
            wire = wire_to(server)
            url = session.replace(one.url, server.url)
            for _ in range(200):
                state = wire.put(url, b"", f"bytes */{len(data)}")
                if state.status_code != 308:
                    ids.append(state.json()["id"])
                    return
                start = int(state.headers.get("Range", "0--1").rpartition("-")[2] or -1) + 1
                start = 0 if "Range" not in state.headers else start
                chunk = data[start : start + UNIT]
                wire.put(url, chunk, f"bytes {start}-{start + len(chunk) - 1}/{len(data)}")

        threads = [threading.Thread(target=send, args=(server,)) for server in (one, two) * 2]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(ids) == 4
    assert len(set(ids)) == 1
    with contextlib.closing(SandboxStore(folder)) as store:
        assert store.count() == 1
        assert store.video_file(ids[0]).read_bytes() == data


def test_a_broken_chunk_is_kept_in_whole_units(folder: Path) -> None:
    with SandboxServer(folder) as server:
        wire = wire_to(server)
        total = 8 * UNIT
        session = wire.start(resource(), total).headers["Location"]
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as raw:
            path = session.removeprefix(server.url)
            head = (
                f"PUT {path} HTTP/1.1\r\nHost: {host}:{port}\r\n"
                f"Authorization: {wire.headers['Authorization']}\r\n"
                f"Content-Length: {total}\r\nContent-Range: bytes 0-{total - 1}/{total}\r\n\r\n"
            )
            raw.sendall(head.encode() + b"x" * (3 * UNIT + 1000))
        # The server learns of the end when it reads on: ask until it has, at most a few times.
        for _ in range(100):
            state = wire.put(session, b"", f"bytes */{total}")
            if "Range" in state.headers:
                break
            time.sleep(0.02)
        assert state.headers["Range"] == f"bytes=0-{3 * UNIT - 1}"


def test_a_crash_between_the_steps_of_finishing_loses_nothing(folder: Path) -> None:
    store = SandboxStore(folder)
    for renamed in (False, True):
        session = store.open_session(resource(), f"{renamed}.mp4", 4)
        with store.writing(session) as file:
            assert file is not None
            file.write(b"mpeg")
        video_id = store._reserve(session)
        if renamed:
            store._incoming(session.id).replace(store.video_file(video_id))
        with SandboxServer(folder) as server:
            wire = wire_to(server)
            url = f"{server.url}/upload/youtube/v3/videos?upload_id={session.id}"
            answer = wire.put(url, b"", "bytes */4")
        assert (answer.status_code, answer.json()["id"]) == (200, video_id)
        assert store.video_file(video_id).read_bytes() == b"mpeg"
    assert store.count() == 2
    store.close()


def test_the_same_uploads_get_the_same_ids_in_every_folder(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        with SandboxServer(tmp_path / name) as server:
            wire = wire_to(server)
            made.append([wire.upload(b"mpeg", name="a.mp4") for _ in range(2)])
    assert made[0] == made[1]
    assert made[0][0] != made[0][1]


def test_a_taken_port_is_said_with_the_next_step(folder: Path) -> None:
    with SandboxServer(folder) as server:
        with pytest.raises(InvalidInputError) as caught, SandboxServer(folder, port=server.port):
            pass
        assert f"port {server.port} on 127.0.0.1 is taken" in str(caught.value)
        assert "--port" in caught.value.next_step
    with SandboxServer(folder, port=server.port):
        pass  # free again at once


def test_a_folder_that_cannot_be_used_leaves_no_port_open(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    server = SandboxServer(tmp_path / "file")
    with pytest.raises(StorageError), server:
        pass
    with SandboxServer(tmp_path / "ok", port=server.port):
        pass


def test_it_listens_on_this_machine_only(folder: Path) -> None:
    with SandboxServer(folder) as server:
        own = socket.gethostbyname(socket.gethostname())
        if own.startswith("127."):
            own = "127.0.0.2"  # another loopback address is not answered either
        with socket.socket() as probe:
            assert probe.connect_ex((own, server.port)) != 0


def test_it_starts_at_once_and_leaves_no_thread(folder: Path) -> None:
    with SandboxServer(folder):
        pass  # the libraries are loaded now
    handler = signal.getsignal(signal.SIGINT)
    start = time.perf_counter()
    with SandboxServer(folder) as server:
        took = time.perf_counter() - start
        assert requests.get(server.url, timeout=10).status_code == 200
        assert signal.getsignal(signal.SIGINT) is handler
    assert took < 3.0  # some hundredths of a second; the machine may be busy
    assert "sandbox" not in {thread.name for thread in threading.enumerate()}


def test_serve_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = (
        "import sys; from pathlib import Path; from ytempire_assets.sandbox.server import serve; "
        "serve(Path(sys.argv[1]), int(sys.argv[2])); print('ended')"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and child.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            assert requests.get(f"http://127.0.0.1:{port}", timeout=10).status_code == 200
            break
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert (out, err, child.returncode) == ("ended\n", "", 0)


def test_importing_the_server_loads_no_server_library() -> None:
    code = (
        "import sys, ytempire_assets.sandbox.server, ytempire_assets.resources.platform, "
        "ytempire_assets.publishing.publish\n"
        "heavy = {'uvicorn', 'starlette', 'google', 'requests', 'sqlalchemy', 'numpy', 'PIL',\n"
        "         'ytempire_assets.sandbox.audience'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert out.stdout.strip() == "[]"


def test_the_length_is_read_from_the_file(tmp_path: Path, folder: Path) -> None:
    from ytempire_assets.sandbox.mp4 import duration_s

    assert duration_s(make_video(tmp_path / "v.mp4", seconds=12.25)) == 12.25
    for broken in (b"", b"mpeg", b"\0\0\0\0moov", b"\0\0\0\x08moov", b"\xff\xff\xff\xffmoovxxxx"):
        (tmp_path / "broken.mp4").write_bytes(broken)
        assert duration_s(tmp_path / "broken.mp4") is None
