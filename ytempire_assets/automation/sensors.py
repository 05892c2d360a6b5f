"""Sensors: thin shells that look, ask a planner, and pass on what it says."""

import json
import time
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, timedelta

import dagster as dg

from ytempire_assets.automation.jobs import produce, publish
from ytempire_assets.automation.planning import (
    plan_registration,
    plan_resumption,
    waiting_partitions,
)
from ytempire_assets.automation.priorities import Priority
from ytempire_assets.automation.spikes import RISE, Spike, plan_spikes, rise_of
from ytempire_assets.automation.switches import sensor_status
from ytempire_assets.channels import ChannelFolder
from ytempire_assets.partitions import CHANNELS, CHANNELS_NAME, channel_day_key
from ytempire_assets.publishing.quota import quota_day
from ytempire_assets.resources.allowances import Allowances
from ytempire_assets.resources.lake_tables import LakeTables, StoredTable
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.ledger.discovery import Breaking
from ytempire_assets.resources.signals import SignalDesk


@dg.sensor(
    name="register_channels",
    minimum_interval_seconds=30,
    default_status=sensor_status("register_channels"),
    description="Registers new channel files as partitions and retires removed ones. What a "
    "retired channel made stays in the lake, the ledger and the event log.",
)
def register_channels(
    context: dg.SensorEvaluationContext, channels: dg.ResourceParam[ChannelFolder]
) -> dg.SensorResult:
    """Makes the partitions agree with the channel files."""
    loaded = channels.load()
    for problem in loaded.problems.values():
        context.log.error("channel file cannot be used: %s", problem)
    plan = plan_registration(
        context.instance.get_dynamic_partitions(CHANNELS_NAME), loaded.specs, loaded.problems
    )
    requests: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if plan.add:
        requests.append(CHANNELS.build_add_request(list(plan.add)))
    if plan.retire:
        requests.append(CHANNELS.build_delete_request(list(plan.retire)))
    if requests:
        return dg.SensorResult(dynamic_partitions_requests=requests)
    broken = f"; broken: {'; '.join(loaded.problems.values())}" if loaded.problems else ""
    return dg.SensorResult(skip_reason=f"{len(loaded.specs)} channels, all registered{broken}")


_PARTITION_TAG = "dagster/partition"

RESUMED_AT_ONCE = 10
"""Runs that one look starts at most: the others are older news at the next look. Dagster takes
tenths of a second to store one, and a look with all that is to end within 5 s."""

LOOKED_AT = 200
"""Partitions that a look asks about, whether a run is at work on them: those that wait longest."""


@dg.sensor(
    name="resume_publications",
    job=publish,
    minimum_interval_seconds=60,
    default_status=sensor_status("resume_publications"),
    description="Takes up publications that stopped half way, were approved, or waited for the "
    "platform's next day: longest waiting first, a bounded number at a time.",
)
def resume_publications(
    context: dg.SensorEvaluationContext,
    ledger: dg.ResourceParam[Ledger],
    allowances: dg.ResourceParam[Allowances],
    channels: dg.ResourceParam[ChannelFolder],
) -> dg.SensorResult:
    """Starts a run for each channel and day with something that can go on now."""
    registered = set(context.instance.get_dynamic_partitions(CHANNELS_NAME))
    specs = channels.load().specs
    unfinished = ledger.unfinished()
    waits_on = {one.plan.platform for one in unfinished if one.state == "approved"}
    turns = {name: allowances.turns_today(name, specs) for name in waits_on}
    ready = [
        one
        for one in unfinished
        if one.state != "approved" or one.plan.video_id in turns[one.plan.platform]
    ]
    looked_at = waiting_partitions(ready, registered, LOOKED_AT)
    resumed = plan_resumption(
        [one for publications in looked_at.values() for one in publications],
        registered,
        _busy(context, looked_at),
        RESUMED_AT_ONCE,
        quota_day(ledger.now()),
    )
    if not resumed:
        return dg.SensorResult(skip_reason="nothing that could go on now")
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=item.run_key,
                partition_key=item.partition,
                tags=Priority.RESUMPTION.tags,
            )
            for item in resumed
        ]
    )


SPIKE_BUDGET_S = 3.0
"""Planning takes no longer; the channels that did not come first are first at the next look."""

ASKED_AT_ONCE = 5
"""Runs that one look asks for at most, oldest first. A run of this job has more stages to store,
and fewer than five are made in the minute until the next look."""
_TOPIC_TAG = "ytempire/topic"
_RUN_KEY_TAG = "dagster/run_key"


