"""Readable text of web pages, whatever is in them: read in a process that can be stopped.

Belongs here: the bounds of reading, and a page's own words made plain. Reading itself is
``page_child.py``, what becomes of a page ``gather.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urljoin

from ytempire_assets.discovery.research import page_child
from ytempire_assets.discovery.research.licences import licence_of
from ytempire_assets.discovery.research.reservations import reserved_by_meta
from ytempire_assets.discovery.research.robots import ForbiddenError
from ytempire_assets.discovery.sources.addresses import ascii_address, host_of
from ytempire_assets.discovery.sources.child import in_a_process
from ytempire_assets.discovery.sources.errors import UnreadableError
from ytempire_assets.discovery.sources.untrusted import language_tag, one_line, quoted, web_address
from ytempire_assets.plain_address import split_address

READ_S = 20.0
"""Seconds for one page; one of 1 MB takes 4 on one core, one of 50 kB a third of one."""
MEMORY_BYTES = 1 << 30
"""Address space of the process; a page of 2 MB takes 170 MB, one of 5 MB up to 660."""
MOST_CHARACTERS = 20_000
"""Of the paragraphs together; what is behind them is not read."""
LEAST_CHARACTERS = 250
"""A page with less is a notice, a teaser, or asks to sign in. Letters of which one is a syllable or
a word count three times."""

TITLE_CHARACTERS = 100
PUBLISHER_CHARACTERS = 80
MOST_ADDRESS = 500

_HTML = ("text/html", "application/xhtml+xml", "")
_DENSE = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ENDS_SENTENCE = re.compile("[.!?\u2026\u3002\uff01\uff1f\u061f\u0964\u06d4]")
_DATE = re.compile(r"((?:19|20)[0-9]{2})-?([01][0-9])-?([0-3][0-9])(?![0-9])")


@dataclass(frozen=True, slots=True)
class Page:
    """A page, plain and bounded; texts are one line each and hold no markup.

    Attributes:
        title: At most 100 characters.
        publisher: Name of the site, or its host; at most 80 characters.
        authors: As the page names them; may be empty.
        published_on: The day as the page gives it; None without one that can be right.
        language: BCP 47; may be empty.
        paragraphs: Readable text, at most 20,000 characters in all; each holds a whole sentence.
        address: Where people find it: the page's own canonical address where that is of the same
            host, at most 500 characters.
        licence: SPDX, or ``licences.UNKNOWN``.
    """

    title: str
    publisher: str
    authors: tuple[str, ...]
    published_on: date | None
    language: str
    paragraphs: tuple[str, ...]
    address: str
    licence: str


def read_page(
    body: bytes, *, address: str, content_type: str, now: datetime, seconds: float = READ_S
) -> Page:
    """Reads a web page.

    Args:
        body: The page, in any encoding.
        address: Where it came from.
        content_type: As the server named it; may hold the encoding.
        now: UTC; dates after it are mistakes.
        seconds: How long reading may take.

    Raises:
        ForbiddenError: The page itself forbids its use.
        UnreadableError: It is no web page, holds no readable text, or takes too long to read.
    """
    host = host_of(address)
    kind, _, options = content_type.partition(";")
    if kind.strip().lower() not in _HTML:
        raise UnreadableError(
            f"{host} answered with '{quoted(kind.strip(), 40)}', which is no web page",
            "nothing to do here: other sources are used",
        )
    charset = re.search(r"charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,20})", options, re.IGNORECASE)
    job: page_child.Job = {
        "charset": charset[1] if charset else "",
        "memory_bytes": MEMORY_BYTES,
    }
    found: page_child.Read = in_a_process(
        page_child,
        job,
        body,
        seconds=seconds,
        subject=f"a page of {host}",
        next_step="open the address in a browser; other sources are used",
    )
    forbidding = reserved_by_meta([(name, content) for name, content in found["metas"]])
    if forbidding:
        raise forbidden(host, forbidding)
    paragraphs = plain_paragraphs(found["paragraphs"])
    if is_too_short(paragraphs):
        raise UnreadableError(
            f"{host} shows hardly any readable text",
            "open the address in a browser: it may ask to sign in; other sources are used",
        )
    return Page(
        title=_first(found["titles"], TITLE_CHARACTERS) or one_line(paragraphs[0], 60),
        publisher=_first(found["sites"], PUBLISHER_CHARACTERS) or host,
        authors=tuple(dict.fromkeys(one_line(one, 80) for one in found["authors"]))[:5],
        published_on=_day(found["dates"], now),
        language=next(filter(None, map(language_tag, found["languages"])), ""),
        paragraphs=paragraphs,
        address=_address(found["canonical"], address),
        licence=licence_of(found["licences"]),
    )


def forbidden(host: str, directive: str) -> ForbiddenError:
    """A page that says itself that it must not be used.

    Args:
        host: Whose page.
        directive: What it says, as ``reservations.py`` gives it.
    """
    return ForbiddenError(
        f"{host} forbids the use of this page ({directive})",
        "nothing to do here: the page is left alone; other sources are used",
    )


def plain_paragraphs(texts: list[str]) -> tuple[str, ...]:
    """Paragraphs as plain lines, without those that hold no sentence: captions, buttons, headings.

    The last one ends with a whole sentence where all are longer than ``MOST_CHARACTERS`` together.
    """
    room = MOST_CHARACTERS
    kept: list[str] = []
    for text in texts:
        line = one_line(text, MOST_CHARACTERS + 1)
        if not _ENDS_SENTENCE.search(line) or line in kept[-1:]:
            continue
        if len(line) > room:
            ends = [match.end() for match in _ENDS_SENTENCE.finditer(line, 0, room)]
            if ends:
                kept.append(line[: ends[-1]])
            break
        kept.append(line)
        room -= len(line) + 2  # the empty line between two of them
    return tuple(kept)


def is_too_short(paragraphs: tuple[str, ...]) -> bool:
    """Whether a text is too short to be one."""
    text = "".join(paragraphs)
    return len(text) + 2 * len(_DENSE.findall(text)) < LEAST_CHARACTERS


def _first(texts: list[str], most: int) -> str:
    return next(filter(None, (one_line(text, most) for text in texts)), "")


def _day(texts: list[str], now: datetime) -> date | None:
    for text in texts:
        match = _DATE.match(text.strip())
        try:
            found = date(int(match[1]), int(match[2]), int(match[3])) if match else None
        except ValueError:
            continue
        # A day ahead of UTC is today in the Pacific.
        if found is not None and found <= now.astimezone(UTC).date() + timedelta(days=1):
            return found
    return None


def _address(canonical: str, address: str) -> str:
    """The page's own address where it can be trusted: a page could name anybody's."""
    try:
        own = web_address(ascii_address(urljoin(address, canonical))) if canonical else ""
    except ValueError:
        own = ""
    here, there = split_address(address), split_address(own)
    same = here is not None and there is not None and _site(here.hostname) == _site(there.hostname)
    if not same or len(own) > MOST_ADDRESS:
        own = address
    if len(own) > MOST_ADDRESS:
        raise UnreadableError(
            f"{host_of(address)} has a page whose address is longer than {MOST_ADDRESS} characters",
            "nothing to do here: it cannot be cited; other sources are used",
        )
    return own.partition("#")[0]


def _site(host: str | None) -> str:
    return (host or "").removeprefix("www.").removeprefix("m.").removeprefix("amp.")
