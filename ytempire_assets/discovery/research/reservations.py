"""What a page says of its own use by programs: in its head, and in its meta elements.

Belongs here: ``X-Robots-Tag`` and its meta element, and the head and meta element of the TDM
Reservation Protocol. What holds for a whole site is ``robots.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ytempire_assets.discovery.research.robots import PRODUCT_TOKEN

_FORBIDDING = frozenset(("noai", "noimageai", "noindex", "none"))
_NAMES = frozenset(("robots", "x-robots-tag", PRODUCT_TOKEN))


def reserved_by_head(headers: Mapping[str, str]) -> str:
    """What in the head of an answer forbids the use of its page.

    Args:
        headers: Of the answer; their names in any case.

    Returns:
        The directive in our words, or empty.
    """
    if headers.get("tdm-reservation", "").strip() == "1":
        return "tdm-reservation"
    return _forbidding(headers.get("X-Robots-Tag", ""))


def reserved_by_meta(metas: Iterable[tuple[str, str]]) -> str:
    """What in the meta elements of a page forbids its use.

    Args:
        metas: Name and content of each.

    Returns:
        The directive in our words, or empty.
    """
    for name, content in metas:
        name = name.strip().lower()
        if name == "tdm-reservation" and content.strip() == "1":
            return "tdm-reservation"
        if name in _NAMES:
            found = _forbidding(content)
            if found:
                return found
    return ""


def _forbidding(directives: str) -> str:
    """The first directive that forbids; one that is meant for another robot does not count."""
    for part in directives.lower().split(","):
        robot, colon, directive = part.strip().rpartition(":")
        if colon and robot.strip() not in ("*", PRODUCT_TOKEN):
            continue
        if directive.strip() in _FORBIDDING:
            return directive.strip()
    return ""
