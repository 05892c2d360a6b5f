"""Figures of Dagster's instance: runs, queue, stages, daemons, schedules and sensors.

Belongs here: asking the instance's storages for counts. No event log is read, nothing is changed:
the instance is opened where it is, and never prepared from here.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ytempire_assets.errors import StorageError
from ytempire_assets.monitoring import metrics
from ytempire_assets.monitoring.metrics import Figures
from ytempire_assets.settings import Settings
from ytempire_assets.tables import TABLES

JOBS = ("gather", "learn_growth", "produce", "publish", "forget", "account")
"""Jobs of the graph; they have figures before they ever ran."""

_ACTIVE = ("STARTING", "STARTED", "CANCELING")
_ENDED = {"SUCCESS": "success", "FAILURE": "failure", "CANCELED": "canceled"}
_FORGOTTEN_S = 86_400
"""A daemon that is not needed any more leaves its last sign of life in the database for ever."""


class InstanceFigures:
    """Reads the instance again and again.

    Args:
        settings: Where it is.
    """

    name = "instance"
    every_s = 15.0

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.dagster_dir
        self._open: Any = None

    def read(self) -> Figures:
        """Counts.

        Raises:
            StorageError: There is no instance yet, or its database cannot be used.
        """
        import sqlalchemy as sa

        try:
            return self._read()
        except sa.exc.SQLAlchemyError as error:
            self.close()  # the next look begins with new connections
            raise StorageError(
                f"the instance's database cannot be read ({type(error).__name__})",
                "check that it runs and takes this user",
            ) from error

    def close(self) -> None:
        """Lets go of the database."""
        if self._open is not None:
            with contextlib.suppress(Exception):
                self._open.dispose()
            self._open = None

    def _read(self) -> Figures:
        instance, figures = self._instance(), Figures()
        _count_runs(instance, figures)
        _look_at_stages(instance, figures)
        _look_at_daemons(instance, figures)
        _look_at_ticks(instance, figures)
        return figures

    def _instance(self) -> Any:
        import dagster as dg

        if self._open is None:
            if not (self._folder / "dagster.yaml").is_file():
                raise StorageError(
                    f"{self._folder} has no dagster.yaml", "start the daemon, or produce something"
                )
            self._open = dg.DagsterInstance.from_config(str(self._folder))
        return self._open


def _count_runs(instance: Any, figures: Figures) -> None:
    import sqlalchemy as sa
    from dagster._core.storage.runs.schema import RunsTable

    runs = RunsTable.c
    query = sa.select(
        runs.pipeline_name,
        runs.status,
        sa.func.count().label("number"),
        sa.func.min(runs.create_timestamp).label("created"),
        sa.func.min(runs.start_time).label("started"),
    ).group_by(runs.pipeline_name, runs.status)
    rows = instance.run_storage.fetchall(query)
    by_job: dict[str, dict[str, Mapping[str, Any]]] = {job: {} for job in JOBS}
    for row in rows:
        by_job.setdefault(row["pipeline_name"], {})[row["status"]] = row
    now = time.time()
    waits_since = now
    for job, states in by_job.items():
        active = [states[state] for state in _ACTIVE if state in states]
        figures.add(metrics.ACTIVE, sum(row["number"] for row in active), job)
        since = min((row["started"] or now for row in active), default=now)
        figures.add(metrics.ACTIVE_AGE, max(0.0, now - since), job)
        queued = states.get("QUEUED")
        figures.add(metrics.QUEUED, queued["number"] if queued else 0, job)
        if queued:
            waits_since = min(waits_since, _seconds(queued["created"]))
        for state, word in _ENDED.items():
            figures.add(
                metrics.WORKFLOWS, states[state]["number"] if state in states else 0, job, word
            )
    figures.add(metrics.QUEUED_AGE, max(0.0, now - waits_since))


def _seconds(at: datetime) -> float:
    """A time of the run storage, which is UTC without saying so."""
    return at.replace(tzinfo=at.tzinfo or UTC).timestamp()


def _look_at_stages(instance: Any, figures: Figures) -> None:
    import dagster as dg

    for record in instance.get_asset_records([dg.AssetKey(name) for name in TABLES]):
        last = record.asset_entry.last_materialization_record
        if last is not None:
            stage = record.asset_entry.asset_key.path[-1]
            figures.add(metrics.MATERIALISED, last.timestamp, stage)


def _look_at_daemons(instance: Any, figures: Figures) -> None:
    beats = instance.get_daemon_heartbeats()
    required = set(instance.get_required_daemon_types())
    now = time.time()
    # What is required follows from this process' own dagster.yaml; others' daemons may do more.
    lately = {name for name, beat in beats.items() if now - beat.timestamp < _FORGOTTEN_S}
    statuses = instance.get_daemon_statuses(sorted(required | lately))
    for name in sorted(required | lately):
        healthy = statuses[name].healthy
        if name not in required:
            healthy = now - beats[name].timestamp < _tolerated_s()
        figures.add(metrics.DAEMON, 1 if healthy else 0, name.lower())


def _tolerated_s() -> float:
    from dagster._daemon.controller import (
        DEFAULT_DAEMON_HEARTBEAT_TOLERANCE_SECONDS,
        DEFAULT_HEARTBEAT_INTERVAL_SECONDS,
    )

    return float(DEFAULT_DAEMON_HEARTBEAT_TOLERANCE_SECONDS + DEFAULT_HEARTBEAT_INTERVAL_SECONDS)


def _look_at_ticks(instance: Any, figures: Figures) -> None:
    from dagster._core.scheduler.instigation import TickStatus

    ended = [TickStatus.SUCCESS, TickStatus.SKIPPED, TickStatus.FAILURE]
    seen: dict[str, tuple[float, bool]] = {}
    for state in instance.all_instigator_state():
        if not state.is_running:
            continue
        # One by one: the query for several would rank every tick that was ever kept.
        ticks = instance.schedule_storage.get_tick_summaries(
            state.instigator_origin_id, state.selector_id, limit=1, statuses=ended
        )
        for tick in ticks:
            found = (tick.timestamp, tick.status == TickStatus.FAILURE)
            seen[state.instigator_name] = max(seen.get(state.instigator_name, found), found)
    for name, (at, failed) in sorted(seen.items()):
        figures.add(metrics.TICK_FAILED, int(failed), name)
        figures.add(metrics.TICK_TIME, at, name)
