"""Makes the pictures of the documentation anew: ``make pictures``.

Belongs here: which pictures there are, and how a browser comes to see them. All of them show real
state under ``YTEMPIRE_HOME``: the demo's videos, and a Dagster instance over them that is started
here and ended again. ``--review`` makes those of the review desk only. With ``--backfill`` work is
launched first by clicking through the UI, one channel's day and then three days of both channels,
and what became of it is printed; that takes about ten minutes on two cores.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import av
import dagster as dg
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect, sync_playwright

from ytempire_assets.api import tables
from ytempire_assets.instance import opened_instance
from ytempire_assets.settings import Settings, load_settings
from ytempire_assets.tables import TABLES

PROJECT = Path(__file__).parent.parent
IMAGES = Path(__file__).parent / "images"
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_OPTIONS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
).split()
HOST = "127.0.0.1"

DAY = "2026-11-19"
CHANNELS = ("orbit", "fieldnotes")
SINGLE = ("orbit", "2026-11-20")
BACKFILL = "[2026-11-16...2026-11-18]"
RUN_LIMIT_S, BACKFILL_LIMIT_S = 600, 1800

MAX_PNG_BYTES = 400_000
WIDE_PX, GAP_PX, MARGIN_PX, RADIUS_PX = 1600, 14, 24, 8
GROUND = (226, 227, 231)

STRIP = {
    "orbit-20261119-1": ("number", "chart_bars"),
    "fieldnotes-20261119-1": ("comparison",),
    "fieldnotes-20261119-2": ("number",),
    "orbit-20261119-2": ("hook", "timeline"),
}
"""Layouts of the scenes that the strip shows; another scene stands in for one that is not there."""

BEFORE_SCENE_END_S = 0.45
"""At this time a scene has unfolded and has not begun to leave."""

ALL_GROUPS_OPEN = "Alt+e"
UI_STATE = {
    "communityNux": '"1"',  # no invitation to Slack over the first page
    "dagster-nav-collapsed": "true",
    "asset-graph-direction": '"vertical"',
    "asset-node-facets": "[]",  # names only: the setting in which 12 assets can be read at once
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes the pictures of the documentation anew.")
    parser.add_argument("--backfill", action="store_true", help="launch work from the UI first")
    parser.add_argument("--review", action="store_true", help="only the review desk's pictures")
    asked = parser.parse_args()
    os.chdir(PROJECT)  # `dagster dev` reads the workspace here, as in `make dev`
    for number in (signal.SIGINT, signal.SIGTERM):  # what is started here ends in either case
        signal.signal(number, signal.default_int_handler)
    settings = load_settings()
    IMAGES.mkdir(exist_ok=True)
    make_demo(settings)
    if asked.review:
        with opened_page() as page:
            shoot_review(page, settings)
        return
    draw_strip(settings)
    with opened_page() as page:
        shoot_review(page, settings)
        with dagster_ui(settings) as base:
            if asked.backfill:
                launch_from_ui(page, base, settings)
            shoot_dagster(page, base, settings)
        with sandbox(settings) as base:
            shoot_sandbox(page, base)


# The strip of frames


def make_demo(settings: Settings) -> None:
    """Runs the demo unless it has left its videos already."""
    folders = [settings.out_dir / channel / DAY for channel in CHANNELS]
    if not all(any(folder.glob("*.mp4")) for folder in folders):
        subprocess.run(
            [sys.executable, "-m", "ytempire_assets.cli", "demo", "--day", DAY], check=True
        )


def draw_strip(settings: Settings) -> None:
    """The tall videos at the sides, two frames each; the wide ones stacked between them."""
    first, *wide, last = (frames_of(settings, video) for video in STRIP)
    # Tall frames have the strip's height h, the wide ones half of it less the gap.
    aspect = sum(frame.width / frame.height for frame in first + last)
    middle = wide[0][0].width / wide[0][0].height
    gaps = GAP_PX * (len(first) + len(last))
    height = round(
        (WIDE_PX - 2 * MARGIN_PX - gaps + middle * GAP_PX / 2) / (aspect + middle / len(wide))
    )
    half = (height - GAP_PX * (len(wide) - 1)) // len(wide)
    strip = Image.new("RGB", (WIDE_PX, height + 2 * MARGIN_PX), GROUND)
    columns = [[frame] for frame in first] + [[row[0] for row in wide]] + [[f] for f in last]
    x = MARGIN_PX
    for column in columns:
        size = height if len(column) == 1 else half
        width = round(column[0].width * size / column[0].height)
        for number, frame in enumerate(column):
            paste_rounded(strip, frame, (x, MARGIN_PX + number * (half + GAP_PX)), (width, size))
        x += width + GAP_PX
    path = IMAGES / "demo-strip.jpg"
    strip.save(path, quality=88, optimize=True, progressive=True)
    print_picture(path)


def frames_of(settings: Settings, video_id: str) -> list[Image.Image]:
    """One frame of each chosen scene, in the order of the video."""
    found = tables(settings=settings).execute(
        "select r.path, v.scenes as drawn, s.scenes as spoken from renders r "
        "join visuals v using (video_id, format) join voiceovers s using (video_id) "
        "where video_id = ?",
        [video_id],
    )
    path, drawn, spoken = found.fetchone() or (None, [], [])
    if path is None:
        raise SystemExit(f"{video_id} was not rendered; run: ytempire demo")
    scenes = chosen([scene["layout"] for scene in drawn], STRIP[video_id])
    times_s = [spoken[number]["end_s"] - BEFORE_SCENE_END_S for number in scenes]
    return decoded(settings.home / path, times_s)


def chosen(layouts: Sequence[str], wanted: Iterable[str]) -> list[int]:
    """Indexes of one scene for each wanted layout; for a missing one the next unused scene."""
    taken: list[int] = []
    for layout in wanted:
        same = [n for n, name in enumerate(layouts) if name == layout and n not in taken]
        taken.append(same[0] if same else next(n for n in range(len(layouts)) if n not in taken))
    return sorted(taken)


def decoded(video: Path, times_s: Sequence[float]) -> list[Image.Image]:
    """The frames at some times, in order."""
    frames = []
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        for time_s in times_s:
            container.seek(int(time_s * 1_000_000))
            frame = next(f for f in container.decode(stream) if f.time and f.time >= time_s)
            frames.append(frame.to_image())
    return frames


def paste_rounded(
    ground: Image.Image, frame: Image.Image, at: tuple[int, int], size: tuple[int, int]
) -> None:
    mask = Image.new("L", (size[0] * 4, size[1] * 4), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, *mask.size), RADIUS_PX * 4, fill=255)
    small = frame.resize(size, Image.Resampling.LANCZOS)
    ground.paste(small, at, mask.resize(size, Image.Resampling.LANCZOS))


# What is started here and ended again


@contextlib.contextmanager
def opened_page() -> Iterator[Page]:
    """A page of 1440x900 in the browser of this machine."""
    if not Path(CHROMIUM).is_file():
        raise SystemExit(f"{CHROMIUM} is missing; install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_OPTIONS)
        try:
            context = browser.new_context(
                viewport={"width": 1440, "height": 900},
                device_scale_factor=1,
                locale="en-US",
                timezone_id="UTC",
                reduced_motion="reduce",
            )
            for key, value in UI_STATE.items():
                context.add_init_script(f"localStorage.setItem('{key}', '{value}')")
            page = context.new_page()
            page.set_default_timeout(30_000)
            yield page
        finally:
            browser.close()


@contextlib.contextmanager
def dagster_ui(settings: Settings) -> Iterator[str]:
    """Webserver and daemon on the home folder, as ``make dev`` starts them."""
    with opened_instance(settings):
        pass  # copies dagster.yaml
    port = free_port()
    command = ["-m", "dagster", "dev", "--workspace", "workspace.yaml"]
    with started(
        [*command, "--host", HOST, "--port", str(port)],
        f"http://{HOST}:{port}/server_info",
        {"YTEMPIRE_HOME": str(settings.home), "DAGSTER_HOME": str(settings.dagster_dir)},
    ):
        yield f"http://{HOST}:{port}"


@contextlib.contextmanager
def sandbox(settings: Settings) -> Iterator[str]:
    """The local platform's pages."""
    port = free_port()
    with started(
        ["-m", "ytempire_assets.cli", "sandbox", "serve", "--port", str(port)],
        f"http://{HOST}:{port}/",
        {"YTEMPIRE_HOME": str(settings.home)},
    ):
        yield f"http://{HOST}:{port}"


