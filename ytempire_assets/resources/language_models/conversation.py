"""Messages as the text that a model in this process was trained on.

Belongs here: using a model's chat template, which transformers runs in a sandbox, and saying
clearly where that does not work.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.resources.pictures.pipelines import first_line
from ytempire_assets.writing.language_model import ChatMessage


def conversation(tokenizer: Any, messages: Sequence[ChatMessage], model: str) -> str:
    """The messages as the model's template writes them, up to where its answer begins.

    Raises:
        InvalidInputError: The template does not work.
    """
    plainly = [{"role": message.role, "content": message.content} for message in messages]
    try:
        return _templated(tokenizer, plainly)
    except Exception as error:
        if plainly[0]["role"] != "system" or len(plainly) < 2:
            raise _bad_template(model, error) from error
        # Some templates know no system message: what it says then leads the first question.
        first = f"{plainly[0]['content']}\n\n{plainly[1]['content']}"
        try:
            return _templated(tokenizer, [{"role": "user", "content": first}, *plainly[2:]])
        except Exception as again:
            raise _bad_template(model, again) from again


def _templated(tokenizer: Any, messages: list[dict[str, str]]) -> str:
    text: str = tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
    )
    return text


def _bad_template(model: str, error: Exception) -> InvalidInputError:
    return InvalidInputError(
        f"the chat template of {model} cannot be used ({first_line(error)})",
        "correct the model's chat_template.jinja, or choose another model",
    )
