"""Real streams of small videos: what is in them, and what a failure leaves behind."""

from __future__ import annotations

import io
import re
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ytempire_assets.errors import InvalidInputError, PermanentError, StorageError
from ytempire_assets.video.ffmpeg import find_ffmpeg
from ytempire_assets.video.playlists import bit_rates
from ytempire_assets.video.sprites import plan_sheet, thumbnails_track
from ytempire_assets.video.stream_checks import check_stream
from ytempire_assets.video.streams import LADDER, Rung, StreamFacts, _even, make_stream

from .samples import frames_of
from .streaming import SMALL_LADDER, SOUND_STARTS_S, moving_picture, small_stream

TINY_LADDER = (Rung(120, 200_000),)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, StreamFacts]:
    """The folder with ``video.mp4`` and its ``stream``, not to be changed."""
    folder = tmp_path_factory.mktemp("made")
    return folder, small_stream(folder)


def test_every_rendition_that_fits_is_there_and_sound(made: tuple[Path, StreamFacts]) -> None:
    folder, facts = made
    assert [(one.name, one.width, one.height) for one in facts.renditions] == [
        ("240p", 240, 426), ("360p", 360, 640), ("480p", 480, 854),
    ]  # fmt: skip
    assert facts.duration_s == 9.0
    assert facts.cpu_s > 0
    assert check_stream(folder / "stream", facts.duration_s) == []
    files = [path for path in (folder / "stream").rglob("*") if path.is_file()]
    assert sorted(path.relative_to(folder / "stream").as_posix() for path in files) == list(
        facts.files
    )
    assert sum(path.stat().st_size for path in files) == facts.size_bytes
    audio = (folder / "stream" / "audio").glob("*.m4s")
    sound = sum(path.stat().st_size for path in audio) * 8 / facts.duration_s
    for rung, rendition in zip(SMALL_LADDER, facts.renditions, strict=True):
        assert rendition.average_bandwidth - sound <= rung.bits_per_s * 1.1
        assert rendition.bandwidth >= rendition.average_bandwidth


def test_sizes_of_the_real_ladder_are_even_and_no_larger_than_the_video() -> None:
    def sizes(width: int, height: int) -> list[tuple[int, int]]:
        short = min(width, height)
        return [
            (_even(width, rung.short_side / short), _even(height, rung.short_side / short))
            for rung in LADDER
            if rung.short_side <= short
        ]

    assert sizes(1080, 1920) == [(240, 426), (360, 640), (480, 854), (720, 1280), (1080, 1920)]
    assert sizes(1920, 1080) == [(426, 240), (640, 360), (854, 480), (1280, 720), (1920, 1080)]
    assert sizes(1080, 1080)[0] == (240, 240)
    assert _even(135, 1.0) == 134


def test_the_master_playlist_says_what_players_choose_by(
    made: tuple[Path, StreamFacts],
) -> None:
    folder, facts = made
    text = (folder / "stream" / "master.m3u8").read_text()
    assert text.startswith("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n")
    assert text.count("TYPE=AUDIO") == 1
    for rendition in facts.renditions:
        line = next(line for line in text.split("\n") if f"={rendition.width}x" in line)
        assert f"BANDWIDTH={rendition.bandwidth}," in line
        assert f"AVERAGE-BANDWIDTH={rendition.average_bandwidth}," in line
        assert "FRAME-RATE=30.000," in line
        assert re.search(r'CODECS="avc1\.6400[0-9a-f]{2},mp4a\.40\.2"', line)
        assert "VIDEO-RANGE=SDR," in line
        assert 'AUDIO="audio"' in line
    media = (folder / "stream" / "240p" / "index.m3u8").read_text()
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in media
    assert media.rstrip().endswith("#EXT-X-ENDLIST")


def test_peak_rates_are_those_of_stretches_and_not_of_a_short_last_segment() -> None:
    # Its last tenth of a second alone would be a peak of 80 bits per second.
    assert bit_rates([4.0, 4.0, 0.1], [4, 8, 1], 4.0) == (18, 13)
    assert bit_rates([4.0, 2.0, 2.0], [4, 4, 4], 4.0) == (16, 12)
    assert bit_rates([0.4], [10], 4.0) == (200, 200)


def test_one_run_with_one_decode_makes_all_of_it(tmp_path: Path) -> None:
    video = moving_picture(tmp_path / "video.mp4", 1.0, size="270x480")
    log = tmp_path / "runs"
    program = script(
        tmp_path / "ffmpeg",
        f"echo run >> '{log}'; printf '%s\\n' \"$@\" >> '{log}'; exec '{find_ffmpeg()}' \"$@\"",
    )
    make_stream(video, tmp_path / "stream", ffmpeg=program, ladder=SMALL_LADDER)
    words = log.read_text().split("\n")
    assert words.count("run") == 1
    assert words.count("-i") == 1


