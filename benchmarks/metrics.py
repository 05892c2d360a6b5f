"""What a scrape costs at 100 channels x 90 days x 3 videos: lake, ledger and instance of that size.

Tables are written by the lake's own writer with their real schemas, ledger and instance hold a row
for every publication and run. The exporter is the command that people run, in its own process,
scraped ten times a second while it looks at everything again in the background.
"""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

CHANNELS, DAYS, VIDEOS = 100, 90, 3
LAST = date(2026, 11, 20)
STAGES = (
    "ideas",
    "scripts",
    "voiceovers",
    "visuals",
    "renders",
    "delivery",
    "packages",
    "uploads",
    "analytics",
    "patterns",
)
_SCRAPES = 750
_PAUSE_S = 0.1


def measure() -> dict[str, Any]:
    """Builds a home folder of that size and scrapes it."""
    with tempfile.TemporaryDirectory(prefix="ytempire-bench-") as folder:
        home = Path(folder) / "home"
        began = time.perf_counter()
        files = _fill_lake(home)
        _fill_ledger(home)
        _fill_instance(home)
        built_s = time.perf_counter() - began
        cold = _served(home, scrapes=0)
        warm = _served(home, scrapes=_SCRAPES)
    return {
        "benchmark": "metrics",
        "channels": CHANNELS,
        "days": DAYS,
        "lake_files": files,
        "publications": CHANNELS * DAYS * VIDEOS,
        "runs": CHANNELS * DAYS,
        "built_s": round(built_s, 1),
        "cold": cold,
        "warm": warm,
    }


def _served(home: Path, scrapes: int) -> dict[str, Any]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.perf_counter()
    with _exporter(home, port) as process:
        url = f"http://127.0.0.1:{port}/metrics"
        first_ms, first_at_s = None, 0.0
        while first_ms is None:
            with contextlib.suppress(OSError):
                first_ms = _scrape(url)[0]
                first_at_s = time.perf_counter() - began
            time.sleep(0.05)
        while not _all_are_read(text := _scrape(url)[1]):
            if time.perf_counter() - began > 540:
                raise SystemExit(f"not all sources were read:\n{text[-1500:]}")
            time.sleep(0.2)
        all_read_s = time.perf_counter() - began
        found: dict[str, Any] = {
            "first_answer_after_start_s": round(first_at_s, 2),
            "first_scrape_ms": round(first_ms, 1),
            "all_sources_read_after_s": round(all_read_s, 1),
        }
        if scrapes:
            times = []
            for _ in range(scrapes):
                times.append(_scrape(url)[0])
                time.sleep(_PAUSE_S)
            times.sort()
            found |= {
                "scrapes": scrapes,
                "median_ms": round(statistics.median(times), 2),
                "p95_ms": round(times[int(0.95 * scrapes)], 2),
                "p99_ms": round(times[int(0.99 * scrapes)], 2),
                "worst_ms": round(times[-1], 2),
            }
        text = _scrape(url)[1]
        found |= {
            "bytes": len(text),
            "series": sum(1 for line in text.splitlines() if not line.startswith("#")),
            "read_s": {
                line.split('"')[1]: round(float(line.split()[-1]), 3)
                for line in text.splitlines()
                if line.startswith("ytempire_scrape_source_read_seconds{")
            },
            "rss_mb": round(_rss_mb(process.pid)),
        }
        return found


