"""The sandbox answers as YouTube documents it, also to what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from ytempire_assets.sandbox.accounts import DEFAULT
from ytempire_assets.sandbox.server import SandboxServer
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.sandbox.wire import UNIT, Wire, reason, resource

JPEG = b"\xff\xd8\xff\xe0picture"


def test_a_resumable_upload_in_chunks(wire: Wire, shelf: SandboxStore) -> None:
    data = bytes(range(256)) * (UNIT // 128) + b"the end"
    total = len(data)
    session = wire.start(resource(), total, "clip%20one.mp4").headers["Location"]
    assert wire.put(session, b"", f"bytes */{total}").headers.get("Range") is None

    answer = wire.put(session, data[:UNIT], f"bytes 0-{UNIT - 1}/{total}")
    assert (answer.status_code, answer.headers["Range"]) == (308, f"bytes=0-{UNIT - 1}")
    assert answer.content == b""
    asked = wire.put(session, b"", f"bytes */{total}")
    assert (asked.status_code, asked.headers["Range"]) == (308, f"bytes=0-{UNIT - 1}")

    done = wire.put(session, data[UNIT:], f"bytes {UNIT}-{total - 1}/{total}")
    assert done.status_code == 201
    video = done.json()
    assert video["fileDetails"] | {"durationMs": "0"} == {
        "fileName": "clip one.mp4",
        "fileSize": str(total),
        "fileType": "video",
        "container": "mp4",
        "durationMs": "0",
    }
    assert shelf.video_file(video["id"]).read_bytes() == data
    # Asked again, or sent again: the same video.
    for again in (
        wire.put(session, b"", f"bytes */{total}"),
        wire.put(session, data[UNIT:], f"bytes {UNIT}-{total - 1}/{total}"),
    ):
        assert (again.status_code, again.json()["id"]) == (200, video["id"])
    assert shelf.count() == 1


@pytest.mark.parametrize(
    ("size", "content_range"),
    [
        (UNIT - 1, f"bytes 0-{UNIT - 2}/{{total}}"),  # no multiple of 256 KiB
        (UNIT, f"bytes {UNIT}-{2 * UNIT - 1}/{{total}}"),  # a gap
        (UNIT, f"bytes 0-{UNIT - 1}/9999999"),  # another total
        (UNIT, f"bytes 0-{UNIT}/{{total}}"),  # longer than the body
        (UNIT, f"bytes {UNIT}-0/{{total}}"),
        (UNIT, "bytes 0-x/{total}"),
        (UNIT, "octets 0-1/{total}"),
        (3 * UNIT + 11, f"bytes 0-{3 * UNIT + 10}/{{total}}"),  # longer than the file
        (5, "bytes */{total}"),  # a question with a body
    ],
)
def test_wrong_chunks_are_refused_and_change_nothing(
    wire: Wire, size: int, content_range: str
) -> None:
    total = 3 * UNIT + 10
    session = wire.start(resource(), total).headers["Location"]
    answer = wire.put(session, b"x" * size, content_range.format(total=total))
    assert reason(answer) == (400, "badContentRange")
    assert "Range" not in wire.put(session, b"", f"bytes */{total}").headers


def test_a_session_has_one_writer_at_a_time(wire: Wire, shelf: SandboxStore) -> None:
    url = wire.start(resource(), 4).headers["Location"]
    session = shelf.session(url.rpartition("=")[2])
    assert session is not None
    with shelf.writing(session) as file:
        assert file is not None
        assert reason(wire.put(url, b"mpeg", None)) == (503, "backendError")
    assert wire.put(url, b"mpeg", None).status_code == 201


def test_sessions_that_are_not_known(wire: Wire) -> None:
    url = f"{wire.url}/upload/youtube/v3/videos?uploadType=resumable&upload_id=nothing"
    assert reason(wire.put(url, b"", "bytes */10")) == (404, "notFound")
    session = wire.start(resource(), 10).headers["Location"]
    gone = wire.session.delete(session, headers=wire.headers, timeout=10)
    assert gone.status_code == 499
    assert reason(wire.put(session, b"", "bytes */10")) == (404, "notFound")


def test_a_finished_upload_cannot_be_cancelled(wire: Wire, shelf: SandboxStore) -> None:
    started = wire.start(resource(), 4).headers["Location"]
    assert wire.put(started, b"mpeg", None).status_code == 201
    answer = wire.session.delete(started, headers=wire.headers, timeout=10)
    assert answer.status_code == 400
    assert shelf.count() == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (resource(snippet_title=""), "invalidTitle"),
        (resource(snippet_title="   "), "invalidTitle"),
        (resource(snippet_title="x" * 101), "invalidTitle"),
        (resource(snippet_title="a > b"), "invalidTitle"),
        (resource(snippet_title=7), "invalidTitle"),
        (resource(snippet_title=None), "invalidTitle"),
        (resource(snippet_description="é" * 2501), "invalidDescription"),
        (resource(snippet_description="<b>"), "invalidDescription"),
        (resource(snippet_tags=["x" * 501]), "invalidTags"),
        (resource(snippet_tags=["a b"] * 100), "invalidTags"),
        (resource(snippet_tags=["<"]), "invalidTags"),
        (resource(snippet_tags="text"), "invalidTags"),
        (resource(snippet_categoryId="999"), "invalidCategoryId"),
        (resource(snippet_categoryId=None), "invalidCategoryId"),
        (resource(status_privacyStatus="secret"), "invalidVideoMetadata"),
        (resource(status_privacyStatus="public"), "invalidPublishAt"),
        (resource(status_publishAt="tomorrow"), "invalidPublishAt"),
        (resource(status_publishAt="2026-11-19T17:00:00"), "invalidPublishAt"),
        (resource(status_publishAt=17), "invalidPublishAt"),
        (resource(status_selfDeclaredMadeForKids=None), "invalidVideoMetadata"),
        (resource(status_selfDeclaredMadeForKids="no"), "invalidVideoMetadata"),
        ({"snippet": {}}, "invalidTitle"),
        ({}, "invalidVideoMetadata"),
        ([], "invalidVideoMetadata"),
    ],
)
def test_metadata_that_youtube_refuses(wire: Wire, body: Any, expected: str) -> None:
    assert reason(wire.start(body, 10)) == (400, expected)


@pytest.mark.parametrize(
    "body",
    [
        resource(snippet_title="x" * 100),
        resource(snippet_description="é" * 2500),
        resource(snippet_tags=["x" * 500]),
        resource(snippet_tags=["a b"] * 83),  # quotes and commas: 83 * 5 + 82 = 497
        resource(status_privacyStatus="public", status_publishAt=None),
        resource(status_publishAt="2001-01-01T00:00:00+02:00"),
    ],
)
def test_metadata_at_the_limit_is_taken(wire: Wire, body: Any) -> None:
    assert wire.start(body, 10).status_code == 200


@pytest.mark.parametrize("size", ["0", "-1", "x", "256000000001"])
def test_sizes_that_are_refused(wire: Wire, size: str) -> None:
    answer = wire.start(resource(), 10, **{"X-Upload-Content-Length": size})
    assert reason(answer) == (400, "badRequest")


def test_every_method_wants_a_token(wire: Wire) -> None:
    session = wire.start(resource(), 4).headers["Location"]
    wire.headers["Authorization"] = "Bearer sandbox.99999999999.forged"
    for answer in (
        wire.start(resource(), 10),
        wire.put(session, b"mpeg", None),
        wire.get("youtube/v3/videos", id="x", part="snippet"),
        wire.get("youtube/v3/channels", mine="true"),
        wire.get("youtube/v3/playlistItems", playlistId=DEFAULT.uploads_id),
        wire.get("youtube/v3/captions", videoId="x"),
        wire.get("v2/reports", ids="channel==MINE"),
        wire.post("upload/youtube/v3/thumbnails/set", JPEG, videoId="x"),
        wire.post("upload/youtube/v3/captions", b"x"),
        wire.session.delete(session, headers=wire.headers, timeout=10),
    ):
        assert reason(answer) == (401, "authError")
    wire.headers["Authorization"] = "Basic x"
    assert reason(wire.start(resource(), 10)) == (401, "authError")


def test_tokens_are_given_for_sandbox_tokens_only(server: SandboxServer) -> None:
    def ask(**form: str) -> tuple[int, str]:
        answer = requests.post(f"{server.url}/token", data=form, timeout=10)
        return answer.status_code, answer.json().get("error", "")

    assert ask(grant_type="refresh_token", refresh_token="1//real") == (400, "invalid_grant")
    assert ask(grant_type="password") == (400, "unsupported_grant_type")
    assert ask(grant_type="refresh_token", refresh_token="sandbox-x") == (200, "")


def test_videos_list(wire: Wire) -> None:
    ids = [wire.upload(b"mpeg" + bytes([number])) for number in range(3)]
    assert len(set(ids)) == 3
    answer = wire.get("youtube/v3/videos", id=f"{ids[2]},nothing,{ids[0]}", part="snippet,status")
    body = answer.json()
    assert [item["id"] for item in body["items"]] == [ids[2], ids[0]]
    assert body["items"][0]["snippet"]["title"] == "A title"
    assert body["items"][0]["status"]["uploadStatus"] == "processed"
    assert "simulated" not in body
    numbers = wire.get("youtube/v3/videos", id=ids[0], part="statistics").json()
    assert numbers["simulated"] is True
    assert "no person watched" in numbers["note"]
    assert reason(wire.get("youtube/v3/videos", part="snippet")) == (400, "invalidFilters")
    assert reason(wire.get("youtube/v3/videos", id="a", part="secret")) == (400, "invalidPart")


def test_a_video_becomes_public_at_its_time(wire: Wire) -> None:
    past = wire.upload(b"past", resource(status_publishAt="2020-01-01T00:00:00Z"))
    future = wire.upload(b"next", resource(status_publishAt="2999-01-01T00:00:00Z"))
    never = wire.upload(b"hide", resource(status_publishAt=None))
    items = wire.get("youtube/v3/videos", id=f"{past},{future},{never}", part="status").json()
    states = [item["status"]["privacyStatus"] for item in items["items"]]
    assert states == ["public", "private", "private"]


def test_uploads_are_listed_newest_first_in_pages(wire: Wire) -> None:
    ids = [wire.upload(b"mpeg" + bytes([number])) for number in range(5)]
    channel = wire.get("youtube/v3/channels", part="contentDetails", mine="true").json()["items"][0]
    playlist = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    seen: list[str] = []
    page: dict[str, str] = {}
    while True:
        body = wire.get(
            "youtube/v3/playlistItems",
            playlistId=playlist,
            part="contentDetails",
            maxResults="2",
            **page,
        ).json()
        seen += [item["contentDetails"]["videoId"] for item in body["items"]]
        if len(seen) == 2:
            wire.upload(b"while somebody pages")
        if "nextPageToken" not in body:
            break
        page = {"pageToken": body["nextPageToken"]}
    assert seen == ids[::-1]
    bad = {"playlistId": playlist, "pageToken": "x", "part": "id"}
    assert reason(wire.get("youtube/v3/playlistItems", **bad)) == (400, "invalidPageToken")
    other = wire.get("youtube/v3/playlistItems", playlistId="PL", part="id")
    assert reason(other) == (404, "playlistNotFound")


def test_thumbnails(wire: Wire, shelf: SandboxStore) -> None:
    video_id = wire.upload(b"mpeg")
    path = "upload/youtube/v3/thumbnails/set"
    assert wire.post(path, JPEG, videoId=video_id).status_code == 200
    assert wire.get(f"thumbnail/{video_id}").content == JPEG
    assert wire.post(path, b"\x89PNG\r\n\x1a\nnew", videoId=video_id).status_code == 200
    assert wire.get(f"thumbnail/{video_id}").headers["Content-Type"] == "image/png"
    assert reason(wire.post(path, b"GIF89a", videoId=video_id)) == (400, "invalidImage")
    assert reason(wire.post(path, b"", videoId=video_id)) == (400, "mediaBodyRequired")
    assert reason(wire.post(path, JPEG, videoId="nothing")) == (404, "videoNotFound")


def test_captions_that_are_refused(wire: Wire) -> None:
    path = "upload/youtube/v3/captions?part=snippet"
    kind = {"Content-Type": "multipart/related; boundary=b"}
    video_id = wire.upload(b"mpeg")

    def body(snippet: str, text: str) -> bytes:
        head = '--b\r\nContent-Type: application/json\r\n\r\n{"snippet": '
        media = "--b\r\nContent-Type: application/octet-stream\r\n\r\n"
        return f"{head}{snippet}}}\r\n{media}{text}\r\n--b--\r\n".encode()

    good = f'{{"videoId": "{video_id}", "language": "en", "name": ""}}'
    cue = "1\n00:00:00,000 --> 00:00:01,000\nhello\n"
    assert wire.post(path, body(good, cue), kind).status_code == 200
    assert reason(wire.post(path, body(good, cue), kind)) == (409, "captionExists")
    assert reason(wire.post(path, body(good, "no cue"), kind)) == (400, "invalidMetadata")
    assert reason(wire.post(path, body("[]", cue), kind)) == (400, "badRequest")
    assert reason(wire.post(path, body("{}", cue), kind)) == (400, "invalidMetadata")
    assert reason(wire.post(path, b"hello", kind)) == (400, "badRequest")
    other = good.replace(video_id, "nothing")
    assert reason(wire.post(path, body(other, cue), kind)) == (404, "videoNotFound")
    (track,) = wire.get("youtube/v3/captions", part="snippet", videoId=video_id).json()["items"]
    assert track["snippet"]["language"] == "en"


def test_reports(wire: Wire) -> None:
    ids = [
        wire.upload(b"mpeg" + bytes([number]), resource(snippet_title=f"Video {number}"))
        for number in range(3)
    ]
    query = {
        "ids": "channel==MINE",
        "dimensions": "video",
        "startDate": "2026-11-19",
        "endDate": "2026-11-25",
        "metrics": "views,likes",
        "sort": "-views",
    }
    body = wire.get("v2/reports", **query).json()
    assert (body["simulated"], [h["name"] for h in body["columnHeaders"]]) == (
        True,
        ["video", "views", "likes"],
    )
    assert {row[0] for row in body["rows"]} == set(ids)
    views = [row[1] for row in body["rows"]]
    assert views == sorted(views, reverse=True)
    assert all(count > 0 for count in views)
    first = wire.get("v2/reports", **{**query, "endDate": "2026-11-19"}).json()["rows"]
    rest = wire.get("v2/reports", **{**query, "startDate": "2026-11-20"}).json()["rows"]
    days = {row[0]: row[1] for row in first}
    assert {row[0]: row[1] + days[row[0]] for row in rest} == {r[0]: r[1] for r in body["rows"]}
    for wrong in (
        {"metrics": "views,secrets"},
        {"metrics": ""},
        {"startDate": "x"},
        {"endDate": "2026-11-01"},
        {"sort": "-shares"},
        {"ids": "channel==OTHER"},
        {"maxResults": "1000"},
        {"filters": "country==US"},
        {"filters": "video==" + ",".join(["x"] * 501)},
    ):
        assert reason(wire.get("v2/reports", **{**query, **wrong})) == (400, "badRequest")
