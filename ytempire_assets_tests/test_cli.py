"""The command line: what it prints, its exit codes, and one line for every error."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ytempire_assets.settings import Settings


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "YTEMPIRE_HOME": str(settings.home),
        "YTEMPIRE_CHANNELS_DIR": str(settings.channels_dir),
        "COLUMNS": "200",
    }


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ytempire_assets.cli", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_doctor_says_what_is_there(environment: dict[str, str]) -> None:
    done = run(environment, "doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    for words in ("fieldnotes, orbit", "31 topics", "libx264", "espeak (", "Space Grotesk"):
        assert words in done.stdout


def test_doctor_names_what_is_broken_and_goes_on(
    environment: dict[str, str], settings: Settings
) -> None:
    (settings.channels_dir / "orbit.yaml").write_text("channel: orbit\ntitle: 3\n")
    done = run({**environment, "YTEMPIRE_FFMPEG": "/nowhere/ffmpeg"}, "doctor")
    assert done.returncode == 1
    assert "orbit.yaml, line 2: title" in done.stdout
    assert "/nowhere/ffmpeg" in done.stdout
    assert "espeak (" in done.stdout


def test_channels_are_added_listed_and_retired(
    environment: dict[str, str], settings: Settings
) -> None:
    added = run(environment, "channels", "add", "deep-sea", "--niche", "nature")
    assert added.returncode == 0, added.stderr
    assert (settings.channels_dir / "deep-sea.yaml").is_file()
    assert "deep-sea" in run(environment, "channels", "list").stdout
    retired = run(environment, "channels", "retire", "deep-sea")
    assert retired.returncode == 0
    assert "retired" in run(environment, "channels", "list").stdout
    assert not (settings.channels_dir / "deep-sea.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["lineage", "orbit-20261119-1"], "there is no video 'orbit-20261119-1'", 1),
        (["lineage", "what?"], "is not a video id", 1),
        (["produce", "--channel", "nobody", "--day", "2026-11-19"], "no channel 'nobody'", 1),
        (["produce", "--channel", "orbit", "--day", "19.11."], "is not a day", 1),
        (["produce", "--channel", "orbit", "--day", "2020-01-01"], "before the first day", 1),
        (["approve", "orbit-20261119-1"], "does not wait for approval", 1),
        (["channels", "add", "../x", "--niche", "space"], "not a channel name", 1),
        (["channels", "retire", "nobody"], "no channel file nobody.yaml", 1),
        (["sandbox", "serve", "--faults", "meteor"], "meteor", 1),
        (["produce", "--channel", "orbit"], "--day", 2),
        (["unheard-of"], "unheard-of", 2),
    ],
)
def test_errors_are_one_line_with_the_next_step(
    environment: dict[str, str], arguments: list[str], words: str, code: int
) -> None:
    done = run(environment, *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    if code == 1:
        assert done.stderr.startswith("error: ")
        assert "Next: " in done.stderr


def test_benches_are_named(environment: dict[str, str]) -> None:
    done = run(environment, "bench", "nothing", "--json")
    assert done.returncode == 1
    assert "there is no benchmark 'nothing'. Next: choose one of render" in done.stderr
    done = run(environment, "bench", "imports", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["benchmark"] == "imports"


def test_an_encoder_that_is_not_there_is_said_by_doctor(environment: dict[str, str]) -> None:
    from ytempire_assets.video.encoder import encoder_problem

    done = run({**environment, "YTEMPIRE_ENCODER": "h264_nvenc"}, "doctor")
    working = encoder_problem("h264_nvenc") is None
    assert done.returncode == (0 if working else 1)
    assert ("YTEMPIRE_ENCODER" in done.stdout) != working
    done = run({**environment, "YTEMPIRE_ENCODER": "mpeg1"}, "doctor")
    assert done.returncode == 1
    assert "YTEMPIRE_ENCODER" in done.stderr


def test_wrong_setting_names_the_variable(environment: dict[str, str]) -> None:
    done = run({**environment, "YTEMPIRE_SANDBOX_PORT": "many"}, "channels", "list")
    assert done.returncode == 1
    assert "YTEMPIRE_SANDBOX_PORT" in done.stderr


def test_debug_shows_the_trace(environment: dict[str, str]) -> None:
    done = run(environment, "--debug", "lineage", "what?")
    assert done.returncode == 1
    assert "InvalidInputError" in done.stderr
    assert "split_video_id" in done.stderr


def test_demo_without_channels_says_what_to_do(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    done = run({**environment, "YTEMPIRE_CHANNELS_DIR": str(tmp_path / "none")}, "demo")
    assert done.returncode == 1
    assert "has no channel files" in done.stderr


def test_selected_stages_only(environment: dict[str, str], settings: Settings) -> None:
    done = run(
        environment, "produce", "--channel", "orbit", "--day", "2026-11-19",
        "--select", "ideas,scripts",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (settings.lake_dir / "scripts" / "orbit" / "2026-11-19.parquet").is_file()
    assert not (settings.lake_dir / "renders").exists()
    tree = run(environment, "lineage", "orbit-20261119-1", "--json")
    assert json.loads(tree.stdout)["kind"] == "script"
    shown = run(environment, "lineage", "orbit-20261119-1").stdout
    assert "topic ingenuity-helicopter" in shown
    assert "origin: sample" in shown
