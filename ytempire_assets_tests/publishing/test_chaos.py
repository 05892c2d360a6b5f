"""Short runs of what the benchmarks measure at length: everything breaks, and nothing is lost."""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks import chaos, quota
from ytempire_assets.errors import TransientError
from ytempire_assets.publishing.publish import publish

PUBLICATIONS = 8
SETTLED = {"lost": 0, "doubled": 0, "half_decorated": 0, "disagreements": 0, "problems": []}


def test_killed_workers_and_a_broken_platform_lose_and_double_nothing(tmp_path: Path) -> None:
    result = chaos.run(tmp_path, 20, seed=3)
    assert {name: result[name] for name in SETTLED} == SETTLED
    assert result["publications"] == 20
    assert result["kills"] > 0
    assert result["faults"] > 0


def work(world: chaos.World, seed: int) -> int:
    """One worker: every publication in an order of its own, again until all are done."""
    rng = random.Random(seed)  # noqa: S311 - draws an order, guards nothing
    ledger = world.ledger()
    for _ in range(200):
        open_ones = [number for number in range(PUBLICATIONS) if state(world, number) != "verified"]
        if not open_ones:
            return 0
        rng.shuffle(open_ones)
        for number in open_ones:
            plan, package = chaos.material(world.folder, number)
            with contextlib.suppress(TransientError), world.client(ledger, plan.video_id) as client:
                publish(plan, package, ledger, client, lambda _share: None, clock=world.now)
    return 1


def state(world: chaos.World, number: int) -> str:
    return chaos._state(world, number)


def test_two_workers_at_once_lose_and_double_nothing(tmp_path: Path, postgres_url: str) -> None:
    """One of them is killed again and again, and goes on; they meet at every publication."""
    world = chaos.World(tmp_path, postgres_url, chaos.free_port())
    sandbox = chaos.Sandbox(world)
    sandbox.start()
    tally = chaos.Tally(publications=PUBLICATIONS)
    rng = random.Random(5)  # noqa: S311 - draws instants, guards nothing
    children: list[int] = []

    def start(seed: int) -> int:
        job: Callable[[], int] = lambda: work(world, seed)  # noqa: E731
        children.append(chaos._forked(job))
        return children[-1]

    try:
        ledger = world.ledger()
        ledger.publications()
        ledger.close()
        kinds = chaos.KINDS.removesuffix("+daily")
        sandbox.control(faults=f"rate=0.1,seed=1,kinds={kinds}")
        steady = start(seed=1)
        kills = 0
        while kills < 12:
            mortal = start(seed=100 + kills)
            if chaos._wait(mortal, rng.uniform(0.02, 0.35)) is not None:
                break  # everything is done already
            os.kill(mortal, signal.SIGKILL)
            os.waitpid(mortal, 0)
            kills += 1
        assert chaos._wait(steady, 60) == 0
        assert chaos._wait(start(seed=999), 60) == 0
    finally:
        for child in children:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
        sandbox.stop()
    assert kills >= 1
    result = chaos._audit(world, sandbox, tally)
    assert {name: result[name] for name in SETTLED} == SETTLED


@pytest.fixture(scope="module")
def month() -> dict[str, dict[str, object]]:
    return quota.measure(days=5, channels=30)


@pytest.mark.parametrize("name", ["autumn", "spring", "small"])
def test_no_day_goes_over_and_every_delay_is_explained(
    month: dict[str, dict[str, object]], name: str
) -> None:
    found = month[name]
    assert found["days_over_a_bucket"] == 0
    assert found["delays_unexplained"] == 0
    assert found["uploaded"] > 0  # type: ignore[operator]


def test_in_days_that_suffice_everything_is_uploaded(month: dict[str, dict[str, object]]) -> None:
    small = month["small"]
    assert small["uploaded"] == small["videos_wanted"]
    assert small["longest_gap_days"] == 0


def test_favoured_channels_get_more_and_nobody_waits_a_week(
    month: dict[str, dict[str, object]],
) -> None:
    autumn = month["autumn"]
    assert autumn["longest_gap_days"] < 7  # type: ignore[operator]
    assert sum(autumn["uploads_per_favoured_channel"]) >= sum(autumn["uploads_per_channel"])  # type: ignore[call-overload]
