"""Real renders of a second or two: frames, colours, captions, and what a failure leaves behind."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ytempire_assets.errors import InvalidInputError, PermanentError, StorageError
from ytempire_assets.loudness import measure_loudness
from ytempire_assets.video.burned_captions import to_ass
from ytempire_assets.video.captions import Word, build_cues
from ytempire_assets.video.ffmpeg import find_ffmpeg
from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.layouts import design_scene
from ytempire_assets.video.look import Look, rgb
from ytempire_assets.video.measure import probe
from ytempire_assets.video.render import render_video
from ytempire_assets.video.timeline import (
    Timeline,
    build_timeline,
    transition_frames,
    write_layers,
)

from .samples import BRAND, BRIEFS, DARK, TINY, TINY_WIDE, frames_of, near, plain_layer, tone

COLOURS = ("#D02030", "#20B040", "#2040D0")


def plain_timeline(folder: Path, lengths: tuple[float, ...] = (0.71, 0.93, 0.52)) -> Timeline:
    scenes = [
        (seconds, [plain_layer(folder / f"{index}.png", COLOURS[index], TINY)])
        for index, seconds in enumerate(lengths)
    ]
    return build_timeline(TINY, scenes, tone(folder / "tone.wav", sum(lengths)))


def one_scene(folder: Path, words: list[Word], look: Look, fmt: VideoFormat) -> Timeline:
    """A second of empty ground with captions."""
    layer = plain_layer(folder / "ground.png", look.background, fmt)
    audio = tone(folder / "tone.wav", 1.0)
    return build_timeline(fmt, [(1.0, [layer])], audio, build_cues(words, max_characters=60))


def test_frames_and_cuts_are_exact(tmp_path: Path) -> None:
    timeline, out = plain_timeline(tmp_path), tmp_path / "out.mp4"
    shares: list[float] = []
    render_video(timeline, "", out, on_progress=shares.append)
    frames = frames_of(out)
    assert len(frames) == timeline.total_frames == 65
    assert [scene.start_frame for scene in timeline.scenes] == [0, 21, 49]
    for index in (1, 2):
        before, scene = timeline.scenes[index - 1], timeline.scenes[index]
        length = transition_frames(before, scene)
        cut = scene.start_frame
        middle = [frame[200:280, 100:170].mean(axis=(0, 1)) for frame in frames]
        old, new = np.array(rgb(COLOURS[index - 1])), np.array(rgb(COLOURS[index]))
        assert np.abs(middle[cut - 1] - old).max() < 8
        for step in range(length):
            share = (step + 0.5) / length
            expected = old + (new - old) * share
            assert np.abs(middle[cut + step] - expected).max() < 16, (index, step)
        assert np.abs(middle[cut + length] - new).max() < 8
    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def test_the_file_is_what_platforms_want(tmp_path: Path) -> None:
    timeline, out = plain_timeline(tmp_path), tmp_path / "out.mp4"
    render_video(timeline, "", out)
    facts = probe(out)
    assert (facts.width, facts.height, facts.frames) == (270, 480, 65)
    assert facts.fps == 30
    assert facts.duration_s == pytest.approx(65 / 30, abs=0.03)
    assert (facts.video_codec, facts.pixel_format) == ("h264", "yuv420p")
    assert (facts.color_space, facts.color_range) == ("bt709", "tv")
    assert (facts.audio_codec, facts.sample_rate) == ("aac", 48000)
    assert facts.size_bytes == out.stat().st_size
    head = out.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat")
    # Mono becomes stereo at 3 dB less in each channel: as loud as it was measured.
    loud, voice = (measure_loudness(path, find_ffmpeg()) for path in (out, timeline.audio))
    assert loud.integrated_lufs == pytest.approx(voice.integrated_lufs, abs=0.3)
    assert loud.true_peak_dbtp == pytest.approx(voice.true_peak_dbtp - 3, abs=0.5)


def test_designed_scenes_arrive_complete(tmp_path: Path) -> None:
    """Everything that enters is in its place at the end, in its own colour."""
    design = design_scene(replace(BRIEFS["statement"], duration_s=1.6), DARK, TINY, BRAND)
    layers = write_layers(design, tmp_path, "s")
    timeline = build_timeline(TINY, [(1.6, layers)], tone(tmp_path / "tone.wav", 1.6))
    render_video(timeline, "", tmp_path / "out.mp4")
    frames = frames_of(tmp_path / "out.mp4")
    marker = next(layer for layer in layers if layer.name.startswith("marker"))
    box = np.s_[marker.y : marker.y + marker.height, marker.x : marker.x + marker.width]
    lit = [float(near(frame[box], DARK.accent, 90).mean()) for frame in frames]
    assert lit[0] == 0.0
    assert lit[-1] > 0.4
    # Uncovered from the left: once there is colour it is at the left edge.
    first = next(index for index, share in enumerate(lit) if share > 0.02)
    columns = np.flatnonzero(near(frames[first][box], DARK.accent, 90).sum(axis=0))
    assert columns.min() < marker.width // 4
    assert columns.max() < marker.width * 3 // 4


def test_progress_fills_until_the_scene_ends(tmp_path: Path) -> None:
    """Also when the voice takes longer than the script had estimated."""
    design = design_scene(replace(BRIEFS["statement"], duration_s=0.8), DARK, TINY_WIDE, BRAND)
    files = write_layers(design, tmp_path, "s")
    progress = next(layer for layer in files if layer.name == "progress")
    ground = plain_layer(tmp_path / "ground.png", DARK.background, TINY_WIDE)
    audio = tone(tmp_path / "tone.wav", 1.6)
    timeline = build_timeline(TINY_WIDE, [(1.6, [ground, progress])], audio)
    render_video(timeline, "", tmp_path / "out.mp4")
    lit = [float(frame[:, :, 1].astype(int).sum()) for frame in frames_of(tmp_path / "out.mp4")]
    shares = [(lit[index] - lit[0]) / (lit[-1] - lit[0]) for index in (12, 24, 36)]
    assert shares == pytest.approx([0.25, 0.5, 0.75], abs=0.08)


def test_the_backdrop_drifts_one_way(tmp_path: Path) -> None:
    design = design_scene(replace(BRIEFS["statement"], duration_s=1.0), DARK, TINY, BRAND)
    layers = write_layers(design, tmp_path, "s")[:1]
    timeline = build_timeline(TINY, [(1.0, layers)], tone(tmp_path / "tone.wav", 1.0))
    render_video(timeline, "", tmp_path / "out.mp4")
    frames = frames_of(tmp_path / "out.mp4")
    first, last = frames[0].astype(int), frames[29].astype(int)
    moved = np.abs(first[29:] - last[:-29]).mean()
    assert moved < 2.5
    assert moved < 0.5 * np.abs(first - last).mean()


@pytest.mark.parametrize(("look", "fmt"), [(DARK, TINY), (DARK, TINY_WIDE)])
def test_the_spoken_word_is_lit_where_it_stands(
    tmp_path: Path, look: Look, fmt: VideoFormat
) -> None:
    words = [Word("alpha", 0.0, 0.3), Word("beta", 0.35, 0.6), Word("gamma", 0.65, 0.95)]
    timeline = one_scene(tmp_path, words, look, fmt)
    render_video(timeline, to_ass(timeline.captions, look, fmt), tmp_path / "out.mp4")
    frames = frames_of(tmp_path / "out.mp4")
    box = fmt.captions_box
    centres = []
    for moment in (0.2, 0.5, 0.8):
        lit = near(frames[round(moment * 30)], look.accent, 110)
        rows, columns = np.nonzero(lit)
        assert len(rows) > 20
        assert box.y <= rows.min() <= rows.max() < box.bottom
        assert box.x <= columns.min() <= columns.max() < box.right
        centres.append(columns.mean())
    assert centres == sorted(centres)
    assert centres[2] - centres[0] > 20
    plain = near(frames[6], look.ink, 90)
    assert plain.sum() > 40  # the words that wait are there, in ink


HOSTILE = [
    "{\\an8}top", "a\\Nb", "a\\hb", "100%", "{", "}", "\\", "{\\p1}m", "\\{x\\}", "{\\fs200}big",
    "a,b,,c", "<b>x</b>", "{\\pos(9,9)}p",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_caption_is_a_command(tmp_path: Path, text: str) -> None:
    timeline = one_scene(tmp_path, [Word(text, 0.0, 1.0)], DARK, TINY_WIDE)
    timeline = replace(timeline, scenes=(replace(timeline.scenes[0], frames=3),))
    render_video(timeline, to_ass(timeline.captions, DARK, TINY_WIDE), tmp_path / "out.mp4")
    frame = frames_of(tmp_path / "out.mp4")[2]
    lit = near(frame, DARK.accent, 130)
    rows, columns = np.nonzero(lit)
    box = TINY_WIDE.captions_box
    assert len(rows) > 3, "the word is not drawn"
    assert box.y <= rows.min()
    assert rows.max() < box.bottom + 4
    # As wide as the letters it has: neither eaten as a tag nor turned into two lines.
    harmless = text.replace("{", "(").replace("}", ")").replace("\\", "/")
    twin = one_scene(tmp_path, [Word(harmless, 0.0, 1.0)], DARK, TINY_WIDE)
    twin = replace(twin, scenes=(replace(twin.scenes[0], frames=3),))
    render_video(twin, to_ass(twin.captions, DARK, TINY_WIDE), tmp_path / "twin.mp4")
    expected = np.nonzero(near(frames_of(tmp_path / "twin.mp4")[2], DARK.accent, 130))[1]
    assert np.ptp(columns) == pytest.approx(np.ptp(expected), abs=6 + 0.06 * np.ptp(expected))


def test_paths_may_hold_anything(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s, a [dir]: 100%d \\ "q" é'
    folder.mkdir()
    timeline, out = plain_timeline(folder, (0.3,)), folder / "my video; it's [1]:%d.mp4"
    render_video(timeline, "", out)
    assert probe(out).frames == 9


def leftovers(folder: Path, before: set[str]) -> set[str]:
    return {path.name for path in folder.iterdir()} - before


def running_below(folder: Path) -> list[str]:
    """Command lines of live processes that mention ``folder``; Linux."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(folder) in line and entry.name != str(os.getpid()) and "ffmpeg" in line:
            found.append(line)
    return found


