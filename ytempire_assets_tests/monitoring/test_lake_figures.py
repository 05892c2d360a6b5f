"""Work is counted once, whatever is made again; only what changed is read; no restart loses any."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from ytempire_assets.errors import TransientError
from ytempire_assets.monitoring.lake_figures import LakeFigures
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.settings import Settings
from ytempire_assets_tests.monitoring.world import NOON, row, samples, store, value
from ytempire_assets_tests.s3_server import S3Server

VIDEOS, UNITS = "ytempire_videos_generated_total", "ytempire_stage_units_total"
SECONDS = "ytempire_video_processing_duration_seconds"


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture(params=["folder", "bucket"])
def tables(request: pytest.FixtureRequest, settings: Settings) -> LakeTables:
    if request.param == "bucket":
        settings = request.getfixturevalue("s3").settings(settings)
    return LakeTables.of(settings)


@pytest.fixture
def folder_tables(settings: Settings) -> LakeTables:
    return LakeTables.of(settings)


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "metrics.parquet"


def test_what_was_made_is_counted(tables: LakeTables, memory: Path) -> None:
    store(tables, "scripts", [row(1), row(2), row(3, ok=False)])
    store(tables, "renders", [row(1, format="square"), row(1, format="tiktok"), row(2, ok=False)])
    found = samples(LakeFigures(tables, memory).read().text())
    assert value(found, VIDEOS, channel="orbit", status="ok") == 1
    assert value(found, VIDEOS, channel="orbit", status="failed") == 2
    assert value(found, UNITS, stage="renders", status="ok") == 2
    assert value(found, UNITS, stage="renders", status="failed") == 1
    assert value(found, UNITS, stage="uploads", status="failed") == 0
    assert value(found, f"{SECONDS}_bucket", stage="renders", le="10") == 0
    assert value(found, f"{SECONDS}_bucket", stage="renders", le="30") == 2
    assert value(found, f"{SECONDS}_sum", stage="renders") == 40.0
    assert value(found, "ytempire_cost_usd_total", channel="orbit", stage="scripts") == 0.2
    assert value(found, "ytempire_lake_partitions", stage="scripts") == 1
    assert value(found, "ytempire_lake_partitions", stage="ideas") == 0


def test_a_partition_made_again_counts_only_what_was_done_again(
    tables: LakeTables, memory: Path
) -> None:
    figures = LakeFigures(tables, memory)
    store(tables, "renders", [row(1), row(2), row(3, ok=False)])
    figures.read()
    later = NOON + timedelta(hours=1)
    # 1 is reused, 2 is not wanted any more, 3 came out well this time.
    store(tables, "renders", [row(1, reused=True), row(3, at=later)])
    found = samples(figures.read().text())
    assert value(found, UNITS, stage="renders", status="ok") == 3
    assert value(found, UNITS, stage="renders", status="failed") == 1
    assert value(found, VIDEOS, channel="orbit", status="ok") == 3
    assert value(found, f"{SECONDS}_count", stage="renders") == 3


def test_a_restart_goes_on_with_the_same_numbers(tables: LakeTables, memory: Path) -> None:
    before = LakeFigures(tables, memory)
    store(tables, "renders", [row(1), row(2)])
    before.read()
    store(tables, "renders", [row(3, at=NOON + timedelta(hours=1))])
    text = before.read().text()
    before.close()
    # Without what is remembered the lake would only tell of the third.
    assert LakeFigures(tables, memory).read().text() == text
    store(tables, "renders", [row(4, at=NOON + timedelta(hours=2))])
    found = samples(LakeFigures(tables, memory).read().text())
    assert value(found, UNITS, stage="renders", status="ok") == 4


def test_only_what_changed_is_read(folder_tables: LakeTables, memory: Path) -> None:
    figures = LakeFigures(folder_tables, memory)
    first = store(folder_tables, "renders", [row(1)])
    figures.read()
    path = folder_tables.objects.local(first)
    assert path is not None
    times = path.stat()
    path.write_bytes(b"nobody looks")
    import os

    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    store(folder_tables, "renders", [row(2)], date(2026, 11, 20))
    found = samples(figures.read().text())
    assert value(found, UNITS, stage="renders", status="ok") == 2
    assert value(found, "ytempire_lake_unreadable_partitions") == 0


def test_a_damaged_partition_is_counted_and_hides_no_other(
    tables: LakeTables, memory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = store(tables, "renders", [row(1)])
    tables.objects.write(damaged, b"PAR1 but no table PAR1")
    store(tables, "renders", [row(2)], date(2026, 11, 20))
    figures = LakeFigures(tables, memory)
    found = samples(figures.read().text())
    assert value(found, "ytempire_lake_unreadable_partitions") == 1
    assert value(found, UNITS, stage="renders", status="ok") == 1
    assert damaged in caplog.text
    store(tables, "renders", [row(1)])
    found = samples(figures.read().text())
    assert value(found, "ytempire_lake_unreadable_partitions") == 0
    assert value(found, UNITS, stage="renders", status="ok") == 2


@pytest.mark.parametrize("content", [b"", b"no table", b"PAR1"])
def test_a_memory_that_is_damaged_is_left_aside(
    folder_tables: LakeTables, memory: Path, content: bytes
) -> None:
    memory.parent.mkdir()
    memory.write_bytes(content)
    store(folder_tables, "renders", [row(1)])
    found = samples(LakeFigures(folder_tables, memory).read().text())
    assert value(found, UNITS, stage="renders", status="ok") == 1


def test_the_memory_of_another_lake_is_left_aside(settings: Settings, memory: Path) -> None:
    one, other = LakeTables(settings.home / "one"), LakeTables(settings.home / "other")
    store(one, "renders", [row(1)])
    figures = LakeFigures(one, memory)
    figures.read()
    figures.close()
    found = samples(LakeFigures(other, memory).read().text())
    assert value(found, UNITS, stage="renders", status="ok") == 0


def test_views_are_those_of_the_newest_day_and_say_whether_they_are_simulated(
    tables: LakeTables, memory: Path
) -> None:
    def numbers(views: int, origin: str) -> dict[str, object]:
        return {"video_id": "v", "views": views, "watch_time_s": 2.0 * views, "origin": origin}

    figures = LakeFigures(tables, memory)
    store(tables, "analytics", [numbers(900, "simulated")])
    figures.read()
    day = date(2026, 11, 20)
    store(tables, "analytics", [numbers(7, "simulated"), numbers(5, "platform")], day)
    found = samples(figures.read().text())
    assert value(found, "ytempire_video_views", channel="orbit", simulated="true") == 7
    assert value(found, "ytempire_video_views", channel="orbit", simulated="false") == 5
    seconds = value(found, "ytempire_video_watch_time_seconds", channel="orbit", simulated="true")
    assert seconds == 14.0


def test_a_bucket_that_does_not_answer_is_an_error(settings: Settings, memory: Path) -> None:
    from pydantic import SecretStr

    away = settings.model_copy(
        update={
            "storage": "s3://bucket",
            "s3_endpoint": "http://127.0.0.1:9",
            "s3_access_key": SecretStr("a"),
            "s3_secret_key": SecretStr("b"),
        }
    )
    from ytempire_assets.resources.storage.opening import bucket
    from ytempire_assets.resources.storage.s3 import IMPATIENT

    place = bucket(away, "lake", IMPATIENT)
    assert place is not None
    with pytest.raises(TransientError, match="did not answer"):
        LakeFigures(LakeTables(place), memory).read()
