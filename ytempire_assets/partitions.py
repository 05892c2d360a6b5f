"""The partitions of the graph and how one stage's partitions map onto another's.

Belongs here: partition definitions, their keys, and the lagged mapping of the feedback edge.
"""

from __future__ import annotations

from datetime import date

import dagster as dg

from ytempire_assets.dagster_beta import tested_beta
from ytempire_assets.errors import InvalidInputError

CHANNELS_NAME = "channels"
"""Name of the dynamic partition set; keys are channel slugs."""


FIRST_DAY = date(2026, 9, 1)
"""First day partition."""

DAYS = dg.DailyPartitionsDefinition(start_date=FIRST_DAY.isoformat(), end_offset=2)
"""One partition a UTC day, up to tomorrow: a channel east of UTC begins its day before UTC does."""

FIRST_WEEK = date(2026, 9, 6)
"""First week partition, a Sunday."""

WEEKS = dg.WeeklyPartitionsDefinition(start_date=FIRST_WEEK.isoformat())
"""One partition a week, from Sunday on; a week can be made when it is over."""

CHANNELS = dg.DynamicPartitionsDefinition(name=CHANNELS_NAME)
"""One partition a channel; the channel files decide which there are."""

DAY_BY_CHANNEL = dg.MultiPartitionsDefinition({"day": DAYS, "channel": CHANNELS})
"""One partition for all that one channel makes in one day."""


def day_of_channel_day() -> dg.PartitionMapping:
    """From a day's table to every channel of that day."""
    with tested_beta():
        return dg.MultiToSingleDimensionPartitionMapping(partition_dimension_name="day")


def week_before() -> dg.PartitionMapping:
    """From a day to the last week that was over before it."""
    with tested_beta():
        return dg.TimeWindowPartitionMapping(
            start_offset=-1, end_offset=-1, allow_nonexistent_upstream_partitions=True
        )


def day_before() -> dg.PartitionMapping:
    """The same channel, one day earlier; the first day has no day before it."""
    with tested_beta():
        return dg.MultiPartitionMapping(
            {
                "day": dg.DimensionPartitionMapping(
                    "day",
                    dg.TimeWindowPartitionMapping(
                        start_offset=-1, end_offset=-1, allow_nonexistent_upstream_partitions=True
                    ),
                ),
                "channel": dg.DimensionPartitionMapping("channel", dg.IdentityPartitionMapping()),
            }
        )


def channel_day_key(channel: str, day: date) -> dg.MultiPartitionKey:
    """The key of a channel-day partition; its text is ``channel|yyyy-mm-dd``."""
    return dg.MultiPartitionKey({"day": day.isoformat(), "channel": channel})


def channel_day(key: str) -> tuple[str, date]:
    """Channel and day of a partition key ``channel|yyyy-mm-dd``."""
    channel, _, day = key.partition("|")
    return channel, parse_day(day)


def parse_day(text: str) -> date:
    """Reads ``yyyy-mm-dd``.

    Raises:
        InvalidInputError: ``text`` is not a day.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError(
            f"'{text}' is not a day", "write it as yyyy-mm-dd, for example 2026-11-19"
        ) from error
    if day < FIRST_DAY:
        raise InvalidInputError(
            f"{day} is before the first day, {FIRST_DAY}", "choose that day or a later one"
        )
    return day
