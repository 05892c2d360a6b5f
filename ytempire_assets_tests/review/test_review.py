"""The review desk over HTTP: what it shows, what a decision does, and what it refuses."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
import requests

from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets_tests.publishing.studio import JPEG
from ytempire_assets_tests.review.conftest import Studio, Visitor

VIDEO = "orbit-20261119-1"


def form_of(token: str, content: str, decision: str) -> dict[str, str]:
    return {"token": token, "video_id": VIDEO, "content": content, "decision": decision}


def test_what_waits_is_shown_with_everything_that_was_made(
    studio: Studio, visitor: Visitor
) -> None:
    content = studio.waits()
    home = visitor.get("/")
    assert home.status_code == 200
    assert "Waits for you <em>1</em>" in home.text
    assert f'href="/video/{VIDEO}"' in home.text
    page = visitor.get(f"/video/{VIDEO}").text
    for words in (
        "How a tardigrade survives", "They dry out.", "Pictures:\n- Photo: Ada, CC BY 4.0",
        '<a href="https://example.org/t"', "VMAF", "95.8", "at least 93", content[:12],
    ):  # fmt: skip
        assert words in page
    assert page.count("<script") == 0
    film = BlobStore(studio.settings.blobs_dir).path(content).read_bytes()
    whole = visitor.get(f"/video/{VIDEO}/video.mp4")
    assert (whole.status_code, whole.headers["Content-Type"]) == (200, "video/mp4")
    assert whole.content == film
    part = visitor.get(f"/video/{VIDEO}/video.mp4", Range="bytes=1000-1999")
    assert (part.status_code, part.content) == (206, film[1000:2000])
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(film)}"
    beyond = visitor.get(f"/video/{VIDEO}/video.mp4", Range=f"bytes={len(film)}-")
    assert beyond.status_code == 416
    track = visitor.get(f"/video/{VIDEO}/captions.vtt")
    assert track.headers["Content-Type"].startswith("text/vtt")
    assert track.text.startswith("WEBVTT\n\n")
    assert "00:00:00.000 --> 00:00:01.500\nTardigrades — naïve & <brave>" in track.text
    assert visitor.get(f"/video/{VIDEO}/thumbnail.jpg").content == JPEG


def test_pages_are_guarded(studio: Studio, visitor: Visitor) -> None:
    studio.waits()
    for path in ("/", f"/video/{VIDEO}", f"/video/{VIDEO}/video.mp4", "/style.css", "/nowhere"):
        headers = visitor.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("decision", "state", "words"),
    [
        ("approve", "approved", "the sensor publishes it within a minute"),
        ("reject", "rejected", "is rejected: it will not be published"),
    ],
)
def test_a_decision_reaches_the_ledger(
    studio: Studio, visitor: Visitor, decision: str, state: str, words: str
) -> None:
    content = studio.waits()
    token = visitor.token()
    done = visitor.decide(form_of(token, content, decision))
    assert (done.status_code, done.headers["Location"]) == (303, f"/?decided={VIDEO}")
    publication = studio.ledger.publications(video_id=VIDEO)[0]
    assert (publication.state, publication.decided_by) == (state, "the review desk")
    home = visitor.get(done.headers["Location"]).text
    assert words in home
    assert "Nothing waits for you" in home
    # It has been decided: there is nothing to see, and nothing to decide a second time.
    assert visitor.get(f"/video/{VIDEO}").status_code == 404
    assert visitor.get(f"/video/{VIDEO}/video.mp4").status_code == 404
    again = visitor.decide(form_of(token, content, "approve"))
    assert again.status_code == 409
    assert f"it is {state} on sandbox" in again.text
    assert studio.state(VIDEO) == state


def test_a_file_that_was_made_anew_is_not_decided_about(studio: Studio, visitor: Visitor) -> None:
    """The page was opened, then uploads planned another file: the old page's yes is void."""
    seen = studio.waits()
    token = visitor.token()
    new = studio.waits(name="b")
    assert new != seen
    refused = visitor.decide(form_of(token, seen, "approve"))
    assert refused.status_code == 409
    assert "made anew meanwhile" in refused.text
    assert studio.state(VIDEO) == "planned"
    done = visitor.decide(form_of(token, new, "approve"))
    assert done.status_code == 303
    assert studio.ledger.publications(video_id=VIDEO)[0].plan.content == new