@contextlib.contextmanager
def _exporter(home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "ytempire_assets.cli", "metrics", "serve", "--port", str(port)]
    process = subprocess.Popen(
        command, env={**os.environ, "YTEMPIRE_HOME": str(home)}, stdout=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _scrape(url: str) -> tuple[float, str]:
    began = time.perf_counter()
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address
        text = answer.read().decode()
    return (time.perf_counter() - began) * 1000, text


def _all_are_read(text: str) -> bool:
    health = [one for one in text.splitlines() if one.startswith("ytempire_scrape_source_up{")]
    return bool(health) and all(one.endswith(" 1.0") for one in health)


def _rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _fill_lake(home: Path) -> int:
    """Every table of every channel's day, each of three videos; returns how many files."""
    import polars as pl

    from ytempire_assets.resources.lake_tables import write_table
    from ytempire_assets.resources.storage.folder import FolderObjects
    from ytempire_assets.table_schema import frame
    from ytempire_assets.tables import TABLES

    objects = FolderObjects(home / "lake")

    def fill(number: int) -> None:
        channel = f"channel-{number:03d}"
        for stage in STAGES:
            table = TABLES[stage]
            names = {column.name for column in table.columns}
            rows = [
                {name: value for name, value in _row(stage, video).items() if name in names}
                for video in range(VIDEOS if stage not in ("delivery", "packages") else 0)
            ]
            content = frame(table, rows)
            for back in range(DAYS):
                day = LAST - timedelta(days=back)
                ids = [f"{channel}-{day:%Y%m%d}-{n + 1}" for n in range(content.height)]
                dated = content
                if "video_id" in names:
                    dated = dated.with_columns(pl.Series("video_id", ids, dtype=pl.String()))
                if "made_at" in names:
                    at = datetime(day.year, day.month, day.day, 7, number % 60, tzinfo=UTC)
                    dated = dated.with_columns(
                        pl.lit(at).cast(dated.schema["made_at"]).alias("made_at")
                    )
                write_table(objects, f"{stage}/{channel}/{day}.parquet", dated)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(fill, range(CHANNELS)))
    return CHANNELS * DAYS * len(STAGES)


def _row(stage: str, video: int) -> dict[str, Any]:
    """As large as a real one: texts, scenes and words of a minute."""
    seconds = {"scripts": 1.2, "voiceovers": 2.5, "visuals": 8.0, "renders": 55.0}.get(stage, 0.4)
    narration = "In 2021 a helicopter of 1.8 kg flew on another planet for the first time. " * 4
    scenes: Any = {
        "scripts": [{"number": n, "narration": narration, "headline": "Flown"} for n in range(7)],
        "voiceovers": [{"number": n, "start_s": 8.0 * n, "end_s": 8.0 * n + 8} for n in range(7)],
        "visuals": [{"number": n, "layout": "number", "layers": []} for n in range(7)],
    }.get(stage)
    words = [
        {"text": "word", "start_s": 0.4 * n, "end_s": 0.4 * n + 0.3, "scene": 1} for n in range(150)
    ]
    return {
        "video_id": "",
        "title": "A title of some forty characters, about",
        "description": narration * 5,
        "scenes": scenes,
        "words": words,
        "platform": "sandbox",
        "origin": "simulated",
        "views": 1200 + video,
        "watch_time_s": 3.6e4,
        "pattern": f"niche:{video}",
        "fingerprint": f"{video:064x}",
        "inputs": [f"{n:064x}" for n in range(3)],
        "stage_version": "1",
        "status": "failed" if video == 2 and stage == "renders" else "ok",
        "reused": False,
        "compute_s": seconds + video,
        "cpu_s": seconds,
        "cost_usd": 0.0004,
    }


