"""Uploads: each finished file published once, and never twice."""

import functools
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import dagster as dg

from ytempire_assets.assets.stage import finished, output, stage
from ytempire_assets.channels import ChannelFolder, ChannelSpec
from ytempire_assets.partitions import DAY_BY_CHANNEL, channel_day
from ytempire_assets.publishing.publication import PublicationPlan
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.platform import Platform
from ytempire_assets.resources.work import Made, Unit, Workbench
from ytempire_assets.table_schema import Frame, frame
from ytempire_assets.tables import UPLOADS


@stage("uploads", "publishing", ["publication"], DAY_BY_CHANNEL)
def uploads(
    context: dg.AssetExecutionContext,
    scripts: Frame,
    renders: Frame,
    channels: dg.ResourceParam[ChannelFolder],
    platform: dg.ResourceParam[Platform],
    ledger: dg.ResourceParam[Ledger],
    work: dg.ResourceParam[Workbench],
) -> dg.Output[Frame]:
    """One publication per video, private until its time; the ledger decides what is left to do."""
    channel, day = channel_day(context.partition_key)
    spec = channels.get(channel)
    words = {row["video_id"]: row for row in finished(scripts)}
    main = [row for row in finished(renders) if row["format"] == spec.formats[0]]
    units = [_unit(row, words[row["video_id"]], spec, day, platform) for row in main]
    make = functools.partial(_publish, platform=platform, ledger=ledger, blobs=work.blobs)
    rows = work.rows("uploads", units, make, remember=False)
    note = "the local sandbox: nobody sees these videos" if platform.simulated else platform.name
    addresses = [row["address"] for row in rows if row.get("address")]
    return output(
        frame(UPLOADS, rows), {"platform": note, "addresses": dg.MetadataValue.json(addresses)}
    )


def _unit(
    render: Mapping[str, Any],
    script: Mapping[str, Any],
    spec: ChannelSpec,
    day: date,
    platform: Platform,
) -> Unit:
    plan = PublicationPlan(
        video_id=render["video_id"],
        platform=platform.name,
        channel=spec.channel,
        topic_id=script["topic_id"],
        day=day,
        content=render["video"],
        size_bytes=render["size_bytes"],
        publish_at=spec.publish_time(day),
        needs_approval=spec.publish.approval,
    )
    return Unit(
        key=plan.video_id,
        parameters={"platform": plan.platform, "publish_at": plan.publish_at},
        upstream=[render["fingerprint"]],
        lineage=[script["fingerprint"]],
        given={
            "video_id": plan.video_id,
            "platform": plan.platform,
            "simulated": platform.simulated,
            "publish_at": plan.publish_at.isoformat(),
        },
        payload=(plan, render, script, spec),
    )


def _publish(
    unit: Unit,
    report: Callable[[float], None],
    platform: Platform,
    ledger: Ledger,
    blobs: BlobStore,
) -> Made:
    """Carries one publication as far as it can go now."""
    from ytempire_assets.publishing.publish import Package, publish
    from ytempire_assets.writing.metadata import with_picture_credits

    plan, render, script, spec = unit.payload
    publication = ledger.open_publication(plan)
    sent_bytes, note = 0, None
    if publication.state not in ("published", "awaiting_approval"):
        package = Package(
            file=blobs.path(render["video"]),
            title=script["title"],
            description=with_picture_credits(script["description"], render["attributions"] or []),
            tags=tuple(script["tags"]),
            category=spec.publish.category,
            language=script["language"],
            made_for_kids=spec.publish.made_for_kids,
            synthetic_media=True,
            thumbnail=blobs.path(render["thumbnail"]).read_bytes(),
            captions_srt=blobs.path(render["captions_srt"]).read_bytes(),
        )
        with platform.connect() as client:
            done = publish(plan, package, ledger, client, report)
        publication, sent_bytes, note = done.publication, done.sent_bytes, done.note or None
    elif publication.plan.content != plan.content:
        note = "published before with another render; the new one was not sent"
    elif publication.state == "awaiting_approval":
        note = f"waits for a person: ytempire approve {plan.video_id}"
    return Made(
        {
            "remote_id": publication.remote_id,
            "address": publication.address,
            "state": publication.state,
            "sent_bytes": sent_bytes,
            "video": publication.plan.content,
            "note": note,
            "reused": sent_bytes == 0,
        }
    )
