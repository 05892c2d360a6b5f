"""Requests whose answers never end, grow, break off or lead astray; and what nobody may see."""

from __future__ import annotations

import gzip
import logging
import zlib

import pytest
from pydantic import SecretStr

from ytempire_assets.discovery.sources.errors import (
    NoAnswerError,
    OutOfTimeError,
    RefusedError,
    UnreadableError,
)
from ytempire_assets.discovery.sources.exchange import Answer as WireAnswer
from ytempire_assets.discovery.sources.fetch import MOST_REDIRECTS, Fetcher, _onward
from ytempire_assets.discovery.sources.request import Request
from ytempire_assets.errors import YtempireError
from ytempire_assets_tests.discovery.sources.conftest import Clock, refused
from ytempire_assets_tests.discovery.sources.server import (
    Answer,
    Fault,
    Server,
    closed_port,
)

FINE = Answer(body=b"fine")


# Bounded


@pytest.mark.parametrize("fault", ["hang", "drip_head", "drip_body", "drip_chunk"])
def test_a_server_that_takes_its_time_is_not_waited_for(
    server: Server, quick: Fetcher, fault: Fault
) -> None:
    error = refused(quick, Request(address=server.on("/a", Answer(fault=fault))), NoAnswerError)
    assert "did not finish its answer in time" in error.problem or "timed out" in error.problem


@pytest.mark.parametrize("fault", ["reset", "cut"])
def test_an_answer_that_breaks_off_is_asked_for_again(
    server: Server, fetcher: Fetcher, fault: Fault
) -> None:
    address = server.on("/a", Answer(body=b"half", fault=fault), FINE)
    assert fetcher.fetch(Request(address=address)).body == b"fine"
    refused(
        fetcher, Request(address=server.on("/b", Answer(body=b"half", fault=fault))), NoAnswerError
    )


def test_nobody_listens(fetcher: Fetcher) -> None:
    request = Request(address=f"http://127.0.0.1:{closed_port()}/a?token=planted")
    error = refused(fetcher, request, NoAnswerError)
    assert isinstance(error, NoAnswerError)
    assert not error.sent
    assert "connection refused" in error.problem


def test_the_time_of_a_poll_bounds_waits_and_requests(
    server: Server, fetcher: Fetcher, clock: Clock
) -> None:
    bounded = fetcher.for_seconds(5)
    address = server.on("/a", Answer(503, headers={"Retry-After": "20"}), FINE)
    refused(bounded, Request(address=address), OutOfTimeError)
    assert clock.waits == []
    clock.now += 4.5
    refused(bounded, Request(address=server.on("/b", FINE)), OutOfTimeError)
    clock.now += 30
    refused(bounded, Request(address=address), OutOfTimeError)
    assert server.paths() == ["/a"]
    assert fetcher.fetch(Request(address=address)).body == b"fine"


def test_bodies_are_bounded_after_unpacking(server: Server, fetcher: Fetcher) -> None:
    bomb = gzip.compress(bytes(30_000_000))
    assert len(bomb) < 50_000
    for answer in (
        Answer(body=bomb, headers={"Content-Encoding": "gzip"}),
        Answer(body=bytes(2_000_001)),
        Answer(body=gzip.compress(b"") * 110_000, headers={"Content-Encoding": "x-gzip"}),
    ):
        request = Request(address=server.on("/a", answer), most_bytes=2_000_000)
        assert "more than 2 MB" in refused(fetcher, request, UnreadableError).problem


def test_gzip_that_breaks_off_is_no_answer(server: Server, fetcher: Fetcher) -> None:
    whole = gzip.compress(bytes(range(256)) * 400)
    answer = Answer(body=whole[:-20], headers={"Content-Encoding": "gzip"})
    error = refused(fetcher, Request(address=server.on("/a", answer)), NoAnswerError)
    assert error.problem.endswith("sent a gzip body that breaks off")


def test_gzip_of_several_members_and_with_padding_is_whole(
    server: Server, fetcher: Fetcher
) -> None:
    body = gzip.compress(b"one ") + gzip.compress(b"two") + bytes(12)
    address = server.on("/a", Answer(body=body, headers={"Content-Encoding": "gzip"}))
    assert fetcher.fetch(Request(address=address)).body == b"one two"


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "\x1b[31m"])
def test_an_encoding_nobody_asked_for_is_named(
    server: Server, fetcher: Fetcher, encoding: str
) -> None:
    answer = Answer(body=zlib.compress(b"x"), headers={"Content-Encoding": encoding})
    error = refused(fetcher, Request(address=server.on("/a", answer)), UnreadableError)
    assert "which was not asked for" in error.problem
    assert error.problem.isprintable()


