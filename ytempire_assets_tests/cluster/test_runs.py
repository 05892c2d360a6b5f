"""Runs in a cluster: every manifest valid, each stage in a pod of its own, refusals named."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from ytempire_assets import api
from ytempire_assets.errors import InvalidInputError, TransientError
from ytempire_assets.placement import k8s_config
from ytempire_assets.runs import Studio
from ytempire_assets.settings import Settings, load_settings
from ytempire_assets_tests.cluster.conftest import IMAGE
from ytempire_assets_tests.cluster.kubernetes_api import Cluster

DAY = "2026-11-19"


def test_a_run_is_a_pod_and_each_of_its_stages_another(
    settings: Settings, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YTEMPIRE_EXECUTOR", "in_process")
    studio = Studio(load_settings())
    studio.register_channel("orbit")
    assert studio.run("gather", DAY).success
    monkeypatch.setenv("YTEMPIRE_EXECUTOR", "k8s")

    produced = api.produce("orbit", DAY, ["ideas", "scripts"])

    logs = "\n".join(path.read_text()[-3000:] for path in cluster.folder.glob("*.log"))
    assert produced.success, (produced.errors, logs)
    assert [run.success for run in produced.runs] == [True]
    assert len(produced.videos) == 2
    kinds = [job["metadata"]["labels"]["app.kubernetes.io/component"] for job in _jobs(cluster)]
    assert kinds == ["run_worker", *["step_worker"] * 4]
    steps = {job["metadata"]["labels"]["dagster/op"]: _container(job) for job in _jobs(cluster)[1:]}
    assert set(steps) == {"ideas", "scripts", "scripts_videos_succeeded", "scripts_script_gates"}
    assert steps["scripts"]["resources"] == {
        "requests": {"cpu": "8", "memory": "32Gi", "nvidia.com/gpu": "1"},
        "limits": {"memory": "32Gi", "nvidia.com/gpu": "1"},
    }
    assert steps["ideas"]["resources"] == {
        "requests": {"cpu": "500m", "memory": "2Gi"},
        "limits": {"memory": "2Gi"},
    }
    for job in _jobs(cluster):
        pod, container = job["spec"]["template"]["spec"], _container(job)
        assert container["image"] == IMAGE
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert pod["securityContext"]["runAsNonRoot"]
        # Secrets go by reference: no manifest holds one.
        assert "postgresql://" not in json.dumps(job)
        # The root is read-only: there is a place for the state, and one for what is in between.
        mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        assert {"/tmp", settings.k8s_state_dir} <= set(mounts)  # noqa: S108 - in the pod
        assert {one["name"] for one in pod["volumes"]} >= set(mounts.values())
        may_ask = job["metadata"]["labels"]["app.kubernetes.io/component"] == "run_worker"
        assert pod["automountServiceAccountToken"] is may_ask


def test_a_pod_that_is_killed_is_started_again(
    settings: Settings, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YTEMPIRE_EXECUTOR", "in_process")
    Studio(load_settings()).register_channel("orbit")
    assert Studio(load_settings()).run("gather", DAY).success
    monkeypatch.setenv("YTEMPIRE_EXECUTOR", "k8s")
    killed: list[str] = []

    def kill() -> None:
        while not killed:
            for name, process in list(cluster.processes.items()):
                if cluster.jobs[name]["metadata"]["labels"].get("dagster/op") == "ideas":
                    process.kill()
                    killed.append(name)
            time.sleep(0.1)

    killer = threading.Thread(target=kill)
    killer.start()
    result = Studio(load_settings()).run("produce", f"orbit|{DAY}", ["ideas"])
    killer.join(10)
    assert result.success, result.errors
    assert [name for name in cluster.jobs if name.startswith(killed[0])] == [
        killed[0],
        f"{killed[0]}-1",
    ]


def test_a_placement_file_changes_what_a_stage_gets(tmp_path: Path) -> None:
    file = tmp_path / "placement.yaml"
    file.write_text("stages:\n  ideas: {cpu: 250m, gpu: 2}\n  scripts: {gpu: 0, memory: 1Gi}\n")
    changed = k8s_config(Settings(placement_file=file))["per_step_k8s_config"]
    assert changed["scripts"]["container_config"]["resources"] == {
        "requests": {"cpu": "8", "memory": "1Gi"},
        "limits": {"memory": "1Gi"},
    }
    assert changed["ideas"]["container_config"]["resources"]["limits"]["nvidia.com/gpu"] == "2"


@pytest.mark.parametrize(
    ("broken", "error", "said"),
    [
        ("forbidden", InvalidInputError, "this account may not create jobs"),
        ("namespace", InvalidInputError, 'namespaces "elsewhere" not found'),
        ("token", InvalidInputError, "does not accept the credentials"),
        ("busy", TransientError, "answered 503"),
        ("gone", TransientError, "does not answer"),
        ("kubeconfig", InvalidInputError, "YTEMPIRE_K8S_KUBECONFIG"),
    ],
)
def test_a_cluster_that_refuses_is_named_and_the_run_is_over(
    broken: str,
    error: type[Exception],
    said: str,
    settings: Settings,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert settings.k8s_kubeconfig is not None
    if broken == "forbidden":
        cluster.allowed = False
    elif broken == "namespace":
        monkeypatch.setenv("YTEMPIRE_K8S_NAMESPACE", "elsewhere")
    elif broken == "token":
        text = settings.k8s_kubeconfig.read_text()
        settings.k8s_kubeconfig.write_text(text.replace("planted-token", "planted-other"))
    elif broken == "busy":
        cluster.refuse = 503
    elif broken == "gone":
        text = settings.k8s_kubeconfig.read_text()
        settings.k8s_kubeconfig.write_text(
            yaml.safe_dump(
                yaml.safe_load(text)
                | {"clusters": [{"name": "one", "cluster": {"server": "http://127.0.0.1:9"}}]}
            )
        )
    else:
        settings.k8s_kubeconfig.write_text("clusters: [\n")
    studio = Studio(load_settings())
    with pytest.raises(error) as refused:
        studio.run("gather", DAY)
    assert said in str(refused.value)
    assert "planted" not in str(refused.value)
    assert not cluster.jobs


def _jobs(cluster: Cluster) -> list[dict[str, Any]]:
    return list(cluster.jobs.values())


def _container(job: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = job["spec"]["template"]["spec"]["containers"][0]
    return found
