"""Wikipedia: the articles among the most read pages, two weeks of each, absent days absent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import unquote

import pytest

from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.source import Poll, Validators
from ytempire_assets.discovery.sources.wikipedia import WikipediaSettings, WikipediaSource
from ytempire_assets.discovery.sources.wikipedia_titles import is_article, language_of
from ytempire_assets_tests.discovery.sources.conftest import NOW
from ytempire_assets_tests.discovery.sources.server import Answer, Server, recorded

TOP = "/m/metrics/pageviews/top/en.wikipedia/all-access/2026/11/20"
DAY_BEFORE = "/m/metrics/pageviews/top/en.wikipedia/all-access/2026/11/19"


def source(server: Server, articles: int = 50) -> WikipediaSource:
    settings = WikipediaSettings(
        kind="wikipedia",
        name="readers",
        project="en.wikipedia",
        articles=articles,
        metrics=f"{server.url}/m",
        pages=f"{server.url}/p/",
    )
    return WikipediaSource(settings)


def series(title: str, first: str = "20261107", last: str = "20261120") -> str:
    base = "/m/metrics/pageviews/per-article/en.wikipedia/all-access/user"
    return f"{base}/{title}/daily/{first}00/{last}00"


def summary(**fields: object) -> Answer:
    whole = json.loads(recorded("wikipedia_summary.json").body) | fields
    return Answer(body=json.dumps(whole).encode())


@pytest.fixture
def wiki(server: Server) -> Server:
    """Everything answers; the tide mill has a series, the others only their place in the list."""
    server.on(TOP, recorded("wikipedia_top.json", ETag='"day"'))
    server.on("/p/page/summary/Tide_mill", recorded("wikipedia_summary.json"))
    server.on(series("Tide_mill"), recorded("wikipedia_series.json"))
    for title in ("Lantern%3A_A_History%2FPart_One", "Caf%C3%A9_clock"):
        server.on(
            f"/p/page/summary/{title}", summary(content_urls={}, description="", extract="It.")
        )
    server.on(
        "/p/page/summary/Unknownspace%3ASomething", summary(namespace={"id": 104, "text": "X"})
    )
    return server


def by_item(poll: Poll) -> dict[str, list[tuple[date, float | None, int | None]]]:
    found: dict[str, list[tuple[date, float | None, int | None]]] = {}
    for signal in poll.signals:
        row = (signal.observed_at.date(), signal.value, signal.rank)
        found.setdefault(signal.item, []).append(row)
    return found


def test_the_most_read_articles_and_how_they_were_read(wiki: Server, fetcher: Fetcher) -> None:
    poll = source(wiki).poll(fetcher, {}, NOW)
    assert (poll.outcome, poll.problems) == ("new", ())
    last = date(2026, 11, 20)
    assert by_item(poll) == {
        "Tide_mill": [
            (date(2026, 11, 7), 812.0, None),
            (date(2026, 11, 18), 990.0, None),
            (date(2026, 11, 19), 120_334.0, None),
            (last, 401_223.0, 1),
        ],
        "Lantern:_A_History/Part_One": [(last, 288_012.0, 2)],
        "Café_clock": [(last, 150_002.0, 3)],
        "Deleted_article": [(last, 90_000.0, 4)],
    }
    mill = poll.signals[0]
    assert mill.observed_at == datetime(2026, 11, 7, tzinfo=UTC)
    assert (mill.title, mill.unit, mill.counting, mill.language) == (
        "Tide mill",
        "views",
        "daily",
        "en",
    )
    assert mill.address == "https://en.wikipedia.org/wiki/Tide_mill"
    assert mill.summary == (
        "Water mill driven by tidal rise and fall. A tide mill is a water mill driven by the tides."
    )
    lantern = next(one for one in poll.signals if one.item.startswith("Lantern"))
    assert unquote(lantern.address) == "https://en.wikipedia.org/wiki/Lantern:_A_History/Part_One"
    assert lantern.summary == "It."


def test_of_many_only_the_first_are_asked_for(wiki: Server, fetcher: Fetcher) -> None:
    poll = source(wiki, articles=1).poll(fetcher, {}, NOW)
    assert list(by_item(poll)) == ["Tide_mill"]
    assert poll.requests == 3


def test_a_list_that_is_known_takes_one_request(wiki: Server, fetcher: Fetcher) -> None:
    first = source(wiki).poll(fetcher, {}, NOW)
    assert first.validators == {f"{wiki.url}{TOP}": Validators('"day"')}
    wiki.on(TOP, Answer(304))
    second = source(wiki).poll(fetcher, first.validators, NOW)
    assert (second.outcome, second.requests) == ("unchanged", 1)
    assert second.validators == first.validators


def test_a_list_that_was_read_in_part_is_asked_for_again(wiki: Server, fetcher: Fetcher) -> None:
    wiki.on(series("Tide_mill"), Answer(500))
    poll = source(wiki).poll(fetcher, {}, NOW)
    assert poll.outcome == "new"
    assert by_item(poll)["Tide_mill"] == [(date(2026, 11, 20), 401_223.0, 1)]
    assert "500 Internal Server Error" in poll.problems[0]
    assert poll.validators == {}


def test_before_the_list_of_yesterday_is_there_the_one_before_counts(
    wiki: Server, fetcher: Fetcher
) -> None:
    wiki.on(DAY_BEFORE, recorded("wikipedia_top.json"))
    wiki.on(TOP, Answer(404, b'{"type": "about:blank", "title": "Not found."}'))
    poll = source(wiki, articles=1).poll(fetcher, {}, NOW)
    assert (poll.outcome, poll.problems) == ("new", ())
    assert series("Tide_mill", "20261106", "20261119") in wiki.paths()
    assert by_item(poll)["Tide_mill"] == [(date(2026, 11, 19), 401_223.0, 1)]


def test_no_list_at_all_fails(server: Server, fetcher: Fetcher) -> None:
    poll = source(server).poll(fetcher, {}, NOW)
    assert (poll.outcome, poll.requests) == ("failed", 2)


def test_after_some_failures_the_list_is_all_that_is_kept(wiki: Server, fetcher: Fetcher) -> None:
    for path in list(wiki.answers):
        if path != TOP:
            wiki.on(path, Answer(fault="reset"))
    poll = source(wiki).poll(fetcher, {}, NOW)
    assert poll.outcome == "new"
    assert len(poll.problems) == 3
    assert len(by_item(poll)) == 5


def test_days_that_are_none_are_left_out(wiki: Server, fetcher: Fetcher) -> None:
    days = [("2026119900", 1), ("2026111900", "many"), ("2025010100", 4), ("2026111800", 7)]
    items = [{"timestamp": day, "views": views} for day, views in days] + [{}]
    wiki.on(series("Tide_mill"), Answer(body=json.dumps({"items": items}).encode()))
    poll = source(wiki, articles=1).poll(fetcher, {}, NOW)
    assert by_item(poll)["Tide_mill"] == [
        (date(2026, 11, 18), 7.0, None),
        (date(2026, 11, 20), 401_223.0, 1),
    ]


def test_a_top_list_of_another_shape_fails(wiki: Server, fetcher: Fetcher) -> None:
    answer = replace(recorded("wikipedia_top.json"), body=b'{"items": [{"articles": [1, {}]}]}')
    wiki.on(TOP, answer)
    poll = source(wiki).poll(fetcher, {}, NOW)
    assert poll.outcome == "failed"
    assert poll.problems[0].startswith("2 of 2 items")


@pytest.mark.parametrize(
    "title",
    [
        "Main_Page",
        "Special:Search",
        "Wikipedia:Hauptseite",
        "Spezial:Suche",
        "Spécial:Recherche",
        "Wikipédia:Accueil_principal",
        "Especial:Buscar",
        "Anexo:Presidentes",
        "Portal:Aktuelle_Ereignisse",
        "Служебная:Поиск",
        "Заглавная_страница",
        "特別:検索",
        "メインページ",
        "Wikipedia_talk:Village_pump",
        "User:Someone/sandbox",
        "File:Clock.jpg",
        "-",
        "",
    ],
)
def test_pages_that_are_no_articles(title: str) -> None:
    assert not is_article(title)


@pytest.mark.parametrize(
    "title",
    ["Mission:_Impossible", "Vita:_A_Life", "Tide_mill", "2026:_A_Year", "Talk", ":_x", "Portals"],
)
def test_pages_that_may_be_articles(title: str) -> None:
    assert is_article(title)


def test_languages() -> None:
    names = ("en.wikipedia", "simple.wikipedia", "zh-yue.wikipedia", "pt.wikipedia")
    assert [language_of(name) for name in names] == ["en", "en", "yue", "pt"]