def packets_of(folder: Path, segment: str) -> list[tuple[float, bool]]:
    """Decode time in seconds and key flag of every packet of a segment."""
    import av

    data = (folder / "init.mp4").read_bytes() + (folder / segment).read_bytes()
    with av.open(io.BytesIO(data), "r", format="mp4") as container:
        stream = container.streams[0]
        return [
            (float(packet.dts * stream.time_base), packet.is_keyframe)
            for packet in container.demux(stream)
            if packet.size and packet.dts is not None and stream.time_base is not None
        ]


def test_key_frames_stand_at_the_same_times_in_all_renditions(
    made: tuple[Path, StreamFacts],
) -> None:
    folder, facts = made
    for rendition in facts.renditions:
        path = folder / "stream" / rendition.name
        segments = sorted(file.name for file in path.glob("*.m4s"))
        packets = [packet for segment in segments for packet in packets_of(path, segment)]
        assert len(packets) == 270
        assert [time_s for time_s, key in packets if key] == [0.0, 2.0, 4.0, 6.0, 8.0]
        starts = [packets_of(path, segment)[0] for segment in segments]
        assert starts == [(0.0, True), (4.0, True), (8.0, True)]


def test_colours_keep_their_tags(made: tuple[Path, StreamFacts]) -> None:
    import av

    for rendition in made[1].renditions:
        with av.open(str(made[0] / "stream" / rendition.name / "init.mp4")) as container:
            context = container.streams.video[0].codec_context
            assert (int(context.colorspace), int(context.color_range)) == (1, 1)
            assert (int(context.color_primaries), int(context.color_trc)) == (1, 1)


@pytest.mark.parametrize("codec", ["aac", "libmp3lame"])
def test_the_sound_stays_where_it_was(tmp_path: Path, codec: str) -> None:
    import av

    video = moving_picture(tmp_path / "video.mp4", 2.0, size="120x214", audio=codec)
    make_stream(video, tmp_path / "stream", ffmpeg=find_ffmpeg(), ladder=TINY_LADDER)
    assert check_stream(tmp_path / "stream", 2.0) == []
    folder = tmp_path / "stream" / "audio"
    data = b"".join((folder / name).read_bytes() for name in ("init.mp4", "0000.m4s"))
    with av.open(io.BytesIO(data), "r", format="mp4") as container:
        frames = [(frame.time, frame.to_ndarray()[0]) for frame in container.decode(audio=0)]
    loud = next(
        (time_s or 0) + int(np.argmax(np.abs(wave) > 0.1)) / 48_000
        for time_s, wave in frames
        if np.abs(wave).max() > 0.1
    )
    assert loud == pytest.approx(SOUND_STARTS_S, abs=0.005)


def test_aac_is_copied_and_not_encoded_again(made: tuple[Path, StreamFacts]) -> None:
    import av

    folder, _ = made
    with av.open(str(folder / "video.mp4")) as container:
        source = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    audio = folder / "stream" / "audio"
    data = b"".join(
        path.read_bytes() for path in [audio / "init.mp4", *sorted(audio.glob("*.m4s"))]
    )
    with av.open(io.BytesIO(data), "r", format="mp4") as container:
        copied = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    assert copied == source[-len(copied) :]
    assert len(source) - len(copied) <= 1  # the encoder's run-in


@pytest.mark.parametrize(
    ("seconds", "options", "segments"),
    [
        pytest.param(0.4, {}, 1, id="shorter than a segment"),
        pytest.param(2.5, {"audio": None}, 3, id="without audio"),
        pytest.param(2.0, {"size": "271x123", "pixels": "yuv444p"}, 2, id="odd sizes"),
        pytest.param(2.002, {"fps": "30000/1001"}, 2, id="29.97 frames per second"),
        pytest.param(2.2, {"fps": "25", "size": "90x160"}, 3, id="smaller than the ladder"),
    ],
)
def test_unusual_videos_give_sound_streams(
    tmp_path: Path, seconds: float, options: dict[str, str], segments: int
) -> None:
    video = moving_picture(tmp_path / "video.mp4", seconds, **{"size": "120x214", **options})
    facts = make_stream(
        video, tmp_path / "stream", ffmpeg=find_ffmpeg(), ladder=TINY_LADDER, segment_s=1.0
    )
    assert facts.duration_s == pytest.approx(seconds, abs=0.04)
    assert check_stream(tmp_path / "stream", facts.duration_s) == []
    (rendition,) = facts.renditions
    assert rendition.width % 2 == rendition.height % 2 == 0
    assert len(list((tmp_path / "stream" / rendition.name).glob("*.m4s"))) == segments
    assert (tmp_path / "stream" / "audio").exists() is ("audio" not in options)


