"""Reading, correcting and listing: the methods beside the upload."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ytempire_assets.sandbox.store import SandboxStore, first_words
from ytempire_assets.sandbox.video_resources import iso_duration
from ytempire_assets_tests.publishing.studio import make_video
from ytempire_assets_tests.sandbox.wire import Wire, reason, related, resource

PUBLIC = resource(status_privacyStatus="public", status_publishAt=None)
PRIVATE = resource(status_publishAt=None)
CUE = "1\n00:00:00,000 --> 00:00:01,000\nDid you know 7 things\nabout it?\n\n2\n"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "PT0S"), (36.5, "PT36S"), (60, "PT1M"), (3725, "PT1H2M5S"), (90_000, "PT25H")],
)
def test_durations_as_iso_8601(seconds: float, text: str) -> None:
    assert iso_duration(seconds) == text


def test_the_owner_is_told_everything(wire: Wire, tmp_path: Path) -> None:
    video_id = wire.upload(make_video(tmp_path / "v.mp4", seconds=75.2).read_bytes(), PRIVATE)
    parts = "id,snippet,status,contentDetails,fileDetails,processingDetails,statistics"

    def seen() -> dict[str, dict[str, object]]:
        items = wire.get("youtube/v3/videos", id=video_id, part=parts).json()["items"]
        found: dict[str, dict[str, object]] = items[0]
        return found

    first = seen()
    assert first["contentDetails"]["duration"] == "PT1M15S"
    assert first["contentDetails"]["caption"] == "false"
    assert first["processingDetails"]["processingStatus"] == "succeeded"
    wire.add_captions(video_id, CUE)
    assert seen()["contentDetails"]["caption"] == "true"
    wire.control(faults="processing-s=60")
    assert seen()["status"]["uploadStatus"] == "uploaded"
    assert seen()["processingDetails"]["processingStatus"] == "processing"
    assert seen()["contentDetails"]["duration"] == "P0D"
    wire.control(clock_offset_s=61)
    assert seen()["status"]["uploadStatus"] == "processed"
    assert seen()["processingDetails"]["processingStatus"] == "succeeded"


def test_an_update_replaces_the_parts_that_it_names(wire: Wire) -> None:
    video_id = wire.upload(b"mpeg", PRIVATE)

    def update(part: str, body: dict[str, object]) -> dict[str, dict[str, object]]:
        answer = wire.call("PUT", "youtube/v3/videos", {"id": video_id, **body}, part=part)
        assert answer.status_code == 200, answer.text
        found: dict[str, dict[str, object]] = answer.json()
        return found

    snippet = {"title": "Another title", "categoryId": "22"}
    changed = update("snippet", {"snippet": snippet})
    assert "status" not in changed
    assert changed["snippet"]["title"] == "Another title"
    assert changed["snippet"]["description"] == ""  # what is left out is deleted
    both = wire.get("youtube/v3/videos", id=video_id, part="snippet,status").json()["items"][0]
    assert both["snippet"]["tags"] == []
    assert both["status"]["privacyStatus"] == "private"
    planned = update("status", resource(status_publishAt="2999-01-01T00:00:00Z"))
    assert planned["status"]["publishAt"] == "2999-01-01T00:00:00Z"
    public = update("status", PUBLIC)
    assert public["status"]["privacyStatus"] == "public"
    private = update("status", PRIVATE)
    assert private["status"]["privacyStatus"] == "private"
    # It has been public: nothing can be planned for it any more.
    again = {"id": video_id, **resource()}
    answer = wire.call("PUT", "youtube/v3/videos", again, part="status")
    assert reason(answer) == (400, "invalidPublishAt")


def test_an_update_makes_a_video_public_from_then_on(wire: Wire, shelf: SandboxStore) -> None:
    wire.control(clock_offset_s=-86_400)
    video_id = wire.upload(b"mpeg", PRIVATE)
    wire.control(clock_offset_s=0)
    wire.call("PUT", "youtube/v3/videos", {"id": video_id, **PUBLIC}, part="status")
    video = shelf.video(video_id)
    assert video is not None
    assert video.public_at is not None
    assert 86_000 < (video.public_at - video.uploaded_at).total_seconds() < 87_000


@pytest.mark.parametrize(
    ("body", "part", "expected"),
    [
        ({}, "status", (400, "badRequest")),
        ({"id": "nothing", **PRIVATE}, "status", (404, "videoNotFound")),
        ({"id": "own"}, "status", (400, "invalidVideoMetadata")),
        ({"id": "own", "snippet": {"title": "x"}}, "snippet", (400, "invalidCategoryId")),
        ({"id": "own", **resource(snippet_title="<")}, "snippet", (400, "invalidTitle")),
        ({"id": "own", **PRIVATE}, "fileDetails", (400, "invalidPart")),
        ({"id": "own", **PRIVATE}, "", (400, "missingRequiredParameter")),
        ([], "status", (400, "badRequest")),
    ],
)
def test_updates_that_are_refused(
    wire: Wire, body: dict[str, object], part: str, expected: tuple[int, str]
) -> None:
    video_id = wire.upload(b"mpeg", PRIVATE)
    if isinstance(body, dict) and body.get("id") == "own":
        body = {**body, "id": video_id}
    assert reason(wire.call("PUT", "youtube/v3/videos", body, part=part)) == expected


def test_stats_of_many_videos(wire: Wire) -> None:
    ids = [wire.upload(b"mpeg" + bytes([number]), PUBLIC) for number in range(3)]
    wire.control(clock_offset_s=86_400)
    wire.log_in()  # the token of yesterday has expired
    body = wire.get(
        "youtube/v3/videos:batchGetStats", id=",".join(ids), part="statistics,snippet"
    ).json()
    assert body["simulated"] is True
    assert [item["id"] for item in body["items"]] == ids
    assert all(int(item["statistics"]["viewCount"]) > 0 for item in body["items"])
    plain = wire.get("youtube/v3/videos:batchGetStats", id=ids[0], part="contentDetails").json()
    assert "simulated" not in plain
    for query in ({"part": "statistics"}, {"part": "statistics", "id": ",".join(["x"] * 51)}):
        answer = wire.get("youtube/v3/videos:batchGetStats", **query)
        assert reason(answer) == (400, "invalidFilters")


def put_in(wire: Wire, playlist: object, video: object, **more: object) -> tuple[int, str]:
    """Status and either the item's id or the reason of the refusal."""
    target = {"kind": "youtube#video", "videoId": video}
    snippet = {"playlistId": playlist, "resourceId": target, **more}
    answer = wire.call("POST", "youtube/v3/playlistItems", {"snippet": snippet}, part="snippet")
    return (200, answer.json()["id"]) if answer.status_code == 200 else reason(answer)


