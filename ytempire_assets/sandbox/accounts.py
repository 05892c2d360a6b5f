"""Whose channel a request is about: refresh tokens, access tokens, channel ids.

Belongs here: the accounts of a platform that guards nothing but itself. It listens on this machine
only and holds no secrets, so every refresh token that was made for a sandbox is good.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

TOKEN_LIFE_S = 3600
_NAMED = re.compile(r"sandbox\.([a-z0-9]+(?:-[a-z0-9]+)*)\.(.+)", re.DOTALL)
_UNNAMED = "sandbox-"


@dataclass(frozen=True, slots=True)
class Account:
    """A channel of the sandbox.

    Attributes:
        id: Channel id, ``UC`` first.
        title: Name for people.
    """

    id: str
    title: str

    @property
    def uploads_id(self) -> str:
        """Id of the playlist of its uploads."""
        return "UU" + self.id[2:]


DEFAULT = Account("UCsandbox00000000000000", "Local sandbox")
"""Whose channel it is when the refresh token names none."""


class GrantRefusedError(Exception):
    """A refresh token that is not taken; the message is OAuth's ``error_description``."""


def named(slug: str) -> Account:
    """The account of the channel with this slug; the same on every machine."""
    digest = hashlib.sha256(f"sandbox channel {slug}".encode()).digest()
    return Account("UC" + base64.urlsafe_b64encode(digest).decode()[:22], slug)


def account_of(refresh_token: str) -> Account:
    """The account that a refresh token belongs to.

    Args:
        refresh_token: ``sandbox.SLUG.RANDOM`` for the channel with that slug; any ``sandbox-...``
            for the default one.

    Raises:
        GrantRefusedError: It is no token for a sandbox, or ``RANDOM`` begins with ``revoked``.
    """
    if refresh_token.startswith(_UNNAMED):
        return DEFAULT
    parts = _NAMED.fullmatch(refresh_token)
    if parts is None:
        raise GrantRefusedError("Bad Request: this is no sandbox token")
    if parts[2].startswith("revoked"):
        raise GrantRefusedError("Token has been expired or revoked.")
    return named(parts[1])


def make_token(key: bytes, channel_id: str, now_s: float) -> str:
    """An access token that every server on the same folder accepts until it expires."""
    claims = f"{int(now_s) + TOKEN_LIFE_S}.{channel_id}"
    return f"sandbox.{claims}.{_signature(key, claims)}"


def token_channel(key: bytes, token: str, now_s: float) -> str | None:
    """The channel id that an access token carries; None when it is forged or has expired."""
    claims, _, signature = token.removeprefix("sandbox.").rpartition(".")
    expected = _signature(key, claims).encode()
    if not hmac.compare_digest(signature.encode(), expected):
        return None
    expires, _, channel_id = claims.partition(".")
    return channel_id if int(expires) >= now_s else None


def _signature(key: bytes, claims: str) -> str:
    return hmac.new(key, claims.encode(), hashlib.sha256).hexdigest()
