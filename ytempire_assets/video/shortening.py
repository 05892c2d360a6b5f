"""Shortening a title to its strongest words, for where there is room for only a few.

Belongs here: which words are kept. How large they are set is the concern of who shows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_WEAK = frozenset("about from have into than that their them then they this were what with".split())
_NEGATIONS = frozenset(
    "no not never none nor cannot cant dont doesnt didnt isnt wasnt wont nicht kein nie".split()
)


def strongest_words(title: str, emphasis: Sequence[str], most: int) -> list[str]:
    """Ever shorter pieces of a title, each the strongest stretch of its length.

    Emphasised words and numbers count most, then names, then long words; a stretch never begins
    behind a negation, which would turn its meaning round.

    Args:
        title: What to shorten.
        emphasis: Words or phrases that matter.
        most: Words in the longest piece.

    Returns:
        From ``most`` words down to one; none when the title has no words.
    """
    words = title.split()
    plain = [_plain(word) for word in words]
    wanted = {_plain(word) for phrase in emphasis for word in phrase.split()}
    weights = [_weight(word, index, wanted) for index, word in enumerate(words)]
    bonds = [_belong(before, after, wanted) for before, after in pairwise(plain)]
    pieces = []
    for length in range(min(most, len(words)), 0, -1):
        start = max(
            range(len(words) - length + 1),
            key=lambda start: (_strength(start, start + length, weights, bonds, plain), -start),
        )
        end = start + length
        while length < len(words) and end - start > 1 and weights[start] < 0.5:
            start += 1
        while end < len(words) and end - start > 1 and weights[end - 1] < 0.5:
            end -= 1
        piece = " ".join(words[start:end])
        if length < len(words):
            piece = piece.strip(" ,;:–—-.")
        pieces.append(piece[:1].upper() + piece[1:])
    return list(dict.fromkeys(pieces))


def _strength(
    start: int, end: int, weights: Sequence[float], bonds: Sequence[bool], plain: Sequence[str]
) -> float:
    """Of the words from ``start`` to before ``end``, less what cutting there destroys."""
    cut = (start > 0 and bonds[start - 1]) + (end < len(plain) and bonds[end - 1])
    turned_round = start > 0 and plain[start - 1] in _NEGATIONS
    return sum(weights[start:end]) - 6.0 * cut - 100.0 * turned_round


def _belong(before: str, after: str, wanted: set[str]) -> bool:
    """Whether two words next to each other lose their meaning when parted."""
    both_wanted = before in wanted and after in wanted
    return both_wanted or any(character.isdigit() for character in before + after)


def _weight(word: str, index: int, wanted: set[str]) -> float:
    plain = _plain(word)
    if plain in wanted or any(character.isdigit() for character in plain):
        return 4.0
    if len(plain) < 4 or plain in _WEAK:
        return 0.2
    return (2.0 if index and word[0].isupper() else 1.0) + len(plain) / 20


def _plain(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())
