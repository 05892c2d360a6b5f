"""Titles, descriptions, tags and hashtags that a platform accepts.

Belongs here: what goes beside a video. Limits are YouTube's: title 100 characters, description
5,000 bytes, tags 500 characters in all, no angle brackets anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ytempire_assets.writing.script import Brief, Chapter, Document, Script
from ytempire_assets.writing.wording import wording
from ytempire_assets.youtube_limits import MAX_DESCRIPTION_BYTES, MAX_TAGS_CHARS, MAX_TITLE_CHARS

MAX_HASHTAGS = 5
MIN_CHAPTERS, MIN_CHAPTER_S = 3, 10
"""Fewer or shorter ones the platform does not show."""
_LONG_S = 60
"""A shorter video is watched whole; nobody looks for a place in it."""
_MAX_CHAPTER_CHARS = 60


def make_title(wanted: str) -> str:
    """The wanted title, cut at a word if it is too long."""
    title = _clean(wanted)
    if len(title) <= MAX_TITLE_CHARS:
        return title
    cut = title[: MAX_TITLE_CHARS - 1].rsplit(" ", 1)[0]
    return (cut if len(cut) > MAX_TITLE_CHARS // 2 else title[: MAX_TITLE_CHARS - 1]) + "…"


def make_description(
    brief: Brief,
    opening: Sequence[str],
    sources: Sequence[Document],
    hashtags: Sequence[str],
    chapters: Sequence[Chapter] = (),
    model: str = "",
) -> str:
    """The description: what it is about, every source, how it was made, what is paid for.

    Args:
        brief: The video.
        opening: Sentences of the script to begin with.
        sources: Documents that the script cites; never left out, however long the rest is.
        hashtags: Shown at the end.
        model: The language model that wrote it; empty where none did.
        chapters: Of a long video; the intro comes before the narration, and they count with it.
    """
    said = wording(brief.language)
    cited = [
        f"- {_clean(source.title)}, {_clean(source.publisher)}: {_clean(source.address)} "
        f"({said.licence}{_clean(source.licence)})"
        for source in sources
    ]
    credit = list(dict.fromkeys(_clean(source.attribution) for source in sources))
    voice = f" ({brief.voice_name})" if brief.voice_name else ""
    disclosure = said.made.format(voice=voice)
    if model:
        disclosure += said.written.format(model=_clean(model))
    parts = [f"{said.sources}\n" + "\n".join(cited), "\n".join(credit), disclosure]
    if chapters:
        lines = [f"{_clock(one.start_s, brief.lead_s)} {_clean(one.title)}" for one in chapters]
        parts.insert(0, f"{said.chapters}\n" + "\n".join(lines))
    if brief.affiliate_links:
        links = [f"- {_clean(label)}: {_clean(url)}" for label, url in brief.affiliate_links]
        parts.append(f"{said.paid}\n" + "\n".join(links))
    parts.append(" ".join(hashtags))
    rest = "\n\n".join(part for part in parts if part)
    room = MAX_DESCRIPTION_BYTES - len(rest.encode()) - 2
    lead = _clean(" ".join(opening))
    while lead and len(lead.encode()) > room:
        lead = lead.rpartition(" ")[0]
    return f"{lead}\n\n{rest}" if lead else rest


def make_chapters(
    names: Sequence[str], starts_s: Sequence[float], total_s: float
) -> tuple[Chapter, ...]:
    """Chapters of a video, each long enough to be shown; none where there would be too few.

    Args:
        names: What each scene is about.
        starts_s: When each begins, seconds of the narration; the first at 0.
        total_s: Length of the narration.
    """
    if total_s < _LONG_S:
        return ()
    chapters: list[Chapter] = []
    for name, start_s in zip(names, starts_s, strict=True):
        if chapters and start_s - chapters[-1].start_s < MIN_CHAPTER_S:
            continue
        if total_s - start_s < MIN_CHAPTER_S:
            break
        title = name.rstrip(".!?…")
        if len(title) > _MAX_CHAPTER_CHARS:
            title = title[: _MAX_CHAPTER_CHARS - 1].rsplit(" ", 1)[0] + "…"
        chapters.append(Chapter(round(start_s, 2), title))
    return tuple(chapters) if len(chapters) >= MIN_CHAPTERS else ()


def _clock(start_s: float, lead_s: float) -> str:
    """Minutes and seconds of the video; the first chapter begins with the video itself."""
    seconds = int(start_s + lead_s) if start_s else 0
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def with_picture_credits(
    description: str, attributions: Sequence[str], language: str = "en"
) -> str:
    """The description with whose pictures are shown; the opening gives way where room is short."""
    if not attributions:
        return description
    credit = f"{wording(language).pictures}\n" + "\n".join(
        f"- {_clean(line)}" for line in attributions
    )
    lead, _, rest = description.partition("\n\n")
    room = MAX_DESCRIPTION_BYTES - len(f"\n\n{rest}\n\n{credit}".encode())
    while lead and len(lead.encode()) > room:
        lead = lead.rpartition(" ")[0]
    return "\n\n".join(part for part in (lead, rest, credit) if part)


def make_tags(brief: Brief, wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """The writer's tags, else keywords, niche and channel, without repeats, within the limit."""
    tags: list[str] = []
    length = 0
    for raw in wanted or (*brief.keywords, brief.niche, brief.channel_title):
        tag = _clean(raw).replace(",", " ")
        # A tag with a space counts two more characters: the platform puts quotes around it.
        cost = len(tag) + (2 if " " in tag else 0) + (1 if tags else 0)
        if tag and tag.lower() not in {known.lower() for known in tags}:
            if length + cost > MAX_TAGS_CHARS:
                break
            tags.append(tag)
            length += cost
    return tuple(tags)


