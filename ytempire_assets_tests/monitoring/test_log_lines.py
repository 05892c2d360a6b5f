"""With the JSON format every line is an object that says what it is about, in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ytempire_assets_tests.conftest import PROJECT

NEEDED = {"time", "level", "logger", "message"}


def lines(text: str) -> list[dict[str, Any]]:
    """Every line, which must be an object."""
    found = [json.loads(line) for line in text.splitlines()]
    for line in found:
        assert NEEDED <= set(line), line
    return found


def written(code: str, **environment: str) -> list[dict[str, Any]]:
    """What a process of its own writes to standard error after ``write_json_lines``."""
    begin = "from ytempire_assets.log_lines import *\nimport logging\nwrite_json_lines()\n"
    done = subprocess.run(
        [sys.executable, "-c", begin + code],
        env={**os.environ, **environment},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert not done.stdout
    return lines(done.stderr)


def test_text_from_outside_cannot_break_a_line() -> None:
    code = r"""
log = logging.getLogger("ytempire_assets.somewhere")
log.warning("two\nlines \x1b[31m %s \u2028 \ud800", {"a": "\r\n\x00"})
log.info("caf\u00e9")
log.info("%d words", "no number")
log.info("x" * 1_000_000)
"""
    first, second, third, fourth = written(code, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert first["message"].startswith("two\nlines \x1b[31m ")
    assert first["logger"] == "ytempire_assets.somewhere"
    assert first["level"] == "WARNING"
    assert first["time"].endswith("+00:00")
    assert second["message"] == "café"
    assert third["message"].startswith("%d words")
    assert len(fourth["message"]) < 101_000


def test_failures_warnings_and_ends_are_lines_too() -> None:
    code = r"""
import threading, warnings
log = logging.getLogger("ytempire_assets.somewhere")
try:
    raise ValueError("in\nside")
except ValueError:
    log.exception("it failed")
warnings.warn("old")
logging.getLogger("somebody.else").warning("also others")
logging.getLogger("somebody.else").info("but only from warnings on")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start(); thread.join()
raise SystemError("the end")
"""
    failed, warned, other, thread, end = written(code)
    assert "Traceback" in failed["exception"]
    assert "in\nside" in failed["exception"]
    assert "old" in warned["message"]
    assert other["logger"] == "somebody.else"
    assert "ZeroDivisionError" in thread["exception"]
    assert end["level"] == "CRITICAL"
    assert "the end" in end["exception"]


def test_what_is_said_of_the_work_holds_for_it_alone() -> None:
    code = r"""
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
log = logging.getLogger("ytempire_assets.somewhere")
def work(video):
    with log_context(video=video):
        log.info("in")
with log_context(run="r", stage="scripts", partition=None):
    with ThreadPoolExecutor(2) as pool:
        for video in ("a", "b"):
            pool.submit(copy_context().run, work, video).result()
    log.info("out")
log.info("after")
"""
    first, second, out, after = written(code)
    assert (first["run"], first["stage"], first["video"]) == ("r", "scripts", "a")
    assert second["video"] == "b"
    assert "video" not in out
    assert "partition" not in out
    assert set(after) == NEEDED


def test_a_run_of_dagster_writes_each_line_once() -> None:
    code = r"""
import dagster as dg
write_json_lines()
log = logging.getLogger("ytempire_assets.somewhere")
@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["p"]))
def scripts(context):
    context.log.info("of dagster\nin two lines")
    log.warning("of ours")
    raise ValueError("no\nluck")
instance = dg.DagsterInstance.ephemeral(
    settings={"python_logs": {"managed_python_loggers": ["ytempire_assets"]}}
)
dg.materialize([scripts], partition_key="p", instance=instance, raise_on_error=False)
"""
    found = written(code)
    (theirs,) = [line for line in found if line["message"] == "of dagster\nin two lines"]
    assert theirs["stage"] == "scripts"
    assert theirs["partition"] == "p"
    (ours,) = [line for line in found if line["message"] == "of ours"]
    assert ours["logger"] == "ytempire_assets.somewhere"
    assert (ours["run"], ours["stage"]) == (theirs["run"], "scripts")
    (failed,) = [line for line in found if line.get("event") == "STEP_FAILURE"]
    assert "no\nluck" in failed["exception"]
    assert any(line.get("event") == "STEP_START" for line in found)


def test_a_server_that_configured_its_own_console_writes_lines_too() -> None:
    code = r"""
import sys
from dagster._utils.log import configure_loggers
configure_loggers()
sys.stdout = sys.stderr
for handler in logging.getLogger("dagster").handlers:
    handler.setStream(sys.stderr)
write_json_lines()
logging.getLogger("dagster.code_server").info("Started")
"""
    (line,) = written(code)
    assert line["logger"] == "dagster.code_server"
    assert line["message"] == "Started"


@pytest.mark.parametrize("executor", ["in_process", "multiprocess"])
def test_a_real_run_says_run_partition_stage_and_video(
    executor: str, tmp_path: Path, channels_dir: Path
) -> None:
    spec = channels_dir / "orbit.yaml"
    text = spec.read_text(encoding="utf-8")
    spec.write_text(text.replace("voice: en-us,", "voice: zz-none,"), encoding="utf-8")
    home = tmp_path / "home"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ytempire_assets.cli", "produce", "--channel", "orbit"),
            *("--day", "2026-11-19", "--select", "ideas,scripts"),
        ],
        env={
            **os.environ,
            "YTEMPIRE_HOME": str(home),
            "YTEMPIRE_CHANNELS_DIR": str(channels_dir),
            "YTEMPIRE_EXECUTOR": executor,
            "YTEMPIRE_LOG_FORMAT": "json",
        },
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=230,
    )
    assert done.returncode == 1
    # Lines; below them what the command itself tells people at its end.
    told = [line for line in done.stderr.splitlines() if not line.startswith("failed: ")]
    stored = [
        path.read_text(encoding="utf-8") for path in (home / "dagster").rglob("compute_logs/*.err")
    ]
    for found in (lines("\n".join(told)), lines("".join(stored))):
        failed = [line for line in found if "zz-none" in line["message"]]
        assert {line["video"] for line in failed} == {"orbit-20261119-1", "orbit-20261119-2"}
        assert len(failed) == 2
        for line in failed:
            assert line["partition"] == "orbit|2026-11-19"
            assert line["stage"] == "scripts"
            assert line["job"] == "produce"
            assert line["logger"] == "ytempire_assets.resources.work"
            assert len(line["run"]) == 36
