"""Carrying one publication from its plan to a finished video, exactly once.

Belongs here: the order of the steps and what is done when one of them was interrupted. Everything
follows one rule: an address to send to is on disk before the first byte is sent, and when it is
unknown whether a video exists, the platform is asked before anything is sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ytempire_assets.errors import InvalidInputError, TransientError
from ytempire_assets.publishing.publication import Publication, PublicationPlan, PublicationStore
from ytempire_assets.publishing.resumable import SessionGoneError, UploadState
from ytempire_assets.publishing.youtube import VideoMetadata, YouTubeClient

CATEGORY_IDS = {
    "education": "27",
    "entertainment": "24",
    "science": "28",
    "howto": "26",
    "news": "25",
}
"""YouTube's category ids (videoCategories.list, the same in all regions)."""

_SESSIONS_PER_RUN = 3


@dataclass(frozen=True, slots=True)
class Package:
    """The file of a publication and what goes with it.

    Attributes:
        file: The video file.
        title: Title.
        description: Description.
        tags: Tags.
        category: One of ``CATEGORY_IDS``.
        language: Language of speech and captions.
        made_for_kids: Whether it is made for children.
        synthetic_media: Whether it shows synthetic content that looks real.
        thumbnail: JPEG, or None to leave the platform's choice.
        captions_srt: SubRip captions, or None.
    """

    file: Path
    title: str
    description: str
    tags: tuple[str, ...]
    category: str
    language: str
    made_for_kids: bool
    synthetic_media: bool
    thumbnail: bytes | None
    captions_srt: bytes | None


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


def publish(
    plan: PublicationPlan,
    package: Package,
    store: PublicationStore,
    client: YouTubeClient,
    report: Callable[[float], None],
) -> Published:
    """Carries a publication as far as it can go now; safe to call again after any interruption.

    Args:
        plan: What is to be published.
        package: Its file and metadata.
        store: The ledger.
        client: The platform.
        report: Called with the share that is done, 0-1.

    Raises:
        TransientError: The platform does not answer, or another run works on the same
            publication; run again later.
        PermanentError: The platform refuses metadata, file, thumbnail or captions.
        QuotaError: The day's allowance is used up.
        InvalidInputError: The file is not the planned one.
    """
    publication = store.open_publication(plan)
    if publication.plan.content != plan.content:
        publication, note = _settle_earlier(publication, plan, store, client)
        if note:
            report(1.0)
            return Published(publication, 0, note)
    if publication.state == "awaiting_approval":
        note = f"waits for a person: ytempire approve {plan.video_id}"
        return Published(publication, 0, note)
    sent_bytes = 0
    if publication.state in ("planned", "session"):
        _check_file(plan, package)
        publication, sent_bytes = _upload(publication, package, store, client, report)
    if publication.state == "uploaded":
        publication = _dress(publication, package, store, client)
    report(1.0)
    return Published(publication, sent_bytes)


def _upload(
    publication: Publication,
    package: Package,
    store: PublicationStore,
    client: YouTubeClient,
    report: Callable[[float], None],
) -> tuple[Publication, int]:
    """Brings the bytes there; returns the publication as uploaded, and how many were sent."""
    plan = publication.plan
    size = plan.size_bytes
    sent = 0
    for _ in range(_SESSIONS_PER_RUN):
        state = UploadState(gone=True)
        if publication.state == "session" and publication.session_url:
            state = client.upload_state(publication.session_url, size)
            if state.gone and (found := client.find_upload(plan.content, size)):
                state = UploadState(size, found)
        if state.video_id is None and state.gone:
            session_url = client.start_upload(_metadata(plan, package), size)
            publication = store.advance(publication, "session", session_url=session_url)
            state = UploadState()
        video_id = state.video_id
        if video_id is None:
            start = arrived = state.received_bytes

            def on_progress(received: int) -> None:
                nonlocal arrived
                arrived = received
                report(min(0.99, received / size))

            try:
                video_id = client.send(
                    publication.session_url or "", package.file, start, size, on_progress
                )
            except SessionGoneError:
                continue
            finally:
                sent += max(0, arrived - start)
        address = client.watch_address(video_id)
        return store.advance(publication, "uploaded", remote_id=video_id, address=address), sent
    raise TransientError(
        f"the platform forgot {_SESSIONS_PER_RUN} upload sessions of {plan.video_id} in a row",
        "run again later: nothing is sent twice",
    )


def _dress(
    publication: Publication, package: Package, store: PublicationStore, client: YouTubeClient
) -> Publication:
    """Sets thumbnail and captions; both may be set again after an interruption."""
    remote_id = publication.remote_id or ""
    if package.thumbnail is not None:
        client.set_thumbnail(remote_id, package.thumbnail)
    if package.captions_srt is not None:
        client.insert_captions(remote_id, package.captions_srt, package.language, "")
    return store.advance(publication, "published")


def _settle_earlier(
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
    if publication.state == "session" and publication.session_url:
        # Cancelled first: another run that still sends to the session finds it gone and stops.
        client.cancel_upload(publication.session_url)
        state = client.upload_state(publication.session_url, earlier.size_bytes)
        found = state.video_id
        if found is None and state.gone:
            found = client.find_upload(earlier.content, earlier.size_bytes)
        if found is None:
            store.advance(publication, "planned")
            return store.open_publication(plan), ""
        publication = store.advance(
            publication, "uploaded", remote_id=found, address=client.watch_address(found)
        )
    if publication.state == "uploaded":
        # The new thumbnail and captions belong to the new file: the old video gets neither.
        publication = store.advance(publication, "published")
    return publication, (
        f"{plan.video_id} was published before with {_short(earlier.content)}; the new "
        f"{_short(plan.content)} was not sent, because a video is published once"
    )


def _metadata(plan: PublicationPlan, package: Package) -> VideoMetadata:
    return VideoMetadata(
        title=package.title,
        description=package.description,
        tags=package.tags,
        category_id=_category_id(package.category),
        language=package.language,
        made_for_kids=package.made_for_kids,
        synthetic_media=package.synthetic_media,
        publish_at=plan.publish_at,
        file_name=plan.content,
    )


def _category_id(category: str) -> str:
    if category not in CATEGORY_IDS:
        raise InvalidInputError(
            f"category '{category}' is unknown", f"use one of {', '.join(CATEGORY_IDS)}"
        )
    return CATEGORY_IDS[category]


def _check_file(plan: PublicationPlan, package: Package) -> None:
    try:
        size = package.file.stat().st_size
    except OSError as error:
        raise InvalidInputError(
            f"{package.file} cannot be read ({error.strerror})", "materialise the render again"
        ) from error
    if size != plan.size_bytes or size == 0:
        raise InvalidInputError(
            f"{package.file} has {size} bytes, planned were {plan.size_bytes}",
            "materialise the render again",
        )


def _short(content: str) -> str:
    return content[:12]
