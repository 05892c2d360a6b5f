"""Sensors: thin shells that look, ask a planner, and pass on what it says."""

import json
import time
from collections.abc import Sequence
from datetime import date, timedelta

import dagster as dg

from ytempire_assets.automation.jobs import produce, publish
from ytempire_assets.automation.planning import plan_registration, plan_resumption
from ytempire_assets.automation.spikes import plan_spikes
from ytempire_assets.channels import ChannelFolder
from ytempire_assets.partitions import CHANNELS, CHANNELS_NAME, channel_day_key
from ytempire_assets.publishing.quota import quota_day
from ytempire_assets.resources.allowances import Allowances
from ytempire_assets.resources.lake_tables import LakeTables, StoredTable
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.signals import SignalDesk


@dg.sensor(
    name="register_channels",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
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


RESUMED_AT_ONCE = 20
"""Runs that one look starts at most: the others are older news at the next look."""


@dg.sensor(
    name="resume_publications",
    job=publish,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
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
    busy = _busy(context)
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
    today = quota_day(ledger.now())
    resumed = plan_resumption(ready, registered, busy, RESUMED_AT_ONCE, today)
    if not resumed:
        return dg.SensorResult(skip_reason="nothing that could go on now")
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(run_key=item.run_key, partition_key=item.partition) for item in resumed
        ]
    )


SPIKE_BUDGET_S = 10.0
"""A look takes no longer; the channels that did not come first are first at the next one."""
_TOPIC_TAG = "ytempire/topic"


@dg.sensor(
    name="spikes",
    job=produce,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
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
        earlier = ledger.breaking(date.min)
        on_day = [one.channel for one in earlier if one.day == day]
        plan = plan_spikes(
            rows,
            specs[start:] + specs[:start],
            {(one.channel, one.topic_id) for one in earlier},
            {channel: on_day.count(channel) for channel in set(on_day)},
        )
        cursor = {"seen": mark}
        deadline = time.monotonic() + SPIKE_BUDGET_S
        for channel, found in plan:
            if time.monotonic() > deadline:
                cursor = {"seen": "", "next": channel}
                break
            for spike in found:
                ledger.ask_breaking(channel, spike.topic_id, day, spike.reason)
    busy = _busy(context)
    requests = []
    for asked in ledger.breaking(today - timedelta(days=1)):
        key = channel_day_key(asked.channel, asked.day)
        if str(key) not in busy:  # its own run may be at work on the day: after it
            requests.append(
                dg.RunRequest(
                    run_key=f"at once {asked.channel} {asked.topic_id}",
                    partition_key=key,
                    tags={"dagster/priority": "10", _TOPIC_TAG: asked.topic_id},
                )
            )
    return dg.SensorResult(run_requests=requests, cursor=json.dumps(cursor))


def _newest(stored: Sequence[StoredTable], today: date) -> tuple[date, StoredTable, str] | None:
    """The newest day of scored topics that is no old news, and a mark that each scoring changes."""
    for one in reversed(stored):
        day = date.fromisoformat(one.name)
        if day < today - timedelta(days=1):
            return None
        if day <= today + timedelta(days=1):
            return day, one, f"{one.name} {one.mark}"
    return None


def _busy(context: dg.SensorEvaluationContext) -> set[str]:
    """Partitions that a run is at work on."""
    return {
        record.dagster_run.tags.get("dagster/partition", "")
        for record in context.instance.get_run_records(
            dg.RunsFilter(statuses=list(_UNDER_WAY)), limit=1000
        )
    }


_UNDER_WAY = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
)
