"""What the lake knows of videos that money is tied to.

Belongs here: a video's channel, niche and platform by its id, and which videos show a link. Each
partition is read once, and only when an entry names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from ytempire_assets.channels import RETIRED, ChannelFolder
from ytempire_assets.insights.money import KnownVideo, Origin
from ytempire_assets.resources.lake_tables import LakeTables

_VIDEO_ID = re.compile(r"(?P<channel>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<day>\d{8})-\d+")
_NOT_OUT = ("planned", "rejected")


class VideoCatalogue:
    """Looks videos up; see ``insights.money.Catalogue``.

    Args:
        tables: The lake.
        folder: The channels' files; those of retired channels count as well.
    """

    def __init__(self, tables: LakeTables, folder: ChannelFolder) -> None:
        self._tables = tables
        loaded = folder.load()
        retired = (path.stem for path in (folder.folder / RETIRED).glob("*.yaml"))
        self.channels = sorted({*loaded.specs, *loaded.problems, *retired})
        self._links: dict[str, list[tuple[str, str]]] = {}
        for name, spec in loaded.specs.items():
            for link in spec.affiliate_links:
                self._links.setdefault(link.label.casefold(), []).append((name, link.url))
        self._days: dict[str, dict[str, KnownVideo]] = {}
        self._out: dict[str, dict[str, tuple[str, Origin]]] = {}
        self._shown: dict[tuple[str, date], list[tuple[KnownVideo, int]]] = {}

    def has_channel(self, channel: str) -> bool:
        """Whether there is, or was, such a channel."""
        return channel in self.channels

    def video(self, video_id: str) -> KnownVideo | None:
        """A video, or None when there is none of that name."""
        partition = partition_of(video_id)
        return None if partition is None else self._of_day(partition).get(video_id)

    def publication(self, video_id: str) -> tuple[str, Origin]:
        """Where a video is out, and whether people see it there; ``none`` when it is not out."""
        partition = partition_of(video_id)
        return ("", "none") if partition is None else self._publications(partition, video_id)

    def shown_with(self, label: str, day: date) -> Sequence[tuple[KnownVideo, int]]:
        """Videos that show a link by its label, with their views up to that day."""
        key = (label.strip().casefold(), day)
        if key not in self._shown:
            self._shown[key] = [
                pair
                for channel, url in self._links.get(key[0], ())
                for pair in self._showing(channel, url, day)
            ]
        return self._shown[key]

    def _showing(self, channel: str, url: str, day: date) -> Iterable[tuple[KnownVideo, int]]:
        frame = self._tables.read("analytics", f"{channel}|{day.isoformat()}")
        views: dict[str, int] = {}
        for row in [] if frame is None else frame.iter_rows(named=True):
            views[row["video_id"]] = views.get(row["video_id"], 0) + (row["views"] or 0)
        named = {one: partition_of(one) for one in views}
        partitions = {one for one in named.values() if one is not None}
        texts: dict[str, str] = {}
        for scripts in self._tables.read_many("scripts", sorted(partitions)):
            texts.update(zip(scripts["video_id"], scripts["description"], strict=True))
        for video_id, count in sorted(views.items()):
            video = self.video(video_id)
            if video is not None and url in (texts.get(video_id) or ""):
                yield video, count

    def _of_day(self, partition: str) -> dict[str, KnownVideo]:
        if partition not in self._days:
            frame = self._tables.read("ideas", partition)
            rows: Iterable[Mapping[str, Any]] = () if frame is None else frame.iter_rows(named=True)
            self._days[partition] = {
                row["video_id"]: KnownVideo(
                    row["video_id"],
                    partition.partition("|")[0],
                    row["niche"] or "",
                    self._publications(partition, row["video_id"])[0],
                )
                for row in rows
                if row["accepted"]
            }
        return self._days[partition]

    def _publications(self, partition: str, video_id: str) -> tuple[str, Origin]:
        if partition not in self._out:
            frame = self._tables.read("uploads", partition)
            rows: Iterable[Mapping[str, Any]] = () if frame is None else frame.iter_rows(named=True)
            self._out[partition] = {
                row["video_id"]: (row["platform"], "simulated" if row["simulated"] else "platform")
                for row in rows
                if row["status"] == "ok" and row["state"] not in _NOT_OUT
            }
        return self._out[partition].get(video_id, ("", "none"))


def partition_of(video_id: str) -> str | None:
    """The partition that made a video, ``channel|yyyy-mm-dd``; None when its id is no video's."""
    found = _VIDEO_ID.fullmatch(video_id)
    if found is None:
        return None
    day = found["day"]
    return f"{found['channel']}|{day[:4]}-{day[4:6]}-{day[6:]}"
