"""Chat completions, as OpenAI's protocol has them and many servers speak it.

Belongs here: the body of a question, what an answer says, and what each refusal means. Nothing here
touches a network.
"""

from __future__ import annotations

import email.utils
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from ytempire_assets.errors import PermanentError, TransientError, YtempireError
from ytempire_assets.resources.language_models import RefusedKeyError, UnusableAnswerError
from ytempire_assets.resources.pictures import plain
from ytempire_assets.writing.language_model import ChatAnswer, ChatRequest

KEY_SETTING = "YTEMPIRE_LLM_KEY"
MODEL_SETTING = "YTEMPIRE_LLM_MODEL"
URLS_SETTING = "YTEMPIRE_LLM_URLS"
DEADLINE_SETTING = "YTEMPIRE_LLM_DEADLINE_S"


def _counted(value: object) -> int:
    """A count of tokens; 0 where a server gives something else: the answer is good all the same."""
    return value if isinstance(value, int) and 0 <= value < 1 << 31 else 0


_Count = Annotated[int, BeforeValidator(_counted)]


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    prompt_tokens: _Count = 0
    completion_tokens: _Count = 0


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    model: str = ""
    usage: _Usage | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a service takes, as far as it has told by refusing.

    OpenAI's newer models refuse ``max_tokens`` and any temperature but their own; others refuse
    ``max_completion_tokens``. Nobody is charged for a refused request, so asking is how to find
    out.

    Attributes:
        length: Name of the field with the longest answer.
        without: Fields that are left out.
    """

    length: str = "max_tokens"
    without: frozenset[str] = frozenset()

    def after(self, said: Said) -> Dialect | None:
        """What to try after a refusal (400); None where it is about something else."""
        if "support" not in said.message.lower() and not said.code.startswith("unsupported"):
            return None
        for name in (said.param, "max_tokens", "temperature", "seed"):
            if not name or name in self.without or name not in (said.param or said.message):
                continue
            if name == "max_tokens" == self.length:
                return replace(self, length="max_completion_tokens")
            if name in ("temperature", "seed"):
                return replace(self, without=self.without | {name})
        return None


@dataclass(frozen=True, slots=True)
class Said:
    """What an error answer says: one printable line, the service's code and the field at fault."""

    message: str = ""
    code: str = ""
    param: str = ""


@dataclass(frozen=True, slots=True)
class Prices:
    """What a million tokens cost, USD."""

    read: Decimal = Decimal(0)
    written: Decimal = Decimal(0)

    def of(self, tokens_in: int, tokens_out: int) -> Decimal:
        """What these tokens cost, USD."""
        return (self.read * tokens_in + self.written * tokens_out) / 1_000_000


class RubbishError(ValueError):
    """An answer that is no chat completion; nobody is charged for it."""


def question(request: ChatRequest, model: str, dialect: Dialect) -> bytes:
    """The body of a request."""
    schema = {"name": request.schema_name, "strict": True, "schema": request.schema}
    fields: dict[str, Any] = {
        "model": model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        dialect.length: request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        "response_format": {"type": "json_schema", "json_schema": schema},
        "stream": False,
    }
    kept = {name: value for name, value in fields.items() if name not in dialect.without}
    return json.dumps(kept).encode()


def answer(body: bytes, model: str, prices: Prices, max_tokens: int) -> ChatAnswer:
    """What a completion says.

    Args:
        body: Of an answer with status 200.
        model: Who was asked, where the answer does not say who answered.
        prices: Of its tokens.
        max_tokens: The longest answer that was allowed.

    Raises:
        RubbishError: This is no completion.
        UnusableAnswerError: It is one, and there is no whole answer in it.
    """
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError as error:
        raise RubbishError from error
    choice, usage = completion.choices[0], completion.usage or _Usage()
    cost_usd = prices.of(usage.prompt_tokens, usage.completion_tokens)
    name = plain(completion.model, 200) or model
    problem = ""
    if choice.finish_reason == "length":
        problem = f"was cut after {max_tokens} tokens"
        next_step = "ask for a shorter video, or choose another model"
    elif choice.finish_reason == "content_filter" or choice.message.refusal:
        said = plain(choice.message.refusal or "its filter held the answer back", 200)
        problem, next_step = f"was refused ({said})", "reject this idea, or choose another model"
    elif not (choice.message.content or "").strip():
        problem = "is empty"
        next_step = "choose a model that answers in a JSON Schema"
    if problem:
        unusable = UnusableAnswerError(f"the answer of {name} {problem}", next_step)
        unusable.spent_usd = cost_usd
        raise unusable
    return ChatAnswer(
        text=choice.message.content or "",
        model=name,
        tokens_in=usage.prompt_tokens,
        tokens_out=usage.completion_tokens,
        cost_usd=cost_usd,
    )


def model_names(body: bytes) -> tuple[str, ...]:
    """The names in a list of models; none where it is no such list."""
    try:
        listed = json.loads(body)["data"]
        # Ollama knows what it calls ``name:latest`` by its plain name as well.
        names = [plain(str(one["id"]), 100) for one in listed]
        return (*names, *(name.removesuffix(":latest") for name in names if ":latest" in name))
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()


def said(body: bytes) -> Said:
    """What an error answer says; nothing, where it is a page for a browser."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return Said()
    error = value.get("error", value) if isinstance(value, dict) else {}
    if isinstance(error, str):
        return Said(plain(error, 300))
    if not isinstance(error, dict):
        return Said()
    message, code, param = (
        plain(str(error.get(name) or ""), length)
        for name, length in (("message", 300), ("code", 60), ("param", 60))
    )
    return Said(message, code, param)


def refusal(label: str, model: str, status: int, said: Said) -> YtempireError:
    """The error for a status that is no success.

    Args:
        label: Whom was asked, for people.
        model: Which model.
        status: Of the answer.
        said: What it says; without the key, should it repeat that.
    """
    words = f"{status}: {said.message}" if said.message else str(status)
    if status in (401, 403):
        return RefusedKeyError(
            f"{label} refuses the key ({words})",
            f"set {KEY_SETTING} to a key that it accepts for {model}",
        )
    if said.code == "insufficient_quota":
        return PermanentError(
            f"{label} answers no more for this account ({words})", "look at its billing page"
        )
    if status == 404:
        return PermanentError(
            f"{label} has no model '{plain(model, 100)}', or no chat completions there ({words})",
            f"correct {MODEL_SETTING} or the channel's writer.model, and check {URLS_SETTING}",
        )
    if 300 <= status < 400:
        return PermanentError(
            f"{label} sends on to another address ({status}), which is not followed",
            f"correct {URLS_SETTING}",
        )
    if status >= 500 or status in (408, 425, 429):
        return TransientError(
            f"{label} cannot answer now ({words})", "run again in a while: finished work is kept"
        )
    return PermanentError(
        f"{label} refuses the request ({words})",
        f"check that model '{plain(model, 100)}' takes a JSON Schema and a prompt of this length",
    )


def asked_wait_s(headers: Mapping[str, str]) -> float:
    """Seconds that ``Retry-After`` asks for, given as such or as a date (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "")
    if value.isascii() and value.isdecimal():
        return float(value)
    try:
        moment = email.utils.parsedate_to_datetime(value)
        return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())
    except ValueError:
        return 0.0
