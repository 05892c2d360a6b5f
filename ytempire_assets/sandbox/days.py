"""The platform's days: they begin and end at midnight Pacific Time.

Belongs here: the calendar that quota, analytics and the simulated audience share.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")
"""YouTube counts days in Pacific Time."""


def end_of_day(day: date) -> datetime:
    """The instant at which a day of the platform ends, in UTC; mind daylight saving."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=PACIFIC).astimezone(UTC)
