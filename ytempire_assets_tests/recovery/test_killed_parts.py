"""An installation whose parts are killed while a day is made: it comes back by itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from ytempire_assets.instance import opened_instance
from ytempire_assets.runs import Studio
from ytempire_assets.settings import Settings, load_settings
from ytempire_assets_tests.recovery.day import CHANNEL, DAY, problems, small_channel, until
from ytempire_assets_tests.recovery.stack import (
    Stack,
    latest,
    runs_of_the_day,
    stage_begun,
    succeeded,
)

LONGEST_S = 240


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("YTEMPIRE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("YTEMPIRE_CHANNELS_DIR", str(small_channel(tmp_path / "channels")))
    monkeypatch.setenv("YTEMPIRE_INSTANCE_DIR", str(tmp_path / "instance"))
    return load_settings()


@pytest.fixture
def stack(settings: Settings, tmp_path: Path) -> Iterator[Stack]:
    """Running, with the day's trends gathered."""
    found = Stack(tmp_path, {})
    studio = Studio(settings)
    studio.register_channel(CHANNEL)
    assert studio.run("gather", DAY).success
    try:
        found.start_server()
        found.start_daemon()
        yield found
    finally:
        found.close()


@pytest.fixture
def instance(settings: Settings, stack: Stack) -> Iterator[dg.DagsterInstance]:
    del stack
    with opened_instance(settings) as found:
        yield found


@pytest.mark.timeout(600)
@pytest.mark.parametrize("killed", ["run worker", "code server", "daemon"])
def test_the_day_is_finished_without_anybody(
    killed: str, stack: Stack, instance: dg.DagsterInstance, settings: Settings
) -> None:
    stack.launch(DAY)
    until(lambda: stage_begun(instance, "visuals"), "the stage", LONGEST_S)
    first = latest(instance)
    assert first is not None
    if killed == "run worker":
        os.kill(stack.worker_pid(instance, first.run_id), signal.SIGKILL)
    elif killed == "code server":
        stack.kill_server()
        stack.start_server()
    else:
        stack.kill_daemon()
        stack.start_daemon()

    until(lambda: succeeded(instance), f"success after the {killed}", LONGEST_S)

    assert problems(settings) == [], stack.log()
    runs = runs_of_the_day(instance)
    if killed == "daemon":
        assert len(runs) == 1  # the run went on by itself
    else:
        assert len(runs) == 2
        assert runs[0].parent_run_id == first.run_id
        assert runs[1].status == dg.DagsterRunStatus.FAILURE
    held = [
        key
        for key in instance.event_log_storage.get_concurrency_keys()
        if instance.event_log_storage.get_concurrency_info(key).active_slot_count
    ]
    until(
        lambda: (
            not any(
                instance.event_log_storage.get_concurrency_info(key).active_slot_count
                for key in held
            )
        ),
        "the pools' places",
        60,
    )
