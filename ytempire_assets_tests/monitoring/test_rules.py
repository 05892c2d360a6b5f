"""Alerts fire when they should and not before, on metrics that the exporter has.

promtool comes with Debian's package prometheus; .ci/run installs it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ytempire_assets.monitoring import metrics
from ytempire_assets_tests.conftest import PROJECT
from ytempire_assets_tests.deploy.manifests import KUBERNETES

MONITORING = PROJECT / "deploy" / "monitoring"
RULES = MONITORING / "rules" / "ytempire.yaml"
BOARD = MONITORING / "grafana" / "dashboards" / "ytempire.json"
TESTS = sorted((MONITORING / "tests").glob("*.yaml"))

# The exporter has no revenue: the platform's numbers are not read yet, and none is invented.
COMING = {"ytempire_revenue_usd_total", "ytempire_revenue_target_usd_per_day"}

_OF_PROMETHEUS = {"le"}
_OF_HISTOGRAMS = ("_bucket", "_sum", "_count")


def promtool(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs promtool."""
    program = shutil.which("promtool")
    assert program, "these tests need promtool: apt-get install prometheus"
    return subprocess.run(
        [program, *map(str, words)], capture_output=True, text=True, check=False, timeout=200
    )


def groups() -> list[dict[str, Any]]:
    """The groups of alerts."""
    return list(yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"])


def alerts() -> dict[str, dict[str, Any]]:
    """Alerts by name."""
    return {rule["alert"]: rule for group in groups() for rule in group["rules"]}


def cases(alert: str) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each file of tests with those of one alert."""
    for path in TESTS:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        chosen = [one for one in document["tests"] if one["name"].startswith(f"{alert}:")]
        if chosen:
            yield document, chosen


def outcome(folder: Path, rule: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """Runs the tests of one rule alone, which takes a fraction of a second."""
    rules = {"groups": [{"name": "one", "rules": [rule]}]}
    (folder / "rules.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    files = []
    for number, (document, chosen) in enumerate(cases(rule["alert"])):
        files.append(folder / f"test-{number}.yaml")
        changed = {**document, "rule_files": ["rules.yaml"], "tests": chosen}
        files[-1].write_text(yaml.safe_dump(changed), encoding="utf-8")
    assert files, f"{rule['alert']} has no test"
    return promtool("test", "rules", *files)


def test_configuration_and_rules_are_valid() -> None:
    for words in (("config", MONITORING / "prometheus.yml"), ("rules", RULES)):
        done = promtool("check", *words)
        assert done.returncode == 0, done.stdout + done.stderr


def test_there_is_a_case_that_fires_and_one_that_does_not_for_every_alert() -> None:
    for name in alerts():
        fires = [
            bool(at.get("exp_alerts"))
            for _, chosen in cases(name)
            for one in chosen
            for at in one["alert_rule_test"]
        ]
        assert set(fires) == {True, False}, name
        assert all(
            at["alertname"] == name
            for _, chosen in cases(name)
            for one in chosen
            for at in one["alert_rule_test"]
        )


@pytest.mark.parametrize("name", sorted(alerts()))
def test_an_alert_fires_as_its_tests_say(name: str, tmp_path: Path) -> None:
    done = outcome(tmp_path, alerts()[name])
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", sorted(alerts()))
def test_a_changed_threshold_or_time_is_noticed(name: str, tmp_path: Path) -> None:
    rule = alerts()[name]
    for number, changed in enumerate(mutants(rule)):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert outcome(folder, changed).returncode != 0, f"nobody notices: {changed}"


def mutants(rule: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rule with each of its comparisons made impossible or turned round, and a longer wait."""
    text = rule["expr"]
    for found in re.finditer(r"(?<![!=])([<>]=?|==)(?!=)", text):
        turned = {"<": ">=", ">": "<=", "<=": ">", ">=": "<", "==": "!="}[found[1]]
        yield {**rule, "expr": text[: found.start()] + turned + text[found.end() :]}
    yield {**rule, "for": "30d"}
    yield {**rule, "labels": {"severity": "none"}}


def test_alerts_say_how_bad_it_is_and_what_to_do() -> None:
    for name, rule in alerts().items():
        assert rule["labels"]["severity"] in ("warning", "critical"), name
        notes = rule["annotations"]
        assert set(notes) == {"summary", "description", "runbook"}, name
        assert notes["runbook"] == f"docs/operating.md#{name.lower()}"


def used(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each of our metrics in an expression, with the labels it is chosen by."""
    for found in re.finditer(r"(ytempire_\w+)(\{[^}]*\})?", expression):
        yield found[1], set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", found[2] or ""))


def known(name: str) -> metrics.Metric | None:
    """The metric that a name in an expression stands for."""
    by_name = {metric.name: metric for metric in metrics.METRICS}
    if name in by_name:
        return by_name[name]
    base = by_name.get(re.sub(f"({'|'.join(_OF_HISTOGRAMS)})$", "", name))
    return base if base is not None and base.kind == "histogram" else None


def expressions() -> list[str]:
    """Those of all alerts and of all panels."""
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    panels = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    return [*(rule["expr"] for rule in alerts().values()), *panels]


@pytest.mark.parametrize("expression", expressions())
def test_what_is_asked_for_is_exported(expression: str) -> None:
    labels: set[str] = set()
    for name, chosen in used(expression):
        if name in COMING:
            continue
        metric = known(name)
        assert metric is not None, f"nobody exports {name}"
        own = {*metric.labels, *(_OF_PROMETHEUS if metric.kind == "histogram" else ())}
        assert chosen <= own, f"{name} has no {chosen - own}"
        labels |= own
        if metric.kind != "gauge":
            assert re.search(rf"increase\({name}", expression), f"{name} is a counter"
    for found in re.findall(r"by \(([^)]*)\)", expression):
        assert {label.strip() for label in found.split(",")} <= labels, expression


def test_the_operators_rules_are_the_tested_ones() -> None:
    path = KUBERNETES / "components" / "prometheus-rule" / "prometheus-rule.yaml"
    manifest = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert (manifest["apiVersion"], manifest["kind"]) == (
        "monitoring.coreos.com/v1",
        "PrometheusRule",
    )
    assert manifest["spec"]["groups"] == groups(), "copy the groups of the rules to the component"
