"""What the review desk shows: waiting videos with all that was made for them.

Belongs here: joining the ledger with the tables of the lake, as values. No HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ytempire_assets.publishing.publication import SETTLED, STATES, Publication
from ytempire_assets.publishing.quota import BUCKETS, reset_after
from ytempire_assets.resources.allowances import SANDBOX_PROJECT, limits_of
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.settings import Settings


@dataclass(frozen=True, slots=True)
class Case:
    """A video that waits for a person.

    Attributes:
        publication: As the ledger has it.
        title: Title.
        description: Description, as it would be published.
        tags: Tags.
        duration_s: Length of the file.
        sources: Title and address of each document that the narration cites.
        gates: Name, finding and limit of everything the file was examined for.
        attributions: Credits for pictures of others.
        problem: Why something of this is missing; empty when all is there.
    """

    publication: Publication
    title: str
    description: str
    tags: tuple[str, ...]
    duration_s: float
    sources: tuple[tuple[str, str], ...]
    gates: tuple[tuple[str, str, str], ...]
    attributions: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """How full one bucket of the day's allowance is."""

    bucket: str
    used: int
    limit: int


class Desk:
    """Reads what is needed anew for every page: a decision is about what is there now."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.ledger = Ledger(settings.ledger_url)
        self._tables = LakeTables(settings.lake_dir)
        self._blobs = BlobStore(settings.blobs_dir)

    def waiting(self) -> list[Publication]:
        """Publications that wait for a person, oldest first."""
        return self.ledger.publications(states=frozenset({"planned"}))

    def under_way(self) -> list[Publication]:
        """Publications that are neither settled nor waiting for a person."""
        states = frozenset(set(STATES) - SETTLED - {"planned"})
        return self.ledger.publications(states=states)

    def levels(self) -> tuple[list[Level], datetime]:
        """The allowance of today and when it begins anew."""
        limits = limits_of(self._settings)
        projects = {publication.plan.platform for publication in self.ledger.publications()} or {
            "sandbox"
        }
        project = self._settings.quota_project if "youtube" in projects else SANDBOX_PROJECT
        left = self.ledger.left(project, limits)
        return (
            [Level(name, limits.of(name) - left[name], limits.of(name)) for name in BUCKETS],
            reset_after(self.ledger.now()),
        )

    def case(self, video_id: str) -> Case | None:
        """One waiting video with everything about it; None when it does not wait."""
        for publication in self.ledger.publications(video_id=video_id):
            if publication.state == "planned":
                return self._case(publication)
        return None

    def file(self, video_id: str, kind: str) -> Path | None:
        """The video, thumbnail or captions of a waiting video; None when it is not there."""
        row = self._render(video_id)
        name = row.get(kind) if row is not None else None
        path = self._blobs.path(name) if name else None
        return path if path is not None and path.is_file() else None

    def decide(self, video_id: str, content: str, *, yes: bool, by: str) -> str:
        """Passes a decision on; returns what to tell the person.

        ``content`` is the file that the person looked at: another one is not decided about.
        """
        for publication in self.ledger.publications(video_id=video_id):
            if publication.state == "planned" and publication.plan.content != content:
                return f"{video_id} was made anew meanwhile: look at it again"
        self.ledger.decide(video_id, yes=yes, by=by)
        return f"{video_id} is {'approved' if yes else 'rejected'}"

    def _case(self, publication: Publication) -> Case:
        plan = publication.plan
        script = self._row("scripts", publication, _any)
        render = self._render(plan.video_id, publication)
        problem = ""
        if script is None or render is None:
            problem = "its script or its file is not in the lake any more: materialise them again"
        elif render["video"] != plan.content:
            problem = "it was rendered again since: materialise uploads, then look at the new one"
        script, render = script or {}, render or {}
        return Case(
            publication=publication,
            title=script.get("title") or plan.title,
            description=script.get("description") or "",
            tags=tuple(script.get("tags") or ()),
            duration_s=float(render.get("duration_s") or 0.0),
            sources=tuple(
                (str(source.get("title") or ""), str(source.get("address") or ""))
                for source in script.get("sources") or ()
            ),
            gates=tuple(
                (str(gate["name"]), str(gate["value"]), str(gate["limit"]))
                for gate in render.get("gates") or ()
            ),
            attributions=tuple(render.get("attributions") or ()),
            problem=problem,
        )

    def _render(
        self, video_id: str, publication: Publication | None = None
    ) -> Mapping[str, Any] | None:
        if publication is None:
            found = self.ledger.publications(video_id=video_id)
            if not found:
                return None
            publication = found[0]
        content = publication.plan.content
        return self._row("renders", publication, lambda row: row["video"] == content) or self._row(
            "renders", publication, _any
        )

    def _row(
        self, table: str, publication: Publication, fits: Callable[[Mapping[str, Any]], bool]
    ) -> Mapping[str, Any] | None:
        plan = publication.plan
        frame = self._tables.read(table, f"{plan.channel}|{plan.day.isoformat()}")
        rows: Sequence[Mapping[str, Any]] = [] if frame is None else frame.to_dicts()
        return next((row for row in rows if row["video_id"] == plan.video_id and fits(row)), None)


def _any(_row: Mapping[str, Any]) -> bool:
    return True


def in_words(at: datetime) -> str:
    """A time for people, UTC."""
    return at.astimezone(UTC).strftime("%d %b %Y, %H:%M UTC").lstrip("0")
