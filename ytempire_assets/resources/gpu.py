"""The GPU's memory, shared by every process of this machine.

Belongs here: who may take how much of the card, in the order in which they asked. Shares are kept
as locked files: the system unlocks those of a process that dies, however it dies. How large each
share is stands in ``placement.py``; what is done with the memory is the caller's business. Nothing
here touches CUDA, so asking for memory never opens a context before a fork.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ytempire_assets.errors import InvalidInputError, TransientError
from ytempire_assets.placement import GpuFile, Share
from ytempire_assets.resources.atomic import explained

logger = logging.getLogger(__name__)

_LOOK_S = 0.2
WAIT_S = 1500.0
"""Longest wait for memory: within a step's half hour, so that the reason is told."""


@dataclass(frozen=True, slots=True)
class _Ticket:
    """One process' claim: its place in the order, GiB, and whether it has them."""

    number: int
    gb: float
    granted: bool


@dataclass(slots=True)
class _Held:
    """A share of this process: its open file, how many use it, and how to let it go."""

    file: int
    path: Path
    users: int
    unload: Callable[[], None]


class GpuMemory:
    """Shares of one card.

    Args:
        folder: Where the claims lie; one for all processes that use the card.
        sizes: How large each share is, and the card where that is set.
        total_gb: Memory of the card; asked of its driver when None.
    """

    def __init__(
        self, folder: Path, sizes: GpuFile | None = None, total_gb: float | None = None
    ) -> None:
        self._folder = folder
        self._sizes = sizes or GpuFile()
        self._total_gb = total_gb or self._sizes.memory_gb
        self._held: dict[Share, _Held] = {}
        self._turn = threading.RLock()
        self._claiming = threading.Lock()

    @contextlib.contextmanager
    def use(
        self,
        share: Share,
        unload: Callable[[], None] = lambda: None,
        wait_s: float = WAIT_S,
    ) -> Iterator[float]:
        """Memory of the card while inside; waits for it, first come, first served.

        A share stays with the process afterwards, so that a model is not loaded anew for every
        call, until somebody else waits or this process asks for another share.

        Args:
            share: Which kind of work.
            unload: Frees the memory when the share is given up.
            wait_s: Longest wait.

        Yields:
            GiB that may be taken.

        Raises:
            InvalidInputError: There is no GPU, or the share is larger than the card.
            TransientError: Others kept the memory for too long.
        """
        gb = self._sizes.share_gb(share)
        total_gb = self._known_total_gb(share)
        if gb > total_gb:
            raise InvalidInputError(
                f"{share} work takes {gb:g} GB of the GPU, which has {total_gb:g}",
                f"set gpu: {share} in YTEMPIRE_PLACEMENT_FILE to less, or use a larger card",
            )
        with self._claiming:  # threads of one process use one share together
            with self._turn:
                held = self._held.get(share)
                if held is not None:
                    held.users += 1
            if held is None:
                held = self._claim(share, gb, total_gb, unload, wait_s)
        try:
            yield gb
        finally:
            with self._turn:
                held.users -= 1
                if not held.users and self._others_wait():
                    self._let_go(share)

    def release(self) -> None:
        """Gives up what is not in use."""
        with self._turn:
            for share in [one for one, held in self._held.items() if not held.users]:
                self._let_go(share)

    def free_gb(self) -> float:
        """Memory that nobody has a share of, GB."""
        with self._order():
            taken = sum(ticket.gb for ticket in self._tickets() if ticket.granted)
        return self._known_total_gb("image") - taken

    def _claim(
        self, share: Share, gb: float, total_gb: float, unload: Callable[[], None], wait_s: float
    ) -> _Held:
        with self._order():
            number = 1 + max((ticket.number for ticket in self._tickets()), default=0)
            file, path = self._write(number, gb)
        until, told = time.monotonic() + wait_s, False
        try:
            while True:
                with self._order():
                    tickets = self._tickets()
                    earlier = [one for one in tickets if one.number < number]
                    taken = sum(one.gb for one in tickets if one.granted)
                    if all(one.granted for one in earlier) and taken + gb <= total_gb:
                        self._grant(file, number, gb)
                        break
                # Who waits holds nothing idle: two that wait for each other would wait for ever.
                self.release()
                if time.monotonic() > until:
                    raise TransientError(
                        f"{gb:g} GB of the GPU for {share} work were not free in {wait_s:g} s: "
                        f"{taken:g} of {total_gb:g} GB are taken by other processes",
                        "look what else uses the card with nvidia-smi, or make the shares smaller "
                        "in YTEMPIRE_PLACEMENT_FILE",
                    )
                if not told:
                    logger.info("waiting for %g GB of the GPU for %s work", gb, share)
                    told = True
                time.sleep(_LOOK_S)  # the files' locks tell who lives; there is no event for it
        except BaseException:
            os.close(file)
            path.unlink(missing_ok=True)
            raise
        held = _Held(file, path, 1, unload)
        with self._turn:
            self._held[share] = held
        return held

    def _let_go(self, share: Share) -> None:
        held = self._held.pop(share)
        held.unload()
        held.path.unlink(missing_ok=True)
        os.close(held.file)

    def _others_wait(self) -> bool:
        with self._order():
            return any(not ticket.granted for ticket in self._tickets())

    @contextlib.contextmanager
    def _order(self) -> Iterator[None]:
        """One process at a time looks at the claims and changes them."""
        with explained(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            file = os.open(self._folder / "order.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def _write(self, number: int, gb: float) -> tuple[int, Path]:
        path = self._folder / f"{number:09d}.claim"
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        fcntl.flock(file, fcntl.LOCK_EX)
        os.pwrite(file, _text(number, gb, granted=False), 0)
        return file, path

    def _grant(self, file: int, number: int, gb: float) -> None:
        os.pwrite(file, _text(number, gb, granted=True), 0)

    def _tickets(self) -> list[_Ticket]:
        """Claims of living processes, in order; those of dead ones are taken away."""
        own = {held.path for held in self._held.values()}
        found = []
        for path in sorted(self._folder.glob("*.claim")):
            try:
                file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            try:
                if path not in own and _unlocked(file):
                    path.unlink(missing_ok=True)
                    continue
                content = json.loads(os.pread(file, 1000, 0))
                found.append(_Ticket(content["number"], content["gb"], content["granted"]))
            except ValueError:
                continue  # claimed this moment: written before the order is given on
            finally:
                os.close(file)
        return found

    def _known_total_gb(self, share: Share) -> float:
        if self._total_gb is None:
            self._total_gb = card_memory_gb()
        if self._total_gb is None:
            raise InvalidInputError(
                f"{share} work is to be done on a GPU, and this machine has none",
                "run it where there is one, or choose an engine that needs none",
            )
        return self._total_gb


def card_memory_gb() -> float | None:
    """Memory of the first NVIDIA card as its driver tells it, GB; None without one."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    try:
        done = subprocess.run(
            [tool, "--query-gpu=memory.total", "--format=csv,noheader,nounits", "--id=0"],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
        return float(done.stdout.split()[0]) / 1024
    except (subprocess.SubprocessError, OSError, ValueError, IndexError):
        return None


def _unlocked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(file, fcntl.LOCK_UN)
    return True


def _text(number: int, gb: float, *, granted: bool) -> bytes:
    return json.dumps({"number": number, "gb": gb, "granted": granted}).encode().ljust(200)
