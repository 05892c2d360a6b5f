"""What goes first when more runs wait than may run at a time.

Belongs here: the priorities of all runs that schedules and sensors start, in one order. The queue
takes the highest first, and those of equal priority in the order in which they came.
"""

from __future__ import annotations

from enum import IntEnum

PRIORITY_TAG = "dagster/priority"


class Priority(IntEnum):
    """Of a run; what people and backfills start has 0 unless they say otherwise."""

    BREAKING = 10
    """A topic that rises now is old news tomorrow."""
    GATHERING = 8
    """Minutes of work that every channel's day waits for."""
    PRODUCTION = 6
    """A channel's day."""
    RESUMPTION = 4
    """Publications that wait already; most wait for the platform's next day anyway."""
    HOUSEKEEPING = 2
    """Learning and forgetting: any hour of the day will do."""

    @property
    def tags(self) -> dict[str, str]:
        """Tags of a run."""
        return {PRIORITY_TAG: str(self.value)}
