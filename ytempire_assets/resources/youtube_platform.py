"""YouTube as the platform that videos are published to.

Belongs here: from a channel's stored tokens to a client that acts for that channel and no other.
The protocol is ``publishing``'s; the sandbox is ``platform.py``.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.fingerprints import canonical_json
from ytempire_assets.publishing.consent import own_channel
from ytempire_assets.publishing.credentials import (
    ChannelCredentials,
    TokenFolder,
    is_loopback,
    refresh_problem,
)
from ytempire_assets.publishing.endpoints import YOUTUBE, Endpoints
from ytempire_assets.publishing.quota import Meter
from ytempire_assets.publishing.youtube import YouTubeClient

if TYPE_CHECKING:
    from google.oauth2.credentials import Credentials


class YouTubePlatform:
    """YouTube, by the consent that each channel's owner gave.

    Args:
        tokens: The channels' tokens.
        endpoints: Where YouTube is; tests pass a local one.
    """

    name = "youtube"
    simulated = False
    public_base = "https://www.youtube.com"

    def __init__(self, tokens: TokenFolder, endpoints: Endpoints = YOUTUBE) -> None:
        self.tokens = tokens
        self.endpoints = endpoints
        self._lock = threading.Lock()
        self._owners: dict[str, str] = {}

    @contextlib.contextmanager
    def connect(
        self, channel: str, channel_id: str = "", meter: Meter | None = None
    ) -> Iterator[YouTubeClient]:
        """A client that acts for one channel, for as long as the block lasts.

        The first time in a process, and whenever the stored tokens changed, YouTube is asked whose
        they are; that costs one quota unit.

        Args:
            channel: Our name of the channel.
            channel_id: The channel it must be on YouTube; empty takes the one that was connected.
            meter: Counts what is asked of YouTube; None counts nothing.

        Raises:
            InvalidInputError: The channel is not connected, or to another channel of YouTube.
            PermanentError: The consent has ended; the message names the command that renews it.
            QuotaError: The day's units are used up.
            TransientError: Google does not answer.
        """
        stored = self.tokens.read(channel)
        wanted = channel_id or stored.channel_id
        _refuse_other(channel, wanted, stored.channel_id)
        credentials = stored.google()
        _refuse_other(channel, wanted, self._owner(channel, stored, credentials, meter))
        with YouTubeClient(self.endpoints, credentials, meter=meter) as client:
            yield client

    def _owner(
        self,
        channel: str,
        stored: ChannelCredentials,
        credentials: Credentials,
        meter: Meter | None,
    ) -> str:
        """The channel that the tokens act for, asked once a process and whenever they change."""
        tokens = canonical_json([channel, stored.scopes, dict(stored.secret), stored.subject])
        key = hashlib.sha256(tokens.encode()).hexdigest()
        with self._lock:
            if key not in self._owners:
                _renew(channel, stored, credentials)
                self._owners[key] = own_channel(self.endpoints, credentials, meter)[0]
            return self._owners[key]


def _renew(channel: str, stored: ChannelCredentials, credentials: Credentials) -> None:
    """Fetches an access token now, so that an ended consent is named before anything is sent."""
    import requests
    from google.auth import exceptions
    from google.auth.transport.requests import Request

    with requests.Session() as session:
        session.trust_env = not is_loopback(str(stored.secret["token_uri"]))
        try:
            credentials.refresh(Request(session))
        except (exceptions.RefreshError, exceptions.TransportError) as error:
            # The library's own error may quote the answer; what is known of it is in ours.
            raise refresh_problem(error, channel, stored.kind) from None


def _refuse_other(channel: str, wanted: str, found: str) -> None:
    if wanted != found:
        raise InvalidInputError(
            f"channel '{channel}' is {wanted} in its file, but its tokens are for {found}",
            f"correct publish.channel_id in {channel}.yaml, or run: ytempire channels connect "
            f"{channel}",
        )
