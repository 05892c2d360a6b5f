"""The answer that a language model is to give, and reading it.

Belongs here: the JSON Schema (within what services call strict: every field is required, none is
added), and from a model's text to scenes, or to one sentence that says what is wrong. Nothing is
guessed: a broken answer is not mended here but asked for again.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from ytempire_assets.writing.script import DraftScene, SourcedSentence

SCHEMA_NAME = "video_script"
MOST_SCENES = 60
MOST_SENTENCE_CHARACTERS = 500
_MOST_TRIES = 30

_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_CITATION = re.compile(r"\s*[\[(](?:S\d{1,2}(?:\s*[,;]\s*)?)+[\])]")
_EMPHASIS = re.compile(r"(\*{1,3}|_{2}|`+)(?=\S)(.+?)(?<=\S)\1")
_HEADING = re.compile(r"\A(?:#{1,6}\s+|[-*]\s+|>\s+)")
_JOINERS = "\u200c\u200d"
"""Format characters that some scripts are wrong without."""


class UnusableTextError(ValueError):
    """The answer is no script; says why, in words that a model can act on."""


@dataclass(frozen=True, slots=True)
class WrittenScript:
    """What a model wrote: hook and facts, without the channel's closing line."""

    title: str
    summary: str
    tags: tuple[str, ...]
    hashtags: tuple[str, ...]
    scenes: tuple[DraftScene, ...]


class _Sentence(BaseModel):
    text: str = Field(max_length=4 * MOST_SENTENCE_CHARACTERS)
    source: str | None


class _Scene(BaseModel):
    sentences: list[_Sentence] = Field(min_length=1, max_length=30)
    visual_description: str = Field(max_length=2_000)


class _Answer(BaseModel):
    title: str = Field(max_length=500)
    summary: str = Field(max_length=3_000)
    tags: list[str] = Field(max_length=100)
    hashtags: list[str] = Field(max_length=100)
    scenes: list[_Scene] = Field(min_length=2, max_length=MOST_SCENES)


def answer_schema(labels: Sequence[str]) -> dict[str, Any]:
    """JSON Schema of the answer; only the given source labels can be cited."""
    text = {"type": "string"}
    source = {"anyOf": [{"type": "string", "enum": list(labels)}, {"type": "null"}]}
    sentence = _object({"text": text, "source": source})
    scene = _object({"sentences": {"type": "array", "items": sentence}, "visual_description": text})
    return _object(
        {
            "title": text,
            "summary": text,
            "tags": {"type": "array", "items": text},
            "hashtags": {"type": "array", "items": text},
            "scenes": {"type": "array", "items": scene},
        }
    )


def read_script(answer: str, documents: Mapping[str, str], most_words: int) -> WrittenScript:
    """The script in an answer.

    Args:
        answer: A model's text.
        documents: Id of the document that each source label means.
        most_words: What would be absurd for the wanted length.

    Raises:
        UnusableTextError: There is none, or it is not as it should be.
    """
    try:
        written = _Answer.model_validate(_the_object(answer))
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UnusableTextError(f"{place}: {first['msg']}") from error
    scenes = tuple(
        _scene(number, scene, documents) for number, scene in enumerate(written.scenes, start=1)
    )
    sentences = [sentence for scene in scenes for sentence in scene.sentences]
    words = sum(len(sentence.text.split()) for sentence in sentences)
    if words > most_words:
        raise UnusableTextError(f"it has {words} words, more than {most_words}")
    if not any(sentence.document_id for sentence in sentences):
        raise UnusableTextError("no sentence says which source it stands in")
    title = clean(written.title)
    if not any(character.isalnum() for character in title):
        raise UnusableTextError("title: it says nothing")
    return WrittenScript(
        title=title,
        summary=clean(written.summary),
        tags=_words(written.tags),
        hashtags=tuple(
            "#" + "".join(tag.lstrip("#").split()) for tag in _words(written.hashtags) if tag != "#"
        ),
        scenes=scenes,
    )


def clean(text: str) -> str:
    """Text without control characters, markup, citation marks and needless spaces."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(c if c.isprintable() or c in _JOINERS else " " for c in text)
    text = _CITATION.sub("", _TAG.sub(" ", text))
    for _ in range(3):  # emphasis inside emphasis
        text = _EMPHASIS.sub(r"\2", text)
    return _HEADING.sub("", " ".join(text.split())).strip()


def _scene(number: int, scene: _Scene, documents: Mapping[str, str]) -> DraftScene:
    sentences = []
    for place, sentence in enumerate(scene.sentences, start=1):
        where = f"scene {number}, sentence {place}"
        text = clean(sentence.text)
        if not any(character.isalnum() for character in text):
            raise UnusableTextError(f"{where} says nothing")
        if len(text) > MOST_SENTENCE_CHARACTERS:
            raise UnusableTextError(
                f"{where} has {len(text)} characters, more than {MOST_SENTENCE_CHARACTERS}"
            )
        if sentence.source is not None and sentence.source not in documents:
            raise UnusableTextError(
                f"{where} names source '{clean(sentence.source)[:40]}', and there are only "
                f"{', '.join(documents)}"
            )
        if text[-1].isalnum():
            text += "."  # a voice falls at the end of a sentence only where it sees one
        document = documents[sentence.source] if sentence.source is not None else None
        sentences.append(SourcedSentence(text, document))
    return DraftScene(
        "hook" if number == 1 else "fact", tuple(sentences), clean(scene.visual_description)
    )


def _the_object(answer: str) -> dict[str, Any]:
    """The JSON object of an answer; models put words or a fence around it."""
    text = _THOUGHT.sub("", answer)
    decoder, reason, start = json.JSONDecoder(), "there is no JSON object in it", -1
    for _ in range(_MOST_TRIES):
        start = text.find("{", start + 1)
        if start < 0:
            break
        try:
            value, _ = decoder.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            if reason.startswith("there"):
                reason = f"it is not JSON ({str(error)[:100]})"
            continue
        if isinstance(value, dict) and ("scenes" in value or start == text.find("{")):
            return value
    raise UnusableTextError(reason)


def _words(values: Sequence[str]) -> tuple[str, ...]:
    cleaned = (clean(value)[:60] for value in values)
    return tuple(dict.fromkeys(value for value in cleaned if value))[:30]


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
