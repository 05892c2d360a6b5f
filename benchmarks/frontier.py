"""What each preset and quality of x264 costs and gives on our own frames: the frontier.

CPU-seconds and bytes for ten seconds of the video, VMAF against the lossless frames.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from ytempire_assets.video.encoder import ENCODINGS
from ytempire_assets.video.ffmpeg import find_ffmpeg
from ytempire_assets.video.formats import VideoFormat

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast")
QUALITIES = (18, 19, 21, 24)
SECONDS = 10


def measure(raw: Path, fmt: VideoFormat, folder: Path) -> list[dict[str, Any]]:
    """Encodes the same ten seconds from the middle of ``raw`` with every choice."""
    size = fmt.width * fmt.height * 3 // 2
    frames = fmt.fps * SECONDS
    part = folder / "part.yuv"
    with raw.open("rb") as source:
        source.seek((raw.stat().st_size // size // 2 - frames // 2) * size)
        part.write_bytes(source.read(frames * size))
    used = ENCODINGS["libx264"].options
    rows = []
    for preset in PRESETS:
        for quality in QUALITIES:
            row = _one(part, fmt, folder, preset, quality)
            chosen = (used["preset"], used["crf"]) == (preset, str(quality))
            rows.append({"preset": preset, "crf": quality, **row, "chosen": chosen})
    part.unlink()
    return rows


def _one(part: Path, fmt: VideoFormat, folder: Path, preset: str, quality: int) -> dict[str, Any]:
    out = folder / "frontier.mp4"
    raw = [
        "-f", "rawvideo", "-pix_fmt", "nv12", "-video_size", f"{fmt.width}x{fmt.height}",
        "-framerate", str(fmt.fps), "-i", str(part),
    ]  # fmt: skip
    program = str(find_ffmpeg())
    process = subprocess.Popen(
        [
            program, "-v", "error", "-y", *raw, "-c:v", "libx264", "-preset", preset,
            "-crf", str(quality), "-profile:v", "high", "-threads", "1", str(out),
        ]
    )  # fmt: skip
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    log = folder / "vmaf.json"
    subprocess.run(
        [
            program, "-v", "error", "-y", "-i", str(out), *raw, "-lavfi",
            f"libvmaf=log_path={log.name}:log_fmt=json:n_subsample=5:n_threads=2",
            "-f", "null", "-",
        ],
        check=True,
        cwd=folder,
    )  # fmt: skip
    pooled = json.loads(log.read_text(encoding="utf-8"))["pooled_metrics"]["vmaf"]
    return {
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "mb": round(out.stat().st_size / 1e6, 2),
        "vmaf": round(pooled["mean"], 2),
        "vmaf_min": round(pooled["min"], 2),
    }
