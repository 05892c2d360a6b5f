"""From nothing to published and measured, on every real part; then what goes wrong on the way.

The channels here are the sample ones with shorter videos, so that a whole day takes seconds.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import yaml

from ytempire_assets import api
from ytempire_assets.api import Production, produce
from ytempire_assets.errors import InvalidInputError
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.media import Media
from ytempire_assets.settings import SAMPLE_SNAPSHOT, Settings
from ytempire_assets.video.encoder import Encoding
from ytempire_assets_tests.conftest import PROJECT

DAY = "2026-11-19"


def edit(path: Path, **fields: object) -> None:
    """Changes fields of a YAML file."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content.update(fields)
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def short_channels(folder: Path) -> Path:
    """The sample channels, 20 seconds a video, one of them square and small to encode."""
    folder.mkdir(parents=True)
    for name in ("orbit", "fieldnotes"):
        (folder / f"{name}.yaml").write_text((PROJECT / "channels" / f"{name}.yaml").read_text())
        edit(folder / f"{name}.yaml", target_s=20, videos_per_day=2, formats=["square"])
    return folder


def table(settings: Settings, name: str, channel: str = "orbit", day: str = DAY) -> pl.DataFrame:
    found = LakeTables(settings.lake_dir).read(name, f"{channel}|{day}")
    assert found is not None
    return found


@dataclass
class World:
    """A day that was produced once, shared by the tests that only look."""

    settings: Settings
    production: Production


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("end to end")  # with spaces, as people's folders have
    settings = Settings(home=root / "home", channels_dir=short_channels(root / "channels"))
    yield World(settings, produce("orbit", DAY, settings=settings))


def test_the_day_is_published(world: World) -> None:
    assert world.production.errors == ()
    uploads = table(world.settings, "uploads")
    assert uploads["state"].to_list() == ["verified", "verified"]
    assert uploads["simulated"].to_list() == [True, True]
    assert uploads["remote_id"].n_unique() == 2


def test_files_are_what_they_should_be(world: World) -> None:
    from ytempire_assets.video.measure import probe

    for row in table(world.settings, "renders").iter_rows(named=True):
        facts = probe(world.settings.home / row["path"])
        assert (facts.width, facts.height, facts.fps) == (1080, 1080, 30.0)
        assert (facts.video_codec, facts.audio_codec) == ("h264", "aac")
        assert (facts.color_space, facts.color_range) == ("bt709", "tv")
        # 20 s spoken within 10 %, the channel's sign before and the sources after.
        assert 18 <= facts.duration_s - 3.5 <= 22
        assert facts.frames == round(facts.duration_s * 30)
        assert row["loudness_lufs"] == pytest.approx(-14, abs=0.5)
        assert row["true_peak_dbtp"] <= -1.0


def test_every_finished_file_was_examined_and_keeps_what_was_found(world: World) -> None:
    from ytempire_assets.checks import gates_table
    from ytempire_assets.video.timeline import Timeline

    blobs = BlobStore(world.settings.blobs_dir)
    for row in table(world.settings, "renders").iter_rows(named=True):
        names = {gate["name"] for gate in row["gates"]}
        assert {"VMAF", "loudness", "frozen", "sound offset", "subtitles", "colours"} <= names
        assert "| VMAF |" in gates_table(row)
        assert row["encoder"].startswith(("libx264", "h264_nvenc"))
        assert row["peak_rss_mb"] < 700
        timeline = Timeline.from_json(blobs.path(row["timeline"]).read_text())
        assert [timeline.scenes[0].kind, timeline.scenes[-1].kind] == ["intro", "outro"]
        assert blobs.path(row["captions_vtt"]).read_text().startswith("WEBVTT")
        assert {thumbnail["rule"] for thumbnail in row["thumbnails"]} == {
            "type",
            "chart",
            "picture",
        }
        assert row["thumbnail"] == row["thumbnails"][0]["blob"]


