"""The platforms' allowances as assets use them: a meter for each client, and whose turn it is.

Belongs here: joining the ledger's counting with the settings and the channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ytempire_assets.channels import ChannelSpec
from ytempire_assets.publishing.admission import Day, admit, day_turns
from ytempire_assets.publishing.dressing import WhenShort
from ytempire_assets.publishing.publication import Publication
from ytempire_assets.publishing.publish import Admission
from ytempire_assets.publishing.quota import COSTS, Limits, Needs, quota_day, reset_after, start_of
from ytempire_assets.resources.ledger import Ledger
from ytempire_assets.sandbox.quota import Limits as SandboxLimits
from ytempire_assets.settings import Settings

SANDBOX_PROJECT = "sandbox"


@dataclass(frozen=True, slots=True)
class ChannelMeter:
    """Counts one channel's calls; see ``publishing.quota.Meter``."""

    ledger: Ledger
    project: str
    limits: Limits
    channel: str
    video_id: str = ""

    def reserve(self, call: str, /) -> int:
        """Takes the cost of a call from the project's day."""
        return self.ledger.take(self.project, self.limits, self.channel, self.video_id, call)

    def settle(self, reservation: int, /, *, sent: bool) -> None:
        """Ends a reservation."""
        self.ledger.settle(reservation, sent=sent)

    def exhausted(self, call: str, reason: str, /) -> datetime:
        """Notes what the platform said, for every worker."""
        if reason == "uploadLimitExceeded":
            return self.ledger.block_channel(self.project, self.channel)
        return self.ledger.mark_exhausted(self.project, COSTS[call].bucket)


class Allowances:
    """What the platforms allow in a day, and how it is shared.

    Args:
        ledger: Counts.
        project: The one project whose allowance YouTube counts; the sandbox has its own.
        limits: Its allowance.
        when_short: What becomes of captions when units are short.
    """

    def __init__(
        self, ledger: Ledger, project: str, limits: Limits, when_short: WhenShort = "later"
    ) -> None:
        self.ledger = ledger
        self.limits = limits
        self.when_short: WhenShort = when_short
        self._project = project

    @classmethod
    def of(cls, settings: Settings, ledger: Ledger) -> Allowances:
        """As the settings say."""
        return cls(
            ledger, settings.quota_project, limits_of(settings), settings.captions_when_short
        )

    def project(self, platform: str) -> str:
        """Whose allowance a platform counts."""
        return SANDBOX_PROJECT if platform == "sandbox" else self._project

    def meter(self, platform: str, channel: str, video_id: str = "") -> ChannelMeter:
        """Counts the calls for one video, or for a channel at large."""
        return ChannelMeter(self.ledger, self.project(platform), self.limits, channel, video_id)

    def admit(
        self, publication: Publication, needs: Needs, channels: Mapping[str, ChannelSpec]
    ) -> Admission:
        """Whether the publication's turn has come."""
        day = self._day(publication.plan.platform, channels)
        return admit(publication, needs, day, self.when_short)

    def _day(self, platform: str, channels: Mapping[str, ChannelSpec]) -> Day:
        now, project = self.ledger.now(), self.project(platform)
        return Day(
            now=now,
            limits=self.limits,
            left=self.ledger.left(project, self.limits),
            waiting=self.ledger.waiting(platform, reset_after(now)),
            granted=self.ledger.uploads_granted(project),
            expected=self._expected(platform, now, channels),
            priorities={slug: spec.publish.priority for slug, spec in channels.items()},
        )

    def turns_today(self, platform: str, channels: Mapping[str, ChannelSpec]) -> frozenset[str]:
        """Videos that wait and whose turn comes on this quota day."""
        turns = day_turns(self._day(platform, channels))
        return frozenset(video for video, turn in turns.items() if turn.days == 0)

    def _expected(
        self, platform: str, now: datetime, channels: Mapping[str, ChannelSpec]
    ) -> dict[str, int]:
        """Videos that the channels are still to plan on this quota day."""
        planned = self.ledger.planned_since(platform, start_of(quota_day(now)))
        expected = {
            slug: spec.videos_per_day - planned.get(slug, 0)
            for slug, spec in channels.items()
            if spec.publish.platform == platform
        }
        return {slug: count for slug, count in expected.items() if count > 0}


def sandbox_limits(settings: Settings) -> SandboxLimits:
    """The same allowance as the sandbox enforces it by itself."""
    return SandboxLimits(
        uploads=settings.quota_uploads,
        search=settings.quota_searches,
        units=settings.quota_units,
        stats=settings.quota_stats,
    )


def limits_of(settings: Settings) -> Limits:
    """The allowance that the settings name."""
    return Limits(
        uploads=settings.quota_uploads,
        units=settings.quota_units,
        searches=settings.quota_searches,
        stats=settings.quota_stats,
    )
