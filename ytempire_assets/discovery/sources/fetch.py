"""Polite requests: paced, conditional, repeated only where that helps, and named when they fail.

Belongs here: when a request is sent, repeated or given up, and what its answer means. How one
exchange is bounded is ``exchange.py``; what to ask is the adapters'.

Repeating is not left to urllib3's ``Retry`` or to tenacity: neither knows how much time a poll has
left, shares a wait with the other threads that ask the same host, or names the time that a server
asks for.
"""

from __future__ import annotations

import copy
import logging
import math
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

from ytempire_assets.discovery.sources.addresses import (
    ascii_address,
    host_of,
    is_private,
)
from ytempire_assets.discovery.sources.connections import Guard
from ytempire_assets.discovery.sources.errors import (
    BusyError,
    NoAnswerError,
    OutOfTimeError,
    RefusedError,
    UnreadableError,
    UntrustedError,
)
from ytempire_assets.discovery.sources.exchange import Answer, Times, Wire, status_text
from ytempire_assets.discovery.sources.pacing import Pacer
from ytempire_assets.discovery.sources.request import Fetched, Request, Toll
from ytempire_assets.discovery.sources.source import Validators
from ytempire_assets.discovery.sources.untrusted import mailed_date
from ytempire_assets.plain_address import split_address

MOST_REDIRECTS = 5

