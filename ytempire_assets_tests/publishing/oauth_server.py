"""A small OAuth server with a channel behind it, spoken to over HTTP on loopback.

Belongs here: what Google's side of the consent does, PKCE included, and the secrets that the tests
look for where they must not be.
"""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import secrets
import stat
import threading
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from ytempire_assets.publishing.credentials import ChannelCredentials
from ytempire_assets.publishing.endpoints import Endpoints, local_endpoints
from ytempire_assets.publishing.youtube import SCOPES

CHANNEL_ID = "UCorbit0123456789"
CLIENT_SECRET = "planted-client-secret-9f2c"
REFRESH_TOKEN = "planted-refresh-token-71ab"
ACCESS_TOKEN = "planted-access-token-c03d"
CODE = "planted-code-5e5e"
PLANTED = (CLIENT_SECRET, REFRESH_TOKEN, ACCESS_TOKEN, CODE)


@dataclass
class OAuthServer:
    """Gives consent as it is told to.

    Attributes:
        authorize_error: Error code instead of a code.
        state: State to answer with; None answers with the one that was sent.
        scopes: What is granted.
        gives_refresh_token: Whether a refresh token comes with the tokens.
        token_error: Error code of the token endpoint.
        token_status: Its status code when there is an error.
        quotes: Whether its description of an error quotes what was sent.
        channels: What ``channels.list`` answers, id and title.
        asked: What came to the token endpoint.
        requests: Path of every request.
    """

    authorize_error: str = ""
    state: str | None = None
    scopes: tuple[str, ...] = SCOPES
    gives_refresh_token: bool = True
    token_error: str = ""
    token_status: int = 400
    quotes: bool = True
    channels: list[tuple[str, str]] = field(default_factory=lambda: [(CHANNEL_ID, "Orbit\u202e\n")])
    asked: list[dict[str, str]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _challenge: str = ""
    _redirect: str = ""

    def __enter__(self) -> OAuthServer:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def endpoints(self) -> Endpoints:
        return local_endpoints(self.url, self.url, "look at the test")

    def client_file(self, folder: Path, **fields: str) -> Path:
        """A client file as Google Cloud hands it out, for this server."""
        path = folder / "client.json"
        client = {
            "client_id": "client-1.apps.example",
            "client_secret": CLIENT_SECRET,
            "auth_uri": f"{self.url}/auth",
            "token_uri": f"{self.url}/token",
            "redirect_uris": ["http://localhost"],
            **fields,
        }
        path.write_text(json.dumps({"installed": client}))
        path.chmod(0o600)
        return path

    def stored(self, channel_id: str = CHANNEL_ID) -> ChannelCredentials:
        """Credentials that this server renews."""
        secret = {
            "client_id": "client-1.apps.example",
            "client_secret": CLIENT_SECRET,
            "refresh_token": REFRESH_TOKEN,
            "token_uri": f"{self.url}/token",
        }
        return ChannelCredentials("authorized_user", channel_id, "Orbit", SCOPES, secret)

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes after the person decided."""
        self._challenge, self._redirect = query["code_challenge"], query["redirect_uri"]
        assert query["code_challenge_method"] == "S256"
        assert query["access_type"] == "offline"
        state = query["state"] if self.state is None else self.state
        answer = {"error": self.authorize_error} if self.authorize_error else {"code": CODE}
        return f"{query['redirect_uri']}?{urlencode({'state': state, **answer})}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(form)
        if self.token_error:
            sent = form.get("refresh_token") or form.get("code")
            quoted = f"about {sent}" if self.quotes else "about what was sent"
            return self.token_status, {"error": self.token_error, "error_description": quoted}
        if form["client_secret"] != CLIENT_SECRET:
            return 401, {"error": "invalid_client"}
        tokens = {
            "access_token": ACCESS_TOKEN,
            "expires_in": 3599,
            "token_type": "Bearer",
            "scope": " ".join(self.scopes),
        }
        if form["grant_type"] == "refresh_token":
            return (200, tokens) if form["refresh_token"] == REFRESH_TOKEN else (400, _NO_GRANT)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proven = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (form["code"], proven, form["redirect_uri"]) != (CODE, self._challenge, self._redirect):
            return 400, _NO_GRANT
        self._challenge = secrets.token_hex()  # a code works once
        return 200, tokens | ({"refresh_token": REFRESH_TOKEN} if self.gives_refresh_token else {})


_NO_GRANT = {"error": "invalid_grant"}


def browse(address: str) -> bool:
    """A person's browser: follows the address in the background, as ``webbrowser.open`` does."""

    def go() -> None:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                answer.read()
        except OSError:
            return  # an error page, or the consent ended meanwhile

    threading.Thread(target=go, daemon=True).start()
    return True


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _handler(server: OAuthServer) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            server.requests.append(parts.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/auth":
                self.send_response(302)
                self.send_header("Location", server.authorize(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif parts.path == "/youtube/v3/channels":
                assert query == {"part": "snippet", "mine": "true"}
                if self.headers.get("Authorization") != f"Bearer {ACCESS_TOKEN}":
                    self._reply(401, {"error": {"message": "no token"}})
                    return
                items = [{"id": id_, "snippet": {"title": title}} for id_, title in server.channels]
                self._reply(200, {"items": items})
            else:
                self._reply(404, {})

        def do_POST(self) -> None:
            server.requests.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._reply(*server.token(form))

        def _reply(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    return Handler
