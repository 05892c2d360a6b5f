"""Delivery: finished files as streams that players move on as their connection allows."""

import functools
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from ytempire_assets.assets.stage import finished, output, stage
from ytempire_assets.channels import ChannelFolder
from ytempire_assets.partitions import DAY_BY_CHANNEL, channel_day
from ytempire_assets.resources.atomic import explained, link_or_copy
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.media import Media
from ytempire_assets.resources.work import Made, Unit, Workbench
from ytempire_assets.table_schema import Frame, empty, frame
from ytempire_assets.tables import DELIVERY


@stage("delivery", "publishing", ["video"], DAY_BY_CHANNEL)
def delivery(
    context: dg.AssetExecutionContext,
    renders: Frame,
    channels: dg.ResourceParam[ChannelFolder],
    media: dg.ResourceParam[Media],
    work: dg.ResourceParam[Workbench],
    out: dg.ResourceParam[Path],
) -> dg.Output[Frame]:
    """One HLS stream per video and format, with tiles for the seek bar; off unless asked for."""
    channel, day = channel_day(context.partition_key)
    if not channels.get(channel).delivery:
        return output(empty(DELIVERY), {"delivery": "off for this channel"})
    units = [_unit(render) for render in finished(renders)]
    make = functools.partial(_stream, media=media, blobs=work.blobs)
    rows = work.rows("delivery", units, make, parallel=media.parallel_renders)
    for row in rows:
        if row["status"] == "ok":
            number = str(row["video_id"]).rpartition("-")[2]
            target = out / channel / day.isoformat() / f"{number}-stream-{row['format']}"
            _place_for_players(row["files"], target, work.blobs)
            row["playlist"] = str((target / row["playlist"]).relative_to(out.parent))
    size = sum(row["size_bytes"] for row in rows if row["status"] == "ok")
    playlists = [row["playlist"] for row in rows if row["status"] == "ok"]
    return output(
        frame(DELIVERY, rows),
        {"size_mb": round(size / 1e6, 2), "playlists": dg.MetadataValue.json(playlists)},
    )


def _unit(render: Mapping[str, Any]) -> Unit:
    return Unit(
        key=f"{render['video_id']} {render['format']}",
        parameters={"format": render["format"]},
        upstream=[render["fingerprint"]],
        given={"video_id": render["video_id"], "format": render["format"]},
        payload=render,
    )


def _stream(unit: Unit, report: Callable[[float], None], media: Media, blobs: BlobStore) -> Made:
    """Makes one stream and keeps every file of it as a blob."""
    from ytempire_assets.video.playlists import MASTER_NAME
    from ytempire_assets.video.streams import make_stream

    with tempfile.TemporaryDirectory(prefix="ytempire-stream-") as name:
        folder = Path(name) / "stream"
        facts = make_stream(
            blobs.path(unit.payload["video"]),
            folder,
            ffmpeg=media.ffmpeg,
            on_progress=lambda done: report(0.97 * done),
        )
        files = [{"name": file, "blob": blobs.put_file(folder / file)} for file in facts.files]
    return Made(
        {
            "playlist": MASTER_NAME,
            "files": files,
            "renditions": [
                {
                    "name": rendition.name,
                    "width": rendition.width,
                    "height": rendition.height,
                    "bandwidth": rendition.bandwidth,
                    "average_bandwidth": rendition.average_bandwidth,
                    "codecs": rendition.codecs,
                }
                for rendition in facts.renditions
            ],
            "duration_s": facts.duration_s,
            "size_bytes": facts.size_bytes,
        },
        blobs=[file["blob"] for file in files],
        child_cpu_s=facts.cpu_s,
    )


def _place_for_players(files: list[dict[str, str]], target: Path, blobs: BlobStore) -> None:
    """Puts a stream's files where a web server can hand them out; the blobs stay what counts.

    Filled beside its place and renamed: no player reads a playlist whose segments are not there.
    """
    sources = {file["name"]: blobs.path(file["blob"]) for file in files}
    if _is_placed(sources, target):
        return
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".placing-", dir=target.parent) as name:
            part, old = Path(name) / "new", Path(name) / "old"
            for file, source in sources.items():
                (part / file).parent.mkdir(parents=True, exist_ok=True)
                link_or_copy(source, part / file)
            if target.exists():
                target.rename(old)
            part.rename(target)


def _is_placed(sources: Mapping[str, Path], target: Path) -> bool:
    there = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    return there == sources.keys() and all(
        (target / name).samefile(source) for name, source in sources.items()
    )
