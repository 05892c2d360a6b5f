"""Consent over real HTTP: a local OAuth server, a browser that follows, and all that goes wrong."""

from __future__ import annotations

import logging
import re
import socket
import threading
import traceback
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from ytempire_assets.channel_connection import connect_channel
from ytempire_assets.errors import (
    InvalidInputError,
    PermanentError,
    TransientError,
    YtempireError,
)
from ytempire_assets.publishing.consent import Connected, connect
from ytempire_assets.publishing.credentials import TokenFolder
from ytempire_assets.publishing.youtube import SCOPES
from ytempire_assets.settings import Settings
from ytempire_assets_tests.publishing.oauth_server import (
    CHANNEL_ID,
    CODE,
    PLANTED,
    REFRESH_TOKEN,
    OAuthServer,
    browse,
    mode,
)


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with OAuthServer() as server:
        yield server


class Person:
    """Runs the command, reads what it says, and uses a browser."""

    def __init__(self, folder: Path, server: OAuthServer) -> None:
        self.folder, self.server = folder, server
        self.client = server.client_file(folder)
        self.heard: list[str] = []
        self.tokens = folder / "credentials"

    def connect(self, browser: Callable[[str], object] = browse, **options: Any) -> Connected:
        return connect(
            self.client,
            "orbit",
            self.tokens,
            endpoints=self.server.endpoints,
            open_browser=browser,
            say=self.heard.append,
            **{"timeout_s": 10.0, **options},
        )


@pytest.fixture
def person(tmp_path: Path, server: OAuthServer) -> Person:
    return Person(tmp_path, server)


def test_consent_is_stored(person: Person, server: OAuthServer) -> None:
    connected = person.connect(expected_channel_id=CHANNEL_ID)
    assert connected == Connected(CHANNEL_ID, "Orbit", person.tokens / "orbit.json")
    assert (mode(connected.path), mode(person.tokens)) == (0o600, 0o700)
    stored = TokenFolder(person.tokens).read("orbit")
    assert stored.secret["refresh_token"] == REFRESH_TOKEN
    assert stored.title == "Orbit"
    exchange = server.asked[0]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43,128}", exchange["code_verifier"])
    address = person.heard[0].split("\n")[1]
    assert exchange["code_verifier"] not in address
    query = parse_qs(urlsplit(address).query)
    assert query["scope"] == [" ".join(SCOPES)]
    assert len(query["state"][0]) >= 40


def test_every_request_is_its_own(person: Person) -> None:
    seen = []
    for _ in range(2):
        person.connect()
        query = parse_qs(urlsplit(person.heard.pop().split("\n")[1]).query)
        seen += [query["state"][0], query["code_challenge"][0]]
    assert len(set(seen)) == 4


def test_the_answer_is_taken_on_this_machine_only(person: Person) -> None:
    bound: list[tuple[str, int]] = []

    def look(address: str) -> object:
        redirect = urlsplit(parse_qs(urlsplit(address).query)["redirect_uri"][0])
        assert redirect.hostname == "127.0.0.1"
        port = redirect.port or 0
        with socket.create_connection(("127.0.0.1", port), timeout=5) as own:
            bound.append(own.getpeername())
        with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=1):
            pass
        return browse(address)

    person.connect(look)
    # The port is closed again.
    with pytest.raises(OSError), socket.create_connection(bound[0], timeout=1):
        pass


