"""Pages for people: what was uploaded, and a player.

Belongs here: HTML, WebVTT and the files that the pages show. Titles and descriptions come from
anywhere and are escaped wherever they appear; no script runs on these pages.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from ytempire_assets.sandbox.answers import store_of
from ytempire_assets.sandbox.audience import Reaction
from ytempire_assets.sandbox.records import StoredVideo
from ytempire_assets.sandbox.video_resources import reaction_at

PER_PAGE = 24
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="12" '
    'fill="none" stroke="#d9442b" stroke-width="5"/><circle cx="16" cy="16" r="5" '
    'fill="#d9442b"/></svg>'
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_BANNER = (
    "<strong>Local sandbox.</strong> Nothing here is on YouTube: these videos are on this machine "
    "only, and every number is simulated. No person watched."
)
_CUE_TIME = re.compile(r"(\d{2}:\d{2}:\d{2}),(\d{3})")
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


def home(request: Request) -> Response:
    """The uploaded videos, newest first."""
    store = store_of(request)
    before = request.query_params.get("before", "")
    found = store.page(PER_PAGE + 1, int(before) if before.isdecimal() and before else None)
    shown = found[:PER_PAGE]
    total, now = store.count(), store.clock.now()
    if shown:
        cards = "".join(_card(video, now) for video in shown)
        body = f'<ul class="grid">{cards}</ul>'
    else:
        body = (
            '<div class="empty"><h2>No videos yet</h2><p>They appear here as soon as one is '
            "published: run <code>ytempire demo</code>, or materialise <code>uploads</code>.</p>"
            "</div>"
        )
    if len(found) > len(shown):
        body += f'<p class="more"><a href="/?before={shown[-1].number}">Older videos</a></p>'
    count = f'<p class="count">{total:,} video{"" if total == 1 else "s"}</p>'
    return _page("Local sandbox", f"<h1>Uploads</h1>{count}{body}")


def watch(request: Request) -> Response:
    """One video with its player, text and simulated numbers."""
    store = store_of(request)
    video = store.video(request.query_params.get("v", ""))
    if video is None:
        text = (
            '<div class="empty"><h2>There is no such video here</h2>'
            '<p>It may be in another sandbox folder. <a href="/">All uploads</a></p></div>'
        )
        return _page("Not found", text, status=404)
    snippet, now = video.resource["snippet"], store.clock.now()
    tracks = "".join(
        f'<track kind="captions" src="/captions/{escape(video.id)}/{number}.vtt" '
        f'srclang="{escape(track.language)}" label="{escape(track.name or track.language)}"'
        f"{' default' if number == 0 else ''}>"
        for number, track in enumerate(store.captions(video.id))
    )
    poster = f' poster="/thumbnail/{escape(video.id)}"' if video.thumbnail else ""
    tags = "".join(f"<li>{escape(tag)}</li>" for tag in snippet["tags"])
    body = (
        '<article class="watch"><div class="stage">'
        f'<video controls preload="metadata" playsinline{poster}>'
        f'<source src="/video/{escape(video.id)}.mp4" type="video/mp4">{tracks}</video></div>'
        f'<div class="about"><h1>{escape(snippet["title"])}</h1>'
        f'<p class="when">{escape(video.channel_title)} · {_when(video, now)}</p>'
        f"{_numbers(reaction_at(video, now))}"
        f'<div class="description">{_linked(snippet["description"])}</div>'
        f'<ul class="tags">{tags}</ul>{_details(video)}</div></article>'
    )
    return _page(snippet["title"], body)


def style(_request: Request) -> Response:
    """The style sheet."""
    return FileResponse(Path(__file__).with_name("pages.css"), headers=_HEADERS)


def icon(_request: Request) -> Response:
    """The sign in the browser's tab."""
    return Response(ICON, media_type="image/svg+xml", headers=_HEADERS)


def video_file(request: Request) -> Response:
    """The video's bytes; parts of it on request, so that players can seek."""
    video = _asked(request)
    if video is None:
        return _nothing()
    path = store_of(request).video_file(video.id)
    return FileResponse(path, media_type="video/mp4", headers=_HEADERS)