@contextlib.contextmanager
def started(arguments: Sequence[str], address: str, env: Mapping[str, str]) -> Iterator[None]:
    """A Python process that answers at ``address``; it and its children end with the block."""
    with tempfile.TemporaryFile("w+b") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", *arguments],
            env={**os.environ, **env},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + 120
            while not answers(address):
                if process.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    said = log.read().decode(errors="replace")[-2000:]
                    raise SystemExit(f"{' '.join(arguments)} does not answer:\n{said}")
                time.sleep(0.3)
            yield
        finally:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=60)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # our own session: nobody else is in it


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


# Work launched from the UI


def launch_from_ui(page: Page, base: str, settings: Settings) -> None:
    """One channel's day, then a backfill, by clicking; prints what became of them."""
    channel, day = SINGLE

    def choose_day(days: str) -> Callable[[], None]:
        return lambda: page.get_by_placeholder(re.compile("partitions|^ex: ")).last.fill(days)

    def choose_channel_day() -> None:
        choose_day(day)()  # first: until the days have come their field looks like the channels'
        page.get_by_text("Select a partition or create one").click()
        page.get_by_role("menuitem", name=channel).click()
        page.keyboard.press("Escape")

    discovery = launch(page, base, 'group:"discovery"', 3, choose_day(day), "Launch 1 run")
    finish(page, "run", discovery, RUN_LIMIT_S)
    production = launch(page, base, 'key:"ideas"+', 8, choose_channel_day, "Launch 1 run")
    finish(page, "run", production, RUN_LIMIT_S)
    backfill = launch(page, base, "", 11, choose_day(BACKFILL), "Launch backfill")
    finish(page, "backfill", backfill, BACKFILL_LIMIT_S)

    with opened_instance(settings) as instance:
        good = [
            print_runs(instance, f"run {discovery}", dg.RunsFilter(run_ids=[discovery])),
            print_runs(instance, f"run {production}", dg.RunsFilter(run_ids=[production])),
            print_runs(
                instance, f"backfill {backfill}", dg.RunsFilter(tags={"dagster/backfill": backfill})
            ),
        ]
    if not all(good):
        raise SystemExit("not everything that was launched succeeded")


