"""What a cluster lacks is named, with the next step, before any work is started."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
import yaml
from typer.testing import CliRunner

from ytempire_assets.cli import app
from ytempire_assets.doctor import Finding
from ytempire_assets.doctor_cluster import examine_cluster
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.settings import Settings, load_settings
from ytempire_assets_tests.cluster.conftest import IMAGE
from ytempire_assets_tests.cluster.kubernetes_api import Cluster


@pytest.fixture
def shared(settings: Settings, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A cluster with all that it needs."""
    del settings
    cluster.cards = 2
    cluster.objects["persistentvolumeclaims"] = {"state": {}}
    monkeypatch.setenv("YTEMPIRE_K8S_VOLUME_CLAIM", "state")
    return load_settings()


def found(settings: Settings) -> dict[str, Finding]:
    return {finding.subject: finding for finding in examine_cluster(settings)}


def test_a_cluster_with_all_that_it_needs(shared: Settings) -> None:
    findings = found(shared)
    subjects = ["executor", "placement", "database", "clock", "shared storage", "cluster"]
    subjects += ["namespace", "permissions", "pods' settings", "image", "nodes"]
    assert {name: finding.state for name, finding in findings.items()} == dict.fromkeys(
        subjects, "ok"
    )
    assert findings["nodes"].found == "node-1 has 2 nvidia.com/gpu"
    result = CliRunner().invoke(app, ["doctor", "--profile", "k8s"])
    assert result.exit_code == 0, result.output
    assert "planted" not in result.output


Break = Callable[[Cluster, pytest.MonkeyPatch, Settings], None]


def _no_node_with_a_card(cluster: Cluster, _: pytest.MonkeyPatch, __: Settings) -> None:
    cluster.cards = 0


def _no_secret(cluster: Cluster, _: pytest.MonkeyPatch, __: Settings) -> None:
    cluster.objects["secrets"].clear()


def _forbidden(cluster: Cluster, _: pytest.MonkeyPatch, __: Settings) -> None:
    cluster.allowed = False


def _no_image(_: Cluster, patch: pytest.MonkeyPatch, __: Settings) -> None:
    patch.delenv("YTEMPIRE_K8S_IMAGE")


def _image_cannot_be_fetched(cluster: Cluster, _: pytest.MonkeyPatch, __: Settings) -> None:
    cluster.unfetched = (IMAGE,)
    container = {"name": "one", "image": IMAGE}
    spec = {"template": {"spec": {"containers": [container]}}}
    cluster.start({"metadata": {"name": "waits"}, "spec": spec})


def _other_namespace(_: Cluster, patch: pytest.MonkeyPatch, __: Settings) -> None:
    patch.setenv("YTEMPIRE_K8S_NAMESPACE", "elsewhere")


def _no_database(_: Cluster, patch: pytest.MonkeyPatch, __: Settings) -> None:
    patch.setenv("YTEMPIRE_POSTGRES", "postgresql://u:planted-password@127.0.0.1:9/db")


def _half_migrated(_: Cluster, __: pytest.MonkeyPatch, settings: Settings) -> None:
    ledger = Ledger(settings.ledger_url)
    ledger.now()
    engine = sa.create_engine(settings.ledger_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE publications DROP COLUMN priority")
    engine.dispose()


def _nothing_shared(_: Cluster, patch: pytest.MonkeyPatch, __: Settings) -> None:
    patch.delenv("YTEMPIRE_K8S_VOLUME_CLAIM")


def _executor(_: Cluster, patch: pytest.MonkeyPatch, __: Settings) -> None:
    patch.setenv("YTEMPIRE_EXECUTOR", "in_process")


def _kubeconfig(_: Cluster, __: pytest.MonkeyPatch, settings: Settings) -> None:
    assert settings.k8s_kubeconfig is not None
    settings.k8s_kubeconfig.unlink()


def _stale_token(_: Cluster, __: pytest.MonkeyPatch, settings: Settings) -> None:
    assert settings.k8s_kubeconfig is not None
    content = yaml.safe_load(settings.k8s_kubeconfig.read_text())
    content["users"][0]["user"]["token"] = "planted-stale"
    settings.k8s_kubeconfig.write_text(yaml.safe_dump(content))


def _placement(_: Cluster, patch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.home.mkdir(parents=True, exist_ok=True)
    file = settings.home / "placement.yaml"
    file.write_text("stages: {render: {cpu: 1}}\n")
    patch.setenv("YTEMPIRE_PLACEMENT_FILE", str(file))


@pytest.mark.parametrize(
    ("broken", "subject", "said"),
    [
        (_no_node_with_a_card, "nodes", "none of 1 nodes offers nvidia.com/gpu"),
        (_no_secret, "pods' settings", "has no Secret ytempire"),
        (_forbidden, "permissions", "may not create jobs"),
        (_no_image, "image", "YTEMPIRE_K8S_IMAGE is not set"),
        (_image_cannot_be_fetched, "image", "(ErrImagePull)"),
        (_other_namespace, "namespace", 'namespaces "elsewhere" not found'),
        (_no_database, "database", "its server is away"),
        (_half_migrated, "database", "is half-migrated: publications.priority is missing"),
        (_nothing_shared, "shared storage", "which pods do not have"),
        (_executor, "executor", "YTEMPIRE_EXECUTOR=k8s"),
        (_kubeconfig, "cluster", "YTEMPIRE_K8S_KUBECONFIG"),
        (_stale_token, "cluster", "does not accept the credentials"),
        (_placement, "placement", "'render' is no stage"),
    ],
)
def test_what_is_missing_is_named(
    broken: Break,
    subject: str,
    said: str,
    shared: Settings,
    cluster: Cluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken(cluster, monkeypatch, shared)
    findings = found(load_settings())
    finding = findings[subject]
    assert finding.state == "broken"
    assert said in f"{finding.found} {finding.next_step}"
    assert finding.next_step
    assert "planted" not in repr(findings)


def test_clocks_that_differ_are_named(shared: Settings) -> None:
    """The database is an hour ahead: its time is asked of it, so the difference can be planted."""
    engine = sa.create_engine(shared.ledger_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA later")
        connection.exec_driver_sql(
            "CREATE FUNCTION later.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
            "$$ SELECT pg_catalog.clock_timestamp() + interval '1 hour' $$"
        )
        name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
        connection.exec_driver_sql(
            f'ALTER DATABASE "{name}" SET search_path = later, pg_catalog, public'
        )
    engine.dispose()
    finding = found(shared)["clock"]
    assert finding.state == "broken"
    assert "3600 s ahead of this machine's" in finding.found