def test_between_a_new_render_and_uploads_nothing_can_be_decided(
    studio: Studio, visitor: Visitor
) -> None:
    """What is shown is the file that waits, never the newer one that nobody planned yet."""
    content = studio.waits()
    studio.render(VIDEO, "b")
    page = visitor.get(f"/video/{VIDEO}").text
    assert "It was rendered again since: materialise uploads" in page
    assert "<form" not in page
    assert "It was not examined" in page  # the gates in the lake are another file's
    film = BlobStore(studio.settings.blobs_dir).path(content).read_bytes()
    assert visitor.get(f"/video/{VIDEO}/video.mp4").content == film
    assert visitor.get(f"/video/{VIDEO}/captions.vtt").status_code == 404


def test_a_file_or_table_that_is_gone_is_said(studio: Studio, visitor: Visitor) -> None:
    content = studio.waits()
    (studio.settings.blobs_dir / content[:2] / content).unlink()
    page = visitor.get(f"/video/{VIDEO}")
    assert page.status_code == 200
    assert "is not in the lake any more: materialise them again" in page.text
    assert "<form" not in page.text
    assert visitor.get(f"/video/{VIDEO}/video.mp4").status_code == 404
    for path in studio.settings.lake_dir.rglob("*.parquet"):
        path.unlink()
    assert "is not in the lake any more" in visitor.get(f"/video/{VIDEO}").text
    assert visitor.get("/").status_code == 200


def test_only_the_desks_own_form_decides(studio: Studio, visitor: Visitor) -> None:
    content = studio.waits()
    token = visitor.token()
    port = urlsplit(visitor.url).port
    form = {"token": token, "video_id": VIDEO, "content": content, "decision": "approve"}
    without = {name: value for name, value in form.items() if name != "token"}
    foreign = ("https://evil.example", "null", "http://127.0.0.1:1", f"http://localhost:{port}")
    refusals = [
        visitor.decide(without),
        visitor.decide({**form, "token": ""}),
        visitor.decide({**form, "token": token[:-1] + "ä"}),
        *(visitor.decide(form, Origin=origin) for origin in foreign),
    ]
    assert [answer.status_code for answer in refusals] == [403] * len(refusals)
    assert "open the video again" in refusals[0].text
    assert visitor.decide(form, Host="evil.example").status_code == 400
    assert visitor.decide({**form, "decision": "perhaps"}).status_code == 400
    assert visitor.get("/decide").status_code == 405
    json = requests.post(f"{visitor.url}/decide", json=form, timeout=10)
    assert json.status_code == 403
    assert studio.state(VIDEO) == "planned"
    own = visitor.decide(form, Origin=visitor.url)
    assert own.status_code == 303
    assert studio.state(VIDEO) == "approved"


def test_foreign_names_see_nothing(studio: Studio, visitor: Visitor) -> None:
    """A page of the internet whose name resolves to this machine reads neither page nor token."""
    studio.waits()
    for path in ("/", f"/video/{VIDEO}"):
        answer = visitor.get(path, Host="rebound.example:8766")
        assert answer.status_code == 400
        assert "token" not in answer.text
    port = urlsplit(visitor.url).port
    assert visitor.get("/", Host=f"localhost:{port}").status_code == 200


def test_an_oversized_form_is_refused_early(studio: Studio, visitor: Visitor) -> None:
    content = studio.waits()
    form = {"token": visitor.token(), "video_id": VIDEO, "content": content}
    answer = visitor.decide({**form, "decision": "approve", "filler": "x" * 9_000})
    assert answer.status_code == 413

    def endless() -> object:
        for _ in range(64):
            yield b"x" * 1024

    chunked = requests.post(f"{visitor.url}/decide", data=endless(), timeout=10)  # type: ignore[arg-type]
    assert chunked.status_code == 413
    assert studio.state(VIDEO) == "planned"


@pytest.mark.parametrize(
    "path",
    [
        "/video/nobody-20261119-1",
        "/video/nobody-20261119-1/video.mp4",
        f"/video/{VIDEO}/ledger.db",
        f"/video/{VIDEO}/..%2f..%2fledger.db",
        "/video/..%2f..%2fetc%2fpasswd",
        "/video/",
        "/nowhere",
    ],
)
def test_unknown_addresses_are_said_to_be_unknown(
    studio: Studio, visitor: Visitor, path: str
) -> None:
    studio.waits()
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert "othing" in answer.text


