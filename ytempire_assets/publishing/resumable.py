"""The resumable upload: sending a file in chunks and finding out what has arrived.

Belongs here: the protocol of
https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol and no other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ytempire_assets.errors import (
    InvalidInputError,
    PermanentError,
    QuotaError,
    TransientError,
    YtempireError,
)
from ytempire_assets.publishing.transport import ATTEMPTS, Transport

if TYPE_CHECKING:
    from requests import Response

CHUNK_UNIT_BYTES = 256 * 1024
"""Every chunk but the last is a multiple of this, by the protocol."""

CHUNK_BYTES = 16 * CHUNK_UNIT_BYTES
_GONE = (404, 410)


class SessionGoneError(TransientError):
    """The platform no longer knows the upload session; whether a video exists is unknown."""


@dataclass(frozen=True, slots=True)
class UploadState:
    """What the platform knows of an upload session.

    Attributes:
        received_bytes: Bytes that arrived, counted from the start.
        video_id: Id of the finished video, once all bytes arrived.
        gone: The session is forgotten; nothing is known.
    """

    received_bytes: int = 0
    video_id: str | None = None
    gone: bool = False


def ask_state(transport: Transport, url: str, size_bytes: int) -> UploadState:
    """Asks what has arrived, by an empty PUT with an open range.

    Raises:
        TransientError: The platform does not answer.
        PermanentError: It refuses the question.
    """
    answer = transport.ask(
        "PUT",
        url,
        data=b"",
        headers={"Content-Range": f"bytes */{size_bytes}"},
        accept=(200, 201, 308, *_GONE),
        wants=lambda answer: _read(transport, answer, size_bytes),
    )
    return _read(transport, answer, size_bytes)


def send_file(
    transport: Transport,
    url: str,
    file: Path,
    offset: int,
    size_bytes: int,
    on_progress: Callable[[int], None],
    chunk_bytes: int = CHUNK_BYTES,
) -> str:
    """Sends ``file`` from ``offset`` on and returns the finished video's id.

    After a failure that may pass it waits, asks what arrived and goes on from there.

    Args:
        transport: Reaches the platform.
        url: Session address.
        file: The video file.
        offset: Bytes that the platform has already.
        size_bytes: Size that was announced.
        on_progress: Called with the bytes that have arrived in total.
        chunk_bytes: Multiple of ``CHUNK_UNIT_BYTES``.

    Raises:
        SessionGoneError: The session is forgotten.
        TransientError: No progress in several attempts; a later run goes on.
        PermanentError: The platform refuses the bytes, or the file changed.
    """
    name = transport.endpoints.name
    furthest, failures = offset, 0
    with file.open("rb") as source:
        while True:
            chunk = _chunk(source, file, offset, size_bytes, chunk_bytes)
            outcome, retry_after = _put(transport, url, chunk, offset, size_bytes)
            if isinstance(outcome, YtempireError):
                failures += 1
                if failures >= ATTEMPTS or isinstance(outcome, (QuotaError, InvalidInputError)):
                    raise outcome
                if isinstance(outcome, TransientError):
                    transport.wait(failures, retry_after)
                state = ask_state(transport, url, size_bytes)
                # A refusal may mean that another run sent this chunk already: then go on.
                if isinstance(outcome, PermanentError) and state == UploadState(offset):
                    raise outcome
            else:
                state = outcome
                if state.video_id is None and state.received_bytes <= furthest and not state.gone:
                    failures += 1
                    transport.wait(failures)
            if state.gone:
                raise SessionGoneError(
                    f"{name} no longer knows the upload session",
                    "run again: what became of it is found out before anything is sent",
                )
            if state.video_id is not None:
                on_progress(size_bytes)
                return state.video_id
            if state.received_bytes > furthest:
                furthest, failures = state.received_bytes, 0
            elif failures >= ATTEMPTS:
                raise TransientError(
                    f"{name} takes the chunks but keeps none of them",
                    "run again in a while: the upload goes on where it stopped",
                )
            offset = state.received_bytes
            on_progress(offset)


def _put(
    transport: Transport, url: str, chunk: bytes, offset: int, size_bytes: int
) -> tuple[UploadState | YtempireError, str | None]:
    """Sends one chunk; returns the state after it or what went wrong, and when to come back."""
    try:
        answer = transport.once("PUT", url, data=chunk, headers=_range(offset, chunk, size_bytes))
        if answer.status_code in (200, 201, 308, *_GONE):
            return _read(transport, answer, size_bytes), None
    except TransientError as error:
        return error, None
    return transport.failure(answer), answer.headers.get("Retry-After")


def _chunk(source: BinaryIO, file: Path, offset: int, size_bytes: int, chunk_bytes: int) -> bytes:
    wanted = min(chunk_bytes, size_bytes - offset)
    source.seek(offset)
    chunk = source.read(wanted)
    if len(chunk) != wanted:
        raise PermanentError(
            f"{file} is shorter than the {size_bytes} bytes that were announced",
            "materialise the render again: the file was damaged",
        )
    return chunk


def _range(offset: int, chunk: bytes, size_bytes: int) -> dict[str, str]:
    if not chunk:  # all bytes are there, but no answer yet: only the question is left
        return {"Content-Range": f"bytes */{size_bytes}"}
    return {
        "Content-Range": f"bytes {offset}-{offset + len(chunk) - 1}/{size_bytes}",
        "Content-Type": "application/octet-stream",
    }


def _read(transport: Transport, answer: Response, size_bytes: int) -> UploadState:
    if answer.status_code in _GONE:
        return UploadState(gone=True)
    if answer.status_code == 308:
        arrived = answer.headers.get("Range", "")
        if not arrived:
            return UploadState()
        last = arrived.rpartition("-")[2]
        if not last.isdecimal() or int(last) >= size_bytes:
            raise PermanentError(
                f"{transport.endpoints.name} says that '{arrived}' of {size_bytes} bytes arrived",
                "run again; if it stays, the platform's answer is broken",
            )
        return UploadState(received_bytes=int(last) + 1)
    video_id = transport.body(answer).get("id")
    if not isinstance(video_id, str) or not video_id:
        raise TransientError(
            f"{transport.endpoints.name} finished the upload without naming the video",
            "run again: the video is found by its file name",
        )
    return UploadState(received_bytes=size_bytes, video_id=video_id)
