"""One run at a time works on a publication; a dead one holds nobody up, a late one does no harm."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from ytempire_assets.errors import InvalidInputError, TransientError
from ytempire_assets.publishing.lease import LEASE_S, is_gone, kept, this_run
from ytempire_assets.publishing.publication import Publication
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets_tests.resources.ledger_parts import NAME_ITSELF, Clock, a_plan

OTHER_MACHINE = "another-machine|17|12345|abcdef"
THIRD_MACHINE = "third-machine|17|12345|abcdef"


def test_a_lease_is_one_runs_alone(ledger: Ledger) -> None:
    publication = ledger.open_publication(a_plan())
    held = ledger.lease(publication, OTHER_MACHINE, LEASE_S)
    assert held.version > publication.version
    with pytest.raises(TransientError, match="is being published by another run") as refused:
        ledger.lease(publication, THIRD_MACHINE, LEASE_S)
    assert refused.value.next_step == "wait for that run to end; this one has changed nothing"
    assert ledger.publications() == [held]


def test_the_holder_may_take_it_again(ledger: Ledger) -> None:
    held = ledger.lease(ledger.open_publication(a_plan()), OTHER_MACHINE, LEASE_S)
    again = ledger.lease(held, OTHER_MACHINE, LEASE_S)
    assert again.version == held.version + 1


def test_a_lease_that_was_given_back_is_free(ledger: Ledger) -> None:
    held = ledger.lease(ledger.open_publication(a_plan()), OTHER_MACHINE, LEASE_S)
    ledger.release(held, OTHER_MACHINE)
    ledger.lease(held, THIRD_MACHINE, LEASE_S)
    # The first one's late word changes nothing.
    ledger.release(held, OTHER_MACHINE)
    with pytest.raises(TransientError):
        ledger.lease(held, OTHER_MACHINE, LEASE_S)


def test_a_lease_that_ran_out_is_taken_over(ledger: Ledger, clock: Clock) -> None:
    held = ledger.lease(ledger.open_publication(a_plan()), OTHER_MACHINE, 90)
    clock.move(seconds=89)
    with pytest.raises(TransientError):
        ledger.lease(held, THIRD_MACHINE, 90)
    clock.move(seconds=1)
    assert ledger.lease(held, THIRD_MACHINE, 90).version == held.version + 1


def test_a_renewed_lease_lasts_longer(ledger: Ledger, clock: Clock) -> None:
    held = ledger.lease(ledger.open_publication(a_plan()), OTHER_MACHINE, 90)
    clock.move(seconds=80)
    assert ledger.renew(held, OTHER_MACHINE, 90)
    clock.move(seconds=80)
    with pytest.raises(TransientError):
        ledger.lease(held, THIRD_MACHINE, 90)
    assert not ledger.renew(held, THIRD_MACHINE, 90)


def test_a_holder_that_lost_its_lease_can_change_nothing(ledger: Ledger, clock: Clock) -> None:
    stale = ledger.lease(ledger.open_publication(a_plan()), OTHER_MACHINE, 90)
    clock.move(seconds=91)
    now = ledger.lease(stale, THIRD_MACHINE, 90)

    with pytest.raises(TransientError, match="was changed by another run meanwhile"):
        ledger.advance(stale, "uploaded", remote_id="late")
    with pytest.raises(TransientError, match="was changed by another run meanwhile"):
        ledger.rest(stale, OTHER_MACHINE, "late", None)
    assert not ledger.renew(stale, OTHER_MACHINE, 90)
    ledger.release(stale, OTHER_MACHINE)
    assert ledger.publications() == [now]
    assert ledger.advance(now, "session", session_url="http://s").state == "session"


def test_a_dead_process_is_not_waited_for(ledger: Ledger, dead_run: str) -> None:
    held = ledger.lease(ledger.open_publication(a_plan()), dead_run, LEASE_S)
    assert ledger.lease(held, this_run(), LEASE_S).version == held.version + 1


def test_a_process_is_waited_for_until_it_is_killed(ledger: Ledger) -> None:
    program = f"{NAME_ITSELF}; input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        owner = child.stdout.readline().strip()
        held = ledger.lease(ledger.open_publication(a_plan()), owner, LEASE_S)
        assert not is_gone(owner)
        with pytest.raises(TransientError):
            ledger.lease(held, this_run(), LEASE_S)
        child.kill()
        # It stays in the process table until somebody asks how it ended; it is dead all the same.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(owner)
        assert ledger.lease(held, this_run(), LEASE_S).version == held.version + 1


def test_names_of_runs_tell_who_is_gone() -> None:
    mine = this_run()
    assert mine != this_run()
    assert len(mine) <= 200
    assert not is_gone(mine)
    machine, pid, started, number = mine.split("|")
    # The number of a process is used again; when it started tells both apart.
    assert is_gone("|".join((machine, pid, str(int(started) + 1), number)))
    assert not is_gone(OTHER_MACHINE)
    assert not is_gone("")
    assert not is_gone("a name from nowhere")
    assert not is_gone("|".join((machine, "no number", started, number)))


class Watched(Ledger):
    """A ledger that says when a lease was renewed, and does before it what a test asks for."""

    def watch(self, before: Callable[[int], None] = lambda _count: None) -> threading.Event:
        self.count, self.before, self.renewed = 0, before, threading.Event()
        return self.renewed

    def renew(self, publication: Publication, owner: str, seconds: float) -> bool:
        self.count += 1
        self.before(self.count)
        held = super().renew(publication, owner, seconds)
        self.renewed.set()
        return held


def test_a_lease_is_kept_while_the_work_lasts(ledger_url: str, clock: Clock) -> None:
    ledger = Watched(ledger_url, clock)
    held = ledger.lease(ledger.open_publication(a_plan()), OTHER_MACHINE, 0.03)
    renewed = ledger.watch()
    with kept(ledger, held, OTHER_MACHINE, 0.03):
        clock.move(seconds=60)
        renewed.clear()
        assert renewed.wait(20)
        with pytest.raises(TransientError):
            ledger.lease(held, THIRD_MACHINE, 90)
    assert ledger.lease(held, THIRD_MACHINE, 90).version == held.version + 1
    ledger.close()


def test_a_ledger_that_fails_once_does_not_end_the_keeping(ledger_url: str, clock: Clock) -> None:
    def fail_first(count: int) -> None:
        if count == 1:
            raise TransientError("the ledger was locked", "run again")

    ledger = Watched(ledger_url, clock)
    held = ledger.lease(ledger.open_publication(a_plan()), OTHER_MACHINE, 0.03)
    renewed = ledger.watch(fail_first)
    with kept(ledger, held, OTHER_MACHINE, 0.03):
        assert renewed.wait(20)
    assert ledger.count >= 2
    ledger.close()


def test_a_lost_lease_is_not_renewed_and_not_given_back(ledger_url: str, clock: Clock) -> None:
    ledger = Watched(ledger_url, clock)
    held = ledger.lease(ledger.open_publication(a_plan()), OTHER_MACHINE, 90)
    clock.move(seconds=91)
    now = ledger.lease(held, THIRD_MACHINE, 90)
    renewed = ledger.watch()
    with kept(ledger, held, OTHER_MACHINE, 0.03):
        assert renewed.wait(20)
    assert ledger.publications() == [now]
    with pytest.raises(TransientError):
        ledger.lease(held, OTHER_MACHINE, 90)
    ledger.close()


def test_a_lease_is_given_back_when_the_work_fails(ledger: Ledger) -> None:
    held = ledger.lease(ledger.open_publication(a_plan()), OTHER_MACHINE, LEASE_S)
    with pytest.raises(KeyboardInterrupt), kept(ledger, held, OTHER_MACHINE):
        raise KeyboardInterrupt
    assert ledger.lease(held, THIRD_MACHINE, LEASE_S).version == held.version + 1


def test_what_is_not_there_cannot_be_leased(ledger: Ledger, clock: Clock) -> None:
    never = Publication(a_plan("never"), "approved", 1, clock())
    with pytest.raises(InvalidInputError, match="never on sandbox is not in the ledger any more"):
        ledger.lease(never, OTHER_MACHINE, LEASE_S)
