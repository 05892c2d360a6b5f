"""What people look up in Wikipedia: the most read articles and how they were read for two weeks.

Belongs here: Wikimedia's page view API (wikimedia.org/api/rest_v1) and the summaries of pages.
Which titles are no articles is ``wikipedia_titles.py``.

Texts are CC BY-SA: who shows them names the article and its address.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.sources.addresses import BaseAddress
from ytempire_assets.discovery.sources.asking import Asking, ask, read_json
from ytempire_assets.discovery.sources.errors import RefusedError
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.request import Fetched, Request
from ytempire_assets.discovery.sources.settings import SourceSettings
from ytempire_assets.discovery.sources.source import Poll, Validators
from ytempire_assets.discovery.sources.untrusted import (
    SUMMARY_CHARACTERS,
    TITLE_CHARACTERS,
    count,
    one_line,
    web_address,
)
from ytempire_assets.discovery.sources.wikipedia_titles import is_article, language_of
from ytempire_assets.errors import YtempireError

SERIES_DAYS = 14
"""Days of page views that are asked of each article."""

_INTERVAL_S = 0.1
_MOST_BYTES = 5_000_000
_MOST_TITLE = 255
"""Bytes that MediaWiki allows a title."""


class WikipediaSettings(SourceSettings):
    """Settings of one Wikipedia.

    Attributes:
        project: Its name, such as ``en.wikipedia``.
        articles: How many of the most read ones; each takes two requests.
        metrics: Base of the page view API.
        pages: Base of the page API; empty for the project's own.
    """

    kind: Literal["wikipedia"]
    project: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,20}\.wikipedia$")]
    articles: Annotated[int, Field(ge=1, le=500)] = 50
    metrics: BaseAddress = "https://wikimedia.org/api/rest_v1"
    pages: BaseAddress | Literal[""] = ""


class _Answer(BaseModel):
    items: list[Any]


class _TopDay(BaseModel):
    articles: list[Any]


class _TopArticle(BaseModel):
    article: str = Field(min_length=1, max_length=_MOST_TITLE)
    views: Any = None


class _DayViews(BaseModel):
    timestamp: str = Field(pattern=r"^[0-9]{8}00$")
    views: Any = None


class _Namespace(BaseModel):
    id: int = 0


class _Address(BaseModel):
    page: str = ""


class _Addresses(BaseModel):
    desktop: _Address = Field(default_factory=_Address)


class _Summary(BaseModel):
    type: str = "standard"
    namespace: _Namespace = Field(default_factory=_Namespace)
    title: str = ""
    extract: str = ""
    description: str = ""
    addresses: _Addresses = Field(alias="content_urls", default_factory=_Addresses)


class WikipediaSource:
    """The most read articles of one Wikipedia."""

    def __init__(self, settings: WikipediaSettings) -> None:
        self._settings = settings
        self._language = language_of(settings.project)
        self._pages = settings.pages or f"https://{settings.project}.org/api/rest_v1"

    @property
    def name(self) -> str:
        """The name from the settings."""
        return self._settings.name

    def poll(self, fetcher: Fetcher, known: Mapping[str, Validators], now: datetime) -> Poll:
        """Asks once: the list of a day, then a summary and a series for each article.

        The list of a day is written once. Where it is known already and everything of it was read,
        one request says so.
        """
        asking = Asking(self.name, fetcher, known)
        return ask(asking, lambda: self._collect(asking, now.date()))

    def _collect(self, asking: Asking, today: date) -> list[Signal]:
        day, top = self._top(asking, today)
        if top.unchanged:
            return []
        days = asking.items(read_json(top, _Answer).items, _TopDay)
        listed = asking.items((one for part in days for one in part.articles), _TopArticle)
        signals: list[Signal] = []
        taken = 0
        for article in listed:
            if taken == self._settings.articles:
                break
            if is_article(article.article):
                found = list(self._article(asking, article, day, taken + 1))
                signals += found
                taken += bool(found)
        if asking.noted:
            asking.half_used()
        return signals

    def _top(self, asking: Asking, today: date) -> tuple[date, Fetched]:
        """The list of yesterday, or of the day before while yesterday's is not there yet."""
        day = today - timedelta(days=1)
        try:
            return day, self._top_of(asking, day)
        except RefusedError as error:
            if error.status != 404:
                raise
        day -= timedelta(days=1)
        return day, self._top_of(asking, day)

    def _top_of(self, asking: Asking, day: date) -> Fetched:
        path = f"pageviews/top/{self._settings.project}/all-access/{day:%Y/%m/%d}"
        address = f"{self._settings.metrics}/metrics/{path}"
        return asking.fetch(_request(address), conditional=True)

    def _article(
        self, asking: Asking, article: _TopArticle, day: date, rank: int
    ) -> Iterator[Signal]:
        summary = self._summary(asking, article.article)
        if summary.namespace.id != 0 or summary.type == "mainpage":
            return  # a page of a kind whose name in this language nobody wrote down
        series = self._series(asking, article.article, day)
        listed = count(article.views)
        if listed is not None:  # the list came first: it counts where the series lacks its day
            series.setdefault(day, listed)
        title = article.article.replace("_", " ")
        address = f"https://{self._settings.project}.org/wiki/{quote(article.article, safe='')}"
        text = ". ".join(part for part in (summary.description, summary.extract) if part)
        for one, views in sorted(series.items()):
            yield Signal(
                source=self.name,
                item=one_line(article.article, _MOST_TITLE),
                title=one_line(title, TITLE_CHARACTERS),
                observed_at=datetime.combine(one, time(), UTC),
                value=views,
                unit="views",
                counting="daily",
                address=web_address(summary.addresses.desktop.page) or address,
                summary=one_line(text, SUMMARY_CHARACTERS),
                language=self._language,
                niche=self._settings.niche,
                rank=rank if one == day else None,
            )

    def _summary(self, asking: Asking, title: str) -> _Summary:
        if asking.over:  # what the list says is kept all the same
            return _Summary()
        address = f"{self._pages}/page/summary/{quote(title, safe='')}"
        try:
            return asking.model(_request(address), _Summary)
        except YtempireError as error:
            # An article that was deleted since has none, and that is no problem.
            if not isinstance(error, RefusedError) or error.status != 404:
                asking.note(error)
            return _Summary()

    def _series(self, asking: Asking, title: str, last: date) -> dict[date, float]:
        """Views by day; a day that the API does not give is absent."""
        if asking.over:
            return {}
        first = last - timedelta(days=SERIES_DAYS - 1)
        path = (
            f"pageviews/per-article/{self._settings.project}/all-access/user/"
            f"{quote(title, safe='')}/daily/{first:%Y%m%d}00/{last:%Y%m%d}00"
        )
        try:
            answer = asking.model(_request(f"{self._settings.metrics}/metrics/{path}"), _Answer)
        except YtempireError as error:
            if not isinstance(error, RefusedError) or error.status != 404:
                asking.note(error)
            return {}
        series: dict[date, float] = {}
        for one in asking.items(answer.items, _DayViews):
            views = count(one.views)
            try:
                day = datetime.strptime(one.timestamp[:8], "%Y%m%d").replace(tzinfo=UTC).date()
            except ValueError:
                continue
            if views is not None and first <= day <= last:
                series[day] = views
        return series


def _request(address: str) -> Request:
    return Request(address=address, interval_s=_INTERVAL_S, most_bytes=_MOST_BYTES)
