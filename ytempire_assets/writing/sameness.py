"""Sameness: how much of a script was said before, by its channel or by others.

Belongs here: comparing whole narrations by the runs of five words that they share. Five words in a
row hardly ever meet by chance; copies and templates share many. Comparing ideas before anything is
written is ``discovery/originality.py``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

RUN = 5
"""Words in a run."""

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Told:
    """A script that exists: its runs, and whose it is."""

    video_id: str
    channel: str
    day: date
    runs: frozenset[int]


@dataclass(frozen=True, slots=True)
class Shared:
    """How much of a script stands in others, 0-1, and which of them shares most of it."""

    share: float
    video_id: str
    channel: str


def runs_of(text: str) -> frozenset[int]:
    """Hashes of every five words in a row; none where the text is shorter."""
    words = [match[0].casefold() for match in _WORD.finditer(text)]
    return frozenset(
        _hash(" ".join(words[start : start + RUN])) for start in range(len(words) - RUN + 1)
    )


def nearest(runs: frozenset[int], past: Iterable[Told]) -> Shared | None:
    """The one script that shares most with these runs; None where none shares any."""
    best: Shared | None = None
    for told in past:
        share = len(runs & told.runs) / len(runs) if runs else 0.0
        if share and (best is None or share > best.share):
            best = Shared(share, told.video_id, told.channel)
    return best


def repeated(runs: frozenset[int], past: Sequence[Told]) -> Shared | None:
    """How much of these runs stands in all the others together, as templates would."""
    first = nearest(runs, past)
    if first is None:
        return None
    everything = frozenset().union(*(told.runs for told in past))
    return Shared(len(runs & everything) / len(runs), first.video_id, first.channel)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
