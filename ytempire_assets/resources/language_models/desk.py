"""From a channel's choice to the language model that writes for it.

Belongs here: which model a channel means, with this machine's services and keys. Each distinct
model is made once and shared. What is missing is an error that names its setting; nothing else is
taken instead.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.resources.answer_cache import AnswerCache, CachedModel
from ytempire_assets.resources.language_models.chat import (
    MODEL_SETTING,
    URLS_SETTING,
    Prices,
)

if TYPE_CHECKING:
    from pydantic import SecretStr

    from ytempire_assets.channels import WriterSpec
    from ytempire_assets.resources.gpu import GpuMemory
    from ytempire_assets.resources.language_models.local import TransformersModel
    from ytempire_assets.resources.language_models.pool import PooledModel
    from ytempire_assets.writing.language_model import LanguageModel


class LanguageModelDesk:
    """Gives language models.

    Args:
        urls: Addresses of OpenAI-compatible services.
        key: Their key.
        model: Their model, unless the channel names one.
        slots: Requests at a time to each.
        deadline_s: The longest that one answer may take.
        price_in: Price of a million tokens read, USD.
        price_out: Price of a million tokens written, USD.
        device: Where transformers writes.
        gpu: The card's memory, which it shares with other work.
        cache: Where answers are kept for a while; None keeps none.
    """

    def __init__(
        self,
        *,
        urls: Sequence[str] = (),
        key: SecretStr | None = None,
        model: str | None = None,
        slots: int = 4,
        deadline_s: float = 180.0,
        price_in: Decimal = Decimal(0),
        price_out: Decimal = Decimal(0),
        device: Literal["auto", "cpu", "cuda"] = "auto",
        gpu: GpuMemory | None = None,
        cache: AnswerCache | None = None,
    ) -> None:
        self._urls = tuple(urls)
        self._key = key
        self._model = (model or "").strip()
        self._slots = slots
        self._deadline_s = deadline_s
        self._prices = Prices(price_in, price_out)
        self._device: Literal["auto", "cpu", "cuda"] = device
        self._gpu = gpu
        self._cache = cache
        self._models: dict[tuple[str, str, bool], LanguageModel] = {}
        self._open: list[PooledModel | TransformersModel] = []
        self._lock = threading.Lock()

    @property
    def cache(self) -> AnswerCache | None:
        """Where answers are kept, with its counts."""
        return self._cache

    def model(self, spec: WriterSpec) -> LanguageModel:
        """The model that a channel asks for.

        Raises:
            InvalidInputError: A setting that it needs is not there or cannot be used; names it.
        """
        with self._lock:
            name = spec.model or ("" if spec.kind == "transformers" else self._model)
            key = (spec.kind, name, spec.eight_bit)
            if key not in self._models:
                made = self._made(spec, name)
                self._open.append(made)
                self._models[key] = CachedModel(made, self._cache) if self._cache else made
            return self._models[key]

    def close(self) -> None:
        """Ends what is under way; models that are asked for afterwards are made anew."""
        with self._lock:
            closing, self._open = self._open, []
            self._models.clear()
        for model in closing:
            model.close()

    def _made(self, spec: WriterSpec, name: str) -> PooledModel | TransformersModel:
        if spec.kind == "extractive":
            raise InvalidInputError(
                "writer.kind extractive uses no language model",
                "choose writer.kind: openai_compatible or transformers",
            )
        if spec.kind == "transformers":
            from ytempire_assets.resources.language_models.local import TransformersModel

            return TransformersModel(
                name, device=self._device, gpu=self._gpu, eight_bit=spec.eight_bit
            )
        from ytempire_assets.resources.language_models.pool import PooledModel

        for setting, value in ((URLS_SETTING, self._urls), (MODEL_SETTING, name)):
            if not value:
                other = (
                    ", or writer.model in the channel's file" if setting == MODEL_SETTING else ""
                )
                raise InvalidInputError(
                    f"writer.kind is openai_compatible, but {setting} is not set",
                    f"set {setting}{other}, or choose writer.kind: extractive",
                )
        return PooledModel(
            self._urls,
            name,
            key=self._key,
            slots=self._slots,
            deadline_s=self._deadline_s,
            prices=self._prices,
        )
