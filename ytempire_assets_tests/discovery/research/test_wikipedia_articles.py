"""The right article is found, and a wrong one is never taken."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from ytempire_assets.discovery.research.wikipedia_articles import Article, article_about
from ytempire_assets.discovery.sources.errors import BusyError, UnreadableError
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets_tests.discovery.research.conftest import topic
from ytempire_assets_tests.discovery.sources.server import Answer, Asked, Server

SEARCH, API = "/w/rest.php/v1/search/page", "/w/api.php"
TEXT = (
    "The Old River Bridge is a steel bridge over the Old River.\n\n\n== History ==\n"
    "It was opened in 1937 and is 1,280 metres long. Its repairs began in 2024 and took two "
    "years.\n"
    "Cracks had been found in three of its girders, and 3,400 tonnes of steel were replaced. The "
    "new parts came by ship.\n\n\n"
    "== References ==\nSmith (1940)\n"
)
BRIDGE = topic("Old River Bridge reopens after repairs", ("Old River Bridge", "bridge", "repairs"))


def encyclopedia(
    server: Server, found: list[str], pages: Mapping[str, Mapping[str, object]]
) -> str:
    """Serves a search result and articles; returns the base address."""

    def search(asked: Asked) -> Answer:
        results = [
            {"id": 1, "key": title, "title": title, "excerpt": "<b>x</b>"} for title in found
        ]
        return Answer(body=json.dumps({"pages": results}).encode())

    def extract(asked: Asked) -> Answer:
        page = pages.get(asked.query["titles"], {"missing": True})
        whole = {"pageid": 7, "ns": 0, "title": asked.query["titles"], **page}
        if "missing" in page:
            del whole["pageid"]
        return Answer(
            body=json.dumps({"batchcomplete": True, "query": {"pages": [whole]}}).encode()
        )

    server.on(SEARCH, search)
    server.on(API, extract)
    return server.url


def test_an_article_with_its_attribution(server: Server, fetcher: Fetcher) -> None:
    base = encyclopedia(server, ["Old River Bridge"], {"Old River Bridge": {"extract": TEXT}})
    article = article_about(BRIDGE, fetcher, base)
    address = f"{server.url}/wiki/Old_River_Bridge"
    assert article == Article(
        "Old River Bridge",
        address,
        f'"Old River Bridge" by Wikipedia contributors, {address}, licensed under CC BY-SA 4.0',
        "en",
        (
            "The Old River Bridge is a steel bridge over the Old River.",
            "It was opened in 1937 and is 1,280 metres long. Its repairs began in 2024 and took "
            "two years.",
            "Cracks had been found in three of its girders, and 3,400 tonnes of steel were "
            "replaced. The new parts came by ship.",
        ),
    )
    assert server.asked[0].query == {"q": BRIDGE.title, "limit": "5"}
    assert server.asked[1].query["redirects"] == "1"


@pytest.mark.parametrize(
    ("found", "pages"),
    [
        ([], {}),
        (["Napoleon"], {"Napoleon": {"extract": TEXT}}),
        # The title fits, the text is about another bridge.
        (
            ["Bridge"],
            {"Bridge": {"extract": "The bridge is a game of cards for four people. " * 9}},
        ),
        (
            ["Old River Bridge"],
            {"Old River Bridge": {"extract": TEXT, "pageprops": {"disambiguation": ""}}},
        ),
        (["Old River Bridge"], {"Old River Bridge": {"extract": TEXT, "ns": 14}}),
        (["Old River Bridge"], {"Old River Bridge": {"extract": ""}}),
        (["Old River Bridge"], {"Old River Bridge": {"extract": "A bridge."}}),
        (["Old River Bridge"], {"Old River Bridge": {"missing": True}}),
        # A redirect that leads to something else.
        (["Old River Bridge"], {"Old River Bridge": {"extract": TEXT, "title": "Napoleon"}}),
    ],
)
def test_a_wrong_article_is_not_taken(
    server: Server,
    fetcher: Fetcher,
    found: list[str],
    pages: Mapping[str, Mapping[str, object]],
) -> None:
    base = encyclopedia(server, found, pages)
    with pytest.raises(UnreadableError, match="no article that is certainly about this topic"):
        article_about(BRIDGE, fetcher, base)


def test_the_second_result_or_the_second_search_may_be_right(
    server: Server, fetcher: Fetcher
) -> None:
    pages = {"Old River Bridge": {"extract": TEXT}, "River": {"extract": "A river flows. " * 40}}
    base = encyclopedia(server, ["River", "Old River Bridge"], pages)
    assert article_about(BRIDGE, fetcher, base).title == "Old River Bridge"
    nothing = Answer(body=b'{"pages": []}')
    result = Answer(body=b'{"pages": [{"title": "Old River Bridge"}]}')
    server.on(SEARCH, nothing, result)
    assert article_about(BRIDGE, fetcher, base).title == "Old River Bridge"
    assert server.asked[-2].query["q"] == "Old River Bridge bridge repairs"


def test_an_article_among_the_signals_is_taken_without_a_search(
    server: Server, fetcher: Fetcher
) -> None:
    base = encyclopedia(server, [], {"Größe": {"extract": TEXT}})
    signals = (f"{server.url}/wiki/Gr%C3%B6%C3%9Fe?x=y#z", "https://fr.wikipedia.org/wiki/Taille")
    article = article_about(topic("Whatever", ("else",), signals), fetcher, base)
    assert article.address == f"{server.url}/wiki/Gr%C3%B6%C3%9Fe"
    assert server.paths() == [API]


def test_pages_among_the_signals_that_are_no_articles(server: Server, fetcher: Fetcher) -> None:
    base = encyclopedia(
        server, [], {"Size": {"extract": TEXT, "pageprops": {"disambiguation": ""}}}
    )
    signals = tuple(
        f"{server.url}/wiki/{one}" for one in ("Size", "Special:Search", "", "Main_Page")
    )
    with pytest.raises(UnreadableError):
        article_about(topic("Whatever", ("else",), signals), fetcher, base)
    assert server.paths() == [API, SEARCH, SEARCH]


@pytest.mark.parametrize(
    ("language", "asked"), [("ja", "ja"), ("", "en"), ("../x", "en"), ("de", "de")]
)
def test_each_language_has_its_own(
    server: Server, fetcher: Fetcher, language: str, asked: str
) -> None:
    encyclopedia(server, [], {})
    server.on(f"/{asked}{SEARCH}", server.answers[SEARCH][0])
    with pytest.raises(UnreadableError):
        article_about(
            topic("A bridge", ("bridge",), language=language), fetcher, server.url + "/{language}"
        )
    assert server.paths()[0] == f"/{asked}{SEARCH}"


def test_a_long_address_has_a_short_form(server: Server, fetcher: Fetcher) -> None:
    title = "橋" * 20
    base = encyclopedia(server, [title], {title: {"extract": f"{title}は古い。" * 20}})
    article = article_about(topic(title, (title,), language="ja"), fetcher, base)
    assert article.address == f"{server.url}/?curid=7"
    assert article.language == "ja"
    assert len(article.attribution) <= 300


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"pages": 3}', b"[" * 100_000])
def test_an_answer_of_another_shape(server: Server, fetcher: Fetcher, body: bytes) -> None:
    server.on(SEARCH, Answer(body=body))
    with pytest.raises(UnreadableError, match=r"127\.0\.0\.1"):
        article_about(BRIDGE, fetcher, server.url)


def test_a_busy_wikipedia_is_a_failure_with_its_own_name(server: Server, quick: Fetcher) -> None:
    server.on(SEARCH, Answer(429))
    with pytest.raises(BusyError):
        article_about(BRIDGE, quick, server.url)
