"""A year of many channels, made up in minutes: what ``scale.py`` asks about.

Belongs here: writing channel files, events, the ledger and the lake through the stores' own row
formats, and keeping the times of what is asked.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

DAYS_MADE = 365
VIDEOS = 3
TOPICS = 200
FAILED = 30
"""Runs of the last day that failed, at most."""

ASSET = "uploads"


@dataclass
class World:
    """One size: its stores, and what was measured in it."""

    size: int
    settings: Any
    instance: Any
    now: datetime
    days_made: int = DAYS_MADE
    times: dict[str, list[float]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return [f"channel-{number:03}" for number in range(self.size)]

    @property
    def days(self) -> list[date]:
        last = self.now.date()
        return [last - timedelta(days=back) for back in reversed(range(self.days_made))]

    def time(
        self,
        name: str,
        call: Callable[[], Any],
        repeats: int = 3,
        keep: Callable[..., list[float]] = min,
    ) -> Any:
        """Calls something and keeps the best of its times, or the worst.

        Returns:
            What the first call gave.
        """
        found, taken = [], []
        for _ in range(repeats):
            wall, cpu = time.perf_counter(), time.process_time()
            found.append(call())
            taken.append([time.perf_counter() - wall, time.process_time() - cpu])
        self.times[name] = [round(one, 4) for one in keep(taken)]
        return found[0]

    def note_memory(self, after: str) -> None:
        """Keeps how much memory this process has now, and had at most so far, GB."""
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        found = {"now": round(pages * 4096 / 1e9, 2), "most": round(most, 2)}
        self.facts.setdefault("memory_gb", {})[after] = found


def write_channels(folder: Path, size: int) -> None:
    """Like the sample channel, in four time zones; all begin their day at six."""
    import yaml

    source = Path(__file__).parent.parent / "channels" / "orbit.yaml"
    content = yaml.safe_load(source.read_text(encoding="utf-8"))
    folder.mkdir(parents=True)
    zones = ("America/New_York", "Europe/Berlin", "Asia/Tokyo", "UTC")
    for number in range(size):
        name = f"channel-{number:03}"
        one = {**content, "channel": name, "time_zone": zones[number % len(zones)]}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(one), encoding="utf-8")


def fill_instance(world: World) -> None:
    """For each channel and day the two events that Dagster keeps of a materialisation."""
    import dagster as dg
    from dagster._core.events import AssetMaterializationPlannedData, StepMaterializationData

    from ytempire_assets.partitions import CHANNELS_NAME, channel_day_key

    world.instance.add_dynamic_partitions(CHANNELS_NAME, world.names)
    asset = dg.AssetKey(ASSET)
    entries = []
    for number, day in enumerate(world.days):
        for channel in world.names:
            key = channel_day_key(channel, day)
            tags = {f"dagster/partition/{name}": str(one) for name, one in
                    key.keys_by_dimension.items()}  # fmt: skip
            run_id = f"{number:08}-{channel}"
            planned = AssetMaterializationPlannedData(asset, partition=key)
            made = StepMaterializationData(dg.AssetMaterialization(asset, partition=key, tags=tags))
            entries.append(
                _entry(run_id, dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED, planned)
            )
            entries.append(_entry(run_id, dg.DagsterEventType.ASSET_MATERIALIZATION, made))
            if len(entries) >= 10_000:
                _store(world.instance, entries)
                entries = []
    _store(world.instance, entries)

    @dg.job
    def produce() -> None:
        """Only its failures are looked at."""

    for channel in world.names[:FAILED]:
        tags = {"dagster/partition": f"{channel}|{world.days[-1]}"}
        run = world.instance.create_run_for_job(produce, tags=tags)
        world.instance.report_run_failed(run, f"{channel} failed for a reason of its own: {run}")


def _entry(run_id: str, kind: Any, data: Any) -> Any:
    from dagster import DagsterEvent, EventLogEntry

    event = DagsterEvent(kind.value, "produce", event_specific_data=data, step_key=ASSET)
    return EventLogEntry(None, "debug", "", run_id, time.time(), ASSET, "produce", event)


def _store(instance: Any, entries: list[Any]) -> None:
    """The rows that Dagster's storage writes one by one, in one transaction."""
    import sqlalchemy as sa
    from dagster._core.storage.event_log.schema import SqlEventLogStorageTable

    storage, table = instance.event_log_storage, SqlEventLogStorageTable
    if not entries:
        return
    with storage.index_transaction() as connection:
        first = (connection.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0) + 1
        rows = [{"id": first + place, **storage._event_to_row(entry)} for place, entry  # noqa: SLF001
                in enumerate(entries)]  # fmt: skip
        connection.execute(table.insert(), rows)
        storage._store_asset_event_tags(connection, entries, [row["id"] for row in rows])  # noqa: SLF001
        for place in (-2, -1):
            storage._store_asset_event(connection, entries[place], rows[place]["id"])  # noqa: SLF001