_PASSING = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_VALIDATOR = 500
_TIME = "%Y-%m-%d %H:%M:%S UTC"
_WITH_NEXT_POLL = "nothing to do: it is asked again with the next poll"
_AFTER_THAT = "nothing to do: polls after that time ask it again"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take.

    Attributes:
        connect_s: Seconds for a connection.
        read_s: The longest silence of a server.
        total_s: Seconds for one request and its whole answer.
        attempts: How often one request is sent at most.
        first_wait_s: Before the second attempt; doubles with each further one.
        longest_wait_s: Between two attempts; a server that asks for more is given up.
    """

    connect_s: float = 10.0
    read_s: float = 20.0
    total_s: float = 60.0
    attempts: int = 3
    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0


class Fetcher:
    """Asks for all sources, from several threads.

    Args:
        contact: E-mail or web address of who runs this, told to every server.
        patience: How long things may take.
        clock: Seconds that only grow.
        sleep: Waits that many seconds.
        wall: Seconds since 1970, for dates that servers name.
    """

    def __init__(
        self,
        contact: str,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._patience = patience or Patience()
        self._clock = clock
        self._sleep = sleep
        self._wall = wall
        self._user_agent = _user_agent(contact)
        self._wire = Wire()
        self._guard: Guard | None = None
        self._pacer = Pacer(clock, sleep)
        self._until = math.inf
        for name in ("urllib3.connection", "urllib3.connectionpool"):
            logging.getLogger(name).addFilter(_without_query)

    def close(self) -> None:
        """Closes the connections."""
        self._wire.close()

    def for_seconds(self, seconds: float) -> Fetcher:
        """The same fetcher for so long: what does not fit into that time is not sent."""
        bounded = copy.copy(self)
        bounded._until = min(self._until, self._clock() + seconds)  # noqa: SLF001 - its own class
        return bounded

    def guarded(self, guard: Guard) -> Fetcher:
        """The same fetcher for addresses that nobody here wrote down; to be closed on its own.

        Each address on the way, redirects included, is shown to the guard, and connections go to no
        other address than the one that the guard resolved. Proxies of the environment are not used:
        they would resolve the name again, where nobody looks.
        """
        other = copy.copy(self)
        other._wire = Wire(guard)  # noqa: SLF001 - its own class
        other._guard = guard  # noqa: SLF001
        return other

    @property
    def left_s(self) -> float:
        """Seconds that are left; infinite without a bound."""
        return max(0.0, self._until - self._clock())

    def hold(self, address: str, seconds: float) -> None:
        """Leaves the host of an address alone for so long."""
        self._pacer.hold(host_of(address), seconds)

    def fetch(self, request: Request, toll: Toll | None = None) -> Fetched:
        """Asks, and asks again while that can help.

        Args:
            request: What to ask.
            toll: Is told of every request, repeats and redirects included.

        Returns:
            An answer of status 200 to 299, or that nothing changed.

        Raises:
            NoAnswerError: No whole answer came in ``attempts`` attempts.
            BusyError: The server cannot serve it now; ``until`` says when, if it said that.
            OutOfTimeError: The time is over.
            RefusedError: It was refused, or sends on to where nobody should go.
            UntrustedError: The server's certificate is not valid.
            UnreadableError: The answer is too large or damaged.
            YtempireError: What ``toll`` or the request's ``refusal`` and ``permit`` say.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                return self._follow(request, toll)
            except (NoAnswerError, BusyError) as error:
                asked_s = error.asked_wait_s if isinstance(error, BusyError) else 0.0
                longest_s = self._patience.longest_wait_s
                if attempt >= self._patience.attempts or asked_s > longest_s:
                    raise
                # Doubling, with jitter so that many clients do not come back together.
                ceiling_s = min(longest_s, self._patience.first_wait_s * 2 ** (attempt - 1))
                pause_s = max(ceiling_s * (0.5 + secrets.randbelow(1001) / 2000), asked_s)
                if pause_s > self.left_s:
                    raise OutOfTimeError(
                        f"{error.problem}; the time of this poll does not hold another attempt",
                        error.next_step,
                    ) from None
                _log.info("%s; asking again in %.1f s", error.problem, pause_s)
            self._sleep(pause_s)

    def _follow(self, request: Request, toll: Toll | None) -> Fetched:
        address = request.address
        for _ in range(MOST_REDIRECTS + 1):
            if self._guard is not None:
                self._guard.check(address)
            interval_s = request.permit(address) if request.permit else request.interval_s
            answer = self._send(address, request, interval_s, toll)
            if answer.status not in _REDIRECTS:
                return self._understand(address, request, answer)
            address = _onward(address, answer, request)
        raise RefusedError(
            f"{host_of(request.address)} sends on more than {MOST_REDIRECTS} times",
            "open the address in a browser and write down where it leads",
            answer.status,
        )

    def _send(self, address: str, request: Request, interval_s: float, toll: Toll | None) -> Answer:
        self._wait_for_turn(host_of(address), interval_s)
        sent = True
        if toll is not None:
            toll.before()
        try:
            return self._wire.exchange(
                address,
                self._headers(request),
                request.form,
                Times(
                    self._patience.connect_s,
                    self._patience.read_s,
                    min(self._patience.total_s, self.left_s),
                ),
                request.most_bytes,
            )
        except NoAnswerError as error:
            sent = error.sent
            raise
        except (RefusedError, UntrustedError):
            sent = False
            raise
        finally:
            if toll is not None:
                toll.after(sent=sent)

    def _wait_for_turn(self, host: str, interval_s: float) -> None:
        held_s = self._pacer.held_s(host)
        if held_s > self._patience.longest_wait_s:
            until = self._at(held_s)
            problem = f"{host} was not asked: it is to be left alone until {until:{_TIME}}"
            raise BusyError(problem, _AFTER_THAT, held_s, until)
        if self.left_s <= 0 or not self._pacer.take(host, interval_s, self._until):
            raise OutOfTimeError(
                f"{host} was not asked: the time of this poll is over",
                "give the poll more time, or ask fewer sources in one",
            )

    def _headers(self, request: Request) -> dict[str, str]:
        headers = {
            "User-Agent": self._user_agent,
            "Accept": request.accept,
            "Accept-Encoding": "gzip",
        }
        if request.known is not None and request.known.etag:
            headers["If-None-Match"] = request.known.etag
        if request.known is not None and request.known.last_modified:
            headers["If-Modified-Since"] = request.known.last_modified
        return headers | {name: key.get_secret_value() for name, key in request.secrets.items()}

    def _understand(self, address: str, request: Request, answer: Answer) -> Fetched:
        host, status = host_of(address), answer.status
        if 200 <= status < 300:
            validators = _validators(answer.headers)
            return Fetched(address, answer.body, False, validators, answer.headers)
        if status == 304 and request.known is not None:
            return Fetched(address, b"", True, request.known, answer.headers)
        said = request.refusal(status, answer.body) if request.refusal else None
        if said is not None:
            raise said
        if status in _PASSING:
            asked_s = self._asked_wait_s(answer.headers, request.wait_headers)
            problem = f"{host} answered {status_text(status)}"
            if not asked_s:
                raise BusyError(problem, _WITH_NEXT_POLL)
            self._pacer.hold(host, asked_s)
            until = self._at(asked_s)
            problem += f" and asks to be left alone until {until:{_TIME}}"
            raise BusyError(problem, _AFTER_THAT, asked_s, until)
        if status < 400:
            raise UnreadableError(
                f"{host} answered {status_text(status)}, which answers nothing that was asked",
                "open the address in a browser",
            )
        raise RefusedError(
            f"{host} refused the request ({status_text(status)})",
            "check the address and whether it may be read without signing in",
            status,
        )

    def _at(self, seconds: float) -> datetime:
        """The time in so many seconds, UTC."""
        try:
            return datetime.fromtimestamp(self._wall() + seconds, UTC)
        except (ValueError, OverflowError, OSError):  # centuries
            return datetime.max.replace(tzinfo=UTC)

    def _asked_wait_s(self, headers: Mapping[str, str], names: tuple[str, ...]) -> float:
        """Seconds, given as such or as a date (RFC 9110, section 10.2.3); 0 for anything else."""
        for name in names:
            value = headers.get(name, "").strip()
            if value.isascii() and value.replace(".", "", 1).isdecimal() and len(value) < 16:
                return float(value)
            at = mailed_date(value)
            if at is not None:
                # Against the server's own clock where it tells it: ours may be wrong.
                return max(0.0, at - (mailed_date(headers.get("Date", "")) or self._wall()))
        return 0.0


