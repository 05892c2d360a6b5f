"""Material for the tests of the ledger: a clock that stands still, plans, dead owners."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

from ytempire_assets.publishing.publication import Publication, PublicationPlan, State
from ytempire_assets.resources.ledger import Ledger

NOON = datetime(2026, 11, 19, 20, tzinfo=UTC)
"""Noon in California, where quota days end."""

NAME_ITSELF = "from ytempire_assets.publishing.lease import this_run; print(this_run(), flush=True)"
"""Program of a process that says by which name the ledger knows it."""


class Clock:
    """Time that passes when a test says so."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **amount: float) -> None:
        self.at += timedelta(**amount)


def a_plan(video_id: str = "orbit-1", **changes: object) -> PublicationPlan:
    values: dict[str, object] = {
        "video_id": video_id,
        "platform": "sandbox",
        "channel": "orbit",
        "topic_id": f"topic-of-{video_id}",
        "day": date(2026, 11, 19),
        "content": f"{video_id}.mp4",
        "size_bytes": 10,
        "publish_at": NOON,
        "needs_approval": False,
        "title": f"Title of {video_id}",
    }
    return PublicationPlan(**{**values, **changes})  # type: ignore[arg-type]


def put(ledger: Ledger, plan: PublicationPlan, state: State, **fields: object) -> Publication:
    """Brings a publication into a state at once."""
    return ledger.advance(ledger.open_publication(plan), state, **fields)


def a_dead_run() -> str:
    """Name of a run whose process was there and is gone."""
    done = subprocess.run(
        [sys.executable, "-c", NAME_ITSELF], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
