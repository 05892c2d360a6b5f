"""What is lost when parts are killed while a day is made, and how long it takes until it is whole.

Each part is killed with SIGKILL in the middle of a stage of a small channel's day (two videos of 20
seconds), with the project's own settings of the daemon. Then nothing is done but what an
installation does: the next command, or the daemon and a service manager that starts parts again.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ytempire_assets.instance import opened_instance
from ytempire_assets.runs import Studio
from ytempire_assets.settings import Settings, load_settings
from ytempire_assets_tests.postgres import Postgres
from ytempire_assets_tests.recovery import stack as parts
from ytempire_assets_tests.recovery.day import (
    CHANNEL,
    DAY,
    command,
    finished_units,
    kill,
    problems,
    runs_so_far,
    small_channel,
    stage_begun,
    until,
)

_LONGEST_S = 600
_AWAY_S = 4.0


def measure() -> dict[str, Any]:
    """One row for each part: seconds until the day was whole, what was wrong, what was redone."""
    rows = [_undisturbed(), _command("visuals"), _command("renders"), _command("uploads")]
    rows += [_part("run worker", "renders"), _part("code server", "renders")]
    rows += [_part("daemon", "renders"), _database("uploads")]
    return {"bench": "recovery", "killed": rows}


def _undisturbed() -> dict[str, Any]:
    with _world() as (settings, environment):
        began = time.monotonic()
        assert command(environment).wait(_LONGEST_S) == 0
        return _row("nothing", "", time.monotonic() - began, settings, {})


def _command(stage: str) -> dict[str, Any]:
    with _world() as (settings, environment):
        process = command(environment)
        until(lambda: stage_begun(settings, stage, 0), stage, _LONGEST_S)
        kill(process)
        done, began = finished_units(settings), time.monotonic()
        assert command(environment).wait(_LONGEST_S) == 0
        return _row("command", stage, time.monotonic() - began, settings, done)


def _database(stage: str) -> dict[str, Any]:
    with Postgres() as server:
        address = server.new_database().replace("+psycopg2", "")
        with _world({"YTEMPIRE_POSTGRES": address}) as (settings, environment):
            before = runs_so_far(settings)
            process = command(environment)
            until(lambda: stage_begun(settings, stage, before), stage, _LONGEST_S)
            done, began = finished_units(settings), time.monotonic()
            server.kill()
            time.sleep(_AWAY_S)
            server.start_again()
            assert process.wait(_LONGEST_S) == 0
            return _row("Postgres", stage, time.monotonic() - began, settings, done)


def _part(name: str, stage: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        kept = {"YTEMPIRE_INSTANCE_DIR": str(Path(folder) / "instance")}
        with _world(kept) as (settings, environment):
            stack = parts.Stack(Path(folder), environment, quick=False)
            studio = Studio(settings)
            studio.register_channel(CHANNEL)
            assert studio.run("gather", DAY).success
            try:
                stack.start_server()
                stack.start_daemon()
                return _killed(stack, name, stage, settings)
            finally:
                stack.close()


def _killed(stack: parts.Stack, name: str, stage: str, settings: Settings) -> dict[str, Any]:
    with opened_instance(settings) as instance:
        stack.launch(DAY)
        until(lambda: parts.stage_begun(instance, stage), stage, _LONGEST_S)
        run = parts.latest(instance)
        assert run is not None
        done, began = finished_units(settings), time.monotonic()
        again: dict[str, Callable[[], None]] = {
            "run worker": lambda: os.kill(stack.worker_pid(instance, run.run_id), signal.SIGKILL),
            "code server": lambda: (stack.kill_server(), stack.start_server())[1],
            "daemon": lambda: (stack.kill_daemon(), stack.start_daemon())[1],
        }
        again[name]()
        until(lambda: parts.succeeded(instance), f"success after the {name}", _LONGEST_S)
    return _row(name, stage, time.monotonic() - began, settings, done)


def _row(
    killed: str, stage: str, seconds: float, settings: Settings, done: dict[str, str]
) -> dict[str, Any]:
    after = finished_units(settings)
    return {
        "killed": killed,
        "in": stage,
        "seconds": round(seconds, 1),
        "lost_doubled_or_half": problems(settings),
        "finished_before": len(done),
        "done_again": sum(after.get(key) != made for key, made in done.items()),
    }


@contextmanager
def _world(more: dict[str, str] | None = None) -> Iterator[tuple[Settings, dict[str, str]]]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "YTEMPIRE_HOME": str(Path(folder) / "home"),
            "YTEMPIRE_CHANNELS_DIR": str(small_channel(Path(folder) / "channels")),
            **(more or {}),
        }
        before = {name: os.environ.get(name) for name in environment}
        os.environ.update(environment)
        try:
            yield load_settings(), environment
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
