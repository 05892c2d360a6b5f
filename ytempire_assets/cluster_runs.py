"""Runs that this machine starts in a cluster.

Belongs here: the launcher for a machine outside the cluster. Inside it Dagster's own is used, as
the chart configures it.
"""

from __future__ import annotations

from dagster._core.launcher import LaunchRunContext
from dagster._core.launcher.base import ResumeRunContext
from dagster._grpc.types import ExecuteRunArgs, ResumeRunArgs
from dagster_k8s import K8sRunLauncher
from dagster_k8s.job import get_job_name_from_run_id


class ClusterRunLauncher(K8sRunLauncher):
    """Starts a run as a pod that opens the cluster's own instance.

    Dagster's launcher hands the pod the instance as this machine sees it: with the path of this
    machine's kubeconfig and of its folders, which the pod does not have.
    """

    def launch_run(self, context: LaunchRunContext) -> None:
        """Starts the run's pod."""
        run = context.dagster_run
        if run.job_code_origin is None:
            raise ValueError(f"run {run.run_id} does not say which code it runs")
        arguments = ExecuteRunArgs(
            job_origin=run.job_code_origin,
            run_id=run.run_id,
            instance_ref=None,
            set_exit_code_on_failure=True,
        ).get_command_args()
        self._launch_k8s_job_with_args(_job_name(run.run_id), arguments, run)

    def resume_run(self, context: ResumeRunContext) -> None:
        """Starts another pod for a run whose pod is gone."""
        run = context.dagster_run
        if run.job_code_origin is None:
            raise ValueError(f"run {run.run_id} does not say which code it runs")
        arguments = ResumeRunArgs(
            job_origin=run.job_code_origin,
            run_id=run.run_id,
            instance_ref=None,
            set_exit_code_on_failure=True,
        ).get_command_args()
        self._launch_k8s_job_with_args(
            _job_name(run.run_id, context.resume_attempt_number), arguments, run
        )


def _job_name(run_id: str, attempt: int | None = None) -> str:
    """As Dagster names a run's job: the health check and the deletion look for that name."""
    name = get_job_name_from_run_id(run_id, attempt)  # type: ignore[no-untyped-call]
    return str(name)
