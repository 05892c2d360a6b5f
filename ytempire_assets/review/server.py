"""Running the review desk until a person stops it.

Belongs here: the port and the server; it listens on this machine only.
"""

from __future__ import annotations

import contextlib

from ytempire_assets.loopback import HOST, listen
from ytempire_assets.settings import Settings


def serve(settings: Settings, port: int) -> None:
    """Runs the desk until Ctrl-C or a termination signal.

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
        with contextlib.suppress(KeyboardInterrupt):  # handed on after the connections ended
            uvicorn.Server(config).run(sockets=[listener])


def address(port: int) -> str:
    """Where people open it."""
    return f"http://{HOST}:{port}/"