def launch(
    page: Page, base: str, selection: str, count: int, choose: Callable[[], None], button: str
) -> str:
    """Materialises ``count`` assets of the graph.

    Args:
        page: The browser's page.
        base: Address of the UI.
        selection: What is typed above the graph; nothing for all assets.
        count: How many assets that must be.
        choose: Chooses partitions in the open dialog.
        button: The dialog's button.

    Returns:
        The run's or backfill's id.
    """
    page.goto(f"{base}/asset-groups")
    expect(page.get_by_role("button", name="Materialize all")).to_be_enabled(timeout=60_000)
    if selection:
        page.locator(".CodeMirror").click()
        page.keyboard.type(selection)
        page.keyboard.press("Enter")
        page.wait_for_url("**/asset-groups~**")
        page.wait_for_timeout(1500)  # until then the button still means the whole graph
    page.get_by_role("button", name="Materialize all").click()
    page.get_by_text(f"Launch runs to materialize {count} assets").wait_for()
    choose()
    page.keyboard.press("Tab")
    launcher = page.get_by_role("button", name=button, exact=True)
    expect(launcher).to_be_enabled()
    page.wait_for_timeout(500)
    launcher.click()
    page.get_by_text("View", exact=True).click()
    page.wait_for_url("**/runs/**")
    return page.url.partition("?")[0].rstrip("/").rpartition("/")[2]


def finish(page: Page, what: str, name: str, limit_s: int) -> None:
    """Waits on the page of a run or backfill until it has ended."""
    start = time.monotonic()
    if what == "run":
        end = page.get_by_text(re.compile(r"^(Success|Failure|Canceled)$")).first
        end.wait_for(timeout=limit_s * 1000)
    else:
        end = page.get_by_text("Status", exact=True).first.locator("xpath=..")
        ended = re.compile("Succeeded|Completed|Failed|Canceled")
        expect(end).to_contain_text(ended, timeout=limit_s * 1000)
    words = end.inner_text().split()
    seconds = time.monotonic() - start
    print(f"{what} {name}: {words[-1]} in the UI after {seconds:.0f} s", flush=True)


