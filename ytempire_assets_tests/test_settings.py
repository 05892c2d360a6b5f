"""Settings come from the environment only when asked, and their errors name the variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.settings import SAMPLE_SNAPSHOT, load_settings


def test_defaults_need_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.home == tmp_path / ".ytempire"
    assert settings.snapshot_dir == SAMPLE_SNAPSHOT
    assert settings.sandbox_url is None
    assert not settings.home.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YTEMPIRE_SANDBOX_URL", "ftp://x"),
        ("YTEMPIRE_SANDBOX_PORT", "seventy"),
        ("YTEMPIRE_PARALLEL_RENDERS", "0"),
        ("YTEMPIRE_SIGNALS", "guess"),
        ("YTEMPIRE_CPU_USD_PER_HOUR", "-1"),
    ],
)
def test_wrong_value_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInputError, match=name):
        load_settings()


def test_empty_sandbox_url_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YTEMPIRE_SANDBOX_URL", "")
    assert load_settings().sandbox_url is None
