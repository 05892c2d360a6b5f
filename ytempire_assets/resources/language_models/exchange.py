"""One request over HTTP that can be given up at any moment.

Belongs here: connections to one service that are kept open, answers bounded in bytes, and a request
whose caller never waits longer than it wants: whatever the server does (silence, a byte a second in
headers or body), and whatever this machine does (a name that resolves for a minute), the caller
goes and the socket is shut. Redirects are not followed: neither key nor question may wander to a
host nobody checked.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from ytempire_assets.errors import PermanentError, TransientError
from ytempire_assets.resources.pictures import is_loopback

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from pydantic import SecretStr

LIMIT_BYTES = 1_000_000
"""The longest answer that is read: a script has a few thousand characters."""

_CONNECT_S = 10.0
_LET_GO_S = 0.5
_CHUNK_BYTES = 1 << 16
_USER_AGENT = "ytempire-assets (+https://github.com/ytempire/ytempire)"
_local = threading.local()
_users = threading.Lock()
"""Held while a connection changes hands: giving one request up must not shut another's socket."""


class AnswerTooLongError(PermanentError):
    """The answer has more than ``LIMIT_BYTES``; it is not read, though it may be paid for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with any status, read to its end; names of headers are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Abortable(HTTPConnection):
    """Tells the exchange of this thread which socket it uses."""

    user: Exchange | None = None

    def connect(self) -> None:
        _claim(self)
        super().connect()
        _claim(self)  # given up while connecting: the socket is there only now

    def request(self, *args: Any, **kwargs: Any) -> None:
        _claim(self)
        super().request(*args, **kwargs)


class _AbortableTls(HTTPSConnection):
    """The same with TLS."""

    user: Exchange | None = None

    def connect(self) -> None:
        _claim(self)
        super().connect()
        _claim(self)

    def request(self, *args: Any, **kwargs: Any) -> None:
        _claim(self)
        super().request(*args, **kwargs)


_Connection = _Abortable | _AbortableTls


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Abortable


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _AbortableTls


def _claim(connection: _Connection) -> None:
    exchange: Exchange | None = getattr(_local, "exchange", None)
    if exchange is not None:
        exchange.uses(connection)


class Line:
    """Connections to one service, kept open between requests.

    Args:
        base: Its address.
        key: Sent as bearer token; None for a service that wants none.
        connections: How many are kept.
    """

    def __init__(self, base: SplitResult, key: SecretStr | None, connections: int) -> None:
        import requests

        address = base.geturl()
        # Proxies and certificates of the environment, as every other client of the project takes
        # them; a service on this machine is asked directly.
        with requests.Session() as session:
            session.trust_env = not is_loopback(base)
            known = session.merge_environment_settings(address, {}, None, None, None)
        verify = known["verify"]
        trust = verify if isinstance(verify, str) else requests.utils.DEFAULT_CA_BUNDLE_PATH
        common: dict[str, Any] = {"maxsize": connections, "ca_certs": trust, "num_pools": 1}
        proxy = requests.utils.select_proxy(address, known["proxies"])
        self._manager: urllib3.PoolManager = (
            urllib3.ProxyManager(proxy, **common) if proxy else urllib3.PoolManager(**common)
        )
        self._manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        self._address = address.rstrip("/")
        self._headers = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"}
        self._key = key.get_secret_value() if key else ""

    def ask(
        self, method: Literal["GET", "POST"], path: str, body: bytes | None, timeout_s: float
    ) -> Reply:
        """Sends one request and reads its answer; the longest silence is ``timeout_s``.

        Raises:
            TransientError: There is no whole answer.
            AnswerTooLongError: There is too much of it.
        """
        headers = dict(self._headers)
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = self._manager.urlopen(
                method,
                self._address + path,
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(connect=min(_CONNECT_S, timeout_s), read=timeout_s),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            try:
                content = bytearray()
                while chunk := answer.read1(_CHUNK_BYTES):
                    content += chunk
                    if len(content) > LIMIT_BYTES:
                        raise AnswerTooLongError(
                            f"answered with more than {LIMIT_BYTES / 1e6:.0f} MB",
                            "choose another model: no script is that long",
                        )
            except BaseException:
                answer.close()
                raise
            answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as error:
            # http.client has ValueError and AttributeError for a socket that is shut under it.
            raise TransientError(_reason(error), "look at the service's state") from error
        return Reply(
            answer.status, {name.lower(): v for name, v in answer.headers.items()}, bytes(content)
        )

    def without_key(self, text: str) -> str:
        """The text with the key taken out, where a service repeats it."""
        return text.replace(self._key, "[key]") if self._key else text

    def close(self) -> None:
        """Closes what is open."""
        self._manager.clear()


class Exchange:
    """One request under way, in a thread of its own.

    Args:
        line: Whom to ask.
        method: HTTP method.
        path: Below the service's address.
        body: JSON.
        timeout_s: The longest silence.
    """

    def __init__(
        self,
        line: Line,
        method: Literal["GET", "POST"],
        path: str,
        body: bytes | None = None,
        *,
        timeout_s: float,
    ) -> None:
        self._ask = (line, method, path, body, timeout_s)
        self._outcome: Reply | PermanentError | TransientError | None = None
        self._connection: _Connection | None = None
        self._given_up = False
        self._woken, self._finished = threading.Event(), threading.Event()
        # A daemon: a name that does not resolve must not hold the process at its end.
        threading.Thread(target=self._run, name="language-model", daemon=True).start()

    def wait(self, timeout_s: float) -> Reply:
        """The answer; after ``timeout_s``, or when the caller is interrupted, it is given up.

        An answer that arrives just as it is given up is still returned: it may have been paid for.

        Raises:
            TransientError: There is none.
            AnswerTooLongError: There is too much of it.
        """
        try:
            self._woken.wait(max(0.0, timeout_s))
        finally:
            self.give_up()
        self._finished.wait(_LET_GO_S)
        outcome = self._outcome
        # A head that was cut off reads like an answer without a body.
        if isinstance(outcome, Reply) and (outcome.body or not self._given_up):
            return outcome
        if outcome is None or isinstance(outcome, Reply) or self._given_up:
            raise TransientError("timed out", "look at the service's state")
        raise outcome

    def give_up(self) -> None:
        """Shuts the socket and wakes the caller; nothing happens to what is finished.

        May be called from any thread, and again.
        """
        with _users:
            if self._finished.is_set():
                return
            self._given_up = True
            if self._connection is not None and self._connection.user is self:
                _shut(self._connection)
        self._woken.set()

    def uses(self, connection: _Connection) -> None:
        """Called by the connection that serves this exchange, before and after it connects."""
        with _users:
            self._connection, connection.user = connection, self
            if not self._given_up:
                return
            _shut(connection)
        raise TransientError("timed out", "look at the service's state")

    def _run(self) -> None:
        line, method, path, body, timeout_s = self._ask
        _local.exchange = self
        try:
            self._outcome = line.ask(method, path, body, timeout_s)
        except (PermanentError, TransientError) as error:
            self._outcome = error
        finally:
            self._finished.set()
            self._woken.set()


def _shut(connection: _Connection) -> None:
    """Ends whatever waits on the socket, also under TLS, whose own closing would wait."""
    opened = connection.sock
    if opened is None:
        return
    with (
        contextlib.suppress(OSError, ValueError),
        socket.socket(fileno=os.dup(opened.fileno())) as twin,
    ):
        twin.shutdown(socket.SHUT_RDWR)


def _reason(error: BaseException) -> str:
    """What went wrong in a few words; never the request, whose headers carry the key."""
    cause = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "its name is not known"
    if isinstance(cause, OSError) and cause.strerror:
        return str(cause.strerror).lower()
    if isinstance(cause, TimeoutError) or isinstance(error, urllib3.exceptions.TimeoutError):
        return "timed out"
    if isinstance(error, urllib3.exceptions.ProtocolError):
        return "the connection broke"
    return type(error).__name__
