"""Reddit: a token for the application, two listings of each subreddit, the limits it names."""

from __future__ import annotations

import base64
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.reddit import RedditSettings, RedditSource
from ytempire_assets.discovery.sources.source import Poll
from ytempire_assets_tests.discovery.sources.conftest import NOW, Clock
from ytempire_assets_tests.discovery.sources.server import Answer, Asked, Server, recorded

TOKEN = "/api/v1/access_token"
PLANTED = ("planted-client", "planted-secret", "planted-reddit-token")


def source(server: Server, *subreddits: str) -> RedditSource:
    settings = RedditSettings(
        kind="reddit",
        name="posts",
        niche="making",
        subreddits=subreddits,
        posts=25,
        site=server.url,
        api=server.url,
    )
    return RedditSource(settings, SecretStr(PLANTED[0]), SecretStr(PLANTED[1]))


@pytest.fixture
def clocks(server: Server) -> RedditSource:
    server.on(TOKEN, recorded("reddit_token.json"))
    server.on("/r/clocks/hot", recorded("reddit_hot.json"))
    server.on("/r/clocks/rising", recorded("reddit_rising.json"))
    return source(server, "clocks")


def nothing_told(poll: Poll, caplog: pytest.LogCaptureFixture) -> None:
    basic = base64.b64encode(f"{PLANTED[0]}:{PLANTED[1]}".encode()).decode()
    for secret in (*PLANTED, basic):
        assert secret not in repr(poll) + caplog.text


def test_hot_and_rising_posts_each_once(
    server: Server, fetcher: Fetcher, clocks: RedditSource, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    poll = clocks.poll(fetcher, {}, NOW)
    assert (poll.outcome, poll.requests) == ("new", 3)
    assert poll.problems == ("1 of 4 items have another shape than they should and were left out",)
    token, hot, rising = server.asked
    assert (token.method, token.form) == ("POST", {"grant_type": "client_credentials"})
    assert token.headers["authorization"].startswith("Basic ")
    assert hot.headers["authorization"] == rising.headers["authorization"]
    assert hot.headers["authorization"] == "Bearer planted-reddit-token"
    assert hot.query == {"limit": "25", "raw_json": "1"}
    regulator, escapement = poll.signals
    assert regulator == Signal(
        source="posts",
        item="t3_1hot01",
        title="My grandfather's regulator runs again",
        observed_at=NOW,
        value=4210.0,
        unit="upvotes",
        counting="total",
        published_at=datetime(2026, 11, 20, 23, tzinfo=UTC),
        address="https://www.reddit.com/r/clocks/comments/1hot01/my_grandfathers_regulator/",
        tags=("Restoration",),
        niche="making",
        channel="t2_abc12",
        category="clocks",
        comments=188.0,
    )
    # A score that is hidden yet is no 1.
    assert (escapement.item, escapement.value) == ("t3_1rise1", None)
    nothing_told(poll, caplog)


def test_a_token_is_used_until_it_runs_out(
    server: Server, fetcher: Fetcher, clocks: RedditSource
) -> None:
    for hours in (0, 1, 25):
        clocks.poll(fetcher, {}, NOW + timedelta(hours=hours))
    assert server.paths().count(TOKEN) == 2


def test_a_token_that_was_taken_back_is_renewed_once(
    server: Server, fetcher: Fetcher, clocks: RedditSource
) -> None:
    server.on("/r/clocks/hot", Answer(401), recorded("reddit_hot.json"))
    poll = clocks.poll(fetcher, {}, NOW)
    assert len(poll.signals) == 2
    assert poll.requests == 5
    server.on("/r/clocks/hot", Answer(401))
    assert "401 Unauthorized" in clocks.poll(fetcher, {}, NOW).problems[0]


@pytest.mark.parametrize("status", [400, 401, 403])
def test_an_application_that_is_refused_names_its_settings(
    server: Server, fetcher: Fetcher, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    body = b'{"message": "planted-secret", "error": 401}'
    server.on(TOKEN, Answer(status, body))
    poll = source(server, "clocks", "maps").poll(fetcher, {}, NOW)
    assert (poll.outcome, poll.requests) == ("failed", 1)
    (problem,) = poll.problems
    assert "YTEMPIRE_REDDIT_CLIENT_ID and YTEMPIRE_REDDIT_CLIENT_SECRET" in problem
    nothing_told(poll, caplog)


@pytest.mark.parametrize("token", ["", "a\\nb", "ü"])
def test_a_token_that_is_none_fails(server: Server, fetcher: Fetcher, token: str) -> None:
    server.on(TOKEN, Answer(body=f'{{"access_token": "{token}", "expires_in": 9}}'.encode()))
    poll = source(server, "clocks").poll(fetcher, {}, NOW)
    assert "JSON of another shape" in poll.problems[0]


def test_one_subreddit_that_is_closed_loses_no_other(
    server: Server, fetcher: Fetcher, clocks: RedditSource
) -> None:
    server.on("/r/maps/hot", Answer(403, b'{"reason": "private", "error": 403}'))
    server.on("/r/maps/rising", Answer(404))
    del clocks
    poll = source(server, "maps", "clocks").poll(fetcher, {}, NOW)
    assert poll.outcome == "new"
    assert len(poll.signals) == 2
    assert [problem.split(" ")[0] for problem in poll.problems[:2]] == [
        "r/maps/hot:",
        "r/maps/rising:",
    ]


def test_the_limit_that_reddit_names_is_kept(
    server: Server, fetcher: Fetcher, clocks: RedditSource, clock: Clock
) -> None:
    spent = {"X-Ratelimit-Remaining": "0.0", "X-Ratelimit-Reset": "37", "X-Ratelimit-Used": "100"}
    server.on("/r/clocks/hot", replace(recorded("reddit_hot.json"), headers=spent))
    clocks.poll(fetcher, {}, NOW)
    assert 37.0 in clock.waits
    waits = sum(clock.waits)
    spent["X-Ratelimit-Reset"] = "480"
    server.on("/r/clocks/hot", replace(recorded("reddit_hot.json"), headers=spent))
    poll = clocks.poll(fetcher, {}, NOW)
    assert "is to be left alone until" in poll.problems[-1]
    assert len(poll.signals) == 1
    assert sum(clock.waits) - waits < 2


def test_429_waits_until_its_period_ends(
    server: Server, fetcher: Fetcher, clocks: RedditSource, clock: Clock
) -> None:
    server.on(
        "/r/clocks/hot",
        Answer(429, headers={"X-Ratelimit-Reset": "12"}),
        recorded("reddit_hot.json"),
    )
    poll = clocks.poll(fetcher, {}, NOW)
    assert len(poll.signals) == 2
    assert 12.0 in clock.waits


def test_requests_keep_to_a_hundred_a_minute(
    server: Server, fetcher: Fetcher, clock: Clock
) -> None:
    names = [f"sub{number}" for number in range(10)]

    def listing(asked: Asked) -> Answer:
        del asked
        return Answer(body=b'{"kind": "Listing", "data": {"children": []}}')

    server.on(TOKEN, recorded("reddit_token.json"))
    for name in names:
        for part in ("hot", "rising"):
            server.on(f"/r/{name}/{part}", listing)
    poll = source(server, *names).poll(fetcher, {}, NOW)
    assert (poll.outcome, poll.requests) == ("new", 21)
    assert sum(clock.waits) >= 19 * 0.6
