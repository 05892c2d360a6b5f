"""Sensors that look after Dagster's instance: its failed runs and its pools.

Belongs here: what an installation without people at its command line needs. Thin shells: what is
told is in ``alerts.py``, what the pools are in ``placement.py``.
"""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from ytempire_assets.automation.alerts import document, failures_of
from ytempire_assets.automation.switches import sensor_status
from ytempire_assets.failure_causes import cause_of, cause_of_run
from ytempire_assets.instance import agree_on_pools
from ytempire_assets.placement import pool_limits, read_placement
from ytempire_assets.resources.alert_webhook import AlertWebhook, UndeliveredError
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.ledger.alerts import Failure

LOOKED_BACK = timedelta(days=1)
"""What failed earlier is no news, after a day without daemon or webhook."""

FAILED_RUNS_A_LOOK = 100
READING_BUDGET_S = 1.0
SENDING_BUDGET_S = 3.0
"""All messages of a look; with reading under the 5 s that a look may take."""

MESSAGES_A_LOOK = 20
_LEAST_S = 1.0
_READ_AGAIN = 200
"""So many of the newest event numbers are read again: Postgres gives numbers before it shows the
events, so a later one may be seen first. Each failure is counted once all the same."""


@dg.sensor(
    name="alert_failures",
    minimum_interval_seconds=30,
    default_status=sensor_status("alert_failures"),
    description="Tells the webhook of YTEMPIRE_ALERT_WEBHOOK what failed, why and what to do next: "
    "at most once an hour for one cause, with the number of those that were not told.",
)
def alert_failures(
    context: dg.SensorEvaluationContext,
    ledger: dg.ResourceParam[Ledger],
    alert_webhook: dg.ResourceParam[AlertWebhook],
    ui_url: dg.ResourceParam[str],
) -> dg.SensorResult | dg.SkipReason:
    """Counts what failed since the last look, and sends what is due.

    Both are in the ledger before the cursor moves, so that a crash in between loses nothing and
    counts nothing twice.
    """
    if not alert_webhook.is_set:
        return dg.SkipReason("nothing is sent: YTEMPIRE_ALERT_WEBHOOK is not set")
    _ = alert_webhook.host  # an address that cannot be used is an error of this look
    failures, cursor = _failed_since(context, ledger)
    new = ledger.note_failures(failures)
    told, problem = _tell(context, ledger, alert_webhook, ui_url)
    said = f"{new} new failures, {told} messages sent"
    return dg.SensorResult(
        skip_reason=f"{said}; {problem}" if problem else said, cursor=str(cursor)
    )


def _failed_since(context: dg.SensorEvaluationContext, ledger: Ledger) -> tuple[list[Failure], int]:
    """Failures that nobody has noted yet, and how far the events were read."""
    instance, deadline = context.instance, time.monotonic() + READING_BUDGET_S
    seen = int(context.cursor or 0)
    records = instance.fetch_run_status_changes(
        dg.RunStatusChangeRecordsFilter(
            dg.DagsterEventType.RUN_FAILURE,
            after_timestamp=(ledger.now() - LOOKED_BACK).timestamp(),
            after_storage_id=max(0, seen - _READ_AGAIN),
        ),
        limit=FAILED_RUNS_A_LOOK,
        ascending=True,
    ).records
    unnoted = ledger.unnoted({record.event_log_entry.run_id for record in records})
    runs = (
        {run.run_id: run for run in instance.get_runs(dg.RunsFilter(run_ids=sorted(unnoted)))}
        if unnoted
        else {}
    )
    failures: list[Failure] = []
    for record in records:
        run = runs.get(record.event_log_entry.run_id)
        event = record.event_log_entry.dagster_event
        if run is not None and event is not None:
            if failures and time.monotonic() > deadline:
                break  # the others at the next look
            steps = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_FAILURE)
            causes = [cause_of(one.dagster_event) for one in steps if one.dagster_event]
            at = datetime.fromtimestamp(record.timestamp, UTC)
            failures += failures_of(
                run.run_id, run.job_name, run.tags, at, causes or [cause_of_run(event)]
            )
        seen = max(seen, record.storage_id)
    return failures, seen


def _tell(
    context: dg.SensorEvaluationContext, ledger: Ledger, webhook: AlertWebhook, ui_url: str
) -> tuple[int, str]:
    """Sends what is due; how many messages arrived, and why not more did."""
    deadline = time.monotonic() + SENDING_BUDGET_S
    for told in range(MESSAGES_A_LOOK):
        left_s = deadline - time.monotonic()
        alert = ledger.take_alert() if left_s >= _LEAST_S else None
        if alert is None:
            return told, ""
        message = document(alert, ui_url)
        try:
            webhook.post(message, left_s)
        except UndeliveredError as error:
            ledger.alert_failed(alert)
            then = "given up until it fails anew" if alert.last else "tried again"
            context.log.warning("%s. %s: %s", error.problem, then, message["text"])
            return told, error.problem
        ledger.alert_told(alert)
    return MESSAGES_A_LOOK, "the others at the next look"


def pool_sensor(placement_file: Path | None) -> dg.SensorDefinition:
    """The sensor that keeps the pools as the placement says.

    Args:
        placement_file: Read anew at every look, so that an edit needs no restart.
    """

    @dg.sensor(
        name="keep_pools",
        minimum_interval_seconds=60,
        default_status=sensor_status("keep_pools"),
        description="Makes the instance's pool limits those of ytempire_assets/placement.py and of "
        "YTEMPIRE_PLACEMENT_FILE.",
    )
    def keep_pools(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        limits = pool_limits(read_placement(placement_file))
        changed = agree_on_pools(context.instance, limits)
        if not changed:
            return dg.SkipReason(f"{len(limits)} pools, all as the placement says")
        said = ", ".join(f"{name} {limits[name]}" for name in changed)
        context.log.info("pools changed: %s", said)
        return dg.SkipReason(f"changed: {said}")

    return keep_pools
