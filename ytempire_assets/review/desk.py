"""What the review desk shows: waiting videos with all that was made for them.

Belongs here: joining the ledger with the tables of the lake, as values. No HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ytempire_assets.publishing.package import words_digest
from ytempire_assets.publishing.publication import SETTLED, STATES, Publication
from ytempire_assets.publishing.quota import BUCKETS, quota_day, reset_after
from ytempire_assets.resources.allowances import SANDBOX_PROJECT, limits_of
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.settings import Settings
from ytempire_assets.writing.metadata import with_picture_credits


@dataclass(frozen=True, slots=True)
class Case:
    """A video that waits for a person.

    Attributes:
        publication: As the ledger has it.
        title: Title.
        description: Description, as it would be published.
        tags: Tags.
        duration_s: Length of the file.
        landscape: Whether its picture is wider than high.
        has_thumbnail: Whether there is a picture to stand for it.
        sources: Title and address of each document that the narration cites.
        gates: Name, finding and limit of everything the file was examined for.
        problem: Why nothing can be decided now; empty when all is there.
    """

    publication: Publication
    title: str
    description: str
    tags: tuple[str, ...]
    duration_s: float
    landscape: bool
    has_thumbnail: bool
    sources: tuple[tuple[str, str], ...]
    gates: tuple[tuple[str, str, str], ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """How full one bucket of the day's allowance is."""

    bucket: str
    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class ProjectDay:
    """The allowance of one project today, bucket by bucket."""

    name: str
    levels: tuple[Level, ...]


class Desk:
    """Reads what is needed anew for every page: a decision is about what is there now."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.ledger = Ledger(settings.ledger_url)
        self._tables = LakeTables.of(settings)
        self._blobs = BlobStore.of(settings)

    def waiting(self) -> list[Publication]:
        """Publications that wait for a person, oldest day first."""
        return self.ledger.publications(states=frozenset({"planned"}))

    def under_way(self) -> list[Publication]:
        """Publications that are neither settled nor waiting for a person."""
        states = frozenset(set(STATES) - SETTLED - {"planned"})
        return self.ledger.publications(states=states)

    def projects(self) -> tuple[list[ProjectDay], datetime]:
        """The allowances that were used today, the sandbox's at least, and when they end."""
        limits, now = limits_of(self._settings), self.ledger.now()
        names = {self._settings.quota_project: "YouTube", SANDBOX_PROJECT: "Sandbox"}
        found = []
        for project, name in names.items():
            if project == SANDBOX_PROJECT or self.ledger.uses(project, quota_day(now)):
                left = self.ledger.left(project, limits)
                levels = (Level(b, limits.of(b) - left[b], limits.of(b)) for b in BUCKETS)
                found.append(ProjectDay(name, tuple(levels)))
        return found, reset_after(now)

    def case(self, video_id: str) -> Case | None:
        """One waiting video with everything about it; None when it does not wait."""
        publication = self._waits(video_id)
        return None if publication is None else self._case(publication)

    def file(self, video_id: str, kind: str) -> Path | None:
        """A file of a waiting video; None when it is not there.

        What is given belongs to the file that the decision is about, and to no other render.

        Args:
            video_id: Which.
            kind: ``video``, ``thumbnail`` or ``captions_srt``.
        """
        publication = self._waits(video_id)
        if publication is None:
            return None
        if kind == "video":
            name: Any = publication.plan.content
        else:
            name = (self._render(publication) or {}).get(kind)
        return self._blobs.path(name) if name and self._blobs.has(name) else None

    def decide(self, video_id: str, content: str, words: str, *, yes: bool, by: str) -> None:
        """Passes a decision on.

        Args:
            video_id: Which.
            content: The file that the person looked at: another one is not decided about.
            words: Digest of the words that the person read.
            yes: Whether it may be published.
            by: Who decides.

        Raises:
            InvalidInputError: It does not wait, or was made anew meanwhile.
        """
        self.ledger.decide(video_id, yes=yes, by=by, content=content, words=words)

    def _waits(self, video_id: str) -> Publication | None:
        found = self.ledger.publications(video_id=video_id, states=frozenset({"planned"}))
        return found[0] if found else None

    def _case(self, publication: Publication) -> Case:
        plan = publication.plan
        scripts = self._rows("scripts", publication)
        renders = self._rows("renders", publication)
        render = self._render(publication)
        if render is not None and scripts and self._blobs.has(plan.content):
            problem = ""
        elif render is None and renders and scripts:
            problem = "It was rendered again since: materialise uploads, then look at the new one."
        else:
            problem = (
                "Its script or its file is not in the lake any more: materialise them again, "
                "then uploads."
            )
        script, found = next(iter(scripts), {}), render or {}
        description = with_picture_credits(
            script.get("description") or "",
            found.get("attributions") or (),
            script.get("language") or "en",
        )
        words = words_digest(script.get("title") or "", description, script.get("tags") or ())
        if not problem and plan.words and words != plan.words:
            problem = "Its words changed since: materialise uploads, then look at it again."
        return Case(
            publication=publication,
            title=script.get("title") or plan.title or plan.video_id,
            description=description,
            tags=tuple(script.get("tags") or ()),
            duration_s=float(found.get("duration_s") or 0.0),
            landscape=(found.get("width") or 0) > (found.get("height") or 0),
            has_thumbnail=bool(found.get("thumbnail")) and self._blobs.has(found["thumbnail"]),
            sources=tuple(
                (str(source.get("title") or ""), str(source.get("address") or ""))
                for source in script.get("sources") or ()
            ),
            gates=tuple(
                (str(gate["name"]), str(gate["value"]), str(gate["limit"]))
                for gate in found.get("gates") or ()
            ),
            problem=problem,
        )

    def _render(self, publication: Publication) -> Mapping[str, Any] | None:
        """The row of just the file that waits."""
        rows = self._rows("renders", publication)
        return next((row for row in rows if row["video"] == publication.plan.content), None)

    def _rows(self, table: str, publication: Publication) -> list[Mapping[str, Any]]:
        plan = publication.plan
        frame = self._tables.read(table, f"{plan.channel}|{plan.day.isoformat()}")
        rows: list[Mapping[str, Any]] = [] if frame is None else [*frame.to_dicts()]
        return [row for row in rows if row["video_id"] == plan.video_id]
