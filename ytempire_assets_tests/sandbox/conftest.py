"""Real parts for the tests: a server over HTTP and what it keeps on disk."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from ytempire_assets.sandbox.server import SandboxServer
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.sandbox.wire import Wire


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sandbox"


@pytest.fixture
def server(folder: Path) -> Iterator[SandboxServer]:
    with SandboxServer(folder) as server:
        yield server


@pytest.fixture
def shelf(folder: Path, server: SandboxServer) -> Iterator[SandboxStore]:
    """What the sandbox has on disk, read beside the running server."""
    with contextlib.closing(SandboxStore(folder)) as store:
        yield store


@pytest.fixture
def join(server: SandboxServer) -> Iterator[Callable[[str], Wire]]:
    """Requests of the channel with this slug."""
    with contextlib.ExitStack() as stack:

        def joined(slug: str) -> Wire:
            session = stack.enter_context(requests.Session())
            return Wire(server.url, session, f"sandbox.{slug}.random")

        yield joined


@pytest.fixture
def wire(server: SandboxServer) -> Iterator[Wire]:
    with requests.Session() as session:
        yield Wire(server.url, session)