def test_a_file_that_fails_a_gate_never_reaches_uploads(one: Settings) -> None:
    """An encode so coarse that people see it: the row says why, nothing is published."""
    media = Media()
    media.encoding = Encoding("libx264", {"preset": "ultrafast", "crf": "51"})
    production = produce("orbit", DAY, settings=one, overrides={"media": media})
    assert not production.success
    rows = table(one, "renders").to_dicts()
    assert {row["status"] for row in rows} == {"failed"}
    for row in rows:
        assert "failed its gates" in row["error"]
        assert "VMAF" in row["error"]
        kept = row["error"].partition("kept as ")[2].partition(")")[0]
        assert Path(kept).is_file()
    assert table(one, "uploads").height == 0


def test_script_is_as_long_as_it_was_estimated(world: World) -> None:
    scripts = table(world.settings, "scripts")
    voices = table(world.settings, "voiceovers")
    for estimated, spoken in zip(scripts["estimated_s"], voices["duration_s"], strict=True):
        assert spoken == pytest.approx(estimated, rel=0.02)
        assert spoken == pytest.approx(20, rel=0.10)


def test_numbers_come_back_and_say_that_they_are_simulated(world: World) -> None:
    analytics = table(world.settings, "analytics")
    assert set(analytics["origin"]) == {"simulated"}
    assert analytics["views"].sum() > 0
    patterns = table(world.settings, "patterns")
    assert set(patterns["origin"]) == {"simulated"}
    facets = {pattern.partition(":")[0] for pattern in patterns["pattern"]}
    assert facets == {"hook", "hour", "length", "niche", "style", "thumbnail", "voice"}
    assert set(patterns["state"]) == {"not enough yet"}  # of two videos nothing is learned


def test_lineage_goes_back_to_the_signals(world: World) -> None:
    tree = api.lineage("orbit-20261119-1", settings=world.settings).to_dict()
    kinds: dict[str, int] = {}
    pending = [tree]
    while pending:
        node = pending.pop()
        kinds[node["kind"]] = kinds.get(node["kind"], 0) + 1
        pending += node["made_from"]
        if node["kind"] in ("upload", "render", "voiceover", "visuals", "script"):
            assert len(node["fingerprint"]) == 32
            assert node["version"]
            assert node["seconds"] >= 0
            assert node["cost_usd"] >= 0
    assert set(kinds) == {
        "upload", "render", "voiceover", "visuals", "script", "source", "idea", "topic", "signal",
    }  # fmt: skip
    assert json.dumps(tree)
    with pytest.raises(InvalidInputError, match="ytempire produce --channel orbit"):
        api.lineage("orbit-20261119-9", settings=world.settings)
    with pytest.raises(InvalidInputError, match="not a video id"):
        api.lineage("../../etc/passwd", settings=world.settings)


def test_tables_answer_sql(world: World) -> None:
    views = api.tables(settings=world.settings).sql(
        "select u.video_id, a.views from uploads u join analytics a using (video_id) order by 1"
    )
    assert [row[0] for row in views.fetchall()] == ["orbit-20261119-1", "orbit-20261119-2"]
    assert len(views.df()) == 2


def test_producing_again_does_nothing_again(world: World) -> None:
    before = table(world.settings, "renders")
    again = produce("orbit", DAY, settings=world.settings)
    assert again.success
    for stage in ("scripts", "voiceovers", "visuals", "renders", "uploads"):
        assert table(world.settings, stage)["reused"].all(), stage
    assert table(world.settings, "renders")["made_at"].equals(before["made_at"])
    assert table(world.settings, "uploads")["sent_bytes"].sum() == 0


def test_metadata_shows_people_what_was_made(world: World) -> None:
    import dagster as dg

    from ytempire_assets.instance import opened_instance

    with opened_instance(world.settings) as instance:
        shown = {
            name: event.asset_materialization.metadata
            for name in ("renders", "voiceovers", "ideas")
            if (event := instance.get_latest_materialization_event(dg.AssetKey(name)))
            and event.asset_materialization
        }
    assert shown["renders"]["dagster/row_count"].value == 2
    assert "data:image/jpeg;base64," in str(shown["renders"]["frames"].value)
    assert "data:image/jpeg;base64," in str(shown["voiceovers"]["waveform"].value)
    assert "| video_id |" in str(shown["ideas"]["preview"].value)


