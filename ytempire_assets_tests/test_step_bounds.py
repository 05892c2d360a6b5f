"""Steps end in bounded time, and only what may pass is tried again."""

import time

import dagster as dg
import pytest

from ytempire_assets.assets.step_bounds import bounded, time_limit
from ytempire_assets.errors import InvalidInputError, TransientError, YtempireError
from ytempire_assets.placement import MOST_RETRIES, PLACES, RETRIES, Place, retry_delay_s
from ytempire_assets.resources.step_failure import ATTENDED_TAG
from ytempire_assets.resources.work import Made, Unit


def run_of(error: Exception | None, tags: dict[str, str]) -> dg.ExecuteInProcessResult:
    """One step that fails so; retries are told, not waited for."""

    def fails(context: dg.AssetExecutionContext) -> int:
        if error is not None and context.retry_number == 0:
            raise error
        return 1

    made = dg.asset(name="fails")(bounded(fails, "stores"))
    return dg.materialize([made], tags=tags, raise_on_error=False)


def again(result: dg.ExecuteInProcessResult) -> bool:
    """Whether a retry was asked for."""
    return any(event.event_type_value == "STEP_UP_FOR_RETRY" for event in result.all_events)


@pytest.mark.parametrize(
    "error",
    [InvalidInputError("it is wrong", "mend it"), YtempireError("it broke", "look")],
)
def test_what_will_not_pass_fails_at_once_with_its_next_step(error: YtempireError) -> None:
    result = run_of(error, {})
    [failed] = [event for event in result.all_events if event.is_step_failure]
    assert not [
        event for event in result.all_events if event.event_type_value == "STEP_UP_FOR_RETRY"
    ]
    told = failed.step_failure_data.user_failure_data
    assert told is not None
    assert told.metadata["next_step"].value == error.next_step
    assert error.problem in str(told.description)


def test_somebody_who_waits_is_told_at_once() -> None:
    began = time.monotonic()
    result = run_of(TransientError("the server is away", "wait"), {ATTENDED_TAG: "yes"})
    assert not result.success
    assert time.monotonic() - began < 30


def test_what_may_pass_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RETRIES, "stores", 0)
    result = run_of(TransientError("the server is away", "wait"), {})
    assert result.success
    assert again(result)


def test_delays_double_and_end() -> None:
    assert [retry_delay_s("stores", n) for n in range(MOST_RETRIES)] == [60, 120, 240]
    assert [retry_delay_s("models", n) for n in range(MOST_RETRIES)] == [120, 240, 480]
    assert [retry_delay_s("outside", n) for n in range(MOST_RETRIES)] == [300, 600, 1200]
    assert {place.retry for place in PLACES.values()} == set(RETRIES)


def test_a_step_that_hangs_is_interrupted() -> None:
    began = time.monotonic()
    with (
        pytest.raises(YtempireError, match=r"renders took longer than 0\.005 minutes") as told,
        time_limit("renders", 0.3),
    ):
        time.sleep(20)
    assert isinstance(told.value, TransientError)
    assert time.monotonic() - began < 10
    with time_limit("renders", 0.3):
        pass
    time.sleep(0.4)  # a limit that is over does not strike later


def test_work_in_other_threads_is_interrupted_too() -> None:
    """The stage's units run in threads; they give up at their next report."""
    from decimal import Decimal
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from ytempire_assets.resources.blobs import BlobStore
    from ytempire_assets.resources.work import Workbench

    def slow(unit: Unit, report: object) -> Made:
        for _ in range(400):
            time.sleep(0.05)
            report(0.5)  # type: ignore[operator]
        return Made({})

    with TemporaryDirectory() as folder:
        bench = Workbench(BlobStore(Path(folder)), Decimal(0))
        units = [Unit(f"v{number}", {"n": number}) for number in range(2)]
        began = time.monotonic()
        with pytest.raises(TransientError), time_limit("renders", 0.5):
            bench.rows("renders", units, slow, parallel=2)
        assert time.monotonic() - began < 10


def test_places_are_what_kubernetes_takes() -> None:
    gpu = Place(cpu="8", memory="32Gi", gpu=1).resources
    assert gpu["limits"]["nvidia.com/gpu"] == gpu["requests"]["nvidia.com/gpu"] == "1"
    assert "cpu" not in gpu["limits"]
    assert PLACES["renders"].resources["requests"] == {"cpu": "4", "memory": "8Gi"}
