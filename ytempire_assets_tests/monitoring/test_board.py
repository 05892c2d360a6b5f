"""The Grafana board is one that Grafana can load, and every query on it is valid."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from ytempire_assets_tests.monitoring.test_rules import BOARD, MONITORING, promtool

SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def board() -> dict[str, Any]:
    """The board."""
    return dict(json.loads(BOARD.read_text(encoding="utf-8")))


def test_it_has_a_stable_id_and_asks_which_prometheus() -> None:
    assert board()["uid"] == "ytempire-overview"
    variables = {one["name"]: one for one in board()["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    for panel in board()["panels"]:
        assert panel["datasource"] == SOURCE, panel["title"]
        assert all(target["datasource"] == SOURCE for target in panel["targets"])


def test_panels_have_ids_and_places_of_their_own() -> None:
    panels = board()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


def test_every_query_is_valid(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{panel['id']}:{target['refId']}", "expr": plain(target["expr"])}
        for panel in board()["panels"]
        for target in panel["targets"]
    ]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}), "utf-8")
    done = promtool("check", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rules found" in done.stdout


def plain(expression: str) -> str:
    """With the variables filled in, as Grafana does."""
    return expression.replace("$channel", ".*").replace("$stage", ".*")


def test_people_find_what_the_board_is_for() -> None:
    titles = " ".join(panel["title"].lower() for panel in board()["panels"])
    for word in ("videos", "success", "processing time", "runs", "publications", "allowance"):
        assert word in titles
    for word in ("cost per video", "disk", "daemons"):
        assert word in titles


def test_grafana_is_told_where_prometheus_and_the_boards_are() -> None:
    provisioning = MONITORING / "grafana" / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources/prometheus.yaml").read_text("utf-8"))
    (source,) = sources["datasources"]
    assert source["type"] == "prometheus"
    boards = yaml.safe_load((provisioning / "dashboards/ytempire.yaml").read_text("utf-8"))
    assert boards["providers"][0]["options"]["path"]
