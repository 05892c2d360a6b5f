"""How a stage's step ends when it does not end well: named, and in bounded time.

Belongs here: the time limit of a step. Which failures are tried again is said by
``resources/step_failure.py``, how often and after what delay by ``placement.RETRIES``.
"""

from __future__ import annotations

import contextlib
import functools
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError, DagsterInvalidPropertyError

from ytempire_assets.errors import TransientError, YtempireError
from ytempire_assets.log_lines import log_context
from ytempire_assets.resources.step_failure import named_failures

STEP_LIMIT_S = 1800
"""A step that takes longer has lost something it waits for: half an hour is ten times the usual."""


class StepTimeLimitError(TransientError):
    """A step took longer than ``STEP_LIMIT_S``."""


def bounded(
    function: Callable[..., Any], retry: str, limit_s: float = STEP_LIMIT_S
) -> Callable[..., Any]:
    """A stage's function that stops after ``limit_s`` seconds and whose failures are named.

    Args:
        function: Takes Dagster's context first and returns.
        retry: A key of ``placement.RETRIES``.
        limit_s: Seconds.
    """

    @functools.wraps(function)
    def run(context: dg.AssetExecutionContext, *args: Any, **kwargs: Any) -> Any:
        if not _has_a_run(context):
            return function(context, *args, **kwargs)
        with (
            log_context(
                run=context.run.run_id,
                job=context.run.job_name,
                partition=context.partition_key if context.has_partition_key else None,
                stage=context.op_execution_context.op_def.name,
            ),
            named_failures(context.run.tags, retry, context.retry_number),
            time_limit(context.op_execution_context.op_def.name, limit_s),
        ):
            try:
                return function(context, *args, **kwargs)
            except (YtempireError, dg.Failure, dg.RetryRequested):
                raise
            except DagsterExecutionInterruptedError as error:
                raise dg.Failure("interrupted", allow_retries=False) from error
            except Exception as error:
                # A defect: the same again would fail the same way.
                text = f"{type(error).__name__}: {str(error)[:300]}"
                raise dg.Failure(
                    f"{text}. Next: look at the trace.", allow_retries=False
                ) from error

    return run


def _has_a_run(context: dg.AssetExecutionContext) -> bool:
    """Whether Dagster runs the stage, or somebody calls its function."""
    try:
        return bool(context.run)
    except DagsterInvalidPropertyError:
        return False


@contextlib.contextmanager
def time_limit(name: str, limit_s: float) -> Iterator[None]:
    """Interrupts the main thread when a step takes longer.

    A step runs in its process' main thread under every executor. In another thread nothing is
    bounded here; the run's own limit (``run_monitoring`` in dagster.yaml) holds there.

    Raises:
        StepTimeLimitError: It took longer; what it finished is found again by the next try.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def too_late(_signal: int, _frame: object) -> None:
        raise StepTimeLimitError(
            f"{name} took longer than {limit_s / 60:g} minutes",
            "look in the run's log for what it waited for; finished videos are not made again",
        )

    before = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