def test_tiles_show_the_middle_of_their_second_in_its_colours(
    made: tuple[Path, StreamFacts],
) -> None:
    folder, _ = made
    frames = frames_of(folder / "video.mp4")
    with Image.open(folder / "stream" / "sprites.jpg") as sheet:
        assert sheet.size == (9 * 144, 256)
        for tile in range(9):
            pixels = np.asarray(sheet.crop((tile * 144, 0, (tile + 1) * 144, 256)), dtype=float)
            start, middle, end = (
                np.abs(
                    np.asarray(Image.fromarray(frames[index]).resize((144, 256)), dtype=float)
                    - pixels
                ).mean()
                for index in (tile * 30, tile * 30 + 15, tile * 30 + 29)
            )
            assert middle < 0.7 * min(start, end), tile
            means = frames[tile * 30 + 15].mean(axis=(0, 1)) - pixels.mean(axis=(0, 1))
            assert np.abs(means).max() < 3, tile


def test_a_sheet_is_never_larger_than_ten_by_ten() -> None:
    for seconds in (1, 37, 99, 100, 101, 300, 3600):
        for fps in (Fraction(30), Fraction(30000, 1001)):
            frames = round(seconds * fps)
            sheet = plan_sheet(1920, 1080, frames, fps)
            assert sheet.tiles <= 100
            assert (sheet.columns <= 10, sheet.rows <= 10) == (True, True)
            assert sheet.columns * sheet.rows >= sheet.tiles
            assert (sheet.tiles - 1) * sheet.frames_per_tile < frames
            assert sheet.tiles * sheet.frames_per_tile >= frames
            track = thumbnails_track(sheet, float(frames / fps))
            assert track.count("-->") == sheet.tiles
    assert (sheet.tile_width, sheet.tile_height) == (256, 144)
    assert plan_sheet(1080, 1920, 30, Fraction(30)).tile_width == 144


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def video(tmp_path: Path) -> Path:
    return moving_picture(tmp_path / "video.mp4", 2.0, size="120x214")


def test_progress_goes_up_to_the_end(video: Path, tmp_path: Path) -> None:
    shares: list[float] = []
    make_stream(
        video, tmp_path / "s", ffmpeg=find_ffmpeg(), ladder=TINY_LADDER, on_progress=shares.append
    )
    assert all(one <= other for one, other in pairwise(shares))
    assert shares[-1] == 1.0


def test_an_interrupt_leaves_nothing(video: Path, tmp_path: Path) -> None:
    target = tmp_path / "made"
    target.mkdir()

    def interrupt(_share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_stream(video, target / "stream", ffmpeg=find_ffmpeg(), on_progress=interrupt)
    assert list(target.iterdir()) == []
    lines = [
        entry.read_bytes() for entry in Path("/proc").glob("[0-9]*/cmdline") if readable(entry)
    ]
    assert not [line for line in lines if str(video).encode() in line]


def readable(entry: Path) -> bool:
    try:
        entry.read_bytes()
    except OSError:
        return False
    return True


def test_a_failing_ffmpeg_is_quoted_and_leaves_nothing(video: Path, tmp_path: Path) -> None:
    program = script(tmp_path / "ffmpeg", "echo 'Unknown encoder libx264' >&2; exit 8")
    with pytest.raises(PermanentError, match=r"ended with 8.*Unknown encoder libx264"):
        make_stream(video, tmp_path / "stream", ffmpeg=program)
    assert {path.name for path in tmp_path.iterdir()} == {"video.mp4", "ffmpeg"}


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("sprites.jpg", r"no space left for .*/stream\."),
        # ffmpeg ends with 0 when these two are lost.
        ("120p/0000.m4s", r"/stream was not written as it was encoded: .*disk is not full"),
        ("audio/0000.m4s", r"/stream was not written as it was encoded: .*disk is not full"),
    ],
)
def test_a_full_disk_is_a_storage_error_and_leaves_nothing(
    video: Path, tmp_path: Path, file: str, message: str
) -> None:
    """The real ffmpeg, writing one file to the device that is always full."""
    program = script(tmp_path / "ffmpeg", f"ln -s /dev/full {file}; exec '{find_ffmpeg()}' \"$@\"")
    with pytest.raises(StorageError, match=message):
        make_stream(video, tmp_path / "stream", ffmpeg=program, ladder=TINY_LADDER)
    assert {path.name for path in tmp_path.iterdir()} == {"video.mp4", "ffmpeg"}


def test_what_cannot_be_used_is_named(video: Path, tmp_path: Path) -> None:
    real = find_ffmpeg()
    with pytest.raises(InvalidInputError, match=r"'x265' is not an encoder.*libx264"):
        make_stream(video, tmp_path / "stream", ffmpeg=real, encoder="x265")
    with pytest.raises(InvalidInputError, match=r"gone\.mp4 cannot be read"):
        make_stream(tmp_path / "gone.mp4", tmp_path / "stream", ffmpeg=real)
    with pytest.raises(InvalidInputError, match="exists already"):
        make_stream(video, tmp_path, ffmpeg=real)
    with pytest.raises(InvalidInputError, match="correct the ffmpeg setting"):
        make_stream(video, tmp_path / "stream", ffmpeg=tmp_path / "no-ffmpeg")
    with pytest.raises(StorageError, match="exists and is writable"):
        make_stream(video, tmp_path / "missing" / "stream", ffmpeg=real)
    assert {path.name for path in tmp_path.iterdir()} == {"video.mp4"}
