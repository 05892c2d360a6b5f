"""Streams through the graph: off unless asked for, made once, placed for players, failing alone."""

from __future__ import annotations

import functools
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
import yaml

from ytempire_assets.assets.delivery import delivery
from ytempire_assets.build import build_resources
from ytempire_assets.partitions import CHANNELS
from ytempire_assets.settings import Settings
from ytempire_assets.table_schema import frame
from ytempire_assets.tables import RENDERS
from ytempire_assets.video.stream_checks import check_stream
from ytempire_assets_tests.video.streaming import moving_picture

DAY = date(2026, 11, 19)


def switch_on(channels_dir: Path) -> None:
    path = channels_dir / "orbit.yaml"
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**spec, "delivery": True}), encoding="utf-8")


def render_row(resources: dict[str, Any], folder: Path, number: int, seconds: float) -> Any:
    video = moving_picture(folder / f"{number}.mp4", seconds, size="240x426")
    return {
        "video_id": f"orbit-20261119-{number}",
        "format": "youtube_shorts",
        "video": resources["work"].blobs.put_file(video),
        "fingerprint": f"render {number}",
        "status": "ok",
    }


def deliver(resources: dict[str, Any], rows: list[Any]) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Materialises the asset for the channel's day on the given renders."""
    names = ("channels", "media", "work", "out")
    instance = dg.DagsterInstance.ephemeral()
    instance.add_dynamic_partitions(str(CHANNELS.name), ["orbit"])
    context = dg.build_asset_context(
        partition_key=dg.MultiPartitionKey({"day": DAY.isoformat(), "channel": "orbit"}),
        instance=instance,
        resources={name: resources[name] for name in names},
    )
    result = delivery(context, frame(RENDERS, rows))
    assert isinstance(result, dg.Output)
    return result.value, dict(result.metadata)


@pytest.fixture
def resources(settings: Settings) -> dict[str, Any]:
    return build_resources(settings)


def test_it_is_off_unless_the_channel_asks_for_it(
    resources: dict[str, Any], tmp_path: Path
) -> None:
    table, metadata = deliver(resources, [render_row(resources, tmp_path, 1, 1.0)])
    assert table.height == 0
    assert "off for this channel" in str(metadata["delivery"])
    assert not resources["out"].exists()


def test_streams_are_made_once_placed_for_players_and_fail_alone(
    resources: dict[str, Any], settings: Settings, channels_dir: Path, tmp_path: Path
) -> None:
    switch_on(channels_dir)
    rows = [render_row(resources, tmp_path, number, 1.0 + number) for number in (1, 2)]
    rows[1]["video"] = resources["work"].blobs.put(b"not a video", "mp4")
    run = functools.partial(deliver, resources, rows)
    first, broken = run()[0].iter_rows(named=True)

    playlist = settings.home / first["playlist"]
    assert first["playlist"] == "out/orbit/2026-11-19/1-stream-youtube_shorts/master.m3u8"
    assert first["duration_s"] == 2.0
    assert [one["name"] for one in first["renditions"]] == ["240p"]
    assert check_stream(playlist.parent, 2.0) == []
    for file in first["files"]:
        assert (playlist.parent / file["name"]).samefile(resources["work"].blobs.path(file["blob"]))
    assert broken["status"] == "failed"
    assert "cannot be read as video" in broken["error"]

    shutil.rmtree(playlist.parent / "240p")
    again = run()[0].row(0, named=True)
    assert again["reused"]
    assert again["playlist"] == first["playlist"]
    assert check_stream(playlist.parent, 2.0) == []
    assert [path.name for path in playlist.parents[1].iterdir()] == [playlist.parent.name]