def test_an_interrupted_render_leaves_nothing(tmp_path: Path) -> None:
    timeline, target = plain_timeline(tmp_path, (4.0, 4.0, 4.0)), tmp_path / "made"
    target.mkdir()

    def interrupt(_share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render_video(timeline, "", target / "out.mp4", on_progress=interrupt)
    assert list(target.iterdir()) == []
    assert running_below(target) == []


def script(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_failing_ffmpeg_is_quoted_and_leaves_nothing(tmp_path: Path) -> None:
    timeline = plain_timeline(tmp_path, (0.3,))
    before = {path.name for path in tmp_path.iterdir()} | {"ffmpeg"}
    program = script(tmp_path / "ffmpeg", "echo 'Unknown encoder libx264' >&2; exit 8")
    with pytest.raises(PermanentError, match=r"ended with 8.*Unknown encoder libx264"):
        render_video(timeline, "", tmp_path / "out.mp4", ffmpeg=program)
    assert leftovers(tmp_path, before) == set()


def test_a_broken_picture_names_the_scene(tmp_path: Path) -> None:
    timeline = plain_timeline(tmp_path)
    timeline.scenes[1].layers[0].path.write_bytes(b"not a picture")
    with pytest.raises(PermanentError, match="scene 2"):
        render_video(timeline, "", tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_an_old_file_survives_a_failure(tmp_path: Path) -> None:
    timeline, out = plain_timeline(tmp_path, (0.3,)), tmp_path / "out.mp4"
    out.write_bytes(b"the old one")
    with pytest.raises(PermanentError):
        render_video(timeline, "", out, ffmpeg=script(tmp_path / "ffmpeg", "exit 1"))
    assert out.read_bytes() == b"the old one"


def test_a_full_disk_is_a_storage_error(tmp_path: Path) -> None:
    """The real ffmpeg, writing its file to the device that is always full."""
    real = find_ffmpeg()
    program = script(
        tmp_path / "ffmpeg",
        f'for last; do :; done\ncase "$last" in pipe:1) exec "{real}" "$@";; esac\n'
        f'n=$#; i=1; set -- "$@" x\n'
        'while [ $i -lt $n ]; do a=$1; shift; set -- "$@" "$a"; i=$((i+1)); done\n'
        f'shift 2; exec "{real}" "$@" file:/dev/full',
    )
    timeline = plain_timeline(tmp_path, (0.3,))
    with pytest.raises(StorageError, match="no space left for"):
        render_video(timeline, "", tmp_path / "out.mp4", ffmpeg=program)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    timeline = plain_timeline(tmp_path, (0.3,))
    (tmp_path / "file").write_text("")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    places = [tmp_path / "missing" / "out.mp4", tmp_path / "file" / "out.mp4"]
    if os.geteuid() != 0:  # nothing is closed to root
        places.append(closed / "out.mp4")
    for out in places:
        with pytest.raises(StorageError) as caught:
            render_video(timeline, "", out)
        assert str(out) in caught.value.problem
        assert str(out.parent) in caught.value.next_step


def test_missing_inputs_and_programs_are_named(tmp_path: Path) -> None:
    timeline = plain_timeline(tmp_path, (0.3,))
    gone = replace(timeline, audio=tmp_path / "gone.wav")
    with pytest.raises(InvalidInputError, match=r"gone\.wav is not there"):
        render_video(gone, "", tmp_path / "out.mp4")
    with pytest.raises(InvalidInputError, match="not an executable"):
        find_ffmpeg(str(tmp_path / "no-ffmpeg"))
    assert find_ffmpeg().is_file()
    assert find_ffmpeg("sh").name == "sh"


def test_what_is_not_a_video_cannot_be_measured(tmp_path: Path) -> None:
    text = tmp_path / "a.mp4"
    text.write_text("not a video")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        probe(text)
    with pytest.raises(PermanentError, match="loudness of"):
        measure_loudness(text, find_ffmpeg())
