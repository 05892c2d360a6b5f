"""What one manifest names another makes, or the operator; selectors, ports and probes agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ytempire_assets_tests.deploy.helm import helm_pods, helm_values
from ytempire_assets_tests.deploy.manifests import (
    KUBERNETES,
    Manifest,
    Pod,
    assert_settings,
    given_by_operator,
    names,
    of_kind,
    pods,
    rendered,
)

OVERLAYS = ("workstation", "cluster")


def overlay(name: str) -> tuple[Manifest, ...]:
    """An overlay, and the language model that no overlay takes."""
    more = rendered(KUBERNETES / "models/ollama") if name == "cluster" else ()
    return (*rendered(KUBERNETES / "overlays" / name), *more)


def all_pods(name: str) -> list[Pod]:
    """The overlay's own, and those that Dagster's chart makes."""
    return [*pods(overlay(name)), *helm_pods()]


def references(pod: Pod) -> Iterator[tuple[str, str, str | None]]:
    """Kind, name and key of every object that a pod names and needs."""
    yield "ServiceAccount", pod.spec["serviceAccountName"], None
    for volume in pod.spec.get("volumes", ()):
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"], None
        if "secret" in volume:
            yield "Secret", volume["secret"]["secretName"], None
        if "persistentVolumeClaim" in volume:
            yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"], None
    for container in pod.containers:
        for source in container.get("envFrom", ()):
            for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                if field in source:
                    yield kind, source[field]["name"], None
        for variable in container.get("env", ()):
            chosen = variable.get("valueFrom", {})
            for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
                if field in chosen:
                    yield kind, chosen[field]["name"], chosen[field]["key"]


@pytest.mark.parametrize("name", OVERLAYS)
def test_what_pods_name_is_made_or_given(name: str) -> None:
    manifests, given = overlay(name), given_by_operator()
    for pod in all_pods(name):
        for kind, wanted, key in references(pod):
            where = f"{pod.name} names the {kind} {wanted}, which nobody makes"
            if kind == "Secret":
                assert wanted in given["secrets"], where
                keys = given["secrets"][wanted]
                assert key is None or key in keys["required"] + keys["optional"], f"{wanted}: {key}"
            elif kind == "ConfigMap" and wanted in given["config_maps"]:
                continue
            else:
                assert wanted in names(manifests, kind), where
                if key is not None:
                    (made,) = [m for m in of_kind(manifests, kind) if is_named(m, wanted)]
                    assert key in made["data"]


def is_named(manifest: Manifest, name: str) -> bool:
    """Whether it has the name."""
    return bool(manifest["metadata"]["name"] == name)


def test_given_objects_are_used_and_hold_no_value() -> None:
    given = given_by_operator()
    used = {name for part in OVERLAYS for pod in all_pods(part) for _, name, _ in references(pod)}
    assert set(given["secrets"]) | set(given["config_maps"]) <= used
    for keys in given["secrets"].values():
        assert set(keys) == {"required", "optional"}
        listed = [*keys["required"], *keys["optional"]]
        assert all(isinstance(key, str) and ":" not in key for key in listed)


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_mount_has_its_volume_and_every_probe_its_port(name: str) -> None:
    manifests = overlay(name)
    claims = {
        workload["metadata"]["name"]: {
            claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", ())
        }
        for workload in of_kind(manifests, "StatefulSet")
    }
    for pod in all_pods(name):
        volumes = {v["name"] for v in pod.spec.get("volumes", ())} | claims.get(pod.name, set())
        mounted = {m["name"] for c in pod.containers for m in c.get("volumeMounts", ())}
        assert mounted == volumes, pod.name
        for container in pod.containers:
            ports = container.get("ports", ())
            declared = {p.get("name") for p in ports} | {p["containerPort"] for p in ports}
            for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
                probe = container.get(kind, {})
                asked = probe.get("httpGet") or probe.get("tcpSocket")
                assert asked is None or asked["port"] in declared, f"{pod.name}: {kind}"


@pytest.mark.parametrize("name", OVERLAYS)
def test_services_budgets_and_autoscalers_find_what_they_are_for(name: str) -> None:
    manifests = overlay(name)
    own = list(pods(manifests))
    for service in of_kind(manifests, "Service"):
        chosen = [pod for pod in own if selects(service["spec"]["selector"], pod.labels)]
        assert len(chosen) == 1, service["metadata"]["name"]
        declared = {
            key
            for container in chosen[0].containers
            for port in container.get("ports", ())
            for key in (port["name"], port["containerPort"])
        }
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in declared
    for workload in of_kind(manifests, "Deployment", "StatefulSet"):
        wanted = workload["spec"]["selector"]["matchLabels"]
        assert selects(wanted, workload["spec"]["template"]["metadata"]["labels"])
        if workload["kind"] == "StatefulSet":
            assert workload["spec"]["serviceName"] in names(manifests, "Service")
    for budget in of_kind(manifests, "PodDisruptionBudget"):
        wanted = budget["spec"]["selector"]["matchLabels"]
        assert [pod for pod in own if selects(wanted, pod.labels)]
    for scaler in of_kind(manifests, "HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        assert target["name"] in names(manifests, target["kind"])


def selects(wanted: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether the labels are among them."""
    return wanted.items() <= labels.items()


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a pod selector takes a pod."""
    for rule in selector.get("matchExpressions", ()):
        assert rule["operator"] == "In"
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return selects(selector.get("matchLabels", {}), labels)


@pytest.mark.parametrize("name", OVERLAYS)
def test_network_policies_are_about_pods_that_there_are(name: str) -> None:
    everyone = all_pods(name)
    # One overlay has no Postgres, the other no model server: what peers are, both together tell.
    anywhere = [pod for part in OVERLAYS for pod in all_pods(part)]
    for policy in of_kind(overlay(name), "NetworkPolicy"):
        about = policy["metadata"]["name"]
        chosen = [pod for pod in everyone if matches(policy["spec"]["podSelector"], pod.labels)]
        assert chosen, f"{about} selects nothing"
        for rule in policy["spec"].get("ingress", ()):
            open_ports = listening(chosen)
            assert {port["port"] for port in rule["ports"]} <= open_ports, about
        for peer in peers(policy):
            assert [pod for pod in anywhere if matches(peer, pod.labels)], f"{about}: {peer}"
    denied = [p for p in of_kind(overlay(name), "NetworkPolicy") if p["spec"]["podSelector"] == {}]
    assert ["Ingress", "Egress"] in [p["spec"]["policyTypes"] for p in denied]


def listening(chosen: list[Pod]) -> set[int]:
    """The ports that pods open."""
    return {
        port["containerPort"]
        for pod in chosen
        for container in pod.containers
        for port in container.get("ports", ())
    }


def peers(policy: Manifest) -> list[Mapping[str, Any]]:
    """The pods that a policy lets in or out to."""
    rules = [*policy["spec"].get("ingress", ()), *policy["spec"].get("egress", ())]
    found = [peer for rule in rules for key in ("from", "to") for peer in rule.get(key, ())]
    return [peer["podSelector"] for peer in found if "podSelector" in peer]


@pytest.mark.parametrize("name", OVERLAYS)
def test_who_speaks_to_whom_is_let_through_on_both_sides(name: str) -> None:
    manifests = overlay(name)
    runs = {"ytempire-role": "orchestration"}
    wanted = [("sandbox", 8765), ("orchestration", 4000)]
    wanted += [("postgres", 5432)] if name == "workstation" else []
    wanted += [("model-server", 8000), ("model-server", 11434)] if name == "cluster" else []
    for role, port in wanted:
        assert lets(manifests, "ingress", role, runs, port), f"{role} does not let runs in"
    policies = of_kind(manifests, "NetworkPolicy")
    (out,) = [p for p in policies if p["metadata"]["name"] == "orchestration"]
    ports = {port["port"] for rule in out["spec"]["egress"] for port in rule["ports"]}
    assert {port for _, port in wanted} <= ports
    # Nobody but runs may speak to the sandbox, whose faults anyone can switch.
    assert not lets(manifests, "ingress", "sandbox", {"ytempire-role": "metrics"}, 8765)


def lets(
    manifests: tuple[Manifest, ...], way: str, role: str, other: Mapping[str, str], port: int
) -> bool:
    """Whether some policy of the role's pods lets the other through."""
    of_role = [pod for pod in all_pods("cluster") if pod.labels.get("ytempire-role") == role]
    of_role += [pod for pod in all_pods("workstation") if pod.labels.get("ytempire-role") == role]
    for policy in of_kind(manifests, "NetworkPolicy"):
        if not any(matches(policy["spec"]["podSelector"], pod.labels) for pod in of_role):
            continue
        for rule in policy["spec"].get(way, ()):
            if port in {p["port"] for p in rule["ports"]} and any(
                matches(peer["podSelector"], other)
                for peer in rule["from"]
                if "podSelector" in peer
            ):
                return True
    return False


