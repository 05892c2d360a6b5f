"""Requests over real HTTP: polite, bounded in time and bytes, and every failure has a name."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.discovery.sources.errors import (
    BusyError,
    NoAnswerError,
    RefusedError,
    UnreadableError,
)
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.request import Request
from ytempire_assets.discovery.sources.source import Validators
from ytempire_assets.errors import QuotaError, YtempireError
from ytempire_assets_tests.discovery.sources.conftest import CONTACT, NOW, PATIENCE, Clock, refused
from ytempire_assets_tests.discovery.sources.server import (
    Answer,
    Server,
    closed_port,
    http_date,
    zipped,
)

FINE = Answer(body=b"fine")


# Polite


def test_every_request_says_who_asks(server: Server, fetcher: Fetcher) -> None:
    fetched = fetcher.fetch(Request(address=server.on("/a", FINE), accept="text/plain"))
    assert fetched.body == b"fine"
    assert not fetched.unchanged
    headers = server.asked[0].headers
    assert re.fullmatch(
        r"ytempire-assets/\S+ \(\+https://\S+; " + CONTACT + r"\)", headers["user-agent"]
    )
    assert headers["accept"] == "text/plain"
    assert headers["accept-encoding"] == "gzip"
    assert "authorization" not in headers
    assert "cookie" not in headers


def test_validators_go_back_and_304_is_an_answer(server: Server, fetcher: Fetcher) -> None:
    validators = Validators('W/"abc"', http_date(NOW.timestamp()))
    address = server.on(
        "/a",
        Answer(
            body=b"x", headers={"ETag": validators.etag, "Last-Modified": validators.last_modified}
        ),
        Answer(304, headers={"Set-Cookie": "a=b"}),
    )
    assert fetcher.fetch(Request(address=address)).validators == validators
    again = fetcher.fetch(Request(address=address, known=validators))
    assert again.unchanged
    assert again.body == b""
    assert again.validators == validators
    fetcher.fetch(Request(address=address, known=validators))
    headers = server.asked[2].headers
    assert headers["if-none-match"] == validators.etag
    assert headers["if-modified-since"] == validators.last_modified
    assert "cookie" not in headers


def test_304_to_a_question_that_was_not_asked_answers_nothing(
    server: Server, fetcher: Fetcher
) -> None:
    refused(fetcher, Request(address=server.on("/a", Answer(304))), UnreadableError)


def test_validators_that_cannot_be_sent_back_are_not_kept(server: Server, fetcher: Fetcher) -> None:
    address = server.on("/a", Answer(headers={"ETag": '"\xe9"', "Last-Modified": "x" * 600}))
    assert fetcher.fetch(Request(address=address)).validators == Validators()


def test_one_host_is_asked_at_its_interval_by_all_together(
    server: Server, fetcher: Fetcher, clock: Clock
) -> None:
    address = server.on("/a", FINE)
    for _ in range(3):
        fetcher.fetch(Request(address=address, interval_s=1.0))
        fetcher.for_seconds(60).fetch(Request(address=address, interval_s=0.5))
    assert clock.waits == pytest.approx([1.0, 0.5, 1.0, 0.5, 1.0])


def test_threads_share_the_interval_and_all_get_their_turn(server: Server) -> None:
    address = server.on("/a", FINE)
    fetcher = Fetcher(CONTACT, PATIENCE)
    request = Request(address=address, interval_s=0.02)
    began = time.monotonic()
    threads = [threading.Thread(target=fetcher.fetch, args=(request,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fetcher.close()
    assert len(server.asked) == 8
    assert time.monotonic() - began >= 7 * request.interval_s


def test_a_proxy_of_the_environment_is_used_for_other_machines_only(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", server.url)
    server.on("/a", FINE)
    assert fetcher.fetch(Request(address="http://feeds.example/a")).body == b"fine"
    assert server.asked[0].headers["host"] == "feeds.example"
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    assert fetcher.fetch(Request(address=f"{server.url}/a")).body == b"fine"


def test_connections_are_used_again(server: Server, fetcher: Fetcher) -> None:
    address = server.on("/a", FINE, zipped(b"fine"), Answer(404, b"none"), FINE)
    for _ in range(2):
        assert fetcher.fetch(Request(address=address)).body == b"fine"
    refused(fetcher, Request(address=address), RefusedError)
    fetcher.fetch(Request(address=address))
    assert len(server.connections) == 1


# Repeated where that helps


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_that_is_busy_is_asked_again(
    server: Server, fetcher: Fetcher, clock: Clock, status: int
) -> None:
    address = server.on("/a", Answer(status, b"<b>no</b>"), Answer(status), FINE)
    assert fetcher.fetch(Request(address=address, interval_s=0)).body == b"fine"
    first, second = clock.waits
    assert 0.5 <= first <= 1.0
    assert 1.0 <= second <= 2.0


def test_it_gives_up_in_the_end(server: Server, fetcher: Fetcher) -> None:
    error = refused(fetcher, Request(address=server.on("/a", Answer(503))), BusyError)
    assert error.problem == f"{server.host} answered 503 Service Unavailable"
    assert error.kind == "transient"
    assert len(server.asked) == PATIENCE.attempts


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451, 999])
def test_a_refusal_is_not_repeated(server: Server, fetcher: Fetcher, status: int) -> None:
    error = refused(fetcher, Request(address=server.on("/a", Answer(status))), RefusedError)
    assert isinstance(error, RefusedError)
    assert error.status == status
    assert error.kind == "permanent"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("headers", "waits"),
    [
        ({"Retry-After": "7"}, [7.0]),
        ({"Retry-After": http_date(2_000_000_009), "Date": http_date(2_000_000_000)}, [9.0]),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "٣"}, None),
        ({"Retry-After": http_date(1_000_000_000), "Date": http_date(2_000_000_000)}, None),
    ],
)
def test_what_the_server_asks_for_is_what_is_waited(
    server: Server,
    fetcher: Fetcher,
    clock: Clock,
    headers: dict[str, str],
    waits: list[float] | None,
) -> None:
    headers = {key: value.encode().decode("latin-1") for key, value in headers.items()}
    address = server.on("/a", Answer(429, headers=headers), FINE)
    assert fetcher.fetch(Request(address=address, interval_s=0)).body == b"fine"
    if waits is None:
        assert [0.5 <= one <= 1.0 for one in clock.waits] == [True]
    else:
        assert clock.waits == waits


def test_without_a_date_of_the_server_ours_counts(
    server: Server, fetcher: Fetcher, clock: Clock
) -> None:
    headers = {"Retry-After": http_date(clock.wall() + 11), "Date": "no date"}
    address = server.on("/a", Answer(503, headers=headers), FINE)
    fetcher.fetch(Request(address=address, interval_s=0))
    assert clock.waits == [11.0]


def test_a_server_that_asks_for_too_much_is_left_alone_by_everybody(
    server: Server, fetcher: Fetcher, clock: Clock
) -> None:
    address = server.on("/a", Answer(429, headers={"Retry-After": "7200"}), FINE)
    other = server.on("/b", FINE)
    error = refused(fetcher, Request(address=address), BusyError)
    assert "asks to be left alone until 2026-11-21 11:30:00 UTC" in error.problem
    assert isinstance(error, BusyError)
    assert error.until is not None
    assert refused(fetcher, Request(address=other), BusyError).problem.endswith(
        "it is to be left alone until 2026-11-21 11:30:00 UTC"
    )
    assert server.paths() == ["/a"]
    assert clock.waits == []
    clock.now += 7200
    assert fetcher.fetch(Request(address=other)).body == b"fine"


@given(st.text(max_size=40))
def test_no_wait_header_breaks_anything(value: str) -> None:
    clock = Clock()
    fetcher = Fetcher(CONTACT, PATIENCE, clock, clock.sleep, clock.wall)
    headers = {"Retry-After": value}
    assert fetcher._asked_wait_s(headers, ("Retry-After",)) >= 0.0
    fetcher.close()


# Counting


class Book:
    """A toll that notes, and forbids the third request."""

    def __init__(self, most: int = 2) -> None:
        self.most = most
        self.sent: list[bool] = []

    def before(self) -> None:
        if len(self.sent) == self.most:
            raise QuotaError("no more today", "wait")

    def after(self, *, sent: bool) -> None:
        self.sent.append(sent)


def test_each_request_is_counted_before_it_is_sent(server: Server, fetcher: Fetcher) -> None:
    book = Book()
    with pytest.raises(QuotaError):
        fetcher.fetch(Request(address=server.on("/a", Answer(503))), book)
    assert book.sent == [True, True]
    assert len(server.asked) == 2


def test_what_certainly_was_not_sent_is_said(fetcher: Fetcher) -> None:
    book = Book(9)
    with pytest.raises(NoAnswerError):
        fetcher.fetch(Request(address=f"http://127.0.0.1:{closed_port()}/"), book)
    assert book.sent == [False] * PATIENCE.attempts


def test_the_reading_of_an_apis_own_error_comes_first(server: Server, fetcher: Fetcher) -> None:
    def refusal(status: int, body: bytes) -> YtempireError | None:
        return QuotaError(f"{status} {body.decode()}", "wait") if body else None

    request = Request(address=server.on("/a", Answer(503, b"day over"), FINE), refusal=refusal)
    with pytest.raises(QuotaError, match="503 day over"):
        fetcher.fetch(request)
    assert fetcher.fetch(replace(request, address=server.on("/b", Answer(503), FINE))).body
