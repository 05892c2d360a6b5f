"""A request of a source and what comes of it.

Belongs here: the values that pass between adapters and the fetcher. Sending is ``fetch.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import SecretStr

from ytempire_assets.discovery.sources.source import Validators
from ytempire_assets.errors import YtempireError

MOST_BYTES = 20_000_000
"""The longest body that is read, decoded; podcasts' feeds reach 10 MB."""

Refusal = Callable[[int, bytes], YtempireError | None]
"""What an API's own error says, from status and body; None leaves it to the status."""

Permit = Callable[[str], float]
"""Is told of an address before it is asked, redirects included; gives the seconds until its host is
asked again, or raises where the address must not be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing to ask.

    Attributes:
        address: Where to, with the query; never with a secret in it that is ours.
        accept: What the source gives, as the header has it.
        known: Validators of an earlier answer: then the answer may be that nothing changed.
        secrets: Headers that nobody may see; such a request follows no redirect.
        form: Fields to POST; None GETs.
        interval_s: Seconds until the host is asked again, by whomever.
        most_bytes: Of the decoded body.
        refusal: Reads the API's own errors.
        wait_headers: Where the answer of a server that is busy says how long.
        permit: Decides for each address on the way, instead of ``interval_s``.
    """

    address: str = field(repr=False)
    accept: str = "application/json"
    known: Validators | None = None
    secrets: Mapping[str, SecretStr] = field(default_factory=dict)
    form: Mapping[str, str] | None = None
    interval_s: float = 1.0
    most_bytes: int = MOST_BYTES
    refusal: Refusal | None = None
    wait_headers: tuple[str, ...] = ("Retry-After",)
    permit: Permit | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came.

    Attributes:
        address: Where it came from in the end.
        body: Decoded; empty when unchanged.
        unchanged: The validators still hold.
        validators: For the next time.
        headers: Of the answer, in any case.
    """

    address: str = field(repr=False)
    body: bytes = field(repr=False)
    unchanged: bool
    validators: Validators
    headers: Mapping[str, str] = field(repr=False)


class Toll(Protocol):
    """Is told of every request: counts them, or says that there may be no more."""

    def before(self) -> None:
        """One is about to be sent.

        Raises:
            QuotaError: It must not be.
        """

    def after(self, *, sent: bool) -> None:
        """It was sent, or certainly not."""
