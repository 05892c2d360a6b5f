"""RSS and Atom feeds: every entry is one mention.

Belongs here: the settings of a feed and what its entries say as signals. Reading is
``feed_reading.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.sources.addresses import WebAddress
from ytempire_assets.discovery.sources.asking import Asking, ask
from ytempire_assets.discovery.sources.feed_reading import PARSE_S, read_feed
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.request import Request
from ytempire_assets.discovery.sources.settings import SourceSettings
from ytempire_assets.discovery.sources.source import Poll, Validators

_ACCEPT = (
    "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
)


class FeedSettings(SourceSettings):
    """Settings of one feed.

    Attributes:
        address: Address of the feed itself.
        entries: How many of the newest entries count.
    """

    kind: Literal["feed"]
    address: WebAddress
    entries: Annotated[int, Field(ge=1, le=1000)] = 100


class FeedSource:
    """One feed."""

    def __init__(self, settings: FeedSettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        """The name from the settings."""
        return self._settings.name

    def poll(self, fetcher: Fetcher, known: Mapping[str, Validators], now: datetime) -> Poll:
        """Asks once: one request, answered with 304 where nothing changed."""
        asking = Asking(self.name, fetcher, known)
        return ask(asking, lambda: self._collect(asking, fetcher, now))

    def _collect(self, asking: Asking, fetcher: Fetcher, now: datetime) -> Iterator[Signal]:
        request = Request(address=self._settings.address, accept=_ACCEPT)
        fetched = asking.fetch(request, conditional=True)
        if fetched.unchanged:
            return
        feed = read_feed(
            fetched.body,
            address=fetched.address,
            content_type=fetched.headers.get("Content-Type", ""),
            now=now,
            most=self._settings.entries,
            seconds=min(PARSE_S, fetcher.left_s),
        )
        seen: set[str] = set()
        for entry in feed.entries:
            if entry.item in seen:
                continue
            seen.add(entry.item)
            yield Signal(
                source=self.name,
                item=entry.item,
                title=entry.title,
                observed_at=now,
                value=1.0,
                unit="articles",
                counting="mention",
                published_at=entry.published_at,
                address=entry.address,
                summary=entry.summary,
                language=entry.language,
                tags=entry.tags,
                niche=self._settings.niche,
            )
