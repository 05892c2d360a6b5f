"""A platform, a ledger and a meter whose days pass when a test says so.

Belongs here: moving all clocks together, and publishing as the ``uploads`` asset does it: with the
allowance's admission and meter. HTTP on loopback, SQLite on disk.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from ytempire_assets.publishing.dressing import WhenShort
from ytempire_assets.publishing.package import Package
from ytempire_assets.publishing.publication import Publication, PublicationPlan
from ytempire_assets.publishing.publish import Admission, Published, publish
from ytempire_assets.publishing.quota import Limits, needs, reset_after
from ytempire_assets.publishing.youtube import YouTubeClient
from ytempire_assets.resources.allowances import Allowances
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.sandbox.store import SandboxStore
from ytempire_assets_tests.publishing.studio import (
    UNIT,
    ignore,
    make_client,
    make_package,
    make_plan,
    make_video,
)

NOON = datetime(2026, 11, 19, 20, tzinfo=UTC)
"""When a world begins: noon in California."""


class World:
    """What a publication meets.

    Args:
        url: The platform's.
        shelf: What it has on disk.
        folder: For files and the ledger.
        limits: Our allowance; the platform's own is its server's.
    """

    def __init__(self, url: str, shelf: SandboxStore, folder: Path, limits: Limits) -> None:
        self.url, self.shelf, self.limits = url, shelf, limits
        self.tokens: set[str | None] = set()
        """Access tokens that were used."""
        self._folder = folder
        self._ahead = NOON - datetime.now(UTC)
        self.ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}", clock=self.now)
        self.move()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def move(self, **amount: float) -> None:
        """Lets time pass here and there."""
        self._ahead += timedelta(**amount)
        self.control(clock_offset_s=self._ahead.total_seconds())

    def next_day(self) -> None:
        """Goes to the first hour of the next quota day."""
        self.move(seconds=(reset_after(self.now()) - self.now()).total_seconds() + 60)

    def control(self, **settings: object) -> dict[str, Any]:
        """What the platform's controls say, after these settings."""
        address, headers = f"{self.url}/sandbox/control", {"X-Sandbox-Control": "1"}
        if settings:
            answer = requests.post(address, json=settings, headers=headers, timeout=10)
        else:
            answer = requests.get(address, timeout=10)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def requests(self) -> int:
        """How often the platform was asked for anything."""
        return int(self.control()["fault_counts"]["requests"])

    def video(
        self, video_id: str = "orbit-1", *, file: Path | None = None, **changes: object
    ) -> tuple[PublicationPlan, Package]:
        """Plan and package of a video of its own, or of ``file``.

        Args:
            video_id: Its channel is what stands before the hyphen.
            file: The video file; made when it is not given.
            changes: Fields of plan or package.
        """
        file = file or make_video(self._folder / f"{video_id}.mp4", 2 * UNIT)
        planned = {
            name: changes.pop(name)
            for name in ("publish_at", "needs_approval", "priority", "size_bytes")
            if name in changes
        }
        package = make_package(file, **{"title": f"All about {video_id}", **changes})
        plan = make_plan(
            file, video_id, channel=video_id.partition("-")[0], title=package.title, **planned
        )
        return plan, package

    def client(self, channel: str, video_id: str = "", consent: str = "0") -> YouTubeClient:
        """A client of a channel whose calls are counted."""
        return make_client(
            self.url,
            refresh_token=f"sandbox.{channel}.{consent}",
            meter=self._allowances("later").meter("sandbox", channel, video_id),
            clock=lambda: self.now().timestamp(),
        )

    def publish(
        self,
        video: tuple[PublicationPlan, Package],
        when_short: WhenShort = "later",
        report: Callable[[float], None] = ignore,
        consent: str = "0",
    ) -> Published:
        """Carries a publication as far as it can go now.

        Args:
            video: As ``video`` makes it.
            when_short: What becomes of captions when units are short.
            report: Hears how much has arrived.
            consent: The secret part of the channel's refresh token.
        """
        plan, package = video
        takes = needs(thumbnail=True, playlist=bool(package.playlist), captions=True)

        def admit(now: Publication) -> Admission:
            return self._allowances(when_short).admit(now, takes, {})

        with self.client(plan.channel, plan.video_id, consent) as client:
            try:
                return publish(
                    plan, package, self.ledger, client, report,
                    admit=admit, when_short=when_short, clock=self.now,
                )  # fmt: skip
            finally:
                self.tokens.add(client._transport._session.credentials.token)

    def stored(self, video: tuple[PublicationPlan, Package]) -> Publication:
        """The publication as the ledger has it."""
        (found,) = self.ledger.publications(video_id=video[0].video_id)
        return found

    def ready(self) -> list[str]:
        """Videos that could go on and whose turn is today, as the sensor asks for them."""
        turns = self._allowances("later").turns_today("sandbox", {})
        return [
            one.plan.video_id
            for one in self.ledger.unfinished()
            if one.state != "approved" or one.plan.video_id in turns
        ]

    def left(self) -> dict[str, int]:
        """What the ledger says is left of the day."""
        return {str(name): left for name, left in self.ledger.left("sandbox", self.limits).items()}

    def _allowances(self, when_short: WhenShort) -> Allowances:
        return Allowances(self.ledger, "youtube", self.limits, when_short)
