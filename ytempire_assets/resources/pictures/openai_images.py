"""Pictures drawn by any service that speaks OpenAI's image protocol, near or far.

Belongs here: POST <address>/images/generations, whose answer carries the picture or says where it
lies. Servers on one's own machines speak the same protocol, some with a seed, which OpenAI's own
does not take.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import functools
import hashlib
import ipaddress
import math
import re
import socket
import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import SplitResult

from pydantic import BaseModel, SecretStr, ValidationError

from ytempire_assets.errors import InvalidInputError, PermanentError, TransientError, YtempireError
from ytempire_assets.plain_address import split_address
from ytempire_assets.resources.pictures import (
    Courier,
    FoundPicture,
    PictureRequest,
    PictureResult,
    RefusedKeyError,
    checked_key,
    is_loopback,
    one_by_one,
    origin,
    plain,
)

URL_SETTING = "YTEMPIRE_IMAGES_URL"
KEY_SETTING = "YTEMPIRE_IMAGES_KEY"
MODEL_SETTING = "YTEMPIRE_IMAGES_MODEL"

SIZES = ("1024x1024", "1024x1536", "1536x1024")
"""What OpenAI's gpt-image models draw."""

_SIZE = re.compile(r"([1-9][0-9]{1,4})x([1-9][0-9]{1,4})")


class _Drawn(BaseModel):
    b64_json: str | None = None
    url: str | None = None


class _Answer(BaseModel):
    data: list[_Drawn]


