"""The blob store: audio, pictures and video under the SHA-256 of their content.

Belongs here: putting bytes and files, finding them again, nothing about what they mean.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ytempire_assets.errors import StorageError
from ytempire_assets.resources.atomic import explained
from ytempire_assets.resources.storage.copies import LocalCopies
from ytempire_assets.resources.storage.objects import DamagedObjectError, ObjectStore, ask_many
from ytempire_assets.resources.storage.opening import as_objects, bucket
from ytempire_assets.settings import Settings

_CHUNK_BYTES = 1 << 20
_BELIEVED_S = 600.0
"""That a blob is there is believed for so long: blobs go only when a person removes them."""

Fetch = Callable[[str, Path], bool]
logger = logging.getLogger(__name__)


class BlobStore:
    """Content-addressed files.

    A blob's name is ``<sha-256>.<suffix>``: the suffix tells people and players what it is.

    Args:
        place: A folder, or where else they lie.
        remote: For a place whose objects are no files of this machine: local copies of them, and
            what copies an object into a file and says whether there was one.
    """

    def __init__(
        self, place: Path | ObjectStore, remote: tuple[LocalCopies, Fetch] | None = None
    ) -> None:
        self.objects = as_objects(place)
        self._remote = remote
        self._seen: dict[str, float] = {}

    @classmethod
    def of(cls, settings: Settings) -> BlobStore:
        """The blobs that the settings name."""
        far = bucket(settings, "blobs")
        if far is None:
            return cls(settings.blobs_dir)
        limit_bytes = int(settings.blob_cache_gb * 1e9)
        return cls(far, (LocalCopies(settings.blob_copies_dir, limit_bytes), far.fetch))

    def put(self, data: bytes, suffix: str) -> str:
        """Stores ``data`` and returns its name; bytes that are there already are not rewritten.

        Raises:
            StorageError: The place cannot be written or the disk is full.
            TransientError: The place does not answer.
        """
        name = f"{hashlib.sha256(data).hexdigest()}.{suffix.lstrip('.')}"
        if not self.has(name):
            self.objects.write(_key(name), data)
            self._stored(name, lambda part: part.write_bytes(data))
        return name

    def put_file(self, source: Path) -> str:
        """Copies a finished file into the store and returns its name.

        Raises:
            StorageError: The file cannot be read, or the place cannot be written.
            TransientError: The place does not answer.
        """
        with explained(source):
            digest = _digest(source)
        name = f"{digest}.{source.suffix.lstrip('.')}"
        if not self.has(name):
            self.objects.write_file(_key(name), source)
            self._stored(name, lambda part: shutil.copyfile(source, part))
        return name

    def path(self, name: str) -> Path:
        """The file of a blob; of a remote one, a local copy that stays for hours.

        Raises:
            StorageError: There is no such blob, or the disk is full.
            TransientError: The place does not answer.
        """
        key = _key(name)
        if self._remote is None:
            path = self.objects.local(key)
            if path is None or not path.is_file():
                raise self._gone(name)
            return path
        copies, fetch = self._remote
        found = copies.find(name)
        if found is not None:
            return found

        def fill(part: Path) -> None:
            if not fetch(key, part):
                self._seen.pop(name, None)
                raise self._gone(name)
            if _digest(part) != name.partition(".")[0]:
                raise DamagedObjectError(
                    f"{self.objects.name(key)} is damaged: its content is not what its name says",
                    "delete the object and materialise the stage that made it again",
                )

        with contextlib.suppress(DamagedObjectError):  # on its way, perhaps
            return copies.add(name, fill)
        return copies.add(name, fill)

    def has(self, name: str) -> bool:
        """Whether the blob is there.

        Raises:
            TransientError: The place does not answer: that is not known then.
        """
        key = _key(name)
        if self._remote is None:
            return self.objects.exists(key)
        if time.monotonic() - self._seen.get(name, -_BELIEVED_S) < _BELIEVED_S:
            return True
        there = self.objects.exists(key)
        if there:
            self._seen[name] = time.monotonic()
        return there

    def has_all(self, names: Sequence[str]) -> bool:
        """Whether all of them are there."""
        return all(ask_many(self.objects, self.has, names))

    def _stored(self, name: str, fill: Callable[[Path], object]) -> None:
        """Keeps a local copy of what was just stored: the next stage wants it."""
        if self._remote is None:
            return
        self._seen[name] = time.monotonic()
        copies, _ = self._remote
        try:
            copies.add(name, fill)
        except StorageError as error:
            # What counts is stored; who needs the file will fetch it, or hear the same error.
            logger.warning("no local copy of %s: %s", name, error)

    def _gone(self, name: str) -> StorageError:
        return StorageError(
            f"blob {name} is gone from {self.objects.place}",
            "materialise the stage that made it again: it is rebuilt from its inputs",
        )


def _key(name: str) -> str:
    if "/" in name or "\\" in name or name.startswith("."):
        raise StorageError(f"'{name}' is not a blob's name", "use the name that put returned")
    return f"{name[:2]}/{name}"


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
