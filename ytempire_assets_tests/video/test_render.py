"""Real renders of a second or two: frames, colours, sound, and what a failure leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from ytempire_assets.errors import InvalidInputError, PermanentError, StorageError
from ytempire_assets.loudness import measure_loudness
from ytempire_assets.video.composition import Composition, lay_out
from ytempire_assets.video.encoder import ENCODINGS, Encoding, choose_encoder, encoder_problem
from ytempire_assets.video.ffmpeg import find_ffmpeg
from ytempire_assets.video.look import rgb
from ytempire_assets.video.measure import probe
from ytempire_assets.video.render import Rendered, render_video
from ytempire_assets.video.timeline import Timeline, Transition

from .samples import TINY, frames_of, plain_layer, spoken, tone

COLOURS = ("#D02030", "#20B040", "#2040D0")
LENGTHS = (0.71, 0.93, 0.52)


class Job:
    """Three plain scenes with a tone, ready to render into a folder."""

    def __init__(
        self,
        folder: Path,
        lengths: tuple[float, ...] = LENGTHS,
        transition: Transition = "dissolve",
    ) -> None:
        self.folder = folder
        self.timeline: Timeline = spoken(lengths, transition=transition)
        layers = {
            index + 1: [plain_layer(folder / f"{index}.png", COLOURS[index % 3], TINY)]
            for index in range(len(lengths))
        }
        self.composition: Composition = lay_out(self.timeline, TINY, layers)
        self.voice = tone(folder / "tone.wav", sum(lengths))

    def render(self, out: Path, **options: object) -> Rendered:
        return render_video(self.timeline, self.composition, self.voice, out, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("transition", ["dissolve", "push", "cut"])
def test_frames_and_cuts_are_exact(tmp_path: Path, transition: Transition) -> None:
    job, out = Job(tmp_path, transition=transition), tmp_path / "out.mp4"
    shares: list[float] = []
    done = job.render(out, on_progress=shares.append)
    frames = frames_of(out)
    assert len(frames) == job.composition.total_frames == done.frames == 65
    scenes = job.composition.scenes
    assert [scene.start_frame for scene in scenes] == [0, 21, 49]
    middle = [frame[200:280, 100:170].mean(axis=(0, 1)) for frame in frames]
    for index in (1, 2):
        cut, length = scenes[index].start_frame, scenes[index].transition_frames
        old, new = np.array(rgb(COLOURS[index - 1])), np.array(rgb(COLOURS[index]))
        assert np.abs(middle[cut - 1] - old).max() < 8
        assert np.abs(middle[cut + length] - new).max() < 8
        if transition == "dissolve":
            for step in range(length):
                expected = old + (new - old) * (step + 0.5) / length
                assert np.abs(middle[cut + step] - expected).max() < 16, (index, step)
    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def test_a_push_moves_both_scenes_together(tmp_path: Path) -> None:
    job, out = Job(tmp_path, (1.0, 1.0), "push"), tmp_path / "out.mp4"
    job.render(out)
    frames = frames_of(out)
    green = [(frame[:, :, 1] > frame[:, :, 0]).mean() for frame in frames[29:45]]
    assert green[0] == 0.0
    assert green[-1] == 1.0
    assert green == sorted(green)
    moving = frames[34]
    edge = np.flatnonzero(moving[:, 135, 1] > moving[:, 135, 0]).min()
    assert (moving[edge + 4 :, :, 1] > moving[edge + 4 :, :, 0]).all()
    assert (moving[: edge - 4, :, 1] < moving[: edge - 4, :, 0]).all()


def test_the_file_is_what_platforms_want(tmp_path: Path) -> None:
    job, out = Job(tmp_path), tmp_path / "out.mp4"
    done = job.render(out)
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
    assert measure_loudness(out, find_ffmpeg()).integrated_lufs == pytest.approx(-14, abs=0.5)
    assert done.cpu_s > 0
    assert 20 < done.peak_rss_mb < 400


def test_paths_may_hold_anything(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s, a [dir]: 100%d \\ "q" é'
    folder.mkdir()
    job, out = Job(folder, (0.5,)), folder / "my video; it's [1]:%d.mp4"
    job.render(out)
    assert probe(out).frames == 15


def test_the_same_job_gives_the_same_bytes(tmp_path: Path) -> None:
    job = Job(tmp_path)
    for name in ("a.mp4", "b.mp4"):
        job.render(tmp_path / name, threads=1)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def running_below(folder: Path) -> list[str]:
    """Command lines of live workers that write below ``folder``; Linux."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            links = [str(link.readlink()) for link in (entry / "fd").iterdir()]
        except OSError:
            continue
        if "video.worker" in line and any(str(folder) in link for link in links):
            found.append(line)
    return found


def test_an_interrupted_render_leaves_nothing(tmp_path: Path) -> None:
    job, target = Job(tmp_path, (30.0, 30.0, 30.0)), tmp_path / "made"
    target.mkdir()

    def interrupt(_share: float) -> None:
        assert running_below(target)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job.render(target / "out.mp4", on_progress=interrupt)
    assert list(target.iterdir()) == []
    assert running_below(target) == []


