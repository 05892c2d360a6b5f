"""Each channel of the sandbox sees what is its own; older folders are taken over."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from ytempire_assets.sandbox.accounts import DEFAULT, named
from ytempire_assets.sandbox.server import SandboxServer
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.sandbox.wire import UNIT, Wire, reason, related, resource

Join = Callable[[str], Wire]
JPEG = b"\xff\xd8\xff\xe0picture"
CUE = "1\n00:00:00,000 --> 00:00:01,000\nhello\n"
OLD_TABLES = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE sessions (
    id TEXT PRIMARY KEY, resource TEXT NOT NULL, file_name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL, received_bytes INTEGER NOT NULL DEFAULT 0,
    video_id TEXT UNIQUE, started_at TEXT NOT NULL) STRICT;
CREATE TABLE videos (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, resource TEXT NOT NULL,
    file_name TEXT NOT NULL, size_bytes INTEGER NOT NULL, duration_s REAL,
    uploaded_at TEXT NOT NULL, thumbnail TEXT) STRICT;
CREATE TABLE captions (
    id TEXT PRIMARY KEY, video_id TEXT NOT NULL REFERENCES videos (id), language TEXT NOT NULL,
    name TEXT NOT NULL, added_at TEXT NOT NULL, UNIQUE (video_id, language, name)) STRICT;
"""


def test_a_channel_has_the_same_id_everywhere() -> None:
    assert named("orbit") == named("orbit")
    assert named("orbit").id != named("reef").id
    assert named("orbit").id.startswith("UC")
    assert len(named("orbit").id) == 24
    assert named("orbit").title == "orbit"


@pytest.mark.parametrize(
    ("token", "description"),
    [
        ("sandbox.orbit.revoked", "Token has been expired or revoked."),
        ("sandbox.orbit.revoked-7", "Token has been expired or revoked."),
        ("sandbox.orbit", "Bad Request: this is no sandbox token"),
        ("sandbox.Orbit.x", "Bad Request: this is no sandbox token"),
        ("sandbox..x", "Bad Request: this is no sandbox token"),
        ("", "Bad Request: this is no sandbox token"),
    ],
)
def test_tokens_that_are_not_taken(server: SandboxServer, token: str, description: str) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    answer = requests.post(f"{server.url}/token", data=form, timeout=10)
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_grant", "error_description": description}


def test_a_token_of_one_channel_is_none_of_another(join: Join) -> None:
    orbit = join("orbit")
    orbit.headers["Authorization"] = orbit.headers["Authorization"].replace(
        named("orbit").id, named("reef").id
    )
    answer = orbit.get("youtube/v3/channels", part="id", mine="true")
    assert reason(answer) == (401, "authError")
    orbit.headers["Authorization"] = "Bearer sandbox.\xe9.\xe9"
    answer = orbit.get("youtube/v3/channels", part="id", mine="true")
    assert reason(answer) == (401, "authError")


def test_each_channel_sees_its_own(wire: Wire, join: Join, shelf: SandboxStore) -> None:
    orbit, reef = join("orbit"), join("reef")
    private = resource(status_publishAt=None)
    mine = {one.refresh_token: one.upload(b"mpeg", private) for one in (wire, orbit, reef)}
    assert len(set(mine.values())) == 3
    for one, account in ((wire, DEFAULT), (orbit, named("orbit")), (reef, named("reef"))):
        video_id = mine[one.refresh_token]
        (channel,) = one.get(
            "youtube/v3/channels", part="id,snippet,contentDetails,statistics", mine="true"
        ).json()["items"]
        assert (channel["id"], channel["snippet"]["title"]) == (account.id, account.title)
        assert channel["statistics"]["videoCount"] == "1"
        uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
        page = one.get("youtube/v3/playlistItems", part="contentDetails", playlistId=uploads).json()
        assert [item["contentDetails"]["videoId"] for item in page["items"]] == [video_id]
        every = ",".join(mine.values())
        found = one.get("youtube/v3/videos", part="snippet,fileDetails", id=every).json()["items"]
        assert [item["snippet"]["channelId"] for item in found] == [account.id]
    assert [video.channel_title for video in shelf.page(9)] == ["reef", "orbit", "Local sandbox"]
    both = f"{named('reef').id},{named('orbit').id},UCnobody"
    named_ones = orbit.get("youtube/v3/channels", part="snippet", id=both).json()["items"]
    assert [item["snippet"]["title"] for item in named_ones] == ["reef", "orbit"]
    other = orbit.get("youtube/v3/playlistItems", part="id", playlistId=named("reef").uploads_id)
    assert reason(other) == (403, "playlistItemsNotAccessible")
    neither = orbit.get("youtube/v3/channels", part="id")
    assert reason(neither) == (400, "missingRequiredParameter")


