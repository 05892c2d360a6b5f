"""The protocol spoken by hand, so that the server is tested without our own client."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

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
    """Requests to a sandbox with a token."""

    url: str
    session: requests.Session
    headers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": "sandbox-test"}
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


def reason(answer: requests.Response) -> tuple[int, str]:
    """Status and YouTube's reason of a refusal."""
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    assert error["message"] == error["errors"][0]["message"]
    return answer.status_code, error["errors"][0]["reason"]
