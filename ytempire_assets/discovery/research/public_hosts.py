"""Which hosts an address from outside may lead to: those of the public network, and no others.

Belongs here: the check of an address as it is written, and of every IP address behind its name.
Whoever writes a feed chooses the addresses in it, and a program that follows them stands inside
somebody's network (server-side request forgery). Connecting to what was checked here, and not to
what the name means a moment later, is ``sources/connections.py``.
"""

from __future__ import annotations

import ipaddress
import re
import threading
from collections.abc import Callable, Sequence
from typing import TypeAlias

from ytempire_assets.discovery.sources.addresses import host_of
from ytempire_assets.discovery.sources.errors import NoAnswerError, RefusedError
from ytempire_assets.plain_address import split_address

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""The IP addresses of a host; an OSError where it has none."""

RESOLVE_S = 10.0
"""Seconds for a name; the system's own resolver may take minutes over a server that is silent."""

MOST_ADDRESSES = 4
"""Addresses of one name that are tried."""

_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}\Z")
_ENDS_IN_NUMBER = re.compile(r"(?:\A|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)\Z")
_INSIDE = tuple(
    f".{name}" for name in "localhost local internal intranet lan home.arpa onion alt".split()
)
"""Names that mean something inside a network only (RFC 6761, 6762, 7686, 8375, 9476)."""

_NOT_PUBLIC = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' address translation, and a cloud's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own services, although the address is a public one
        "169.254.0.0/16",  # link-local, and most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given out. What lies outside holds loopback, private, link-local and
multicast addresses, IPv4 in IPv6 in all its spellings, and NAT64."""
_NOT_PUBLIC_6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocols, among them Teredo, which holds an IPv4 address
        "2001:db8::/32",
        "2002::/16",  # 6to4, which holds an IPv4 address
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


def is_public(address: IpAddress) -> bool:
    """Whether an address belongs to some host of the public network (IANA's special registries).

    The registries are written down here since ``ipaddress`` answers differently from one release of
    Python to the next, and counts multicast and relays as global.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC)
    return address in _UNICAST and not any(address in network for network in _NOT_PUBLIC_6)


class PublicHosts:
    """The guard of a fetcher for addresses from outside (``Fetcher.guarded``).

    Args:
        resolver: Looks names up.
        exceptions: Address and port of single servers on this machine that may be asked all the
            same: for tests, and for a sandbox that stands in for the web.

    Raises:
        ValueError: An exception is no address of this machine.
    """

    def __init__(
        self,
        resolver: Resolver | None = None,
        exceptions: Sequence[tuple[str, int]] = (),
    ) -> None:
        self._resolver = resolver or _system_resolver
        self._exceptions = frozenset(
            (ipaddress.ip_address(address), port) for address, port in exceptions
        )
        if not all(address.is_loopback for address, _ in self._exceptions):
            raise ValueError("only servers on this machine can be excepted")

    def check(self, address: str) -> None:
        """Looks at an address as it is written.

        Raises:
            RefusedError: It is no plain http or https address, names a port of its own, or a host
                that cannot be public.
        """
        parts = split_address(address)
        if parts is None:
            raise _refused("an address that is none", "is not a plain http or https address")
        usual = _PORTS[parts.scheme]
        port = usual if parts.port is None else parts.port
        if port != usual and all(port != excepted for _, excepted in self._exceptions):
            raise _refused(host_of(address), "is asked at a port that is not the usual one")
        self._literal(parts.hostname or "", port)

    def resolve(self, host: str, port: int) -> tuple[str, ...]:
        """The IP addresses that a connection may use, looked up once.

        Args:
            host: A name or an IP address.
            port: Where the connection goes.

        Raises:
            RefusedError: One of the addresses is not public. The others do not help: a name with
                both kinds is a trick or a network of its own.
            NoAnswerError: The name is not known.
        """
        literal = self._literal(host, port)
        if literal is not None:
            return (str(literal),)
        found = tuple(dict.fromkeys(self._looked_up(host, port)))
        for address in found:
            if not self._allowed(address, port):
                raise _refused(host, "leads to an address inside this network or a special one")
        return tuple(str(address) for address in found[:MOST_ADDRESSES])

    def _literal(self, host: str, port: int) -> IpAddress | None:
        """The host as an IP address if it is one; raises for what is not public."""
        host = host.strip("[]").lower().removesuffix(".")
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            if _ENDS_IN_NUMBER.search(host) or ":" in host:
                # Systems read 127.1, 0x7f.1 and 2130706433 as addresses; nobody means well by them.
                raise _refused(host, "is an IP address in an unusual spelling") from None
            if not _NAME.match(host) or len(host) > 253 or f".{host}".endswith(_INSIDE):
                raise _refused(host, "is no name of the public network") from None
            return None
        if not self._allowed(address, port):
            raise _refused(host, "is an address inside this network or a special one")
        return address

    def _allowed(self, address: IpAddress, port: int) -> bool:
        if (address, port) in self._exceptions:
            return True
        return port in _PORTS.values() and is_public(address)

    def _looked_up(self, host: str, port: int) -> list[IpAddress]:
        found: list[IpAddress] = []
        failures: list[Exception] = []

        def look_up() -> None:
            try:
                found.extend(ipaddress.ip_address(one) for one in self._resolver(host, port))
            except (OSError, ValueError) as error:
                failures.append(error)

        # A thread, since nothing ends the system's resolver before it ends itself.
        thread = threading.Thread(target=look_up, daemon=True)
        thread.start()
        thread.join(RESOLVE_S)
        if thread.is_alive() or failures or not found:
            raise NoAnswerError(
                f"{host} does not answer (its name is not known)",
                "check the network and whether the site still exists",
                sent=False,
            )
        return found


def _system_resolver(host: str, port: int) -> list[str]:
    import socket

    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _refused(host: str, reason: str) -> RefusedError:
    return RefusedError(
        f"{host} was not asked: it {reason}",
        "nothing to do here; if it is your own page, publish it at an ordinary address",
    )
