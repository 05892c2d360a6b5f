"""Connecting a channel to its platform from the command line.

Belongs here: from settings and a channel's file to the consent, and what is shown meanwhile. The
flow itself is ``publishing/consent.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ytempire_assets.channels import ChannelFolder
from ytempire_assets.errors import InvalidInputError
from ytempire_assets.settings import Settings

if TYPE_CHECKING:
    from ytempire_assets.publishing.consent import Connected
    from ytempire_assets.publishing.endpoints import Endpoints


def connect_channel(
    settings: Settings,
    channel: str,
    *,
    say: Callable[[str], None],
    port: int = 0,
    browser: bool = True,
    timeout_s: float = 300.0,
    endpoints: Endpoints | None = None,
) -> Connected:
    """Asks for a channel's consent in the browser and stores it.

    Args:
        settings: Where the client file, the tokens and the channel files are.
        channel: Channel to connect.
        say: Shows a line to the person.
        port: Port of 127.0.0.1 for the answer; 0 takes a free one.
        browser: Open the browser of this machine.
        timeout_s: How long to wait for the person, seconds.
        endpoints: Where the platform is; None is YouTube.

    Raises:
        InvalidInputError: There is no such channel or no client file; see ``consent.connect``.
        PermanentError: The person declined, did not answer, or chose another channel.
        TransientError: The platform does not answer.
        StorageError: The tokens cannot be written.
    """
    import webbrowser

    from ytempire_assets.publishing.consent import connect
    from ytempire_assets.publishing.endpoints import YOUTUBE

    spec = ChannelFolder(settings.channels_dir).get(channel)
    if settings.google_client is None:
        raise InvalidInputError(
            "setting YTEMPIRE_GOOGLE_CLIENT is not set",
            "in Google Cloud, under APIs & Services, Credentials, create an OAuth client of the "
            "type Desktop app, download its JSON, run chmod 600 on it and set the setting to it",
        )
    connected = connect(
        settings.google_client,
        channel,
        settings.tokens_dir,
        endpoints=endpoints or YOUTUBE,
        open_browser=webbrowser.open if browser else lambda _address: False,
        say=say,
        timeout_s=timeout_s,
        expected_channel_id=spec.publish.channel_id,
        port=port,
    )
    say(f"{channel} is connected to '{connected.title}' ({connected.channel_id}).")
    if not spec.publish.channel_id:
        say(
            f"To publish there, write in {channel}.yaml under publish:\n"
            f"  platform: youtube\n  channel_id: {connected.channel_id}"
        )
    return connected
