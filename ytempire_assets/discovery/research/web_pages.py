"""A web page as a source document: asked politely, read safely, and only where that is wanted.

Belongs here: which addresses of a topic are tried, and the way of one of them to a document.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from ytempire_assets.discovery.research.document import ResearchDocument
from ytempire_assets.discovery.research.extraction import READ_S, Page, forbidden, read_page
from ytempire_assets.discovery.research.identity import document_id
from ytempire_assets.discovery.research.licences import reuse_of
from ytempire_assets.discovery.research.relevance import relevance
from ytempire_assets.discovery.research.reservations import reserved_by_head
from ytempire_assets.discovery.research.robots import Robots
from ytempire_assets.discovery.sources.addresses import ascii_address, host_of
from ytempire_assets.discovery.sources.errors import OutOfTimeError, UnreadableError
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.request import Request
from ytempire_assets.discovery.topics.topic import Topic
from ytempire_assets.plain_address import split_address
from ytempire_assets.reading.figures import figures_of

MOST_PAGES = 5
"""Pages that are tried for one topic, each at another host."""

LEAST_RELEVANCE = 0.3
"""A page with less is an error, a list, or asks for consent: its address came with the topic."""

MOST_BYTES = 2_000_000
"""Of one page; a longer one is data or a mistake, and the time of reading grows with the square."""

_MOST_ATTRIBUTION = 300
_NO_ARTICLES = (
    "youtube.com",
    "youtu.be",
    "reddit.com",
    "redd.it",
    "news.ycombinator.com",
    "wikipedia.org",
    "trends.google.com",
    "x.com",
    "twitter.com",
    "facebook.com",
    "instagram.com",
    "tiktok.com",
)
"""Hosts of videos, talk and lists; Wikipedia is asked by its API."""


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads pages from several threads.

    Attributes:
        fetcher: A guarded one, with a bound of time.
        robots: Says what may be read.
        processes: How many pages are read at once; each takes a processor.
        now: UTC.
    """

    fetcher: Fetcher
    robots: Robots
    processes: threading.BoundedSemaphore
    now: datetime

    def document(self, topic: Topic, address: str) -> ResearchDocument:
        """The page at an address as a document of a topic.

        Raises:
            ForbiddenError: The site or the page forbids its use.
            UnreadableError: It is no page of text, in another language, or about something else.
            YtempireError: As ``Fetcher.fetch`` and ``Robots.permit``.
        """
        fetched = self.fetcher.fetch(
            Request(
                address=address,
                accept="text/html, application/xhtml+xml",
                most_bytes=MOST_BYTES,
                permit=self.robots.permit,
            )
        )
        host = host_of(fetched.address)
        directive = reserved_by_head(fetched.headers)
        if directive:
            raise forbidden(host, directive)
        if not self.processes.acquire(timeout=min(self.fetcher.left_s, threading.TIMEOUT_MAX)):
            raise OutOfTimeError(
                f"a page of {host} was not read: the time of this run is over",
                "give research more time",
            )
        try:
            page = read_page(
                fetched.body,
                address=fetched.address,
                content_type=fetched.headers.get("Content-Type", ""),
                now=self.now,
                seconds=min(READ_S, self.fetcher.left_s),
            )
        finally:
            self.processes.release()
        return _document(topic, page, host)


def addresses_to_read(topic: Topic) -> list[str]:
    """The addresses of a topic that may lead to articles: the newest of each host, newest first."""
    newest = sorted(
        topic.signals,
        key=lambda signal: (signal.published_at or signal.observed_at, signal.item),
        reverse=True,
    )
    found: dict[str, str] = {}
    for signal in newest:
        address = ascii_address(signal.address)
        parts = split_address(address)
        host = (parts.hostname or "").removeprefix("www.") if parts else ""
        if not host or any(f".{host}".endswith(f".{other}") for other in _NO_ARTICLES):
            continue
        found.setdefault(host_of(address).removeprefix("www."), address.partition("#")[0])
    return list(found.values())[:MOST_PAGES]


def _document(topic: Topic, page: Page, host: str) -> ResearchDocument:
    language = page.language or topic.language
    if topic.language and language.partition("-")[0] != topic.language:
        raise UnreadableError(
            f"{host} has a page in the language '{language}', while the topic is in "
            f"'{topic.language}'",
            "nothing to do here: other sources are used",
        )
    share = relevance(topic, " ".join((page.title, *page.paragraphs)))
    if share < LEAST_RELEVANCE:
        raise UnreadableError(
            f"{host} has a page that is about something else than the topic",
            "nothing to do here: other sources are used",
        )
    return ResearchDocument(
        document_id=document_id(
            topic.topic_id, urlsplit(page.address).hostname or "", page.address
        ),
        topic_id=topic.topic_id,
        title=page.title,
        publisher=page.publisher,
        address=page.address,
        licence=page.licence,
        reuse=reuse_of(page.licence),
        attribution=_attribution(page),
        language=language,
        text="\n\n".join(page.paragraphs),
        published_on=page.published_on,
        relevance=share,
        figures=figures_of(page.paragraphs, language),
    )


def _attribution(page: Page) -> str:
    """Names title, author and place; the licence too where there is one to name."""
    facts = reuse_of(page.licence) == "facts"
    by = page.publisher if facts or not page.authors else ", ".join(page.authors)
    title = f'Facts from "{page.title}"' if facts else f'"{page.title}" by {by[:60]}'
    place = page.publisher if facts else f"licensed under {page.licence}"
    full = f"{title}, {place}, {page.address}"
    return full if len(full) <= _MOST_ATTRIBUTION else f"{title}, {place}, {host_of(page.address)}"
