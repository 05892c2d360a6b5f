"""What importing the definitions costs beside importing dagster alone: a ratio within one run."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from typing import Any

ROUNDS = 7


def measure() -> dict[str, Any]:
    """Imports each in fresh processes, in turn, and compares the medians."""
    alone: list[float] = []
    ours: list[float] = []
    for _ in range(ROUNDS):
        alone.append(_seconds("dagster"))
        ours.append(_seconds("ytempire_assets.definitions"))
    return {
        "benchmark": "imports",
        "dagster_s": round(median(alone), 3),
        "definitions_s": round(median(ours), 3),
        "ratio": round(median(ours) / median(alone), 3),
    }


def _seconds(module: str) -> float:
    code = (
        f"import time; start = time.perf_counter(); import {module}; "
        "print(time.perf_counter() - start)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
