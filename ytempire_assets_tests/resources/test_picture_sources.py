"""Picture services over real HTTP: what they are asked, what is kept, and every way they fail.

A server on this machine replays answers in the services' shapes; nothing of the client is replaced.
"""

from __future__ import annotations

import base64
import email.utils
import functools
import gzip
import io
import json
import logging
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import SecretStr
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from ytempire_assets.errors import InvalidInputError, PermanentError, TransientError, YtempireError
from ytempire_assets.plain_address import split_address
from ytempire_assets.resources.pictures import (
    ATTEMPTS,
    FoundPicture,
    PictureRequest,
    PictureSource,
    RefusedKeyError,
)
from ytempire_assets.resources.pictures.openai_images import OpenAIPictures
from ytempire_assets.resources.pictures.pexels import MAX_DOWNLOADS, MAX_PAGES, PexelsPictures

KEY = "secret-key-563492ad6f91"
SEARCH = "/v1/search"
DRAW = "/v1/images/generations"


@functools.cache
def photograph(shade: int = 90, kind: str = "JPEG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (300, 520), (shade, 120, 200)).save(file, kind)
    return file.getvalue()


@dataclass(frozen=True)
class Answer:
    """What the server does with one request.

    ``fault``: ``hang`` says nothing, ``cut`` closes before the announced end, ``drip`` sends a byte
    at a time without end.
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    fault: Literal["hang", "cut", "drip"] | None = None


@dataclass(frozen=True)
class Asked:
    """A request that arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, Any]


