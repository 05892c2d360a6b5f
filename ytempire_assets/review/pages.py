"""The review desk's pages as HTML.

Belongs here: turning values into text. Titles, descriptions and addresses come from anywhere and
are escaped wherever they appear; no script runs on these pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from ytempire_assets.publishing.publication import Publication, PublicationPlan
from ytempire_assets.review.desk import Case, Level, ProjectDay

_SHOWN = 200
_STATES = {
    "approved": "approved, not sent yet",
    "session": "upload begun",
    "uploading": "uploading",
    "uploaded": "uploaded",
    "decorated": "thumbnail and playlist set",
    "scheduled": "scheduled",
    "public": "public, being verified",
}
_PLATFORMS = {"sandbox": "the local sandbox", "youtube": "YouTube"}
_BUCKETS = {
    "uploads": "Uploads",
    "units": "Units for all else",
    "searches": "Searches",
    "stats": "Public counts",
}


def home_page(
    waiting: Sequence[Publication],
    under_way: Sequence[Publication],
    projects: Iterable[ProjectDay],
    reset: datetime,
    now: datetime,
    decided: Sequence[Publication] = (),
) -> str:
    """What waits for a person, what is on its way, and the day's allowance."""
    notes = "".join(_decided(publication) for publication in decided)
    if waiting:
        cards = "".join(_card(publication, now) for publication in waiting[:_SHOWN])
        desk = f'<ul class="grid">{cards}</ul>{_more(len(waiting))}'
    else:
        desk = (
            '<div class="empty"><h3>Nothing waits for you</h3><p>Videos of channels with '
            "<code>approval: true</code> come here before anything is sent.</p></div>"
        )
    rows = "".join(_row(publication, now) for publication in under_way[:_SHOWN])
    table = (
        '<div class="scroll"><table><thead><tr><th>Video</th><th>State</th><th>Public at</th>'
        f"<th>Goes on</th><th>Why it waits</th></tr></thead><tbody>{rows}</tbody></table></div>"
        f"{_more(len(under_way))}"
        if rows
        else '<p class="soft">Nothing is on its way.</p>'
    )
    bars = "".join(_project(project) for project in projects)
    return _page(
        "Review desk",
        f"{notes}<h1>Review desk</h1><section><h2>Waits for you <em>{len(waiting)}</em></h2>{desk}"
        f"</section><section><h2>On its way <em>{len(under_way)}</em></h2>{table}</section>"
        f'<section><h2>Today\'s allowance</h2><div class="projects">{bars}</div>'
        f'<p class="soft">Begins anew {escape(in_words(reset))}, midnight Pacific Time.</p>'
        "</section>",
    )


def case_page(case: Case, token: str, now: datetime) -> str:
    """One waiting video with everything a person needs to decide."""
    plan = case.publication.plan
    at = _place(plan.video_id)
    sources = "".join(
        f'<li dir="auto">{_link(address, title or address)}</li>' for title, address in case.sources
    )
    gates = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td><td>{escape(limit)}</td></tr>"
        for name, value, limit in case.gates
    )
    facts = (
        ("Channel", plan.channel),
        ("Platform", _PLATFORMS.get(plan.platform, plan.platform)),
        ("Public at", in_words(plan.publish_at)),
        ("Length", f"{case.duration_s:.0f} s"),
        ("File", f"{plan.content[:12]}, {plan.size_bytes / 1e6:.1f} MB"),
        ("Synthetic media", "will be disclosed"),
    )
    about = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    tags = "".join(f'<li dir="auto">{escape(tag)}</li>' for tag in case.tags)
    problem = f'<p class="said bad">{escape(case.problem)}</p>' if case.problem else ""
    poster = f' poster="{at}/thumbnail.jpg"' if case.has_thumbnail else ""
    picture = f'<img src="{at}/thumbnail.jpg" alt="Thumbnail">' if case.has_thumbnail else "none"
    examined = (
        f'<h2>Gates <em>all {len(case.gates)} passed</em></h2><table class="gates"><thead><tr>'
        f"<th>Gate</th><th>Found</th><th>Needed</th></tr></thead><tbody>{gates}</tbody></table>"
        if case.gates
        else "<h2>Gates</h2><p>It was not examined.</p>"
    )
    return _page(
        case.title,
        f'<p class="back"><a href="/">All that waits</a></p>{problem}'
        f'<article class="case{" wide" if case.landscape else ""}"><div class="stage">'
        f'<video controls preload="metadata" playsinline{poster}>'
        f'<source src="{at}/video.mp4" type="video/mp4">'
        f'<track kind="captions" src="{at}/captions.vtt" srclang="en" label="Captions">'
        f"</video>{'' if case.problem else _form(case, token, now)}</div>"
        f'<div class="about"><h1 dir="auto">{escape(case.title)}</h1>'
        f'<dl class="facts">{about}</dl><h2>Description</h2>'
        f'<div class="description" dir="auto">{escape(case.description)}</div>'
        f'<ul class="tags">{tags}</ul><h2>Sources</h2>'
        f'<ul class="sources">{sources or "<li>none</li>"}</ul>'
        f"<h2>Thumbnail</h2>{picture}{examined}</div></article>",
    )


