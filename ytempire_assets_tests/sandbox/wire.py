"""The protocol spoken by hand, so that the server is tested without our own client."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import requests

from ytempire_assets_tests.discovery_documents import check_answer

UNIT = 256 * 1024


def resource(**changes: Any) -> dict[str, Any]:
    """A video resource that is accepted; ``snippet_title=...`` changes one field, None drops it."""
    body: dict[str, dict[str, Any]] = {
        "snippet": {
            "title": "A title",
            "description": "Words.",
            "tags": ["one"],
            "categoryId": "27",
        },
        "status": {
            "privacyStatus": "private",
            "publishAt": "2026-11-19T17:00:00Z",
            "selfDeclaredMadeForKids": False,
        },
    }
    for name, value in changes.items():
        part, _, key = name.partition("_")
        if value is None:
            body[part].pop(key, None)
        else:
            body[part][key] = value
    return body


@dataclass
class Wire:
    """Requests to a sandbox with a token; every good answer is held to Google's documents."""

    url: str
    session: requests.Session
    refresh_token: str = "sandbox-test"
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.session.hooks["response"].append(_check)
        self.log_in()

    def log_in(self) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh_token}
        answer = self.session.post(f"{self.url}/token", data=form, timeout=10)
        self.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str, **query: str) -> requests.Response:
        return self.session.get(
            f"{self.url}/{path}", params=query, headers=self.headers, timeout=10
        )

    def post(
        self, path: str, data: bytes = b"", headers: dict[str, str] | None = None, **query: str
    ) -> requests.Response:
        return self.session.post(
            f"{self.url}/{path}",
            params=query,
            data=data,
            headers={**self.headers, **(headers or {})},
            timeout=10,
        )

    def call(self, method: str, path: str, body: object = None, **query: str) -> requests.Response:
        """Any method of the Data API, with a JSON body."""
        return self.session.request(
            method, f"{self.url}/{path}", params=query, json=body, headers=self.headers, timeout=10
        )

    def control(self, **settings: object) -> dict[str, Any]:
        """What the sandbox's controls say, after these settings."""
        url, headers = f"{self.url}/sandbox/control", {"X-Sandbox-Control": "1"}
        if settings:
            answer = self.session.post(url, json=settings, headers=headers, timeout=10)
        else:
            answer = self.session.get(url, timeout=10)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def add_captions(self, video_id: str, text: str, language: str = "en") -> requests.Response:
        """Inserts a caption track."""
        snippet = {"videoId": video_id, "language": language, "name": ""}
        body, kind = related({"snippet": snippet}, text)
        path = "upload/youtube/v3/captions"
        return self.post(path, body, kind, uploadType="multipart", part="snippet")

    def start(
        self, body: object, size: int, name: str = "video.mp4", **headers: str
    ) -> requests.Response:
        return self.session.post(
            f"{self.url}/upload/youtube/v3/videos",
            params={"uploadType": "resumable", "part": "snippet,status"},
            json=body,
            headers={
                **self.headers,
                "X-Upload-Content-Length": str(size),
                "X-Upload-Content-Type": "video/mp4",
                "Slug": name,
                **headers,
            },
            timeout=10,
        )

    def put(self, session_url: str, data: bytes, content_range: str | None) -> requests.Response:
        headers = dict(self.headers)
        if content_range is not None:
            headers["Content-Range"] = content_range
        return self.session.put(session_url, data=data, headers=headers, timeout=10)

    def upload(self, data: bytes, body: object = None, name: str = "video.mp4") -> str:
        """Uploads in one piece and returns the video's id."""
        started = self.start(body or resource(), len(data), name)
        assert started.status_code == 200, started.text
        done = self.put(started.headers["Location"], data, None)
        assert done.status_code == 201, done.text
        return str(done.json()["id"])


def related(resource: object, text: str) -> tuple[bytes, dict[str, str]]:
    """A multipart/related body of a resource and a file, and its header."""
    head = f"--b\r\nContent-Type: application/json\r\n\r\n{json.dumps(resource)}\r\n"
    media = f"--b\r\nContent-Type: application/octet-stream\r\n\r\n{text}\r\n--b--\r\n"
    return f"{head}{media}".encode(), {"Content-Type": "multipart/related; boundary=b"}


def _check(answer: requests.Response, **_options: object) -> None:
    path = str(answer.request.path_url)
    html = answer.headers.get("Content-Type", "").startswith("text/html")
    if not path.startswith(("/youtube/", "/upload/", "/v1/", "/v2/")) or html:
        return
    if answer.status_code in (200, 201, 204):
        assert check_answer(str(answer.request.method), answer.url, answer.content) == []


def reason(answer: requests.Response) -> tuple[int, str]:
    """Status and YouTube's reason of a refusal."""
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    assert error["message"] == error["errors"][0]["message"]
    return answer.status_code, error["errors"][0]["reason"]
