"""What a site lets robots read: robots.txt and the file of reserved rights, once for each site.

Belongs here: the Robots Exclusion Protocol (RFC 9309) and the site-wide file of the TDM Reservation
Protocol (W3C Community Group report, 10 May 2024). What single pages say is ``reservations.py``.

Protego, of the Scrapy project, reads the rules: the parser of the standard library knows no
wildcards and takes the first rule that matches, where RFC 9309 wants the longest.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ytempire_assets.discovery.sources.addresses import host_of
from ytempire_assets.discovery.sources.errors import RefusedError, UnreadableError
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.request import Request
from ytempire_assets.errors import PermanentError, TransientError, YtempireError
from ytempire_assets.plain_address import split_address

if TYPE_CHECKING:
    from protego import Protego

PRODUCT_TOKEN = "ytempire-assets"  # noqa: S105 - the name by which robots.txt addresses us
INTERVAL_S = 1.0
"""Between two requests to a site that asks for no more."""
LONGEST_DELAY_S = 30.0
"""A site that asks for more between two requests is asked at this interval: a run reads few of its
pages."""
MOST_BYTES = 500 * 1024
"""The least that a robot must be able to read of robots.txt (RFC 9309, 2.5). What is longer may
forbid something further down, so such a site is left alone."""
KEPT_S = 86_400.0
"""For how long the rules of a site are taken to hold (RFC 9309, 2.4)."""

_AGENT = re.compile(r"(?im)^[ \t]*user[- ]?agent[ \t]*[: \t][ \t]*([^#\r\n]*)")
_OURS = frozenset(("*", PRODUCT_TOKEN))
_MOST_RESERVATIONS = 1000


class ForbiddenError(PermanentError):
    """The site or the page does not want to be read by robots."""


class RulesUnknownError(TransientError):
    """The site does not say now what it allows, so nothing is read from it (RFC 9309, 2.3.1.4)."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """What one site said; ``reserved`` holds its reserved rights as rules of the same kind."""

    robots: Protego
    reserved: Protego
    until: float


class Robots:
    """Asks each site once what it allows; shared by several threads.

    Args:
        fetcher: A guarded one: redirects of robots.txt go anywhere.
        clock: Seconds that only grow.
    """

    def __init__(self, fetcher: Fetcher, clock: Callable[[], float] = time.monotonic) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._known: dict[str, _Rules | YtempireError] = {}
        self._lock = threading.Lock()
        self._asking: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def permit(self, address: str) -> float:
        """Whether an address may be read, as ``Request.permit`` asks it.

        Returns:
            Seconds between two requests to its site.

        Raises:
            ForbiddenError: It must not be read.
            RulesUnknownError: The site does not say now.
            YtempireError: The site cannot be asked, or must not be.
        """
        rules = self._rules_of(address)
        if not rules.robots.can_fetch(address, PRODUCT_TOKEN):
            raise ForbiddenError(
                f"{host_of(address)} forbids this page to robots in its robots.txt",
                "nothing to do here: the page is left alone; other sources are used",
            )
        if not rules.reserved.can_fetch(address, PRODUCT_TOKEN):
            raise ForbiddenError(
                f"{host_of(address)} reserves text and data mining in its tdmrep.json",
                "nothing to do here: the page is left alone; other sources are used",
            )
        delay_s = rules.robots.crawl_delay(PRODUCT_TOKEN) or 0.0
        return max(INTERVAL_S, min(delay_s, LONGEST_DELAY_S))

    def _rules_of(self, address: str) -> _Rules:
        parts = split_address(address)
        if parts is None:
            raise RefusedError("an address that is none cannot be read", "correct it")
        site = f"{parts.scheme}://{parts.netloc.lower()}"
        with self._lock:
            asking = self._asking[site]
        with asking:
            known = self._known.get(site)
            if known is None or (isinstance(known, _Rules) and known.until < self._clock()):
                known = self._known[site] = self._ask(site)
        if isinstance(known, YtempireError):
            raise known
        return known

    def _ask(self, site: str) -> _Rules | YtempireError:
        """The rules, or why there are none; in a run a site is not asked for them twice."""
        from protego import Protego

        try:
            robots = self._text(f"{site}/robots.txt")
            reserved = self._text(f"{site}/.well-known/tdmrep.json")
        except YtempireError as error:
            return error
        return _Rules(
            Protego.parse(_for_us(robots)),
            Protego.parse(_as_rules(reserved)),
            self._clock() + KEPT_S,
        )

    def _text(self, address: str) -> str:
        """A file of rules; empty where the site has none (any status from 400 to 499)."""
        request = Request(
            address=address,
            accept="text/plain, application/json",
            interval_s=INTERVAL_S,
            most_bytes=MOST_BYTES,
        )
        host = host_of(address)
        try:
            return self._fetcher.fetch(request).body.decode("utf-8-sig", errors="replace")
        except RefusedError as error:
            if 400 <= error.status < 500:
                return ""
            if not error.status:  # nobody may go there at all
                raise
            problem = error.problem
        except (UnreadableError, TransientError) as error:
            problem = error.problem
        raise RulesUnknownError(
            f"{host} does not say what robots may read: {problem}",
            "nothing to do: the site is asked again in the next run",
        ) from None


def _for_us(text: str) -> str:
    """The same rules for us, with all other robots as one.

    Protego keeps each rule once for each robot of its group: 400 kB of robots and rules would take
    it four minutes.
    """

    def renamed(match: re.Match[str]) -> str:
        name = match[1].strip().partition("/")[0].lower()
        return f"User-agent: {name if name in _OURS else 'others'}"

    return _AGENT.sub(renamed, text)


def _as_rules(text: str) -> str:
    """A list of reserved locations, as rules; their patterns are those of robots.txt."""
    try:
        found = json.loads(text) if text else []
    except (ValueError, RecursionError):  # a page that says that there is no such file
        return ""
    lines = ["User-agent: *"]
    for one in found[:_MOST_RESERVATIONS] if isinstance(found, list) else ():
        if not isinstance(one, dict):
            continue
        location, reservation = one.get("location"), one.get("tdm-reservation")
        if isinstance(location, str) and location.isprintable() and "#" not in location:
            word = "Disallow" if str(reservation) == "1" else "Allow"
            lines.append(f"{word}: {location.strip()}")
    return "\n".join(lines)
