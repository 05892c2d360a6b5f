"""What tests share: a home folder of their own, sample channels, a small snapshot.

Belongs here: fixtures that make real parts (files, stores, settings), no stand-ins.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ytempire_assets.settings import SAMPLE_SNAPSHOT, Settings

PROJECT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith(("YTEMPIRE_", "DAGSTER_")):
            monkeypatch.delenv(name)


@pytest.fixture
def channels_dir(tmp_path: Path) -> Path:
    """A copy of the sample channels that a test may change."""
    return Path(shutil.copytree(PROJECT / "channels", tmp_path / "channels"))


@pytest.fixture
def settings(tmp_path: Path, channels_dir: Path) -> Settings:
    """A home folder of the test's own."""
    return Settings(home=tmp_path / "home", channels_dir=channels_dir)


@pytest.fixture
def snapshot_dir(tmp_path: Path) -> Path:
    """A copy of the sample topics that a test may change."""
    return Path(shutil.copytree(SAMPLE_SNAPSHOT, tmp_path / "topics"))
