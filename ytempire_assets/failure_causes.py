"""Why a step failed, read from its event.

Belongs here: from Dagster's chain of errors to the innermost one, in our own words where we have
them. The command line and the alerts both tell people about failures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from dagster_shared.error import SerializableErrorInfo

_NEXT = ". Next: "


@dataclass(frozen=True, slots=True)
class Cause:
    """The innermost error of a failed step.

    Attributes:
        stage: The step's key.
        error: Name of the error's class.
        is_ours: It was raised on purpose, so its words are ours.
        text: What it said; its first line where it is not ours.
        kind: ``transient``, ``permanent`` or ``quota``; empty where nobody said.
    """

    stage: str
    error: str
    is_ours: bool
    text: str
    kind: str = ""

    @property
    def problem(self) -> str:
        """What is wrong, without the next step."""
        return self.text.partition(_NEXT)[0].rstrip(".") if self.is_ours else self.text

    @property
    def next_step(self) -> str:
        """What to do about it; empty where the error does not say."""
        return self.text.partition(_NEXT)[2].rstrip(".") if self.is_ours else ""


def cause_of(event: dg.DagsterEvent) -> Cause:
    """The innermost cause of a step's failure.

    Args:
        event: Of type ``STEP_FAILURE``.
    """
    data = event.step_failure_data
    said = data.user_failure_data.metadata.get("kind") if data.user_failure_data else None
    kind = str(said.value) if said is not None else ""
    return _innermost(event.step_key or "", data.error, "unknown", kind)


def cause_of_run(event: dg.DagsterEvent) -> Cause:
    """Why a run failed of which no step did: it could not begin, or its process is gone.

    Args:
        event: Of type ``RUN_FAILURE``.
    """
    error = event.job_failure_data.error if event.event_specific_data else None
    return _innermost("", error, event.message or "unknown", "")


def _innermost(stage: str, error: SerializableErrorInfo | None, otherwise: str, kind: str) -> Cause:
    while error is not None and error.cause is not None:
        error = error.cause
    text = (error.message if error is not None else otherwise).strip()
    name = (error.cls_name if error is not None else None) or "unknown"
    # By its module: the class itself may not have been imported in this process.
    prefix, _, rest = text.partition(": ")
    is_ours = prefix.startswith(f"{__package__}.") and prefix.endswith(f".{name}") and bool(rest)
    if is_ours:
        text = rest
    return Cause(stage, name, is_ours, text.splitlines()[0] if text else "failed", kind)
