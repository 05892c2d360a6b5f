"""Typed settings: the only module that reads the environment.

Belongs here: what differs between two machines that run the same channels. What differs between two
channels stands in their files (``channels.py``). Every setting is an environment variable with the
prefix ``YTEMPIRE_``; nothing is read before ``load_settings`` is called.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.loopback import HOST

SAMPLE_SNAPSHOT = Path(__file__).parent / "sample" / "topics"


class Settings(BaseSettings):
    """Where state lives, which sources are read and what this machine's time costs."""

    model_config = SettingsConfigDict(env_prefix="YTEMPIRE_", frozen=True, extra="ignore")

    home: Path = Field(default=Path(".ytempire"), description="Folder of all state")
    channels_dir: Path = Field(default=Path("channels"), description="Folder of channel files")
    snapshot_dir: Path = Field(default=SAMPLE_SNAPSHOT, description="Folder of snapshot topics")
    signals: Literal["sample", "live"] = Field(
        default="sample", description="Where signals come from: the sample, or sources_file"
    )
    sources_file: Path = Field(
        default=Path("sources.yaml"), description="The live sources, with a contact"
    )
    reddit_client_id: SecretStr | None = Field(
        default=None, description="Id of your application at Reddit"
    )
    reddit_client_secret: SecretStr | None = Field(default=None, description="Its secret")
    youtube_key: SecretStr | None = Field(
        default=None, description="API key of the Google Cloud project, for YouTube's charts"
    )
    youtube_scores: bool = Field(
        default=False,
        description="Let counts of other people's videos enter scores: needs YouTube's acceptance "
        "of derived metrics",
    )
    sandbox_url: str | None = Field(
        default=None, description="Running sandbox; without it each run starts one of its own"
    )
    sandbox_port: int = Field(default=8765, ge=1, le=65535, description="Port of sandbox serve")
    ledger: SecretStr | None = Field(
        default=None,
        description="SQLAlchemy address of the ledger, e.g. of Postgres; a file without it",
    )
    credentials_dir: Path | None = Field(
        default=None, description="Folder of channels' OAuth tokens; inside the home folder"
    )
    google_client: Path | None = Field(
        default=None, description="OAuth client file of the Google Cloud project, mode 0600"
    )
    quota_project: str = Field(
        default="default",
        min_length=1,
        max_length=60,
        description="The one Google Cloud project whose allowance is counted",
    )
    quota_uploads: int = Field(default=100, ge=0, description="videos.insert calls a Pacific day")
    quota_searches: int = Field(default=100, ge=0, description="search.list calls a Pacific day")
    quota_units: int = Field(default=10_000, ge=0, description="Units a day for everything else")
    quota_stats: int = Field(default=10_000, ge=0, description="Units a day for batchGetStats")
    captions_when_short: Literal["later", "skip", "wait"] = Field(
        default="later",
        description="When units run short: captions follow later, are left out, or hold the video",
    )
    review_port: int = Field(default=8766, ge=1, le=65535, description="Port of review serve")
    ffmpeg: str | None = Field(default=None, description="ffmpeg to use instead of the bundled one")
    encoder: Literal["auto", "libx264", "h264_nvenc"] = Field(
        default="auto", description="H.264 encoder; auto takes the GPU when it works"
    )
    pexels_key: SecretStr | None = Field(default=None, description="Key of the Pexels API")
    images_url: str | None = Field(
        default=None, description="Address of an OpenAI-compatible image service, up to /v1"
    )
    images_key: SecretStr | None = Field(default=None, description="Its key; local ones need none")
    images_model: str | None = Field(default=None, description="Its model")
    images_price_usd: Decimal = Field(
        default=Decimal(0), ge=0, description="Price of one of its pictures, for the cost columns"
    )
    diffusers_device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="Where diffusers draws; auto takes the GPU when there is one"
    )
    diffusers_memory_gb: float = Field(
        default=8.0, gt=0, description="GPU memory that drawing pictures may take"
    )
    parallel_renders: int = Field(default=2, ge=1, le=64, description="Renders at a time")
    cpu_usd_per_hour: Decimal = Field(
        default=Decimal("0.04"), ge=0, description="Price of one core-hour, for the cost columns"
    )

    @field_validator(
        "home",
        "channels_dir",
        "snapshot_dir",
        "sources_file",
        "credentials_dir",
        "google_client",
    )
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @field_validator("sandbox_url", "images_url")
    @classmethod
    def _plain_url(cls, value: str | None) -> str | None:
        if value is None or not value.strip():
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @property
    def lake_dir(self) -> Path:
        """Folder of the Parquet tables."""
        return self.home / "lake"

    @property
    def blobs_dir(self) -> Path:
        """Folder of the content-addressed files."""
        return self.home / "blobs"

    @property
    def ledger_url(self) -> str:
        """SQLAlchemy address of the ledger; holds a password where the setting does."""
        if self.ledger is not None and self.ledger.get_secret_value().strip():
            return self.ledger.get_secret_value().strip()
        return f"sqlite:///{self.home / 'ledger.db'}"

    @property
    def review_url(self) -> str:
        """Where people find the review desk while it runs."""
        return f"http://{HOST}:{self.review_port}/"

    @property
    def dagster_dir(self) -> Path:
        """``DAGSTER_HOME`` of runs that this project starts."""
        return self.home / "dagster"

    @property
    def sandbox_dir(self) -> Path:
        """State of the local platform."""
        return self.home / "sandbox"

    @property
    def tokens_dir(self) -> Path:
        """Folder of the channels' OAuth tokens, mode 0700."""
        return self.credentials_dir or self.home / "credentials"

    @property
    def out_dir(self) -> Path:
        """Finished files, named for people."""
        return self.home / "out"


def load_settings() -> Settings:
    """Reads the settings from the environment.

    Raises:
        InvalidInputError: A variable does not fit; the message names it.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "YTEMPIRE_" + "_".join(str(part) for part in first["loc"]).upper()
        message = str(first["msg"]).removeprefix("Value error, ")
        raise InvalidInputError(f"setting {name}: {message}", f"correct or unset {name}") from error