def _fill_ledger(home: Path) -> None:
    import sqlalchemy as sa

    from ytempire_assets.resources.ledger import Ledger
    from ytempire_assets.resources.ledger.schema import publications, quota_calls, quota_days

    url = f"sqlite:///{home / 'ledger.db'}"
    ledger = Ledger(url)
    ledger.now()  # makes the tables
    ledger.close()
    states = ("verified",) * 88 + ("scheduled", "approved", "planned", "rejected") * 3
    rows, calls = [], []
    for number in range(CHANNELS * DAYS * VIDEOS):
        channel, day = f"channel-{number % CHANNELS:03d}", LAST - timedelta(days=number // 300)
        at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
        video = f"{channel}-{day:%Y%m%d}-{number // CHANNELS % VIDEOS + 1}"
        state = states[number % 100]
        rows.append(
            {
                "video_id": video,
                "platform": "youtube" if number % 2 else "sandbox",
                "channel": channel,
                "topic_id": f"topic-{number % 997}",
                "day": day,
                "content": f"{number:064x}.mp4",
                "size_bytes": 9_000_000,
                "publish_at": at,
                "needs_approval": False,
                "state": state,
                "remote_id": f"r{number}",
                "address": f"http://127.0.0.1:8765/watch?v={number:011d}",
                "title": "A title of some forty characters, about",
                "words": f"{number:064x}",
                "version": 9,
                "created_at": at,
                "updated_at": at,
            }
        )
        calls += [
            {
                "project": "default",
                "bucket": bucket,
                "day": day,
                "channel": channel,
                "video_id": video,
                "call": call,
                "units": units,
                "state": "sent",
                "at": at,
            }
            for bucket, call, units in (
                ("uploads", "videos.insert", 1),
                ("units", "thumbnails.set", 50),
            )
        ]
    days = [
        {
            "project": "default",
            "bucket": bucket,
            "day": LAST - timedelta(days=back),
            "used": 80,
            "exhausted": False,
        }
        for bucket in ("uploads", "units", "searches", "stats")
        for back in range(DAYS)
    ]
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.insert(publications), rows)
        connection.execute(sa.insert(quota_calls), calls)
        connection.execute(sa.insert(quota_days), days)
    engine.dispose()


def _fill_instance(home: Path) -> None:
    """Runs with their tags, five schedules and sensors with their ticks, a record of each stage."""
    import dagster as dg
    import sqlalchemy as sa
    from dagster._core.remote_origin import (
        RegisteredCodeLocationOrigin,
        RemoteInstigatorOrigin,
        RemoteRepositoryOrigin,
    )
    from dagster._core.scheduler.instigation import (
        InstigatorState,
        InstigatorStatus,
        InstigatorType,
    )
    from dagster._core.storage.runs.schema import RunsTable
    from dagster._core.storage.schedules.schema import JobTickTable

    from ytempire_assets.instance import prepare_instance
    from ytempire_assets.settings import Settings

    folder = prepare_instance(Settings(home=home))
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        for number in range(CHANNELS * DAYS):
            channel, day = (
                f"channel-{number % CHANNELS:03d}",
                LAST - timedelta(days=number // CHANNELS),
            )
            status = dg.DagsterRunStatus.SUCCESS if number % 50 else dg.DagsterRunStatus.FAILURE
            instance.run_storage.add_run(
                dg.DagsterRun(
                    job_name="produce",
                    run_id=f"00000000-0000-4000-8000-{number:012d}",
                    status=status,
                    tags={
                        "dagster/partition": f"{channel}|{day}",
                        "dagster/partition/channel": channel,
                        "dagster/partition/day": str(day),
                        "dagster/schedule_name": "produce_europe_berlin",
                        "dagster/from_automation_condition": "no",
                    },
                )
            )
        # A queued run must say which code server it came from; there is none here.
        with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]
            for status, first, last in (("STARTED", 1, 3), ("QUEUED", 3, 43)):
                chosen = RunsTable.c.id.between(first, last - 1)
                connection.execute(sa.update(RunsTable).where(chosen).values(status=status))
        for stage in STAGES:
            instance.report_runless_asset_event(dg.AssetMaterialization(stage))
        origin = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("ytempire"), "__repository__")
        ticks = []
        for name in ("register_channels", "resume_publications", "spikes", "gather", "produce"):
            state = InstigatorState(
                RemoteInstigatorOrigin(origin, name),
                InstigatorType.SENSOR,
                InstigatorStatus.RUNNING,
            )
            instance.add_instigator_state(state)
            ticks += [
                {
                    "job_origin_id": state.instigator_origin_id,
                    "selector_id": state.selector_id,
                    "status": "SUCCESS",
                    "type": "SENSOR",
                    "timestamp": datetime(2026, 11, 20, tzinfo=UTC) - timedelta(seconds=30 * n),
                    "tick_body": "{}" * 400,
                }
                for n in range(20_000)
            ]
        with instance.schedule_storage.connect() as connection:  # type: ignore[attr-defined]
            connection.execute(sa.insert(JobTickTable), ticks)
