"""The command line's part about monitoring.

Belongs here: the commands under ``ytempire metrics``. What is measured is in ``monitoring/``.
"""

from __future__ import annotations

import logging
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from ytempire_assets.log_lines import logs_json_lines, write_json_lines

metrics_app = typer.Typer(help="Figures for Prometheus.", no_args_is_help=True)
_out = Console(highlight=False)


@metrics_app.callback()
def _group() -> None:
    """Keeps ``serve`` a command of its own while it is the only one."""


@metrics_app.command("serve")
def metrics_serve(
    port: Annotated[int, typer.Option(help="Port; 0 takes the setting's.", min=0, max=65535)] = 0,
    host: Annotated[
        str,
        typer.Option(help="Address. WARNING: with another, others can read your figures."),
    ] = "127.0.0.1",
) -> None:
    """Serves the metrics of lake, ledger and instance at /metrics until it is stopped."""
    from ytempire_assets.monitoring.server import serve
    from ytempire_assets.settings import load_settings

    settings = load_settings()
    if settings.log_format == "json":
        write_json_lines()
    serve(settings, port or settings.metrics_port, host, _say)


def _say(address: str) -> None:
    if logs_json_lines():
        logging.getLogger(__name__).info("metrics are at %s", address)
    else:
        _out.print(Text(f"Metrics are at {address} (Ctrl-C ends it)."), soft_wrap=True)
