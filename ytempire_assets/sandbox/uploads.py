"""The server's side of the resumable upload.

Belongs here: opening a session, taking chunks, saying what arrived. As YouTube does it:
https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from ytempire_assets.sandbox.accounts import Account
from ytempire_assets.sandbox.answers import (
    base_of,
    faults_of,
    json_of,
    parts_of,
    quota_of,
    store_of,
)
from ytempire_assets.sandbox.connection import BrokenConnection
from ytempire_assets.sandbox.metadata import RefusedError, checked_resource
from ytempire_assets.sandbox.records import Session
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets.sandbox.video_resources import VIDEO_PARTS, moment_of, video_resource

CHUNK_UNIT_BYTES = 256 * 1024
MAX_BYTES = 256 * 10**9
_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)")
_UPLOAD = {"snippet", "status", "fileDetails"}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Which bytes a request brings: from ``start`` up to but without ``end``."""

    start: int
    end: int


async def start(request: Request, account: Account) -> Response:
    """POST: opens a session."""
    parts_of(request, VIDEO_PARTS)
    if request.query_params.get("uploadType") != "resumable":
        raise RefusedError(400, "badRequest", "only uploadType=resumable is there", "uploadType")
    length = request.headers.get("X-Upload-Content-Length", "")
    if not length.isdecimal() or not 0 < int(length) <= MAX_BYTES:
        raise RefusedError(400, "badRequest", "X-Upload-Content-Length must name 1 byte to 256 GB")
    media = request.headers.get("X-Upload-Content-Type", "video/*")
    if not media.startswith("video/") and media != "application/octet-stream":
        raise RefusedError(400, "mediaBodyRequired", "X-Upload-Content-Type must be a video's")
    resource = checked_resource(await json_of(request))
    await run_in_threadpool(quota_of(request).check_channel, account.id)
    name = unquote(request.headers.get("Slug", "")) or "unknown"
    session = await run_in_threadpool(
        store_of(request).open_session, resource, name[:255], int(length), account.id
    )
    query = f"uploadType=resumable&upload_id={session.id}"
    return Response(headers={"Location": f"{base_of(request)}/upload/youtube/v3/videos?{query}"})


async def cancel(request: Request, account: Account) -> Response:
    """DELETE: forgets an unfinished session, with the status that Google's servers use."""
    session = await _session(request, account)
    if session.video_id is not None:
        raise RefusedError(400, "badRequest", "the upload is complete")
    await run_in_threadpool(store_of(request).forget_session, session.id)
    return Response(status_code=499)


async def put(request: Request, account: Account) -> Response:
    """PUT: takes a chunk, or says what arrived."""
    session = await _session(request, account)
    chunk = _chunk(request, session)
    store = store_of(request)
    if session.video_id is not None or session.received_bytes == session.size_bytes:
        return await _finished(request, session)
    if chunk is None:
        return _incomplete(session.received_bytes)
    fault = faults_of(request).next_chunk()
    if fault == "forget":
        await run_in_threadpool(store.forget_session, session.id)
        raise RefusedError(404, "notFound", "the upload session is not known")
    if fault == "fail":
        raise RefusedError(503, "backendError", "a fault was asked for: this chunk fails")
    with store.writing(session) as file:
        if file is None:
            raise RefusedError(503, "backendError", "another request writes to this session")
        # Read again under the lock: another writer may have moved on meanwhile.
        session = await _session(request, account)
        if session.video_id is not None:
            return await _finished(request, session)
        if chunk.start != session.received_bytes:
            raise _bad_range(f"expected bytes from {session.received_bytes} on")
        stop = chunk.start + (chunk.end - chunk.start) // 2 if fault == "drop" else None
        received = await _take(request, file, chunk, stop)
        await run_in_threadpool(store.note_received, session, received)
    if fault == "drop":
        return BrokenConnection()
    if received == session.size_bytes:
        answer = await _finished(request, session, created=True)
        lost = faults_of(request).lose_answer()
        return BrokenConnection() if lost else answer
    return _incomplete(received)


async def _take(request: Request, file: BinaryIO, chunk: Chunk, stop: int | None) -> int:
    """Writes the body into the file; returns up to where whole units are kept.

    A connection that breaks, or the fault at ``stop``, leaves what came before it: as YouTube, in
    multiples of 256 KiB.
    """
    position = chunk.start
    file.seek(position)
    try:
        async for data in request.stream():
            file.write(data[: chunk.end - position])
            position = min(position + len(data), chunk.end)
            if stop is not None and position >= stop:
                break
    except ClientDisconnect:
        pass
    if position == chunk.end and stop is None:
        return position
    return position // CHUNK_UNIT_BYTES * CHUNK_UNIT_BYTES


async def _session(request: Request, account: Account) -> Session:
    store: SandboxStore = store_of(request)
    session = await run_in_threadpool(store.session, request.query_params.get("upload_id", ""))
    if session is None:
        raise RefusedError(404, "notFound", "the upload session is not known")
    if session.channel_id != account.id:
        raise RefusedError(403, "forbidden", "the upload session belongs to another channel")
    return session


def _chunk(request: Request, session: Session) -> Chunk | None:
    """The bytes that the request announces; None when it only asks for the state.

    Raises:
        RefusedError: The headers contradict each other, the session or the protocol.
    """
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal():
        raise RefusedError(411, "lengthRequired", "Content-Length is missing")
    header = request.headers.get("Content-Range")
    if header is None:
        header = f"bytes 0-{int(length) - 1}/{length}"
    parts = _RANGE.fullmatch(header)
    if parts is None:
        raise _bad_range("Content-Range must be bytes FIRST-LAST/TOTAL or bytes */TOTAL")
    if int(parts[3]) != session.size_bytes:
        raise _bad_range(f"the total was announced as {session.size_bytes} bytes")
    if parts[1] is None:
        if int(length):
            raise _bad_range("a question about the state has no body")
        return None
    chunk = Chunk(int(parts[1]), int(parts[2]) + 1)
    size = chunk.end - chunk.start
    if size <= 0 or chunk.end > session.size_bytes or size != int(length):
        raise _bad_range("Content-Range, Content-Length and the total do not fit")
    if chunk.end < session.size_bytes and size % CHUNK_UNIT_BYTES:
        raise _bad_range("every chunk but the last must be a multiple of 262144 bytes")
    return chunk


def _bad_range(message: str) -> RefusedError:
    return RefusedError(400, "badContentRange", message)


def _incomplete(received: int) -> Response:
    return Response(
        status_code=308, headers={"Range": f"bytes=0-{received - 1}"} if received else None
    )


async def _finished(request: Request, session: Session, created: bool = False) -> Response:
    video = await run_in_threadpool(store_of(request).finish, session)
    resource = video_resource(video, _UPLOAD, moment_of(request))
    return JSONResponse(resource, status_code=201 if created else 200)