@pytest.fixture
def one(tmp_path: Path) -> Settings:
    """One channel with one video a day, in a home of its own."""
    channels = short_channels(tmp_path / "channels")
    (channels / "fieldnotes.yaml").unlink()
    edit(channels / "orbit.yaml", videos_per_day=1)
    return Settings(home=tmp_path / "home", channels_dir=channels)


def statuses(settings: Settings) -> dict[str, list[bool]]:
    return {
        stage: table(settings, stage)["reused"].to_list()
        for stage in ("scripts", "voiceovers", "visuals", "renders")
    }


def test_a_changed_setting_redoes_only_what_depends_on_it(one: Settings) -> None:
    path = one.channels_dir / "orbit.yaml"
    assert produce("orbit", DAY, settings=one).success
    edit(path, affiliate_links=[{"label": "Book", "url": "https://example.org/b"}])
    assert produce("orbit", DAY, settings=one).success
    assert statuses(one) == {
        "scripts": [False], "voiceovers": [True], "visuals": [True], "renders": [True],
    }  # fmt: skip
    look = yaml.safe_load(path.read_text())["look"]
    edit(path, look={**look, "accent": "#FFD166"})
    assert produce("orbit", DAY, settings=one).success
    assert statuses(one) == {
        "scripts": [True], "voiceovers": [True], "visuals": [False], "renders": [False],
    }  # fmt: skip
    # What is out stays out: a new render is not published a second time.
    uploads = table(one, "uploads")
    assert uploads["state"].to_list() == ["verified"]
    assert uploads["sent_bytes"].to_list() == [0]
    assert "was published before with" in uploads["note"][0]


def with_topics(settings: Settings, tmp_path: Path, **broken: str) -> Settings:
    """The sample topics, some of them replaced by other text."""
    folder = tmp_path / "topics"
    folder.mkdir()
    for path in SAMPLE_SNAPSHOT.glob("*.yaml"):
        (folder / path.name).write_text(broken.get(path.stem, path.read_text()))
    return settings.model_copy(update={"snapshot_dir": folder})


@pytest.mark.parametrize(
    ("text", "stage", "words"),
    [
        ("Το μήνυμα", None, None),
        ("مرحبا بالعالم", "visuals", "Arabic"),
    ],
)
def test_a_script_the_fonts_cannot_draw_fails_alone(
    one: Settings, tmp_path: Path, text: str, stage: str | None, words: str | None
) -> None:
    edit(one.channels_dir / "orbit.yaml", videos_per_day=2)
    topic = yaml.safe_load((SAMPLE_SNAPSHOT / "ingenuity-helicopter.yaml").read_text())
    for document in topic["documents"]:
        document["text"] = document["text"].replace("Ingenuity", text)
    settings = with_topics(
        one, tmp_path, **{"ingenuity-helicopter": yaml.safe_dump(topic, allow_unicode=True)}
    )
    production = produce("orbit", DAY, settings=settings)
    uploads = table(settings, "uploads")
    if stage is None:
        assert production.success
    else:
        assert words is not None
        assert uploads["state"].to_list() == ["verified"]
        assert len(production.errors) == 1
        assert f"orbit-20261119-1 ({stage})" in production.errors[0]
        assert words in production.errors[0]
        assert "Next:" in production.errors[0]


def test_broken_topic_files_are_left_out_and_named(one: Settings, tmp_path: Path) -> None:
    settings = with_topics(
        one,
        tmp_path,
        **{"ingenuity-helicopter": "", "voyager-1": "topic: [", "gps": "topic: gps\ndocuments: []"},
    )
    assert produce("orbit", DAY, settings=settings).success
    trends = LakeTables(settings.lake_dir).read("trends", DAY)
    assert trends is not None
    assert trends.height == 28


