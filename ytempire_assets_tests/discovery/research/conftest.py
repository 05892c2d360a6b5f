"""What the tests of research share: names that lead to this machine, topics, and pages.

Belongs here: fixtures and builders. The server is that of the sources' tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ytempire_assets.discovery.research import extraction, page_child
from ytempire_assets.discovery.research.public_hosts import PublicHosts, Resolver
from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.topics.topic import Topic
from ytempire_assets_tests.discovery.sources.conftest import NOW
from ytempire_assets_tests.discovery.sources.conftest import clock as clock
from ytempire_assets_tests.discovery.sources.conftest import fetcher as fetcher
from ytempire_assets_tests.discovery.sources.conftest import quick as quick
from ytempire_assets_tests.discovery.sources.conftest import server as server
from ytempire_assets_tests.discovery.sources.server import Answer, Server

PAGES = Path(__file__).parent / "pages"


@dataclass
class Names:
    """A resolver: every name leads to this machine unless the test says otherwise.

    ``answers`` gives the addresses of a name by turns, the last one again and again.
    """

    answers: dict[str, list[list[str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: int) -> list[str]:
        del port
        self.asked.append(host)
        turns = self.answers.get(host, [["127.0.0.1"]])
        return turns.pop(0) if len(turns) > 1 else turns[0]


def leads_to(addresses: list[str]) -> Resolver:
    """A resolver that gives the same addresses for every name."""

    def resolver(host: str, port: int) -> list[str]:
        return addresses

    return resolver


@pytest.fixture
def names() -> Names:
    return Names()


@pytest.fixture
def hosts(server: Server, names: Names) -> PublicHosts:
    return PublicHosts(names, [("127.0.0.1", port_of(server))])


@pytest.fixture
def guarded(fetcher: Fetcher, hosts: PublicHosts) -> Iterator[Fetcher]:
    guarded = fetcher.guarded(hosts)
    yield guarded
    guarded.close()


def port_of(server: Server) -> int:
    return int(server.host.rpartition(":")[2])


@pytest.fixture
def at(server: Server) -> Callable[[str], str]:
    """The address of a path at a named host, which the server answers."""
    return lambda place: "http://{}:{}/{}".format(
        place.partition("/")[0], port_of(server), place.partition("/")[2]
    )


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are read in this process: the same code, without the start of another interpreter."""
    monkeypatch.setattr(
        extraction, "in_a_process", lambda _program, job, body, **_: page_child.read(body, job)
    )


def page(name: str, **headers: str) -> Answer:
    """A page written for these tests."""
    return Answer(
        body=(PAGES / name).read_bytes(),
        headers={"Content-Type": "text/html; charset=utf-8"}
        | {key.replace("_", "-"): value for key, value in headers.items()},
    )


def topic(
    title: str,
    keywords: tuple[str, ...],
    addresses: tuple[str, ...] = (),
    *,
    topic_id: str = "old-river-bridge",
    language: str = "en",
) -> Topic:
    signals = tuple(
        Signal(
            source="news",
            item=address,
            title=title,
            observed_at=NOW,
            value=None,
            unit="articles",
            counting="mention",
            address=address,
        )
        for address in addresses
    )
    return Topic(
        topic_id=topic_id,
        title=title,
        titles=(title,),
        keywords=keywords,
        language=language,
        signals=signals,
        sources=("news",),
        first_seen=NOW,
        last_seen=NOW,
        cohesion=1.0,
        addresses=addresses,
    )
