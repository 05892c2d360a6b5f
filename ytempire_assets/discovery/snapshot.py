"""The sample snapshot: topics with source documents and made-up counts of interest.

Belongs here: what a topic file may say, reading a folder of them, and the replay of their counts.
The texts are written for this project and their facts can be checked at the pages they name. The
counts are not measurements: they are invented, cover 14 days and are replayed for any other day, so
that the whole graph runs offline on every date. Scoring the counts is ``scoring.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.yaml_files import read_yaml_model

SAMPLE_DAY = date(2026, 11, 19)
"""The day of the last value of every signal."""
SERIES_DAYS = 14
"""Length of every signal, in days; the replay repeats after so many."""

_FIRST_DAY = SAMPLE_DAY - timedelta(days=SERIES_DAYS - 1)
_FORBIDDEN_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _one_line(value: str) -> str:
    if _FORBIDDEN_CHARACTER.search(value):
        raise ValueError("must be one line without control characters")
    if not value.strip():
        raise ValueError("must not be empty")
    return value.strip()


def _paragraphs(value: str) -> str:
    """One line a paragraph, one empty line between: files break lines wherever it reads well."""
    parts = (" ".join(part.split()) for part in re.split(r"\n\s*\n", value.strip()))
    text = "\n\n".join(part for part in parts if part)
    if not text:
        raise ValueError("must not be empty")
    if _FORBIDDEN_CHARACTER.search(text.replace("\n", " ")):
        raise ValueError("must not contain control characters")
    return text


def _number(value: object) -> object:
    # YAML reads "yes" as true and "'7'" as text; pydantic would quietly count both as numbers.
    if isinstance(value, bool) or not isinstance(value, int | float):
        # A TypeError would pass through pydantic and lose the file and line.
        raise ValueError(f"must be a number, not {value!r:.40}")  # noqa: TRY004
    return value


Slug: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Line: TypeAlias = Annotated[str, AfterValidator(_one_line)]
Count: TypeAlias = Annotated[int, BeforeValidator(_number), Field(ge=0, le=10**12)]
Figure: TypeAlias = Annotated[
    float, BeforeValidator(_number), Field(ge=0, le=1e18, allow_inf_nan=False)
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SnapshotSeriesPoint(_Part):
    """One point of a chart; ``value`` is finite, not negative, in the unit of its series."""

    label: Annotated[Line, Field(max_length=14)]
    value: Figure


class SnapshotSeries(_Part):
    """Figures worth a chart: a line over years or dates in order, or bars side by side."""

    title: Annotated[Line, Field(max_length=80)]
    unit: Annotated[Line, Field(max_length=40)]
    kind: Literal["line", "bar"]
    points: Annotated[tuple[SnapshotSeriesPoint, ...], Field(min_length=3, max_length=8)]


class SnapshotDocument(_Part):
    """A source text. Its paragraphs are separated by one empty line, each without line breaks."""

    id: Slug
    title: Annotated[Line, Field(max_length=100)]
    publisher: Annotated[Line, Field(max_length=80)]
    address: Annotated[str, Field(pattern=r"^https?://[^\s<>]+$", max_length=500)]
    licence: Annotated[Line, Field(max_length=40)]
    attribution: Annotated[Line, Field(max_length=300)]
    text: Annotated[str, AfterValidator(_paragraphs), Field(max_length=20_000)]
    series: Annotated[tuple[SnapshotSeries, ...], Field(max_length=4)] = ()


class SnapshotSignal(_Part):
    """Made-up counts a day from one simulated source, oldest first; the last is ``SAMPLE_DAY``."""

    source: Slug
    unit: Annotated[Line, Field(max_length=40)]
    values: Annotated[tuple[Count, ...], Field(min_length=SERIES_DAYS, max_length=SERIES_DAYS)]


class SnapshotTopic(_Part):
    """One topic file; ``topic`` is its slug and agrees with the file's name."""

    topic: Slug
    title: Annotated[Line, Field(min_length=20, max_length=60)]
    niche: Slug
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] = "en"
    keywords: Annotated[
        tuple[Annotated[Line, Field(max_length=40)], ...], Field(min_length=3, max_length=6)
    ]
    signals: Annotated[tuple[SnapshotSignal, ...], Field(min_length=1, max_length=8)]
    documents: Annotated[tuple[SnapshotDocument, ...], Field(max_length=8)]

    @field_validator("signals")
    @classmethod
    def _one_signal_a_source(cls, value: tuple[SnapshotSignal, ...]) -> tuple[SnapshotSignal, ...]:
        sources = [signal.source for signal in value]
        if len(set(sources)) != len(sources):
            raise ValueError("two signals have the same source")
        return value

    @field_validator("documents")
    @classmethod
    def _some_source(cls, value: tuple[SnapshotDocument, ...]) -> tuple[SnapshotDocument, ...]:
        if not value:
            raise ValueError("a topic needs at least one source document")
        return value


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a snapshot folder holds.

    Attributes:
        topics: Usable topics, sorted by slug.
        problems: One message for each file that could not be used, naming the file.
    """

    topics: tuple[SnapshotTopic, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Observation:
    """What one signal of a topic says of one day; the value is made up and replayed."""

    topic: str
    source: str
    unit: str
    day: date
    value: int


def load_snapshot(folder: Path) -> Snapshot:
    """Reads every ``*.yaml`` of a folder; a file that cannot be used never hides the others.

    Of two files that claim one document id, the one that comes first by name keeps it.

    Args:
        folder: Folder of topic files.

    Returns:
        The topics and, for every other file, what is wrong with it.

    Raises:
        InvalidInputError: The folder cannot be read or has no ``*.yaml`` file.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".yaml")
    except OSError as error:
        raise InvalidInputError(
            f"the snapshot folder {folder} cannot be read ({error.strerror})",
            "set YTEMPIRE_SNAPSHOT_DIR to a folder of topic files, or unset it for the sample",
        ) from error
    if not paths:
        raise InvalidInputError(
            f"the snapshot folder {folder} has no *.yaml file",
            "put topic files there, or unset YTEMPIRE_SNAPSHOT_DIR for the sample",
        )
    topics: dict[str, SnapshotTopic] = {}
    problems: list[str] = []
    document_files: dict[str, str] = {}
    topic_files: dict[str, str] = {}
    for path in paths:
        try:
            topic = read_yaml_model(path, SnapshotTopic)
        except InvalidInputError as error:
            problems.append(error.problem)
            continue
        problem = _disagreement(path, topic, topic_files, document_files)
        if problem is not None:
            problems.append(problem)
            continue
        topics[topic.topic] = topic
        topic_files[topic.topic] = path.name
        document_files.update((document.id, path.name) for document in topic.documents)
    return Snapshot(tuple(topics[slug] for slug in sorted(topics)), tuple(problems))


