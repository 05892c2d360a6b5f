"""The encoder alone: finished frames from a file in memory, the same settings, the same sound.

Run as a process (``python -m benchmarks.encoder_limit``) so that its CPU time is its own. Only the
loop is counted, not starting Python: the limit is as low as it can be.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import wave
from pathlib import Path

import numpy as np

from ytempire_assets.video.compositor import Compositor
from ytempire_assets.video.encoder import Encoding, VideoFile
from ytempire_assets.video.formats import VideoFormat


def write_frames(compositor: Compositor, frames: int, out: Path) -> None:
    """Every composed frame as raw NV12, one after the other."""
    with out.open("wb") as file:
        for planes in compositor.frames(0, frames):
            for plane in planes:
                file.write(plane.tobytes())


def main(job: dict[str, object]) -> dict[str, float]:
    """Encodes the raw frames of a job; returns CPU and wall seconds of the loop."""
    fmt = VideoFormat(**job["fmt"])  # type: ignore[arg-type]
    encoding = Encoding(**job["encoding"])  # type: ignore[arg-type]
    raw = np.memmap(str(job["frames"]), np.uint8, "r")
    luma = fmt.width * fmt.height
    size = luma + luma // 2
    with wave.open(str(job["sound"])) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    out = VideoFile(Path(str(job["out"])), fmt, encoding, threads=int(str(job["threads"])))
    for index in range(len(raw) // size):
        if index % fmt.fps == 0:
            second = samples[index // fmt.fps * 48_000 :][:48_000]
            if len(second):
                out.sound(second.astype(np.int16))
        frame = raw[index * size : (index + 1) * size]
        with out.frame() as target:
            np.copyto(target[0], frame[:luma].reshape(fmt.height, fmt.width))
            np.copyto(target[1], frame[luma:].reshape(fmt.height // 2, fmt.width // 2, 2))
    out.finish()
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu_s": cpu_s, "wall_s": time.perf_counter() - started}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
