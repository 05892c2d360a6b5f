"""What became of a channel's videos, as the statistics of learning want it.

Belongs here: from the stored tables of many days to one value a video: what it was like, and its
numbers at each age. What is learned from them is the business of ``insights``.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ytempire_assets.channels import ChannelSpec
from ytempire_assets.resources.lake_tables import LakeTables

if TYPE_CHECKING:
    from ytempire_assets.insights.traits import VideoResult

LEARNED_DAYS = 180
"""How far back videos are looked at; older ones teach nothing of today's taste."""

_PLATFORM_ZONE = ZoneInfo("America/Los_Angeles")
"""A day of the platform's numbers ends at midnight there."""


def video_results(
    tables: LakeTables, spec: ChannelSpec, day: date
) -> tuple[list["VideoResult"], str]:
    """The results of the videos of one channel, known at the end of a day.

    Args:
        tables: The lake.
        spec: The channel.
        day: The last day that numbers count to.

    Returns:
        One result for each public video with numbers, and where the numbers are from:
        ``platform``, ``simulated`` or ``none``. Real and simulated ones never come together: real
        ones win as soon as there are any.
    """
    from ytempire_assets.insights.traits import Snapshot, VideoResult, traits_of

    numbers = list(_rows(tables, "analytics", spec, day))
    origins = {row["origin"] for row in numbers}
    origin = next((one for one in ("platform", "simulated") if one in origins), "none")
    counted: dict[str, dict[date, Mapping[str, Any]]] = {}
    for row in numbers:
        if row["origin"] == origin:
            counted.setdefault(row["video_id"], {})[row["day"]] = row
    scripts, voices, renders, uploads = (
        {row["video_id"]: row for row in _rows(tables, name, spec, day)}
        for name in ("scripts", "voiceovers", "renders", "uploads")
    )
    results = []
    for video_id, days in sorted(counted.items()):
        published = (uploads.get(video_id) or {}).get("publish_at")
        if published is None:
            continue  # its upload is not in the lake: when it came out is not known
        script, render = scripts.get(video_id) or {}, renders.get(video_id) or {}
        at = published.replace(tzinfo=published.tzinfo or UTC).astimezone(spec.zone)
        thumbnails = render.get("thumbnails") or []
        newest = max(days.values(), key=lambda row: row["day"])
        results.append(
            VideoResult(
                video_id,
                at,
                traits_of(
                    hook=script.get("hook") or "",
                    style=script.get("style") or "",
                    duration_s=render.get("duration_s") or 0.0,
                    niche=newest["niche"] or "",
                    thumbnail=thumbnails[0]["rule"] if thumbnails else "",
                    published_at=at,
                    voice=(voices.get(video_id) or {}).get("voice") or "",
                ),
                tuple(
                    Snapshot(age, row["views"], row["impressions"] or 0)
                    for one, row in sorted(days.items())
                    if (age := _age_days(at, one)) > 0
                ),
            )
        )
    return results, origin


def _age_days(published: datetime, day: date) -> float:
    """Days from publication to the end of a day of numbers."""
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=_PLATFORM_ZONE)
    return (end - published).total_seconds() / 86_400


def _rows(
    tables: LakeTables, table: str, spec: ChannelSpec, day: date
) -> Iterable[Mapping[str, Any]]:
    stored = [
        one
        for one in tables.history(table, spec.channel)
        if 0 <= (day - date.fromisoformat(one.name)).days <= LEARNED_DAYS
    ]
    for frame in tables.contents(stored):
        yield from frame.iter_rows(named=True)
