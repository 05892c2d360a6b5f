"""Local copies of remote files, as many as a limit allows.

Belongs here: which copies there are, which are given up, and that no process loses one that another
has just been told of. Copies are files of immutable content under their name.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ytempire_assets.resources.atomic import explained, write_atomically

logger = logging.getLogger(__name__)

KEPT_S = 12 * 3600.0
"""A copy that was used within this time stays whatever the limit says: somebody may have its path
and open it later. Longer than any stage takes."""
_LOOK_EVERY = 0.05
"""The folder is looked through whenever this part of the limit was added."""
_LEFT = 0.9
"""What is kept of the limit when something has to go, so that not each new copy removes one."""


class LocalCopies:
    """Copies in ``folder``, shared by all processes of this machine.

    The least recently used go first. The time of last use is the file's time of change.

    Args:
        folder: Where they lie.
        limit_bytes: How much they take; exceeded rather than failing work that is under way.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self.folder = folder
        self._limit = limit_bytes
        self._unlooked = limit_bytes  # the first addition looks: others may have filled it

    def find(self, name: str) -> Path | None:
        """A copy that stays for the next hours, or None.

        Raises:
            StorageError: The folder cannot be used.
        """
        path = self._place(name)
        with explained(path):
            if not path.is_file():
                return None
            with self._alone():
                try:
                    os.utime(path)
                except FileNotFoundError:
                    return None  # it went a moment ago
        return path

    def add(self, name: str, fill: Callable[[Path], object]) -> Path:
        """Adds a copy and gives up old ones when they are too many.

        Args:
            name: Its name.
            fill: Writes the content into a file beside; what it raises is passed on and leaves
                nothing.

        Raises:
            StorageError: The folder cannot be written or the disk is full.
        """
        path = self._place(name)

        def write(part: Path) -> None:
            fill(part)
            # Nobody looks at the content again: after a power cut it must be the whole file.
            with part.open("rb") as file:
                os.fsync(file.fileno())

        write_atomically(path, write)
        self._unlooked += path.stat().st_size
        if self._unlooked >= self._limit * _LOOK_EVERY:
            self._unlooked = 0
            self._give_up_old()
        return path

    def drop(self, name: str) -> None:
        """Removes a copy, if it is there."""
        path = self._place(name)
        with explained(path):
            path.unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def _give_up_old(self) -> None:
        now = time.time()
        copies = []
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):
                facts = path.stat()
                copies.append((facts.st_mtime, facts.st_size, path))
        total = sum(size for _, size, _ in copies)
        if total <= self._limit:
            return
        for used, size, path in sorted(copies):
            if total <= self._limit * _LEFT or used > now - KEPT_S:
                break
            with self._alone(), contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime == used:  # else it was asked for meanwhile
                    path.unlink()
                    total -= size
        if total > self._limit:
            logger.warning(
                "%s holds %.1f GB, more than YTEMPIRE_BLOB_CACHE_GB: all of it was used lately",
                self.folder,
                total / 1e9,
            )

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """While it lasts, no other thread or process touches or removes a copy."""
        with (self.folder / ".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
