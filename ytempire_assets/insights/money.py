"""Money that came in: entries of every stream, converted and tied to what earned them.

Belongs here: what an entry is, and booking: its rate, the videos it is divided over, and rows that
add up to the entries exactly. Where entries are read is ``money_entries.py`` and
``money_exports.py``; what is spent is ``stage_costs.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol

from ytempire_assets.insights.exact import MONEY_STEP, allocate, times
from ytempire_assets.insights.exchange import NoRateError, Rate, Rates, minor_digits

Stream = Literal["monetisation", "affiliate", "course", "sponsorship"]
STREAMS: tuple[Stream, ...] = ("monetisation", "affiliate", "course", "sponsorship")

REPORTED = "analytics"
"""Source of what the platforms report; all else stands in people's files."""

Origin = Literal["platform", "simulated", "none"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line of a person's file.

    Attributes:
        where: File and line.
        text: What is wrong and what to do.
        counted: The amount is counted all the same, only not tied to a video.
    """

    where: str
    text: str
    counted: bool = False

    def __str__(self) -> str:
        note = " (counted, without a video)" if self.counted else ""
        return f"{self.where}: {self.text}{note}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One amount that came in, or went back when it is negative.

    Attributes:
        entry_id: Tells it apart from all others.
        day: The day it counts for.
        stream: What it was earned with.
        amount: In its own currency.
        currency: ISO 4217.
        source: File and line, or the table it comes from.
        origin: Real, or from the sandbox's audience.
        platform: Where; empty when its video says it, or nobody does.
        channel: Slug; empty when its videos say it, or nobody does.
        videos: Videos with their shares of it.
        label: Link that earned it; its amount is divided over the videos that show it.
        note: For people.
    """

    entry_id: str
    day: date
    stream: Stream
    amount: Decimal
    currency: str
    source: str
    origin: Origin = "platform"
    platform: str = ""
    channel: str = ""
    videos: tuple[tuple[str, Decimal], ...] = ()
    label: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class KnownVideo:
    """What the graph knows of a video."""

    video_id: str
    channel: str
    niche: str
    platform: str


class Catalogue(Protocol):
    """Knows the videos and channels of the graph."""

    def video(self, video_id: str) -> KnownVideo | None:
        """A video, or None when there is none of that name."""

    def has_channel(self, channel: str) -> bool:
        """Whether there is, or was, such a channel."""

    def shown_with(self, label: str, day: date) -> Sequence[tuple[KnownVideo, int]]:
        """Videos that show a link by its label, with their views up to that day."""


@dataclass(frozen=True, slots=True)
class Part:
    """An entry's part that one video earned, or no single video.

    Attributes:
        entry: What it is a part of.
        number: From 1.
        amount: In the entry's currency; parts add up to the entry.
        amount_usd: The same in US dollars; parts add up to the entry's amount by its rate.
        rate: The rate that was used.
        video: The video; None when no single one earned it.
        channel: Slug, or empty.
        platform: Where, or empty.
        digest: Hash of the entry as it was read and of its rate: another one asks to book it again.
    """

    entry: Entry
    number: int
    amount: Decimal
    amount_usd: Decimal
    rate: Rate
    video: KnownVideo | None
    channel: str
    platform: str
    digest: str


@dataclass(frozen=True, slots=True)
class Booked:
    """Parts of all entries that could be booked, and what was wrong with others."""

    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]


def book(entries: Iterable[Entry], rates: Rates, catalogue: Catalogue) -> Booked:
    """Converts entries and ties them to videos; one that cannot be booked leaves the others be."""
    parts: list[Part] = []
    problems: list[Problem] = []
    for entry in entries:
        try:
            rate = rates.on(entry.currency, entry.day)
        except NoRateError as error:
            problems.append(Problem(entry.source, str(error)))
            continue
        parts += _parts(entry, rate, catalogue, problems)
    return Booked(tuple(parts), tuple(problems))


def entry_digest(entry: Entry, rate: Rate) -> str:
    """Hash of an entry as it was read, and of its rate."""
    # Not where it stands: a line above it that goes changes nothing about it.
    words = (
        entry.entry_id, entry.day, entry.stream, entry.amount.normalize(), entry.currency,
        entry.origin, entry.platform, entry.channel, entry.videos, entry.label, entry.note,
        rate.usd_per_unit.normalize(), rate.day,
    )  # fmt: skip
    return hashlib.sha256("\x1f".join(str(word) for word in words).encode()).hexdigest()[:32]


def smallest_part(amount: Decimal, currency: str) -> Decimal:
    """The step in which an amount is divided: the currency's smallest unit, or finer if it is."""
    decimals = -int(amount.normalize().as_tuple().exponent)
    return Decimal(1).scaleb(-max(minor_digits(currency), decimals))


def _parts(
    entry: Entry, rate: Rate, catalogue: Catalogue, problems: list[Problem]
) -> Iterable[Part]:
    earners = _earners(entry, catalogue, problems)
    weights = [weight for _, _, weight in earners]
    step = smallest_part(entry.amount, entry.currency)
    amounts = allocate(entry.amount, weights, step)
    # Converted once and then divided: converting each part would round each of them.
    in_usd = allocate(times(entry.amount, rate.usd_per_unit), weights, MONEY_STEP)
    digest = entry_digest(entry, rate)
    for number, ((video, channel, _), amount, usd) in enumerate(
        zip(earners, amounts, in_usd, strict=True), start=1
    ):
        platform = entry.platform or ("" if video is None else video.platform)
        yield Part(entry, number, amount, usd, rate, video, channel, platform, digest)


def _earners(
    entry: Entry, catalogue: Catalogue, problems: list[Problem]
) -> list[tuple[KnownVideo | None, str, Decimal]]:
    """Who an entry is divided over: videos, or the channel alone, with weights."""
    if entry.videos:
        return [_earner(entry, name, share, catalogue, problems) for name, share in entry.videos]
    if entry.channel and catalogue.has_channel(entry.channel):
        return [(None, entry.channel, Decimal(1))]
    shown = catalogue.shown_with(entry.label, entry.day) if entry.label else ()
    if shown:
        return [(video, video.channel, Decimal(views)) for video, views in shown]
    if entry.channel:
        text = f"there is no channel '{entry.channel}'. Next: correct it."
        problems.append(Problem(entry.source, text, counted=True))
    elif entry.label:
        text = f"no video shows a link '{entry.label[:60]}'. Next: correct the channel's file."
        problems.append(Problem(entry.source, text, counted=True))
    return [(None, "", Decimal(1))]


def _earner(
    entry: Entry, video_id: str, share: Decimal, catalogue: Catalogue, problems: list[Problem]
) -> tuple[KnownVideo | None, str, Decimal]:
    # Tags often begin with a word of the network's or the operator's own.
    words = video_id.split("-")
    names = ["-".join(words[start:]) for start in range(max(1, len(words) - 2))]
    video = next((one for one in map(catalogue.video, names) if one is not None), None)
    if video is not None:
        return video, video.channel, share
    text = f"there is no video '{video_id[:80]}'. Next: correct it."
    problems.append(Problem(entry.source, text, counted=True))
    channels = (entry.channel, *(name.rsplit("-", 2)[0] for name in names))
    return None, next((one for one in channels if catalogue.has_channel(one)), ""), share
