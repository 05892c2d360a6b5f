"""Addresses in the settings of sources, and where a request may go.

Belongs here: which addresses are allowed at all. What a person may follow is ``untrusted.py``.
"""

from __future__ import annotations

import ipaddress
from typing import Annotated, TypeAlias
from urllib.parse import quote, urlencode, urlsplit

from pydantic import AfterValidator

from ytempire_assets.plain_address import split_address


def ascii_address(address: str) -> str:
    """The address as it goes over the wire: the host in IDNA, all else percent-encoded (RFC 3987).

    One that cannot be written so becomes empty. It says nothing of whether anybody should go there.
    """
    if address.isascii():
        return address
    import idna

    try:
        parts = urlsplit(address)
        host = idna.encode(parts.hostname or "", uts46=True).decode()
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:  # a name that IDNA does not know, a port that is no number
        return ""
    if "@" in parts.netloc or not host:
        return ""
    kept = "%/:!$&'()*+,;=~@"
    return parts._replace(
        netloc=host + port,
        path=quote(parts.path, kept),
        query=quote(parts.query, kept + "?"),
        fragment="",
    ).geturl()


def host_of(address: str) -> str:
    """Host of an address, with its port where one is given; for messages and for pacing."""
    parts = split_address(address)
    if parts is None:
        return "an address that is none"
    return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)


def is_loopback(host: str) -> bool:
    """Whether a host name or IP address is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_private(host: str) -> bool:
    """Whether the host is written as an address that the public network does not have."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost"


def with_query(address: str, **query: str | int) -> str:
    """The address with a query, encoded."""
    return f"{address}?{urlencode(query)}"


def _checked(address: str) -> str:
    parts = split_address(address)
    if parts is None or parts.fragment:
        raise ValueError("must be a plain address such as https://example.com/feed.xml")
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError("must begin with https://; http:// is only for this machine")
    return address


def _checked_base(address: str) -> str:
    return _checked(address).rstrip("/")


def checked_base(address: str, domain: str) -> str:
    """The base address of an API whose secrets may go to ``domain`` or this machine only.

    Raises:
        ValueError: It is another one.
    """
    base = _checked_base(address)
    host = (urlsplit(base).hostname or "").lower()
    if host != domain and not host.endswith(f".{domain}") and not is_loopback(host):
        raise ValueError(f"must be at {domain}: the credentials may go nowhere else")
    return base


WebAddress: TypeAlias = Annotated[str, AfterValidator(_checked)]
"""https, or http on this machine."""

BaseAddress: TypeAlias = Annotated[str, AfterValidator(_checked_base)]
"""The same, without the slash at its end: paths are added."""
