"""The sandbox listens elsewhere only when told to, and answers only to names that it was given."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.sandbox.app import create_app
from ytempire_assets.sandbox.faults import Faults
from ytempire_assets.sandbox.quota import Limits
from ytempire_assets.sandbox.server import serve
from ytempire_assets.sandbox.store import SandboxStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SandboxStore]:
    """An empty sandbox's state."""
    opened = SandboxStore(tmp_path / "sandbox")
    yield opened
    opened.close()


def answers(store: SandboxStore, names: list[str], host: str) -> bool:
    """Whether a sandbox with these names answers under another."""
    app = create_app(store, Faults(), Limits(), None, names)
    return TestClient(app, base_url=f"http://{host}:8765").get("/").status_code == 200


def test_a_name_that_was_given_is_answered_and_no_other(store: SandboxStore) -> None:
    assert answers(store, ["ytempire-sandbox"], "ytempire-sandbox")
    assert answers(store, ["ytempire-sandbox"], "127.0.0.1")
    assert not answers(store, ["ytempire-sandbox"], "evil.example")
    assert not answers(store, [], "ytempire-sandbox")


@pytest.mark.parametrize("name", ["*", "*.example", "Sandbox", "a b", "-a", "", "a..b"])
def test_a_name_that_lets_others_in_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="is not a host name"):
        serve(tmp_path, 0, host="127.0.0.2", names=[name])


def test_another_address_needs_a_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="needs the name") as caught:
        serve(tmp_path, 0, host="127.0.0.2")
    assert "--name" in caught.value.next_step


def test_an_address_of_another_machine_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"port 8765 on 192\.0\.2\.1 cannot be used"):
        serve(tmp_path, 8765, host="192.0.2.1", names=["sandbox"])


def test_the_command_warns(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-m", "ytempire_assets.cli", "sandbox", "serve", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "WARNING" in said
