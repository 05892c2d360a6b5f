"""Sensors: thin shells that look, ask a planner, and pass on what it says."""

import dagster as dg

from ytempire_assets.automation.jobs import publish
from ytempire_assets.automation.planning import plan_registration, plan_resumption
from ytempire_assets.channels import ChannelFolder
from ytempire_assets.partitions import CHANNELS, CHANNELS_NAME
from ytempire_assets.publishing.quota import quota_day
from ytempire_assets.resources.allowances import Allowances
from ytempire_assets.resources.ledger import Ledger


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
    busy = {
        record.dagster_run.tags.get("dagster/partition", "")
        for record in context.instance.get_run_records(
            dg.RunsFilter(statuses=list(_UNDER_WAY)), limit=1000
        )
    }
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


_UNDER_WAY = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
)
