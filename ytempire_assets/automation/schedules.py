"""Schedules: trends every six hours, and each channel's day in its own time zone."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

import dagster as dg

from ytempire_assets.automation.jobs import account, gather, learn_growth, produce
from ytempire_assets.automation.planning import (
    by_time_zone,
    cron_of,
    days_to_account,
    days_to_gather,
    due_channels,
    schedule_name,
    week_over,
)
from ytempire_assets.automation.priorities import Priority
from ytempire_assets.automation.retention import forget
from ytempire_assets.automation.switches import PRODUCE, schedule_status
from ytempire_assets.channels import ChannelFolder, ChannelSpec
from ytempire_assets.insights.money import REPORTED
from ytempire_assets.partitions import CHANNELS_NAME, FIRST_DAY, FIRST_WEEK, channel_day_key
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.money_folder import MoneyFolder


@dg.schedule(
    job=gather,
    cron_schedule="0 */6 * * *",
    execution_timezone="UTC",
    default_status=schedule_status("gather_every_six_hours"),
    description="Signals, scores and sources of the day, every 6 hours.",
)
def gather_every_six_hours(
    context: dg.ScheduleEvaluationContext, channels: dg.ResourceParam[ChannelFolder]
) -> Iterator[dg.RunRequest]:
    """One run for each day that some channel is living."""
    now = _time(context)
    for day in days_to_gather(channels.load().specs.values(), now):
        yield dg.RunRequest(
            run_key=f"{now.isoformat()} {day.isoformat()}",
            partition_key=day.isoformat(),
            tags=Priority.GATHERING.tags,
        )


@dg.schedule(
    job=learn_growth,
    cron_schedule="20 3 * * 0",
    execution_timezone="UTC",
    default_status=schedule_status("learn_growth_weekly"),
    description="Trains the growth model on what the week showed, when the week is over.",
)
def learn_growth_weekly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """One run for the week that ended."""
    week = week_over(_time(context).date())
    if week < FIRST_WEEK:
        return dg.SkipReason("no week is over yet")
    return dg.RunRequest(
        run_key=week.isoformat(),
        partition_key=week.isoformat(),
        tags=Priority.HOUSEKEEPING.tags,
    )


@dg.schedule(
    job=account,
    cron_schedule="30 4 * * *",
    execution_timezone="UTC",
    default_status=schedule_status("account_daily"),
    description="Accounts of yesterday, and of earlier days whose entries changed.",
)
def account_daily(
    context: dg.ScheduleEvaluationContext,
    money: dg.ResourceParam[MoneyFolder],
    tables: dg.ResourceParam[LakeTables],
) -> Iterator[dg.RunRequest]:
    """Networks confirm and take back months later: the days that they change are made again."""
    now = _time(context)
    wanted = money.read().digests()
    made = tables.history("revenue", "")
    stored = {
        date.fromisoformat(one.name): {
            digest
            for digest, source in table.select("entry_digest", "source").iter_rows()
            if source != REPORTED
        }
        for one, table in zip(made, tables.contents(made), strict=True)
    }
    for day in days_to_account(wanted, stored, now.date(), FIRST_DAY):
        yield dg.RunRequest(
            run_key=f"{now.isoformat()} {day.isoformat()}",
            partition_key=day.isoformat(),
            tags=Priority.HOUSEKEEPING.tags,
        )


forget_daily = dg.ScheduleDefinition(
    name="forget_daily",
    job=forget,
    cron_schedule="40 2 * * *",
    execution_timezone="UTC",
    tags=Priority.HOUSEKEEPING.tags,
    default_status=schedule_status("forget_daily"),
    description="Deletes other people's platform data whose time is over.",
)


def production_schedules(specs: Mapping[str, ChannelSpec]) -> list[dg.ScheduleDefinition]:
    """One schedule a time zone; it runs when channels of that zone begin their day.

    The channels are read anew at every tick, so a new channel needs no restart. Only a channel in a
    time zone that no channel had before needs the definitions to be reloaded.

    Args:
        specs: The channels as they are when the definitions are loaded.
    """
    return [_schedule(zone, cron_of(group)) for zone, group in by_time_zone(specs).items()]


def _schedule(time_zone: str, cron: list[str]) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=schedule_name(time_zone),
        job=produce,
        cron_schedule=cron,
        execution_timezone=time_zone,
        default_status=schedule_status(PRODUCE),
        description=f"The day of every channel in {time_zone}.",
    )
    def produce_in_zone(
        context: dg.ScheduleEvaluationContext, channels: dg.ResourceParam[ChannelFolder]
    ) -> Iterator[dg.RunRequest | dg.SkipReason]:
        loaded = channels.load()
        registered = set(context.instance.get_dynamic_partitions(CHANNELS_NAME))
        due = due_channels(loaded.specs, time_zone, _time(context))
        for problem in loaded.problems.values():
            context.log.error("channel left out: %s", problem)
        for channel, day in due:
            if channel not in registered:
                context.log.warning("%s waits for the sensor that registers channels", channel)
                continue
            yield dg.RunRequest(
                run_key=f"{channel} {day.isoformat()}",
                partition_key=channel_day_key(channel, day),
                tags=Priority.PRODUCTION.tags,
            )
        if not due:
            yield dg.SkipReason(f"no channel in {time_zone} begins its day at this time")

    return produce_in_zone


def _time(context: dg.ScheduleEvaluationContext) -> datetime:
    return (context.scheduled_execution_time or datetime.now(UTC)).astimezone(UTC)