def make_hashtags(brief: Brief, wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """At most five hashtags: the writer's, else from the niche and the keywords."""
    # The names of niches are English words.
    niche = (brief.niche,) if brief.language.startswith("en") else ()
    own = [word.title() for word in (*niche, *brief.keywords)]
    words = [re.sub(r"[^\w]", "", word) for word in wanted or own]
    return tuple(dict.fromkeys(f"#{word}" for word in words if word))[:MAX_HASHTAGS]


def _clean(text: str) -> str:
    """One line without angle brackets, which the platform refuses."""
    return " ".join(text.replace("<", "‹").replace(">", "›").split())


def metadata_problems(script: Script, brief: Brief) -> list[str]:
    """Why a platform would refuse what goes beside a video, or a viewer could not check it."""
    problems = []
    if not script.title.strip() or len(script.title) > MAX_TITLE_CHARS:
        problems.append(f"the title has {len(script.title)} characters, 1 to {MAX_TITLE_CHARS} fit")
    size = len(script.description.encode())
    if size > MAX_DESCRIPTION_BYTES:
        problems.append(f"the description has {size} bytes, {MAX_DESCRIPTION_BYTES} fit")
    tags = sum(len(tag) + (2 if " " in tag else 0) for tag in script.tags) + len(script.tags) - 1
    if tags > MAX_TAGS_CHARS:
        problems.append(f"the tags have {tags} characters, {MAX_TAGS_CHARS} fit")
    texts = (script.title, script.description, *script.tags)
    if any(mark in text for text in texts for mark in "<>"):
        problems.append("title, description or tags hold an angle bracket")
    if len(script.hashtags) > MAX_HASHTAGS:
        problems.append(f"{len(script.hashtags)} hashtags, {MAX_HASHTAGS} are shown")
    missing = [
        one.address for one in script.sources if _clean(one.address) not in script.description
    ]
    if missing:
        problems.append(f"the description lacks the source {missing[0]}")
    if wording(brief.language).made.partition("{voice}")[0] not in script.description:
        problems.append("the description lacks how the video was made")
    if not script.sources:
        problems.append("no source is cited")
    return problems
