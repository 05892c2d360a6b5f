"""Files that only their owner can read.

Belongs here: making, writing and reading them with their modes (folder 0700, file 0600). A file
that others can read is refused, not repaired: who may have read it is the owner's to judge. What
stands in the files is ``credentials.py``.
"""

from __future__ import annotations

import json
import os
import shlex
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ytempire_assets.errors import InvalidInputError, StorageError

_LARGEST_BYTES = 64 * 1024


def make_private_folder(folder: Path) -> None:
    """Makes a folder of mode 0700, or says what is wrong with the one that is there.

    Raises:
        InvalidInputError: Others can read it.
        StorageError: It cannot be made.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error
    refuse_open_folder(folder)


def refuse_open_folder(folder: Path) -> None:
    """Refuses a folder that others can read.

    Raises:
        InvalidInputError: They can, or it is no folder; the message has the command that helps.
    """
    try:
        mode = folder.stat().st_mode
    except OSError as error:
        raise InvalidInputError(
            f"the folder {folder} cannot be read ({error.strerror})",
            "correct YTEMPIRE_CREDENTIALS_DIR, or connect the channel",
        ) from error
    if not stat.S_ISDIR(mode):
        raise InvalidInputError(f"{folder} is not a folder", "correct YTEMPIRE_CREDENTIALS_DIR")
    if mode & 0o077:
        raise InvalidInputError(
            f"others can read the folder {folder} (mode {stat.S_IMODE(mode):04o})",
            f"run: chmod 700 {shlex.quote(str(folder))}",
        )


def write_private(path: Path, text: str) -> None:
    """Writes a file of mode 0600 in one step: no crash leaves half of it.

    Raises:
        StorageError: The folder cannot be written or the disk is full.
    """
    try:
        # mkstemp makes the file with mode 0600: at no instant can others read it.
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def read_private_json(path: Path, *, shown: Path, next_step: str) -> Mapping[str, Any]:
    """A JSON object from a file that only its owner can read.

    Args:
        path: The file.
        shown: How messages name it.
        next_step: What helps when the file is missing or holds something else.

    Raises:
        InvalidInputError: It cannot be read, others can read it, or it is no JSON object.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            # Of the open file, not of its name: the name may lead elsewhere a moment later.
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise InvalidInputError(f"{shown} is not a file", next_step)
            if mode & 0o077:
                raise InvalidInputError(
                    f"others can read {shown} (mode {stat.S_IMODE(mode):04o})",
                    f"run: chmod 600 {shlex.quote(str(shown))}",
                )
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise InvalidInputError(f"{shown} cannot be read ({error.strerror})", next_step) from error
    try:
        if len(content) > _LARGEST_BYTES:
            raise ValueError
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None  # the parser's message quotes the content, so it is dropped
    if not isinstance(document, dict):
        raise InvalidInputError(f"{shown} is not a JSON object", next_step)
    return document


def _unwritable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path} cannot be written ({error.strerror})",
        "give this user write access, or set YTEMPIRE_CREDENTIALS_DIR to another folder",
    )
