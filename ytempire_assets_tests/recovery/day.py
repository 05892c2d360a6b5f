"""A small channel day that is made by a command, watched from outside, and killed.

Belongs here: the command, waiting for a stage of it, and looking whether the day is whole.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from ytempire_assets.instance import opened_instance
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.settings import Settings
from ytempire_assets_tests.conftest import PROJECT

DAY = "2026-11-19"
CHANNEL = "orbit"
ROWS = ("scripts", "voiceovers", "visuals", "renders", "uploads")


def small_channel(folder: Path) -> Path:
    """One channel whose day takes seconds: two square videos of 20 seconds."""
    folder.mkdir(parents=True)
    content = yaml.safe_load((PROJECT / "channels" / f"{CHANNEL}.yaml").read_text())
    content |= {"target_s": 20, "videos_per_day": 2, "formats": ["square"]}
    (folder / f"{CHANNEL}.yaml").write_text(yaml.safe_dump(content))
    return folder


def command(environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """``ytempire produce`` as a process group of its own."""
    program = [sys.executable, "-m", "ytempire_assets.cli", "produce"]
    return subprocess.Popen(
        [*program, "--channel", CHANNEL, "--day", DAY],
        env={**os.environ, **environment},
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the process and all that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(condition: Callable[[], bool], what: str, longest_s: float = 120) -> float:
    """Waits; returns the seconds that it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < longest_s, f"{what} never came"
        time.sleep(0.05)
    return time.monotonic() - began


def stage_begun(settings: Settings, stage: str, after: int) -> bool:
    """Whether a stage began in a run that is not among the first ``after`` ones."""
    import dagster as dg

    with opened_instance(settings) as instance:
        runs = list(reversed(instance.get_runs()))[after:]
        return any(
            entry.step_key == stage
            for run in runs
            for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_START)
        )


def runs_so_far(settings: Settings) -> int:
    """How many runs there are."""
    with opened_instance(settings) as instance:
        return instance.get_runs_count()


def finished_units(settings: Settings) -> dict[str, str]:
    """What was finished, by fingerprint, with the time when."""
    found = {}
    for path in (settings.blobs_dir / "work").rglob("*.json"):
        found[path.stem] = str(json.loads(path.read_text())["row"]["made_at"])
    return found


def rows_of(settings: Settings, table: str) -> list[dict[str, Any]]:
    """The stored rows of one stage of the day."""
    frame = LakeTables.of(settings).read(table, f"{CHANNEL}|{DAY}")
    return [] if frame is None else frame.to_dicts()


def problems(settings: Settings) -> list[str]:
    """What is not as it should be after the day is done: nothing lost, doubled or half."""
    found = []
    for table in ROWS:
        rows = rows_of(settings, table)
        if len(rows) != 2 or any(row["status"] != "ok" for row in rows):
            found.append(f"{table}: {[(row['video_id'], row['status']) for row in rows]}")
    publications = Ledger(settings.ledger_url).publications()
    remote = [publication.remote_id for publication in publications]
    if len(remote) != 2 or len(set(remote)) != 2 or None in remote:
        found.append(f"publications: {remote}")
    halves = [path.name for path in settings.home.rglob(".part-*")]
    if halves and any(path.suffix == ".parquet" for path in map(Path, halves)):
        found.append(f"half-written: {halves}")
    return found
