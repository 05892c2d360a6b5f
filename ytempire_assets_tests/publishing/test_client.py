"""The client names every failure, ends every retry and lets no answer pass for another."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ytempire_assets.errors import PermanentError, QuotaError, TransientError
from ytempire_assets.publishing.endpoints import YOUTUBE
from ytempire_assets.publishing.publish import publish
from ytempire_assets.publishing.resumable import SessionGoneError
from ytempire_assets.publishing.transport import ATTEMPTS
from ytempire_assets.publishing.youtube import VideoMetadata, YouTubeClient
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.sandbox.faults import Faults
from ytempire_assets.sandbox.server import SandboxServer
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.publishing.studio import (
    DAY,
    JPEG,
    PUBLIC_AT,
    SRT,
    UNIT,
    credentials_for,
    endpoints_at,
    ignore,
    make_client,
    make_package,
    make_plan,
    make_video,
)

METADATA = VideoMetadata("Title", "", ("tag",), "27", "en", False, True, PUBLIC_AT, "0123.mp4")


OK: tuple[int, dict[str, str], bytes] = (200, {}, b"{}")


@dataclass
class Answers:
    """A server that gives scripted answers, one after the other; the last one for ever."""

    script: list[tuple[int, dict[str, str], bytes]]
    asked: list[str] = field(default_factory=list)
    url: str = ""


@contextlib.contextmanager
def answering(*script: tuple[int, dict[str, str], bytes]) -> Iterator[Answers]:
    answers = Answers(list(script))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nobody reads it."""

        def reply(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == "/token":
                token = {"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}
                answer = OK[0], OK[1], json.dumps(token).encode()
            else:
                answers.asked.append(f"{self.command} {self.path}")
                script = answers.script
                answer = script.pop(0) if len(script) > 1 else script[0]
            status, headers, body = answer
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = reply  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answers.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield answers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def refused(status: int, reason: str, message: str = "no") -> tuple[int, dict[str, str], bytes]:
    body = {"error": {"code": status, "message": message, "errors": [{"reason": reason}]}}
    return status, {}, json.dumps(body).encode()


def test_a_sandbox_that_is_down_is_named_with_the_next_step(tmp_path: Path) -> None:
    with SandboxServer(tmp_path) as server:
        url = server.url
    waits: list[float] = []
    with (
        make_client(url, sleep=waits.append) as client,
        pytest.raises(TransientError) as caught,
    ):
        client.start_upload(METADATA, 1000)
    assert str(caught.value) == (
        f"the sandbox at {url} does not answer (connection refused). "
        "Next: start it with: ytempire sandbox serve."
    )
    assert len(waits) == ATTEMPTS - 1
    assert all(0 < wait <= 4 for wait in waits)


def test_a_sandbox_that_breaks_every_connection_is_transient(tmp_path: Path) -> None:
    with (
        SandboxServer(tmp_path, faults=Faults(down=True)) as server,
        make_client(server.url) as client,
        pytest.raises(TransientError, match="not answer"),
    ):
        client.start_upload(METADATA, 1000)


def test_a_platform_that_dies_in_the_middle_is_finished_later(
    tmp_path: Path, ledger: Ledger
) -> None:
    file = make_video(tmp_path / "v.mp4", 4 * UNIT)
    plan, package = make_plan(file), make_package(file)
    folder = tmp_path / "sandbox"
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(SandboxServer(folder))
        client = stack.enter_context(make_client(server.url))

        def die(share: float) -> None:
            if share >= 0.5:
                stack.pop_all().close()

        with pytest.raises(TransientError, match="ytempire sandbox serve"):
            publish(plan, package, ledger, client, die)
    with SandboxServer(folder) as server, make_client(server.url) as client:
        done = publish(plan, package, ledger, client, ignore)
        assert done.publication.state == "verified"
        assert done.sent_bytes == 2 * UNIT
    with contextlib.closing(SandboxStore(folder)) as store:
        assert store.count() == 1


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (refused(403, "quotaExceeded"), QuotaError, "used up"),
        (refused(429, "rateLimitExceeded", "Videos per day"), QuotaError, "used up"),
        (refused(400, "uploadLimitExceeded"), QuotaError, "24 hours"),
        (refused(400, "invalidTitle", "title too long"), PermanentError, "title too long"),
        (refused(401, "authError"), PermanentError, "authorise the channel again"),
        (refused(404, "videoNotFound"), PermanentError, "videoNotFound"),
        ((418, {}, b"<html>"), PermanentError, "418"),
    ],
)
def test_a_refusal_is_named_and_not_repeated(
    answer: tuple[int, dict[str, str], bytes], error: type[Exception], words: str
) -> None:
    with (
        answering(answer) as answers,
        make_client(answers.url) as client,
        pytest.raises(error, match=words) as caught,
    ):
        client.set_thumbnail("abc", JPEG)
    assert isinstance(caught.value, error)
    # 401 makes google-auth fetch a new token and ask twice more; nothing else is repeated.
    assert len(answers.asked) == (3 if answer[0] == 401 else 1)


