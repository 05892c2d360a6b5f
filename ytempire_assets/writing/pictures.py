"""What each scene shows: figures, charts, dates and lists found in what is said.

Belongs here: choosing the content of a picture from a scene's sentences and their documents. How it
is drawn is the video package's business.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ytempire_assets.writing.figures import find_figure, find_milestone, find_points
from ytempire_assets.writing.script import (
    Brief,
    ChartSeries,
    DatedFact,
    Document,
    FigureFact,
    SourcedSentence,
)
from ytempire_assets.writing.sentences import (
    content_words,
    split_document,
    stands_alone,
)
from ytempire_assets.writing.wording import wording

MAX_HEADLINE_CHARS = 90
_FEW_BARS = 4
_MIN_MILESTONES, _MAX_MILESTONES = 3, 4
_MIN_HEADLINE_CHARS = 24
_LEAST_FIT = 0.1


@dataclass(frozen=True, slots=True)
class Drawable:
    """A scene's sentences, as the sources have them, and the documents they stand in.

    A scene that states no fact has its own words and no document.
    """

    sentences: tuple[str, ...]
    document_ids: tuple[str, ...]

    @classmethod
    def of(cls, spoken: Sequence[SourcedSentence]) -> Drawable:
        """What of a scene can be drawn: its facts, or its words where it has none."""
        facts = [one for one in spoken if one.document_id is not None] or list(spoken)
        return cls(
            tuple(line for one in facts for line in (one.original or one.text).splitlines()),
            tuple(one.document_id for one in facts if one.document_id is not None),
        )


@dataclass(frozen=True, slots=True)
class Picture:
    """What one scene shows."""

    headline: str
    description: str
    emphasis: tuple[str, ...]
    source_label: str | None
    figure: FigureFact | None = None
    figures: tuple[FigureFact, ...] = ()
    series: ChartSeries | None = None
    milestones: tuple[DatedFact, ...] = ()
    points: tuple[str, ...] = ()


def plan_pictures(scenes: Sequence[Drawable], brief: Brief) -> list[Picture]:
    """Decides what each scene shows; the first scene is the hook and stays plain type.

    A series or a row of dates is shown once in a video, in the scene it fits best.
    """
    documents = {document.document_id: document for document in brief.documents}
    charts = _place_series(scenes, documents)
    dated = _place_milestones(scenes, documents, brief, taken=set(charts))
    pictures = []
    for index, scene in enumerate(scenes):
        sentence = _leading_sentence(scene, brief.language)
        headline = make_headline(sentence, brief.language)
        picture = Picture(
            headline=headline,
            description=f"words: {headline}",
            emphasis=(),
            source_label=documents[scene.document_ids[0]].publisher if scene.document_ids else None,
        )
        if index == 0:
            picture = replace(picture, figure=find_figure(sentence, brief.language))
        elif index in charts:
            picture = _with_series(picture, charts[index])
        elif index in dated:
            picture = replace(
                picture,
                milestones=dated[index],
                description="timeline: " + "; ".join(f"{d.date} {d.text}" for d in dated[index]),
            )
        else:
            picture = _with_words(picture, sentence, brief.language)
        pictures.append(replace(picture, emphasis=_emphasis(picture, brief)))
    return pictures


def make_headline(sentence: str, language: str = "en") -> str:
    """A sentence, or its first clause if it is too long to be set large."""
    text = sentence.rstrip(".")
    if len(text) <= MAX_HEADLINE_CHARS:
        return text
    said = wording(language)
    for boundary in (said.clause_end, said.phrase_end):
        ends = [match.start() for match in boundary.finditer(text)]
        fitting = [end for end in ends if _MIN_HEADLINE_CHARS <= end <= MAX_HEADLINE_CHARS]
        if fitting:
            return text[: fitting[-1]]
    return text[:MAX_HEADLINE_CHARS].rsplit(" ", 1)[0] + " …"


def _leading_sentence(scene: Drawable, language: str) -> str:
    """The sentence of a scene that gives its picture: one with a figure, else the first."""
    return next(
        (text for text in scene.sentences if find_figure(text, language)), scene.sentences[0]
    )


def _with_series(picture: Picture, series: ChartSeries) -> Picture:
    described = f"{series.kind} chart: {series.title}, in {series.unit}"
    if series.kind == "bar" and len(series.points) <= _FEW_BARS:
        figures = tuple(
            FigureFact(point.value, f"{point.value:,g}", series.unit, point.label)
            for point in series.points
        )
        return replace(picture, headline=series.title, figures=figures, description=described)
    return replace(picture, series=series, description=described)


def _with_words(picture: Picture, sentence: str, language: str) -> Picture:
    points = find_points(sentence, language)
    if points:
        return replace(picture, points=points, description="list: " + ", ".join(points))
    figure = find_figure(sentence, language)
    if figure is not None and figure.text.lstrip("−") in picture.headline:
        # The headline says what the number measures; said twice it would only fill the frame.
        figure = replace(figure, label="" if figure.label == picture.headline else figure.label)
        return replace(
            picture, figure=figure, description=f"number: {figure.text} {figure.unit}".rstrip()
        )
    return picture


def _place_series(
    scenes: Sequence[Drawable], documents: dict[str, Document]
) -> dict[int, ChartSeries]:
    """For each series of a cited document, the scene whose words fit its title best."""
    placed: dict[int, ChartSeries] = {}
    cited = {identity for scene in scenes[1:] for identity in scene.document_ids}
    for identity in sorted(cited):
        for series in documents[identity].series:
            fits = [
                (series_fit(" ".join(scene.sentences), series), -index)
                for index, scene in enumerate(scenes)
                if index and index not in placed and identity in scene.document_ids
            ]
            if fits and max(fits)[0] >= _LEAST_FIT:
                placed[-max(fits)[1]] = series
    return placed


def _place_milestones(
    scenes: Sequence[Drawable],
    documents: dict[str, Document],
    brief: Brief,
    taken: set[int],
) -> dict[int, tuple[DatedFact, ...]]:
    """At most one row of dates a video, where the narration names a date itself."""
    for index, scene in enumerate(scenes):
        if index == 0 or index in taken:
            continue
        said = [fact for text in scene.sentences if (fact := find_milestone(text, brief.language))]
        if not said:
            continue
        row = {fact.date: fact for fact in said}
        own = [documents[identity] for identity in dict.fromkeys(scene.document_ids)]
        for document in own:
            for sentence in split_document(document, 0, brief.language):
                alone = stands_alone(sentence, brief.language)
                fact = find_milestone(sentence.text, brief.language) if alone else None
                if fact is not None and len(row) < _MAX_MILESTONES:
                    row.setdefault(fact.date, fact)
        if len(row) >= _MIN_MILESTONES:
            return {index: tuple(row[date] for date in sorted(row))}
    return {}


def series_fit(text: str, series: ChartSeries) -> float:
    """How well a text goes with a series, 0-1: words of its title, and labels that it names."""
    said = set(content_words(text))
    title = set(content_words(series.title))
    labels = [set(content_words(point.label)) for point in series.points]
    named = sum(bool(label) and label <= said for label in labels) / len(labels)
    return 0.5 * (len(title & said) / max(1, len(title))) + 0.5 * named


def _emphasis(picture: Picture, brief: Brief) -> tuple[str, ...]:
    """What to light in a headline: its number, else what is telling, else a name of the topic."""
    headline, figure = picture.headline, picture.figure
    if figure is not None and figure.text in headline:
        whole = f"{figure.text} {figure.unit}".strip()
        return (whole if whole in headline else figure.text,)
    telling = wording(brief.language).telling.search(headline)
    if telling is not None:
        return (telling.group(),)
    for keyword in sorted(brief.keywords, key=len, reverse=True):
        found = re.search(rf"\b{re.escape(keyword)}\b", headline, re.IGNORECASE)
        if found is not None:
            return (found.group(),)
    return ()
