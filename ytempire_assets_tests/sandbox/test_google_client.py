"""Google's own client gets on with the sandbox: the protocol is not only what we think it is."""

from __future__ import annotations

import importlib
import io
from pathlib import Path
from typing import Any

import pytest
from google.oauth2.credentials import Credentials

from ytempire_assets.sandbox.server import SandboxServer
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.publishing.studio import make_video
from ytempire_assets_tests.sandbox.wire import UNIT, resource

CUE = b"1\n00:00:00,000 --> 00:00:01,000\nhello\n"


def google(server: SandboxServer, name: str, version: str) -> Any:
    """Google's client of one API, pointed at the sandbox."""
    discovery: Any = importlib.import_module("googleapiclient.discovery")
    credentials = Credentials(
        token=None,
        refresh_token="sandbox.orbit.x",
        token_uri=f"{server.url}/token",
        client_id="sandbox",
        client_secret="sandbox",
    )
    return discovery.build(
        name,
        version,
        credentials=credentials,
        static_discovery=True,
        cache_discovery=False,
        client_options={"api_endpoint": server.url},
    )


def plain(request: Any) -> Any:
    """The request without TLS: Google's client has its own idea of the scheme for uploads."""
    request.uri = request.uri.replace("https://127.0.0.1", "http://127.0.0.1")
    return request


def in_chunks(file: Path) -> Any:
    http: Any = importlib.import_module("googleapiclient.http")
    return http.MediaFileUpload(str(file), "video/mp4", chunksize=UNIT, resumable=True)


def in_memory(data: bytes, kind: str) -> Any:
    http: Any = importlib.import_module("googleapiclient.http")
    return http.MediaIoBaseUpload(io.BytesIO(data), kind)


@pytest.mark.timeout(60)
def test_googles_client_publishes(
    server: SandboxServer, shelf: SandboxStore, tmp_path: Path
) -> None:
    file = make_video(tmp_path / "v.mp4", size_bytes=3 * UNIT + 99)
    youtube = google(server, "youtube", "v3")
    request = plain(
        youtube.videos().insert(
            part="snippet,status", body=resource(status_publishAt=None), media_body=in_chunks(file)
        )
    )
    shares, done = [], None
    while done is None:
        status, done = request.next_chunk()
        if status is not None:
            shares.append(status.resumable_progress)
    video_id = done["id"]
    assert shares == [UNIT, 2 * UNIT, 3 * UNIT]
    assert shelf.video_file(video_id).read_bytes() == file.read_bytes()

    body = {"id": video_id, **resource(snippet_title="Another title", status_publishAt=None)}
    changed = youtube.videos().update(part="snippet,status", body=body).execute()
    assert changed["snippet"]["title"] == "Another title"
    picture = in_memory(b"\xff\xd8\xff", "image/jpeg")
    plain(youtube.thumbnails().set(videoId=video_id, media_body=picture)).execute()
    snippet = {"videoId": video_id, "language": "en", "name": ""}
    track = youtube.captions().insert(
        part="snippet",
        body={"snippet": snippet},
        media_body=in_memory(CUE, "application/octet-stream"),
    )
    assert plain(track).execute()["snippet"]["language"] == "en"
    target = {"kind": "youtube#video", "videoId": video_id}
    item = youtube.playlistItems().insert(
        part="snippet", body={"snippet": {"playlistId": "PLxyz", "resourceId": target}}
    )
    item_id = item.execute()["id"]
    items = youtube.playlistItems().list(part="id", playlistId="PLxyz", videoId=video_id)
    assert [one["id"] for one in items.execute()["items"]] == [item_id]
    youtube.playlistItems().delete(id=item_id).execute()
    assert items.execute()["items"] == []

    found = youtube.videos().list(part="contentDetails,processingDetails", id=video_id).execute()
    assert found["items"][0]["contentDetails"]["caption"] == "true"
    stats = youtube.videos().batchGetStats(part=["id", "statistics"], id=[video_id]).execute()
    assert stats["items"][0]["statistics"]["viewCount"] == "0"
    mine = youtube.channels().list(part="snippet", mine=True).execute()
    assert mine["items"][0]["snippet"]["title"] == "orbit"


@pytest.mark.timeout(60)
def test_googles_client_reads_reports(server: SandboxServer) -> None:
    reporting = google(server, "youtubereporting", "v1")
    wish = {"reportTypeId": "channel_reach_basic_a1", "name": "reach"}
    job = reporting.jobs().create(body=wish).execute()
    reports = reporting.jobs().reports().list(jobId=job["id"]).execute()["reports"]
    name = reports[0]["downloadUrl"].partition("/v1/media/")[2].partition("?")[0]
    table = reporting.media().download_media(resourceName=name).execute()
    assert table.startswith(b"date,channel_id,video_id,video_thumbnail_impressions,")
    analytics = google(server, "youtubeAnalytics", "v2")
    query = analytics.reports().query(
        ids="channel==MINE",
        dimensions="video",
        startDate="2026-11-01",
        endDate="2026-11-19",
        metrics="views",
    )
    assert query.execute()["rows"] == []
