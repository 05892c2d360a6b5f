"""Source documents: what research hands on.

Belongs here: the shapes. Where documents come from is ``gather.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ytempire_assets.discovery.research.licences import Reuse
from ytempire_assets.reading.figures import Figure


@dataclass(frozen=True, slots=True)
class ResearchDocument:
    """One text that a topic can be told from.

    Attributes:
        document_id: Slug of at most 100 characters, unique over topics and the same in each run.
        topic_id: The topic.
        title: At most 100 characters.
        publisher: Who stands behind the facts, at most 80 characters.
        address: Where they can be checked, at most 500 characters.
        licence: SPDX; ``LicenseRef-Unknown`` where all rights are reserved.
        reuse: What that allows. With ``facts`` no sentence may be copied: a writer states the
            figures in its own words and names the source.
        attribution: Line to show with it, at most 300 characters.
        language: BCP 47.
        text: Paragraphs separated by an empty line, at most 20,000 characters.
        published_on: The day that the source gives; None where it gives none.
        relevance: 0-1, how much of the topic it speaks of.
        figures: Its figures with their sentences, in order.
    """

    document_id: str
    topic_id: str
    title: str
    publisher: str
    address: str
    licence: str
    reuse: Reuse
    attribution: str
    language: str
    text: str
    published_on: date | None
    relevance: float
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class TopicDocuments:
    """What was found for one topic.

    Attributes:
        topic_id: The topic.
        documents: The best first; may be empty.
        problems: What went wrong on the way, one line each with what to do; text from outside in
            them is escaped.
    """

    topic_id: str
    documents: tuple[ResearchDocument, ...]
    problems: tuple[str, ...]
