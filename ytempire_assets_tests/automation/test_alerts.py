"""Failed runs are told: what, why and what next, once a cause and hour, and the address never."""

from __future__ import annotations

import json
import logging
import threading
import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from pydantic import SecretStr

from ytempire_assets.automation import instance_sensors
from ytempire_assets.automation.instance_sensors import LOOKED_BACK, alert_failures
from ytempire_assets.doctor import _alerts, examine
from ytempire_assets.errors import InvalidInputError, TransientError
from ytempire_assets.resources.alert_webhook import AlertWebhook, UndeliveredError
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.ledger.alerts import MOST_TRIES
from ytempire_assets.resources.step_failure import named_failures
from ytempire_assets.settings import Settings
from ytempire_assets_tests.automation.webhook_server import SECRET, WebhookServer
from ytempire_assets_tests.resources.ledger_parts import Clock

TICK_LIMIT_S = 5.0
HOSTILE = 'a "quote", a\nnew line \u2028, <!channel> @everyone \\ {"kind": "x"} \x1b[31m ü 😀'


class World:
    """An instance, a ledger whose hour a test sets, and a webhook."""

    def __init__(self, instance: dg.DagsterInstance, tmp_path: Path, address: str | None) -> None:
        self.instance = instance
        self.clock = Clock(datetime.now(UTC))
        self.ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}", self.clock)
        self.webhook = AlertWebhook(None if address is None else SecretStr(address))
        self.cursor: str | None = None

    def look(self, *, keep_cursor: bool = True) -> str:
        """One look of the sensor; what it says."""
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        result = alert_failures(
            context, ledger=self.ledger, alert_webhook=self.webhook, ui_url="http://ui:3000/"
        )
        if isinstance(result, dg.SkipReason):
            return result.skip_message or ""
        assert isinstance(result, dg.SensorResult)
        self.cursor = result.cursor if keep_cursor else self.cursor
        assert result.skip_reason is not None
        return result.skip_reason.skip_message or ""

    def fail(self, message: str = "The run's process was killed.", channel: str = "orbit") -> str:
        """A run that fails without a step; its id."""
        run = self.instance.create_run_for_job(
            at_work,
            tags={
                "dagster/partition": f"{channel}|2026-11-19",
                "dagster/partition/channel": channel,
                "dagster/partition/day": "2026-11-19",
            },
        )
        self.instance.report_run_failed(run, message)
        return run.run_id


@dg.job
def at_work() -> None:
    """Stands for the runs of the graph."""


def failing(error: Exception) -> dg.JobDefinition:
    """A job whose one step fails, as our stages do."""

    @dg.op
    def renders() -> None:
        with named_failures({}, retries_so_far=3):
            raise error

    @dg.job
    def produce() -> None:
        renders()

    return produce


@pytest.fixture
def server() -> Iterator[WebhookServer]:
    with WebhookServer() as server:
        yield server


@pytest.fixture
def instance(request: pytest.FixtureRequest) -> Iterator[dg.DagsterInstance]:
    """Events in one database; in a file for each run, as by default, where a test asks for it."""
    files = getattr(request, "param", "memory") == "files"
    opened = dg.DagsterInstance.local_temp() if files else dg.DagsterInstance.ephemeral()
    with opened as instance:
        yield instance


either_instance = pytest.mark.parametrize("instance", ["files", "memory"], indirect=True)


@pytest.fixture
def world(instance: dg.DagsterInstance, tmp_path: Path, server: WebhookServer) -> Iterator[World]:
    world = World(instance, tmp_path, server.address)
    yield world
    world.ledger.close()


# What is told


@either_instance
def test_a_failed_step_is_told_once_with_what_why_and_what_next(
    world: World, server: WebhookServer
) -> None:
    error = InvalidInputError("orbit.yaml, line 3: look: missing field", "correct orbit.yaml")
    tags = {"dagster/partition": "orbit|2026-11-19", "dagster/partition/channel": "orbit"}
    result = failing(error).execute_in_process(
        instance=world.instance, raise_on_error=False, tags=tags
    )
    assert world.look() == "1 new failures, 1 messages sent"
    [told] = server.received
    assert server.types == ["application/json"]
    assert told["what"] == {
        "job": "produce", "stage": "renders", "partition": "orbit|2026-11-19",
        "channel": "orbit", "day": "",
    }  # fmt: skip
    assert told["why"] == {
        "error": "InvalidInputError",
        "kind": "permanent",
        "problem": "orbit.yaml, line 3: look: missing field",
    }
    assert told["next_step"] == "correct orbit.yaml"
    assert told["run"]["id"] == result.run_id
    assert told["run"]["url"] == f"http://ui:3000/runs/{result.run_id}"
    assert datetime.fromisoformat(told["run"]["failed_at"]).utcoffset() is not None
    assert told["same_cause"]["others"] == 0
    assert told["text"] == (
        "renders of orbit|2026-11-19 failed: orbit.yaml, line 3: look: missing field. "
        "Next: correct orbit.yaml."
    )
    assert world.look() == "0 new failures, 0 messages sent"
    assert len(server.received) == 1


