"""Connections whose time ends, and that go only where somebody looked.

Belongs here: what requests and urllib3 leave open below the level of a request. What a request may
take is ``exchange.py``.

The time-outs of ``requests`` are silences: a server that sends a byte now and then, in the head or
in the body, holds its client for days. So a watch shuts the socket when the time is over.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from requests.adapters import HTTPAdapter

_watching = threading.local()


class Guard(Protocol):
    """Decides where requests may go whose addresses come from outside."""

    def check(self, address: str) -> None:
        """Looks at an address as it is written.

        Raises:
            RefusedError: Nobody should go there.
        """

    def resolve(self, host: str, port: int) -> Sequence[str]:
        """The IP addresses that connections to a host may use, at least one.

        Raises:
            RefusedError: Nobody should go there.
            NoAnswerError: The name is not known.
        """


class Watch:
    """Shuts the connection of this thread when the time is over."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(max(seconds, 0.0), self._fire)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._socket: Any = None
        self.fired = False

    def __enter__(self) -> Watch:
        _watching.watch = self
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        _watching.watch = None
        with self._lock:
            self._socket = None  # the connection may serve another request now

    def over(self, connection: Any) -> None:
        """The request goes over this socket."""
        with self._lock:
            self._socket = connection
            if self.fired:
                _shut(connection)

    def _fire(self) -> None:
        with self._lock:
            self.fired = True
            if self._socket is not None:
                _shut(self._socket)


def _shut(connection: Any) -> None:
    plain = getattr(connection, "socket", connection)  # TLS inside the TLS of a proxy
    with contextlib.suppress(OSError, TypeError):
        # Not the method of SSLSocket, which takes the state away that another thread is using.
        socket.socket.shutdown(plain, socket.SHUT_RDWR)


class _Connection(Protocol):
    host: str
    port: int
    timeout: Any
    socket_options: Any
    sock: Any


def _watched(connection: _Connection) -> None:
    watch: Watch | None = getattr(_watching, "watch", None)
    if watch is not None:
        watch.over(connection.sock)


def _pinned(connection: _Connection, guard: Guard) -> socket.socket:
    """Connects to an address that the guard gives for the host.

    The name is not resolved again, so it cannot come to mean another address after it was checked.
    The host itself stays in the request's head, in SNI and in the check of the certificate.
    """
    from urllib3.exceptions import NewConnectionError
    from urllib3.util.connection import create_connection

    until = time.monotonic() + connection.timeout
    failure: OSError = TimeoutError()
    for address in guard.resolve(connection.host, connection.port):
        left_s = until - time.monotonic()
        if left_s <= 0:
            break
        try:
            return create_connection(
                (address, connection.port), left_s, None, connection.socket_options
            )
        except OSError as error:
            failure = error
    raise NewConnectionError(connection, "no connection") from failure  # type: ignore[arg-type]


def watched_adapter(guard: Guard | None) -> HTTPAdapter:
    """An adapter whose connections tell the watch of their thread which socket they use."""
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return super()._new_conn() if guard is None else _pinned(self, guard)

        def getresponse(self) -> Any:
            _watched(self)
            return super().getresponse()

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return super()._new_conn() if guard is None else _pinned(self, guard)

        def getresponse(self) -> Any:
            _watched(self)
            return super().getresponse()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, **options)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
            manager = super().proxy_manager_for(*args, **options)
            manager.pool_classes_by_scheme = pools
            return manager

    pools = {"http": PlainPool, "https": SecurePool}
    return Adapter(pool_maxsize=4)
