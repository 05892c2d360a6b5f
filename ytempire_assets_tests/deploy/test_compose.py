"""The compose file fits its specification, is open to this machine only, says what it lacks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from compose_spec import PyCompose

from ytempire_assets.run_workers import WatchedRunLauncher
from ytempire_assets_tests.conftest import PROJECT
from ytempire_assets_tests.deploy.manifests import (
    DEPLOY,
    assert_pinned,
    assert_settings,
    project_version,
)

COMPOSE = DEPLOY / "compose"
GIVEN = {"POSTGRES_PASSWORD": "abc123"}


class MissingError(Exception):
    """A variable that compose refuses to start without."""


def compose(file: str = "compose.yaml", given: dict[str, str] | None = None) -> dict[str, Any]:
    """The file with its variables filled in and its merges done, as ``compose config`` shows it."""
    text = (COMPOSE / file).read_text(encoding="utf-8")
    known = GIVEN if given is None else given

    def filled(match: re.Match[str]) -> str:
        name, how, word = match[1], match[2], match[3]
        if known.get(name):
            return known[name]
        if how == ":?":
            raise MissingError(f"{name}: {word}")
        assert how == ":-", f"${{{name}}} has neither a default nor a message"
        return word

    return dict(yaml.safe_load(re.sub(r"\$\{(\w+)(:[-?])([^}]*)\}", filled, text)))


def services(file: str = "compose.yaml") -> dict[str, dict[str, Any]]:
    """Its services."""
    return dict(compose(file)["services"])


@pytest.mark.parametrize("file", ["compose.yaml", "compose.gpu.yaml"])
def test_it_fits_the_specification(file: str) -> None:
    assert "$" not in yaml.safe_dump(compose(file))
    read = PyCompose.from_yaml(yaml.safe_dump(compose(file)))
    assert set(read.service_names()) == set(services(file))


def test_all_parts_are_there() -> None:
    everyday = {name for name, service in services().items() if "profiles" not in service}
    assert everyday == {"postgres", "code", "webserver", "daemon", "metrics", "sandbox"}
    assert services()["objects"]["profiles"] == ["objects"]


def test_a_missing_secret_is_named() -> None:
    with pytest.raises(MissingError, match=r"POSTGRES_PASSWORD: set POSTGRES_PASSWORD in \.env"):
        compose(given={})


def test_what_may_be_set_is_in_the_example_and_no_secret_is() -> None:
    text = (COMPOSE / ".env.example").read_text(encoding="utf-8")
    offered = dict(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=(.*)$", text, re.MULTILINE))
    asked = set(re.findall(r"\$\{(\w+)", (COMPOSE / "compose.yaml").read_text(encoding="utf-8")))
    assert asked - {"IMAGE"} <= set(offered)
    for name, value in offered.items():
        if re.search(r"PASSWORD|KEY|SECRET|WEBHOOK|CLIENT_ID", name):
            assert not value, f"{name} must not have a value here"
    own = {name for name in offered if name.startswith("YTEMPIRE_")}
    environment = set(services()["code"]["environment"])
    assert_settings(own | {name for name in environment if name.startswith("YTEMPIRE_")})
    ignored = (COMPOSE / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert ".env" in ignored


@pytest.mark.parametrize("name", sorted(services()))
def test_a_service_has_no_right_too_many(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].split(":")[0]) > 0
    assert_pinned(service["image"])
    if "ytempire-assets" in service["image"]:
        assert service["image"] == f"ytempire-assets:{project_version()}-cpu"
    assert service["deploy"]["resources"]["limits"]["memory"]
    for published in service.get("ports", ()):
        assert published.startswith("127.0.0.1:"), published
    assert not [v for v in service.get("volumes", ()) if "docker.sock" in v]
    # What stays is health that others can wait for, or work that ends.
    assert ("healthcheck" in service) != (service["restart"] == "no")


def test_who_waits_waits_for_what_can_be_seen() -> None:
    found = services()
    for name, service in found.items():
        for other, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully"
            if "healthcheck" in found[other]:
                wanted = "service_healthy"
            assert how == {"condition": wanted}, f"{name} waits for {other}"
    assert set(found["code"]["depends_on"]) == {"postgres", "sandbox"}
    assert "code" in found["daemon"]["depends_on"]


def test_ports_volumes_networks_and_addresses_fit_together() -> None:
    whole, found = compose(), services()
    listening = {"code": 4000, "webserver": 3000, "metrics": 8767, "sandbox": 8765}
    for name, port in listening.items():
        command = [str(word) for word in found[name]["command"]]
        assert command[command.index("--port") + 1] == str(port)
        assert str(port) in " ".join(found[name]["healthcheck"]["test"])
    workspace = yaml.safe_load((COMPOSE / "workspace.yaml").read_text(encoding="utf-8"))
    server = workspace["load_from"][0]["grpc_server"]
    assert (server["host"], server["port"]) == ("code", listening["code"])
    for service in found.values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (COMPOSE / source).exists(), source
            else:
                assert source in whole["volumes"]
        assert set(service["networks"]) <= {"default", *whole["networks"]}
    # The database's address is the database's own.
    address = found["code"]["environment"]["YTEMPIRE_POSTGRES"]
    own = found["postgres"]["environment"]
    assert address == (
        f"postgresql://{own['POSTGRES_USER']}:{own['POSTGRES_PASSWORD']}@postgres:5432/"
        f"{own['POSTGRES_DB']}"
    )
    assert found["postgres"]["networks"] == ["database"]
    assert whole["networks"]["database"]["internal"] is True
    # The sandbox answers to the name under which runs ask it.
    asked = found["code"]["environment"]["YTEMPIRE_SANDBOX_URL"]
    name = found["sandbox"]["command"][found["sandbox"]["command"].index("--name") + 1]
    assert asked == f"http://{name}:{listening['sandbox']}"
    assert name in found


def test_the_card_is_added_to_what_runs() -> None:
    (name,) = services("compose.gpu.yaml")
    assert name == "code"
    assert (
        services("compose.gpu.yaml")["code"]["image"] == f"ytempire-assets:{project_version()}-gpu"
    )


def test_the_instance_opens_on_postgres(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YTEMPIRE_POSTGRES", postgres_url)
    (tmp_path / "dagster.yaml").write_bytes((COMPOSE / "dagster.yaml").read_bytes())
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert type(instance.run_storage).__name__ == "PostgresRunStorage"
        assert isinstance(instance.run_launcher, WatchedRunLauncher)
        assert instance.run_monitoring_enabled
        assert instance.run_retries_enabled
        assert not instance.run_retries_retry_on_asset_or_op_failure
        run = instance.create_run_for_job(dg.JobDefinition(name="empty", graph_def=EMPTY))
        assert instance.get_run_by_id(run.run_id) is not None


EMPTY = dg.GraphDefinition(name="empty")


def test_limits_are_those_of_the_project() -> None:
    own = yaml.safe_load((PROJECT / "dagster.yaml").read_text(encoding="utf-8"))
    here = yaml.safe_load((COMPOSE / "dagster.yaml").read_text(encoding="utf-8"))
    same = ("run_coordinator", "concurrency", "run_launcher", "run_retries", "run_monitoring")
    for part in same:
        assert here[part] == own[part], part
    # What differs is where state lies.
    assert set(here) - set(own) == {"storage", "compute_logs"}
    assert set(own) - set(here) == set()
