"""Feeds as plain values, whatever is in them: read in a process that can be stopped.

Belongs here: the bounds of parsing, and feedparser's texts made plain. Parsing itself is
``feed_child.py``, what becomes of the entries ``feeds.py``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from ytempire_assets.discovery.sources import feed_child
from ytempire_assets.discovery.sources.addresses import host_of
from ytempire_assets.discovery.sources.child import in_a_process
from ytempire_assets.discovery.sources.errors import UnreadableError
from ytempire_assets.discovery.sources.untrusted import (
    SUMMARY_CHARACTERS,
    TITLE_CHARACTERS,
    from_html,
    language_tag,
    moment,
    one_line,
    tag_names,
    web_address,
)

PARSE_S = 30.0
"""Seconds of parsing; 10 MB of broken XML take 10 on one core."""

MEMORY_BYTES = 1 << 30
"""Address space of parsing; a feed of 10 MB takes 120 MB."""

_CLOCKS_DIFFER = timedelta(minutes=10)
_MOST_ITEM = 300


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry, plain and bounded.

    Attributes:
        item: Its id, its address, or a hash of what it says.
        title: One line; the beginning of the summary where the feed gives none.
        address: Where it leads; may be empty.
        summary: Plain text; may be empty.
        published_at: UTC; None without a date that can be right.
        language: BCP 47; may be empty.
        tags: The feed's own categories.
    """

    item: str
    title: str
    address: str
    summary: str
    published_at: datetime | None
    language: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed that could be read.

    Attributes:
        found: Entries in it.
        entries: The newest of them, newest first; without those that say nothing.
    """

    found: int
    entries: tuple[FeedEntry, ...]


def read_feed(
    body: bytes,
    *,
    address: str,
    content_type: str,
    now: datetime,
    most: int,
    seconds: float = PARSE_S,
) -> Feed:
    """Reads an RSS or Atom feed.

    Args:
        body: The feed, in any encoding.
        address: Where it came from: links in it may be relative.
        content_type: As the server named it; may hold the encoding.
        now: UTC; dates after it are mistakes.
        most: Entries to keep.
        seconds: How long parsing may take.

    Raises:
        UnreadableError: It is no feed, or takes too long or too much memory to parse.
    """
    host = host_of(address)
    if not body.strip():
        raise UnreadableError(f"{host} answered with an empty body", "open the feed in a browser")
    job: feed_child.Job = {
        "address": address,
        "content_type": content_type,
        "most": most,
        "latest_s": (now + _CLOCKS_DIFFER).timestamp(),
        "memory_bytes": MEMORY_BYTES,
    }
    parsed: feed_child.Parsed = in_a_process(
        feed_child,
        job,
        body,
        seconds=seconds,
        subject=f"the feed of {host}",
        next_step="open the address in a browser; leave the source out if it stays so",
    )
    if not parsed["version"] and not parsed["found"]:
        raise UnreadableError(
            f"{host} answered with something that is no RSS or Atom feed",
            "open the address in a browser and look for the feed's own address",
        )
    entries = (_plain(entry, parsed["language"], now) for entry in parsed["entries"])
    return Feed(parsed["found"], tuple(entry for entry in entries if entry is not None))


def _plain(entry: feed_child.Entry, feed_language: str, now: datetime) -> FeedEntry | None:
    read_title = from_html if entry["title_is_html"] else one_line
    read_summary = from_html if entry["summary_is_html"] else one_line
    title = read_title(entry["title"], TITLE_CHARACTERS)
    summary = read_summary(entry["summary"], SUMMARY_CHARACTERS)
    address = web_address(entry["link"])
    title = title or one_line(summary, 120)  # short messages have none
    if not title:
        return None
    return FeedEntry(
        item=_item(entry["id"].strip() or entry["link"].strip(), title, summary),
        title=title,
        address=address,
        summary=summary,
        published_at=moment(entry["published_s"], now),
        language=language_tag(entry["language"]) or language_tag(feed_language),
        tags=tag_names(entry["tags"]),
    )


def _item(given: str, title: str, summary: str) -> str:
    """The id as it is given where it is one line of reasonable length, else a hash."""
    if given and len(given) <= _MOST_ITEM and given.isprintable():
        return given
    text = given or f"{title}\n{summary}"
    return f"sha256:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"
