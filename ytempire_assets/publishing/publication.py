"""What a publication is, the states it passes, and what a store of them must promise.

Belongs here: values and the protocol, no input or output.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Protocol

State = Literal[
    "planned",
    "approved",
    "session",
    "uploading",
    "uploaded",
    "decorated",
    "scheduled",
    "public",
    "verified",
    "rejected",
]

STATES: tuple[State, ...] = (
    "planned",
    "approved",
    "session",
    "uploading",
    "uploaded",
    "decorated",
    "scheduled",
    "public",
    "verified",
)
"""In order; ``rejected`` stands beside them.

- ``planned``: a person must say yes first.
- ``approved``: may be sent; waits for its turn when the day's allowance is short.
- ``session``: the platform gave an address to send to, stored before the first byte is sent.
- ``uploading``: bytes have arrived, ``offset_bytes`` at least.
- ``uploaded``: the platform answered with the video's id.
- ``decorated``: thumbnail and playlist are set, and captions unless they follow later.
- ``scheduled``: the platform has it, private until its time.
- ``public``: its time has come and the platform shows it.
- ``verified``: seen on the platform, processed, with everything that belongs to it. The end.
- ``rejected``: a person said no. The end.
"""

BEFORE_SENDING: frozenset[State] = frozenset({"planned", "approved"})
"""Nothing of the video has left this machine."""

IN_DOUBT: frozenset[State] = frozenset({"session", "uploading"})
"""A video may be on the platform or not: it is asked before anything is sent again."""

OUT: frozenset[State] = frozenset({"uploaded", "decorated", "scheduled", "public", "verified"})
"""The video is on the platform."""

SETTLED: frozenset[State] = frozenset({"verified", "rejected"})
"""Nothing is left to do."""

BY_RULES = "the channel's rules"
"""Who said yes where a channel asks nobody."""

Part = Literal["none", "pending", "trying", "done", "skipped"]
"""Something that goes with a video. ``trying``: it was asked for and the answer is not known yet;
``skipped``: left out by the policy for short days."""


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
        priority: 1-10, the channel's weight when the day's allowance is short.
        title: Its title, by which people and the reconciliation know it.
        words: Digest of title, description and tags: a person approves them with the file.
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
    priority: int = 5
    title: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """A publication as the ledger knows it.

    Attributes:
        plan: What is published.
        state: How far it is.
        version: Grows with every change and with every lease: a holder of an older one can change
            nothing any more (a fencing token).
        planned_at: When it was planned, UTC.
        session_url: Address of the upload session.
        offset_bytes: Bytes known to have arrived.
        remote_id: The platform's id.
        address: Where people watch it.
        thumbnail: How far the thumbnail is.
        captions: How far the captions are.
        playlist: How far the entry in the channel's playlist is.
        approved_at: When a person or the channel's rules said yes.
        decided_by: Who said yes or no.
        problem: Why it did not go on the last time; empty when it did.
        attempts: Runs that ended with a problem since the last progress.
        next_try_at: It rests until then.
    """

    plan: PublicationPlan
    state: State
    version: int
    planned_at: datetime
    session_url: str | None = None
    offset_bytes: int = 0
    remote_id: str | None = None
    address: str | None = None
    thumbnail: Part = "pending"
    captions: Part = "pending"
    playlist: Part = "pending"
    approved_at: datetime | None = None
    decided_by: str | None = None
    problem: str = ""
    attempts: int = 0
    next_try_at: datetime | None = None


class PublicationStore(Protocol):
    """Keeps publications; every change is one transaction that is on disk when it returns."""

    def open_publication(self, plan: PublicationPlan) -> Publication:
        """The publication of ``plan.video_id`` on ``plan.platform``; planned if it is new.

        One that was planned with another file and has not begun takes the new plan; one that has
        begun keeps its own.
        """

    def lease(self, publication: Publication, owner: str, seconds: float) -> Publication:
        """Takes the publication for ``owner`` alone.

        A lease that ran out, or whose process is gone, is taken over.

        Raises:
            TransientError: Another run holds it.
        """

    def renew(self, publication: Publication, owner: str, seconds: float) -> bool:
        """Holds the lease longer; False when it was lost."""

    def release(self, publication: Publication, owner: str) -> None:
        """Gives the lease back; harmless when it was lost."""

    def advance(self, publication: Publication, state: State, **changes: Any) -> Publication:
        """Stores a new state with other fields of ``Publication``; clears ``problem``.

        Raises:
            TransientError: Somebody else changed the publication meanwhile.
            ClaimedError: ``remote_id`` belongs to another publication already.
        """

    def rest(
        self,
        publication: Publication,
        owner: str,
        problem: str,
        until: datetime | None,
        *,
        failed: bool = True,
    ) -> Publication:
        """Stores why it did not go on and until when it rests; the state stays as it is stored.

        Only what ``failed`` counts as an attempt; waiting for a turn does not.

        Raises:
            TransientError: ``owner`` does not hold the publication any more.
        """

    def has_twin_in_doubt(self, plan: PublicationPlan) -> bool:
        """Whether another publication of the very same file has begun and its end is not known."""

    def is_claimed(self, platform: str, remote_id: str, video_id: str) -> bool:
        """Whether a publication other than ``video_id`` has this video of the platform."""
