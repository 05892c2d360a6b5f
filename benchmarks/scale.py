"""How the orchestration grows: a year of 10, 100 and 300 channels with three videos a day.

``ytempire bench scale --json``. Each size is a process of its own, so that its memory is its own.
Real: Dagster's instance as ``ytempire`` opens it (files and SQLite), our definitions, the ledger
and the lake, the schedules and sensors as the daemon evaluates them, the queue's and the backfill's
own code with a code server. Made up: a year of history is written in bulk through the stores' own
row formats instead of by a year of runs (two events for each channel and day of one asset, every
publication and call in the ledger, one table of the lake), the queued runs are copies of a real
one, and Dagster is told that the year is over.

``s`` is the best wall time of three, of ticks the worst, ``cpu_s`` the CPU time of that one;
``growth`` is the exponent between the smallest and the largest size: 1 is linear. The time of other
processes is not in ``cpu_s``. A tick is the evaluation; what Dagster takes to store the runs that
it asks for is the backfill's ``s_a_run`` for each.
"""

from __future__ import annotations

import json
import logging
import math
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.scale_world import (
    ASSET,
    DAYS_MADE,
    VIDEOS,
    World,
    fill_instance,
    fill_lake,
    fill_ledger,
    write_channels,
)

SIZES = (10, 100, 300)
BACKFILL_DAYS = 7
WORSE_THAN_LINEAR = 1.1
_COUNTS = 0.05
"""Seconds: what takes less at the largest size cannot hurt, however it grows."""


def measure(channels: str = ",".join(map(str, SIZES))) -> dict[str, Any]:
    """All sizes.

    Args:
        channels: Sizes, separated by commas.
    """
    started = time.perf_counter()
    sizes = [int(one) for one in channels.split(",")]
    found = {size: _in_a_process(size) for size in sizes}
    first, last = found[sizes[0]], found[sizes[-1]]
    rows = {
        name: {
            **{f"s_{size}": found[size]["times"][name][0] for size in sizes},
            **{f"cpu_s_{size}": found[size]["times"][name][1] for size in sizes},
            **growth(first["times"][name], last["times"][name], sizes),
        }
        for name in first["times"]
    }
    return {
        "benchmark": "scale",
        "channels": sizes,
        "days": DAYS_MADE,
        "videos_a_day": VIDEOS,
        "times": rows,
        "worse_than_linear": [name for name, row in rows.items() if row["worse_than_linear"]],
        "slowest_tick_s": {
            size: max(row[f"s_{size}"] for name, row in rows.items() if name.startswith("tick"))
            for size in sizes
        },
        "facts": {size: found[size]["facts"] for size in sizes},
        "wall_s": round(time.perf_counter() - started, 1),
    }


def growth(first: list[float], last: list[float], sizes: list[int]) -> dict[str, Any]:
    """The exponent, by CPU time where the work is ours and by wall time where it is a server's."""
    place = 1 if last[1] > 0.5 * last[0] else 0
    if len(sizes) < 2 or not first[place] or not last[place]:
        return {"growth": None, "worse_than_linear": False}
    exponent = math.log(last[place] / first[place]) / math.log(sizes[-1] / sizes[0])
    worse = exponent > WORSE_THAN_LINEAR and last[0] > _COUNTS
    return {"growth": round(exponent, 2), "worse_than_linear": worse}


def _in_a_process(size: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="ytempire-scale-") as folder:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("YTEMPIRE_", "DAGSTER_"))},
            "YTEMPIRE_HOME": f"{folder}/home",
            "YTEMPIRE_CHANNELS_DIR": f"{folder}/channels",
        }
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.scale", str(size)],
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
        )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _one_size(size: int) -> dict[str, Any]:
    from dagster._core.test_utils import freeze_time

    from ytempire_assets.instance import opened_instance
    from ytempire_assets.partitions import FIRST_DAY
    from ytempire_assets.settings import load_settings

    logging.disable(logging.CRITICAL)
    settings = load_settings()
    write_channels(settings.channels_dir, size)
    end = FIRST_DAY + timedelta(days=DAYS_MADE - 1)
    now = datetime(end.year, end.month, end.day, 12, tzinfo=UTC)
    with ExitStack() as stack:
        instance = stack.enter_context(opened_instance(settings))
        world = World(size, settings, instance, now)
        started = time.perf_counter()
        with freeze_time(now):
            fill_instance(world)
            ledger = fill_ledger(world)
            fill_lake(world)
            world.facts["filling_s"] = round(time.perf_counter() - started, 1)
            world.note_memory("the year was written")
            _measure_ledger(world, ledger)
            world.note_memory("ledger")
            _measure_partitions(world)
            world.note_memory("partitions")
            measure_ticks(world, ledger)
            world.note_memory("ticks")
            _measure_lake(world)
            world.note_memory("lake")
        _measure_backfill(world)
        with freeze_time(now):
            _measure_queue(world, ledger)
            world.note_memory("backfill and queue")
        ledger.close()
    return {"times": world.times, "facts": world.facts}


