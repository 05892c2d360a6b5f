"""What the tests of sources share: a server on this machine and a fetcher whose waits take no time.

Belongs here: fixtures. What the server can do is ``server.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from ytempire_assets.discovery.sources.fetch import Fetcher, Patience
from ytempire_assets.discovery.sources.request import Request
from ytempire_assets.errors import YtempireError
from ytempire_assets_tests.discovery.sources.server import Server

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
CONTACT = "operator@example.com"
PATIENCE = Patience(connect_s=10.0, read_s=10.0, total_s=10.0)
QUICK = Patience(connect_s=0.3, read_s=0.3, total_s=0.3, attempts=1)
"""For servers that hang."""


@dataclass
class Clock:
    """Seconds that only pass when somebody waits."""

    now: float = 1000.0
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def wall(self) -> float:
        """Seconds since 1970: ``NOW`` when the clock began."""
        return NOW.timestamp() + self.now - 1000.0


def refused(fetcher: Fetcher, request: Request, kind: type[YtempireError]) -> YtempireError:
    """One line that names the host and says what to do."""
    with pytest.raises(kind) as caught:
        fetcher.fetch(request)
    assert "\n" not in str(caught.value)
    assert "127.0.0.1" in caught.value.problem
    assert caught.value.next_step
    return caught.value


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fetcher(clock: Clock) -> Iterator[Fetcher]:
    fetcher = Fetcher(CONTACT, PATIENCE, clock, clock.sleep, clock.wall)
    yield fetcher
    fetcher.close()


@pytest.fixture
def quick(clock: Clock) -> Iterator[Fetcher]:
    """A fetcher that gives up soon, for servers that hang."""
    fetcher = Fetcher(CONTACT, QUICK, clock, clock.sleep, clock.wall)
    yield fetcher
    fetcher.close()
