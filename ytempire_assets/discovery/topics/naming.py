"""Naming: the title, the keywords and the slug of a group of items.

Belongs here: choosing among what the items say. Which items make a group is ``clustering.py``, and
which id a story had before is ``identity.py``.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ytempire_assets.discovery.topics.numbers import roman_value
from ytempire_assets.discovery.topics.readings import Reading
from ytempire_assets.discovery.topics.tokens import TitleCase, tokens_of
from ytempire_assets.discovery.topics.words import is_weak

LONGEST_SLUG = 60
"""Characters, as in the topic files of the snapshot."""

_MOST_KEYWORDS = 8
_MOST_TITLES = 5
_MOST_COMPARED = 50
"""Titles of a group, the best first, among which those to keep are chosen."""
_LONGEST_NAME = 3
_SLUG_WORDS = 6
_NAME_BONUS = 1.3
"""How much more a name tells of a story than another word as rare."""
_EASY_LENGTHS = (20, 90)
"""Characters of a title that says enough and is read at a glance."""
_CASE_MARKS = {"sentence": 0.3, "none": 0.3, "title": 0.25, "upper": 0.0, "lower": 0.0}
_HASH_LETTERS = 6
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_LETTER = re.compile("[a-z]")


class GroupTitle(NamedTuple):
    """A title that may stand for its group; ``centrality`` is how much it says of what all say."""

    text: str
    language: str
    case: TitleCase
    centrality: float


def best_titles(titles: Sequence[GroupTitle], language: str) -> tuple[str, ...]:
    """A few distinct titles of a group, first the one that people should read.

    That one says most of what all say; it counts less in another language, all in capitals or in
    none, as a mere search term, or long. The others differ from it and from each other, in other
    languages too, because tomorrow's wording is recognised by them.

    Args:
        titles: Of its items.
        language: The group's.

    Returns:
        At most five; none is empty.
    """
    marks: dict[str, float] = {}
    languages: dict[str, str] = {}
    for title in titles:
        mark = title.centrality + _form(title)
        marks[title.text] = max(marks.get(title.text, 0.0), mark)
        languages[title.text] = title.language
    # One spelling of those that differ in case alone.
    spellings: dict[str, str] = {}
    order = sorted(marks, key=lambda text: (-round(marks[text], 6), text))
    for text in order:
        if text:
            spellings.setdefault(text.casefold(), text)
    left = list(spellings.values())[:_MOST_COMPARED]
    if not left:
        return ()
    chosen = [next((text for text in left if languages[text] == language), left[0])]
    words = {text: frozenset(text.casefold().split()) for text in left}
    left.remove(chosen[0])
    while left and len(chosen) < _MOST_TITLES:
        nearness = {
            text: max(
                len(words[text] & words[one]) / len(words[text] | words[one]) for one in chosen
            )
            for text in left
        }
        best = max(left, key=lambda text: (round(marks[text] - nearness[text], 6), text))
        chosen.append(best)
        left.remove(best)
    return tuple(chosen)


def keywords_of(readings: Sequence[Reading], information: Mapping[str, float]) -> tuple[str, ...]:
    """What a group says, the most telling first, as its titles write it.

    Names side by side in at least half of the titles that have either are one keyword, and a number
    goes with the name that it belongs to.

    Args:
        readings: Of its titles.
        information: Of each key, nats.

    Returns:
        At most eight; fewer where the titles have no more.
    """
    counts: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    numbers: dict[str, Counter[str]] = {}
    names: set[str] = set()
    written: dict[str, Counter[str]] = {}
    for reading in readings:
        names |= reading.names
        counts.update(reading.written.keys())
        pairs.update(reading.pairs)
        for key, text in reading.written.items():
            written.setdefault(key, Counter())[text] += 1
        for key in reading.decisive.keys() & reading.written.keys():
            numbers.setdefault(key, Counter()).update(reading.decisive[key])
    telling = {
        key: count * information.get(key, 0.0) * (_NAME_BONUS if key in names else 1.0)
        for key, count in counts.items()
        if not key[0].isdecimal()
    }
    found: dict[str, None] = {}
    used: set[str] = set()
    for key in sorted(telling, key=lambda one: (-round(telling[one], 6), one)):
        if key in used or len(found) == _MOST_KEYWORDS:
            continue
        parts = _whole_name(key, pairs, counts)
        used.update(parts)
        word = " ".join(_usual(written[part]) for part in parts)
        number = numbers.get(parts[-1])
        if number is not None and 2 * max(number.values()) > counts[parts[-1]]:
            word += f" {_usual(number)}"
        found.setdefault(word)
    return tuple(found)


def slug_of(title: str, language: str, keywords: Sequence[str]) -> str:
    """An id in words: those of the title that are keywords, in its order, in Latin letters.

    Args:
        title: One plain line.
        language: Its language.
        keywords: The group's.

    Returns:
        Lower-case words of letters and digits with single hyphens, at most ``LONGEST_SLUG``
        characters; empty where nothing can be written so.
    """
    telling = {part.casefold() for keyword in keywords for part in keyword.split()}
    words: list[str] = []
    followed = False
    for token in tokens_of(title):
        if token.kind == "run":
            found = [(token.text.find(word), word) for word in telling if word in token.text]
            words += [word for _, word in sorted(found)]
            followed = bool(found)
        elif token.kind == "number" or roman_value(token.text) is not None:
            # A number says nothing but of what it follows: Game 5, Super Bowl LX.
            words += [token.text] if followed else []
            followed = False
        else:
            followed = token.text.casefold() in telling
            words += [token.text] if followed else []
    if not words:
        every = [token.text for token in tokens_of(title)]
        words = [text for text in every if not is_weak(text, language)] or every
    return _cut(_latin(" ".join(words[:_SLUG_WORDS])), LONGEST_SLUG)


def unused_slug(slug: str, identity: str, taken: Collection[str]) -> str:
    """A slug that nobody has: itself, or with letters that follow from what it stands for.

    Args:
        slug: What ``slug_of`` gives.
        identity: What tells it from others with the same words, such as its first item.
        taken: Ids in use.
    """
    if slug not in taken and _LETTER.search(slug):
        return slug
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
    base = slug or "topic"
    for size in range(_HASH_LETTERS, len(digest) + 1):
        found = f"{_cut(base, LONGEST_SLUG - size - 1)}-{digest[:size]}"
        if found not in taken:
            return found
    raise ValueError(f"two groups have the same identity {identity!r:.80}")


def _form(title: GroupTitle) -> float:
    short, long = _EASY_LENGTHS
    if title.case == "none":
        short //= 2  # such letters say more each
    easy = 0.2 if short <= len(title.text) <= long else 0.0
    return easy + _CASE_MARKS[title.case]


def _whole_name(key: str, pairs: Mapping[str, int], counts: Mapping[str, int]) -> list[str]:
    """The key with the names that usually stand before and after it, at most three."""
    parts = [key]
    for pair in sorted(pairs):
        first, _, second = pair.partition(" ")
        usual = 2 * pairs[pair] >= max(counts.get(first, 0), counts.get(second, 0))
        if (
            not usual
            or {first, second} <= set(parts)
            or any(one[0].isdecimal() for one in (first, second))
        ):
            continue
        if second == parts[0]:
            parts.insert(0, first)
        elif first == parts[-1]:
            parts.append(second)
        if len(parts) == _LONGEST_NAME:
            break
    return [part for part in parts if part in counts]


def _usual(texts: Counter[str]) -> str:
    """The spelling that most titles have; of equal ones rather Lakers than LAKERS or lakers."""
    return max(texts, key=lambda text: (texts[text], not text.isupper(), not text.islower(), text))


def _latin(text: str) -> str:
    from anyascii import anyascii

    return _NOT_SLUG.sub("-", anyascii(text).lower()).strip("-")


def _cut(slug: str, longest: int) -> str:
    if len(slug) <= longest:
        return slug
    cut = slug[: longest + 1].rpartition("-")[0] or slug[:longest]
    return cut.strip("-")
