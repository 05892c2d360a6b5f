"""Breaking a connection on purpose, as a network does.

Belongs here: the one thing that ASGI cannot say, for uvicorn's HTTP protocol.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_ABORT = "sandbox.abort"


class BreakableProtocol(H11Protocol):
    """Hands every request the means to break its own connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base
        """Puts ``transport.abort`` into the scope of every request of this connection."""
        super().connection_made(transport)
        inner: Any = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[_ABORT] = transport.abort
            await inner(scope, receive, send)

        self.app = app


class BrokenConnection(Response):
    """An answer that never comes: the connection is reset instead."""

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        """Breaks it."""
        await abort(scope, receive)


async def abort(scope: Scope, receive: Receive) -> None:
    """Resets the connection and waits until the server has seen it."""
    scope[_ABORT]()
    while (await receive())["type"] != "http.disconnect":
        pass
