"""Failures that only publishing knows.

Belongs here: errors that another part of publishing reacts to; all of them are of the project's own
kinds.
"""

from __future__ import annotations

from datetime import datetime

from ytempire_assets.errors import PermanentError, QuotaError, TransientError


class ClaimedError(TransientError):
    """The platform's video belongs to another publication already."""


class SpentError(QuotaError):
    """An allowance is used up until a known time.

    Args:
        problem: What is used up.
        next_step: What happens next.
        until: When there is more, UTC.
    """

    def __init__(self, problem: str, next_step: str, until: datetime | None = None) -> None:
        super().__init__(problem, next_step)
        self.until = until


class WithdrawnError(PermanentError):
    """The platform removed or refused the finished video, or a person did it there."""
