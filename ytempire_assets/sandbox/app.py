"""The sandbox as an ASGI application: which address leads where.

Belongs here: the routes, and what every answer shares.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from ytempire_assets.sandbox import data_api, pages, reports, uploads
from ytempire_assets.sandbox.faults import FaultCounter, Faults
from ytempire_assets.sandbox.metadata import RefusedError
from ytempire_assets.sandbox.store import SandboxStore

_HOSTS = ("127.0.0.1", "localhost")


def create_app(store: SandboxStore, faults: Faults, public_base: str | None) -> Starlette:
    """Assembles the sandbox.

    Args:
        store: Its state.
        faults: What goes wrong on request.
        public_base: Address under which people and later runs find it; None: the one asked at.
    """
    # A page of the internet that a browser has open must not reach the sandbox by a name that
    # resolves to this machine: only the machine's own names are answered.
    middleware = [Middleware(TrustedHostMiddleware, allowed_hosts=list(_HOSTS))]
    app = Starlette(
        routes=[
            Route("/", pages.home),
            Route("/watch", pages.watch),
            Route("/style.css", pages.style),
            Route("/video/{video_id}.mp4", pages.video_file),
            Route("/thumbnail/{video_id}", pages.thumbnail),
            Route("/captions/{video_id}/{number:int}.vtt", pages.captions),
            Route("/token", data_api.token, methods=["POST"]),
            Route("/upload/youtube/v3/videos", uploads.start, methods=["POST"]),
            Route("/upload/youtube/v3/videos", uploads.put, methods=["PUT"]),
            Route("/upload/youtube/v3/videos", uploads.cancel, methods=["DELETE"]),
            Route("/upload/youtube/v3/thumbnails/set", data_api.thumbnails_set, methods=["POST"]),
            Route("/upload/youtube/v3/captions", data_api.captions_insert, methods=["POST"]),
            Route("/youtube/v3/videos", data_api.videos_list),
            Route("/youtube/v3/channels", data_api.channels_list),
            Route("/youtube/v3/playlistItems", data_api.playlist_items_list),
            Route("/youtube/v3/captions", data_api.captions_list),
            Route("/v2/reports", reports.reports_query),
        ],
        middleware=middleware,
        exception_handlers={RefusedError: uploads.refused},
    )
    app.state.store = store
    app.state.faults = FaultCounter(faults)
    app.state.public_base = public_base.rstrip("/") if public_base else None
    return app
