"""From a channel's choice to the writer that writes its scripts.

Belongs here: which writer a channel means. Every kind stands here once; a missing setting is an
error that names it, nothing else is taken instead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ytempire_assets.channels import WriterSpec
    from ytempire_assets.resources.language_models.desk import LanguageModelDesk
    from ytempire_assets.writing.language_model import LanguageModel
    from ytempire_assets.writing.script import Brief, Script, SpeakingTime, TotalTime, Writer

_PARALLEL_SCRIPTS = 8
"""Scripts of one channel's day at a time; a pool of endpoints may take far more requests."""


class WriterDesk:
    """Gives writers.

    Args:
        models: Opens the desk that language models come from, when the first one is asked for.
    """

    def __init__(self, models: Callable[[], LanguageModelDesk]) -> None:
        self._open = models
        self._models: LanguageModelDesk | None = None
        self._lock = threading.Lock()

    def writer(self, spec: WriterSpec) -> Writer:
        """The writer that a channel asks for.

        Raises:
            InvalidInputError: A setting that it needs is not there; names it.
        """
        if spec.kind == "extractive":
            from ytempire_assets.writing.extractive import ExtractiveWriter

            return ExtractiveWriter()
        with self._lock:
            self._models = self._models or self._open()
        return ModelWriter(self._models.model(spec), spec)

    def close(self) -> None:
        """Ends what language models are asked; whoever waits for an answer gets an error."""
        with self._lock:
            if self._models is not None:
                self._models.close()


class ModelWriter:
    """A language model that writes; see ``Writer``."""

    def __init__(self, model: LanguageModel, spec: WriterSpec) -> None:
        from ytempire_assets.writing.prompted import VERSION, PromptedWriter

        self._prompted = PromptedWriter(model, spec.kind, spec.temperature)
        self._model = model
        self._kind = f"{spec.kind}/{VERSION}"

    @property
    def name(self) -> str:
        """Kind, version of the prompt and model."""
        from ytempire_assets.writing.prompt_text import PROMPT_VERSION

        return f"{self._kind} prompt {PROMPT_VERSION} {self._model.name}"

    @property
    def parallel(self) -> int:
        """As many as the model takes, within reason."""
        return min(self._model.parallel, _PARALLEL_SCRIPTS)

    def write(self, brief: Brief, speaking_s: SpeakingTime, total_s: TotalTime) -> Script:
        """Writes one script; see ``Writer.write``."""
        from ytempire_assets.writing.draft import assemble, wanted_words

        draft = self._prompted.draft(brief, wanted_words(brief, speaking_s, total_s))
        return assemble(draft, brief, speaking_s, total_s)
