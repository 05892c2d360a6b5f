"""Servers that speak TLS: the same bounds hold, and nobody vouches for some of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ytempire_assets.discovery.sources import exchange
from ytempire_assets.discovery.sources.errors import NoAnswerError, RefusedError, UntrustedError
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.request import Request
from ytempire_assets_tests.discovery.sources.certificates import certificate
from ytempire_assets_tests.discovery.sources.conftest import refused
from ytempire_assets_tests.discovery.sources.server import Answer, Fault, Server

FINE = Answer(body=b"fine")


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path, "127.0.0.1")


@pytest.fixture
def secure(pem: Path) -> Iterator[Server]:
    server = Server(tls=pem)
    yield server
    server.close()


@pytest.fixture
def vouched_for(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the server's certificate."""
    monkeypatch.setattr(exchange, "_surroundings", lambda _: {"proxies": {}, "verify": str(pem)})


def test_a_certificate_nobody_vouches_for_is_refused(secure: Server, fetcher: Fetcher) -> None:
    request = Request(address=secure.on("/a", FINE) + "?token=planted")
    error = refused(fetcher, request, UntrustedError)
    assert error.problem == f"the certificate of {secure.host} is not valid for it"
    assert secure.asked == []


@pytest.mark.usefixtures("vouched_for")
def test_a_certificate_that_is_trusted_is_enough(secure: Server, fetcher: Fetcher) -> None:
    address = secure.on("/a", FINE)
    for _ in range(2):
        assert fetcher.fetch(Request(address=address)).body == b"fine"
    assert len(secure.connections) == 1


@pytest.mark.usefixtures("vouched_for")
@pytest.mark.parametrize("fault", ["hang", "drip_head", "drip_body", "drip_chunk"])
def test_encryption_does_not_hide_a_server_that_takes_its_time(
    secure: Server, quick: Fetcher, fault: Fault
) -> None:
    request = Request(address=secure.on("/a", Answer(fault=fault)))
    refused(quick, request, NoAnswerError)


@pytest.mark.usefixtures("vouched_for")
def test_a_redirect_out_of_the_encryption_is_refused(
    secure: Server, server: Server, fetcher: Fetcher
) -> None:
    location = server.on("/b", FINE)
    address = secure.on("/a", Answer(301, headers={"Location": location}))
    error = refused(fetcher, Request(address=address), RefusedError)
    assert "without encryption" in error.problem
    assert server.asked == []


def test_a_server_without_encryption_is_no_answer(server: Server, quick: Fetcher) -> None:
    address = server.url.replace("http:", "https:") + "/"
    refused(quick, Request(address=address), NoAnswerError)
