"""Planners decide from values alone; their shells pass on what they say."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml

from ytempire_assets.automation.planning import (
    cron_of,
    days_to_gather,
    due_channels,
    plan_registration,
    schedule_name,
)
from ytempire_assets.build import build_defs
from ytempire_assets.channels import ChannelFolder
from ytempire_assets.partitions import CHANNELS_NAME
from ytempire_assets.settings import Settings


def test_registration_adds_new_retires_removed_and_spares_broken() -> None:
    plan = plan_registration(known={"a", "b", "c"}, usable={"a", "d"}, broken={"b"})
    assert plan.add == ("d",)
    assert plan.retire == ("c",)


def test_channels_are_due_at_their_local_hour(channels_dir: Path) -> None:
    specs = ChannelFolder(channels_dir).load().specs
    noon = datetime(2026, 11, 19, 11, 0, tzinfo=UTC)  # 06:00 in New York, 12:00 in Berlin
    assert due_channels(specs, "America/New_York", noon) == [("orbit", date(2026, 11, 19))]
    assert due_channels(specs, "Europe/Berlin", noon) == []
    assert cron_of([specs["fieldnotes"]]) == ["30 7 * * *"]
    assert schedule_name("America/New_York") == "produce_america_new_york"


def test_a_day_that_began_in_the_east_is_gathered_too(channels_dir: Path) -> None:
    path = channels_dir / "orbit.yaml"
    path.write_text(path.read_text().replace("America/New_York", "Pacific/Auckland"))
    specs = ChannelFolder(channels_dir).load().specs.values()
    evening = datetime(2026, 11, 19, 18, 0, tzinfo=UTC)
    assert days_to_gather(specs, evening) == [date(2026, 11, 19), date(2026, 11, 20)]


def test_sensor_registers_and_retires_without_touching_history(settings: Settings) -> None:
    sensor = build_defs(settings).resolve_sensor_def("register_channels")
    with dg.DagsterInstance.local_temp() as instance:
        instance.add_dynamic_partitions(CHANNELS_NAME, ["gone", "fieldnotes"])
        (settings.channels_dir / "fieldnotes.yaml").write_text("broken: [")
        with dg.build_sensor_context(
            instance=instance, resources={"channels": ChannelFolder(settings.channels_dir)}
        ) as context:
            result = sensor.evaluate_tick(context)
    requests = {
        type(request).__name__: list(request.partition_keys)
        for request in result.dynamic_partitions_requests or []
    }
    assert requests == {
        "AddDynamicPartitionsRequest": ["orbit"],
        "DeleteDynamicPartitionsRequest": ["gone"],
    }


def test_schedule_asks_for_the_channels_of_its_zone(settings: Settings) -> None:
    defs = build_defs(settings)
    schedule = defs.resolve_schedule_def("produce_europe_berlin")
    assert schedule.execution_timezone == "Europe/Berlin"
    with dg.DagsterInstance.local_temp() as instance:
        instance.add_dynamic_partitions(CHANNELS_NAME, ["orbit", "fieldnotes"])
        with dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=datetime(2026, 11, 19, 6, 30, tzinfo=UTC),
            resources={"channels": ChannelFolder(settings.channels_dir)},
            repository_def=build_defs(settings).get_repository_def(),
        ) as context:
            data = schedule.evaluate_tick(context)
    assert [request.partition_key for request in data.run_requests or []] == [
        "fieldnotes|2026-11-19"
    ]


def test_trends_are_gathered_every_six_hours(settings: Settings) -> None:
    schedule = build_defs(settings).resolve_schedule_def("gather_every_six_hours")
    assert schedule.cron_schedule == "0 */6 * * *"


def test_channel_added_later_in_a_known_zone_needs_no_reload(settings: Settings) -> None:
    schedule = build_defs(settings).resolve_schedule_def("produce_europe_berlin")
    path = settings.channels_dir / "fieldnotes.yaml"
    content = yaml.safe_load(path.read_text())
    content["channel"] = "second"
    (settings.channels_dir / "second.yaml").write_text(yaml.safe_dump(content))
    with dg.DagsterInstance.local_temp() as instance:
        instance.add_dynamic_partitions(CHANNELS_NAME, ["fieldnotes", "second"])
        with dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=datetime(2026, 11, 19, 6, 30, tzinfo=UTC),
            resources={"channels": ChannelFolder(settings.channels_dir)},
            repository_def=build_defs(settings).get_repository_def(),
        ) as context:
            data = schedule.evaluate_tick(context)
    assert len(data.run_requests or []) == 2


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_every_zone_has_its_schedule(settings: Settings, zone: str) -> None:
    assert build_defs(settings).resolve_schedule_def(schedule_name(zone)).execution_timezone == zone
