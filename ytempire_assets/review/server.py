"""Running the review desk until a person stops it.

Belongs here: the port and the server; it listens on this machine only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from ytempire_assets.loopback import HOST, listen
from ytempire_assets.settings import Settings


def serve(settings: Settings, port: int, say: Callable[[str], None]) -> None:
    """Runs the desk until Ctrl-C or a termination signal.

    Args:
        settings: Where ledger, lake and blobs are.
        port: TCP port on this machine.
        say: Gets the address, once the port is open.

    Raises:
        InvalidInputError: The port is taken.
    """
    import uvicorn

    from ytempire_assets.review.app import create_app
    from ytempire_assets.review.desk import Desk

    with listen(port) as listener:
        config = uvicorn.Config(
            create_app(Desk(settings)),
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
        )
        say(f"http://{HOST}:{port}/")
        with contextlib.suppress(KeyboardInterrupt):  # handed on after the connections ended
            uvicorn.Server(config).run(sockets=[listener])
