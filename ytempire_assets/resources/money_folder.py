"""The folder in which people keep what came in.

Belongs here: reading it for the graph, and adding an entry so that no reader ever sees half of one
and no two writers lose each other's. What its files may say is in ``insights/books.py``.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import yaml

from ytempire_assets.errors import InvalidInputError, StorageError
from ytempire_assets.insights.books import Books, read_books
from ytempire_assets.insights.money_entries import (
    FILE,
    EntriesFile,
    EntrySpec,
    read_entries,
    read_spec,
    written,
)
from ytempire_assets.partitions import FIRST_DAY
from ytempire_assets.resources.atomic import explained, write_atomically
from ytempire_assets.yaml_files import read_yaml_model

_HEADER = "# What came in and no export tells; docs/money.md says what stands here.\nentries:\n"


class MoneyFolder:
    """Reads the folder anew each time.

    Args:
        folder: With ``entries.yaml``, ``rates.csv`` and ``affiliate/``; may be missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self) -> Books:
        """What all files say."""
        return read_books(self.folder, FIRST_DAY)

    def add(self, spec: EntrySpec) -> Path:
        """Adds an entry to ``entries.yaml``; comments and the entries before stay as they are.

        Returns:
            The file.

        Raises:
            InvalidInputError: The file cannot be read as it is, or has the entry's id already.
            StorageError: It cannot be written; it stays as it was.
        """
        path = self.folder / FILE
        with self._alone():
            before: list[object] = []
            text = _HEADER
            if path.exists():
                before = read_yaml_model(path, EntriesFile).entries
                text = path.read_text(encoding="utf-8")
            known = {entry.entry_id for entry in read_entries(self.folder)[0]}
            if spec.id and f"entries:{spec.id}" in known:
                raise InvalidInputError(
                    f"{path} has an entry with the id '{spec.id}' already",
                    "leave it, or give another id",
                )
            added = _added(text, spec)

            def write(part: Path) -> None:
                part.write_text(added, encoding="utf-8")
                after = read_yaml_model(part, EntriesFile).entries
                if after[:-1] != before or read_spec(after[-1]) != spec:
                    raise StorageError(
                        f"{path} is written in a way that cannot be added to",
                        "write its entries one below the other, each after '- '",
                    )
                with part.open("rb") as file:
                    os.fsync(file.fileno())

            write_atomically(path, write)
        return path

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time, on this machine."""
        place = self.folder / ".entries.lock"
        with explained(place):
            self.folder.mkdir(parents=True, exist_ok=True)
            file = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)


def _added(text: str, spec: EntrySpec) -> str:
    """The file's text with one more entry at its end, as far in as those before it."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    indent, kept = 2, text
    if isinstance(root, yaml.MappingNode) and root.value:
        items = root.value[0][1]
        if isinstance(items, yaml.SequenceNode) and items.value and not items.flow_style:
            indent = items.start_mark.column
        elif not getattr(items, "value", None):
            kept = text[: items.start_mark.index] + text[items.end_mark.index :]
    return f"{kept.rstrip()}\n{written(spec, indent)}"
