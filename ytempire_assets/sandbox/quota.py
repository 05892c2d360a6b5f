"""Quota: what a project may ask per day, by YouTube's rules of 2026, and the counting.

Belongs here: buckets, limits and their refusals. What a method costs stands in ``app.py``.
https://developers.google.com/youtube/v3/determine_quota_cost
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.sandbox.clock import Clock
from ytempire_assets.sandbox.database import Database
from ytempire_assets.sandbox.metadata import RefusedError

BUCKETS = ("uploads", "search", "stats", "units")
_METRICS = {"uploads": "Video uploads", "search": "Search queries", "stats": "Video stats queries"}


@dataclass(frozen=True, slots=True)
class Limits:
    """Allowances; None is unlimited. All but the last are per project and Pacific day.

    Attributes:
        uploads: Calls of ``videos.insert``.
        search: Calls of ``search.list``.
        units: Units of everything without a bucket of its own.
        stats: Calls of ``videos.batchGetStats``.
        channel_uploads: Videos that one channel may upload in 24 hours.

    Raises:
        InvalidInputError: One is below 0.
    """

    uploads: int | None = 100
    search: int | None = 100
    units: int | None = 10_000
    stats: int | None = 10_000
    channel_uploads: int | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and value < 0:
                raise InvalidInputError(
                    f"limit {field.name} is {value}", "use a number from 0 on, or None"
                )


class Quota:
    """The account book of the project; kept in the database, so it outlives the server.

    Args:
        database: Where it is kept.
        clock: Says which day it is.
        limits: What is allowed.
    """

    def __init__(self, database: Database, clock: Clock, limits: Limits) -> None:
        self.limits = limits
        self._database = database
        self._clock = clock

    def charge(self, bucket: str, units: int) -> str:
        """Takes ``units`` of today's allowance and returns the day they were taken from.

        Raises:
            RefusedError: So much is not left: 429 for a bucket that counts calls, 403 for units.
        """
        day, limit = self._clock.today().isoformat(), getattr(self.limits, bucket)
        with self._database.transaction() as database:
            row = database.execute(
                "SELECT used FROM quota WHERE day = ? AND bucket = ?", (day, bucket)
            ).fetchone()
            used = row[0] if row else 0
            if limit is not None and used + units > limit:
                raise _exhausted(bucket)
            database.execute(
                "INSERT INTO quota VALUES (?, ?, ?)"
                " ON CONFLICT (day, bucket) DO UPDATE SET used = excluded.used",
                (day, bucket, used + units),
            )
        return day

    def refund(self, day: str, bucket: str, units: int) -> None:
        """Gives units of a day back: a refused request costs less than one that was done."""
        self._database.change(
            "UPDATE quota SET used = used - ? WHERE day = ? AND bucket = ?", units, day, bucket
        )

    def used(self) -> dict[str, int]:
        """What was taken today, by bucket."""
        rows = self._database.read(
            "SELECT bucket, used FROM quota WHERE day = ?", self._clock.today().isoformat()
        )
        return dict.fromkeys(BUCKETS, 0) | dict(rows)

    def check_channel(self, channel_id: str) -> None:
        """Refuses an upload beyond what one channel may upload in 24 hours.

        Raises:
            RefusedError: 400 uploadLimitExceeded.
        """
        limit = self.limits.channel_uploads
        if limit is None:
            return
        since = (self._clock.now() - timedelta(days=1)).isoformat(timespec="milliseconds")
        ((done,),) = self._database.read(
            "SELECT count(*) FROM videos WHERE channel_id = ? AND uploaded_at > ?",
            *(channel_id, since),
        )
        if done >= limit:
            raise RefusedError(
                400,
                "uploadLimitExceeded",
                "The user has exceeded the number of videos they may upload.",
            )


def _exhausted(bucket: str) -> RefusedError:
    if bucket == "units":
        return RefusedError(
            403,
            "quotaExceeded",
            "The request cannot be completed because you have exceeded your quota.",
        )
    return daily_refusal(_METRICS[bucket])


def daily_refusal(metric: str) -> RefusedError:
    """The answer of a bucket that is empty until midnight Pacific Time."""
    return RefusedError(
        429,
        "rateLimitExceeded",
        f"Quota exceeded for quota metric '{metric}' and limit '{metric} per day' of service "
        "'youtube.googleapis.com' for consumer 'project_number:0'.",
    )
