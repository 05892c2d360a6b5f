"""One service of several: how many requests it has, whether it is in rotation, how long it rests.

Belongs here: the state of an endpoint and how failures and successes change it. Its pool holds a
lock around every call; nothing here waits or sends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ytempire_assets.resources.language_models.chat import Dialect

if TYPE_CHECKING:
    from ytempire_assets.errors import YtempireError
    from ytempire_assets.resources.language_models.exchange import Exchange, Line

TRIP_AFTER = 3
"""Failures in a row that take an endpoint out of rotation: fewer would do it for one lost
packet."""

LONGEST_REST_S = 60.0


@dataclass(slots=True, eq=False)
class Endpoint:
    """A service and how it does.

    Attributes:
        label: Host and port, for people.
        line: The connections to it.
        slots: Requests at a time.
        first_rest_s: Seconds out of rotation after it failed; doubles with every trial that fails.
        dialect: What it takes.
        state: ``in`` rotation, ``out`` of it, or on ``trial`` with one request.
        under_way: Requests that it has.
        paused_until: It asked for patience; seconds of the monotonic clock.
        last_failure: Why it failed last.
    """

    label: str
    line: Line
    slots: int
    first_rest_s: float
    dialect: Dialect = field(default_factory=Dialect)
    state: Literal["in", "out", "trial"] = "in"
    under_way: set[Exchange] = field(default_factory=set)
    in_use: int = 0
    paused_until: float = 0.0
    last_failure: YtempireError | None = None
    rest_s: float = 0.0
    _failures: int = 0
    _pauses: int = 0

    @property
    def in_rotation(self) -> bool:
        """Whether requests may wait for it."""
        return self.state != "out"

    def free(self, now: float) -> bool:
        """Whether it takes a request at this moment."""
        slots = 1 if self.state == "trial" else self.slots
        return self.in_rotation and self.in_use < slots and self.paused_until <= now

    def answered(self) -> None:
        """It did what it should, be it to refuse."""
        self.state, self._failures, self._pauses, self.rest_s = "in", 0, 0, 0.0

    def failed(self, error: YtempireError) -> bool:
        """It did not; True where that takes it out of rotation just now."""
        self.last_failure = error
        self._failures += 1
        if self.state == "out" or (self.state == "in" and self._failures < TRIP_AFTER):
            return False
        self.state = "out"
        self.rest_longer()
        return True

    def rest_longer(self) -> None:
        """It is still not well."""
        self.rest_s = min(LONGEST_REST_S, max(self.first_rest_s, self.rest_s * 2))

    def asked_for_patience(self, now: float, wait_s: float, error: YtempireError) -> None:
        """It is well and has too much to do; it gets nothing for ``wait_s`` or a growing while."""
        self._failures, self.last_failure = 0, error
        if self.state == "trial":
            self.state = "in"
        pause_s = wait_s or min(LONGEST_REST_S, self.first_rest_s * 2**self._pauses)
        self._pauses = min(self._pauses + 1, 16)
        self.paused_until = max(self.paused_until, now + pause_s)
