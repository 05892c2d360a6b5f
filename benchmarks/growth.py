"""How long it takes to score a million rows of snapshots, and what memory that needs.

The rows are made up: five snapshots a video as the daily charts hold them, and, as the other end,
one snapshot a video. Each is scored by ``ytempire trends score`` as a whole process.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROWS = 1_000_000


def measure(rows: int = ROWS) -> dict[str, Any]:
    """Seconds and peak memory of scoring ``rows`` rows, by snapshots a video."""
    figures: dict[str, Any] = {"bench": "growth", "rows": rows}
    with tempfile.TemporaryDirectory() as folder:
        for snapshots in (5, 2, 1):
            source = Path(folder) / f"in-{snapshots}.parquet"
            write_rows(source, rows // snapshots, snapshots)
            out = Path(folder) / "out.parquet"
            command = [sys.executable, "-m", "ytempire_assets.cli", "trends", "score"]
            started = time.perf_counter()
            subprocess.run(
                [*command, str(source), "--out", str(out)], check=True, stdout=subprocess.DEVNULL
            )
            seconds = time.perf_counter() - started
            # The most of all children so far: the cases come from light to heavy.
            peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            figures[f"{snapshots}_a_video"] = {
                "videos": rows // snapshots,
                "seconds": round(seconds, 2),
                "peak_mb_so_far": round(peak_mb),
            }
    return figures


def write_rows(path: Path, videos: int, snapshots: int) -> None:
    """Snapshots of made-up videos, a day apart, in the columns of the platform's charts."""
    import numpy as np
    import polars as pl

    draw = np.random.default_rng(1)
    number = np.repeat(np.arange(videos), snapshots)
    day = np.tile(np.arange(snapshots), videos)
    born = datetime(2026, 3, 1, tzinfo=UTC).timestamp() + draw.random(videos) * 40 * 86_400
    fetched = born[number] + (0.5 + day) * 86_400
    power = 0.2 + draw.random(videos)[number]
    views = (np.exp(draw.normal(9, 2, videos))[number] * (0.5 + day) ** power).astype(np.int64) + 1
    milliseconds = pl.Datetime("ms", "UTC")
    pl.DataFrame(
        {
            "video_id": [f"v{one:07d}" for one in number],
            "fetched_at": (fetched * 1000).astype(np.int64),
            "published_at": (born[number] * 1000).astype(np.int64),
            "channel_id": [f"UC{one % 100_003:06d}" for one in number],
            "category_id": (number % 20).astype(np.uint8),
            "duration_s": (30 + number % 900).astype(np.int32),
            "views": views,
            "likes": views // 40,
            "comments": views // 700,
            "n_regions": (1 + number % 30).astype(np.uint8),
            "best_rank": (1 + number % 50).astype(np.uint8),
        }
    ).with_columns(
        pl.col("fetched_at").cast(milliseconds),
        pl.col("published_at").cast(milliseconds),
        pl.col("fetched_at").cast(milliseconds).cast(pl.Date).alias("snapshot_date"),
    ).write_parquet(path)
