"""Pure planning: what should run, given the time and the channels.

Belongs here: decisions as functions of values. Schedules and sensors only ask and pass on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ytempire_assets.channels import ChannelSpec
from ytempire_assets.publishing.publication import Publication

_MOST_DAYS_A_NIGHT = 30


def schedule_name(time_zone: str) -> str:
    """The name of a time zone's schedule: ``produce_europe_berlin``."""
    return "produce_" + "".join(c if c.isalnum() else "_" for c in time_zone.lower())


def cron_of(specs: Iterable[ChannelSpec]) -> list[str]:
    """The cron lines at which channels of one time zone begin their day, without repeats."""
    times = sorted({(spec.produce_at.hour, spec.produce_at.minute) for spec in specs})
    return [f"{minute} {hour} * * *" for hour, minute in times]


def due_channels(
    specs: Mapping[str, ChannelSpec], time_zone: str, now: datetime
) -> list[tuple[str, date]]:
    """Channels of a time zone whose day begins at ``now``, with that day.

    Args:
        specs: All channels.
        time_zone: The schedule's zone.
        now: The scheduled time, with a zone.
    """
    local = now.astimezone(ZoneInfo(time_zone))
    return [
        (name, local.date())
        for name, spec in sorted(specs.items())
        if spec.time_zone == time_zone
        and (spec.produce_at.hour, spec.produce_at.minute) == (local.hour, local.minute)
    ]


def days_to_gather(specs: Iterable[ChannelSpec], now: datetime) -> list[date]:
    """The UTC day of ``now``, and each later day that some channel has already reached.

    Args:
        specs: All channels.
        now: With a zone.
    """
    today = now.astimezone(ZoneInfo("UTC")).date()
    reached = {now.astimezone(spec.zone).date() for spec in specs}
    return sorted({today, *(day for day in reached if day > today)})


def week_over(today: date) -> date:
    """First day, a Sunday, of the last week that was over before ``today``."""
    return today - timedelta(days=(today.weekday() + 1) % 7 + 7)


def days_to_account(
    wanted: Mapping[date, Collection[str]],
    stored: Mapping[date, Collection[str]],
    today: date,
    first: date,
) -> list[date]:
    """Yesterday, and those days before it whose accounts hold other entries than the files.

    A month at most: a change of many days, of a rate say, is done in a few nights.

    Args:
        wanted: By day the digests of entries that the files hold.
        stored: The same of the accounts that were made.
        today: The day.
        first: The first day there is.
    """
    yesterday = today - timedelta(days=1)
    days = {day for day in {*wanted, *stored} if first <= day < today}
    changed = {day for day in days if set(wanted.get(day, ())) != set(stored.get(day, ()))}
    latest = sorted(changed - {yesterday}, reverse=True)[:_MOST_DAYS_A_NIGHT]
    return sorted({*latest, *({yesterday} if yesterday >= first else ())})


@dataclass(frozen=True, slots=True)
class Registration:
    """Which channel partitions are to be added and retired."""

    add: tuple[str, ...]
    retire: tuple[str, ...]


def plan_registration(
    known: Collection[str], usable: Collection[str], broken: Collection[str]
) -> Registration:
    """Compares partitions with files.

    A channel whose file is broken keeps its partition: a read that failed is not a removal.

    Args:
        known: Channel partitions that exist.
        usable: Channels whose files can be read.
        broken: Channels whose files cannot.
    """
    return Registration(
        add=tuple(sorted(set(usable) - set(known))),
        retire=tuple(sorted(set(known) - set(usable) - set(broken))),
    )


def by_time_zone(specs: Mapping[str, ChannelSpec]) -> dict[str, Sequence[ChannelSpec]]:
    """Channels grouped by time zone, zones in alphabetical order."""
    zones: dict[str, list[ChannelSpec]] = {}
    for name in sorted(specs):
        zones.setdefault(specs[name].time_zone, []).append(specs[name])
    return {zone: zones[zone] for zone in sorted(zones)}


@dataclass(frozen=True, slots=True)
class Resumption:
    """A channel's day whose publications go on.

    ``run_key`` changes with the publications, and each day: a run that ended before it could note
    anything, for want of a consent say, is tried again the next day and not each minute.
    """

    partition: str
    run_key: str


def waiting_partitions(
    unfinished: Iterable[Publication], registered: Collection[str], most: int
) -> dict[str, list[Publication]]:
    """Publications by the partition that makes them, longest waiting first, at most so many."""
    found: dict[str, list[Publication]] = {}
    for publication in unfinished:
        plan = publication.plan
        key = f"{plan.channel}|{plan.day.isoformat()}"
        if plan.channel in registered and (key in found or len(found) < most):
            found.setdefault(key, []).append(publication)
    return found


def plan_resumption(
    unfinished: Sequence[Publication],
    registered: Collection[str],
    busy: Collection[str],
    most: int,
    today: date,
) -> list[Resumption]:
    """Which channel days to run, longest waiting first.

    Args:
        unfinished: Publications that could go on, longest waiting first.
        registered: Channels that are partitions; others are retired or not seen yet.
        busy: Partitions that a run is at work on.
        most: How many runs at most.
        today: The quota day.
    """
    versions: dict[str, list[str]] = {}
    for publication in unfinished:
        plan = publication.plan
        key = f"{plan.channel}|{plan.day.isoformat()}"
        if plan.channel in registered and key not in busy:
            versions.setdefault(key, []).append(f"{plan.video_id}.{publication.version}")
    chosen = list(versions.items())[:most]
    return [Resumption(key, f"publish {today} {' '.join(sorted(parts))}") for key, parts in chosen]
