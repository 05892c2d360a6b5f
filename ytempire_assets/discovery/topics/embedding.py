"""Embedding: the meaning of a title as a direction, by a model on this machine.

Belongs here: the protocol that ``merging.py`` takes, and an implementation that reads a model
folder. Merging works without one; with one, titles meet that say the same and share no word.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from ytempire_assets.errors import InvalidInputError

_BATCH = 64
_LONGEST_TEXT = 128
"""Tokens of a text that are read: titles have some twenty."""


class Embedder(Protocol):
    """Turns texts into directions; similar meanings, whatever the language, into near ones."""

    def embed(self, texts: Sequence[str]) -> Any:
        """Embeds texts.

        Args:
            texts: Any texts, at least one; equal ones get equal rows.

        Returns:
            float32, (texts, n), rows of unit length; a row of zeros where a text has no meaning.
        """


class FolderEmbedder:
    """A sentence model in a folder, as sentence-transformers and transformers save it.

    The mean of the last layer over the tokens, or its first token where the folder's
    ``1_Pooling/config.json`` says so, scaled to unit length. Needs the extra ``local-ai``; the
    model is read with the first text.

    Args:
        folder: Holds ``config.json``, the tokenizer and the weights.

    Raises:
        InvalidInputError: The folder has no model.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / "config.json").is_file():
            raise InvalidInputError(
                f"{folder} holds no embedding model (config.json is missing)",
                "name a folder that sentence-transformers or transformers saved a model to",
            )
        self._folder = folder
        self._model: Any = None
        self._tokenizer: Any = None
        self._first_token = False

    def embed(self, texts: Sequence[str]) -> Any:
        """Embeds texts, the short ones together; see ``Embedder``."""
        import numpy as np
        import torch

        if self._model is None:
            self._load()
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        found = np.zeros((len(texts), int(self._model.config.hidden_size)), dtype=np.float32)
        with torch.inference_mode():
            for start in range(0, len(order), _BATCH):
                batch = order[start : start + _BATCH]
                found[batch] = self._directions([texts[at] for at in batch])
        return found

    def _directions(self, texts: list[str]) -> Any:
        import torch

        tokens = self._tokenizer(
            texts, padding=True, truncation=True, max_length=_LONGEST_TEXT, return_tensors="pt"
        )
        states = self._model(**tokens).last_hidden_state
        if self._first_token:
            pooled = states[:, 0]
        else:
            mask = tokens["attention_mask"].unsqueeze(-1).to(states.dtype)
            pooled = (states * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1.0)
        return torch.nn.functional.normalize(pooled.float(), dim=1).numpy()

    def _load(self) -> None:
        from transformers import AutoModel, AutoTokenizer

        pooling = self._folder / "1_Pooling" / "config.json"
        settings = json.loads(pooling.read_text(encoding="utf-8")) if pooling.is_file() else {}
        self._first_token = bool(settings.get("pooling_mode_cls_token", False))
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(self._folder, local_files_only=True)
            self._model = AutoModel.from_pretrained(self._folder, local_files_only=True).eval()
        except (OSError, ValueError) as error:
            raise InvalidInputError(
                f"the embedding model in {self._folder} cannot be read ({error!s:.200})",
                "save the model again, with its tokenizer and weights as safetensors",
            ) from error
