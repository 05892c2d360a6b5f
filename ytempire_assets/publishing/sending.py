"""Bringing the bytes to the platform, once.

Belongs here: sessions, going on after an interruption, and finding out what became of an upload
whose outcome is not known. An address to send to is on disk before the first byte is sent, and the
platform is asked before anything is sent again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day

from ytempire_assets.errors import TransientError
from ytempire_assets.publishing.errors import ClaimedError
from ytempire_assets.publishing.package import Package, metadata_of
from ytempire_assets.publishing.publication import (
    IN_DOUBT,
    Publication,
    PublicationPlan,
    PublicationStore,
)
from ytempire_assets.publishing.resumable import SessionGoneError, UploadState
from ytempire_assets.publishing.youtube import YouTubeClient

_SESSIONS_PER_RUN = 3
_EARLIEST = timedelta(days=2)
"""A video is not on the platform longer before its day, or before it was planned."""
_NOTED_EVERY_S = 5.0
"""How far an upload is goes into the ledger so often; the platform knows it exactly anyway."""


def upload(
    publication: Publication,
    package: Package,
    store: PublicationStore,
    client: YouTubeClient,
    report: Callable[[float], None],
) -> tuple[Publication, int]:
    """Brings the file there.

    Returns:
        The publication as uploaded, and how many bytes were sent by this run.

    Raises:
        TransientError: The platform does not answer, or forgets its sessions.
        PermanentError: It refuses metadata or bytes.
        QuotaError: No more uploads today.
    """
    plan, sent = publication.plan, 0
    for _ in range(_SESSIONS_PER_RUN):
        state = UploadState(gone=True)
        if publication.state in IN_DOUBT and publication.session_url:
            state = client.upload_state(publication.session_url, plan.size_bytes)
            if state.gone and (found := find(publication, store, client)):
                state = UploadState(plan.size_bytes, found)
        elif not store.has_twin_in_doubt(plan) and (found := find(publication, store, client)):
            # A ledger that was lost, or put back from a backup, does not know what is out.
            state = UploadState(plan.size_bytes, found)
        if state.gone and state.video_id is None:
            session_url = client.start_upload(metadata_of(plan, package), plan.size_bytes)
            publication = store.advance(
                publication, "session", session_url=session_url, offset_bytes=0
            )
            state = UploadState()
        video_id = state.video_id
        if video_id is None:
            progress = _Progress(publication, store, state.received_bytes, report)
            try:
                video_id = client.send(
                    publication.session_url or "",
                    package.file,
                    state.received_bytes,
                    plan.size_bytes,
                    progress,
                )
            except SessionGoneError:
                continue
            finally:
                publication = progress.publication
                sent += progress.sent_bytes
        return claim(publication, video_id, store, client), sent
    raise TransientError(
        f"the platform forgot {_SESSIONS_PER_RUN} upload sessions of {plan.video_id} in a row",
        "run again later: nothing is sent twice",
    )


class _Progress:
    """Hears how many bytes have arrived; tells the person at once and the ledger now and then."""

    def __init__(
        self,
        publication: Publication,
        store: PublicationStore,
        start: int,
        report: Callable[[float], None],
    ) -> None:
        self.publication = publication
        self._store, self._report = store, report
        self._start = self._arrived = start
        self._noted = float("-inf")

    @property
    def sent_bytes(self) -> int:
        return max(0, self._arrived - self._start)

    def __call__(self, received: int) -> None:
        self._arrived = received
        size = self.publication.plan.size_bytes
        if 0 < received < size and time.monotonic() - self._noted >= _NOTED_EVERY_S:
            self._noted = time.monotonic()
            self.publication = self._store.advance(
                self.publication, "uploading", offset_bytes=received
            )
        self._report(min(0.99, received / size))


def find(publication: Publication, store: PublicationStore, client: YouTubeClient) -> str | None:
    """The platform's video of this publication among the channel's uploads, or None.

    It is known by file name (the content's hash), size and title, and it is no other
    publication's: two publications of one and the same file keep a video each.
    """
    plan = publication.plan
    midnight = datetime.combine(plan.day, time_of_day(), tzinfo=UTC)
    return client.find_upload(
        plan.content,
        plan.size_bytes,
        plan.title or None,
        lambda remote_id: store.is_claimed(plan.platform, remote_id, plan.video_id),
        min(publication.planned_at, midnight) - _EARLIEST,
    )


def claim(
    publication: Publication, video_id: str, store: PublicationStore, client: YouTubeClient
) -> Publication:
    """Stores the platform's id; a video that another publication took meanwhile is not taken."""
    try:
        return store.advance(
            publication,
            "uploaded",
            remote_id=video_id,
            address=client.watch_address(video_id),
            offset_bytes=publication.plan.size_bytes,
        )
    except ClaimedError:
        other = find(publication, store, client)
        if other in (None, video_id):  # a video of its own has to be sent
            store.advance(publication, "approved", session_url=None, offset_bytes=0)
            raise
        return claim(publication, other, store, client)


def settle_earlier(
    publication: Publication,
    plan: PublicationPlan,
    store: PublicationStore,
    client: YouTubeClient,
) -> tuple[Publication, str]:
    """Decides what becomes of a publication that began with another file.

    A video that is out stays: publishing the new file too would be a second video. An upload that
    never became a video is cancelled, and the new file takes its place. Returns a note in the
    first case, an empty one in the second.
    """
    earlier = publication.plan
    if publication.state in IN_DOUBT and publication.session_url:
        # Cancelled first: another run that still sends to the session finds it gone and stops.
        client.cancel_upload(publication.session_url)
        state = client.upload_state(publication.session_url, earlier.size_bytes)
        found = state.video_id
        if found is None and state.gone:
            found = find(publication, store, client)
        if found is None:
            store.advance(publication, "approved", session_url=None, offset_bytes=0)
            return store.open_publication(plan), ""
        publication = claim(publication, found, store, client)
    if publication.state == "uploaded":
        # The new thumbnail and captions belong to the new file: the old video gets neither.
        publication = store.advance(
            publication, "decorated", thumbnail="none", captions="none", playlist="none"
        )
    return publication, published_before(earlier, plan)


def published_before(earlier: PublicationPlan, plan: PublicationPlan) -> str:
    """Why a new file of a video that is out is not sent."""
    return (
        f"{plan.video_id} was published before with {earlier.content[:12]}; the new "
        f"{plan.content[:12]} was not sent, because a video is published once"
    )
