"""Which words of a title are names.

Belongs here: truecasing, that is learning from the titles of a batch which words are written with
a capital where grammar asks for none (Lita et al., "tRuEcasIng", ACL 2003), and applying it to
titles whose capitals say nothing: all of them, most of them, or none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ytempire_assets.discovery.topics.tokens import TitleCase, Token, case_of
from ytempire_assets.discovery.topics.words import folded, is_title_word, is_weak

_NOUN_CAPITALS = frozenset(("de", "lb"))
"""Languages in which every noun has a capital, so that one says nothing of names."""
NAME_SHARE = 0.5
"""A word is a name when more of its uses than this have a capital."""
_MIXED = re.compile(r"[a-z][A-Z]|[A-Z]{2}")
_SHORT = 3
"""Letters of an acronym that may be spelt like a common word: WHO, US, IT; FULL is shouting."""


class CutTitle(NamedTuple):
    """A title's tokens, with how it uses capitals and its language."""

    tokens: Sequence[Token]
    case: TitleCase
    language: str


def cut_title(tokens: list[Token], language: str) -> CutTitle:
    """Adds what a title's tokens show together."""
    return CutTitle(tokens, case_of(tokens), language)


def name_shares(titles: Iterable[CutTitle]) -> dict[str, float]:
    """In which share of its uses a word has a capital that grammar does not ask for.

    Only titles written as prose count, and in them only words inside a sentence; in languages whose
    nouns have capitals only words without one.

    Args:
        titles: All titles of the batch.

    Returns:
        By folded word, 0-1; words that were never seen so are missing.
    """
    capital: dict[str, int] = {}
    small: dict[str, int] = {}
    for title in titles:
        if title.case != "sentence":
            continue
        for token in title.tokens:
            if token.kind != "word" or token.opens:
                continue
            word = folded(token.text)
            if not token.text[0].isupper():
                small[word] = small.get(word, 0) + 1
            elif title.language not in _NOUN_CAPITALS:
                capital[word] = capital.get(word, 0) + 1
    return {
        word: capital.get(word, 0) / (capital.get(word, 0) + small.get(word, 0))
        for word in capital.keys() | small.keys()
    }


def names_in(title: CutTitle, shares: Mapping[str, float], tags: frozenset[str]) -> list[bool]:
    """Tells for each token of a title whether it belongs to a name.

    Args:
        title: Its tokens.
        shares: What ``name_shares`` gives for the batch.
        tags: Folded words of the names that the source gives the item.
    """
    found = [_is_name(token, title, shares, tags) for token in title.tokens]
    if title.case in ("upper", "title"):
        return found
    unknown = [
        _capital(token)
        and folded(token.text) not in shares
        and not is_weak(token.text, title.language)
        for token in title.tokens
    ]
    # From the end, so that a name of three words is followed to its first.
    for at in range(len(found) - 2, -1, -1):
        if not unknown[at] or not _joined(title.tokens[at + 1]):
            continue
        if title.language not in _NOUN_CAPITALS:
            # A capital at the beginning counts when the name goes on: "Lena Marchetti dies".
            found[at] = found[at] or found[at + 1]
        elif unknown[at + 1] and not _is_adjective(title.tokens[at]):
            # Two nouns side by side are a name: "Harry Kane", "FC Bayern".
            found[at] = found[at + 1] = True
    return found


def heads_in(title: CutTitle, shares: Mapping[str, float], names: Sequence[bool]) -> list[bool]:
    """Tells for each token whether a number after it may number it, as in Apollo 11.

    Names do. So do words of which the batch does not show that they are none, where they open a
    sentence with a capital, or stand in a title without any: apollo 11.

    Args:
        title: Its tokens.
        shares: What ``name_shares`` gives for the batch.
        names: What ``names_in`` gives for the title.
    """
    return [
        is_name
        or (
            token.kind == "word"
            and folded(token.text) not in shares
            and not is_weak(token.text, title.language)
            and (title.case == "lower" or (title.case == "sentence" and token.opens))
        )
        for token, is_name in zip(title.tokens, names, strict=True)
    ]


def may_be_name(token: Token, title: CutTitle, shares: Mapping[str, float]) -> bool:
    """Whether a word has a capital that nothing explains: of it the batch shows no other use."""
    return (
        token.kind == "word"
        and token.text[0].isupper()
        and title.language not in _NOUN_CAPITALS
        and folded(token.text) not in shares
        and not is_weak(token.text, title.language)
    )


def _is_name(
    token: Token, title: CutTitle, shares: Mapping[str, float], tags: frozenset[str]
) -> bool:
    if token.kind != "word" or is_title_word(token.text):
        return False
    weak = is_weak(token.text, title.language)
    mixed = title.case != "upper" and _MIXED.search(token.text) is not None
    if mixed and (not token.text.isupper() or len(token.text) <= (_SHORT if weak else 6)):
        return True  # NASA, iPhone, YouTube
    if weak:
        return False
    word = folded(token.text)
    if token.tagged or word in tags:
        return True
    return shares.get(word, 0.0) > NAME_SHARE


def _is_adjective(token: Token) -> bool:
    """Whether a word that opens a German title may be one: "Schweres Erdbeben"."""
    return token.opens and token.text.endswith(("e", "em", "en", "er", "es"))


def _joined(token: Token) -> bool:
    return token.follows in (" ", "-") and not token.opens


def _capital(token: Token) -> bool:
    return token.kind == "word" and token.text[0].isupper()