def test_empty_snapshot_folder_is_one_clear_error(one: Settings, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    settings = one.model_copy(update={"snapshot_dir": tmp_path / "nothing"})
    production = produce("orbit", DAY, settings=settings)
    assert len(production.errors) == 1
    assert "has no *.yaml file" in production.errors[0]
    assert "YTEMPIRE_SNAPSHOT_DIR" in production.errors[0]


def test_hostile_words_reach_the_screen_as_words(one: Settings, tmp_path: Path) -> None:
    topic = yaml.safe_load((SAMPLE_SNAPSHOT / "ingenuity-helicopter.yaml").read_text())
    hostile = r"""100% {\an8} \N 'single' "double" C:\temp 🚀 %{pts} [x];"""
    for document in topic["documents"]:
        document["text"] = document["text"].replace("Ingenuity", f"Ingenuity {hostile}")
    topic["title"] = r"""Mars {\an8} 100% 'it' [v]; \N 🚀 <b>"""
    settings = with_topics(
        one, tmp_path, **{"ingenuity-helicopter": yaml.safe_dump(topic, allow_unicode=True)}
    )
    edit(settings.channels_dir / "orbit.yaml", target_s=30)
    production = produce("orbit", DAY, settings=settings)
    assert production.success, production.errors
    render = table(settings, "renders").row(0, named=True)
    assert (settings.home / render["path"]).is_file()
    srt = (settings.blobs_dir / render["captions_srt"][:2] / render["captions_srt"]).read_text()
    assert r"{\an8}" in srt


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"voice": {"engine": "espeak", "voice": "xx-nobody"}}, "no voice 'xx-nobody'"),
        ({"target_s": 300}, "wanted 300 s"),
    ],
)
def test_settings_that_cannot_work_fail_with_their_name(
    one: Settings, fields: dict[str, object], words: str
) -> None:
    edit(one.channels_dir / "orbit.yaml", **fields)
    production = produce("orbit", DAY, settings=one)
    assert words in " ".join(production.errors)
    assert "Next:" in production.errors[0]


def test_unknown_channel_day_and_stage_are_said_before_anything_runs(one: Settings) -> None:
    with pytest.raises(InvalidInputError, match="no channel 'nobody'"):
        produce("nobody", DAY, settings=one)
    with pytest.raises(InvalidInputError, match="is not a day"):
        produce("orbit", "tomorrow", settings=one)
    with pytest.raises(InvalidInputError, match="not a stage of produce"):
        produce("orbit", DAY, ["scripts", "magic"], settings=one)


def test_sandbox_that_is_down_loses_nothing(one: Settings) -> None:
    down = one.model_copy(update={"sandbox_url": "http://127.0.0.1:9"})
    production = produce("orbit", DAY, settings=down)
    assert any("127.0.0.1:9" in error and "sandbox serve" in error for error in production.errors)
    assert table(one, "renders")["status"].to_list() == ["ok"]
    again = produce("orbit", DAY, settings=one)
    assert again.success
    assert table(one, "renders")["reused"].to_list() == [True]
    assert table(one, "uploads")["state"].to_list() == ["verified"]


def test_sandbox_that_dies_in_the_middle_is_taken_up_again(one: Settings) -> None:
    from ytempire_assets.sandbox.faults import parse_faults
    from ytempire_assets.sandbox.server import SandboxServer
    from ytempire_assets.sandbox.store import SandboxStore

    with SandboxServer(one.sandbox_dir, faults=parse_faults("lose-final-answer")) as server:
        dying = one.model_copy(update={"sandbox_url": server.url})
        produce("orbit", DAY, settings=dying)
    again = produce("orbit", DAY, settings=one)
    assert again.success, again.errors
    assert table(one, "uploads")["state"].to_list() == ["verified"]
    assert SandboxStore(one.sandbox_dir).count() == 1


