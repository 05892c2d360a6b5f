"""Shares of a card: never more than it has, in order, and given back by the dead."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ytempire_assets.errors import InvalidInputError, TransientError
from ytempire_assets.placement import GpuFile
from ytempire_assets.resources.gpu import GpuMemory

WORKER = """
import sys, time
from pathlib import Path
from ytempire_assets.resources.gpu import GpuMemory
folder, share = Path(sys.argv[1]), sys.argv[2]
seconds, rounds = float(sys.argv[3]), int(sys.argv[4])
gpu = GpuMemory(folder, total_gb=24)
for _ in range(rounds):
    with gpu.use(share) as gb:
        with (folder / "log").open("a") as log:
            log.write(f"{time.monotonic()} {gb}\\n")
        print("has", flush=True)
        time.sleep(seconds)
        with (folder / "log").open("a") as log:
            log.write(f"{time.monotonic()} {-gb}\\n")
    gpu.release()
assert not [name for name in sys.modules if name == "torch"]
"""


def worker(folder: Path, share: str, seconds: float, rounds: int = 1) -> subprocess.Popen[str]:
    """A process that takes a share again and again, and writes down when."""
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder), share, str(seconds), str(rounds)],
        stdout=subprocess.PIPE,
        text=True,
    )


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def test_processes_together_never_take_more_than_the_card_has(tmp_path: Path) -> None:
    workers = [worker(tmp_path, share, 0.05, 6) for share in ("language", "image", "video") * 2]
    assert [process.wait(60) for process in workers] == [0] * 6
    taken, most = 0.0, 0.0
    for line in sorted((tmp_path / "log").read_text().splitlines()):
        taken += float(line.split()[1])
        most = max(most, taken)
    assert taken == 0.0
    assert 16 < most <= 24  # they shared it, and it was enough for all


def test_memory_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    dying = worker(tmp_path, "language", 60)
    assert dying.stdout is not None
    assert dying.stdout.readline() == "has\n"
    gpu = GpuMemory(tmp_path, total_gb=24)
    assert gpu.free_gb() == 8
    os.kill(dying.pid, signal.SIGKILL)
    dying.wait()
    with gpu.use("language", wait_s=5):
        assert gpu.free_gb() == 8
    gpu.release()
    assert gpu.free_gb() == 24


def test_a_large_share_is_not_overtaken_for_ever_by_small_ones(tmp_path: Path) -> None:
    sizes = GpuFile(image=10, language=20, video=2)
    first, large, small = (GpuMemory(tmp_path, sizes, total_gb=24) for _ in range(3))
    order: list[str] = []
    done = threading.Event()

    def take(gpu: GpuMemory, share: str) -> None:
        with gpu.use(share, wait_s=20):  # type: ignore[arg-type]
            order.append(share)
            done.wait(20)
        gpu.release()

    with first.use("image"):
        threads = [threading.Thread(target=take, args=(large, "language"))]
        threads[0].start()
        until(lambda: len(list(tmp_path.glob("*.claim"))) == 2)
        threads.append(threading.Thread(target=take, args=(small, "video")))
        threads[1].start()
        until(lambda: len(list(tmp_path.glob("*.claim"))) == 3)
        assert order == []  # 14 GB are free, but the large one came before
    first.release()
    until(lambda: len(order) == 2)
    assert order[0] == "language"
    done.set()
    for thread in threads:
        thread.join(20)


def test_a_share_stays_until_somebody_waits_and_is_then_unloaded(tmp_path: Path) -> None:
    mine, other = GpuMemory(tmp_path, total_gb=24), GpuMemory(tmp_path, total_gb=24)
    unloaded: list[str] = []
    with mine.use("language", unload=lambda: unloaded.append("model")):
        pass
    assert unloaded == []
    assert other.free_gb() == 8
    with mine.use("language"):
        waiting = threading.Thread(target=lambda: _take(other))
        waiting.start()
        until(lambda: len(list(tmp_path.glob("*.claim"))) == 2)
    waiting.join(20)
    assert unloaded == ["model"]
    other.release()


def test_two_that_want_what_the_other_has_idle_both_get_it(tmp_path: Path) -> None:
    one, two = GpuMemory(tmp_path, total_gb=24), GpuMemory(tmp_path, total_gb=24)
    with one.use("image"):
        pass
    with two.use("language"):
        pass
    threads = [
        threading.Thread(target=lambda: _take(one)),
        threading.Thread(target=lambda: _take(two, "image")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    one.release()
    two.release()
    assert one.free_gb() == 24


def test_what_cannot_be_had_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = GpuMemory(tmp_path, total_gb=12)
    with pytest.raises(InvalidInputError, match=r"language work takes 16 GB .* which has 12"):
        small.use("language").__enter__()
    busy, late = GpuMemory(tmp_path, total_gb=20), GpuMemory(tmp_path, total_gb=20)
    with busy.use("language"), pytest.raises(TransientError, match=r"16 of 20 GB are taken"):
        late.use("image", wait_s=0.3).__enter__()
    assert len(list(tmp_path.glob("*.claim"))) == 1  # the one in vain is gone
    monkeypatch.setenv("PATH", str(tmp_path))  # no driver
    with pytest.raises(InvalidInputError, match="this machine has none"):
        GpuMemory(tmp_path).use("image").__enter__()


def _take(gpu: GpuMemory, share: str = "language") -> None:
    with gpu.use(share, wait_s=20):  # type: ignore[arg-type]
        pass
