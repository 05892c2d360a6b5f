"""Language models for tests and benchmarks: a real HTTP server of OpenAI's protocol on loopback.

Belongs here: the server and its faults; what it says is ``llm_answers.py``. It counts what it was
asked and what it was paid for: a completion counts as paid when it was sent to its end.

``python -m ytempire_assets_tests.llm_server 8 4 0.2`` serves 8 ports with 4 slots and 0.2 s each
from a process of its own until its input closes; a line ``{"fault": {"3": "hang"}}`` changes a
server, a line ``{}`` prints the counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from ytempire_assets_tests.llm_answers import MODEL, TEXTS, Answer, completion, echo, refusal

Fault = str
"""One of: die hang hang_all drip drip_head rubbish empty_object big cut 401 403 404 429 500 503 400
302, length refused nothing wrong_shape not_json max_completion_tokens no_temperature model_missing
quota."""

_STATUS = {
    200: "OK", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
    404: "Not Found", 429: "Too Many Requests", 500: "Internal Server Error",
    503: "Service Unavailable",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A request that arrived."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def identity(self) -> str:
        """The same for the same question."""
        return hashlib.sha256(json.dumps(self.body.get("messages")).encode()).hexdigest()[:16]


@dataclass
class Service:
    """One port: how it answers, what goes wrong, and what it saw.

    Attributes:
        answer: From a request's body to the text of its completion.
        latency_s: Seconds that an answer takes.
        slots: Answers at a time; more wait.
        key: The bearer token it wants; None for none.
        fault: What goes wrong with every request to it.
        faults: What goes wrong with the next requests, one each, before ``fault``.
        retry_after: For 429 and 503.
    """

    answer: Answer = echo
    latency_s: float = 0.0
    slots: int = 1000
    key: str | None = None
    fault: Fault | None = None
    faults: list[Fault | None] = field(default_factory=list)
    retry_after: str | None = None
    asked: list[Asked] = field(default_factory=list)
    paid: Counter[str] = field(default_factory=Counter)
    probes: int = 0
    most_at_once: int = 0
    connections: int = 0
    url: str = ""
    _at_once: int = 0
    _free: asyncio.Semaphore | None = None
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        """Opens its port, the one that it had if it had one."""
        self._free = asyncio.Semaphore(self.slots)
        port = int(self.url.split(":")[2].split("/")[0]) if self.url else 0
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=1 << 22)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def die(self) -> None:
        """Closes its port and every connection."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                pairs = (line.split(":", 1) for line in head[1:] if ":" in line)
                headers = {name.lower(): value.strip() for name, value in pairs}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, path, _ = head[0].split(" ")
                asked = Asked(path, headers, json.loads(body) if body else {})
                await self._one(method, asked, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            with contextlib.suppress(ConnectionError, RuntimeError):
                writer.close()

    async def _one(
        self,
        method: str,
        asked: Asked,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        if method == "GET":
            self.probes += 1
            if self.fault == "hang_all":
                await asyncio.sleep(3600)
            if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
                await _send(writer, 401, {})
            else:
                await _send(writer, 200, {"object": "list", "data": [{"id": MODEL}]})
            return
        self.asked.append(asked)
        fault = self.faults.pop(0) if self.faults else self.fault
        if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
            fault = "401"
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        assert self._free is not None
        try:
            async with self._free:
                if self.latency_s and fault not in ("401", "403", "404"):
                    await asyncio.sleep(self.latency_s)
            if reader.at_eof():  # who asked has gone
                raise ConnectionResetError
            await self._answer(asked, fault or "", reader, writer)
        finally:
            self._at_once -= 1

    async def _answer(
        self,
        asked: Asked,
        fault: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        broken = _BROKEN.get(fault)
        if fault in ("hang", "hang_all"):
            await reader.read()  # until who asked has gone
            raise ConnectionResetError
        if fault == "die":
            await self.die()
        elif broken is not None:
            await broken(writer)
        elif (refused := refusal(fault, asked.body)) is not None:
            extra = {"Retry-After": self.retry_after} if self.retry_after else {}
            if fault == "302":
                extra["Location"] = "http://127.0.0.1:9/v1"
            await _send(writer, *refused, extra)
        else:
            text = TEXTS.get(fault) or self.answer(asked.body)
            await _send(writer, 200, completion(text, asked.body, fault))
            self.paid[asked.identity] += 1


async def _send(
    writer: asyncio.StreamWriter, status: int, content: Any, extra: Mapping[str, str] | None = None
) -> None:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(extra or {})}
    head = f"HTTP/1.1 {status} {_STATUS[status]}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _drip_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _cut(writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n{"choices": [')
    await writer.drain()
    raise ConnectionResetError


async def _rubbish(writer: asyncio.StreamWriter) -> None:
    await _send(writer, 200, b"<html>log in first</html>")


async def _empty_object(writer: asyncio.StreamWriter) -> None:
    await _send(writer, 200, {"choices": []})


async def _big(writer: asyncio.StreamWriter) -> None:
    await _send(writer, 200, completion("a" * 1_100_000, {"messages": []}, ""))


_BROKEN = {
    "drip": _drip,
    "drip_head": _drip_head,
    "cut": _cut,
    "rubbish": _rubbish,
    "empty_object": _empty_object,
    "big": _big,
}


class LanguageServers:
    """Services on ports of their own in a thread of this process, from enter to exit."""

    def __init__(self, *services: Service) -> None:
        self.services = services or (Service(),)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def urls(self) -> list[str]:
        """Their addresses, up to /v1."""
        return [service.url for service in self.services]

    @property
    def paid(self) -> Counter[str]:
        """How often each question was answered to its end, over all services."""
        return sum((service.paid for service in self.services), Counter[str]())

    def __enter__(self) -> LanguageServers:
        self._thread.start()
        for service in self.services:
            self._do(service.start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for service in self.services:
            self._do(service.die())
        self._do(_settled())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)
        self._loop.close()

    def die(self, service: Service) -> None:
        """One of them is gone, with all its connections."""
        self._do(service.die())

    def rise(self, service: Service) -> None:
        """It is there again."""
        self._do(service.start())

    def _do(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(20)


async def _settled() -> None:
    """Ends what is still being answered."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _standalone(count: int, slots: int, latency_s: float) -> None:
    """Serves until the input closes; see the module."""
    services = [Service(slots=slots, latency_s=latency_s) for _ in range(count)]
    for service in services:
        await service.start()
    sys.stdout.write(json.dumps([service.url for service in services]) + "\n")
    sys.stdout.flush()
    while line := await asyncio.to_thread(sys.stdin.readline):
        for number, fault in json.loads(line).get("fault", {}).items():
            service = services[int(number)]
            service.fault = fault
            if fault == "die":
                await service.die()
        paid = sum((service.paid for service in services), Counter[str]())
        counts = {"paid": paid.total()}
        counts["most_at_once"] = max(service.most_at_once for service in services)
        sys.stdout.write(json.dumps({**counts, "asked": [len(s.asked) for s in services]}) + "\n")
        sys.stdout.flush()
    await _settled()


if __name__ == "__main__":
    asyncio.run(_standalone(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
