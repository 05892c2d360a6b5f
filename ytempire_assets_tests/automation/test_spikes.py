"""Sudden topics: asked for at once, by whom they concern, within a look, and never twice."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from ytempire_assets.automation import sensors
from ytempire_assets.automation.retention import forget_in
from ytempire_assets.automation.schedules import learn_growth_weekly
from ytempire_assets.automation.sensors import spikes
from ytempire_assets.automation.spikes import A_DAY, plan_spikes, rise_of
from ytempire_assets.build import build_defs
from ytempire_assets.channels import ChannelFolder
from ytempire_assets.discovery_schema import TREND_SIGNALS, TRENDS
from ytempire_assets.partitions import CHANNELS_NAME, WEEKS
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.settings import Settings
from ytempire_assets.table_schema import frame

BEGIN = date(2026, 10, 1)
QUIET = [100.0] * 14
SUDDEN = [100.0] * 13 + [900.0]


class Live:
    """Stands for live sources; the sensor asks only where signals come from."""

    origin = "live"


def topic(topic_id: str, niche: str, daily: list[float], score: float = 95.0) -> dict[str, Any]:
    return {
        "topic_id": topic_id,
        "title": topic_id.replace("-", " "),
        "niche": niche,
        "niche_fit": 1.0,
        "viral_score": score,
        "daily": daily,
        "origin": "live",
    }


class World:
    """A lake, a ledger and an instance whose day a test sets."""

    def __init__(self, settings: Settings, instance: dg.DagsterInstance) -> None:
        self.now = datetime(BEGIN.year, BEGIN.month, BEGIN.day, 12, tzinfo=UTC)
        self.tables = LakeTables(settings.lake_dir)
        self.lake_dir = settings.lake_dir
        self.ledger = Ledger(settings.ledger_url, clock=lambda: self.now)
        self.channels = ChannelFolder(settings.channels_dir)
        self.instance = instance
        self.cursor: str | None = None
        instance.add_dynamic_partitions(CHANNELS_NAME, list(self.channels.load().specs))

    def score(self, rows: list[dict[str, Any]]) -> None:
        """The day is scored anew."""
        folder = self.lake_dir / "trends"
        folder.mkdir(parents=True, exist_ok=True)
        frame(TRENDS, rows).write_parquet(folder / f"{self.now.date()}.parquet")

    def look(self, origin: object = None) -> list[dg.RunRequest]:
        """One look of the sensor; Dagster remembers run keys, and so does this."""
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = spikes(
            context,
            signals=origin or Live(),
            tables=self.tables,
            channels=self.channels,
            ledger=self.ledger,
        )
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor or self.cursor
        return list(result.run_requests or [])


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    with dg.DagsterInstance.ephemeral() as instance:
        one = World(settings, instance)
        yield one
        one.ledger.close()


def test_a_sudden_topic_is_asked_for_within_one_look(world: World) -> None:
    world.score([topic("comet-breaks-up", "space", SUDDEN), topic("old-tree", "nature", QUIET)])
    [request] = world.look()
    assert request.partition_key == f"orbit|{BEGIN}"
    assert request.tags["dagster/priority"] == "10"
    assert request.run_key == "at once orbit comet-breaks-up"
    [asked] = world.ledger.breaking(BEGIN, "orbit")
    assert asked.reason == "comet breaks up: 9.0x the usual day, score 95"


def test_weak_foreign_and_poorly_fitting_topics_are_not(world: World) -> None:
    world.score(
        [
            topic("weak", "space", SUDDEN, score=60),
            topic("foreign", "cooking", SUDDEN),
            {**topic("poor", "space", SUDDEN), "niche_fit": 0.3},
            {**topic("made-up", "space", SUDDEN), "origin": "sample"},
        ]
    )
    assert world.look() == []


def test_made_up_counts_are_no_news(world: World) -> None:
    class Sample:
        origin = "sample"

    world.score([topic("comet", "space", SUDDEN)])
    assert world.look(Sample()) == []


def test_thirty_days_of_looks_never_ask_twice(world: World) -> None:
    """Every third hour a look, every sixth a new scoring; stories stay sudden for days."""
    draw = random.Random(7)  # noqa: S311 - no secret depends on it
    runs: Counter[str] = Counter()
    asked_a_day: Counter[tuple[str, str]] = Counter()
    number, alive = 0, []
    for hour in range(0, 30 * 24, 3):
        if hour % 6 == 0:
            for _ in range(draw.randrange(3)):
                niche = draw.choice(["space", "technology", "history", "nature"])
                number += 1
                alive.append((f"story-{number}", niche, hour + 24 * draw.randrange(1, 5)))
            alive = [one for one in alive if one[2] > hour]
            world.score([topic(name, niche, SUDDEN) for name, niche, _ in alive])
        for request in world.look():
            assert request.run_key is not None
            runs[request.run_key] += 1
            run_of(world, request)
        world.now += timedelta(hours=3)
    asked = world.ledger.breaking(BEGIN)
    assert len({(one.channel, one.topic_id) for one in asked}) == len(asked)
    assert {f"at once {one.channel} {one.topic_id}" for one in asked} == set(runs)
    assert set(runs.values()) == {1}
    for one in asked:
        asked_a_day[one.channel, one.day.isoformat()] += 1
    assert max(asked_a_day.values()) == A_DAY
    assert len(asked) > 30


def test_a_look_that_runs_out_of_time_goes_on_where_it_stopped(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.score([topic("comet", "space", SUDDEN), topic("whales", "nature", SUDDEN)])
    monkeypatch.setattr(sensors, "SPIKE_BUDGET_S", -1.0)
    assert world.look() == []
    assert json.loads(world.cursor or "")["next"]
    monkeypatch.undo()
    assert {request.partition_key for request in world.look()} == {
        f"orbit|{BEGIN}", f"fieldnotes|{BEGIN}"
    }  # fmt: skip


def test_a_channels_day_that_runs_already_is_asked_for_after_it(world: World) -> None:
    world.score([topic("comet", "space", SUDDEN)])

    @dg.job
    def at_work() -> None:
        pass

    run = world.instance.create_run_for_job(
        at_work,
        tags={"dagster/partition": f"orbit|{BEGIN}"},
        status=dg.DagsterRunStatus.STARTED,
    )
    assert world.look() == []
    world.instance.report_run_failed(run)
    assert len(world.look()) == 1


def test_what_has_its_run_is_not_asked_for_again(world: World) -> None:
    """Until its run is seen, each look repeats the request: a crash before it loses nothing."""
    world.score([topic("comet", "space", SUDDEN)])
    [request] = world.look()
    assert [one.run_key for one in world.look()] == [request.run_key]
    run_of(world, request)
    assert world.look() == []
    assert world.ledger.breaking_without_run(BEGIN) == []
    assert len(world.ledger.breaking(BEGIN)) == 1


def test_many_spikes_are_asked_for_a_few_at_a_time_oldest_first(world: World) -> None:
    topics = [f"story-{number:04}" for number in range(1000)]
    world.ledger.ask_breaking(BEGIN, [("orbit", one, "rises") for one in topics])
    world.ledger.ask_breaking(BEGIN, [("gone", "before-all", "rises")])  # a retired channel
    asked: list[str] = []
    for _ in range(3):
        requests = world.look()
        assert len(requests) == sensors.ASKED_AT_ONCE
        for request in requests:
            asked.append(request.tags["ytempire/topic"])
            run_of(world, request)
    assert asked == topics[: len(asked)]


def run_of(world: World, request: dg.RunRequest) -> None:
    """As the daemon makes it from a request; it ends at once."""

    @dg.job
    def at_work() -> None:
        pass

    world.instance.create_run_for_job(
        at_work,
        tags={"dagster/run_key": request.run_key or "", "dagster/partition": "done"},
        status=dg.DagsterRunStatus.SUCCESS,
    )


@pytest.mark.parametrize(
    ("now", "week"),
    [
        (datetime(2026, 11, 22, 3, 20, tzinfo=UTC), "2026-11-15"),  # a Sunday
        (datetime(2026, 11, 21, 3, 20, tzinfo=UTC), "2026-11-08"),
        (datetime(2026, 9, 6, 3, 20, tzinfo=UTC), None),
    ],
)
def test_the_growth_model_learns_from_the_week_that_is_over(
    now: datetime, week: str | None
) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance, scheduled_execution_time=now)
        asked = learn_growth_weekly(context)
    if week is None:
        assert isinstance(asked, dg.SkipReason)
    else:
        assert isinstance(asked, dg.RunRequest)
        assert asked.partition_key == week
        assert week in WEEKS.get_partition_keys(current_time=now)


@pytest.mark.parametrize(
    ("daily", "rise"),
    [(QUIET, 1.0), (SUDDEN, 9.0), ([], 0.0), ([1.0, 2.0], 0.0), ([0.0] * 14, 0.0)],
)
def test_a_rise_is_measured_against_the_usual_day(daily: list[float], rise: float) -> None:
    assert rise_of(daily) == rise


def test_what_was_asked_before_is_not_planned_again(world: World) -> None:
    specs = list(world.channels.load().specs.items())
    rows = [topic("comet", "space", SUDDEN)]
    first = dict(plan_spikes(rows, specs, set(), {}))
    assert [one.topic_id for one in first["orbit"]] == ["comet"]
    assert dict(plan_spikes(rows, specs, {("orbit", "comet")}, {}))["orbit"] == []
    assert dict(plan_spikes(rows, specs, set(), {"orbit": A_DAY}))["orbit"] == []


def test_what_may_not_be_kept_is_forgotten_and_the_rest_stays(
    world: World, settings: Settings
) -> None:
    """Dates of the past: the job looks at today's."""
    path = world.lake_dir / "trend_signals" / "2026-10-01.parquet"
    path.parent.mkdir(parents=True)
    frame(
        TREND_SIGNALS,
        [
            {"signal_id": "chart", "forget_after": date(2026, 10, 31)},
            {"signal_id": "young chart", "forget_after": date(2999, 1, 1)},
            {"signal_id": "feed", "forget_after": None},
        ],
    ).write_parquet(path)
    [stored] = world.tables.history("trend_signals", "")
    assert forget_in(stored, date(2026, 10, 31)) == 0
    job = build_defs(settings).resolve_job_def("forget")
    assert job.execute_in_process(instance=world.instance).success
    left = world.tables.read("trend_signals", "2026-10-01")
    assert left is not None
    assert left["signal_id"].to_list() == ["young chart", "feed"]
