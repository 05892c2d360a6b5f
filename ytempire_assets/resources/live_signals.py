"""The live sources: asked politely, all at once, with what they gave before.

Belongs here: joining the adapters of ``discovery/sources`` and the research of
``discovery/research`` with the settings, the ledger and the allowance. How a source is asked is
decided there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.resources.allowances import Allowances
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.signals import (
    Documents,
    Gathered,
    Origin,
    Wanted,
    figure_rows,
)
from ytempire_assets.settings import Settings

if TYPE_CHECKING:
    from ytempire_assets.discovery.sources.sources_file import Sources
    from ytempire_assets.discovery.topics.topic import Topic

POLL_DEADLINE_S = 240.0
"""All sources together; the stage's own limit is longer."""
RESEARCH_DEADLINE_S = 300.0
WORKERS = 8
_METERED_AS = "discovery"


class LiveSources:
    """Signals and documents from the sources of a file.

    Args:
        path: ``sources.yaml``.
        ledger: Keeps validators.
        allowances: Count what YouTube's charts cost.
        tables: The lake; without a stored table nothing that a source answered may be missing.
        secrets: By the argument names of ``load_sources``.
        youtube_scores: Whether counts of other people's YouTube videos may enter scores.
        clock: The time, UTC.
    """

    origin: Origin = "live"

    def __init__(
        self,
        path: Path,
        ledger: Ledger,
        allowances: Allowances,
        tables: LakeTables,
        secrets: dict[str, SecretStr | None],
        youtube_scores: bool,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path = path
        self._ledger = ledger
        self._allowances = allowances
        self._tables = tables
        self._secrets = secrets
        self._youtube_scores = youtube_scores
        self._clock = clock

    @classmethod
    def of(cls, settings: Settings, allowances: Allowances, tables: LakeTables) -> LiveSources:
        """As the settings say."""
        return cls(
            settings.sources_file,
            allowances.ledger,
            allowances,
            tables,
            {
                "reddit_client_id": settings.reddit_client_id,
                "reddit_client_secret": settings.reddit_client_secret,
                "youtube_key": settings.youtube_key,
            },
            settings.youtube_scores,
        )

    def named(self) -> tuple[list[str], dict[str, InvalidInputError]]:
        """The sources' names, and why some of them cannot be asked.

        Raises:
            InvalidInputError: The file of sources does not fit.
        """
        from ytempire_assets.discovery.sources.sources_file import UnreadySource

        sources = self._load().sources
        unready = {one.name: one.problem for one in sources if isinstance(one, UnreadySource)}
        return [one.name for one in sources], unready

    @property
    def restricted(self) -> frozenset[str]:
        """YouTube's charts, unless the operator accepted the terms on derived metrics."""
        return frozenset() if self._youtube_scores else self.perishable

    @property
    def perishable(self) -> frozenset[str]:
        """YouTube's charts: data of other people's channels."""
        from ytempire_assets.discovery.sources.youtube_popular import YouTubePopularSource

        return frozenset(
            source.name
            for source in self._load().sources
            if isinstance(source, YouTubePopularSource)
        )

    def gather(self, day: date) -> Gathered:
        """Asks every source; a day that is over cannot be asked for any more.

        Raises:
            InvalidInputError: The file of sources does not fit.
        """
        from ytempire_assets.discovery.sources.fetch import Fetcher
        from ytempire_assets.discovery.sources.polling import poll_all

        loaded = self._load()
        now = self._clock()
        if abs((day - now.date()).days) > 1:
            return Gathered((), ())
        # A lake that was lost has what sources said no more: then they are asked for all of it.
        kept = bool(self._tables.history("trend_signals", ""))
        known = self._ledger.validators() if kept else {}
        fetcher = Fetcher(loaded.contact)
        try:
            polls = poll_all(loaded.sources, fetcher, known, now, POLL_DEADLINE_S, WORKERS)
        finally:
            fetcher.close()
        for poll in polls:
            self._ledger.keep_validators(poll.validators, now)
        return Gathered(tuple(one for poll in polls for one in poll.signals), tuple(polls), now)

    def stored(self, polled_at: Collection[datetime]) -> None:
        """What these polls gave is in the lake: the sources may be asked for news only."""
        self._ledger.confirm_validators(polled_at)

    def documents(self, topics: Sequence[Wanted]) -> Documents:
        """Searches the topics' documents: their Wikipedia articles, and the pages they point to.

        Raises:
            InvalidInputError: The file of sources does not fit.
        """
        from ytempire_assets.discovery.research.gather import gather
        from ytempire_assets.discovery.sources.fetch import Fetcher

        now = self._clock()
        fetcher = Fetcher(self._load().contact)
        try:
            found = gather(
                [_topic(one, now) for one in topics], fetcher, now, seconds=RESEARCH_DEADLINE_S
            )
        finally:
            fetcher.close()
        rows = [
            {
                "document_id": one.document_id,
                "topic_id": one.topic_id,
                "title": one.title,
                "publisher": one.publisher,
                "address": one.address,
                "licence": one.licence,
                "attribution": one.attribution,
                "reuse": one.reuse,
                "language": one.language,
                "text": one.text,
                "series": [],
                "figures": figure_rows(one.figures),
            }
            for part in found
            for one in part.documents
        ]
        problems = [f"{part.topic_id}: {line}" for part in found for line in part.problems]
        return Documents(tuple(rows), tuple(problems))

    def _load(self) -> Sources:
        from ytempire_assets.discovery.sources.sources_file import load_sources

        quota = self._allowances.meter("youtube", _METERED_AS)
        return load_sources(self._path, quota=quota, **self._secrets)


def _topic(wanted: Wanted, now: datetime) -> Topic:
    """A stored topic as research takes it: its pages stand for its signals."""
    from ytempire_assets.discovery.signals import Signal
    from ytempire_assets.discovery.topics.topic import Topic

    pages = tuple(
        Signal("page", address, wanted.title, now, None, "articles", "mention", address=address)
        for address in wanted.addresses
    )
    return Topic(
        topic_id=wanted.topic_id,
        title=wanted.title,
        titles=(wanted.title,),
        keywords=wanted.keywords,
        language=wanted.language,
        signals=pages,
        sources=("page",),
        first_seen=now,
        last_seen=now,
        cohesion=1.0,
        addresses=wanted.addresses,
    )
