"""A ledger on either database, with a clock of the test's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ytempire_assets.resources.ledger import Ledger
from ytempire_assets_tests.resources.ledger_parts import Clock, a_dead_run


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
