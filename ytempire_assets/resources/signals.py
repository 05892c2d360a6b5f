"""Where signals and source documents come from.

Belongs here: the embedded twin, the sample snapshot, and beside it the live sources, both behind
``SignalDesk``. How a source is asked is in ``discovery/sources``, how a page is read in
``discovery/research``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from ytempire_assets.discovery.signals import Signal
    from ytempire_assets.discovery.snapshot import Snapshot
    from ytempire_assets.discovery.sources.source import Poll
    from ytempire_assets.reading.figures import Figure

Origin = Literal["sample", "live"]

KEPT_DAYS = 30
"""Other people's YouTube data is deleted after so many days (Developer Policies, III.E.4)."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What asking the sources gave.

    Attributes:
        signals: Everything new.
        polls: One entry a source.
        polled_at: When the sources were asked, UTC; None where nobody was.
    """

    signals: tuple[Signal, ...]
    polls: tuple[Poll, ...]
    polled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A topic whose source documents are wanted."""

    topic_id: str
    title: str
    keywords: tuple[str, ...]
    language: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Documents:
    """Source documents, and what could not be had.

    Attributes:
        rows: Rows of the table ``research`` without ``origin`` and ``fingerprint``.
        problems: One line each, naming the topic or the page, with what to do.
    """

    rows: tuple[Mapping[str, Any], ...]
    problems: tuple[str, ...]


class SignalDesk(Protocol):
    """What the discovery stages ask of where signals come from."""

    origin: Origin

    @property
    def restricted(self) -> frozenset[str]:
        """Sources whose counts must not enter a score."""

    @property
    def perishable(self) -> frozenset[str]:
        """Sources whose data must be forgotten after ``KEPT_DAYS``."""

    def gather(self, day: date) -> Gathered:
        """What the sources say of a day."""

    def stored(self, polled_at: Collection[datetime]) -> None:
        """Says that what polls of these times gave is in the lake."""

    def documents(self, topics: Sequence[Wanted]) -> Documents:
        """Source documents of topics."""


class SnapshotSource:
    """Topics from a folder of files.

    Attributes:
        origin: ``sample``: the counts are made up and replayed, every row says so.
    """

    origin: Origin = "sample"
    restricted: frozenset[str] = frozenset()
    perishable: frozenset[str] = frozenset()

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self) -> Snapshot:
        """Reads the folder; files that cannot be used are listed in ``problems``.

        Raises:
            InvalidInputError: The folder cannot be read or holds no usable topic.
        """
        from ytempire_assets.discovery.snapshot import load_snapshot

        return load_snapshot(self.folder)

    def gather(self, day: date) -> Gathered:
        """The made-up counts of the 14 days up to ``day``.

        Raises:
            InvalidInputError: As for ``load``.
        """
        from ytempire_assets.discovery.signals import Signal
        from ytempire_assets.discovery.snapshot import SERIES_DAYS, observed_series
        from ytempire_assets.discovery.sources.source import Poll

        snapshot = self.load()
        signals = tuple(
            Signal(
                source=signal.source,
                item=topic.topic,
                title=topic.title,
                observed_at=datetime(one.year, one.month, one.day, tzinfo=UTC),
                value=float(value),
                unit=signal.unit,
                counting="daily",
                language=topic.language,
                tags=topic.keywords,
                niche=topic.niche,
                topic=topic.topic,
            )
            for topic in snapshot.topics
            for signal in topic.signals
            for one, value in observed_series(signal, day, SERIES_DAYS)
        )
        poll = Poll("sample", "new", signals, snapshot.problems)
        return Gathered(signals, (poll,))

    def stored(self, polled_at: Collection[datetime]) -> None:
        """Nothing to note: the files say the same each time."""

    def documents(self, topics: Sequence[Wanted]) -> Documents:
        """The documents that stand in the topics' files."""
        from ytempire_assets.reading.figures import figures_of

        wanted = {topic.topic_id for topic in topics}
        rows = []
        for topic in self.load().topics:
            if topic.topic in wanted:
                for document in topic.documents:
                    content = document.model_dump(mode="json")
                    rows.append(
                        {
                            "document_id": document.id,
                            "topic_id": topic.topic,
                            "title": document.title,
                            "publisher": document.publisher,
                            "address": content["address"],
                            "licence": document.licence,
                            "attribution": document.attribution,
                            "reuse": "text",
                            "language": topic.language,
                            "text": document.text,
                            "series": content["series"],
                            "figures": figure_rows(
                                figures_of(document.text.split("\n\n"), topic.language)
                            ),
                        }
                    )
        return Documents(tuple(rows), ())


def figure_rows(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Figures as records of the table ``research``."""
    return [
        {
            "text": one.text,
            "kind": one.kind,
            "number": one.number,
            "unit": one.unit,
            "date": one.date,
            "sentence": one.sentence,
            "paragraph": one.paragraph,
        }
        for one in figures
    ]
