"""What lake and blobs need of the place where they lie.

Belongs here: the protocol that a folder and a bucket both keep, what a listing says, and asking for
many objects at a time. The two places are ``folder.py`` and ``s3.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from ytempire_assets.errors import StorageError

_AT_A_TIME = 16
"""Requests to a remote place at a time: the round trip is most of the time of a small object."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class DamagedObjectError(StorageError):
    """What came is not what was stored, also when it was fetched again."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One object of a listing.

    Attributes:
        key: Its name, parts divided by ``/``.
        mark: Another one whenever the object was written anew.
    """

    key: str
    mark: str


class ObjectStore(Protocol):
    """Objects by key. Each is whole or not there; one that cannot be asked for is an error.

    Every method raises ``StorageError`` when a person has to do something, and ``TransientError``
    when the place may answer later.
    """

    @property
    def place(self) -> str:
        """A folder or an address, for people."""

    def name(self, key: str) -> str:
        """Path or address of one object, for people."""

    def local(self, key: str) -> Path | None:
        """The object's own file, there or not; None where objects are no files of this machine."""

    def read(self, key: str) -> bytes | None:
        """An object's content, or None when there is none."""

    def write(self, key: str, data: bytes) -> None:
        """Stores ``data``, in place of what was there."""

    def write_file(self, key: str, source: Path) -> None:
        """Stores a file's content; the file stays."""

    def exists(self, key: str) -> bool:
        """Whether there is such an object."""

    def entries(self, folder: str) -> list[Entry]:
        """All objects whose key begins with ``folder/``, in no order; all there are for ``''``."""

    def delete(self, key: str) -> None:
        """Removes an object, if it is there."""


def ask_many(
    objects: ObjectStore, ask: Callable[[Item], Answer], items: Sequence[Item]
) -> list[Answer]:
    """Asks about each item: one after the other in a folder, many at a time where it is far.

    Args:
        objects: Who is asked.
        ask: One question; its error is passed on.
        items: What about.
    """
    if len(items) < 2 or objects.local("") is not None:
        return [ask(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(_AT_A_TIME, len(items)), "storage") as pool:
        return list(pool.map(ask, items))
