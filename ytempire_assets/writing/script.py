"""What a writer is given and what it returns.

Belongs here: the values ``Brief`` and ``Script`` and the protocol ``Writer``; how one gets from the
first to the second is each writer's own module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, Protocol

SceneKind = Literal["hook", "fact", "closing"]
Style = Literal["educational", "entertainment", "news", "tutorial"]


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
class Objection:
    """Why an earlier script for the same brief was refused.

    Attributes:
        gate: The gate that refused it.
        reason: What was wrong, in words that a writer can act on.
        sentence: The sentence at fault; empty where the whole script is.
    """

    gate: str
    reason: str
    sentence: str = ""


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
        style: How it is told.
        language: BCP 47.
        affiliate_links: Label and address of links for the description.
        voice_name: For the disclosure.
        tone: Mood of the channel: calm, curious, lively or serious.
        personality: The channel's character in a few words.
        audience: Whom it speaks to.
        lead_s: Seconds of the video before the narration begins.
        objections: Why the script written before was refused; empty for the first one.
    """

    video_id: str
    topic_title: str
    niche: str
    keywords: tuple[str, ...]
    documents: tuple[Document, ...]
    target_s: float
    channel_title: str
    call_to_action: str
    style: Style
    language: str
    affiliate_links: tuple[tuple[str, str], ...] = ()
    voice_name: str = ""
    tone: str = "curious"
    personality: str = ""
    audience: str = ""
    lead_s: float = 0.0
    objections: tuple[Objection, ...] = ()


@dataclass(frozen=True, slots=True)
class SourcedSentence:
    """A spoken sentence.

    Attributes:
        text: As it is spoken.
        document_id: The source that it stands in; None for one that states no fact.
        original: The source's own sentence where ``text`` was joined to the one before it ("It"
            for the name), a line each where two became one; empty where both are the same or the
            writer used words of its own.
    """

    text: str
    document_id: str | None
    original: str = ""


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
class Authorship:
    """Who wrote a script and what that took.

    Attributes:
        writer: Kind and version, such as ``extractive/2``.
        model: The language model as its service names it; empty without one.
        prompt_version: Version of the prompt; empty without one.
        tokens_in: Tokens read by the model, repairs and rewrites included.
        tokens_out: Tokens it wrote.
        answers_reused: Answers that came from the cache and cost nothing.
        cost_usd: What the service charged.
    """

    writer: str
    model: str = ""
    prompt_version: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    answers_reused: int = 0
    cost_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of a long video: where it begins (seconds of the narration) and its name."""

    start_s: float
    title: str


@dataclass(frozen=True, slots=True)
class DraftScene:
    """What a writer says in one scene, before it is timed and drawn.

    Attributes:
        kind: The first scene is the hook, the last the closing.
        sentences: At least one.
        visual_description: What is to be seen; empty leaves it to what is said.
    """

    kind: SceneKind
    sentences: tuple[SourcedSentence, ...]
    visual_description: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A writer's words; ``draft.assemble`` makes the script of it.

    Attributes:
        title: Of the video.
        scenes: Hook, at least one fact, closing.
        authorship: Who wrote it.
        summary: Opening of the description; empty takes the first scenes.
        tags: Empty takes the topic's keywords.
        hashtags: With the sign; empty takes the niche and the keywords.
    """

    title: str
    scenes: tuple[DraftScene, ...]
    authorship: Authorship
    summary: str = ""
    tags: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()


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
    authorship: Authorship
    hook: str = ""
    call_to_action: str = ""
    chapters: tuple[Chapter, ...] = ()


SpeakingTime = Callable[[str], float]
"""Seconds that the channel's voice takes for a text."""

TotalTime = Callable[[list[float]], float]
"""Seconds of a narration whose scenes take so many seconds each, pauses included."""


class Writer(Protocol):
    """Writes scripts; safe to use from several threads."""

    @property
    def name(self) -> str:
        """Kind, version and model: another name may write something else."""

    @property
    def parallel(self) -> int:
        """How many scripts at a time it makes sense to ask for."""

    def write(self, brief: Brief, speaking_s: SpeakingTime, total_s: TotalTime) -> Script:
        """Writes one script.

        Raises:
            PermanentError: The documents do not give a script of the wanted length.
        """
