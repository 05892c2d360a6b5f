"""A way to a server on which things go wrong as planned.

Belongs here: a small HTTP proxy; each request takes the next fault of the plan, or passes.
"""

from __future__ import annotations

import socket
import threading
from collections import deque
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


@dataclass(frozen=True)
class Fault:
    """What happens to one request.

    Attributes:
        kind: ``refuse`` answers with ``status`` and ``code``; ``hang`` never answers; ``cut`` ends
            the connection in the middle of the body, ``stall`` stops sending there; ``corrupt``
            changes its first byte.
        status: HTTP status of a refusal.
        code: S3's word for it.
        method: The only method it happens to; others pass and leave the plan as it is.
    """

    kind: str
    status: int = 0
    code: str = ""
    method: str = ""


class FaultyWay:
    """The proxy, from ``__enter__`` to ``__exit__``.

    Attributes:
        plan: The faults to come.
        seen: Method, path and range of every request.
    """

    def __init__(self, port: int) -> None:
        self._upstream = port
        self.plan: deque[Fault] = deque()
        self.seen: list[tuple[str, str, str]] = []
        self._ended = threading.Event()

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FaultyWay:
        way = self

        class Handler(_Handler):
            def handle_request(self) -> None:
                way.pass_on(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def pass_on(self, request: _Handler) -> None:
        """Answers one request."""
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        method = request.command
        self.seen.append((method, request.path, request.headers.get("Range") or ""))
        fault = Fault("none")
        if self.plan and self.plan[0].method in ("", method):
            fault = self.plan.popleft()
        if fault.kind == "hang":
            self._ended.wait(60)
            request.close_connection = True
        elif fault.kind == "refuse":
            said = (
                f"<Error><Code>{fault.code}</Code><AWSAccessKeyId>{SHOWN}</AWSAccessKeyId></Error>"
            )
            content = b"" if method == "HEAD" or not fault.code else said.encode()
            request.answer(fault.status, [("Content-Length", str(len(content)))], content)
        else:
            connection = HTTPConnection("127.0.0.1", self._upstream, timeout=60)
            connection.request(method, request.path, body, dict(request.headers.items()))
            self._answer(request, connection.getresponse(), fault.kind)
            connection.close()

    def _answer(self, request: _Handler, response: HTTPResponse, fault: str) -> None:
        content = response.read()
        headers = [
            (name, value)
            for name, value in response.getheaders()
            if name.lower() not in ("connection", "transfer-encoding", "content-length")
        ]
        length = response.getheader("Content-Length") or str(len(content))
        if fault == "corrupt":
            content = bytes([content[0] ^ 1]) + content[1:]
        if fault in ("cut", "stall"):
            content = content[: len(content) // 2]
        request.answer(response.status, [*headers, ("Content-Length", length)], content)
        if fault == "stall":
            self._ended.wait(60)
        if fault in ("cut", "stall"):
            request.close_connection = True
            request.connection.shutdown(socket.SHUT_RDWR)


SHOWN = "KEYIDTHATASERVERREPEATS"
"""What a server repeats of the key in its refusals; no error of ours may show it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: object) -> None:
        """Nobody reads it."""

    def handle_request(self) -> None:
        raise NotImplementedError

    def answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def do_GET(self) -> None:
        self.handle_request()

    do_PUT = do_GET  # noqa: N815 - the server's own names, also below
    do_HEAD = do_GET  # noqa: N815
    do_POST = do_GET  # noqa: N815
    do_DELETE = do_GET  # noqa: N815
