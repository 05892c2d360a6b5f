"""Gathering: for each topic its Wikipedia article and the pages that its signals point to.

Belongs here: who is asked in which thread, what becomes of failures, and which documents are kept.
How one article or page is read is ``wikipedia_articles.py`` and ``web_pages.py``.
"""

from __future__ import annotations

import logging
import os
import threading
import traceback
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from ytempire_assets.discovery.research.document import ResearchDocument, TopicDocuments
from ytempire_assets.discovery.research.identity import document_id
from ytempire_assets.discovery.research.licences import WIKIPEDIA as WIKIPEDIA_LICENCE
from ytempire_assets.discovery.research.licences import reuse_of
from ytempire_assets.discovery.research.public_hosts import PublicHosts
from ytempire_assets.discovery.research.relevance import distinct, relevance
from ytempire_assets.discovery.research.robots import Robots
from ytempire_assets.discovery.research.web_pages import PageReader, addresses_to_read
from ytempire_assets.discovery.research.wikipedia_articles import WIKIPEDIA, article_about
from ytempire_assets.discovery.sources.addresses import host_of
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.topics.topic import Topic
from ytempire_assets.errors import YtempireError
from ytempire_assets.reading.figures import figures_of

MOST_DOCUMENTS = 4
"""Documents of one topic: what a writer can use in a few minutes."""

SECONDS = 300.0
"""For all topics of a run."""

_WORKERS = 16
"""Hosts at once; their threads wait most of the time."""
_MANY_FIGURES = 12
"""A document with so many figures is as rich as one needs to be."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Task:
    """One thing to read for one topic."""

    topic: int
    read: Callable[[], ResearchDocument]


_Result = tuple[int, ResearchDocument | str]


def gather(
    topics: Sequence[Topic],
    fetcher: Fetcher,
    now: datetime,
    *,
    hosts: PublicHosts | None = None,
    wikipedia: str = WIKIPEDIA,
    seconds: float = SECONDS,
) -> list[TopicDocuments]:
    """Gathers source documents.

    Args:
        topics: Accepted ones, each with another id.
        fetcher: Asks; Wikipedia by it itself, pages by a guarded twin with the same pace.
        now: UTC.
        hosts: Where addresses from outside may lead; the public network by default.
        wikipedia: Base address with ``{language}`` in it.
        seconds: For everything; a name that is being looked up then may take ten more.

    Returns:
        One for each topic, in their order, with the best documents first: those whose sentences may
        be used, then by relevance and figures. A failure is a line in its topic's problems and
        costs no other document.
    """
    bounded = fetcher.for_seconds(seconds)
    guarded = bounded.guarded(hosts or PublicHosts())
    reader = PageReader(
        guarded, Robots(guarded), threading.BoundedSemaphore(os.cpu_count() or 1), now
    )
    # One thread for each host: its own pace would stop several, and other hosts with them.
    queues: defaultdict[str, list[_Task]] = defaultdict(list)
    for number, topic in enumerate(topics):
        article = partial(_article, topic, bounded, wikipedia)
        queues["wikipedia"].append(_Task(number, article))
        for address in addresses_to_read(topic):
            page = partial(reader.document, topic, address)
            queues[host_of(address)].append(_Task(number, page))
    try:
        with ThreadPoolExecutor(_WORKERS, "research") as pool:
            results = [one for part in pool.map(_run, queues.values()) for one in part]
    finally:
        guarded.close()
    return [
        _chosen(topic, [result for at, result in results if at == number])
        for number, topic in enumerate(topics)
    ]


def _run(tasks: Sequence[_Task]) -> list[_Result]:
    """What comes of the tasks of one host: documents, or lines that say why not."""
    results: list[_Result] = []
    for task in tasks:
        try:
            results.append((task.topic, task.read()))
        except YtempireError as error:
            results.append((task.topic, str(error)))
        except Exception as error:  # noqa: BLE001 - a mistake with one page costs no other
            results.append((task.topic, _broken(error)))
    return results


def _broken(error: Exception) -> str:
    """A line for a mistake of ours; without the error's text, which may hold anything."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{type(error).__name__} at {Path(where.filename).name}:{where.lineno}"
    _log.error("reading a source broke: %s", place)
    return f"reading a source broke ({place}). Next: report that line, which is a mistake of ours."


def _article(topic: Topic, fetcher: Fetcher, wikipedia: str) -> ResearchDocument:
    article = article_about(topic, fetcher, wikipedia)
    return ResearchDocument(
        document_id=document_id(topic.topic_id, "wikipedia", article.address),
        topic_id=topic.topic_id,
        title=article.title,
        publisher="Wikipedia",
        address=article.address,
        licence=WIKIPEDIA_LICENCE,
        reuse=reuse_of(WIKIPEDIA_LICENCE),
        attribution=article.attribution,
        language=article.language,
        text="\n\n".join(article.paragraphs),
        published_on=None,
        relevance=relevance(topic, " ".join((article.title, *article.paragraphs))),
        figures=figures_of(article.paragraphs, article.language),
    )


def _chosen(topic: Topic, results: Sequence[ResearchDocument | str]) -> TopicDocuments:
    found = {one.document_id: one for one in results if isinstance(one, ResearchDocument)}
    ranked = distinct(sorted(found.values(), key=_place))
    problems = tuple(one for one in results if isinstance(one, str))
    return TopicDocuments(topic.topic_id, tuple(ranked[:MOST_DOCUMENTS]), problems)


def _place(document: ResearchDocument) -> tuple[bool, float, str]:
    figures = len({figure.text for figure in document.figures})
    worth = document.relevance + min(1.0, figures / _MANY_FIGURES)
    return document.reuse == "facts", -worth, document.document_id
