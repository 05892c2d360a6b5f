"""Figures of the lake: what was made, how long it took, what it cost, who watched it.

Belongs here: reading only what changed since the last look, and remembering what was counted.

Work is counted once, by the time at which it was done: of a partition that was made again, only the
rows done after the last one counted are new. So counters never fall, and what is reused is not
counted twice. The memory is a file below the home folder: without it a restart would read
everything again, and counters would fall where partitions were made again since.
"""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ytempire_assets.errors import StorageError, TransientError
from ytempire_assets.monitoring import metrics
from ytempire_assets.monitoring.metrics import Figures, Histogram
from ytempire_assets.resources.lake_tables import SUFFIX, LakeTables, read_table
from ytempire_assets.resources.storage.objects import Entry, ask_many
from ytempire_assets.tables import TABLES

if TYPE_CHECKING:
    import polars as pl

logger = logging.getLogger(__name__)

COUNTED = tuple(
    name
    for name, table in TABLES.items()
    if {"status", "compute_s", "made_at"} <= {column.name for column in table.columns}
)
"""Tables whose rows say how their work ended."""

_MAKING = ("scripts", "voiceovers", "visuals", "renders")
"""A video that fails in one of these is not made."""
_COLUMNS = ("video_id", "status", "compute_s", "cost_usd", "made_at")
_ENDINGS = ("ok", "failed")
_AT_A_TIME = 500
_SAVE_S = 300
_NEVER = 0


@dataclass(slots=True)
class Counts:
    """What was counted so far; keys are labels joined by ``/``."""

    videos: dict[str, int] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)
    cost_usd: dict[str, float] = field(default_factory=dict)
    durations: dict[str, Histogram] = field(default_factory=dict)


