"""What Dagster's chart makes of our values: the pods, the instance, the jobs of runs and steps.

Belongs here: the parts of the chart that decide about our pods, written down from its templates,
and the jobs as dagster-k8s itself makes them. No package that tests could install has the chart.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from ytempire_assets_tests.deploy.manifests import DEPLOY, Pod

if TYPE_CHECKING:
    from dagster_k8s.job import UserDefinedDagsterK8sConfig

RELEASE = "dagster"
Values = dict[str, Any]


@functools.cache
def helm_values() -> Values:
    """values.yaml."""
    return dict(yaml.safe_load((DEPLOY / "helm/values.yaml").read_text(encoding="utf-8")))


def code_server() -> Values:
    """The one user deployment."""
    (found,) = helm_values()["dagster-user-deployments"]["deployments"]
    return dict(found)


def image_of(part: Values) -> str:
    """An image as the chart writes it."""
    return f"{part['image']['repository']}:{part['image']['tag']}"


def helm_pods() -> list[Pod]:
    """The pods that the chart's templates make, without its waiting init containers."""
    values, code = helm_values(), code_server()
    return [
        _pod("code-server", code, code["port"], code["envConfigMaps"], code["envSecrets"]),
        _pod(
            "webserver", values["dagsterWebserver"], values["dagsterWebserver"]["service"]["port"]
        ),
        _pod("daemon", values["dagsterDaemon"], None),
    ]


def _pod(
    name: str,
    part: Values,
    port: int | None,
    config_maps: list[Values] | None = None,
    secrets: list[Values] | None = None,
) -> Pod:
    values = helm_values()
    container: Values = {
        "name": "dagster",
        "image": image_of(part),
        "imagePullPolicy": part["image"]["pullPolicy"],
        "securityContext": part["securityContext"],
        "resources": part["resources"],
        "volumeMounts": part["volumeMounts"],
        "env": [
            {
                "name": "DAGSTER_PG_PASSWORD",
                "valueFrom": {
                    "secretKeyRef": {
                        "name": values["global"]["postgresqlSecretName"],
                        "key": "postgresql-password",
                    }
                },
            }
        ],
        "envFrom": [
            *({"configMapRef": source} for source in config_maps or ()),
            *({"secretRef": source} for source in secrets or ()),
        ],
        "ports": [{"name": "http", "containerPort": port}] if port else [],
    }
    for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
        probe = {k: v for k, v in part.get(kind, {}).items() if k != "enabled"}
        if probe:
            asked = {} if "httpGet" in probe else {"exec": {"command": ["true"]}}
            container[kind] = {**asked, **probe}
    return Pod(
        name,
        part["labels"],
        {
            "serviceAccountName": values["global"]["serviceAccountName"],
            "securityContext": part["podSecurityContext"],
            "volumes": part["volumes"],
            "containers": [container],
        },
    )


def launcher_config() -> Values:
    """The run launcher's part of the instance, as the chart writes it."""
    values = helm_values()
    chosen = values["runLauncher"]["config"]["k8sRunLauncher"]
    pod = chosen["runK8sConfig"]
    return {
        "load_incluster_config": chosen["loadInclusterConfig"],
        "job_namespace": "ytempire",
        "image_pull_policy": chosen["imagePullPolicy"],
        "service_account_name": values["global"]["serviceAccountName"],
        "dagster_home": values["global"]["dagsterHome"],
        "instance_config_map": f"{RELEASE}-instance",
        "postgres_password_secret": values["global"]["postgresqlSecretName"],
        "labels": chosen["labels"],
        "fail_pod_on_run_failure": chosen["failPodOnRunFailure"],
        "security_context": chosen["securityContext"],
        "run_k8s_config": {
            "pod_spec_config": pod["podSpecConfig"],
            "job_spec_config": pod["jobSpecConfig"],
        },
    }


