"""A language model as the writers see it: messages and a JSON Schema in, text out.

Belongs here: the values and the protocol. Services, pools, caches and models in this process are
resources (``resources/language_models``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A question to a model.

    Attributes:
        messages: The conversation so far; the answer continues it.
        schema: JSON Schema of the answer.
        schema_name: What the schema is called, letters and underscores.
        max_tokens: The longest answer.
        temperature: 0 to 2.
        seed: For models that take one.
    """

    messages: tuple[ChatMessage, ...]
    schema: Mapping[str, Any]
    schema_name: str
    max_tokens: int
    temperature: float = 0.7
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What a model answered.

    Attributes:
        text: As it came; not yet checked against the schema.
        model: The model as the service names it.
        tokens_in: Tokens of the request.
        tokens_out: Tokens of the answer.
        cost_usd: What it cost; 0 for one that was reused.
        reused: It came from the cache.
    """

    text: str
    model: str
    tokens_in: int
    tokens_out: int
    cost_usd: Decimal = Decimal(0)
    reused: bool = False


class LanguageModel(Protocol):
    """Something that answers; safe to use from several threads."""

    @property
    def name(self) -> str:
        """Kind and model, for rows and lineage."""

    @property
    def parallel(self) -> int:
        """How many requests at a time it makes sense to send."""

    def answer(self, request: ChatRequest) -> ChatAnswer:
        """Answers one request.

        Raises:
            TransientError: It may answer later.
            PermanentError: It will not; a refused key, an unknown model, an answer without end.
        """
