"""Keeping figures fresh in the background, so that a scrape waits for nothing.

Belongs here: one thread a source, how often each is read, and what is said of a source that fails:
its figures are left out, the others stay.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import Protocol

from ytempire_assets.errors import YtempireError
from ytempire_assets.monitoring import metrics
from ytempire_assets.monitoring.metrics import Figures

logger = logging.getLogger(__name__)

_SHARE = 20
"""A source is read for a twentieth of the time at most: a large lake is looked at less often."""
_LONGEST_S = 900.0
_STOP_S = 5.0


class Source(Protocol):
    """Something that can be read again and again, by one thread.

    Attributes:
        name: The label of its health.
        every_s: Seconds from one look to the next.
    """

    name: str
    every_s: float

    def read(self) -> Figures:
        """Its figures now; an error when they cannot be known."""

    def close(self) -> None:
        """Lets go of what it holds; called by the thread that read."""


class Watch:
    """Reads one source in a thread from ``start`` to ``stop``."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._ending = threading.Event()
        self._read_once = threading.Event()
        self._thread = threading.Thread(target=self._run, name=source.name, daemon=True)
        self._text: bytes | None = None
        self._read_at = time.monotonic()
        self._took_s = 0.0
        self._said = ""

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; a look that hangs is left behind."""
        self._ending.set()
        self._thread.join(_STOP_S)

    def wait(self, seconds: float) -> bool:
        """Waits until the first look has ended, well or not."""
        return self._read_once.wait(seconds)

    @property
    def pause_s(self) -> float:
        """Seconds from one look to the next."""
        return min(max(self.source.every_s, self._took_s * (_SHARE - 1)), _LONGEST_S)

    def described(self, health: Figures) -> bytes:
        """The newest figures; adds to ``health`` how good they are."""
        text, age_s = self._text, time.monotonic() - self._read_at
        # A look that hangs must not leave old figures standing for ever.
        fresh = text is not None and age_s < 3 * (self.pause_s + self._took_s) + 10
        health.add(metrics.SOURCE_UP, 1 if fresh else 0, self.source.name)
        health.add(metrics.SOURCE_AGE, age_s, self.source.name)
        health.add(metrics.SOURCE_READ, self._took_s, self.source.name)
        return text if text is not None and fresh else b""

    def _run(self) -> None:
        while not self._ending.is_set():
            self.look()
            self._ending.wait(self.pause_s)
        try:
            self.source.close()
        except Exception:  # the process ends anyway
            logger.warning("%s did not end well", self.source.name, exc_info=True)

    def look(self) -> None:
        """Reads the source now."""
        began = time.monotonic()
        try:
            self._text = self.source.read().text()
            problem = ""
        except Exception as error:  # noqa: BLE001 - one source must not take the others with it
            self._text = None
            # The words of other errors may hold an address with its password.
            problem = str(error) if isinstance(error, YtempireError) else type(error).__name__
        self._read_at = time.monotonic()
        self._took_s = self._read_at - began
        if problem and problem != self._said:
            logger.warning("%s cannot be read: %s", self.source.name, problem)
        elif self._said and not problem:
            logger.info("%s can be read again", self.source.name)
        self._said = problem
        self._read_once.set()


class Watches:
    """All sources.

    Args:
        sources: What is read.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self.watches = [Watch(source) for source in sources]

    def __enter__(self) -> Watches:
        for watch in self.watches:
            watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        for watch in self.watches:
            watch.stop()

    def text(self) -> bytes:
        """What a scrape gets."""
        health = Figures()
        parts = [watch.described(health) for watch in self.watches]
        return b"".join([*parts, health.text()])
