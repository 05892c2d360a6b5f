"""The gates between stages: what each table must hold for the stage to count as passed.

Belongs here: asset checks. They report; they do not stop the other videos: rows that failed are
simply not taken up by the next stage. A check is an error when fewer videos came out well than the
channel's phase asks for, a warning when some failed within that.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from ytempire_assets.channels import ChannelFolder
from ytempire_assets.dagster_beta import tested_beta
from ytempire_assets.discovery.growth.succession import SURE
from ytempire_assets.insights.statement import differences
from ytempire_assets.partitions import DAY_BY_CHANNEL, DAYS, WEEKS, channel_day
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.video_results import video_results

STAGES_WITH_ROWS = (
    "scripts",
    "voiceovers",
    "visuals",
    "renders",
    "delivery",
    "packages",
    "uploads",
)
_SHOWN_ERRORS = 5


def stage_checks() -> list[dg.AssetChecksDefinition]:
    """All checks of the graph."""
    with tested_beta():
        return [
            *(_rows_succeeded(stage) for stage in STAGES_WITH_ROWS),
            _gates(
                "scripts",
                "script_gates",
                "Every script was examined: sources, length, hook, words, originality.",
                "video_id",
            ),
            _gates(
                "renders",
                "file_gates",
                "Every finished file was examined: picture, sound, captions, format, quality.",
                "video_id",
                "format",
            ),
            _approvals(),
            _signals_complete(),
            _click_through_drift(),
            _model_kept_or_better(),
            _money_reconciles(),
        ]


def _rows_succeeded(stage: str) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=stage,
        name="videos_succeeded",
        partitions_def=DAY_BY_CHANNEL,
        description="Enough of the day's videos came through this stage for the channel's phase.",
    )
    def videos_succeeded(
        context: dg.AssetCheckExecutionContext,
        channels: dg.ResourceParam[ChannelFolder],
        tables: dg.ResourceParam[LakeTables],
    ) -> dg.AssetCheckResult:
        channel, _ = channel_day(context.partition_key)
        frame = tables.read(stage, context.partition_key)
        rows: list[dict[str, Any]] = [] if frame is None else frame.to_dicts()
        return judge(rows, channels.get(channel).success_needed)

    return videos_succeeded


def judge(rows: Sequence[dict[str, Any]], success_needed: float) -> dg.AssetCheckResult:
    """Passes when the share of rows that are ok reaches ``success_needed`` (0-1)."""
    failed = [row for row in rows if row["status"] != "ok"]
    share = 1 - len(failed) / len(rows) if rows else 1.0
    enough = share >= success_needed
    return dg.AssetCheckResult(
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN if enough else dg.AssetCheckSeverity.ERROR,
        description=f"{len(rows) - len(failed)} of {len(rows)} succeeded, "
        f"{success_needed:.0%} needed",
        metadata={
            "errors": dg.MetadataValue.json(
                [f"{row['video_id']}: {row['error']}" for row in failed[:_SHOWN_ERRORS]]
            )
        },
    )


def _gates(stage: str, name: str, description: str, *columns: str) -> dg.AssetChecksDefinition:
    """A check that shows what each row was examined for.

    Args:
        stage: The asset; its rows have a column ``gates``.
        name: Of the check.
        description: For people.
        columns: Whose values tell the rows apart.
    """

    @dg.asset_check(asset=stage, name=name, partitions_def=DAY_BY_CHANNEL, description=description)
    def gates(
        context: dg.AssetCheckExecutionContext,
        tables: dg.ResourceParam[LakeTables],
    ) -> dg.AssetCheckResult:
        frame = tables.read(stage, context.partition_key)
        rows: list[dict[str, Any]] = [] if frame is None else frame.to_dicts()
        failed = [row for row in rows if "failed its gates" in (row["error"] or "")]
        return dg.AssetCheckResult(
            passed=not failed,
            description=f"{len(rows) - len(failed)} of {len(rows)} passed",
            metadata={
                **{
                    " ".join(str(row[column]) for column in columns): dg.MetadataValue.md(
                        gates_table(row)
                    )
                    for row in rows[:_SHOWN_ERRORS]
                    if row["status"] == "ok"
                },
                "errors": dg.MetadataValue.json([row["error"] for row in failed[:_SHOWN_ERRORS]]),
            },
        )

    return gates


def gates_table(row: dict[str, Any]) -> str:
    """What a row was examined for, as a Markdown table."""
    lines = ["| gate | found | needed |", "|---|---|---|"]
    for gate in row["gates"] or []:
        cells = (str(gate[name]).replace("|", "/") for name in ("name", "value", "limit"))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _approvals() -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset="uploads",
        name="approvals",
        partitions_def=DAY_BY_CHANNEL,
        description="No video of the day waits for a person's yes or no.",
    )
    def approvals(
        context: dg.AssetCheckExecutionContext,
        ledger: dg.ResourceParam[Ledger],
        review_url: dg.ResourceParam[str],
    ) -> dg.AssetCheckResult:
        channel, day = channel_day(context.partition_key)
        waiting = ledger.publications(channel, day, states=frozenset({"planned"}))
        return dg.AssetCheckResult(
            passed=not waiting,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"{len(waiting)} wait for a person: ytempire review serve"
            if waiting
            else "nothing waits for a person",
            metadata={
                "waiting": dg.MetadataValue.json(
                    [{"video_id": one.plan.video_id, "title": one.plan.title} for one in waiting]
                ),
                "review_desk": dg.MetadataValue.url(review_url),
            },
        )

    return approvals


def _click_through_drift() -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset="patterns",
        name="click_through_drift",
        partitions_def=DAY_BY_CHANNEL,
        description="People click on the last seven days' thumbnails as they did at first.",
    )
    def click_through_drift(
        context: dg.AssetCheckExecutionContext,
        channels: dg.ResourceParam[ChannelFolder],
        tables: dg.ResourceParam[LakeTables],
    ) -> dg.AssetCheckResult:
        from ytempire_assets.insights.bandit import learn
        from ytempire_assets.insights.drift import Clicks, click_drift

        channel, day = channel_day(context.partition_key)
        results, origin = video_results(tables, channels.get(channel), day)
        posterior = learn(results, day)
        verdict = click_drift(
            [
                Clicks(
                    one.published_at.date(),
                    newest.impressions,
                    newest.views,
                    # Like is compared with like: a channel that tries much is not drifting.
                    posterior.expected("clicks", one.traits),
                )
                for one in results
                if (newest := max(one.snapshots, key=lambda s: s.age_days, default=None))
            ],
            day,
        )
        step = {
            "warn": "look at the newest titles and thumbnails",
            "critical": "pause the channel (ytempire channels retire) and look at its videos",
        }.get(verdict.state)
        return dg.AssetCheckResult(
            passed=step is None,
            severity=dg.AssetCheckSeverity.ERROR
            if verdict.state == "critical"
            else dg.AssetCheckSeverity.WARN,
            description=verdict.evidence if step is None else f"{verdict.evidence}. Next: {step}",
            metadata={"state": verdict.state, "origin": origin, "videos": len(results)},
        )

    return click_through_drift


def _model_kept_or_better() -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset="viral_model",
        name="kept_or_better",
        partitions_def=WEEKS,
        description="A new growth model is used only when it is better by more than noise.",
    )
    def kept_or_better(
        context: dg.AssetCheckExecutionContext, tables: dg.ResourceParam[LakeTables]
    ) -> dg.AssetCheckResult:
        frame = tables.read("viral_model", context.partition_key)
        row: dict[str, Any] = {} if frame is None else frame.row(0, named=True)
        better = bool(row.get("sure") and row["sure"] >= SURE)
        return dg.AssetCheckResult(
            passed=bool(row) and (better or not row["accepted"]),
            description=str(row.get("reason", "it was never trained")),
        )

    return kept_or_better


def booked_metadata(instance: dg.DagsterInstance, day: str) -> Mapping[str, dg.MetadataValue[Any]]:
    """What the newest accounts of a day say about themselves."""
    wanted = dg.AssetRecordsFilter(dg.AssetKey("revenue"), asset_partitions=[day])
    records = instance.fetch_materializations(wanted, limit=1).records
    made = records[0].asset_materialization if records else None
    return {} if made is None else made.metadata


def _money_reconciles() -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset="revenue",
        name="money_reconciles",
        partitions_def=DAYS,
        description="Every row of the files could be read, and what is booked adds up to them.",
    )
    def money_reconciles(
        context: dg.AssetCheckExecutionContext, tables: dg.ResourceParam[LakeTables]
    ) -> dg.AssetCheckResult:
        frame = tables.read("revenue", context.partition_key)
        metadata = booked_metadata(context.instance, context.partition_key)
        booked = metadata["booked"].value if "booked" in metadata else {}
        rows = [] if frame is None else frame.to_dicts()
        wrong = differences(rows, booked if isinstance(booked, dict) else {})
        problems = _listed(metadata, "problems")
        return dg.AssetCheckResult(
            passed=not wrong and not problems,
            severity=dg.AssetCheckSeverity.ERROR if wrong else dg.AssetCheckSeverity.WARN,
            description="; ".join(wrong[:_SHOWN_ERRORS])
            or (f"problems: {problems[0]}" if problems else f"{len(rows)} rows add up"),
            metadata={
                "problems": dg.MetadataValue.json(problems),
                "differences": dg.MetadataValue.json(wrong[:_SHOWN_ERRORS]),
            },
        )

    return money_reconciles


def _listed(metadata: Mapping[str, dg.MetadataValue[Any]], name: str) -> list[str]:
    value = metadata[name].value if name in metadata else None
    return [str(one) for one in value] if isinstance(value, list) else []


def _signals_complete() -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset="trend_signals",
        name="sources_complete",
        partitions_def=DAYS,
        description="Every source answered, and all that it said could be read.",
    )
    def sources_complete(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        found = context.instance.get_latest_materialization_event(dg.AssetKey("trend_signals"))
        materialised = None if found is None else found.asset_materialization
        metadata = {} if materialised is None else materialised.metadata
        failed = _listed(metadata, "sources_failed")
        problems = _listed(metadata, "problems")
        return dg.AssetCheckResult(
            passed=not failed and not problems,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"failed: {', '.join(failed)}" if failed else f"{len(problems)} problems",
            metadata={
                "failed": dg.MetadataValue.json(failed),
                "problems": dg.MetadataValue.json(problems),
            },
        )

    return sources_complete
