"""Failures are counted once and causes told once an hour, also when two daemons do it at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.ledger.alerts import MOST_TRIES, QUIET, REMEMBERED, Failure
from ytempire_assets_tests.resources.ledger_parts import NOON, Clock


def a_failure(number: int, cause: str = "cause") -> Failure:
    return Failure(f"run-{number}", "renders", cause, {"run": number, "title": "ü <b>\n"})


def test_a_failure_is_counted_once_and_the_newest_is_told(ledger: Ledger, clock: Clock) -> None:
    assert ledger.unnoted({"run-1", "run-2"}) == {"run-1", "run-2"}
    assert ledger.note_failures([a_failure(1), a_failure(2)]) == 2
    assert ledger.note_failures([a_failure(2), a_failure(3), a_failure(3)]) == 1
    assert ledger.unnoted({"run-1", "run-4"}) == {"run-4"}
    alert = ledger.take_alert()
    assert alert is not None
    assert (alert.cause, alert.failures, alert.since) == ("cause", 3, NOON)
    assert alert.message == {"run": 3, "title": "ü <b>\n"}
    assert ledger.take_alert() is None


def test_a_told_cause_is_quiet_for_an_hour_and_then_told_with_all_that_came(
    ledger: Ledger, clock: Clock
) -> None:
    ledger.note_failures([a_failure(1)])
    alert = ledger.take_alert()
    assert alert is not None
    ledger.note_failures([a_failure(2)])  # while it is being sent
    ledger.alert_told(alert)
    ledger.note_failures([a_failure(3)])
    assert ledger.take_alert() is None
    clock.at += QUIET - timedelta(seconds=1)
    assert ledger.take_alert() is None
    clock.move(seconds=1)
    again = ledger.take_alert()
    assert again is not None
    assert again.failures == 2
    ledger.alert_told(again)
    clock.move(hours=9)
    assert ledger.take_alert() is None


def test_what_was_taken_by_one_that_died_is_told_by_another(ledger: Ledger, clock: Clock) -> None:
    ledger.note_failures([a_failure(1)])
    assert ledger.take_alert() is not None
    clock.move(seconds=59)
    assert ledger.take_alert() is None
    clock.move(seconds=1)
    assert ledger.take_alert() is not None


def test_tries_are_fewer_and_fewer_and_end(ledger: Ledger, clock: Clock) -> None:
    ledger.note_failures([a_failure(1)])
    waits = []
    for number in range(MOST_TRIES):
        began, alert = clock.at, ledger.take_alert()
        while alert is None:
            clock.move(minutes=1)
            alert = ledger.take_alert()
        waits.append((clock.at - began).total_seconds() / 60)
        assert alert.last == (number == MOST_TRIES - 1)
        ledger.alert_failed(alert)
    assert waits == [0, 1, 2, 4, 8, 16, 32, 60]
    clock.move(days=1)
    assert ledger.take_alert() is None
    ledger.note_failures([a_failure(2)])
    alert = ledger.take_alert()
    assert alert is not None
    assert (alert.failures, alert.last) == (2, False)


def test_old_failures_and_settled_causes_are_forgotten(ledger: Ledger, clock: Clock) -> None:
    ledger.note_failures([a_failure(1)])
    alert = ledger.take_alert()
    assert alert is not None
    ledger.alert_told(alert)
    clock.at += REMEMBERED + timedelta(hours=1)
    ledger.note_failures([a_failure(2, "another")])
    assert ledger.unnoted({"run-1", "run-2"}) == {"run-1"}
    assert ledger.note_failures([a_failure(1)]) == 1


@pytest.mark.parametrize("causes", [1, 3])
def test_two_daemons_count_each_failure_once_and_tell_each_cause_once(
    ledger_url: str, causes: int
) -> None:
    daemons = [Ledger(ledger_url, Clock()) for _ in range(4)]
    failures = [a_failure(number, f"cause-{number % causes}") for number in range(30)]

    def look(place: int) -> tuple[int, int]:
        # Each reads from another place on, as daemons that do not know of each other.
        mine = failures[place * 3 :] + failures[: place * 3]
        new = daemons[place].note_failures(mine)
        told = 0
        while (alert := daemons[place].take_alert()) is not None:
            daemons[place].alert_told(alert)
            told += alert.failures
        return new, told

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(look, range(4)))
    assert sum(new for new, _ in found) == 30
    assert sum(told for _, told in found) == 30
    for daemon in daemons:
        daemon.close()
