"""Where scene pictures come from: what is asked for, what is found, and how it is fetched.

Belongs here: the values and the protocol of every source, and the bounded conversation over HTTP
that the sources on a network share. The default, drawn cards, needs none of it (``video/layouts``).
"""

from __future__ import annotations

import email.utils
import hashlib
import ipaddress
import json as jsonlib
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Protocol
from urllib.parse import SplitResult

from ytempire_assets.errors import InvalidInputError, PermanentError, TransientError, YtempireError

if TYPE_CHECKING:
    from pydantic import SecretStr
    from requests import PreparedRequest, Response

Orientation = Literal["portrait", "landscape", "square"]
Refusal = Callable[[int, str], YtempireError]
"""Names the error for a status that waiting does not cure; takes it and what the service said."""

ATTEMPTS = 4
"""How often one request is tried before its failure is reported."""

_USER_AGENT = "ytempire-assets (+https://github.com/ytempire/ytempire)"
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
_CONNECT_S = 10.0
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class PictureRequest:
    """A picture that a scene wants.

    Attributes:
        words: What to search for in a collection, a few words.
        prompt: What to draw, a sentence or more.
        negative_prompt: What must not be drawn; sources that cannot be told ignore it.
        width: Pixels of the frame that it fills.
        height: Pixels of the frame that it fills.
        fingerprint: Identity of the scene, hex; a generated picture's seed comes from it.
        avoid: ``picture_id`` of what the channel showed lately.
    """

    words: str
    prompt: str
    negative_prompt: str
    width: int
    height: int
    fingerprint: str
    avoid: frozenset[str] = frozenset()

    @property
    def orientation(self) -> Orientation:
        """The shape of the frame."""
        if self.height > self.width * 1.2:
            return "portrait"
        return "landscape" if self.width > self.height * 1.2 else "square"

    @property
    def seed(self) -> int:
        """A number of 31 bits, which every generator takes."""
        digest = hashlib.sha256(self.fingerprint.encode()).digest()
        return int.from_bytes(digest[:4], "big") >> 1


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """A picture for a scene, checked and written anew by ``video.pictures``.

    Attributes:
        data: The file.
        suffix: What its name ends with, without the dot.
        width: Pixels.
        height: Pixels.
        picture_id: Source and number, such as ``pexels:12345``; the same picture has the same id.
        origin: ``photo`` or ``generated``.
        licence: Name of the licence or where it stands.
        attribution: A line for people, for the video's description.
        author: Who made it, empty for a generated one.
        author_address: The author's page, or empty.
        page_address: The picture's page, or empty.
        model: The model that drew it; None for a photograph.
        made_with: Settings of the model: seed, steps and so on.
        cost_usd: What the source charged.
    """

    data: bytes
    suffix: str
    width: int
    height: int
    picture_id: str
    origin: Literal["photo", "generated"]
    licence: str
    attribution: str
    author: str = ""
    author_address: str = ""
    page_address: str = ""
    model: str | None = None
    made_with: Mapping[str, str | int | float] = field(default_factory=dict)
    cost_usd: Decimal = Decimal(0)


PictureResult = FoundPicture | YtempireError


class PictureSource(Protocol):
    """Something that gives pictures."""

    @property
    def name(self) -> str:
        """What people know it by, also the first part of its ``picture_id``."""

    def pictures(self, requests: Sequence[PictureRequest]) -> list[PictureResult]:
        """One result for each request, in order; a request that fails loses no other."""


class RefusedKeyError(PermanentError):
    """The service does not accept the key: further requests would only be refused as well."""


def one_by_one(
    requests: Sequence[PictureRequest], make: Callable[[PictureRequest], FoundPicture]
) -> list[PictureResult]:
    """Makes one picture after another; after a refused key the rest is not tried."""
    results: list[PictureResult] = []
    refused: RefusedKeyError | None = None
    for request in requests:
        if refused is not None:
            results.append(refused)
            continue
        try:
            results.append(make(request))
        except YtempireError as error:
            refused = error if isinstance(error, RefusedKeyError) else None
            results.append(error)
    return results


def checked_key(key: SecretStr, setting: str) -> SecretStr:
    """The key, if it can stand in a header.

    Raises:
        InvalidInputError: It is empty or has other characters than a key has; the message names
            ``setting`` and never shows the key.
    """
    value = key.get_secret_value()
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise InvalidInputError(
            f"{setting} is empty or holds a space or another character that no key has",
            f"set {setting} to the key alone",
        )
    return key


def origin(parts: SplitResult) -> tuple[str, str, int]:
    """Scheme, host and port, which decide who answers."""
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80}.get(parts.scheme, 443)


