"""Local copies keep to their limit, and none is lost that somebody was just told of."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ytempire_assets.errors import StorageError
from ytempire_assets.resources.storage.copies import KEPT_S, LocalCopies


def filled(size: int) -> Callable[[Path], object]:
    return lambda part: part.write_bytes(b"x" * size)


def aged(path: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(path, (then, then))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*/*")}


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    copies = LocalCopies(tmp_path, 1000)
    for number in range(10):
        aged(copies.add(f"a{number}", filled(100)), hours=40 - number)
    assert copies.find("a0") is not None  # used again: it stays
    copies.add("new", filled(100))
    assert names(tmp_path) == {"a0", *(f"a{number}" for number in range(3, 10)), "new"}


def test_what_was_used_lately_stays_whatever_the_limit_says(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copies = LocalCopies(tmp_path, 100)
    paths = [copies.add(f"a{number}", filled(100)) for number in range(5)]
    assert all(path.is_file() for path in paths)
    assert "YTEMPIRE_BLOB_CACHE_GB" in caplog.text


def test_what_was_only_begun_goes_too(tmp_path: Path) -> None:
    copies = LocalCopies(tmp_path, 100)
    begun = tmp_path / "ab" / ".part-x.mp4"
    begun.parent.mkdir()
    begun.write_bytes(b"x" * 100)
    aged(begun, hours=KEPT_S / 3600 + 1)
    copies.add("new", filled(50))
    assert not begun.exists()


def test_failed_copy_leaves_nothing(tmp_path: Path) -> None:
    def fill(part: Path) -> None:
        part.write_bytes(b"half")
        raise StorageError("it is gone", "make it again")

    with pytest.raises(StorageError, match="it is gone"):
        LocalCopies(tmp_path, 100).add("a", fill)
    assert names(tmp_path) == set()


def test_an_open_file_stays_readable_when_its_copy_goes(tmp_path: Path) -> None:
    copies = LocalCopies(tmp_path, 100)
    old = copies.add("old", filled(100))
    with old.open("rb") as file:
        aged(old, hours=24)
        copies.add("new", filled(100))
        assert not old.exists()
        assert file.read() == b"x" * 100


def test_processes_share_the_folder_and_lose_nothing_that_was_asked_for(tmp_path: Path) -> None:
    """One process makes room without end while another asks for old copies and opens them late."""
    program = """
import os, sys, time
from pathlib import Path
from ytempire_assets.resources.storage.copies import LocalCopies
copies, then = LocalCopies(Path(sys.argv[1]), 1000), time.time() - 10**6
print("ready", flush=True)
for number in range(10**9):
    path = copies.add(f"fill{number % 50}", lambda part: part.write_bytes(b"y" * 100))
    os.utime(path, (then, then))
"""
    copies, then = LocalCopies(tmp_path, 10**9), time.time() - 10**6
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        found: list[Path] = []
        for number in range(300):
            old = copies.add(f"old{number}", filled(100))
            os.utime(old, (then, then))
            path = copies.find(f"old{number}")
            if path is not None:
                found.append(path)
        assert found
        assert all(path.read_bytes() == b"x" * 100 for path in found)
    finally:
        process.kill()
        process.communicate()
