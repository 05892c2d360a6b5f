"""What the checks find in a stream that was damaged in one place."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ytempire_assets.video.ffmpeg import find_ffmpeg
from ytempire_assets.video.stream_checks import check_stream
from ytempire_assets.video.streams import make_stream

from .streaming import SMALL_LADDER, moving_picture, small_stream


@pytest.fixture(scope="module")
def sound_stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stream of nine seconds, not to be changed."""
    folder = tmp_path_factory.mktemp("sound")
    small_stream(folder)
    return folder / "stream"


@pytest.fixture
def copy(sound_stream: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    return Path(shutil.copytree(sound_stream, tmp_path / "copy"))


def replace(path: str, old: str, new: str) -> Callable[[Path], None]:
    """Changes a text of the stream, once."""

    def damage(stream: Path) -> None:
        text = (stream / path).read_text()
        assert re.search(old, text)
        (stream / path).write_text(re.sub(old, new, text, count=1))

    return damage


def remove(path: str) -> Callable[[Path], None]:
    return lambda stream: (stream / path).unlink()


def cut(path: str) -> Callable[[Path], None]:
    """Keeps the first hundred bytes."""
    return lambda stream: os.truncate(stream / path, 100)


def misalign(stream: Path) -> None:
    """Segments of other lengths in one rendition."""
    video = moving_picture(stream.parent / "video.mp4", 9.0)
    make_stream(
        video, stream.parent / "other", ffmpeg=find_ffmpeg(), ladder=SMALL_LADDER[:1], segment_s=3.0
    )
    shutil.rmtree(stream / "240p")
    (stream.parent / "other" / "240p").rename(stream / "240p")


def swap_segments(stream: Path) -> None:
    first, second = stream / "360p" / "0000.m4s", stream / "360p" / "0001.m4s"
    first.rename(stream / "aside")
    second.rename(first)
    (stream / "aside").rename(second)


def hide_key_frame(stream: Path) -> None:
    """Makes a segment's first picture one that needs others, by the type of its NAL unit."""
    path = stream / "360p" / "0001.m4s"
    data = path.read_bytes()
    start = data.index(b"\x65\x88", data.index(b"mdat"))
    path.write_bytes(data[:start] + b"\x61" + data[start + 1 :])


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (remove("master.m3u8"), r"master\.m3u8 .* cannot be read"),
        (replace("master.m3u8", "(?s).*", "nothing"), "lists no renditions"),
        (remove("360p/0001.m4s"), r"360p/0001\.m4s is named but not there"),
        (remove("audio/0001.m4s"), r"audio/0001\.m4s is named but not there"),
        (remove("480p/init.mp4"), r"480p/init\.mp4 is named but not there"),
        (remove("240p/index.m3u8"), r"240p/index\.m3u8 is named but not there"),
        (cut("360p/0001.m4s"), r"360p/0001\.m4s cannot be read"),
        (cut("360p/init.mp4"), r"init\.mp4 cannot be read"),
        (replace("360p/index.m3u8", "0000.m4s", "../../video.mp4"), "lies outside the stream"),
        (replace("360p/index.m3u8", "EXTINF:4.0", "EXTINF:3.5"), r"declared as 3\.5"),
        (replace("360p/index.m3u8", "EXTINF:4.0", "EXTINF:3.5"), r"360p: lasts 8\.5"),
        (replace("360p/index.m3u8", "DURATION:4", "DURATION:3"), "over the target of 3 s"),
        (replace("360p/index.m3u8", "#EXT-X-ENDLIST", ""), "not a finished video"),
        (replace("master.m3u8", "#EXT-X-INDEPENDENT-SEGMENTS", ""), "independent segments"),
        (replace("master.m3u8", "=240x426", "=240x428"), r"240p: RESOLUTION is \(240, 428\)"),
        (replace("master.m3u8", "avc1.6400", "avc1.4200"), r"240p: CODECS are 'avc1\.42"),
        (replace("master.m3u8", ",mp4a.40.2", ""), r"240p: CODECS are 'avc1\.6400..', but"),
        (replace("master.m3u8", r":BANDWIDTH=\d", ":BANDWIDTH="), "240p: BANDWIDTH is"),
        (replace("master.m3u8", r"AGE-BANDWIDTH=\d", "AGE-BANDWIDTH="), "240p: AVERAGE-BANDWID"),
        (replace("master.m3u8", "RATE=30", "RATE=25"), r"240p: FRAME-RATE is 25\.0"),
        (replace("master.m3u8", "SDR", "PQ"), "240p: VIDEO-RANGE is PQ"),
        (replace("master.m3u8", 'SDR,AUDIO="audio"', 'SDR,AUDIO="other"'), "no audio group"),
        (misalign, "360p: its segments do not begin where those of 240p do"),
        (swap_segments, r"360p/0000\.m4s: starts at 4\.000 s, expected at 0\.000 s"),
        (hide_key_frame, r"360p/0001\.m4s: does not start with a key frame"),
        (remove("sprites.jpg"), r"sprites\.jpg is named but not there"),
        (cut("sprites.jpg"), r"sprites\.jpg cannot be read"),
        (replace("thumbnails.vtt", "xywh=288,0", "xywh=1288,0"), "tile at 2.000 s lies outside"),
        (replace("thumbnails.vtt", "03.000 -->", "03.500 -->"), "nothing is shown from 3.000"),
        (replace("thumbnails.vtt", "00:00:09.000", "00:00:08.500"), r"ends at 8\.500 s"),
        (replace("thumbnails.vtt", "WEBVTT", "WEBTV"), "is not a WebVTT track"),
        (remove("thumbnails.vtt"), r"thumbnails\.vtt cannot be read"),
    ],
)
def test_every_damage_is_found(copy: Path, damage: Callable[[Path], None], found: str) -> None:
    damage(copy)
    problems = check_stream(copy, 9.0)
    assert any(re.search(found, problem) for problem in problems), problems


def test_a_stream_of_another_length_is_not_this_videos(sound_stream: Path) -> None:
    problems = check_stream(sound_stream, 9.5)
    assert len(problems) == 5  # three renditions, the sound, the tiles
    assert all("9.500 s" in problem for problem in problems)