class LakeFigures:
    """Reads the lake again and again.

    Args:
        tables: The lake.
        memory: File that outlives this process.
    """

    name = "lake"
    every_s = 60.0

    def __init__(self, tables: LakeTables, memory: Path) -> None:
        self._objects = tables.objects
        self._memory = memory
        self._marks: dict[str, str] = {}
        self._until: dict[str, int] = {}
        self._counts = Counts()
        self._unreadable: dict[str, str] = {}
        self._views: dict[str, tuple[str, Mapping[str, tuple[float, float]]]] = {}
        self._saved_at = time.monotonic()
        self._unsaved = False
        self._remembered = False

    def read(self) -> Figures:
        """Lists the lake, reads what changed, and says what is known now.

        Raises:
            StorageError: The lake cannot be listed.
            TransientError: The lake does not answer; what was read is kept.
        """
        self._remember()
        entries = [entry for entry in self._objects.entries("") if entry.key.endswith(SUFFIX)]
        changed = [
            entry
            for entry in entries
            if entry.key.partition("/")[0] in COUNTED and self._marks.get(entry.key) != entry.mark
        ]
        for start in range(0, len(changed), _AT_A_TIME):
            self._count(changed[start : start + _AT_A_TIME])
            self._unsaved = True
            if time.monotonic() - self._saved_at > _SAVE_S:
                self._save()
        self._look_at_views(entries)
        return self._figures(entries)

    def _count(self, batch: list[Entry]) -> None:
        for entry, frame in zip(batch, self._rows([entry.key for entry in batch]), strict=True):
            self._marks[entry.key] = entry.mark
            if frame is None:
                self._unreadable[entry.key] = entry.mark
                logger.warning("the partition %s cannot be read", self._objects.name(entry.key))
                continue
            self._unreadable.pop(entry.key, None)
            stage, channel, _ = entry.key.split("/", 2)
            self._count_rows(entry.key, stage, channel, frame)

    def _count_rows(self, key: str, stage: str, channel: str, frame: pl.DataFrame) -> None:
        until = self._until.get(key, _NEVER)
        ended: dict[str, set[str]] = {status: set() for status in _ENDINGS}
        counts = self._counts
        for video_id, status, compute_s, cost_usd, made_at in frame.iter_rows():
            if made_at is None or made_at <= until or status not in ended:
                continue
            self._until[key] = max(self._until.get(key, _NEVER), made_at)
            ended[status].add(video_id)
            _add(counts.units, f"{stage}/{status}", 1)
            _add(counts.cost_usd, f"{channel}/{stage}", cost_usd or 0.0)
            if status == "ok":
                counts.durations.setdefault(stage, Histogram.empty()).observe(compute_s or 0.0)
        if stage in _MAKING and ended["failed"]:
            _add(counts.videos, f"{channel}/failed", len(ended["failed"]))
        if stage == _MAKING[-1] and ended["ok"] - ended["failed"]:
            _add(counts.videos, f"{channel}/ok", len(ended["ok"] - ended["failed"]))

    def _rows(self, keys: list[str]) -> list[pl.DataFrame | None]:
        """The counted columns of partitions; None for one that cannot be read."""
        import polars as pl

        if self._objects.local("") is not None and len(keys) > 1:
            try:
                return list(self._rows_at_once(keys))
            except (pl.exceptions.PolarsError, OSError):
                pass  # one of them is at fault: find out which
        return ask_many(self._objects, self._rows_of_one, keys)

    def _rows_at_once(self, keys: list[str]) -> Iterator[pl.DataFrame]:
        """Many files in one scan take a quarter of the time."""
        import polars as pl

        paths = [str(self._objects.local(key)) for key in keys]
        scan = pl.scan_parquet(
            paths, include_file_paths="file", extra_columns="ignore", missing_columns="insert"
        )
        frame = scan.select(*_chosen(), "file").collect()
        found = {
            str(file[0]): part.drop("file")
            for file, part in frame.partition_by("file", as_dict=True).items()
        }
        for path in paths:
            yield found[path] if path in found else frame.clear().drop("file")

    def _rows_of_one(self, key: str) -> pl.DataFrame | None:
        import polars as pl

        try:
            return read_table(self._objects, key).select(*_chosen())
        except TransientError:
            raise
        except (StorageError, pl.exceptions.PolarsError):
            return None

    def _look_at_views(self, entries: Iterable[Entry]) -> None:
        """The newest day of each channel says the numbers of all its videos."""
        newest: dict[str, Entry] = {}
        for entry in entries:
            if entry.key.startswith("analytics/"):
                channel = entry.key.split("/")[1]
                newest[channel] = max(newest.get(channel, entry), entry)
        asked = [
            (channel, entry)
            for channel, entry in newest.items()
            if self._views.get(channel, ("", {}))[0] != f"{entry.key} {entry.mark}"
        ]
        found = ask_many(self._objects, lambda one: self._views_of(one[1].key), asked)
        for (channel, entry), views in zip(asked, found, strict=True):
            self._views[channel] = (f"{entry.key} {entry.mark}", views)

    def _views_of(self, key: str) -> Mapping[str, tuple[float, float]]:
        try:
            frame = read_table(self._objects, key)
        except StorageError:
            return {}
        totals: dict[str, tuple[float, float]] = {}
        for row in frame.select("origin", "views", "watch_time_s").iter_rows():
            simulated = "true" if row[0] == "simulated" else "false"
            views, seconds = totals.get(simulated, (0.0, 0.0))
            totals[simulated] = (views + (row[1] or 0), seconds + (row[2] or 0.0))
        return totals

    def _figures(self, entries: Collection[Entry]) -> Figures:
        figures, counts = Figures(), self._counts
        # A counter that begins with its first failure would hide that one from increase().
        for stage in COUNTED:
            counts.durations.setdefault(stage, Histogram.empty())
            for status in _ENDINGS:
                counts.units.setdefault(f"{stage}/{status}", 0)
        for key in list(counts.videos):
            for status in _ENDINGS:
                counts.videos.setdefault(f"{key.partition('/')[0]}/{status}", 0)
        for key, count in sorted(counts.videos.items()):
            figures.add(metrics.VIDEOS, count, *key.split("/"))
        for key, count in sorted(counts.units.items()):
            figures.add(metrics.UNITS, count, *key.split("/"))
        for stage, histogram in sorted(counts.durations.items()):
            figures.add_histogram(metrics.DURATION, histogram, stage)
        for key, cost_usd in sorted(counts.cost_usd.items()):
            figures.add(metrics.COST, cost_usd, *key.split("/"))
        stored = Counter(entry.key.partition("/")[0] for entry in entries)
        for table in TABLES:
            figures.add(metrics.PARTITIONS, stored[table], table)
        unreadable = sum(self._unreadable.get(entry.key) == entry.mark for entry in entries)
        figures.add(metrics.UNREADABLE, unreadable)
        for channel, (_, totals) in sorted(self._views.items()):
            for simulated, (views, seconds) in sorted(totals.items()):
                figures.add(metrics.VIEWS, views, channel, simulated)
                figures.add(metrics.WATCH_TIME, seconds, channel, simulated)
        return figures

    def close(self) -> None:
        """Writes down what was counted, so that the next start reads only what changed."""
        if self._unsaved:
            self._save()

    def _save(self) -> None:
        import polars as pl

        from ytempire_assets.resources.atomic import write_atomically

        keys = [key for key in self._marks if key not in self._unreadable]
        frame = pl.DataFrame(
            {
                "key": keys,
                "mark": [self._marks[key] for key in keys],
                "until": [self._until.get(key, _NEVER) for key in keys],
            },
            schema={"key": pl.String(), "mark": pl.String(), "until": pl.Int64()},
        )
        told = {"place": self._objects.place, "counts": json.dumps(asdict(self._counts))}
        self._saved_at = time.monotonic()
        try:
            write_atomically(self._memory, lambda part: frame.write_parquet(part, metadata=told))
        except StorageError as error:  # it only saves time; the figures are right without it
            logger.warning("what was counted cannot be kept: %s", error)
        else:
            self._unsaved = False

    def _remember(self) -> None:
        """Goes on where another process stopped; a file that does not fit is left aside."""
        import polars as pl

        if self._remembered:
            return
        self._remembered = True
        if not self._memory.is_file():
            return
        try:
            told = pl.read_parquet_metadata(self._memory)
            if told.get("place") != self._objects.place:
                return
            counts = _counts(json.loads(told["counts"]))
            frame = pl.read_parquet(self._memory)
            marks = dict(zip(frame["key"].to_list(), frame["mark"].to_list(), strict=True))
            until = dict(zip(frame["key"].to_list(), frame["until"].to_list(), strict=True))
        except (pl.exceptions.PolarsError, OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("%s is not readable (%s): counting anew", self._memory, error)
            return
        self._counts, self._marks, self._until = counts, marks, until


def _chosen() -> Iterator[pl.Expr]:
    """The counted columns; times as microseconds, which compare faster than dates."""
    import polars as pl

    yield from (pl.col(name) for name in _COLUMNS[:-1])
    yield pl.col(_COLUMNS[-1]).dt.epoch("us")


def _counts(document: Mapping[str, Any]) -> Counts:
    durations = {
        stage: Histogram(list(one["counts"]), float(one["total"]))
        for stage, one in document["durations"].items()
    }
    width = len(Histogram.empty().counts)
    if any(len(one.counts) != width for one in durations.values()):
        raise ValueError("other buckets")
    return Counts(
        dict(document["videos"]), dict(document["units"]), dict(document["cost_usd"]), durations
    )


def _add(totals: dict[str, Any], key: str, value: float) -> None:
    totals[key] = totals.get(key, 0) + value
