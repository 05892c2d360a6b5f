"""The pages show what was uploaded, say that the audience is simulated, and run nobody's code."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
import requests

from ytempire_assets.sandbox.pages import PER_PAGE, web_vtt
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.publishing.studio import make_client
from ytempire_assets_tests.sandbox.wire import Wire, resource

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "&lt;b&gt; &amp; javascript:alert(1)",
    "‮rtl \U0001f600 \x00 \x1b[31m",
    "</title></style></video><svg/onload=alert(1)>",
]
ALLOWED = {
    "html", "head", "meta", "title", "link", "body", "header", "a", "span", "em", "p", "strong",
    "main", "h1", "h2", "ul", "li", "div", "img", "br", "article", "video", "source", "track",
    "section", "dl", "dt", "dd", "code",
}  # fmt: skip


class Tags(HTMLParser):
    """Collects the tags, the attributes and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def put_on_shelf(shelf: SandboxStore, title: str, description: str, name: str = "v.mp4") -> str:
    """Stores a video past the checks of the upload: pages must hold whatever is there."""
    body = resource(snippet_title=title, snippet_description=description, snippet_tags=[title])
    session = shelf.open_session(body, name, 4)
    with shelf.writing(session) as file:
        assert file is not None
        file.write(b"mpeg")
    return shelf.finish(session).id


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_texts(wire: Wire, shelf: SandboxStore, text: str) -> None:
    video_id = put_on_shelf(shelf, text, f"{text}\nhttps://example.org/{text}", f"{text}.mp4")
    shelf.add_captions(video_id, "en", text, b"1\n00:00:00,000 --> 00:00:01,000\nhi\n")
    for page in (wire.get("").text, wire.get("watch", v=video_id).text):
        seen = Tags(page)
        assert seen.tags <= ALLOWED
        assert not {name for name in seen.attributes if name.startswith("on")}
        assert all(re.match(r"/|https://example\.org/", link) for link in seen.links)
        assert text.replace("\x00", "\ufffd") in seen.text.replace("\x00", "\ufffd")


def test_every_page_says_what_it_is_and_forbids_scripts(wire: Wire, shelf: SandboxStore) -> None:
    video_id = put_on_shelf(shelf, "A title", "One.\nTwo.")
    for answer in (wire.get(""), wire.get("watch", v=video_id), wire.get("watch", v="nothing")):
        assert "Local sandbox." in answer.text
        assert "every number is simulated" in answer.text
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert wire.get("watch", v="nothing").status_code == 404
    assert "simulated views" in wire.get("").text
    watch = wire.get("watch", v=video_id).text
    assert "Simulated audience" in watch
    assert "One.\nTwo." in watch  # white-space: pre-line shows the break
    assert "pre-line" in wire.get("style.css").text


def test_an_empty_sandbox_says_what_to_do(wire: Wire) -> None:
    assert "ytempire demo" in wire.get("").text


def test_older_videos_are_a_page_away(wire: Wire, shelf: SandboxStore) -> None:
    for number in range(PER_PAGE + 2):
        put_on_shelf(shelf, f"Number {number}.", "", f"{number}.mp4")
    first = wire.get("").text
    assert "Number 25." in first
    assert "Number 1." not in first
    older = re.search(r'href="/(\?before=\d+)"', first)
    assert older is not None
    second = wire.get(older.group(1)).text
    assert "Number 1." in second
    assert "Number 25." not in second
    assert wire.get("?before=x").status_code == 200


def test_players_can_seek(wire: Wire) -> None:
    video_id = wire.upload(b"0123456789")
    answer = requests.get(
        f"{wire.url}/video/{video_id}.mp4", headers={"Range": "bytes=2-5"}, timeout=10
    )
    assert (answer.status_code, answer.content) == (206, b"2345")
    assert answer.headers["Content-Range"] == "bytes 2-5/10"
    assert answer.headers["Content-Type"] == "video/mp4"


@pytest.mark.parametrize(
    "path",
    [
        "video/nothing.mp4",
        "video/..%2f..%2fsandbox.db.mp4",
        "thumbnail/nothing",
        "thumbnail/..%2fsandbox.db",
        "captions/nothing/0.vtt",
        "captions/x/99999.vtt",
        "sandbox.db",
    ],
)
def test_nothing_else_is_served(wire: Wire, path: str) -> None:
    assert wire.get(path).status_code == 404


def test_captions_play_as_web_vtt(wire: Wire) -> None:
    video_id = wire.upload(b"mpeg")
    srt = "\ufeff1\r\n00:00:00,000 --> 00:00:01,500\r\nwell, 1,500 – naïve\r\n".encode()
    with make_client(wire.url) as client:
        client.insert_captions(video_id, srt, "en", "")
    answer = wire.get(f"captions/{video_id}/0.vtt")
    assert answer.headers["Content-Type"].startswith("text/vtt")
    assert answer.content.decode().startswith(
        "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.500\nwell, 1,500 – naïve\n"
    )
    assert (
        f'<track kind="captions" src="/captions/{video_id}/0.vtt"'
        in wire.get("watch", v=video_id).text
    )
    assert web_vtt("") == "WEBVTT\n\n"


def test_pages_answer_to_this_machine_only(wire: Wire) -> None:
    answer = requests.get(wire.url, headers={"Host": "evil.example"}, timeout=10)
    assert answer.status_code == 400
    named = wire.url.replace("127.0.0.1", "localhost").removeprefix("http://")
    assert requests.get(wire.url, headers={"Host": named}, timeout=10).status_code == 200
