"""What a writer is given and what it returns.

Belongs here: the values ``Brief`` and ``Script`` and the protocol ``Writer``; how one gets from the
first to the second is each writer's own module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

SceneKind = Literal["hook", "fact", "closing"]


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One value of a series with its place on the axis."""

    label: str
    value: float


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """Figures of a source that can be charted."""

    title: str
    unit: str
    kind: Literal["line", "bar"]
    points: tuple[SeriesPoint, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A source document; ``text`` has paragraphs separated by an empty line."""

    document_id: str
    title: str
    publisher: str
    address: str
    licence: str
    attribution: str
    text: str
    series: tuple[ChartSeries, ...] = ()


@dataclass(frozen=True, slots=True)
class Brief:
    """What a writer is asked for.

    Attributes:
        video_id: The video.
        topic_title: What it is about.
        niche: Niche of the topic.
        keywords: Names that belong to the topic.
        documents: What may be cited; at least one.
        target_s: Wanted seconds when spoken.
        channel_title: Who speaks.
        call_to_action: The channel's closing line.
        style: educational for now.
        language: BCP 47.
        affiliate_links: Label and address of links for the description.
        voice_name: For the disclosure.
    """

    video_id: str
    topic_title: str
    niche: str
    keywords: tuple[str, ...]
    documents: tuple[Document, ...]
    target_s: float
    channel_title: str
    call_to_action: str
    style: str
    language: str
    affiliate_links: tuple[tuple[str, str], ...] = ()
    voice_name: str = ""


@dataclass(frozen=True, slots=True)
class SourcedSentence:
    """A spoken sentence; ``document_id`` is None only for the channel's own closing line."""

    text: str
    document_id: str | None


@dataclass(frozen=True, slots=True)
class FigureFact:
    """A number with its unit and what it measures, as found in a sentence."""

    value: float
    text: str
    unit: str
    label: str


@dataclass(frozen=True, slots=True)
class DatedFact:
    """A dated event, as found in a sentence."""

    date: str
    text: str


@dataclass(frozen=True, slots=True)
class ScriptScene:
    """One scene: what is spoken, what is to be seen."""

    number: int
    kind: SceneKind
    estimated_s: float
    sentences: tuple[SourcedSentence, ...]
    headline: str
    visual_description: str
    emphasis: tuple[str, ...] = ()
    figure: FigureFact | None = None
    figures: tuple[FigureFact, ...] = ()
    series: ChartSeries | None = None
    milestones: tuple[DatedFact, ...] = ()
    points: tuple[str, ...] = ()
    source_label: str | None = None

    @property
    def narration(self) -> str:
        """What is spoken."""
        return " ".join(sentence.text for sentence in self.sentences)


@dataclass(frozen=True, slots=True)
class Script:
    """A finished script."""

    title: str
    description: str
    tags: tuple[str, ...]
    hashtags: tuple[str, ...]
    scenes: tuple[ScriptScene, ...]
    sources: tuple[Document, ...]
    estimated_s: float
    word_count: int
    complexity: float
    writer: str


SpeakingTime = Callable[[str], float]
"""Seconds that the channel's voice takes for a text."""

TotalTime = Callable[[list[float]], float]
"""Seconds of a narration whose scenes take so many seconds each, pauses included."""


class Writer(Protocol):
    """Writes scripts."""

    def write(self, brief: Brief, speaking_s: SpeakingTime, total_s: TotalTime) -> Script:
        """Writes one script.

        Raises:
            PermanentError: The documents do not give a script of the wanted length.
        """
