"""Sentences of source documents, and which of them can stand alone.

Belongs here: splitting text, deciding whether a sentence makes sense cut out of its paragraph, its
words for comparison.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ytempire_assets.writing.script import Document
from ytempire_assets.writing.wording import wording

MIN_WORDS, MAX_WORDS = 4, 30
MAX_WORD_CHARS = 40

_WORD = re.compile(r"[^\W_]+(?:[.,'’][^\W_]+)*")
_STOP_WORDS = frozenset(
    "a about after all also an and are as at be been before between both but by can could did do "
    "does each every for from had has have he her his how if in into is it its more most no not of "
    "on one only or other out over she so some such than that the their them then there these they "
    "this those through to under until up was were what when where which while who will with would "
    "you "
    "aber als am an auf aus bei beim bis da dann dass dem den der des die das doch durch ein eine "
    "einem einen einer eines er es für hat hatte hatten im ist ihr ihre mit nach nicht noch nur "
    "oder sein seine sich sie sind um und unter vom von vor war waren wenn werden wie wird wurde "
    "wurden zu zum zur zwischen über".split()
)


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """A sentence with its place: document, paragraph and sentence from 0."""

    text: str
    document_id: str
    document: int
    paragraph: int
    position: int

    @property
    def words(self) -> int:
        """How many words it has."""
        return len(self.text.split())


def split_document(document: Document, index: int, language: str) -> list[SourceSentence]:
    """All sentences of a document, in order.

    Args:
        document: The document.
        index: Its place among the topic's documents.
        language: BCP 47, for the rules of abbreviations.
    """
    from sentencex import segment

    sentences: list[SourceSentence] = []
    for number, paragraph in enumerate(re.split(r"\n\s*\n", document.text.strip())):
        flat = " ".join(paragraph.split())
        for text in segment(language.split("-")[0], flat):
            if text.strip():
                sentences.append(
                    SourceSentence(
                        text.strip(), document.document_id, index, number, len(sentences)
                    )
                )
    return sentences


def stands_alone(sentence: SourceSentence, language: str = "en") -> bool:
    """Whether a listener understands the sentence without the one before it."""
    text, said = sentence.text, wording(language)
    return (
        MIN_WORDS <= sentence.words <= MAX_WORDS
        and not said.leans_back.match(text)
        and not said.also.search(text)
        and text[-1] in ".!?"
        and (text[0].isupper() or text[0].isdigit())
        and text.count("(") == text.count(")") == 0
        and text.count('"') % 2 == 0
        and max(map(len, text.split())) <= MAX_WORD_CHARS
    )


def content_words(text: str) -> list[str]:
    """The words that carry meaning, lower case, plural and possessive endings cut off."""
    words = []
    for match in _WORD.finditer(text.lower()):
        word = match.group().removesuffix("'s").removesuffix("’s")
        if word in _STOP_WORDS:
            continue
        if len(word) > 4 and word.endswith("s") and not word.endswith("ss"):
            word = word[:-1]
        words.append(word)
    return words


def shared_content(first: str, second: str) -> float:
    """Jaccard similarity of two texts' content words, 0-1."""
    left, right = set(content_words(first)), set(content_words(second))
    return len(left & right) / len(left | right) if left and right else 0.0
