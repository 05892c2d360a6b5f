"""Licences that pages declare, as SPDX names them, and what each lets us do.

Belongs here: recognising a declaration, and the one question that the rest asks of a licence. Where
in a page declarations stand is ``page_child.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

Reuse: TypeAlias = Literal["text", "facts"]
"""``text``: sentences may be taken over and read aloud, with attribution. ``facts``: the document
may be named as the source of facts, which belong to nobody; its sentences may not be copied."""

UNKNOWN = "LicenseRef-Unknown"
"""No licence is declared, or none that can be relied on: all rights are reserved."""
WIKIPEDIA = "CC-BY-SA-4.0"

_DEED = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/"
    r"(?:licenses/(?P<kind>by(?:-nc)?(?:-nd|-sa)?)/(?P<version>[1-4]\.[0-9])"
    r"(?:/(?P<port>[a-z]{2,4})(?![a-z.]))?"
    r"|publicdomain/(?P<public>zero|mark)/1\.0)(?:[/?#].*)?\Z",
    re.IGNORECASE,
)
_WRITTEN = re.compile(
    r"(?:CC[ -](?P<kind>BY(?:-NC)?(?:-ND|-SA)?)[ -](?P<version>[1-4]\.[0-9])"
    r"|(?P<public>CC0)(?:[ -]1\.0)?)\Z",
    re.IGNORECASE,
)
_GOVERNMENT = re.compile(
    r"https?://www\.nationalarchives\.gov\.uk/doc/open-government-licence/version/([123])/?\Z",
    re.IGNORECASE,
)
_PORTED = frozenset(
    "CC-BY-2.5-AU CC-BY-3.0-AT CC-BY-3.0-AU CC-BY-3.0-DE CC-BY-3.0-IGO CC-BY-3.0-NL CC-BY-3.0-US "
    "CC-BY-SA-2.0-UK CC-BY-SA-2.1-JP CC-BY-SA-3.0-AT CC-BY-SA-3.0-DE CC-BY-SA-3.0-IGO".split()
)
"""Translated licences that have an SPDX name of their own."""
_REUSABLE = re.compile(r"(?:LicenseRef-)?CC-BY(?:-SA)?-[1-4]\.|CC0-1\.0\Z|OGL-UK-[123]\.0\Z")


def licence_of(declared: Iterable[str]) -> str:
    """The licence of a page, from everything in it that declares one.

    Args:
        declared: Addresses of licences, or their names.

    Returns:
        Its SPDX name; ``UNKNOWN`` where nothing is declared, something else than the licences that
        are known here, or several that differ: then it is not clear which one holds for the text.
    """
    found = {_named(one.strip()) for one in declared if one.strip()}
    return found.pop() if len(found) == 1 else UNKNOWN


def reuse_of(licence: str) -> Reuse:
    """What a licence lets us do.

    Licences that forbid commercial use or changes give facts only: channels may earn money, and
    a sentence in a video is a change. So does a mark of the public domain: it is a statement by
    somebody, and no licence.
    """
    return "text" if _REUSABLE.match(licence) else "facts"


def _named(declared: str) -> str:
    government = _GOVERNMENT.match(declared)
    if government is not None:
        return f"OGL-UK-{government[1]}.0"
    match = _DEED.match(declared) or _WRITTEN.match(declared)
    if match is None:
        return UNKNOWN
    parts = match.groupdict()
    if parts["public"]:
        return "LicenseRef-CC-PDM-1.0" if parts["public"].lower() == "mark" else "CC0-1.0"
    name = f"CC-{parts['kind'].upper()}-{parts['version']}"
    port = (parts.get("port") or "").upper()
    if not port or port in ("DEED", "EN"):
        return name
    return f"{name}-{port}" if f"{name}-{port}" in _PORTED else f"LicenseRef-{name}-{port}"
