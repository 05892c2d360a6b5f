"""Packages: within every platform's limits, honest, never half-written, stable when made again."""

from __future__ import annotations

import dataclasses
import io
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ytempire_assets.channels import PackageTarget
from ytempire_assets.errors import InvalidInputError
from ytempire_assets.publishing.package_limits import LIMITS, Limits, Target
from ytempire_assets.publishing.package_texts import (
    caption,
    disclosure,
    hashtags_of,
    plain,
    shortened,
    utf16_units,
)
from ytempire_assets.publishing.packages import (
    FolderPublisher,
    PackageRequest,
    Publisher,
    VideoFile,
    check,
    choose_format,
    notes,
    write_package,
)
from ytempire_assets.resources.atomic import link_or_copy
from ytempire_assets.video.formats import FORMATS
from ytempire_assets.video.measure import probe
from ytempire_assets_tests.video.streaming import moving_picture

TARGETS = tuple(LIMITS)
FILES = ("README.txt", "caption.txt", "cover.jpg", "disclosure.txt", "hashtags.txt", "video.mp4")


def jpeg(width: int = 108, height: int = 192) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "#224466").save(file, "jpeg")
    return file.getvalue()


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> VideoFile:
    """A real file, and what is measured of it."""
    path = moving_picture(tmp_path_factory.mktemp("video") / "made.mp4", 3.5)
    facts = probe(path)
    return VideoFile(
        path, "tiktok", facts.width, facts.height, facts.fps, facts.duration_s, facts.size_bytes,
        facts.video_codec, facts.audio_codec,
    )  # fmt: skip


def make(video: VideoFile, target: Target = "tiktok", **changes: Any) -> PackageRequest:
    fields: dict[str, Any] = {
        "target": target,
        "video_id": "orbit-20261119-2",
        "number": 2,
        "channel_title": "Orbit",
        "title": "Apollo 11 and the first steps",
        "summary": "Two people walked on the Moon. A third one waited above.",
        "sources": ("The landing, NASA (CC0-1.0): https://www.nasa.gov/mission/apollo-11/",),
        "attributions": ("Photo by Ada on Album",),
        "hashtags": ("#Space", "#Moon"),
        "affiliate_links": (),
        "synthetic_voice": True,
        "generated_pictures": False,
        "post_at": datetime(2026, 11, 19, 17, 30, tzinfo=ZoneInfo("Europe/Berlin")),
        "video": video,
        "cover": jpeg(),
    }
    return PackageRequest(**{**fields, **changes})


def test_every_target_of_a_channel_file_has_limits_with_their_source() -> None:
    assert set(get_args(PackageTarget)) == set(LIMITS)
    names = {field.name for field in dataclasses.fields(Limits)}
    for target, limits in LIMITS.items():
        assert limits.target == target
        assert limits.source.startswith(("https://developers.tiktok", "https://developers.faceb"))
        assert datetime.fromisoformat(limits.looked_up)
        assert set(limits.unconfirmed) < names
        assert set(limits.formats) <= set(FORMATS)


@pytest.mark.parametrize("target", TARGETS)
def test_every_portrait_format_fits_every_platform(target: Target) -> None:
    for name in LIMITS[target].formats:
        fmt = FORMATS[name]
        file = VideoFile(
            Path("x"), name, fmt.width, fmt.height, fmt.fps, fmt.max_s, 200_000_000, "h264", "aac"
        )
        assert check(make(file, target)) == []


