"""Tables in a folder or a bucket: the same paths, history, forgetting and queries."""

from __future__ import annotations

from datetime import date

import dagster as dg
import polars as pl
import pytest

from ytempire_assets.api import tables as opened_tables
from ytempire_assets.automation.retention import forget_in
from ytempire_assets.discovery_schema import TREND_SIGNALS
from ytempire_assets.errors import StorageError, TransientError
from ytempire_assets.resources.lake import Lake
from ytempire_assets.resources.lake_tables import LakeTables, MissingPartitionError
from ytempire_assets.settings import Settings
from ytempire_assets.table_schema import frame
from ytempire_assets.tables import ANALYTICS, IDEAS
from ytempire_assets_tests.s3_faults import Fault, FaultyWay
from ytempire_assets_tests.s3_server import S3Server


def ideas(title: str) -> pl.DataFrame:
    return frame(IDEAS, [{"title": title, "accepted": True, "score": 1.5}])


def keep(settings: Settings, table: str, partition: str, rows: pl.DataFrame) -> dg.OutputContext:
    """Stores one partition as a run does."""
    channel, _, day = partition.rpartition("|")
    days = dg.DailyPartitionsDefinition("2026-09-01")
    context = dg.build_output_context(
        asset_key=dg.AssetKey(table),
        partition_key=partition
        if not channel
        else dg.MultiPartitionKey({"day": day, "channel": channel}),
        asset_partitions_def=days
        if not channel
        else dg.MultiPartitionsDefinition(
            {"day": days, "channel": dg.StaticPartitionsDefinition([channel])}
        ),
    )
    Lake(LakeTables.of(settings).objects).handle_output(context, rows)
    return context


def test_partitions_lie_where_they_always_lay(stored: Settings) -> None:
    context = keep(stored, "ideas", "orbit|2026-11-19", ideas("one"))
    keep(stored, "trend_signals", "2026-11-19", frame(TREND_SIGNALS, []))
    objects = LakeTables.of(stored).objects
    assert sorted(entry.key for entry in objects.entries("")) == [
        "ideas/orbit/2026-11-19.parquet",
        "trend_signals/2026-11-19.parquet",
    ]
    metadata = context.consume_logged_metadata()
    assert metadata["path"].value == objects.name("ideas/orbit/2026-11-19.parquet")
    assert metadata["dagster/row_count"].value == 1


def test_what_a_run_stored_the_next_reads(stored: Settings) -> None:
    keep(stored, "ideas", "orbit|2026-11-19", ideas("one"))
    keep(stored, "ideas", "orbit|2026-11-19", ideas("two"))
    found = LakeTables.of(stored).read("ideas", "orbit|2026-11-19")
    assert found is not None
    assert found["title"].to_list() == ["two"]
    assert LakeTables.of(stored).read("ideas", "orbit|2026-11-18") is None


def test_history_is_one_channels_and_in_order(stored: Settings) -> None:
    for day in ("2026-11-19", "2026-11-02", "2026-11-18"):
        keep(stored, "ideas", f"orbit|{day}", ideas(day))
    keep(stored, "ideas", "orbit-2|2026-11-01", ideas("another channel's"))
    lake = LakeTables.of(stored)
    history = lake.history("ideas", "orbit")
    assert [one.name for one in history] == ["2026-11-02", "2026-11-18", "2026-11-19"]
    assert [one["title"][0] for one in lake.contents(history)] == [one.name for one in history]
    days = ["2026-11-18", "2026-11-17", "2026-11-02"]
    found = lake.read_many("ideas", (f"orbit|{day}" for day in days))
    assert [one["title"][0] for one in found] == ["2026-11-18", "2026-11-02"]
    assert lake.history("ideas", "nobody") == []
    keep(stored, "ideas", "orbit|2026-11-18", ideas("anew"))
    after = lake.history("ideas", "orbit")
    marks = [new.mark == old.mark for new, old in zip(after, history, strict=True)]
    assert marks == [True, False, True]


def test_forgetting_rewrites_only_what_holds_something_old(stored: Settings) -> None:
    rows: list[dict[str, object]] = [
        {"signal_id": "old", "forget_after": date(2026, 10, 31)},
        {"signal_id": "kept", "forget_after": None},
    ]
    keep(stored, "trend_signals", "2026-10-01", frame(TREND_SIGNALS, rows))
    lake = LakeTables.of(stored)
    [before] = lake.history("trend_signals", "")
    assert forget_in(before, date(2026, 10, 31)) == 0
    assert lake.history("trend_signals", "")[0].mark == before.mark
    assert forget_in(before, date(2026, 11, 1)) == 1
    assert before.read()["signal_id"].to_list() == ["kept"]


