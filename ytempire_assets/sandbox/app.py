"""The sandbox as an ASGI application: which address leads where, and what it costs.

Belongs here: the routes with their quota costs, and what every answer shares. Costs as of November
2026: https://developers.google.com/youtube/v3/determine_quota_cost
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from email.utils import format_datetime

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ytempire_assets.sandbox import (
    channels_api,
    control,
    media_api,
    pages,
    playlists_api,
    reporting_api,
    reports,
    uploads,
    videos_api,
)
from ytempire_assets.sandbox.answers import AsyncMethod, Method, method, refused
from ytempire_assets.sandbox.clock import Clock
from ytempire_assets.sandbox.fault_injection import CONTROL, SESSIONS, FaultInjection
from ytempire_assets.sandbox.faults import FaultCounter, Faults
from ytempire_assets.sandbox.metadata import RefusedError
from ytempire_assets.sandbox.quota import Limits, Quota
from ytempire_assets.sandbox.store import SandboxStore

_HOSTS = ("127.0.0.1", "localhost")
_DATA = "/youtube/v3"
_UPLOAD = "/upload/youtube/v3"
_JOB = "/v1/jobs/{job_id}/reports"
# Method, address, function, bucket, units. Uploads take one call when they begin; their chunks are
# free, and so are the Analytics and Reporting APIs, which have projects' quotas of their own.
_METHODS: tuple[tuple[str, str, Method | AsyncMethod, str | None, int], ...] = (
    ("POST", SESSIONS, uploads.start, "uploads", 1),
    ("PUT", SESSIONS, uploads.put, None, 0),
    ("DELETE", SESSIONS, uploads.cancel, None, 0),
    ("GET", f"{_DATA}/videos", videos_api.videos_list, "units", 1),
    ("PUT", f"{_DATA}/videos", videos_api.videos_update, "units", 50),
    ("GET", f"{_DATA}/videos:batchGetStats", videos_api.batch_get_stats, "stats", 1),
    ("GET", f"{_DATA}/search", videos_api.search_list, "search", 1),
    ("GET", f"{_DATA}/channels", channels_api.channels_list, "units", 1),
    ("GET", f"{_DATA}/playlistItems", playlists_api.playlist_items_list, "units", 1),
    ("POST", f"{_DATA}/playlistItems", playlists_api.playlist_items_insert, "units", 50),
    ("DELETE", f"{_DATA}/playlistItems", playlists_api.playlist_items_delete, "units", 50),
    ("POST", f"{_UPLOAD}/thumbnails/set", media_api.thumbnails_set, "units", 50),
    ("GET", f"{_DATA}/captions", media_api.captions_list, "units", 50),
    ("POST", f"{_UPLOAD}/captions", media_api.captions_insert, "units", 400),
    ("PUT", f"{_UPLOAD}/captions", media_api.captions_update, "units", 450),
    ("GET", "/v2/reports", reports.reports_query, None, 0),
    ("GET", "/v1/reportTypes", reporting_api.report_types_list, None, 0),
    ("GET", "/v1/jobs", reporting_api.jobs_list, None, 0),
    ("POST", "/v1/jobs", reporting_api.jobs_create, None, 0),
    ("GET", _JOB, reporting_api.reports_list, None, 0),
    ("GET", "/v1/media/jobs/{job_id}/reports/{report_id}", reporting_api.media_download, None, 0),
)


def create_app(
    store: SandboxStore,
    faults: Faults,
    limits: Limits,
    public_base: str | None,
    names: Sequence[str] = (),
) -> Starlette:
    """Assembles the sandbox.

    Args:
        store: Its state.
        faults: What goes wrong on request.
        limits: What may be asked per day.
        public_base: Address under which people and later runs find it; None: the one asked at.
        names: Host names under which it is asked besides this machine's own.
    """
    counter = FaultCounter(faults)
    app = Starlette(
        routes=[
            Route("/", pages.home),
            Route("/watch", pages.watch),
            Route("/style.css", pages.style),
            Route("/icon.svg", pages.icon),
            Route("/video/{video_id}.mp4", pages.video_file),
            Route("/thumbnail/{video_id}", pages.thumbnail),
            Route("/captions/{video_id}/{number:int}.vtt", pages.captions),
            Route("/token", channels_api.token, methods=["POST"]),
            Route(CONTROL, control.show),
            Route(CONTROL, control.change, methods=["POST"]),
            *(
                Route(path, method(function, bucket, units), methods=[verb])
                for verb, path, function, bucket, units in _METHODS
            ),
        ],
        # A page of the internet that a browser has open must not reach the sandbox by a name that
        # resolves to this machine: only the machine's own and the given names are answered.
        middleware=[
            Middleware(Dated, clock=store.clock),
            Middleware(TrustedHostMiddleware, allowed_hosts=[*_HOSTS, *names]),
            Middleware(FaultInjection, counter=counter, store=store),
        ],
        exception_handlers={RefusedError: refused},
    )
    app.state.store = store
    app.state.faults = counter
    app.state.quota = Quota(store.database, store.clock, limits)
    app.state.public_base = public_base.rstrip("/") if public_base else None
    return app


class Dated:
    """Gives every answer a ``Date`` by the sandbox's clock.

    Args:
        app: What answers.
        clock: The sandbox's.
    """

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                at = self._clock.now() + timedelta(seconds=self._clock.date_skew_s)
                header = (b"date", format_datetime(at, usegmt=True).encode())
                message = {**message, "headers": [*message.get("headers", ()), header]}
            await send(message)

        await self._app(scope, receive, dated)
