"""Scrapes are answered at once, a source that fails takes no other with it, nothing is let slip."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from ytempire_assets.errors import InvalidInputError, StorageError
from ytempire_assets.loopback import listen
from ytempire_assets.monitoring import metrics
from ytempire_assets.monitoring.metrics import Figures
from ytempire_assets.monitoring.server import create_app, serve, watched
from ytempire_assets.monitoring.watching import Watch, Watches
from ytempire_assets.settings import Settings
from ytempire_assets_tests.conftest import PROJECT
from ytempire_assets_tests.monitoring.world import samples, value

UP = "ytempire_scrape_source_up"


class Told:
    """A source that does what the test says."""

    name = "told"
    every_s = 3600.0

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()
        self.closed = False

    def read(self) -> Figures:
        self.hold.wait()
        if self.error is not None:
            raise self.error
        figures = Figures()
        figures.add(metrics.DISK_FREE, 7)
        return figures

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def scraped(settings: Settings) -> Iterator[bytes]:
    """What a scrape of an empty home gets, once every source was looked at."""
    settings.home.mkdir()
    with watched(settings) as watches:
        assert all(watch.wait(60) for watch in watches.watches)
        yield TestClient(create_app(watches)).get("/metrics").content


def test_sources_that_are_not_there_leave_the_others(scraped: bytes) -> None:
    found = samples(scraped)
    assert value(found, UP, source="instance") == 0
    assert "ytempire_active_workflows" not in found
    for source in ("lake", "ledger", "disk", "model_servers"):
        assert value(found, UP, source=source) == 1, source
    assert value(found, "ytempire_lake_partitions", stage="renders") == 0
    assert value(found, "ytempire_scrape_source_age_seconds", source="ledger") is not None


def test_a_ledger_that_cannot_be_reached_is_named_without_its_password(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    address = "postgresql://me:hunter22@127.0.0.1:9/ledger"
    settings = settings.model_copy(update={"ledger": SecretStr(address)})
    settings.home.mkdir()
    with watched(settings) as watches:
        assert all(watch.wait(60) for watch in watches.watches)
        text = watches.text()
    assert value(samples(text), UP, source="ledger") == 0
    assert value(samples(text), UP, source="disk") == 1
    assert "ledger cannot be read" in caplog.text
    assert "hunter22" not in caplog.text + text.decode()


def test_a_source_that_fails_is_said_once_and_comes_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    source = Told()
    watch = Watch(source)

    def up() -> float | None:
        return value(samples(Watches.text(watches)), UP, source="told")

    watches = Watches([])
    watches.watches = [watch]
    watch.look()
    assert up() == 1
    source.error = StorageError("the disk is gone", "mount it")
    watch.look()
    watch.look()
    assert up() == 0
    assert b"ytempire_disk_free_bytes" not in watches.text()
    assert caplog.text.count("the disk is gone") == 1
    source.error = ValueError("password=hunter22")
    watch.look()
    assert "ValueError" in caplog.text
    assert "hunter22" not in caplog.text
    source.error = None
    watch.look()
    assert up() == 1
    assert "can be read again" in caplog.text


def test_a_source_that_hangs_holds_no_scrape(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Told()
    source.hold.clear()
    watches = Watches([source])
    with watches:
        found = samples(watches.text())
        assert value(found, UP, source="told") == 0
        source.hold.set()
        assert watches.watches[0].wait(30)
        assert value(samples(watches.text()), UP, source="told") == 1
    assert source.closed
    # Figures that are too old are not shown as if they were new.
    import time

    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 4 * source.every_s)
    assert value(samples(watches.text()), UP, source="told") == 0


def test_a_large_lake_is_looked_at_less_often() -> None:
    watch = Watch(Told())
    watch.source.every_s = 60.0
    assert watch.pause_s == 60.0
    watch._took_s = 10.0
    assert watch.pause_s == 190.0
    watch._took_s = 1000.0
    assert watch.pause_s == 900.0


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_sent(method: str) -> None:
    client = TestClient(create_app(Watches([])))
    assert client.request(method, "/metrics").status_code == 405
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/").status_code == 404


def test_a_taken_port_is_named(settings: Settings) -> None:
    with (
        listen(0) as taken,
        pytest.raises(InvalidInputError, match="is taken"),
    ):
        serve(settings, taken.getsockname()[1], "127.0.0.1", print)


@pytest.mark.parametrize("format_", ["text", "json"])
def test_the_command_serves_until_it_is_told_to_stop(settings: Settings, format_: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.home.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "ytempire_assets.cli", "metrics", "serve"],
        env={
            **os.environ,
            "YTEMPIRE_HOME": str(settings.home),
            "YTEMPIRE_METRICS_PORT": str(port),
            "YTEMPIRE_LOG_FORMAT": format_,
            "PYTHONUNBUFFERED": "1",
        },
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = ""
        while f":{port}/metrics" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/metrics", headers={"Host": "ytempire-metrics.cluster.local"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            assert UP in answer.read().decode()
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=60)
    assert "Traceback" not in rest
    if format_ == "json":
        import json

        lines = [json.loads(line) for line in (said + rest).splitlines()]
        assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
        # There is no instance yet.
        assert any(re.search(r"has no dagster\.yaml", line["message"]) for line in lines)
