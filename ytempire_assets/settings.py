"""Typed settings: the only module that reads the environment.

Belongs here: what differs between two machines that run the same channels. What differs between two
channels stands in their files (``channels.py``). Every setting is an environment variable with the
prefix ``YTEMPIRE_``; nothing is read before ``load_settings`` is called.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.loopback import HOST

SAMPLE_SNAPSHOT = Path(__file__).parent / "sample" / "topics"

_BUCKET_URL = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.=-]+)*/?")
# No name and password: they stand in settings of their own, which are never shown.
_ENDPOINT = re.compile(r"https?://[^/@\s?#]+/?")


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
    postgres: SecretStr | None = Field(
        default=None,
        description="postgresql://user:password@host/database that holds Dagster's instance and "
        "the ledger; files without it",
    )
    ledger: SecretStr | None = Field(
        default=None, description="SQLAlchemy address of the ledger where it lies elsewhere"
    )
    instance_dir: Path | None = Field(
        default=None,
        description="Folder with the dagster.yaml of an instance that others keep, as in a "
        "cluster; one is kept in the home folder without it",
    )
    executor: Literal["in_process", "multiprocess", "k8s"] = Field(
        default="in_process", description="One process a run, one a stage, or one pod a stage"
    )
    placement_file: Path | None = Field(
        default=None, description="File that changes pools, pods' resources and GPU shares"
    )
    k8s_kubeconfig: Path | None = Field(
        default=None, description="How to reach the API server; without it as a pod in the cluster"
    )
    k8s_namespace: str = Field(
        default="default", pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", description="Where"
    )
    k8s_image: str | None = Field(
        default=None, description="Image of the pods; that of the code location without it"
    )
    k8s_image_pull_policy: Literal["IfNotPresent", "Always", "Never"] = Field(
        default="IfNotPresent", description="When nodes fetch it"
    )
    k8s_service_account: str | None = Field(default=None, description="Service account of the pods")
    k8s_secrets: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Secrets, separated by commas, whose keys the pods have as settings"
    )
    k8s_config_maps: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="ConfigMaps, separated by commas, likewise"
    )
    k8s_instance_config_map: str = Field(
        default="dagster-instance", description="ConfigMap with the pods' dagster.yaml"
    )
    k8s_volume_claim: str | None = Field(
        default=None, description="PersistentVolumeClaim with the pods' home folder"
    )
    k8s_scratch_home: bool = Field(
        default=False, description="Pods' home folder is empty and goes with them"
    )
    k8s_state_dir: str = Field(
        default="/var/lib/ytempire", pattern=r"^/", description="Where the pods have it"
    )
    alert_webhook: SecretStr | None = Field(
        default=None, description="Address that failed runs are told to, as JSON"
    )
    ui_url: str | None = Field(
        default=None, description="Where people open Dagster's UI, for links in these messages"
    )
    storage: str | None = Field(
        default=None,
        description="s3://bucket/prefix that holds lake and blobs; the home folder without it",
    )
    s3_endpoint: str | None = Field(
        default=None, description="Address of an S3-compatible server; Amazon's without it"
    )
    s3_region: str = Field(default="us-east-1", min_length=1, description="Region of the bucket")
    s3_access_key: SecretStr | None = Field(
        default=None, description="Id of the key for it; AWS's environment or role without it"
    )
    s3_secret_key: SecretStr | None = Field(default=None, description="Its secret")
    blob_cache_gb: float = Field(
        default=50.0, gt=0, description="Local copies of blobs that lie in a bucket, GB"
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
    metrics_port: int = Field(default=8767, ge=1, le=65535, description="Port of metrics serve")
    log_format: Literal["text", "json"] = Field(
        default="text", description="Log lines for people, or one JSON object each"
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
    llm_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Addresses of OpenAI-compatible language models, up to /v1, separated by "
        "commas; they share the work",
    )
    llm_key: SecretStr | None = Field(default=None, description="Their key; local ones need none")
    llm_model: str | None = Field(
        default=None, description="Their model, where a channel names none"
    )
    llm_slots: int = Field(default=4, ge=1, le=256, description="Requests at a time to each")
    llm_deadline_s: float = Field(
        default=180, gt=0, le=1800, description="The longest that one answer may take, seconds"
    )
    llm_usd_per_million_in: Decimal = Field(
        default=Decimal(0), ge=0, description="Price of a million tokens read"
    )
    llm_usd_per_million_out: Decimal = Field(
        default=Decimal(0), ge=0, description="Price of a million tokens written"
    )
    llm_device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="Where transformers writes; auto takes the GPU if there is one"
    )
    cache: SecretStr | None = Field(
        default=None,
        description="redis://host:port/number that keeps answers for all machines; a folder of "
        "the home folder without it",
    )
    cache_gb: float = Field(default=1.0, gt=0, description="Size of that folder, GB")
    speech_url: str | None = Field(
        default=None, description="Address of an OpenAI-compatible speech service, up to /v1"
    )
    speech_key: SecretStr | None = Field(default=None, description="Its key; local ones need none")
    speech_model: str | None = Field(
        default=None, description="Its model, where a channel names none"
    )
    speech_usd_per_million_characters: Decimal = Field(
        default=Decimal(0), ge=0, description="Price of a million characters spoken by it"
    )
    elevenlabs_url: str = Field(
        default="https://api.elevenlabs.io/v1", description="Address of ElevenLabs, up to /v1"
    )
    elevenlabs_key: SecretStr | None = Field(default=None, description="Key of ElevenLabs")
    elevenlabs_usd_per_million_characters: Decimal = Field(
        default=Decimal(0), ge=0, description="Price of a million characters spoken by it"
    )
    vits_device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="Where VITS speaks; auto takes the GPU if there is one"
    )
    diffusers_device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="Where diffusers draws; auto takes the GPU when there is one"
    )
    parallel_renders: int = Field(default=2, ge=1, le=64, description="Renders at a time")
    cpu_usd_per_hour: Decimal = Field(
        default=Decimal("0.04"), ge=0, description="Price of one core-hour, for the cost columns"
    )
    gpu_usd_per_hour: Decimal = Field(
        default=Decimal(0), ge=0, description="Price of one hour of a GPU"
    )
    storage_usd_per_gb_month: Decimal = Field(
        default=Decimal(0), ge=0, description="Price of keeping a GB of finished files for a month"
    )
    money_dir: Path = Field(
        default=Path("money"),
        description="Folder of entries, exchange rates and exports of what came in",
    )

    @field_validator(
        "home",
        "channels_dir",
        "snapshot_dir",
        "sources_file",
        "credentials_dir",
        "google_client",
        "instance_dir",
        "placement_file",
        "k8s_kubeconfig",
        "money_dir",
    )
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @field_validator("sandbox_url", "images_url", "ui_url", "speech_url", "elevenlabs_url")
    @classmethod
    def _plain_url(cls, value: str | None) -> str | None:
        if value is None or not value.strip():
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @field_validator("llm_urls")
    @classmethod
    def _plain_urls(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"'{url[:80]}' must begin with http:// or https://")
        return tuple(dict.fromkeys(url.rstrip("/") for url in value))

    @field_validator("k8s_secrets", "k8s_config_maps", "llm_urls", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())

    @field_validator("postgres")
    @classmethod
    def _postgres_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value().strip():
            return None
        if not value.get_secret_value().strip().startswith(("postgresql://", "postgres://")):
            raise ValueError("must be postgresql://user:password@host:port/database")
        return value

    @field_validator("storage")
    @classmethod
    def _bucket_url(cls, value: str | None) -> str | None:
        if value is None or not value.strip():
            return None
        if _BUCKET_URL.fullmatch(value.strip()) is None:
            raise ValueError("must be s3://bucket or s3://bucket/prefix")
        return value.strip().rstrip("/")

    @field_validator("s3_endpoint")
    @classmethod
    def _endpoint(cls, value: str | None) -> str | None:
        if value is None or not value.strip():
            return None
        if _ENDPOINT.fullmatch(value.strip()) is None:
            raise ValueError("must be http:// or https:// with a host, and nothing behind its port")
        return value.strip().rstrip("/")

    @field_validator("s3_access_key", "s3_secret_key")
    @classmethod
    def _key(cls, value: SecretStr | None) -> SecretStr | None:
        return None if value is None or not value.get_secret_value().strip() else value

    @property
    def lake_dir(self) -> Path:
        """Folder of the Parquet tables, unless ``storage`` says a bucket."""
        return self.home / "lake"

    @property
    def blobs_dir(self) -> Path:
        """Folder of the content-addressed files, unless ``storage`` says a bucket."""
        return self.home / "blobs"

    @property
    def blob_copies_dir(self) -> Path:
        """Folder of local copies of blobs that lie in a bucket."""
        return self.home / "cache" / "blobs"

    @property
    def answers_dir(self) -> Path:
        """Folder of answers that are kept for a while, unless ``cache`` says a server."""
        return self.home / "cache" / "answers"

    @property
    def ledger_url(self) -> str:
        """SQLAlchemy address of the ledger; holds a password where the setting does."""
        for address in (self.ledger, self.postgres):
            if address is not None and address.get_secret_value().strip():
                return _with_driver(address.get_secret_value().strip())
        return f"sqlite:///{self.home / 'ledger.db'}"

    @property
    def review_url(self) -> str:
        """Where people find the review desk while it runs."""
        return f"http://{HOST}:{self.review_port}/"

    @property
    def dagster_dir(self) -> Path:
        """``DAGSTER_HOME`` of runs that this project starts."""
        return self.instance_dir or self.home / "dagster"

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


def _with_driver(address: str) -> str:
    """SQLAlchemy wants the driver named; people write what psql takes."""
    for scheme in ("postgres://", "postgresql://"):
        if address.startswith(scheme):
            return "postgresql+psycopg2://" + address.removeprefix(scheme)
    return address


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
