"""From a channel's choice to the source that gives its pictures.

Belongs here: which source a channel means, with this machine's keys. Every source stands here once.
A missing key or model is an error that names its setting; nothing else is taken instead.
"""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from ytempire_assets.errors import InvalidInputError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from ytempire_assets.channels import PictureSpec
    from ytempire_assets.resources.gpu import GpuMemory
    from ytempire_assets.resources.pictures import PictureSource


class PictureDesk:
    """Gives sources of pictures; one that holds a model in memory is made once.

    Args:
        pexels_key: Of the Pexels API.
        images_url: Address of an OpenAI-compatible service.
        images_key: Its key.
        images_model: Its model, unless the channel names one.
        images_price_usd: What one of its pictures costs.
        device: Where diffusers draws.
        gpu: The card's memory, which it shares with other work.
    """

    def __init__(
        self,
        *,
        pexels_key: SecretStr | None = None,
        images_url: str | None = None,
        images_key: SecretStr | None = None,
        images_model: str | None = None,
        images_price_usd: Decimal = Decimal(0),
        device: Literal["auto", "cpu", "cuda"] = "auto",
        gpu: GpuMemory | None = None,
    ) -> None:
        self._pexels_key = pexels_key
        self._images = (images_url, images_key, images_model, images_price_usd)
        self._device: Literal["auto", "cpu", "cuda"] = device
        self._gpu = gpu
        self._models: dict[tuple[str, int, float], PictureSource] = {}
        self._lock = threading.Lock()

    def source(self, spec: PictureSpec) -> PictureSource | None:
        """The source that a channel asks for; None when all its scenes are drawn cards.

        Raises:
            InvalidInputError: A setting that the source needs is not there; names it.
        """
        if spec.source == "cards":
            return None
        if spec.source == "pexels":
            return self._pexels()
        if spec.source == "images":
            return self._image_service(spec)
        return self._diffusers(spec)

    def _pexels(self) -> PictureSource:
        from ytempire_assets.resources.pictures.pexels import PexelsPictures

        if self._pexels_key is None:
            raise InvalidInputError(
                "pictures.source is pexels, but there is no key",
                "set YTEMPIRE_PEXELS_KEY, or choose source: cards",
            )
        return PexelsPictures(self._pexels_key)

    def _image_service(self, spec: PictureSpec) -> PictureSource:
        from ytempire_assets.resources.pictures.openai_images import OpenAIPictures

        url, key, model, price = self._images
        model = spec.model or model
        for name, value in (("YTEMPIRE_IMAGES_URL", url), ("YTEMPIRE_IMAGES_MODEL", model)):
            if not value:
                raise InvalidInputError(
                    f"pictures.source is images, but {name} is not set",
                    f"set {name}, or choose source: cards",
                )
        return OpenAIPictures(str(url), str(model), key=key, price_usd=price)

    def _diffusers(self, spec: PictureSpec) -> PictureSource:
        from ytempire_assets.resources.pictures.diffusion import DiffusersPictures

        key = (spec.model, spec.steps, spec.guidance)
        with self._lock:
            if key not in self._models:
                self._models[key] = DiffusersPictures(
                    spec.model,
                    device=self._device,
                    steps=spec.steps,
                    guidance=spec.guidance,
                    gpu=self._gpu,
                )
            return self._models[key]
