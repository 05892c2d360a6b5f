"""The real graph with lake and blobs in a bucket: made once, reused from another machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ytempire_assets import api
from ytempire_assets.api import Production, produce
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.settings import Settings
from ytempire_assets_tests.conftest import PROJECT
from ytempire_assets_tests.s3_faults import Fault, FaultyWay
from ytempire_assets_tests.s3_server import S3Server

DAY = "2026-11-19"
VIDEO = "orbit-20261119-1"
STAGES = ["ideas", "scripts", "voiceovers"]


def small_channel(folder: Path) -> Path:
    """One channel with one short video a day."""
    folder.mkdir(parents=True)
    content = yaml.safe_load((PROJECT / "channels" / "orbit.yaml").read_text())
    content.update(target_s=20, videos_per_day=1, formats=["square"])
    (folder / "orbit.yaml").write_text(yaml.safe_dump(content, allow_unicode=True))
    return folder


@pytest.fixture(scope="module")
def made(
    s3: S3Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, Production]]:
    root = tmp_path_factory.mktemp("bucket graph")
    base = Settings(home=root / "home", channels_dir=small_channel(root / "channels"))
    settings = s3.settings(base)
    yield settings, produce("orbit", DAY, STAGES, settings=settings)


def elsewhere(settings: Settings, home: Path) -> Settings:
    """Another machine: nothing of its own, the same bucket."""
    return settings.model_copy(update={"home": home})


def test_the_stages_are_made_and_nothing_lies_in_the_home(
    made: tuple[Settings, Production],
) -> None:
    settings, production = made
    assert production.errors == ()
    assert not settings.lake_dir.exists()
    assert not settings.blobs_dir.exists()
    stored = {entry.key for entry in LakeTables.of(settings).objects.entries("")}
    assert stored >= {
        f"trends/{DAY}.parquet",
        f"research/{DAY}.parquet",
        *(f"{stage}/orbit/{DAY}.parquet" for stage in STAGES),
    }


def test_another_machine_makes_nothing_again(
    made: tuple[Settings, Production], tmp_path: Path
) -> None:
    settings, _ = made
    other = elsewhere(settings, tmp_path / "home")
    again = produce("orbit", DAY, STAGES, settings=other)
    assert again.errors == ()
    assert [(video["stage"], video["reused"]) for video in again.videos] == [("voiceovers", True)]
    audio = str(again.videos[0]["audio"])
    # Reusing asks whether blobs are there and not for them; only the overview's picture came.
    assert not list(other.blob_copies_dir.rglob(audio))
    path = BlobStore.of(other).path(audio)
    assert path.is_relative_to(other.blob_copies_dir)
    assert path.read_bytes()[:4] == b"RIFF"
    assert path.read_bytes() == BlobStore.of(settings).path(audio).read_bytes()


def test_lineage_and_queries_come_from_the_bucket(
    made: tuple[Settings, Production], tmp_path: Path
) -> None:
    settings, _ = made
    other = elsewhere(settings, tmp_path / "home")
    node = api.lineage(VIDEO, settings=other)
    kinds, pending = set(), [node]
    while pending:
        one = pending.pop()
        kinds.add(one.kind)
        pending += one.made_from
    assert {"script", "idea", "topic", "signal"} <= kinds
    rows = api.tables(settings=other).sql(
        "select s.video_id, len(s.scenes) > 1, v.duration_s > 10 "
        "from scripts s join voiceovers v using (video_id)"
    )
    assert rows.fetchall() == [(VIDEO, True, True)]
    assert not other.home.exists()


def test_copies_that_are_lost_are_fetched_again(
    made: tuple[Settings, Production], tmp_path: Path
) -> None:
    settings, production = made
    audio = str(production.videos[0]["audio"])
    blobs = BlobStore.of(settings)
    content = blobs.path(audio).read_bytes()
    shutil.rmtree(settings.blob_copies_dir)
    assert blobs.path(audio).read_bytes() == content


def test_bucket_that_refuses_ends_the_run_with_its_name_and_the_next_repeats_nothing(
    s3: S3Server, tmp_path: Path
) -> None:
    base = Settings(home=tmp_path / "home", channels_dir=small_channel(tmp_path / "channels"))
    with FaultyWay(s3.port) as way:
        settings = s3.settings(base, way)
        assert produce("orbit", DAY, ["ideas", "scripts"], settings=settings).errors == ()
        settings = settings.model_copy(update={"home": tmp_path / "other"})
        # Asking for the partitions and the record passes, storing the new table does not.
        way.plan.append(Fault("refuse", 403, "AccessDenied", method="PUT"))
        failed = produce("orbit", DAY, ["ideas", "scripts"], settings=settings)
        assert "does not permit these keys" in " ".join(failed.errors)
        way.plan.clear()
        again = produce("orbit", DAY, ["ideas", "scripts"], settings=settings)
        assert again.errors == ()
        assert [video["reused"] for video in again.videos] == [True]
