"""A person's consent for one channel: the OAuth flow of an installed app, in their own browser.

Belongs here: the way from a client file to stored tokens (RFC 8252, with PKCE of RFC 7636 and a
state). The answer comes to a port of 127.0.0.1 that is open only meanwhile. How tokens are stored
is ``credentials.py``.

The flow is written out here because the usual library logs the client secret, the code and the
tokens at DEBUG, ends at the first stray request to its port, and refuses a local server without a
switch in the environment.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import queue
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from ytempire_assets.errors import InvalidInputError, PermanentError, TransientError, YtempireError
from ytempire_assets.loopback import HOST
from ytempire_assets.publishing.credentials import (
    ChannelCredentials,
    ClientFile,
    TokenFolder,
    error_code,
    is_loopback,
    one_line,
    read_client_file,
)
from ytempire_assets.publishing.endpoints import Endpoints
from ytempire_assets.publishing.quota import Meter
from ytempire_assets.publishing.transport import Transport

if TYPE_CHECKING:
    from google.oauth2.credentials import Credentials

TIMEOUT_S = 300.0
_EXCHANGE_S = 30.0
_STALLED_S = 10.0
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>YTEMPIRE</title>'
    "<style>body{{font:18px/1.5 system-ui;max-width:34em;margin:4em auto;padding:0 1em}}</style>"
    "<h1>{heading}</h1><p>{text}</p></html>"
)


@dataclass(frozen=True, slots=True)
class Connected:
    """A channel that may be published to from now on.

    Attributes:
        channel_id: The platform's id of the channel.
        title: Its title there, one line.
        path: File of its tokens.
    """

    channel_id: str
    title: str
    path: Path


def connect(
    client_file: Path,
    channel_slug: str,
    folder: Path,
    *,
    endpoints: Endpoints,
    open_browser: Callable[[str], object],
    say: Callable[[str], None],
    timeout_s: float = TIMEOUT_S,
    expected_channel_id: str = "",
    port: int = 0,
) -> Connected:
    """Asks a person for consent in their browser and stores what they give.

    Nothing is stored unless everything went well, the channel included.

    Args:
        client_file: OAuth client of the Google Cloud project.
        channel_slug: Our name of the channel.
        folder: Folder of the tokens.
        endpoints: Where the platform is.
        open_browser: Opens an address; a false answer or an error means that there is no browser.
        say: Shows a line to the person.
        timeout_s: How long to wait for them, seconds.
        expected_channel_id: The channel it must be; empty takes any.
        port: Port of 127.0.0.1 for the answer; 0 takes a free one.

    Raises:
        InvalidInputError: A file does not fit, others can read it, or the port is taken.
        PermanentError: The person declined, did not answer in time, or chose another channel.
        TransientError: The platform does not answer.
        StorageError: The tokens cannot be written.
    """
    client = read_client_file(client_file)
    tokens = TokenFolder(folder)
    tokens.path(channel_slug)
    tokens.prepare()  # whatever is wrong with it is said before the person is asked
    again = f"run again: ytempire channels connect {channel_slug}"
    asked = _Asked(again)
    with _AnswerServer(asked, port) as server:
        address = asked.address(client, tokens.scopes, server.redirect)
        say(f"Open this address in a browser on this machine and allow access:\n{address}")
        if not _opened(open_browser, address):
            say(
                f"No browser was opened here. From another machine, forward port {server.port} "
                f"first: ssh -L {server.port}:{HOST}:{server.port} THIS-MACHINE"
            )
        code = server.wait(timeout_s)
        answer = _exchange(client, code, asked.verifier, server.redirect, again)
    credentials = _credentials(client, answer, tokens.scopes, again)
    channel_id, title = own_channel(endpoints, credentials)
    if expected_channel_id and channel_id != expected_channel_id:
        raise PermanentError(
            f"consent was given for the channel '{title}' ({channel_id}), but '{channel_slug}' is "
            f"{expected_channel_id}; nothing was stored",
            f"{again}, and choose the account or brand account that owns {expected_channel_id}",
        )
    stored = ChannelCredentials(
        kind="authorized_user",
        channel_id=channel_id,
        title=title,
        scopes=tokens.scopes,
        secret={
            "client_id": client.client_id,
            "client_secret": client.client_secret,
            "refresh_token": answer["refresh_token"],
            "token_uri": client.token_uri,
        },
    )
    return Connected(channel_id, title, tokens.save(channel_slug, stored))


def own_channel(
    endpoints: Endpoints, credentials: Credentials, meter: Meter | None = None
) -> tuple[str, str]:
    """Id and title of the channel that credentials act for; costs one quota unit.

    Raises:
        PermanentError: The account has no channel, or the credentials are refused.
        QuotaError: The day's units are used up.
        TransientError: The platform does not answer.
    """
    transport = Transport(endpoints, credentials, meter=meter)
    try:
        found = transport.json("channels", params={"part": "snippet", "mine": "true"})
    finally:
        transport.close()
    items = found.get("items") or ()
    if not items:
        raise PermanentError(
            f"the account has no channel on {endpoints.name}",
            "choose the account or brand account that owns the channel",
        )
    return str(items[0]["id"]), one_line(str(items[0].get("snippet", {}).get("title", "")))


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request for consent: what ties the answer to it."""

    again: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(64), repr=False)
    answers: queue.SimpleQueue[str | YtempireError] = field(
        default_factory=queue.SimpleQueue, repr=False
    )

    def address(self, client: ClientFile, scopes: tuple[str, ...], redirect: str) -> str:
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": redirect,
            "scope": " ".join(scopes),
            "state": self.state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            "access_type": "offline",
            # Without being asked again, Google gives no second refresh token.
            "prompt": "consent select_account",
        }
        return f"{client.auth_uri}{'&' if '?' in client.auth_uri else '?'}{urlencode(query)}"

    def judge(self, query: Mapping[str, list[str]]) -> str | YtempireError | None:
        """The code, why there is none, or None for a request that is no answer at all."""
        state, code, error = (query.get(name, [""])[0] for name in ("state", "code", "error"))
        if not (code or error):
            return None
        if not hmac.compare_digest(state.encode(), self.state.encode()):
            return PermanentError(
                "the browser's answer belongs to another request (its state differs); nothing was "
                "stored",
                f"close older tabs, then {self.again}",
            )
        if error == "access_denied":
            return PermanentError(
                "consent was declined in the browser; nothing was stored",
                f"{self.again}, and allow access",
            )
        if error:
            return PermanentError(
                f"Google gave no consent ({error_code(error) or 'unknown error'}); nothing was "
                "stored",
                f"check the OAuth client and its test users in Google Cloud, then {self.again}",
            )
        return code


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a stalled connection must not hold up the command's end
    allow_reuse_port = False  # nobody else may listen beside it


