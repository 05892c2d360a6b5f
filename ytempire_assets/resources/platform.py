"""The platforms that videos are published to, and the sandbox among them.

Belongs here: choosing one by name, and connecting to a running sandbox or one embedded in this
process. The protocol is ``publishing``'s.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.loopback import HOST
from ytempire_assets.publishing.endpoints import Endpoints, local_endpoints
from ytempire_assets.publishing.quota import Meter
from ytempire_assets.publishing.youtube import YouTubeClient
from ytempire_assets.sandbox.quota import Limits
from ytempire_assets.sandbox.server import SandboxServer


class AnyPlatform(Protocol):
    """Where videos of a channel are published."""

    @property
    def name(self) -> str:
        """``sandbox`` or ``youtube``."""

    @property
    def simulated(self) -> bool:
        """Whether no person sees what is published there."""

    @property
    def public_base(self) -> str:
        """Where people find the videos."""

    def connect(
        self, channel: str, channel_id: str = "", meter: Meter | None = None
    ) -> AbstractContextManager[YouTubeClient]:
        """A client with a channel's credentials, for as long as the block lasts."""


class Platforms:
    """All platforms, by name."""

    def __init__(self, *platforms: AnyPlatform) -> None:
        self._by_name = {platform.name: platform for platform in platforms}

    def get(self, name: str) -> AnyPlatform:
        """One of them.

        Raises:
            InvalidInputError: There is no such platform.
        """
        if name not in self._by_name:
            raise InvalidInputError(
                f"there is no platform '{name}'", f"choose one of {', '.join(self._by_name)}"
            )
        return self._by_name[name]


class Platform:
    """The sandbox, spoken to over HTTP like any platform.

    Args:
        sandbox_url: A running sandbox; None starts one for as long as somebody is connected.
        sandbox_dir: State of the sandbox that is started here.
        sandbox_port: Port of ``ytempire sandbox serve``, where people watch; the embedded server
            takes any free one, which is gone afterwards.
        limits: The day's allowance of the sandbox that is started here; YouTube's by default.
    """

    name = "sandbox"
    simulated = True

    def __init__(
        self,
        sandbox_url: str | None,
        sandbox_dir: Path,
        sandbox_port: int,
        limits: Limits | None = None,
    ) -> None:
        self.sandbox_url = sandbox_url.rstrip("/") if sandbox_url else None
        self.sandbox_dir = sandbox_dir
        self.sandbox_port = sandbox_port
        self._limits = limits
        self._lock = threading.Lock()
        self._users = 0
        self._server: SandboxServer | None = None

    @property
    def public_base(self) -> str:
        """Where people find the videos; the same before, during and after a run."""
        return self.sandbox_url or f"http://{HOST}:{self.sandbox_port}"

    @contextlib.contextmanager
    def connect(
        self,
        channel: str = "",
        channel_id: str = "",  # noqa: ARG002 - accounts of a sandbox cannot be mixed up
        meter: Meter | None = None,
    ) -> Iterator[YouTubeClient]:
        """A client for as long as the block lasts; blocks may nest and run at the same time.

        Args:
            channel: Whose account; each slug has a channel of its own there.
            channel_id: Not needed: a sandbox's accounts cannot be mixed up.
            meter: Counts what calls cost.

        Raises:
            StorageError: The embedded sandbox's folder cannot be written.
        """
        with self._endpoints() as endpoints, _client(endpoints, channel, meter) as client:
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
                server = SandboxServer(
                    self.sandbox_dir, public_base=self.public_base, limits=self._limits
                )
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


def _client(endpoints: Endpoints, channel: str, meter: Meter | None) -> YouTubeClient:
    from google.oauth2.credentials import Credentials

    # A sandbox takes any refresh token that was made for one: it guards nothing but itself.
    account = f"sandbox.{channel}." if channel else "sandbox-"
    credentials = Credentials(
        token=None,
        refresh_token=f"{account}{secrets.token_hex(24)}",
        token_uri=endpoints.token,
        client_id="sandbox",
        client_secret=secrets.token_urlsafe(24),
    )
    return YouTubeClient(endpoints, credentials, meter=meter)
