"""Where a platform that speaks YouTube's protocol is reached.

Belongs here: addresses, and what differs between YouTube and a local platform. Nothing is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ytempire_assets.errors import PermanentError


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of one platform.

    Attributes:
        name: The platform for people, for example ``YouTube``.
        api: Base of the Data API v3.
        upload: Base of its uploads.
        analytics: Base of the Analytics API v2.
        token: OAuth token endpoint.
        watch: Page that plays a video; ``?v=ID`` is added.
        when_silent: What a person does when the platform does not answer.
        moves: The platform's port differs from run to run, so of a stored session address only
            path and query count.
        reach_in_analytics: ``reports.query`` knows thumbnail impressions. YouTube gives them only
            by its Reporting API, in daily files.
        revenue_in_analytics: The channels' consent covers revenue. YouTube asks for
            ``yt-analytics-monetary.readonly``, which is not among our scopes.
        first_wait_s: Longest wait before the first repetition; doubles with each further one.
    """

    name: str
    api: str
    upload: str
    analytics: str
    token: str
    watch: str
    when_silent: str
    moves: bool = False
    reach_in_analytics: bool = False
    revenue_in_analytics: bool = False
    first_wait_s: float = 1.0

    def session_address(self, session_url: str) -> str:
        """The address to send to for a stored upload session.

        Raises:
            PermanentError: It leads to another host, which must not get this platform's token.
        """
        stored, own = urlsplit(session_url), urlsplit(self.upload)
        if self.moves:
            return stored._replace(scheme=own.scheme, netloc=own.netloc).geturl()
        if (stored.scheme, stored.netloc) != (own.scheme, own.netloc):
            raise PermanentError(
                f"the stored upload session is at {stored.netloc}, but {self.name} is at "
                f"{own.netloc}",
                "publish to the platform that the upload began on",
            )
        return session_url


YOUTUBE = Endpoints(
    name="YouTube",
    api="https://www.googleapis.com/youtube/v3",
    upload="https://www.googleapis.com/upload/youtube/v3",
    analytics="https://youtubeanalytics.googleapis.com/v2",
    token="https://oauth2.googleapis.com/token",  # noqa: S106 - an address, no secret
    watch="https://www.youtube.com/watch",
    when_silent="check the network, then run again: finished work is kept",
)


def local_endpoints(base: str, watch_base: str, when_silent: str) -> Endpoints:
    """The addresses of a platform on this machine, such as the sandbox.

    Args:
        base: Where it answers now, for example ``http://127.0.0.1:41234``.
        watch_base: Where people find it later; may have another port than ``base``.
        when_silent: What a person does when it does not answer.
    """
    base = base.rstrip("/")
    return Endpoints(
        name="the sandbox",
        api=f"{base}/youtube/v3",
        upload=f"{base}/upload/youtube/v3",
        analytics=f"{base}/v2",
        token=f"{base}/token",
        watch=f"{watch_base.rstrip('/')}/watch",
        when_silent=when_silent,
        moves=True,
        reach_in_analytics=True,
        revenue_in_analytics=True,
        first_wait_s=0.1,
    )
