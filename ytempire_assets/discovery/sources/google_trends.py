"""What people search for today, by Google Trends' daily feed.

Belongs here: the feed's own elements (``ht:``) and its rounded counts. The feed is
https://trends.google.com/trending/rss?geo=US, the searches that rose in the last 24 hours.

It is not read by feedparser, which keeps only the last of an item's news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.sources.addresses import WebAddress, host_of, with_query
from ytempire_assets.discovery.sources.asking import Asking, ask
from ytempire_assets.discovery.sources.errors import UnreadableError
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.request import Fetched, Request
from ytempire_assets.discovery.sources.settings import SourceSettings
from ytempire_assets.discovery.sources.source import Poll, Validators
from ytempire_assets.discovery.sources.untrusted import (
    SUMMARY_CHARACTERS,
    TITLE_CHARACTERS,
    mailed_date,
    moment,
    one_line,
    tag_names,
    web_address,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MOST_BYTES = 5_000_000
_MOST_ITEMS = 500
_TRAFFIC = re.compile(
    r"(\d{1,3}(?:[, \u00a0]\d{3})+|\d{1,12})(\.\d+)?\s*([KMB]?)\s*\+?", re.IGNORECASE | re.ASCII
)
_FACTORS = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}


class GoogleTrendsSettings(SourceSettings):
    """Settings of the daily feed of one place.

    Attributes:
        geo: Country, or country and region: ``US``, ``US-CA``.
        address: Where the feed is.
    """

    kind: Literal["google_trends"]
    geo: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
    address: WebAddress = "https://trends.google.com/trending/rss"


class GoogleTrendsSource:
    """The daily feed of one place."""

    def __init__(self, settings: GoogleTrendsSettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        """The name from the settings."""
        return self._settings.name

    def poll(self, fetcher: Fetcher, known: Mapping[str, Validators], now: datetime) -> Poll:
        """Asks once: one request."""
        asking = Asking(self.name, fetcher, known)
        return ask(asking, lambda: self._collect(asking, now))

    def _collect(self, asking: Asking, now: datetime) -> Iterator[Signal]:
        fetched = asking.fetch(
            Request(
                address=with_query(self._settings.address, geo=self._settings.geo),
                accept="application/rss+xml, application/xml;q=0.9, */*;q=0.1",
                most_bytes=_MOST_BYTES,
            ),
            conditional=True,
        )
        if fetched.unchanged:
            return
        seen: set[str] = set()
        for item in _items(fetched)[:_MOST_ITEMS]:
            signal = self._signal(item, now)
            # An item has no id, and its link leads to the feed: the search itself is the id.
            if signal is not None and signal.item not in seen:
                seen.add(signal.item)
                yield signal

    def _signal(self, item: Element, now: datetime) -> Signal | None:
        title = one_line(_text(item, "title"), TITLE_CHARACTERS)
        if not title:
            return None
        news = [
            (
                one_line(_text(one, "news_item_title"), TITLE_CHARACTERS),
                one_line(_text(one, "news_item_source"), 100),
                web_address(_text(one, "news_item_url")),
            )
            for one in item
            if _name(one) == "news_item"
        ]
        lines = (
            " ".join(part for part in (heading, f"({source})" if source else "", link) if part)
            for heading, source, link in news
            if heading
        )
        return Signal(
            source=self.name,
            item=title.casefold(),
            title=title,
            # The count is of the last 24 hours, and the newest of a day stands for that day.
            observed_at=now.replace(hour=0, minute=0, second=0, microsecond=0),
            value=parse_traffic(_text(item, "approx_traffic")),
            unit="searches",
            counting="daily",
            published_at=moment(mailed_date(_text(item, "pubDate")), now),
            address=next((link for _, _, link in news if link), ""),
            summary=one_line("; ".join(lines), SUMMARY_CHARACTERS),
            tags=tag_names([heading for heading, _, _ in news]),
            niche=self._settings.niche,
        )


def parse_traffic(text: str) -> float | None:
    """A rounded count of searches such as ``200K+`` or ``1,000+``; None for anything else."""
    found = _TRAFFIC.fullmatch(text.strip())
    if found is None:
        return None
    whole, part, letter = found.groups()
    if part and not letter:  # "1.000" may be a thousand: nobody searches a part of a time
        return None
    number = float(re.sub(r"[^0-9]", "", whole) + (part or ""))
    return number * _FACTORS[letter.lower()]


def _items(fetched: Fetched) -> list[Element]:
    """The items of the feed.

    Raises:
        UnreadableError: It is no RSS, or has a document type, which could hold entities that grow.
    """
    from xml.etree import ElementTree

    class Builder(ElementTree.TreeBuilder):
        def doctype(self, *_: str | None) -> None:
            raise ElementTree.ParseError

    host = host_of(fetched.address)
    try:
        parser = ElementTree.XMLParser(target=Builder())  # noqa: S314 - it refuses document types
        parser.feed(fetched.body)
        root: Element = parser.close()
    except (ElementTree.ParseError, ValueError, LookupError):
        raise UnreadableError(
            f"{host} answered with something that is no RSS",
            "open the address in a browser; the feed may have moved",
        ) from None
    if _name(root) != "rss":
        raise UnreadableError(
            f"{host} answered with XML that is no RSS",
            "open the address in a browser; the feed may have moved",
        )
    return [one for one in root.iter() if _name(one) == "item"]


def _name(element: Element) -> str:
    """Name without namespace: Google has moved the namespace's address before."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _text(element: Element, name: str) -> str:
    """Text of the first child of that name; empty without one."""
    return next((one.text or "" for one in element if _name(one) == name), "")
