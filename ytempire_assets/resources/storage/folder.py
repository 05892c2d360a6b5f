"""Objects as files of a folder.

Belongs here: a key is a path below the folder; files are written beside and renamed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from ytempire_assets.resources.atomic import PART, explained, write_atomically
from ytempire_assets.resources.storage.objects import Entry


class FolderObjects:
    """The files below ``folder``; it is made when the first one is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        """The folder."""
        return str(self._folder)

    def name(self, key: str) -> str:
        """The file's path."""
        return str(self._folder / key)

    def local(self, key: str) -> Path | None:
        """The object's file, there or not."""
        return self._folder / key

    def read(self, key: str) -> bytes | None:
        """A file's content, or None when there is none.

        Raises:
            StorageError: It is there, but cannot be read.
        """
        path = self._folder / key
        with explained(path):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None

    def write(self, key: str, data: bytes) -> None:
        """Writes a file beside its place and renames it.

        Raises:
            StorageError: The folder cannot be written or the disk is full.
        """
        write_atomically(self._folder / key, lambda part: _write(part, data))

    def write_file(self, key: str, source: Path) -> None:
        """Copies a file beside the place and renames the copy.

        Raises:
            StorageError: The folder cannot be written or the disk is full.
        """
        write_atomically(self._folder / key, lambda part: _copy(source, part))

    def exists(self, key: str) -> bool:
        """Whether there is such a file."""
        return (self._folder / key).is_file()

    def entries(self, folder: str) -> list[Entry]:
        """All files below ``folder``; what is only being written is not among them.

        Raises:
            StorageError: A folder cannot be read.
        """
        found: list[Entry] = []
        pending = [folder]
        while pending:
            inside = pending.pop()
            for file in self._files(inside):
                key = f"{inside}/{file.name}" if inside else file.name
                if file.is_dir():
                    pending.append(key)
                elif not file.name.startswith(PART):
                    with contextlib.suppress(FileNotFoundError):  # removed while we looked
                        found.append(Entry(key, str(file.stat().st_mtime_ns)))
        return found

    def delete(self, key: str) -> None:
        """Removes a file, if it is there.

        Raises:
            StorageError: The folder cannot be written.
        """
        path = self._folder / key
        with explained(path):
            path.unlink(missing_ok=True)

    def _files(self, inside: str) -> list[os.DirEntry[str]]:
        path = self._folder / inside
        with explained(path):
            try:
                with os.scandir(path) as files:
                    return list(files)
            except FileNotFoundError:
                return []  # never made


def _write(part: Path, data: bytes) -> None:
    part.write_bytes(data)


def _copy(source: Path, part: Path) -> None:
    shutil.copyfile(source, part)
