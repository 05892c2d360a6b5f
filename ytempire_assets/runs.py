"""Running the graph's jobs in this process.

Belongs here: the Dagster instance under the home folder, registering channel partitions, one run of
a job for one partition. What to run, and how to show it, is said by the doors (``api``, ``cli``).
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from ytempire_assets.automation.jobs import GATHERED, PRODUCED
from ytempire_assets.build import build_defs
from ytempire_assets.channels import ChannelFolder, ChannelSpec
from ytempire_assets.errors import InvalidInputError, YtempireError
from ytempire_assets.partitions import CHANNELS_NAME
from ytempire_assets.resources.atomic import explained
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.work import Progress, Workbench
from ytempire_assets.settings import Settings

_INSTANCE_FILE = "dagster.yaml"


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended.

    Attributes:
        run_id: Dagster's id of the run.
        success: Every step ended well; single videos may still have failed.
        errors: One message for each step that did not.
    """

    run_id: str
    success: bool
    errors: tuple[str, ...]


class Studio:
    """The graph, opened in this process with one instance.

    Args:
        settings: Where state lives.
        force: Do work again that is finished.
        progress: Hears how far the work is.
        overrides: Resources that replace the usual ones.
    """

    def __init__(
        self,
        settings: Settings,
        force: bool = False,
        progress: Progress | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        work = Workbench(BlobStore(settings.blobs_dir), settings.cpu_usd_per_hour, force, progress)
        self.settings = settings
        self._defs = build_defs(settings, {"work": work, **(overrides or {})})

    def channel(self, name: str) -> ChannelSpec:
        """A channel's file, read now.

        Raises:
            InvalidInputError: There is no such channel, or its file is broken.
        """
        return ChannelFolder(self.settings.channels_dir).get(name)

    def register_channel(self, channel: str) -> None:
        """Makes sure that the channel's partition exists."""
        with opened_instance(self.settings) as instance:
            if not instance.has_dynamic_partition(CHANNELS_NAME, channel):
                instance.add_dynamic_partitions(CHANNELS_NAME, [channel])

    def run(self, job: str, partition: str, select: Sequence[str] = ()) -> RunResult:
        """Runs a job for one partition.

        Args:
            job: ``gather`` or ``produce``.
            partition: The partition's key.
            select: Names of assets; all of the job when empty.

        Raises:
            InvalidInputError: A selected asset is not part of the job.
        """
        members = {"gather": GATHERED, "produce": PRODUCED}[job]
        unknown = [name for name in select if name not in members]
        if unknown:
            raise InvalidInputError(
                f"'{unknown[0]}' is not a stage of {job}", f"choose from: {', '.join(members)}"
            )
        definition = self._defs.resolve_job_def(job)
        with opened_instance(self.settings) as instance:
            result = definition.execute_in_process(
                instance=instance,
                partition_key=partition,
                asset_selection=[dg.AssetKey(name) for name in select] or None,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                raise_on_error=False,
            )
        if any(_was_interrupted(event) for event in result.all_events):
            raise KeyboardInterrupt  # the run is recorded as failed; the caller stops too
        errors = tuple(_message(event) for event in result.all_events if event.is_step_failure)
        return RunResult(result.run_id, result.success, errors)


@contextlib.contextmanager
def opened_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance under the home folder, the same that ``make dev`` opens.

    Raises:
        StorageError: The home folder cannot be written.
    """
    folder = settings.dagster_dir
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / _INSTANCE_FILE
        source = Path(_INSTANCE_FILE)
        if source.is_file():
            if not target.is_file() or target.read_bytes() != source.read_bytes():
                shutil.copyfile(source, target)
        elif not target.is_file():
            target.write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        yield instance


def _was_interrupted(event: dg.DagsterEvent) -> bool:
    error = event.step_failure_data.error if event.is_step_failure else None
    return error is not None and error.cls_name == "DagsterExecutionInterruptedError"


def _message(event: dg.DagsterEvent) -> str:
    """The innermost cause of a step's failure, in our own words where we have them."""
    data = event.step_failure_data
    error = data.error
    while error is not None and error.cause is not None:
        error = error.cause
    text = (error.message if error is not None else "unknown").strip()
    if error is not None and error.cls_name in _own_errors():
        text = text.partition(": ")[2] or text
    return f"{event.step_key}: {text.splitlines()[0] if text else 'failed'}"


def _own_errors() -> set[str]:
    pending, names = [YtempireError], set()
    while pending:
        kind = pending.pop()
        names.add(kind.__name__)
        pending += kind.__subclasses__()
    return names
