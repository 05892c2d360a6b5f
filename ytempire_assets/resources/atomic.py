"""Writing a file so that nobody ever reads half of it.

Belongs here: write beside, flush, rename; and what the operating system's refusals mean to people.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from ytempire_assets.errors import StorageError

PART = ".part-"
"""How the names of files begin that are only being written."""
_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space, then run again: finished work is kept"),
    errno.EDQUOT: ("the disk quota is used up", "free some space, then run again"),
    errno.EROFS: (
        "the file system is read-only",
        "set YTEMPIRE_HOME to a folder that can be written",
    ),
    errno.EACCES: (
        "writing is not permitted",
        "give this user write access, or set YTEMPIRE_HOME to another folder",
    ),
    errno.EPERM: (
        "writing is not permitted",
        "give this user write access, or set YTEMPIRE_HOME to another folder",
    ),
    errno.ENOTDIR: (
        "a file stands where a folder is needed",
        "move that file away, or set YTEMPIRE_HOME to another folder",
    ),
}


def storage_error(path: Path, error: OSError) -> StorageError:
    """Says in words why ``path`` could not be written, and what to do."""
    reason, next_step = _REASONS.get(
        error.errno or 0, (error.strerror or str(error), "check the path and its file system")
    )
    return StorageError(f"{path}: {reason}", next_step)


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns an ``OSError`` about ``path`` into a ``StorageError``."""
    try:
        yield
    except OSError as error:
        raise storage_error(path, error) from error


def link_or_copy(source: Path, place: Path) -> None:
    """Puts ``source`` at ``place``; a hard link costs no space, a copy serves where there is none.

    Raises:
        OSError: ``place`` cannot be written.
    """
    place.unlink(missing_ok=True)
    try:
        place.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, place)


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Lets ``write`` fill a file beside ``path``, then renames it into place.

    A crash or an interrupt at any instant leaves either the old file or the new one, and no other.

    Raises:
        StorageError: The folder cannot be written or the disk is full.
    """
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=PART, suffix=path.suffix)
        os.close(handle)
        part = Path(name)
        try:
            part.chmod(0o644)
            write(part)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