class OpenAIPictures:
    """Pictures drawn from a prompt, one request each.

    Args:
        address: Where the service is, up to and without ``/images/generations``.
        model: Name of the model, as the service knows it.
        key: Sent as bearer token; None for a server that wants none.
        sizes: What the model can draw, each ``<width>x<height>`` in pixels.
        price_usd: What one picture costs.
        ask_for_base64: Send ``response_format``: dall-e and most local servers want it to answer
            with the picture itself, gpt-image models refuse it and do so anyway.
        send_seed: Send a ``seed``, for a server that takes one.
        licence: Name of the pictures' licence, or where it stands.
        timeout_s: The longest silence, which is while it draws, and the longest answer.
        sleep: Waits that many seconds; tests pass their own.

    Raises:
        InvalidInputError: Address, model, key or a size cannot be used.
    """

    name = "openai"

    def __init__(
        self,
        address: str,
        model: str,
        *,
        key: SecretStr | None = None,
        sizes: Sequence[str] = SIZES,
        price_usd: Decimal = Decimal(0),
        ask_for_base64: bool = False,
        send_seed: bool = False,
        licence: str = "see the service's terms",
        timeout_s: float = 180.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        base = split_address(address)
        if base is None:
            raise InvalidInputError(
                f"{URL_SETTING} is '{plain(address, 120)}', not the address of an image service",
                f"set {URL_SETTING} to one such as https://api.openai.com/v1",
            )
        if not model.strip():
            raise InvalidInputError(
                "no model is named for the image service", f"set {MODEL_SETTING} to its name"
            )
        self._base = base
        self._endpoint = f"{address.rstrip('/')}/images/generations"
        self._model = model.strip()
        self._key = checked_key(key, KEY_SETTING) if key is not None else None
        self._sizes = [_parsed_size(size) for size in sizes]
        self._price_usd = price_usd
        self._ask_for_base64 = ask_for_base64
        self._send_seed = send_seed
        self._licence = licence
        self._timeout_s = timeout_s
        self._sleep = sleep

    def pictures(self, requests: Sequence[PictureRequest]) -> list[PictureResult]:
        """One drawn picture for each request."""
        courier = Courier(
            "the image service",
            timeout_s=self._timeout_s,
            direct=is_loopback(self._base),
            key=self._key,
            sleep=self._sleep,
        )
        with contextlib.closing(courier):
            return one_by_one(requests, functools.partial(self._picture, courier))

    def _picture(self, courier: Courier, request: PictureRequest) -> FoundPicture:
        from ytempire_assets.video.pictures import checked_picture

        if not request.prompt.strip():
            raise InvalidInputError(
                "a scene has no prompt to draw from", "write what its picture should show"
            )
        width, height = _nearest(self._sizes, request)
        body: dict[str, Any] = {
            "model": self._model,
            "prompt": request.prompt,
            "n": 1,
            "size": f"{width}x{height}",
        }
        if self._ask_for_base64:
            body["response_format"] = "b64_json"
        if self._send_seed:
            body["seed"] = request.seed
        picture = checked_picture(self._drawn(courier, body), name=f"drawn by {self._model}")
        made_with: dict[str, str | int | float] = {"size": f"{width}x{height}"}
        if self._send_seed:
            made_with["seed"] = request.seed
        return FoundPicture(
            data=picture.data,
            suffix=picture.suffix,
            width=picture.width,
            height=picture.height,
            picture_id=f"{self.name}:{hashlib.sha256(picture.data).hexdigest()[:32]}",
            origin="generated",
            licence=self._licence,
            attribution=f"Picture generated by {self._model}",
            model=self._model,
            made_with=made_with,
            cost_usd=self._price_usd,
        )

    def _drawn(self, courier: Courier, body: dict[str, Any]) -> bytes:
        """The file that the service drew, not yet checked."""
        from ytempire_assets.video.pictures import MAX_BYTES

        answer = courier.ask(
            "POST",
            self._endpoint,
            limit_bytes=MAX_BYTES * 3 // 2,  # base64 makes a file a third longer
            refusal=self._refused,
            json=body,
            authorization="Bearer {key}",
        )
        try:
            drawn = _Answer.model_validate_json(answer).data[0]
            if drawn.b64_json:
                return base64.b64decode(drawn.b64_json, validate=True)
        except (ValidationError, IndexError, binascii.Error) as error:
            raise courier.strange_answer() from error
        parts = split_address(drawn.url or "")
        if parts is None or not (origin(parts) == origin(self._base) or _is_public(parts)):
            raise PermanentError(
                f"the image service says that its picture lies at '{plain(drawn.url or '', 80)}', "
                "which is neither the service itself nor a public https address",
                "let the service answer with the picture itself (b64_json)",
            )
        return courier.ask(
            "GET",
            parts.geturl(),
            limit_bytes=MAX_BYTES,
            refusal=lambda status, _: PermanentError(
                f"the picture that the image service drew cannot be fetched ({status})",
                "let the service answer with the picture itself (b64_json)",
            ),
        )

    def _refused(self, status: int, said: str) -> YtempireError:
        because = f"({status}{': ' + said if said else ''})"
        if status in (401, 403):
            return RefusedKeyError(
                f"the image service does not accept the key ({status})",
                f"set {KEY_SETTING} to a key of the service at {URL_SETTING}",
            )
        if status in (404, 405):
            return PermanentError(
                f"the image service does not know {self._endpoint} or {self._model} {because}",
                f"correct {URL_SETTING} or {MODEL_SETTING}",
            )
        return PermanentError(
            f"the image service refused to draw {because}",
            f"change the scene's prompt, or {MODEL_SETTING} if it names the model",
        )


def _parsed_size(size: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(size)
    if found is None:
        raise InvalidInputError(
            f"'{size}' is no picture size", "write sizes such as 1024x1536, in pixels"
        )
    return int(found[1]), int(found[2])


def _nearest(sizes: Sequence[tuple[int, int]], request: PictureRequest) -> tuple[int, int]:
    """The size of the most similar shape; among equals the smallest that fills the frame."""
    wanted = math.log(request.width / request.height)

    def distance(size: tuple[int, int]) -> tuple[float, bool, int]:
        width, height = size
        small = width < request.width or height < request.height
        pixels = width * height
        return round(abs(math.log(width / height) - wanted), 3), small, -pixels if small else pixels

    return min(sizes, key=distance)


def _is_public(parts: SplitResult) -> bool:
    """Whether an address is https and its host is outside: never this machine or its network.

    The name is resolved again when it is asked, and could then lead elsewhere; the certificate that
    https demands for that name closes the gap.
    """
    if parts.scheme != "https" or parts.hostname is None:
        return False
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TransientError(
            f"the host {parts.hostname}, where the image service keeps its picture, is not found",
            "check the network, or let the service answer with the picture itself (b64_json)",
        ) from error
    hosts = [str(address[0]).partition("%")[0] for *_, address in found]
    return all(ipaddress.ip_address(host).is_global for host in hosts)
