"""The channels' credentials: files that only their owner can read, and what Google says of them.

Belongs here: the folder of tokens, the client file of the Google Cloud project, and what a refused
refresh means. How a person gives consent is ``consent.py``. No message, repr or log record of this
module holds a token or a secret.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from ytempire_assets.errors import (
    InvalidInputError,
    PermanentError,
    TransientError,
    YtempireError,
)
from ytempire_assets.publishing.private_files import (
    make_private_folder,
    read_private_json,
    refuse_open_folder,
    write_private,
)
from ytempire_assets.publishing.youtube import SCOPES

if TYPE_CHECKING:
    from google.oauth2.credentials import Credentials

Kind = Literal["authorized_user", "service_account"]

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ERROR_CODE = re.compile(r"[a-z_]{3,40}")
_SECRETS: Mapping[Kind, tuple[str, ...]] = {
    "authorized_user": ("client_id", "client_secret", "refresh_token", "token_uri"),
    "service_account": ("client_email", "private_key", "token_uri"),
}
_TEXT_FIELDS = ("kind", "channel", "channel_id", "channel_title", "subject")


@dataclass(frozen=True, slots=True)
class ChannelCredentials:
    """What allows the project to act for one channel.

    Attributes:
        kind: A person's consent, or a service account (content owners only).
        channel_id: The platform's id of the channel.
        title: The platform's title of the channel, one line.
        scopes: What was consented to.
        secret: For a person client_id, client_secret, refresh_token and token_uri; for a service
            account the content of its key file.
        subject: The account that a service account acts for; empty for itself.
    """

    kind: Kind
    channel_id: str
    title: str
    scopes: tuple[str, ...]
    secret: Mapping[str, Any] = field(repr=False)
    subject: str = ""

    def google(self) -> Credentials:
        """Credentials as google-auth knows them; nothing is asked of Google yet.

        Raises:
            InvalidInputError: The key of a service account cannot be read.
        """
        if self.kind == "authorized_user":
            from google.oauth2.credentials import Credentials

            return Credentials(token=None, scopes=list(self.scopes), **dict(self.secret))
        from google.oauth2 import service_account

        try:
            key: Credentials = service_account.Credentials.from_service_account_info(
                dict(self.secret), scopes=list(self.scopes), subject=self.subject or None
            )
        except Exception:  # noqa: BLE001 - the key's own text must not reach a message
            raise InvalidInputError(
                "the service account's private_key cannot be read",
                "download a new key file of the account and put its content into the token file",
            ) from None
        return key


class TokenFolder:
    """The folder of the channels' tokens: one ``<channel>.json`` each.

    The folder has mode 0700 and every file 0600. A file that others can read is refused, not
    repaired: who may have read it is the owner's to judge.

    Args:
        folder: Where the files are.
        scopes: What every file must have been consented to.
    """

    def __init__(self, folder: Path, scopes: Sequence[str] = SCOPES) -> None:
        self.folder = folder
        self.scopes = tuple(scopes)

    def __repr__(self) -> str:
        return f"TokenFolder({str(self.folder)!r})"

    def path(self, channel: str) -> Path:
        """Where the tokens of ``channel`` are, whether or not they are there.

        Raises:
            InvalidInputError: It is not a channel's slug.
        """
        if not _SLUG.fullmatch(channel):
            raise InvalidInputError(
                f"{channel!r} is not a channel's name", "use a-z, 0-9 and single hyphens"
            )
        return self.folder / f"{channel}.json"

    def prepare(self) -> None:
        """Makes the folder, or says what is wrong with the one that is there.

        Raises:
            InvalidInputError: Others can read it.
            StorageError: It cannot be made.
        """
        make_private_folder(self.folder)

    def save(self, channel: str, credentials: ChannelCredentials) -> Path:
        """Writes the tokens of a channel and returns their file.

        At no instant can others read them, and no crash leaves half a file.

        Raises:
            InvalidInputError: The name is not a slug, or others can read the folder.
            StorageError: The folder cannot be written.
        """
        path = self.path(channel)
        self.prepare()
        document = {
            "kind": credentials.kind,
            "channel": channel,
            "channel_id": credentials.channel_id,
            "channel_title": one_line(credentials.title),
            "scopes": list(credentials.scopes),
            "subject": credentials.subject,
            "secret": dict(credentials.secret),
        }
        write_private(path, json.dumps(document, indent=2))
        return path

    def read(self, channel: str) -> ChannelCredentials:
        """What is stored for a channel.

        Raises:
            InvalidInputError: Nothing is stored, others can read it, or it does not fit; the
                message names the file and the command that puts it right.
        """
        path = self.path(channel)
        connect = f"run: ytempire channels connect {channel}"
        if not os.path.lexists(path):
            raise InvalidInputError(f"channel '{channel}' is not connected: no {path}", connect)
        refuse_open_folder(self.folder)
        real = path.resolve()
        if not real.is_relative_to(self.folder.resolve()):
            raise InvalidInputError(
                f"{path} leads out of its folder", f"remove that link, then {connect}"
            )
        document = read_private_json(real, shown=path, next_step=connect)
        return self._checked(channel, path, document, connect)

    def load(self, channel: str) -> Credentials:
        """The credentials of a channel for google-auth; raises as ``read``."""
        return self.read(channel).google()

    def _checked(
        self, channel: str, path: Path, document: Mapping[str, Any], connect: str
    ) -> ChannelCredentials:
        for name in _TEXT_FIELDS:
            if not isinstance(document.get(name), str):
                raise InvalidInputError(f"{path}: {name}: is missing or no text", connect)
        if document["channel"] != channel:
            raise InvalidInputError(
                f"{path} holds the tokens of another channel ({one_line(document['channel'])!r})",
                f"move it back to its own name, then {connect}",
            )
        kind = document["kind"]
        if kind not in _SECRETS:
            raise InvalidInputError(
                f"{path}: kind: must be authorized_user or service_account", connect
            )
        secret, scopes = document.get("secret"), document.get("scopes")
        wanted = _SECRETS[kind]
        if not isinstance(secret, dict) or not all(
            isinstance(secret.get(name), str) and secret[name] for name in wanted
        ):
            raise InvalidInputError(
                f"{path}: secret: must hold {', '.join(wanted)}, each a text", connect
            )
        if not isinstance(scopes, list) or not all(isinstance(scope, str) for scope in scopes):
            raise InvalidInputError(f"{path}: scopes: must be a list of texts", connect)
        if missing := [scope for scope in self.scopes if scope not in scopes]:
            raise InvalidInputError(f"{path}: scopes: lacks {', '.join(missing)}", connect)
        check_address(secret["token_uri"], f"{path}: secret.token_uri")
        kept = {name: secret[name] for name in wanted} if kind == "authorized_user" else secret
        return ChannelCredentials(
            kind=kind,
            channel_id=document["channel_id"],
            title=one_line(document["channel_title"]),
            scopes=tuple(scopes),
            secret=kept,
            subject=document["subject"],
        )


@dataclass(frozen=True, slots=True)
class ClientFile:
    """The OAuth client of an installed app, as Google Cloud hands it out.

    Attributes:
        client_id: Names the client; no secret.
        client_secret: Its secret.
        auth_uri: Page where people consent.
        token_uri: Where the code is exchanged for tokens.
    """

    client_id: str
    client_secret: str = field(repr=False)
    auth_uri: str
    token_uri: str


def read_client_file(path: Path) -> ClientFile:
    """Reads the client file of the Google Cloud project.

    Raises:
        InvalidInputError: It is not there, others can read it, or it is another kind of file.
    """
    again = (
        "in Google Cloud, under APIs & Services, Credentials, create an OAuth client of the type "
        "Desktop app, download its JSON and set YTEMPIRE_GOOGLE_CLIENT to it"
    )
    document = read_private_json(path, shown=path, next_step=again)
    if "installed" not in document:
        if "web" in document:
            problem = "is the client of a web application; a desktop app is needed"
        elif document.get("type") == "service_account":
            problem = "is the key of a service account, not an OAuth client"
        else:
            problem = "is not an OAuth client file: it has no 'installed'"
        raise InvalidInputError(f"{path} {problem}", again)
    client = document["installed"]
    names = ("client_id", "client_secret", "auth_uri", "token_uri")
    for name in names:
        value = client.get(name) if isinstance(client, dict) else None
        if not isinstance(value, str) or not value:
            raise InvalidInputError(f"{path}: installed.{name}: is missing or no text", again)
    for name in ("auth_uri", "token_uri"):
        check_address(client[name], f"{path}: installed.{name}")
    return ClientFile(*(client[name] for name in names))


def refresh_problem(
    error: Exception, channel: str, kind: Kind = "authorized_user"
) -> YtempireError:
    """Says in words why Google did not renew an access token, and what to do.

    The server's own text is left out, because it may quote what was sent; only its error code,
    checked to be one, is shown.

    Args:
        error: A ``RefreshError`` or ``TransportError`` of google-auth.
        channel: Whose credentials they are.
        kind: Whether a person or a service account gave them.
    """
    connect = f"run: ytempire channels connect {channel}"
    code = _error_code(error)
    if getattr(error, "retryable", False) or type(error).__name__ == "TransportError":
        return TransientError(
            f"Google could not renew the access of channel '{channel}' now ({code or 'no answer'})",
            "check the network, then run again",
        )
    if code == "invalid_grant" and kind == "service_account":
        return PermanentError(
            f"Google does not accept the service account of channel '{channel}' (invalid_grant)",
            "check this machine's clock, that the key still exists, and the subject",
        )
    if code == "invalid_grant":
        return PermanentError(
            f"the consent for channel '{channel}' has ended (invalid_grant): it was withdrawn, or "
            "it expired; while the app in Google Cloud is in testing, it ends after 7 days",
            connect,
        )
    if code in ("invalid_client", "deleted_client"):
        return PermanentError(
            f"Google does not know the OAuth client of channel '{channel}' any more ({code})",
            f"download the client file again, set YTEMPIRE_GOOGLE_CLIENT to it, then {connect}",
        )
    if code == "unauthorized_client":
        return PermanentError(
            f"the consent of channel '{channel}' was given to another OAuth client ({code})",
            f"set YTEMPIRE_GOOGLE_CLIENT to the client that is to be used, then {connect}",
        )
    return PermanentError(
        f"Google refuses the credentials of channel '{channel}' ({code or 'no reason given'})",
        connect,
    )


def error_code(value: object) -> str:
    """``value`` if it looks like an OAuth error code (RFC 6749, 5.2), else an empty text."""
    return value if isinstance(value, str) and _ERROR_CODE.fullmatch(value) else ""


def one_line(text: str) -> str:
    """Text from outside as one line without control characters, at most 100 characters."""
    plain = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") else character
        for character in text
    )
    return " ".join(plain.split())[:100]


def is_loopback(address: str) -> bool:
    """Whether an address is on this very machine."""
    return urlsplit(address).hostname in ("127.0.0.1", "::1", "localhost")


def check_address(address: str, name: str) -> None:
    """Refuses an address that a secret must not be sent to: anything but HTTPS or this machine.

    Raises:
        InvalidInputError: It is such an address; the message names the field, not the address.
    """
    try:
        parts = urlsplit(address)
        safe = bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and is_loopback(address))
        )
    except ValueError:
        safe = False
    if not safe:
        raise InvalidInputError(
            f"{name}: must be an https:// address", "use the file as Google hands it out"
        )


def _error_code(error: Exception) -> str:
    for part in error.args:
        if isinstance(part, Mapping) and (code := error_code(part.get("error"))):
            return code
    first = str(error.args[0]) if error.args else ""
    return error_code(first.partition(":")[0].strip())
