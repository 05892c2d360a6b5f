"""Concepts: words of news that mean the same, in one language or between two.

Belongs here: reading the lists ``concepts.txt`` and ``places.txt`` and finding their entries in a
title. They let a quake meet an earthquake and Erdbeben, so that titles meet across languages
without a model; an ``Embedder`` adds what no list has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import NamedTuple

from ytempire_assets.discovery.topics.tokens import TitleCase, Token
from ytempire_assets.discovery.topics.words import folded, is_weak, stem_of

_SHORTEST_PART = 4
"""Letters of a part of a compound: shorter ones are found in words that are none."""
_LONGEST_RUN = 7


class Found(NamedTuple):
    """A concept in a title: its key, and how many tokens from there on it covers."""

    key: str
    tokens: int


@dataclass(slots=True)
class _Lexicon:
    """One language's entries: as written, by stem, by the first stem of a phrase, in capitals."""

    words: dict[str, str] = field(default_factory=dict)
    stems: dict[str, str] = field(default_factory=dict)
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)
    capitals: dict[str, str] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)


def is_place(key: str) -> bool:
    """Whether a concept is a place or a people, hence a name."""
    return key.startswith("@")


def concept_at(at: int, tokens: Sequence[Token], case: TitleCase, language: str) -> Found | None:
    """The concept that begins with a word, if there is one.

    Args:
        at: Which token.
        tokens: The title's.
        case: How the title uses capitals.
        language: Its language; one without entries of its own uses the English ones.
    """
    lexicon, foreign = _lexicon(language)
    read_as = "en" if foreign else language
    token = tokens[at]
    if token.kind != "word":
        return None
    if token.text.isupper() and case != "upper" and token.text in lexicon.capitals:
        return Found(lexicon.capitals[token.text], 1)
    if foreign and is_weak(token.text, language):
        return None
    stem = stem_of(token.text, read_as)
    for phrase, key in lexicon.phrases.get(stem, ()):
        rest = tokens[at : at + len(phrase)]
        if len(rest) == len(phrase) and all(
            one.kind == "word" and stem_of(one.text, read_as) == part
            for one, part in zip(rest, phrase, strict=True)
        ):
            return Found(key, len(phrase))
    # As written first: stems of different words may be equal, as Sturm and Stürmer.
    word = lexicon.words.get(folded(token.text)) or lexicon.stems.get(stem)
    return Found(word, 1) if word is not None else None


def parts_of_compound(word: str, language: str) -> tuple[str, ...]:
    """Concepts that a German compound begins and ends with: Bahnstreik is of trains and strikes."""
    if language != "de" or len(word) < 2 * _SHORTEST_PART:
        return ()
    words = _lexicon(language)[0].words
    lower = folded(word)
    found: list[str] = []
    for end in range(len(lower) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
        head = lower[:end]
        # The s between the parts of Verkehrsunfall belongs to neither.
        concept = words.get(head) or (words.get(head[:-1]) if head.endswith("s") else None)
        if concept is not None:
            found.append(concept)
            break
    for start in range(_SHORTEST_PART, len(lower) - _SHORTEST_PART + 1):
        if lower[start:] in words:
            found.append(words[lower[start:]])
            break
    return tuple(dict.fromkeys(found))


def concepts_in_run(run: str, language: str) -> list[tuple[str, str]]:
    """Concepts in letters that are written without spaces, longest first from the left.

    Args:
        run: Letters only.
        language: Its language.

    Returns:
        Stretches of the run in order, each with its key; those between have an empty one.
    """
    lexicon, foreign = _lexicon(language)
    entries = {} if foreign else lexicon.letters
    pieces: list[tuple[str, str]] = []
    at = start = 0
    while at < len(run):
        size = next(
            (
                n
                for n in range(min(_LONGEST_RUN, len(run) - at), 1, -1)
                if run[at : at + n] in entries
            ),
            0,
        )
        if size:
            if start < at:
                pieces.append((run[start:at], ""))
            pieces.append((run[at : at + size], entries[run[at : at + size]]))
            at = start = at + size
        else:
            at += 1
    if start < len(run):
        pieces.append((run[start:], ""))
    return pieces


@cache
def _lexicon(language: str) -> tuple[_Lexicon, bool]:
    """The entries of a language, or the English ones and True."""
    lexicons = _lexicons()
    return (lexicons[language], False) if language in lexicons else (lexicons["en"], True)


@cache
def _lexicons() -> dict[str, _Lexicon]:
    found: dict[str, _Lexicon] = {}
    for name, mark in (("places.txt", "@"), ("concepts.txt", "=")):
        text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if line and not line.startswith("#")]
        languages = [column.strip() for column in lines[0].split("|")]
        for line in lines[1:]:
            columns = [column.split() for column in line.split("|")]
            key = mark + columns[0][0].casefold().replace("_", "-")
            for language, entries in zip(languages, columns, strict=True):
                lexicon = found.setdefault(language, _Lexicon())
                for entry in entries:
                    _add(lexicon, entry, key, language)
    return found


def _add(lexicon: _Lexicon, entry: str, key: str, language: str) -> None:
    if language in ("ja", "zh", "ko"):
        lexicon.letters.setdefault(entry, key)
    elif "_" in entry:
        stems = tuple(stem_of(word, language) for word in entry.split("_"))
        lexicon.phrases.setdefault(stems[0], []).append((stems, key))
    elif entry.isupper() and len(entry) <= 3:
        lexicon.capitals.setdefault(entry, key)
    else:
        lexicon.words.setdefault(folded(entry), key)
        lexicon.stems.setdefault(stem_of(entry, language), key)
