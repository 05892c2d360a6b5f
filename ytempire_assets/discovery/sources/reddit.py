"""Posts that are hot or rising in subreddits.

Belongs here: Reddit's Data API as an application that acts for no user (OAuth 2.0 client
credentials, RFC 6749 section 4.4). It allows 100 requests a minute, averaged over ten.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, Field, SecretStr, field_validator

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.sources.addresses import checked_base, with_query
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
    moment,
    one_line,
    tag_names,
    web_address,
)
from ytempire_assets.errors import PermanentError, YtempireError

CLIENT_ID_SETTING = "YTEMPIRE_REDDIT_CLIENT_ID"
CLIENT_SECRET_SETTING = "YTEMPIRE_REDDIT_CLIENT_SECRET"  # noqa: S105 - a name

_LISTINGS = ("hot", "rising")
_INTERVAL_S = 0.6
"""100 requests a minute."""

_TOKEN_MARGIN = timedelta(minutes=5)
_MOST_BYTES = 10_000_000
_SITE = "https://www.reddit.com"


def _reddit_base(address: str) -> str:
    return checked_base(address, "reddit.com")


_RedditAddress: TypeAlias = Annotated[str, AfterValidator(_reddit_base)]
_Subreddit: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_]{1,20}$")]


class RedditSettings(SourceSettings):
    """Settings of some subreddits.

    Attributes:
        subreddits: Their names, without ``r/``.
        posts: How many of each listing, up to the 100 that one request gives.
        site: Where tokens are given.
        api: Where tokens are taken.
    """

    kind: Literal["reddit"]
    subreddits: Annotated[tuple[_Subreddit, ...], Field(min_length=1, max_length=50)]
    posts: Annotated[int, Field(ge=1, le=100)] = 50
    site: _RedditAddress = _SITE
    api: _RedditAddress = "https://oauth.reddit.com"


class _Token(BaseModel):
    access_token: SecretStr
    expires_in: float = Field(ge=0, le=10**7)

    @field_validator("access_token")
    @classmethod
    def _sendable(cls, value: SecretStr) -> SecretStr:
        token = value.get_secret_value()
        if not 0 < len(token) <= 4000 or not token.isascii() or not token.isprintable():
            raise ValueError("is no token")
        return value


class _ListingData(BaseModel):
    children: list[Any]


class _Listing(BaseModel):
    data: _ListingData


class _Post(BaseModel):
    name: str = Field(pattern=r"^t3_[a-z0-9]{1,20}$")
    title: str
    subreddit: str
    permalink: str = ""
    selftext: str = ""
    link_flair_text: str | None = None
    author_fullname: str = ""
    score: Any = None
    hide_score: bool = False
    num_comments: Any = None
    created_utc: Any = None
    over_18: bool = False
    stickied: bool = False


class _Child(BaseModel):
    kind: Literal["t3"]
    data: _Post


class RedditSource:
    """Some subreddits.

    Args:
        settings: Which ones.
        client_id: Of the application that the operator registered at Reddit.
        client_secret: Its secret.
    """

    def __init__(
        self, settings: RedditSettings, client_id: SecretStr, client_secret: SecretStr
    ) -> None:
        self._settings = settings
        self._client_id = client_id
        self._client_secret = client_secret
        self._token: SecretStr | None = None
        self._token_until: datetime | None = None

    @property
    def name(self) -> str:
        """The name from the settings."""
        return self._settings.name

    def poll(self, fetcher: Fetcher, known: Mapping[str, Validators], now: datetime) -> Poll:
        """Asks once: a token where the last one ran out, then two listings of each subreddit."""
        asking = Asking(self.name, fetcher, known)
        return ask(asking, lambda: self._collect(asking, fetcher, now))

    def _collect(self, asking: Asking, fetcher: Fetcher, now: datetime) -> list[Signal]:
        found: dict[str, Signal] = {}
        for subreddit in self._settings.subreddits:
            for listing in _LISTINGS:
                if asking.over:
                    break
                try:
                    posts = self._posts(asking, fetcher, now, f"r/{subreddit}/{listing}")
                except YtempireError as error:
                    asking.note(error, f"r/{subreddit}/{listing}")
                    continue
                for post in posts:
                    signal = self._signal(post, now)
                    if signal is not None:
                        found.setdefault(signal.item, signal)
        return list(found.values())

    def _posts(self, asking: Asking, fetcher: Fetcher, now: datetime, path: str) -> list[_Post]:
        address = with_query(f"{self._settings.api}/{path}", limit=self._settings.posts, raw_json=1)
        try:
            fetched = self._authorised(asking, address, now)
        except RefusedError as error:
            if error.status != 401:
                raise
            self._token = None  # taken back before its time: once more with a new one
            fetched = self._authorised(asking, address, now)
        remaining = _number(fetched.headers.get("X-Ratelimit-Remaining"))
        reset_s = _number(fetched.headers.get("X-Ratelimit-Reset"))
        if remaining is not None and remaining < 1 and reset_s:
            fetcher.hold(address, reset_s)
        children = asking.items(read_json(fetched, _Listing).data.children, _Child)
        return [child.data for child in children]

    def _authorised(self, asking: Asking, address: str, now: datetime) -> Fetched:
        if self._token is None or self._token_until is None or now >= self._token_until:
            self._take_token(asking, now)
        token = self._token.get_secret_value() if self._token else ""
        return asking.fetch(
            Request(
                address=address,
                secrets={"Authorization": SecretStr(f"Bearer {token}")},
                interval_s=_INTERVAL_S,
                most_bytes=_MOST_BYTES,
                # Reddit's 429 says there when its period ends.
                wait_headers=("Retry-After", "X-Ratelimit-Reset"),
            )
        )

    def _take_token(self, asking: Asking, now: datetime) -> None:
        pair = f"{self._client_id.get_secret_value()}:{self._client_secret.get_secret_value()}"
        basic = base64.b64encode(pair.encode()).decode()
        try:
            token = asking.model(
                Request(
                    address=f"{self._settings.site}/api/v1/access_token",
                    secrets={"Authorization": SecretStr(f"Basic {basic}")},
                    form={"grant_type": "client_credentials"},
                    refusal=_refused_client,
                ),
                _Token,
            )
        except YtempireError:
            asking.over = True  # without a token every other request would fail as well
            raise
        self._token = token.access_token
        self._token_until = now + timedelta(seconds=token.expires_in) - _TOKEN_MARGIN

    def _signal(self, post: _Post, now: datetime) -> Signal | None:
        title = one_line(post.title, TITLE_CHARACTERS)
        if post.over_18 or post.stickied or not title:
            return None
        return Signal(
            source=self.name,
            item=post.name,
            title=title,
            observed_at=now,
            value=None if post.hide_score else count(post.score),
            unit="upvotes",
            counting="total",
            published_at=moment(post.created_utc, now),
            address=web_address(f"{_SITE}{post.permalink}"),
            summary=one_line(post.selftext, SUMMARY_CHARACTERS),
            tags=tag_names([post.link_flair_text or ""]),
            niche=self._settings.niche,
            channel=one_line(post.author_fullname, 60),
            category=one_line(post.subreddit, 60),
            comments=count(post.num_comments),
        )


def _refused_client(status: int, _body: bytes) -> YtempireError | None:
    if status not in (400, 401, 403):
        return None
    return PermanentError(
        f"Reddit does not accept the application's id and secret ({status})",
        f"set {CLIENT_ID_SETTING} and {CLIENT_SECRET_SETTING} to those that "
        "reddit.com/prefs/apps shows for your application",
    )


def _number(text: str | None) -> float | None:
    """A header's number, which may have a part after the point."""
    text = (text or "").strip()
    if len(text) > 12 or not text.isascii() or not text.replace(".", "", 1).isdecimal():
        return None
    return float(text)