def test_a_run_whose_process_was_killed_is_told_too(world: World, server: WebhookServer) -> None:
    run_id = world.fail("The run's process was killed.")
    world.look()
    [told] = server.received
    assert told["why"]["problem"] == "The run's process was killed"
    assert told["what"]["stage"] == ""
    assert told["run"]["id"] == run_id
    assert "run it again" in told["next_step"]


def test_an_error_of_others_is_told_without_the_addresses_in_it(
    world: World, server: WebhookServer
) -> None:
    job = failing(ValueError(f"no answer from https://api.example/v1?key={SECRET}, tried twice"))
    job.execute_in_process(instance=world.instance, raise_on_error=False)
    world.look()
    [told] = server.received
    assert told["why"]["problem"] == "ValueError: no answer from https://... tried twice"
    assert SECRET not in json.dumps(told)
    assert "run's log" in told["next_step"]


def test_text_from_outside_is_only_text(world: World, server: WebhookServer) -> None:
    error = InvalidInputError(f"the title {HOSTILE} is too long", "shorten it")
    failing(error).execute_in_process(instance=world.instance, raise_on_error=False)
    world.look()
    [told] = server.received
    assert set(told) == {
        "text", "id", "kind", "what", "why", "next_step", "run", "same_cause"
    }  # fmt: skip
    assert told["kind"] == "run_failure"
    assert "\n" not in told["text"]
    assert "<!channel>" not in told["text"]
    assert "@everyone" not in told["text"]


# How often


def test_a_hundred_failures_of_one_cause_are_two_messages(
    world: World, server: WebhookServer
) -> None:
    world.fail("worker 1 of host-7 died")
    world.look()
    for number in range(2, 101):
        world.fail(f"worker {number} of host-7 died", channel=f"channel-{number}")
        world.clock.move(seconds=30)
        if number % 10 == 0:
            world.look()
    assert len(server.received) == 1
    world.clock.move(minutes=9)
    world.look()
    assert len(server.received) == 1
    world.clock.move(minutes=2)
    assert world.look() == "0 new failures, 1 messages sent"
    first, second = server.received
    assert first["same_cause"]["others"] == 0
    assert second["same_cause"]["others"] == 98
    assert "98 more of this cause since" in second["text"]
    assert second["why"]["problem"] == "worker 100 of host-7 died"
    assert first["id"] != second["id"]
    world.clock.move(hours=5)
    assert world.look() == "0 new failures, 0 messages sent"


def test_two_causes_are_two_messages(world: World, server: WebhookServer) -> None:
    world.fail("The run's process was killed.")
    world.fail("Exceeded maximum runtime of 14400 seconds.")
    world.look()
    assert len({told["why"]["problem"] for told in server.received}) == 2


@either_instance
def test_a_look_that_died_before_it_noted_how_far_it_read_counts_nothing_twice(
    world: World, server: WebhookServer
) -> None:
    for _ in range(3):
        world.fail()
        world.look(keep_cursor=False)
    assert world.cursor is None
    assert len(server.received) == 1
    world.clock.move(hours=1)
    world.look()
    assert server.received[1]["same_cause"]["others"] == 1


@either_instance
def test_more_failures_than_one_look_reads_are_all_counted(
    world: World, server: WebhookServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instance_sensors, "FAILED_RUNS_A_LOOK", 3)
    monkeypatch.setattr(instance_sensors, "_READ_AGAIN", 2)
    for _ in range(7):
        world.fail()
    assert sum(int(world.look().split()[0]) for _ in range(5)) == 7
    world.clock.move(hours=1)
    world.look()
    assert sum(told["same_cause"]["others"] + 1 for told in server.received) == 7


def test_what_failed_days_ago_is_no_news(world: World, server: WebhookServer) -> None:
    world.fail()
    world.clock.at += 1.1 * LOOKED_BACK
    world.look()
    assert server.received == []


# What may go wrong


def test_a_server_that_fails_is_asked_again_and_gets_it_once(
    world: World, server: WebhookServer
) -> None:
    server.answers = [500, 500]
    world.fail()
    assert "answered 500" in world.look()
    assert world.look() == "0 new failures, 0 messages sent"
    world.clock.move(minutes=1)
    assert "answered 500" in world.look()
    world.clock.move(minutes=2)
    assert world.look() == "0 new failures, 1 messages sent"
    assert len({told["id"] for told in server.received}) == 1
    world.clock.move(hours=3)
    world.look()
    assert len(server.received) == 3


