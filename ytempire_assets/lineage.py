"""Lineage: from a published video back to the signals that asked for it.

Belongs here: reading the tables backwards by their fingerprints into one tree. Showing it is the
command line's business.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.resources.lake_tables import LakeTables

_VIDEO_ID = re.compile(r"(?P<channel>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<day>\d{8})-(?P<number>\d+)")


@dataclass(frozen=True, slots=True)
class Node:
    """One thing a video was made from.

    Attributes:
        kind: What it is: upload, render, voiceover, visuals, script, source, idea, topic, signal.
        title: Which one, for people.
        fingerprint: Hash of its inputs, parameters and stage version; None where it has none.
        version: Version of the stage that made it.
        seconds: Wall time of making it.
        cost_usd: Price of making it.
        details: What else is worth knowing.
        made_from: What it was made from.
    """

    kind: str
    title: str
    fingerprint: str | None = None
    version: str | None = None
    seconds: float | None = None
    cost_usd: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    made_from: tuple[Node, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON, children included."""
        return {
            "kind": self.kind,
            "title": self.title,
            "fingerprint": self.fingerprint,
            "version": self.version,
            "seconds": self.seconds,
            "cost_usd": self.cost_usd,
            "details": {key: _plain(value) for key, value in self.details.items()},
            "made_from": [node.to_dict() for node in self.made_from],
        }


def split_video_id(video_id: str) -> tuple[str, date]:
    """Channel and day of a video id.

    Raises:
        InvalidInputError: It is not a video id.
    """
    match = _VIDEO_ID.fullmatch(video_id)
    try:
        if match is None:
            raise ValueError
        return match["channel"], datetime.strptime(match["day"], "%Y%m%d").date()  # noqa: DTZ007
    except ValueError as error:
        raise InvalidInputError(
            f"'{video_id}' is not a video id",
            "write it as <channel>-<yyyymmdd>-<n>, for example orbit-20261119-1",
        ) from error


def trace(lake: LakeTables, video_id: str) -> Node:
    """The tree of one video, from its publication or as far as it got.

    Args:
        lake: Where the tables are.
        video_id: Our id.

    Raises:
        InvalidInputError: There is no such video.
    """
    channel, day = split_video_id(video_id)
    return _Tracer(lake, video_id, channel, day).root()