def print_runs(instance: dg.DagsterInstance, title: str, wanted: dg.RunsFilter) -> bool:
    """Prints partition, status, seconds and warnings of every run; true when all succeeded."""
    records = instance.get_run_records(wanted, ascending=True)
    print(f"{title}: {len(records)} runs")
    for record in records:
        run = record.dagster_run
        seconds = (record.end_time or 0.0) - (record.start_time or 0.0)
        partition = run.tags.get("dagster/partition", "")
        assets = len(run.asset_selection or ())
        print(f"  {run.run_id} {partition} {assets} assets {run.status.value} {seconds:.1f} s")
        for entry in instance.all_logs(run.run_id):
            failed = entry.dagster_event is not None and entry.dagster_event.is_failure
            if failed or int(entry.level) >= logging.WARNING:
                print(f"    {entry.message}")
    return bool(records) and all(record.dagster_run.is_success for record in records)


# The pictures of the UI


def shoot_dagster(page: Page, base: str, settings: Settings) -> None:
    """Every picture of the Dagster UI."""
    shoot_graph(page, base)
    partition = f"{CHANNELS[0]}|{DAY}"
    page.goto(f"{base}/assets/renders?view=overview")
    page.get_by_text("captions_srt").wait_for()
    save(page, "renders-columns")
    for asset, entry in (("renders", "frames"), ("voiceovers", "waveform")):
        name = asset.removesuffix("s")
        page.goto(f"{base}/assets/{asset}?view=events")
        page.get_by_text(partition).first.click()
        row = page.locator("tr", has=page.get_by_text(entry, exact=True))
        row.get_by_text("[Show Markdown]").click()
        page.wait_for_function(
            "name => [...document.images].filter(i => i.alt.startsWith(name) && i.complete).length",
            arg=entry,
        )
        save(page, f"{asset if asset == 'renders' else name}-metadata")
    page.goto(f"{base}/automation")
    page.get_by_text("register_channels").wait_for()
    save(page, "automation")
    with opened_instance(settings) as instance:
        runs = instance.get_run_records(
            dg.RunsFilter(job_name="produce", statuses=[dg.DagsterRunStatus.SUCCESS])
        )
        backfills = instance.get_backfills(limit=1)
    longest = max(runs, key=lambda run: (run.end_time or 0.0) - (run.start_time or 0.0))
    page.goto(f"{base}/runs/{longest.dagster_run.run_id}")
    page.get_by_label("logs_structured").wait_for()
    edge = page.get_by_label("logs_structured").bounding_box() or {"y": 365.0}
    page.mouse.move(700, edge["y"] - 20)  # between chart and events: room for all steps
    page.mouse.down()
    page.mouse.move(700, 540)
    page.mouse.up()
    save(page, "run", 540)  # the events below name folders of this machine
    if backfills:
        page.goto(f"{base}/runs/b/{backfills[0].backfill_id}")
        page.get_by_text(re.compile(r"^(Completed|Failed|Canceled|In progress)$")).first.wait_for()
        save(page, "backfill")
    else:
        print("backfill.png stays as it is: no backfill was launched; --backfill does that")


def shoot_graph(page: Page, base: str) -> None:
    """All assets at once, in their groups."""
    page.goto(f"{base}/asset-groups")
    page.locator("foreignObject", has_text="publishing").first.wait_for()
    page.get_by_role("button").filter(has=page.get_by_label("panel_show_right")).click()
    page.wait_for_timeout(1000)
    page.keyboard.press(ALL_GROUPS_OPEN)
    page.locator("foreignObject", has_text="uploads").first.wait_for()
    page.wait_for_timeout(1500)
    # The UI fits the graph into the width only. The wheel moves it, with Ctrl it zooms; what is
    # outside of the view is not drawn.
    left, right, top, bottom = 72, 1388, 114, 894
    page.mouse.move(700, 500)
    for _ in range(40):
        names, box = drawn_graph(page)
        if (
            names >= {*TABLES, "patterns_feedback"}
            and box["right"] - box["left"] <= right - left
            and box["bottom"] - box["top"] <= bottom - top
        ):
            break
        page.keyboard.down("Control")
        page.mouse.wheel(0, 5)
        page.keyboard.up("Control")
        page.wait_for_timeout(200)
    else:
        raise SystemExit(f"the graph does not fit; drawn are {sorted(names)}")
    page.mouse.wheel(
        (box["left"] + box["right"] - left - right) / 2,
        (box["top"] + box["bottom"] - top - bottom) / 2,
    )
    page.mouse.move(1300, 300)  # away from nodes, which light up under the pointer
    save(page, "asset-graph")


