"""Faults are read from the command line and happen once."""

from __future__ import annotations

import pytest

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.sandbox.faults import FaultCounter, Faults, parse_faults


def test_faults_are_read() -> None:
    assert parse_faults("") == Faults()
    assert parse_faults("fail-chunk=2, lose-final-answer") == Faults(
        fail_chunk=2, lose_final_answer=True
    )
    assert parse_faults("drop-chunk=1,forget-at-chunk=3,down") == Faults(
        drop_chunk=1, forget_at_chunk=3, down=True
    )
    assert parse_faults("rate=0.05,seed=7,kinds=drop+burst") == Faults(
        rate=0.05, seed=7, kinds=("drop", "burst")
    )
    assert parse_faults("rate=1,kinds=lose-answer+daily,processing-s=2.5") == Faults(
        rate=1.0, kinds=("lose_answer", "daily"), processing_s=2.5
    )


@pytest.mark.parametrize(
    "text",
    [
        "explode",
        "fail-chunk",
        "fail-chunk=0",
        "fail-chunk=x",
        "down=1",
        "fail_chunk=1",
        "rate=1.5",
        "rate=-1",
        "rate",
        "rate=nan",
        "seed=x",
        "kinds=meteor",
        "kinds=",
        "processing-s=x",
    ],
)
def test_what_cannot_be_read_is_said(text: str) -> None:
    with pytest.raises(InvalidInputError, match=text.partition("=")[0]):
        parse_faults(text)


def test_each_fault_happens_once() -> None:
    counter = FaultCounter(Faults(fail_chunk=2, drop_chunk=3, lose_final_answer=True))
    assert [counter.next_chunk() for _ in range(5)] == ["", "fail", "drop", "", ""]
    assert [counter.lose_answer() for _ in range(3)] == [True, False, False]
    assert counter.counts() == {
        "requests": 0,
        "drop_chunk": 1,
        "fail_chunk": 1,
        "lose_final_answer": 1,
    }
    assert not FaultCounter(Faults()).lose_answer()
