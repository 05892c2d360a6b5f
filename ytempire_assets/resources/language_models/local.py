"""A language model in this process, by Hugging Face's transformers.

Belongs here: loading any causal language model within a memory budget, and answering in batches.
Weights are read from safetensors files only, and code that lies beside a model is never run. torch,
transformers and llguidance are the extra ``local-ai``; they are imported, and a GPU is touched,
only when the first answer is asked for.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import logging
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ytempire_assets.errors import InvalidInputError, PermanentError, TransientError, YtempireError
from ytempire_assets.resources.language_models import UnusableAnswerError
from ytempire_assets.resources.language_models.batches import Batches
from ytempire_assets.resources.language_models.constrained import (
    ConstrainedSampling,
    Grammars,
    Row,
)
from ytempire_assets.resources.language_models.conversation import conversation
from ytempire_assets.resources.pictures.pipelines import first_line, unusable
from ytempire_assets.writing.language_model import ChatAnswer, ChatRequest

if TYPE_CHECKING:
    from ytempire_assets.resources.gpu import GpuMemory

BATCH_SIZE = 8
"""Requests at a time: more gain little on a card that other work shares."""

MEMORY_GB = 16.0
"""What a model may take of a card whose shares nobody keeps, GiB."""

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A model where it computes.

    Attributes:
        torch: The torch module.
        model: The causal language model.
        tokenizer: Its tokenizer, which pads on the left.
        grammars: Schemas for it.
        end: The token that ends an answer.
        longest: Tokens of question and answer together.
    """

    torch: Any
    model: Any
    tokenizer: Any
    grammars: Grammars
    end: int
    longest: int


@dataclass(frozen=True, slots=True)
class _Job:
    """A request with the tokens of its conversation."""

    request: ChatRequest
    tokens: Sequence[int]