@pytest.mark.parametrize(
    "answer",
    [
        refused(503, "backendError"),
        refused(429, "rateLimitExceeded", "slow down"),
        refused(403, "userRateLimitExceeded"),
        (500, {}, b"not json"),
    ],
)
def test_what_passes_is_repeated_and_ends(answer: tuple[int, dict[str, str], bytes]) -> None:
    waits: list[float] = []
    with answering(answer) as answers, make_client(answers.url, sleep=waits.append) as client:
        with pytest.raises(TransientError):
            client.set_thumbnail("abc", JPEG)
        assert (len(answers.asked), len(waits)) == (ATTEMPTS, ATTEMPTS - 1)
    with answering(answer, answer, OK) as answers, make_client(answers.url) as client:
        client.set_thumbnail("abc", JPEG)
        assert len(answers.asked) == 3


def test_the_wait_honours_the_platform_within_reason() -> None:
    waits: list[float] = []
    busy = (503, {"Retry-After": "7"}, b"")
    endless = (503, {"Retry-After": "86400"}, b"")
    with (
        answering(busy, endless, OK) as answers,
        make_client(answers.url, sleep=waits.append) as client,
    ):
        client.set_thumbnail("abc", JPEG)
    assert waits == [7.0, 30.0]


def test_refused_credentials_are_permanent(server: SandboxServer) -> None:
    with (
        make_client(server.url, refresh_token="stolen") as client,
        pytest.raises(PermanentError, match="refuses the credentials"),
    ):
        client.start_upload(METADATA, 1000)


def test_another_program_at_the_address_is_noticed() -> None:
    with (
        answering((200, {}, b"<html>hello</html>")) as answers,
        make_client(answers.url) as client,
        pytest.raises(TransientError, match="JSON"),
    ):
        client.find_upload("a.mp4", 10)


def test_a_platform_that_keeps_nothing_ends(tmp_path: Path) -> None:
    file = make_video(tmp_path / "v.mp4", 3 * UNIT)
    with answering((308, {}, b"")) as answers, make_client(answers.url) as client:
        with pytest.raises(TransientError, match="keeps none of them"):
            client.send(f"{answers.url}/upload", file, 0, 3 * UNIT, lambda _bytes: None)
        assert len(answers.asked) == ATTEMPTS


def test_a_bad_line_that_gets_through_bit_by_bit_is_not_given_up(tmp_path: Path) -> None:
    file = make_video(tmp_path / "v.mp4", 8 * UNIT)
    script = []
    for chunk in range(1, 8):
        arrived = {"Range": f"bytes=0-{chunk * UNIT - 1}"}
        script += [refused(503, "backendError"), (308, arrived, b"")]
    with answering(*script, (200, {}, b'{"id": "abc"}')) as answers:
        with make_client(answers.url) as client:
            url = f"{answers.url}/upload"
            assert client.send(url, file, 0, 8 * UNIT, lambda _bytes: None) == "abc"
        assert len(answers.asked) == 15


def test_captions_that_are_there_cost_one_question() -> None:
    there = {"items": [{"snippet": {"language": "en", "name": ""}}]}
    with answering((200, {}, json.dumps(there).encode())) as answers:
        with make_client(answers.url) as asking:
            asking.insert_captions("abc", SRT, "en", "")
        assert len(answers.asked) == 1


def test_a_platform_that_claims_more_than_there_is_is_refused(tmp_path: Path) -> None:
    with (
        answering((308, {"Range": "bytes=0-999"}, b"")) as answers,
        make_client(answers.url) as client,
        pytest.raises(PermanentError, match="999"),
    ):
        client.upload_state(f"{answers.url}/upload", 999)


def test_a_gone_session_has_its_own_error(tmp_path: Path, client: YouTubeClient) -> None:
    file = make_video(tmp_path / "v.mp4", UNIT)
    session = client.start_upload(METADATA, UNIT).replace("upload_id=", "upload_id=x")
    assert client.upload_state(session, UNIT).gone
    with pytest.raises(SessionGoneError):
        client.send(session, file, 0, UNIT, lambda _bytes: None)
    client.cancel_upload(session)


