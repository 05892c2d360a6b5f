"""Backing the state up into a folder, and putting it back.

Belongs here: what lies in the home folder. A Postgres is backed up with its own tools, a bucket by
its versions: ``docs/operating.md`` says how. Tokens are left out: they are secrets, and given anew
by connecting the channels.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError, StorageError
from ytempire_assets.resources.atomic import explained, link_or_copy

if TYPE_CHECKING:
    from ytempire_assets.settings import Settings

_MANIFEST = "backup.json"
_FORMAT = 1
_FOLDERS = ("dagster", "sandbox", "lake", "blobs")
"""In the order in which they are read: rows name blobs, so the blobs come last."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What was backed up or put back.

    Attributes:
        folder: Where.
        files: How many.
        size_bytes: Of all of them.
        elsewhere: What does not lie in the home folder, in words.
    """

    folder: Path
    files: int
    size_bytes: int
    elsewhere: tuple[str, ...]


def back_up(settings: Settings, folder: Path) -> Backup:
    """Copies the home folder's state into a new folder; everything may go on meanwhile.

    Databases are copied by SQLite's own backup, so each is whole. What is published between the
    copy of the ledger and a crash is found again on the platform by its content.

    Raises:
        InvalidInputError: The folder is there already and not empty.
        StorageError: It cannot be written; it is left for a look, without its manifest.
    """
    if folder.exists() and any(folder.iterdir()):
        raise InvalidInputError(f"{folder} is not empty", "name a folder that is not there yet")
    files, size = 0, 0
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for source in _state(settings.home):
            target = folder / source.relative_to(settings.home)
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # replaced since it was listed
                _copy(source, target)
                files, size = files + 1, size + target.stat().st_size
        manifest = {"format": _FORMAT, "made_at": datetime.now(UTC).isoformat(), "files": files}
        (folder / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    return Backup(folder, files, size, _elsewhere(settings))


def restore(settings: Settings, folder: Path) -> Backup:
    """Puts a backup into the home folder, which must be empty.

    Raises:
        InvalidInputError: The folder holds no whole backup, or the home folder is in use.
        StorageError: The home folder cannot be written.
    """
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        known, expected = manifest["format"] == _FORMAT, int(manifest["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(
            f"{folder} holds no whole backup", "name a folder that ytempire backup made"
        ) from error
    if not known:
        raise InvalidInputError(
            f"{folder} is a backup of a newer version", "install the newest ytempire-assets"
        )
    if settings.home.exists() and any(settings.home.iterdir()):
        raise InvalidInputError(
            f"{settings.home} is not empty",
            "move it away first, or set YTEMPIRE_HOME to a new folder",
        )
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found.remove(folder / _MANIFEST)
    if len(found) != expected:
        raise StorageError(
            f"{folder} has {len(found)} files of {expected}", "take another backup: this one lost"
        )
    size = 0
    with explained(settings.home):
        for source in found:
            target = settings.home / source.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
            size += target.stat().st_size
    return Backup(settings.home, len(found), size, _elsewhere(settings))


def _state(home: Path) -> Iterator[Path]:
    """Every file of the state, databases first."""
    if (home / "ledger.db").is_file():
        yield home / "ledger.db"
    for name in _FOLDERS:
        for path in sorted((home / name).rglob("*")):
            # A database's -wal and -shm belong to the running one; half-written files to nobody.
            half = path.name.startswith(".part-") or path.name.endswith(("-wal", "-shm"))
            if path.is_file() and not path.is_symlink() and not half:
                yield path


def _copy(source: Path, target: Path) -> None:
    if source.suffix == ".db":
        with (
            contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as live,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            live.backup(copy)
    elif "blobs" in source.parts and source.suffix != ".json":
        link_or_copy(source, target)  # never changed once written: a link costs no space
    else:
        shutil.copy2(source, target)


def _elsewhere(settings: Settings) -> tuple[str, ...]:
    found = []
    if settings.postgres is not None or settings.ledger is not None:
        found.append("the databases on a server: back them up with pg_dump")
    if settings.storage is not None:
        found.append(f"{settings.storage}: keep its versions, or copy the bucket")
    if settings.tokens_dir.is_dir() and any(settings.tokens_dir.iterdir()):
        found.append("channels' tokens: connect the channels anew after a loss")
    return tuple(found)