def drawn_graph(page: Page) -> tuple[set[str], dict[str, float]]:
    """The texts of the graph's nodes, and the edges of all of them, px."""
    names, box = page.evaluate(
        """() => {
            const nodes = [...document.querySelectorAll('foreignObject')];
            const all = nodes.map(node => node.getBoundingClientRect());
            return [nodes.map(node => node.textContent), {
                left: Math.min(...all.map(r => r.left)), right: Math.max(...all.map(r => r.right)),
                top: Math.min(...all.map(r => r.top)), bottom: Math.max(...all.map(r => r.bottom)),
            }];
        }"""
    )
    return set(names), box


def shoot_sandbox(page: Page, base: str) -> None:
    """The local platform's home page, and one video."""
    page.goto(base)
    save(page, "sandbox")
    page.locator("ul.grid a").last.click()
    page.wait_for_url("**/watch?v=*")
    save(page, "watch")


# The pictures of the review desk


def shoot_review(page: Page, settings: Settings) -> None:
    """The demo's videos as they wait for a person, one of them approved and published."""
    with tempfile.TemporaryDirectory(dir=settings.home, prefix="pictures-") as folder:
        env = approving_home(settings, Path(folder))
        ytempire(env, "demo", "--day", DAY)
        port = free_port()
        desk = f"http://{HOST}:{port}"
        with started(
            ["-m", "ytempire_assets.cli", "review", "serve", "--port", str(port)], desk, env
        ):
            page.goto(desk)
            save_jpeg(page, "review-desk")
            approve(page, desk, f"{CHANNELS[1]}-{DAY.replace('-', '')}-1")
            ytempire(env, "publish")
            approve(page, desk, f"{CHANNELS[0]}-{DAY.replace('-', '')}-1", "review-case")
            save_jpeg(page, "review-approved", full_page=True)
        with started(
            ["-m", "ytempire_assets.cli", "sandbox", "serve", "--port", str(port)], desk, env
        ):
            page.goto(desk)
            page.locator("ul.grid a").first.click()
            page.wait_for_url("**/watch?v=*")
            save_jpeg(page, "review-watch")


def approving_home(settings: Settings, folder: Path) -> dict[str, str]:
    """A home whose channels ask for approval; it finds the demo's files by their fingerprints."""
    (folder / "blobs").symlink_to(settings.blobs_dir)
    channels = folder / "channels"
    channels.mkdir()
    for name in CHANNELS:
        text = (settings.channels_dir / f"{name}.yaml").read_text(encoding="utf-8")
        asking = text.replace("approval: false", "approval: true")
        (channels / f"{name}.yaml").write_text(asking, encoding="utf-8")
    return {"YTEMPIRE_HOME": str(folder), "YTEMPIRE_CHANNELS_DIR": str(channels)}


def approve(page: Page, desk: str, video_id: str, name: str = "") -> None:
    """Opens a waiting video and says yes; takes the page's picture where it gets a name."""
    page.goto(f"{desk}/video/{video_id}")
    page.evaluate("document.querySelector('video').currentTime = 14")
    if name:
        save_jpeg(page, name)
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("status").wait_for()


def ytempire(env: Mapping[str, str], *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "ytempire_assets.cli", *arguments],
        env={**os.environ, **env},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def save_jpeg(page: Page, name: str, *, full_page: bool = False) -> None:
    """The page as a JPEG of less than 200 kB."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(1500)
    path = IMAGES / f"{name}.jpg"
    shot = page.screenshot(animations="disabled", full_page=full_page)
    with Image.open(io.BytesIO(shot)) as picture:
        picture.convert("RGB").save(path, quality=84, optimize=True, progressive=True)
    print_picture(path)


def save(page: Page, name: str, height: int = 0) -> None:
    """The page as a small PNG: its own colours if that fits, else 256 of them.

    ``height`` cuts it off there, in pixels from the top; 0 keeps all of it.
    """
    page.wait_for_load_state("load")
    page.wait_for_timeout(2500)  # the UI fills in its numbers after the page has loaded
    path = IMAGES / f"{name}.png"
    with Image.open(io.BytesIO(page.screenshot(animations="disabled"))) as picture:
        plain = picture.convert("RGB")
    if height:
        plain = plain.crop((0, 0, plain.width, height))
    plain.save(path, optimize=True)
    if path.stat().st_size > MAX_PNG_BYTES:
        plain.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print_picture(path)


def print_picture(path: Path) -> None:
    print(f"{path.relative_to(PROJECT)} {path.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
