"""Originality: how near an idea is to what was made before.

Belongs here: comparing short texts (titles with their keywords) by MinHash, fast enough for all
channels' past. What is done about a near one is decided in ``ideas.py``.

Two texts are as near as the Jaccard similarity of their words and neighbouring word pairs; MinHash
(Broder 1997) estimates it, locality-sensitive hashing finds the candidates, and the exact value
decides.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_BANDS, _ROWS_A_BAND = 32, 2
_LEAST_LETTERS = 3
_MASK = (1 << 61) - 1
_KEEP = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Made:
    """Something that a channel made or is going to make."""

    channel: str
    day: date
    topic_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Near:
    """The nearest earlier work, and how near it is, 0-1."""

    made: Made
    similarity: float


class Past:
    """What was made, ready to be compared with.

    Args:
        made: In any order.
    """

    def __init__(self, made: Sequence[Made]) -> None:
        self._made = sorted(made, key=lambda one: (one.day, one.channel, one.title))
        self._buckets: dict[tuple[int, int], list[int]] = {}
        self._shingles = [shingles(one.title) for one in self._made]
        for number, one in enumerate(self._shingles):
            for bucket in _buckets(one):
                self._buckets.setdefault(bucket, []).append(number)

    def nearest(self, text: str) -> Near | None:
        """What is nearest to a text; None where nothing shares enough to be found."""
        own = shingles(text)
        candidates = {
            number for bucket in _buckets(own) for number in self._buckets.get(bucket, ())
        }
        best: Near | None = None
        for number in sorted(candidates):
            similarity = jaccard(own, self._shingles[number])
            if best is None or similarity > best.similarity:
                best = Near(self._made[number], round(similarity, 3))
        return best


def shingles(text: str) -> frozenset[str]:
    """The words of a text, and pairs of neighbouring ones; short words only in pairs."""
    words = [word.casefold() for word in _WORD.findall(text)]
    pairs = (f"{first} {second}" for first, second in pairwise(words))
    return frozenset((*(w for w in words if len(w) >= _LEAST_LETTERS or not w.isascii()), *pairs))


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Shared over all, 0-1; two empty ones share nothing."""
    union = len(first | second)
    return len(first & second) / union if union else 0.0


def _buckets(own: frozenset[str]) -> list[tuple[int, int]]:
    """Where a text is filed: texts that are near share at least one, most likely.

    With 32 bands of 2 rows, of texts with a similarity of 0.3 95 % share one; at 0.6 all do.
    """
    if not own:
        return []
    hashes = [_hash(one) for one in own]
    mins = [min((a * h + b) & _MASK for h in hashes) for a, b in _permutations()]
    return [
        (band, hash(tuple(mins[band * _ROWS_A_BAND : (band + 1) * _ROWS_A_BAND])))
        for band in range(_BANDS)
    ]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") & _KEEP


@lru_cache(maxsize=1)
def _permutations() -> tuple[tuple[int, int], ...]:
    """Fixed odd multipliers and offsets: the same everywhere."""
    return tuple((_wide(f"a{k}") | 1, _wide(f"b{k}")) for k in range(_BANDS * _ROWS_A_BAND))


def _wide(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") & _MASK
