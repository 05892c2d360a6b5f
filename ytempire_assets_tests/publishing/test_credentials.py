"""Stored credentials: private from the first instant, refused when they are not, never shown."""

from __future__ import annotations

import json
import logging
import os
import stat
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from google.auth.exceptions import RefreshError, TransportError

from ytempire_assets.errors import (
    InvalidInputError,
    PermanentError,
    StorageError,
    TransientError,
    YtempireError,
)
from ytempire_assets.publishing.credentials import (
    ChannelCredentials,
    TokenFolder,
    read_client_file,
    refresh_problem,
)
from ytempire_assets.publishing.quota import Unmetered
from ytempire_assets.publishing.youtube import SCOPES
from ytempire_assets.resources.youtube_platform import YouTubePlatform
from ytempire_assets_tests.publishing.oauth_server import (
    CHANNEL_ID,
    CLIENT_SECRET,
    PLANTED,
    REFRESH_TOKEN,
    OAuthServer,
    mode,
)


@pytest.fixture
def server() -> Iterator[OAuthServer]:
    with OAuthServer() as server:
        yield server


@pytest.fixture
def tokens(tmp_path: Path) -> TokenFolder:
    return TokenFolder(tmp_path / "home" / "credentials")


@pytest.fixture
def orbit(tokens: TokenFolder, server: OAuthServer) -> Path:
    """The stored tokens of the channel orbit."""
    return tokens.save("orbit", server.stored())