class _Tracer:
    """Reads each table of the video's partitions once."""

    def __init__(self, lake: LakeTables, video_id: str, channel: str, day: date) -> None:
        self._lake, self._video, self._day = lake, video_id, day.isoformat()
        self._partition = f"{channel}|{self._day}"

    def root(self) -> Node:
        for table, node in (
            ("uploads", self._upload),
            ("renders", self._render),
            ("scripts", self._script),
            ("ideas", self._idea),
        ):
            rows = self._rows(table, self._partition, video_id=self._video)
            if rows:
                return node(rows[0])
        raise InvalidInputError(
            f"there is no video '{self._video}'",
            f"produce it with: ytempire produce --channel {self._partition.partition('|')[0]} "
            f"--day {self._day}",
        )

    def _rows(self, table: str, partition: str, **where: Any) -> list[dict[str, Any]]:
        frame = self._lake.read(table, partition)
        if frame is None:
            return []
        return [
            row
            for row in frame.iter_rows(named=True)
            if all(row[column] == value for column, value in where.items())
        ]

    def _upload(self, row: Mapping[str, Any]) -> Node:
        renders = self._rows("renders", self._partition, video_id=self._video)
        made = [render for render in renders if render["fingerprint"] in row["inputs"]]
        details = {
            "state": row["state"],
            "address": row["address"],
            "simulated": row["simulated"],
            **_failure(row),
        }
        title = f"{self._video} on {row['platform']}"
        return _node("upload", title, row, details, [self._render(item) for item in made])

    def _render(self, row: Mapping[str, Any]) -> Node:
        details = {"file": row["path"], "encoder": row["encoder"], **_failure(row)}
        parents: list[Node] = []
        for table, make in (("voiceovers", self._voice), ("visuals", self._visual)):
            parents += [
                make(item)
                for item in self._rows(table, self._partition, video_id=self._video)
                if item["fingerprint"] in row["inputs"]
            ]
        scripts = self._rows("scripts", self._partition, video_id=self._video)
        parents += [self._script(item) for item in scripts if item["fingerprint"] in row["inputs"]]
        size = f"{row['width']}x{row['height']}, " if row["width"] else ""
        length = f"{row['duration_s']:.1f} s, " if row["duration_s"] else ""
        return _node("render", f"{length}{size}{row['format']}", row, details, parents)

    def _voice(self, row: Mapping[str, Any]) -> Node:
        length = f"{row['duration_s']:.1f} s of " if row["duration_s"] else ""
        details = {"loudness_lufs": row["loudness_lufs"], **_failure(row)}
        return _node("voiceover", f"{length}{row['engine']} {row['voice']}", row, details, [])

    def _visual(self, row: Mapping[str, Any]) -> Node:
        layouts = [scene["layout"] for scene in row["scenes"] or []]
        details = {"layouts": ", ".join(layouts), "licence": row["licence"], **_failure(row)}
        return _node("visuals", f"{len(layouts)} scenes for {row['format']}", row, details, [])

    def _script(self, row: Mapping[str, Any]) -> Node:
        cited = {source["document_id"] for source in row["sources"] or []}
        documents = [
            document
            for document in self._rows("research", self._day, topic_id=row["topic_id"])
            if document["fingerprint"] in row["inputs"]
        ]
        parents = [
            Node(
                "source",
                f"{document['title']} ({document['publisher']})",
                document["fingerprint"],
                details={
                    "address": document["address"],
                    "licence": document["licence"],
                    "cited": document["document_id"] in cited,
                },
            )
            for document in documents
        ]
        ideas = self._rows("ideas", self._partition, video_id=self._video)
        parents += [self._idea(idea) for idea in ideas]
        details = {"writer": row["writer"], "words": row["word_count"], **_failure(row)}
        return _node("script", row["title"] or row["topic_id"], row, details, parents)

    def _idea(self, row: Mapping[str, Any]) -> Node:
        topics = [
            self._topic(topic)
            for topic in self._rows("trends", self._day, topic_id=row["topic_id"])
        ]
        details = {"kind": row["kind"], "score": row["score"], "reason": row["reason"]}
        return Node(
            "idea", row["title"], row["fingerprint"], details=details, made_from=tuple(topics)
        )

    def _topic(self, row: Mapping[str, Any]) -> Node:
        signals = [
            Node(
                "signal",
                f"{_counted(signal)} on {signal['day']} ({signal['source']})",
                details={"origin": signal["origin"]},
            )
            for signal in self._rows("trend_signals", self._day)
            if signal["signal_id"] in row["signal_ids"]
        ]
        details = {"viral_score": row["viral_score"], "evidence": row["evidence"]}
        return Node(
            "topic", row["topic_id"], row["fingerprint"], details=details, made_from=tuple(signals)
        )


def _node(
    kind: str, title: str, row: Mapping[str, Any], details: Mapping[str, Any], parents: list[Node]
) -> Node:
    return Node(
        kind,
        title,
        row["fingerprint"],
        row["stage_version"],
        row["compute_s"],
        row["cost_usd"],
        {key: value for key, value in details.items() if value is not None},
        tuple(parents),
    )


def _counted(signal: Mapping[str, Any]) -> str:
    if signal["value"] is None:
        return str(signal["title"])
    return f"{signal['value']:,.0f} {signal['unit']}"


def _failure(row: Mapping[str, Any]) -> dict[str, Any]:
    return {} if row["status"] == "ok" else {"failed": row["error"]}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
