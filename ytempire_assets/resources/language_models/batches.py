"""Requests of several threads, answered together.

Belongs here: who leads and who waits. The first thread that finds nobody at work takes what waits,
up to the size of a batch, works it off and hands the results out. What the work is does not matter
here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ytempire_assets.errors import TransientError, YtempireError

Asked = TypeVar("Asked")
Given = TypeVar("Given")

_GATHER_S = 0.02
"""Threads that start together come within this; an answer takes seconds."""


@dataclass(slots=True, eq=False)
class _Ticket(Generic[Asked, Given]):
    asked: Asked
    given: Given | None = None
    error: YtempireError | None = None

    @property
    def settled(self) -> bool:
        return self.given is not None or self.error is not None


class Batches(Generic[Asked, Given]):
    """Collects requests and has them worked off, one batch at a time.

    Args:
        size: Requests that make a full batch, asked anew each time.
        work: Gives a result or an error for each request, in order.
    """

    def __init__(
        self,
        size: Callable[[], int],
        work: Callable[[Sequence[Asked]], Sequence[Given | YtempireError]],
    ) -> None:
        self._size = size
        self._work = work
        self._waiting: list[_Ticket[Asked, Given]] = []
        self._arrived = threading.Condition()
        self._turn = threading.Lock()

    def result(self, asked: Asked) -> Given:
        """What comes of one request; blocks.

        Raises:
            YtempireError: What the work says of this request.
        """
        ticket: _Ticket[Asked, Given] = _Ticket(asked)
        with self._arrived:
            self._waiting.append(ticket)
            self._arrived.notify_all()
        while not ticket.settled:
            with self._turn:
                if not ticket.settled:
                    self._lead()
        if ticket.error is not None:
            raise ticket.error
        assert ticket.given is not None  # noqa: S101  # settled, and not with an error
        return ticket.given

    def _lead(self) -> None:
        size = self._size()
        with self._arrived:
            self._arrived.wait_for(lambda: len(self._waiting) >= size, _GATHER_S)
            batch, self._waiting = self._waiting[:size], self._waiting[size:]
        try:
            results = self._work([ticket.asked for ticket in batch])
            for ticket, result in zip(batch, results, strict=True):
                if isinstance(result, YtempireError):
                    ticket.error = result
                else:
                    ticket.given = result
        finally:
            for ticket in batch:
                if not ticket.settled:  # interrupted: the others must not wait for ever
                    ticket.error = TransientError(
                        "asking the language model was interrupted",
                        "run again: finished work is kept",
                    )
