"""Text, addresses, numbers and dates from outside, made safe to keep.

Belongs here: what every adapter does to every value before it becomes part of a signal or of a
message. Nothing here fails, whatever the value is.
"""

from __future__ import annotations

import email.utils
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from urllib.parse import urlsplit

TITLE_CHARACTERS = 300
SUMMARY_CHARACTERS = 2000
MOST_TAGS = 30

_JOINERS = "\u200c\u200d"
"""Persian and Indic words and many emoji are written with them; all other invisible ones go."""

_MARKUP = str.maketrans(dict.fromkeys("<>[]|`*_~\\&{}#", " "))
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")
_BLOCKS = frozenset(
    "address article aside blockquote br dd div dl dt figcaption figure footer h1 h2 h3 h4 h5 h6 "
    "header hr img li main nav ol p pre section table td th tr ul".split()
)
_UNSEEN = frozenset(("script", "style", "template"))
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(minutes=10)
_MOST_ADDRESS = 2000
_LARGEST_COUNT = 1e15


def one_line(text: str, most: int) -> str:
    """Text as one line of at most ``most`` characters, without anything that is not visible.

    Control characters and line breaks become spaces; marks that turn the reading direction, soft
    hyphens, byte order marks and lone surrogates disappear. What is cut ends with an ellipsis.
    """
    shown = "".join(
        character if character.isprintable() or character in _JOINERS else _instead(character)
        for character in text[: most * 10]
    )
    line = " ".join(shown.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _instead(character: str) -> str:
    return "" if unicodedata.category(character) in ("Cf", "Cs") else " "


def quoted(text: str, most: int = 120) -> str:
    """Text for a message: one short line in which no character means anything to a viewer."""
    return one_line(text[: most * 10].translate(_MARKUP), most)


def from_html(markup: str, most: int) -> str:
    """The text of a piece of HTML as ``one_line``; scripts and styles say nothing."""
    # Nobody reads further, and the parser's time is not bounded by a constant for each character.
    markup = markup[: most * 10]
    reader = _Reader()
    try:
        reader.feed(markup)
        reader.close()
        text = "".join(reader.pieces)
    except AssertionError:  # the parser's way to refuse a broken declaration
        text = re.sub(r"<[^<>]*>", " ", markup)
    return one_line(text, most)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        if tag in _BLOCKS:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(data)


def web_address(text: str) -> str:
    """An http or https address that a person may follow; empty for anything else.

    One with a user name in it is none: it is a trick, or a password.
    """
    text = text.strip()
    if not text or len(text) > _MOST_ADDRESS or not text.isprintable():
        return ""
    if any(character in text for character in ' "<>\\^`{|}'):
        return ""
    try:
        parts = urlsplit(text)
        _ = parts.port  # a port that is no number is found only now
    except ValueError:
        return ""
    followed = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    return text if followed else ""


def language_tag(text: str) -> str:
    """A BCP 47 tag in its usual case, such as ``en-US``; empty for anything else."""
    text = text.strip().replace("_", "-")
    if _LANGUAGE.fullmatch(text) is None:
        return ""
    first, *rest = text.split("-")
    cased = (
        part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower()
        for part in rest
    )
    return "-".join((first.lower(), *cased))


def count(value: object) -> float | None:
    """A count that is given as a number or as digits; None for what is no count."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 18:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _LARGEST_COUNT else None  # no NaN is in between


def moment(value: object, now: datetime) -> datetime | None:
    """When something appeared: seconds since 1970, or ISO 8601 text; in UTC.

    Args:
        value: What the source says.
        now: UTC.

    Returns:
        None for what is no date, is older than the feeds and sites that are asked, or lies more
        than ten minutes ahead; what is a little ahead, since clocks differ, is ``now``.
    """
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value, UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    if not _EARLIEST <= found <= now + _CLOCKS_DIFFER:
        return None
    return min(found, now)


def mailed_date(text: str) -> float | None:
    """Seconds since 1970 of a date as mails and RSS write it (RFC 5322); None for anything else."""
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, TypeError):
        return None


def tag_names(names: list[str]) -> tuple[str, ...]:
    """Tags as short lines, each once, at most ``MOST_TAGS``."""
    lines = (one_line(name, 100) for name in names[: MOST_TAGS * 4])
    return tuple(dict.fromkeys(line for line in lines if line))[:MOST_TAGS]