def _onward(address: str, answer: Answer, request: Request) -> str:
    """Where a redirect leads, if one may go there."""
    host = host_of(address)
    location = answer.headers.get("Location", "").strip()
    try:
        # http.client reads heads as Latin-1, while people write UTF-8 into them.
        location = location.encode("latin-1").decode(errors="replace")
        target = ascii_address(urljoin(address, location))
    except ValueError:
        target = ""
    parts, before = split_address(target), split_address(address)
    reason = ""
    if parts is None or before is None or not location:
        reason = "to an address that is none"
    elif request.secrets or request.form is not None:
        reason = "although the request holds credentials, which go nowhere else"
    elif before.scheme == "https" and parts.scheme != "https":
        reason = "to an address without encryption"
    elif is_private(parts.hostname or "") and not is_private(before.hostname or ""):
        reason = "to an address inside this network"
    if reason:
        raise RefusedError(
            f"{host} sends on {reason} ({status_text(answer.status)})",
            "open the address in a browser and write down where it leads",
            answer.status,
        )
    return parts._replace(fragment="").geturl() if parts else address


def _validators(headers: Mapping[str, str]) -> Validators:
    """What the answer says, as far as it can be sent back."""
    return Validators(_sendable(headers.get("ETag")), _sendable(headers.get("Last-Modified")))


def _sendable(value: str | None) -> str:
    value = (value or "").strip()
    return (
        value if value.isascii() and value.isprintable() and len(value) <= _MOST_VALIDATOR else ""
    )


def _user_agent(contact: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("ytempire-assets")
    except PackageNotFoundError:  # run from a copy of the source that is not installed
        number = "0"
    return f"ytempire-assets/{number} (+https://github.com/ytempire/ytempire; {contact})"


def _without_query(record: logging.LogRecord) -> bool:
    """urllib3 writes whole addresses into its debug log; a feed's query may hold a token."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            one.partition("?")[0] if isinstance(one, str) else one for one in record.args
        )
    return True