def test_a_playlist_is_filled_listed_and_emptied(wire: Wire, join: Callable[[str], Wire]) -> None:
    ids = [wire.upload(b"mpeg" + bytes([number]), PRIVATE) for number in range(3)]
    items = [put_in(wire, "PLorbit", video_id)[1] for video_id in (*ids, ids[0])]
    query = {"part": "snippet,contentDetails,status", "playlistId": "PLorbit"}
    seen: list[tuple[str, int]] = []
    page: dict[str, str] = {}
    while True:
        body = wire.get("youtube/v3/playlistItems", **query, maxResults="3", **page).json()
        assert body["pageInfo"]["totalResults"] == 4
        seen += [
            (item["contentDetails"]["videoId"], item["snippet"]["position"])
            for item in body["items"]
        ]
        if "nextPageToken" not in body:
            break
        page = {"pageToken": body["nextPageToken"]}
    assert seen == [(ids[0], 0), (ids[1], 1), (ids[2], 2), (ids[0], 3)]
    only = wire.get("youtube/v3/playlistItems", **query, videoId=ids[1]).json()["items"]
    assert [item["id"] for item in only] == [items[1]]
    gone = wire.call("DELETE", "youtube/v3/playlistItems", id=items[1])
    assert (gone.status_code, gone.content) == (204, b"")
    again = wire.call("DELETE", "youtube/v3/playlistItems", id=items[1])
    assert reason(again) == (404, "playlistItemNotFound")
    assert wire.get("youtube/v3/playlistItems", **query, videoId=ids[1]).json()["items"] == []
    reef = join("reef")
    own = reef.upload(b"reef", PRIVATE)
    other = (403, "playlistItemsNotAccessible")
    assert put_in(reef, "PLorbit", own) == other
    assert reason(reef.get("youtube/v3/playlistItems", **query)) == other
    assert reason(reef.call("DELETE", "youtube/v3/playlistItems", id=items[0])) == other
    assert put_in(reef, "PLreef", ids[0]) == (404, "videoNotFound")  # private, another's