class TransformersModel:
    """A language model that is loaded once and kept; see ``LanguageModel``.

    Each answer is held to its schema token by token. It is drawn by a generator with the request's
    seed: the same request gives the same answer in any batch, up to rounding.

    Args:
        model: Folder of a saved model, or its name on Hugging Face.
        device: ``auto`` takes a CUDA device when there is one; ``cuda`` insists on it.
        gpu: The card's memory, of which the share for language is taken while answering.
        eight_bit: Keep weights in 8 bits, by bitsandbytes.
        batch_size: Requests at a time; halved when memory runs out.
        local_files_only: Never ask the network; the model must be there already.
    """

    def __init__(
        self,
        model: str,
        *,
        device: Literal["auto", "cpu", "cuda"] = "auto",
        gpu: GpuMemory | None = None,
        eight_bit: bool = False,
        batch_size: int = BATCH_SIZE,
        local_files_only: bool = False,
    ) -> None:
        self._model = model
        self._device = device
        self._gpu = gpu
        self._eight_bit = eight_bit
        self._batch_size = max(1, batch_size)
        self._local_files_only = local_files_only
        self._budget_gb = MEMORY_GB
        self._loaded: _Loaded | None = None
        self._closed = threading.Event()
        self._at_work = threading.Lock()
        self._batches: Batches[ChatRequest, ChatAnswer] = Batches(
            lambda: self._batch_size, self._answers
        )

    @property
    def name(self) -> str:
        """Kind and model."""
        return f"transformers:{self._model}{' in 8 bits' if self._eight_bit else ''}"

    @property
    def parallel(self) -> int:
        """A batch."""
        return self._batch_size

    def answer(self, request: ChatRequest) -> ChatAnswer:
        """Answers one request, together with those of other threads.

        Raises:
            InvalidInputError: The model cannot be loaded.
            UnusableAnswerError: The answer is longer than it may be.
            PermanentError: The question is too long, or memory is too small for a single one.
            TransientError: ``close`` was called, or others kept the card's memory for too long.
        """
        return self._batches.result(request)

    def close(self) -> None:
        """Ends what is under way, and lets the model go with it."""
        self._closed.set()
        if self._at_work.acquire(blocking=False):  # else who is at work lets it go
            try:
                self._unload()
            finally:
                self._at_work.release()

    def _answers(self, requests: Sequence[ChatRequest]) -> list[ChatAnswer | YtempireError]:
        """One result for each request; a model that cannot be loaded fails them all."""
        with self._at_work:
            try:
                self._check_open()
                torch = _library("torch")
                device = self._chosen_device(torch)
                with self._memory(torch, device):
                    loaded = self._loaded = self._loaded or self._load(torch, device)
                    return self._batch(loaded, requests)
            except YtempireError as error:
                return [error] * len(requests)
            finally:
                if self._closed.is_set():
                    self._unload()

    @contextlib.contextmanager
    def _memory(self, torch: Any, device: str) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            if device == "cuda":
                if self._gpu is not None:
                    self._budget_gb = stack.enter_context(self._gpu.use("language", self._unload))
                # Each time: pictures drawn in this process meanwhile have set their own bound.
                total_bytes = torch.cuda.get_device_properties(0).total_memory
                share = min(1.0, self._budget_gb * (1 << 30) / total_bytes)
                torch.cuda.set_per_process_memory_fraction(share, 0)
            yield

    def _unload(self) -> None:
        """Gives the memory back; the next request loads the model anew."""
        if self._loaded is not None:
            torch, self._loaded = self._loaded.torch, None
            gc.collect()
            torch.cuda.empty_cache()

    def _load(self, torch: Any, device: str) -> _Loaded:
        transformers = _library("transformers")
        _library("llguidance")
        transformers.utils.logging.disable_progress_bar()
        source = self._checked_model()
        common = {"local_files_only": self._local_files_only, "trust_remote_code": False}
        how: dict[str, Any] = {"dtype": "auto", "use_safetensors": True, **common}
        if self._eight_bit:
            how["quantization_config"] = self._quantisation(transformers)
            how["device_map"] = {"": device}
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                source, padding_side="left", **common
            )
            model = transformers.AutoModelForCausalLM.from_pretrained(source, **how)
            if not self._eight_bit:
                model = model.to(device)
        except torch.OutOfMemoryError as error:
            raise self._out_of_memory() from error
        except Exception as error:
            # Hub, file formats and model code fail in a dozen ways: the model cannot be used.
            raise unusable(self._model, error) from error
        return self._prepared(torch, model.eval(), tokenizer)

    def _prepared(self, torch: Any, model: Any, tokenizer: Any) -> _Loaded:
        if not getattr(tokenizer, "chat_template", None):
            raise InvalidInputError(
                f"{self._model} has no chat template: it only continues texts",
                "choose a model that follows instructions in the channel's writer.model",
            )
        if not getattr(tokenizer, "is_fast", False):
            raise InvalidInputError(
                f"{self._model} has no tokenizer.json, without which no schema can be followed",
                "save its tokenizer in that form, or choose another model",
            )
        known = model.generation_config.eos_token_id
        known = tokenizer.eos_token_id if known is None else known
        ends = [known] if isinstance(known, int) else list(known or [])
        if not ends:
            raise InvalidInputError(
                f"{self._model} names no token that ends an answer (eos_token_id)",
                "add it to the model's generation_config.json, or choose another model",
            )
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token_id = ends[0]
        vocabulary = int(model.get_output_embeddings().weight.shape[0])
        longest = int(getattr(model.config, "max_position_embeddings", 0) or 1 << 30)
        grammars = Grammars(tokenizer, vocabulary, ends)
        return _Loaded(torch, model, tokenizer, grammars, ends[0], longest)

    def _batch(
        self, loaded: _Loaded, requests: Sequence[ChatRequest]
    ) -> list[ChatAnswer | YtempireError]:
        results: dict[int, ChatAnswer | YtempireError] = {}
        jobs: dict[int, _Job] = {}
        for index, request in enumerate(requests):
            try:
                jobs[index] = self._job(loaded, request)
            except YtempireError as error:
                results[index] = error
        results.update(zip(jobs, self._generated(loaded, list(jobs.values())), strict=True))
        return [results[index] for index in range(len(requests))]

    def _job(self, loaded: _Loaded, request: ChatRequest) -> _Job:
        text = conversation(loaded.tokenizer, request.messages, self._model)
        tokens = loaded.tokenizer(text, add_special_tokens=False)["input_ids"]
        if len(tokens) >= loaded.longest:
            raise PermanentError(
                f"a question of {len(tokens)} tokens is longer than the {loaded.longest} that "
                f"{self._model} takes",
                "choose a model with a longer context in the channel's writer.model",
            )
        return _Job(request, tokens)

    def _generated(self, loaded: _Loaded, jobs: Sequence[_Job]) -> list[ChatAnswer | YtempireError]:
        """Answers a batch, halved as often as memory runs out or it fails."""
        if not jobs:
            return []
        failure: YtempireError
        try:
            return self._generated_once(loaded, jobs)
        except loaded.torch.OutOfMemoryError:
            failure = self._out_of_memory()
            self._batch_size = max(1, len(jobs) // 2)
        except YtempireError as error:
            failure = error
        except Exception as error:
            # The library's own errors, which have no common class; one request may be to blame.
            logger.exception("answering %d requests with %s failed", len(jobs), self._model)
            failure = PermanentError(
                f"{self._model} cannot answer ({first_line(error)})", "choose another model"
            )
        # Only here, after the except clause, is the failed attempt's memory let go.
        loaded.torch.cuda.empty_cache()
        half = len(jobs) // 2
        if not half:
            return [failure]
        return [*self._generated(loaded, jobs[:half]), *self._generated(loaded, jobs[half:])]

    def _generated_once(
        self, loaded: _Loaded, jobs: Sequence[_Job]
    ) -> list[ChatAnswer | YtempireError]:
        torch = loaded.torch
        inputs = loaded.tokenizer.pad(
            {"input_ids": [list(job.tokens) for job in jobs]}, return_tensors="pt"
        ).to(loaded.model.device)
        rows = [
            Row(
                matcher=loaded.grammars.matcher(job.request.schema),
                generator=torch.Generator("cpu").manual_seed(job.request.seed),
                temperature=job.request.temperature,
                max_tokens=min(job.request.max_tokens, loaded.longest - len(job.tokens)),
            )
            for job in jobs
        ]
        sampling = ConstrainedSampling(rows, loaded.end, self._closed.is_set)
        with torch.inference_mode():
            output = loaded.model.generate(
                **inputs,
                logits_processor=[sampling],
                max_new_tokens=max(row.max_tokens for row in rows) + 1,
                do_sample=False,
                num_beams=1,
                temperature=None,
                top_p=None,
                top_k=None,
                repetition_penalty=None,
                pad_token_id=loaded.tokenizer.pad_token_id,
                eos_token_id=loaded.end,
            )
        self._check_open()
        start = inputs["input_ids"].shape[1]
        return [
            self._result(loaded, job, row, output[index, start : start + row.length].tolist())
            for index, (job, row) in enumerate(zip(jobs, rows, strict=True))
        ]

    def _result(
        self, loaded: _Loaded, job: _Job, row: Row, tokens: list[int]
    ) -> ChatAnswer | YtempireError:
        if row.cut or not row.closed:
            return UnusableAnswerError(
                f"the answer of {self._model} was cut after {row.length} tokens",
                "ask for a shorter video, or choose another model",
            )
        if tokens and tokens[-1] == loaded.end:
            tokens = tokens[:-1]
        text = loaded.tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return ChatAnswer(text, self._model, tokens_in=len(job.tokens), tokens_out=row.length)

    def _quantisation(self, transformers: Any) -> Any:
        if importlib.util.find_spec("bitsandbytes") is None:
            raise InvalidInputError(
                "writer.eight_bit is set, and bitsandbytes is not installed",
                "install it with: pip install 'ytempire-assets[eight-bit]', or leave "
                "writer.eight_bit out",
            )
        return transformers.BitsAndBytesConfig(load_in_8bit=True)

    def _chosen_device(self, torch: Any) -> str:
        if self._device != "cpu" and torch.cuda.is_available():
            return "cuda"
        if self._device == "cuda":
            raise InvalidInputError(
                "YTEMPIRE_LLM_DEVICE is cuda and torch finds no CUDA device",
                "install the driver and torch's CUDA build, or set YTEMPIRE_LLM_DEVICE to auto or "
                "cpu",
            )
        return "cpu"

    def _checked_model(self) -> str:
        folder = Path(self._model).expanduser()
        if folder.is_dir():
            return str(folder)
        if _HUB_NAME.fullmatch(self._model) is None:
            raise InvalidInputError(
                f"there is no folder {self._model} with a language model",
                "correct writer.model in the channel's file: a folder, or a name on Hugging Face "
                "such as owner/model",
            )
        return self._model

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise TransientError(
                "asking the language model was stopped", "run again: finished work is kept"
            )

    def _out_of_memory(self) -> PermanentError:
        return PermanentError(
            f"{self._model} needs more memory than the {self._budget_gb:.1f} GiB that it may take",
            "choose a smaller model, set writer.eight_bit, or raise gpu: language in "
            "YTEMPIRE_PLACEMENT_FILE",
        )


def _library(name: str) -> Any:
    """A module of the extra ``local-ai``, which most installations do without."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InvalidInputError(
            f"writer.kind is transformers, and {error.name or name} is not installed",
            "install it with: pip install 'ytempire-assets[local-ai]'",
        ) from error
