"""The same cores for everybody: two processes that are compared change places all the time.

The cores of a shared machine are not equally fast, and which one is faster changes by the minute.
Processes that take turns on them meet the same conditions; without it the ratio of two equal
programs was seen between 0.85 and 1.1.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

_EVERY_S = 0.25


@contextlib.contextmanager
def taking_turns() -> Iterator[None]:
    """Inside the block each child of this process moves to the next core four times a second.

    Only on Linux; elsewhere nothing is moved.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    done = threading.Event()
    mover = threading.Thread(target=_move, args=(done,), daemon=True)
    mover.start()
    try:
        yield
    finally:
        done.set()
        mover.join()


def _move(done: threading.Event) -> None:
    cores = sorted(os.sched_getaffinity(0))
    turn = 0
    while not done.wait(_EVERY_S):
        turn += 1
        children = _children()
        for place, pid in enumerate(children):
            # A core each; when there are fewer children than cores, wherever there is room.
            full = len(children) == len(cores)
            wanted = {cores[(place + turn) % len(cores)]} if full else set(cores)
            with contextlib.suppress(OSError):
                for thread in Path(f"/proc/{pid}/task").iterdir():
                    os.sched_setaffinity(int(thread.name), wanted)


def _children() -> list[int]:
    found: list[int] = []
    for thread in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            found += map(int, (thread / "children").read_text(encoding="ascii").split())
    return sorted(found)
