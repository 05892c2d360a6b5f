"""Titles cut into tokens: words, numbers, and runs of letters that are written without spaces.

Belongs here: where a token begins and ends, and how it is written (capitals, place in the
sentence). What a token means is ``words.py``, ``names.py`` and ``numbers.py``.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, TypeAlias

from ytempire_assets.discovery.topics.scripts import MARKS, SPACELESS

TokenKind: TypeAlias = Literal["word", "number", "run"]
TitleCase: TypeAlias = Literal["sentence", "title", "upper", "lower", "none"]
"""How a title uses capitals: as prose does, on most words, on all letters, not at all, or it is in
letters that have none."""


class Token(NamedTuple):
    """A piece of a title.

    Attributes:
        text: As written, without possessive and without a hash sign.
        kind: ``run`` is a stretch of one script that needs no spaces.
        opens: Begins the title or follows a mark that ends a sentence or opens a quotation, so
            that its capital says nothing.
        follows: What is between it and the token before: a space, or empty where they touch.
        tagged: Written with a hash sign.
        money: Written as an amount of a currency or a share in percent.
    """

    text: str
    kind: TokenKind
    opens: bool
    follows: str
    tagged: bool = False
    money: bool = False


_LETTER = f"[^\\W\\d_{SPACELESS}]"
_TOKEN = re.compile(
    f"(?P<run>[{SPACELESS}]+)"
    r"|(?P<initials>(?:[A-Z]\.){2,})"
    r"|(?P<number>\d+(?:[.,:]\d+)*(?:[A-Za-z]{1,8}\d{0,4}(?![A-Za-z]))?)"
    f"|(?P<word>{_LETTER}+(?:[{MARKS}\u200c\u200d]+{_LETTER}*)*\\d*)(?:['\u2019]s\\b)?"
)
_ENDS = re.compile(
    r"[.!?:;|\"\u201c\u201d\u201e\u00ab\u00bb()\[\]\u2013\u2014\u2026\u00bf\u00a1]|\s-\s"
)
_CURRENCY = re.compile(r"[$\u20ac\u00a3\u00a5\u20b9\u20a9\u20bd\u20ba]\s?$")
_PERCENT = re.compile(
    r"\s?(?:%|\u066a|percent|prozent|por ciento|pour cent|per cento)", re.IGNORECASE
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def tokens_of(line: str) -> list[Token]:
    """Cuts one plain line.

    Args:
        line: What ``plain_line`` gives.

    Returns:
        Its tokens in order; a hash tag in camel case gives one token a word.
    """
    found: list[Token] = []
    end = 0
    for match in _TOKEN.finditer(line):
        gap = line[end : match.start()]
        end = match.end()
        # Most gaps are one space.
        opens = not found or (gap != " " and _ENDS.search(gap) is not None)
        follows = gap if len(gap) < 2 else gap.strip() or " "
        kind = match.lastgroup
        if kind == "number":
            money = bool(_CURRENCY.search(gap) or _PERCENT.match(line, end))
            found.append(Token(match["number"], "number", opens, follows, money=money))
        elif kind == "run":
            found.append(Token(match["run"], "run", opens, follows))
        elif kind == "initials":
            found.append(Token(match["initials"].replace(".", ""), "word", opens, follows))
        else:
            tagged = gap.endswith("#")
            parts = _CAMEL.split(match["word"]) if tagged else [match["word"]]
            found += [
                Token(part, "word", opens and not at, follows, tagged)
                for at, part in enumerate(parts)
            ]
    return found


def case_of(tokens: list[Token]) -> TitleCase:
    """How a title uses capitals, judged by its words of Latin, Greek or Cyrillic letters.

    Args:
        tokens: Of one title.

    Returns:
        ``title`` where more than two thirds of the words of four letters or more that open no
        sentence have a capital, and there are at least three such words.
    """
    words = [token for token in tokens if token.kind == "word"]
    if all(token.text == token.text.lower() for token in words):
        return "none" if any(token.kind == "run" for token in tokens) else "lower"
    long = [token for token in words if len(token.text) > 3]
    upper = sum(token.text.isupper() for token in long)
    if len(long) > 1 and upper > len(long) / 2:
        return "upper"
    inside = [token for token in long if not token.opens]
    capitals = sum(token.text[0].isupper() for token in inside)
    if len(inside) >= 3 and capitals > 2 * len(inside) / 3:
        return "title"
    return "sentence"