def test_a_killed_parent_takes_its_render_with_it(tmp_path: Path) -> None:
    """SIGKILL: nobody can clean up, yet no file with the video's name appears and nothing runs."""
    target = tmp_path / "made"
    target.mkdir()
    code = (
        "from pathlib import Path\n"
        "from ytempire_assets_tests.video.test_render import Job\n"
        f"job = Job(Path({str(tmp_path)!r}), (60.0, 60.0, 60.0))\n"
        f"out = Path({str(target)!r}) / 'out.mp4'\n"
        "job.render(out, on_progress=lambda share: print(share, flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline()  # it renders
        assert running_below(target)
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    gone = threading.Event()
    while running_below(target) and time.monotonic() < deadline:
        gone.wait(0.05)
    assert running_below(target) == []
    assert [path.name for path in target.iterdir() if not path.name.startswith(".")] == []


def test_a_worker_that_dies_is_one_failed_video(tmp_path: Path) -> None:
    job, target = Job(tmp_path, (30.0, 30.0, 30.0)), tmp_path / "made"
    target.mkdir()

    def kill(_share: float) -> None:
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                links = [str(link.readlink()) for link in (entry / "fd").iterdir()]
                worker = b"video.worker" in (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if worker and any(str(target) in link for link in links):
                os.kill(int(entry.name), signal.SIGKILL)

    with pytest.raises(PermanentError, match=r"out\.mp4 ended with -9.*more memory"):
        job.render(target / "out.mp4", on_progress=kill)
    assert list(target.iterdir()) == []


def test_pictures_that_cannot_be_used_name_scene_and_file(tmp_path: Path) -> None:
    broken = {
        "0.png": b"not a picture",
        "1.png": (tmp_path / "0.png", b"\x89PNG\r\n\x1a\n" + bytes(20)),
    }
    for name in broken:
        job = Job(tmp_path)
        (tmp_path / name).write_bytes(b"not a picture")
        scene = int(name[0]) + 1
        with pytest.raises(InvalidInputError, match=rf"backdrop' of scene {scene}: .*{name}"):
            job.render(tmp_path / "out.mp4")
        assert not (tmp_path / "out.mp4").exists()


def test_an_old_file_survives_a_failure(tmp_path: Path) -> None:
    job, out = Job(tmp_path, (0.5,)), tmp_path / "out.mp4"
    out.write_bytes(b"the old one")
    (tmp_path / "0.png").write_bytes(b"")
    with pytest.raises(InvalidInputError):
        job.render(out)
    assert out.read_bytes() == b"the old one"
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_a_full_disk_is_a_storage_error(tmp_path: Path) -> None:
    """The real encoder writing to the device that is always full."""
    job = Job(tmp_path)
    out = tmp_path / "made" / "out.mp4"
    out.parent.mkdir()
    partial = out.with_name(f".rendering-{os.getpid()}-{threading.get_ident()}.partial")
    partial.symlink_to("/dev/full")
    with pytest.raises(StorageError, match="no space left"):
        job.render(out)
    assert list(out.parent.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    job = Job(tmp_path, (0.5,))
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "missing" / "out.mp4", tmp_path / "file" / "out.mp4"):
        with pytest.raises(StorageError) as caught:
            job.render(out)
        assert str(out) in caught.value.problem
        assert str(out.parent) in caught.value.next_step


def test_missing_inputs_and_programs_are_named(tmp_path: Path) -> None:
    job = Job(tmp_path, (0.5,))
    job.voice = tmp_path / "gone.wav"
    with pytest.raises(InvalidInputError, match=r"gone\.wav is not there"):
        job.render(tmp_path / "out.mp4")
    with pytest.raises(InvalidInputError, match="not an executable"):
        find_ffmpeg(str(tmp_path / "no-ffmpeg"))
    assert find_ffmpeg().is_file()
    assert find_ffmpeg("sh").name == "sh"


def test_encoders_are_tried_and_never_replaced_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert encoder_problem("libx264") is None
    assert choose_encoder("libx264").text.startswith("libx264, preset ")
    problem = encoder_problem("h264_nvenc")
    if problem is None:  # a machine with a GPU: it is used, and says so
        assert choose_encoder("auto").name == "h264_nvenc"
        return
    assert choose_encoder("auto").name == "libx264"
    with pytest.raises(InvalidInputError, match=r"h264_nvenc does not work.*YTEMPIRE_ENCODER"):
        choose_encoder("h264_nvenc")
    # A render that is told to use it fails too, it does not take another one.
    with pytest.raises(PermanentError, match="encoder"):
        Job(tmp_path).render(tmp_path / "out.mp4", encoding=ENCODINGS["h264_nvenc"])
    wrong = Encoding("libx264", {"preset": "no-such-preset"})
    with pytest.raises(PermanentError, match="encoder"):
        Job(tmp_path).render(tmp_path / "out.mp4", encoding=wrong)


def test_what_is_not_a_video_cannot_be_measured(tmp_path: Path) -> None:
    text = tmp_path / "a.mp4"
    text.write_text("not a video")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        probe(text)
    with pytest.raises(PermanentError, match="loudness of"):
        measure_loudness(text, find_ffmpeg())


def test_worker_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    short = Job(tmp_path, (1.0,) * 3).render(tmp_path / "short.mp4")
    (tmp_path / "long").mkdir()
    long = Job(tmp_path / "long", (1.0,) * 40).render(tmp_path / "long.mp4")
    assert long.peak_rss_mb < 1.15 * short.peak_rss_mb