def nothing_page() -> str:
    """For a video that does not wait, and for addresses that are no page."""
    return _page(
        "Not here",
        '<div class="empty"><h3>There is nothing to decide here</h3><p>The video was decided '
        'about already, or there is no such one. <a href="/">All that waits</a></p></div>',
    )


def problem_page(text: str) -> str:
    """For what could not be done."""
    return _page(
        "That did not work",
        f'<p class="said bad">{escape(text)}</p><p><a href="/">Back to the desk</a></p>',
    )


def in_words(at: datetime) -> str:
    """A time for people, UTC."""
    return at.astimezone(UTC).strftime("%d %b %Y, %H:%M UTC").lstrip("0")


def _form(case: Case, token: str, now: datetime) -> str:
    plan = case.publication.plan
    when = "at once" if plan.publish_at <= now else in_words(plan.publish_at)
    return (
        f'<form method="post" action="/decide"><input type="hidden" name="token" '
        f'value="{escape(token)}"><input type="hidden" name="video_id" '
        f'value="{escape(plan.video_id)}"><input type="hidden" name="content" '
        f'value="{escape(plan.content)}"><input type="hidden" name="words" '
        f'value="{escape(plan.words)}">'
        '<button class="yes" name="decision" value="approve">Approve</button>'
        '<button class="no" name="decision" value="reject">Reject</button></form>'
        f'<p class="soft">Approved, just this file is sent to {_platform(plan)}, to be public '
        f"{escape(when)}. Rejected, it is never sent.</p>"
    )


def _decided(publication: Publication) -> str:
    """What became of a decision, as the ledger has it."""
    title = escape(publication.plan.title or publication.plan.video_id)
    if publication.state == "planned":
        return ""
    if publication.state == "rejected":
        text = f"<bdi>{title}</bdi> is rejected: it will not be published."
    elif publication.state == "approved":
        text = (
            f"<bdi>{title}</bdi> is approved. While Dagster runs, the sensor publishes it within a "
            "minute; otherwise run <code>ytempire publish</code>"
        )
    else:
        done = "published" if publication.state == "verified" else "on its way"
        text = f"<bdi>{title}</bdi> is approved and {done}."
    return f'<p class="said" role="status">{text}</p>'


def _card(publication: Publication, now: datetime) -> str:
    plan = publication.plan
    at = _place(plan.video_id)
    picture = f'src="{at}/thumbnail.jpg" alt="" loading="lazy">'
    when = "as soon as it is approved" if plan.publish_at <= now else in_words(plan.publish_at)
    return (
        f'<li><a href="{at}"><div class="picture"><img class="behind" {picture}<img {picture}'
        f'</div><h3 dir="auto">{escape(plan.title or plan.video_id)}</h3></a>'
        f"<p>{escape(plan.channel)} on {_platform(plan)}<br>public {escape(when)}</p></li>"
    )


def _row(publication: Publication, now: datetime) -> str:
    plan, until = publication.plan, publication.next_try_at
    name = f"<bdi>{escape(plan.title or plan.video_id)}</bdi>"
    if publication.address:
        name = _link(publication.address, name, escaped=True)
    if until is not None and until > now:
        goes_on = in_words(until)
    elif publication.state == "scheduled" and plan.publish_at > now:
        goes_on = in_words(plan.publish_at)
    else:
        goes_on = "at the next look"
    state = _STATES.get(publication.state, publication.state)
    if publication.state == "uploading" and plan.size_bytes:
        state += f" {100 * publication.offset_bytes / plan.size_bytes:.0f} %"
    return (
        f"<tr><td>{name}<br><small>{escape(plan.video_id)}</small></td><td>{escape(state)}</td>"
        f"<td>{escape(in_words(plan.publish_at))}</td><td>{escape(goes_on)}</td>"
        f"<td>{escape(publication.problem)}</td></tr>"
    )


def _project(project: ProjectDay) -> str:
    bars = "".join(_bar(level) for level in project.levels)
    return f'<div class="levels"><h3>{escape(project.name)}</h3>{bars}</div>'


def _bar(level: Level) -> str:
    share = 100 * level.used / level.limit if level.limit else 100
    return (
        f"<div><span>{escape(_BUCKETS.get(level.bucket, level.bucket))}</span>"
        f'<meter min="0" max="100" value="{min(share, 100):.1f}"></meter>'
        f"<span>{level.used:,} of {level.limit:,}</span></div>"
    )


def _more(count: int) -> str:
    left = count - _SHOWN
    return f'<p class="soft">and {left:,} more</p>' if left > 0 else ""


def _platform(plan: PublicationPlan) -> str:
    return escape(_PLATFORMS.get(plan.platform, plan.platform))


def _place(video_id: str) -> str:
    return f"/video/{escape(quote(video_id, safe=''), quote=True)}"


def _link(address: str, text: str, *, escaped: bool = False) -> str:
    shown = text if escaped else escape(text)
    if not address.startswith(("https://", "http://")):
        return shown
    return f'<a href="{escape(address, quote=True)}" rel="noopener noreferrer nofollow">{shown}</a>'


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · YTEMPIRE</title>"
        '<link rel="icon" href="/icon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="/style.css"></head><body>'
        '<header><a class="mark" href="/"><span></span>YTEMPIRE <em>review desk</em></a></header>'
        f"<main>{body}</main></body></html>"
    )
