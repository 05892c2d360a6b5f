"""The protocol of a source, and what a poll of it gives.

Belongs here: what every adapter shares with the one who asks. How bytes are fetched politely is
``fetch.py``; asking all sources at once is ``polling.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    from ytempire_assets.discovery.signals import Signal
    from ytempire_assets.discovery.sources.fetch import Fetcher

Outcome: TypeAlias = Literal["new", "unchanged", "failed"]
"""``unchanged`` is an answer: the source was reached and has nothing new. ``failed`` is none."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What an address gave to ask it by the next time (RFC 9110, 8.8)."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Poll:
    """What came of asking one source once.

    Attributes:
        source: Name of the source.
        outcome: Whether there is something new, nothing new, or no answer.
        signals: What it said; empty unless ``new``. A source of several addresses of which some
            failed is ``new`` with ``problems``.
        problems: What went wrong, one line each, with what to do; no secret, no text from outside
            that is not escaped.
        validators: By address, for the next poll; addresses that failed keep their old ones.
        requests: HTTP requests that were sent, repeats included.
        seconds: How long it took.
    """

    source: str
    outcome: Outcome
    signals: tuple[Signal, ...] = ()
    problems: tuple[str, ...] = ()
    validators: Mapping[str, Validators] = field(default_factory=dict)
    requests: int = 0
    seconds: float = 0.0


class Source(Protocol):
    """One source of signals."""

    @property
    def name(self) -> str:
        """Slug, unique among the sources."""

    def poll(self, fetcher: Fetcher, known: Mapping[str, Validators], now: datetime) -> Poll:
        """Asks once.

        Args:
            fetcher: Fetches politely; shared by all sources.
            known: Validators of earlier polls by address.
            now: UTC; what "today" and "yesterday" mean.

        Returns:
            The poll; never raises for what the outside does.
        """
