"""What waits in the queue goes in the order of its priority, and one run a channel at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    GrpcServerCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._daemon.run_coordinator.queued_run_coordinator_daemon import QueuedRunCoordinatorDaemon

from ytempire_assets.automation.instance_sensors import pool_sensor
from ytempire_assets.automation.priorities import PRIORITY_TAG, Priority
from ytempire_assets.automation.schedules import learn_growth_weekly
from ytempire_assets.automation.switches import ON_BY_DEFAULT, PRODUCE
from ytempire_assets.build import build_defs
from ytempire_assets.channels import ChannelFolder
from ytempire_assets.errors import InvalidInputError
from ytempire_assets.instance import opened_instance
from ytempire_assets.partitions import CHANNELS_NAME, DAY_BY_CHANNEL, channel_day_key
from ytempire_assets.placement import POOLS
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.money_folder import MoneyFolder
from ytempire_assets.settings import Settings

DAY = date(2026, 11, 19)
ORIGIN = RemoteJobOrigin(
    RemoteRepositoryOrigin(GrpcServerCodeLocationOrigin("127.0.0.1", 4000), "__repository__"),
    "at_work",
)
"""Where a queued run's code is; nothing is asked there before it is started."""


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Opened as the daemon opens it: with the project's ``dagster.yaml``."""
    with opened_instance(settings) as instance:
        yield instance


@dg.job
def at_work() -> None:
    """Stands for the runs of the graph: only their tags and states matter here."""


def wait_in_line(
    instance: dg.DagsterInstance,
    channel: str,
    tags: dict[str, str],
    status: dg.DagsterRunStatus = dg.DagsterRunStatus.QUEUED,
) -> str:
    partition = DAY_BY_CHANNEL.get_tags_for_partition_key(channel_day_key(channel, DAY))
    run = instance.create_run_for_job(
        at_work, tags={**partition, **tags}, status=status, remote_job_origin=ORIGIN
    )
    return run.run_id


def next_in_line(instance: dg.DagsterInstance) -> list[str]:
    """What Dagster's queue would start now."""
    daemon = QueuedRunCoordinatorDaemon(interval_seconds=1)
    runs = daemon._get_runs_to_dequeue(instance, instance.get_concurrency_config(), None)
    return [run.run_id for run in runs]


def test_a_breaking_topic_overtakes_what_waits_already(instance: dg.DagsterInstance) -> None:
    kinds: list[Priority | None] = [
        None, Priority.HOUSEKEEPING, Priority.RESUMPTION, Priority.PRODUCTION,
        Priority.GATHERING, Priority.BREAKING,
    ]  # fmt: skip
    waiting = [
        wait_in_line(instance, f"channel-{number}", kind.tags if kind else {})
        for number, kind in enumerate(kinds)
    ]
    order = []
    while found := next_in_line(instance):
        order += found
        for run_id in found:
            run = instance.get_run_by_id(run_id)
            assert run is not None
            instance.report_run_canceled(run)
    # A run without a priority is one that a person or a backfill started.
    assert order == waiting[::-1]


def test_equal_ones_go_in_the_order_in_which_they_came(instance: dg.DagsterInstance) -> None:
    waiting = [
        wait_in_line(instance, f"channel-{number}", Priority.PRODUCTION.tags) for number in range(3)
    ]
    assert next_in_line(instance) == waiting[:2]


def test_one_run_of_a_channel_at_a_time_however_urgent(instance: dg.DagsterInstance) -> None:
    daily = wait_in_line(instance, "orbit", Priority.PRODUCTION.tags)
    breaking = wait_in_line(instance, "orbit", Priority.BREAKING.tags)
    assert next_in_line(instance) == [breaking]
    run = instance.get_run_by_id(breaking)
    assert run is not None
    instance.report_run_canceled(run)
    assert next_in_line(instance) == [daily]
    wait_in_line(instance, "orbit", {}, dg.DagsterRunStatus.STARTED)
    other = wait_in_line(instance, "fieldnotes", {})
    assert next_in_line(instance) == [other]


