"""Cohesion: sentences cut out of their documents, joined so that they read as one text.

Belongs here: "it" for a name that was just said, its short form, a conjunction where the facts ask
for one. Only words of reference change; what is stated stays as the source has it, and the source's
own sentence is kept beside. Lines of the channel's own are ``connectors.py``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ytempire_assets.reading.language_tags import primary_subtag
from ytempire_assets.writing.script import Brief, SourcedSentence

_MAX_RUN = 2
"""Sentences in a row that may begin with a pronoun."""
_MAX_JOINED_WORDS = 11
"""Of each of two sentences that become one; together they are still said in one breath."""
_SINGULAR = r"\s(?:is|was|has|does)\b"
_PLURAL = r"\s(?:are|were|have|do)\b"
_PEOPLE = re.compile(r"\b(?:he|she|his|her|him|who was born)\b", re.IGNORECASE)
_CONTRAST = {
    "en": (re.compile(r"^(?:Only|Nobody|No|None|Almost nothing)\s"), "But "),
    "de": (re.compile(r"^(?:Nur|Niemand|Kein\w*)\s"), "Doch "),
}
_YEAR = re.compile(r"\b(1[0-9]{3}|20[0-9]{2})\b")
_IN_YEAR = re.compile(r"^In (?:[A-Z][a-z]+ )?(?:1[0-9]{3}|20[0-9]{2}),? ")
_PLAIN_OPENING = re.compile(r"^(?:The|A|An|In|On|At|Its?|Only|Every|Most|Some|Each|No) ")
"""First words that are written small inside a sentence, unlike names."""
_GERMAN_PRONOUNS = {"Der": "Er", "Die": "Sie", "Das": "Es"}
_AND = {"en": "and", "de": "und"}


@dataclass(frozen=True)
class _Subject:
    """A name of the topic, as sentences begin with it.

    Attributes:
        name: The keyword.
        pronoun: What stands for it.
        short: A shorter name, such as "the mechanism"; empty where there is none.
    """

    name: str
    pronoun: str
    short: str

    @cached_property
    def beginning(self) -> re.Pattern[str]:
        """The name at the beginning of a sentence, with its article, before a word."""
        return re.compile(rf"^(?:The |Der |Die |Das )?{re.escape(self.name)}(?= [a-zäöü])")

    @cached_property
    def owner(self) -> re.Pattern[str]:
        """What belongs to it at the beginning of a sentence: "The top speed of Concorde"."""
        name = re.escape(self.name)
        return re.compile(rf"^The ((?:[a-z]+ ){{1,2}})of (?:the )?{name}(?= (?!and |or |of )[a-z])")

    @property
    def possessive(self) -> str:
        """What stands for its owner."""
        return "Their" if self.pronoun == "They" else "Its"

    @cached_property
    def inside(self) -> re.Pattern[str]:
        """The name with its article inside a sentence."""
        return re.compile(rf"(?<!^)\bthe {re.escape(self.name)}\b(?!['’])")


class Cohesion:
    """Joins sentences of one video.

    Args:
        brief: Whose keywords are the names, and whose documents tell their number.
    """

    def __init__(self, brief: Brief) -> None:
        self._language = primary_subtag(brief.language)
        text = "\n".join(document.text for document in brief.documents)
        names = {form for keyword in brief.keywords for form in _forms(keyword, self._language)}
        self._subjects = [
            subject
            for name in sorted(names, key=lambda one: (-len(one), one))
            if (subject := _subject(name, text, self._language)) is not None
        ]
        self._contrasted = False
        self._joined = 0
        self._run = 0

    def scene(
        self, sentences: Sequence[SourcedSentence], before: SourcedSentence | None = None
    ) -> tuple[SourcedSentence, ...]:
        """The sentences of one scene, joined.

        Args:
            sentences: As the sources have them.
            before: What was said last in the scene before; None where something else came between,
                then the first sentence stays as it is.
        """
        told: list[SourcedSentence] = []
        for sentence in sentences:
            previous = told[-1] if told else before
            if previous is None:
                self._run = 0
                told.append(sentence)
                continue
            turned = self._referring(sentence, previous)
            pronoun = _begins_with_pronoun(turned.text, self._subjects)
            self._run = self._run + 1 if pronoun else 0
            joined = self._join(told[-1], turned) if self._run == 1 and told else None
            if joined is not None:
                told[-1] = joined
                continue
            told.append(self._conjunction(turned, previous))
        return tuple(told)

    def _referring(self, sentence: SourcedSentence, before: SourcedSentence) -> SourcedSentence:
        """With a pronoun or a short name for what the sentence before was about."""
        text = sentence.text
        for subject in self._subjects:
            told = before.original or before.text
            if not re.search(rf"\b{re.escape(subject.name)}\b", told):
                continue
            about = subject.beginning.match(told) is not None and self._run < _MAX_RUN
            if about and subject.beginning.match(text):
                text = subject.beginning.sub(subject.pronoun, text)
            elif about and self._language == "en" and subject.owner.match(text):
                text = subject.owner.sub(rf"{subject.possessive} \1", text).replace("  ", " ")
            elif subject.short:
                text = subject.inside.sub(subject.short, text)
                text = subject.beginning.sub(subject.short[0].upper() + subject.short[1:], text)
            break
        return _changed(sentence, text)

    def _conjunction(self, sentence: SourcedSentence, before: SourcedSentence) -> SourcedSentence:
        """With "But" before what stands against the rest, with "Then" before a later year."""
        pattern, word = _CONTRAST.get(self._language, (None, ""))
        text = sentence.text
        if pattern is not None and not self._contrasted and pattern.match(text):
            self._contrasted = True
            return _changed(sentence, word + text[0].lower() + text[1:])
        years = [[int(year) for year in _YEAR.findall(one.text)] for one in (before, sentence)]
        dated = self._language == "en" and _IN_YEAR.match(text) is not None and all(years)
        if dated and max(years[0]) < min(years[1]):
            return _changed(sentence, f"Then, in{text[2:]}")
        return sentence

    def _join(self, before: SourcedSentence, sentence: SourcedSentence) -> SourcedSentence | None:
        """Two short sentences of one source about one thing as one; None where that is too much."""
        short = all(len(one.text.split()) <= _MAX_JOINED_WORDS for one in (before, sentence))
        plain = all(not re.search(r"[,;:?!]", one.text) for one in (before, sentence))
        same = before.document_id == sentence.document_id
        if self._joined >= 2 or not (short and plain and same) or self._language not in _AND:
            return None
        self._joined += 1
        text = sentence.text
        return SourcedSentence(
            f"{before.text.rstrip('.')}, {_AND[self._language]} {text[0].lower()}{text[1:]}",
            before.document_id,
            f"{before.original or before.text}\n{sentence.original or sentence.text}",
        )


def attributed(
    sentences: tuple[SourcedSentence, ...], brief: Brief, place: int
) -> tuple[SourcedSentence, ...]:
    """With who says so before the first sentence, as news do; in every other scene.

    Args:
        sentences: Of one scene.
        brief: Whose documents name their publishers.
        place: Which scene after the hook, from 0.
    """
    publishers = {one.document_id: one.publisher for one in brief.documents}
    first = sentences[0]
    publisher = publishers.get(first.document_id or "", "")
    opens = _PLAIN_OPENING.match(first.text)
    if place % 2 or not brief.language.startswith("en") or not publisher or opens is None:
        return sentences
    text = f"According to {publisher}, {first.text[0].lower()}{first.text[1:]}"
    return (_changed(first, text), *sentences[1:])


def _changed(sentence: SourcedSentence, text: str) -> SourcedSentence:
    if text == sentence.text:
        return sentence
    return replace(sentence, text=text, original=sentence.original or sentence.text)


def _begins_with_pronoun(text: str, subjects: Sequence[_Subject]) -> bool:
    return any(
        text.startswith((f"{subject.pronoun} ", f"{subject.possessive} ")) for subject in subjects
    )


def _forms(keyword: str, language: str) -> tuple[str, ...]:
    """A keyword as sentences have it: with a capital, and in English in the plural."""
    name = keyword.strip()
    if not name:
        return ()
    forms: tuple[str, ...] = (name, name[0].upper() + name[1:])
    if language == "en" and name[-1] not in "sy0123456789":
        forms = (*forms, *(f"{form}s" for form in forms))
    return forms


def _subject(name: str, text: str, language: str) -> _Subject | None:
    """What may stand for a name; None where its number or gender is not sure."""
    if re.search(rf"\b{re.escape(name)}\b", text) is None:
        return None
    if language == "de":
        article = re.search(rf"(?:^|[.\n] ?)(Der|Die|Das) {re.escape(name)}\b", text, re.MULTILINE)
        return _Subject(name, _GERMAN_PRONOUNS[article[1]], "") if article else None
    if language != "en":
        return None
    with_article = re.search(rf"\b[Tt]he {re.escape(name)}\b", text) is not None
    if not with_article and _PEOPLE.search(text):
        return None  # it may be a person
    # Only as the subject of a sentence: in "the texts on the mechanism are", the texts are many.
    subject = rf"(?:^|[.!?]\s)\s*(?:The )?{re.escape(name)}"
    singular, plural = (
        re.search(subject + verb, text, re.MULTILINE) is not None for verb in (_SINGULAR, _PLURAL)
    )
    if singular and plural:
        return None
    *first, head = name.partition(" of ")[0].split()
    one = singular or (not plural and not head.endswith("s"))
    short = with_article and " of " not in name and first and first[0][0].isupper()
    return _Subject(
        name, "It" if one else "They", f"the {head}" if short and head.islower() else ""
    )
