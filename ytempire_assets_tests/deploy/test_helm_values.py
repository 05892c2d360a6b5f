"""The values are the chart's, the instance is one that Dagster opens, and its jobs are sound."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dagster._config import validate_config
from dagster._core.instance.config import dagster_instance_config
from dagster_k8s import K8sRunLauncher

from ytempire_assets.placement import PLACES, k8s_config, op_tags
from ytempire_assets.settings import Settings
from ytempire_assets_tests.conftest import PROJECT
from ytempire_assets_tests.deploy.helm import (
    RELEASE,
    code_server,
    helm_pods,
    helm_values,
    image_of,
    instance_config,
    launcher_config,
    run_job,
)
from ytempire_assets_tests.deploy.manifests import (
    DEPLOY,
    KUBERNETES,
    Pod,
    check_pod,
    check_resources,
    of_kind,
    pinned,
    project_version,
    rendered,
    validate,
)

# What the chart's own schema knows, of the parts that we use. Its closed objects are closed here.
_POD = """image envConfigMaps envSecrets labels podSecurityContext securityContext resources
    startupProbe readinessProbe livenessProbe volumes volumeMounts annotations nodeSelector affinity
    tolerations schedulerName env"""
_SERVING = f"{_POD} deploymentLabels initContainerResources checkDbReadyInitContainer"
KNOWN: dict[str, str] = {
    "": """global serviceAccount rbacEnabled postgresql generatePostgresqlPasswordSecret
        generateCeleryConfigSecret rabbitmq redis dagster-user-deployments runLauncher
        dagsterWebserver dagsterDaemon concurrency additionalInstanceConfig pythonLogs retention
        telemetry computeLogManager scheduler migrate ingress imagePullSecrets busybox flower""",
    "global": "dagsterHome postgresqlSecretName serviceAccountName celeryConfigSecretName",
    "serviceAccount": "create name annotations",
    "dagster-user-deployments": """enabled enableSubchart imagePullSecrets deployments rbacEnabled
        serviceAccount""",
    "runLauncher": "type config",
    "runLauncher.config": "k8sRunLauncher celeryK8sRunLauncher customRunLauncher",
    "runLauncher.config.k8sRunLauncher": """image imagePullPolicy jobNamespace loadInclusterConfig
        kubeconfigFile envConfigMaps envSecrets envVars volumeMounts volumes labels
        failPodOnRunFailure resources schedulerName securityContext runK8sConfig""",
    "runLauncher.config.k8sRunLauncher.runK8sConfig": """containerConfig podSpecConfig
        podTemplateSpecMetadata jobSpecConfig jobMetadata""",
    "dagsterWebserver": f"{_SERVING} replicaCount nameOverride pathPrefix service workspace",
    "dagsterDaemon": f"""{_SERVING} enabled runCoordinator heartbeatTolerance runMonitoring
        runRetries sensors schedules backfills""",
    "dagsterDaemon.runCoordinator": "enabled type config",
    "dagsterDaemon.runMonitoring": "enabled",
    "dagsterDaemon.runRetries": "enabled maxRetries retryOnAssetOrOpFailure",
    "concurrency": "pools runs",
    "concurrency.pools": "defaultLimit granularity opGranularityRunBuffer",
    "concurrency.runs": "maxConcurrentRuns tagConcurrencyLimits",
    "pythonLogs": "pythonLogLevel managedPythonLoggers dagsterHandlerConfig",
    "retention": "enabled schedule sensor autoMaterialize",
}
_DEPLOYMENT = f"""{_POD} name dagsterApiGrpcArgs codeServerArgs includeConfigInLaunchedRuns port
    deploymentNamespace replicaCount initContainers sidecarContainers deploymentStrategy"""


@pytest.mark.parametrize("file", ["values.yaml", "values-workstation.yaml"])
def test_the_chart_knows_every_key(file: str) -> None:
    values = yaml.safe_load((DEPLOY / "helm" / file).read_text(encoding="utf-8"))
    for path, known in KNOWN.items():
        part: Any = values
        for key in filter(None, path.split(".")):
            part = part.get(key, {})
        assert set(part) <= set(known.split()), path
    assert set(code_server()) <= set(_DEPLOYMENT.split())


def test_versions_agree() -> None:
    text = (DEPLOY / "helm/values.yaml").read_text(encoding="utf-8")
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    for said in (text, readme):
        assert re.findall(r"dagster/dagster --version (\S+)", said) == [pinned("dagster")]
    for part in (code_server(), helm_values()["dagsterWebserver"], helm_values()["dagsterDaemon"]):
        assert image_of(part) == f"ytempire-assets:{project_version()}-cpu"


def test_pods_are_restricted_bounded_and_valid() -> None:
    for pod in helm_pods():
        check_pod(pod)
        assert pod.labels == {"ytempire-role": "orchestration"}
        validate(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": pod.name, "labels": dict(pod.labels)},
                "spec": dict(pod.spec),
            }
        )


def test_only_pods_that_run_our_code_get_our_secrets() -> None:
    values = helm_values()
    assert code_server()["envSecrets"] == [{"name": "ytempire-secrets"}]
    for part in ("dagsterWebserver", "dagsterDaemon"):
        assert not values[part].get("envSecrets")
    assert values["generatePostgresqlPasswordSecret"] is False
    assert "postgresqlPassword" not in values["postgresql"]


def test_the_instance_is_one_that_dagster_reads(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(instance_config()), encoding="utf-8")
    found, _ = dagster_instance_config(str(tmp_path))
    own = yaml.safe_load((PROJECT / "dagster.yaml").read_text(encoding="utf-8"))
    limits, usual = found["concurrency"], own["concurrency"]
    assert limits["pools"] == usual["pools"]
    assert limits["runs"]["tag_concurrency_limits"] == usual["runs"]["tag_concurrency_limits"]
    assert found["run_retries"] == own["run_retries"]
    assert found["run_retries"]["retry_on_asset_or_op_failure"] is False
    assert found["run_monitoring"]["max_runtime_seconds"] > 0
    # Dagster's monitor ends a run before Kubernetes does, which would leave no word of why.
    deadline = launcher_config()["run_k8s_config"]["job_spec_config"]["activeDeadlineSeconds"]
    assert deadline > found["run_monitoring"]["max_runtime_seconds"]


def test_the_launcher_takes_its_configuration() -> None:
    schema = K8sRunLauncher.config_type()  # type: ignore[no-untyped-call]
    result = validate_config(schema, launcher_config())
    assert result.success, result.errors


def checked(job: dict[str, Any]) -> dict[str, Any]:
    """A job's pod, after the API's schemas and our rules."""
    validate(job)
    template = job["spec"]["template"]
    pod = Pod(job["metadata"]["name"], template["metadata"]["labels"], template["spec"])
    assert pod.spec["securityContext"]["runAsNonRoot"] is True
    volumes = [volume["name"] for volume in pod.spec["volumes"]]
    assert len(volumes) == len(set(volumes)), volumes
    (container,) = pod.containers
    places = [mount["mountPath"] for mount in container["volumeMounts"]]
    assert len(places) == len(set(places)), places
    assert {m["name"] for m in container["volumeMounts"]} == set(volumes)
    check_resources(container["resources"], job["metadata"]["name"])
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {"/tmp", "/var/lib/ytempire"} <= set(places)  # noqa: S108 - inside the pod
    assert pod.labels["ytempire-role"] == "orchestration"
    assert job["spec"]["backoffLimit"] == 0
    sources = [name for s in container["envFrom"] for name in [next(iter(s.values()))["name"]]]
    assert {"ytempire-settings", "ytempire-secrets"} <= set(sources)
    return dict(pod.spec)


def test_the_job_of_a_run_is_sound(tmp_path: Path) -> None:
    pod = checked(run_job(tmp_path))
    assert pod["serviceAccountName"] == "ytempire-orchestration"
    assert pod["automountServiceAccountToken"] is True  # it starts the jobs of its steps
    assert pod["containers"][0]["image"] == f"ytempire-assets:{project_version()}-cpu"


@pytest.mark.parametrize("stage", sorted(PLACES))
def test_the_job_of_every_step_is_sound(stage: str, tmp_path: Path) -> None:
    (config_map,) = [
        m
        for m in of_kind(rendered(KUBERNETES / "overlays/cluster"), "ConfigMap")
        if m["metadata"]["name"] == "ytempire-settings"
    ]
    named = {key.removeprefix("YTEMPIRE_").lower(): v for key, v in config_map["data"].items()}
    settings = Settings(**{k: v for k, v in named.items() if k in Settings.model_fields})
    executor, tags = k8s_config(settings), op_tags(PLACES[stage])["dagster-k8s/config"]
    assert executor["job_namespace"] == "ytempire"
    step = dict(executor["step_k8s_config"])
    step["container_config"] = {**step["container_config"], **tags["container_config"]}
    pod = checked(run_job(tmp_path, step))
    resources = pod["containers"][0]["resources"]
    assert resources["requests"] == tags["container_config"]["resources"]["requests"]


def test_the_chart_is_told_the_name_of_its_release() -> None:
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert f"helm upgrade --install {RELEASE} dagster/dagster" in readme
    mounted = [v["configMap"]["name"] for v in code_server()["volumes"] if "configMap" in v]
    assert f"{RELEASE}-instance" in mounted
