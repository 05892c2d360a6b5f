"""Uploading a large file: how much memory it takes, and how fast it goes.

``ytempire bench upload``. One process publishes a file of 1 GB to a sandbox in another one, over
HTTP on loopback, exactly as it would publish to YouTube.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.chaos import Sandbox, World, described, free_port, movie_start

_BLOCK = bytes(range(256)) * 4096


def measure(megabytes: int = 1_000) -> dict[str, Any]:
    """Publishes one file of ``megabytes`` MB."""
    with tempfile.TemporaryDirectory(prefix="ytempire-upload-") as name:
        folder = Path(name)
        file = folder / "large.mp4"
        digest = _write(file, megabytes * 1_000_000)
        world = World(folder, f"sqlite:///{folder / 'ledger.db'}", free_port())
        sandbox = Sandbox(world)
        sandbox.start()
        try:
            started = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.upload", str(folder), str(world.port), digest],
                check=True, capture_output=True, text=True,
            )  # fmt: skip
            wall_s = time.perf_counter() - started
        finally:
            sandbox.stop()
    result: dict[str, Any] = json.loads(done.stdout)
    return {
        "benchmark": "upload",
        "megabytes": megabytes,
        **result,
        "wall_s": round(wall_s, 1),
        "megabytes_a_second": round(megabytes / wall_s),
    }


def _write(path: Path, size: int) -> str:
    digest, start = hashlib.sha256(), movie_start(size)
    with path.open("wb") as file:
        left = size
        for block in (start, *[_BLOCK] * (size // len(_BLOCK) + 1)):
            part = block[:left]
            file.write(part)
            digest.update(part)
            left -= len(part)
    return digest.hexdigest()


def main(folder: Path, port: int, digest: str) -> dict[str, Any]:
    """In the process of its own: publishes, and says how much memory it held at most."""
    from ytempire_assets.publishing.publish import publish
    from ytempire_assets.publishing.resumable import CHUNK_BYTES

    world, file = World(folder, f"sqlite:///{folder / 'ledger.db'}", port), folder / "large.mp4"
    plan, package = described(file, digest, file.stat().st_size, 1)
    ledger = world.ledger()
    with world.client(ledger, plan.video_id, chunk_bytes=CHUNK_BYTES) as client:
        before = _peak_rss_mb()
        done = publish(plan, package, ledger, client, lambda _share: None)
    return {
        "state": done.publication.state,
        "peak_rss_mb": round(_peak_rss_mb(), 1),
        "rss_before_sending_mb": round(before, 1),
    }


def _peak_rss_mb() -> float:
    status = Path(f"/proc/{os.getpid()}/status").read_text(encoding="ascii", errors="replace")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
