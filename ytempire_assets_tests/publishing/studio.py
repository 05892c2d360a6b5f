"""Material for the tests of publishing: small real files, plans, packages and clients."""

from __future__ import annotations

import hashlib
import struct
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import requests
from google.oauth2.credentials import Credentials

from ytempire_assets.publishing.endpoints import Endpoints, local_endpoints
from ytempire_assets.publishing.package import Package
from ytempire_assets.publishing.publication import PublicationPlan
from ytempire_assets.publishing.quota import Meter
from ytempire_assets.publishing.youtube import YouTubeClient
from ytempire_assets_tests.discovery_documents import check_request

KIB = 1024
UNIT = 256 * KIB
DAY = date(2026, 11, 19)
PUBLIC_AT = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 50 + b"\xff\xd9"
TOKEN = "sandbox-test"
SRT = "1\r\n00:00:00,000 --> 00:00:01,500\r\nTardigrades — naïve & <brave>\r\n".encode()


def make_video(path: Path, size_bytes: int = 3 * UNIT + 1000, seconds: float = 36.5) -> Path:
    """A file of exactly this size whose movie header says how long it plays."""
    header = struct.pack(">4xIIII80x", 0, 0, 1000, round(seconds * 1000))
    movie = _box(b"moov", _box(b"mvhd", header))
    start = _box(b"ftyp", b"isom\0\0\2\0isomiso2mp41") + movie
    fill = hashlib.shake_128(path.name.encode()).digest(size_bytes - len(start) - 8)
    path.write_bytes(start + _box(b"mdat", fill))
    return path


def make_plan(file: Path, video_id: str = "orbit-20261119-1", **changes: object) -> PublicationPlan:
    values: dict[str, object] = {
        "video_id": video_id,
        "platform": "sandbox",
        "channel": "orbit",
        "topic_id": "tardigrades",
        "day": DAY,
        "content": f"{hashlib.sha256(file.read_bytes()).hexdigest()}.mp4",
        "size_bytes": file.stat().st_size,
        "publish_at": PUBLIC_AT,
        "needs_approval": False,
    }
    return PublicationPlan(**{**values, **changes})  # type: ignore[arg-type]


def make_package(file: Path, **changes: object) -> Package:
    values: dict[str, object] = {
        "file": file,
        "title": "How a tardigrade survives ten days in open space",
        "description": "They dry out.\n\nSources:\n- https://example.org/a?b=1&c=2\n\n#Space",
        "tags": ("space", "open space"),
        "category": "science",
        "language": "en",
        "made_for_kids": False,
        "synthetic_media": True,
        "thumbnail": JPEG,
        "captions_srt": SRT,
    }
    return Package(**{**values, **changes})  # type: ignore[arg-type]


def endpoints_at(url: str) -> Endpoints:
    return local_endpoints(url, "http://127.0.0.1:8765", "start it with: ytempire sandbox serve")


def make_client(
    url: str,
    *,
    sleep: Callable[[float], None] = lambda _seconds: None,
    refresh_token: str = TOKEN,
    chunk_bytes: int = UNIT,
    meter: Meter | None = None,
    clock: Callable[[], float] = time.time,
) -> YouTubeClient:
    endpoints = endpoints_at(url)
    credentials = credentials_for(endpoints, refresh_token)
    client = YouTubeClient(
        endpoints, credentials, sleep=sleep, chunk_bytes=chunk_bytes, meter=meter, clock=clock
    )
    client._transport._session.hooks["response"].append(_conforming)
    return client


def _conforming(answer: requests.Response, **_: object) -> None:
    """Every request that a test makes fits Google's discovery documents."""
    asked = answer.request
    if "/v3/" not in (asked.url or ""):
        return  # a made-up server's session, or reports
    problems = check_request(asked.method or "", asked.url or "", asked.headers, asked.body)
    assert not problems, problems


def credentials_for(endpoints: Endpoints, refresh_token: str = TOKEN) -> Credentials:
    return Credentials(
        token=None,
        refresh_token=refresh_token,
        token_uri=endpoints.token,
        client_id="sandbox",
        client_secret="sandbox",
    )


def ignore(_share: float) -> None:
    """A progress report that nobody reads."""


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content
