"""Publications are taken up again: what can go on, whose turn it is, once, and not too many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.automation.jobs import publish
from ytempire_assets.automation.planning import plan_resumption
from ytempire_assets.automation.sensors import RESUMED_AT_ONCE
from ytempire_assets.build import build_defs
from ytempire_assets.channels import ChannelFolder
from ytempire_assets.partitions import CHANNELS_NAME
from ytempire_assets.publishing.publication import Publication
from ytempire_assets.publishing.quota import Limits
from ytempire_assets.resources.allowances import Allowances
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.settings import Settings
from ytempire_assets_tests.resources.ledger_parts import NOON, Clock, a_dead_run, a_plan, put

OTHER_MACHINE = "another-machine|17|12345|abcdef"
TODAY = "2026-11-19"
DAY = NOON.date()


# The plan


def unfinished(*videos: str, version: int = 1) -> list[Publication]:
    """Publications named ``channel-day-number``, as they wait."""
    found = []
    for video in videos:
        channel, day, _ = video.split("-")
        plan = a_plan(video, channel=channel, day=NOON.date().replace(day=int(day)))
        found.append(Publication(plan, "uploading", version, NOON))
    return found


def test_a_channels_day_is_resumed_once_for_all_its_videos() -> None:
    (resumed,) = plan_resumption(unfinished("orbit-19-1", "orbit-19-2"), {"orbit"}, set(), 20, DAY)
    assert resumed.partition == f"orbit|{TODAY}"
    assert resumed.run_key == "publish 2026-11-19 orbit-19-1.1 orbit-19-2.1"


def test_the_longest_waiting_goes_first_and_the_number_is_bounded() -> None:
    waiting = unfinished("orbit-17-1", "field-18-1", "orbit-17-2", "orbit-19-1", "field-19-1")
    chosen = plan_resumption(waiting, {"orbit", "field"}, set(), 3, DAY)
    assert [one.partition for one in chosen] == [
        "orbit|2026-11-17", "field|2026-11-18", "orbit|2026-11-19"
    ]  # fmt: skip
    assert plan_resumption(waiting, {"orbit", "field"}, set(), 0, DAY) == []


def test_busy_and_unregistered_partitions_are_left_alone() -> None:
    waiting = unfinished("orbit-18-1", "gone-18-1", "orbit-19-1")
    chosen = plan_resumption(waiting, {"orbit"}, {"orbit|2026-11-18"}, 20, DAY)
    assert [one.partition for one in chosen] == [f"orbit|{TODAY}"]


def test_the_run_key_changes_with_what_happened_and_not_with_the_order() -> None:
    def key(waiting: list[Publication]) -> str:
        (resumed,) = plan_resumption(waiting, {"orbit"}, set(), 20, DAY)
        return resumed.run_key

    before = key(unfinished("orbit-19-1", "orbit-19-2"))
    assert key(unfinished("orbit-19-2", "orbit-19-1")) == before
    assert key(unfinished("orbit-19-1", "orbit-19-2", version=2)) != before
    assert key(unfinished("orbit-19-1")) != before


NAMES = st.tuples(
    st.sampled_from(["orbit", "field", "gone"]), st.integers(17, 19), st.integers(1, 4)
).map(lambda parts: "-".join(map(str, parts)))


@given(
    st.lists(NAMES, unique=True),
    st.sets(st.sampled_from([f"orbit|2026-11-{day}" for day in (17, 18, 19)])),
    st.integers(0, 5),
)
def test_whatever_waits_the_plan_is_bounded_and_names_each_day_once(
    names: list[str], busy: set[str], most: int
) -> None:
    chosen = plan_resumption(unfinished(*names), {"orbit", "field"}, busy, most, DAY)
    partitions = [one.partition for one in chosen]
    assert len(partitions) == len(set(partitions)) <= most
    assert not set(partitions) & busy
    assert not any(partition.startswith("gone") for partition in partitions)
    first = {
        f"{name.split('-')[0]}|2026-11-{name.split('-')[1]}": place
        for place, name in reversed(list(enumerate(names)))
    }
    assert [first[partition] for partition in partitions] == sorted(
        first[partition] for partition in partitions
    )


# The sensor

Looks = Callable[..., dict[str, str]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Ledger:
    return Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", clock)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions(CHANNELS_NAME, ["orbit", "fieldnotes"])
        yield instance


@pytest.fixture
def look(settings: Settings, ledger: Ledger, instance: dg.DagsterInstance) -> Looks:
    """What one look starts: run keys by partition."""
    defs = build_defs(settings)
    sensor = defs.resolve_sensor_def("resume_publications")

    def look(limits: Limits | None = None) -> dict[str, str]:
        with (
            dg.build_sensor_context(
                instance=instance,
                repository_def=defs.get_repository_def(),
                resources={
                    "ledger": ledger,
                    "allowances": Allowances(ledger, "youtube", limits or Limits()),
                    "channels": ChannelFolder(settings.channels_dir),
                },
            ) as context,
            # As the daemon does it: partitions that are asked for have to be there.
            dg.partition_loading_context(dynamic_partitions_store=instance),
        ):
            data = sensor.evaluate_tick(context)
        started = {
            str(request.partition_key): str(request.run_key) for request in data.run_requests or []
        }
        assert bool(started) != bool(data.skip_message)
        return started

    return look


def test_without_anything_to_do_nothing_is_started(ledger: Ledger, look: Looks) -> None:
    assert look() == {}
    put(ledger, a_plan("orbit-1"), "verified")
    ledger.open_publication(a_plan("orbit-2", needs_approval=True))
    assert look() == {}


def test_what_can_go_on_is_started_and_what_cannot_is_not(ledger: Ledger, look: Looks) -> None:
    days = [NOON.date() - timedelta(days=n) for n in range(6)]
    put(ledger, a_plan("half-sent", day=days[0]), "uploading")
    put(ledger, a_plan("rests", day=days[1]), "public", next_try_at=NOON + timedelta(hours=1))
    later = NOON + timedelta(days=1)
    put(ledger, a_plan("not-due", day=days[2], publish_at=later), "scheduled", captions="done")
    put(ledger, a_plan("due", day=days[3]), "scheduled", captions="done")
    held = ledger.open_publication(a_plan("held", day=days[4]))
    ledger.lease(held, OTHER_MACHINE, 90)
    crashed = ledger.open_publication(a_plan("crashed", day=days[5]))
    ledger.lease(crashed, a_dead_run(), 90)
    assert look() == {
        "orbit|2026-11-19": "publish 2026-11-19 half-sent.2",
        "orbit|2026-11-16": "publish 2026-11-19 due.2",
        "orbit|2026-11-14": "publish 2026-11-19 crashed.2",
    }


def test_only_what_has_its_turn_today_is_started(ledger: Ledger, look: Looks, clock: Clock) -> None:
    for day in (17, 18, 19):
        ledger.open_publication(a_plan(f"orbit-{day}", day=NOON.date().replace(day=day)))
        clock.move(minutes=1)
    clock.move(hours=7)  # no places are kept any more
    assert list(look(Limits(uploads=2))) == ["orbit|2026-11-17", "orbit|2026-11-18"]
    assert look(Limits(uploads=0)) == {}
    # One that has begun needs no turn any more.
    (third,) = ledger.publications(video_id="orbit-19")
    ledger.advance(third, "session", session_url="http://s")
    assert list(look(Limits(uploads=0))) == [f"orbit|{TODAY}"]


def test_the_next_day_starts_what_waited(ledger: Ledger, look: Looks, clock: Clock) -> None:
    limits = Limits(uploads=1)
    ledger.open_publication(a_plan("orbit-1"))
    ledger.take("sandbox", limits, "fieldnotes", "another", "videos.insert")
    assert look(limits) == {}
    clock.move(hours=13)
    assert look(limits) == {f"orbit|{TODAY}": "publish 2026-11-20 orbit-1.1"}


def test_places_of_videos_that_are_still_to_come_are_kept(
    ledger: Ledger, look: Looks, clock: Clock
) -> None:
    """Both sample channels make two videos a day: one that waits does not take their places."""
    clock.move(hours=-6)
    for number in (1, 2, 3):
        ledger.open_publication(a_plan(f"orbit-{number}", day=NOON.date().replace(day=number)))
    clock.move(minutes=5)
    assert look(Limits(uploads=3)) == {
        "orbit|2026-11-01": "publish 2026-11-19 orbit-1.1",
        "orbit|2026-11-02": "publish 2026-11-19 orbit-2.1",
    }
    clock.move(hours=13)  # the last hours of the day: nobody else came
    assert len(look(Limits(uploads=3))) == 3


def test_a_day_that_a_run_is_at_work_on_is_left_to_it(
    ledger: Ledger, look: Looks, instance: dg.DagsterInstance, settings: Settings
) -> None:
    put(ledger, a_plan("orbit-1"), "uploading")
    job = build_defs(settings).resolve_job_def(publish.name)
    run = instance.create_run_for_job(
        job, status=dg.DagsterRunStatus.STARTED, tags={"dagster/partition": f"orbit|{TODAY}"}
    )
    assert look() == {}
    instance.report_run_canceled(run)
    assert look() == {f"orbit|{TODAY}": "publish 2026-11-19 orbit-1.2"}


def test_retired_channels_are_left_alone(
    ledger: Ledger, look: Looks, instance: dg.DagsterInstance
) -> None:
    put(ledger, a_plan("orbit-1"), "uploading")
    instance.delete_dynamic_partition(CHANNELS_NAME, "orbit")
    assert look() == {}


def test_one_look_starts_a_bounded_number_longest_waiting_first(
    ledger: Ledger, look: Looks, clock: Clock
) -> None:
    days = [NOON.date() - timedelta(days=n) for n in range(RESUMED_AT_ONCE + 5)]
    for number, day in enumerate(days):
        put(ledger, a_plan(f"orbit-{number}", day=day), "uploading")
        clock.move(minutes=1)
    assert list(look()) == [f"orbit|{day}" for day in days[:RESUMED_AT_ONCE]]


def test_what_a_run_did_not_change_is_not_started_twice(
    ledger: Ledger, look: Looks, clock: Clock
) -> None:
    """The daemon starts a run key once; only progress, or a reason to rest, makes a new one."""
    stored = put(ledger, a_plan("orbit-1"), "uploading")
    assert look() == look()
    held = ledger.lease(stored, OTHER_MACHINE, 90)
    ledger.rest(held, OTHER_MACHINE, "the platform is down", clock() + timedelta(minutes=1))
    ledger.release(held, OTHER_MACHINE)
    assert look() == {}
    clock.move(minutes=1)
    assert look() == {f"orbit|{TODAY}": "publish 2026-11-19 orbit-1.4"}


def test_what_could_not_even_be_begun_is_tried_again_the_next_day(
    ledger: Ledger, look: Looks, clock: Clock
) -> None:
    """A consent that ended, say: nothing of it is in the ledger, and a run key starts one run."""
    ledger.open_publication(a_plan("orbit-1"))
    first = look()
    clock.move(hours=11)
    assert look() == first
    clock.move(hours=2)
    assert look().keys() == first.keys()
    assert look() != first
