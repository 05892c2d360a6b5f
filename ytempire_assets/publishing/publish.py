"""Carrying one publication from its plan to a video that was seen on the platform, exactly once.

Belongs here: the order of the steps, who may take them, and what is noted when they stop. How bytes
get there is in ``sending``, what goes with them in ``dressing``, whose turn it is in
``fair_share``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ytempire_assets.errors import (
    PermanentError,
    QuotaError,
    TransientError,
    YtempireError,
)
from ytempire_assets.publishing.dressing import WhenShort, add_captions, dress
from ytempire_assets.publishing.errors import SpentError, WithdrawnError
from ytempire_assets.publishing.lease import LEASE_S, kept, this_run
from ytempire_assets.publishing.package import Package, check_file, metadata_of
from ytempire_assets.publishing.publication import (
    BEFORE_SENDING,
    IN_DOUBT,
    OUT,
    SETTLED,
    Publication,
    PublicationPlan,
    PublicationStore,
)
from ytempire_assets.publishing.sending import published_before, settle_earlier, upload
from ytempire_assets.publishing.youtube import VideoStatus, YouTubeClient

_SHOWN_AFTER = timedelta(hours=1)
"""The platform may take a while to show what it just took."""

_TRIES = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
"""How long a publication rests after its first, second, ... failure in a row."""

_REFUSED_FOR = timedelta(days=1)
"""What was refused needs a person (another title, a new consent, a clock that is right): one look a
day finds that it was done, and nothing is spent on asking more often."""


@dataclass(frozen=True, slots=True)
class Published:
    """How far a publication came.

    Attributes:
        publication: As the ledger has it now.
        sent_bytes: Bytes of video that arrived in this run.
        note: What a person should know about it; empty when nothing is special.
    """

    publication: Publication
    sent_bytes: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a publication may be sent now.

    Attributes:
        note: Why not; empty when it may.
        until: When to ask again.
        captions: Whether the day's units suffice for its captions too.
    """

    note: str = ""
    until: datetime | None = None
    captions: bool = True


def admit_all(_publication: Publication) -> Admission:
    """Where no allowance is short."""
    return Admission()


def no_objection(_publication: Publication) -> None:
    """Where nothing else has to hold before sending."""