def test_no_more_runs_than_the_machine_is_good_for(instance: dg.DagsterInstance) -> None:
    for number in range(4):
        wait_in_line(instance, f"channel-{number}", Priority.BREAKING.tags)
    assert len(next_in_line(instance)) == 2
    wait_in_line(instance, "started", {}, dg.DagsterRunStatus.STARTED)
    wait_in_line(instance, "starting", {}, dg.DagsterRunStatus.STARTING)
    assert next_in_line(instance) == []


def test_every_schedule_gives_its_runs_a_priority(settings: Settings) -> None:
    defs = build_defs(settings)
    expected = {
        "gather_every_six_hours": Priority.GATHERING,
        "produce_europe_berlin": Priority.PRODUCTION,
        "produce_america_new_york": Priority.PRODUCTION,
        "learn_growth_weekly": Priority.HOUSEKEEPING,
        "forget_daily": Priority.HOUSEKEEPING,
        "account_daily": Priority.HOUSEKEEPING,
    }
    found = {}
    with dg.DagsterInstance.local_temp() as instance:
        instance.add_dynamic_partitions(CHANNELS_NAME, ["orbit", "fieldnotes"])
        for schedule in defs.get_repository_def().schedule_defs:
            hour = 11 if schedule.name == "produce_america_new_york" else 6
            minute = 0 if hour == 11 else 30
            with dg.build_schedule_context(
                instance=instance,
                scheduled_execution_time=datetime(2026, 11, 19, hour, minute, tzinfo=UTC),
                resources={
                    "channels": ChannelFolder(settings.channels_dir),
                    "money": MoneyFolder(settings.money_dir),
                    "tables": LakeTables.of(settings),
                },
                repository_def=defs.get_repository_def(),
            ) as context:
                requests = schedule.evaluate_tick(context).run_requests or []
            found[schedule.name] = {int(one.tags[PRIORITY_TAG]) for one in requests}
    assert found == {name: {int(priority)} for name, priority in expected.items()}
    assert learn_growth_weekly.default_status == dg.DefaultScheduleStatus.RUNNING


def test_the_list_of_what_is_on_is_all_there_is(settings: Settings) -> None:
    repository = build_defs(settings).get_repository_def()
    schedules = {one.name: one.default_status.value for one in repository.schedule_defs}
    sensors = {one.name: one.default_status.value for one in repository.sensor_defs}
    zones = {name for name in schedules if name.startswith(f"{PRODUCE}_")}
    assert zones == {"produce_europe_berlin", "produce_america_new_york"}
    assert {*schedules, *sensors} - zones | {PRODUCE} == set(ON_BY_DEFAULT)
    assert {*schedules.values(), *sensors.values()} == {"RUNNING"}
    described = [one.description for one in repository.schedule_defs]
    assert all([*described, *(one.description for one in repository.sensor_defs)])


# Pools, where nobody runs the command line


def look(settings: Settings, instance: dg.DagsterInstance) -> str:
    sensor = pool_sensor(settings.placement_file)
    with dg.build_sensor_context(instance=instance) as context:
        return sensor.evaluate_tick(context).skip_message or ""


def test_pools_follow_the_placement_under_the_daemon(settings: Settings) -> None:
    file = settings.home.parent / "placement.yaml"
    changed = settings.model_copy(update={"placement_file": file})
    file.write_text("pools: {render: 3}\n")
    with dg.DagsterInstance.ephemeral() as instance:
        assert look(changed, instance).startswith("changed: ")
        limits = {one.name: one.limit for one in instance.event_log_storage.get_pool_limits()}
        assert limits == {**POOLS, "render": 3}
        assert look(changed, instance) == "5 pools, all as the placement says"
        file.write_text("pools: {render: 4}\n")
        assert look(changed, instance) == "changed: render 4"
        file.write_text("pools: {rendering: 4}\n")
        with pytest.raises(InvalidInputError, match=r"placement\.yaml, line 1: pools\.rendering"):
            look(changed, instance)