def test_full_disk_fails_the_video_and_says_so(
    one: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's own refusal, from its full device, while the second video is drawn."""
    from ytempire_assets.resources.storage import folder

    edit(one.channels_dir / "orbit.yaml", videos_per_day=2)
    assert produce("orbit", DAY, ["ideas", "scripts"], settings=one).errors == ()
    full: list[str] = []

    class Watching:
        def unit(self, _stage: str, key: str, _fraction: float, _note: str = "") -> None:
            if key.startswith("orbit-20261119-2"):
                full.append(key)

    def write(part: Path, data: bytes) -> None:
        (Path("/dev/full") if full else part).write_bytes(data)

    with monkeypatch.context() as patch:
        patch.setattr(folder, "_write", write)
        production = produce("orbit", DAY, ["visuals"], settings=one, progress=Watching())
    assert len(production.errors) == 1
    assert "orbit-20261119-2 (visuals)" in production.errors[0]
    assert "the disk is full. Next: free some space" in production.errors[0]
    assert produce("orbit", DAY, ["visuals"], settings=one).success
    assert table(one, "visuals")["reused"].to_list() == [True, False]


def test_channel_with_approval_waits_for_a_person(one: Settings) -> None:
    from ytempire_assets.resources.ledger import Ledger

    spec = yaml.safe_load((one.channels_dir / "orbit.yaml").read_text())
    edit(one.channels_dir / "orbit.yaml", publish={**spec["publish"], "approval": True})
    assert produce("orbit", DAY, settings=one).success
    assert table(one, "uploads")["state"].to_list() == ["planned"]
    assert table(one, "analytics").height == 0
    Ledger(one.ledger_url).decide("orbit-20261119-1", yes=True, by="Ada")
    assert produce("orbit", DAY, settings=one).success
    assert table(one, "uploads")["state"].to_list() == ["verified"]


def test_feedback_of_the_day_before_reaches_the_next_ideas(one: Settings) -> None:
    edit(one.channels_dir / "orbit.yaml", videos_per_day=2)
    assert produce("orbit", "2026-11-18", settings=one).success
    learned = dict(table(one, "patterns", day="2026-11-18").select("pattern", "weight").iter_rows())
    assert produce("orbit", DAY, ["ideas"], settings=one).errors == ()
    ideas = table(one, "ideas")
    for niche, weight in ideas.select("niche", "pattern_weight").iter_rows():
        assert weight == learned.get(f"niche:{niche}", 1.0)
    made = set(table(one, "ideas", day="2026-11-18").filter(pl.col("accepted"))["topic_id"])
    again = ideas.filter(pl.col("topic_id").is_in(list(made)))
    assert not again["accepted"].any()
    assert all("made on 2026-11-18" in reason for reason in again["reason"])
    # A day that is filled in later does not repeat what later days have made.
    later = made | set(ideas.filter(pl.col("accepted"))["topic_id"])
    assert produce("orbit", "2026-11-17", ["ideas"], settings=one).errors == ()
    earlier = table(one, "ideas", day="2026-11-17").filter(pl.col("accepted"))
    assert not set(earlier["topic_id"]) & later


def command(settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "YTEMPIRE_HOME": str(settings.home),
        "YTEMPIRE_CHANNELS_DIR": str(settings.channels_dir),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "ytempire_assets.cli", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("moment", ["scripts", "renders"])
def test_interrupt_at_any_stage_completes_on_the_next_run(one: Settings, moment: str) -> None:
    process = command(one, "produce", "--channel", "orbit", "--day", DAY)
    deadline = time.monotonic() + 120
    work = one.blobs_dir / "work"
    wanted = {"scripts": 1, "renders": 3}[moment]  # records there when the stage has begun
    while process.poll() is None and time.monotonic() < deadline:
        if len(list(work.rglob("*.json"))) >= wanted:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "run the same command again" in errors
    assert not [path for path in one.home.rglob("*") if ".part" in path.name]
    finished = {path.name for path in work.rglob("*.json")}
    assert produce("orbit", DAY, settings=one).success
    assert finished <= {path.name for path in work.rglob("*.json")}
    assert table(one, "scripts")["reused"].to_list() == [True]
    assert table(one, "uploads")["state"].to_list() == ["verified"]


@pytest.mark.parametrize("place", ["a file/home", "/proc/home", "/sys/home"])
def test_home_that_cannot_be_written_is_one_clear_line(
    one: Settings, tmp_path: Path, place: str
) -> None:
    (tmp_path / "a file").write_text("not a folder")
    process = command(one.model_copy(update={"home": tmp_path / place}), "demo")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.count("error:") == 1
    assert str(tmp_path / place) in errors.replace("\n", "")
    assert "Next:" in errors
    assert "Traceback" not in errors
