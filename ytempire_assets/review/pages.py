"""The review desk's pages as HTML.

Belongs here: turning values into text. Titles, descriptions and addresses come from anywhere and
are escaped wherever they appear; no script runs on these pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from ytempire_assets.publishing.publication import Publication
from ytempire_assets.review.desk import Case, Level, in_words

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


def home_page(
    waiting: Sequence[Publication],
    under_way: Sequence[Publication],
    levels: Sequence[Level],
    reset: datetime,
    now: datetime,
    said: str,
) -> str:
    """What waits for a person, what is on its way, and the day's allowance."""
    note = f'<p class="said" role="status">{escape(said)}</p>' if said else ""
    if waiting:
        cards = "".join(_card(publication) for publication in waiting[:_SHOWN])
        desk = f'<ul class="grid">{cards}</ul>'
    else:
        desk = (
            '<div class="empty"><h3>Nothing waits for you</h3><p>Videos of channels with '
            "<code>approval: true</code> come here before anything is sent.</p></div>"
        )
    rows = "".join(_row(publication, now) for publication in under_way[:_SHOWN])
    table = (
        "<table><thead><tr><th>Video</th><th>State</th><th>Public at</th><th>Goes on</th>"
        f"<th>Why it waits</th></tr></thead><tbody>{rows}</tbody></table>"
        if rows
        else '<p class="soft">Nothing is on its way.</p>'
    )
    bars = "".join(_bar(level) for level in levels)
    return _page(
        "Review desk",
        f"{note}<h1>Review desk</h1><section><h2>Waits for you <em>{len(waiting)}</em></h2>{desk}"
        f"</section><section><h2>On its way <em>{len(under_way)}</em></h2>{table}</section>"
        f'<section><h2>Today\'s allowance</h2><div class="levels">{bars}</div>'
        f'<p class="soft">Begins anew {escape(in_words(reset))} (midnight Pacific Time).</p>'
        "</section>",
    )


def case_page(case: Case, token: str) -> str:
    """One waiting video with everything a person needs to decide."""
    plan = case.publication.plan
    at = f"/video/{escape(plan.video_id, quote=True)}"
    sources = "".join(
        f"<li>{_link(address, title or address)}</li>" for title, address in case.sources
    )
    gates = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(value)}</td><td>{escape(limit)}</td></tr>"
        for name, value, limit in case.gates
    )
    credited = "".join(f"<li>{escape(line)}</li>" for line in case.attributions)
    problem = f'<p class="said bad">{escape(case.problem)}</p>' if case.problem else ""
    buttons = (
        f'<form method="post" action="/decide"><input type="hidden" name="token" '
        f'value="{escape(token)}"><input type="hidden" name="video_id" '
        f'value="{escape(plan.video_id)}"><input type="hidden" name="content" '
        f'value="{escape(plan.content)}">'
        '<button class="yes" name="decision" value="approve">Approve</button>'
        '<button class="no" name="decision" value="reject">Reject</button></form>'
    )
    facts = (
        ("Channel", plan.channel),
        ("Platform", plan.platform),
        ("Public at", in_words(plan.publish_at)),
        ("Length", f"{case.duration_s:.0f} s"),
        ("File", f"{plan.content[:12]} · {plan.size_bytes / 1e6:.1f} MB"),
        ("Synthetic media", "will be disclosed"),
    )
    about = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    tags = "".join(f"<li>{escape(tag)}</li>" for tag in case.tags)
    return _page(
        case.title,
        f'<p><a href="/">All that waits</a></p>{problem}<article class="case"><div class="stage">'
        f'<video controls preload="metadata" playsinline poster="{at}/thumbnail.jpg">'
        f'<source src="{at}/video.mp4" type="video/mp4">'
        f'<track kind="captions" src="{at}/captions.vtt" srclang="en" label="Captions" default>'
        f"</video>{'' if case.problem else buttons}</div>"
        f'<div class="about"><h1>{escape(case.title)}</h1><dl class="facts">{about}</dl>'
        f'<h2>Description</h2><div class="description">{escape(case.description)}</div>'
        f'<ul class="tags">{tags}</ul><h2>Sources</h2><ul>{sources or "<li>none</li>"}</ul>'
        + (f"<h2>Credits</h2><ul>{credited}</ul>" if credited else "")
        + "<h2>Gates <em>all passed</em></h2><table><thead><tr><th>Gate</th><th>Found</th>"
        f"<th>Needed</th></tr></thead><tbody>{gates}</tbody></table>"
        f'<h2>Thumbnail</h2><img src="{at}/thumbnail.jpg" alt="Thumbnail"></div></article>',
    )


def nothing_page() -> str:
    """For a video that does not wait."""
    return _page(
        "Not here",
        '<div class="empty"><h3>This video does not wait for a decision</h3>'
        '<p><a href="/">All that waits</a></p></div>',
    )


def problem_page(text: str) -> str:
    """For what could not be done."""
    return _page(
        "That did not work",
        f'<p class="said bad">{escape(text)}</p><p><a href="/">Back to the desk</a></p>',
    )


def _card(publication: Publication) -> str:
    plan = publication.plan
    at = f"/video/{escape(plan.video_id, quote=True)}"
    return (
        f'<li><a href="{at}"><div class="picture"><img src="{at}/thumbnail.jpg" alt="" '
        f'loading="lazy"></div><h3>{escape(plan.title or plan.video_id)}</h3></a>'
        f"<p>{escape(plan.channel)} · {escape(plan.platform)}<br>"
        f"public {escape(in_words(plan.publish_at))}</p></li>"
    )


def _row(publication: Publication, now: datetime) -> str:
    plan = publication.plan
    title = escape(plan.title or plan.video_id)
    name = _link(publication.address, title, escaped=True) if publication.address else title
    rests = publication.next_try_at is not None and publication.next_try_at > now
    goes_on = in_words(publication.next_try_at) if rests and publication.next_try_at else "now"
    if publication.state == "scheduled" and not publication.problem:
        goes_on = in_words(plan.publish_at)
    state = _STATES.get(publication.state, publication.state)
    if publication.state == "uploading" and plan.size_bytes:
        state += f" {100 * publication.offset_bytes / plan.size_bytes:.0f} %"
    return (
        f"<tr><td>{name}<br><small>{escape(plan.video_id)}</small></td><td>{escape(state)}</td>"
        f"<td>{escape(in_words(plan.publish_at))}</td><td>{escape(goes_on)}</td>"
        f"<td>{escape(publication.problem)}</td></tr>"
    )


def _bar(level: Level) -> str:
    share = 100 * level.used / level.limit if level.limit else 100
    return (
        f"<div><span>{escape(level.bucket)}</span>"
        f'<meter min="0" max="100" value="{min(share, 100):.1f}"></meter>'
        f"<span>{level.used:,} of {level.limit:,}</span></div>"
    )


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
        '<link rel="stylesheet" href="/style.css"></head><body>'
        '<header><a class="mark" href="/"><span></span>YTEMPIRE <em>review desk</em></a></header>'
        f"<main>{body}</main></body></html>"
    )