def test_tries_end_and_what_was_not_told_is_counted_into_the_next_message(
    world: World, server: WebhookServer
) -> None:
    server.answers = [503] * MOST_TRIES
    world.fail()
    for _ in range(MOST_TRIES + 5):
        world.look()
        world.clock.move(hours=1)
    assert len(server.received) == MOST_TRIES
    world.fail()
    assert world.look() == "1 new failures, 1 messages sent"
    assert server.received[-1]["same_cause"]["others"] == 1


@pytest.mark.parametrize("manner", ["hang", "drip", "garbage"])
def test_a_server_that_holds_on_cannot_hold_a_look(
    world: World, server: WebhookServer, manner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instance_sensors, "SENDING_BUDGET_S", 1.2)
    server.manner = manner
    world.fail()
    world.fail("another cause")
    began = time.monotonic()
    assert "cannot be reached" in world.look()
    assert time.monotonic() - began < TICK_LIMIT_S
    server.over.set()
    server.manner = "answer"
    world.clock.move(minutes=1)
    world.look()
    assert len({told["why"]["problem"] for told in server.received}) == 2


def test_the_budgets_fit_into_a_look() -> None:
    budgets = instance_sensors.READING_BUDGET_S + instance_sensors.SENDING_BUDGET_S
    assert budgets <= TICK_LIMIT_S - 1


@pytest.mark.parametrize("status", [301, 307, 404])
def test_a_redirect_is_not_followed(server: WebhookServer, status: int) -> None:
    server.answers = [status]
    with pytest.raises(UndeliveredError, match=f"answered {status}"):
        AlertWebhook(SecretStr(server.address)).post({}, 3)
    assert len(server.received) == 1


def test_an_alert_failure_is_one_that_may_pass() -> None:
    assert issubclass(UndeliveredError, TransientError)


# The address


def test_the_address_is_nowhere_but_in_the_request(
    world: World,
    server: WebhookServer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [repr(world.webhook), str(vars(world.webhook)), world.webhook.host]
    server.answers = [500, 302]
    world.fail()
    for _ in range(3):
        said.append(world.look())
        world.clock.move(hours=1)
    wrong = ("http://127.0.0.1:1", "https://127.0.0.1:1", server.address.replace("http", "https"))
    for address in (
        *(f"{one}/{SECRET}" for one in wrong),
        f"ftp://{SECRET}",
        f"http://a b/{SECRET}",
    ):
        with pytest.raises((UndeliveredError, InvalidInputError)) as caught:
            AlertWebhook(SecretStr(address)).post({}, 3)
        said += traceback.format_exception(caught.value)
    out, err = capfd.readouterr()
    events = [
        str(event)
        for run in world.instance.get_runs()
        for event in world.instance.all_logs(run.run_id)
    ]
    assert server.received
    for text in (*said, caplog.text, out, err, *events):
        assert SECRET not in text


def test_without_a_webhook_nothing_is_sent_and_the_sensor_says_so(
    tmp_path: Path, settings: Settings
) -> None:
    for address in (None, "  "):
        with dg.DagsterInstance.ephemeral() as instance:
            world = World(instance, tmp_path, address)
            world.fail()
            assert world.look() == "nothing is sent: YTEMPIRE_ALERT_WEBHOOK is not set"
            world.ledger.close()
    [finding] = [one for one in examine(settings) if one.subject == "alerts"]
    assert finding.state == "absent"
    assert "YTEMPIRE_ALERT_WEBHOOK" in finding.next_step


def test_the_doctor_names_the_host_and_not_the_secret(
    settings: Settings, server: WebhookServer
) -> None:
    def found(address: str) -> tuple[str, str]:
        changed = settings.model_copy(update={"alert_webhook": SecretStr(address)})
        finding = _alerts(changed)
        assert SECRET not in str(finding)
        return finding.state, finding.found

    host = server.address.partition("/hooks")[0]
    assert found(server.address) == ("ok", f"failed runs are told to {host}/...")
    with pytest.raises(InvalidInputError, match="YTEMPIRE_ALERT_WEBHOOK") as caught:
        found(f"https://user:{SECRET}@example.org/")
    assert SECRET not in str(caught.value)
    assert server.received == []


def test_no_thread_is_left_behind(world: World, server: WebhookServer) -> None:
    world.fail()
    world.look()
    assert not [one for one in threading.enumerate() if one.name == "alert-webhook"]
