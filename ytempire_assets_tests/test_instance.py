"""The instance that settings ask for: its file, its pools, runs whose process is gone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.launcher import WorkerStatus

from ytempire_assets.errors import StorageError
from ytempire_assets.instance import (
    agree_on_pools,
    instance_yaml,
    opened_instance,
    prepare_instance,
)
from ytempire_assets.placement import POOLS
from ytempire_assets.run_workers import PROCESS_TAG, WatchedRunLauncher, is_gone, own_process
from ytempire_assets.settings import Settings


def test_a_database_enters_the_file_by_reference_only(
    settings: Settings, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = postgres_url.replace("+psycopg2", "")
    monkeypatch.setenv("YTEMPIRE_POSTGRES", address)
    on_server = settings.model_copy(update={"postgres": Settings().postgres})
    text = instance_yaml(on_server)
    assert address not in text
    assert yaml.safe_load(text)["storage"] == {
        "postgres": {"postgres_url": {"env": "YTEMPIRE_POSTGRES"}}
    }
    with opened_instance(on_server) as instance:
        instance.add_dynamic_partitions("channels", ["orbit"])
    assert not (on_server.dagster_dir / "history").exists()
    with opened_instance(on_server) as instance:
        assert list(instance.get_dynamic_partitions("channels")) == ["orbit"]


def test_an_unreachable_database_is_named_without_its_password(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YTEMPIRE_POSTGRES", "postgresql://u:planted-password@127.0.0.1:9/db")
    nowhere = settings.model_copy(update={"postgres": Settings().postgres})
    with (
        pytest.raises(StorageError, match="the instance's Postgres cannot be used") as refused,
        opened_instance(nowhere),
    ):
        pass
    assert "planted-password" not in str(refused.value)
    assert "YTEMPIRE_POSTGRES" in refused.value.next_step


def test_an_instance_that_others_keep_is_left_as_it_is(tmp_path: Path, settings: Settings) -> None:
    kept = settings.model_copy(update={"instance_dir": tmp_path / "kept"})
    with pytest.raises(StorageError, match=r"has no dagster\.yaml"):
        prepare_instance(kept)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    assert prepare_instance(kept) == tmp_path / "kept"
    assert (tmp_path / "kept" / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"


def test_pools_are_those_of_the_placement(settings: Settings, tmp_path: Path) -> None:
    with opened_instance(settings) as instance:
        found = {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}
        assert found == dict(POOLS)
        assert agree_on_pools(instance, dict(POOLS)) == []  # type: ignore[arg-type]
    file = tmp_path / "placement.yaml"
    file.write_text("pools: {render: 7}\n")
    with opened_instance(settings.model_copy(update={"placement_file": file})) as instance:
        found = {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}
        assert found == {**POOLS, "render": 7}


def test_a_process_is_known_by_host_number_and_beginning() -> None:
    tags = own_process()
    assert is_gone(tags) is False
    named = json.loads(tags[PROCESS_TAG])
    # The same number, given to another process.
    assert is_gone({PROCESS_TAG: json.dumps(named | {"began": "1"})}) is True
    assert is_gone({PROCESS_TAG: json.dumps(named | {"host": "elsewhere"})}) is None
    assert is_gone({}) is None
    assert is_gone({PROCESS_TAG: "no json"}) is None


def test_runs_of_killed_commands_end_and_give_their_places_free(settings: Settings) -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from ytempire_assets.run_workers import own_process; import json; "
            "print(json.dumps(own_process()))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    launcher = WatchedRunLauncher()
    with opened_instance(settings) as instance:
        dead = _started(instance, json.loads(ended.stdout))
        alive = _started(instance, own_process())
        claim = instance.event_log_storage.claim_concurrency_slot("render", dead.run_id, "renders")
        assert claim.is_claimed
        assert launcher.check_run_worker_health(dead).status == WorkerStatus.FAILED
        assert launcher.check_run_worker_health(alive).status == WorkerStatus.RUNNING
    with opened_instance(settings) as instance:  # the next command
        statuses = {run.run_id: run.status for run in instance.get_runs()}
        assert statuses[dead.run_id] == dg.DagsterRunStatus.FAILURE
        assert statuses[alive.run_id] == dg.DagsterRunStatus.STARTED
        assert instance.event_log_storage.get_concurrency_info("render").active_slot_count == 0


def _started(instance: dg.DagsterInstance, tags: dict[str, str]) -> dg.DagsterRun:
    @dg.job
    def nothing() -> None:
        pass

    return instance.create_run_for_job(nothing, tags=tags, status=dg.DagsterRunStatus.STARTED)


def test_a_place_that_an_ended_command_kept_is_free_for_the_next(settings: Settings) -> None:
    with opened_instance(settings) as instance:
        run = _started(instance, own_process())
        assert instance.event_log_storage.claim_concurrency_slot(
            "render", run.run_id, "renders"
        ).is_claimed
        instance.report_run_failed(run, "interrupted")
    with opened_instance(settings) as instance:
        assert instance.event_log_storage.get_concurrency_info("render").active_slot_count == 0
