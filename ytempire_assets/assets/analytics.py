"""What became of the channel's videos, and what that teaches."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import dagster as dg

from ytempire_assets.assets.stage import output, stage
from ytempire_assets.channels import ChannelFolder
from ytempire_assets.insights.exact import of_float
from ytempire_assets.partitions import DAY_BY_CHANNEL, channel_day
from ytempire_assets.publishing.publication import OUT, Publication
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.platform import AnyPlatform, Platforms
from ytempire_assets.resources.video_results import video_results
from ytempire_assets.table_schema import Frame, frame
from ytempire_assets.tables import ANALYTICS, PATTERNS

FEEDBACK = dg.AssetKey("patterns_feedback")


@stage("analytics", "learning", ["table"], DAY_BY_CHANNEL, deps=["uploads"])
def analytics(
    context: dg.AssetExecutionContext,
    channels: dg.ResourceParam[ChannelFolder],
    platforms: dg.ResourceParam[Platforms],
    ledger: dg.ResourceParam[Ledger],
    tables: dg.ResourceParam[LakeTables],
) -> dg.Output[Frame]:
    """Numbers of every video the channel published up to this day, as known at its end."""
    channel, day = channel_day(context.partition_key)
    out = [
        publication
        for publication in ledger.publications(channel=channel)
        if publication.state in OUT and publication.plan.day <= day
    ]
    niches = _niches(tables, channel, day)
    channel_id = channels.get(channel).publish.channel_id if out else ""
    rows = []
    for name in sorted({publication.plan.platform for publication in out}):
        there = [publication for publication in out if publication.plan.platform == name]
        rows += _numbers(platforms.get(name), channel_id, there, niches, day)
    views = sum(row["views"] for row in rows)
    simulated = any(row["origin"] == "simulated" for row in rows)
    note = "simulated by the sandbox's audience, no person watched" if simulated else "platform"
    return output(frame(ANALYTICS, rows), {"views": views, "origin": note})


@stage("patterns", "learning", ["table"], DAY_BY_CHANNEL)
def patterns(
    context: dg.AssetExecutionContext,
    analytics: Frame,
    channels: dg.ResourceParam[ChannelFolder],
    tables: dg.ResourceParam[LakeTables],
) -> dg.Output[Frame]:
    """Which hooks, styles, lengths, niches, thumbnails, hours and voices do better than others."""
    from ytempire_assets.insights.bandit import learn
    from ytempire_assets.insights.patterns import weights_of

    del analytics  # it must be there first; all its days are read
    channel, day = channel_day(context.partition_key)
    results, origin = video_results(tables, channels.get(channel), day)
    posterior = learn(results, day)
    weights = weights_of(posterior)
    rows = [
        {
            "pattern": weight.pattern,
            "weight": weight.weight,
            "videos": weight.videos,
            "mean_views": weight.mean_views,
            "channel_mean_views": weight.channel_mean_views,
            "evidence": weight.evidence,
            "state": weight.state,
            "chance_above": weight.chance_above,
            "origin": origin,
        }
        for weight in weights
    ]
    # The asset graph may hold no cycle, so the next day's ideas depend on this mirror of the table.
    context.log_event(
        dg.AssetMaterialization(
            FEEDBACK,
            partition=context.partition_key,
            metadata={"patterns": len(rows), "origin": origin},
        )
    )
    states = Counter(weight.state for weight in weights)
    return output(
        frame(PATTERNS, rows),
        {
            "origin": origin,
            "videos": len(results),
            **{f"patterns {state}": count for state, count in sorted(states.items())},
            "changes_of_taste": ", ".join(f"{one}: {what}" for one, what in posterior.settled)
            or "none",
        },
    )


patterns_feedback = dg.AssetSpec(
    FEEDBACK,
    description="The table patterns as the ideas of the next day read it: the edge back.",
    group_name="learning",
    owners=["team:ytempire"],
    kinds={"parquet", "table"},
    partitions_def=DAY_BY_CHANNEL,
)


def _numbers(
    platform: AnyPlatform,
    channel_id: str,
    published: list[Publication],
    niches: Mapping[str, str],
    day: date,
) -> list[dict[str, Any]]:
    with platform.connect(published[0].plan.channel, channel_id) as client:
        report = client.video_report(
            [publication.remote_id for publication in published if publication.remote_id], day
        )
    rows = []
    for publication in published:
        numbers = report.get(publication.remote_id or "")
        if numbers is None:
            continue  # the platform does not know it yet: data lags, the next day brings it
        plan = publication.plan
        rows.append(
            {
                "video_id": plan.video_id,
                "platform": plan.platform,
                "remote_id": publication.remote_id,
                "topic_id": plan.topic_id,
                "niche": niches.get(plan.video_id, ""),
                "day": day,
                "views": numbers.views,
                "watch_time_s": numbers.watch_time_s,
                "average_view_s": numbers.average_view_s,
                "average_view_percent": numbers.average_view_percent,
                "likes": numbers.likes,
                "comments": numbers.comments,
                "shares": numbers.shares,
                "impressions": numbers.impressions,
                "click_through_rate": numbers.click_through_rate,
                "origin": "simulated" if numbers.simulated else "platform",
                "upload_fingerprint": plan.content.split(".")[0][:32],
                "revenue_usd": None
                if numbers.revenue_usd is None
                else of_float(numbers.revenue_usd),
            }
        )
    return rows


def _niches(tables: LakeTables, channel: str, day: date) -> dict[str, str]:
    """Niche by video id, from the ideas of all days so far."""
    import polars as pl

    niches: dict[str, str] = {}
    stored = tables.history("ideas", channel)
    for table in tables.contents([one for one in stored if date.fromisoformat(one.name) <= day]):
        accepted = table.filter(pl.col("accepted"))
        niches.update(zip(accepted["video_id"], accepted["niche"], strict=True))
    return niches
