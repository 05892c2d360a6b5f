"""A backup taken while work goes on, put back on another machine: nothing is made or sent again."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ytempire_assets.api import lineage, produce
from ytempire_assets.backups import back_up, restore
from ytempire_assets.cli import app
from ytempire_assets.errors import InvalidInputError, StorageError
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.settings import Settings
from ytempire_assets_tests.recovery.day import CHANNEL, DAY, problems, small_channel


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A day that was made and published."""
    root = tmp_path_factory.mktemp("backup")
    settings = Settings(home=root / "home", channels_dir=small_channel(root / "channels"))
    assert produce(CHANNEL, DAY, settings=settings).success
    return settings


def test_after_a_loss_everything_is_there_again(made: Settings, tmp_path: Path) -> None:
    with sqlite3.connect(made.home / "ledger.db") as busy:  # somebody writes meanwhile
        busy.execute("BEGIN IMMEDIATE")
        backup = back_up(made, tmp_path / "backup")
        busy.rollback()
    lost = Settings(home=tmp_path / "new", channels_dir=made.channels_dir)
    put_back = restore(lost, tmp_path / "backup")
    assert put_back.files == backup.files > 20
    assert problems(lost) == []
    before = Ledger(made.ledger_url).publications()
    assert Ledger(lost.ledger_url).publications() == before
    again = produce(CHANNEL, DAY, settings=lost)
    assert again.success
    assert Ledger(lost.ledger_url).publications() == before  # nothing was sent a second time
    assert all(video["reused"] for video in again.videos if video["stage"] != "uploads")
    assert lineage(before[0].plan.video_id, settings=lost).to_dict()


def test_no_secret_and_nothing_half_written_is_in_it(made: Settings, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(made.home, home)
    (home / "credentials").mkdir(mode=0o700, exist_ok=True)
    (home / "credentials" / "orbit.json").write_text("planted-token")
    (home / "lake" / "scripts" / ".part-1.parquet").write_bytes(b"half")
    done = back_up(Settings(home=home), tmp_path / "backup")
    names = [path.name for path in (tmp_path / "backup").rglob("*")]
    assert "orbit.json" not in names
    assert not [name for name in names if name.startswith(".part-") or name.endswith("-wal")]
    assert any("tokens" in line for line in done.elsewhere)


def test_what_cannot_be_used_is_refused_and_nothing_changes(made: Settings, tmp_path: Path) -> None:
    back_up(made, tmp_path / "backup")
    with pytest.raises(InvalidInputError, match="is not empty"):
        back_up(made, tmp_path / "backup")
    with pytest.raises(InvalidInputError, match="is not empty"):
        restore(made, tmp_path / "backup")
    new = Settings(home=tmp_path / "new")
    with pytest.raises(InvalidInputError, match="no whole backup"):
        restore(new, tmp_path)
    next((tmp_path / "backup").rglob("*.parquet")).unlink()
    with pytest.raises(StorageError, match="files of"):
        restore(new, tmp_path / "backup")
    assert not new.home.exists()


def test_the_commands(made: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YTEMPIRE_HOME", str(made.home))
    done = CliRunner().invoke(app, ["backup", str(tmp_path / "backup")])
    assert done.exit_code == 0, done.output
    monkeypatch.setenv("YTEMPIRE_HOME", str(tmp_path / "new"))
    done = CliRunner().invoke(app, ["restore", str(tmp_path / "backup")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "new" / "ledger.db").is_file()