class _AnswerServer:
    """Takes the browser's answer on 127.0.0.1; whatever else comes is turned away."""

    def __init__(self, asked: _Asked, port: int) -> None:
        self._asked = asked
        try:
            self._server = _Server((HOST, port), _handler(asked))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or "no such port"
            raise InvalidInputError(
                f"port {port} of {HOST} cannot be used ({reason})",
                "choose another with --port, or leave it out",
            ) from error
        self.port = int(self._server.server_address[1])
        self.redirect = f"http://{HOST}:{self.port}/"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self) -> _AnswerServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def wait(self, timeout_s: float) -> str:
        try:
            answer = self._asked.answers.get(timeout=timeout_s)
        except queue.Empty:
            raise PermanentError(
                f"no answer came from the browser within {timeout_s:.0f} s (was its window "
                "closed?); nothing was stored",
                self._asked.again,
            ) from None
        if isinstance(answer, YtempireError):
            raise answer
        return answer


def _handler(asked: _Asked) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = _STALLED_S  # browsers open connections that they never use
        server_version = "YTEMPIRE"
        sys_version = ""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            host = f"{HOST}:{self.connection.getsockname()[1]}"
            answer = None
            if parts.path == "/" and self.headers.get("Host") == host:
                answer = asked.judge(parse_qs(parts.query, max_num_fields=20))
            if answer is None:
                self._reply(404, "Nothing here", "This page only takes the answer of Google.")
            elif isinstance(answer, YtempireError):
                self._reply(400, "Not connected", "The terminal says why and what to do.")
            else:
                self._reply(200, "Thank you", "Go back to the terminal; this page can be closed.")
            if answer is not None:
                asked.answers.put(answer)

        def _reply(self, status: int, heading: str, text: str) -> None:
            body = _PAGE.format(heading=heading, text=text).encode()
            self.send_response(status)
            for name, value in (
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Length", str(len(body))),
                ("Cache-Control", "no-store"),
                ("Referrer-Policy", "no-referrer"),
                ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
                ("X-Content-Type-Options", "nosniff"),
                ("Connection", "close"),
            ):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing: the address of the answer holds the code."""

    return Handler


def _opened(open_browser: Callable[[str], object], address: str) -> bool:
    try:
        return bool(open_browser(address))
    except Exception:  # noqa: BLE001 - a broken browser is no reason to stop: people can paste
        return False


def _exchange(
    client: ClientFile, code: str, verifier: str, redirect: str, again: str
) -> Mapping[str, Any]:
    """Exchanges the code for tokens; no error carries what was sent or answered."""
    import requests

    with requests.Session() as session:
        session.trust_env = not is_loopback(client.token_uri)
        try:
            answer = session.post(
                client.token_uri,
                data={
                    "grant_type": "authorization_code",
                    "code": code,
                    "client_id": client.client_id,
                    "client_secret": client.client_secret,
                    "redirect_uri": redirect,
                    "code_verifier": verifier,
                },
                timeout=_EXCHANGE_S,
                allow_redirects=False,
            )
            document = answer.json()
        except requests.exceptions.JSONDecodeError:
            document = None
        except requests.RequestException as error:
            raise TransientError(
                f"{urlsplit(client.token_uri).netloc} does not answer ({type(error).__name__})",
                f"check the network, then {again}",
            ) from None
    if not isinstance(document, dict):
        document = {}
    if answer.status_code == 200 and isinstance(document.get("access_token"), str):
        return document
    reason = error_code(document.get("error"))
    if answer.status_code >= 500 or answer.status_code == 429:
        raise TransientError(
            f"Google cannot give tokens now ({answer.status_code} {reason})".replace(" )", ")"),
            again,
        )
    if reason in ("invalid_client", "unauthorized_client", "deleted_client"):
        raise PermanentError(
            f"Google does not accept the OAuth client ({reason})",
            f"download the client file again and set YTEMPIRE_GOOGLE_CLIENT to it, then {again}",
        )
    raise PermanentError(
        f"Google gave no tokens for the consent ({reason or answer.status_code})", again
    )


def _credentials(
    client: ClientFile, answer: Mapping[str, Any], scopes: tuple[str, ...], again: str
) -> Credentials:
    from google.oauth2.credentials import Credentials

    granted = str(answer.get("scope", "")).split()
    if missing := [scope.rpartition("/")[2] for scope in scopes if scope not in granted]:
        raise PermanentError(
            f"consent was given without {', '.join(missing)}; nothing was stored",
            f"{again}, and leave every box ticked",
        )
    if not isinstance(answer.get("refresh_token"), str) or not answer["refresh_token"]:
        raise PermanentError(
            "Google gave no refresh token, so the consent would end within the hour",
            "remove the app at https://myaccount.google.com/connections, then " + again,
        )
    return Credentials(
        token=answer["access_token"],
        refresh_token=answer["refresh_token"],
        token_uri=client.token_uri,
        client_id=client.client_id,
        client_secret=client.client_secret,
        scopes=list(scopes),
    )
