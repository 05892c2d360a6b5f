"""Hacker News: the front page in one request."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.hacker_news import HackerNewsSettings, HackerNewsSource
from ytempire_assets.discovery.sources.source import Poll
from ytempire_assets_tests.discovery.sources.conftest import NOW
from ytempire_assets_tests.discovery.sources.server import Answer, Server, recorded


def polled(server: Server, fetcher: Fetcher, answer: Answer) -> Poll:
    server.on("/api/v1/search", answer)
    settings = HackerNewsSettings(kind="hacker_news", name="hn", address=f"{server.url}/api/v1/")
    return HackerNewsSource(settings).poll(fetcher, {}, NOW)


def test_stories_of_the_front_page(server: Server, fetcher: Fetcher) -> None:
    poll = polled(server, fetcher, recorded("hacker_news.json"))
    assert server.asked[0].query == {"tags": "front_page", "hitsPerPage": "100"}
    assert (poll.outcome, poll.requests) == ("new", 1)
    assert poll.problems == ("2 of 4 items have another shape than they should and were left out",)
    sundial, maps = poll.signals
    assert sundial == Signal(
        source="hn",
        item="4600001",
        title="A sundial for a cellar",
        observed_at=NOW,
        value=312.0,
        unit="points",
        counting="total",
        published_at=datetime(2026, 11, 21, 5, tzinfo=UTC),
        address="https://dials.example/cellar?ref=hn",
        language="en",
        channel="dialmaker",
        category="story",
        comments=87.0,
    )
    assert maps.address == "https://news.ycombinator.com/item?id=4600002"
    assert maps.summary == 'I keep mine in a drawer. Where do you keep "yours"?'
    assert (maps.category, maps.comments) == ("ask_hn", 0.0)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "an empty body"),
        (b"<html>", "something other than JSON"),
        (b"[" * 100_000, "something other than JSON"),
        (b'{"hits": 5}', "JSON of another shape"),
        (b"[]", "JSON of another shape"),
        (b"\xff\xfe\x00", "something other than JSON"),
    ],
)
def test_what_is_no_answer_fails(server: Server, fetcher: Fetcher, body: bytes, said: str) -> None:
    poll = polled(server, fetcher, Answer(body=body))
    assert (poll.outcome, poll.signals) == ("failed", ())
    assert said in poll.problems[0]


def test_counts_that_are_none_are_left_out(server: Server, fetcher: Fetcher) -> None:
    body = b"""{"hits": [{"objectID": "1", "title": "\\ud800 a\\u0000b\\u202e", "points": NaN,
        "num_comments": -3, "created_at_i": 1e300, "url": "javascript:alert(1)"}]}"""
    (story,) = polled(server, fetcher, Answer(body=body)).signals
    assert (story.value, story.comments, story.published_at) == (None, None, None)
    assert story.title == "a b"
    assert story.address.startswith("https://news.ycombinator.com/")