@dg.sensor(
    name="spikes",
    job=produce,
    minimum_interval_seconds=60,
    default_status=sensor_status("spikes"),
    description="Asks for a video at once, with priority, when a topic of a channel's niche rises "
    "suddenly; never twice for one topic.",
)
def spikes(
    context: dg.SensorEvaluationContext,
    signals: dg.ResourceParam[SignalDesk],
    tables: dg.ResourceParam[LakeTables],
    channels: dg.ResourceParam[ChannelFolder],
    ledger: dg.ResourceParam[Ledger],
) -> dg.SensorResult:
    """Looks at the newest topics whenever they were scored anew."""
    if signals.origin == "sample":
        return dg.SensorResult(skip_reason="made-up counts are no news")
    today = ledger.now().date()
    cursor = json.loads(context.cursor or "{}")
    newest = _newest(tables.history("trends", ""), today)
    if newest is not None and cursor.get("seen") != newest[2]:
        day, stored, mark = newest
        registered = set(context.instance.get_dynamic_partitions(CHANNELS_NAME))
        specs = [one for one in channels.load().specs.items() if one[0] in registered]
        # Where the last look ran out of time, this one begins.
        start = next((k for k, one in enumerate(specs) if one[0] == cursor.get("next")), 0)
        rows = [row for row in stored.read().to_dicts() if row["origin"] == "live"]
        sudden = [row for row in rows if rise_of(row["daily"]) >= RISE]
        plan = plan_spikes(
            sudden,
            specs[start:] + specs[:start],
            ledger.breaking_asked([row["topic_id"] for row in sudden]),
            Counter(one.channel for one in ledger.breaking(day) if one.day == day),
        )
        cursor = {"seen": mark}
        deadline = time.monotonic() + SPIKE_BUDGET_S
        found: list[Spike] = []
        for channel, spikes_of_channel in plan:
            if time.monotonic() > deadline:
                cursor = {"seen": "", "next": channel}
                break
            found += spikes_of_channel
        ledger.ask_breaking(day, [(one.channel, one.topic_id, one.reason) for one in found])
    return dg.SensorResult(
        run_requests=_asked_for(context, ledger, today - timedelta(days=1)),
        cursor=json.dumps(cursor),
    )


def _asked_for(
    context: dg.SensorEvaluationContext, ledger: Ledger, since: date
) -> list[dg.RunRequest]:
    """Requests for what was asked for and has no run yet.

    A request is repeated until its run is seen: a crash before Dagster made the run loses nothing,
    and the run key makes the run once.
    """
    registered = set(context.instance.get_dynamic_partitions(CHANNELS_NAME))
    missing = [one for one in ledger.breaking_without_run(since) if one.channel in registered]
    if not missing:
        return []
    looked_at = {_spike_key(one): one for one in missing[:LOOKED_AT]}
    runs = context.instance.get_runs(dg.RunsFilter(tags={_RUN_KEY_TAG: list(looked_at)}))
    made = {run.tags[_RUN_KEY_TAG] for run in runs}
    ledger.breaking_run_seen([looked_at[key] for key in sorted(made)])
    left = {key: one for key, one in looked_at.items() if key not in made}
    partitions = {key: str(channel_day_key(one.channel, one.day)) for key, one in left.items()}
    # Its own run may be at work on the day: after it.
    busy = _busy(context, partitions.values())
    free = [key for key, partition in partitions.items() if partition not in busy]
    return [
        dg.RunRequest(
            run_key=key,
            partition_key=partitions[key],
            tags={**Priority.BREAKING.tags, _TOPIC_TAG: left[key].topic_id},
        )
        for key in free[:ASKED_AT_ONCE]
    ]


def _spike_key(asked: Breaking) -> str:
    return f"at once {asked.channel} {asked.topic_id}"


def _newest(stored: Sequence[StoredTable], today: date) -> tuple[date, StoredTable, str] | None:
    """The newest day of scored topics that is no old news, and a mark that each scoring changes."""
    for one in reversed(stored):
        day = date.fromisoformat(one.name)
        if day < today - timedelta(days=1):
            return None
        if day <= today + timedelta(days=1):
            return day, one, f"{one.name} {one.mark}"
    return None


def _busy(context: dg.SensorEvaluationContext, partitions: Collection[str]) -> set[str]:
    """Those partitions that a run is at work on, or waits to be."""
    if not partitions:
        return set()
    under_way = dg.RunsFilter(
        statuses=list(_UNDER_WAY), tags={_PARTITION_TAG: sorted(set(partitions))}
    )
    return {run.tags[_PARTITION_TAG] for run in context.instance.get_runs(under_way)}


_UNDER_WAY = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
)
