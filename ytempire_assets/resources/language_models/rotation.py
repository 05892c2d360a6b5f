"""Who gets the next free slot: several services, and a line of requests before them.

Belongs here: waiting, in the order in which requests came, so that one whose service failed it does
not starve behind newer ones; pauses between rounds; when waiting is over. What a service answers,
and what that means for it, is ``pool.py``.
"""

from __future__ import annotations

import contextlib
import itertools
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ytempire_assets.errors import TransientError, YtempireError
from ytempire_assets.resources.language_models.chat import DEADLINE_SETTING
from ytempire_assets.resources.language_models.endpoint import Endpoint

ROUNDS = 4
"""In each round every endpoint is asked at most once, with a pause between rounds."""


@dataclass(slots=True, eq=False)
class Way:
    """How far one request is.

    Attributes:
        number: Its place in the line.
        woken: Told of what concerns it.
        until: When its time is over, seconds of the monotonic clock, from the first sending.
        tried: Endpoints that failed it in this round.
        round: From 0.
        failure: The last one.
        given: The endpoint that it may ask now.
    """

    number: int
    woken: threading.Condition
    until: float = 0.0
    tried: list[Endpoint] = field(default_factory=list)
    round: int = 0
    failure: YtempireError | None = None
    given: Endpoint | None = None


class Rotation:
    """Slots of several services.

    ``lock`` guards the state of all of them.

    Args:
        endpoints: The services.
        deadline_s: The longest that one request may take, from the first sending.
        first_pause_s: The pause after the first round; it doubles.
    """

    def __init__(
        self, endpoints: Sequence[Endpoint], deadline_s: float, first_pause_s: float
    ) -> None:
        self.endpoints = tuple(endpoints)
        self.closed = threading.Event()
        self._deadline_s = deadline_s
        self._first_pause_s = first_pause_s
        self.lock = threading.RLock()
        self._numbers = itertools.count()
        self._line: list[Way] = []
        self._turn = 0

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Inside, states of endpoints may be changed; then everybody looks anew."""
        with self.lock:
            yield
            self._hand_out()
            for way in self._line:
                way.woken.notify()

    def close(self) -> None:
        """Whoever waits stops waiting, and what is under way is given up."""
        with self.changing():
            self.closed.set()
            for endpoint in self.endpoints:
                for exchange in endpoint.under_way:
                    exchange.give_up()

    def check_open(self) -> None:
        """Raises where ``close`` was called.

        Raises:
            TransientError: It was.
        """
        if self.closed.is_set():
            raise TransientError(
                "asking the language model was stopped", "run again: finished work is kept"
            )

    def new_way(self) -> Way:
        """For a request that came now."""
        return Way(next(self._numbers), threading.Condition(self.lock))

    def fresh(self, way: Way) -> list[Endpoint]:
        """Endpoints in rotation that have not failed a request in this round."""
        return [e for e in self.endpoints if e.in_rotation and e not in way.tried]

    def take(self, way: Way) -> Endpoint:
        """A slot of the least busy endpoint that has not failed this request in this round.

        Raises:
            TransientError: There is none in time.
            YtempireError: What the endpoints failed with, after the last round.
        """
        with self.lock:
            self._line.append(way)
            self._line.sort(key=lambda one: one.number)
            try:
                while True:
                    self.check_open()
                    self._hand_out()
                    if way.given is not None:
                        given, way.given = way.given, None
                        return given
                    self._wait(way)
            except BaseException:
                if way.given is not None:
                    way.given.in_use -= 1
                elif way in self._line:
                    self._line.remove(way)
                raise

    def give_back(self, endpoint: Endpoint) -> None:
        """The slot is free for the next in line."""
        with self.lock:
            endpoint.in_use -= 1
            self._hand_out()

    def _hand_out(self) -> None:
        """Free slots to those who wait, in order."""
        now = time.monotonic()
        free = [endpoint for endpoint in self.endpoints if endpoint.free(now)]
        for way in list(self._line):
            if not free:
                return
            possible = [endpoint for endpoint in free if endpoint not in way.tried]
            if not possible:
                continue
            self._turn += 1
            # Ties go round, or the first service would get all the work of a quiet day.
            first = self._turn % len(possible)
            order = [*possible[first:], *possible[:first]]
            chosen = min(order, key=lambda one: one.in_use / one.slots)
            chosen.in_use += 1
            way.until = way.until or now + self._deadline_s
            way.given = chosen
            self._line.remove(way)
            way.woken.notify()
            if not chosen.free(now):
                free.remove(chosen)

    def _wait(self, way: Way) -> None:
        """Waits for news, the end of a pause, or the end of the request's time."""
        now = time.monotonic()
        if way.until and now >= way.until:
            raise self._too_late(way)
        fresh = self.fresh(way)
        if not fresh:
            self._next_round(way)
            return
        pauses = [endpoint.paused_until for endpoint in fresh if endpoint.paused_until > now]
        if len(pauses) == len(fresh) and min(pauses) > (way.until or now + self._deadline_s):
            reason = fresh[0].last_failure
            raise TransientError(
                f"{reason.problem if reason else 'all services ask for patience'}; it can be asked "
                f"again in {min(pauses) - now:.0f} s",
                "run again then: finished work is kept",
            )
        moments = [*pauses, *([way.until] if way.until else [])]
        way.woken.wait(max(0.001, min(moments) - now) if moments else None)

    def _next_round(self, way: Way) -> None:
        """Every endpoint failed or rests: a pause, unless that was the last round."""
        failures = [e.last_failure for e in self.endpoints if e.last_failure is not None]
        failure = way.failure or (failures[0] if failures else None)
        way.round += 1
        if way.round >= ROUNDS and failure is not None:
            raise failure
        # With jitter, so that many requests do not come back together.
        jitter = 0.5 + secrets.randbelow(1001) / 2000
        until = time.monotonic() + self._first_pause_s * 2 ** (way.round - 1) * jitter
        while not self.closed.is_set() and (left_s := until - time.monotonic()) > 0:
            if way.failure is None and any(e.in_rotation for e in self.endpoints):
                break  # it only waited for somebody to be there again
            way.woken.wait(left_s)
            if way.given is not None:
                return
        way.tried.clear()

    def _too_late(self, way: Way) -> TransientError:
        problem = f"the language model did not answer in {self._deadline_s:g} s"
        if way.failure is not None:
            problem += f" ({way.failure.problem})"
        return TransientError(
            problem,
            f"look at the services' load, or raise {DEADLINE_SETTING}: where there are several, "
            "each attempt but the last has half of what is left",
        )
