"""Faults on request: what may go wrong between a client and the platform, when it is asked for.

Belongs here: the value that says which, how it is written on the command line, and the counting.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields

from ytempire_assets.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong; each happens once per server, chunks are counted from 1.

    Attributes:
        fail_chunk: The chunk that is answered with 503 and not kept.
        drop_chunk: The chunk in whose middle the connection breaks.
        forget_at_chunk: The chunk at which the session is forgotten (404).
        lose_final_answer: The video is stored, but the connection breaks before the answer.
        down: Every request finds its connection broken.
    """

    fail_chunk: int = 0
    drop_chunk: int = 0
    forget_at_chunk: int = 0
    lose_final_answer: bool = False
    down: bool = False


def parse_faults(text: str) -> Faults:
    """Reads faults as they are written on the command line.

    Args:
        text: Comma-separated, for example ``fail-chunk=2,lose-final-answer``.

    Raises:
        InvalidInputError: A fault is unknown or its number is none.
    """
    switches = {field.name.replace("_", "-"): field.type == "bool" for field in fields(Faults)}
    values: dict[str, int | bool] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, number = part.partition("=")
        if name not in switches:
            known = ", ".join(known if on else f"{known}=N" for known, on in switches.items())
            raise InvalidInputError(f"fault '{part}' is unknown", f"use some of: {known}")
        if switches[name] and not number:
            values[name.replace("-", "_")] = True
        elif not switches[name] and number.isdecimal() and int(number) > 0:
            values[name.replace("-", "_")] = int(number)
        else:
            form = name if switches[name] else f"{name}=N, N from 1 on"
            raise InvalidInputError(f"fault '{part}' is not usable", f"write {form}")
    return Faults(**values)  # type: ignore[arg-type] # the loop gave each name its type


class FaultCounter:
    """Counts what happens on one server and says when a fault is due."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._chunks = 0
        self._lost = False
        self._lock = threading.Lock()

    def next_chunk(self) -> str:
        """Counts a chunk; returns ``fail``, ``drop``, ``forget`` or an empty text."""
        with self._lock:
            self._chunks += 1
            due = {
                self.faults.fail_chunk: "fail",
                self.faults.drop_chunk: "drop",
                self.faults.forget_at_chunk: "forget",
            }
            return due.get(self._chunks, "")

    def lose_answer(self) -> bool:
        """Whether the answer about a finished video is lost; true once at most."""
        with self._lock:
            lost, self._lost = self._lost, True
            return self.faults.lose_final_answer and not lost
