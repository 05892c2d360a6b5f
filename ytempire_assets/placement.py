"""Where each stage runs: pools, retries, Kubernetes resources, and the executor.

Belongs here: the usual placement of every stage, the file that changes it for one installation
(``YTEMPIRE_PLACEMENT_FILE``), and how a setting becomes an executor. What a stage does is in
``assets/``; how the GPU's memory is shared on one machine is in ``resources/gpu.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import dagster as dg
from pydantic import BaseModel, ConfigDict, Field, field_validator

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.yaml_files import read_yaml_model

if TYPE_CHECKING:
    from pathlib import Path

    from ytempire_assets.settings import Settings

Pool: TypeAlias = Literal["sources", "language", "pictures", "render", "platform"]
Share: TypeAlias = Literal["image", "language", "video", "speech"]

POOLS: Mapping[Pool, int] = {
    "sources": 1,  # each host is asked at its own pace; two runs would ask at twice that
    "language": 1,
    "pictures": 1,
    "render": 1,  # a render uses all cores of one machine
    "platform": 4,
}
"""Steps of a pool at a time, over all runs; a cluster's file raises them."""

GPU_SHARES_GB: Mapping[Share, float] = {"image": 8, "language": 16, "video": 4, "speech": 2}
"""Memory of the card that each kind of work may take, GB; together they fit one of 32 GB."""

GPU_RESOURCE = "nvidia.com/gpu"


MOST_RETRIES = 3

RETRIES: Mapping[str, int] = {
    "stores": 60,  # a database or a bucket that restarts: back within a minute
    "models": 120,  # a model server that loads its weights
    "outside": 300,  # other people's servers, which ask for patience
}
"""Named by what failed: seconds before the first retry, doubling, ``MOST_RETRIES`` times. Only
transient errors are tried again: a retry policy of Dagster's would try defects again too."""


CRASHED = dg.RetryPolicy(max_retries=2, delay=5)
"""For a stage whose process or pod was killed. Stages name all their own failures, so that Dagster
sees none that this policy would repeat in vain."""


def retry_delay_s(retry: str, retries_so_far: int) -> int:
    """Seconds before the next retry."""
    return int(RETRIES[retry] * 2**retries_so_far)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one stage runs.

    Attributes:
        pool: Which steps it takes turns with; None when it may always run.
        retry: A key of ``RETRIES``.
        cpu: Cores, as Kubernetes writes them.
        memory: Bytes, as Kubernetes writes them.
        gpu: Whole cards on Kubernetes.
    """

    pool: Pool | None = None
    retry: str = "stores"
    cpu: str = "500m"
    memory: str = "2Gi"
    gpu: int = 0

    @property
    def resources(self) -> dict[str, dict[str, str]]:
        """Kubernetes' requests and limits; no CPU limit, so that free cores are used."""
        cards = {GPU_RESOURCE: str(self.gpu)} if self.gpu else {}
        return {
            "requests": {"cpu": self.cpu, "memory": self.memory, **cards},
            "limits": {"memory": self.memory, **cards},
        }


PLACES: Mapping[str, Place] = {
    "trend_signals": Place("sources", "outside"),
    "trends": Place(),
    "research": Place("sources", "outside"),
    "viral_model": Place(cpu="2", memory="4Gi"),
    "ideas": Place(),
    "scripts": Place("language", "models", "8", "32Gi", 1),
    "voiceovers": Place(retry="models"),
    "visuals": Place("pictures", "models", "8", "32Gi", 1),
    "renders": Place("render", cpu="4", memory="8Gi"),
    "delivery": Place("render", cpu="4", memory="8Gi"),
    "packages": Place(),
    "uploads": Place("platform", "outside"),
    "analytics": Place(retry="outside"),
    "patterns": Place(),
    "revenue": Place(),
    "costs": Place(),
    "daily_performance_summary": Place(),
}
"""The usual place of every stage."""


class StageFile(BaseModel):
    """What a placement file may change of one stage."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cpu: Annotated[str | None, Field(pattern=r"^[0-9]+(\.[0-9]+)?m?$")] = None
    memory: Annotated[str | None, Field(pattern=r"^[0-9]+(\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$")] = (
        None
    )
    gpu: Annotated[int | None, Field(ge=0, le=16)] = None

    @field_validator("cpu", "memory", mode="before")
    @classmethod
    def _written(cls, value: object) -> object:
        """``cpu: 2`` is a number in YAML, a text for Kubernetes."""
        return str(value) if isinstance(value, int | float) else value


class GpuFile(BaseModel):
    """What a placement file may change of a card's shares, GB."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    memory_gb: Annotated[float | None, Field(gt=0)] = None
    image: Annotated[float, Field(gt=0)] = GPU_SHARES_GB["image"]
    language: Annotated[float, Field(gt=0)] = GPU_SHARES_GB["language"]
    video: Annotated[float, Field(gt=0)] = GPU_SHARES_GB["video"]
    speech: Annotated[float, Field(gt=0)] = GPU_SHARES_GB["speech"]

    def share_gb(self, share: Share) -> float:
        """Memory for one kind of work, GB."""
        return float(getattr(self, share))


