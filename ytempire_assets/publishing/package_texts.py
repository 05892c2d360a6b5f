"""The words of a ready-to-post package: caption, hashtags, disclosures, instructions.

Belongs here: text. What comes from outside (titles, sources, credits) becomes one line without
control characters, and can neither mention an account nor add a hashtag.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ytempire_assets.publishing.package_limits import LIMITS, Target

if TYPE_CHECKING:
    from ytempire_assets.publishing.packages import PackageRequest

_HASHTAG = re.compile(r"#\w{1,60}")
_SHORTEST_LEAD = 20
"""Less of a summary than this says nothing; it is left out."""

_STEPS: Mapping[Target, str] = MappingProxyType(
    {
        "tiktok": "Open https://www.tiktok.com/tiktokstudio/upload, or + in the app, and choose "
        "video.mp4.",
        "instagram_reels": "Open Instagram, + and Reel (or business.facebook.com, Create reel), "
        "and choose video.mp4.",
        "facebook_reels": "Open https://business.facebook.com, Create reel for the Page, and "
        "choose video.mp4.",
    }
)
_AI_SWITCH: Mapping[Target, str] = MappingProxyType(
    {
        "tiktok": "More options: AI-generated content",
        "instagram_reels": "Advanced settings: AI label",
        "facebook_reels": "Reel settings: AI label",
    }
)
_FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "min_s": "shortest length",
        "max_bytes": "size of the file",
        "max_width": "greatest width",
        "max_height": "greatest height",
        "caption_units": "length of the caption",
        "max_hashtags": "number of hashtags",
        "max_cover_bytes": "size of the cover",
    }
)
_PAID_SWITCH: Mapping[Target, str] = MappingProxyType(
    {
        "tiktok": "More options: Disclose post content, Branded content",
        "instagram_reels": "Advanced settings: Paid partnership label",
        "facebook_reels": "Reel settings: Paid partnership label",
    }
)


def caption(request: PackageRequest) -> str:
    """The caption: title, summary, sources, credits, how it was made, what is paid for, hashtags.

    Only the summary gives way where room is short. The rest is never left out, so the caption of a
    video with very many sources may be too long; ``packages.check`` says so then.
    """
    limits = LIMITS[request.target]
    head = plain(request.title)
    tail = [
        _list("Sources:", request.sources),
        _list("Pictures:", request.attributions),
        _made(request),
        _paid(request, links=limits.links_work),
        " ".join(hashtags_of(request)),
    ]
    rest = [part for part in tail if part]
    room = limits.caption_units - utf16_units("\n\n".join([head, "", *rest]))
    lead = shortened(plain(request.summary), room)
    return "\n\n".join(part for part in (head, lead, *rest) if part)


def hashtags_of(request: PackageRequest) -> tuple[str, ...]:
    """The hashtags that the platform takes, most important first, none twice."""
    unique: dict[str, str] = {}
    for tag in request.hashtags:
        if _HASHTAG.fullmatch(tag):
            unique.setdefault(tag.lower(), tag)
    return tuple(unique.values())[: LIMITS[request.target].max_hashtags]


def disclosure(request: PackageRequest) -> str:
    """What the person has to say to the platform while posting."""
    artificial = request.synthetic_voice or request.generated_pictures
    lines = [
        f"To set while posting on {LIMITS[request.target].name} (the app may name it a little "
        "differently):",
        "",
        f"[{'x' if artificial else ' '}] {_AI_SWITCH[request.target]}",
        f"    {_why_artificial(request)}",
        f"[{'x' if request.affiliate_links else ' '}] {_PAID_SWITCH[request.target]}",
        "    "
        + (
            "The channel earns a commission on links: "
            + ", ".join(plain(label) for label, _ in request.affiliate_links)
            if request.affiliate_links
            else "Nobody pays for this video, and the channel has no paid links."
        ),
        "",
        "Leave both as they are marked: the platforms remove posts, or stop showing them, when one",
        "that has to be set is missing.",
    ]
    return "\n".join(lines)


def instructions(request: PackageRequest, notes: list[str]) -> str:
    """How to post the package, step by step."""
    limits = LIMITS[request.target]
    at = request.post_at
    steps = [
        _STEPS[request.target],
        "Set cover.jpg as the cover; where the app takes no picture, the frame most like it.",
        "Paste caption.txt as the caption. The hashtags are in it; hashtags.txt has them alone.",
        "Set what disclosure.txt says.",
        f"Post it, or schedule it for {at:%Y-%m-%d %H:%M} ({at.tzname()}).",
    ]
    parts = [
        f"{plain(request.title)}\n{plain(request.channel_title)} on {limits.name}, "
        f"video {request.video_id}",
        "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)),
    ]
    if notes:
        parts.append("Mind:\n" + "\n".join(f"- {note}" for note in notes))
    unsure = ", ".join(_FIGURES[name] for name in limits.unconfirmed)
    parts.append(
        f"It was checked against the limits of {limits.source} as of {limits.looked_up}. "
        f"No page of the platform states these, so they are cautious: {unsure}."
    )
    return "\n\n".join(parts)


def shortened(text: str, units: int) -> str:
    """Text of at most so many UTF-16 code units, cut after a word.

    Empty when too little would be left to say anything.
    """
    if utf16_units(text) <= units:
        return text
    kept: list[str] = []
    used = 1  # the ellipsis
    for word in text.split(" "):
        used += utf16_units(word) + (1 if kept else 0)
        if used > units:
            break
        kept.append(word)
    lead = " ".join(kept).rstrip(",;:–-")
    return f"{lead}…" if utf16_units(lead) >= _SHORTEST_LEAD else ""


def utf16_units(text: str) -> int:
    """Length as TikTok counts it: a character outside the basic plane counts two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain(text: str) -> str:
    """Text from outside as one line that neither mentions an account nor adds a hashtag."""
    kept = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cs", "Co", "Zl", "Zp") else character
        for character in text
        # Of the invisible ones only the joiner of emoji stays: the others can turn text around.
        if unicodedata.category(character) != "Cf" or character == "\u200d"
    )
    return re.sub(r"[@#](?=\w)", lambda sign: _WIDE[sign[0]], " ".join(kept.split()))


_WIDE = MappingProxyType({"@": "\uff20", "#": "\uff03"})


def _list(heading: str, lines: tuple[str, ...]) -> str:
    unique = list(dict.fromkeys(plain(line) for line in lines if plain(line)))
    return "\n".join([heading, *(f"- {line}" for line in unique)]) if unique else ""


def _made(request: PackageRequest) -> str:
    said = []
    if request.synthetic_voice:
        said.append("the narration is a synthetic voice")
    if request.generated_pictures:
        said.append("pictures were generated by AI")
    return f"How this was made: {' and '.join(said)}." if said else ""


def _paid(request: PackageRequest, *, links: bool) -> str:
    if not request.affiliate_links:
        return ""
    if not links:
        return "Advertisement: this channel earns a commission on paid links."
    shown = [f"- {plain(label)}: {plain(url)}" for label, url in request.affiliate_links]
    return "\n".join(["Advertisement, paid links (the channel earns a commission):", *shown])


def _why_artificial(request: PackageRequest) -> str:
    said = _made(request).removeprefix("How this was made: ").removesuffix(".")
    return f"Needed, because {said}." if said else "Not needed: no machine spoke or drew it."
