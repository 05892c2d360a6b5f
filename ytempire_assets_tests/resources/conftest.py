"""A ledger on either database, with a clock of the test's own; stores in a folder or a bucket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.settings import Settings
from ytempire_assets_tests.resources.ledger_parts import Clock, a_dead_run
from ytempire_assets_tests.s3_faults import FaultyWay
from ytempire_assets_tests.s3_server import S3Server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(ledger_url: str, clock: Clock) -> Iterator[Ledger]:
    ledger = Ledger(ledger_url, clock)
    yield ledger
    ledger.close()


@pytest.fixture(scope="session")
def dead_run() -> str:
    return a_dead_run()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """A server of S3's protocol; it starts with the first test that asks for it."""
    with S3Server() as server:
        yield server


@pytest.fixture
def bucket_settings(s3: S3Server, settings: Settings) -> Settings:
    """Lake and blobs in an empty bucket."""
    return s3.settings(settings)


@pytest.fixture(params=["folder", "bucket"])
def stored(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """Lake and blobs empty, in either place."""
    if request.param == "folder":
        return settings
    found: Settings = request.getfixturevalue("bucket_settings")
    return found


@pytest.fixture
def way(s3: S3Server) -> Iterator[FaultyWay]:
    """A way to the server on which things can go wrong."""
    with FaultyWay(s3.port) as way:
        yield way
