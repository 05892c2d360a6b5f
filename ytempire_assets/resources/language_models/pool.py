"""Several services that answer as one language model.

Belongs here: which service gets a request, what happens to one that fails, and when a service is
asked again. A request that was answered is never sent again, whatever the answer is worth: it was
paid for. One that was not answered goes to another service as long as there is time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError, PermanentError, TransientError, YtempireError
from ytempire_assets.plain_address import split_address
from ytempire_assets.resources.language_models import UnusableAnswerError, chat
from ytempire_assets.resources.language_models.endpoint import LONGEST_REST_S, Endpoint
from ytempire_assets.resources.language_models.rotation import Rotation, Way
from ytempire_assets.resources.pictures import checked_key, is_loopback, plain

if TYPE_CHECKING:
    from urllib.parse import SplitResult

    from pydantic import SecretStr

    from ytempire_assets.resources.language_models.exchange import Reply
    from ytempire_assets.writing.language_model import ChatAnswer, ChatRequest

PROBE_S = 5.0
"""The longest answer to the question whether a service is there."""

logger = logging.getLogger(__name__)


class PooledModel:
    """A language model behind one or more services; see ``LanguageModel``.

    The least busy service in rotation gets the next request. Three failures in a row (no
    connection, no answer in time, a status that passes, something that is no completion) take a
    service out of rotation; then it is probed (GET ``/models``) after a growing while, gets one
    request on trial, and is back with the first answer. While others are in rotation, one service
    gets at most half of the time that a request has left, so that a hanging one loses nothing.

    Args:
        urls: Addresses up to ``/v1``; they share the work.
        model: Its name, as the services know it.
        key: Sent as bearer token to all of them.
        slots: Requests at a time to each.
        deadline_s: The longest that one answer may take, from the first sending.
        prices: Of its tokens.
        first_pause_s: The first pause between rounds and the first rest of a failed service.

    Raises:
        InvalidInputError: An address, the model or the key cannot be used.
    """

    def __init__(
        self,
        urls: Sequence[str],
        model: str,
        *,
        key: SecretStr | None = None,
        slots: int = 4,
        deadline_s: float = 180.0,
        prices: chat.Prices | None = None,
        first_pause_s: float = 1.0,
    ) -> None:
        from ytempire_assets.resources.language_models.exchange import Line

        if not model.strip():
            raise InvalidInputError(
                "no language model is named",
                f"set {chat.MODEL_SETTING}, or writer.model in the channel's file",
            )
        if not urls:
            raise InvalidInputError(
                f"{chat.URLS_SETTING} names no service",
                f"set {chat.URLS_SETTING}, for example to http://127.0.0.1:11434/v1",
            )
        key = checked_key(key, chat.KEY_SETTING) if key is not None else None
        self._model = model.strip()
        self._slots = slots
        self._prices = prices or chat.Prices()
        endpoints = [
            Endpoint(base.netloc, Line(base, key, slots), slots, first_pause_s)
            for base in (_checked(url, key) for url in urls)
        ]
        self._rotation = Rotation(endpoints, deadline_s, first_pause_s)

    @property
    def name(self) -> str:
        """Kind and model."""
        return f"openai_compatible:{self._model}"

    @property
    def parallel(self) -> int:
        """All slots of all services."""
        return len(self._rotation.endpoints) * self._slots

    def answer(self, request: ChatRequest) -> ChatAnswer:
        """Answers one request; waits for a free slot, then for the answer.

        Raises:
            TransientError: No service answered in time, or ``close`` was called.
            PermanentError: A service refuses: key, model or request.
            UnusableAnswerError: It was answered with something no one can use.
        """
        way = self._rotation.new_way()
        while True:
            endpoint = self._rotation.take(way)
            try:
                found = self._asked(endpoint, request, way)
            finally:
                self._rotation.give_back(endpoint)
            if found is not None:
                return found

    def problems(self) -> dict[str, str]:
        """What is wrong with each service by its host and port, empty where nothing is.

        Asks each once for its list of models; nobody charges for that.
        """
        return {one.label: self._problem(one) for one in self._rotation.endpoints}

    def close(self) -> None:
        """Ends what is under way: waiting callers get an error at once; nothing is sent after."""
        self._rotation.close()
        for endpoint in self._rotation.endpoints:
            endpoint.line.close()

    def _asked(self, endpoint: Endpoint, request: ChatRequest, way: Way) -> ChatAnswer | None:
        """The endpoint's answer, or None where another attempt is to be made."""
        dialect = endpoint.dialect
        try:
            reply = self._reply(endpoint, request, dialect, way)
            if reply.status == 200:
                found = chat.answer(reply.body, self._model, self._prices, request.max_tokens)
                self._answered(endpoint)
                return found
        except UnusableAnswerError:
            self._answered(endpoint)
            raise
        except chat.RubbishError:
            self._failed(
                endpoint,
                way,
                TransientError(
                    f"{_called(endpoint)} answers with something that is no chat completion",
                    f"check {chat.URLS_SETTING}: it must be the address up to /v1",
                ),
            )
            return None
        except TransientError as error:
            self._rotation.check_open()
            self._failed(
                endpoint,
                way,
                TransientError(
                    f"{_called(endpoint)} does not answer ({error.problem})",
                    f"check {chat.URLS_SETTING} and the service's state, then run again: "
                    "finished work is kept",
                ),
            )
            return None
        except PermanentError as error:
            self._answered(endpoint)
            raise type(error)(f"{_called(endpoint)} {error.problem}", error.next_step) from None
        return self._refused(endpoint, reply, dialect, way)

    def _refused(
        self, endpoint: Endpoint, reply: Reply, dialect: chat.Dialect, way: Way
    ) -> ChatAnswer | None:
        """What a status means that is no success: another attempt, or an error."""
        said = chat.said(endpoint.line.without_key(reply.body.decode(errors="replace")).encode())
        error = chat.refusal(_called(endpoint), self._model, reply.status, said)
        adapted = dialect.after(said) if reply.status == 400 else None
        if reply.status == 429 and isinstance(error, TransientError):
            wait_s = chat.asked_wait_s(reply.headers)
            with self._rotation.changing():
                endpoint.asked_for_patience(time.monotonic(), wait_s, error)
            way.failure = error
            return None
        if isinstance(error, TransientError):
            self._failed(endpoint, way, error, chat.asked_wait_s(reply.headers))
            return None
        self._answered(endpoint)
        if adapted is not None:
            with self._rotation.changing():
                if endpoint.dialect == dialect:  # else another thread has just found out
                    endpoint.dialect = adapted
            logger.info("%s takes other fields: %s", endpoint.label, endpoint.dialect)
            return None
        raise error

    def _reply(
        self, endpoint: Endpoint, request: ChatRequest, dialect: chat.Dialect, way: Way
    ) -> Reply:
        from ytempire_assets.resources.language_models.exchange import Exchange

        body = chat.question(request, self._model, dialect)
        others = [e for e in self._rotation.fresh(way) if e is not endpoint]
        left_s = max(0.01, (way.until - time.monotonic()) / (2 if others else 1))
        exchange = Exchange(endpoint.line, "POST", "/chat/completions", body, timeout_s=left_s)
        with self._rotation.lock:
            endpoint.under_way.add(exchange)
            if self._rotation.closed.is_set():
                exchange.give_up()
        try:
            return exchange.wait(left_s)
        finally:
            with self._rotation.lock:
                endpoint.under_way.discard(exchange)

    def _answered(self, endpoint: Endpoint) -> None:
        with self._rotation.lock:
            if endpoint.state == "in":  # as nearly always: nobody needs to be told
                endpoint.answered()
                return
        with self._rotation.changing():
            endpoint.answered()
        logger.info("%s is back in rotation", endpoint.label)

    def _failed(
        self, endpoint: Endpoint, way: Way, error: TransientError, wait_s: float = 0.0
    ) -> None:
        way.tried.append(endpoint)
        way.failure = error
        with self._rotation.changing():
            tripped = endpoint.failed(error)
            if wait_s:
                endpoint.paused_until = time.monotonic() + min(wait_s, LONGEST_REST_S)
        if tripped:
            logger.warning("%s is out of rotation: %s", endpoint.label, error)
            threading.Thread(
                target=self._bring_back, args=(endpoint,), name="language-model-probe", daemon=True
            ).start()

    def _bring_back(self, endpoint: Endpoint) -> None:
        """Probes an endpoint that is out of rotation until it is there again."""
        while not self._rotation.closed.wait(endpoint.rest_s):
            alive = self._is_there(endpoint)
            with self._rotation.changing():
                if endpoint.state != "out":  # a late answer brought it back
                    return
                if alive:
                    endpoint.state = "trial"
                    return
                endpoint.rest_longer()

    def _problem(self, endpoint: Endpoint) -> str:
        from ytempire_assets.resources.language_models.exchange import Exchange

        try:
            exchange = Exchange(endpoint.line, "GET", "/models", timeout_s=PROBE_S)
            reply = exchange.wait(PROBE_S)
        except YtempireError as error:
            return f"does not answer ({error.problem})"
        if reply.status in (401, 403):
            return f"refuses the key ({reply.status}): set {chat.KEY_SETTING}"
        names = chat.model_names(reply.body) if reply.status == 200 else ()
        if names and self._model not in names:
            return f"has no model {self._model}, but {', '.join(names[:5])}"
        return f"cannot answer now ({reply.status})" if reply.status >= 500 else ""

    def _is_there(self, endpoint: Endpoint) -> bool:
        """Whether it answers at all; a service without a list of models is there as well."""
        from ytempire_assets.resources.language_models.exchange import Exchange

        try:
            exchange = Exchange(endpoint.line, "GET", "/models", timeout_s=PROBE_S)
            return exchange.wait(PROBE_S).status < 500
        except YtempireError as error:
            return isinstance(error, PermanentError)


def _called(endpoint: Endpoint) -> str:
    return f"the language model at {endpoint.label}"


def _checked(url: str, key: SecretStr | None) -> SplitResult:
    """The parts of an address that may be asked.

    A key must not cross a network in plain sight. Without one, a server in one's own network may be
    asked over plain http: most local servers speak nothing else.
    """
    base = split_address(url)
    if base is None or base.query or base.fragment:
        raise InvalidInputError(
            f"{chat.URLS_SETTING} has '{plain(url, 120)}', not the address of a language model",
            "give addresses such as http://127.0.0.1:11434/v1, separated by commas",
        )
    if key is not None and base.scheme == "http" and not is_loopback(base):
        raise InvalidInputError(
            f"{chat.KEY_SETTING} would cross the network unencrypted to {base.netloc}",
            f"use https in {chat.URLS_SETTING}, or unset {chat.KEY_SETTING} if it wants no key",
        )
    return base
