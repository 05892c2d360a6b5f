"""The Wikipedia article about a topic, as plain text with its licence.

Belongs here: MediaWiki's search (REST API) and text extracts (Action API, extension TextExtracts),
and whether an article is the right one. What people look up there is ``sources/wikipedia.py``.

Texts are CC BY-SA 4.0: each comes with a line that names article, address, authors and licence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from pydantic import BaseModel, Field

from ytempire_assets.discovery.research.extraction import (
    MOST_ADDRESS,
    TITLE_CHARACTERS,
    is_too_short,
    plain_paragraphs,
)
from ytempire_assets.discovery.research.relevance import names_topic, relevance
from ytempire_assets.discovery.sources.addresses import with_query
from ytempire_assets.discovery.sources.asking import read_json
from ytempire_assets.discovery.sources.errors import UnreadableError
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.request import Request
from ytempire_assets.discovery.sources.untrusted import one_line
from ytempire_assets.discovery.sources.wikipedia_titles import is_article
from ytempire_assets.discovery.topics.topic import Topic

WIKIPEDIA = "https://{language}.wikipedia.org"
"""Where the Wikipedia of a language is."""

LEAST_RELEVANCE = 0.5
"""Of an article that was searched for: one that speaks of less is about something else."""

_FOUND = 5
_READ = 3
"""Articles of one search that are read until one is right."""
_INTERVAL_S = 0.1
_MOST_BYTES = 5_000_000
_MOST_QUERY = 200
_LONG_ADDRESS = 150
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z")
_HEADING = re.compile(r"={2,6}[^=].*={2,6}\Z")
_NEXT = "nothing to do here: other sources are used"


@dataclass(frozen=True, slots=True)
class Article:
    """An article; its text is CC BY-SA 4.0.

    Attributes:
        title: At most 100 characters.
        address: Where people read it.
        attribution: Names article, address, authors and licence, at most 300 characters.
        language: Of this Wikipedia.
        paragraphs: Plain text, at most 20,000 characters in all.
    """

    title: str
    address: str
    attribution: str
    language: str
    paragraphs: tuple[str, ...]


class _Found(BaseModel):
    title: str = ""


class _Search(BaseModel):
    pages: list[_Found] = Field(max_length=100)


class _Properties(BaseModel):
    disambiguation: str | None = None


class _Page(BaseModel):
    pageid: int = 0
    ns: int = 0
    title: str = Field(default="", max_length=300)
    extract: str = ""
    pageprops: _Properties = Field(default_factory=_Properties)


class _Query(BaseModel):
    pages: list[_Page] = Field(min_length=1, max_length=10)


class _Extracts(BaseModel):
    query: _Query


def article_about(topic: Topic, fetcher: Fetcher, wikipedia: str = WIKIPEDIA) -> Article:
    """The article that a topic is about: the one among its own signals, or one that is found.

    Args:
        topic: The topic; of an unknown language it is looked up in English.
        fetcher: Asks.
        wikipedia: Base address with ``{language}`` in it.

    Raises:
        UnreadableError: There is no such article, or what is found is about something else.
        YtempireError: As ``Fetcher.fetch``.
    """
    language = topic.language if _LANGUAGE.match(topic.language) else "en"
    base = wikipedia.format(language=language)
    host = urlsplit(base).hostname or ""
    for title in _titles_among_signals(topic, base):
        page = _page(fetcher, base, title)
        if page is not None and not is_too_short(_paragraphs(page)):
            return _article(page, base, language)
    seen: set[str] = set()
    for words in (topic.title, " ".join(topic.keywords[:3])):
        for title in [title for title in _search(fetcher, base, words) if title not in seen][
            :_READ
        ]:
            seen.add(title)
            if not names_topic(topic, title):
                continue
            page = _page(fetcher, base, title)
            if page is not None and _is_about(topic, page):
                return _article(page, base, language)
    raise UnreadableError(f"{host} has no article that is certainly about this topic", _NEXT)


def _titles_among_signals(topic: Topic, base: str) -> Iterator[str]:
    for address in topic.addresses:
        desktop = address.replace(".m.wikipedia.org/", ".wikipedia.org/")
        before, found, title = desktop.partition("/wiki/")
        title = unquote(title.partition("#")[0].partition("?")[0]).replace("_", " ")
        if found and before == base and title and is_article(title.replace(" ", "_")):
            yield title


def _search(fetcher: Fetcher, base: str, words: str) -> list[str]:
    query = one_line(words, _MOST_QUERY)
    if not query:
        return []
    address = with_query(f"{base}/w/rest.php/v1/search/page", q=query, limit=_FOUND)
    found = read_json(fetcher.fetch(_request(address)), _Search)
    return [page.title for page in found.pages if page.title]


def _page(fetcher: Fetcher, base: str, title: str) -> _Page | None:
    """The article of a title, redirects followed; None for what is none."""
    address = with_query(
        f"{base}/w/api.php",
        action="query",
        format="json",
        formatversion=2,
        prop="extracts|pageprops",
        explaintext=1,
        exsectionformat="wiki",
        ppprop="disambiguation",
        redirects=1,
        titles=title.replace("|", " "),
    )
    page = read_json(fetcher.fetch(_request(address)), _Extracts).query.pages[0]
    usable = page.pageid > 0 and page.ns == 0 and page.pageprops.disambiguation is None
    return page if usable else None


def _is_about(topic: Topic, page: _Page) -> bool:
    paragraphs = _paragraphs(page)
    return (
        not is_too_short(paragraphs)
        and names_topic(topic, page.title)  # a redirect may have led elsewhere
        and relevance(topic, " ".join((page.title, *paragraphs))) >= LEAST_RELEVANCE
    )


def _paragraphs(page: _Page) -> tuple[str, ...]:
    lines = [line.strip() for line in page.extract[:400_000].splitlines()]
    return plain_paragraphs([line for line in lines if line and not _HEADING.match(line)])


def _article(page: _Page, base: str, language: str) -> Article:
    title = one_line(page.title, TITLE_CHARACTERS)
    address = f"{base}/wiki/{quote(page.title.replace(' ', '_'), safe='')}"
    if len(address) > _LONG_ADDRESS:  # letters that are not Latin take nine characters each
        address = f"{base}/?curid={page.pageid}"
    attribution = f'"{title}" by Wikipedia contributors, {address}, licensed under CC BY-SA 4.0'
    return Article(title, address[:MOST_ADDRESS], attribution, language, _paragraphs(page))


def _request(address: str) -> Request:
    return Request(address=address, interval_s=_INTERVAL_S, most_bytes=_MOST_BYTES)
