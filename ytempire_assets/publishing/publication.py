"""What a publication is, the states it passes, and what a store of them must promise.

Belongs here: values and the protocol, no input or output.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

State = Literal["planned", "awaiting_approval", "session", "uploaded", "published"]

STATES: tuple[State, ...] = ("awaiting_approval", "planned", "session", "uploaded", "published")
"""In order. ``session``: the platform gave an address to send bytes to, stored before the first
byte is sent. ``uploaded``: the platform answered with the video's id. ``published``: thumbnail and
captions are set too; nothing is left to do."""


@dataclass(frozen=True, slots=True)
class PublicationPlan:
    """What is to be published where.

    Attributes:
        video_id: Our id of the video.
        platform: ``sandbox`` or ``youtube``.
        channel: Slug of the channel.
        topic_id: Topic of the video; pins the day's idea once the video is out.
        day: Production day.
        content: Blob name of the video file; its hash names the file on the platform.
        size_bytes: Size of that file.
        publish_at: When it becomes public.
        needs_approval: A person must say yes first.
    """

    video_id: str
    platform: str
    channel: str
    topic_id: str
    day: date
    content: str
    size_bytes: int
    publish_at: datetime
    needs_approval: bool


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication as the ledger knows it; ``version`` grows with every change."""

    plan: PublicationPlan
    state: State
    version: int
    session_url: str | None = None
    remote_id: str | None = None
    address: str | None = None


class PublicationStore(Protocol):
    """Keeps publications; every change is one transaction that is on disk when it returns."""

    def open_publication(self, plan: PublicationPlan) -> Publication:
        """The publication of ``plan.video_id`` on ``plan.platform``; planned if it is new.

        One that was planned with another file and has not begun takes the new plan; one that has
        begun keeps its own.
        """

    def advance(
        self,
        publication: Publication,
        state: State,
        *,
        session_url: str | None = None,
        remote_id: str | None = None,
        address: str | None = None,
    ) -> Publication:
        """Stores a new state; None leaves a field as it is.

        Raises:
            TransientError: Somebody else changed the publication meanwhile.
        """