def thumbnail(request: Request) -> Response:
    """The video's thumbnail."""
    video = _asked(request)
    if video is None or video.thumbnail is None:
        return _nothing()
    return FileResponse(store_of(request).thumbnail_file(video.thumbnail), headers=_HEADERS)


def captions(request: Request) -> Response:
    """One caption track as WebVTT."""
    store, number = store_of(request), request.path_params["number"]
    tracks = store.captions(request.path_params["video_id"])
    if not number < len(tracks):
        return _nothing()
    return Response(
        web_vtt(store.captions_text(tracks[number])), media_type="text/vtt", headers=_HEADERS
    )


def web_vtt(srt: str) -> str:
    """SubRip as WebVTT: a head, and points instead of commas in the times."""
    lines = srt.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    return "WEBVTT\n\n" + "\n".join(
        _CUE_TIME.sub(r"\1.\2", line) if "-->" in line else line for line in lines
    )


def _asked(request: Request) -> StoredVideo | None:
    return store_of(request).video(request.path_params["video_id"])


def _nothing() -> Response:
    return PlainTextResponse("There is nothing here.", status_code=404, headers=_HEADERS)


def _page(title: str, body: str, status: int = 200) -> Response:
    return HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · YTEMPIRE sandbox</title>"
        '<link rel="icon" href="/icon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="/style.css"></head><body>'
        '<header><a class="mark" href="/"><span></span>YTEMPIRE <em>sandbox</em></a>'
        f"<p>{_BANNER}</p></header><main>{body}</main></body></html>",
        status_code=status,
        headers=_HEADERS,
    )


def _card(video: StoredVideo, now: datetime) -> str:
    snippet = video.resource["snippet"]
    picture = (
        f'<img class="haze" src="/thumbnail/{escape(video.id)}" alt="" loading="lazy">'
        f'<img src="/thumbnail/{escape(video.id)}" alt="" loading="lazy">'
        if video.thumbnail
        else '<span class="blank">no thumbnail</span>'
    )
    length = f'<span class="length">{_clock(video.duration_s)}</span>' if video.duration_s else ""
    views = reaction_at(video, now).views
    return (
        f'<li><a href="/watch?v={escape(video.id)}"><div class="picture">{picture}{length}</div>'
        f"<h2>{escape(snippet['title'])}</h2></a>"
        f"<p>{escape(video.channel_title)}<br>{_when(video, now)}<br>"
        f'<span class="simulated">{views:,} simulated views</span></p>'
        "</li>"
    )


def _numbers(numbers: Reaction) -> str:
    cells = (
        ("Views", f"{numbers.views:,}"),
        ("Watched", f"{numbers.average_view_percent:.0f} %"),
        ("Click-through", f"{100 * numbers.click_through_rate:.1f} %"),
        ("Likes", f"{numbers.likes:,}"),
        ("Comments", f"{numbers.comments:,}"),
        ("Shares", f"{numbers.shares:,}"),
    )
    rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in cells)
    return (
        '<section class="numbers"><p class="simulated">Simulated audience, as of today</p>'
        f"<dl>{rows}</dl></section>"
    )


def _when(video: StoredVideo, now: datetime) -> str:
    if video.public_at is None:
        return video.privacy_at(now).capitalize()
    at = video.public_at.astimezone(UTC).strftime("%d %b %Y, %H:%M UTC").lstrip("0")
    return f"Public since {at}" if video.public_at <= now else f"Scheduled for {at}"


def _details(video: StoredVideo) -> str:
    status = video.resource["status"]
    facts = (
        ("Made for kids", "yes" if status["selfDeclaredMadeForKids"] else "no"),
        ("Synthetic media", "disclosed" if status.get("containsSyntheticMedia") else "no"),
        ("File", f"{video.file_name} · {video.size_bytes / 1e6:.1f} MB"),
        ("Id", video.id),
    )
    rows = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    return f'<dl class="facts">{rows}</dl>'


def _linked(text: str) -> str:
    """A text with its web addresses as links; all of it escaped."""
    parts, last = [], 0
    for link in _LINK.finditer(text):
        address = escape(link.group())
        parts.append(escape(text[last : link.start()]))
        parts.append(f'<a href="{address}" rel="noopener noreferrer nofollow">{address}</a>')
        last = link.end()
    return "".join([*parts, escape(text[last:])])


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
