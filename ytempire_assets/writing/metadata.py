"""Titles, descriptions, tags and hashtags that a platform accepts.

Belongs here: what goes beside a video. Limits are YouTube's: title 100 characters, description
5,000 bytes, tags 500 characters in all, no angle brackets anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ytempire_assets.writing.script import Brief, Document
from ytempire_assets.youtube_limits import MAX_DESCRIPTION_BYTES, MAX_TAGS_CHARS, MAX_TITLE_CHARS

MAX_HASHTAGS = 5


def make_title(brief: Brief) -> str:
    """The topic's title, cut at a word if it is too long."""
    title = _clean(brief.topic_title)
    if len(title) <= MAX_TITLE_CHARS:
        return title
    cut = title[: MAX_TITLE_CHARS - 1].rsplit(" ", 1)[0]
    return (cut if len(cut) > MAX_TITLE_CHARS // 2 else title[: MAX_TITLE_CHARS - 1]) + "…"


def make_description(
    brief: Brief, opening: Sequence[str], sources: Sequence[Document], hashtags: Sequence[str]
) -> str:
    """The description: what it is about, every source, how it was made, what is paid for.

    Args:
        brief: The video.
        opening: Sentences of the script to begin with.
        sources: Documents that the script cites; never left out, however long the rest is.
        hashtags: Shown at the end.
    """
    cited = [
        f"- {_clean(source.title)}, {_clean(source.publisher)}: {_clean(source.address)} "
        f"(text: {_clean(source.licence)})"
        for source in sources
    ]
    credit = list(dict.fromkeys(_clean(source.attribution) for source in sources))
    voice = f" ({brief.voice_name})" if brief.voice_name else ""
    disclosure = (
        f"How this was made: the narration is a synthetic voice{voice}, cards and charts were "
        "drawn by software, and every statement comes from the sources above."
    )
    parts = ["Sources:\n" + "\n".join(cited), "\n".join(credit), disclosure]
    if brief.affiliate_links:
        links = [f"- {_clean(label)}: {_clean(url)}" for label, url in brief.affiliate_links]
        parts.append(
            "Paid links (the channel earns a commission, the price is the same):\n"
            + "\n".join(links)
        )
    parts.append(" ".join(hashtags))
    rest = "\n\n".join(part for part in parts if part)
    room = MAX_DESCRIPTION_BYTES - len(rest.encode()) - 2
    lead = _clean(" ".join(opening))
    while lead and len(lead.encode()) > room:
        lead = lead.rpartition(" ")[0]
    return f"{lead}\n\n{rest}" if lead else rest


def with_picture_credits(description: str, attributions: Sequence[str]) -> str:
    """The description with whose pictures are shown; the opening gives way where room is short."""
    if not attributions:
        return description
    credit = "Pictures:\n" + "\n".join(f"- {_clean(line)}" for line in attributions)
    lead, _, rest = description.partition("\n\n")
    room = MAX_DESCRIPTION_BYTES - len(f"\n\n{rest}\n\n{credit}".encode())
    while lead and len(lead.encode()) > room:
        lead = lead.rpartition(" ")[0]
    return "\n\n".join(part for part in (lead, rest, credit) if part)


def make_tags(brief: Brief) -> tuple[str, ...]:
    """Keywords, niche and channel, without repeats, within the limit."""
    tags: list[str] = []
    length = 0
    for raw in (*brief.keywords, brief.niche, brief.channel_title):
        tag = _clean(raw).replace(",", " ")
        # A tag with a space counts two more characters: the platform puts quotes around it.
        cost = len(tag) + (2 if " " in tag else 0) + (1 if tags else 0)
        if tag and tag.lower() not in {known.lower() for known in tags}:
            if length + cost > MAX_TAGS_CHARS:
                break
            tags.append(tag)
            length += cost
    return tuple(tags)


def make_hashtags(brief: Brief) -> tuple[str, ...]:
    """At most five hashtags from the niche and the keywords."""
    words = [re.sub(r"[^\w]", "", word.title()) for word in (brief.niche, *brief.keywords)]
    return tuple(dict.fromkeys(f"#{word}" for word in words if word))[:MAX_HASHTAGS]


def _clean(text: str) -> str:
    """One line without angle brackets, which the platform refuses."""
    return " ".join(text.replace("<", "‹").replace(">", "›").split())
