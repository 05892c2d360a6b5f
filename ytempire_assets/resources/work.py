"""The workbench: doing units of work once, each failing alone.

Belongs here: reuse by fingerprint, what a row says about how it was made (status, seconds, cost),
progress. A record of every finished unit lies beside the blobs as soon as that unit is done, so an
interrupted stage loses only the unit it was at. What a unit makes is the stage's business.
"""

from __future__ import annotations

import contextvars
import functools
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from ytempire_assets.errors import PermanentError, YtempireError
from ytempire_assets.fingerprints import STAGE_VERSIONS, canonical_json, fingerprint
from ytempire_assets.log_lines import log_context
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.ledger.database import LedgerGoneError
from ytempire_assets.resources.storage.objects import DamagedObjectError

Row = dict[str, Any]
logger = logging.getLogger(__name__)

_LEDGER_LOSSES = 3


class Progress(Protocol):
    """Hears how far the work is; the command line draws bars from it."""

    def unit(self, stage: str, key: str, fraction: float, note: str = "") -> None:
        """Unit ``key`` of ``stage`` is done by ``fraction`` (0-1)."""


class SilentProgress:
    """Nobody watches."""

    def unit(self, stage: str, key: str, fraction: float, note: str = "") -> None:
        """Ignores the report."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of work.

    Attributes:
        key: Names it for people, for example the video's id.
        parameters: What beside the upstream rows decides the result; JSON-like.
        upstream: Fingerprints of the rows it is made from; they enter its own.
        lineage: Fingerprints it goes back to without depending on all of their content: a script's
            description may change without its narration being spoken again.
        given: Columns of the row that are known before the work, kept even if it fails.
        payload: Whatever ``make`` needs; does not enter the fingerprint.
        blocked: Why it cannot be done at all; it becomes a failed row without being tried.
    """

    key: str
    parameters: Mapping[str, Any]
    upstream: Sequence[str] = ()
    lineage: Sequence[str] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    payload: Any = None
    blocked: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What a unit's work gave.

    Attributes:
        columns: Of its row.
        blobs: The blobs they name.
        child_cpu_s: CPU-seconds of processes that it started.
        spent_usd: What others charged for it.
    """

    columns: Mapping[str, Any]
    blobs: Sequence[str] = ()
    child_cpu_s: float = 0.0
    spent_usd: Decimal = Decimal(0)


Report = Callable[[float], None]
Make = Callable[[Unit, Report], Made]


def cannot_be_made(unit: Unit, _report: Report) -> Made:
    """For units that lack what all of them need; they are ``blocked`` and never come here."""
    raise PermanentError(
        f"{unit.key} cannot be made ({unit.blocked or 'nothing makes it'})", "correct its setting"
    )


class _StoppedError(BaseException):
    """Unwinds a unit whose run was interrupted; ``except Exception`` must not see it."""


class Workbench:
    """Does units of work, reusing what is there.

    Args:
        blobs: Where results lie.
        cpu_usd_per_hour: Price of one core-hour.
        force: Do everything again, even if nothing changed.
        progress: Who is told how far it is.
    """

    def __init__(
        self,
        blobs: BlobStore,
        cpu_usd_per_hour: Decimal = Decimal(0),
        force: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self.blobs = blobs
        self._price_per_s = cpu_usd_per_hour / 3600
        self._force = force
        self._progress = progress or SilentProgress()

    def rows(
        self,
        stage: str,
        units: Iterable[Unit],
        make: Make,
        parallel: int = 1,
        remember: bool = True,
        cancel: Callable[[], None] | None = None,
    ) -> list[Row]:
        """Does the units and returns a row for each, in their order.

        A unit that fails gives a row with ``status`` failed and the reason; the others go on. An
        interrupt stops at once and is passed on; what was finished is found again next time.

        Args:
            stage: The table's name, a key of ``STAGE_VERSIONS``.
            units: What to do.
            make: Does one unit; reports its fraction done.
            parallel: Units at a time.
            remember: Keep a record of finished units and reuse it. Not for work whose outcome lies
                elsewhere: a publication is what the ledger says, whatever was recorded here.
            cancel: Ends what units wait for elsewhere, when the stage is interrupted: an answer of
                a service may take minutes.
        """
        work = list(units)
        row = functools.partial(self._told, stage, make=make, remember=remember)
        if parallel <= 1 or len(work) <= 1:
            return [row(unit) for unit in work]
        stop = threading.Event()
        pool = ThreadPoolExecutor(max_workers=parallel, thread_name_prefix=stage)
        try:
            # Each thread gets a copy of what logging is told about this run.
            futures = [
                pool.submit(contextvars.copy_context().run, row, unit, stop=stop) for unit in work
            ]
            wait(futures)
            return [future.result() for future in futures]
        except BaseException:
            stop.set()  # the units under way give up at their next report
            if cancel is not None:
                cancel()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _told(self, stage: str, unit: Unit, **how: Any) -> Row:
        with log_context(video=str(unit.given.get("video_id", unit.key))):
            return self._row(stage, unit, **how)

    def _row(
        self,
        stage: str,
        unit: Unit,
        *,
        make: Make,
        remember: bool,
        stop: threading.Event | None = None,
    ) -> Row:
        identity = fingerprint(stage, {"parameters": unit.parameters, "upstream": unit.upstream})
        base: Row = {
            **unit.given,
            "fingerprint": identity,
            "inputs": [*unit.upstream, *unit.lineage],
            "stage_version": STAGE_VERSIONS[stage],
        }
        if unit.blocked is not None:
            logger.warning("%s %s failed: %s", stage, unit.key, unit.blocked)
            return _failed(base, unit.blocked)
        record = self._read(identity) if remember and not self._force else None
        if record is not None:
            self._progress.unit(stage, unit.key, 1.0, "reused")
            return {**base, **record, "reused": True}
        self._progress.unit(stage, unit.key, 0.0)
        started, cpu = time.perf_counter(), _thread_cpu_s()
        try:

            def report(done: float) -> None:
                if stop is not None and stop.is_set():
                    raise _StoppedError
                self._progress.unit(stage, unit.key, done)

            made = _made(make, unit, report)
            cpu_s = _thread_cpu_s() - cpu + made.child_cpu_s
            record = {
                **made.columns,
                "status": "ok",
                "error": None,
                "compute_s": round(time.perf_counter() - started, 4),
                "cpu_s": round(cpu_s, 4),
                "cost_usd": float(
                    Decimal(str(round(cpu_s, 4))) * self._price_per_s + made.spent_usd
                ),
                "made_at": datetime.now(UTC).isoformat(),
            }
            if remember:
                self._write(identity, record, made.blobs)
        except YtempireError as error:
            logger.warning("%s %s failed: %s", stage, unit.key, error)
            self._progress.unit(stage, unit.key, 1.0, "failed")
            # What failed may have been paid for: a script that no gate let through, for example.
            return _failed(base, str(error), getattr(error, "spent_usd", Decimal(0)))
        except Exception as error:
            # A defect in one video's data must not take the other videos down with it.
            logger.exception("%s %s failed unexpectedly", stage, unit.key)
            self._progress.unit(stage, unit.key, 1.0, "failed")
            return _failed(
                base,
                f"{stage} of {unit.key}: {type(error).__name__}: {str(error)[:300]}. "
                "Next: look at the run's log, this is a defect",
            )
        self._progress.unit(stage, unit.key, 1.0)
        return {**base, "reused": False, **record}

    def _read(self, identity: str) -> Row | None:
        """What was recorded of a unit, or None when it was never done.

        A place that does not answer is an error: else all that is finished would be done again.
        """
        try:
            content = self.blobs.objects.read(_record_key(identity))
            if content is None:
                return None
            document = json.loads(content)
            row, blobs = dict(document["row"]), list(document["blobs"])
        except (DamagedObjectError, ValueError, KeyError, TypeError):
            return None  # doing it again is always right
        return row if self.blobs.has_all(blobs) else None

    def _write(self, identity: str, row: Row, blobs: Sequence[str]) -> None:
        document = canonical_json({"row": row, "blobs": list(blobs)})
        self.blobs.objects.write(_record_key(identity), document.encode())


def _made(make: Make, unit: Unit, report: Report) -> Made:
    """Does a unit; again where the ledger's server went away meanwhile.

    Units may be done twice at any time: what matters is noted in the ledger, one transaction each,
    and what was not noted did not count.
    """
    for _ in range(_LEDGER_LOSSES):
        try:
            return make(unit, report)
        except LedgerGoneError as error:
            logger.warning("%s goes on when the ledger is back: %s", unit.key, error)
    return make(unit, report)


def _failed(base: Row, error: str, spent_usd: Decimal = Decimal(0)) -> Row:
    return {
        **base,
        "status": "failed",
        "error": error,
        "reused": False,
        "compute_s": 0.0,
        "cpu_s": 0.0,
        "cost_usd": float(spent_usd),
        "made_at": datetime.now(UTC).isoformat(),
    }


def _record_key(identity: str) -> str:
    return f"work/{identity[:2]}/{identity}.json"


def _thread_cpu_s() -> float:
    """CPU-seconds of this thread, so that parallel units are not billed for each other."""
    return time.thread_time()
