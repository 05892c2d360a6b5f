"""A web server on this machine that replays answers and misbehaves as it is told to.

Belongs here: what arrives, what is answered, and every fault that the tests ask for.
"""

from __future__ import annotations

import contextlib
import email.utils
import gzip
import socket
import ssl
import struct
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

RECORDINGS = Path(__file__).parent / "recordings"

Fault = Literal["hang", "drip_head", "drip_body", "drip_chunk", "cut", "reset"]


@dataclass(frozen=True)
class Answer:
    """What the server does with one request.

    ``fault``: ``hang`` says nothing; ``drip_...`` sends a byte now and then without end; ``cut``
    closes before the announced end; ``reset`` resets the connection.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    fault: Fault | None = None


@dataclass(frozen=True)
class Asked:
    """A request that arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


Reply = Callable[[Asked], Answer]


class Server:
    """Replays answers by path, the last one of a path again and again.

    Args:
        tls: File with the key and certificate to speak TLS with.
    """

    def __init__(self, tls: Path | None = None) -> None:
        self.answers: dict[str, list[Answer | Reply]] = defaultdict(list)
        self.asked: list[Asked] = []
        self.connections: set[tuple[str, int]] = set()
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._http = _Http(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.host = f"127.0.0.1:{self._http.server_port}"
        self.url = f"http{'s' if tls else ''}://{self.host}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.005,))
        self._thread.start()

    def close(self) -> None:
        self.closing.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def on(self, path: str, *answers: Answer | Reply) -> str:
        """Answers a path so; returns its address."""
        self.answers[path] = list(answers)
        return f"{self.url}{path}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            waiting = self.answers.get(asked.path, [])
            chosen = waiting.pop(0) if len(waiting) > 1 else waiting[0] if waiting else Answer(404)
        return chosen(asked) if callable(chosen) else chosen


def recorded(name: str, **headers: str) -> Answer:
    """A recording of this project."""
    kinds = {".json": "application/json", ".xml": "application/xml", ".html": "text/html"}
    path = RECORDINGS / name
    return Answer(
        body=path.read_bytes(),
        headers={"Content-Type": kinds[path.suffix]}
        | {key.replace("_", "-"): value for key, value in headers.items()},
    )


def zipped(body: bytes) -> Answer:
    return Answer(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})


def http_date(seconds: float) -> str:
    return email.utils.formatdate(seconds, usegmt=True)


def closed_port() -> int:
    """A port of this machine where nobody listens."""
    with contextlib.closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each body waits 40 ms for the client's acknowledgement
    owner: Server

    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Tests read ``asked`` instead."""

    def _reply(self) -> None:
        self.owner.connections.add(self.client_address[:2])
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.owner.answer(
            Asked(
                self.command,
                parts.path,
                {name: values[0] for name, values in parse_qs(parts.query).items()},
                {name.lower(): value for name, value in self.headers.items()},
                {name: values[0] for name, values in parse_qs(body.decode()).items()},
            )
        )
        with contextlib.suppress(OSError):  # the client gave up, as it should
            self._send(answer)

    def _send(self, answer: Answer) -> None:
        fault = answer.fault
        if fault == "hang":
            self.owner.closing.wait()
        elif fault == "reset":
            # No linger: the kernel answers with RST instead of an orderly end.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
        elif fault == "drip_head":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            self._drip()
        elif fault == "drip_chunk":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            self._drip()
        else:
            self._whole(answer)
        if fault is not None:
            self.close_connection = True

    def _whole(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        length = len(answer.body) + (500 if answer.fault else 0)
        usual = {"Content-Length": str(length), "Date": self.date_time_string()}
        for name, value in (usual | answer.headers).items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)
        if answer.fault == "drip_body":
            self._drip()

    def _drip(self) -> None:
        while not self.owner.closing.wait(0.02):
            self.wfile.write(b"0")


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what many tests are about."""
