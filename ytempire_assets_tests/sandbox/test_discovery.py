"""The checker finds what does not fit Google's documents, and the client's requests do."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from ytempire_assets_tests.discovery_documents import check_answer, check_request, find_method
from ytempire_assets_tests.publishing.studio import make_client, make_video
from ytempire_assets_tests.sandbox.wire import Wire, related, resource

JSON = {"Content-Type": "application/json; charset=UTF-8"}
DATA = "https://www.googleapis.com/youtube/v3"
UPLOAD = "https://www.googleapis.com/upload/youtube/v3"
REPORTING = "https://youtubereporting.googleapis.com/v1"


def problems(
    method: str, address: str, body: object = None, /, **query: str | list[str]
) -> list[str]:
    url = f"{address}?{urlencode(query, doseq=True)}"
    return check_request(method, url, JSON, None if body is None else json.dumps(body))


def insert(body: object, **query: str) -> list[str]:
    return problems(
        "POST",
        f"{UPLOAD}/videos",
        body,
        **{"uploadType": "resumable", "part": "snippet,status"} | query,
    )


def test_good_requests_fit() -> None:
    assert insert(resource()) == []
    assert insert(resource(), notifySubscribers="false") == []
    assert problems("GET", f"{DATA}/videos", part="snippet,status", id="a,b", maxResults="50") == []
    assert problems("GET", f"{DATA}/videos", part=["snippet", "status"], id=["a", "b"]) == []
    assert problems("GET", f"{DATA}/videos:batchGetStats", part="statistics", id="a") == []
    job = {"reportTypeId": "channel_reach_basic_a1", "name": "reach"}
    assert problems("POST", f"{REPORTING}/jobs", job) == []
    after = {"createdAfter": "2026-11-10T00:00:00Z"}
    assert problems("GET", f"{REPORTING}/jobs/x-y/reports", **after) == []
    media = f"{REPORTING}/media/jobs/x/reports/y"
    assert problems("GET", media, alt="media") == []
    session = f"{UPLOAD}/videos?uploadType=resumable&upload_id=x"
    assert check_request("PUT", session, {"Content-Range": "bytes */4"}, b"") == []
    snippet = {"videoId": "x", "language": "en", "name": "", "isDraft": False}
    body, kind = related({"snippet": snippet}, "1\n0 --> 1\nx")
    url = f"{UPLOAD}/captions?uploadType=multipart&part=snippet"
    assert check_request("POST", url, kind, body) == []
    url = f"{UPLOAD}/thumbnails/set?videoId=x&uploadType=media"
    assert check_request("POST", url, {"Content-Type": "image/jpeg"}, b"\xff") == []


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (problems("GET", f"{DATA}/vidoes", part="id"), "no document has this method"),
        (problems("PATCH", f"{DATA}/videos", part="id"), "no document has this method"),
        (problems("GET", f"{DATA}/videos", id="x"), "parameter part is missing"),
        (problems("GET", f"{DATA}/videos", part="id", ids="x"), "parameter ids is unknown"),
        (problems("GET", f"{DATA}/videos", part="stats"), "names 'stats'"),
        (problems("GET", f"{DATA}/videos", part="id", chart="hot"), "is none of"),
        (problems("GET", f"{DATA}/videos", part="id", maxResults="x"), "is no whole number"),
        (problems("GET", f"{DATA}/videos", part="id", maxResults="51"), "is not 1 to 50"),
        (problems("GET", f"{DATA}/channels", part="id", mine="yes"), "neither true nor false"),
        (problems("GET", f"{DATA}/channels", part="id", mine=["true"] * 2), "is given 2 times"),
        (
            problems("GET", f"{REPORTING}/jobs/x/reports", createdAfter="now"),
            "is no RFC 3339 time",
        ),
        (problems("GET", f"{DATA}/videos", {}, part="id"), "there must be no body"),
        (insert(resource(snippet_titel="x")), "body.snippet.titel is unknown"),
        (insert(resource(snippet_tags="x")), "body.snippet.tags is no list"),
        (insert(resource(snippet_title=7)), "body.snippet.title is int, not string"),
        (insert(resource(status_embeddable="true")), "is str, not boolean"),
        (insert(resource(status_privacyStatus="secret")), "is none of public, unlisted, private"),
        (insert(resource(status_publishAt="2026-11-19T17:00:00")), "without its zone"),
        (insert(resource(), part="snippet"), "body.status is not among the parts snippet"),
        (insert([]), "body is no object"),
        (
            check_request("POST", f"{UPLOAD}/videos?part=id", {}, b"{}"),
            "the content type is missing",
        ),
        (check_request("POST", f"{UPLOAD}/videos?part=id", JSON, b"{"), "the body is no JSON"),
    ],
)
def test_wrong_requests_are_found(found: list[str], expected: str) -> None:
    assert len(found) == 1, found
    assert expected in found[0]


def test_what_a_method_requires_or_forbids_is_found() -> None:
    body, kind = related({"snippet": {"videoId": "x"}}, "text")
    url = f"{UPLOAD}/captions?uploadType=multipart&part=snippet"
    found = check_request("POST", url, kind, body)
    assert [problem.partition(": ")[2] for problem in found] == [
        "body.snippet.language is missing",
        "body.snippet.name is missing",
    ]
    method = find_method("GET", f"{DATA}/videos:batchGetStats")
    assert method is not None
    assert method.spec["id"] == "youtube.videos.batchGetStats"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"items": [{"id": 7}]}, "answer.items[0].id is int, not string"),
        ({"items": [{"fileDetails": {"fileSize": 4}}]}, "fileSize is int, not string"),
        ({"items": [{"fileDetails": {"fileSize": "4 MB"}}]}, "is no uint64 in digits"),
        ({"videos": []}, "answer.videos is unknown"),
        ({"items": {}}, "answer.items is no list"),
        ({"items": [{"status": {"uploadStatus": "ready"}}]}, "is none of uploaded"),
        ({"pageInfo": {"totalResults": 2.5}}, "is float, not integer"),
    ],
)
def test_wrong_answers_are_found(body: object, expected: str) -> None:
    (found,) = check_answer("GET", f"{DATA}/videos?part=id&id=x", json.dumps(body))
    assert expected in found


def test_answers_that_are_none() -> None:
    url = f"{DATA}/videos?part=id&id=x"
    assert check_answer("GET", url, b"") == ["youtube.videos.list: the answer is empty"]
    assert check_answer("GET", url, b"<p>") == ["youtube.videos.list: the body is no JSON"]
    assert check_answer("DELETE", f"{DATA}/playlistItems?id=x", b"") == []
    assert check_answer("GET", url, b'{"simulated": true, "note": "x"}') == []
    assert check_answer("GET", f"{DATA}/nothing", b"{}") != []


def test_what_our_client_asks_fits(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[requests.PreparedRequest] = []
    real = requests.Session.send

    def send(
        session: requests.Session, request: requests.PreparedRequest, **options: object
    ) -> requests.Response:
        sent.append(request)
        return real(session, request, **options)  # type: ignore[arg-type]

    video_id = wire.upload(make_video(tmp_path / "v.mp4").read_bytes(), name="v.mp4")
    monkeypatch.setattr(requests.Session, "send", send)
    with make_client(wire.url) as client:
        client.find_upload("v.mp4", 7)
        client.set_thumbnail(video_id, b"\xff\xd8\xff")
        client.insert_captions(video_id, b"1\n00:00:00,000 --> 00:00:01,000\nhi\n", "en", "")
        client.video_report([video_id], date(2026, 11, 20))
    asked = [request for request in sent if "/token" not in str(request.url)]
    assert len(asked) >= 6
    for request in asked:
        body = request.body if isinstance(request.body, (bytes, str)) else None
        headers = {name: str(value) for name, value in request.headers.items()}
        assert check_request(str(request.method), str(request.url), headers, body) == []
