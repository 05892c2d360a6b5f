"""The sample day from nothing to published, and again with nothing to do.

Reports the wall time, the share that is neither voice, pictures nor encoding, the peak memory of
the process and its encoders, and what a second run takes.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.memory import TreeMemory
from ytempire_assets.api import VIDEO_TABLES, produce
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.settings import Settings

DAY = "2026-11-19"
CHANNELS = ("orbit", "fieldnotes")


def measure() -> dict[str, Any]:
    """Produces the sample day twice in an empty home folder."""
    with tempfile.TemporaryDirectory(prefix="ytempire-bench-") as folder:
        settings = Settings(home=Path(folder) / "home")
        with TreeMemory() as memory:
            first_s = _produce(settings)
        making_s = _making_s(settings)
        again_s = [_produce(settings) for _ in range(3)]
        command_s = _fresh_command_s(settings)
        video_s, cpu_s = _rendered(settings)
    return {
        "benchmark": "pipeline",
        "videos": 4,
        "first_s": round(first_s, 1),
        "making_s": round(making_s, 1),
        "overhead_share": round(1 - making_s / first_s, 3),
        "peak_memory_mb": round(memory.peak_mb),
        "render_cpu_s_per_video_s": round(cpu_s / video_s, 3),
        "again_s": [round(seconds, 2) for seconds in again_s],
        "fresh_process_again_s": round(command_s, 2),
    }


def _produce(settings: Settings) -> float:
    start = time.perf_counter()
    for channel in CHANNELS:
        production = produce(channel, DAY, settings=settings)
        if not production.success:
            raise SystemExit("\n".join(production.errors))
    return time.perf_counter() - start


def _making_s(settings: Settings) -> float:
    """Wall seconds of voice, pictures and encoding; parallel encodes count once."""
    lake = LakeTables.of(settings)
    seconds = 0.0
    for channel in CHANNELS:
        for table in VIDEO_TABLES:
            frame = lake.read(table, f"{channel}|{DAY}")
            if frame is None or table not in ("voiceovers", "visuals", "renders"):
                continue
            times = frame["compute_s"].to_list()
            parallel = settings.parallel_renders if table == "renders" else 1
            seconds += sum(times) / min(parallel, len(times))
    return seconds


def _rendered(settings: Settings) -> tuple[float, float]:
    """Seconds of video that were rendered, and the CPU-seconds it took."""
    frames = [LakeTables.of(settings).read("renders", f"{channel}|{DAY}") for channel in CHANNELS]
    known = [frame for frame in frames if frame is not None]
    return (
        sum(float(frame["duration_s"].sum()) for frame in known),
        sum(float(frame["cpu_s"].sum()) for frame in known),
    )


def _fresh_command_s(settings: Settings) -> float:
    """The command line in a new process, with everything there already."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "ytempire_assets.cli", "demo"],
        env={"PATH": "/usr/bin:/bin", "YTEMPIRE_HOME": str(settings.home)},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - start
