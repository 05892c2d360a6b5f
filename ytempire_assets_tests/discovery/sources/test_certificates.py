"""Servers that speak TLS: the same bounds hold, and nobody vouches for some of them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ytempire_assets.discovery.sources import exchange
from ytempire_assets.discovery.sources.errors import NoAnswerError, RefusedError, UntrustedError
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.request import Request
from ytempire_assets_tests.discovery.sources.conftest import refused
from ytempire_assets_tests.discovery.sources.server import Answer, Fault, Server

FINE = Answer(body=b"fine")


def certificate(folder: Path) -> Path:
    """A key and a certificate that it signed itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    address = ipaddress.ip_address("127.0.0.1")
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(address)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certificate(tmp_path)


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
