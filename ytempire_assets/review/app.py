"""The review desk as an ASGI application: routes, and what guards them.

Belongs here: requests and answers. A decision is taken only from this desk's own form: its token is
of this process, the request must come from its own origin, and only names of this machine are
answered, so that no page of the internet that a browser has open can decide anything.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from pathlib import Path
from urllib.parse import parse_qs, quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
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
from ytempire_assets.sandbox.pages import ICON, web_vtt

logger = logging.getLogger(__name__)

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
            Route("/icon.svg", icon),
            Route("/video/{video_id}", case),
            Route("/video/{video_id}/captions.vtt", captions),
            Route("/video/{video_id}/{name}", file),
            Route("/decide", decide, methods=["POST"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        exception_handlers={
            YtempireError: _explained,
            HTTPException: _refused,
            Exception: _unexpected,
        },
    )
    app.state.desk = desk
    app.state.token = secrets.token_urlsafe(32)
    return app


def home(request: Request) -> Response:
    """What waits, what is on its way, and the day's allowance."""
    desk = _desk(request)
    decided = request.query_params.get("decided", "")
    projects, reset = desk.projects()
    return _html(
        pages.home_page(
            desk.waiting(),
            desk.under_way(),
            projects,
            reset,
            desk.ledger.now(),
            desk.ledger.publications(video_id=decided) if decided else (),
        )
    )


def case(request: Request) -> Response:
    """One waiting video."""
    desk = _desk(request)
    found = desk.case(request.path_params["video_id"])
    if found is None:
        return _html(pages.nothing_page(), 404)
    return _html(pages.case_page(found, request.app.state.token, desk.ledger.now()))


def file(request: Request) -> Response:
    """Its video or thumbnail."""
    kind = _KINDS.get(request.path_params["name"])
    path = _desk(request).file(request.path_params["video_id"], kind[0]) if kind else None
    if kind is None or path is None:
        return _text("There is nothing here.", 404)
    return FileResponse(path, media_type=kind[1], headers=_HEADERS)


def captions(request: Request) -> Response:
    """Its captions as WebVTT."""
    path = _desk(request).file(request.path_params["video_id"], "captions_srt")
    if path is None:
        return _text("There is nothing here.", 404)
    text = web_vtt(path.read_text(encoding="utf-8", errors="replace"))
    return Response(text, media_type="text/vtt", headers=_HEADERS)


def style(_request: Request) -> Response:
    """The style sheet."""
    return FileResponse(Path(__file__).with_name("review.css"), headers=_HEADERS)


def icon(_request: Request) -> Response:
    """The sign in the browser's tab."""
    return Response(ICON, media_type="image/svg+xml", headers=_HEADERS)


async def decide(request: Request) -> Response:
    """POST: a person's yes or no."""
    origin = request.headers.get("Origin")
    own = f"{request.url.scheme}://{request.headers.get('Host', '')}"
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MAX_FORM_BYTES:
            return _text("The form is too large.", 413)
    fields = parse_qs(body.decode("utf-8", "replace"))
    form = {name: values[0] for name, values in fields.items()}
    right = hmac.compare_digest(form.get("token", "").encode(), request.app.state.token.encode())
    if not right or (origin is not None and origin != own):
        return _text(
            "This form is not of this desk, or the desk was started anew: open the video again "
            "and decide there.",
            403,
        )
    if form.get("decision") not in ("approve", "reject"):
        return _text("decision must be approve or reject.", 400)
    video_id = form.get("video_id", "")
    await run_in_threadpool(
        _desk(request).decide,
        video_id,
        form.get("content", ""),
        form.get("words", ""),
        yes=form["decision"] == "approve",
        by="the review desk",
    )
    return RedirectResponse(f"/?decided={quote(video_id, safe='')}", 303, headers=_HEADERS)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _html(text: str, status: int = 200) -> Response:
    return HTMLResponse(text, status, headers=_HEADERS)


def _text(text: str, status: int) -> Response:
    return PlainTextResponse(text, status, headers=_HEADERS)


async def _explained(_request: Request, error: Exception) -> Response:
    return _html(pages.problem_page(str(error)), 409)


async def _refused(_request: Request, error: Exception) -> Response:
    """What has no route, or not with this method."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == 404:
        return _html(pages.nothing_page(), 404)
    answer = _text("This address does not take that.", status)
    answer.headers.update(getattr(error, "headers", None) or {})
    return answer


async def _unexpected(_request: Request, error: Exception) -> Response:
    logger.error("the review desk failed", exc_info=error)
    text = f"Unexpected {type(error).__name__}. The terminal that runs the desk shows more."
    return _html(pages.problem_page(text), 500)
