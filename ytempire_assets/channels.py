"""Channels: what a channel file may say, and the folder they lie in.

Belongs here: ``ChannelSpec`` and reading ``channels/*.yaml``. One broken file never hides the
others: it is reported by name and its channel keeps what it had.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.look import Look
from ytempire_assets.yaml_files import read_yaml_model

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
RETIRED = "retired"
"""Folder beside the channel files that ``ytempire channels retire`` moves a file to."""

Niche = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]


def _one_line(value: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ValueError("must be one line without control characters")
    return value.strip()


Line = Annotated[str, AfterValidator(_one_line), Field(min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WriterSpec(_Part):
    """Who writes the scripts.

    ``model`` names a language model as its service knows it, or a folder or Hugging Face name for
    ``transformers``.
    """

    kind: Literal["extractive", "openai_compatible", "transformers"] = "extractive"
    model: Annotated[str, Field(max_length=300)] = ""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.7
    eight_bit: bool = False

    @model_validator(mode="after")
    def _model_fits(self) -> WriterSpec:
        if self.kind == "transformers" and not self.model:
            raise ValueError("kind transformers needs model: a model's name or folder")
        if self.kind == "extractive" and self.model:
            raise ValueError("kind extractive uses no model: leave model out")
        if self.eight_bit and self.kind != "transformers":
            raise ValueError("eight_bit is for kind transformers")
        return self


class VoiceSpec(_Part):
    """Who speaks: an engine, one of its voices, and how fast and high.

    ``words_per_minute``, ``pitch`` and ``pitch_range`` are eSpeak NG's; ``speed`` (1 is the voice's
    own) is for the others. ``model`` is a folder or Hugging Face name for ``vits``, else the name
    that a service knows it by.
    """

    engine: Literal["espeak", "vits", "openai", "elevenlabs"] = "espeak"
    voice: Annotated[str, Field(min_length=1, max_length=100)] = "en-us"
    model: Annotated[str, Field(max_length=300)] = ""
    speed: Annotated[float, Field(ge=0.5, le=2)] = 1.0
    words_per_minute: Annotated[int, Field(ge=80, le=300)] = 165
    pitch: Annotated[int, Field(ge=0, le=99)] = 45
    pitch_range: Annotated[int, Field(ge=0, le=99)] = 55

    @property
    def maker(self) -> str:
        """Who or what speaks, as viewers are told."""
        made_by = {"espeak": "eSpeak NG", "vits": "VITS", "elevenlabs": "ElevenLabs"}
        return made_by.get(self.engine) or self.model or "OpenAI"


class PictureSpec(_Part):
    """Where pictures come from, for scenes that have no data of their own to draw."""

    source: Literal["cards", "pexels", "images", "diffusers"] = "cards"
    model: Annotated[str, Field(max_length=300)] = ""
    style: Annotated[str, Field(max_length=300)] = "documentary photograph, natural light"
    negative: Annotated[str, Field(max_length=300)] = "text, letters, watermark, logo"
    steps: Annotated[int, Field(ge=1, le=150)] = 30
    guidance: Annotated[float, Field(ge=0, le=30)] = 7.0

    @model_validator(mode="after")
    def _model_named(self) -> PictureSpec:
        if self.source == "diffusers" and not self.model:
            raise ValueError("source diffusers needs model: a pipeline's name or folder")
        return self


class VideoSpec(_Part):
    """How a video is put together around its scenes."""

    intro_s: Annotated[float, Field(ge=0, le=5)] = 0.9
    outro_s: Annotated[float, Field(ge=0, le=20)] = 2.6
    transition: Literal["dissolve", "push", "cut"] = "dissolve"
    music: Literal["tone", "calm", "curious", "lively", "serious", "none"] = "tone"
    music_db: Annotated[float, Field(ge=-40, le=-6)] = -14.0


PackageTarget = Literal["tiktok", "instagram_reels", "facebook_reels"]
"""A platform that videos are packed for, to be posted by hand."""


class PublishSpec(_Part):
    """Where and when videos come out.

    ``at`` names the hours at which the channel's videos do best, in its own time zone: the day's
    first video takes the first, and so on, round and round.
    """

    platform: Literal["sandbox", "youtube"] = "sandbox"
    channel_id: Annotated[str, Field(pattern=r"^(UC[A-Za-z0-9_-]{10,40})?$")] = ""
    at: Annotated[tuple[time, ...], Field(min_length=1, max_length=12)] = (time(17, 0),)
    category: Literal["education", "entertainment", "science", "howto", "news"] = "education"
    license: Literal["youtube", "creative_commons"] = "youtube"
    made_for_kids: bool = False
    approval: bool = False
    playlist: Annotated[str, Field(pattern=r"^(PL[A-Za-z0-9_-]{2,60})?$")] = ""
    priority: Annotated[int, Field(ge=1, le=10)] = 5
    packages: tuple[PackageTarget, ...] = ()

    @field_validator("at", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return value if isinstance(value, (list, tuple)) else (value,)

    @field_validator("at", "packages")
    @classmethod
    def _once_each(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(value)) != len(value):
            raise ValueError("names one entry twice")
        return value

    @model_validator(mode="after")
    def _channel_known(self) -> PublishSpec:
        if self.platform == "youtube" and not self.channel_id:
            raise ValueError(
                "platform youtube needs channel_id: 'ytempire channels connect' prints it"
            )
        return self


class AffiliateLink(_Part):
    """A link the channel earns from; always disclosed."""

    label: Line
    url: Annotated[str, Field(pattern=r"^https?://[^\s<>]+$", max_length=500)]


class Appointment(_Part):
    """A topic that is to be made on a certain day."""

    day: date
    topic: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]


class ChannelSpec(_Part):
    """A channel: what it is about, how it looks and sounds, and how much it makes.

    The file's name is the channel's slug; ``channel:`` inside must agree with it.
    """

    channel: Annotated[str, Field(max_length=60)]
    title: Annotated[Line, Field(max_length=60)]
    handle: Annotated[str, Field(pattern=r"^@[A-Za-z0-9._-]{3,30}$")]
    tagline: Annotated[Line, Field(max_length=80)]
    niches: Annotated[tuple[Niche, ...], Field(min_length=1, max_length=8)]
    audience: Line
    tone: Literal["calm", "curious", "lively", "serious"] = "curious"
    personality: Line
    language: Literal["en", "de"] = "en"
    time_zone: str
    produce_at: time = time(6, 0)
    formats: Annotated[
        tuple[
            Literal["youtube_shorts", "tiktok", "instagram_reels", "youtube_long", "square"], ...
        ],
        Field(min_length=1),
    ]
    style: Literal["educational", "entertainment", "news", "tutorial"] = "educational"
    target_s: Annotated[float, Field(ge=20, le=300)] = 36
    videos_per_day: Annotated[int, Field(ge=1, le=40)] = 2
    phase: Literal["1x", "3x", "10x"] = "1x"
    evergreen: bool = True
    calendar: tuple[Appointment, ...] = ()
    call_to_action: Annotated[Line, Field(max_length=120)]
    writer: WriterSpec = WriterSpec()
    voice: VoiceSpec = VoiceSpec()
    look: Look
    pictures: PictureSpec = PictureSpec()
    video: VideoSpec = VideoSpec()
    delivery: bool = False
    publish: PublishSpec = PublishSpec()
    affiliate_links: Annotated[tuple[AffiliateLink, ...], Field(max_length=5)] = ()

    @field_validator("channel")
    @classmethod
    def _slug(cls, value: str) -> str:
        if not SLUG.fullmatch(value):
            raise ValueError(
                "must be a slug of a-z, 0-9 and single hyphens: it becomes a partition key"
            )
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(
                f"'{value}' is not a time zone; write one like Europe/Berlin or America/New_York"
            ) from error
        return value

    @field_validator("formats", "niches")
    @classmethod
    def _no_repeats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("names one entry twice")
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The channel's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def threshold(self) -> int:
        """Least score of a trending idea: 85, 80 or 75 by phase."""
        return {"1x": 85, "3x": 80, "10x": 75}[self.phase]

    @property
    def success_needed(self) -> float:
        """Share of a day's videos that must succeed in this phase."""
        return {"1x": 1.0, "3x": 0.66, "10x": 0.70}[self.phase]

    @property
    def music_mood(self) -> str | None:
        """Mood of the music bed; None for none."""
        music = self.video.music
        return None if music == "none" else self.tone if music == "tone" else music

    def publish_time(self, day: date, place: int = 0) -> datetime:
        """When the video in ``place`` (from 0) of ``day`` comes out, in UTC.

        An hour that daylight saving skips comes an hour later on the clock.
        """
        at = self.publish.at[place % len(self.publish.at)]
        return datetime.combine(day, at, tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Channels:
    """What a channels folder holds.

    Attributes:
        specs: Usable channels by slug.
        problems: What is wrong with the others, by slug; one message each.
    """

    specs: Mapping[str, ChannelSpec]
    problems: Mapping[str, str]

    def get(self, channel: str) -> ChannelSpec:
        """One channel.

        Raises:
            InvalidInputError: There is no such channel, or its file is broken.
        """
        if channel in self.specs:
            return self.specs[channel]
        if channel in self.problems:
            raise InvalidInputError(self.problems[channel], "correct the file, then run again")
        known = ", ".join(self.specs) or "none"
        raise InvalidInputError(
            f"there is no channel '{channel}' (channels: {known})",
            "choose one of them, or add it with: ytempire channels add",
        )


class ChannelFolder:
    """Reads a folder of channel files anew each time, so that an edit needs no restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self) -> Channels:
        """Reads every ``*.yaml`` of the folder.

        Raises:
            InvalidInputError: The folder itself cannot be read; that is never "no channels".
        """
        try:
            paths = sorted(path for path in self.folder.iterdir() if path.suffix == ".yaml")
        except OSError as error:
            raise InvalidInputError(
                f"the channels folder {self.folder} cannot be read ({error.strerror})",
                "make it, or set YTEMPIRE_CHANNELS_DIR to where the channel files are",
            ) from error
        specs: dict[str, ChannelSpec] = {}
        problems: dict[str, str] = {}
        for path in paths:
            try:
                specs[path.stem] = read_channel(path)
            except InvalidInputError as error:
                problems[path.stem] = error.problem
        return Channels(specs, problems)

    def get(self, channel: str) -> ChannelSpec:
        """One channel, read now; see ``Channels.get``."""
        path = self.folder / f"{channel}.yaml"
        if SLUG.fullmatch(channel) and path.is_file():
            return read_channel(path)  # of a thousand channels only this one
        return self.load().get(channel)


def read_channel(path: Path) -> ChannelSpec:
    """Reads one channel file.

    Raises:
        InvalidInputError: It does not fit; the message names file, line and field.
    """
    spec = read_yaml_model(path, ChannelSpec)
    if spec.channel != path.stem:
        raise InvalidInputError(
            f"{path.name}: channel: is '{spec.channel}', but the file is named '{path.stem}'",
            f"give both the same name in {path}",
        )
    return spec


def relevant(spec: ChannelSpec, *fields: str) -> dict[str, Any]:
    """The named settings as JSON, for a fingerprint: only what a stage depends on."""
    return {name: spec.model_dump(mode="json")[name] for name in fields}
