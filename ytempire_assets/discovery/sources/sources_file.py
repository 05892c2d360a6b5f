"""The file that names the sources, and the adapters that it makes.

Belongs here: ``sources.yaml`` as a whole. What each kind of source may say stands with its adapter.
Secrets are no part of the file; they come from the settings of this machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
)

from ytempire_assets.discovery.sources import reddit, youtube_popular
from ytempire_assets.discovery.sources.feeds import FeedSettings, FeedSource
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.google_trends import (
    GoogleTrendsSettings,
    GoogleTrendsSource,
)
from ytempire_assets.discovery.sources.hacker_news import HackerNewsSettings, HackerNewsSource
from ytempire_assets.discovery.sources.reddit import RedditSettings, RedditSource
from ytempire_assets.discovery.sources.source import Poll, Source, Validators
from ytempire_assets.discovery.sources.wikipedia import WikipediaSettings, WikipediaSource
from ytempire_assets.discovery.sources.youtube_popular import (
    Quota,
    YouTubePopularSettings,
    YouTubePopularSource,
)
from ytempire_assets.errors import InvalidInputError
from ytempire_assets.plain_address import split_address
from ytempire_assets.yaml_files import read_yaml_model

AnySettings: TypeAlias = (
    FeedSettings
    | GoogleTrendsSettings
    | WikipediaSettings
    | HackerNewsSettings
    | RedditSettings
    | YouTubePopularSettings
)


def _reachable(contact: str) -> str:
    """An e-mail or web address as it can stand in a header's comment (RFC 9110, 5.6.5)."""
    name, at, domain = contact.partition("@")
    mail = at and name and "." in domain and "@" not in domain
    plain = contact.isascii() and contact.isprintable() and not set(contact) & set(' ()<>;,"\\')
    web = split_address(contact) is not None
    if not plain or not (mail or web):
        raise ValueError(
            "must be an e-mail or web address where the servers' operators reach you, such as "
            "you@example.com"
        )
    return contact


class SourcesFile(BaseModel):
    """What ``sources.yaml`` may say.

    Attributes:
        contact: Where operators of servers reach whoever runs this; every request tells them.
        sources: The sources, each with a name of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    contact: Annotated[str, Field(max_length=200), AfterValidator(_reachable)]
    sources: tuple[Annotated[AnySettings, Field(discriminator="kind")], ...]

    @field_validator("sources")
    @classmethod
    def _named_once(cls, value: tuple[AnySettings, ...]) -> tuple[AnySettings, ...]:
        names = [source.name for source in value]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sources have the name '{twice[0]}'")
        if not value:
            raise ValueError("names no source")
        return value


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a file, ready to be asked, in its order."""

    contact: str
    sources: tuple[Source, ...]


def load_sources(
    path: Path,
    *,
    quota: Quota,
    reddit_client_id: SecretStr | None = None,
    reddit_client_secret: SecretStr | None = None,
    youtube_key: SecretStr | None = None,
) -> Sources:
    """Reads a file of sources.

    Args:
        path: The file.
        quota: Counts what YouTube's charts cost.
        reddit_client_id: Of the operator's application at Reddit.
        reddit_client_secret: Its secret.
        youtube_key: API key of the operator's Google Cloud project.

    Returns:
        All sources of the file. One whose secret is missing is among them; each of its polls fails
        and says which setting it needs.

    Raises:
        InvalidInputError: The file cannot be read or says something that does not fit.
    """
    file = read_yaml_model(path, SourcesFile)
    secrets = {
        reddit.CLIENT_ID_SETTING: reddit_client_id,
        reddit.CLIENT_SECRET_SETTING: reddit_client_secret,
        youtube_popular.KEY_SETTING: youtube_key,
    }
    return Sources(file.contact, tuple(_adapter(one, secrets, quota) for one in file.sources))


class UnreadySource:
    """A source that cannot be asked; every poll of it says why."""

    def __init__(self, name: str, problem: InvalidInputError) -> None:
        self._name = name
        self.problem = problem

    @property
    def name(self) -> str:
        """The name from the settings."""
        return self._name

    def poll(self, _fetcher: Fetcher, _known: Mapping[str, Validators], _now: datetime) -> Poll:
        """Fails without a request."""
        return Poll(self._name, "failed", problems=(str(self.problem),))


def _adapter(
    settings: AnySettings, secrets: Mapping[str, SecretStr | None], quota: Quota
) -> Source:
    match settings:
        case FeedSettings():
            return FeedSource(settings)
        case GoogleTrendsSettings():
            return GoogleTrendsSource(settings)
        case WikipediaSettings():
            return WikipediaSource(settings)
        case HackerNewsSettings():
            return HackerNewsSource(settings)
    try:
        if isinstance(settings, RedditSettings):
            client_id = _secret(secrets, reddit.CLIENT_ID_SETTING, settings.name)
            client_secret = _secret(secrets, reddit.CLIENT_SECRET_SETTING, settings.name)
            return RedditSource(settings, client_id, client_secret)
        key = _secret(secrets, youtube_popular.KEY_SETTING, settings.name)
        return YouTubePopularSource(settings, key, quota)
    except InvalidInputError as error:
        return UnreadySource(settings.name, error)


def _secret(secrets: Mapping[str, SecretStr | None], setting: str, source: str) -> SecretStr:
    """A secret that can stand in a header.

    Raises:
        InvalidInputError: It is missing, or has characters that none has; the message names the
            setting and never shows the secret.
    """
    secret = secrets[setting]
    value = "" if secret is None else secret.get_secret_value()
    if secret is None or not value:
        raise InvalidInputError(
            f"the source '{source}' needs {setting}, which is not set",
            f"set {setting}, or leave the source out",
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise InvalidInputError(
            f"{setting} holds a space or another character that no such secret has",
            f"set {setting} to the secret alone",
        )
    return secret
