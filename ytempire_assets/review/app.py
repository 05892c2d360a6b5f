"""The review desk as an ASGI application: routes, and what guards them.

Belongs here: requests and answers. A decision is taken only from this desk's own form: its token is
of this process, the request must come from its own origin, and only names of this machine are
answered, so that no page of the internet that a browser has open can decide anything.
"""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path
from urllib.parse import parse_qs, quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route

from ytempire_assets.errors import YtempireError
from ytempire_assets.review import pages
from ytempire_assets.review.desk import Desk
from ytempire_assets.sandbox.pages import web_vtt

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_MAX_FORM_BYTES = 8_192
_KINDS = {
    "video.mp4": ("video", "video/mp4"),
    "thumbnail.jpg": ("thumbnail", "image/jpeg"),
}


def create_app(desk: Desk) -> Starlette:
    """Assembles the desk."""
    app = Starlette(
        routes=[
            Route("/", home),
            Route("/style.css", style),
            Route("/video/{video_id}", case),
            Route("/video/{video_id}/captions.vtt", captions),
            Route("/video/{video_id}/{name}", file),
            Route("/decide", decide, methods=["POST"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        exception_handlers={YtempireError: _explained},
    )
    app.state.desk = desk
    app.state.token = secrets.token_urlsafe(32)
    return app


def home(request: Request) -> Response:
    """What waits, what is on its way, and the day's allowance."""
    desk = _desk(request)
    levels, reset = desk.levels()
    said = request.query_params.get("said", "")[:300]
    return _html(
        pages.home_page(desk.waiting(), desk.under_way(), levels, reset, desk.ledger.now(), said)
    )


def case(request: Request) -> Response:
    """One waiting video."""
    found = _desk(request).case(request.path_params["video_id"])
    if found is None:
        return _html(pages.nothing_page(), 404)
    return _html(pages.case_page(found, request.app.state.token))


def file(request: Request) -> Response:
    """Its video or thumbnail."""
    kind = _KINDS.get(request.path_params["name"])
    path = _desk(request).file(request.path_params["video_id"], kind[0]) if kind else None
    if kind is None or path is None:
        return PlainTextResponse("There is nothing here.", 404, headers=_HEADERS)
    return FileResponse(path, media_type=kind[1], headers=_HEADERS)


def captions(request: Request) -> Response:
    """Its captions as WebVTT."""
    path = _desk(request).file(request.path_params["video_id"], "captions_srt")
    if path is None:
        return PlainTextResponse("There is nothing here.", 404, headers=_HEADERS)
    text = web_vtt(path.read_text(encoding="utf-8", errors="replace"))
    return Response(text, media_type="text/vtt", headers=_HEADERS)


def style(_request: Request) -> Response:
    """The style sheet."""
    return FileResponse(Path(__file__).with_name("review.css"), headers=_HEADERS)


async def decide(request: Request) -> Response:
    """POST: a person's yes or no."""
    origin = request.headers.get("Origin")
    own = f"{request.url.scheme}://{request.headers.get('Host', '')}"
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MAX_FORM_BYTES:
            return PlainTextResponse("The form is too large.", 413, headers=_HEADERS)
    fields = parse_qs(body.decode("utf-8", "replace"))
    form = {name: values[0] for name, values in fields.items()}
    right = hmac.compare_digest(form.get("token", "").encode(), request.app.state.token.encode())
    if not right or (origin is not None and origin != own):
        return PlainTextResponse(
            "This form is not of this desk: open the video again and decide there.",
            403,
            headers=_HEADERS,
        )
    if form.get("decision") not in ("approve", "reject"):
        return PlainTextResponse("decision must be approve or reject.", 400, headers=_HEADERS)
    said = await run_in_threadpool(
        _desk(request).decide,
        form.get("video_id", ""),
        form.get("content", ""),
        yes=form["decision"] == "approve",
        by="the review desk",
    )
    return RedirectResponse(f"/?said={quote(said)}", 303, headers=_HEADERS)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _html(text: str, status: int = 200) -> Response:
    return HTMLResponse(text, status, headers=_HEADERS)


async def _explained(_request: Request, error: Exception) -> Response:
    return _html(pages.problem_page(str(error)), 409)
