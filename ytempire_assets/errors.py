"""The kinds of failure that the whole project tells apart.

Every error says what went wrong and what to do next. The kind decides what happens to it: a
transient one is tried again, a permanent one fails its row, a quota one waits for the next day.
Only these classes belong here; an error that needs data of its own subclasses one of them where it
is raised.
"""

from __future__ import annotations


class YtempireError(Exception):
    """Base of every error that the project raises on purpose.

    Args:
        problem: What is wrong, naming the file, field, setting or video.
        next_step: What the person can do about it, as an instruction.
    """

    kind = "permanent"

    def __init__(self, problem: str, next_step: str) -> None:
        self.problem = problem.rstrip(". ")
        self.next_step = next_step.rstrip(". ")
        super().__init__(f"{self.problem}. Next: {self.next_step}.")

    def __reduce__(self) -> tuple[type[YtempireError], tuple[str, str]]:
        return type(self), (self.problem, self.next_step)


class PermanentError(YtempireError):
    """Trying again with the same input gives the same failure."""

    kind = "permanent"


class TransientError(YtempireError):
    """The same request may pass later: a server is down, an answer was lost."""

    kind = "transient"


class QuotaError(YtempireError):
    """A daily allowance is used up; the work waits for the next quota day."""

    kind = "quota"


class InvalidInputError(PermanentError):
    """A file, field or argument from a person is not usable as it is."""


class StorageError(PermanentError):
    """A store cannot be read or written: disk full, read-only, damaged file."""