class PlacementFile(BaseModel):
    """A placement file; what it does not name stays as it is.

    Attributes:
        pools: Steps at a time, by pool.
        stages: By stage.
        gpu: The card's memory; ``memory_gb`` is the card's own where it is not given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pools: dict[Pool, Annotated[int, Field(ge=1, le=1000)]] = Field(default_factory=dict)
    stages: dict[str, StageFile] = Field(default_factory=dict)
    gpu: GpuFile = GpuFile()


def read_placement(path: Path | None) -> PlacementFile:
    """The placement file's content; the usual placement without one.

    Raises:
        InvalidInputError: The file cannot be read, or names what there is not.
    """
    if path is None:
        return PlacementFile()
    found = read_yaml_model(path, PlacementFile)
    unknown = sorted(set(found.stages) - set(PLACES))
    if unknown:
        raise InvalidInputError(
            f"{path.name}: stages: '{unknown[0]}' is no stage",
            f"choose from: {', '.join(PLACES)}",
        )
    return found


def pool_limits(file: PlacementFile) -> dict[str, int]:
    """Steps of every pool at a time."""
    limits = {**POOLS, **file.pools}
    return {str(pool): limit for pool, limit in limits.items()}


def op_tags(place: Place) -> dict[str, Any]:
    """Tags of a stage's step: the executor on Kubernetes makes its pod from them."""
    return {"dagster-k8s/config": {"container_config": {"resources": place.resources}}}


def changed_resources(file: PlacementFile) -> dict[str, dict[str, Any]]:
    """By stage, the pod configuration of those that the file changes.

    Merged shallowly over the op tags, so that a stage without a GPU loses the card it would have.
    """
    changed: dict[str, dict[str, Any]] = {}
    for name, change in file.stages.items():
        usual = PLACES[name]
        place = Place(
            cpu=change.cpu or usual.cpu,
            memory=change.memory or usual.memory,
            gpu=usual.gpu if change.gpu is None else change.gpu,
        )
        changed[name] = {
            "container_config": {"resources": place.resources},
            "merge_behavior": "SHALLOW",
        }
    return changed


def executor_of(settings: Settings) -> dg.ExecutorDefinition:
    """The executor that ``YTEMPIRE_EXECUTOR`` names.

    Raises:
        InvalidInputError: The placement file cannot be used.
    """
    if settings.executor == "in_process":
        return dg.in_process_executor
    if settings.executor == "multiprocess":
        # A fork server loads the graph once and forks from there; torch is never loaded in it, so
        # no fork inherits a CUDA context.
        return dg.multiprocess_executor.configured(
            {"start_method": {"forkserver": {"preload_modules": ["ytempire_assets.build"]}}}
        )
    from dagster_k8s import k8s_job_executor

    return k8s_job_executor.configured(k8s_config(settings))


def k8s_config(settings: Settings) -> dict[str, Any]:
    """Configuration of Dagster's executor on Kubernetes.

    What is not set is taken from the instance's run launcher: in a cluster the chart's.
    """
    config: dict[str, Any] = {
        "load_incluster_config": settings.k8s_kubeconfig is None,
        "job_namespace": settings.k8s_namespace,
        "image_pull_policy": settings.k8s_image_pull_policy,
        "per_step_k8s_config": changed_resources(read_placement(settings.placement_file)),
        "step_k8s_config": step_pod(settings),
        "enable_owner_references": settings.k8s_kubeconfig is None,
    }
    if settings.k8s_kubeconfig is not None:
        config["kubeconfig_file"] = str(settings.k8s_kubeconfig)
    if settings.k8s_image is not None:
        config["job_image"] = settings.k8s_image
    if settings.k8s_service_account is not None:
        config["service_account_name"] = settings.k8s_service_account
    if settings.k8s_secrets:
        config["env_secrets"] = list(settings.k8s_secrets)
    if settings.k8s_config_maps:
        config["env_config_maps"] = list(settings.k8s_config_maps)
    return config


def step_pod(settings: Settings) -> dict[str, Any]:
    """What every pod has, whatever its stage: no rights, a read-only root, room to write."""
    volumes: list[dict[str, Any]] = [{"name": "scratch", "empty_dir": {}}]
    mounts = [{"name": "scratch", "mount_path": "/tmp"}]  # noqa: S108 - inside the pod
    if settings.k8s_volume_claim is not None:
        claim = {"claim_name": settings.k8s_volume_claim}
        volumes.append({"name": "state", "persistent_volume_claim": claim})
        mounts.append({"name": "state", "mount_path": settings.k8s_state_dir})
    elif settings.k8s_scratch_home or settings.k8s_kubeconfig is not None:
        # Started from outside, a pod has none of the volumes that the chart's values give.
        volumes.append({"name": "state", "empty_dir": {}})
        mounts.append({"name": "state", "mount_path": settings.k8s_state_dir})
    return {
        "container_config": {
            "security_context": {
                "allow_privilege_escalation": False,
                "read_only_root_filesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "volume_mounts": mounts,
        },
        "pod_spec_config": {
            "automount_service_account_token": False,
            "security_context": {
                "run_as_non_root": True,
                "run_as_user": 10001,
                "run_as_group": 10001,
                "fs_group": 10001,
                "seccomp_profile": {"type": "RuntimeDefault"},
            },
            "volumes": volumes,
        },
        # A pod that is evicted is started again by the run, with what was finished; Kubernetes
        # itself must not run a step twice.
        "job_spec_config": {"backoff_limit": 0, "ttl_seconds_after_finished": 86_400},
    }
