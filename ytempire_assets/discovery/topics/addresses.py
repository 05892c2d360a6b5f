"""Addresses in one form, so that two that lead to the same page are equal.

Belongs here: what of an address does not change the page. Fetching is ``sources/``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit

_TRACKING = re.compile(
    r"(?:utm_.*|mc_.*|at_.*|wt_.*|fbclid|gclid|igshid|si|ref|ref_src|referrer|cmpid|ocid|smid|cmp"
    r"|ito|ncid|src|feature|partner|output|amp|guccounter|t)\Z"
)
_PREFIX = re.compile(r"(?:www\d?|m|mobile|amp|old|new)\.")
_VIDEO = re.compile(r"[\w-]{11}\Z")


@lru_cache(maxsize=1 << 16)
def page_of(address: str) -> str:
    """What an address leads to, without protocol, tracking, fragment and mobile host.

    Args:
        address: An absolute address, or empty.

    Returns:
        Host, path and what is left of the query; empty for a front page or what is no address.
    """
    try:
        parts = urlsplit(address)
        host = _PREFIX.sub("", (parts.hostname or "").lower())
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    query = sorted(
        (name, value) for name, value in parse_qsl(parts.query) if not _TRACKING.match(name.lower())
    )
    path = re.sub(r"(?:/amp)?/*\Z", "", parts.path)
    if host in ("youtube.com", "youtu.be", "music.youtube.com"):
        video = dict(query).get("v") or path.rpartition("/")[2]
        if _VIDEO.match(video):
            return f"youtube.com/watch?v={video}"
    if not path and not query:
        return ""
    return f"{host}{path}" + (f"?{urlencode(query)}" if query else "")
