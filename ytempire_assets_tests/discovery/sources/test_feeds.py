"""Feeds: what entries say, and every feed that is none."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.sources.errors import UnreadableError
from ytempire_assets.discovery.sources.feed_child import Entry
from ytempire_assets.discovery.sources.feed_reading import _plain, read_feed
from ytempire_assets.discovery.sources.feeds import FeedSettings, FeedSource
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.source import Poll, Validators
from ytempire_assets_tests.discovery.sources.conftest import NOW
from ytempire_assets_tests.discovery.sources.server import Answer, Server, recorded, zipped

NOTHING: Mapping[str, Validators] = {}


def source(address: str, entries: int = 100) -> FeedSource:
    return FeedSource(
        FeedSettings(kind="feed", name="a-feed", niche="space", address=address, entries=entries)
    )


def polled(server: Server, fetcher: Fetcher, answer: Answer, entries: int = 100) -> Poll:
    return source(server.on("/feed", answer), entries).poll(fetcher, NOTHING, NOW)


def rss(*items: str, head: str = '<?xml version="1.0"?>') -> bytes:
    return f'{head}<rss version="2.0"><channel>{"".join(items)}</channel></rss>'.encode()


def test_every_entry_is_one_mention_newest_first(server: Server, fetcher: Fetcher) -> None:
    poll = polled(server, fetcher, recorded("feed_rss.xml", ETag='"v1"'))
    assert (poll.source, poll.outcome, poll.problems, poll.requests) == ("a-feed", "new", (), 1)
    assert poll.validators == {f"{server.url}/feed": Validators('"v1"')}
    comet, short, mirror, announced = poll.signals
    assert comet == Signal(
        source="a-feed",
        item="obs-103",
        title="Comet 2026 K3 brightens & grows a tail",
        observed_at=NOW,
        value=1.0,
        unit="articles",
        counting="mention",
        published_at=datetime(2026, 11, 21, 1, 15, tzinfo=UTC),
        address=f"{server.url}/comet?a=1&b=2",
        summary="Seen from the harbour. It is easy to find.",
        language="en-US",
        tags=("Comets", "Sky tonight"),
        niche="space",
    )
    assert short.title == "Clouds, then clear skies."
    assert short.item == "https://observatory.example/short"
    assert mirror.title == "Older: the telescope’s mirror is clean again"
    # A date of the future is none, and such an entry does not come first.
    assert (announced.item, announced.published_at) == ("obs-104", None)


def test_atom(server: Server, fetcher: Fetcher) -> None:
    sieve, box = polled(server, fetcher, recorded("feed_atom.xml")).signals
    assert sieve.title == "Ein <Sieb> aus Messing"
    assert sieve.summary == "Gelötet, nicht geklebt."
    assert sieve.published_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert (sieve.language, sieve.tags) == ("de", ("Metall",))
    assert box.title == "Uma caixa de cedro"
    assert (box.language, box.address) == ("pt-BR", "")


def test_a_feed_that_did_not_change_says_so(server: Server, fetcher: Fetcher) -> None:
    one = source(server.on("/feed", recorded("feed_rss.xml", ETag='"v1"'), Answer(304)))
    first = one.poll(fetcher, NOTHING, NOW)
    second = one.poll(fetcher, first.validators, NOW)
    assert (second.outcome, second.signals, second.problems) == ("unchanged", (), ())
    assert second.validators == first.validators
    assert server.asked[1].headers["if-none-match"] == '"v1"'


def test_a_feed_without_entries_is_an_answer(server: Server, fetcher: Fetcher) -> None:
    poll = polled(server, fetcher, Answer(body=rss("<title>Empty</title>")))
    assert (poll.outcome, poll.signals, poll.problems) == ("new", (), ())


def test_the_newest_are_kept_wherever_they_stand(server: Server, fetcher: Fetcher) -> None:
    items = [
        f"<item><title>{day}</title><pubDate>{day:02d} Oct 2026 10:00:00 GMT</pubDate></item>"
        for day in (3, 9, 1, 7)
    ]
    poll = polled(
        server, fetcher, Answer(body=rss("<item><title>undated</title></item>", *items)), 3
    )
    assert [signal.title for signal in poll.signals] == ["9", "7", "3"]


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]>"
)


def test_entities_that_grow_do_not(server: Server, fetcher: Fetcher) -> None:
    poll = polled(server, fetcher, Answer(body=rss("<item><title>&j;x</title></item>", head=BOMB)))
    assert poll.outcome in ("new", "failed")
    assert all(len(signal.title) < 20 for signal in poll.signals)


def test_files_of_this_machine_are_not_read(server: Server, fetcher: Fetcher) -> None:
    head = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    poll = polled(server, fetcher, Answer(body=rss("<item><title>&f;!</title></item>", head=head)))
    assert "root" not in repr(poll)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<item><title>Größe</title></item>".encode("latin-1"), "application/xml; charset=utf-8"),
        ("<item><title>Größe</title></item>".encode(), "text/xml; charset=us-ascii"),
        ("<item><title>Größe</title></item>".encode(), "application/rss+xml; charset=klingon"),
        ("<item><title>Größe</title></item>".encode("cp1252"), "application/xml"),
        ("<item><title>Größe</title></item>".encode(), ""),
    ],
)
def test_a_wrong_charset_loses_no_entry(
    server: Server, fetcher: Fetcher, body: bytes, content_type: str
) -> None:
    whole = b'<rss version="2.0"><channel>' + body + b"</channel></rss>"
    answer = Answer(body=whole, headers={"Content-Type": content_type})
    (signal,) = polled(server, fetcher, answer).signals
    assert signal.title.startswith("Gr")


def test_utf_16_is_read(server: Server, fetcher: Fetcher) -> None:
    body = rss("<item><title>Größe</title></item>", head="").decode().encode("utf-16")
    (signal,) = polled(server, fetcher, Answer(body=body)).signals
    assert signal.title == "Größe"


def test_ten_megabytes_are_read_in_bounded_time_and_memory(
    server: Server, fetcher: Fetcher
) -> None:
    filler = "<description>" + "A long story. " * 1500 + "</description>"
    items = [f"<item><title>Story {n}</title>{filler}</item>" for n in range(500)]
    body = rss(*items)
    assert len(body) > 10_000_000
    poll = polled(server, fetcher, zipped(body))
    assert len(poll.signals) == 100
    assert all(len(signal.summary) == 2000 for signal in poll.signals)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(), "an empty body"),
        (Answer(body=b" \n\t "), "an empty body"),
        (recorded("page.html"), "no RSS or Atom feed"),
        (Answer(body=b'{"version": "https://jsonfeed.org/version/1"}'), "no RSS or Atom feed"),
        (Answer(body=bytes(range(256)) * 40), "no RSS or Atom feed"),
        (Answer(404), "refused the request (404 Not Found)"),
    ],
)
def test_what_is_no_feed_fails_and_keeps_what_was_known(
    server: Server, fetcher: Fetcher, answer: Answer, said: str
) -> None:
    known = {f"{server.url}/feed": Validators('"old"')}
    answer = replace(answer, headers={**answer.headers, "ETag": '"new"'})
    poll = source(server.on("/feed", answer)).poll(fetcher, known, NOW)
    assert (poll.outcome, poll.signals, poll.validators) == ("failed", (), known)
    (problem,) = poll.problems
    assert said in problem
    assert "Next: " in problem


def test_a_feed_that_takes_forever_to_parse_is_given_up() -> None:
    """So many line breaks stop feedparser, and with it every thread of a process, for minutes."""
    body = b"\n" * 300_000 + rss("<item><title>x</title></item>")
    with pytest.raises(UnreadableError, match=r"takes longer than 0\.5 s to read"):
        read_feed(body, address="https://e.com", content_type="", now=NOW, most=9, seconds=0.5)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_a_feed_that_takes_too_much_memory_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ytempire_assets.discovery.sources.feed_reading.MEMORY_BYTES", 100_000_000)
    body = rss("<item><title>x</title></item>", " " * 30_000_000)
    with pytest.raises(UnreadableError, match="cannot be read"):
        read_feed(body, address="https://e.com", content_type="", now=NOW, most=9)


@given(
    st.builds(
        Entry,
        id=st.text(),
        link=st.text(),
        title=st.text(),
        title_is_html=st.booleans(),
        summary=st.text(max_size=4000),
        summary_is_html=st.booleans(),
        published_s=st.none() | st.integers(),
        language=st.text(),
        tags=st.lists(st.text()),
    )
)
def test_no_entry_breaks_anything(entry: Entry) -> None:
    plain = _plain(entry, "en", NOW)
    if plain is None:
        return
    assert plain.item.isprintable()
    assert 0 < len(plain.item) <= 300
    assert 0 < len(plain.title) <= 300
    assert len(plain.summary) <= 2000
    assert plain.published_at is None or plain.published_at <= NOW
    f"{plain}".encode()  # no lone surrogate is left
