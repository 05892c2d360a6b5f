"""Our compositor with a pipe between it and the encoder: what encoding in process saves.

The same frames are drawn by a process of their own (``python -m benchmarks.pipe_way``) and written
raw into ffmpeg. Belongs here too: the encoder that every design with a pipe needs, and by what
designs are compared.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from ytempire_assets.video.composition import Composition
from ytempire_assets.video.compositor import Compositor
from ytempire_assets.video.encoder import AUDIO_BIT_RATE, ENCODINGS, SAMPLE_RATE_HZ
from ytempire_assets.video.ffmpeg import find_ffmpeg

PIPE_BYTES = 1 << 20
"""The largest pipe that Linux gives everyone: fewer switches between the two processes."""

TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
"""Raw frames carry no colour; said before filters that draw in colour, and for the file."""


def render(
    composition: Composition, sound: Path, out: Path, *, seconds: float | None = None
) -> tuple[float, float]:
    """Renders ``composition`` with the mixed ``sound`` to ``out``.

    Args:
        composition: What to see.
        sound: 48 kHz stereo WAV.
        out: Overwritten.
        seconds: Only so many of the video; all of it when not given.

    Returns:
        CPU-seconds of both processes, and wall seconds.

    Raises:
        SystemExit: A process failed; its own message is on standard error.
    """
    started = time.perf_counter()
    composition = cut(composition, seconds)
    with tempfile.TemporaryDirectory(prefix="ytempire-bench-") as name:
        job = Path(name) / "composition.json"
        job.write_text(composition.to_json(), encoding="utf-8")
        encoder, frames = start_encoder(composition, sound, out, TAGS, Path(name))
        try:
            drawing = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.pipe_way", str(job)], stdout=frames
            )
        finally:
            os.close(frames)  # or the encoder would wait for us to write
        cpu_s = cpu_until_end(drawing) + cpu_until_end(encoder)
    return cpu_s, time.perf_counter() - started


def cut(composition: Composition, seconds: float | None) -> Composition:
    """The first ``seconds`` of ``composition``; the last scene ends early."""
    left = composition.total_frames
    if seconds is not None:
        left = min(left, round(seconds * composition.fmt.fps))
    scenes = []
    for scene in composition.scenes:
        if left > 0:
            frames = min(scene.frames, left)
            lasts = min(scene.transition_frames, frames)
            scenes.append(replace(scene, frames=frames, transition_frames=lasts))
            left -= frames
    return replace(composition, scenes=tuple(scenes))


def start_encoder(
    composition: Composition, sound: Path, out: Path, filters: str, folder: Path
) -> tuple[subprocess.Popen[bytes], int]:
    """Starts ffmpeg in ``folder``: frames of a pipe through ``filters``, at our own settings.

    Returns:
        The process, and the end of its pipe to write raw NV12 frames to and then close.
    """
    fmt, encoding = composition.fmt, ENCODINGS["libx264"]
    options = [
        part
        for key, value in encoding.options.items()
        for part in (f"-{'profile:v' if key == 'profile' else key}", value)
    ]
    arguments = [
        str(find_ffmpeg()), "-hide_banner", "-y", "-loglevel", "error", "-filter_threads", "1",
        "-f", "rawvideo", "-pix_fmt", "nv12", "-video_size", f"{fmt.width}x{fmt.height}",
        "-framerate", str(fmt.fps), "-i", "pipe:0", "-i", f"file:{sound.absolute()}",
        "-map", "0:v", "-map", "1:a", "-vf", filters,
        "-af", f"apad,atrim=end={composition.duration_s:.6f}",
        "-c:v", encoding.name, *options, "-threads:v", "1", "-pix_fmt", "yuv420p",
        "-c:a", "aac", "-b:a", str(AUDIO_BIT_RATE), "-ar", str(SAMPLE_RATE_HZ), "-ac", "2",
        "-movflags", "+faststart", "-f", "mp4", f"file:{out.absolute()}",
    ]  # fmt: skip
    reading, writing = os.pipe()
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    try:
        process = subprocess.Popen(arguments, stdin=reading, cwd=folder)
    except BaseException:
        os.close(writing)
        raise
    finally:
        os.close(reading)
    return process, writing


def cpu_until_end(process: subprocess.Popen[bytes]) -> float:
    """Waits for a process; returns the CPU-seconds of it and of what it started.

    Raises:
        SystemExit: It failed.
    """
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{process.args!r} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


class LargestProcess:
    """The most memory that any one process started in the block held; Linux only.

    Read from ``/proc`` while it runs: what ``wait4`` tells counts what we held before the fork.
    """

    def __init__(self) -> None:
        self._peaks_mb: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> LargestProcess:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def peak_mb(self) -> float:
        """Resident megabytes."""
        return max(self._peaks_mb.values(), default=0.0)

    def _sample(self) -> None:
        while not self._stop.wait(0.05):
            # Threads and processes may be gone when they are read: the next sample has the rest.
            with contextlib.suppress(OSError):
                for children in Path("/proc/self/task").glob("*/children"):
                    for pid in children.read_text().split():
                        status = Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2]
                        if status:
                            # The latest, not the largest: before a child becomes its program it
                            # still shows our own memory.
                            self._peaks_mb[pid] = int(status.split()[0]) / 1024


def luma_frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    """The decoded luma planes of a video, (height, width)."""
    import av

    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            plane = frame.planes[0]
            whole = np.frombuffer(plane, np.uint8).reshape(frame.height, plane.line_size)
            yield whole[:, : frame.width]


def psnr_db(first: Path, second: Path) -> float:
    """How alike two videos are: PSNR of luma, the mean over frames; 100 for equal frames."""
    import cv2

    pairs = zip(luma_frames(first), luma_frames(second), strict=True)
    return float(np.mean([min(100.0, cv2.PSNR(one, other)) for one, other in pairs]))


def drift_unevenness_px(path: Path, composition: Composition) -> dict[str, float | None]:
    """How much the backdrop's steps from frame to frame differ within a scene.

    Measured by phase correlation on the decoded rows below the captions, where no text stands.
    Encoding alone makes a few hundredths of it.

    Returns:
        Standard deviation in px: of ``whole`` steps, in scenes that drift by a whole number of
        pixels a frame, and of ``part`` steps, in the others; None where there are no such scenes.
    """
    import cv2

    fmt = composition.fmt
    patches = (frame[fmt.height - fmt.bottom :].astype(np.float32) for frame in luma_frames(path))
    window = cv2.createHanningWindow((fmt.width, fmt.bottom), cv2.CV_32F)
    steps = np.array(
        [cv2.phaseCorrelate(one, other, window)[0] for one, other in pairwise(patches)]
    )
    differences: dict[str, list[NDArray[np.float64]]] = {"whole": [], "part": []}
    for scene in composition.scenes:
        # Steps between two frames of this scene alone.
        first, last = scene.start_frame + scene.transition_frames, scene.start_frame + scene.frames
        axis = 0 if fmt.is_landscape else 1
        own = steps[first : last - 1, axis]
        moved = scene.clips[0].keyframes.get("dx" if axis == 0 else "dy")
        if moved and moved[-1].value and len(own) > 1:
            speed = moved[-1].value / moved[-1].at
            is_whole = abs(speed - round(speed)) < 0.05
            differences["whole" if is_whole else "part"].append(own - own.mean())
    return {
        name: round(float(np.concatenate(own).std()), 3) if own else None
        for name, own in differences.items()
    }


def main(job: Path) -> None:
    """Draws every frame of the composition in ``job`` to standard output, raw."""
    composition = Composition.from_json(job.read_text(encoding="utf-8"))
    compositor, fmt = Compositor(composition), composition.fmt
    luma = fmt.width * fmt.height
    # Drawn where it is written from: the only copies are those into and out of the pipe.
    frame = np.empty(luma + luma // 2, np.uint8)
    planes = (
        frame[:luma].reshape(fmt.height, fmt.width),
        frame[luma:].reshape(fmt.height // 2, fmt.width // 2, 2),
    )
    with os.fdopen(sys.stdout.fileno(), "wb", closefd=False, buffering=0) as out:
        for index in range(composition.total_frames):
            compositor.draw(index, planes)
            left = memoryview(frame)
            while left:
                left = left[out.write(left) :]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
