"""Pictures drawn in this process by a diffusion model of Hugging Face's diffusers.

Belongs here: loading any text-to-image pipeline within a memory budget, and drawing in batches.
Weights are read from safetensors files only, and code that lies beside a model is never run. torch
and diffusers are the extra ``local-ai``; they are imported, and a GPU is touched, only when the
first picture is asked for.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import inspect
import io
import logging
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ytempire_assets.errors import InvalidInputError, PermanentError, YtempireError
from ytempire_assets.resources.pictures import FoundPicture, PictureRequest, PictureResult, plain
from ytempire_assets.resources.pictures.pipelines import (
    drawn_size,
    first_line,
    local_ai,
    multiple_of,
    save_memory,
    unusable,
)

if TYPE_CHECKING:
    from PIL import Image

    from ytempire_assets.resources.gpu import GpuMemory

MAX_PIXELS = 1 << 20
"""About a megapixel: what today's models were trained on; more gives doubled heads."""

WEIGHTS_SHARE = 0.6
"""Share of the memory budget that weights may fill; the rest is for what they compute."""

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
_NEEDED = frozenset({"prompt", "width", "height", "generator"})
"""What a pipeline must take to draw a picture of a given size from text alone."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A pipeline where it computes, and what it takes.

    Attributes:
        pipeline: The diffusers pipeline.
        torch: The torch module.
        multiple: Width and height must be multiples of it, px.
        takes: Names of the arguments of a call.
        dtype: Name of the weights' number type.
    """

    pipeline: Any
    torch: Any
    multiple: int
    takes: frozenset[str]
    dtype: str


@dataclass(frozen=True, slots=True)
class _Job:
    """A request and where its result goes; ``width`` and ``height`` are drawn, px."""

    index: int
    request: PictureRequest
    width: int
    height: int


