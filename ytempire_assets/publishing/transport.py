"""Requests to the platform: authorised, with a time-out, repeated when that helps, named when not.

Belongs here: what every request shares. What is asked for stands in ``youtube.py`` and
``resumable.py``.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ytempire_assets.errors import (
    InvalidInputError,
    PermanentError,
    TransientError,
    YtempireError,
)
from ytempire_assets.publishing.endpoints import Endpoints
from ytempire_assets.publishing.errors import SpentError
from ytempire_assets.publishing.quota import Meter, Unmetered, reset_after

if TYPE_CHECKING:
    from google.oauth2.credentials import Credentials
    from requests import Response

ATTEMPTS = 6
"""How often one request is tried before its failure is reported."""

_LONGEST_WAIT_S = 30.0
_CLOCK_TOLERANCE_S = 300.0
_CONNECT_S = 10.0
_READ_S = 60.0
_DAILY_REASONS = frozenset({"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"})
_CHANNEL_REASON = "uploadLimitExceeded"
_PASSING_REASONS = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "backendError"})


class Transport:
    """Sends authorised requests to one platform.

    Args:
        endpoints: Where the platform is.
        credentials: google-auth credentials with a refresh token.
        sleep: Waits that many seconds; tests pass their own.
        meter: Counts what calls cost before they are made.
        clock: This machine's time in seconds since 1970, held against the platform's.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        credentials: Credentials,
        sleep: Callable[[float], None] = time.sleep,
        meter: Meter | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        import requests
        from google.auth.transport.requests import AuthorizedSession, Request

        self.endpoints = endpoints
        self._sleep = sleep
        self._meter = meter or Unmetered()
        self._clock = clock
        self._token_session = requests.Session()
        self._session = AuthorizedSession(credentials, auth_request=Request(self._token_session))
        if endpoints.moves:
            # A platform on this machine: a proxy of the environment cannot reach it.
            self._session.trust_env = self._token_session.trust_env = False

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()
        self._token_session.close()

    def once(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        call: str | None = None,
    ) -> Response:
        """Sends one request once and returns whatever answer comes.

        Args:
            method: HTTP method.
            url: Address without query.
            params: Query.
            data: Body.
            headers: Further headers.
            call: Method of the API whose cost is counted first; None costs nothing.

        Raises:
            SpentError: The day's allowance does not hold the call; nothing was sent.
            TransientError: No answer came; whether the request arrived is unknown.
            PermanentError: The credentials are refused.
            InvalidInputError: This machine's clock and the platform's differ.
        """
        reservation = None if call is None else self._meter.reserve(call)
        sent = True
        try:
            return self._send(method, url, params, data, headers)
        except _NeverSentError as error:
            sent = False
            raise error.reason from error.reason.__cause__
        finally:
            if reservation is not None:
                self._meter.settle(reservation, sent=sent)

    def _send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None,
        data: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> Response:
        import requests
        from google.auth import exceptions

        try:
            answer: Response = self._session.request(
                method,
                url,
                params=params,
                data=data,
                headers=dict(headers or {}),
                timeout=(_CONNECT_S, _READ_S),
                max_allowed_time=None,
                allow_redirects=False,  # 308 is an answer here, and a token stays with its host
            )
        except exceptions.RefreshError as error:
            if error.retryable:
                raise _NeverSentError(self._silent(url, error)) from error
            raise _NeverSentError(
                PermanentError(
                    f"{self.endpoints.name} refuses the credentials ({_first_line(error)}): the "
                    "consent was withdrawn or ran out",
                    "authorise the channel again: ytempire channels connect CHANNEL",
                )
            ) from error
        except (requests.exceptions.ConnectTimeout, exceptions.TransportError) as error:
            raise _NeverSentError(self._silent(url, error)) from error
        except requests.RequestException as error:
            silent = self._silent(url, error)
            refused = isinstance(_deepest(error), ConnectionRefusedError)
            raise (_NeverSentError(silent) if refused else silent) from error
        self._check_clock(answer)
        return answer

    def _check_clock(self, answer: Response) -> None:
        """Quota days and publication times are worth nothing on a clock that is wrong."""
        said = answer.headers.get("Date")
        if said is None:
            return
        try:
            theirs = parsedate_to_datetime(said).timestamp()
        except ValueError:
            return
        off = self._clock() - theirs
        if abs(off) > _CLOCK_TOLERANCE_S:
            raise InvalidInputError(
                f"this machine's clock is {_span(abs(off))} {'ahead of' if off > 0 else 'behind'} "
                f"that of {self.endpoints.name}",
                "set the clock (timedatectl set-ntp true), then run again: nothing was lost",
            )

    def ask(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        accept: tuple[int, ...] = (200, 201, 204),
        call: str | None = None,
        wants: Callable[[Response], object] | None = None,
    ) -> Response:
        """Sends a request that may be sent again, repeating it while that can help.

        Args:
            method: HTTP method.
            url: Address without query.
            params: Query.
            data: Body.
            headers: Further headers.
            accept: Status codes that are answers, not failures.
            call: Method of the API; each attempt costs what it costs.
            wants: Raises ``TransientError`` for an answer that says nothing, such as the page of a
                proxy: then it is asked again.

        Raises:
            TransientError: It failed ``ATTEMPTS`` times in ways that pass.
            QuotaError: An allowance of the day is used up.
            PermanentError: The platform refuses the request.
        """
        attempt = 0
        while True:
            attempt += 1
            retry_after: str | None = None
            try:
                answer = self.once(
                    method, url, params=params, data=data, headers=headers, call=call
                )
                if answer.status_code in accept:
                    if wants is not None:
                        wants(answer)
                    return answer
                failure = self.failure(answer, call)
                retry_after = answer.headers.get("Retry-After")
            except TransientError as error:
                failure = error
            if not isinstance(failure, TransientError) or attempt >= ATTEMPTS:
                raise failure
            self.wait(attempt, retry_after)

    def json(
        self,
        path: str,
        *,
        params: Mapping[str, str],
        base: str | None = None,
        call: str | None = None,
    ) -> Mapping[str, Any]:
        """GETs a resource of the Data API, or of ``base``; raises as ``ask``."""
        if call is None and base is None:  # reports have an allowance of their own
            call = f"{path}.list"
        url = f"{base or self.endpoints.api}/{path}"
        return self.body(self.ask("GET", url, params=params, call=call, wants=self.body))

    def body(self, answer: Response) -> Mapping[str, Any]:
        """The JSON object of an answer.

        Raises:
            TransientError: It is something else: a proxy or a login page answered.
        """
        try:
            value = answer.json()
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise TransientError(
                f"{self.endpoints.name} at {_origin(answer.url)} answered with something other "
                "than a JSON object",
                "check that nothing else listens at that address, then run again",
            )
        return value

    def wait(self, attempt: int, retry_after: str | None = None) -> None:
        """Waits before repetition ``attempt`` (1 is the first): doubling, with jitter, bounded.

        The jitter keeps many clients that failed together from coming back together.
        """
        ceiling = min(_LONGEST_WAIT_S, self.endpoints.first_wait_s * 2 ** (attempt - 1))
        pause = ceiling * (0.5 + secrets.randbelow(1001) / 2000)
        if retry_after is not None and retry_after.isdecimal():
            pause = min(_LONGEST_WAIT_S, max(pause, float(retry_after)))
        self._sleep(pause)

    def failure(self, answer: Response, call: str | None = None) -> YtempireError:
        """The named error for an answer that is none of the accepted ones.

        An allowance that the platform says is used up is marked so: nothing is tried again today.
        """
        status = answer.status_code
        reason, message = _explained(answer)
        where = f"{self.endpoints.name} at {_origin(answer.url)}"
        said = f"{status} {reason}: {message}" if reason else f"{status}: {message}"
        if reason == _CHANNEL_REASON:
            until = self._meter.exhausted(call or "videos.insert", reason)
            return SpentError(
                f"{where} takes no more uploads of this channel for a day ({said})",
                "nothing to do: they go on when the 24 hours are over",
                until,
            )
        if reason in _DAILY_REASONS or (status == 429 and "per day" in message.lower()):
            until = self._meter.exhausted(call, reason) if call else reset_after(self._time())
            return SpentError(
                f"{where} says that today's allowance is used up ({said})",
                "nothing to do: the work goes on after midnight Pacific Time",
                until,
            )
        if status >= 500 or status in (408, 429) or reason in _PASSING_REASONS:
            return TransientError(
                f"{where} cannot answer now ({said})", "run again in a while: finished work is kept"
            )
        if status == 401:
            return PermanentError(
                f"{where} does not accept the credentials ({said})", "authorise the channel again"
            )
        return PermanentError(
            f"{where} refused the request ({said})", "correct what it names, then run again"
        )

    def _time(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    def _silent(self, url: str, error: Exception) -> TransientError:
        return TransientError(
            f"{self.endpoints.name} at {_origin(url)} does not answer ({_first_line(error)})",
            self.endpoints.when_silent,
        )


class _NeverSentError(Exception):
    """The request certainly did not arrive; ``reason`` is what the caller is told."""

    def __init__(self, reason: YtempireError) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _explained(answer: Response) -> tuple[str, str]:
    """Reason and message of a YouTube error; empty reason when the body is something else."""
    try:
        error = json.loads(answer.content)["error"]
        details = error.get("errors") or [{}]
        return str(details[0].get("reason", "")), str(error.get("message", ""))[:300]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return "", answer.reason or "no reason given"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _first_line(error: Exception) -> str:
    """What went wrong in a few words; never the request, whose headers carry a token."""
    cause = _deepest(error)
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    if isinstance(cause, TimeoutError):
        return "timed out"
    return (str(error).splitlines() or [type(error).__name__])[0][:160]


def _deepest(error: BaseException) -> BaseException:
    cause = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return cause


def _span(seconds: float) -> str:
    if seconds < 7200:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.0f} hours" if seconds < 172_800 else f"{seconds / 86_400:.0f} days"
