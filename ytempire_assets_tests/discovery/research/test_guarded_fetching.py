"""A guarded fetcher over real connections: it goes where somebody looked, on every hop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ytempire_assets.discovery.research.public_hosts import PublicHosts
from ytempire_assets.discovery.sources import exchange
from ytempire_assets.discovery.sources.errors import NoAnswerError, RefusedError, UntrustedError
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.request import Request
from ytempire_assets_tests.discovery.research.conftest import Names, leads_to, port_of
from ytempire_assets_tests.discovery.sources.certificates import certificate
from ytempire_assets_tests.discovery.sources.server import Answer, Server, closed_port

FINE = Answer(body=b"fine")
At = Callable[[str], str]


def test_the_connection_goes_to_the_address_that_was_looked_at(
    server: Server, guarded: Fetcher, names: Names, at: At
) -> None:
    server.on("/a", FINE)
    # No other resolver knows this name: had the system been asked again, it would have failed.
    assert guarded.fetch(Request(address=at("news.example/a"))).body == b"fine"
    assert names.asked == ["news.example"]
    assert server.asked[0].headers["host"] == f"news.example:{port_of(server)}"


def test_a_name_that_changes_its_meaning_is_looked_at_again(
    server: Server, guarded: Fetcher, names: Names, at: At
) -> None:
    server.on("/a", Answer(body=b"fine", headers={"Connection": "close"}))
    names.answers["news.example"] = [["127.0.0.1"], ["127.0.0.2"], ["169.254.169.254"]]
    request = Request(address=at("news.example/a"))
    assert guarded.fetch(request).body == b"fine"
    for _ in range(2):
        with pytest.raises(RefusedError, match="leads to an address inside this network"):
            guarded.fetch(request)
    assert len(server.asked) == 1
    assert names.asked == ["news.example"] * 3


def test_a_kept_connection_needs_no_looking_up(
    server: Server, guarded: Fetcher, names: Names, at: At
) -> None:
    server.on("/a", FINE)
    for _ in range(3):
        guarded.fetch(Request(address=at("news.example/a")))
    assert names.asked == ["news.example"]
    assert len(server.connections) == 1


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/admin",
        "http://127.0.0.1:{closed}/admin",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://inside.example/",
        "http://inside.example:{port}/",
        "http://user@news.example/",
        "file:///etc/passwd",
        "//169.254.169.254/",
        "http://１２７.0.0.1/",
    ],
)
def test_redirects_lead_nowhere_else(
    server: Server, guarded: Fetcher, names: Names, at: At, location: str
) -> None:
    names.answers["inside.example"] = [["10.0.0.1"]]
    target = location.format(closed=closed_port(), port=port_of(server))
    target = target.encode().decode("latin-1")
    server.on("/a", Answer(302, headers={"Location": target}))
    with pytest.raises(RefusedError):
        guarded.fetch(Request(address=at("news.example/a")))
    assert server.paths() == ["/a"]


def test_redirects_between_public_hosts_are_followed(
    server: Server, guarded: Fetcher, names: Names, at: At
) -> None:
    server.on("/a", Answer(301, headers={"Location": at("other.example/b")}))
    server.on("/b", FINE)
    fetched = guarded.fetch(Request(address=at("news.example/a")))
    assert fetched.address == at("other.example/b")
    assert names.asked == ["news.example", "other.example"]


def test_every_address_on_the_way_is_permitted_first(
    server: Server, guarded: Fetcher, at: At
) -> None:
    server.on("/a", Answer(302, headers={"Location": "/b"}))
    server.on("/b", Answer(302, headers={"Location": "/secret"}))
    asked: list[str] = []

    def permit(address: str) -> float:
        asked.append(address.rpartition("/")[2])
        if address.endswith("secret"):
            raise RefusedError("it is secret", "leave it")
        return 0.0

    with pytest.raises(RefusedError, match="secret"):
        guarded.fetch(Request(address=at("news.example/a"), permit=permit))
    assert asked == ["a", "b", "secret"]
    assert server.paths() == ["/a", "/b"]


def test_another_address_is_tried_where_one_does_not_answer(
    server: Server, fetcher: Fetcher, at: At
) -> None:
    server.on("/a", FINE)
    port = port_of(server)
    hosts = PublicHosts(
        leads_to(["127.0.0.9", "127.0.0.1"]), [("127.0.0.9", port), ("127.0.0.1", port)]
    )
    guarded = fetcher.guarded(hosts)
    assert guarded.fetch(Request(address=at("news.example/a"))).body == b"fine"
    guarded.close()


def test_nobody_there_is_no_answer(quick: Fetcher) -> None:
    port = closed_port()
    guarded = quick.guarded(PublicHosts(leads_to(["127.0.0.1"]), [("127.0.0.1", port)]))
    with pytest.raises(NoAnswerError, match="does not answer") as caught:
        guarded.fetch(Request(address=f"http://news.example:{port}/"))
    assert not caught.value.sent
    guarded.close()


def test_a_proxy_is_not_used(
    server: Server, guarded: Fetcher, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    server.on("/a", FINE)
    assert guarded.fetch(Request(address=at("news.example/a"))).body == b"fine"


@pytest.mark.parametrize(("name", "trusted"), [("news.example", True), ("other.example", False)])
def test_the_certificate_is_checked_against_the_name(
    tmp_path: Path, quick: Fetcher, monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool
) -> None:
    pem = certificate(tmp_path, "news.example")
    monkeypatch.setattr(exchange, "_surroundings", lambda _: {"proxies": {}, "verify": str(pem)})
    secure = Server(tls=pem)
    secure.on("/a", FINE)
    port = port_of(secure)
    hosts = PublicHosts(leads_to(["127.0.0.1"]), [("127.0.0.1", port)])
    guarded = quick.guarded(hosts)
    request = Request(address=f"https://{name}:{port}/a")
    if trusted:
        assert guarded.fetch(request).body == b"fine"
    else:
        with pytest.raises(UntrustedError, match=r"other\.example"):
            guarded.fetch(request)
    guarded.close()
    secure.close()