def is_loopback(parts: SplitResult) -> bool:
    """Whether the address is on this machine."""
    host = parts.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Courier:
    """A conversation with one service: bounded in bytes and seconds, repeated when that can help.

    Redirects are not followed: neither key nor download may wander to a host nobody checked.

    Args:
        service: What people know it by.
        timeout_s: The longest silence, and the longest answer.
        direct: Past any proxy of the environment, for a service on this machine.
        key: Sent to whom ``ask`` is told to send it; never shown.
        sleep: Waits that many seconds; tests pass their own.
    """

    def __init__(
        self,
        service: str,
        *,
        timeout_s: float,
        direct: bool,
        key: SecretStr | None,
        sleep: Callable[[float], None],
    ) -> None:
        import requests

        self._service = service
        self._timeout_s = timeout_s
        self._key = key.get_secret_value() if key else ""
        self._sleep = sleep
        self._session = requests.Session()
        self._session.trust_env = not direct
        self._session.headers["User-Agent"] = _USER_AGENT
        self._session.headers["Accept-Encoding"] = "identity"

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def ask(
        self,
        method: Literal["GET", "POST"],
        address: str,
        *,
        limit_bytes: int,
        refusal: Refusal,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        authorization: str | None = None,
        key_header: str = "Authorization",
    ) -> bytes:
        """The body of a successful answer.

        Args:
            method: HTTP method.
            address: Whom to ask, without query.
            limit_bytes: The longest body that is read.
            refusal: Names the error for a status that waiting does not cure.
            params: Query.
            json: Body to send.
            authorization: The header's form, ``{key}`` stands for the key; None sends no key.
            key_header: The header that carries it.

        Raises:
            TransientError: It failed ``ATTEMPTS`` times in ways that pass.
            PermanentError: The service refuses, redirects or sends too much.
        """

        def authorise(request: PreparedRequest) -> PreparedRequest:
            # Given as `auth`, so that requests does not put a password of ~/.netrc in its place.
            if authorization is not None and self._key:
                request.headers[key_header] = authorization.format(key=self._key)
            return request

        attempt = 0
        while True:
            attempt += 1
            asked_wait_s = 0.0
            try:
                status, headers, body = self._once(
                    method, address, limit_bytes, params=params, json=json, auth=authorise
                )
                if status in (200, 201):
                    return body
                asked_wait_s = _seconds(headers.get("Retry-After"))
                failure = self._failure(status, body, asked_wait_s, refusal)
            except TransientError as error:
                failure = error
            passes = isinstance(failure, TransientError) and asked_wait_s <= _LONGEST_WAIT_S
            if not passes or attempt >= ATTEMPTS:
                raise failure
            # Doubling, with jitter so that many clients do not come back together.
            ceiling_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2 ** (attempt - 1))
            self._sleep(max(ceiling_s * (0.5 + secrets.randbelow(1001) / 2000), asked_wait_s))

    def strange_answer(self) -> TransientError:
        """For an answer of another shape than the service gives: a proxy or a login page."""
        return TransientError(
            f"{self._service} answered with something other than it should",
            "check that the address is the service's, then run again",
        )

    def _once(
        self, method: str, address: str, limit_bytes: int, **send: Any
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Sends once; status, headers and body of whatever answer comes."""
        import requests
        import urllib3

        try:
            with self._session.request(
                method,
                address,
                timeout=(_CONNECT_S, self._timeout_s),
                allow_redirects=False,
                stream=True,
                **send,
            ) as answer:
                done = answer.status_code in (200, 201)
                body = self._body(answer, limit_bytes) if done else answer.raw.read1(_CHUNK_BYTES)
                return answer.status_code, answer.headers, body
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            if isinstance(error, ValueError):  # so requests marks an address that it cannot send to
                raise PermanentError(
                    f"{self._service} cannot be asked at {address[:200]}", "correct the address"
                ) from error
            raise TransientError(
                f"{self._service} does not answer ({_reason(error)})",
                "check the network and the service's state, then run again: finished work is kept",
            ) from error

    def _body(self, answer: Response, limit_bytes: int) -> bytes:
        too_much = PermanentError(
            f"{self._service} sent more than {limit_bytes / 1e6:.0f} MB",
            "nothing to do here: such an answer is not read",
        )
        if _seconds(answer.headers.get("Content-Length")) > limit_bytes:
            raise too_much
        until = time.monotonic() + self._timeout_s
        body = bytearray()
        # read1 returns what is there: a plain read would wait for a whole chunk, and a server that
        # sends a byte a second would hold it for hours.
        while chunk := answer.raw.read1(_CHUNK_BYTES, decode_content=True):
            body += chunk
            if len(body) > limit_bytes:
                raise too_much
            if time.monotonic() > until:
                raise TimeoutError
        return bytes(body)

    def _failure(
        self, status: int, body: bytes, asked_wait_s: float, refusal: Refusal
    ) -> YtempireError:
        if 300 <= status < 400:
            return PermanentError(
                f"{self._service} sends on to another address ({status}), which is not followed",
                "correct the address, if it is a setting",
            )
        said = _said(body)
        if self._key:
            said = said.replace(self._key, "[key]")
        if status >= 500 or status in (408, 425, 429):
            when = f"in {asked_wait_s:.0f} s" if asked_wait_s else "in a while"
            return TransientError(
                f"{self._service} cannot answer now ({status}{': ' + said if said else ''})",
                f"run again {when}: finished work is kept",
            )
        return refusal(status, said)


def _seconds(value: str | None) -> float:
    """A header's seconds, or its date as seconds from now (RFC 9110, section 10.2.3); else 0."""
    if value is not None and value.isascii() and value.isdecimal():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value or "")
        return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    except ValueError:
        return 0.0


def _said(body: bytes) -> str:
    """What an error answer says, as one short printable line."""
    try:
        value = jsonlib.loads(body)
        told = value if isinstance(value, dict) else {}
        error = told.get("error", told.get("message", told.get("detail", "")))
        text = str(error.get("message", "")) if isinstance(error, dict) else str(error)
    except (ValueError, RecursionError):
        text = ""  # a page for a browser says nothing in one line
    return plain(text, 200)


def plain(text: str, most: int) -> str:
    """Text from outside as one printable line of at most ``most`` characters."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:most]


def _reason(error: BaseException) -> str:
    """What went wrong in a few words; never the request, whose headers carry a key."""
    cause = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    if isinstance(cause, TimeoutError):
        return "timed out"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return type(error).__name__
