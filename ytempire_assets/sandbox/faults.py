"""Faults on request: what may go wrong between a client and the platform, when it is asked for.

Belongs here: the value that says which, how it is written on the command line, and the counting and
drawing. Doing it is ``fault_injection.py``'s and ``uploads.py``'s.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields

from ytempire_assets.errors import InvalidInputError

KINDS = (
    "drop",
    "lose_answer",
    "burst",
    "rate_limit",
    "forget",
    "slow",
    "duplicate",
    "html",
)
"""Kinds that are drawn from unless others are named."""

ALL_KINDS = (*KINDS, "daily")
_BURST_STATUSES = (503, 500, 502)
_BURST_MORE = (1, 3)


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong. The first five happen at most once per server; chunks are counted from 1.

    Attributes:
        fail_chunk: The chunk that is answered with 503 and not kept.
        drop_chunk: The chunk in whose middle the connection breaks.
        forget_at_chunk: The chunk at which the session is forgotten (404).
        lose_final_answer: The video is stored, but the connection breaks before the answer.
        down: Every request finds its connection broken.
        rate: Probability that a request to an API meets a drawn fault, 0-1.
        seed: Fixes the drawn faults of a sequence of requests.
        kinds: What is drawn from, of ``ALL_KINDS``: ``drop`` (the connection breaks after some of
            the body), ``lose_answer`` (done, not answered), ``burst`` (this and the next one to
            three requests get 503, 500 or 502), ``rate_limit`` (429 that passes), ``forget`` (an
            upload session is gone: 404 or 410), ``slow`` (a late answer in pieces, 0.3 s at most),
            ``duplicate`` (done twice, the first answer counts), ``html`` (200 with a page),
            ``daily`` (429 "per day"; only when named).
        processing_s: Seconds for which a new video is still processed.
    """

    fail_chunk: int = 0
    drop_chunk: int = 0
    forget_at_chunk: int = 0
    lose_final_answer: bool = False
    down: bool = False
    rate: float = 0.0
    seed: int = 0
    kinds: tuple[str, ...] = KINDS
    processing_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """A fault that a request meets.

    Attributes:
        kind: One of ``ALL_KINDS``.
        share: A number from 0 up to 1 that says where or how long.
        status: HTTP status of an answer that replaces the platform's; 0 for kinds without one.
        retry_after_s: Seconds that a ``rate_limit`` asks to wait.
    """

    kind: str
    share: float = 0.0
    status: int = 0
    retry_after_s: int = 0


def parse_faults(text: str) -> Faults:
    """Reads faults as they are written on the command line.

    Args:
        text: Comma-separated, for example ``fail-chunk=2,lose-final-answer`` or
            ``rate=0.05,seed=7,kinds=drop+burst``.

    Raises:
        InvalidInputError: A fault is unknown or its number is none.
    """
    names = {field.name.replace("_", "-"): str(field.type) for field in fields(Faults)}
    values: dict[str, object] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, given = part.partition("=")
        if name not in names:
            known = ", ".join(_form(known, kind) for known, kind in names.items())
            raise InvalidInputError(f"fault '{part}' is unknown", f"use some of: {known}")
        value = _value(name, names[name], given)
        if value is None:
            form = _form(name, names[name])
            raise InvalidInputError(f"fault '{part}' is not usable", f"write {form}")
        values[name.replace("-", "_")] = value
    return Faults(**values)  # type: ignore[arg-type] # _value gave each name its type


def _form(name: str, kind: str) -> str:
    if kind == "bool":
        return name
    if name == "kinds":
        return f"kinds=KIND+KIND of {', '.join(ALL_KINDS)}"
    if name == "rate":
        return "rate=P, P from 0 to 1"
    if kind == "float":
        return f"{name}=SECONDS"
    return f"{name}=N, N from {0 if name == 'seed' else 1} on"


def _value(name: str, kind: str, given: str) -> object | None:
    """The value of one fault; None when it cannot be read."""
    if kind == "bool":
        return None if given else True
    if kind == "int":
        least = 0 if name == "seed" else 1
        return int(given) if given.isdecimal() and int(given) >= least else None
    if kind == "float":
        number = float(given) if given.replace(".", "", 1).isdecimal() else -1.0
        return number if 0.0 <= number <= (1.0 if name == "rate" else 86_400.0) else None
    kinds = tuple(given.replace("-", "_").split("+"))
    return kinds if set(kinds) <= set(ALL_KINDS) else None


class FaultCounter:
    """Counts what happens on one server and says when a fault is due."""

    def __init__(self, faults: Faults) -> None:
        self._lock = threading.Lock()
        self.set(faults)

    def set(self, faults: Faults) -> None:
        """Takes other faults and counts from the beginning."""
        with self._lock:
            self.faults = faults
            self._chunks = self._requests = 0
            self._lost = False
            self._burst: list[int] = []
            self._counts: Counter[str] = Counter()

    def counts(self) -> dict[str, int]:
        """How often each kind happened, and ``requests`` for what was asked of the APIs."""
        with self._lock:
            return {"requests": self._requests, **dict(sorted(self._counts.items()))}

    def draw(self, applies: Callable[[str], bool]) -> Drawn | None:
        """Counts a request and says which fault it meets.

        Args:
            applies: Whether a kind can happen to this request.
        """
        with self._lock:
            self._requests += 1
            if self._burst and applies("burst"):
                drawn: Drawn | None = Drawn("burst", status=self._burst.pop())
            else:
                drawn = self._drawn([kind for kind in self.faults.kinds if applies(kind)])
            if drawn is not None:
                self._counts[drawn.kind] += 1
            return drawn

    def next_chunk(self) -> str:
        """Counts a chunk; returns ``fail``, ``drop``, ``forget`` or an empty text."""
        with self._lock:
            self._chunks += 1
            due = {
                self.faults.fail_chunk: "fail",
                self.faults.drop_chunk: "drop",
                self.faults.forget_at_chunk: "forget",
            }.get(self._chunks, "")
            if due:
                self._counts[f"{due}_chunk"] += 1
            return due

    def lose_answer(self) -> bool:
        """Whether the answer about a finished video is lost; true once at most."""
        with self._lock:
            lost, self._lost = self._lost, True
            due = self.faults.lose_final_answer and not lost
            if due:
                self._counts["lose_final_answer"] += 1
            return due

    def _drawn(self, kinds: Collection[str]) -> Drawn | None:
        # A generator of its own for every request: what one draws does not move the next.
        dice = random.Random(f"{self.faults.seed}|{self._requests}")  # noqa: S311 - no secret
        if not kinds or dice.random() >= self.faults.rate:
            return None
        kind, share = dice.choice(list(kinds)), dice.random()
        if kind == "burst":
            statuses = dice.choices(_BURST_STATUSES, k=1 + dice.randint(*_BURST_MORE))
            self._burst = statuses[1:]
            return Drawn(kind, share, status=statuses[0])
        if kind == "forget":
            return Drawn(kind, share, status=dice.choice((404, 410)))
        return Drawn(kind, share, retry_after_s=dice.randint(0, 1))
