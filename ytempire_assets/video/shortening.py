"""Shortening a title to its strongest words, for where there is room for only a few.

Belongs here: which words are kept. How large they are set is the concern of who shows them.
"""

from __future__ import annotations

from collections.abc import Sequence

_WEAK = frozenset(
    "about also even ever from have into just only over than that their them then there these they "
    "this were what when where which while with your".split()
)
_PREPOSITIONS = frozenset(
    "across after against along among around at before behind below beneath beside between beyond "
    "by during for from in inside into near of off on onto over through to toward under until "
    "upon with within without".split()
)
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
    bonds = [_belong(words, index, wanted) for index in range(len(words) - 1)]
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
        end = _whole(words, weights, start, end)
        piece = " ".join(words[start:end])
        if length < len(words):
            piece = piece.strip(" ,;:–—-.")
        if words[start].islower():
            piece = piece[:1].upper() + piece[1:]
        pieces.append(piece)
    return list(dict.fromkeys(pieces))


def _whole(words: Sequence[str], weights: Sequence[float], start: int, end: int) -> int:
    """Where to stop instead of ``end`` so that no phrase is broken off.

    A phrase is whole before a comma, a preposition and the end of the title: "Suez Canal, the
    shortcut" reads well, "Suez Canal, the shortcut between" does not. The strongest word stays.
    """
    best = max(weights[start:end])
    for stop in range(end, start, -1):
        whole = (
            stop == len(words)
            or words[stop - 1][-1] in ",:;–—"
            or (_plain(words[stop]) in _PREPOSITIONS and weights[stop - 1] >= 0.5)
        )
        if whole and max(weights[start:stop]) == best:
            return stop
    return end


def _strength(
    start: int, end: int, weights: Sequence[float], bonds: Sequence[bool], plain: Sequence[str]
) -> float:
    """Of the words from ``start`` to before ``end``, less what cutting there destroys."""
    cut = (start > 0 and bonds[start - 1]) + (end < len(plain) and bonds[end - 1])
    turned_round = start > 0 and plain[start - 1] in _NEGATIONS
    return sum(weights[start:end]) - 6.0 * cut - 100.0 * turned_round


def _belong(words: Sequence[str], index: int, wanted: set[str]) -> bool:
    """Whether a word and the one after it lose their meaning when parted."""
    before, after = words[index], words[index + 1]
    if _plain(before) in wanted and _plain(after) in wanted:
        return True
    if _has_digit(after):  # Voyager 1
        return before[0].isupper()
    behind_name = index > 0 and words[index - 1][0].isupper()
    return _has_digit(before) and not behind_name  # 24 billion


def _has_digit(word: str) -> bool:
    return any(character.isdigit() for character in word)


def _weight(word: str, index: int, wanted: set[str]) -> float:
    plain = _plain(word)
    if plain in wanted or _has_digit(word):
        return 4.0
    if (len(plain) < 4 or plain in _WEAK) and plain not in _NEGATIONS:
        return 0.2
    return (2.0 if index and word[0].isupper() else 1.0) + len(plain) / 20


def _plain(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())
