"""Pools hold, whatever runs the steps: runs beside each other, processes, pods."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.launcher import LaunchRunContext

from ytempire_assets.instance import opened_instance
from ytempire_assets.settings import Settings, load_settings
from ytempire_assets_tests.cluster import pools_job
from ytempire_assets_tests.cluster.kubernetes_api import Cluster

RUN = """
import dagster as dg
from ytempire_assets.instance import opened_instance
from ytempire_assets.settings import load_settings
job = dg.build_reconstructable_job("ytempire_assets_tests.cluster.pools_job", "pools_job")
with opened_instance(load_settings()) as instance:
    raise SystemExit(not dg.execute_job(job, instance=instance).success)
"""


def most_at_once(home: Path) -> int:
    """How many steps ran at the same time."""
    lines = sorted(line.split() for line in (home / "pool.log").read_text().splitlines())
    running, most = 0, 0
    for _, change in lines:
        running += int(change)
        most = max(most, running)
    assert running == 0
    return most


def in_runs(count: int) -> list[int]:
    """Runs of the job in processes of their own, at the same time."""
    runs = [subprocess.Popen([sys.executable, "-c", RUN]) for _ in range(count)]
    return [run.wait(120) for run in runs]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("YTEMPIRE_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_runs_beside_each_other_take_turns(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YTEMPIRE_EXECUTOR", "in_process")
    with opened_instance(load_settings()):
        pass  # the database is there before both open it
    assert in_runs(2) == [0, 0]
    assert most_at_once(home) == 1


@pytest.mark.parametrize(("limit", "most"), [(1, 1), (3, 3)])
def test_processes_of_one_run_take_turns(
    limit: int, most: int, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room for three they run at once: it is the pool that held them."""
    file = tmp_path / "placement.yaml"
    file.write_text(f"pools: {{render: {limit}}}\n")
    monkeypatch.setenv("YTEMPIRE_PLACEMENT_FILE", str(file))
    monkeypatch.setenv("YTEMPIRE_EXECUTOR", "multiprocess")
    assert in_runs(1) == [0]
    found = most_at_once(home)
    assert found == most if limit == 1 else 1 < found <= most


def test_pods_take_turns(settings: Settings, cluster: Cluster) -> None:
    job = dg.build_reconstructable_job(pools_job.__name__, "pools_job")
    with opened_instance(settings) as instance:
        run = instance.create_run_for_job(
            pools_job.pools_job(), job_code_origin=job.get_python_origin()
        )
        instance.run_launcher.launch_run(LaunchRunContext(run, workspace=None))
        end = time.monotonic() + 150
        while not (found := instance.get_run_by_id(run.run_id)) or not found.is_finished:
            assert time.monotonic() < end
            time.sleep(0.3)
        assert found.status == dg.DagsterRunStatus.SUCCESS
    assert len(cluster.jobs) == 1 + pools_job.STEPS
    assert most_at_once(settings.home) == 1
