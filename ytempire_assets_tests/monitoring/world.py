"""A small lake, ledger and instance whose figures are known.

Belongs here: writing rows by the project's own writers, and reading metrics back by Prometheus' own
parser.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from ytempire_assets.publishing.publication import PublicationPlan
from ytempire_assets.resources.lake_tables import LakeTables, write_table
from ytempire_assets.table_schema import frame
from ytempire_assets.tables import TABLES

DAY = date(2026, 11, 19)
NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)


def row(number: int, *, at: datetime = NOON, ok: bool = True, **more: Any) -> dict[str, Any]:
    """One row of work on the channel's n-th video: 20 s, a tenth of a dollar."""
    return {
        "video_id": f"orbit-20261119-{number}",
        "fingerprint": f"{number:064x}",
        "status": "ok" if ok else "failed",
        "error": None if ok else "it did not work. Next: look.",
        "compute_s": 20.0 if ok else 0.0,
        "cost_usd": 0.1 if ok else 0.0,
        "made_at": at,
        **more,
    }


def store(tables: LakeTables, stage: str, rows: list[dict[str, Any]], day: date = DAY) -> str:
    """Stores a partition of the channel orbit; returns its key."""
    key = f"{stage}/orbit/{day}.parquet"
    write_table(tables.objects, key, frame(TABLES[stage], rows))
    return key


def plan(number: int, platform: str = "sandbox") -> PublicationPlan:
    """The plan of the n-th video."""
    return PublicationPlan(
        video_id=f"orbit-20261119-{number}",
        platform=platform,
        channel="orbit",
        topic_id=f"topic-{number}",
        day=DAY,
        content=f"{number:064x}.mp4",
        size_bytes=1000,
        publish_at=NOON,
        needs_approval=number % 2 == 0,
    )


Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]


def samples(text: bytes) -> Samples:
    """Values by name and sorted labels, as Prometheus' parser reads them."""
    found: Samples = {}
    for family in text_string_to_metric_families(text.decode()):
        for one in family.samples:
            found.setdefault(one.name, {})[tuple(sorted(one.labels.items()))] = one.value
    return found


def value(found: Samples, name: str, /, **labels: str) -> float | None:
    """One sample, or None."""
    return found.get(name, {}).get(tuple(sorted(labels.items())))