class DiffusersPictures:
    """Pictures drawn by one model, which is loaded once and kept.

    A picture's seed comes from its request's fingerprint alone, and each picture has a generator of
    its own, on the CPU whatever draws it: the same request gives the same picture in any batch, up
    to rounding.

    Args:
        model: Folder of a saved pipeline, or its name on Hugging Face.
        device: ``auto`` takes a CUDA device when there is one; ``cuda`` insists on it.
        dtype: ``auto`` is bfloat16 on CUDA, or float16 where that is too old for it, and float32 on
            a CPU.
        batch_size: Pictures at a time; halved when memory runs out.
        steps: Denoising steps.
        guidance: How strictly to follow the prompt (classifier-free guidance scale).
        gpu: The card's memory, of which the share for pictures is taken while drawing; torch holds
            everything in the process to it, not only this model. Without it ``memory_budget_gb`` is
            taken without asking.
        memory_budget_gb: Memory of the CUDA device that this process may take, in GiB.
        cpu_offload: ``auto`` keeps weights in main memory when they would fill the budget and moves
            them to the device part by part.
        revision: Branch, tag or commit on Hugging Face; None takes the newest.
        local_files_only: Never ask the network; the model must be there already.
        max_pixels: The largest area that is drawn; larger frames get the same shape, smaller.
        licence: Name of the pictures' licence, or where it stands.
    """

    name = "diffusers"

    def __init__(
        self,
        model: str,
        *,
        device: Literal["auto", "cpu", "cuda"] = "auto",
        dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto",
        batch_size: int = 4,
        steps: int = 30,
        guidance: float = 7.0,
        gpu: GpuMemory | None = None,
        memory_budget_gb: float = 8.0,
        cpu_offload: Literal["auto", "always", "never"] = "auto",
        revision: str | None = None,
        local_files_only: bool = False,
        max_pixels: int = MAX_PIXELS,
        licence: str = "see the model's licence",
    ) -> None:
        self._model = model
        self._device = device
        self._dtype = dtype
        self._batch_size = max(1, batch_size)
        self._steps = steps
        self._guidance = guidance
        self._gpu = gpu
        self._budget_bytes = memory_budget_gb * (1 << 30)
        self._cpu_offload = cpu_offload
        self._revision = revision
        self._local_files_only = local_files_only
        self._max_pixels = max_pixels
        self._licence = licence
        self._loaded: _Loaded | None = None
        self._frugal = False
        # A pipeline has state while it draws, so threads take turns with loading and drawing alike.
        self._turn = threading.Lock()

    def pictures(self, requests: Sequence[PictureRequest]) -> list[PictureResult]:
        """One drawn picture for each request; a model that cannot be loaded fails them all."""
        if not requests:
            return []
        with self._turn:
            try:
                torch = local_ai("torch")
                device = self._chosen_device(torch)
                with self._memory(device):
                    loaded = self._loaded = self._loaded or self._load(torch, device)
                    return self._drawn(loaded, requests)
            except YtempireError as error:
                return [error] * len(requests)

    @contextlib.contextmanager
    def _memory(self, device: str) -> Iterator[None]:
        if self._gpu is None or device != "cuda":
            yield
            return
        with self._gpu.use("image", self._unload) as gb:
            self._budget_bytes = gb * (1 << 30)
            yield

    def _unload(self) -> None:
        """Gives the card's memory back; the next request loads the model anew."""
        if self._loaded is not None:
            torch, self._loaded = self._loaded.torch, None
            gc.collect()
            torch.cuda.empty_cache()

    def _drawn(self, loaded: _Loaded, requests: Sequence[PictureRequest]) -> list[PictureResult]:
        jobs = [
            _Job(index, request, *drawn_size(request, loaded.multiple, self._max_pixels))
            for index, request in enumerate(requests)
        ]
        results: dict[int, PictureResult] = {}
        for size in dict.fromkeys((job.width, job.height) for job in jobs):
            waiting = [job for job in jobs if (job.width, job.height) == size]
            while waiting:  # the batch size may shrink on the way
                batch, waiting = waiting[: self._batch_size], waiting[self._batch_size :]
                drawn = self._draw(loaded, batch)
                results.update(zip((job.index for job in batch), drawn, strict=True))
        return [results[job.index] for job in jobs]

    def _load(self, torch: Any, device: str) -> _Loaded:
        diffusers = local_ai("diffusers")
        dtype = self._chosen_dtype(torch, device)
        model = self._checked_model()
        # Their bars would run through the project's own.
        diffusers.utils.logging.disable_progress_bar()
        local_ai("transformers").utils.logging.disable_progress_bar()
        try:
            pipeline = diffusers.DiffusionPipeline.from_pretrained(
                model,
                dtype=getattr(torch, dtype),
                revision=self._revision,
                local_files_only=self._local_files_only,
                use_safetensors=True,
                trust_remote_code=False,
            )
        except Exception as error:
            # Hub, file formats and model code fail in a dozen ways: the model cannot be used.
            raise unusable(self._model, error) from error
        takes = frozenset(inspect.signature(pipeline.__call__).parameters)
        if not takes >= _NEEDED:
            raise InvalidInputError(
                f"{self._model} is a {type(pipeline).__name__}, which draws no picture of a chosen "
                "size from text alone",
                "choose a text-to-image model",
            )
        pipeline.set_progress_bar_config(disable=True)
        try:
            if device == "cuda":
                self._place_on_cuda(torch, pipeline)
        except torch.OutOfMemoryError as error:
            raise self._out_of_memory() from error
        return _Loaded(pipeline, torch, multiple_of(pipeline), takes, dtype)

    def _chosen_device(self, torch: Any) -> str:
        if self._device == "cpu":
            return "cpu"
        if torch.cuda.is_available():
            return "cuda"
        if self._device == "cuda":
            raise InvalidInputError(
                "pictures are to be drawn on a CUDA device and torch finds none",
                "install the driver and torch's CUDA build, or choose the device auto or cpu",
            )
        return "cpu"

    def _chosen_dtype(self, torch: Any, device: str) -> str:
        if self._dtype != "auto":
            return self._dtype
        if device == "cpu":
            return "float32"
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"

    def _checked_model(self) -> str:
        folder = Path(self._model).expanduser()
        if folder.is_dir():
            return str(folder)
        if _HUB_NAME.fullmatch(self._model) is None:
            raise InvalidInputError(
                f"there is no folder {self._model} with a diffusion model",
                "correct the folder, or give a model's name on Hugging Face, such as owner/model",
            )
        return self._model

    def _place_on_cuda(self, torch: Any, pipeline: Any) -> None:
        """Moves the weights, or arranges that they move as needed, within the budget."""
        total_bytes = torch.cuda.get_device_properties(0).total_memory
        budget_bytes = min(self._budget_bytes, total_bytes)
        torch.cuda.set_per_process_memory_fraction(budget_bytes / total_bytes, 0)
        parts = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
        sizes = [sum(weight.nbytes for weight in (*p.parameters(), *p.buffers())) for p in parts]
        room = budget_bytes * WEIGHTS_SHARE
        if self._cpu_offload == "never" or (self._cpu_offload == "auto" and sum(sizes) <= room):
            pipeline.to("cuda")
        elif max(sizes) <= room:
            pipeline.enable_model_cpu_offload(device="cuda")
        else:
            # Not even the largest part fits whole: layer by layer, slow but within the budget.
            pipeline.enable_sequential_cpu_offload(device="cuda")
        if hasattr(getattr(pipeline, "vae", None), "enable_slicing"):
            pipeline.vae.enable_slicing()  # decodes one picture at a time; the result is the same

    def _draw(self, loaded: _Loaded, batch: list[_Job]) -> list[PictureResult]:
        """Draws a batch, halved as often as it fails; a single picture that fails is its error."""
        failure: YtempireError
        out_of_memory = False
        try:
            return self._draw_once(loaded, batch)
        except loaded.torch.OutOfMemoryError:
            failure, out_of_memory = self._out_of_memory(), True
        except Exception as error:
            # The library's own errors, which have no common class; one prompt may be to blame.
            logger.exception("drawing %d pictures with %s failed", len(batch), self._model)
            failure = PermanentError(
                f"{self._model} cannot draw this picture ({first_line(error)})",
                "change the scene's prompt, or the model's settings",
            )
        # Only here, after the except clause, is the failed attempt's memory let go. Parts that were
        # moved in for it go out again, if they are moved at all.
        loaded.pipeline.maybe_free_model_hooks()
        loaded.torch.cuda.empty_cache()
        half = len(batch) // 2
        if half:
            if out_of_memory:
                self._batch_size = half
            return [*self._draw(loaded, batch[:half]), *self._draw(loaded, batch[half:])]
        if out_of_memory and not self._frugal:
            self._frugal = True
            save_memory(loaded.pipeline)
            return self._draw(loaded, batch)
        return [failure]

    def _draw_once(self, loaded: _Loaded, batch: list[_Job]) -> list[PictureResult]:
        requests = [job.request for job in batch]
        optional: dict[str, Any] = {
            "num_inference_steps": self._steps,
            "guidance_scale": self._guidance,
            "output_type": "pil",
        }
        if any(request.negative_prompt for request in requests):
            optional["negative_prompt"] = [request.negative_prompt for request in requests]
        output = loaded.pipeline(
            prompt=[request.prompt for request in requests],
            width=batch[0].width,
            height=batch[0].height,
            generator=[
                loaded.torch.Generator("cpu").manual_seed(request.seed) for request in requests
            ],
            **{name: value for name, value in optional.items() if name in loaded.takes},
        )
        flags = getattr(output, "nsfw_content_detected", None) or [False] * len(batch)
        return [
            self._result(loaded, request, picture, flagged=bool(flagged))
            for request, picture, flagged in zip(requests, output.images, flags, strict=True)
        ]

    def _result(
        self, loaded: _Loaded, request: PictureRequest, picture: Image.Image, *, flagged: bool
    ) -> PictureResult:
        from ytempire_assets.video.pictures import checked_picture

        name = f"of '{plain(request.prompt, 60)}'"
        if flagged:
            return PermanentError(
                f"the model's safety checker withholds picture {name}",
                "change the scene's prompt, or use a drawn card",
            )
        if picture.getbbox() is None:
            # Numbers that overflow come out as black; so does what some checkers withhold.
            return PermanentError(
                f"picture {name} came out black: {loaded.dtype} may be too small for this model",
                "choose the dtype bfloat16 or float32",
            )
        file = io.BytesIO()
        picture.save(file, "PNG", compress_level=1)
        try:
            checked = checked_picture(file.getvalue(), name=name)
        except InvalidInputError as error:
            return error
        label = Path(self._model).name if Path(self._model).expanduser().is_dir() else self._model
        revision = {"revision": self._revision} if self._revision else {}
        return FoundPicture(
            data=checked.data,
            suffix=checked.suffix,
            width=checked.width,
            height=checked.height,
            picture_id=f"{self.name}:{hashlib.sha256(checked.data).hexdigest()[:32]}",
            origin="generated",
            licence=self._licence,
            attribution=f"Picture generated by {label}",
            model=label,
            made_with={
                **revision,
                "steps": self._steps,
                "guidance": self._guidance,
                "seed": request.seed,
                "dtype": loaded.dtype,
            },
        )

    def _out_of_memory(self) -> PermanentError:
        return PermanentError(
            f"{self._model} needs more memory than the {self._budget_bytes / (1 << 30):.1f} GiB "
            "that it may take",
            "raise the memory budget, choose a smaller model, or let cpu_offload be always",
        )