def test_what_is_public_is_seen_by_all_but_its_file_is_not(join: Join) -> None:
    orbit, reef = join("orbit"), join("reef")
    public = resource(status_publishAt=None, status_privacyStatus="public")
    video_id = orbit.upload(b"mpeg", public)
    query = {"id": video_id, "part": "snippet,statistics,status"}
    assert reef.get("youtube/v3/videos", **query).json()["items"][0]["id"] == video_id
    for part in ("fileDetails", "processingDetails", "snippet,fileDetails"):
        answer = reef.get("youtube/v3/videos", id=video_id, part=part)
        assert reason(answer) == (403, "forbidden")


def test_nothing_of_another_channel_can_be_changed(join: Join) -> None:
    orbit, reef = join("orbit"), join("reef")
    video_id = orbit.upload(b"mpeg", resource(status_publishAt="2020-01-01T00:00:00Z"))
    session = orbit.start(resource(), 2 * UNIT).headers["Location"]
    track = orbit.add_captions(video_id, CUE).json()["id"]
    picture = reef.post("upload/youtube/v3/thumbnails/set", JPEG, videoId=video_id)
    changed, kind = related({"id": track}, CUE)
    answers = [
        picture,
        reef.add_captions(video_id, CUE),
        reef.get("youtube/v3/captions", part="snippet", videoId=video_id),
        reef.call("PUT", "youtube/v3/videos", {**resource(), "id": video_id}, part="status"),
        reef.put(session, b"x" * UNIT, f"bytes 0-{UNIT - 1}/{2 * UNIT}"),
        reef.put(session, b"", f"bytes */{2 * UNIT}"),
        reef.session.delete(session, headers=reef.headers, timeout=10),
        reef.session.put(
            f"{reef.url}/upload/youtube/v3/captions?uploadType=multipart&part=id",
            data=changed,
            headers={**reef.headers, **kind},
            timeout=10,
        ),
    ]
    assert [reason(answer) for answer in answers] == [(403, "forbidden")] * len(answers)
    query = {
        "ids": "channel==MINE",
        "dimensions": "video",
        "startDate": "2020-01-01",
        "endDate": "2020-02-01",
        "metrics": "views",
    }
    assert len(orbit.get("v2/reports", **query).json()["rows"]) == 1
    assert reef.get("v2/reports", **query).json()["rows"] == []
    assert reef.get("v2/reports", **query, filters=f"video=={video_id}").json()["rows"] == []


def test_pages_show_whose_a_video_is(wire: Wire, join: Join) -> None:
    video_id = join("orbit").upload(b"mpeg")
    assert "orbit" in wire.get("").text
    assert "orbit" in wire.get("watch", v=video_id).text


def test_an_older_folder_is_taken_over(folder: Path) -> None:
    (folder / "incoming").mkdir(parents=True)
    (folder / "videos").mkdir()
    (folder / "incoming" / "begun").write_bytes(b"mpeg")
    (folder / "videos" / "AAAAAAAAAAA.mp4").write_bytes(b"mpeg")
    at = "2026-11-01T12:00:00.000+00:00"
    with contextlib.closing(sqlite3.connect(folder / "sandbox.db")) as old:
        old.executescript(OLD_TABLES)
        old.execute("INSERT INTO settings VALUES ('key', 'secret')")
        body = json.dumps(resource())
        old.execute("INSERT INTO sessions VALUES ('begun', ?, 'b.mp4', 8, 4, NULL, ?)", (body, at))
        old.execute(
            "INSERT INTO videos VALUES (7, 'AAAAAAAAAAA', ?, 'a.mp4', 4, 2.5, ?, NULL)", (body, at)
        )
        old.commit()
    for _ in range(2):  # the second time there is nothing left to do
        with contextlib.closing(SandboxStore(folder)) as store:
            (video,) = store.page(9)
            assert (video.id, video.number, video.channel_id) == ("AAAAAAAAAAA", 7, DEFAULT.id)
            assert (video.channel_title, video.look, video.hook) == (DEFAULT.title, None, "")
            assert store.key == b"secret"
    with SandboxServer(folder) as server, requests.Session() as session:
        wire = Wire(server.url, session)
        url = f"{server.url}/upload/youtube/v3/videos?upload_id=begun"
        assert wire.put(url, b"", "bytes */8").headers["Range"] == "bytes=0-3"
        assert wire.put(url, b"more", "bytes 4-7/8").status_code == 201
        items = wire.get("youtube/v3/playlistItems", part="id", playlistId=DEFAULT.uploads_id)
        assert items.json()["pageInfo"]["totalResults"] == 2
