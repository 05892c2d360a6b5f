"""Sensors: thin shells that look, ask a planner, and pass on what it says."""

import dagster as dg

from ytempire_assets.automation.planning import plan_registration
from ytempire_assets.channels import ChannelFolder
from ytempire_assets.partitions import CHANNELS, CHANNELS_NAME


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
