"""The blob store: audio, pictures and video under the SHA-256 of their content.

Belongs here: putting bytes and files, finding them again, nothing about what they mean.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from ytempire_assets.errors import StorageError
from ytempire_assets.resources.atomic import explained, write_atomically

_CHUNK_BYTES = 1 << 20


class BlobStore:
    """Content-addressed files in a local folder.

    A blob's name is ``<sha-256>.<suffix>``: the suffix tells people and players what it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes, suffix: str) -> str:
        """Stores ``data`` and returns its name; bytes that are there already are not rewritten.

        Raises:
            StorageError: The folder cannot be written or the disk is full.
        """
        name = f"{hashlib.sha256(data).hexdigest()}.{suffix.lstrip('.')}"
        path = self._place(name)
        if not path.exists():
            write_atomically(path, lambda part: _write(part, data))
        return name

    def put_file(self, source: Path) -> str:
        """Moves a finished file into the store and returns its name.

        Raises:
            StorageError: The file cannot be read, or the folder cannot be written.
        """
        with explained(source):
            digest = _digest(source)
        name = f"{digest}.{source.suffix.lstrip('.')}"
        path = self._place(name)
        if not path.exists():
            write_atomically(path, lambda part: _copy(source, part))
        return name

    def path(self, name: str) -> Path:
        """The file of a blob.

        Raises:
            StorageError: There is no such blob.
        """
        path = self._place(name)
        if not path.is_file():
            raise StorageError(
                f"blob {name} is gone from {self.folder}",
                "materialise the stage that made it again: it is rebuilt from its inputs",
            )
        return path

    def has(self, name: str) -> bool:
        """Whether the blob is there."""
        return self._place(name).is_file()

    def _place(self, name: str) -> Path:
        if "/" in name or "\\" in name or name.startswith("."):
            raise StorageError(f"'{name}' is not a blob's name", "use the name that put returned")
        return self.folder / name[:2] / name


def _write(part: Path, data: bytes) -> None:
    part.write_bytes(data)


def _copy(source: Path, part: Path) -> None:
    shutil.copyfile(source, part)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
