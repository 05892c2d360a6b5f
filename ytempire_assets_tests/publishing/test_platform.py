"""The platform resource: real HTTP with or without a running sandbox."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest

from ytempire_assets.errors import StorageError, TransientError
from ytempire_assets.publishing.publish import publish
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.platform import Platform
from ytempire_assets.sandbox.server import SandboxServer
from ytempire_assets_tests.publishing.studio import ignore, make_package, make_plan, make_video


def test_an_embedded_sandbox_lives_as_long_as_somebody_is_connected(tmp_path: Path) -> None:
    platform = Platform(None, tmp_path / "sandbox", 8765)
    assert (platform.name, platform.simulated) == ("sandbox", True)
    with platform.connect() as outer:
        with platform.connect() as inner:
            assert inner.endpoints == outer.endpoints
        assert outer.find_upload("a.mp4", 1) is None
        assert outer.watch_address("abc") == "http://127.0.0.1:8765/watch?v=abc"
    gone = outer.endpoints.api
    with platform.connect() as later:
        assert later.find_upload("a.mp4", 1) is None
        assert later.endpoints.watch == outer.endpoints.watch
    assert gone.startswith("http://127.0.0.1:")


def test_many_threads_share_one_embedded_sandbox(tmp_path: Path, ledger: Ledger) -> None:
    platform = Platform(None, tmp_path / "sandbox", 8765)
    states: list[str] = []

    def run(number: int) -> None:
        file = make_video(tmp_path / f"{number}.mp4")
        plan = make_plan(file, f"orbit-20261119-{number}")
        with platform.connect() as client:
            done = publish(plan, make_package(file), ledger, client, ignore)
        states.append(done.publication.state)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states == ["verified"] * 6
    ids = [publication.remote_id or "" for publication in ledger.publications()]
    with platform.connect() as client:
        assert len(client.video_report(ids, date(2026, 11, 20))) == 6


def test_a_given_sandbox_is_used(tmp_path: Path) -> None:
    with SandboxServer(tmp_path / "sandbox") as server:
        platform = Platform(server.url + "/", tmp_path / "unused", 8765)
        with platform.connect() as client:
            assert client.find_upload("a.mp4", 1) is None
            assert client.watch_address("abc") == f"{server.url}/watch?v=abc"
    assert not (tmp_path / "unused").exists()
    with platform.connect() as client:
        client._transport._sleep = lambda _seconds: None
        with pytest.raises(TransientError, match="start it with: ytempire sandbox serve"):
            client.find_upload("a.mp4", 1)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "sandbox").write_text("a file")
    platform = Platform(None, tmp_path / "sandbox", 8765)
    with pytest.raises(StorageError, match="sandbox folder"), platform.connect():
        pass
