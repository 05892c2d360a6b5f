"""A month of many channels under YouTube's allowances: never over, nobody starved, all explained.

``ytempire bench quota``. The real planner decides and the real ledger counts; only the platform is
left out. Two months, one for each daylight-saving day: October to November 2026 (a quota day of 25
hours) and March 2027 (one of 23).
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from ytempire_assets.publishing.admission import Day, day_turns, decide
from ytempire_assets.publishing.errors import SpentError
from ytempire_assets.publishing.fair_share import Waiting
from ytempire_assets.publishing.publish import Admission
from ytempire_assets.publishing.quota import BUCKETS, Limits, needs, quota_day, start_of
from ytempire_assets.resources.ledger import Ledger

MONTHS = (date(2026, 10, 20), date(2027, 3, 1))
PROJECT = "month"
FAVOURED = 10
"""Every so many channels one has twice the priority of the others."""

_LOOKS = (2, 8, 14, 20)
"""Hours after the quota day began at which channels bring videos and the queue is looked at."""


@dataclass(slots=True)
class Month:
    """What happened."""

    uploads: Counter[str] = field(default_factory=Counter)
    captions: int = 0
    captions_later: int = 0
    delayed: int = 0
    unexplained: int = 0
    over: int = 0
    fullest: Counter[str] = field(default_factory=Counter)
    longest_gap_days: int = 0
    day_hours: set[float] = field(default_factory=set)
    told: dict[str, date] = field(default_factory=dict)


def measure(days: int = 30, channels: int = 200, videos: int = 3) -> dict[str, Any]:
    """Both months.

    Args:
        days: Of each month.
        channels: How many.
        videos: Of each channel and day.
    """
    started = time.perf_counter()
    result: dict[str, Any] = {"benchmark": "quota", "days": days, "channels": channels}
    place = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - counted, not kept
    # The last one is small enough that everything but some captions fits into its day.
    months = (
        ("autumn", MONTHS[0], channels),
        ("spring", MONTHS[1], channels),
        ("small", MONTHS[0], 8),
    )
    for name, first, count in months:
        with tempfile.TemporaryDirectory(prefix="ytempire-quota-", dir=place) as folder:
            month = _month(Path(folder), first, days, count, videos)
        result[name] = _figures(month, days * count * videos, count)
    result["wall_s"] = round(time.perf_counter() - started, 1)
    return result


def _month(folder: Path, first: date, days: int, channels: int, videos: int) -> Month:
    now = start_of(first)

    def clock() -> datetime:
        return now

    ledger, limits, month = Ledger(f"sqlite:///{folder / 'l.db'}", clock), Limits(), Month()
    slugs = [f"channel-{number}" for number in range(channels)]
    priorities = {slug: 10 if n % FAVOURED == 0 else 5 for n, slug in enumerate(slugs)}
    waiting: dict[str, Waiting] = {}
    late: list[str] = []
    last = dict.fromkeys(slugs, first - timedelta(days=1))
    for number in range(days):
        day = first + timedelta(days=number)
        begins, ends = start_of(day), start_of(day + timedelta(days=1))
        month.day_hours.add((ends - begins).total_seconds() / 3600)
        for look, hour in enumerate(_LOOKS):
            now = begins + timedelta(hours=hour)
            if look == 0:
                late = _late_captions(ledger, limits, late, month)
            for place in range(look, channels, len(_LOOKS)):
                for one in range(videos):
                    video = f"{slugs[place]}-{day}-{one}"
                    slug = slugs[place]
                    waiting[video] = Waiting(video, slug, priorities[slug], now)
            coming = {
                slugs[place]: videos
                for later in range(look + 1, len(_LOOKS))
                for place in range(later, channels, len(_LOOKS))
            }
            _look(ledger, limits, waiting, coming, priorities, now, month, late, last)
        _check(ledger, limits, day, month)
        gaps = [(day - seen).days for seen in last.values()]
        month.longest_gap_days = max(month.longest_gap_days, *gaps)
    return month


def _look(
    ledger: Ledger,
    limits: Limits,
    waiting: dict[str, Waiting],
    coming: Mapping[str, int],
    priorities: Mapping[str, int],
    now: datetime,
    month: Month,
    late: list[str],
    last: dict[str, date],
) -> None:
    """One look at the queue: what has its turn is published, the others are told why not."""
    takes = needs(thumbnail=True, playlist=True, captions=True)
    day = _day(ledger, limits, waiting, coming, priorities, now)
    turns = day_turns(day)
    for video in sorted(turns, key=lambda one: turns[one].place):
        if turns[video].days and month.told.get(video) == quota_day(now):
            continue
        item = waiting[video]
        if turns[video].days == 0:
            day = _day(ledger, limits, waiting, coming, priorities, now)
        admission = decide(turns[video], takes, day, "later")
        if admission.note:
            month.delayed += 1
            month.unexplained += not _explained(admission)
            month.told[video] = quota_day(now)
            continue
        try:
            for call in ("videos.insert", "thumbnails.set", "playlistItems.insert", "videos.list"):
                ledger.settle(ledger.take(PROJECT, limits, item.channel, video, call), sent=True)
        except SpentError as error:
            month.delayed += 1
            month.unexplained += error.until is None
            month.told[video] = quota_day(now)
            continue
        if admission.captions:
            _caption(ledger, limits, video, month, late)
        else:
            late.append(video)
            month.captions_later += 1
        month.uploads[item.channel] += 1
        last[item.channel] = quota_day(now)
        del waiting[video]


def _day(
    ledger: Ledger,
    limits: Limits,
    waiting: Mapping[str, Waiting],
    coming: Mapping[str, int],
    priorities: Mapping[str, int],
    now: datetime,
) -> Day:
    return Day(
        now=now,
        limits=limits,
        left=ledger.left(PROJECT, limits),
        waiting=list(waiting.values()),
        granted=ledger.uploads_granted(PROJECT),
        expected=coming,
        priorities=priorities,
    )


def _explained(admission: Admission) -> bool:
    """Whether a person is told why, and when it goes on."""
    return "planned for" in admission.note or admission.until is not None


def _caption(ledger: Ledger, limits: Limits, video: str, month: Month, late: list[str]) -> None:
    channel = video.rsplit("-", 4)[0]
    try:
        ledger.settle(ledger.take(PROJECT, limits, channel, video, "captions.insert"), sent=True)
        month.captions += 1
    except SpentError:
        late.append(video)
        month.captions_later += 1


def _late_captions(ledger: Ledger, limits: Limits, late: list[str], month: Month) -> list[str]:
    """Captions that were put off, as long as units last beside the day's own uploads."""
    kept = limits.uploads * needs(thumbnail=True, playlist=True, captions=False).essential
    still: list[str] = []
    for place, video in enumerate(late):
        if ledger.left(PROJECT, limits)["units"] - 400 < min(kept, limits.units):
            return still + late[place:]
        _caption(ledger, limits, video, month, still)
    return still