def test_an_unknown_video_cannot_be_decided_about(studio: Studio, visitor: Visitor) -> None:
    studio.waits()
    form = {"token": visitor.token(), "content": "", "decision": "approve"}
    answer = visitor.decide({**form, "video_id": "<b>nobody</b>"})
    assert answer.status_code == 409
    assert "&lt;b&gt;nobody&lt;/b&gt;" in answer.text
    assert "<b>nobody" not in answer.text
    assert visitor.get("/?decided=%3Cb%3Enobody").text.count("<b>") == 0


HOSTILE = (
    "<script>alert(1)</script>",
    """"><img src=x onerror='alert(1)'> & &lt;""",
    "\x1b[31mred\x1b[0m \x07 bell",
    "long " * 40 + "w" * 400,
    "\u202egnp.exe \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "{title} {0} %s </main></html>",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_words_from_anywhere_stay_words(studio: Studio, visitor: Visitor, text: str) -> None:
    content = studio.waits(
        title=text[:200],
        description=text,
        tags=[text],
        sources=[
            {"title": text, "address": "javascript:alert(1)"},
            {"title": text, "address": 'https://example.org/"onmouseover="alert(1)'},
            {"title": text, "address": " data:text/html,<script>alert(1)</script>"},
        ],
    )
    home, page = visitor.get("/").text, visitor.get(f"/video/{VIDEO}").text
    for html in (home, page):
        assert "<script" not in html
        assert "javascript:" not in re.sub(r">[^<]*<", "><", html)
        tags = re.findall(r"<[a-z][^>]*>", html)
        assert not [tag for tag in tags if re.search(r"\son\w+\s*=", re.sub(r'"[^"]*"', '""', tag))]
        assert html.count("</main></body></html>") == 1
        assert html.count("</main>") == 1
    assert "https://example.org/&quot;onmouseover=&quot;alert(1)" in page
    token = visitor.token()
    done = visitor.decide(form_of(token, content, "approve"))
    assert "<script" not in visitor.get(done.headers["Location"]).text


def test_an_address_of_the_platform_is_no_door_for_scripts(
    studio: Studio, visitor: Visitor
) -> None:
    content = studio.waits(title="<i>Mars</i>")
    ledger = studio.ledger
    ledger.decide(VIDEO, yes=True, by="Ada", content=content)
    publication = ledger.publications(video_id=VIDEO)[0]
    ledger.advance(
        publication, "uploaded", remote_id="x", address="javascript:alert(1)", problem="<u>slow</u>"
    )
    home = visitor.get("/").text
    assert "On its way <em>1</em>" in home
    assert "javascript:" not in home
    assert "&lt;i&gt;Mars" in home
    assert "&lt;u&gt;slow" in home


def test_nothing_waits_is_a_friendly_page(visitor: Visitor) -> None:
    page = visitor.get("/")
    assert page.status_code == 200
    for words in ("Nothing waits for you", "approval: true", "0 of 100", "midnight Pacific Time"):
        assert words in page.text


def test_the_allowance_that_was_used_is_shown(studio: Studio, visitor: Visitor) -> None:
    from ytempire_assets.publishing.quota import Limits

    assert "YouTube" not in visitor.get("/").text
    studio.ledger.take("default", Limits(), "orbit", VIDEO, "captions.insert")
    page = visitor.get("/").text
    assert "YouTube" in page
    assert "400 of 10,000" in page


def test_a_broken_ledger_is_one_clear_page(studio: Studio, visitor: Visitor) -> None:
    studio.settings.home.mkdir(parents=True, exist_ok=True)
    (studio.settings.home / "ledger.db").write_bytes(b"this is no database" * 400)
    for path in ("/", f"/video/{VIDEO}"):
        answer = visitor.get(path)
        assert answer.status_code == 409
        assert "is damaged" in answer.text
        assert "Next: put a backup of it in its place" in answer.text
        assert "Traceback" not in answer.text


def test_a_broken_table_is_one_clear_page(studio: Studio, visitor: Visitor) -> None:
    studio.waits()
    for path in studio.settings.lake_dir.rglob("*.parquet"):
        path.write_bytes(b"no parquet")
    answer = visitor.get(f"/video/{VIDEO}")
    assert answer.status_code == 409
    assert "not a readable table" in answer.text
    assert visitor.get("/").status_code == 200


def test_a_defect_shows_no_trace(
    studio: Studio, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ytempire_assets.review.desk import Desk

    def broken(_desk: Desk) -> None:
        raise RuntimeError("secret details")

    monkeypatch.setattr(Desk, "waiting", broken)
    answer = visitor.get("/")
    assert answer.status_code == 500
    assert "Unexpected RuntimeError" in answer.text
    assert "secret details" not in answer.text
