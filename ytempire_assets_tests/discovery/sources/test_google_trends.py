"""Google Trends: rounded counts become numbers, and whatever is no feed fails by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.google_trends import (
    GoogleTrendsSettings,
    GoogleTrendsSource,
    parse_traffic,
)
from ytempire_assets.discovery.sources.source import Poll, Validators
from ytempire_assets_tests.discovery.sources.conftest import NOW
from ytempire_assets_tests.discovery.sources.server import Answer, Server, recorded


def polled(server: Server, fetcher: Fetcher, *answers: Answer) -> Poll:
    settings = GoogleTrendsSettings(
        kind="google_trends", name="searches", geo="US", address=server.on("/rss", *answers)
    )
    return GoogleTrendsSource(settings).poll(fetcher, {}, NOW)


def test_searches_of_the_day(server: Server, fetcher: Fetcher) -> None:
    poll = polled(server, fetcher, recorded("trends_us.xml"))
    assert (poll.outcome, poll.problems, poll.requests) == ("new", (), 1)
    assert server.asked[0].query == {"geo": "US"}
    lighthouse, tides = poll.signals
    assert (lighthouse.item, lighthouse.title) == ("lighthouse festival", "lighthouse festival")
    assert (lighthouse.value, lighthouse.unit, lighthouse.counting) == (
        200_000,
        "searches",
        "daily",
    )
    assert lighthouse.observed_at == datetime(2026, 11, 21, tzinfo=UTC)
    assert lighthouse.published_at == datetime(2026, 11, 21, 1, 10, tzinfo=UTC)
    assert lighthouse.address == "https://coast.example/festival"
    assert lighthouse.tags == (
        "Every lighthouse of the coast opens its doors & stairs",
        "What to see at the lighthouse festival",
    )
    assert lighthouse.summary == (
        "Every lighthouse of the coast opens its doors & stairs (Coast Daily) "
        "https://coast.example/festival; What to see at the lighthouse festival (Island Times) "
        "https://island.example/what-to-see"
    )
    assert (tides.item, tides.value, tides.address, tides.summary) == ("tide tables", 1000, "", "")


def test_304(server: Server, fetcher: Fetcher) -> None:
    settings = GoogleTrendsSettings(
        kind="google_trends", name="searches", geo="US", address=server.on("/rss", Answer(304))
    )
    known = {f"{server.url}/rss?geo=US": Validators('"v"')}
    poll = GoogleTrendsSource(settings).poll(fetcher, known, NOW)
    assert (poll.outcome, poll.validators) == ("unchanged", known)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<rss",
        b"<feed/>",
        b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "b">]><rss><item/></rss>',
        b'<?xml version="1.0" encoding="klingon"?><rss/>',
        b"<a>" * 100_000,
        b'<?xml version="1.0" encoding="utf-16"?><rss/>',
    ],
)
def test_what_is_no_feed_fails(server: Server, fetcher: Fetcher, body: bytes) -> None:
    poll = polled(server, fetcher, Answer(body=body))
    assert (poll.outcome, poll.signals) == ("failed", ())
    assert "no RSS" in poll.problems[0]
    page = polled(server, fetcher, replace(recorded("page.html"), status=200))
    assert page.outcome == "failed"


@pytest.mark.parametrize(
    ("text", "searches"),
    [
        ("200+", 200),
        ("200K+", 200_000),
        ("1,000+", 1000),
        ("2M+", 2_000_000),
        ("1.5M+", 1_500_000),
        ("10 000+", 10_000),
        ("10\u00a0000 +", 10_000),
        ("1B", 1e9),
        ("5k+", 5000),
        ("", None),
        ("many", None),
        ("1.000+", None),
        ("1,00+", None),
        ("-5K", None),
        ("K+", None),
        ("٣K", None),
        ("9" * 40, None),
    ],
)
def test_rounded_counts(text: str, searches: float | None) -> None:
    assert parse_traffic(text) == searches


@given(st.integers(0, 10**12 - 1))
def test_grouped_digits_are_read_back(number: int) -> None:
    assert parse_traffic(f"{number:,}+") == number


@given(st.text(max_size=30))
def test_no_count_breaks_anything(text: str) -> None:
    found = parse_traffic(text)
    assert found is None or 0 <= found < 1e22