def test_stray_requests_and_stalled_connections_change_nothing(person: Person) -> None:
    """Browsers ask for icons and open connections that they never use."""
    idle: list[socket.socket] = []

    def fuss(address: str) -> object:
        redirect = parse_qs(urlsplit(address).query)["redirect_uri"][0]
        idle.append(socket.create_connection(("127.0.0.1", urlsplit(redirect).port or 0)))
        for stray in ("favicon.ico", "", "?x=1", "?state=1"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(redirect + stray, timeout=5)
            assert refused.value.code == 404
        rebound = urllib.request.Request(
            f"{redirect}?code=x&state=y", headers={"Host": "evil.example"}
        )
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(rebound, timeout=5)
        return browse(address)

    assert person.connect(fuss).channel_id == CHANNEL_ID
    idle[0].close()


def test_the_page_holds_nothing_from_outside(person: Person) -> None:
    pages: list[tuple[str, Any]] = []

    def read(address: str) -> object:
        def go() -> None:
            with urllib.request.urlopen(address, timeout=5) as answer:
                pages.append((answer.read().decode(), answer.headers))

        thread = threading.Thread(target=go)
        thread.start()
        thread.join(5)
        return True

    person.connect(read)
    text, headers = pages[0]
    assert "Go back to the terminal" in text
    assert CODE not in text
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_without_a_browser_the_address_can_be_pasted(person: Person) -> None:
    def none(_address: str) -> object:
        threading.Timer(0.2, lambda: browse(person.heard[0].split("\n")[1])).start()
        raise RuntimeError("no display")

    assert person.connect(none).channel_id == CHANNEL_ID
    assert "ssh -L" in person.heard[1]


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"authorize_error": "access_denied"}, PermanentError, "declined"),
        ({"authorize_error": "<b>"}, PermanentError, "unknown error"),
        ({"authorize_error": "org_internal"}, PermanentError, "org_internal"),
        ({"state": "guessed"}, PermanentError, "another request"),
        ({"state": ""}, PermanentError, "another request"),
        ({"scopes": SCOPES[:2]}, PermanentError, "without youtube.force-ssl, yt-analytics"),
        ({"gives_refresh_token": False}, PermanentError, "no refresh token"),
        ({"token_error": "invalid_grant"}, PermanentError, "invalid_grant"),
        ({"token_error": "invalid_client"}, PermanentError, "OAuth client"),
        ({"token_error": "x y", "token_status": 503}, TransientError, "503"),
        ({"channels": []}, PermanentError, "no channel"),
        ({"channels": [("UCother0123456789", "Other")]}, PermanentError, "'Other'"),
    ],
)
def test_what_goes_wrong_is_said_and_nothing_is_stored(
    person: Person,
    server: OAuthServer,
    change: dict[str, Any],
    kind: type[YtempireError],
    said: str,
) -> None:
    for name, value in change.items():
        setattr(server, name, value)
    with pytest.raises(kind, match=said) as caught:
        person.connect(expected_channel_id=CHANNEL_ID)
    assert list(person.tokens.iterdir()) == []
    trace = "".join(traceback.format_exception(caught.value))
    assert not [secret for secret in PLANTED if secret in trace]


def test_a_wrong_channel_keeps_the_tokens_that_were_there(
    person: Person, server: OAuthServer
) -> None:
    before = person.connect().path.read_text()
    server.channels = [("UCother0123456789", "Other")]
    with pytest.raises(PermanentError, match="owns UCorbit"):
        person.connect(expected_channel_id=CHANNEL_ID)
    assert (person.tokens / "orbit.json").read_text() == before


def test_a_closed_browser_ends_the_wait(person: Person) -> None:
    with pytest.raises(PermanentError, match=r"within 0 s \(was its window closed"):
        person.connect(lambda _address: True, timeout_s=0.2)


def test_a_token_server_that_is_gone_is_transient(person: Person, server: OAuthServer) -> None:
    person.client = server.client_file(person.folder, token_uri="http://127.0.0.1:9/token")
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:9 does not answer"):
        person.connect()


def test_a_taken_port_and_open_files_are_said_before_anybody_is_asked(person: Person) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InvalidInputError, match=f"port {port}.*--port"):
            person.connect(port=port)
    with pytest.raises(InvalidInputError, match="port 70000"):
        person.connect(port=70_000)
    person.tokens.chmod(0o755)
    with pytest.raises(InvalidInputError, match="chmod 700"):
        person.connect()
    assert person.heard == []


def test_no_secret_is_logged_or_printed(
    person: Person, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("", "google", "urllib3", "requests", "http"):
        caplog.set_level(logging.DEBUG, logger=name)
    connected = person.connect()
    shown = [repr(connected), *person.heard, *capfd.readouterr()]
    shown += [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    assert [text for text in shown if any(secret in text for secret in PLANTED)] == []


def test_the_command_connects_the_channel_that_its_file_names(
    settings: Settings, tmp_path: Path, server: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    with pytest.raises(InvalidInputError, match="YTEMPIRE_GOOGLE_CLIENT"):
        connect_channel(settings, "orbit", say=heard.append)
    with pytest.raises(InvalidInputError, match="no channel 'none'"):
        connect_channel(settings, "none", say=heard.append)
    ready = settings.model_copy(update={"google_client": server.client_file(tmp_path)})
    monkeypatch.setattr("webbrowser.open", browse)
    connected = connect_channel(ready, "orbit", say=heard.append, endpoints=server.endpoints)
    assert connected.path == settings.home / "credentials" / "orbit.json"
    assert f"channel_id: {CHANNEL_ID}" in heard[-1]

    path = settings.channels_dir / "orbit.yaml"
    content = yaml.safe_load(path.read_text())
    content["publish"] = {"platform": "youtube", "channel_id": "UCother0123456789"}
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(PermanentError, match="owns UCother"):
        connect_channel(ready, "orbit", say=heard.append, endpoints=server.endpoints)
