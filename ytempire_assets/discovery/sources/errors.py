"""Failures of asking a source, each named by what it means for the next try.

Belongs here: the errors that adapters tell apart. All of them are of the project's own kinds, name
a host and never an address: a query may hold somebody's token.
"""

from __future__ import annotations

from datetime import datetime

from ytempire_assets.errors import PermanentError, TransientError


class NoAnswerError(TransientError):
    """Nothing usable came: no connection, silence, or an answer that broke off.

    Args:
        problem: What happened.
        next_step: What to do.
        sent: Whether the request may have arrived.
    """

    def __init__(self, problem: str, next_step: str, *, sent: bool = True) -> None:
        super().__init__(problem, next_step)
        self.sent = sent


class BusyError(TransientError):
    """The server answered that it cannot serve the request now.

    Args:
        problem: What it answered.
        next_step: What to do.
        asked_wait_s: Seconds it asks to be left alone; 0 where it names none.
        until: The same as a time, UTC.
    """

    def __init__(
        self,
        problem: str,
        next_step: str,
        asked_wait_s: float = 0.0,
        until: datetime | None = None,
    ) -> None:
        super().__init__(problem, next_step)
        self.asked_wait_s = asked_wait_s
        self.until = until


class OutOfTimeError(TransientError):
    """The time for this poll is over; nothing more is sent."""


class RefusedError(PermanentError):
    """The server does not serve this request, and waiting does not cure that.

    Args:
        problem: What it answered.
        next_step: What to do.
        status: HTTP status; 0 where the request was not sent.
    """

    def __init__(self, problem: str, next_step: str, status: int = 0) -> None:
        super().__init__(problem, next_step)
        self.status = status


class UntrustedError(PermanentError):
    """The server cannot prove that it is the one that was asked for."""


class UnreadableError(PermanentError):
    """An answer came that is not what the source gives: too large, damaged, another format."""
