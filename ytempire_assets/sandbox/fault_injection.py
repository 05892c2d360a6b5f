"""Doing the drawn faults: an ASGI layer between the network and the platform.

Belongs here: what each kind does to a request and its answer. Which request meets one is drawn in
``faults.py``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ytempire_assets.sandbox.connection import BrokenConnection, abort
from ytempire_assets.sandbox.faults import Drawn, FaultCounter
from ytempire_assets.sandbox.metadata import RefusedError
from ytempire_assets.sandbox.quota import daily_refusal
from ytempire_assets.sandbox.store import SandboxStore

CONTROL = "/sandbox/control"
SESSIONS = "/upload/youtube/v3/videos"
_APIS = ("/youtube/", "/upload/", "/v1/", "/v2/", "/token")
# google-auth repeats a refused token request by itself, after whole seconds.
_AT_TOKENS = frozenset(("drop", "lose_answer", "slow"))
_MAX_HELD_BYTES = 64 * 2**20
_SLOW_S = 0.3
_PAGE = "<!doctype html><title>Sign in</title><p>A proxy answered instead of the platform.</p>"


class FaultInjection:
    """Passes requests on, and lets some of them meet a fault.

    Args:
        app: The platform.
        counter: Draws the faults.
        store: Its upload sessions can be forgotten.
    """

    def __init__(self, app: ASGIApp, counter: FaultCounter, store: SandboxStore) -> None:
        self._app = app
        self._counter = counter
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or does not."""
        path: str = scope["path"]
        if path != CONTROL and self._counter.faults.down:
            await BrokenConnection()(scope, receive, send)
            return
        if not path.startswith(_APIS):
            await self._app(scope, receive, send)
            return
        size = _length(scope)

        def applies(kind: str) -> bool:
            if path == "/token":
                return kind in _AT_TOKENS
            if kind == "forget":
                return path == SESSIONS and scope["method"] == "PUT"
            return kind != "duplicate" or size <= _MAX_HELD_BYTES

        drawn = self._counter.draw(applies)
        if drawn is None:
            await self._app(scope, receive, send)
            return
        does: dict[str, Callable[[Scope, Receive, Send, Drawn], Awaitable[None]]] = {
            "drop": self._drop,
            "lose_answer": self._lose_answer,
            "slow": self._slow,
            "duplicate": self._duplicate,
        }
        await does.get(drawn.kind, self._instead)(scope, receive, send, drawn)

    async def _drop(self, scope: Scope, receive: Receive, send: Send, drawn: Drawn) -> None:
        """Breaks the connection within the request's body, or within the answer's without one."""
        size = _length(scope)
        if size:
            with contextlib.suppress(ClientDisconnect):
                await self._app(scope, _cut(receive, int(drawn.share * size)), _nowhere)
            await abort(scope, receive)
            return
        kept = await self._kept(scope, receive)
        body = b"".join(message.get("body", b"") for message in kept[1:])
        await send(kept[0])
        if part := body[: int(drawn.share * len(body))]:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await abort(scope, receive)

    async def _lose_answer(
        self, scope: Scope, receive: Receive, _send: Send, _drawn: Drawn
    ) -> None:
        await self._app(scope, receive, _nowhere)
        await abort(scope, receive)

    async def _slow(self, scope: Scope, receive: Receive, send: Send, drawn: Drawn) -> None:
        pause_s = drawn.share * _SLOW_S / 2

        async def trickle(message: Message) -> None:
            body = message.get("body", b"")
            if message["type"] == "http.response.body" and len(body) > 1:
                half = len(body) // 2
                await send({**message, "body": body[:half], "more_body": True})
                await asyncio.sleep(pause_s)
                message = {**message, "body": body[half:]}
            await send(message)

        await asyncio.sleep(pause_s)
        await self._app(scope, receive, trickle)

    async def _duplicate(self, scope: Scope, receive: Receive, send: Send, _drawn: Drawn) -> None:
        body = await _read(receive)
        first = await self._kept(dict(scope), _replay(body, receive))
        await self._app(dict(scope), _replay(body, receive), _nowhere)
        for message in first:
            await send(message)

    async def _instead(self, scope: Scope, receive: Receive, send: Send, drawn: Drawn) -> None:
        """Takes the whole request and answers it without the platform."""
        if drawn.kind == "forget":
            await run_in_threadpool(self._forget, scope)
        await _read(receive, keep=False)
        await _answer(drawn)(scope, receive, send)

    def _forget(self, scope: Scope) -> None:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        session = self._store.session(query.get("upload_id", [""])[0])
        if session is not None:
            self._store.forget_session(session.id)

    async def _kept(self, scope: Scope, receive: Receive) -> list[Message]:
        """The messages of the platform's answer."""
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self._app(scope, receive, keep)
        return kept


def _answer(drawn: Drawn) -> Response:
    if drawn.kind == "html":
        return HTMLResponse(_PAGE)
    if drawn.kind == "daily":
        error, headers = daily_refusal("Queries"), None
    elif drawn.kind == "rate_limit":
        error = RefusedError(429, "rateLimitExceeded", "a fault was asked for: too many requests")
        headers = {"Retry-After": str(drawn.retry_after_s)}
    elif drawn.kind == "forget":
        error, headers = RefusedError(drawn.status, "notFound", "the session is not known"), None
    else:
        error = RefusedError(drawn.status, "backendError", "a fault was asked for: try again")
        headers = None
    return JSONResponse(error.body(), status_code=error.status, headers=headers)


def _length(scope: Scope) -> int:
    """Bytes of the request's body as announced; 0 without."""
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() else 0


async def _read(receive: Receive, keep: bool = True) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if keep:
            body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hands out a body that was read before, then what comes after it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


def _cut(receive: Receive, keep: int) -> Receive:
    """Hands out ``keep`` bytes of the body, then the end of the connection."""
    left = keep

    async def cut() -> Message:
        nonlocal left
        if left <= 0:
            return {"type": "http.disconnect"}
        message = await receive()
        if message["type"] == "http.request":
            body = message.get("body", b"")[:left]
            left -= len(body)
            return {"type": "http.request", "body": body, "more_body": True}
        return message

    return cut


async def _nowhere(_message: Message) -> None:
    """Where an answer goes that nobody gets."""
