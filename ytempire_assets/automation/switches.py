"""Which schedules and sensors are on without anybody switching them on.

Belongs here: the one list of them, with the reason for each. What they do stands beside them; the
UI can switch each off, and remembers it.
"""

from __future__ import annotations

from collections.abc import Mapping

import dagster as dg

PRODUCE = "produce"
"""Stands for the schedules of all time zones: ``produce_europe_berlin`` and so on."""

ON_BY_DEFAULT: Mapping[str, str] = {
    "gather_every_six_hours": "every channel's day needs the topics of its day",
    PRODUCE: "a channel in a new time zone brings a schedule that nobody would know to switch on; "
    "nothing leaves the machine before a channel was connected to a platform",
    "learn_growth_weekly": "a worse model is not kept, so that it can do no harm",
    "account_daily": "only reads what is there; corrections of old days must not wait for a person",
    "forget_daily": "the terms of platforms ask for it",
    "register_channels": "a channel file does nothing before",
    "resume_publications": "what stopped half way must not wait for a person",
    "spikes": "a rising topic is old news when a person sees it; made-up counts start nothing",
    "alert_failures": "sends nothing before YTEMPIRE_ALERT_WEBHOOK is set",
    "keep_pools": "in a cluster nobody runs the command line, which does the same",
}
"""By name, why."""


def schedule_status(name: str) -> dg.DefaultScheduleStatus:
    """How a schedule begins."""
    on = name in ON_BY_DEFAULT
    return dg.DefaultScheduleStatus.RUNNING if on else dg.DefaultScheduleStatus.STOPPED


def sensor_status(name: str) -> dg.DefaultSensorStatus:
    """How a sensor begins."""
    on = name in ON_BY_DEFAULT
    return dg.DefaultSensorStatus.RUNNING if on else dg.DefaultSensorStatus.STOPPED
