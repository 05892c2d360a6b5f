"""A person's day at the desk, in a real browser: look, play, approve, publish, watch."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from ytempire_assets.api import produce
from ytempire_assets.instance import opened_instance
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.sandbox.server import SandboxServer
from ytempire_assets.settings import Settings
from ytempire_assets_tests.conftest import PROJECT
from ytempire_assets_tests.review.conftest import open_desk
from ytempire_assets_tests.test_end_to_end import edit, short_channels
from ytempire_assets_tests.test_ui import CHROMIUM, CHROMIUM_OPTIONS, DAY, Visit, watch

VIDEO = "orbit-20261119-1"
PLAYS = "document.querySelector('video').currentTime > 0.3"


@pytest.fixture
def waiting(tmp_path: Path) -> Settings:
    """One short square video of a channel that asks for approval, produced for real."""
    import yaml

    channels = short_channels(tmp_path / "channels")
    (channels / "fieldnotes.yaml").unlink()
    spec = yaml.safe_load((PROJECT / "channels" / "orbit.yaml").read_text(encoding="utf-8"))
    edit(channels / "orbit.yaml", videos_per_day=1, publish={**spec["publish"], "approval": True})
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    settings = Settings(home=tmp_path / "home", channels_dir=channels, sandbox_port=port)
    assert produce("orbit", DAY, settings=settings).errors == ()
    return settings


def test_a_person_looks_plays_approves_and_sees_it_published(waiting: Settings) -> None:
    assert approvals_check(waiting) == (False, [VIDEO], waiting.review_url)
    with open_desk(waiting) as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[*CHROMIUM_OPTIONS, "--autoplay-policy=no-user-gesture-required"],
            timeout=30_000,
        )
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(20_000)
            visit = Visit(page, base)
            watch(visit)
            title = look_and_approve(page, base)
            assert visit.trouble == []
            assert Ledger(waiting.ledger_url).publications()[0].state == "approved"
            publish(waiting)
            publication = Ledger(waiting.ledger_url).publications()[0]
            assert publication.state == "verified"
            assert publication.decided_by == "the review desk"
            with SandboxServer(waiting.sandbox_dir, port=waiting.sandbox_port) as sandbox:
                visit.base = sandbox.url
                page.goto(publication.address or "")
                expect(page.get_by_role("heading", name=title)).to_be_visible()
                play(page)
            assert visit.trouble == []
        finally:
            browser.close()
    assert approvals_check(waiting) == (True, [], waiting.review_url)


def look_and_approve(page: Page, base: str) -> str:
    """From the list to the case and back with a yes; returns the video's title."""
    page.goto(base)
    card = page.locator("ul.grid a")
    expect(card).to_have_count(1)
    title = card.inner_text().strip()
    card.click()
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    for row in ("VMAF", "loudness"):
        expect(page.get_by_role("row", name=row).first).to_be_visible()
    assert page.locator("ul.sources a").count() > 0
    shown = "[...document.images].every(image => image.complete && image.naturalWidth > 0)"
    until(page, shown)
    play(page)
    page.evaluate("document.querySelector('track').track.mode = 'showing'")
    cues = "document.querySelector('track').track.cues"
    until(page, f"{cues} && {cues}.length > 3")
    for width in (390, 1440):  # nothing sticks out at the side, on a telephone either
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status")).to_contain_text(f"{title} is approved")
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    expect(page.get_by_role("row", name=title)).to_contain_text("approved, not sent yet")
    return title


def until(page: Page, condition: str) -> None:
    """Waits from outside: on these pages no script may run, a waiting one neither."""
    deadline = time.monotonic() + 20
    while not page.evaluate(f"Boolean({condition})"):
        assert time.monotonic() < deadline, condition
        time.sleep(0.05)


def play(page: Page) -> None:
    page.evaluate("document.querySelector('video').play()")
    until(page, PLAYS)
    assert page.evaluate("document.querySelector('video').readyState") >= 2
    page.evaluate("document.querySelector('video').pause()")


def publish(settings: Settings) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ytempire_assets.cli", "publish"],
        env={
            **os.environ,
            "YTEMPIRE_HOME": str(settings.home),
            "YTEMPIRE_CHANNELS_DIR": str(settings.channels_dir),
            "YTEMPIRE_SANDBOX_PORT": str(settings.sandbox_port),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Nothing is left to publish." in done.stdout


def approvals_check(settings: Settings) -> tuple[bool, list[str], str]:
    """What the check beside uploads said last: passed, videos that wait, the desk's address."""
    key = dg.AssetCheckKey(dg.AssetKey("uploads"), "approvals")
    with opened_instance(settings) as instance:
        record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    assert record.event is not None
    assert record.event.dagster_event is not None
    found = record.event.dagster_event.asset_check_evaluation_data
    shown: Any = found.metadata["waiting"].value
    waiting = [one["video_id"] for one in shown]
    assert found.severity == dg.AssetCheckSeverity.WARN
    return found.passed, waiting, str(found.metadata["review_desk"].value)
