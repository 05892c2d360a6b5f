"""Rendering against its limits: the encoder alone, MoviePy, and memory, in one run on one video.

``encoder_limit_ratio`` is CPU-seconds of the encoder alone over ours, with the machine full: a
process for every core, one thread each, ours and the limit at the same time. Ours is the whole
process: starting Python, reading pictures, mixing sound, drawing, encoding.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import encoder_limit, frontier, moviepy_way
from benchmarks.cores import taking_turns
from benchmarks.short import Video, make_video, repeated
from ytempire_assets.settings import Settings
from ytempire_assets.video.compositor import Compositor
from ytempire_assets.video.encoder import ENCODINGS, choose_encoder
from ytempire_assets.video.ffmpeg import find_ffmpeg
from ytempire_assets.video.render import Rendered, render_video
from ytempire_assets.video.soundtrack import write_soundtrack

ROUNDS = 5
MOVIEPY_S = 6.0
SECONDS_A_DAY = 86_400


def measure(*, quick: bool = False) -> dict[str, Any]:
    """Everything about rendering one Short of a minute, and memory for 300 s.

    Args:
        quick: One round instead of three.
    """
    with tempfile.TemporaryDirectory(prefix="ytempire-bench-") as name:
        folder = Path(name)
        video = make_video(folder / "short")
        sound = folder / "mix.wav"
        write_soundtrack(video.timeline, video.voice, sound, find_ffmpeg())
        raw = folder / "frames.yuv"
        total = video.composition.total_frames
        encoder_limit.write_frames(Compositor(video.composition), total, raw)
        ours, limit = _side_by_side(video, raw, sound, folder, 1 if quick else ROUNDS)
        alone = _alone(video, folder)
        table = frontier.measure(raw, video.composition.fmt, folder)
        raw.unlink()
        moviepy_s = moviepy_way.render(video, sound, folder / "moviepy.mp4", MOVIEPY_S)
        long = _long(folder)
    seconds = total / video.composition.fmt.fps
    cores = os.cpu_count() or 1
    cpu_s = median(done.cpu_s for done, _ in ours)
    wall_s = median(wall for _, wall in ours)
    chosen = next(row for row in table if row["chosen"])
    cost = Decimal(str(cpu_s)) * Settings().cpu_usd_per_hour / 3600
    return {
        "benchmark": "render",
        "video_s": seconds,
        "encoder": choose_encoder("auto").text,
        "encoder_limit_ratio": round(
            median(row["cpu_s"] / done.cpu_s for row, (done, _) in zip(limit, ours, strict=True)), 3
        ),
        "encoder_limit_wall_ratio": round(
            median(row["wall_s"] / wall for row, (_, wall) in zip(limit, ours, strict=True)), 3
        ),
        "moviepy_ratio": round((moviepy_s / MOVIEPY_S) / (alone[1] / seconds), 1),
        "vmaf": chosen["vmaf"],
        "peak_rss_mb": max(done.peak_rss_mb for done, _ in ours),
        "peak_rss_mb_300_s": long.peak_rss_mb,
        "cpu_s_per_video_s": round(cpu_s / seconds, 3),
        "cpu_s_per_short": round(cpu_s, 1),
        "usd_per_short": float(round(cost, 6)),
        "shorts_a_minute": round(60 * cores / wall_s, 2),
        "shorts_per_core_day": round(SECONDS_A_DAY / wall_s),
        "moviepy_wall_s_per_video_s": round(moviepy_s / MOVIEPY_S, 2),
        "wall_s_per_video_s": round(alone[1] / seconds, 3),
        "frontier": table,
    }


def _side_by_side(
    video: Video, raw: Path, sound: Path, folder: Path, rounds: int
) -> tuple[list[tuple[Rendered, float]], list[dict[str, float]]]:
    """Ours and the limit at the same time, one process for every core, half of each.

    At the same time, because the speed of a shared machine drifts by a third within minutes, and
    taking turns on its cores.
    """
    pairs = max(1, (os.cpu_count() or 1) // 2)
    ours: list[tuple[Rendered, float]] = []
    limit: list[dict[str, float]] = []
    with ThreadPoolExecutor(2 * pairs) as pool, taking_turns():
        for _ in range(rounds):
            alone = pool.map(lambda n: _limit(video, raw, sound, folder, n), range(pairs))
            whole = pool.map(lambda n: _ours(video, folder, n), range(pairs))
            limit += alone
            ours += whole
    return ours, limit


def _ours(video: Video, folder: Path, number: int, threads: int = 1) -> tuple[Rendered, float]:
    started = time.perf_counter()
    out = folder / f"ours{number}.mp4"
    done = render_video(video.timeline, video.composition, video.voice, out, threads=threads)
    return done, time.perf_counter() - started


def _alone(video: Video, folder: Path) -> tuple[Rendered, float]:
    """One render with the whole machine: what MoviePy gets too."""
    return _ours(video, folder, 0, threads=os.cpu_count() or 1)


def _limit(video: Video, raw: Path, sound: Path, folder: Path, number: int) -> dict[str, float]:
    encoding, fmt = ENCODINGS["libx264"], video.composition.fmt
    job = folder / f"limit{number}.json"
    job.write_text(
        json.dumps(
            {
                "fmt": {name: getattr(fmt, name) for name in fmt.__slots__},
                "encoding": {"name": encoding.name, "options": dict(encoding.options)},
                "frames": str(raw),
                "sound": str(sound),
                "out": str(folder / f"limit{number}.mp4"),
                "threads": 1,
            }
        ),
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.encoder_limit", str(job)],
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _long(folder: Path) -> Rendered:
    """A long form of 300 s in landscape: memory must not grow."""
    video = make_video(
        folder / "long", target_s=110, channel="fieldnotes", format_name="youtube_long"
    )
    long = repeated(video, 300.0, folder / "long.wav")
    return _ours(long, folder, 9, threads=os.cpu_count() or 1)[0]
