"""One request and its answer, bounded in seconds and in bytes.

Belongs here: what must hold for every exchange, whoever asks. When to ask, and what an answer
means, is ``fetch.py``; the connections themselves are ``connections.py``.
"""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from ytempire_assets.discovery.sources.addresses import host_of, is_loopback
from ytempire_assets.discovery.sources.connections import Guard, Watch, watched_adapter
from ytempire_assets.discovery.sources.errors import (
    NoAnswerError,
    RefusedError,
    UnreadableError,
    UntrustedError,
)
from ytempire_assets.discovery.sources.untrusted import quoted
from ytempire_assets.plain_address import split_address

MOST_REFUSAL_BYTES = 65_536
"""What is read of an answer that is none: enough for the reason that an API gives."""

_CHUNK_BYTES = 65_536
_AGAIN = "check the network and the address; it is asked again with the next poll"


@dataclass(frozen=True, slots=True)
class Times:
    """How long one exchange may take.

    Attributes:
        connect_s: Seconds for a connection.
        read_s: The longest silence.
        total_s: Seconds for all of it, however much arrives.
    """

    connect_s: float
    read_s: float
    total_s: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; ``body`` is decoded, and empty for redirects."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Wire:
    """Connections that several threads share.

    Args:
        guard: Resolves each host; connections go to what it gives and not through proxies.
    """

    def __init__(self, guard: Guard | None = None) -> None:
        self._guarded = guard is not None
        self._adapter = watched_adapter(guard)

    def close(self) -> None:
        """Closes the connections."""
        self._adapter.close()

    def exchange(
        self,
        address: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None,
        times: Times,
        most_bytes: int,
    ) -> Answer:
        """Sends one request, a POST where there is a form, and reads the answer.

        Args:
            address: Where to.
            headers: All that are to be sent; they may hold secrets.
            form: Fields to send.
            times: How long it may take.
            most_bytes: Of the decoded body.

        Raises:
            NoAnswerError: No whole answer came in time.
            UntrustedError: The server's certificate is not valid for it.
            UnreadableError: The body is too large, damaged or encoded in a way not asked for.
            RefusedError: The address cannot be sent to.
        """
        import requests
        import urllib3

        host = host_of(address)
        with Watch(times.total_s) as watch:
            try:
                # Not by a session: that reads the whole body of a redirect, however long it is,
                # keeps cookies, and sends a password that it finds in ~/.netrc.
                request = requests.Request(
                    "GET" if form is None else "POST", address, headers=dict(headers), data=form
                )
                with self._adapter.send(
                    request.prepare(),
                    stream=True,
                    timeout=(min(times.connect_s, times.total_s), min(times.read_s, times.total_s)),
                    **_surroundings(address) | ({"proxies": {}} if self._guarded else {}),
                ) as answer:
                    body = _body(answer, host, most_bytes)
                if watch.fired:  # the end of the body was our own doing
                    raise TimeoutError
                return Answer(answer.status_code, answer.headers, body)
            except (
                requests.RequestException,
                urllib3.exceptions.HTTPError,
                OSError,
                ValueError,
            ) as error:
                # `from None`: the chain holds the request, with all its secrets.
                raise _failure(error, host, watch) from None


def _surroundings(address: str) -> dict[str, Any]:
    """Proxies and certificates of the environment; no proxy reaches a server on this machine."""
    import requests

    parts = split_address(address)
    if parts is None or is_loopback(parts.hostname or ""):
        return {"proxies": {}, "verify": True}
    merged = requests.Session().merge_environment_settings(address, {}, True, None, None)
    return {name: merged[name] for name in ("proxies", "verify", "cert")}


def _body(answer: Any, host: str, most_bytes: int) -> bytes:
    """The decoded body; of an answer that is none, its beginning, if that can be read."""
    status, encoding = answer.status_code, answer.headers.get("Content-Encoding", "")
    if 300 <= status < 400:
        return b""
    if status < 300:
        return _read(answer.raw, encoding, host, most_bytes)
    try:
        return _read(answer.raw, encoding, host, MOST_REFUSAL_BYTES)
    except (UnreadableError, NoAnswerError):
        return b""


def _read(raw: Any, encoding: str, host: str, most_bytes: int) -> bytes:
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise UnreadableError(
            f"{host} answered in the encoding '{quoted(encoding, 20)}', which was not asked for",
            "nothing to do here: its operator can correct that",
        )
    unzip = _Gzip() if encoding.endswith("gzip") else None
    body = bytearray()
    received = 0
    # read1 returns what is there: a plain read would wait for a whole chunk. Decoding is done here
    # and not by urllib3, which takes a stream that breaks off for a whole one.
    while chunk := raw.read1(_CHUNK_BYTES, decode_content=False):
        received += len(chunk)
        try:
            body += unzip.feed(chunk, most_bytes - len(body)) if unzip else chunk
        except zlib.error:
            raise UnreadableError(
                f"{host} sent a body that is no gzip although it says so",
                "open the address in a browser; nothing of this answer was used",
            ) from None
        if len(body) > most_bytes or received > most_bytes:
            raise UnreadableError(
                f"{host} sent more than {most_bytes / 1e6:g} MB",
                "nothing to do here: such an answer is not read",
            )
    if unzip and received and not unzip.whole:
        raise NoAnswerError(f"{host} sent a gzip body that breaks off", _AGAIN)
    return bytes(body)


class _Gzip:
    """Unpacks a gzip stream of one or several members, never more than there is room for."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def whole(self) -> bool:
        """Whether the stream has come to its end."""
        return self._member.eof

    def feed(self, data: bytes, room: int) -> bytes:
        """Unpacks; one byte more than ``room`` says that there is more."""
        out = bytearray()
        while data and len(out) <= room:
            if self._member.eof:
                if data[0] != 0x1F:  # padding after the last member
                    break
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            out += self._member.decompress(data, room + 1 - len(out))
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        return bytes(out)


def _failure(error: Exception, host: str, watch: Watch) -> Exception:
    causes = _chain(error)
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return UntrustedError(
            f"the certificate of {host} is not valid for it",
            "check the address, this machine's clock and its certificates",
        )
    if watch.fired:
        return NoAnswerError(f"{host} did not finish its answer in time", _AGAIN)
    if isinstance(error, ValueError):  # it could not even be sent
        return RefusedError(f"{host} cannot be asked: the request is not valid", "correct it")
    names = {type(cause).__name__ for cause in causes}
    never = bool(names & {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError"})
    return NoAnswerError(f"{host} does not answer ({_reason(causes)})", _AGAIN, sent=not never)


def _chain(error: BaseException) -> list[BaseException]:
    """The error and what it came from; urllib3 keeps some of it in ``reason``."""
    found: list[BaseException] = []
    pending: list[object] = [error]
    while pending:
        one = pending.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            pending += [one.__context__, one.__cause__, getattr(one, "reason", None), *one.args]
    return found


def _reason(causes: list[BaseException]) -> str:
    """What went wrong in a few words of our own or of the system; never a part of the request."""
    if any(type(cause).__name__ == "NameResolutionError" for cause in causes):
        return "its name is not known"
    if any(
        isinstance(cause, TimeoutError) or "Timeout" in type(cause).__name__ for cause in causes
    ):
        return "timed out"
    if any(type(cause).__name__ == "IncompleteRead" for cause in causes):
        return "the answer broke off"
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno and cause.strerror:
            return quoted(cause.strerror.lower())
    return type(causes[-1]).__name__


def status_text(status: int) -> str:
    """A status for people, such as ``503 Service Unavailable``, in the words of the standard."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
