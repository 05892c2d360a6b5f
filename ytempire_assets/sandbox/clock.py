"""The sandbox's clock: real time plus an offset that tests and benchmarks move.

Belongs here: the one source of time of the sandbox. Token expiry, quota days, publication,
processing and the ``Date`` header all follow it; every server on the same folder agrees.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ytempire_assets.sandbox.database import Database
from ytempire_assets.sandbox.days import PACIFIC

_OFFSET = "clock_offset_s"
_SKEW = "date_skew_s"


class Clock:
    """Reads time by the offset that the database keeps.

    Args:
        database: Keeps the offset, so that it outlives a crash.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def offset_s(self) -> float:
        """Seconds that the sandbox is ahead of real time."""
        return float(self._database.setting(_OFFSET) or 0.0)

    @property
    def date_skew_s(self) -> float:
        """Seconds that the ``Date`` header is ahead of the sandbox's own time."""
        return float(self._database.setting(_SKEW) or 0.0)

    def set_offset(self, seconds: float) -> None:
        """Moves all of the sandbox's time."""
        self._database.set_setting(_OFFSET, repr(float(seconds)))

    def set_date_skew(self, seconds: float) -> None:
        """Lets only the ``Date`` header lie."""
        self._database.set_setting(_SKEW, repr(float(seconds)))

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset_s)

    def stamp(self) -> str:
        """Now as it is stored: ISO 8601 in UTC with milliseconds, sortable as text."""
        return self.now().isoformat(timespec="milliseconds")

    def today(self) -> date:
        """The platform's day: it changes at midnight Pacific Time."""
        return self.now().astimezone(PACIFIC).date()
