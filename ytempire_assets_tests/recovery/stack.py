"""A code server and a daemon, as an installation has them, that can be killed one by one.

Belongs here: starting and killing them, launching a run by the queue, and following it through its
retries.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from ytempire_assets_tests.conftest import PROJECT
from ytempire_assets_tests.recovery.day import CHANNEL, DAY, until

_BIN = Path(sys.executable).parent


class Stack:
    """The processes of an installation, on one instance in ``folder``.

    Args:
        folder: Where workspace, instance and logs lie.
        environment: Settings of all its processes.
        quick: The daemon looks every second or two, so that a test need not wait.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], quick: bool = True) -> None:
        self.home = folder / "instance"
        self.home.mkdir()
        self._logs = folder
        self._environment = {**os.environ, **environment, "DAGSTER_HOME": str(self.home)}
        self._port = _free_port()
        self._workspace = folder / "workspace.yaml"
        self._workspace.write_text(
            yaml.safe_dump(
                {
                    "load_from": [
                        {
                            "grpc_server": {
                                "host": "127.0.0.1",
                                "port": self._port,
                                "location_name": "ytempire",
                            }
                        }
                    ]
                }
            )
        )
        instance = yaml.safe_load((PROJECT / "dagster.yaml").read_text())
        if quick:
            instance["run_monitoring"] |= {"poll_interval_seconds": 2}
            instance["run_coordinator"]["config"] |= {"dequeue_interval_seconds": 1}
        (self.home / "dagster.yaml").write_text(yaml.safe_dump(instance))
        self._server: subprocess.Popen[bytes] | None = None
        self._daemon: subprocess.Popen[bytes] | None = None

    def start_server(self) -> None:
        """Starts the code server and waits until it answers."""
        arguments = ["-m", "ytempire_assets.definitions", "-h", "127.0.0.1", "-p", str(self._port)]
        self._server = self._start("dagster", "code-server", "start", *arguments)
        until(self._answers, "the code server")

    def start_daemon(self) -> None:
        """Starts the daemon."""
        self._daemon = self._start("dagster-daemon", "run", "-w", str(self._workspace))

    def kill_server(self) -> None:
        """SIGKILL to the code server and all that it started: a container that goes away."""
        assert self._server is not None
        _kill_group(self._server)

    def kill_daemon(self) -> None:
        """SIGKILL to the daemon."""
        assert self._daemon is not None
        _kill_group(self._daemon)

    def close(self) -> None:
        """Ends everything."""
        for process in (self._daemon, self._server):
            if process is not None and process.poll() is None:
                _kill_group(process)

    def launch(self, day: str) -> None:
        """Puts the channel's day into the queue, as the UI does."""
        tags = {
            "dagster/partition": f"{CHANNEL}|{day}",
            "dagster/partition/channel": CHANNEL,
            "dagster/partition/day": day,
        }
        program = [str(_BIN / "dagster"), "job", "launch", "-w", str(self._workspace)]
        subprocess.run(
            [*program, "-j", "produce", "--tags", json.dumps(tags)],
            env=self._environment,
            cwd=PROJECT,
            check=True,
            capture_output=True,
            timeout=90,
        )

    def worker_pid(self, instance: dg.DagsterInstance, run_id: str) -> int:
        """The process that runs a run, as its log names it."""
        for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.ENGINE_EVENT):
            event = entry.dagster_event
            if event is not None and "pid" in event.engine_event_data.metadata:
                return int(str(event.engine_event_data.metadata["pid"].value))
        raise AssertionError("the run's log names no process")

    def log(self) -> str:
        """The end of what the processes wrote."""
        return "\n".join(path.read_text()[-3000:] for path in self._logs.glob("*.log"))

    def _start(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._logs / f"{program}-{time.monotonic_ns()}.log").open("wb") as log:
            return subprocess.Popen(
                [str(_BIN / program), *arguments],
                env=self._environment,
                cwd=PROJECT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _answers(self) -> bool:
        from dagster._grpc.client import DagsterGrpcClient

        assert self._server is not None
        assert self._server.poll() is None, self.log()
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", self._port)):
                return False
        client: Any = DagsterGrpcClient(port=self._port, host="127.0.0.1")
        return bool(client.health_check_query() == "SERVING")


def latest(instance: dg.DagsterInstance) -> dg.DagsterRun | None:
    """The newest run, a retry or not."""
    runs = runs_of_the_day(instance)
    return runs[0] if runs else None


def runs_of_the_day(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """The day's runs, newest first; a schedule may have begun today's beside them."""
    wanted = dg.RunsFilter(job_name="produce", tags={"dagster/partition/day": DAY})
    return list(instance.get_runs(wanted))


def stage_begun(instance: dg.DagsterInstance, stage: str) -> bool:
    """Whether the newest run has begun a stage."""
    run = latest(instance)
    return run is not None and any(
        entry.step_key == stage
        for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_START)
    )


def succeeded(instance: dg.DagsterInstance) -> bool:
    """Whether the newest run ended well."""
    run = latest(instance)
    return run is not None and run.status == dg.DagsterRunStatus.SUCCESS


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
