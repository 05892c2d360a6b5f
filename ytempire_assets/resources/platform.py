"""The platform that videos are published to: a running sandbox, or one embedded in this process.

Belongs here: connecting and the credentials for it. The protocol is ``publishing``'s.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

from ytempire_assets.publishing.endpoints import Endpoints, local_endpoints
from ytempire_assets.publishing.youtube import YouTubeClient
from ytempire_assets.sandbox.server import HOST, SandboxServer


class Platform:
    """The sandbox, spoken to over HTTP like any platform.

    Args:
        sandbox_url: A running sandbox; None starts one for as long as somebody is connected.
        sandbox_dir: State of the sandbox that is started here.
        sandbox_port: Port of ``ytempire sandbox serve``, where people watch; the embedded server
            takes any free one, which is gone afterwards.
    """

    name = "sandbox"
    simulated = True

    def __init__(self, sandbox_url: str | None, sandbox_dir: Path, sandbox_port: int) -> None:
        self.sandbox_url = sandbox_url.rstrip("/") if sandbox_url else None
        self.sandbox_dir = sandbox_dir
        self.sandbox_port = sandbox_port
        self._lock = threading.Lock()
        self._users = 0
        self._server: SandboxServer | None = None

    @property
    def public_base(self) -> str:
        """Where people find the videos; the same before, during and after a run."""
        return self.sandbox_url or f"http://{HOST}:{self.sandbox_port}"

    @contextlib.contextmanager
    def connect(self) -> Iterator[YouTubeClient]:
        """A client for as long as the block lasts; blocks may nest and run at the same time.

        Raises:
            StorageError: The embedded sandbox's folder cannot be written.
        """
        with self._endpoints() as endpoints, _client(endpoints) as client:
            yield client

    @contextlib.contextmanager
    def _endpoints(self) -> Iterator[Endpoints]:
        if self.sandbox_url is not None:
            start = "start it with: ytempire sandbox serve"
            yield local_endpoints(self.sandbox_url, self.public_base, start)
            return
        with self._embedded() as url:
            again = "run again: finished work is kept"
            yield local_endpoints(url, self.public_base, again)

    @contextlib.contextmanager
    def _embedded(self) -> Iterator[str]:
        """Shares one server among all that are connected; the last one stops it."""
        with self._lock:
            if self._server is None:
                server = SandboxServer(self.sandbox_dir, public_base=self.public_base)
                server.__enter__()
                self._server = server
            url = self._server.url
            self._users += 1
        try:
            yield url
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0 and self._server is not None:
                    server, self._server = self._server, None
                    server.__exit__(None, None, None)


def _client(endpoints: Endpoints) -> YouTubeClient:
    from google.oauth2.credentials import Credentials

    # A sandbox takes any refresh token that was made for one: it guards nothing but itself.
    credentials = Credentials(
        token=None,
        refresh_token=f"sandbox-{secrets.token_urlsafe(24)}",
        token_uri=endpoints.token,
        client_id="sandbox",
        client_secret=secrets.token_urlsafe(24),
    )
    return YouTubeClient(endpoints, credentials)
