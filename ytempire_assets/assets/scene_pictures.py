"""Pictures from outside for the scenes of a script: what to ask for, and what was shown lately.

Belongs here: from a script's scenes to requests and from what was found to the table's columns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ytempire_assets.channels import ChannelSpec
from ytempire_assets.errors import YtempireError
from ytempire_assets.fingerprints import fingerprint
from ytempire_assets.partitions import channel_day_key
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.lake_tables import LakeTables

if TYPE_CHECKING:
    from ytempire_assets.resources.pictures import FoundPicture, PictureSource
    from ytempire_assets.video.formats import VideoFormat
    from ytempire_assets.video.scene import SceneBrief

NO_REPEAT_DAYS = 30


def shown_lately(tables: LakeTables, channel: str, day: date) -> dict[str, str]:
    """Pictures that the channel showed within 30 days before or after, with the video's id."""
    shown: dict[str, str] = {}
    away = range(-NO_REPEAT_DAYS, NO_REPEAT_DAYS + 1)
    keys = (channel_day_key(channel, day + timedelta(days=days)) for days in away)
    for frame in tables.read_many("visuals", keys):
        for row in frame.iter_rows(named=True):
            for scene in row["scenes"] or []:
                if scene.get("picture"):
                    shown[scene["picture"]["picture_id"]] = row["video_id"]
    return shown


def find_pictures(
    briefs: Iterable[SceneBrief],
    records: Mapping[int, Mapping[str, Any]],
    spec: ChannelSpec,
    fmt: VideoFormat,
    source: PictureSource,
    avoid: frozenset[str],
) -> dict[int, FoundPicture]:
    """A picture for each scene that takes one, by scene number.

    Args:
        briefs: The script's scenes.
        records: The same scenes as the scripts table has them, by number.
        spec: The channel.
        fmt: The frame.
        source: Where to look.
        avoid: Pictures that other videos of the channel show.

    Raises:
        YtempireError: The source could not give one of them; nothing is put in its place.
    """
    from ytempire_assets.resources.pictures import PictureRequest
    from ytempire_assets.video.layouts import takes_picture

    wanted = [brief for brief in briefs if takes_picture(brief)]
    requests = []
    for brief in wanted:
        record = records[brief.number]
        subject = brief.topic_title.partition(",")[0]
        requests.append(
            PictureRequest(
                words=" ".join(dict.fromkeys((subject, *brief.emphasis)))[:80],
                prompt=f"{subject}: {record['visual_description'] or brief.headline}. "
                f"{spec.pictures.style}",
                negative_prompt=spec.pictures.negative,
                width=fmt.width,
                height=fmt.height,
                fingerprint=fingerprint(
                    "visuals", {"scene": brief.number, "headline": brief.headline, "of": subject}
                ),
                avoid=avoid,
            )
        )
    found: dict[int, FoundPicture] = {}
    for brief, result in zip(wanted, source.pictures(requests), strict=True):
        if isinstance(result, YtempireError):
            raise result
        found[brief.number] = result
    return found


def picture_columns(picture: FoundPicture, blobs: BlobStore) -> dict[str, Any]:
    """A found picture as the visuals table keeps it."""
    return {
        "picture_id": picture.picture_id,
        "origin": picture.origin,
        "blob": blobs.put(picture.data, picture.suffix),
        "author": picture.author,
        "author_address": picture.author_address,
        "page_address": picture.page_address,
        "licence": picture.licence,
        "attribution": picture.attribution,
        "model": picture.model,
        "made_with": json.dumps(dict(picture.made_with), sort_keys=True),
    }


def spent_usd(found: Mapping[int, FoundPicture]) -> Decimal:
    """What the source charged for them."""
    return sum((picture.cost_usd for picture in found.values()), Decimal(0))
