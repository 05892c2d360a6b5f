"""A cluster on this machine, and settings that lead to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ytempire_assets.instance import launcher_config
from ytempire_assets.settings import Settings, load_settings
from ytempire_assets_tests.cluster.kubernetes_api import Cluster, KubernetesApi
from ytempire_assets_tests.conftest import PROJECT

IMAGE = "registry.example/ytempire:1.0"


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    folder = tmp_path / "node"
    folder.mkdir()
    return Cluster(
        folder,
        objects={
            "secrets": {"ytempire": {}},
            "configmaps": {"ytempire": {}, "dagster-instance": {}},
            "serviceaccounts": {"ytempire": {}},
        },
    )


@pytest.fixture
def kubernetes_api(cluster: Cluster) -> Iterator[KubernetesApi]:
    with KubernetesApi(cluster) as served:
        yield served


@pytest.fixture
def settings(
    cluster: Cluster,
    kubernetes_api: KubernetesApi,
    tmp_path: Path,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Settings:
    """A workstation whose runs are pods; pods reach the same database and the same folders."""
    shared = {
        "YTEMPIRE_HOME": str(tmp_path / "home"),
        "YTEMPIRE_CHANNELS_DIR": str(PROJECT / "channels"),
        "YTEMPIRE_POSTGRES": postgres_url.replace("+psycopg2", ""),
        "YTEMPIRE_EXECUTOR": "k8s",
        "YTEMPIRE_K8S_KUBECONFIG": str(cluster.kubeconfig(kubernetes_api.address)),
        "YTEMPIRE_K8S_NAMESPACE": "ytempire",
        "YTEMPIRE_K8S_IMAGE": IMAGE,
        "YTEMPIRE_K8S_SERVICE_ACCOUNT": "ytempire",
        "YTEMPIRE_K8S_SECRETS": "ytempire",
        "YTEMPIRE_K8S_CONFIG_MAPS": "ytempire",
        "YTEMPIRE_K8S_STATE_DIR": str(tmp_path / "pod"),
    }
    for name, value in shared.items():
        monkeypatch.setenv(name, value)
    found = load_settings()
    cluster.objects["secrets"]["ytempire"]["YTEMPIRE_POSTGRES"] = shared.pop("YTEMPIRE_POSTGRES")
    cluster.objects["configmaps"]["ytempire"] |= shared
    # The ConfigMap dagster-instance, which pods have mounted.
    (tmp_path / "pod" / "dagster").mkdir(parents=True)
    (tmp_path / "pod" / "dagster" / "dagster.yaml").write_text(
        yaml.safe_dump(
            {
                "telemetry": {"enabled": False},
                "storage": {"postgres": {"postgres_url": {"env": "YTEMPIRE_POSTGRES"}}},
                "run_launcher": {
                    "module": "dagster_k8s",
                    "class": "K8sRunLauncher",
                    "config": launcher_config(found),
                },
            }
        )
    )
    return found
