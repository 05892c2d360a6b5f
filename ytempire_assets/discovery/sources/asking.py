"""One poll of one source while it lasts: what was asked, what went wrong, what to remember.

Belongs here: what every adapter would otherwise keep by itself. It turns failures into problem
lines, so that what did arrive is kept.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.sources.addresses import host_of
from ytempire_assets.discovery.sources.errors import BusyError, OutOfTimeError, UnreadableError
from ytempire_assets.discovery.sources.fetch import Fetcher
from ytempire_assets.discovery.sources.request import Fetched, Request, Toll
from ytempire_assets.discovery.sources.source import Outcome, Poll, Validators
from ytempire_assets.errors import TransientError, YtempireError

Model = TypeVar("Model", bound=BaseModel)

MOST_PROBLEMS = 20
"""Lines of one poll; the rest is counted."""

FAILURES_IN_A_ROW = 3
"""After so many requests that failed for a while, the others of this poll would fail as well."""


class Asking:
    """Asks for one source and keeps the books of its poll.

    Args:
        source: Name of the source.
        fetcher: Asks.
        known: Validators of earlier polls by address.
        toll: Is told of every request as well.

    Attributes:
        over: Whether asking further is pointless in this poll.
    """

    def __init__(
        self,
        source: str,
        fetcher: Fetcher,
        known: Mapping[str, Validators],
        toll: Toll | None = None,
    ) -> None:
        self.over = False
        self._source = source
        self._fetcher = fetcher
        self._known = known
        self._counter = _Counter(toll)
        self._problems: list[str] = []
        self._validators: dict[str, Validators] = {}
        self._earlier: dict[str, Validators] = {}
        self._answered = self._unchanged = self._half_used = False
        self._failures = 0
        self._began = time.perf_counter()

    def fetch(self, request: Request, *, conditional: bool = False) -> Fetched:
        """Asks; a failure is raised and not yet noted.

        Args:
            request: What to ask.
            conditional: Whether it is enough to hear that nothing changed since the last poll.

        Raises:
            YtempireError: As ``Fetcher.fetch``.
        """
        known = self._known.get(request.address) if conditional else None
        if known is not None:
            self._validators[request.address] = self._earlier[request.address] = known
        fetched = self._fetcher.fetch(replace(request, known=known), self._counter)
        self._failures = 0
        if fetched.unchanged:
            self._unchanged = True
        else:
            self._answered = True
            if conditional and fetched.validators != Validators():
                self._validators[request.address] = fetched.validators
        return fetched

    def half_used(self) -> None:
        """What followed from an answer failed in part: the next poll must not hear "unchanged"."""
        self._half_used = True

    def model(self, request: Request, model: type[Model]) -> Model:
        """Asks for JSON of a known shape; a failure is raised and not yet noted.

        Raises:
            UnreadableError: The answer has another shape.
            YtempireError: As ``Fetcher.fetch``.
        """
        return read_json(self.fetch(request), model)

    def items(self, found: Iterable[object], model: type[Model]) -> list[Model]:
        """Those of the items that have the shape of ``model``; one that has not loses no other."""
        whole: list[Model] = []
        broken = 0
        for one in found:
            try:
                whole.append(model.model_validate(one))
            except ValidationError:
                broken += 1
        if broken:
            self.note(
                f"{broken} of {broken + len(whole)} items have another shape than they should and "
                "were left out"
            )
        return whole

    def note(self, problem: YtempireError | str, about: str = "") -> None:
        """Keeps a problem as a line; decides whether asking further is pointless.

        Args:
            problem: What went wrong.
            about: Which part of the source it concerns; nothing from outside.
        """
        self._problems.append(f"{about}: {problem}" if about else str(problem))
        if isinstance(problem, OutOfTimeError) or (
            isinstance(problem, BusyError) and problem.asked_wait_s
        ):
            self.over = True
        if isinstance(problem, TransientError):
            self._failures += 1
            self.over = self.over or self._failures >= FAILURES_IN_A_ROW

    @property
    def noted(self) -> bool:
        """Whether anything went wrong so far."""
        return bool(self._problems)

    def poll(self, signals: Iterable[Signal] = ()) -> Poll:
        """What came of it.

        An answer that could not be used counts as none: a source that gave nothing but problems has
        failed.
        """
        found = tuple(signals)
        outcome: Outcome = "failed"
        if found or (self._answered and not self._problems):
            outcome = "new"
        elif self._unchanged:
            outcome = "unchanged"
        lines = self._problems[:MOST_PROBLEMS]
        if len(self._problems) > MOST_PROBLEMS:
            lines.append(f"and {len(self._problems) - MOST_PROBLEMS} problems more")
        return Poll(
            self._source,
            outcome,
            found,
            tuple(lines),
            dict(self._earlier if self._half_used or outcome == "failed" else self._validators),
            self._counter.requests,
            time.perf_counter() - self._began,
        )


def ask(asking: Asking, collect: Callable[[], Iterable[Signal]]) -> Poll:
    """Runs the part of an adapter that asks, and makes its failure a failed poll."""
    try:
        signals = list(collect())
    except YtempireError as error:
        asking.note(error)
        signals = []
    return asking.poll(signals)


def read_json(fetched: Fetched, model: type[Model]) -> Model:
    """The body as a model.

    Raises:
        UnreadableError: It is no JSON, or JSON of another shape.
    """
    host = host_of(fetched.address)
    try:
        return model.model_validate(json.loads(fetched.body))
    except (ValueError, RecursionError) as error:  # a ValidationError is a ValueError
        what = (
            "JSON of another shape than expected"
            if isinstance(error, ValidationError)
            else "something other than JSON"
            if fetched.body
            else "an empty body"
        )
        raise UnreadableError(
            f"{host} answered with {what}",
            "open the address in a browser; the service may have changed or a proxy answered",
        ) from None


class _Counter:
    """Counts requests and tells a further toll of them."""

    def __init__(self, toll: Toll | None) -> None:
        self.requests = 0
        self._toll = toll

    def before(self) -> None:
        if self._toll is not None:
            self._toll.before()
        self.requests += 1

    def after(self, *, sent: bool) -> None:
        if self._toll is not None:
            self._toll.after(sent=sent)
