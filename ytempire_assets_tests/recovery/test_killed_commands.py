"""A command that is killed in any stage: the next one finishes what is left, and nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import dagster as dg
import pytest

from ytempire_assets.automation.jobs import GATHERED, PRODUCED
from ytempire_assets.instance import opened_instance
from ytempire_assets.settings import Settings, load_settings
from ytempire_assets_tests.recovery.day import (
    command,
    finished_units,
    kill,
    problems,
    runs_so_far,
    small_channel,
    stage_begun,
    until,
)


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    found = {
        "YTEMPIRE_HOME": str(tmp_path / "home"),
        "YTEMPIRE_CHANNELS_DIR": str(small_channel(tmp_path / "channels")),
    }
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.mark.timeout(400)
def test_killed_in_each_stage_in_turn(environment: dict[str, str]) -> None:
    settings = load_settings()
    done: dict[str, str] = {}
    for stage in (*GATHERED, *PRODUCED):
        before = runs_so_far(settings)
        process = command(environment)
        until(lambda: stage_begun(settings, stage, before) or ended(process), stage)  # noqa: B023
        kill(process)
        kept = finished_units(settings)
        # What was finished before the kill was not done again by the run that was killed now.
        assert {key: kept[key] for key in done} == done
        done = kept
    assert command(environment).wait(200) == 0
    assert problems(settings) == []
    after = finished_units(settings)
    assert {key: after[key] for key in done} == done
    statuses = run_statuses(settings)
    assert set(statuses) <= {dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE}


def ended(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


def run_statuses(settings: Settings) -> list[dg.DagsterRunStatus]:
    with opened_instance(settings) as instance:
        return [run.status for run in instance.get_runs()]


@pytest.mark.timeout(300)
def test_a_stage_whose_own_process_is_killed_is_done_again(
    environment: dict[str, str],
) -> None:
    settings = load_settings()
    process = command({**environment, "YTEMPIRE_EXECUTOR": "multiprocess"})
    until(lambda: stage_begun(settings, "visuals", 0) or ended(process), "visuals")
    os.kill(step_pid(settings, "visuals"), signal.SIGKILL)
    assert process.wait(250) == 0
    assert problems(settings) == []


def step_pid(settings: Settings, stage: str) -> int:
    """The process of a stage, as the run's log names it."""
    with opened_instance(settings) as instance:
        for run in instance.get_runs():
            for entry in instance.all_logs(run.run_id):
                event = entry.dagster_event
                if event is not None and event.event_type_value == "STEP_WORKER_STARTED":
                    found = event.engine_event_data.metadata.get("pid")
                    if event.step_key == stage and found is not None:
                        return int(str(found.value))
    raise AssertionError(f"no process of {stage}")