class Server:
    """Replays answers by path, the last one of a path again and again."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Answer]] = defaultdict(list)
        self.asked: list[Asked] = []
        self.closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.reply(self)

            def do_POST(self) -> None:
                outer.reply(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Tests read ``asked`` instead."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,))
        self.thread.start()

    def reply(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        self.asked.append(
            Asked(
                handler.command,
                parts.path,
                {name: values[0] for name, values in parse_qs(parts.query).items()},
                {name.lower(): value for name, value in handler.headers.items()},
                json.loads(body) if body else {},
            )
        )
        waiting = self.answers[parts.path]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0] if waiting else Answer(404)
        if answer.fault == "hang":
            self.closing.wait()
            return
        handler.send_response(answer.status)
        longer = 500 if answer.fault else 0
        length = {"Content-Length": str(len(answer.body) + longer)}
        for name, value in {**length, **answer.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer.body)
        while answer.fault == "drip" and not self.closing.wait(0.03):
            handler.wfile.write(b"0")

    def close(self) -> None:
        self.closing.set()
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    """Another host, which must never be asked."""
    server = Server()
    yield server
    assert server.asked == []
    server.close()


@pytest.fixture
def waits() -> list[float]:
    """The seconds that a source would have waited."""
    return []


REQUEST = PictureRequest(
    words="blue whale",
    prompt="a blue whale from above",
    negative_prompt="",
    width=270,
    height=480,
    fingerprint="00ff",
)


def pexels(server: Server, waits: list[float], timeout_s: float = 5.0) -> PexelsPictures:
    return PexelsPictures(
        SecretStr(KEY), address=server.url, timeout_s=timeout_s, sleep=waits.append
    )


def photo(server: Server, number: int, width: int = 3000, height: int = 5200) -> dict[str, Any]:
    return {
        "id": number,
        "width": width,
        "height": height,
        "url": f"https://www.pexels.com/photo/a-whale-{number}/",
        "photographer": "Ana  Álvarez\n",
        "photographer_url": "https://www.pexels.com/@ana",
        "photographer_id": 5,
        "avg_color": "#102030",
        "src": {
            "original": f"{server.url}/photos/{number}.jpeg",
            "large2x": f"{server.url}/photos/{number}.jpeg?dpr=2&h=650&w=940",
        },
        "liked": False,
        "alt": "a whale",
    }


def results(*photos: dict[str, Any], more: bool = False) -> Answer:
    answer: dict[str, Any] = {"page": 1, "per_page": 80, "photos": photos, "total_results": 9}
    if more:
        answer["next_page"] = "https://api.pexels.com/v1/search/?page=2&query=blue+whale"
    return Answer(body=json.dumps(answer).encode())


def offer(server: Server, *numbers: int) -> None:
    """One page of these photographs, each of them there."""
    server.answers[SEARCH] = [results(*(photo(server, number) for number in numbers))]
    for number in numbers:
        server.answers[f"/photos/{number}.jpeg"] = [Answer(body=photograph(number))]


def ids(found: Sequence[FoundPicture | YtempireError]) -> list[str]:
    return [one.picture_id if isinstance(one, FoundPicture) else str(one) for one in found]


def the_error(source: PictureSource) -> YtempireError:
    (error,) = source.pictures([REQUEST])
    assert isinstance(error, YtempireError)
    return error


def test_a_photograph_comes_with_its_author_and_licence(server: Server, waits: list[float]) -> None:
    offer(server, 41)
    (found,) = pexels(server, waits).pictures([REQUEST])
    assert isinstance(found, FoundPicture)
    assert (found.picture_id, found.origin, found.model) == ("pexels:41", "photo", None)
    assert found.author == "Ana Álvarez"
    assert found.author_address == "https://www.pexels.com/@ana"
    assert found.page_address == "https://www.pexels.com/photo/a-whale-41/"
    assert found.licence == "Pexels License"
    assert found.attribution == "Photo by Ana Álvarez on Pexels"
    assert (found.suffix, found.width, found.height) == ("jpg", 300, 520)
    assert Image.open(io.BytesIO(found.data)).size == (300, 520)


def test_the_search_and_the_download_ask_for_what_the_frame_needs(
    server: Server, waits: list[float]
) -> None:
    offer(server, 41)
    pexels(server, waits).pictures([replace(REQUEST, width=1080, height=1920)])
    search, download = server.asked
    assert search.query == {
        "query": "blue whale",
        "orientation": "portrait",
        "size": "small",
        "per_page": "80",
        "page": "1",
    }
    assert search.headers["authorization"] == KEY
    assert "ytempire-assets" in search.headers["user-agent"]
    assert "authorization" not in download.headers
    # The whole photograph, 3000 x 5200, just large enough to cover 1080 x 1920.
    assert (download.query["w"], download.query["h"]) == ("1108", "1920")


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [(1080, 1920, "portrait"), (1920, 1080, "landscape"), (1080, 1080, "square")],
)
def test_the_shape_of_the_frame_is_asked_for(width: int, height: int, shape: str) -> None:
    assert replace(REQUEST, width=width, height=height).orientation == shape


def test_no_photograph_is_shown_twice(server: Server, waits: list[float]) -> None:
    offer(server, 1, 2, 3, 4)
    lately = replace(REQUEST, avoid=frozenset({"pexels:2"}))
    found = pexels(server, waits).pictures([lately, lately, lately])
    assert ids(found) == ["pexels:1", "pexels:3", "pexels:4"]
    assert server.paths().count(SEARCH) == 1, "scenes with the same words share a search"


def test_further_pages_are_read_while_needed(server: Server, waits: list[float]) -> None:
    offer(server, 1, 2)
    small = photo(server, 3, width=200, height=5200)
    server.answers[SEARCH] = [
        results(photo(server, 1), more=True),
        results(small, more=True),
        results(photo(server, 2), more=True),
    ]
    (found,) = pexels(server, waits).pictures([replace(REQUEST, avoid=frozenset({"pexels:1"}))])
    assert ids([found]) == ["pexels:2"]
    assert [asked.query["page"] for asked in server.asked[:3]] == ["1", "2", "3"]


def test_the_search_ends(server: Server, waits: list[float]) -> None:
    server.answers[SEARCH] = [results(photo(server, 1, width=100), more=True)]
    error = the_error(pexels(server, waits))
    assert isinstance(error, PermanentError)
    assert "'blue whale'" in error.problem
    assert len(server.asked) == MAX_PAGES


def test_the_service_says_how_long_to_wait(server: Server, waits: list[float]) -> None:
    offer(server, 41)
    server.answers[SEARCH].insert(0, Answer(429, headers={"Retry-After": "7"}))
    soon = datetime.now(UTC) + timedelta(seconds=25)
    date = email.utils.format_datetime(soon, usegmt=True)
    server.answers[SEARCH].insert(1, Answer(429, headers={"Retry-After": date}))
    assert ids(pexels(server, waits).pictures([REQUEST])) == ["pexels:41"]
    assert waits[0] == 7
    assert 15 < waits[1] <= 25


def test_a_long_wait_is_left_to_people(server: Server, waits: list[float]) -> None:
    server.answers[SEARCH] = [Answer(429, headers={"Retry-After": "1800"})]
    error = the_error(pexels(server, waits))
    assert isinstance(error, TransientError)
    assert "1800 s" in error.next_step
    assert waits == []


@pytest.mark.parametrize("status", [500, 502, 503, 429, 408])
def test_failures_that_pass_are_tried_again_with_growing_delays(
    server: Server, waits: list[float], status: int
) -> None:
    server.answers[SEARCH] = [Answer(status, b'{"error": "try later"}')]
    error = the_error(pexels(server, waits))
    assert isinstance(error, TransientError)
    assert str(status) in error.problem
    assert "try later" in error.problem
    assert len(server.asked) == ATTEMPTS
    assert len(waits) == ATTEMPTS - 1
    assert all(0.5 * 2**n <= wait <= 2**n for n, wait in enumerate(waits))


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_silent_or_endless_answer_times_out(
    server: Server, waits: list[float], fault: Literal["hang", "drip"]
) -> None:
    server.answers[SEARCH] = [Answer(fault=fault)]
    error = the_error(pexels(server, waits, timeout_s=0.1))
    assert isinstance(error, TransientError)
    assert "timed out" in error.problem
    assert len(waits) == ATTEMPTS - 1


def test_a_service_that_is_down_is_named(waits: list[float]) -> None:
    server = Server()
    server.close()
    error = the_error(pexels(server, waits))
    assert isinstance(error, TransientError)
    assert "Pexels does not answer" in error.problem


def test_a_cut_download_is_fetched_again(server: Server, waits: list[float]) -> None:
    offer(server, 41)
    server.answers["/photos/41.jpeg"].insert(0, Answer(body=photograph()[:800], fault="cut"))
    assert ids(pexels(server, waits).pictures([REQUEST])) == ["pexels:41"]
    assert len(waits) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_named_and_not_tried_again(
    server: Server, waits: list[float], status: int
) -> None:
    server.answers[SEARCH] = [Answer(status)]
    found = pexels(server, waits).pictures([REQUEST, replace(REQUEST, words="orca")])
    assert len(server.asked) == 1
    for error in found:
        assert isinstance(error, RefusedKeyError)
        assert "YTEMPIRE_PEXELS_KEY" in error.next_step


BAD_DOWNLOADS = {
    "page": Answer(body=b"<!doctype html><title>Sorry</title>" * 30),
    "truncated": Answer(body=photograph()[:700]),
    "announced": Answer(headers={"Content-Length": "30000000"}),
    "gzip bomb": Answer(
        body=gzip.compress(bytes(30_000_000)), headers={"Content-Encoding": "gzip"}
    ),
    "gone": Answer(404),
    "forbidden": Answer(403),
}


@pytest.mark.parametrize("case", BAD_DOWNLOADS)
def test_an_unusable_photograph_gives_way_to_the_next(
    server: Server, waits: list[float], case: str
) -> None:
    offer(server, 1, 2)
    server.answers["/photos/1.jpeg"] = [BAD_DOWNLOADS[case]]
    assert ids(pexels(server, waits).pictures([REQUEST])) == ["pexels:2"]
    assert waits == []


def test_only_so_many_unusable_photographs_are_tried(server: Server, waits: list[float]) -> None:
    offer(server, 1, 2, 3, 4, 5)
    for number in range(1, 6):
        server.answers[f"/photos/{number}.jpeg"] = [Answer(body=b"no picture")]
    error = the_error(pexels(server, waits))
    assert isinstance(error, InvalidInputError)
    assert "picture pexels:3" in error.problem
    assert len(server.asked) == 1 + MAX_DOWNLOADS


def test_a_redirect_to_another_host_is_not_followed(
    server: Server, elsewhere: Server, waits: list[float]
) -> None:
    offer(server, 1, 2)
    away = Answer(302, headers={"Location": f"{elsewhere.url}/photos/1.jpeg"})
    server.answers["/photos/1.jpeg"] = [away]
    assert ids(pexels(server, waits).pictures([REQUEST])) == ["pexels:2"]
    server.answers[SEARCH] = [away]
    error = the_error(pexels(server, waits))
    assert isinstance(error, PermanentError)
    assert "not followed" in error.problem


def test_photographs_on_other_hosts_are_not_fetched(
    server: Server, elsewhere: Server, waits: list[float]
) -> None:
    offer(server, 1, 2)
    stray = photo(server, 1)
    stray["src"]["original"] = f"{elsewhere.url}/photos/1.jpeg"
    server.answers[SEARCH] = [results(stray, photo(server, 2))]
    assert ids(pexels(server, waits).pictures([REQUEST])) == ["pexels:2"]


@pytest.mark.parametrize(
    ("address", "fetched"),
    [
        ("https://images.pexels.com/photos/1/a.jpeg", True),
        ("https://pexels.com/a.jpeg", True),
        ("http://images.pexels.com/a.jpeg", False),
        ("https://images.pexels.com.example.org/a.jpeg", False),
        ("https://notpexels.com/a.jpeg", False),
        ("https://images.pexels.com@example.org/a.jpeg", False),
        ("https://example.org\\@images.pexels.com/a.jpeg", False),
        ("https://127.0.0.1/a.jpeg", False),
        ("https://images.pexels.com:x/a.jpeg", False),
        ("file:///etc/passwd", False),
    ],
)
def test_only_https_addresses_of_pexels_are_fetched(address: str, fetched: bool) -> None:
    parts = split_address(address)
    assert (parts is not None and PexelsPictures(SecretStr(KEY))._may_fetch(parts)) == fetched


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet="ahtps:/\\@?#[].%0 1\t", max_size=24))
def test_a_plain_address_has_one_reading(rest: str) -> None:
    address = f"https://{rest}"
    parts = split_address(address)
    if parts is None:
        return
    try:
        asked = parse_url(address).host or ""
    except LocationParseError:
        return  # then nobody is asked
    assert asked.strip("[]").lower() == parts.hostname


def test_addresses_for_people_are_pexels_own(server: Server, waits: list[float]) -> None:
    offer(server, 9)
    odd = photo(server, 9)
    odd["url"] = "javascript:alert(1)"
    odd["photographer_url"] = "https://example.org/@ana"
    odd["photographer"] = " \x1b[31m "
    server.answers[SEARCH] = [results(odd)]
    (found,) = pexels(server, waits).pictures([REQUEST])
    assert isinstance(found, FoundPicture)
    assert found.page_address == "https://www.pexels.com/photo/9/"
    assert found.author_address == ""
    assert found.author.isprintable()


def test_one_failure_loses_no_other_picture(server: Server, waits: list[float]) -> None:
    offer(server, 1, 2)
    asked = [REQUEST, replace(REQUEST, words=" \n"), REQUEST]
    first, second, third = pexels(server, waits).pictures(asked)
    assert ids([first, third]) == ["pexels:1", "pexels:2"]
    assert isinstance(second, InvalidInputError)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"photos": 3}', b'{"photos": [{"id": 1}]}'])
def test_an_answer_of_another_shape_is_named(
    server: Server, waits: list[float], body: bytes
) -> None:
    server.answers[SEARCH] = [Answer(body=body)]
    error = the_error(pexels(server, waits))
    assert isinstance(error, TransientError)
    assert "something other" in error.problem


def test_the_key_is_never_shown(
    server: Server, waits: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    source = pexels(server, waits)
    shown = [repr(source), repr(vars(source))]
    for answer in (
        Answer(400, json.dumps({"error": f"bad key {KEY}"}).encode()),
        Answer(500, json.dumps({"error": {"message": f"bad key {KEY}"}}).encode()),
        Answer(401, KEY.encode()),
        Answer(body=KEY.encode()),
    ):
        server.answers[SEARCH] = [answer]
        shown.append(repr(the_error(source)))
    assert KEY not in "\n".join([*shown, caplog.text])


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel"])
def test_a_key_that_is_none_is_named_and_not_shown(key: str) -> None:
    with pytest.raises(InvalidInputError, match="YTEMPIRE_PEXELS_KEY") as refusal:
        PexelsPictures(SecretStr(key))
    assert not key or key not in str(refusal.value)


@pytest.mark.parametrize("address", ["http://api.pexels.com", "https://example.org", "nowhere"])
def test_the_key_goes_to_pexels_only(address: str) -> None:
    with pytest.raises(InvalidInputError, match="nor on this machine"):
        PexelsPictures(SecretStr(KEY), address=address)


def drawing(
    server: Server, waits: list[float], key: str | None = KEY, **options: Any
) -> OpenAIPictures:
    return OpenAIPictures(
        f"{server.url}/v1/",
        "painter-1",
        key=SecretStr(key) if key else None,
        timeout_s=5.0,
        sleep=waits.append,
        **options,
    )


def drawn(**picture: str) -> Answer:
    return Answer(body=json.dumps({"created": 1, "data": [picture]}).encode())


def inline(data: bytes | None = None) -> Answer:
    file = photograph(70, "PNG") if data is None else data
    return drawn(b64_json=base64.b64encode(file).decode())


def test_a_drawn_picture_says_who_drew_it_and_what_it_cost(
    server: Server, waits: list[float]
) -> None:
    server.answers[DRAW] = [inline()]
    (found,) = drawing(server, waits, price_usd=Decimal("0.04")).pictures([REQUEST])
    assert isinstance(found, FoundPicture)
    assert (found.origin, found.model, found.cost_usd) == (
        "generated",
        "painter-1",
        Decimal("0.04"),
    )
    assert found.made_with == {"size": "1024x1536"}
    assert found.picture_id.startswith("openai:")
    (asked,) = server.asked
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body == {
        "model": "painter-1",
        "prompt": "a blue whale from above",
        "n": 1,
        "size": "1024x1536",
    }


def test_a_local_server_gets_seed_and_format_and_no_key(server: Server, waits: list[float]) -> None:
    server.answers[DRAW] = [inline()]
    source = drawing(server, waits, key=None, ask_for_base64=True, send_seed=True)
    (found,) = source.pictures([REQUEST])
    assert isinstance(found, FoundPicture)
    assert found.made_with["seed"] == REQUEST.seed
    (asked,) = server.asked
    assert "authorization" not in asked.headers
    assert asked.body["response_format"] == "b64_json"
    assert asked.body["seed"] == REQUEST.seed


def test_a_seed_belongs_to_its_scene() -> None:
    seeds = {replace(REQUEST, fingerprint=f"{n:x}").seed for n in range(200)}
    assert len(seeds) == 200
    assert all(0 <= seed < 2**31 for seed in seeds)


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (1080, 1920, "1024x1792"),
        (1920, 1080, "1792x1024"),
        (1080, 1080, "2048x2048"),
        (480, 480, "512x512"),
    ],
)
def test_sizes_are_those_the_model_can_draw(
    server: Server, waits: list[float], width: int, height: int, size: str
) -> None:
    server.answers[DRAW] = [inline()]
    sizes = ("256x256", "512x512", "2048x2048", "1024x1792", "1792x1024")
    source = drawing(server, waits, sizes=sizes)
    source.pictures([replace(REQUEST, width=width, height=height)])
    assert server.asked[0].body["size"] == size


def test_a_picture_that_lies_at_the_service_is_fetched_without_the_key(
    server: Server, waits: list[float]
) -> None:
    server.answers[DRAW] = [drawn(url=f"{server.url}/files/1.png?sig=abc")]
    server.answers["/files/1.png"] = [Answer(503), Answer(body=photograph(70, "PNG"))]
    (found,) = drawing(server, waits).pictures([REQUEST])
    assert isinstance(found, FoundPicture)
    assert len(waits) == 1
    assert server.asked[-1].query == {"sig": "abc"}
    assert "authorization" not in server.asked[-1].headers


def test_pictures_inside_the_network_are_not_fetched(
    server: Server, elsewhere: Server, waits: list[float]
) -> None:
    port = urlsplit(elsewhere.url).port
    for address in (
        f"{elsewhere.url}/1.png",
        f"https://localhost:{port}/1.png",
        f"https://127.0.0.1:{port}/1.png",
        f"https://[::ffff:127.0.0.1]:{port}/1.png",
        "http://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/1.png",
        "file:///etc/passwd",
        "",
    ):
        server.answers[DRAW] = [drawn(url=address)]
        error = the_error(drawing(server, waits))
        assert isinstance(error, PermanentError)
        assert "b64_json" in error.next_step
    assert set(server.paths()) == {DRAW}


def test_one_refused_prompt_loses_no_other_picture(server: Server, waits: list[float]) -> None:
    refusal = {"error": {"message": "Your prompt was\nrejected", "code": "moderation_blocked"}}
    server.answers[DRAW] = [inline(), Answer(400, json.dumps(refusal).encode()), inline()]
    empty = replace(REQUEST, prompt=" ")
    found = drawing(server, waits).pictures([REQUEST, REQUEST, empty, REQUEST])
    assert [type(one).__name__ for one in found] == [
        "FoundPicture",
        "PermanentError",
        "InvalidInputError",
        "FoundPicture",
    ]
    assert "Your prompt was rejected" in str(found[1])


@pytest.mark.parametrize(
    ("status", "names"),
    [
        (401, ("YTEMPIRE_IMAGES_KEY", "YTEMPIRE_IMAGES_URL")),
        (404, ("YTEMPIRE_IMAGES_URL", "YTEMPIRE_IMAGES_MODEL")),
        (400, ("YTEMPIRE_IMAGES_MODEL",)),
    ],
)
def test_refusals_name_the_settings(
    server: Server, waits: list[float], status: int, names: tuple[str, ...]
) -> None:
    said = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}"}})
    server.answers[DRAW] = [Answer(status, said.encode())]
    error = the_error(drawing(server, waits))
    assert isinstance(error, PermanentError)
    assert all(name in error.next_step for name in names)
    assert KEY not in str(error)
    assert waits == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(500), TransientError),
        (Answer(body=b"not json"), TransientError),
        (Answer(body=b'{"data": []}'), TransientError),
        (drawn(b64_json="%%%"), TransientError),
        (inline(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), InvalidInputError),
        (inline(photograph()[:500]), InvalidInputError),
        (Answer(headers={"Content-Length": "90000000"}), PermanentError),
    ],
)
def test_unusable_answers_are_named(
    server: Server, waits: list[float], answer: Answer, kind: type[YtempireError]
) -> None:
    server.answers[DRAW] = [answer]
    assert isinstance(the_error(drawing(server, waits)), kind)


def test_what_cannot_be_a_service_is_refused_at_once() -> None:
    with pytest.raises(InvalidInputError, match="YTEMPIRE_IMAGES_URL"):
        OpenAIPictures("api.openai.com", "painter-1")
    with pytest.raises(InvalidInputError, match="YTEMPIRE_IMAGES_MODEL"):
        OpenAIPictures("https://api.openai.com/v1", " ")
    with pytest.raises(InvalidInputError, match="YTEMPIRE_IMAGES_KEY"):
        OpenAIPictures("https://api.openai.com/v1", "painter-1", key=SecretStr("a b"))
    with pytest.raises(InvalidInputError, match="1024x1536"):
        OpenAIPictures("https://api.openai.com/v1", "painter-1", sizes=["large"])