@pytest.mark.parametrize("name", OVERLAYS)
def test_settings_are_settings_and_addresses_are_services(name: str) -> None:
    manifests, given = overlay(name), given_by_operator()
    found = {
        key for m in of_kind(manifests, "ConfigMap") for key in m["data"] if key.startswith("YT")
    }
    for pod in pods(manifests):
        for container in pod.containers:
            found |= {e["name"] for e in container.get("env", ()) if e["name"].startswith("YT")}
    secrets = given["secrets"]["ytempire-secrets"]
    assert_settings(found | set(secrets["required"]) | set(secrets["optional"]))
    (settings,) = [m for m in of_kind(manifests, "ConfigMap") if is_named(m, "ytempire-settings")]
    data = settings["data"]
    host = data["YTEMPIRE_SANDBOX_URL"].removeprefix("http://").split(":")[0]
    (sandbox,) = [pod for pod in pods(manifests) if pod.name == "ytempire-sandbox"]
    assert host in names(manifests, "Service")
    assert host in sandbox.containers[0]["command"]  # else it would turn runs away
    assert data["YTEMPIRE_K8S_SERVICE_ACCOUNT"] in names(manifests, "ServiceAccount")
    assert data["YTEMPIRE_K8S_NAMESPACE"] in names(manifests, "Namespace")


def test_the_chart_finds_the_database_of_the_workstation() -> None:
    host = helm_values()["postgresql"]["postgresqlHost"]
    (service,) = [
        m for m in of_kind(overlay("workstation"), "Service") if m["metadata"]["name"] == host
    ]
    assert service["spec"]["ports"][0]["port"] == helm_values()["postgresql"]["service"]["port"]
