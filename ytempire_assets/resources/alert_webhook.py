"""The webhook that the operator is told things by.

Belongs here: one POST of one JSON object, within a time that is kept, to the address of
``YTEMPIRE_ALERT_WEBHOOK`` and nowhere else. What is told, and how often, is in ``automation``.

The address is a secret, since whoever knows it can post there: no error, log or trace has it.
Addresses of private networks are allowed on purpose, because relays of one's own live there; the
address comes from the operator, never from outside. No proxy is used and no redirect followed.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ytempire_assets.errors import InvalidInputError, TransientError
from ytempire_assets.plain_address import split_address

if TYPE_CHECKING:
    from http.client import HTTPConnection
    from urllib.parse import SplitResult

    from pydantic import SecretStr


class UndeliveredError(TransientError):
    """A message did not arrive, or nobody said that it did."""


class AlertWebhook:
    """Posts to one address.

    Args:
        address: http or https; None when the operator wants none.
    """

    def __init__(self, address: SecretStr | None) -> None:
        given = address is not None and address.get_secret_value().strip()
        self._address = address if given else None

    @property
    def is_set(self) -> bool:
        """Whether there is an address at all."""
        return self._address is not None

    @property
    def host(self) -> str:
        """Scheme, host and port, for people: the rest of the address is the secret.

        Raises:
            InvalidInputError: The address is none that can be posted to.
        """
        parts = self._parts()
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}"

    def post(self, document: Mapping[str, Any], seconds: float) -> None:
        """Posts one JSON object.

        Args:
            document: JSON values.
            seconds: For all of it, from the look-up of the name to the head of the answer.

        Raises:
            InvalidInputError: The address is none that can be posted to.
            UndeliveredError: No answer came in time, or one that does not say yes.
        """
        attempt = _Attempt(self._parts(), json.dumps(document).encode("ascii"), seconds)
        status = attempt.outcome()
        if not 200 <= status < 300:
            what = "it redirects, which is not followed" if 300 <= status < 400 else "it refused"
            raise UndeliveredError(
                f"the alert webhook answered {status}: {what}",
                "check YTEMPIRE_ALERT_WEBHOOK; the message is tried again",
            )

    def _parts(self) -> SplitResult:
        address = "" if self._address is None else self._address.get_secret_value().strip()
        parts = split_address(address)
        if parts is None:
            raise InvalidInputError(
                "setting YTEMPIRE_ALERT_WEBHOOK: not an address with http:// or https:// that all "
                "programs read alike",
                "write it without spaces, user names and backslashes",
            )
        return parts


class _Attempt:
    """One request in a thread of its own: looking up a name cannot be given a time limit."""

    def __init__(self, parts: SplitResult, body: bytes, seconds: float) -> None:
        self._parts, self._body, self._seconds = parts, body, seconds
        self._connection: HTTPConnection | None = None
        self._status: int | None = None
        self._reason = ""
        self._thread = threading.Thread(target=self._run, name="alert-webhook", daemon=True)

    def outcome(self) -> int:
        """The status of the answer."""
        self._thread.start()
        self._thread.join(self._seconds)
        if self._thread.is_alive():
            self._reason = f"no answer in {self._seconds:.1f} s"
            self._hang_up()
        if self._status is None or self._reason:
            raise UndeliveredError(
                f"the alert webhook cannot be reached ({self._reason})",
                "check YTEMPIRE_ALERT_WEBHOOK and the server behind it; the message is tried again",
            )
        return self._status

    def _run(self) -> None:
        from http.client import HTTPException

        try:
            connection = self._connection = self._opened()
            path = self._parts.path or "/"
            query = f"?{self._parts.query}" if self._parts.query else ""
            headers = {"Content-Type": "application/json", "User-Agent": "ytempire-assets"}
            connection.request("POST", path + query, self._body, headers)
            self._status = connection.getresponse().status
        except (OSError, HTTPException, ValueError) as error:
            self._reason = self._reason or _in_our_words(error)
        finally:
            self._hang_up()

    def _opened(self) -> HTTPConnection:
        from http.client import HTTPConnection, HTTPSConnection

        host, port = str(self._parts.hostname), self._parts.port
        if self._parts.scheme == "https":
            return HTTPSConnection(host, port, timeout=self._seconds)
        return HTTPConnection(host, port, timeout=self._seconds)

    def _hang_up(self) -> None:
        """Ends the connection, also under a thread that reads from it byte by byte."""
        connection = self._connection
        if connection is None:
            return
        plain = connection.sock
        if plain is not None:
            with contextlib.suppress(OSError):  # it may be closed already
                # Not the method of SSLSocket: it takes away state that the other thread uses.
                socket.socket.shutdown(plain, socket.SHUT_RDWR)
        if threading.current_thread() is self._thread:
            connection.close()


def _in_our_words(error: Exception) -> str:
    """What went wrong, without anything of the address: some errors quote it."""
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        return "its certificate is not valid"
    if isinstance(error, ssl.SSLError):
        return "it speaks no TLS that we do"
    if isinstance(error, socket.gaierror):
        return "its name is not known"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "its answer is no HTTP"