def instance_config() -> Values:
    """dagster.yaml as the chart writes it."""
    values = helm_values()
    database = values["postgresql"]
    storage = {
        "postgres_db": {
            "username": database["postgresqlUsername"],
            "password": {"env": "DAGSTER_PG_PASSWORD"},
            "hostname": database["postgresqlHost"],
            "db_name": database["postgresqlDatabase"],
            "port": database["service"]["port"],
        }
    }
    runs, pools = values["concurrency"]["runs"], values["concurrency"]["pools"]
    return {
        "storage": {"postgres": storage},
        "run_launcher": {
            "module": "dagster_k8s",
            "class": "K8sRunLauncher",
            "config": launcher_config(),
        },
        "run_coordinator": {
            "module": "dagster.core.run_coordinator",
            "class": values["dagsterDaemon"]["runCoordinator"]["type"],
        },
        "concurrency": {
            "pools": {"granularity": pools["granularity"]},
            "runs": {
                "max_concurrent_runs": runs["maxConcurrentRuns"],
                "tag_concurrency_limits": runs["tagConcurrencyLimits"],
            },
        },
        "telemetry": values["telemetry"],
        "python_logs": {
            "python_log_level": values["pythonLogs"]["pythonLogLevel"],
            "managed_python_loggers": values["pythonLogs"]["managedPythonLoggers"],
        },
        "retention": {
            "sensor": {"purge_after_days": values["retention"]["sensor"]["purgeAfterDays"]},
            "schedule": {"purge_after_days": values["retention"]["schedule"]["purgeAfterDays"]},
        },
        **values["additionalInstanceConfig"],
    }


def run_context() -> Values:
    """What the chart tells Dagster about the pods of runs from the code server."""
    code = code_server()
    return {
        "k8s": {
            "image_pull_policy": code["image"]["pullPolicy"],
            "env_config_maps": [source["name"] for source in code["envConfigMaps"]],
            "env_secrets": [source["name"] for source in code["envSecrets"]],
            "volume_mounts": code["volumeMounts"],
            "volumes": code["volumes"],
            "labels": code["labels"],
            "resources": code["resources"],
            "namespace": "ytempire",
            "service_account_name": helm_values()["global"]["serviceAccountName"],
        }
    }


def run_job(folder: Path, step: Mapping[str, Any] | None = None) -> Values:
    """The Kubernetes job of a run, or of a step, as dagster-k8s makes it from our values.

    Args:
        folder: For a kubeconfig that leads nowhere.
        step: What the executor and the stage add; None makes the job of a run.
    """
    from dagster_k8s import K8sRunLauncher
    from dagster_k8s.container_context import K8sContainerContext
    from dagster_k8s.job import construct_dagster_k8s_job
    from kubernetes.client import ApiClient

    launcher = K8sRunLauncher(
        **{
            **launcher_config(),
            "load_incluster_config": False,
            "kubeconfig_file": str(_kubeconfig(folder)),
        }
    )
    context = K8sContainerContext(
        image_pull_policy=launcher.image_pull_policy,
        service_account_name=launcher.service_account_name,
        labels=launcher.labels,
        namespace=launcher.job_namespace,
        security_context=launcher.security_context,
        run_k8s_config=_own(launcher.run_k8s_config or {}),
    ).merge(K8sContainerContext.create_from_config(run_context()))
    if step is not None:
        context = context.merge(K8sContainerContext(run_k8s_config=_own(step)))
    job = construct_dagster_k8s_job(
        job_config=context.get_k8s_job_config(image_of(code_server()), launcher),
        args=["dagster", "api", "execute_step" if step is not None else "execute_run"],
        job_name="dagster-run-1",
        user_defined_k8s_config=context.run_k8s_config,
        pod_name="dagster-run-1",
        component="step_worker" if step is not None else "run_worker",
        labels={"dagster/job": "produce"},
        env_vars=[],
    )
    return dict(ApiClient().sanitize_for_serialization(job))


def _own(config: Mapping[str, Any]) -> UserDefinedDagsterK8sConfig:
    """What somebody adds to a pod, as dagster-k8s reads it."""
    from dagster_k8s.job import UserDefinedDagsterK8sConfig

    made: UserDefinedDagsterK8sConfig
    made = UserDefinedDagsterK8sConfig.from_dict(config)  # type: ignore[no-untyped-call]
    return made


def _kubeconfig(folder: Path) -> Path:
    path = folder / "kubeconfig"
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "none",
                "contexts": [{"name": "none", "context": {"cluster": "none", "user": "none"}}],
                "clusters": [{"name": "none", "cluster": {"server": "http://127.0.0.1:9"}}],
                "users": [{"name": "none", "user": {}}],
            }
        ),
        encoding="utf-8",
    )
    return path
