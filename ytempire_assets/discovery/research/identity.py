"""Names of documents: the same in each run, and unique over topics.

Belongs here: how such a name is made.
"""

from __future__ import annotations

import hashlib
import re

MOST_CHARACTERS = 100
_MOST_TOPIC = 60
_MOST_PLACE = 30


def document_id(topic_id: str, place: str, address: str) -> str:
    """A slug of the topic, the place and a hash of both and the address.

    Args:
        topic_id: Any text; usually a slug.
        place: A host, or ``wikipedia``.
        address: Of the document.
    """
    digest = hashlib.sha256(f"{topic_id}\n{address}".encode(errors="surrogatepass")).hexdigest()
    parts = (_slug(topic_id, _MOST_TOPIC), _slug(place, _MOST_PLACE), digest[:8])
    return "-".join(part for part in parts if part)


def _slug(text: str, most: int) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:most].strip("-")