def test_damaged_table_is_named(stored: Settings) -> None:
    lake = LakeTables.of(stored)
    lake.objects.write("ideas/orbit/2026-11-19.parquet", b"PAR1 not really")
    with pytest.raises(StorageError, match=r"2026-11-19\.parquet: not a readable table"):
        lake.read("ideas", "orbit|2026-11-19")
    [stored_table] = lake.history("ideas", "orbit")
    lake.objects.delete(stored_table.key)
    with pytest.raises(MissingPartitionError):
        stored_table.read()


def test_lake_that_does_not_answer_is_no_empty_lake(
    s3: S3Server, settings: Settings, way: FaultyWay
) -> None:
    far = s3.settings(settings, way)
    keep(far, "ideas", "orbit|2026-11-19", ideas("one"))
    lake = LakeTables.of(far)
    for ask in (
        lambda: lake.read("ideas", "orbit|2026-11-19"),
        lambda: lake.history("ideas", "orbit"),
        lambda: opened_tables(settings=far),
    ):
        way.plan.extend([Fault("refuse", 403, "InvalidAccessKeyId")] * 30)
        with pytest.raises(StorageError, match="does not accept the keys"):
            ask()
        way.plan.clear()


def test_duckdb_asks_either_place(stored: Settings) -> None:
    for channel in ("orbit", "fieldnotes"):
        for day in ("2026-11-18", "2026-11-19"):
            keep(stored, "ideas", f"{channel}|{day}", ideas(f"{channel} {day}"))
    rows = [{"video_id": "a", "views": 7, "day": date(2026, 11, 19)}]
    keep(stored, "analytics", "orbit|2026-11-19", frame(ANALYTICS, rows))
    lake = opened_tables(settings=stored)
    query = "select title, score from ideas where title like 'orbit%' order by title"
    assert lake.sql(query).fetchall() == [("orbit 2026-11-18", 1.5), ("orbit 2026-11-19", 1.5)]
    assert lake.sql("select day, views from analytics").fetchall() == [(date(2026, 11, 19), 7)]
    joined = "select count(*) from ideas, analytics"
    assert lake.sql(joined).fetchall() == lake.sql(joined).fetchall() == [(4,)]
    names = {row[0] for row in lake.sql("select table_name from duckdb_columns()").fetchall()}
    assert "scripts" not in names


def test_duckdb_sees_the_same_columns_in_either_place(s3: S3Server, settings: Settings) -> None:
    shapes = []
    for place in (settings, s3.settings(settings)):
        for table in (IDEAS, ANALYTICS, TREND_SIGNALS):
            partition = "2026-11-19" if table is TREND_SIGNALS else "orbit|2026-11-19"
            keep(place, table.name, partition, frame(table, []))
        lake = opened_tables(settings=place)
        found = [lake.sql(f"describe {name}").fetchall() for name in ("ideas", "analytics")]
        shapes.append([[row[:2] for row in one] for one in found])
    assert shapes[0] == shapes[1]


def test_a_query_fetches_only_the_tables_that_it_names(
    s3: S3Server, settings: Settings, way: FaultyWay
) -> None:
    far = s3.settings(settings, way)
    for day in range(10, 20):
        keep(far, "ideas", f"orbit|2026-11-{day}", ideas("one"))
    keep(far, "analytics", "orbit|2026-11-19", frame(ANALYTICS, []))
    way.seen.clear()
    lake = opened_tables(settings=far)
    assert {path.partition("?")[0] for _, path, _ in way.seen} == {
        f"/{(far.storage or '').split('/')[2]}"  # listings alone
    }
    way.seen.clear()
    assert lake.sql("select count(distinct title) from ideas").fetchall() == [(1,)]
    fetched = [path for _, path, _ in way.seen]
    assert len(fetched) == 10
    assert all("/ideas/" in path for path in fetched)


def test_partition_that_vanishes_between_listing_and_query_is_said(
    s3: S3Server, settings: Settings
) -> None:
    far = s3.settings(settings)
    keep(far, "ideas", "orbit|2026-11-19", ideas("one"))
    lake = opened_tables(settings=far)
    LakeTables.of(far).objects.delete("ideas/orbit/2026-11-19.parquet")
    with pytest.raises(Exception, match="was removed meanwhile"):
        lake.sql("select title from ideas").fetchall()


def test_lake_that_is_down_is_transient(settings: Settings, s3: S3Server, way: FaultyWay) -> None:
    far = s3.settings(settings, way)
    lake = LakeTables.of(far)
    way.plan.extend([Fault("refuse", 400, "RequestTimeout")] * 2)
    with pytest.raises(TransientError, match="could not serve"):
        lake.read("ideas", "orbit|2026-11-19")
