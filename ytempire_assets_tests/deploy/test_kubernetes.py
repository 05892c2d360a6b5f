"""Every kustomization renders, fits the API's schemas, and asks for no right too many."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ytempire_assets_tests.deploy.manifests import (
    KUBERNETES,
    check_pod,
    kustomizations,
    names,
    of_kind,
    pods,
    project_version,
    rendered,
    validate,
)

FOLDERS = [path.relative_to(KUBERNETES).as_posix() for path in kustomizations()]


def test_every_part_is_there() -> None:
    wanted = {"base", "sandbox", "metrics", "models/ollama", "models/vllm"}
    assert set(FOLDERS) == wanted | {"overlays/workstation", "overlays/cluster"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_it_renders_and_fits_the_schemas(folder: str) -> None:
    manifests = rendered(KUBERNETES / folder)
    assert manifests
    keys = [(m["kind"], m["metadata"]["name"]) for m in manifests]
    assert len(keys) == len(set(keys))
    for manifest in manifests:
        validate(manifest)
        if manifest["kind"] != "Namespace":
            assert manifest["metadata"]["namespace"] == "ytempire", manifest["metadata"]["name"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_pods_are_restricted_bounded_and_pinned(folder: str) -> None:
    for pod in pods(rendered(KUBERNETES / folder)):
        check_pod(pod)
        assert pod.spec["automountServiceAccountToken"] is False, pod.name
        for container in pod.containers:
            if "ytempire-assets" in container["image"]:
                assert container["image"].endswith(f":{project_version()}-cpu")


@pytest.mark.parametrize("part", ["service-monitor", "prometheus-rule", "postgres"])
def test_components_can_be_added(part: str, tmp_path: Path) -> None:
    def near(path: str) -> str:
        return os.path.relpath(KUBERNETES / path, tmp_path)

    (tmp_path / "kustomization.yaml").write_text(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
        f"namespace: ytempire\nresources: [{near('metrics')}]\n"
        f"components: [{near(f'components/{part}')}]\n",
        encoding="utf-8",
    )
    manifests = rendered(tmp_path)
    for manifest in manifests:
        validate(manifest)
    if part == "service-monitor":
        (monitor,) = of_kind(manifests, "ServiceMonitor")
        (service,) = of_kind(manifests, "Service")
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        assert wanted <= service["metadata"]["labels"].items()
        ports = {port["name"] for port in service["spec"]["ports"]}
        assert {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]} <= ports
        seconds = [
            int(monitor["spec"]["endpoints"][0][key].removesuffix("s"))
            for key in ("scrapeTimeout", "interval")
        ]
        assert seconds[0] < seconds[1]  # the operator refuses the other order


def test_the_namespace_holds_pods_to_the_strictest_standard() -> None:
    (namespace,) = of_kind(rendered(KUBERNETES / "base"), "Namespace")
    labels = namespace["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_rights_are_those_that_launching_needs() -> None:
    manifests = rendered(KUBERNETES / "base")
    (role,) = of_kind(manifests, "Role")
    granted = {
        (resource, verb)
        for rule in role["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert "*" not in {part for pair in granted for part in pair}
    # What dagster-k8s calls: see its client.py.
    assert granted >= {
        ("jobs", "create"),
        ("jobs", "list"),
        ("jobs", "delete"),
        ("jobs/status", "get"),
        ("pods", "get"),
        ("pods", "list"),
        ("pods/log", "get"),
        ("events", "list"),
    }
    assert not {resource for resource, _ in granted} & {"secrets", "configmaps", "pods/exec"}
    assert not of_kind(manifests, "ClusterRole", "ClusterRoleBinding")
    (binding,) = of_kind(manifests, "RoleBinding")
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert {s["name"] for s in binding["subjects"]} == {"ytempire-orchestration"}
    assert names(manifests, "ServiceAccount") == {"ytempire-orchestration", "ytempire-serving"}


@pytest.mark.parametrize("model", ["ollama", "vllm"])
def test_model_servers_have_a_card_and_everything_around_them(model: str) -> None:
    manifests = rendered(KUBERNETES / "models" / model)
    (server,) = of_kind(manifests, "StatefulSet")
    (container,) = server["spec"]["template"]["spec"]["containers"]
    resources = container["resources"]
    assert resources["limits"]["nvidia.com/gpu"] == resources["requests"]["nvidia.com/gpu"] == "1"
    assert {"startupProbe", "readinessProbe", "livenessProbe"} <= set(container)
    # It may take long to load its weights, and is not killed meanwhile.
    startup = container["startupProbe"]
    assert startup["failureThreshold"] * startup["periodSeconds"] >= 300
    (claim,) = server["spec"]["volumeClaimTemplates"]
    assert claim["metadata"]["name"] in {m["name"] for m in container["volumeMounts"]}
    assert "replicas" not in server["spec"]  # the autoscaler's; applying again must not reset it
    kinds = {m["kind"] for m in manifests}
    assert {"Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"} <= kinds


def test_the_workstation_needs_no_card_and_no_shared_storage() -> None:
    manifests = rendered(KUBERNETES / "overlays/workstation")
    assert "nvidia" not in str(manifests)
    (claim,) = of_kind(manifests, "PersistentVolumeClaim")
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    (settings,) = [m for m in manifests if m["metadata"]["name"] == "ytempire-settings"]
    assert settings["data"]["YTEMPIRE_EXECUTOR"] == "in_process"
    assert settings["data"]["YTEMPIRE_HOME"] == "/var/lib/ytempire"


def test_no_secret_is_ever_made_here() -> None:
    for folder in FOLDERS:
        assert not of_kind(rendered(KUBERNETES / folder), "Secret")


def test_writers_ask_the_model_that_is_served() -> None:
    found = rendered(KUBERNETES / "overlays" / "cluster")
    maps = {one["metadata"]["name"]: one["data"] for one in of_kind(found, "ConfigMap")}
    settings = maps["ytempire-settings"]
    assert settings["YTEMPIRE_LLM_MODEL"] == maps["ytempire-vllm"]["MODEL"]
    services = {one["metadata"]["name"]: one["spec"] for one in of_kind(found, "Service")}
    port = services["ytempire-vllm"]["ports"][0]["port"]
    assert settings["YTEMPIRE_LLM_URLS"] == f"http://ytempire-vllm:{port}/v1"
