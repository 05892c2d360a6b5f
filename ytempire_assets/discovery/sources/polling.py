"""Asking many sources at once.

Belongs here: threads, the time that all of them have together, and what a source that fails in a
way nobody thought of costs the others: nothing.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.source import Poll, Source, Validators

GRACE_S = 2.0
"""Seconds after the deadline in which sources hand in what they have."""

_log = logging.getLogger(__name__)


def poll_all(
    sources: Sequence[Source],
    fetcher: Fetcher,
    known: Mapping[str, Validators],
    now: datetime,
    deadline_s: float,
    workers: int,
) -> list[Poll]:
    """Asks every source once.

    Args:
        sources: Whom to ask.
        fetcher: Shared by all, so that it paces all of them.
        known: Validators of earlier polls by address.
        now: UTC.
        deadline_s: Seconds for all of them. After it nothing more is sent, and a source that does
            not come back shortly after is given up.
        workers: How many are asked at a time, at least 1.

    Returns:
        One poll for each source, in order. A source that hung or broke has a failed one.
    """
    round_ = _Round(sources, fetcher.for_seconds(deadline_s), known, now)
    round_.run(deadline_s, max(1, workers))
    return [
        poll if poll is not None else round_.unfinished(number, deadline_s)
        for number, poll in enumerate(round_.polls)
    ]


class _Round:
    def __init__(
        self,
        sources: Sequence[Source],
        fetcher: Fetcher,
        known: Mapping[str, Validators],
        now: datetime,
    ) -> None:
        self.polls: list[Poll | None] = [None] * len(sources)
        self._sources = sources
        self._fetcher = fetcher
        self._known = known
        self._now = now
        self._waiting = deque(range(len(sources)))
        self._begun: dict[int, float] = {}
        self._change = threading.Condition()
        self._over = False

    def run(self, deadline_s: float, workers: int) -> None:
        """Returns when all are done or the time is over."""
        deadline = time.monotonic() + deadline_s
        # A source that takes more than half of the time is given another worker for the others.
        patience_s = deadline_s / 2
        for _ in range(min(workers, len(self._sources))):
            self._hire()
        replaced: set[int] = set()
        with self._change:
            while None in self.polls and (left_s := deadline + GRACE_S - time.monotonic()) > 0:
                self._change.wait(min(left_s, max(patience_s / 10, 0.01)))
                now = time.monotonic()
                for number, began in self._begun.items():
                    late = began < now - patience_s and self.polls[number] is None
                    if late and number not in replaced and self._waiting and now < deadline:
                        replaced.add(number)
                        self._hire()
            self._over = True

    def unfinished(self, number: int, deadline_s: float) -> Poll:
        """The poll of a source that has not come back."""
        source = self._sources[number]
        began = self._begun.get(number)
        if began is None:
            problem = (
                f"it was not asked: the other sources took all of the {deadline_s:g} s. "
                "Next: give the poll more time, or ask fewer sources in one."
            )
            return Poll(source.name, "failed", problems=(problem,))
        seconds = time.monotonic() - began
        problem = (
            f"it did not come back in {seconds:.3g} s and was given up. "
            "Next: leave it out if that happens again."
        )
        return Poll(source.name, "failed", problems=(problem,), seconds=seconds)

    def _hire(self) -> None:
        # A daemon: one that hangs must not keep the process from ending.
        threading.Thread(target=self._work, name="source-poll", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._change:
                if self._over or not self._waiting:
                    return
                number = self._waiting.popleft()
                began = self._begun[number] = time.monotonic()
            source = self._sources[number]
            poll: Poll | None = None
            try:
                poll = source.poll(self._fetcher, self._known, self._now)
            except Exception as error:  # noqa: BLE001 - a mistake in one source costs no other
                poll = _broken(source, error, time.monotonic() - began)
            finally:
                with self._change:
                    if not self._over:
                        self.polls[number] = poll
                    self._change.notify_all()


def _broken(source: Source, error: Exception, seconds: float) -> Poll:
    """The poll of a source that raised; without the error's text, which may hold anything."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
    _log.error("the source %s broke: %s", source.name, place)
    problem = f"it broke ({place}). Next: report that line, which is a mistake of ours."
    return Poll(source.name, "failed", problems=(problem,), seconds=seconds)