@pytest.mark.parametrize("target", TARGETS)
def test_a_package_has_all_that_a_person_needs(
    video: VideoFile, tmp_path: Path, target: Target
) -> None:
    publisher: Publisher = FolderPublisher(tmp_path / "day", link_or_copy)
    package = publisher.publish(make(video, target))
    folder = Path(package.place)
    assert folder == tmp_path / "day" / f"2-apollo-11-and-the-first-steps-{target}"
    assert package.files == FILES
    assert tuple(sorted(path.name for path in folder.iterdir())) == FILES
    assert package.size_bytes == sum(path.stat().st_size for path in folder.iterdir())
    assert (folder / "video.mp4").samefile(video.path)
    assert (folder / "cover.jpg").read_bytes() == jpeg()
    assert (folder / "hashtags.txt").read_text() == "#Space\n#Moon\n"
    text = (folder / "caption.txt").read_text()
    assert text.startswith("Apollo 11 and the first steps\n\nTwo people walked")
    for part in ("https://www.nasa.gov", "Photo by Ada", "synthetic voice", "#Space #Moon"):
        assert part in text
    readme = (folder / "README.txt").read_text()
    assert "2026-11-19 17:30 (CET)" in readme
    assert LIMITS[target].source in readme
    assert "1. Open" in readme
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_writing_it_again_changes_nothing(video: VideoFile, tmp_path: Path) -> None:
    request = make(video)
    for place in (link_or_copy, shutil.copyfile):
        folder = tmp_path / f"{place.__name__.replace('_', '-')}"
        assert write_package(request, folder, place).written
        before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
        again = write_package(request, folder, place)
        assert not again.written
        assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize("harm", ["missing", "changed", "extra", "other video"])
def test_what_is_no_longer_whole_is_written_anew(
    video: VideoFile, tmp_path: Path, harm: str
) -> None:
    folder = tmp_path / "1-a-tiktok"
    write_package(make(video), folder)
    if harm == "missing":
        (folder / "cover.jpg").unlink()
    elif harm == "changed":
        (folder / "caption.txt").write_text("hello")
    elif harm == "extra":
        (folder / "draft.txt").write_text("hello")
    else:
        (folder / "video.mp4").write_bytes(b"x" * video.size_bytes)
    assert write_package(make(video), folder).written
    assert tuple(sorted(path.name for path in folder.iterdir())) == FILES
    assert not write_package(make(video), folder).written


def test_an_interrupt_leaves_the_old_package_or_the_new_one(
    video: VideoFile, tmp_path: Path
) -> None:
    folder = tmp_path / "1-a-tiktok"
    write_package(make(video), folder)
    before = (folder / "caption.txt").read_text()

    def full(_source: Path, place: Path) -> None:
        place.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_package(make(video, title="Another title"), folder, full)
    assert (folder / "caption.txt").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]

    (tmp_path / "1-a-tiktok.part").mkdir()  # what a kill leaves
    ((tmp_path / "1-a-tiktok.part") / "video.mp4").write_bytes(b"half")
    os.rename(folder, tmp_path / "1-a-tiktok.old")  # noqa: PTH104
    assert write_package(make(video), folder).written
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


@pytest.mark.parametrize(
    ("target", "changes", "said"),
    [
        ("tiktok", {"duration_s": 601.0}, "601.0 s long, 3 to 600"),
        ("instagram_reels", {"size_bytes": 300_000_001}, "300 MB"),
        ("instagram_reels", {"duration_s": 2.5}, "2.5 s long"),
        ("facebook_reels", {"duration_s": 90.5}, "3 to 90"),
        ("facebook_reels", {"width": 1080, "height": 1080}, "not 9:16"),
        ("facebook_reels", {"width": 405, "height": 720}, "at least 540x960"),
        ("facebook_reels", {"fps": 23.976}, "24 to 60"),
        ("tiktok", {"fps": 120.0}, "23 to 60"),
        ("tiktok", {"width": 4320, "height": 7680}, "at most 4096x4096"),
        ("tiktok", {"video_codec": "mpeg4"}, "mpeg4, not h264"),
        ("tiktok", {"audio_codec": ""}, "none, not aac"),
    ],
)
def test_what_a_platform_would_refuse_is_said_and_not_written(
    video: VideoFile, tmp_path: Path, target: Target, changes: dict[str, Any], said: str
) -> None:
    request = make(dataclasses.replace(video, **changes), target)
    assert said in "; ".join(check(request))
    with pytest.raises(InvalidInputError, match=r"orbit-20261119-2.*publish\.packages"):
        write_package(request, tmp_path / "1-a-tiktok")
    assert list(tmp_path.iterdir()) == []


def test_covers_are_checked(video: VideoFile) -> None:
    assert check(make(video, cover=b"\x89PNG")) == ["the cover is no JPEG"]
    large = jpeg() + bytes(8_000_000)
    assert "8 MB" not in "".join(check(make(video, cover=large)))
    assert "at most 8" in "".join(check(make(video, "instagram_reels", cover=large)))


