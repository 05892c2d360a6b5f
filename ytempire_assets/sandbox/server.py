"""Running the sandbox: in a thread of this process, or until a person stops it.

Belongs here: the two ways to run it, and the port. It listens on this machine only, unless a person
names another address. Importing this module is free; the server's libraries are loaded when one
starts.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError, TransientError
from ytempire_assets.loopback import HOST, listen
from ytempire_assets.sandbox.faults import Faults, parse_faults
from ytempire_assets.sandbox.quota import Limits

if TYPE_CHECKING:
    from types import TracebackType

# A DNS name without wildcards: "*" would let a page of the internet in by any name.
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


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


def serve(
    folder: Path,
    port: int,
    faults: str = "",
    limits: Limits | None = None,
    host: str = HOST,
    names: Sequence[str] = (),
) -> None:
    """Runs a sandbox until Ctrl-C or a termination signal, for the command line.

    Args:
        folder: Its state.
        port: TCP port.
        faults: What goes wrong on request, as ``parse_faults`` reads it.
        limits: What may be asked per day; None: what YouTube allows.
        host: Address to listen on. Whoever reaches another than this machine's own may do
            everything: the sandbox knows no passwords.
        names: Host names under which it is asked besides 127.0.0.1 and localhost.

    Raises:
        InvalidInputError: The port is taken, a fault is unknown, or a name is missing or none.
        StorageError: The folder cannot be written.
    """
    import uvicorn

    from ytempire_assets.sandbox.embedded import configured
    from ytempire_assets.sandbox.store import SandboxStore

    wanted = parse_faults(faults)
    _check_names(host, names)
    with listen(port, host) as listener, contextlib.closing(SandboxStore(folder)) as store:
        server = uvicorn.Server(configured(store, wanted, limits or Limits(), None, names))
        with contextlib.suppress(KeyboardInterrupt):  # handed on after the connections ended
            server.run(sockets=[listener])


def _check_names(host: str, names: Sequence[str]) -> None:
    for name in names:
        if not _NAME.fullmatch(name):
            raise InvalidInputError(
                f"--name {name!r} is not a host name",
                "give a plain name in small letters, for example that of its Service",
            )
    if host != HOST and not names:
        raise InvalidInputError(
            f"--host {host} needs the name under which others ask, or they are turned away",
            "add it, for example --name ytempire-sandbox",
        )
