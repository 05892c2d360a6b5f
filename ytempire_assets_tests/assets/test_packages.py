"""Packages through the graph: none unless asked for, one per video and platform, failing alone."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
import yaml
from PIL import Image

from ytempire_assets.assets.packages import packages
from ytempire_assets.build import build_resources
from ytempire_assets.checks import judge
from ytempire_assets.partitions import CHANNELS
from ytempire_assets.settings import Settings
from ytempire_assets.table_schema import frame
from ytempire_assets.tables import RENDERS, SCRIPTS, VISUALS
from ytempire_assets.video.measure import probe
from ytempire_assets_tests.video.streaming import moving_picture

DAY = date(2026, 11, 19)


def edit(channels_dir: Path, **fields: object) -> None:
    path = channels_dir / "orbit.yaml"
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump({**spec, **fields}), encoding="utf-8")


class Studio:
    """The rows of finished videos, whose files are real."""

    def __init__(self, resources: dict[str, Any], folder: Path) -> None:
        self.resources, self.folder = resources, folder
        self.scripts: list[Any] = []
        self.visuals: list[Any] = []
        self.renders: list[Any] = []

    def add(self, number: int, fmt: str, size: str = "540x960", seconds: float = 3.5) -> None:
        video_id, blobs = f"orbit-20261119-{number}", self.resources["work"].blobs
        path = moving_picture(self.folder / f"{number}-{fmt}.mp4", seconds, size=size)
        facts = probe(path)
        cover = io.BytesIO()
        Image.new("RGB", (108, 192), "#224466").save(cover, "jpeg")
        if video_id not in {row["video_id"] for row in self.scripts}:
            self.scripts.append(
                {
                    "video_id": video_id,
                    "title": f"Story {number}",
                    "description": "What it is about.\n\nSources:\n- one",
                    "hashtags": ["#Space"],
                    "sources": [
                        {
                            "document_id": "d",
                            "title": "The landing",
                            "publisher": "NASA",
                            "address": "https://www.nasa.gov/",
                            "licence": "CC0-1.0",
                            "attribution": "Facts can be checked at NASA.",
                        }
                    ],
                    "fingerprint": f"script {number}",
                    "status": "ok",
                }
            )
        self.visuals.append(
            {
                "video_id": video_id,
                "format": fmt,
                "origin": "card+generated" if number == 1 else "card",
                "status": "ok",
            }
        )
        self.renders.append(
            {
                "video_id": video_id,
                "format": fmt,
                "video": blobs.put_file(path),
                "thumbnail": blobs.put(cover.getvalue(), "jpg"),
                "attributions": [],
                "width": facts.width,
                "height": facts.height,
                "fps": facts.fps,
                "duration_s": facts.duration_s,
                "size_bytes": facts.size_bytes,
                "video_codec": facts.video_codec,
                "audio_codec": facts.audio_codec,
                "fingerprint": f"render {number} {fmt}",
                "status": "ok",
            }
        )

    def pack(self) -> tuple[pl.DataFrame, dict[str, Any]]:
        """Materialises the asset for the channel's day."""
        instance = dg.DagsterInstance.ephemeral()
        instance.add_dynamic_partitions(str(CHANNELS.name), ["orbit"])
        context = dg.build_asset_context(
            partition_key=dg.MultiPartitionKey({"day": DAY.isoformat(), "channel": "orbit"}),
            instance=instance,
            resources={name: self.resources[name] for name in ("channels", "work", "out")},
        )
        result = packages(
            context,
            frame(SCRIPTS, self.scripts),
            frame(VISUALS, self.visuals),
            frame(RENDERS, self.renders),
        )
        assert isinstance(result, dg.Output)
        return result.value, dict(result.metadata)


@pytest.fixture
def studio(settings: Settings, tmp_path: Path) -> Studio:
    return Studio(build_resources(settings), tmp_path)


def test_there_are_none_unless_the_channel_asks_for_them(studio: Studio) -> None:
    studio.add(1, "youtube_shorts")
    table, metadata = studio.pack()
    assert table.height == 0
    assert "none asked for" in str(metadata["packages"])
    assert not studio.resources["out"].exists()


def test_a_package_per_video_and_platform(
    studio: Studio, settings: Settings, channels_dir: Path
) -> None:
    links = [{"label": "A telescope", "url": "https://shop.example/t"}]
    edit(
        channels_dir,
        publish={"packages": ["tiktok", "facebook_reels"], "at": ["17:00", "20:30"]},
        affiliate_links=links,
        time_zone="Europe/Berlin",
    )
    studio.add(1, "youtube_shorts")
    studio.add(1, "tiktok")
    studio.add(2, "youtube_shorts")
    table, metadata = studio.pack()
    assert table["status"].to_list() == ["ok"] * 4
    assert table["target"].to_list() == ["tiktok", "facebook_reels"] * 2
    assert table["format"].to_list() == ["tiktok", "youtube_shorts"] + ["youtube_shorts"] * 2
    assert table["fingerprint"].n_unique() == 4
    assert not table["reused"].any()
    assert [at.hour for at in table["post_at"].to_list()] == [16, 16, 19, 19]  # UTC
    first, *_, last = table.iter_rows(named=True)
    assert first["folder"] == "out/orbit/2026-11-19/1-story-1-tiktok"
    assert first["folder"] in str(metadata["folders"])
    assert first["problems"] == first["notes"] == []
    assert set(first["inputs"]) == {"render 1 tiktok", "script 1"}
    folder = settings.home / first["folder"]
    blob = studio.resources["work"].blobs.path(studio.renders[1]["video"])
    assert (folder / "video.mp4").samefile(blob)
    text = (folder / "caption.txt").read_text()
    assert text.startswith(
        "Story 1\n\nWhat it is about.\n\nSources:\n- The landing, NASA (CC0-1.0)"
    )
    assert "pictures were generated by AI" in text
    assert "Advertisement" in text
    assert "generated by AI" not in (settings.home / last["folder"] / "caption.txt").read_text()

    assert studio.pack()[0]["reused"].all()
    (folder / "caption.txt").unlink()
    again = studio.pack()[0]
    assert again["reused"].to_list() == [False, True, True, True]
    assert (folder / "caption.txt").read_text() == text
    assert len(list(folder.parent.iterdir())) == 4


def test_what_does_not_fit_fails_alone_and_says_why(
    studio: Studio, settings: Settings, channels_dir: Path
) -> None:
    edit(channels_dir, publish={"packages": ["tiktok", "facebook_reels"]})
    studio.add(1, "square", size="540x540")
    studio.add(2, "youtube_shorts", size="360x640")
    studio.add(3, "youtube_shorts")
    studio.renders[2]["video"] = "0" * 64 + ".mp4"
    table, _ = studio.pack()
    rows = {(row["video_id"][-1], row["target"]): row for row in table.iter_rows(named=True)}
    ok = [key for key, row in rows.items() if row["status"] == "ok"]
    assert ok == [("2", "tiktok")]
    assert "TikTok shows portrait videos" in rows["1", "tiktok"]["error"]
    assert "add tiktok to formats in orbit.yaml" in rows["1", "tiktok"]["error"]
    small = rows["2", "facebook_reels"]
    assert small["problems"] == ["its picture is 360x640, at least 540x960"]
    assert "Facebook Reels would refuse orbit-20261119-2" in small["error"]
    assert "is gone" in rows["3", "tiktok"]["error"]
    assert [path.name for path in (settings.home / "out/orbit/2026-11-19").iterdir()] == [
        "2-story-2-tiktok"
    ]
    result = judge(list(rows.values()), success_needed=1.0)
    assert not result.passed