def publish(
    plan: PublicationPlan,
    package: Package,
    store: PublicationStore,
    client: YouTubeClient,
    report: Callable[[float], None],
    *,
    verify: Callable[[Publication], None] = no_objection,
    admit: Callable[[Publication], Admission] = admit_all,
    when_short: WhenShort = "later",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Published:
    """Carries a publication as far as it can go now; safe to call again after any interruption.

    Args:
        plan: What is to be published.
        package: Its file and metadata.
        store: The ledger.
        client: The platform.
        report: Called with the share that is done, 0-1.
        verify: Looks once more, just before anything is sent, whether it may be: raises if not.
        admit: Says whether its turn has come.
        when_short: What becomes of captions when units are short.
        clock: The time, UTC.

    Returns:
        How far it came; what has to wait for its turn or for the next quota day says so in a note.

    Raises:
        TransientError: The platform does not answer, or another run works on the same
            publication; run again later.
        PermanentError: The platform refuses metadata, file, thumbnail or captions, or took the
            video down.
        InvalidInputError: The file is not the planned one, or ``verify`` objects.
    """
    publication = store.open_publication(plan)
    if publication.state in SETTLED or publication.state == "planned":
        report(1.0)
        return Published(publication, 0, standing(publication, plan))
    owner = this_run()
    publication = store.lease(publication, owner, LEASE_S)
    run = _Run(
        plan, package, store, client, report, verify, admit, when_short, clock, owner, publication
    )
    with kept(store, publication, owner):
        try:
            note = run.go()
        except QuotaError as error:
            until = error.until if isinstance(error, SpentError) else None
            run.publication = store.rest(run.publication, owner, error.problem, until, failed=False)
            note = f"{error.problem}; {error.next_step}"
        except YtempireError as error:
            _rest_after(error, run, clock())
            raise
    report(1.0)
    return Published(run.publication, run.sent_bytes, note)


def _rest_after(error: YtempireError, run: _Run, now: datetime) -> None:
    """Notes why it stopped; a failure of that note must not hide the first one."""
    pause = _TRIES[min(run.publication.attempts, len(_TRIES) - 1)]
    if isinstance(error, PermanentError):
        pause = _REFUSED_FOR
    try:
        run.publication = run.store.rest(run.publication, run.owner, error.problem, now + pause)
    except YtempireError:
        return


def standing(publication: Publication, plan: PublicationPlan) -> str:
    """What to know about a publication that nothing is done about now; empty when all is well."""
    if publication.state == "planned":
        return f"waits for a person: ytempire approve {plan.video_id}"
    if publication.state == "rejected":
        return f"{publication.decided_by} said no: it is not published"
    if publication.plan.content != plan.content:
        return published_before(publication.plan, plan)
    return ""


@dataclass(slots=True)
class _Run:
    """One attempt to carry a publication on."""

    plan: PublicationPlan
    package: Package
    store: PublicationStore
    client: YouTubeClient
    report: Callable[[float], None]
    verify: Callable[[Publication], None]
    admit: Callable[[Publication], Admission]
    when_short: WhenShort
    clock: Callable[[], datetime]
    owner: str
    publication: Publication
    sent_bytes: int = 0

    def go(self) -> str:
        """Takes every step that can be taken; returns a note."""
        note = ""
        if self.publication.plan.content != self.plan.content:
            self.publication, note = settle_earlier(
                self.publication, self.plan, self.store, self.client
            )
        admission = Admission()
        if self.publication.state in BEFORE_SENDING | IN_DOUBT:
            admission = self.admit(self.publication)
            if admission.note and self.publication.state in BEFORE_SENDING:
                self._rest(admission.note, admission.until)
                return admission.note
            self._check()
            self.publication, self.sent_bytes = upload(
                self.publication, self.package, self.store, self.client, self.report
            )
        elif self.publication.state == "uploaded":
            admission = self.admit(self.publication)
        if self.publication.state == "uploaded":
            self.publication = dress(
                self.publication,
                self.package,
                self.store,
                self.client,
                self.when_short,
                captions_now=admission.captions,
            )
        if self.publication.state in OUT:
            seen = self._look()
            note = note or seen
        return note

    def _check(self) -> None:
        """Looks once more at everything that must hold before bytes leave this machine."""
        metadata_of(self.plan, self.package)
        check_file(self.plan, self.package)
        self.verify(self.publication)

    def _look(self) -> str:
        """Sees how the video stands there, and adds captions that were put off."""
        publication = self.publication
        late = publication.captions in ("pending", "trying") and publication.state != "decorated"
        if late and self.admit(publication).captions:
            self.publication = publication = add_captions(
                publication, self.package, self.store, self.client, self.when_short
            )
        if publication.state == "scheduled" and publication.plan.publish_at > self.clock():
            return self._captions_note()
        status = self.client.status(publication.remote_id or "")
        if status is None:
            return self._gone()
        if status.upload in ("failed", "rejected", "deleted"):
            raise WithdrawnError(
                f"{self.client.endpoints.name} {status.upload} the video of {self.plan.video_id}"
                + (f" ({status.reason})" if status.reason else ""),
                "look at it there; it is not sent again by itself",
            )
        return self._place(status)

    def _place(self, status: VideoStatus) -> str:
        """Notes whether it is scheduled, public, and whether all of it is there."""
        publication = self.publication
        # What has begun keeps the time it was planned for, also when its channel moves its hours.
        late_by = self.clock() - publication.plan.publish_at
        if status.privacy != "public":
            if publication.state == "decorated":
                self.publication = publication = self.store.advance(publication, "scheduled")
            if late_by < timedelta(0):
                return self._captions_note()
            late = late_by > _SHOWN_AFTER
            note = "its time has come, but the platform still keeps it private" if late else ""
            # Uploads of a project that YouTube has not audited stay private.
            self._rest(note, self.clock() + _TRIES[1])
            return note
        if publication.state != "public":
            self.publication = publication = self.store.advance(publication, "public")
        waits_for = []
        if status.upload != "processed":
            waits_for.append("processing")
        if publication.captions == "done" and not status.has_captions:
            waits_for.append("its captions to be shown")
        if publication.captions in ("pending", "trying"):
            return self._captions_note()
        if waits_for:
            note = f"public; waits for {' and '.join(waits_for)}"
            self._rest(note, self.clock() + _TRIES[0])
            return note
        self.publication = self.store.advance(publication, "verified")
        return ""

    def _captions_note(self) -> str:
        if self.publication.captions not in ("pending", "trying"):
            return ""
        note = "its captions follow when the day's units suffice"
        self._rest(note, self.clock() + _TRIES[2])
        return note

    def _rest(self, note: str, until: datetime | None) -> None:
        self.publication = self.store.rest(self.publication, self.owner, note, until, failed=False)

    def _gone(self) -> str:
        publication = self.publication
        if self.clock() - publication.planned_at < _SHOWN_AFTER:
            raise TransientError(
                f"{self.client.endpoints.name} does not show the new video of "
                f"{self.plan.video_id} yet",
                "run again in a while: it is not sent again",
            )
        raise WithdrawnError(
            f"the video of {self.plan.video_id} is not on {self.client.endpoints.name} any more",
            "look whether somebody deleted it; it is not sent again by itself",
        )