def test_a_body_that_only_says_it_is_gzip(server: Server, fetcher: Fetcher) -> None:
    answer = Answer(body=b"plain", headers={"Content-Encoding": "gzip"})
    error = refused(fetcher, Request(address=server.on("/a", answer)), UnreadableError)
    assert "no gzip although it says so" in error.problem
    empty = server.on("/b", Answer(headers={"Content-Encoding": "gzip"}))
    assert fetcher.fetch(Request(address=empty)).body == b""


# Redirects


def test_redirects_are_followed_to_their_end(server: Server, fetcher: Fetcher) -> None:
    address = server.on("/a", Answer(301, headers={"Location": "/b?x=1#part"}))
    server.on("/b", Answer(308, headers={"Location": f"{server.url}/c"}))
    server.on("/c", FINE)
    fetched = fetcher.fetch(Request(address=address))
    assert (fetched.body, fetched.address) == (b"fine", f"{server.url}/c")
    assert server.asked[1].query == {"x": "1"}


def test_what_a_redirect_says_beside_its_address_is_not_read(
    server: Server, fetcher: Fetcher
) -> None:
    address = server.on("/a", Answer(302, headers={"Location": "/b"}, fault="drip_body"))
    server.on("/b", FINE)
    assert fetcher.fetch(Request(address=address, interval_s=0)).body == b"fine"


def test_redirects_that_lead_nowhere_end(server: Server, fetcher: Fetcher) -> None:
    address = server.on("/a", Answer(302, headers={"Location": "/a"}))
    error = refused(fetcher, Request(address=address), RefusedError)
    assert "sends on more than" in error.problem
    assert len(server.asked) == MOST_REDIRECTS + 1


@pytest.mark.parametrize(
    "location", ["", "ftp://example.com/x", "http://user@127.0.0.1/", "http://[/"]
)
def test_redirects_to_no_address_are_refused(
    server: Server, fetcher: Fetcher, location: str
) -> None:
    address = server.on("/a", Answer(302, headers={"Location": location}))
    refused(fetcher, Request(address=address), RefusedError)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("http://example.com/feed", "without encryption"),
        ("https://127.0.0.1/feed", "inside this network"),
        ("https://localhost/feed", "inside this network"),
        ("https://169.254.169.254/latest", "inside this network"),
        ("https://[::1]/", "inside this network"),
        ("http://127.0.0.1/", "without encryption"),
    ],
)
def test_a_public_server_leads_neither_inside_nor_into_the_open(location: str, said: str) -> None:
    answer = WireAnswer(301, {"Location": location}, b"")
    with pytest.raises(RefusedError, match=said):
        _onward("https://example.com/feed?token=x", answer, Request(address="https://example.com"))


def test_secrets_do_not_follow_redirects(server: Server, fetcher: Fetcher) -> None:
    address = server.on("/a", Answer(302, headers={"Location": "/b"}))
    request = Request(address=address, secrets={"X-Key": SecretStr("planted")})
    assert "credentials" in refused(fetcher, request, RefusedError).problem
    assert server.paths() == ["/a"]


# Secrets and text from outside


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500),
        Answer(403, b'{"error": {"message": "planted-key planted-token"}}'),
        Answer(302, headers={"Location": "//planted-key@/"}),
        Answer(fault="reset"),
        Answer(fault="hang"),
        Answer(body=b"x", headers={"Content-Encoding": "planted\x1b[1m\u202e"[:8]}),
        Answer(headers={"Retry-After": "99999999999999999999"}, status=429),
        FINE,
    ],
)
def test_secrets_are_in_no_message_and_no_log(
    server: Server, quick: Fetcher, caplog: pytest.LogCaptureFixture, answer: Answer
) -> None:
    caplog.set_level(logging.DEBUG)
    request = Request(
        address=server.on("/a", answer) + "?token=planted-token",
        secrets={"Authorization": SecretStr("Bearer planted-key")},
    )
    said = repr(request)
    try:
        said += repr(quick.fetch(request))
    except YtempireError as error:
        said += f"{error} {error!r} {error.__cause__!r}"
        assert error.__suppress_context__ or error.__context__ is None
        assert str(error).isprintable()
    assert server.asked[0].query == {"token": "planted-token"}
    assert server.asked[0].headers["authorization"] == "Bearer planted-key"
    assert "planted-token" not in said + caplog.text
    assert "planted-key" not in said + caplog.text


def test_a_secret_that_cannot_be_sent_is_not_shown(server: Server, fetcher: Fetcher) -> None:
    request = Request(address=server.on("/a", FINE), secrets={"X-Key": SecretStr("planted\nkey")})
    assert "planted" not in str(refused(fetcher, request, RefusedError))
    assert server.asked == []
