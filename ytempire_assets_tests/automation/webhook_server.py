"""A webhook's server on this machine: keeps what comes, and misbehaves when a test asks for it.

Belongs here: the server and its ways to fail.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

SECRET = "planted-token"


class WebhookServer:
    """Serves from ``__enter__`` to ``__exit__``.

    Attributes:
        received: Bodies of all requests, parsed, in the order in which they came.
        types: Their content types.
        answers: Statuses of the next answers; 204 when there are no more.
        manner: ``answer``, ``hang`` before the head, ``drip`` it byte by byte, or ``garbage``.
    """

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.types: list[str] = []
        self.answers: list[int] = []
        self.manner = "answer"
        self.over = threading.Event()
        server = self

        class Handler(_Handler):
            webhook = server

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hooks/{SECRET}?key={SECRET}"

    def __enter__(self) -> WebhookServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    webhook: WebhookServer

    def do_POST(self) -> None:
        webhook = self.webhook
        body = self.rfile.read(int(self.headers["Content-Length"]))
        webhook.received.append(json.loads(body))
        webhook.types.append(self.headers["Content-Type"])
        if webhook.manner == "hang":
            webhook.over.wait(60)
            return
        if webhook.manner == "garbage":
            self.wfile.write(b"\0\1 what is this\r\n\r\n")
            return
        if webhook.manner == "drip":
            self._drip()
            return
        self.send_response(webhook.answers.pop(0) if webhook.answers else 204)
        self.send_header("Location", webhook.address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self) -> None:
        """Never silent long enough for a time-out of the socket."""
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.webhook.over.wait(0.05):
                self.wfile.write(b"x")
                self.wfile.flush()
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        """Silent."""
