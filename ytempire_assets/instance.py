"""Dagster's instance: the folder with its ``dagster.yaml``, and opening it.

Belongs here: how the settings become an instance that the UI, the daemon, the command line and the
pods share. What the instance does by itself is in the project's ``dagster.yaml``.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import yaml

from ytempire_assets.errors import StorageError
from ytempire_assets.placement import pool_limits, read_placement, step_pod
from ytempire_assets.resources.atomic import explained, write_atomically
from ytempire_assets.run_workers import settle_dead_runs, settle_own_runs
from ytempire_assets.settings import Settings

INSTANCE_FILE = "dagster.yaml"
_BACK_S = 120.0
_LOOK_S = 1.0


def prepare_instance(settings: Settings) -> Path:
    """Writes the instance's ``dagster.yaml`` where the settings ask for another one.

    Returns:
        ``DAGSTER_HOME``.

    Raises:
        StorageError: The folder cannot be written, or has no ``dagster.yaml`` though others keep
            it.
    """
    folder = settings.dagster_dir
    if settings.instance_dir is not None:
        if not (folder / INSTANCE_FILE).is_file():
            raise StorageError(
                f"{folder} has no {INSTANCE_FILE}",
                "set YTEMPIRE_INSTANCE_DIR to the folder that the instance's ConfigMap is in",
            )
        return folder
    target = folder / INSTANCE_FILE
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
        wanted = instance_yaml(settings)
        if not target.is_file() or target.read_text(encoding="utf-8") != wanted:
            write_atomically(target, lambda part: _write(part, wanted))
    return folder


def instance_yaml(settings: Settings) -> str:
    """The project's ``dagster.yaml``, and what the settings add; secrets by reference only."""
    source = Path(INSTANCE_FILE)
    text = source.read_text(encoding="utf-8") if source.is_file() else _BESIDE_NO_PROJECT
    added: dict[str, Any] = {}
    if settings.postgres is not None:
        added["storage"] = {"postgres": {"postgres_url": {"env": "YTEMPIRE_POSTGRES"}}}
    if settings.executor == "k8s":
        document = yaml.safe_load(text) or {}
        document.pop("run_launcher", None)
        added["run_launcher"] = {
            "module": "ytempire_assets.cluster_runs",
            "class": "ClusterRunLauncher",
            "config": launcher_config(settings),
        }
        text = yaml.safe_dump(document, sort_keys=False)
    if added:
        text += "\n# As the settings say.\n" + yaml.safe_dump(added, sort_keys=False)
    return text


def launcher_config(settings: Settings) -> dict[str, Any]:
    """Configuration of Dagster's launcher on Kubernetes: each run is a pod that starts others."""
    config: dict[str, Any] = {
        "dagster_home": f"{settings.k8s_state_dir}/dagster",
        "instance_config_map": settings.k8s_instance_config_map,
        "job_namespace": settings.k8s_namespace,
        "service_account_name": settings.k8s_service_account or "default",
        "image_pull_policy": settings.k8s_image_pull_policy,
        "load_incluster_config": settings.k8s_kubeconfig is None,
        "env_secrets": list(settings.k8s_secrets),
        "env_config_maps": list(settings.k8s_config_maps),
        # So that the run's pod gives its stages' pods the home that it has itself.
        "env_vars": [
            f"YTEMPIRE_K8S_VOLUME_CLAIM={settings.k8s_volume_claim}"
            if settings.k8s_volume_claim is not None
            else "YTEMPIRE_K8S_SCRATCH_HOME=true"
        ],
        "run_k8s_config": _run_pod(settings),
        "resources": {
            "requests": {"cpu": "250m", "memory": "1Gi"},
            "limits": {"memory": "2Gi"},
        },
    }
    if settings.k8s_image is not None:
        config["job_image"] = settings.k8s_image
    if settings.k8s_kubeconfig is not None:
        config["kubeconfig_file"] = str(settings.k8s_kubeconfig)
    return config


def _run_pod(settings: Settings) -> dict[str, Any]:
    """As a step's pod, but with the token that lets it start those."""
    pod = step_pod(settings)
    pod["pod_spec_config"]["automount_service_account_token"] = True
    return pod


@contextlib.contextmanager
def opened_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance that ``make dev`` opens too, its pools as the placement says.

    Raises:
        StorageError: The folder cannot be written, or the database is not reachable.
    """
    folder = prepare_instance(settings)
    with contextlib.ExitStack() as stack:
        try:
            instance = stack.enter_context(dg.DagsterInstance.from_config(str(folder)))
            agree_on_pools(instance, pool_limits(read_placement(settings.placement_file)))
            settle_dead_runs(instance)
        except Exception as error:
            raise _explained(error, settings) from error
        yield instance


def agree_on_pools(instance: dg.DagsterInstance, limits: dict[str, int]) -> list[str]:
    """Makes the instance's limits those of the placement; says which changed."""
    known = {
        pool.name: pool.limit
        for pool in instance.event_log_storage.get_pool_limits()
        if not pool.from_default
    }
    changed = [name for name, limit in limits.items() if known.get(name) != limit]
    for name in changed:
        instance.event_log_storage.set_concurrency_slots(name, limits[name])
    return changed


def is_lost_database(error: BaseException, settings: Settings) -> bool:
    """Whether an error comes from the instance's server, which is away or was."""
    return settings.postgres is not None and _database_error(error) is not None


def wait_for_instance(settings: Settings, longest_s: float = _BACK_S) -> None:
    """Waits until the instance's database answers again, and ends this process' own lost runs.

    Raises:
        StorageError: It did not come back in time.
    """
    end = time.monotonic() + longest_s
    while True:
        try:
            with opened_instance(settings) as instance:
                settle_own_runs(instance)
        except StorageError:
            if time.monotonic() > end:
                raise
            time.sleep(_LOOK_S)
        else:
            return


def _database_error(error: BaseException) -> BaseException | None:
    import sqlalchemy as sa

    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, sa.exc.DBAPIError):
        cause = cause.__cause__ or cause.__context__
    return cause


def _explained(error: Exception, settings: Settings) -> Exception:
    """A database's refusal in our words, without its address; anything else as it is."""
    cause = _database_error(error)
    if cause is None or settings.postgres is None:
        return error
    said = str(getattr(cause, "orig", "") or "").strip().splitlines()
    return StorageError(
        f"the instance's Postgres cannot be used ({said[0] if said else type(cause).__name__})",
        "check that the server of YTEMPIRE_POSTGRES runs and takes this user, then run again",
    )


def _write(part: Path, text: str) -> None:
    part.write_text(text, encoding="utf-8")


_BESIDE_NO_PROJECT = "telemetry:\n  enabled: false\n"
