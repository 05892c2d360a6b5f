"""Uploads: each finished file published once, and never twice."""

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from ytempire_assets.assets.stage import finished, output, stage
from ytempire_assets.channels import ChannelFolder, ChannelSpec
from ytempire_assets.partitions import DAY_BY_CHANNEL, channel_day
from ytempire_assets.publishing.publication import SETTLED, Publication, PublicationPlan
from ytempire_assets.resources.allowances import Allowances
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.lake import markdown_cell
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.resources.platform import Platforms
from ytempire_assets.resources.work import Made, Unit, Workbench
from ytempire_assets.table_schema import Frame, frame
from ytempire_assets.tables import UPLOADS

_NOTE_CHARS = 400
"""A reason to wait is shown whole."""


@stage("uploads", "publishing", ["publication"], DAY_BY_CHANNEL)
def uploads(
    context: dg.AssetExecutionContext,
    scripts: Frame,
    renders: Frame,
    channels: dg.ResourceParam[ChannelFolder],
    platforms: dg.ResourceParam[Platforms],
    ledger: dg.ResourceParam[Ledger],
    allowances: dg.ResourceParam[Allowances],
    work: dg.ResourceParam[Workbench],
) -> dg.Output[Frame]:
    """One publication per video, private until its time; the ledger decides what is left to do."""
    channel, day = channel_day(context.partition_key)
    loaded = channels.load()
    spec = loaded.get(channel)
    platform = platforms.get(spec.publish.platform)
    words = {row["video_id"]: row for row in finished(scripts)}
    main = [row for row in finished(renders) if row["format"] == spec.formats[0]]
    units = [
        _unit(row, words[row["video_id"]], spec, day, place, simulated=platform.simulated)
        for place, row in enumerate(main)
    ]
    make = functools.partial(
        _publish,
        platforms=platforms,
        ledger=ledger,
        allowances=allowances,
        channels=loaded.specs,
        blobs=work.blobs,
    )
    rows = work.rows("uploads", units, make, remember=False)
    note = "the local sandbox: nobody sees these videos" if platform.simulated else platform.name
    return output(
        frame(UPLOADS, rows),
        {
            "platform": note,
            "addresses": dg.MetadataValue.json(
                [row["address"] for row in rows if row.get("address")]
            ),
            "publications": dg.MetadataValue.md(_overview(rows)),
        },
    )


def _unit(
    render: Mapping[str, Any],
    script: Mapping[str, Any],
    spec: ChannelSpec,
    day: date,
    place: int,
    *,
    simulated: bool,
) -> Unit:
    from ytempire_assets.publishing.package import words_digest
    from ytempire_assets.writing.metadata import with_picture_credits

    description = with_picture_credits(
        script["description"], render["attributions"] or [], script["language"]
    )
    plan = PublicationPlan(
        video_id=render["video_id"],
        platform=spec.publish.platform,
        channel=spec.channel,
        topic_id=script["topic_id"],
        day=day,
        content=render["video"],
        size_bytes=render["size_bytes"],
        publish_at=spec.publish_time(day, place),
        needs_approval=spec.publish.approval,
        priority=spec.publish.priority,
        title=script["title"],
        words=words_digest(script["title"], description, script["tags"]),
    )
    return Unit(
        key=plan.video_id,
        parameters={"platform": plan.platform, "publish_at": plan.publish_at},
        upstream=[render["fingerprint"]],
        lineage=[script["fingerprint"]],
        given={
            "video_id": plan.video_id,
            "platform": plan.platform,
            "simulated": simulated,
            "publish_at": plan.publish_at.isoformat(),
        },
        payload=(plan, render, script, spec, description),
    )


def _publish(
    unit: Unit,
    report: Callable[[float], None],
    platforms: Platforms,
    ledger: Ledger,
    allowances: Allowances,
    channels: Mapping[str, ChannelSpec],
    blobs: BlobStore,
) -> Made:
    """Carries one publication as far as it can go now."""
    from ytempire_assets.publishing.objections import (
        check_approval,
        check_gates,
        check_originality,
    )
    from ytempire_assets.publishing.package import Package
    from ytempire_assets.publishing.publish import Admission, Published, publish, standing
    from ytempire_assets.publishing.quota import needs

    plan, render, script, spec, description = unit.payload
    publication = ledger.open_publication(plan)
    done = Published(publication, 0, standing(publication, plan))
    if publication.state not in SETTLED and publication.state != "planned":
        package = Package(
            file=blobs.path(render["video"]),
            title=script["title"],
            description=description,
            tags=tuple(script["tags"]),
            category=spec.publish.category,
            language=script["language"],
            made_for_kids=spec.publish.made_for_kids,
            synthetic_media=True,
            thumbnail=blobs.path(render["thumbnail"]).read_bytes(),
            captions_srt=blobs.path(render["captions_srt"]).read_bytes(),
            license=spec.publish.license,
            playlist=spec.publish.playlist,
        )
        takes = needs(thumbnail=True, playlist=bool(package.playlist), captions=True)

        def verify(now: Publication) -> None:
            check_gates(now, render["video"], render["gates"] or [])
            check_approval(now, asked=spec.publish.approval)
            check_originality(now, ledger.rivals(plan))

        def admit(now: Publication) -> Admission:
            return allowances.admit(now, takes, channels)

        meter = allowances.meter(plan.platform, plan.channel, plan.video_id)
        platform = platforms.get(plan.platform)
        with platform.connect(plan.channel, spec.publish.channel_id, meter) as client:
            done = publish(
                plan, package, ledger, client, report,
                verify=verify, admit=admit, when_short=allowances.when_short, clock=ledger.now,
            )  # fmt: skip
    publication = done.publication
    return Made(
        {
            "remote_id": publication.remote_id,
            "address": publication.address,
            "state": publication.state,
            "captions": publication.captions,
            "next_try_at": publication.next_try_at.isoformat() if publication.next_try_at else None,
            "sent_bytes": done.sent_bytes,
            "video": publication.plan.content,
            "note": done.note or None,
            "reused": done.sent_bytes == 0,
        }
    )


def _overview(rows: Sequence[Mapping[str, Any]]) -> str:
    """How far each publication is, as a Markdown table."""
    lines = ["| video | state | goes on | note |", "|---|---|---|---|"]
    for row in rows:
        said = row.get("note") or row.get("error") or ""
        cells = (row["video_id"], row.get("state") or "", row.get("next_try_at") or "", said)
        lines.append(f"| {' | '.join(markdown_cell(cell, _NOTE_CHARS) for cell in cells)} |")
    return "\n".join(lines)
