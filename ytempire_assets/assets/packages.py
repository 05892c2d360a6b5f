"""Packages: what a person needs to post the day's videos on platforms without a client of ours."""

import functools
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from ytempire_assets.assets.stage import finished, output, stage
from ytempire_assets.channels import ChannelFolder, ChannelSpec, PackageTarget, relevant
from ytempire_assets.errors import InvalidInputError, YtempireError
from ytempire_assets.partitions import DAY_BY_CHANNEL, channel_day
from ytempire_assets.resources.atomic import explained, link_or_copy
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.work import Made, Unit, Workbench
from ytempire_assets.table_schema import Frame, empty, frame
from ytempire_assets.tables import PACKAGES

if TYPE_CHECKING:
    from ytempire_assets.publishing.packages import FolderPublisher, PackageRequest

Rows = Mapping[str, Mapping[str, Any]]


@stage("packages", "publishing", ["video"], DAY_BY_CHANNEL)
def packages(
    context: dg.AssetExecutionContext,
    scripts: Frame,
    visuals: Frame,
    renders: Frame,
    channels: dg.ResourceParam[ChannelFolder],
    work: dg.ResourceParam[Workbench],
    out: dg.ResourceParam[Path],
) -> dg.Output[Frame]:
    """A folder per video and platform with file, caption, cover and steps; none by default."""
    from ytempire_assets.publishing.packages import FolderPublisher

    channel, day = channel_day(context.partition_key)
    spec = channels.get(channel)
    if not spec.publish.packages:
        return output(empty(PACKAGES), {"packages": "none asked for by this channel"})
    words = {row["video_id"]: row for row in finished(scripts)}
    drawn = {(row["video_id"], row["format"]): row["origin"] for row in finished(visuals)}
    files: dict[str, dict[str, Any]] = {}
    for row in finished(renders):
        if row["video_id"] in words:
            files.setdefault(row["video_id"], {})[row["format"]] = row
    units = [
        _unit(target, words[video_id], made, drawn, spec, day, work.blobs)
        for video_id, made in files.items()
        for target in spec.publish.packages
    ]
    publisher = FolderPublisher(out / channel / day.isoformat(), link_or_copy)
    make = functools.partial(_pack, publisher=publisher, home=out.parent)
    # What counts is the folder, which a person may move or empty, so no record is kept beside it.
    rows = work.rows("packages", units, make, remember=False)
    folders = [row["folder"] for row in rows if row["status"] == "ok"]
    return output(frame(PACKAGES, rows), {"folders": dg.MetadataValue.json(folders)})


def _unit(
    target: PackageTarget,
    script: Mapping[str, Any],
    made: Rows,
    drawn: Mapping[tuple[str, str], str],
    spec: ChannelSpec,
    day: date,
    blobs: BlobStore,
) -> Unit:
    from ytempire_assets.publishing.packages import check, notes, refusal

    video_id = script["video_id"]
    given: dict[str, Any] = {"video_id": video_id, "target": target}
    unit = functools.partial(
        Unit, key=f"{video_id} {target}", lineage=[script["fingerprint"]], given=given
    )
    try:
        render = _fitting(target, video_id, made, spec)
        generated = "generated" in drawn.get((video_id, render["format"]), "")
        request = _request(target, script, render, generated, spec, day, blobs)
    except YtempireError as error:
        upstream = [row["fingerprint"] for row in made.values()]
        return unit(parameters={"target": target}, upstream=upstream, blocked=str(error))
    problems = check(request)
    given |= {
        "format": render["format"],
        "post_at": request.post_at.isoformat(),
        "problems": problems,
        "notes": notes(request),
    }
    return unit(
        parameters={
            "target": target,
            "post_at": request.post_at,
            "channel": relevant(spec, "title", "affiliate_links"),
        },
        upstream=[render["fingerprint"], script["fingerprint"]],
        payload=request,
        blocked=str(refusal(request, problems)) if problems else None,
    )


def _fitting(
    target: PackageTarget, video_id: str, made: Rows, spec: ChannelSpec
) -> Mapping[str, Any]:
    """The finished file that fits the platform best."""
    from ytempire_assets.publishing.package_limits import LIMITS
    from ytempire_assets.publishing.packages import choose_format

    sizes = {name: (row["width"], row["height"]) for name, row in made.items()}
    name = choose_format(target, sizes)
    if name is None:
        wanted = LIMITS[target].formats[0]
        raise InvalidInputError(
            f"{LIMITS[target].name} shows portrait videos, and {video_id} was made as "
            f"{', '.join(sizes)} only",
            f"add {wanted} to formats in {spec.channel}.yaml, or take {target} out of "
            "publish.packages",
        )
    return made[name]


def _request(
    target: PackageTarget,
    script: Mapping[str, Any],
    render: Mapping[str, Any],
    generated_pictures: bool,
    spec: ChannelSpec,
    day: date,
    blobs: BlobStore,
) -> "PackageRequest":
    from ytempire_assets.publishing.packages import PackageRequest, VideoFile
    from ytempire_assets.writing.wording import wording

    number = int(str(script["video_id"]).rpartition("-")[2])
    lead = script["description"].partition("\n\n")[0]
    sources = script["sources"] or []
    return PackageRequest(
        target=target,
        video_id=script["video_id"],
        number=number,
        channel_title=spec.title,
        title=script["title"],
        summary="" if lead.startswith(wording(script["language"] or "en").sources) else lead,
        sources=(
            *(
                f"{row['title']}, {row['publisher']} ({row['licence']}): {row['address']}"
                for row in sources
            ),
            *(row["attribution"] for row in sources),
        ),
        attributions=tuple(render["attributions"] or ()),
        hashtags=tuple(script["hashtags"] or ()),
        affiliate_links=tuple((link.label, link.url) for link in spec.affiliate_links),
        synthetic_voice=True,
        generated_pictures=generated_pictures,
        post_at=spec.publish_time(day, number - 1).astimezone(spec.zone),
        video=VideoFile(
            path=blobs.path(render["video"]),
            format=render["format"],
            width=render["width"],
            height=render["height"],
            fps=render["fps"],
            duration_s=render["duration_s"],
            size_bytes=render["size_bytes"],
            video_codec=render["video_codec"],
            audio_codec=render["audio_codec"],
        ),
        cover=blobs.path(render["thumbnail"]).read_bytes(),
    )


def _pack(
    unit: Unit, report: Callable[[float], None], publisher: "FolderPublisher", home: Path
) -> Made:
    """Writes one package."""
    request: PackageRequest = unit.payload
    with explained(publisher.folder / request.name):
        package = publisher.publish(request)
    report(1.0)
    return Made(
        {
            "folder": str(Path(package.place).relative_to(home)),
            "files": list(package.files),
            "size_bytes": package.size_bytes,
            "reused": not package.written,
        }
    )
