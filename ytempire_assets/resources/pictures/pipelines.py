"""Pipelines of diffusers as they are: loading their libraries, their sizes, how they fail.

Belongs here: what holds for any text-to-image pipeline. Drawing with one is ``diffusion.py``.
"""

from __future__ import annotations

import importlib
import math
from typing import Any

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.resources.pictures import PictureRequest, plain


def local_ai(module: str) -> Any:
    """A module of the extra ``local-ai``, which most installations do without."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InvalidInputError(
            f"pictures are to be drawn in process, and {error.name or module} is not installed",
            "install it with: pip install 'ytempire-assets[local-ai]'",
        ) from error


def unusable(model: str, error: Exception) -> InvalidInputError:
    """Why a model cannot be loaded, and what to do about it."""
    reason = first_line(error)
    if "no file named" in reason and "safetensors" in reason:
        next_step = "save its weights as safetensors: pickled ones can run code, and are not loaded"
    elif "custom code" in reason:
        next_step = "choose a model without code of its own: such code is never run"
    else:
        next_step = f"check the folder, or fetch the model once with: hf download {model}"
    return InvalidInputError(f"the model {model} cannot be loaded ({reason})", next_step)


def first_line(error: Exception) -> str:
    """The beginning of an error's text, plain."""
    return plain((str(error).splitlines() or [""])[0], 200) or type(error).__name__


def multiple_of(pipeline: Any) -> int:
    """What width and height must be multiples of, px.

    Twice the autoencoder's factor, because most transformers take latents in patches of two; a
    pipeline's image processor may know of more.
    """
    factor = int(getattr(pipeline, "vae_scale_factor", 8))
    processor = getattr(pipeline, "image_processor", None)
    known = getattr(getattr(processor, "config", None), "vae_scale_factor", 1)
    return max(2 * factor, int(known))


def drawn_size(request: PictureRequest, multiple: int, max_pixels: int) -> tuple[int, int]:
    """Width and height closest to the frame's shape within ``max_pixels``, px."""
    from ytempire_assets.video.pictures import MIN_SIDE_PX

    share = min(1.0, math.sqrt(max_pixels / (request.width * request.height)))
    least = math.ceil(MIN_SIDE_PX / multiple) * multiple
    width, height = (
        max(least, int(side * share / multiple) * multiple)
        for side in (request.width, request.height)
    )
    return width, height


def save_memory(pipeline: Any) -> None:
    """Slower ways to compute the same with less memory, for when a single picture is too much."""
    pipeline.enable_attention_slicing()
    if hasattr(getattr(pipeline, "vae", None), "enable_tiling"):
        pipeline.vae.enable_tiling()
