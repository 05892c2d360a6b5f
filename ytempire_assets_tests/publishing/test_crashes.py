"""A crash at any instant leaves one video: none is lost, none is there twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ytempire_assets.publishing.publish import publish
from ytempire_assets.publishing.youtube import YouTubeClient
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.platform import Platform
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.publishing.studio import (
    UNIT,
    ignore,
    make_package,
    make_plan,
    make_video,
)


class Crash(BaseException):
    """Ends a run where no handler of ours may catch it."""


@pytest.fixture(autouse=True)
def _the_process_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a ``Crash`` this process lives on; to the ledger it has to look dead."""
    monkeypatch.setattr("ytempire_assets.resources.ledger.rows.is_gone", lambda _: True)


class Tripwire:
    """Counts the calls that go through it and crashes at one of them.

    Args:
        at: Number of the call, from 1 on.
        after: Crash when the call has had its effect, not before.
    """

    def __init__(self, at: int, after: bool) -> None:
        self.at, self.after, self.calls = at, after, 0

    def around(self, real: Any) -> Any:
        tripwire = self

        class Watched:
            def __getattr__(self, name: str) -> Any:
                value = getattr(real, name)
                return tripwire.call(value) if callable(value) else value

        return Watched()

    def call(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **named: Any) -> Any:
            self.calls += 1
            due = self.calls == self.at
            if due and not self.after:
                raise Crash
            value = function(*args, **named)
            if due:
                raise Crash
            return value

        return watched


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_crash_at_every_call_leaves_one_video(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger, shelf: SandboxStore, after: bool
) -> None:
    crashes = 0
    while True:
        number = crashes + 1
        file = make_video(tmp_path / f"{number}.mp4", UNIT + 1000)
        plan, package = make_plan(file, f"orbit-20261119-{number}"), make_package(file)
        tripwire = Tripwire(number, after)
        try:
            publish(
                plan,
                package,
                tripwire.around(ledger),
                tripwire.around(client),
                tripwire.call(ignore),
            )
        except Crash:
            crashes += 1
        else:
            break
        done = publish(plan, package, Ledger(ledger.url), client, ignore)
        assert done.publication.state == "verified"
        made = [video for video in shelf.page(500) if video.file_name == plan.content]
        assert [video.id for video in made] == [done.publication.remote_id]
        assert shelf.video_file(made[0].id).read_bytes() == file.read_bytes()
        assert made[0].thumbnail
        assert len(shelf.captions(made[0].id)) == 1
    # open, start, advance, send, reports, advance, address, thumbnail, captions, advance, report
    assert crashes >= 12


def test_a_crash_during_the_recovery_leaves_one_video_too(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger, shelf: SandboxStore
) -> None:
    for second in range(1, 8):
        file = make_video(tmp_path / f"r{second}.mp4", UNIT + 1000)
        plan, package = make_plan(file, f"orbit-20261119-{second}"), make_package(file)
        for tripwire in (Tripwire(7, after=True), Tripwire(second, after=True)):
            with pytest.raises(Crash):
                publish(
                    plan,
                    package,
                    tripwire.around(ledger),
                    tripwire.around(client),
                    tripwire.call(ignore),
                )
        publish(plan, package, ledger, client, ignore)
        made = [video for video in shelf.page(500) if video.file_name == plan.content]
        assert len(made) == 1


CHILD = """
import os, signal, sys
from pathlib import Path
from ytempire_assets.publishing.publish import publish
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.platform import Platform
from ytempire_assets_tests.publishing.studio import make_package, make_plan

folder, kill_at = Path(sys.argv[1]), int(sys.argv[2])
file, reports = folder / "v.mp4", 0

def report(share):
    global reports
    reports += 1
    if reports == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)

ledger = Ledger(f"sqlite:///{folder}/ledger.db")
with Platform(None, folder / "sandbox", 8765).connect() as client:
    publish(make_plan(file), make_package(file), ledger, client, report)
"""


@pytest.mark.parametrize("kill_at", [1, 3])
def test_a_killed_process_and_its_sandbox_lose_and_repeat_nothing(
    tmp_path: Path, kill_at: int
) -> None:
    file = make_video(tmp_path / "v.mp4", 9_000_000)  # three chunks of 4 MiB, the last is short
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), str(kill_at)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    assert ledger.publications()[0].state == "uploading"
    with Platform(None, tmp_path / "sandbox", 8765).connect() as client:
        done = publish(make_plan(file), make_package(file), ledger, client, ignore)
    assert done.publication.state == "verified"
    assert done.sent_bytes == max(0, 9_000_000 - kill_at * 4 * 1024 * 1024)
    store = SandboxStore(tmp_path / "sandbox")
    assert [video.id for video in store.page(10)] == [done.publication.remote_id]
    assert store.video_file(done.publication.remote_id or "").read_bytes() == file.read_bytes()
    store.close()