# What is asked


def _measure_ledger(world: World, ledger: Any) -> None:
    from ytempire_assets.publishing.publication import PublicationPlan
    from ytempire_assets.publishing.quota import Limits, quota_day
    from ytempire_assets.resources.allowances import Allowances

    channel, today = world.names[0], world.now.date()
    plan = PublicationPlan(
        "new", "sandbox", channel, "new", today, "new.mp4", 1, world.now, False, title="New"
    )
    since = today - timedelta(days=90)
    allowances = Allowances(ledger, "youtube", Limits())
    world.time("ledger: unfinished publications", ledger.unfinished)
    world.time("ledger: all of a channel", lambda: ledger.publications(channel=channel))
    world.time("ledger: a channel's day", lambda: ledger.publications(channel=channel, day=today))
    world.time("ledger: rivals of a video", lambda: ledger.rivals(plan))
    world.time("ledger: what others made", lambda: ledger.made_by_others(channel, since, today))
    world.time("ledger: turns of the day", lambda: allowances.turns_today("sandbox", {}))
    world.time("ledger: uses of a day", lambda: ledger.uses("sandbox", quota_day(world.now)))


def _measure_lake(world: World) -> None:
    from ytempire_assets.resources.lake_tables import LakeTables
    from ytempire_assets.resources.lake_views import opened_views

    tables = LakeTables(world.settings.lake_dir)
    world.time("lake: days of a channel", lambda: tables.history("ideas", world.names[0]))
    world.time("lake: days of a table", lambda: tables.history("trends", ""))
    world.time("lake: all of a table", lambda: tables.objects.entries("ideas"), 1)
    world.time("lake: views of all tables", lambda: opened_views(tables).close(), 1)


def _measure_partitions(world: World) -> None:
    import dagster as dg
    from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value
    from dagster_graphql.implementation.fetch_assets import build_partition_statuses

    from ytempire_assets.partitions import DAY_BY_CHANNEL

    instance, asset = world.instance, dg.AssetKey(ASSET)
    found = world.time(
        "partitions: keys that were made", lambda: instance.get_materialized_partitions(asset)
    )
    world.facts["partitions"] = len(found)

    def status() -> Any:
        return get_and_update_asset_status_cache_value(instance, asset, DAY_BY_CHANNEL)

    world.time("partitions: status, first time", status, 1)
    cached = world.time("partitions: status, again", status)
    world.time("partitions: all keys there are", lambda: _keys(instance, DAY_BY_CHANNEL), 1)

    def shown() -> Any:
        subsets = (
            cached.deserialize_materialized_partition_subsets(DAY_BY_CHANNEL),
            cached.deserialize_failed_partition_subsets(DAY_BY_CHANNEL),
            cached.deserialize_in_progress_partition_subsets(DAY_BY_CHANNEL),
        )
        with dg.partition_loading_context(dynamic_partitions_store=instance):
            return build_partition_statuses(instance, *subsets, DAY_BY_CHANNEL)

    world.time("partitions: status as the UI shows it", shown)


def _keys(instance: Any, partitions: Any) -> int:
    return len(partitions.get_partition_keys(dynamic_partitions_store=instance))


class _Live:
    """Stands for live sources, of which a sensor asks only whether they are the sample."""

    origin = "live"


def measure_ticks(world: World, ledger: Any, when: str = "tick") -> None:
    """Each schedule and sensor as the daemon evaluates it; sensors with the cursor they left."""
    import dagster as dg
    from pydantic import SecretStr

    from ytempire_assets.build import build_defs
    from ytempire_assets.resources.alert_webhook import AlertWebhook

    nobody = AlertWebhook(SecretStr("http://127.0.0.1:1/"))
    overrides = {"ledger": ledger, "signals": _Live(), "alert_webhook": nobody}
    if when == "tick":
        defs = world.time("definitions: loading", lambda: build_defs(world.settings, overrides))
    else:
        defs = build_defs(world.settings, overrides)
    repository = defs.get_repository_def()
    resources = repository.get_top_level_resources()
    asked: dict[str, int] = {}
    for schedule in repository.schedule_defs if when == "tick" else ():
        # The channels of a zone all begin at six: the hour in which there is most to do.
        at = _six_o_clock(world.now, schedule.execution_timezone or "UTC")

        def tick(schedule: Any = schedule, at: datetime = at) -> Any:
            with dg.build_schedule_context(
                instance=world.instance,
                scheduled_execution_time=at,
                resources={key: resources[key] for key in schedule.required_resource_keys},
                repository_def=repository,
            ) as context:
                return schedule.evaluate_tick(context)

        ticked = world.time(f"{when}: {schedule.name}", tick, keep=max)
        asked[schedule.name] = len(ticked.run_requests or [])
    for sensor in repository.sensor_defs:

        def look(sensor: Any = sensor) -> Any:
            with (
                dg.build_sensor_context(
                    instance=world.instance,
                    repository_def=repository,
                    resources={key: resources[key] for key in sensor.required_resource_keys},
                ) as context,
                dg.partition_loading_context(dynamic_partitions_store=world.instance),
            ):
                return sensor.evaluate_tick(context)

        # The first look has everything before it: all failures, all sudden topics.
        looked = world.time(f"{when}: {sensor.name}", look, keep=max)
        asked[sensor.name] = len(looked.run_requests or [])
    world.facts[f"runs_asked_for_by_{when.replace(' ', '_')}"] = asked