def edit(path: Path, **fields: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def test_what_is_saved_is_read_again(tokens: TokenFolder, server: OAuthServer) -> None:
    path = tokens.save("orbit", server.stored())
    assert path.name == "orbit.json"
    assert tokens.read("orbit") == server.stored()
    credentials = tokens.load("orbit")
    assert credentials.refresh_token == REFRESH_TOKEN
    assert credentials.token is None
    assert list(tokens.folder.iterdir()) == [path]


def test_files_are_private_whatever_the_umask(
    tmp_path: Path, server: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at while the file is being written, not only afterwards."""
    seen: list[int] = []
    make = tempfile.mkstemp

    def watched(*args: Any, **options: Any) -> tuple[int, str]:
        handle, name = make(*args, **options)
        seen.extend((mode(Path(name)), mode(Path(name).parent)))
        return handle, name

    monkeypatch.setattr(tempfile, "mkstemp", watched)
    before = os.umask(0)
    try:
        tokens = TokenFolder(tmp_path / "new" / "credentials")
        path = tokens.save("orbit", server.stored())
    finally:
        os.umask(before)
    assert seen == [0o600, 0o700]
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_a_crash_while_saving_keeps_the_old_tokens(
    tokens: TokenFolder, orbit: Path, server: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="No space left"):
        tokens.save("orbit", server.stored("UCother0123456789"))
    assert tokens.read("orbit").channel_id == CHANNEL_ID
    assert list(tokens.folder.iterdir()) == [orbit]


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_can_read_is_refused(
    tokens: TokenFolder, orbit: Path, bits: int
) -> None:
    orbit.chmod(bits)
    with pytest.raises(InvalidInputError) as caught:
        tokens.read("orbit")
    assert caught.value.next_step == f"run: chmod 600 {orbit}"
    orbit.chmod(0o600)
    orbit.parent.chmod(0o750)
    with pytest.raises(InvalidInputError) as caught:
        tokens.read("orbit")
    assert caught.value.next_step == f"run: chmod 700 {orbit.parent}"
    with pytest.raises(InvalidInputError, match="chmod 700"):
        tokens.prepare()


def test_the_command_that_helps_can_be_pasted(tmp_path: Path, server: OAuthServer) -> None:
    tokens = TokenFolder(tmp_path / "my credentials")
    path = tokens.save("orbit", server.stored())
    path.chmod(0o644)
    with pytest.raises(InvalidInputError) as caught:
        tokens.read("orbit")
    assert caught.value.next_step == f"run: chmod 600 '{path}'"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"kind": "api_key"}, "kind: must be"),
        ({"kind": 7}, "kind: is missing"),
        ({"channel": "fieldnotes"}, "another channel"),
        ({"channel_id": None}, "channel_id: is missing"),
        ({"secret": {"client_id": "x"}}, "secret: must hold"),
        ({"secret": "text"}, "secret: must hold"),
        ({"scopes": "all"}, "scopes: must be a list"),
        ({"scopes": list(SCOPES[:-1])}, "lacks https://www.googleapis.com/auth/yt-analytics"),
    ],
)
def test_a_file_that_does_not_fit_is_named_with_its_field(
    tokens: TokenFolder, orbit: Path, fields: dict[str, object], named: str
) -> None:
    edit(orbit, **fields)
    with pytest.raises(InvalidInputError, match=named) as caught:
        tokens.read("orbit")
    assert str(orbit) in str(caught.value)
    assert "ytempire channels connect orbit" in caught.value.next_step


@pytest.mark.parametrize(
    "address", ["http://evil.example/token", "ftp://x/", "nonsense", "http://["]
)
def test_a_secret_goes_to_no_open_address(tokens: TokenFolder, orbit: Path, address: str) -> None:
    edit(orbit, secret={**json.loads(orbit.read_text())["secret"], "token_uri": address})
    with pytest.raises(InvalidInputError, match=r"secret\.token_uri: must be an https"):
        tokens.read("orbit")


@pytest.mark.parametrize("content", ["", "{", "[1]", "[" * 50_000, '"text"', " " * 70_000 + "{}"])
def test_what_is_no_json_object_is_said(tokens: TokenFolder, orbit: Path, content: str) -> None:
    orbit.write_text(content)
    with pytest.raises(InvalidInputError, match="not a JSON object"):
        tokens.read("orbit")


def test_missing_tokens_name_the_command(tokens: TokenFolder) -> None:
    with pytest.raises(InvalidInputError, match="ytempire channels connect orbit"):
        tokens.read("orbit")


@pytest.mark.parametrize("name", ["../orbit", "a/b", "", "Orbit", "orbit.json", ".."])
def test_a_name_is_never_a_path(tokens: TokenFolder, server: OAuthServer, name: str) -> None:
    for use in (tokens.read, lambda name: tokens.save(name, server.stored())):
        with pytest.raises(InvalidInputError, match="not a channel's name"):
            use(name)


def test_a_link_may_lead_within_the_folder_but_not_out_of_it(
    tokens: TokenFolder, orbit: Path, tmp_path: Path
) -> None:
    """Kubernetes mounts secrets as links within the folder."""
    hidden = tokens.folder / "..data"
    hidden.mkdir()
    orbit.rename(hidden / "orbit.json")
    orbit.symlink_to(hidden / "orbit.json")
    assert tokens.read("orbit").channel_id == CHANNEL_ID
    orbit.unlink()
    (hidden / "orbit.json").rename(tmp_path / "elsewhere.json")
    orbit.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(InvalidInputError, match="leads out of its folder"):
        tokens.read("orbit")
    orbit.unlink()
    orbit.symlink_to(tokens.folder / "nowhere.json")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        tokens.read("orbit")
    orbit.unlink()
    os.mkfifo(orbit, 0o600)
    with pytest.raises(InvalidInputError, match="is not a file"):
        tokens.read("orbit")


def test_a_service_account_signs_for_its_subject(tokens: TokenFolder, server: OAuthServer) -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    secret = {
        "type": "service_account",
        "client_email": "robot@example.iam.gserviceaccount.com",
        "private_key": key.decode(),
        "token_uri": f"{server.url}/token",
    }
    robot = ChannelCredentials("service_account", CHANNEL_ID, "Orbit", SCOPES, secret, "me@x.org")
    tokens.save("orbit", robot)
    assert tokens.read("orbit") == robot
    credentials: Any = tokens.load("orbit")
    assert credentials.service_account_email == "robot@example.iam.gserviceaccount.com"
    assert credentials._subject == "me@x.org"
    server.token_error = "invalid_grant"
    with pytest.raises(PermanentError, match=r"service account.*invalid_grant.*clock"):
        use(tokens, server)
    edit(tokens.path("orbit"), secret={**secret, "private_key": f"{REFRESH_TOKEN} is no key"})
    with pytest.raises(InvalidInputError, match="private_key cannot be read") as caught:
        tokens.load("orbit")
    assert REFRESH_TOKEN not in "".join(traceback.format_exception(caught.value))


def use(tokens: TokenFolder, server: OAuthServer, channel_id: str = "") -> None:
    with YouTubePlatform(tokens, server.endpoints).connect("orbit", channel_id):
        pass


@pytest.mark.parametrize(
    ("code", "status", "kind", "said"),
    [
        ("invalid_grant", 400, PermanentError, "7 days.*run: ytempire channels connect orbit"),
        ("invalid_client", 401, PermanentError, "download the client file again"),
        ("unauthorized_client", 401, PermanentError, "another OAuth client"),
        ("org_internal", 403, PermanentError, "org_internal"),
        ("Bad <b>Code</b>", 400, PermanentError, "no reason given"),
        ("temporarily_unavailable", 503, TransientError, "check the network"),
    ],
)
def test_why_a_refresh_was_refused_is_said(
    tokens: TokenFolder,
    orbit: Path,
    server: OAuthServer,
    code: str,
    status: int,
    kind: type[YtempireError],
    said: str,
) -> None:
    server.token_error, server.token_status = code, status
    with pytest.raises(kind, match=said) as caught:
        use(tokens, server)
    trace = "".join(traceback.format_exception(caught.value))
    assert not [secret for secret in PLANTED if secret in trace]


def test_a_network_that_is_down_is_transient(tokens: TokenFolder, orbit: Path) -> None:
    edit(
        orbit,
        secret={**json.loads(orbit.read_text())["secret"], "token_uri": "http://127.0.0.1:9/"},
    )
    platform = YouTubePlatform(tokens)
    with pytest.raises(TransientError, match="no answer"), platform.connect("orbit"):
        pass
    assert isinstance(refresh_problem(TransportError("x"), "orbit"), TransientError)
    assert "no reason given" in str(refresh_problem(RefreshError(), "orbit"))


def test_a_client_acts_for_its_channel_and_no_other(
    tokens: TokenFolder, orbit: Path, server: OAuthServer
) -> None:
    platform = YouTubePlatform(tokens, server.endpoints)
    for _ in range(3):
        with platform.connect("orbit", CHANNEL_ID) as client:
            assert client.endpoints == server.endpoints
    assert server.requests.count("/youtube/v3/channels") == 1  # asked once a process
    with pytest.raises(InvalidInputError, match=r"UCother.* but its tokens are for UCorbit"):
        use(tokens, server, "UCother0123456789")
    tokens.save("orbit", server.stored("UCother0123456789"))  # a file that claims what is not so
    with pytest.raises(InvalidInputError, match=r"UCother.* but its tokens are for UCorbit"):
        use(tokens, server, "UCother0123456789")
    server.channels = []
    with pytest.raises(PermanentError, match="no channel"):
        use(tokens, server)


def test_asking_whose_tokens_they_are_is_counted(
    tokens: TokenFolder, orbit: Path, server: OAuthServer
) -> None:
    class Tally(Unmetered):
        calls: ClassVar[list[str]] = []

        def reserve(self, call: str) -> int:
            self.calls.append(call)
            return 0

    platform = YouTubePlatform(tokens, server.endpoints)
    for _ in range(2):
        with platform.connect("orbit", meter=Tally()):
            pass
    assert Tally.calls == ["channels.list"]


def test_new_tokens_are_looked_at_anew(
    tokens: TokenFolder, orbit: Path, server: OAuthServer
) -> None:
    platform = YouTubePlatform(tokens, server.endpoints)
    with platform.connect("orbit"):
        pass
    stored = server.stored()
    again = ChannelCredentials(
        stored.kind, stored.channel_id, stored.title, (*SCOPES, "openid"), stored.secret
    )
    tokens.save("orbit", again)
    with platform.connect("orbit"):
        pass
    assert server.requests.count("/youtube/v3/channels") == 2


def test_the_client_file_says_what_it_is(tmp_path: Path, server: OAuthServer) -> None:
    path = server.client_file(tmp_path)
    client = read_client_file(path)
    assert client.auth_uri == f"{server.url}/auth"
    assert CLIENT_SECRET not in repr(client)
    path.chmod(0o644)
    with pytest.raises(InvalidInputError, match=f"chmod 600 {path}"):
        read_client_file(path)
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    for document, said in (
        ({"web": {}}, "web application; a desktop app is needed"),
        ({"type": "service_account"}, "service account"),
        ({}, "no 'installed'"),
        ({"installed": []}, "installed.client_id"),
        ({"installed": {"client_id": "a", "client_secret": ""}}, "installed.client_secret"),
    ):
        path.write_text(json.dumps(document))
        with pytest.raises(InvalidInputError, match=said):
            read_client_file(path)
    server.client_file(tmp_path, token_uri="http://evil.example/")
    with pytest.raises(InvalidInputError, match=r"installed\.token_uri: must be an https"):
        read_client_file(path)
    with pytest.raises(InvalidInputError, match="Desktop app"):
        read_client_file(tmp_path / "none.json")


def test_no_secret_is_ever_shown(
    tokens: TokenFolder,
    orbit: Path,
    server: OAuthServer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Every failure there is, with every logger at DEBUG, google's own included."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="google")
    caplog.set_level(logging.DEBUG, logger="urllib3")
    server.quotes = False  # google-auth logs an answer's description; Google's quotes no token
    shown = [repr(tokens), repr(tokens.read("orbit")), str(tokens.load("orbit"))]
    shown += [repr(YouTubePlatform(tokens, server.endpoints)), repr(tokens.read("orbit").google())]
    use(tokens, server)

    def refused() -> None:
        server.token_error = "invalid_grant"
        use(tokens, server)

    def broken() -> None:
        orbit.write_text(orbit.read_text()[:-30])
        tokens.read("orbit")

    def misplaced() -> None:
        tokens.path("fieldnotes").write_text(json.dumps({"kind": REFRESH_TOKEN}))
        tokens.path("fieldnotes").chmod(0o600)
        tokens.read("fieldnotes")

    failures: list[Callable[[], None]] = [refused, misplaced, broken]
    for failure in failures:
        with pytest.raises(YtempireError) as caught:
            failure()
        shown += traceback.format_exception(caught.value)
    shown += [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
    shown += capfd.readouterr()
    assert [text for text in shown if any(secret in text for secret in PLANTED)] == []