def observed_series(
    signal: SnapshotSignal, day: date, days: int = SERIES_DAYS
) -> list[tuple[date, int]]:
    """The last days of a signal up to and including ``day``, in the replay of its made-up counts.

    Day D gets ``values[(D - first day) mod 14]``, where the first day is ``SAMPLE_DAY`` - 13 days.

    Args:
        signal: A signal of the snapshot.
        day: The newest day; any date.
        days: How many days, at least 1.

    Returns:
        Pairs of day and count in the signal's unit, oldest first.

    Raises:
        ValueError: ``days`` is below 1, or the days begin before the calendar.
    """
    if days < 1:
        raise ValueError(f"days must be at least 1, not {days}")
    if (day - date.min).days < days - 1:
        raise ValueError(f"{days} days up to {day.isoformat()} begin before the year 1")
    every = (day - timedelta(days=back) for back in range(days - 1, -1, -1))
    return [(one, signal.values[(one - _FIRST_DAY).days % SERIES_DAYS]) for one in every]


def observations(topic: SnapshotTopic, day: date) -> list[Observation]:
    """What every signal of a topic says of one day: made-up counts, replayed every 14 days.

    Args:
        topic: A topic of the snapshot.
        day: Any date.

    Returns:
        One observation a signal, in the order of the file.
    """
    return [
        Observation(topic.topic, signal.source, signal.unit, day, value)
        for signal in topic.signals
        for _, value in observed_series(signal, day, days=1)
    ]


def _disagreement(
    path: Path,
    topic: SnapshotTopic,
    topic_files: Mapping[str, str],
    document_files: Mapping[str, str],
) -> str | None:
    """What is wrong with a well-formed topic among the files read before it, if anything."""
    if topic.topic in topic_files:
        return f"{path.name}: topic '{topic.topic}' is already in {topic_files[topic.topic]}"
    if topic.topic != path.stem:
        return (
            f"{path.name}: topic: '{topic.topic}' must equal the file's name; "
            f"rename the file to {topic.topic}.yaml or write topic: {path.stem}"
        )
    seen: set[str] = set()
    for document in topic.documents:
        if document.id in seen:
            return f"{path.name}: document id '{document.id}' is given twice"
        if document.id in document_files:
            return (
                f"{path.name}: document id '{document.id}' is already in "
                f"{document_files[document.id]}"
            )
        seen.add(document.id)
    return None