def _six_o_clock(now: datetime, zone: str) -> datetime:
    from zoneinfo import ZoneInfo

    return now.astimezone(ZoneInfo(zone)).replace(hour=6, minute=0)


def _measure_backfill(world: World) -> None:
    """A week of all channels: asking for it, and the first chunk that the daemon submits.

    A code server is asked, whose clock is the machine's: the week is the first one there is.
    """
    from dagster._core.execution import job_backfill
    from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill
    from dagster._core.test_utils import create_test_daemon_workspace_context
    from dagster._core.workspace.load_target import ModuleTarget

    target = ModuleTarget("ytempire_assets.definitions", None, str(Path.cwd()), "scale")
    instance = world.instance
    wanted = [
        f"{channel}|{world.days[number]}"
        for number in range(BACKFILL_DAYS)
        for channel in world.names
    ]
    with create_test_daemon_workspace_context(target, instance) as workspace:
        location = workspace.create_request_context().get_code_location("scale")
        repository = next(iter(location.get_repositories().values()))
        sets = {one.name: one for one in repository.get_partition_sets()}
        chosen = sets["produce_partition_set"]
        backfill = PartitionBackfill(
            backfill_id="aweekofall",
            status=BulkActionStatus.REQUESTED,
            from_failure=False,
            tags={},
            backfill_timestamp=time.time(),
            partition_set_origin=chosen.get_remote_origin(),
            partition_names=wanted,
        )
        world.time("backfill: asking for it", lambda: instance.add_backfill(backfill), 1)
        logger = logging.getLogger("scale")

        def chunk() -> Any:
            return job_backfill._get_partitions_chunk(  # noqa: SLF001
                instance, logger, backfill, job_backfill.CHECKPOINT_COUNT, chosen
            )

        names, _, _ = world.time("backfill: choosing a chunk", chunk)
        submit = job_backfill.submit_backfill_runs

        def submitted() -> int:
            return len(list(submit(instance, workspace.create_request_context, backfill, names)))

        count = world.time("backfill: submitting a chunk of runs", submitted, 1)
    a_run = world.times["backfill: submitting a chunk of runs"][0] / count
    world.facts["backfill"] = {
        "runs": len(wanted),
        "submitted_as_a_sample": count,
        "s_a_run": round(a_run, 3),
        # Dagster rests a second after each chunk.
        "all_submitted_after_s_extrapolated": round(len(wanted) * (a_run + 1 / count)),
    }


def _measure_queue(world: World, ledger: Any) -> None:
    """With that week in the queue: what the queue's daemon and the sensors take then."""
    from dagster import DagsterRunStatus, RunsFilter
    from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import (
        QueuedRunCoordinatorDaemon,
    )

    from ytempire_assets.partitions import DAY_BY_CHANNEL, channel_day_key

    instance = world.instance
    [pattern] = instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.QUEUED]), limit=1)
    known = len(instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.QUEUED])))
    days = world.days[-BACKFILL_DAYS:]
    keys = [channel_day_key(channel, day) for day in days for channel in world.names]
    for number, key in enumerate(keys[known:]):
        tags = {**pattern.tags, **DAY_BY_CHANNEL.get_tags_for_partition_key(key)}
        run = pattern._replace(run_id=f"00000000-0000-4000-8000-{number:012}", tags=tags)
        instance.run_storage.add_run(run)
    world.facts["queued_runs"] = len(keys)
    daemon = QueuedRunCoordinatorDaemon(interval_seconds=1)
    config = instance.get_concurrency_config()
    world.time(
        "queue: choosing what runs next",
        lambda: daemon._get_runs_to_dequeue(instance, config, None),  # noqa: SLF001
    )
    measure_ticks(world, ledger, "tick with a full queue")


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1].isdigit():
        print(json.dumps(_one_size(int(sys.argv[1]))))
    else:
        print(json.dumps(measure(*sys.argv[1:2]), indent=1))
