"""How much a text has to do with a topic, and whether two texts are one.

Belongs here: comparing by words. Words are compared by their stems, and pairs of letters where a
language writes without spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ytempire_assets.discovery.research.document import ResearchDocument
from ytempire_assets.discovery.topics.topic import Topic
from ytempire_assets.discovery.topics.words import stem_of

BEGINNING = 6000
"""Characters of a text that are compared: a long one speaks of everything somewhere."""

SAME_TEXT = 0.5
"""Share of the shorter text's runs of words that the other one has, from which they are one text:
an agency's report is cut and given another first paragraph, and remains its report."""

_RUN = 5
_SPACELESS = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_SPACELESS}]+|[^\W_{_SPACELESS}]+")
_IS_SPACELESS = re.compile(f"[{_SPACELESS}]")
_IN_PARENTHESES = re.compile(r"\s*[(\uff08][^()\uff08\uff09]*[)\uff09]\s*\Z")
_LEAST_TITLE = 0.6


def words_of(text: str, language: str) -> list[str]:
    """The words of a text as they are compared, in order.

    Args:
        text: Plain.
        language: Primary subtag, or empty.
    """
    found: list[str] = []
    for match in _WORD.finditer(text):
        word = match[0]
        if _IS_SPACELESS.match(word):
            found += [word[at : at + 2] for at in range(max(1, len(word) - 1))]
        else:
            found.append(stem_of(word, language))
    return found


def relevance(topic: Topic, text: str) -> float:
    """How much of a topic a text speaks of, 0-1.

    Seven tenths are the keywords, each found where all its words are, and three tenths the words of
    the title that are long enough to mean something.
    """
    here = set(words_of(text[:BEGINNING], topic.language))
    keywords = [words_of(keyword, topic.language) for keyword in topic.keywords]
    title = _telling(topic.title, topic.language)
    shares = [
        (0.7, _share([all(word in here for word in words) for words in keywords if words])),
        (0.3, _share([word in here for word in title])),
    ]
    # A topic without keywords is its title alone.
    weight = sum(part for part, share in shares if share is not None)
    return (
        sum(part * share for part, share in shares if share is not None) / weight if weight else 0.0
    )


def names_topic(topic: Topic, title: str) -> bool:
    """Whether a title of an encyclopedia can be what a topic is about.

    Most words of the title are the topic's own; what stands in parentheses tells homonyms apart and
    is left to the text.
    """
    words = set(words_of(_IN_PARENTHESES.sub("", title), topic.language))
    own = set(words_of(" ".join((topic.title, *topic.keywords)), topic.language))
    telling = {word for word in words if _tells(word)} or words
    return bool(telling) and len(telling & own) / len(telling) >= _LEAST_TITLE


def distinct(documents: Iterable[ResearchDocument]) -> list[ResearchDocument]:
    """Documents without those whose text is mostly that of one before it."""
    kept: list[tuple[ResearchDocument, set[tuple[str, ...]]]] = []
    for document in documents:
        runs = _runs(words_of(document.text, ""))
        if all(_overlap(runs, others) < SAME_TEXT for _, others in kept):
            kept.append((document, runs))
    return [document for document, _ in kept]


def _share(found: Sequence[bool]) -> float | None:
    return sum(found) / len(found) if found else None


def _telling(text: str, language: str) -> list[str]:
    return [
        word
        for match in _WORD.finditer(text)
        if _tells(match[0])
        for word in words_of(match[0], language)
    ]


def _tells(word: str) -> bool:
    return len(word) > 3 or word[0].isdecimal() or not word.isascii()


def _runs(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[at : at + _RUN]) for at in range(max(1, len(words) - _RUN + 1))}


def _overlap(first: set[tuple[str, ...]], second: set[tuple[str, ...]]) -> float:
    return len(first & second) / min(len(first), len(second))
