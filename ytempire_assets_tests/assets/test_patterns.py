"""What a channel's days taught: from the stored tables to weights that the next ideas read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dagster as dg
import pytest

from ytempire_assets.api import produce
from ytempire_assets.channels import read_channel
from ytempire_assets.instance import opened_instance
from ytempire_assets.resources.lake_tables import LakeTables, write_table
from ytempire_assets.resources.video_results import video_results
from ytempire_assets.settings import Settings
from ytempire_assets.table_schema import frame
from ytempire_assets.tables import TABLES

LAST = date(2026, 11, 18)
DAYS = 40


def put(settings: Settings, table: str, day: date, rows: Sequence[dict[str, Any]]) -> None:
    key = f"{table}/orbit/{day.isoformat()}.parquet"
    write_table(LakeTables(settings.lake_dir).objects, key, frame(TABLES[table], rows))


def video(day: date, number: int) -> str:
    return f"orbit-{day:%Y%m%d}-{number}"


def month(settings: Settings, clicked: Mapping[date, float] | None = None) -> Settings:
    """Days of two videos each: those about space are shown three times as often.

    ``clicked`` says how often people click from a day on, as a share of the beginning.
    """
    days = [LAST - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    for day in days:
        names = [(video(day, 1), "space", 3), (video(day, 2), "technology", 1)]
        put(
            settings,
            "scripts",
            day,
            [{"video_id": v, "hook": "How deep is it?", "style": "news"} for v, _, _ in names],
        )
        put(settings, "voiceovers", day, [{"video_id": v, "voice": "en-us"} for v, _, _ in names])
        rules = [{"rule": "chart", "blob": "b"}]
        put(
            settings,
            "renders",
            day,
            [{"video_id": v, "duration_s": 38.0, "thumbnails": rules} for v, _, _ in names],
        )
        at = datetime(day.year, day.month, day.day, 22, tzinfo=UTC)
        put(settings, "uploads", day, [{"video_id": v, "publish_at": at} for v, _, _ in names])
        numbers = []
        for earlier in days:
            if earlier > day:
                break
            age = (day - earlier).days + 1
            luck = 1 + (earlier.day * 7 % 5) / 10
            for number, niche, good in ((1, "space", 3), (2, "technology", 1)):
                seen = int(4_000 * good * luck * min(age, 20) ** 0.5)
                shares = [one for since, one in (clicked or {}).items() if since <= earlier]
                wobble = 1 + (earlier.day * 3 + number) % 7 / 40
                views = int(seen / 20 * wobble * (shares[-1] if shares else 1))
                numbers.append(
                    {
                        "video_id": video(earlier, number),
                        "platform": "sandbox",
                        "niche": niche,
                        "day": day,
                        "views": views,
                        "impressions": seen,
                        "origin": "simulated",
                    }
                )
        put(settings, "analytics", day, numbers)
    return settings


@pytest.fixture
def learned(settings: Settings) -> Settings:
    return month(settings)


def drift(settings: Settings) -> dg.AssetCheckEvaluation:
    """What the check says of the last day."""
    key = f"orbit|{LAST.isoformat()}"
    made = produce("orbit", LAST.isoformat(), ["patterns"], settings=settings)
    assert all(run.success for run in made.runs)
    with opened_instance(settings) as instance:
        found = instance.event_log_storage.get_latest_asset_check_execution_by_key(
            [dg.AssetCheckKey(dg.AssetKey("patterns"), "click_through_drift")]
        )
        (record,) = found.values()
    evaluation = record.evaluation
    assert evaluation is not None, key
    return evaluation


@pytest.mark.parametrize(
    ("share", "passed", "words"), [(1.0, True, ""), (0.5, False, "Next: pause the channel")]
)
def test_a_fall_of_click_through_is_named(
    settings: Settings, share: float, passed: bool, words: str
) -> None:
    found = drift(month(settings, {LAST - timedelta(days=6): share}))
    assert found.passed == passed
    assert words in (found.description or "")


def test_a_young_channel_has_not_enough_yet(settings: Settings) -> None:
    found = drift(settings_of_one_day(settings))
    assert found.passed
    assert found.metadata["state"].value == "not enough yet"


def settings_of_one_day(settings: Settings) -> Settings:
    put(settings, "analytics", LAST, [])
    return settings


def test_results_have_the_traits_and_ages_of_their_videos(learned: Settings) -> None:
    spec = read_channel(learned.channels_dir / "orbit.yaml")
    results, origin = video_results(LakeTables(learned.lake_dir), spec, LAST)
    assert origin == "simulated"
    assert len(results) == 2 * DAYS
    first = results[0]
    assert first.traits == {
        "hook": "question",
        "style": "news",
        "length": first.traits["length"],
        "niche": "space",
        "thumbnail": "chart",
        "hour": "18-21",
        "voice": "en-us",
    }
    ages = [snapshot.age_days for snapshot in first.snapshots]
    assert len(ages) == DAYS
    # Out at 22 UTC; the platform's day ends at midnight Pacific, eight or seven hours after.
    assert ages[0] == pytest.approx(9 / 24, abs=0.05)
    assert ages == sorted(ages)


def test_a_better_niche_weighs_more_and_the_next_day_reads_it(learned: Settings) -> None:
    day = LAST.isoformat()
    made = produce("orbit", day, ["patterns"], settings=learned)
    assert all(run.success for run in made.runs)
    found = LakeTables(learned.lake_dir).read("patterns", f"orbit|{day}")
    assert found is not None
    weights = {row["pattern"]: row for row in found.iter_rows(named=True)}
    assert weights["niche:space"]["weight"] > 1.2 > weights["niche:technology"]["weight"]
    assert weights["niche:space"]["chance_above"] > 0.9
    assert weights["niche:space"]["origin"] == "simulated"
    assert "chance" in weights["niche:space"]["evidence"]
    after = (LAST + timedelta(days=1)).isoformat()
    assert produce("orbit", after, ["ideas"], settings=learned).success
    ideas = LakeTables(learned.lake_dir).read("ideas", f"orbit|{after}")
    assert ideas is not None
    read = dict(ideas.select("niche", "pattern_weight").iter_rows())
    assert read["space"] == weights["niche:space"]["weight"]


def test_real_numbers_win_over_simulated_ones(learned: Settings) -> None:
    day = LAST
    real = {
        "video_id": video(LAST, 1),
        "platform": "youtube",
        "niche": "space",
        "day": day,
        "views": 10,
        "impressions": 100,
        "origin": "platform",
    }
    put(learned, "analytics", day, [real])
    spec = read_channel(learned.channels_dir / "orbit.yaml")
    results, origin = video_results(LakeTables(learned.lake_dir), spec, LAST)
    assert origin == "platform"
    assert [one.video_id for one in results] == [video(LAST, 1)]


def test_nothing_published_teaches_nothing(settings: Settings) -> None:
    spec = read_channel(settings.channels_dir / "orbit.yaml")
    assert video_results(LakeTables(settings.lake_dir), spec, LAST) == ([], "none")
