"""A day on Postgres, whose server is killed and started again in the middle."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ytempire_assets.settings import load_settings
from ytempire_assets_tests.postgres import Postgres
from ytempire_assets_tests.recovery.day import (
    command,
    problems,
    runs_so_far,
    small_channel,
    stage_begun,
    until,
)

AWAY_S = 4.0
"""Longer than Dagster's own storage tries."""


@pytest.fixture
def server() -> Iterator[Postgres]:
    """A server of its own: others would miss theirs."""
    with Postgres() as found:
        yield found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("stage", ["uploads"])
def test_the_day_survives_a_restart_of_the_database(
    stage: str, server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {
        "YTEMPIRE_HOME": str(tmp_path / "home"),
        "YTEMPIRE_CHANNELS_DIR": str(small_channel(tmp_path / "channels")),
        "YTEMPIRE_POSTGRES": server.new_database().replace("+psycopg2", ""),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    before = runs_so_far(settings)
    process = command(environment)
    until(lambda: stage_begun(settings, stage, before) or process.poll() is not None, stage)
    assert process.poll() is None
    server.kill()
    time.sleep(AWAY_S)  # how long it is away is what is tested
    server.start_again()
    assert process.wait(200) == 0
    assert problems(settings) == []
