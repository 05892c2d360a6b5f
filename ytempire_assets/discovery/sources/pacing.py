"""How often one host is asked, by all sources together.

Belongs here: the interval between two requests to a host, and hosts that asked to be left alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

LONGEST_HOLD_S = 86_400.0
"""A host that asks for more is asked again after a day: it may have meant something else."""


class Pacer:
    """Gives each request its turn; several threads share one.

    Args:
        clock: Seconds that only grow.
        sleep: Waits that many seconds.
    """

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at: dict[str, float] = {}
        self._held_until: dict[str, float] = {}

    def hold(self, host: str, seconds: float) -> None:
        """Leaves a host alone for so long; a longer hold that stands already remains."""
        until = self._clock() + min(seconds, LONGEST_HOLD_S)
        with self._lock:
            self._held_until[host] = max(until, self._held_until.get(host, until))

    def held_s(self, host: str) -> float:
        """Seconds for which the host is still to be left alone; 0 when it is not."""
        with self._lock:
            return max(0.0, self._held_until.get(host, 0.0) - self._clock())

    def take(self, host: str, interval_s: float, until: float) -> bool:
        """Waits for the host's next turn and takes it.

        Args:
            host: Whose turn.
            interval_s: Seconds between this request and the next one to the host.
            until: The clock's time at which waiting is pointless.

        Returns:
            Whether the turn was taken; False, without waiting, where it comes only after ``until``.
        """
        while True:
            with self._lock:
                now = self._clock()
                turn = max(self._free_at.get(host, now), self._held_until.get(host, now), now)
                if turn <= now:
                    self._free_at[host] = now + interval_s
                    return True
            if turn > until:
                return False
            # Another thread may take this turn, or a hold come meanwhile: so it looks again.
            self._sleep(turn - now)