def test_a_file_that_shrank_is_not_sent(tmp_path: Path, client: YouTubeClient) -> None:
    file = tmp_path / "v.mp4"
    file.write_bytes(b"short")
    session = client.start_upload(METADATA, UNIT)
    with pytest.raises(PermanentError, match="shorter"):
        client.send(session, file, 0, UNIT, lambda _bytes: None)


def test_find_upload_pages_through_everything(
    tmp_path: Path, client: YouTubeClient, shelf: SandboxStore
) -> None:
    assert client.find_upload("0.mp4", 400) is None
    for number in range(120):
        session = shelf.open_session(METADATA.resource(), f"{number}.mp4", 400)
        with shelf.writing(session) as file:
            assert file is not None
            file.write(make_video(tmp_path / "v.mp4", 400).read_bytes())
        shelf.finish(session)
    oldest, newest = shelf.page(120)[-1], shelf.page(1)[0]
    assert client.find_upload("0.mp4", 400) == oldest.id
    assert client.find_upload("119.mp4", 400) == newest.id
    assert client.find_upload("0.mp4", 401) is None
    assert client.find_upload("120.mp4", 400) is None


def test_captions_are_inserted_once(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger, shelf: SandboxStore
) -> None:
    file = make_video(tmp_path / "v.mp4")
    package = make_package(file, captions_srt=None)
    video_id = publish(make_plan(file), package, ledger, client, ignore).publication.remote_id
    assert video_id is not None
    client.insert_captions(video_id, SRT, "en", "")
    client.insert_captions(video_id, SRT, "en", "")
    client.insert_captions(video_id, SRT, "de", "Deutsch")
    assert [(track.language, track.name) for track in shelf.captions(video_id)] == [
        ("de", "Deutsch"),
        ("en", ""),
    ]


def test_reports_are_cumulative_marked_and_of_any_number(
    tmp_path: Path, client: YouTubeClient, ledger: Ledger
) -> None:
    file = make_video(tmp_path / "v.mp4")
    done = publish(make_plan(file), make_package(file), ledger, client, ignore)
    video_id = done.publication.remote_id or ""
    before = client.video_report([video_id], date(2026, 11, 18))[video_id]
    assert (before.views, before.impressions, before.simulated) == (0, 0, True)
    first = client.video_report([video_id], DAY)[video_id]
    later = client.video_report([video_id], date(2026, 12, 19))[video_id]
    assert 0 < first.views < later.views
    assert first.click_through_rate == pytest.approx(first.views / (first.impressions or 1), 1e-4)
    assert later.watch_time_s == pytest.approx(later.views * later.average_view_s, rel=0.05)
    assert client.video_report([], DAY) == {}
    many = [f"unknown{number:04}" for number in range(450)]
    assert set(client.video_report([*many, video_id], DAY)) == {video_id}


def test_youtube_is_asked_only_what_it_knows() -> None:
    report = {"columnHeaders": [{"name": "video"}], "rows": None}
    with (
        answering((200, {}, json.dumps(report).encode())) as answers,
        make_client(answers.url) as client,
    ):
        without = replace(client.endpoints, reach_in_analytics=False)
        client = YouTubeClient(without, credentials_for(without))
        assert client.video_report(["a"], DAY) == {}
        assert "averageViewPercentage" in answers.asked[0]
        assert "Impressions" not in answers.asked[0]


def test_a_session_address_never_takes_the_token_elsewhere() -> None:
    stored = "https://www.googleapis.com/upload/youtube/v3/videos?upload_id=1"
    assert YOUTUBE.session_address(stored) == stored
    with pytest.raises(PermanentError, match=r"is at evil\.example"):
        YOUTUBE.session_address("https://evil.example/upload?upload_id=1")
    moved = endpoints_at("http://127.0.0.1:41000").session_address(
        "http://127.0.0.1:8765/upload/youtube/v3/videos?upload_id=1"
    )
    assert moved == "http://127.0.0.1:41000/upload/youtube/v3/videos?upload_id=1"
    away = endpoints_at("http://127.0.0.1:41000").session_address("https://evil.example/up?a=1")
    assert away == "http://127.0.0.1:41000/up?a=1"


def test_watch_addresses_hold_hostile_ids() -> None:
    with make_client("http://127.0.0.1:1") as client:
        assert client.watch_address("a&b=<") == "http://127.0.0.1:8765/watch?v=a%26b%3D%3C"
