"""Many sources at once: together, in time, and none pays for another."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import datetime

import pytest

from ytempire_assets.discovery.sources import polling
from ytempire_assets.discovery.sources.feeds import FeedSettings, FeedSource
from ytempire_assets.discovery.sources.fetch import Fetcher, Patience
from ytempire_assets.discovery.sources.hacker_news import HackerNewsSettings, HackerNewsSource
from ytempire_assets.discovery.sources.polling import poll_all
from ytempire_assets.discovery.sources.source import Poll, Source, Validators
from ytempire_assets_tests.discovery.sources.conftest import CONTACT, NOW
from ytempire_assets_tests.discovery.sources.server import Answer, Asked, Server, recorded

ONE_ENTRY = b'<rss version="2.0"><channel><item><title>x</title></item></channel></rss>'


class Odd:
    """A source that does what it is told instead of asking."""

    def __init__(self, name: str, act: Callable[[], object]) -> None:
        self.name = name
        self._act = act

    def poll(self, _fetcher: Fetcher, _known: Mapping[str, Validators], _now: datetime) -> Poll:
        self._act()
        return Poll(self.name, "new")


def feed(server: Server, name: str, *answers: Answer | Callable[[Asked], Answer]) -> Source:
    return FeedSource(FeedSettings(kind="feed", name=name, address=server.on(f"/{name}", *answers)))


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> Fetcher:
    """A fetcher of real time whose retries wait only a little, and which paces nothing.

    One host stands for all here.
    """
    fetcher = Fetcher(CONTACT, Patience(first_wait_s=0.01, attempts=2))
    monkeypatch.setattr(fetcher._pacer, "take", lambda *_: True)
    return fetcher


@pytest.fixture
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "GRACE_S", 0.2)


def test_sources_are_asked_at_the_same_time(server: Server, at_once: Fetcher) -> None:
    """Every answer waits until all four questions have arrived."""
    everybody = threading.Barrier(4, timeout=20)

    def together(_: Asked) -> Answer:
        everybody.wait()
        return Answer(body=ONE_ENTRY)

    sources = [feed(server, f"feed-{n}", together) for n in range(4)]
    polls = poll_all(sources, at_once, {}, NOW, deadline_s=60, workers=4)
    assert [poll.source for poll in polls] == [source.name for source in sources]
    assert {poll.outcome for poll in polls} == {"new"}


def test_no_more_than_the_workers_are_asked_at_a_time(server: Server) -> None:
    running, most, lock = [0], [0], threading.Lock()

    def act() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.02)
        with lock:
            running[0] -= 1

    sources = [Odd(f"odd-{n}", act) for n in range(9)]
    polls = poll_all(sources, Fetcher(CONTACT), {}, NOW, deadline_s=60, workers=2)
    assert most[0] <= 2
    assert [poll.outcome for poll in polls] == ["new"] * 9


def test_three_that_fail_lose_nothing_of_the_others(
    server: Server, at_once: Fetcher, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise KeyError("planted-token")

    sources = [
        feed(server, "good", recorded("feed_atom.xml")),
        feed(server, "down", Answer(503)),
        feed(server, "page", recorded("page.html")),
        Odd("bug", broken),
        feed(server, "fine", Answer(body=ONE_ENTRY)),
        feed(server, "same", Answer(304)),
    ]
    known = {f"{server.url}/same": Validators('"v"')}
    polls = poll_all(sources, at_once, known, NOW, deadline_s=60, workers=3)
    assert [poll.outcome for poll in polls] == [
        "new",
        "failed",
        "failed",
        "failed",
        "new",
        "unchanged",
    ]
    assert [len(poll.signals) for poll in polls] == [2, 0, 0, 0, 1, 0]
    assert all(bool(poll.problems) == (poll.outcome == "failed") for poll in polls)
    (bug,) = polls[3].problems
    assert bug.startswith("it broke (KeyError at test_polling.py:")
    assert "planted-token" not in bug + caplog.text
    assert "the source bug broke" in caplog.text


def test_a_server_that_hangs_is_given_up_at_the_deadline(
    server: Server, at_once: Fetcher, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.on("/hn/search", recorded("hacker_news.json"))
    sources = [
        feed(server, "hangs", Answer(fault="hang")),
        HackerNewsSource(
            HackerNewsSettings(kind="hacker_news", name="hn", address=f"{server.url}/hn")
        ),
    ]
    hangs, fine = poll_all(sources, at_once, {}, NOW, deadline_s=1.0, workers=2)
    assert fine.outcome == "new"
    assert hangs.outcome == "failed"
    assert "did not finish its answer in time" in hangs.problems[0]


@pytest.mark.usefixtures("short_grace")
def test_a_source_that_hangs_itself_costs_no_other(at_once: Fetcher) -> None:
    """Even with one worker: it is replaced."""
    stop = threading.Event()
    sources = [Odd("hangs", stop.wait), Odd("fine", lambda: None)]
    hangs, fine = poll_all(sources, at_once, {}, NOW, deadline_s=0.6, workers=1)
    stop.set()
    assert (hangs.source, hangs.outcome) == ("hangs", "failed")
    assert "was given up" in hangs.problems[0]
    assert fine.outcome == "new"


@pytest.mark.usefixtures("short_grace")
def test_what_has_no_turn_says_so() -> None:
    stop = threading.Event()
    sources = [Odd(f"hangs-{n}", stop.wait) for n in range(4)]
    polls = poll_all(sources, Fetcher(CONTACT), {}, NOW, deadline_s=0.2, workers=1)
    stop.set()
    assert [poll.outcome for poll in polls] == ["failed"] * 4
    assert "it was not asked" in polls[3].problems[0]


def test_nothing_to_ask() -> None:
    assert poll_all([], Fetcher(CONTACT), {}, NOW, deadline_s=1, workers=4) == []
