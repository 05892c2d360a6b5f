"""Stories on the front page of Hacker News.

Belongs here: the search API at hn.algolia.com, which gives the whole page with points and comments
in one answer; the official API takes a request for each story.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.sources.addresses import BaseAddress, with_query
from ytempire_assets.discovery.sources.asking import Asking, ask, read_json
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.request import Request
from ytempire_assets.discovery.sources.settings import SourceSettings
from ytempire_assets.discovery.sources.source import Poll, Validators
from ytempire_assets.discovery.sources.untrusted import (
    SUMMARY_CHARACTERS,
    TITLE_CHARACTERS,
    count,
    from_html,
    moment,
    one_line,
    web_address,
)

_MOST_BYTES = 5_000_000
_PAGE = "https://news.ycombinator.com/item?id="
_STORIES = 100
"""The front page has about 30; the API decides, this only must not cut it."""

_CATEGORIES = ("ask_hn", "show_hn", "launch_hn", "job", "poll", "story")


class HackerNewsSettings(SourceSettings):
    """Settings of the front page.

    Attributes:
        address: Base of the search API.
    """

    kind: Literal["hacker_news"]
    address: BaseAddress = "https://hn.algolia.com/api/v1"


class _Page(BaseModel):
    hits: list[Any]


class _Story(BaseModel):
    id: str = Field(alias="objectID", pattern=r"^[0-9]{1,20}$")
    title: str
    url: str | None = None
    author: str | None = None
    points: Any = None
    num_comments: Any = None
    created_at_i: Any = None
    story_text: str | None = None
    tags: list[str] = Field(alias="_tags", default_factory=list)


class HackerNewsSource:
    """The front page."""

    def __init__(self, settings: HackerNewsSettings) -> None:
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
        address = with_query(
            f"{self._settings.address}/search", tags="front_page", hitsPerPage=_STORIES
        )
        request = Request(address=address, most_bytes=_MOST_BYTES)
        fetched = asking.fetch(request, conditional=True)
        if fetched.unchanged:
            return
        stories = asking.items(read_json(fetched, _Page).hits, _Story)
        for story in {story.id: story for story in stories}.values():
            title = one_line(story.title, TITLE_CHARACTERS)
            if not title:
                continue
            yield Signal(
                source=self.name,
                item=story.id,
                title=title,
                observed_at=now,
                value=count(story.points),
                unit="points",
                counting="total",
                published_at=moment(story.created_at_i, now),
                address=web_address(story.url or "") or f"{_PAGE}{story.id}",
                summary=from_html(story.story_text or "", SUMMARY_CHARACTERS),
                language="en",
                niche=self._settings.niche,
                channel=one_line(story.author or "", 60),
                category=next((name for name in _CATEGORIES if name in story.tags), ""),
                comments=count(story.num_comments),
            )
