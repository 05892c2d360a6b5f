"""Running the sandbox: in a thread of this process, or until a person stops it.

Belongs here: the two ways to run it, and the port. It listens on this machine only. Importing this
module is free; the server's libraries are loaded when one starts.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.errors import TransientError
from ytempire_assets.loopback import HOST, listen
from ytempire_assets.sandbox.faults import Faults, parse_faults
from ytempire_assets.sandbox.quota import Limits

if TYPE_CHECKING:
    from types import TracebackType


class SandboxServer:
    """A sandbox in a thread of this process, from ``__enter__`` to ``__exit__``.

    Args:
        folder: Its state; shared safely with other servers.
        port: TCP port; 0 takes a free one.
        public_base: Address under which later runs find it; None: its own.
        faults: What goes wrong on request.
        limits: What may be asked per day; None: what YouTube allows.

    Raises:
        InvalidInputError: On entering, when the port is taken.
        StorageError: On entering, when the folder cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        public_base: str | None = None,
        faults: Faults | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.folder = folder
        self.port = port
        self._public_base = public_base
        self._faults = faults or Faults()
        self._limits = limits or Limits()
        self._cleanup = contextlib.ExitStack()

    @property
    def url(self) -> str:
        """Where it answers, for example ``http://127.0.0.1:41234``."""
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> SandboxServer:
        from ytempire_assets.sandbox.embedded import ThreadedServer, configured
        from ytempire_assets.sandbox.store import SandboxStore

        with contextlib.ExitStack() as stack:
            listener = stack.enter_context(listen(self.port))
            self.port = listener.getsockname()[1]
            store = stack.enter_context(contextlib.closing(SandboxStore(self.folder)))
            config = configured(store, self._faults, self._limits, self._public_base)
            server = ThreadedServer(config, listener)
            stack.callback(server.end)
            if not server.begin():
                raise TransientError(
                    f"the sandbox over {self.folder} did not start",
                    "run again; if it stays, start it by hand with: ytempire sandbox serve",
                )
            self._cleanup = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cleanup.close()


def serve(folder: Path, port: int, faults: str = "", limits: Limits | None = None) -> None:
    """Runs a sandbox until Ctrl-C or a termination signal, for the command line.

    Args:
        folder: Its state.
        port: TCP port on this machine.
        faults: What goes wrong on request, as ``parse_faults`` reads it.
        limits: What may be asked per day; None: what YouTube allows.

    Raises:
        InvalidInputError: The port is taken, or a fault is unknown.
        StorageError: The folder cannot be written.
    """
    import uvicorn

    from ytempire_assets.sandbox.embedded import configured
    from ytempire_assets.sandbox.store import SandboxStore

    wanted = parse_faults(faults)
    with listen(port) as listener, contextlib.closing(SandboxStore(folder)) as store:
        server = uvicorn.Server(configured(store, wanted, limits or Limits(), None))
        with contextlib.suppress(KeyboardInterrupt):  # handed on after the connections ended
            server.run(sockets=[listener])
