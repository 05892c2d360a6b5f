"""uvicorn as a guest of this process: quiet, without signal handlers, quick to start and stop.

Belongs here: what must know uvicorn. ``server.py`` imports it only when a server starts.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence

import uvicorn

from ytempire_assets.sandbox.app import create_app
from ytempire_assets.sandbox.connection import BreakableProtocol
from ytempire_assets.sandbox.faults import Faults
from ytempire_assets.sandbox.quota import Limits
from ytempire_assets.sandbox.store import SandboxStore

_GRACE_S = 2
_KEEP_ALIVE_S = 30
_WAIT_S = 10.0


def configured(
    store: SandboxStore,
    faults: Faults,
    limits: Limits,
    public_base: str | None,
    names: Sequence[str] = (),
) -> uvicorn.Config:
    """How uvicorn runs the sandbox."""
    return uvicorn.Config(
        create_app(store, faults, limits, public_base, names),
        loop="asyncio",
        http=BreakableProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",  # a broken connection is what the sandbox is for, not news
        access_log=False,
        server_header=False,
        date_header=False,  # the application's own follows the sandbox's clock
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )


class ThreadedServer(uvicorn.Server):
    """A server in a thread, which ends when it is told to instead of looking ten times a second."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket) -> None:
        super().__init__(config)
        self._up = threading.Event()
        self._end: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._thread = threading.Thread(
            target=self._serve_until_ended, args=(listener,), name="sandbox", daemon=True
        )

    def begin(self) -> bool:
        """Starts the thread; true once it answers."""
        self._thread.start()
        return self._up.wait(_WAIT_S) and self.started

    def end(self) -> None:
        """Ends connections and thread."""
        if self._end is not None:
            loop, event = self._end
            loop.call_soon_threadsafe(event.set)
        self._thread.join(_WAIT_S)

    async def main_loop(self) -> None:
        """Waits for the end; uvicorn's own loop polls."""
        event = asyncio.Event()
        self._end = (asyncio.get_running_loop(), event)
        self._up.set()
        await event.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answers what was asked and closes; uvicorn's own takes a tenth of a second at least."""
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_GRACE_S)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # lets the connections see their end

    def _serve_until_ended(self, listener: socket.socket) -> None:
        try:
            self.run(sockets=[listener])
        finally:
            self._up.set()  # also when it could not start: ``started`` tells which
