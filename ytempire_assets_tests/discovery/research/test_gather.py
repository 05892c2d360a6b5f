"""Topics get documents from Wikipedia and from pages, and what fails costs nothing else."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from ytempire_assets.discovery.research import web_pages
from ytempire_assets.discovery.research.document import TopicDocuments
from ytempire_assets.discovery.research.gather import MOST_DOCUMENTS, gather
from ytempire_assets.discovery.research.public_hosts import PublicHosts
from ytempire_assets.discovery.research.web_pages import MOST_PAGES, addresses_to_read
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.topics.topic import Topic
from ytempire_assets_tests.discovery.research.conftest import Names, page, topic
from ytempire_assets_tests.discovery.research.test_wikipedia_articles import (
    API,
    SEARCH,
    TEXT,
    encyclopedia,
)
from ytempire_assets_tests.discovery.sources.conftest import CONTACT, NOW
from ytempire_assets_tests.discovery.sources.server import Answer, Asked, Server

At = Callable[[str], str]
TITLE = "Old River Bridge reopens after two years of repairs"
KEYWORDS = ("Old River Bridge", "bridge", "repairs")


@pytest.fixture(autouse=True)
def bridge(server: Server) -> None:
    """What the server knows: one article, and pages at any of its names."""
    encyclopedia(server, ["Old River Bridge"], {"Old River Bridge": {"extract": TEXT}})
    server.on("/bridge", page("bridge.html"))
    server.on("/syndicated", page("bridge_syndicated.html"))
    server.on("/free", page("bridge_free.html"))
    server.on("/wind", page("windpark.html"))
    server.on("/train", page("train.html"))
    server.on("/login", page("login.html"))


@pytest.fixture
def ask(
    server: Server, fetcher: Fetcher, hosts: PublicHosts, here: None
) -> Callable[..., list[TopicDocuments]]:
    def ask(*topics: Topic) -> list[TopicDocuments]:
        return gather(topics, fetcher, NOW, hosts=hosts, wikipedia=server.url)

    return ask


Ask = Callable[..., list[TopicDocuments]]


def test_a_topic_with_an_article_and_pages(
    server: Server, fetcher: Fetcher, hosts: PublicHosts, at: At
) -> None:
    pages = (at("a.example/bridge"), at("b.example/syndicated"), at("c.example/free"))
    wanted = [topic(TITLE, KEYWORDS, pages)]
    (found,) = gather(wanted, fetcher, NOW, hosts=hosts, wikipedia=server.url)
    assert found.topic_id == "old-river-bridge"
    assert found.problems == ()
    # What may be read aloud comes first; one of two copies is left out.
    assert {(one.publisher, one.licence, one.reuse) for one in found.documents[:2]} == {
        ("Wikipedia", "CC-BY-SA-4.0", "text"),
        ("Open Engineering Notes", "CC-BY-4.0", "text"),
    }
    free, facts = sorted(found.documents, key=lambda one: one.licence)[::2]
    assert found.documents[2] == facts
    assert facts.publisher in ("The Evening Post", "The Morning Ledger")
    assert (facts.licence, facts.reuse) == ("LicenseRef-Unknown", "facts")
    assert len(found.documents) == 3
    for document in found.documents:
        assert re.fullmatch(r"old-river-bridge-[a-z-]+(-[0-9]+)?-[0-9a-f]{8}", document.document_id)
        assert 0 < len(document.attribution) <= 300
        assert document.address in document.attribution
        assert all(figure.sentence in document.text for figure in document.figures)
    assert free.attribution == (
        f'"How the Old River Bridge was repaired" by Bo Rivet, licensed under CC-BY-4.0, '
        f"{free.address}"
    )
    assert facts.attribution.startswith('Facts from "Old River Bridge reopens after two years", ')
    assert ("$27.5 million", 27.5e6, "USD") in [
        (figure.text, figure.number, figure.unit) for figure in facts.figures
    ]


def test_the_same_documents_in_each_run(ask: Ask, at: At) -> None:
    one = topic(TITLE, KEYWORDS, (at("a.example/bridge"), at("c.example/free")))
    assert ask(one) == ask(one)
    other = replace(one, topic_id="another-topic")
    first, second = ask(one, other)
    assert not {document.document_id for document in first.documents} & {
        document.document_id for document in second.documents
    }


def test_of_three_topics_one_fails(ask: Ask, server: Server, at: At) -> None:
    server.on("/gone", Answer(404))
    server.on("/pdf", Answer(body=b"%PDF-1.7", headers={"Content-Type": "application/pdf"}))
    lost = topic(
        "Nothing of this can be read",
        ("unreadable things",),
        (at("a.example/gone"), at("b.example/pdf"), at("c.example/login"), "https://10.0.0.1/x"),
        topic_id="lost",
    )
    wind = topic(
        "Neuer Windpark vor Rügen liefert Strom",
        ("Windpark", "Rügen", "Strom"),
        (at("d.example/wind"),),
        topic_id="windpark",
        language="de",
    )
    first, second, third = ask(topic(TITLE, KEYWORDS), lost, wind)
    assert [one.publisher for one in first.documents] == ["Wikipedia"]
    assert second.documents == ()
    assert len(second.problems) == 5
    for part in ("no article", "a.example", "b.example", "c.example", "10.0.0.1"):
        (problem,) = (line for line in second.problems if part in line)
        assert "Next: " in problem
        assert problem.isprintable()
    (document,) = third.documents
    assert document.language == "de"
    assert document.reuse == "facts"
    assert ("2,3 Mrd. Euro", 2.3e9) in [(one.text, one.number) for one in document.figures]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Answer(body=b"User-agent: *\nDisallow: /bridge"), "forbids this page to robots"),
        (Answer(503), "does not say what robots may read"),
    ],
)
def test_robots_are_obeyed(ask: Ask, server: Server, at: At, rules: Answer, expected: str) -> None:
    server.on("/robots.txt", rules)
    (found,) = ask(topic(TITLE, KEYWORDS, (at("a.example/bridge"),)))
    assert [one.publisher for one in found.documents] == ["Wikipedia"]
    assert expected in found.problems[0]
    assert "/bridge" not in server.paths()


def test_the_rules_of_a_redirects_target_hold(ask: Ask, server: Server, at: At) -> None:
    def robots(asked: Asked) -> Answer:
        forbids = asked.headers["host"].startswith("b.example")
        return Answer(body=b"User-agent: *\nDisallow: /" if forbids else b"")

    server.on("/robots.txt", robots)
    server.on("/away", Answer(302, headers={"Location": at("b.example/bridge")}))
    (found,) = ask(topic(TITLE, KEYWORDS, (at("a.example/away"),)))
    assert "b.example" in found.problems[0]
    assert "/bridge" not in server.paths()


@pytest.mark.parametrize(
    ("headers", "directive"),
    [({"X_Robots_Tag": "noai"}, "noai"), ({"tdm_reservation": "1"}, "tdm")],
)
def test_heads_are_obeyed(
    ask: Ask, server: Server, at: At, headers: dict[str, str], directive: str
) -> None:
    server.on("/bridge", page("bridge.html", **headers))
    (found,) = ask(topic(TITLE, KEYWORDS, (at("a.example/bridge"),)))
    assert len(found.documents) == 1
    assert f"forbids the use of this page ({directive}" in found.problems[0]


def test_nobody_is_sent_inside(ask: Ask, server: Server, names: Names, at: At) -> None:
    names.answers["evil.example"] = [["169.254.169.254"]]
    names.answers["rebinds.example"] = [["127.0.0.1"], ["127.0.0.1"], ["10.0.0.1"]]
    away = Answer(302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
    server.on("/away", away)
    close = {"Connection": "close"}
    server.on("/robots.txt", Answer(404, headers=close))
    server.on("/.well-known/tdmrep.json", Answer(404, headers=close))
    addresses = (
        at("evil.example/bridge"),
        at("rebinds.example/bridge"),
        at("a.example/away"),
        "http://localhost:22/",
        "http://2130706433/",
    )
    (found,) = ask(topic(TITLE, KEYWORDS, addresses))
    assert len(found.documents) == 1
    assert len(found.problems) == 5
    assert not {"/bridge", "/latest/meta-data/"} & set(server.paths())


def test_pages_that_do_not_belong(ask: Ask, at: At) -> None:
    addresses = (at("a.example/wind"), at("b.example/train"), at("c.example/login"))
    (found,) = ask(topic(TITLE, KEYWORDS, addresses))
    assert [one.publisher for one in found.documents] == ["Wikipedia"]
    problems = sorted(found.problems)
    assert "a.example" in problems[0]
    assert "in the language 'de'" in problems[0]
    assert "in the language 'ja'" in problems[1]
    assert "hardly any readable text" in problems[2]
    other = topic("Cats sleep all day", ("cats", "sleep"), (at("a.example/bridge"),))
    (found,) = ask(other)
    assert "about something else" in found.problems[-1]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        # Which of two limits ends it first, the silence's or the answer's, is a matter of luck.
        (Answer(fault="hang"), "did not finish its answer in time|timed out"),
        (Answer(fault="drip_body"), "did not finish its answer in time"),
        (Answer(body=b"\x1f\x8b\x08broken", headers={"Content-Encoding": "gzip"}), "gzip"),
        (Answer(body=b"<p>" + b"x" * 10_000_000), "more than 2 MB"),
        (Answer(500), "500 Internal Server Error"),
        (Answer(401), "401 Unauthorized"),
    ],
)
def test_faults_have_names(
    server: Server, quick: Fetcher, hosts: PublicHosts, at: At, answer: Answer, expected: str
) -> None:
    server.on("/bad", answer)
    (found,) = gather(
        [topic(TITLE, KEYWORDS, (at("a.example/bad"),))],
        quick,
        NOW,
        hosts=hosts,
        wikipedia=server.url,
    )
    assert [one.publisher for one in found.documents] == ["Wikipedia"]
    assert re.search(expected, found.problems[0])


def test_time_that_is_over_is_a_problem_and_no_wait(
    server: Server, hosts: PublicHosts, at: At
) -> None:
    server.on("/robots.txt", Answer(fault="hang"))
    server.on(SEARCH, Answer(fault="hang"))
    fetcher = Fetcher(CONTACT)
    topics = [topic(TITLE, KEYWORDS, (at(f"h{n}.example/bridge"),)) for n in range(20)]
    topics = [replace(one, topic_id=f"t{n}") for n, one in enumerate(topics)]
    began = time.monotonic()
    found = gather(topics, fetcher, NOW, hosts=hosts, wikipedia=server.url, seconds=1.0)
    assert time.monotonic() - began < 4
    fetcher.close()
    assert len(found) == 20
    assert all(len(one.problems) == 2 and not one.documents for one in found)


def test_a_mistake_of_ours_costs_one_page(
    ask: Ask, at: At, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("planted secret")

    monkeypatch.setattr(web_pages, "figures_of", broken)
    (found,) = ask(topic(TITLE, KEYWORDS, (at("a.example/bridge"),)))
    assert [one.publisher for one in found.documents] == ["Wikipedia"]
    assert re.search(r"ZeroDivisionError at test_gather\.py:\d+", found.problems[0])
    assert "planted" not in found.problems[0] + caplog.text


def test_few_documents_of_many(ask: Ask, server: Server, at: At) -> None:
    def different(asked: Asked) -> Answer:
        number = asked.headers["host"][1]
        text = "".join(
            f"<p>Paragraph {number}{n} of the Old River Bridge repairs says thing{number}x{n}y "
            f"and word{n}of{number} about part{number}{n}.</p>"
            for n in range(8)
        )
        return Answer(body=f"<html lang='en'><article>{text}</article></html>".encode())

    server.on("/own", different)
    addresses = tuple(at(f"h{number}.example/own") for number in range(5))
    (found,) = ask(topic(TITLE, KEYWORDS, addresses))
    assert found.problems == ()
    assert len(found.documents) == MOST_DOCUMENTS
    assert found.documents[0].publisher == "Wikipedia"


def test_no_topics_no_documents(ask: Ask, server: Server) -> None:
    assert ask() == []
    assert server.asked == []


def test_text_from_outside_is_plain_in_documents_and_problems(
    ask: Ask, server: Server, at: At
) -> None:
    planted = "\x1b[31m<script>alert(1)</script>|*_`\u202e"
    server.on(SEARCH, Answer(400, body=planted.encode(), headers={"Content-Type": "text/x"}))
    server.on(API, Answer(400))
    server.on("/odd", Answer(body=b"x", headers={"Content-Type": "text/\x1b[31m<script>|*"}))
    (found,) = ask(topic(TITLE, KEYWORDS, (at("a.example/odd"),)))
    assert len(found.problems) == 2
    for problem in found.problems:
        assert problem.isprintable()
        assert not set("<>|*`\x1b") & set(problem)


# Which addresses are tried


def test_one_page_of_each_host_the_newest_first() -> None:
    addresses = (
        "https://www.a.example/old#x",
        "https://a.example/new",
        "https://b.example/1",
        "https://www.youtube.com/watch?v=abc",
        "https://old.reddit.com/r/x",
        "https://news.ycombinator.com/item?id=1",
        "https://en.wikipedia.org/wiki/X",
        "https://ü.example/straße",
        "not an address",
        "",
        *(f"https://h{number}.example/" for number in range(9)),
    )
    one = topic(TITLE, KEYWORDS, addresses)
    found = addresses_to_read(one)
    assert len(found) == MOST_PAGES
    few = topic(TITLE, KEYWORDS, addresses[:10])
    assert sorted(addresses_to_read(few)) == [
        "https://b.example/1",
        "https://www.a.example/old",
        "https://xn--tda.example/stra%C3%9Fe",
    ]
    assert addresses_to_read(topic(TITLE, KEYWORDS, ("https://notyoutube.com/a",))) == [
        "https://notyoutube.com/a"
    ]
