"""A stream in a real browser: hls.js plays it, moves on its ladder, seeks, shows its tiles."""

from __future__ import annotations

import contextlib
import functools
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from ytempire_assets.video.streams import StreamFacts

from .streaming import small_stream

PROJECT = Path(__file__).parents[2]
HLS_JS = PROJECT / ".venv/npm/node_modules/hls.js/dist/hls.min.js"
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_OPTIONS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run --autoplay-policy=no-user-gesture-required"
).split()
START_LIMIT_S = 3.0
"""What the product promises, from opening the page to moving pictures."""

SLOW_BITS_PER_S = 1_638_400
SLOW_LATENCY_MS = 150
"""The phone network that page speed is usually judged on."""

PAGE = """<!doctype html><title>player</title>
<video id="video" muted playsinline crossorigin="anonymous">
  <track id="tiles" kind="metadata" src="stream/thumbnails.vtt" default>
</video>
<script src="hls.min.js"></script>
<script>
  const video = document.getElementById("video");
  const hls = new Hls();
  const errors = [];
  hls.on(Hls.Events.ERROR, (_, data) => {
    if (data.fatal) errors.push(`${data.type} ${data.details}`);
  });
  let askedAt = null, playingAt = null;
  video.addEventListener("playing", () => { playingAt ??= performance.now(); });
  function play() {
    askedAt = performance.now();
    hls.loadSource("stream/master.m3u8");
    hls.attachMedia(video);
    video.play();
  }
  if (!location.hash) play();
</script>
"""


TYPES = {
    "": "application/octet-stream",
    ".html": "text/html",
    ".js": "text/javascript",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".vtt": "text/vtt",
    ".jpg": "image/jpeg",
}


class Files(SimpleHTTPRequestHandler):
    """Serves the site with the types that players expect, and quietly."""

    extensions_map = TYPES

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Sends a file; a browser that closes meanwhile is no error."""
        with contextlib.suppress(ConnectionError):
            super().copyfile(source, outputfile)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Says nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder on the loopback interface."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, StreamFacts]:
    """A page with a player and a stream of nine seconds."""
    if not HLS_JS.is_file():
        pytest.fail(f"{HLS_JS} is missing; run: make test, which installs it with npm")
    folder = tmp_path_factory.mktemp("site")
    facts = small_stream(folder)
    shutil.copyfile(HLS_JS, folder / "hls.min.js")
    (folder / "index.html").write_text(PAGE, encoding="utf-8")
    return folder, facts


@pytest.fixture
def page(site: tuple[Path, StreamFacts]) -> Iterator[Page]:
    """An empty page of a browser that can reach the site at its base address."""
    if not CHROMIUM.is_file():
        pytest.fail(
            f"{CHROMIUM} is missing; install the Debian package chromium: apt-get install chromium"
        )
    with served(site[0]) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_OPTIONS, timeout=30_000
        )
        try:
            page = browser.new_page(base_url=base)
            page.set_default_timeout(20_000)
            yield page
            assert page.evaluate("errors") == []
        finally:
            browser.close()


def wait_until_playing(page: Page) -> None:
    page.wait_for_function("playingAt !== null && video.currentTime > 0")


def test_playback_starts_within_three_seconds_of_opening_the_page(page: Page) -> None:
    page.goto("/index.html")
    wait_until_playing(page)
    start_s = page.evaluate("playingAt") / 1000  # the page's clock starts with the navigation
    assert start_s < START_LIMIT_S, f"playback began after {start_s:.2f} s"
    assert page.evaluate("video.buffered.start(0)") == pytest.approx(0, abs=0.001)


def test_playback_starts_within_three_seconds_on_a_slow_network(page: Page) -> None:
    page.goto("/index.html#later")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": SLOW_LATENCY_MS,
            "downloadThroughput": SLOW_BITS_PER_S / 8,
            "uploadThroughput": SLOW_BITS_PER_S / 8,
        },
    )
    page.evaluate("play()")
    wait_until_playing(page)
    start_s = page.evaluate("playingAt - askedAt") / 1000
    assert start_s < START_LIMIT_S, f"playback began after {start_s:.2f} s"


def test_the_player_finds_the_whole_ladder_and_moves_on_it(
    page: Page, site: tuple[Path, StreamFacts]
) -> None:
    page.goto("/index.html")
    wait_until_playing(page)
    levels = page.evaluate("hls.levels.map(one => [one.width, one.height, one.videoCodec])")
    assert levels == [
        [one.width, one.height, one.codecs.partition(",")[0]] for one in site[1].renditions
    ]
    for level, rendition in reversed(list(enumerate(site[1].renditions))):
        page.evaluate("level => { hls.currentLevel = level; }", level)
        page.wait_for_function("width => video.videoWidth === width", arg=rendition.width)
        assert page.evaluate("video.videoHeight") == rendition.height
    assert page.evaluate("hls.audioTracks.length") == 1


def test_a_seek_plays_on_from_there(page: Page) -> None:
    page.goto("/index.html")
    wait_until_playing(page)
    page.evaluate("video.currentTime = 6.5")
    page.wait_for_function("!video.seeking && video.currentTime > 6.6")
    page.wait_for_function("video.ended")
    assert page.evaluate("video.duration") == pytest.approx(9.0, abs=0.1)


def test_the_browser_reads_the_thumbnails(page: Page) -> None:
    page.goto("/index.html")
    page.evaluate("document.getElementById('tiles').track.mode = 'hidden'")
    page.wait_for_function("document.getElementById('tiles').readyState === 2")
    cues = page.evaluate(
        "[...document.getElementById('tiles').track.cues]"
        ".map(cue => [cue.startTime, cue.endTime, cue.text])"
    )
    assert [cue[:2] for cue in cues] == [[second, second + 1] for second in range(9)]
    name, _, area = cues[-1][2].partition("#xywh=")
    x, y, width, height = map(int, area.split(","))
    sheet = page.evaluate(
        """async name => {
            const picture = new Image();
            picture.src = `stream/${name}`;
            await picture.decode();
            return [picture.naturalWidth, picture.naturalHeight];
        }""",
        name,
    )
    assert [x + width, y + height] == sheet
    wait_until_playing(page)
