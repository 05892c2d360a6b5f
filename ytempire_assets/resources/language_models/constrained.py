"""Decoding that can only give what a JSON Schema allows.

Belongs here: from a schema to the tokens that may come next, by llguidance, and drawing one of them
for each row of a batch. Loading models and their memory are ``local.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ytempire_assets.errors import PermanentError


@dataclass(slots=True)
class Row:
    """One request of a batch while its answer grows.

    Attributes:
        matcher: llguidance's state for its schema.
        generator: Draws for it alone, so that its answer does not depend on its batch.
        temperature: 0 takes the likeliest token.
        max_tokens: The longest answer.
        length: Tokens so far.
        cut: It was ended by ``max_tokens``.
        closed: It is complete.
    """

    matcher: Any
    generator: Any
    temperature: float
    max_tokens: int
    length: int = 0
    cut: bool = False
    closed: bool = False


class Grammars:
    """Schemas for one tokenizer.

    Args:
        tokenizer: A fast tokenizer of transformers.
        vocabulary: How many logits the model gives; often more than the tokenizer has words.
        ends: Tokens that end an answer.
    """

    def __init__(self, tokenizer: Any, vocabulary: int, ends: Sequence[int]) -> None:
        import llguidance.hf

        self._tokenizer = llguidance.hf.from_tokenizer(
            tokenizer, n_vocab=max(vocabulary, len(tokenizer)), eos_token=list(ends)
        )

    def matcher(self, schema: Mapping[str, Any]) -> Any:
        """A fresh state for a schema.

        Raises:
            PermanentError: llguidance cannot follow the schema.
        """
        import llguidance

        # Without free white space: a model that has lost its way would write it for ever.
        grammar = llguidance.LLMatcher.grammar_from_json_schema(
            json.dumps(schema), overrides={"whitespace_flexible": False}
        )
        matcher = llguidance.LLMatcher(self._tokenizer, grammar, log_level=0)
        if matcher.is_error():
            raise PermanentError(
                f"the JSON Schema cannot be followed ({matcher.get_error()[:200]})",
                "this is a defect of the writer: its schema must be one that llguidance knows",
            )
        return matcher


class ConstrainedSampling:
    """A logits processor: leaves each row the one token that is drawn for it.

    Drawing by the largest of logits plus Gumbel noise is sampling from the softmax; so
    transformers' own loop, which then takes the likeliest token, keeps its caches and its end, and
    each row has a generator, a temperature and a length of its own.

    Args:
        rows: The batch.
        end: The token that ends an answer.
        stopped: Whether to end everything now.
    """

    def __init__(self, rows: Sequence[Row], end: int, stopped: Callable[[], bool]) -> None:
        self._rows = rows
        self._end = end
        self._stopped = stopped

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Scores (rows, vocabulary), minus infinity for every token but the chosen one."""
        import torch

        chosen = [
            self._next(row, int(input_ids[index, -1]), scores[index])
            for index, row in enumerate(self._rows)
        ]
        only = torch.full_like(scores, float("-inf"))
        only[torch.arange(len(chosen)), torch.tensor(chosen)] = 0.0
        return only

    def _next(self, row: Row, last: int, scores: Any) -> int:
        if row.closed or row.cut:
            return self._end
        if row.length:
            row.matcher.consume_token(last)
        if row.matcher.is_error() or self._stopped():
            row.cut = True
            return self._end
        if row.matcher.is_stopped():
            row.closed = True
            return self._end
        if row.length >= row.max_tokens:
            row.closed = row.matcher.is_accepting()
            row.cut = not row.closed
            return self._end
        token = _drawn(scores, row)
        row.length += 1
        if token == self._end:
            row.closed = True
        return token


def _drawn(scores: Any, row: Row) -> int:
    """The token that comes next for one row; ``scores`` has (vocabulary,) logits."""
    import numpy as np
    import torch

    bits = np.frombuffer(row.matcher.compute_bitmask(), dtype=np.uint8)
    allowed = np.unpackbits(bits, bitorder="little").astype(bool)[: scores.shape[0]]
    # Only the allowed ones are fetched from the card and drawn from: often a few of 150,000.
    tokens = np.flatnonzero(allowed)
    logits = scores[torch.from_numpy(tokens).to(scores.device)].float().cpu()
    if row.temperature > 0:
        uniform = torch.rand(len(tokens), generator=row.generator).clamp_(1e-20, 1.0)
        logits = logits / row.temperature - torch.log(-torch.log(uniform))
    return int(tokens[int(logits.argmax())])
