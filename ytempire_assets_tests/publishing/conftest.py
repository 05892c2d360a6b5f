"""Real parts for the tests: a server over HTTP, a ledger on SQLite, a client without waits."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ytempire_assets.publishing.quota import Limits as OwnLimits
from ytempire_assets.publishing.youtube import YouTubeClient
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.sandbox.faults import Faults
from ytempire_assets.sandbox.quota import Limits
from ytempire_assets.sandbox.server import SandboxServer
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.publishing.studio import make_client
from ytempire_assets_tests.publishing.world import World

PLENTY = Limits(uploads=None, search=None, units=None, stats=None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "sandbox"


@pytest.fixture
def server(folder: Path) -> Iterator[SandboxServer]:
    with SandboxServer(folder, limits=PLENTY) as server:
        yield server


@pytest.fixture
def shelf(folder: Path, server: SandboxServer) -> Iterator[SandboxStore]:
    """What the sandbox has on disk, read beside the running server."""
    with contextlib.closing(SandboxStore(folder)) as store:
        yield store


@pytest.fixture
def client(server: SandboxServer) -> Iterator[YouTubeClient]:
    with make_client(server.url) as client:
        yield client


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")


@pytest.fixture
def worlds(tmp_path: Path, folder: Path) -> Iterator[Callable[..., World]]:
    """Makes a world, from our limits, the platform's and what goes wrong there."""
    with contextlib.ExitStack() as stack:

        def make(
            ours: OwnLimits | None = None, theirs: Limits = PLENTY, faults: Faults | None = None
        ) -> World:
            server = stack.enter_context(SandboxServer(folder, limits=theirs, faults=faults))
            shelf = stack.enter_context(contextlib.closing(SandboxStore(folder)))
            world = World(server.url, shelf, tmp_path, ours or OwnLimits())
            stack.callback(world.ledger.close)
            return world

        yield make


@pytest.fixture
def world(worlds: Callable[..., World]) -> World:
    """A world where nothing is short and nothing goes wrong."""
    return worlds()
