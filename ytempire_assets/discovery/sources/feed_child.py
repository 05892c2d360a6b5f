"""The process that parses one feed, and nothing else of this project.

Belongs here: feedparser. It is a program of its own because some of feedparser's regular
expressions take time that grows with the square of what they read, and hold the interpreter's lock
meanwhile: 40 kB of line breaks stop every thread for eight seconds. A process can be stopped.

It reads one line of JSON (``Job``) and then the feed from standard input, and writes one line of
JSON (``Parsed``) to standard output. It imports nothing of the package, so that it starts in a
tenth of a second.
"""

from __future__ import annotations

import calendar
import contextlib
import io
import json
import sys
from typing import Any, TypedDict

MOST_MARKUP = 20_000
"""Characters of a text that are handed on: ten times what is kept of it."""

MOST_SHORT = 4000
MOST_TAGS = 100

_EARLIEST_S = 631_152_000
"""1990: no feed is older, so such a date is a mistake."""


class Job(TypedDict):
    """What is to be done.

    ``most``: entries to keep; ``latest_s``: dates after it, seconds since 1970, are mistakes;
    ``memory_bytes``: address space that the process may take.
    """

    address: str
    content_type: str
    most: int
    latest_s: float
    memory_bytes: int


class Entry(TypedDict):
    """One entry, texts as they stand in the feed; ``published_s`` in seconds since 1970."""

    id: str
    link: str
    title: str
    title_is_html: bool
    summary: str
    summary_is_html: bool
    published_s: int | None
    language: str
    tags: list[str]


class Parsed(TypedDict):
    """A feed.

    ``version``: feedparser's name of the format, empty for what is no feed; ``found``: entries
    before the newest were chosen; ``entries``: newest first, those without a date in the feed's
    order behind them.
    """

    version: str
    language: str
    found: int
    entries: list[Entry]


def parse(body: bytes, job: Job) -> Parsed:
    """Parses one feed in this process.

    Args:
        body: The feed, in any encoding.
        job: What is to be done; its memory limit is the caller's to set.

    Returns:
        The feed; whatever feedparser raises, it raises.
    """
    import feedparser

    # A stream, since feedparser would open a text that looks like an address or a file's name.
    feed = feedparser.parse(
        io.BytesIO(body),
        response_headers={
            "content-type": job["content_type"],
            "content-location": job["address"],
        },
        resolve_relative_uris=False,
        sanitize_html=False,  # markup becomes plain text anyway, by a parser that is stricter
    )
    found = [entry for entry in feed.entries if isinstance(entry, dict)]
    dated = [(_published_s(entry, job["latest_s"]), entry) for entry in found]
    dated.sort(key=lambda one: -(one[0] or 0))
    return {
        "version": _text(feed.get("version"), 20),
        "language": _text(feed.feed.get("language"), 40),
        "found": len(found),
        "entries": [_entry(entry, at) for at, entry in dated[: job["most"]]],
    }


def _entry(entry: dict[str, Any], published_s: int | None) -> Entry:
    title = _detail(entry, "title")
    summary = _detail(entry, "summary")
    contents = entry.get("content")
    if not _text(entry.get("summary"), 1).strip() and isinstance(contents, list) and contents:
        summary = contents[0]
    tags = entry.get("tags")
    return {
        "id": _text(entry.get("id"), MOST_SHORT),
        "link": _text(entry.get("link"), MOST_SHORT),
        "title": _text(title.get("value"), MOST_SHORT),
        "title_is_html": _is_html(title),
        "summary": _text(summary.get("value"), MOST_MARKUP),
        "summary_is_html": _is_html(summary),
        "published_s": published_s,
        "language": _text(entry.get("language") or title.get("language"), 40),
        "tags": [
            _text(tag.get("label") or tag.get("term"), 200)
            for tag in (tags if isinstance(tags, list) else [])[:MOST_TAGS]
        ],
    }


def _detail(entry: dict[str, Any], name: str) -> dict[str, Any]:
    """The detail that feedparser gives of a text; one without a known type may hold anything."""
    detail = entry.get(f"{name}_detail")
    if isinstance(detail, dict):
        return detail
    return {"value": entry.get(name), "type": "text/html"}


def _is_html(detail: dict[str, Any]) -> bool:
    return detail.get("type") != "text/plain"


def _text(value: object, most: int) -> str:
    return value[:most] if isinstance(value, str) else ""


def _published_s(entry: dict[str, Any], latest_s: float) -> int | None:
    """The first of the entry's dates that can be right."""
    for name in ("published_parsed", "updated_parsed", "created_parsed"):
        with contextlib.suppress(TypeError, ValueError, OverflowError):
            seconds = calendar.timegm(entry[name]) if entry.get(name) else 0
            if _EARLIEST_S <= seconds <= latest_s:
                return seconds
    return None


def _limit(memory_bytes: int) -> None:
    """Memory that runs out ends this process and no other; not every system can do that."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def main() -> None:
    """Reads a job and a feed, writes what the feed says."""
    job: Job = json.loads(sys.stdin.buffer.readline())
    _limit(job["memory_bytes"])
    parsed = parse(sys.stdin.buffer.read(), job)
    # Ascii, so that lone surrogates pass.
    sys.stdout.write(json.dumps(parsed))


if __name__ == "__main__":
    main()