def test_playlist_items_that_are_refused(wire: Wire) -> None:
    video_id = wire.upload(b"mpeg")
    assert put_in(wire, "PLxyz", "nothing") == (404, "videoNotFound")
    assert put_in(wire, "x", video_id) == (404, "playlistNotFound")
    assert put_in(wire, None, video_id) == (400, "playlistIdRequired")
    assert put_in(wire, "PLxyz", 7) == (400, "resourceIdRequired")
    assert put_in(wire, "PLxyz", video_id, resourceId=[]) == (400, "resourceIdRequired")
    assert put_in(wire, "PLxyz", video_id, position=0) == (400, "manualSortRequired")


def test_search(wire: Wire, join: Callable[[str], Wire]) -> None:
    found = wire.upload(b"a", {**PUBLIC, "snippet": {"title": "Deep sea", "categoryId": "27"}})
    hidden = wire.upload(b"bb", {**PRIVATE, "snippet": {"title": "Sea ice", "categoryId": "27"}})

    def ids(asker: Wire, **query: str) -> list[str]:
        body = asker.get("youtube/v3/search", part="snippet", type="video", **query).json()
        return [item["id"]["videoId"] for item in body["items"]]

    assert ids(wire, q="SEA") == [found]
    assert ids(wire, q="sea", forMine="true") == [hidden, found]
    assert ids(join("reef"), q="deep sea") == [found]
    assert ids(wire, q="nothing like it") == []
    wrong = wire.get("youtube/v3/search", part="snippet", forMine="true")
    assert reason(wrong) == (400, "invalidSearchFilter")


def test_captions_are_replaced_and_their_first_words_kept(wire: Wire, shelf: SandboxStore) -> None:
    video_id = wire.upload(b"mpeg")
    track = wire.add_captions(video_id, CUE).json()["id"]
    assert shelf.videos([video_id])[0].hook == "Did you know 7 things about it?"
    body, kind = related({"id": track}, CUE.replace("Did you", "Do you"))

    def update(data: bytes) -> tuple[int, str]:
        answer = wire.session.put(
            f"{wire.url}/upload/youtube/v3/captions?uploadType=multipart&part=id",
            data=data,
            headers={**wire.headers, **kind},
            timeout=10,
        )
        return (200, answer.json()["id"]) if answer.status_code == 200 else reason(answer)

    assert update(body) == (200, track)
    assert shelf.videos([video_id])[0].hook == "Do you know 7 things about it?"
    assert "Do you" in shelf.captions_text(shelf.captions(video_id)[0])
    assert update(related({"id": "none"}, CUE)[0]) == (404, "captionNotFound")
    assert update(related({"id": track}, "no cue")[0]) == (400, "invalidMetadata")


def test_first_words() -> None:
    assert first_words(b"") == ""
    assert first_words(b"1\r\n00:00 --> 00:01\r\n a  b \r\n\r\nc") == "a b"
    long = " ".join(map(str, range(40)))
    assert first_words(f"1\n0 --> 1\n{long}".encode()).split()[-1] == "11"
