"""Sites say what robots may read; where they do not say it, nothing is read."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import pytest

from ytempire_assets.discovery.research.robots import (
    KEPT_S,
    LONGEST_DELAY_S,
    MOST_BYTES,
    PRODUCT_TOKEN,
    ForbiddenError,
    Robots,
    RulesUnknownError,
)
from ytempire_assets.discovery.sources.errors import RefusedError
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.errors import TransientError
from ytempire_assets_tests.discovery.research.conftest import Names
from ytempire_assets_tests.discovery.sources.conftest import Clock
from ytempire_assets_tests.discovery.sources.server import Answer, Asked, Server, zipped

At = Callable[[str], str]
TDM = "/.well-known/tdmrep.json"


@pytest.fixture
def robots(guarded: Fetcher, clock: Clock) -> Robots:
    return Robots(guarded, clock)


def text(*lines: str) -> Answer:
    return Answer(body="\n".join(lines).encode(), headers={"Content-Type": "text/plain"})


def allowed(robots: Robots, address: str) -> bool:
    try:
        robots.permit(address)
    except ForbiddenError as error:
        assert "news.example" in error.problem
        assert "\n" not in str(error)
        return False
    return True


@pytest.mark.parametrize(
    ("rules", "path", "expected"),
    [
        ([], "a", True),
        (["User-agent: *", "Disallow:"], "a", True),
        (["User-agent: *", "Disallow: /"], "a", False),
        (["user-agent:*", "disallow:/private"], "private/x", False),
        (["user-agent:*", "disallow:/private"], "public", True),
        (["User-agent: *", "Disallow: /", "Allow: /news/"], "news/a", True),
        (["User-agent: *", "Allow: /news/", "Disallow: /news/*.pdf$"], "news/a.pdf", False),
        (["User-agent: *", "Allow: /news/", "Disallow: /news/*.pdf$"], "news/a.pdf?x", True),
        (["User-agent: GPTBot", "Disallow: /"], "a", True),
        (["User-agent: GPTBot", "User-agent: CCBot", "Disallow: /"], "a", True),
        (
            ["User-agent: *", "Disallow: /", "", f"User-agent: {PRODUCT_TOKEN}", "Allow: /"],
            "a",
            True,
        ),
        (
            ["User-agent: *", "Allow: /", "", f"User-agent: {PRODUCT_TOKEN}", "Disallow: /"],
            "a",
            False,
        ),
        ([f"User-agent: {PRODUCT_TOKEN.upper()}/1.0", "Disallow: /"], "a", False),
        (["User-agent: other", f"User-agent: {PRODUCT_TOKEN} # ours", "Disallow: /"], "a", False),
        (["\ufeffUser-agent: *", "Disallow: /"], "a", False),
        (["User-agent: *", "Disallow: /stra%C3%9Fe"], "stra%c3%9fe/1", False),
        (["<html><body>Not here, but with a status of 200</body></html>"], "a", True),
        (["User-agent: y", "Disallow: /"], "a", True),
    ],
)
def test_the_rules_for_us_hold(
    server: Server, robots: Robots, at: At, rules: list[str], path: str, expected: bool
) -> None:
    server.on("/robots.txt", text(*rules))
    assert allowed(robots, at(f"news.example/{path}")) == expected


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_a_site_without_rules_allows_everything(
    server: Server, robots: Robots, at: At, status: int
) -> None:
    server.on("/robots.txt", Answer(status))
    assert allowed(robots, at("news.example/a"))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500),
        Answer(503),
        Answer(429),
        Answer(503, headers={"Retry-After": "3600"}),
        Answer(302, headers={"Location": "/robots.txt"}),
        Answer(body=b"User-agent: *\n" * (MOST_BYTES // 14 + 1)),
        zipped(b"#" * (MOST_BYTES + 1)),
        Answer(body=b"not gzip", headers={"Content-Encoding": "gzip"}),
        Answer(fault="cut"),
        Answer(fault="reset"),
    ],
)
def test_a_site_that_does_not_say_is_left_alone(
    server: Server, robots: Robots, at: At, answer: Answer
) -> None:
    server.on("/robots.txt", answer)
    for _ in range(2):
        with pytest.raises((RulesUnknownError, RefusedError)) as caught:
            robots.permit(at("news.example/a"))
        assert "news.example" in caught.value.problem
    # It was asked for the rules once, with repeats and redirects, and not again for the next page.
    assert len(server.asked) <= 6


@pytest.mark.parametrize("answer", [Answer(fault="hang"), Answer(fault="drip_body")])
def test_a_slow_site_is_left_alone(
    server: Server, quick: Fetcher, at: At, answer: Answer, names: Names
) -> None:
    from ytempire_assets.discovery.research.public_hosts import PublicHosts
    from ytempire_assets_tests.discovery.research.conftest import port_of

    server.on("/robots.txt", answer)
    guarded = quick.guarded(PublicHosts(names, [("127.0.0.1", port_of(server))]))
    with pytest.raises(RulesUnknownError) as caught:
        Robots(guarded).permit(at("news.example/a"))
    assert isinstance(caught.value, TransientError)
    guarded.close()


def test_rules_lie_where_a_redirect_leads_but_never_inside(
    server: Server, robots: Robots, names: Names, at: At
) -> None:
    server.on("/robots.txt", Answer(301, headers={"Location": at("www.news.example/rules")}))
    server.on("/rules", text("User-agent: *", "Disallow: /private"))
    assert not allowed(robots, at("news.example/private"))
    names.answers["bad.example"] = [["169.254.169.254"]]
    with pytest.raises(RefusedError, match="inside this network"):
        robots.permit(at("bad.example/a"))


@pytest.mark.parametrize(
    ("delay", "expected"),
    [("", 1.0), ("0.2", 1.0), ("7", 7.0), ("900", LONGEST_DELAY_S), ("x", 1.0)],
)
def test_a_site_may_ask_for_more_time(
    server: Server, robots: Robots, at: At, delay: str, expected: float
) -> None:
    server.on("/robots.txt", text("User-agent: *", f"Crawl-delay: {delay}", "Disallow: /x"))
    assert robots.permit(at("news.example/a")) == expected


def test_a_site_is_asked_once_a_day_by_all_threads(
    server: Server, robots: Robots, clock: Clock, at: At
) -> None:
    server.on("/robots.txt", text("User-agent: *", "Disallow: /x"))
    threads = [
        threading.Thread(target=robots.permit, args=(at(f"news.example/{n}"),)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert server.paths() == ["/robots.txt", TDM]
    robots.permit(at("other.example/a"))
    assert len(server.asked) == 4
    clock.now += KEPT_S + 1
    robots.permit(at("news.example/a"))
    assert len(server.asked) == 6


def test_a_site_that_was_not_reached_is_not_asked_again(
    server: Server, robots: Robots, at: At
) -> None:
    server.on("/robots.txt", Answer(404))
    server.on(TDM, Answer(500))
    for _ in range(3):
        with pytest.raises(RulesUnknownError):
            robots.permit(at("news.example/a"))
    assert server.paths().count("/robots.txt") == 1


@pytest.mark.parametrize(
    ("reserved", "path", "expected"),
    [
        ([{"location": "/", "tdm-reservation": 1}], "a", False),
        ([{"location": "/", "tdm-reservation": 0}], "a", True),
        ([{"location": "/news/*", "tdm-reservation": 1}], "news/a", False),
        ([{"location": "/news/*", "tdm-reservation": "1"}], "blog/a", True),
        (
            [{"location": "/", "tdm-reservation": 1}, {"location": "/free/", "tdm-reservation": 0}],
            "free/a",
            True,
        ),
        ({"location": "/", "tdm-reservation": 1}, "a", True),
        ([1, None, {"location": 3}, {"location": "/\nDisallow: /a"}], "a", True),
        ([], "a", True),
    ],
)
def test_reserved_rights_are_heard(
    server: Server, robots: Robots, at: At, reserved: object, path: str, expected: bool
) -> None:
    server.on(TDM, Answer(body=json.dumps(reserved).encode()))
    assert allowed(robots, at(f"news.example/{path}")) == expected


def test_no_rules_take_long_to_read(server: Server, robots: Robots, at: At) -> None:
    agents = [f"User-agent: robot{number}" for number in range(8000)]
    rules = [f"Disallow: /*{number}*x$" for number in range(12_000)]
    server.on("/robots.txt", text(*agents, f"User-agent: {PRODUCT_TOKEN}", *rules))
    server.on(TDM, Answer(body=b"[" * 100_000))
    began = time.monotonic()
    assert allowed(robots, at("news.example/" + "a/" * 500))
    assert time.monotonic() - began < 5


def test_it_asks_politely(server: Server, robots: Robots, clock: Clock, at: At) -> None:
    seen: list[Asked] = []

    def reply(asked: Asked) -> Answer:
        seen.append(asked)
        return text("User-agent: *")

    server.on("/robots.txt", reply)
    robots.permit(at("news.example/a"))
    assert seen[0].headers["user-agent"].startswith(f"{PRODUCT_TOKEN}/")
    assert clock.waits == [1.0]
