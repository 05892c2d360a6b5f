"""Figures of ledger, instance, disk and model servers are those that are stored there."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteInstigatorOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from pydantic import SecretStr

from ytempire_assets.build import build_defs
from ytempire_assets.errors import StorageError
from ytempire_assets.instance import prepare_instance
from ytempire_assets.monitoring.instance_figures import JOBS, InstanceFigures
from ytempire_assets.monitoring.ledger_figures import LedgerFigures
from ytempire_assets.monitoring.machine_figures import DiskFigures, ModelServerFigures
from ytempire_assets.publishing.quota import Limits
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.settings import Settings
from ytempire_assets_tests.monitoring.world import plan, samples, value

SERVER = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("ytempire"), "__repository__")


def test_publications_uploads_and_allowances(settings: Settings, ledger_url: str) -> None:
    settings = settings.model_copy(update={"ledger": SecretStr(ledger_url)})
    ledger = Ledger(settings.ledger_url)
    for number in range(1, 6):
        ledger.open_publication(plan(number))
    one = ledger.open_publication(plan(1))
    ledger.advance(one, "verified", remote_id="r1")
    failing = ledger.lease(ledger.open_publication(plan(3)), "me", 60)
    ledger.rest(failing, "me", "no answer. Next: wait.", None)
    waiting = ledger.lease(ledger.open_publication(plan(5)), "me", 60)
    ledger.rest(waiting, "me", "waits for its turn", None, failed=False)
    ledger.take("default", Limits(), "orbit", "", "captions.insert")
    ledger.mark_exhausted("default", "searches")
    ledger.close()
    figures = LedgerFigures(settings)
    found = samples(figures.read().text())
    figures.close()
    state = {
        name: value(found, "ytempire_publications", platform="sandbox", state=name)
        for name in ("planned", "approved", "verified", "rejected")
    }
    assert state == {"planned": 2, "approved": 2, "verified": 1, "rejected": 0}
    assert value(found, "ytempire_publications_failing", platform="sandbox") == 1
    assert value(found, "ytempire_uploads_total", platform="sandbox") == 1
    used = {
        bucket: value(found, "ytempire_quota_used", project="default", bucket=bucket)
        for bucket in ("uploads", "units", "searches", "stats")
    }
    assert used == {"uploads": 0, "units": 400, "searches": 100, "stats": 0}
    assert value(found, "ytempire_quota_limit", project="sandbox", bucket="units") == 10_000


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(prepare_instance(settings))) as instance:
        yield instance


def add_run(instance: dg.DagsterInstance, job: str, *events: dg.DagsterEventType) -> None:
    """A run that went through some events."""
    run = dg.DagsterRun(job_name=job, remote_job_origin=RemoteJobOrigin(SERVER, job))
    instance.add_run(run)
    for event in events:
        instance.report_dagster_event(
            dg.DagsterEvent(event_type_value=event.value, job_name=job, message=""), run.run_id
        )


def test_runs_stages_and_daemons(settings: Settings, instance: dg.DagsterInstance) -> None:
    started, ended = dg.DagsterEventType.RUN_START, dg.DagsterEventType.RUN_SUCCESS
    add_run(instance, "produce", dg.DagsterEventType.RUN_ENQUEUED)
    add_run(instance, "produce", started)
    add_run(instance, "produce", started, ended)
    add_run(instance, "gather", started, dg.DagsterEventType.RUN_FAILURE)
    instance.report_runless_asset_event(dg.AssetMaterialization("scripts", partition="orbit|x"))
    figures = InstanceFigures(settings)
    found = samples(figures.read().text())
    figures.close()
    assert value(found, "ytempire_active_workflows", workflow="produce") == 1
    assert value(found, "ytempire_active_workflows", workflow="forget") == 0
    assert value(found, "ytempire_queued_workflows", workflow="produce") == 1
    age = value(found, "ytempire_oldest_queued_workflow_age_seconds")
    assert age is not None
    assert 0 < age < 60
    age = value(found, "ytempire_oldest_active_workflow_age_seconds", workflow="produce")
    assert age is not None
    assert 0 < age < 60
    assert value(found, "ytempire_workflows_total", workflow="produce", status="success") == 1
    assert value(found, "ytempire_workflows_total", workflow="gather", status="failure") == 1
    at = value(found, "ytempire_stage_last_success_timestamp_seconds", stage="scripts")
    assert at is not None
    assert abs(at - datetime.now().timestamp()) < 60  # noqa: DTZ005 - seconds since 1970
    assert value(found, "ytempire_stage_last_success_timestamp_seconds", stage="ideas") is None
    # Nobody runs a daemon here.
    daemons = found["ytempire_daemon_healthy"]
    assert {(("daemon", "scheduler"),), (("daemon", "sensor"),)} <= set(daemons)
    assert set(daemons.values()) == {0}


def test_daemons_that_gave_a_sign_lately_are_healthy(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    from dagster._daemon.types import DaemonHeartbeat

    now = datetime.now().timestamp()  # noqa: DTZ005 - seconds since 1970
    day_s = timedelta(days=2).total_seconds()
    for name, at in (("SENSOR", now), ("SCHEDULER", now - day_s), ("ONCE", now - day_s)):
        instance.add_daemon_heartbeat(DaemonHeartbeat(at, name, "id"))
    found = samples(InstanceFigures(settings).read().text())
    assert value(found, "ytempire_daemon_healthy", daemon="sensor") == 1
    assert value(found, "ytempire_daemon_healthy", daemon="scheduler") == 0
    assert value(found, "ytempire_daemon_healthy", daemon="once") is None


def test_schedules_and_sensors_whose_last_tick_failed(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    from dagster._core.scheduler.instigation import (
        InstigatorState,
        InstigatorStatus,
        InstigatorType,
        TickData,
        TickStatus,
    )
    from dagster_shared.error import SerializableErrorInfo

    said = SerializableErrorInfo("it did not work", [], "ValueError")
    endings = {
        "spikes": [TickStatus.FAILURE, TickStatus.SUCCESS],
        "resume": [TickStatus.SUCCESS, TickStatus.FAILURE, TickStatus.STARTED],
    }
    for name, ticks in endings.items():
        state = InstigatorState(
            RemoteInstigatorOrigin(SERVER, name), InstigatorType.SENSOR, InstigatorStatus.RUNNING
        )
        instance.add_instigator_state(state)
        for number, status in enumerate(ticks):
            instance.create_tick(
                TickData(
                    state.instigator_origin_id,
                    name,
                    InstigatorType.SENSOR,
                    status,
                    1_790_000_000.0 + number,
                    selector_id=state.selector_id,
                    run_ids=[],
                    error=said if status == TickStatus.FAILURE else None,
                )
            )
    found = samples(InstanceFigures(settings).read().text())
    assert value(found, "ytempire_automation_tick_failed", name="spikes") == 0
    assert value(found, "ytempire_automation_tick_failed", name="resume") == 1
    at = value(found, "ytempire_automation_last_tick_timestamp_seconds", name="resume")
    assert at == 1_790_000_001


def test_figures_are_there_for_every_job_of_the_graph(settings: Settings) -> None:
    jobs = build_defs(settings).resolve_all_job_defs()
    assert {job.name for job in jobs if not job.name.startswith("__")} == set(JOBS)


def test_an_instance_that_is_not_there_is_not_made(settings: Settings) -> None:
    with pytest.raises(StorageError, match=r"has no dagster\.yaml"):
        InstanceFigures(settings).read()
    assert not settings.dagster_dir.exists()


def test_the_disk(settings: Settings) -> None:
    with pytest.raises(StorageError, match=str(settings.home)):
        DiskFigures(settings).read()
    settings.home.mkdir()
    found = samples(DiskFigures(settings).read().text())
    free, total = (
        value(found, "ytempire_disk_free_bytes"),
        value(found, "ytempire_disk_total_bytes"),
    )
    assert free is not None
    assert total is not None
    assert 0 < free < total


class Model(http.server.BaseHTTPRequestHandler):
    """A model server that wants a key, or is starting."""

    status = 401
    seen: str | None = ""

    def do_GET(self) -> None:
        type(self).seen = self.headers.get("Authorization")
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Is silent."""


@pytest.mark.parametrize(("status", "up"), [(200, 1), (401, 1), (302, 1), (503, 0)])
def test_a_model_server_is_up_when_it_answers(
    settings: Settings, tmp_path: Path, status: int, up: int
) -> None:
    Model.status = status
    server = http.server.HTTPServer(("127.0.0.1", 0), Model)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/v1"
    named = settings.model_copy(update={"images_url": address, "images_key": SecretStr("secret")})
    figures = ModelServerFigures(named)
    text = figures.read().text()
    server.shutdown()
    thread.join()
    server.server_close()
    assert value(samples(text), "ytempire_model_server_up", server="images") == up
    assert Model.seen is None  # no key leaves
    assert value(samples(figures.read().text()), "ytempire_model_server_up", server="images") == 0
    assert b"127.0.0.1" not in text


def test_no_model_server_is_no_figure(settings: Settings) -> None:
    assert ModelServerFigures(settings).read().text() == b""
