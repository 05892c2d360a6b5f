"""What is measured: every metric with its kind, its labels and its meaning.

Belongs here: the names that rules and boards use, and writing samples in Prometheus' text format.
Labels are channels, stages, platforms and the like; never a video's id, whose number has no bound.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (the format),
https://prometheus.io/docs/practices/naming/ (the names).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from prometheus_client.core import Metric as Family

BUCKETS_S = (0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 900, 1800)
"""Upper bounds of processing times, seconds; a step may take 1800."""

_COUNTED_ONCE = (
    "Each piece of work is counted once, when it was done: making a partition again counts only "
    "what was really done again."
)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric.

    Attributes:
        name: With its unit.
        kind: What may be done with it: rates of counters, quantiles of histograms.
        meaning: For people.
        labels: Names of its labels.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    meaning: str
    labels: tuple[str, ...] = ()


# Lake.
VIDEOS = Metric(
    "ytempire_videos_generated_total",
    "counter",
    "Videos finished (status ok) and attempts that failed (status failed). " + _COUNTED_ONCE,
    ("channel", "status"),
)
UNITS = Metric(
    "ytempire_stage_units_total",
    "counter",
    "Pieces of work of a stage, by how they ended. " + _COUNTED_ONCE,
    ("stage", "status"),
)
DURATION = Metric(
    "ytempire_video_processing_duration_seconds",
    "histogram",
    "Wall time of a stage's work for one video, as far as it ended well. " + _COUNTED_ONCE,
    ("stage",),
)
COST = Metric(
    "ytempire_cost_usd_total",
    "counter",
    "Price of the work, computing and what others charged, US dollars. " + _COUNTED_ONCE,
    ("channel", "stage"),
)
PARTITIONS = Metric(
    "ytempire_lake_partitions", "gauge", "Stored partitions of a stage's table.", ("stage",)
)
UNREADABLE = Metric(
    "ytempire_lake_unreadable_partitions", "gauge", "Partitions that cannot be read."
)
VIEWS = Metric(
    "ytempire_video_views",
    "gauge",
    "Views since publication of all of a channel's videos, as known at the end of its newest day. "
    "A gauge, because a platform may take views back. Simulated ones are the sandbox's.",
    ("channel", "simulated"),
)
WATCH_TIME = Metric(
    "ytempire_video_watch_time_seconds",
    "gauge",
    "Seconds watched of all of a channel's videos, as known at the end of its newest day.",
    ("channel", "simulated"),
)

# Ledger.
PUBLICATIONS = Metric(
    "ytempire_publications",
    "gauge",
    "Publications by how far they are; planned ones wait for a person.",
    ("platform", "state"),
)
FAILING = Metric(
    "ytempire_publications_failing",
    "gauge",
    "Publications whose last run ended with a problem; waiting for their turn is none.",
    ("platform",),
)
UPLOADS = Metric(
    "ytempire_uploads_total", "counter", "Videos that the platform has received.", ("platform",)
)
QUOTA_USED = Metric(
    "ytempire_quota_used",
    "gauge",
    "What is used of today's allowance (a Pacific day); all of it once the platform says so.",
    ("project", "bucket"),
)
QUOTA_LIMIT = Metric(
    "ytempire_quota_limit", "gauge", "The allowance of a Pacific day.", ("project", "bucket")
)

# Instance. A label named job would clash with the one that Prometheus gives to every target.
ACTIVE = Metric(
    "ytempire_active_workflows",
    "gauge",
    "Runs in progress, those that end included.",
    ("workflow",),
)
ACTIVE_AGE = Metric(
    "ytempire_oldest_active_workflow_age_seconds",
    "gauge",
    "How long the longest run in progress has taken so far; 0 without one.",
    ("workflow",),
)
QUEUED = Metric(
    "ytempire_queued_workflows", "gauge", "Runs that wait for their turn.", ("workflow",)
)
QUEUED_AGE = Metric(
    "ytempire_oldest_queued_workflow_age_seconds",
    "gauge",
    "How long the longest waiting run has waited; 0 without one.",
)
WORKFLOWS = Metric(
    "ytempire_workflows_total",
    "counter",
    "Runs that ended, by how: success, failure or canceled. Falls when runs are deleted.",
    ("workflow", "status"),
)
MATERIALISED = Metric(
    "ytempire_stage_last_success_timestamp_seconds",
    "gauge",
    "When the stage last stored a partition, seconds since 1970.",
    ("stage",),
)
DAEMON = Metric(
    "ytempire_daemon_healthy",
    "gauge",
    "1 when a part of Dagster's daemon gave a sign of life in the last minutes.",
    ("daemon",),
)
TICK_FAILED = Metric(
    "ytempire_automation_tick_failed",
    "gauge",
    "1 when the last tick of a schedule or sensor that is on failed.",
    ("name",),
)
TICK_TIME = Metric(
    "ytempire_automation_last_tick_timestamp_seconds",
    "gauge",
    "When a schedule or sensor that is on last ticked, seconds since 1970.",
    ("name",),
)

# Machine and model servers.
DISK_FREE = Metric(
    "ytempire_disk_free_bytes", "gauge", "Free space where the home folder is; for users, not root."
)
DISK_TOTAL = Metric("ytempire_disk_total_bytes", "gauge", "Size of the disk of the home folder.")
MODEL_SERVER = Metric(
    "ytempire_model_server_up",
    "gauge",
    "1 when a model server that the settings name answered the last look.",
    ("server",),
)

# The exporter itself.
SOURCE_UP = Metric(
    "ytempire_scrape_source_up",
    "gauge",
    "1 when the source was read, not long ago. At 0 its metrics are missing; after the start the "
    "lake is 0 until all of it was read once.",
    ("source",),
)
SOURCE_AGE = Metric(
    "ytempire_scrape_source_age_seconds",
    "gauge",
    "How long ago the source was read: figures are that old.",
    ("source",),
)
SOURCE_READ = Metric(
    "ytempire_scrape_source_read_seconds", "gauge", "How long reading it took.", ("source",)
)

METRICS: tuple[Metric, ...] = tuple(
    found for found in list(globals().values()) if isinstance(found, Metric)
)


@dataclass(slots=True)
class Histogram:
    """Observed values, counted by bucket.

    Attributes:
        counts: Values of each bucket of ``BUCKETS_S`` alone, and of what is above the last.
        total: Their sum.
    """

    counts: list[int]
    total: float

    @classmethod
    def empty(cls) -> Histogram:
        """Without values."""
        return cls([0] * (len(BUCKETS_S) + 1), 0.0)

    def observe(self, value: float) -> None:
        """Counts one value."""
        place = next((i for i, bound in enumerate(BUCKETS_S) if value <= bound), len(BUCKETS_S))
        self.counts[place] += 1
        self.total += value


class Figures:
    """Samples of one source, to be written as text."""

    def __init__(self) -> None:
        self._families: dict[str, Any] = {}

    def add(self, metric: Metric, value: float, *labels: str) -> None:
        """One sample of a counter or gauge, its labels in the metric's order."""
        self._family(metric).add_metric(labels, value)

    def add_histogram(self, metric: Metric, histogram: Histogram, *labels: str) -> None:
        """A histogram's samples."""
        so_far, buckets = 0, []
        bounds = [*(f"{bound:g}" for bound in BUCKETS_S), "+Inf"]
        for bound, count in zip(bounds, histogram.counts, strict=True):
            so_far += count
            buckets.append((bound, so_far))
        self._family(metric).add_metric(labels, buckets, histogram.total)

    def text(self) -> bytes:
        """All samples in Prometheus' text format."""
        from prometheus_client import generate_latest

        return bytes(generate_latest(_Collected(list(self._families.values()))))

    def _family(self, metric: Metric) -> Any:
        from prometheus_client import core

        kinds: dict[str, Any] = {
            "counter": core.CounterMetricFamily,
            "gauge": core.GaugeMetricFamily,
            "histogram": core.HistogramMetricFamily,
        }
        if metric.name not in self._families:
            self._families[metric.name] = kinds[metric.kind](
                metric.name, metric.meaning, labels=metric.labels
            )
        return self._families[metric.name]


class _Collected:
    """What the library takes in place of a registry."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families

    def collect(self) -> Sequence[Family]:
        return self._families
