"""Who works on a publication, and whether that process is still there.

Belongs here: naming this process so that others can tell, and keeping a lease while it works.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

from ytempire_assets.publishing.publication import Publication, PublicationStore

LEASE_S = 90.0
"""A worker of another machine that was silent for so long is taken for dead."""

_SEPARATOR = "|"


def this_run() -> str:
    """A name for one run in this process that no other run has, at most 200 characters.

    It says machine, process and when that process started: a process on the same machine can see
    whether it is gone, and need not wait until its lease runs out.
    """
    pid = os.getpid()
    parts = (_machine(), str(pid), _started(pid), secrets.token_hex(6))
    return _SEPARATOR.join(parts)[-200:]


def is_gone(owner: str) -> bool:
    """Whether the process of ``owner`` ran on this machine and does not any more."""
    parts = owner.split(_SEPARATOR)
    if len(parts) != 4 or parts[0] != _machine() or not parts[1].isdecimal():
        return False
    return _started(int(parts[1])) != parts[2] if parts[2] else False


def _machine() -> str:
    """This machine and, in containers, this space of process numbers."""
    space = ""
    with contextlib.suppress(OSError):
        space = str(Path("/proc/self/ns/pid").readlink())
    return f"{socket.gethostname()[:80]}{space}"


def _started(pid: int) -> str:
    """Start of a process in clock ticks; empty when it is gone or the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    state, *rest = fields.rpartition(")")[2].split()
    return "" if state in ("Z", "X") else rest[18]


@contextlib.contextmanager
def kept(
    store: PublicationStore, publication: Publication, owner: str, seconds: float = LEASE_S
) -> Iterator[None]:
    """Renews a lease from a thread as long as the block lasts, and gives it back at its end."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(seconds / 3):
            # A store that cannot answer now may at the next turn; the lease lasts for two more.
            with contextlib.suppress(Exception):
                if not store.renew(publication, owner, seconds):
                    return

    keeper = threading.Thread(target=renew, name="lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()
        store.release(publication, owner)
