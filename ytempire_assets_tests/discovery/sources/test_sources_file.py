"""sources.yaml: what it may say, and what a missing secret costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.sources_file import Sources, load_sources
from ytempire_assets.errors import InvalidInputError
from ytempire_assets.publishing.quota import Unmetered
from ytempire_assets_tests.discovery.sources.conftest import NOW
from ytempire_assets_tests.discovery.sources.server import Server, recorded

WHOLE = """
contact: you@example.com
sources:
  - {kind: feed, name: space-news, niche: space, address: "https://space.example/feed/"}
  - {kind: google_trends, name: searches-us, geo: US}
  - {kind: wikipedia, name: readers-en, project: en.wikipedia, articles: 30}
  - {kind: hacker_news, name: hacker-news, niche: technology}
  - {kind: reddit, name: posts, subreddits: [space, astronomy]}
  - {kind: youtube_popular, name: charts, regions: [US, GB], pages: 2}
"""
SECRETS = {
    "reddit_client_id": SecretStr("planted-id"),
    "reddit_client_secret": SecretStr("planted-secret"),
    "youtube_key": SecretStr("planted-key"),
}


def load(folder: Path, text: str, **secrets: SecretStr | None) -> Sources:
    path = folder / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    return load_sources(path, quota=Unmetered(), **secrets)


def test_every_kind_becomes_its_adapter(tmp_path: Path) -> None:
    sources = load(tmp_path, WHOLE, **SECRETS)
    assert sources.contact == "you@example.com"
    assert [(source.name, type(source).__name__) for source in sources.sources] == [
        ("space-news", "FeedSource"),
        ("searches-us", "GoogleTrendsSource"),
        ("readers-en", "WikipediaSource"),
        ("hacker-news", "HackerNewsSource"),
        ("posts", "RedditSource"),
        ("charts", "YouTubePopularSource"),
    ]
    assert "planted" not in repr(sources)


@pytest.mark.parametrize(
    ("missing", "setting", "source"),
    [
        ("reddit_client_id", "YTEMPIRE_REDDIT_CLIENT_ID", "posts"),
        ("reddit_client_secret", "YTEMPIRE_REDDIT_CLIENT_SECRET", "posts"),
        ("youtube_key", "YTEMPIRE_YOUTUBE_KEY", "charts"),
    ],
)
@pytest.mark.parametrize("value", [None, "", "planted key", "planted\n", "plänted"])
def test_a_missing_secret_costs_its_source_alone(
    tmp_path: Path, fetcher: Fetcher, missing: str, setting: str, source: str, value: str | None
) -> None:
    secret = None if value is None else SecretStr(value)
    sources = load(tmp_path, WHOLE, **{**SECRETS, missing: secret})
    unready = [one for one in sources.sources if type(one).__name__ == "UnreadySource"]
    assert [one.name for one in unready] == [source]
    poll = unready[0].poll(fetcher, {}, NOW)
    assert (poll.source, poll.outcome, poll.requests) == (source, "failed", 0)
    assert setting in poll.problems[0]
    assert "planted" not in poll.problems[0]
    assert "plänted" not in poll.problems[0]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("contact: you@example.com\n", "", "contact: missing field"),
        ("you@example.com", "me", "contact: must be an e-mail or web address"),
        ("you@example.com", "'a b@example.com'", "contact: must be an e-mail"),
        ("you@example.com", "'x@y.z)'", "contact: must be an e-mail"),
        ("name: charts", "name: posts", "two sources have the name 'posts'"),
        ("name: charts", "name: Our Charts", "line 9"),
        ("kind: feed", "kind: news", "line 4"),
        ("geo: US", "geo: usa", "line 5"),
        ("geo: US", "geo: US, key: planted", "unknown field"),
        ("https://space.example/feed/", "http://space.example/feed/", "must begin with https://"),
        ("https://space.example/feed/", "file:///etc/passwd", "must be a plain address"),
        ("https://space.example/feed/", "https://u:p@space.example/", "must be a plain address"),
        ("pages: 2", "pages: 5", "line 9"),
        ("pages: 2", "address: 'https://evil.example'", "the credentials may go nowhere else"),
        ("pages: 2", "address: 'https://evilgoogleapis.com'", "the credentials may go nowhere"),
        ("[space, astronomy]", "[], site: 'https://reddit.com.evil.example'", "nowhere else"),
        ("[space, astronomy]", "['../x']", "line 8"),
        ("en.wikipedia", "en.wikipedia.org/x", "line 6"),
    ],
)
def test_what_does_not_fit_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert old in WHOLE
    with pytest.raises(InvalidInputError) as caught:
        load(tmp_path, WHOLE.replace(old, new), **SECRETS)
    assert said in caught.value.problem
    assert "sources.yaml" in caught.value.problem


def test_a_web_address_is_a_contact_too(tmp_path: Path) -> None:
    text = WHOLE.replace("you@example.com", "https://example.com/about")
    assert load(tmp_path, text, **SECRETS).contact == "https://example.com/about"


def test_no_source_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="names no source"):
        load(tmp_path, "contact: you@example.com\nsources: []\n")


def test_a_server_on_this_machine_stands_in(
    tmp_path: Path, server: Server, fetcher: Fetcher
) -> None:
    address = server.on("/feed/", recorded("feed_rss.xml"))
    text = WHOLE.replace("https://space.example/feed/", address)
    assert load(tmp_path, text).sources[0].poll(fetcher, {}, NOW).outcome == "new"


def test_importing_is_free() -> None:
    """No library that is only needed while something is asked."""
    script = (
        "import sys, ytempire_assets.discovery.sources.polling, "
        "ytempire_assets.discovery.sources.sources_file\n"
        "print([name for name in ('requests', 'urllib3', 'feedparser') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
