"""Reading what stands in ``deploy/``: rendered manifests, the pods in them, and pinned versions.

Belongs here: what several of these tests read. Rendering is ``kubectl kustomize``, which asks no
cluster; .ci/run installs it where it is missing.
"""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kubernetes_validate
import yaml
from kubernetes.utils.quantity import parse_quantity

from ytempire_assets.settings import Settings
from ytempire_assets_tests.conftest import PROJECT

DEPLOY = PROJECT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
SUPPORTED = ("1.32", "1.37")
"""The oldest and the newest Kubernetes that the manifests are for."""

# Kinds that a cluster has only with Prometheus' operator.
_FOREIGN_KINDS = {"PrometheusRule", "ServiceMonitor"}

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class Pod:
    """A pod as some workload makes it."""

    name: str
    labels: Mapping[str, str]
    spec: Mapping[str, Any]

    @property
    def containers(self) -> list[Mapping[str, Any]]:
        """All of them, those that run first included."""
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]


def kustomizations() -> list[Path]:
    """Folders that render by themselves."""
    found = sorted(path.parent for path in KUBERNETES.rglob("kustomization.yaml"))
    return [path for path in found if path.parent.name != "components"]


@functools.cache
def rendered(folder: Path) -> tuple[Manifest, ...]:
    """What ``kubectl apply --kustomize`` would send."""
    _check_kubectl()
    done = _kubectl("kustomize", str(folder))
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr, done.stderr
    return tuple(yaml.safe_load_all(done.stdout))


@functools.cache
def _check_kubectl() -> None:
    said = _kubectl("version", "--client", "--output", "json")
    version = json.loads(said.stdout)["clientVersion"]
    minor = int(re.sub(r"\D.*", "", version["minor"]))
    assert minor >= 27, f"kubectl {version['gitVersion']} is too old to render; 1.27 is needed"


def _kubectl(*words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("kubectl")
    assert program, "these tests need kubectl 1.27 or newer"
    return subprocess.run([program, *words], capture_output=True, text=True, check=False)


def validate(manifest: Manifest) -> None:
    """Checks an object against the API's own schemas; unknown fields are errors."""
    if manifest["kind"] in _FOREIGN_KINDS:
        assert manifest["apiVersion"] == "monitoring.coreos.com/v1"
        return
    for version in SUPPORTED:
        kubernetes_validate.validate(dict(manifest), version, strict=True)


def of_kind(manifests: Sequence[Manifest], *kinds: str) -> list[Manifest]:
    """Those of some kinds."""
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def names(manifests: Sequence[Manifest], kind: str) -> set[str]:
    """The names of one kind."""
    return {manifest["metadata"]["name"] for manifest in of_kind(manifests, kind)}


def pods(manifests: Sequence[Manifest]) -> Iterator[Pod]:
    """The pods that workloads make."""
    for manifest in of_kind(manifests, "Deployment", "StatefulSet", "Job"):
        template = manifest["spec"]["template"]
        labels = template["metadata"].get("labels", {})
        yield Pod(manifest["metadata"]["name"], labels, template["spec"])


def check_pod(pod: Pod) -> None:
    """Holds a pod against the restricted pod security standard and our own rules."""
    _check_rights(pod)
    volumes = [volume["name"] for volume in pod.spec.get("volumes", ())]
    assert len(volumes) == len(set(volumes)), f"{pod.name}: a volume twice: {volumes}"
    for container in pod.containers:
        where = f"{pod.name}/{container['name']}"
        paths = [mount["mountPath"] for mount in container.get("volumeMounts", ())]
        assert len(paths) == len(set(paths)), f"{where}: two volumes at one place: {paths}"
        check_resources(container["resources"], where)
        assert_pinned(container["image"])


def check_resources(resources: Mapping[str, Mapping[str, str]], where: str) -> None:
    """What a container asks for and is held to; the API refuses more than its own limit."""
    asked, limits = resources["requests"], resources["limits"]
    assert {"cpu", "memory"} <= set(asked), f"{where}: {asked}"
    # Cores are shared by weight; memory that is taken is gone.
    assert "memory" in limits, f"{where}: {limits}"
    for name in set(asked) & set(limits):
        assert parse_quantity(asked[name]) <= parse_quantity(limits[name]), f"{where}: {name}"


def _check_rights(pod: Pod) -> None:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        assert not pod.spec.get(key), f"{pod.name}: {key}"
    assert not [v for v in pod.spec.get("volumes", ()) if "hostPath" in v], pod.name
    whole = pod.spec["securityContext"]
    assert whole["runAsNonRoot"] is True, pod.name
    assert whole["runAsUser"] > 0, pod.name
    assert whole["seccompProfile"]["type"] == "RuntimeDefault", pod.name
    for container in pod.containers:
        own = container["securityContext"]
        assert own["allowPrivilegeEscalation"] is False, pod.name
        assert own["readOnlyRootFilesystem"] is True, pod.name
        assert own["capabilities"] == {"drop": ["ALL"]}, pod.name
        assert not own.get("privileged"), pod.name


def assert_pinned(image: str) -> None:
    """An image is named by a version, and never by a word that moves."""
    tag = image.rpartition("/")[2].partition(":")[2].partition("@")[0]
    assert re.search(r"\d+\.\d+", tag), f"{image} has no version"
    assert "latest" not in tag, image


def assert_settings(found: set[str]) -> None:
    """Every ``YTEMPIRE_`` name is a setting of the project."""
    known = {f"YTEMPIRE_{name.upper()}" for name in Settings.model_fields}
    assert not found - known, f"no such setting: {sorted(found - known)}"


def given_by_operator() -> dict[str, Any]:
    """What the operator makes."""
    found = yaml.safe_load((KUBERNETES / "given-by-operator.yaml").read_text(encoding="utf-8"))
    return dict(found)


def project_version() -> str:
    """The project's version."""
    with (PROJECT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def pinned(package: str) -> str:
    """A package's version in constraints.txt."""
    text = (PROJECT / "constraints.txt").read_text(encoding="utf-8")
    match = re.search(rf"^{re.escape(package)}==(\S+)", text, re.MULTILINE)
    assert match, f"{package} is not in constraints.txt"
    return match[1]