@pytest.mark.parametrize("target", TARGETS)
def test_long_texts_give_way_but_sources_and_disclosures_do_not(
    video: VideoFile, target: Target
) -> None:
    sources = tuple(f"Document {number}, Publisher: https://x.org/{number}" for number in range(9))
    links = (("A telescope", "https://shop.example/t?tag=1"),)
    request = make(video, target, summary="word 🚀 " * 900, sources=sources, affiliate_links=links)
    text = caption(request)
    assert LIMITS[target].caption_units - 10 < utf16_units(text) <= LIMITS[target].caption_units
    assert "word…" in text or "🚀…" in text
    assert all(source in text for source in sources)
    assert "Advertisement" in text
    assert ("https://shop.example/t?tag=1" in text) == LIMITS[target].links_work
    assert check(request) == []
    full = make(video, target, sources=tuple(f"{number} {'s' * 90}" for number in range(40)))
    assert "Two people" not in caption(full)
    assert "sources and credits alone are too long" in "".join(check(full))


def test_what_is_to_be_ticked_follows_from_what_is_in_it(video: VideoFile) -> None:
    text = disclosure(make(video))
    assert "[x] More options: AI-generated content" in text
    assert "the narration is a synthetic voice" in text
    assert "[ ] More options: Disclose post content" in text
    links = (("A telescope", "https://shop.example/t"),)
    both = disclosure(make(video, "facebook_reels", generated_pictures=True, affiliate_links=links))
    assert "[x] Reel settings: AI label" in both
    assert "pictures were generated by AI" in both
    assert "[x] Reel settings: Paid partnership label" in both
    assert "A telescope" in both
    own = make(video, synthetic_voice=False)
    assert "[ ] More options: AI-generated content" in disclosure(own)
    assert "How this was made" not in caption(own)


def test_hashtags_are_few_clean_and_counted(video: VideoFile) -> None:
    tags = ("#Space", "#space", "no sign", "#two words", "#a", "#b", "#c", "#d", "#e", "#f")
    request = make(video, hashtags=tags)
    assert hashtags_of(request) == ("#Space", "#a", "#b", "#c", "#d")
    assert any("hashtags fit" in note for note in notes(request))
    assert notes(make(video)) == []


def test_text_from_outside_mentions_nobody_and_turns_nothing_around(video: VideoFile) -> None:
    request = make(
        video,
        title="A\u202etitle\nwith @someone",
        sources=("About #evil <script>\x00\x1b[31m",),
        summary="mail me@x.org 👩\u200d🚀",
    )
    text = caption(request)
    assert text.splitlines()[0] == "Atitle with \uff20someone"
    assert "\uff03evil <script> [31m" in text
    assert "👩\u200d🚀" in text
    assert "@" not in text
    assert text.count("#") == 2
    assert request.name == "2-a-title-with-someone-tiktok"
    for title, name in (("../../etc", "2-etc-tiktok"), ("日本", "2-video-tiktok")):
        assert make(video, title=title).name == name


@given(st.text(max_size=300), st.integers(0, 200))
def test_shortening_never_exceeds_and_only_cuts_at_words(text: str, units: int) -> None:
    words = plain(text)
    cut = shortened(words, units)
    assert utf16_units(cut) <= max(units, 0)
    if cut != words and cut:
        assert cut.endswith("…")
        assert words.startswith(cut[:-1])
    assert "\n" not in words


def test_the_best_format_is_taken() -> None:
    tall, wide, square = (1080, 1920), (1920, 1080), (1080, 1080)
    both = {"youtube_shorts": tall, "instagram_reels": tall}
    assert choose_format("tiktok", both) == "instagram_reels"
    assert choose_format("tiktok", {**both, "tiktok": tall}) == "tiktok"
    assert choose_format("facebook_reels", {"youtube_shorts": tall}) == "youtube_shorts"
    assert choose_format("facebook_reels", {"new": (1080, 1350), "other": tall}) == "other"
    assert choose_format("tiktok", {"square": square, "youtube_long": wide}) is None


def test_a_file_of_another_format_is_noted(video: VideoFile) -> None:
    other = dataclasses.replace(video, format="youtube_shorts")
    assert "the buttons of TikTok cover the captions" in "".join(notes(make(other)))
