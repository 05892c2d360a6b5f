"""The platform's daily allowances: what a call costs, and when a day ends.

Belongs here: buckets, costs, Pacific days, and what counts them must promise. Counting itself is
the ledger's. All figures: developers.google.com/youtube/v3/determine_quota_cost, November 2026.

An allowance belongs to one Google Cloud project. Spreading over several to get more is forbidden
(Developer Policies III.D.1.c): there is one project here, and nothing that could use a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")
"""A quota day ends at midnight there, also when that is 23 or 25 hours later."""

Bucket = Literal["uploads", "searches", "stats", "units"]

BUCKETS: tuple[Bucket, ...] = ("uploads", "units", "searches", "stats")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one call takes from which bucket."""

    bucket: Bucket
    units: int


COSTS: Mapping[str, Cost] = MappingProxyType(
    {
        "videos.insert": Cost("uploads", 1),
        "search.list": Cost("searches", 1),
        "videos.batchGetStats": Cost("stats", 1),
        "videos.list": Cost("units", 1),
        "videos.update": Cost("units", 50),
        "channels.list": Cost("units", 1),
        "playlistItems.list": Cost("units", 1),
        "playlistItems.insert": Cost("units", 50),
        "playlistItems.delete": Cost("units", 50),
        "thumbnails.set": Cost("units", 50),
        "captions.list": Cost("units", 50),
        "captions.insert": Cost("units", 400),
    }
)
"""By method of the API; one page each. Methods that are not here cost nothing of the Data API."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of each bucket a project has in a day."""

    uploads: int = 100
    units: int = 10_000
    searches: int = 100
    stats: int = 10_000

    def of(self, bucket: Bucket) -> int:
        """One of them."""
        limit: int = getattr(self, bucket)
        return limit


class Meter(Protocol):
    """Counts what calls cost, before they are made."""

    def reserve(self, call: str, /) -> int:
        """Takes the cost of ``call``; returns a number for ``settle``.

        Raises:
            QuotaError: It does not fit into the day; nothing was taken, and nothing may be sent.
        """

    def settle(self, reservation: int, /, *, sent: bool) -> None:
        """Says whether the call was sent; only one that certainly was not gives its cost back."""

    def exhausted(self, call: str, reason: str, /) -> datetime:
        """The platform itself says that there is no more; returns when there is again, UTC."""


class Unmetered:
    """Counts nothing: for platforms and tests without an allowance."""

    def reserve(self, _call: str) -> int:
        """Always fits."""
        return 0

    def settle(self, _reservation: int, *, sent: bool) -> None:
        """Nothing to settle."""

    def exhausted(self, _call: str, _reason: str) -> datetime:
        """The platform knows better than no meter."""
        return reset_after(datetime.now(UTC))


def quota_day(at: datetime) -> date:
    """The Pacific day that an instant belongs to."""
    return at.astimezone(PACIFIC).date()


def reset_after(at: datetime) -> datetime:
    """When the quota day of ``at`` ends, in UTC."""
    return start_of(quota_day(at) + timedelta(days=1))


def start_of(day: date) -> datetime:
    """When a quota day begins, in UTC."""
    return datetime.combine(day, time(), tzinfo=PACIFIC).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Needs:
    """Units that finishing one publication takes, beside its upload.

    Attributes:
        essential: Thumbnail, playlist and looking after it: without them it is not begun.
        captions: Captions; they give way first when units are short.
    """

    essential: int
    captions: int


def needs(*, thumbnail: bool, playlist: bool, captions: bool) -> Needs:
    """What a publication with these parts takes.

    Beside the parts: looking through the channel's uploads twice and at the video three times, so
    that one that was interrupted can be found again on the same day.
    """
    calls = ["channels.list", "playlistItems.list", "videos.list"] * 2 + ["videos.list"] * 3
    calls += ["thumbnails.set"] * thumbnail + ["playlistItems.insert"] * playlist
    return Needs(_units(calls), _units(["captions.insert"] * captions))


def _units(calls: Iterable[str]) -> int:
    return sum(COSTS[call].units for call in calls)
