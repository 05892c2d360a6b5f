"""Running the graph's jobs for somebody who waits.

Belongs here: registering channel partitions, one run of a job for one partition: in this process,
in a process for each stage, or in a cluster. What to run, and how to show it, is said by the doors
(``api``, ``cli``).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import dagster as dg
from dagster._core.launcher import LaunchRunContext

from ytempire_assets.automation.jobs import ACCOUNTED, GATHERED, PRODUCED
from ytempire_assets.build import build_defs
from ytempire_assets.channels import ChannelFolder, ChannelSpec
from ytempire_assets.cluster import explained_refusal, look
from ytempire_assets.errors import InvalidInputError, StorageError
from ytempire_assets.failure_causes import cause_of
from ytempire_assets.instance import is_lost_database, opened_instance, wait_for_instance
from ytempire_assets.partitions import CHANNELS_NAME
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.step_failure import ATTENDED_TAG
from ytempire_assets.resources.work import Progress, Workbench
from ytempire_assets.run_workers import own_process
from ytempire_assets.settings import Settings, load_settings

_Keys: TypeAlias = Sequence[dg.AssetKey] | None
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_LOOK_S = 1.0
_LOSSES = 3
logger = logging.getLogger(__name__)


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
        self._force, self._overrides = force, overrides
        work = Workbench(BlobStore.of(settings), settings.cpu_usd_per_hour, force, progress)
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
            job: ``gather``, ``produce`` or ``account``.
            partition: The partition's key.
            select: Names of assets; all of the job when empty.

        Raises:
            InvalidInputError: A selected asset is not part of the job.
        """
        members = {"gather": GATHERED, "produce": PRODUCED, "account": ACCOUNTED}[job]
        unknown = [name for name in select if name not in members]
        if unknown:
            raise InvalidInputError(
                f"'{unknown[0]}' is not a stage of {job}", f"choose from: {', '.join(members)}"
            )
        keys = [dg.AssetKey(name) for name in select] or None
        for _ in range(_LOSSES):
            try:
                return self._run(job, partition, keys)
            except Exception as error:
                # Dagster's storage gives up after a second; a server takes longer to restart.
                if not is_lost_database(error, self.settings):
                    raise
                logger.warning("the instance's database went away: the run begins again")
                wait_for_instance(self.settings)
        return self._run(job, partition, keys)

    def _run(self, job: str, partition: str, keys: _Keys) -> RunResult:
        with opened_instance(self.settings) as instance:
            if self.settings.executor == "in_process":
                return self._in_this_process(instance, job, partition, keys)
            self._check_that_others_can_do_it()
            if self.settings.executor == "multiprocess":
                return self._in_processes(instance, job, partition, keys)
            return self._in_the_cluster(instance, job, partition, keys)

    def _in_this_process(
        self, instance: dg.DagsterInstance, job: str, partition: str, keys: _Keys
    ) -> RunResult:
        result = self._defs.resolve_job_def(job).execute_in_process(
            instance=instance,
            partition_key=partition,
            asset_selection=keys,
            tags={**own_process(), ATTENDED_TAG: "yes"},
            run_config=_QUIET,
            raise_on_error=False,
        )
        if any(_was_interrupted(event) for event in result.all_events):
            raise KeyboardInterrupt  # the run is recorded as failed; the caller stops too
        return _result(instance, result.run_id)

    def _in_processes(
        self, instance: dg.DagsterInstance, job: str, partition: str, keys: _Keys
    ) -> RunResult:
        with dg.execute_job(
            self._rebuildable(job),
            instance=instance,
            tags={**self._partition_tags(job, partition), **own_process(), ATTENDED_TAG: "yes"},
            run_config=_QUIET,
            asset_selection=keys,
        ) as result:
            if any(_was_interrupted(event) for event in result.all_events):
                raise KeyboardInterrupt
            return _result(instance, result.run_id)

    def _in_the_cluster(
        self, instance: dg.DagsterInstance, job: str, partition: str, keys: _Keys
    ) -> RunResult:
        for part in look(self.settings, needs_gpu=False):  # before any run is written down
            if part.error is not None:
                raise part.error
        rebuildable = self._rebuildable(job)
        run = instance.create_run_for_job(
            job_def=self._defs.resolve_job_def(job),
            tags={**self._partition_tags(job, partition), ATTENDED_TAG: "yes"},
            asset_selection=None if keys is None else frozenset(keys),
            job_code_origin=rebuildable.get_python_origin(),
        )
        try:
            instance.run_launcher.launch_run(LaunchRunContext(dagster_run=run, workspace=None))
        except Exception as error:
            instance.report_run_failed(run, "The cluster did not take the run.")
            raise explained_refusal(error, self.settings) from error
        while not _known(instance, run.run_id).is_finished:
            time.sleep(_LOOK_S)  # the run is elsewhere: its state is all that can be asked for
        return _result(instance, run.run_id)

    def _rebuildable(self, job: str) -> Any:
        arguments: Any = (job, self._force)
        return dg.build_reconstructable_job(__name__, rebuilt_job.__name__, arguments)

    def _partition_tags(self, job: str, partition: str) -> Mapping[str, str]:
        partitions = self._defs.resolve_job_def(job).partitions_def
        return {} if partitions is None else partitions.get_tags_for_partition_key(partition)

    def _check_that_others_can_do_it(self) -> None:
        """Other processes read their settings from the environment, not from this object."""
        if self._overrides or self.settings != load_settings():
            raise InvalidInputError(
                f"with the executor {self.settings.executor} settings come from the environment",
                "set YTEMPIRE_... variables instead of passing settings or resources, or set "
                "YTEMPIRE_EXECUTOR=in_process",
            )


def rebuilt_job(job: str, force: bool) -> dg.JobDefinition:
    """A job as the process or pod of a stage sees it.

    Args:
        job: Its name.
        force: Do work again that is finished.
    """
    return Studio(load_settings(), force)._defs.resolve_job_def(job)  # noqa: SLF001 - its own door


def _known(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRun:
    run = instance.get_run_by_id(run_id)
    if run is None:
        raise StorageError(f"run {run_id} is gone from the instance", "run it again")
    return run


def _result(instance: dg.DagsterInstance, run_id: str) -> RunResult:
    failures = instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
    causes = [cause_of(entry.dagster_event) for entry in failures if entry.dagster_event]
    errors = tuple(f"{cause.stage}: {cause.text}" for cause in causes)
    success = _known(instance, run_id).status == dg.DagsterRunStatus.SUCCESS
    if not success and not errors:
        errors = (f"run {run_id} ended before its steps did: look at its log in the UI",)
    return RunResult(run_id, success, errors)


def _was_interrupted(event: dg.DagsterEvent) -> bool:
    error = event.step_failure_data.error if event.is_step_failure else None
    while error is not None and error.cls_name != "DagsterExecutionInterruptedError":
        error = error.cause
    return error is not None
