"""The Dagster UI as people see it, in a real browser on a real state."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Page, expect, sync_playwright

from ytempire_assets.api import produce
from ytempire_assets.build import ASSETS
from ytempire_assets.settings import Settings

DAY = "2026-11-19"
CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_OPTIONS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
).split()
HOSTILE = {
    # Two topics that lead the sample day, so that they stand in the first rows of every preview.
    "ingenuity-helicopter": """<img src=x onerror=alert(1)> | **not bold** "q" 'a'""",
    "concorde": "[press](javascript:alert(2)) ![picture](/hostile.png)",
}


@dataclass
class Visit:
    """A page of the UI, and what went wrong behind it."""

    page: Page
    base: str
    trouble: list[str] = field(default_factory=list)


@pytest.fixture
def ui(settings: Settings, snapshot_dir: Path) -> Iterator[Visit]:
    """Ideas of one channel's day with hostile titles, shown by a webserver of the test's own."""
    if not CHROMIUM.is_file():
        pytest.fail(
            f"{CHROMIUM} is missing; install the Debian package chromium: apt-get install chromium"
        )
    for name, title in HOSTILE.items():
        path = snapshot_dir / f"{name}.yaml"
        topic = yaml.safe_load(path.read_text(encoding="utf-8"))
        path.write_text(yaml.safe_dump({**topic, "title": title}), encoding="utf-8")
    settings = settings.model_copy(update={"snapshot_dir": snapshot_dir})
    assert produce("orbit", DAY, ["ideas"], settings=settings).errors == ()
    with webserver(settings) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_OPTIONS, timeout=30_000
        )
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(20_000)
            page.add_init_script("localStorage.setItem('communityNux', '\"1\"')")
            visit = Visit(page, base)
            watch(visit)
            yield visit
        finally:
            browser.close()


def watch(visit: Visit) -> None:
    """Notes errors, dialogs, and requests that leave this machine."""
    page, trouble = visit.page, visit.trouble

    def dialog(shown: object) -> None:
        trouble.append(f"dialog: {shown}")

    page.on("dialog", dialog)
    page.on("pageerror", lambda error: trouble.append(f"page error: {error}"))
    page.on(
        "console",
        lambda line: trouble.append(f"console: {line.text}") if line.type == "error" else None,
    )
    page.on(
        "request",
        lambda request: (
            None
            if request.url.startswith((visit.base, "data:", "blob:", "ws:"))
            else trouble.append(f"request to {request.url}")
        ),
    )


@contextlib.contextmanager
def webserver(settings: Settings) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    log = settings.home / "webserver.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "dagster_webserver"),
                *("--module-name", "ytempire_assets.definitions"),
                *("--host", "127.0.0.1", "--port", str(port)),
            ],
            cwd=settings.home,
            env={
                **os.environ,
                "DAGSTER_HOME": str(settings.dagster_dir),
                "YTEMPIRE_HOME": str(settings.home),
                "YTEMPIRE_CHANNELS_DIR": str(settings.channels_dir),
                "YTEMPIRE_SNAPSHOT_DIR": str(settings.snapshot_dir),
            },
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its code server ends with it
        )
        try:
            deadline = time.monotonic() + 60
            while not answers(f"{base}/server_info"):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.2)
            yield base
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def open_preview(visit: Visit, asset: str) -> None:
    """The table preview of an asset's latest materialisation."""
    visit.page.goto(f"{visit.base}/assets/{asset}?view=events")
    row = visit.page.locator("tr", has=visit.page.get_by_text("preview", exact=True))
    row.get_by_text("[Show Markdown]").click()


def test_people_see_the_graph_and_its_tables_and_titles_stay_text(ui: Visit) -> None:
    page = ui.page
    page.goto(f"{ui.base}/asset-groups")
    expect(page.locator("foreignObject", has_text="publishing").first).to_be_visible()
    page.keyboard.press("Alt+e")  # opens all groups
    for asset in ASSETS:
        name = asset.key.to_user_string()
        # A long name is cut in the middle, to the width of its box.
        shown = re.compile(f"^{re.escape(name)}$" if len(name) < 20 else f"^{re.escape(name[:8])}")
        expect(page.locator("foreignObject").get_by_text(shown).first).to_be_visible()

    open_preview(ui, "ideas")
    expect(page.get_by_role("columnheader", name="video_id")).to_be_visible()
    expect(page.get_by_role("cell", name="orbit-20261119-1", exact=True)).to_be_visible()
    titles_are_text(page)
    open_preview(ui, "trends")
    titles_are_text(page)
    page.keyboard.press("Escape")
    strongest = page.locator("tr", has=page.get_by_text("strongest", exact=True))
    expect(strongest).to_contain_text("onerror=alert(1)")
    assert ui.trouble == []


def titles_are_text(page: Page) -> None:
    """Every hostile title stands in the open preview as it was written, and is nothing else."""
    for title in HOSTILE.values():
        # A topic's title stands alone, and once more among all of its titles.
        cell = page.get_by_role("dialog").get_by_role("cell", name=title, exact=True).first
        expect(cell).to_have_text(title)
        assert cell.locator("*").count() == 0
