"""Which processes run the graph's runs, and whether they still live.

Belongs here: how a run's process is told from others, finding runs whose process is gone, and the
launcher that Dagster's run monitoring asks. Dagster's own launcher for one machine does not answer
that: a killed run would stay "started" for ever, and keep its place in pools and in its channel's
queue.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

PROCESS_TAG = "ytempire/process"
"""Tag of runs that a command runs in its own process: host, process id and when it began."""

_ANSWER_S = 5
_SERVER_BACK_S = 90.0


def own_process() -> dict[str, str]:
    """Tags that name this process as the worker of a run."""
    pid = os.getpid()
    named = {"host": _host(), "pid": pid, "began": _began(pid)}
    return {PROCESS_TAG: json.dumps(named)}


def is_gone(tags: Mapping[str, str]) -> bool | None:
    """Whether the process that a run's tags name has ended; None where that cannot be seen."""
    try:
        named = json.loads(tags[PROCESS_TAG])
        host, pid, began = named["host"], int(named["pid"]), named["began"]
    except (KeyError, ValueError, TypeError):
        return None
    if host != _host():
        return None
    # A process id is given again to others; the second of them began at another time.
    return bool(_began(pid) != began)


def settle_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Ends runs of commands that were killed on this machine, and gives their places free.

    Returns:
        The runs' ids.
    """
    ended = _ended(instance, [run for run in _active(instance) if is_gone(run.tags)], "was killed")
    # An interrupted command may have ended its run and kept a place; no daemon need be there.
    for run_id in instance.event_log_storage.get_concurrency_run_ids():
        run = instance.get_run_by_id(run_id)
        if run is None or (run.is_finished and PROCESS_TAG in run.tags):
            instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    return ended


def settle_own_runs(instance: dg.DagsterInstance) -> list[str]:
    """Ends runs that this process began and could not go on with, since the database was away."""
    own = own_process()[PROCESS_TAG]
    mine = [run for run in _active(instance) if run.tags.get(PROCESS_TAG) == own]
    return _ended(instance, mine, "lost the instance's database")


def _active(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    statuses = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]
    return list(instance.get_runs(dg.RunsFilter(statuses=statuses)))


def _ended(instance: dg.DagsterInstance, runs: list[dg.DagsterRun], why: str) -> list[str]:
    for run in runs:
        instance.report_run_failed(run, f"The command that ran it {why}.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return [run.run_id for run in runs]


class WatchedRunLauncher(dg.DefaultRunLauncher):
    """Dagster's launcher for code servers, which also tells whether a run's process lives."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._server_away: dict[str, float] = {}

    @property
    def supports_check_run_worker_health(self) -> bool:
        """It can tell."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Asks the code server that started the run, else looks for the process.

        What cannot be seen from here counts as running: the run's time limit holds for it.
        """
        gone = is_gone(run.tags) if PROCESS_TAG in run.tags else self._is_gone_from_server(run)
        if gone:
            return CheckRunHealthResult(WorkerStatus.FAILED, "The run's process was killed.")
        return CheckRunHealthResult(WorkerStatus.RUNNING)

    def _is_gone_from_server(self, run: dg.DagsterRun) -> bool | None:
        from dagster._core.errors import DagsterUserCodeUnreachableError
        from dagster._grpc.client import DagsterGrpcClient
        from dagster._grpc.types import CanCancelExecutionRequest, CanCancelExecutionResult
        from dagster._serdes import deserialize_value

        try:
            where = json.loads(run.tags[GRPC_INFO_TAG])
        except (KeyError, ValueError):
            return None
        client = DagsterGrpcClient(
            port=where.get("port"),
            socket=where.get("socket"),
            host=where.get("host") or "localhost",
            use_ssl=bool(where.get("use_ssl", False)),
        )
        try:
            answer = client.can_cancel_execution(
                CanCancelExecutionRequest(run_id=run.run_id), timeout=_ANSWER_S
            )
        except DagsterUserCodeUnreachableError:
            # The server is gone too; a run goes on without it.
            local = where.get("socket") or where.get("host") in ("localhost", "127.0.0.1")
            gone = self._has_no_process(run) if local else None
            return gone and self._waited_for_server(run)
        self._server_away.pop(run.run_id, None)
        return not deserialize_value(answer, CanCancelExecutionResult).can_cancel

    def _waited_for_server(self, run: dg.DagsterRun) -> bool:
        """Whether a server that is away had its time to come back.

        Dagster asks it for the plan of the retry as soon as a run has failed, once: while it starts
        again, the retry would be dropped and the day stay unfinished.
        """
        since = self._server_away.setdefault(run.run_id, time.monotonic())
        return time.monotonic() - since > _SERVER_BACK_S

    def _has_no_process(self, run: dg.DagsterRun) -> bool | None:
        """Whether the process that the run's log names has ended."""
        entries = self._instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
        for entry in reversed(entries):
            event = entry.dagster_event
            found = {} if event is None else event.engine_event_data.metadata
            if "pid" in found:
                pid = int(str(found["pid"].value))
                began = _began(pid)
                return not began or _began_at(pid) > entry.timestamp
        return None


def _host() -> str:
    """This machine since it was started; containers on it differ by their host names."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return f"{socket.gethostname()} {boot}"


def _began(pid: int) -> str:
    """When a process began, in the kernel's clock ticks; empty when there is none."""
    try:
        # The name in brackets may hold spaces and brackets of its own.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "" if Path("/proc/self/stat").exists() else _without_proc(pid)
    rest = fields.rpartition(")")[2].split()
    return "" if rest[0] in ("Z", "X") else rest[19]


def _without_proc(pid: int) -> str:
    """Whether a process lives, where the system has no /proc: macOS."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        return "alive"
    return "alive"


def _began_at(pid: int) -> float:
    """When a process began, seconds since 1970; 0 where that cannot be seen."""
    ticks = _began(pid)
    try:
        up_s = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return 0.0
    return time.time() - up_s + float(ticks or 0) / os.sysconf("SC_CLK_TCK") - 1.0
