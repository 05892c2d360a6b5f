"""What tests share: a home folder of their own, sample channels, a small snapshot.

Belongs here: fixtures that make real parts (files, stores, settings), no stand-ins.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ytempire_assets.settings import SAMPLE_SNAPSHOT, Settings
from ytempire_assets_tests.postgres import Postgres

PROJECT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith(("YTEMPIRE_", "DAGSTER_")):
            monkeypatch.delenv(name)


@pytest.fixture
def channels_dir(tmp_path: Path) -> Path:
    """A copy of the two English sample channels that a test may change."""
    copied = tmp_path / "channels"
    copied.mkdir()
    for name in ("fieldnotes", "orbit"):
        shutil.copy(PROJECT / "channels" / f"{name}.yaml", copied)
    return copied


@pytest.fixture
def settings(tmp_path: Path, channels_dir: Path) -> Settings:
    """A home folder of the test's own."""
    return Settings(home=tmp_path / "home", channels_dir=channels_dir)


@pytest.fixture
def snapshot_dir(tmp_path: Path) -> Path:
    """A copy of the sample topics that a test may change."""
    return Path(shutil.copytree(SAMPLE_SNAPSHOT, tmp_path / "topics"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A Postgres server of the tests' own; it starts with the first test that asks for it."""
    with Postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """SQLAlchemy address of an empty database."""
    return postgres.new_database()


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLAlchemy address of an empty ledger, on either database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return str(request.getfixturevalue("postgres_url"))
