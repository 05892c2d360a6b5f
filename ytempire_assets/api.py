"""The Python door: produce videos, follow their lineage, query the tables.

Belongs here: what a notebook or another program calls. Everything runs in the caller's process on
the same stores as the Dagster UI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ytempire_assets.lineage import Node, trace
from ytempire_assets.partitions import channel_day_key, parse_day
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.lake_views import opened_views
from ytempire_assets.resources.work import Progress
from ytempire_assets.runs import RunResult, Studio
from ytempire_assets.settings import Settings, load_settings

if TYPE_CHECKING:
    import duckdb

VIDEO_TABLES = ("scripts", "voiceovers", "visuals", "renders", "uploads")


@dataclass(frozen=True, slots=True)
class Production:
    """What one channel made on one day.

    Attributes:
        channel: Slug.
        day: The day.
        runs: The runs that made it.
        videos: For each accepted idea its furthest row: the upload, else the stage that failed.
        errors: What went wrong, one message each; empty when everything was published.
    """

    channel: str
    day: date
    runs: tuple[RunResult, ...]
    videos: tuple[Mapping[str, Any], ...]
    errors: tuple[str, ...]

    @property
    def success(self) -> bool:
        """Nothing failed."""
        return not self.errors


def produce(
    channel: str,
    day: date | str,
    select: Sequence[str] = (),
    *,
    force: bool = False,
    settings: Settings | None = None,
    progress: Progress | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Production:
    """Makes a channel's day: trends first if the day has none, then every stage.

    Args:
        channel: Slug of a channel file.
        day: A day or ``yyyy-mm-dd``.
        select: Stages to run; all when empty.
        force: Do work again that is finished. What is published stays published.
        settings: Read from the environment when None.
        progress: Hears how far the work is.
        overrides: Resources that replace the usual ones.

    Raises:
        YtempireError: The channel, the day or a setting cannot be used.
    """
    settings = settings or load_settings()
    wanted = parse_day(day) if isinstance(day, str) else parse_day(day.isoformat())
    studio = Studio(settings, force, progress, overrides)
    studio.channel(channel)  # a broken file is said before anything runs
    studio.register_channel(channel)
    runs: list[RunResult] = []
    lake = LakeTables.of(settings)
    if force or any(
        lake.read(table, wanted.isoformat()) is None for table in ("trends", "research")
    ):
        runs.append(studio.run("gather", wanted.isoformat()))
    if not runs or runs[-1].success:
        runs.append(studio.run("produce", str(channel_day_key(channel, wanted)), select))
    videos, failures = _outcome(lake, f"{channel}|{wanted.isoformat()}")
    errors = [error for run in runs for error in run.errors]
    return Production(channel, wanted, tuple(runs), tuple(videos), (*errors, *failures))


def lineage(video_id: str, *, settings: Settings | None = None) -> Node:
    """The tree of what a video was made from.

    Raises:
        InvalidInputError: There is no such video.
    """
    return trace(LakeTables.of(settings or load_settings()), video_id)


def tables(*, settings: Settings | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with a view for every table that has data.

    The views read the lake's Parquet in place when they are asked; nothing is copied. Of a lake in
    a bucket they show the partitions there were when this was called. ``.pl()`` gives Polars and
    ``.df()`` pandas::

        tables().sql("select video_id, views from analytics order by views desc").df()
    """
    return opened_views(LakeTables.of(settings or load_settings()))


def video_summaries(
    production: Production, *, settings: Settings | None = None
) -> list[dict[str, Any]]:
    """For each video of a production what is known of script, file and publication together.

    Returns:
        One mapping a video: title, the render's measurements, the upload's address and state, the
        summed cost of all stages, and ``stage`` and ``status`` of its furthest row.
    """
    lake = LakeTables.of(settings or load_settings())
    partition = f"{production.channel}|{production.day.isoformat()}"
    summaries = []
    for video in production.videos:
        summary: dict[str, Any] = {}
        cost = 0.0
        for table in VIDEO_TABLES:
            frame = lake.read(table, partition)
            for row in [] if frame is None else frame.iter_rows(named=True):
                if row["video_id"] == video["video_id"]:
                    cost += row["cost_usd"]
                    known = {key: value for key, value in row.items() if value is not None}
                    summary = {**summary, **known}
        summaries.append(
            {**summary, "stage": video["stage"], "status": video["status"], "cost_usd": cost}
        )
    return summaries


def _outcome(lake: LakeTables, partition: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The furthest row of every video, and the failures among them."""
    furthest: dict[str, dict[str, Any]] = {}
    failures: dict[tuple[str, str], str] = {}
    for table in VIDEO_TABLES:
        frame = lake.read(table, partition)
        for row in [] if frame is None else frame.iter_rows(named=True):
            furthest[row["video_id"]] = {**row, "stage": table}
            if row["status"] != "ok":
                failures[row["video_id"], table] = f"{row['video_id']} ({table}): {row['error']}"
    return list(furthest.values()), list(failures.values())
