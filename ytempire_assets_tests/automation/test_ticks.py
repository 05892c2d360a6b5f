"""With a hundred channels every schedule and sensor is done within the five seconds it may take."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from dagster._core.test_utils import freeze_time

from benchmarks import scale
from benchmarks.scale_world import World, fill_lake, fill_ledger, write_channels
from ytempire_assets.instance import opened_instance
from ytempire_assets.partitions import CHANNELS_NAME
from ytempire_assets.settings import Settings

TICK_LIMIT_S = 5.0


def test_a_hundred_channels_cost_no_tick_five_seconds(tmp_path: Path) -> None:
    """Days of history are few here; ``ytempire bench scale`` looks at a year."""
    now = datetime(2026, 11, 19, 12, tzinfo=UTC)
    settings = Settings(home=tmp_path / "home", channels_dir=tmp_path / "channels")
    write_channels(settings.channels_dir, 100)
    with opened_instance(settings) as instance, freeze_time(now):
        world = World(100, settings, instance, now, days_made=3)
        instance.add_dynamic_partitions(CHANNELS_NAME, world.names)
        ledger = fill_ledger(world)
        fill_lake(world)
        scale.measure_ticks(world, ledger)
        ledger.close()
    asked = world.facts["runs_asked_for_by_tick"]
    assert asked["resume_publications"] > 0
    assert asked["spikes"] > 0
    assert asked["produce_europe_berlin"] == 25
    ticks = {name: taken for name, (taken, _) in world.times.items() if name.startswith("tick")}
    assert len(ticks) == len(asked)
    assert max(ticks.values()) < TICK_LIMIT_S, ticks


def test_growth_is_told_and_what_cannot_hurt_is_not() -> None:
    sizes = [10, 100, 300]
    linear = scale.growth([0.1, 0.1], [3.0, 3.0], sizes)
    assert (linear["growth"], linear["worse_than_linear"]) == (pytest.approx(1.0), False)
    assert scale.growth([0.1, 0.1], [9.0, 9.0], sizes)["worse_than_linear"]
    assert not scale.growth([0.001, 0.001], [0.04, 0.04], sizes)["worse_than_linear"]
