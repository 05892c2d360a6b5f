"""Answering scrapes until a person or the cluster stops it.

Belongs here: the two pages, the port, and which sources there are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ytempire_assets.loopback import HOST, listen
from ytempire_assets.monitoring.watching import Source, Watches
from ytempire_assets.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@contextlib.contextmanager
def watched(settings: Settings) -> Iterator[Watches]:
    """Every source of the settings, read in the background.

    Raises:
        InvalidInputError: The settings of the storage contradict each other.
    """
    from ytempire_assets.monitoring.instance_figures import InstanceFigures
    from ytempire_assets.monitoring.lake_figures import LakeFigures
    from ytempire_assets.monitoring.ledger_figures import LedgerFigures
    from ytempire_assets.monitoring.machine_figures import DiskFigures, ModelServerFigures
    from ytempire_assets.resources.lake_tables import LakeTables

    lake = LakeFigures(LakeTables.of(settings), settings.home / "cache" / "metrics.parquet")
    sources: tuple[Source, ...] = (
        lake,
        LedgerFigures(settings),
        InstanceFigures(settings),
        DiskFigures(settings),
        ModelServerFigures(settings),
    )
    with Watches(sources) as watches:
        yield watches


def create_app(watches: Watches) -> Starlette:
    """The pages ``/metrics`` and ``/healthz``, under any host name, for GET only."""
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse, Response
    from starlette.routing import Route

    async def figures(_request: Request) -> Response:
        return Response(watches.text(), media_type=CONTENT_TYPE)

    async def health(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    return Starlette(
        routes=[
            Route("/metrics", figures, methods=["GET"]),
            Route("/healthz", health, methods=["GET"]),
        ]
    )


def serve(settings: Settings, port: int, host: str, say: Callable[[str], None]) -> None:
    """Serves the figures until Ctrl-C or a termination signal.

    Args:
        settings: Where lake, ledger and instance are.
        port: TCP port.
        host: IPv4 address to listen on; whoever reaches it can read the figures.
        say: Gets the address, once the port is open.

    Raises:
        InvalidInputError: The port is taken, or the settings contradict each other.
    """
    import uvicorn

    with listen(port, host) as listener, watched(settings) as watches:
        config = uvicorn.Config(
            create_app(watches),
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
        )
        shown = HOST if host == "0.0.0.0" else host  # noqa: S104 - compared, not opened
        say(f"http://{shown}:{listener.getsockname()[1]}/metrics")
        with contextlib.suppress(KeyboardInterrupt):  # handed on after the connections ended
            uvicorn.Server(config).run(sockets=[listener])
