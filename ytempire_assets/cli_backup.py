"""Commands for backups: ``ytempire backup`` and ``ytempire restore``.

Belongs here: their arguments and what they print. What is copied is in ``backups.py``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from ytempire_assets.backups import Backup

_out = Console(highlight=False)


def backup(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
) -> None:
    """Copies ledger, lake, blobs and Dagster's instance into a folder."""
    from ytempire_assets.backups import back_up
    from ytempire_assets.settings import load_settings

    _say("backed up into", back_up(load_settings(), folder.absolute()))


def restore(
    folder: Annotated[Path, typer.Argument(help="A folder that ytempire backup made.")],
) -> None:
    """Puts a backup into an empty home folder."""
    from ytempire_assets.backups import restore as put_back
    from ytempire_assets.settings import load_settings

    _say("put back into", put_back(load_settings(), folder.absolute()))


def _say(what: str, done: Backup) -> None:
    megabytes = done.size_bytes / 1e6
    _out.print(Text(f"{done.files} files, {megabytes:.1f} MB {what} {done.folder}"))
    for line in done.elsewhere:
        _out.print(Text(f"not in it: {line}"))
