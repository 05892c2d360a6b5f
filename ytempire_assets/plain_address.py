"""Plain web addresses: what every part that asks a server takes for one.

Belongs here: telling an address that all parsers read alike from one that they do not. Where a
request may go is decided by who sends it.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def split_address(address: str) -> SplitResult | None:
    """The parts of a plain http or https address; None for anything else.

    What two parsers could read differently (backslashes, spaces, user names, control characters) is
    not plain: the host that is checked must be the host that is asked.
    """
    if not address.isascii() or not address.isprintable() or any(c in address for c in '\\ "<>'):
        return None
    try:
        parts = urlsplit(address)
        _ = parts.port  # a port that is no number is found only now
    except ValueError:
        return None
    known = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    return parts if known else None