def fill_ledger(world: World) -> Any:
    """Every publication and its calls; those of the last day are under way."""
    import sqlalchemy as sa

    from ytempire_assets.publishing.quota import COSTS, quota_day
    from ytempire_assets.resources.ledger import Ledger
    from ytempire_assets.resources.ledger.schema import publications, quota_calls

    ledger = Ledger(world.settings.ledger_url, lambda: world.now)
    ledger.publications(video_id="none")
    with ledger._transaction() as connection:  # noqa: SLF001
        for day in world.days:
            at = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
            today = day == world.days[-1]
            out, calls = [], []
            for channel in world.names:
                for number in range(VIDEOS):
                    video = f"{channel}-{day:%Y%m%d}-{number}"
                    # Of the last day one is half sent, the others wait.
                    state = ("approved" if number else "uploading") if today else "verified"
                    out.append({
                        "video_id": video, "platform": "sandbox", "channel": channel,
                        "topic_id": f"topic-{video}", "day": day, "content": f"{video}.mp4",
                        "size_bytes": 1, "publish_at": at, "needs_approval": False,
                        "title": f"Title of {video}", "words": "", "state": state,
                        "remote_id": None if today else video, "approved_at": at, "version": 9,
                        "created_at": at, "updated_at": at,
                    })  # fmt: skip
                    calls += [{
                        "project": "sandbox", "bucket": COSTS[call].bucket,
                        "day": quota_day(at) + timedelta(days=1), "channel": channel,
                        "video_id": video, "call": call, "units": COSTS[call].units,
                        "state": "sent", "at": at,
                    } for call in ("videos.insert", "thumbnails.set", "videos.list")]  # fmt: skip
            connection.execute(sa.insert(publications), out)
            connection.execute(sa.insert(quota_calls), calls)
    return ledger


def fill_lake(world: World) -> None:
    """A year of one table by channel and day, and of one by day with sudden topics at its end."""
    from ytempire_assets.discovery_schema import TRENDS
    from ytempire_assets.table_schema import frame
    from ytempire_assets.tables import TABLES

    rows = [
        {
            "topic_id": f"topic-{number}", "title": f"Topic {number}", "niche": "space",
            "niche_fit": 1.0, "viral_score": 95.0, "origin": "live",
            "daily": [100.0] * 13 + [900.0 if number % 10 == 0 else 100.0],
        }
        for number in range(TOPICS)
    ]  # fmt: skip
    place = world.settings.home / "one.parquet"
    frame(TRENDS, rows).write_parquet(place)
    trends = place.read_bytes()
    frame(TABLES["ideas"], []).write_parquet(place)
    ideas = place.read_bytes()
    place.unlink()
    for folder, content in (
        ("trends", trends), *((f"ideas/{channel}", ideas) for channel in world.names)
    ):  # fmt: skip
        target = world.settings.lake_dir / folder
        target.mkdir(parents=True)
        for day in world.days:
            (target / f"{day}.parquet").write_bytes(content)
