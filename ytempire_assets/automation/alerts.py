"""What is told about failed runs: what, why, what to do next, and which failures are one cause.

Belongs here: from a run and its causes to JSON values, as functions of values. When it is told is
decided in the ledger (``resources/ledger/alerts.py``), sending is ``resources/alert_webhook.py``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ytempire_assets.failure_causes import Cause
from ytempire_assets.resources.ledger.alerts import Alert, Failure

_LONGEST = 500
_ADDRESS = re.compile(r"\b([a-z][a-z0-9+.-]*)://\S+", re.IGNORECASE)
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_NUMBER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{8,}\b|\d+")
# What chat programs read as a mention or a link, wherever a title from outside brings it along.
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "@": "@\u2060", "\u2028": " ", "\u2029": " "})


def failures_of(
    run_id: str,
    job: str,
    tags: Mapping[str, str],
    failed_at: datetime,
    causes: Sequence[Cause],
) -> list[Failure]:
    """What failed in a run, as the ledger counts it: one for each step.

    Args:
        run_id: Of the run.
        job: Its name.
        tags: Its tags.
        failed_at: When, UTC.
        causes: Of each step that failed, or of the run itself.
    """
    return [
        Failure(
            run_id,
            cause.stage,
            cause_key(job, tags, cause),
            _message(run_id, job, tags, failed_at, cause),
        )
        for cause in causes
    ]


def cause_key(job: str, tags: Mapping[str, str], cause: Cause) -> str:
    """A key that is equal for failures of which one message is enough.

    The same stage, or job where no stage failed, the same error, and the same words but for
    numbers, identifiers, quoted names, the channel and its day.
    """
    words = cause.text.casefold()
    for name in (tags.get("dagster/partition"), tags.get("dagster/partition/channel")):
        if name:
            words = words.replace(name.casefold(), "*")
    words = _NUMBER.sub("#", _QUOTED.sub("''", words))
    same = "\n".join((cause.stage or job, cause.error, words))
    return hashlib.sha256(same.encode()).hexdigest()


def document(alert: Alert, ui_url: str) -> dict[str, Any]:
    """The JSON object that is posted.

    Args:
        alert: What is told.
        ui_url: Address of Dagster's UI; empty when nobody said it.
    """
    message = dict(alert.message)
    run_id = str(message["run"]["id"])
    others = alert.failures - 1
    what, why = message["what"], message["why"]
    place = " of ".join(
        str(one) for one in (what["stage"] or what["job"], what["partition"]) if one
    )
    text = f"{place} failed: {why['problem']}. Next: {message['next_step']}."
    if others:
        text += f" {others} more of this cause since {alert.since:%Y-%m-%d %H:%M} UTC."
    return {
        # The one field that chat programs read; they show it as it is.
        "text": _one_line(text).translate(_HARMLESS),
        # The same for the same message: a receiver can tell one that came twice.
        "id": f"{alert.cause[:16]}-{int(alert.since.timestamp())}",
        "kind": "run_failure",
        **message,
        "run": {**message["run"], "url": f"{ui_url.rstrip('/')}/runs/{run_id}" if ui_url else None},
        "same_cause": {"others": others, "since": alert.since.isoformat()},
    }


def _message(
    run_id: str, job: str, tags: Mapping[str, str], failed_at: datetime, cause: Cause
) -> dict[str, Any]:
    return {
        "what": {
            "job": "assets by hand" if job.startswith("__") else job,
            "stage": cause.stage,
            "partition": tags.get("dagster/partition", ""),
            "channel": tags.get("dagster/partition/channel", ""),
            "day": tags.get("dagster/partition/day", ""),
        },
        "why": {
            "error": cause.error,
            "kind": cause.kind,
            "problem": _problem(cause),
        },
        "next_step": _one_line(_next_step(tags, cause)),
        "run": {"id": run_id, "failed_at": failed_at.astimezone(UTC).isoformat()},
    }


def _problem(cause: Cause) -> str:
    """Foreign errors may quote addresses with tokens in them: only our own are told whole."""
    said = cause.problem if cause.is_ours else _ADDRESS.sub(r"\1://...", cause.problem)
    return _one_line(said).rstrip(".")


def _next_step(tags: Mapping[str, str], cause: Cause) -> str:
    if cause.next_step:
        return cause.next_step
    if tags.get("dagster/will_retry") == "true":
        return "nothing to do: the run is started again by itself and reuses what was finished"
    if not cause.stage:
        return "look at the run's log, then run it again: what was finished is reused"
    return (
        "look at the run's log; what is no mistake of the set-up is a defect, to be reported with "
        "that log"
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST]