def _check(ledger: Ledger, limits: Limits, day: date, month: Month) -> None:
    """Holds the day's calls against the limits, from the rows themselves."""
    used: dict[str, int] = defaultdict(int)
    for use in ledger.uses(PROJECT, day):
        used[use.bucket] += use.units
    for bucket in BUCKETS:
        month.over += used[bucket] > limits.of(bucket)
        month.fullest[bucket] = max(month.fullest[bucket], used[bucket])


def _figures(month: Month, wanted: int, channels: int) -> dict[str, Any]:
    usual = [month.uploads[f"channel-{n}"] for n in range(channels) if n % FAVOURED]
    favoured = [month.uploads[f"channel-{n}"] for n in range(channels) if n % FAVOURED == 0]
    return {
        "videos_wanted": wanted,
        "uploaded": sum(month.uploads.values()),
        "days_over_a_bucket": month.over,
        "fullest_day": {bucket: month.fullest[bucket] for bucket in BUCKETS},
        "uploads_per_channel": [min(usual), max(usual)],
        "uploads_per_favoured_channel": [min(favoured), max(favoured)],
        "longest_gap_days": month.longest_gap_days,
        "delays": month.delayed,
        "delays_unexplained": month.unexplained,
        "with_captions": month.captions,
        "captions_put_off": month.captions_later,
        "quota_day_hours": sorted(month.day_hours),
    }
