"""What a video wears: thumbnail, playlist, captions, each set once and noted as soon as it is.

Belongs here: their order and what happens when units are short. Captions cost most and give way
first: viewers read the burned-in ones meanwhile.
"""

from __future__ import annotations

from typing import Literal

from ytempire_assets.publishing.errors import SpentError
from ytempire_assets.publishing.package import Package
from ytempire_assets.publishing.publication import Part, Publication, PublicationStore
from ytempire_assets.publishing.youtube import YouTubeClient

WhenShort = Literal["later", "skip", "wait"]
"""Captions follow on a later day, are left out, or hold the video back."""


def dress(
    publication: Publication,
    package: Package,
    store: PublicationStore,
    client: YouTubeClient,
    when_short: WhenShort,
    *,
    captions_now: bool,
) -> Publication:
    """Sets what is not set yet; the publication is ``decorated`` afterwards.

    Args:
        publication: As ``uploaded``.
        package: What it wears.
        store: The ledger.
        client: The platform.
        when_short: What becomes of captions when units are short.
        captions_now: Whether units suffice for captions, as was planned.

    Raises:
        QuotaError: Units are used up; what was set stays noted.
        TransientError: The platform does not answer.
        PermanentError: It refuses one of them.
    """
    remote_id = publication.remote_id or ""
    if publication.thumbnail in ("pending", "trying"):
        if package.thumbnail is not None:
            client.set_thumbnail(remote_id, package.thumbnail)
        publication = _note(publication, store, thumbnail=_done(package.thumbnail is not None))
    if publication.playlist in ("pending", "trying"):
        publication = _add_to_playlist(publication, package, store, client)
    if publication.captions in ("pending", "trying"):
        if captions_now or when_short == "wait" or package.captions_srt is None:
            publication = add_captions(publication, package, store, client, when_short)
        else:
            publication = _short(publication, store, when_short)
    return store.advance(publication, "decorated")


def add_captions(
    publication: Publication,
    package: Package,
    store: PublicationStore,
    client: YouTubeClient,
    when_short: WhenShort,
) -> Publication:
    """Adds the captions; after an earlier attempt with an unknown end it is asked first.

    Raises:
        QuotaError: Units do not suffice, and captions may hold the video back.
        TransientError: The platform does not answer.
        PermanentError: It refuses the track.
    """
    remote_id, srt = publication.remote_id or "", package.captions_srt
    if srt is None:
        return _note(publication, store, captions="none")
    try:
        there = publication.captions == "trying" and client.has_captions(
            remote_id, package.language
        )
        if not there:
            publication = _note(publication, store, captions="trying")
            client.insert_captions(remote_id, srt, package.language)
    except SpentError:
        if when_short == "wait":
            raise
        return _short(publication, store, when_short)
    return _note(publication, store, captions="done")


def _add_to_playlist(
    publication: Publication, package: Package, store: PublicationStore, client: YouTubeClient
) -> Publication:
    remote_id = publication.remote_id or ""
    if package.playlist:
        known = publication.playlist == "trying" and client.playlist_entries(
            package.playlist, remote_id
        )
        if not known or len(known) > 1:
            publication = _note(publication, store, playlist="trying")
            client.add_to_playlist(package.playlist, remote_id)
    return _note(publication, store, playlist=_done(bool(package.playlist)))


def _short(publication: Publication, store: PublicationStore, when_short: WhenShort) -> Publication:
    return _note(publication, store, captions="pending" if when_short == "later" else "skipped")


def _note(publication: Publication, store: PublicationStore, **parts: Part) -> Publication:
    return store.advance(publication, publication.state, **parts)


def _done(present: bool) -> Part:
    return "done" if present else "none"
