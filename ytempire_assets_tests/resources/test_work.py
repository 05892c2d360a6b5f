"""The workbench: work is done once, fails alone, and survives interrupts."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from ytempire_assets.errors import InvalidInputError, StorageError, TransientError
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.work import Made, Unit, Workbench
from ytempire_assets.settings import Settings
from ytempire_assets_tests.s3_faults import Fault, FaultyWay
from ytempire_assets_tests.s3_server import S3Server

Report = Callable[[float], None]


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return Workbench(BlobStore(tmp_path / "blobs"), cpu_usd_per_hour=Decimal(3600))


@pytest.fixture
def either(stored: Settings) -> Workbench:
    """With blobs and records in a folder or a bucket."""
    return Workbench(BlobStore.of(stored))


def unit(key: str, **parameters: object) -> Unit:
    return Unit(key, {"key": key, **parameters}, given={"video_id": key})


def test_finished_work_is_not_done_again(either: Workbench) -> None:
    bench, calls = either, list[str]()

    def make(work: Unit, report: Report) -> Made:
        calls.append(work.key)
        blob = bench.blobs.put(work.key.encode(), "txt")
        return Made({"title": blob}, [blob])

    first = bench.rows("scripts", [unit("a"), unit("b")], make)
    second = bench.rows("scripts", [unit("a"), unit("b"), unit("c")], make)
    assert calls == ["a", "b", "c"]
    assert [row["reused"] for row in second] == [True, True, False]
    assert first[0]["fingerprint"] == second[0]["fingerprint"]
    assert first[0]["title"] == second[0]["title"]


def test_a_lost_blob_or_damaged_record_is_made_again(stored: Settings) -> None:
    bench, calls = Workbench(BlobStore.of(stored)), list[str]()

    def make(work: Unit, report: Report) -> Made:
        calls.append(work.key)
        blob = bench.blobs.put(b"content", "txt")
        return Made({"title": blob}, [blob])

    [row] = bench.rows("scripts", [unit("a")], make)
    objects, name = bench.blobs.objects, row["title"]
    objects.delete(f"{name[:2]}/{name}")
    bench = Workbench(BlobStore.of(stored))  # as the next run, which has seen nothing
    bench.rows("scripts", [unit("a")], make)
    [record] = objects.entries("work")
    content = objects.read(record.key)
    assert content is not None
    objects.write(record.key, content[:20])
    [again] = bench.rows("scripts", [unit("a")], make)
    assert calls == ["a", "a", "a"]
    assert again["status"] == "ok"


def test_one_failure_leaves_the_others(bench: Workbench) -> None:
    def make(work: Unit, report: Report) -> Made:
        if work.key == "bad":
            raise InvalidInputError("file x, line 3: wrong", "correct x")
        if work.key == "bug":
            raise ZeroDivisionError("oops")
        return Made({"title": work.key})

    rows = bench.rows("scripts", [unit("bad"), unit("bug"), unit("good")], make, parallel=2)
    assert [row["status"] for row in rows] == ["failed", "failed", "ok"]
    assert rows[0]["error"] == "file x, line 3: wrong. Next: correct x."
    assert "ZeroDivisionError" in rows[1]["error"]
    assert rows[0]["video_id"] == "bad"


def test_failed_work_is_tried_again(bench: Workbench) -> None:
    answers = iter([TransientError("down", "wait"), None])

    def make(work: Unit, report: Report) -> Made:
        error = next(answers)
        if error is not None:
            raise error
        return Made({"title": "done"})

    assert bench.rows("scripts", [unit("a")], make)[0]["status"] == "failed"
    assert bench.rows("scripts", [unit("a")], make)[0]["title"] == "done"


def test_blocked_unit_fails_without_being_tried(bench: Workbench) -> None:
    def make(work: Unit, report: Report) -> Made:
        raise AssertionError("must not be called")

    blocked = Unit("a", {}, blocked="no sources. Next: add some")
    assert bench.rows("scripts", [blocked], make)[0]["error"] == "no sources. Next: add some"


def test_force_does_it_again(tmp_path: Path) -> None:
    calls: list[int] = []

    def make(work: Unit, report: Report) -> Made:
        calls.append(1)
        return Made({"title": "x"})

    blobs = BlobStore(tmp_path / "blobs")
    Workbench(blobs).rows("scripts", [unit("a")], make)
    Workbench(blobs, force=True).rows("scripts", [unit("a")], make)
    assert len(calls) == 2


def test_interrupt_keeps_what_was_finished_and_stops_the_rest(bench: Workbench) -> None:
    first_done, second_began = threading.Event(), threading.Event()
    stopped: list[str] = []

    def make(work: Unit, report: Report) -> Made:
        if work.key == "a":
            return Made({"title": "a"})
        second_began.set()
        try:
            while True:
                report(0.5)
        except BaseException:
            stopped.append(work.key)
            raise

    class Impatient:
        def unit(self, _stage: str, key: str, fraction: float, _note: str = "") -> None:
            if key == "a" and fraction == 1.0:
                first_done.set()

    watched = Workbench(bench.blobs, progress=Impatient())
    import ytempire_assets.resources.work as work_module

    def interrupted_wait(futures: object) -> None:
        assert first_done.wait(10)
        assert second_began.wait(10)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(work_module, "wait", interrupted_wait)
        with pytest.raises(KeyboardInterrupt):
            watched.rows("scripts", [unit("a"), unit("b")], make, parallel=2)
    assert stopped == ["b"]
    [record] = bench.blobs.objects.entries("work")
    content = bench.blobs.objects.read(record.key)
    assert json.loads(content or b"")["row"]["title"] == "a"


def test_cost_is_cpu_time_at_the_price(bench: Workbench) -> None:
    def make(work: Unit, report: Report) -> Made:
        return Made({}, child_cpu_s=2.5)

    [row] = bench.rows("scripts", [unit("a")], make)
    assert row["cpu_s"] >= 2.5
    assert row["cost_usd"] == pytest.approx(row["cpu_s"], abs=1e-6)  # a dollar a second here


def test_work_that_lives_elsewhere_is_never_remembered(bench: Workbench) -> None:
    calls: list[int] = []

    def make(work: Unit, report: Report) -> Made:
        calls.append(1)
        return Made({"reused": True})

    for _ in range(2):
        [row] = bench.rows("uploads", [unit("a")], make, remember=False)
        assert row["reused"] is True
    assert len(calls) == 2


def test_record_that_cannot_be_asked_for_is_an_error_and_no_work_is_repeated(
    s3: S3Server, settings: Settings, way: FaultyWay
) -> None:
    """Were it a missing record, all that is finished would be done again."""
    calls: list[str] = []

    def make(work: Unit, report: Report) -> Made:
        calls.append(work.key)
        return Made({"title": work.key})

    blobs = BlobStore.of(s3.settings(settings, way))
    Workbench(blobs).rows("scripts", [unit("a")], make)
    way.plan.append(Fault("refuse", 403, "RequestTimeTooSkewed"))
    with pytest.raises(StorageError, match="by NTP"):
        Workbench(blobs).rows("scripts", [unit("a"), unit("b")], make)
    assert calls == ["a"]
    assert Workbench(blobs).rows("scripts", [unit("a")], make)[0]["reused"] is True


def test_record_that_is_damaged_on_the_way_is_read_again(
    s3: S3Server, settings: Settings, way: FaultyWay
) -> None:
    blobs = BlobStore.of(s3.settings(settings, way))
    Workbench(blobs).rows("scripts", [unit("a")], lambda work, _: Made({"title": work.key}))
    way.plan.append(Fault("corrupt", method="GET"))
    [row] = Workbench(blobs).rows("scripts", [unit("a")], lambda _unit, _: Made({"title": "again"}))
    assert (row["title"], row["reused"]) == ("a", True)
