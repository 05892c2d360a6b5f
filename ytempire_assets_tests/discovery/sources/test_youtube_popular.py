"""YouTube's charts: pooled over regions, counted before they are asked, keys nowhere to be seen."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.youtube_popular import (
    YouTubePopularSettings,
    YouTubePopularSource,
    _duration_s,
)
from ytempire_assets.errors import QuotaError
from ytempire_assets.publishing.quota import Meter, Unmetered
from ytempire_assets_tests.discovery.sources.conftest import NOW
from ytempire_assets_tests.discovery.sources.server import (
    Answer,
    Asked,
    Server,
    closed_port,
    recorded,
)

KEY = "planted_key-Xy9"


@dataclass
class Allowance:
    """An allowance of some units that notes what happens to it."""

    units: int = 100
    events: list[str] = field(default_factory=list)

    def reserve(self, call: str) -> int:
        if not self.units:
            raise QuotaError("today's units are used up", "wait until midnight Pacific Time")
        self.units -= 1
        self.events.append(f"reserve {call}")
        return len(self.events)

    def settle(self, reservation: int, *, sent: bool) -> None:
        assert self.events[reservation - 1].startswith("reserve")
        self.events.append(f"settle {sent}")

    def exhausted(self, call: str, reason: str) -> datetime:
        self.events.append(f"exhausted {call} {reason}")
        return datetime(2026, 11, 22, 8, tzinfo=UTC)


def source(server: Server, quota: Meter, *regions: str, pages: int = 2) -> YouTubePopularSource:
    settings = YouTubePopularSettings(
        kind="youtube_popular",
        name="charts",
        regions=regions,
        pages=pages,
        address=f"{server.url}/v3",
    )
    return YouTubePopularSource(settings, SecretStr(KEY), quota)


def charts(**answers: Answer) -> Callable[[Asked], Answer]:
    """Answers by region and page token."""

    def reply(asked: Asked) -> Answer:
        page = asked.query.get("pageToken", "")
        return answers.get(asked.query["regionCode"] + page, Answer(404))

    return reply


BOTH = {
    "US": recorded("youtube_us_1.json"),
    "USCDIQAA": recorded("youtube_us_2.json"),
    "GB": recorded("youtube_gb_1.json"),
}


def test_charts_of_several_regions_are_pooled(
    server: Server, fetcher: Fetcher, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.on("/v3/videos", charts(**BOTH))
    allowance = Allowance()
    poll = source(server, allowance, "US", "GB").poll(fetcher, {}, NOW)
    assert (poll.outcome, poll.requests) == ("new", 3)
    assert allowance.events == ["reserve videos.list", "settle True"] * 3
    assert poll.problems == ("1 of 3 items have another shape than they should and were left out",)
    first = server.asked[0]
    assert first.headers["x-goog-api-key"] == KEY
    assert first.query == {
        "part": "snippet,statistics,contentDetails",
        "chart": "mostPopular",
        "regionCode": "US",
        "maxResults": "50",
    }
    clock, quiet, show = poll.signals
    assert clock == Signal(
        source="charts",
        item="vidClock_01",
        title="I built a clock that only shows noon",
        observed_at=NOW,
        value=1_843_220.0,
        unit="views",
        counting="total",
        published_at=datetime(2026, 11, 20, 16, 0, 7, tzinfo=UTC),
        address="https://www.youtube.com/watch?v=vidClock_01",
        summary="It took a year. Parts: https://parts.example",
        language="en-US",
        tags=("clock", "making"),
        channel="UCclockclockclockclock01",
        category="28",
        likes=90_417.0,
        comments=3321.0,
        regions=2,
        rank=1,
        duration_s=3723.0,
    )
    # 0 is what the API gives for what is hidden, and a live stream has no length.
    assert (quiet.value, quiet.likes, quiet.comments) == (None, None, None)
    assert (quiet.regions, quiet.rank, quiet.duration_s) == (1, 2, None)
    assert (show.value, show.duration_s, show.regions, show.rank) == (None, None, 2, 1)
    assert KEY not in repr(poll) + caplog.text


def test_it_stops_cleanly_when_the_allowance_is_used_up(server: Server, fetcher: Fetcher) -> None:
    server.on("/v3/videos", charts(**BOTH))
    poll = source(server, Allowance(units=1), "US", "GB").poll(fetcher, {}, NOW)
    assert (poll.outcome, poll.requests, len(server.asked)) == ("new", 1, 1)
    assert [signal.item for signal in poll.signals] == ["vidClock_01", "vidQuiet_02"]
    assert poll.problems == (
        "US: today's units are used up. Next: wait until midnight Pacific Time.",
    )
    none = source(server, Allowance(units=0), "US", "GB").poll(fetcher, {}, NOW)
    assert (none.outcome, none.requests) == ("failed", 0)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(403, recorded("youtube_error_quota.json").body),
        Answer(429, b'{"error": {"message": "Quota exceeded for 1 per day", "errors": []}}'),
    ],
)
def test_the_platforms_own_word_ends_the_day(
    server: Server, fetcher: Fetcher, answer: Answer
) -> None:
    server.on("/v3/videos", answer)
    allowance = Allowance()
    poll = source(server, allowance, "US", "GB").poll(fetcher, {}, NOW)
    assert poll.requests == 1
    assert allowance.events[-1].startswith("exhausted videos.list")
    assert "goes on after 2026-11-22 08:00 UTC" in poll.problems[0]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, recorded("youtube_error_key.json").body),
        (403, b'{"error": {"message": "Not for planted_key-Xy9 <b>", "errors": []}}'),
        (401, b"<html>"),
    ],
)
def test_a_key_that_is_refused_names_its_setting(
    server: Server, fetcher: Fetcher, status: int, body: bytes
) -> None:
    server.on("/v3/videos", Answer(status, body))
    poll = source(server, Unmetered(), "US", "GB").poll(fetcher, {}, NOW)
    assert (poll.outcome, poll.requests) == ("failed", 1)
    (problem,) = poll.problems
    assert "set YTEMPIRE_YOUTUBE_KEY" in problem
    assert "planted" not in problem
    assert "<" not in problem


def test_a_region_without_a_chart_loses_no_other(server: Server, fetcher: Fetcher) -> None:
    missing = Answer(404, recorded("youtube_error_chart.json").body)
    server.on("/v3/videos", charts(**BOTH, KP=missing))
    poll = source(server, Unmetered(), "KP", "GB").poll(fetcher, {}, NOW)
    assert poll.outcome == "new"
    assert len(poll.signals) == 2
    assert poll.problems[0].startswith("KP: YouTube has no such chart (404: The requested")


def test_every_attempt_is_counted(server: Server, fetcher: Fetcher) -> None:
    limit = Answer(403, b'{"error": {"message": "x", "errors": [{"reason": "rateLimitExceeded"}]}}')
    server.on("/v3/videos", Answer(503), limit, recorded("youtube_gb_1.json"))
    allowance = Allowance()
    poll = source(server, allowance, "GB").poll(fetcher, {}, NOW)
    assert (poll.requests, allowance.units) == (3, 97)
    assert len(poll.signals) == 2


def test_what_was_never_sent_gives_its_unit_back(fetcher: Fetcher) -> None:
    settings = YouTubePopularSettings(
        kind="youtube_popular",
        name="charts",
        regions=("US",),
        address=f"http://127.0.0.1:{closed_port()}",
    )
    allowance = Allowance()
    YouTubePopularSource(settings, SecretStr(KEY), allowance).poll(fetcher, {}, NOW)
    assert set(allowance.events) == {"reserve videos.list", "settle False"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT4M13S", 253),
        ("PT1H", 3600),
        ("P1DT2H", 93_600),
        ("P0D", None),
        ("PT0S", None),
        ("", None),
        ("4:13", None),
        ("PT٣S", None),
        ("P" + "9" * 400 + "D", None),
    ],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert _duration_s(text) == seconds
