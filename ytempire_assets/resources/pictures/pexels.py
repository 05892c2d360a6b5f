"""Photographs from Pexels.

Belongs here: searching, choosing among what is found, fetching it. The protocol is the one of
pexels.com/api/documentation: 200 requests an hour and 20,000 a month unless Pexels grants more, the
photographer is named wherever that is possible, with a link back.
"""

from __future__ import annotations

import contextlib
import functools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol
from urllib.parse import SplitResult, urlencode

from pydantic import BaseModel, SecretStr, ValidationError

from ytempire_assets.errors import InvalidInputError, PermanentError, YtempireError
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

if TYPE_CHECKING:
    from ytempire_assets.video.pictures import CheckedPicture

KEY_SETTING = "YTEMPIRE_PEXELS_KEY"
ADDRESS = "https://api.pexels.com"
LICENCE = "Pexels License"

PER_PAGE = 80
"""The most that Pexels gives; every page counts against the hourly allowance."""

MAX_PAGES = 3
"""Further down, results have little to do with the words."""

MAX_DOWNLOADS = 3
"""Photographs that are tried for one scene when the first ones turn out to be unusable."""

_SIZES_PX = (("small", 4_000_000), ("medium", 12_000_000), ("large", 24_000_000))
"""Pexels' lower limits of a photograph's pixels, by the name that a search takes."""

_MAX_ANSWER_BYTES = 4_000_000


class _Renditions(BaseModel):
    original: str


class _Photo(BaseModel):
    id: int
    width: int
    height: int
    url: str
    photographer: str
    photographer_url: str
    src: _Renditions


class _Results(BaseModel):
    photos: list[_Photo]
    next_page: str | None = None


class _Search(Protocol):
    """Asks for one page; the batch remembers pages, since scenes often share their words."""

    def __call__(self, words: str, orientation: str, size: str, page: int) -> _Results: ...


class PexelsPictures:
    """Photographs by search words.

    Args:
        key: The API key.
        address: Where the API is: ``ADDRESS``, or a server on this machine that stands in for it.
        timeout_s: The longest silence, and the longest answer.
        sleep: Waits that many seconds; tests pass their own.

    Raises:
        InvalidInputError: The key is empty, or the address is neither Pexels' nor on this machine.
    """

    name = "pexels"

    def __init__(
        self,
        key: SecretStr,
        *,
        address: str = ADDRESS,
        timeout_s: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._key = checked_key(key, KEY_SETTING)
        parts = split_address(address)
        if parts is None or not (_is_pexels(parts) or is_loopback(parts)):
            raise InvalidInputError(
                f"'{address}' is neither an https address of Pexels nor on this machine, and the "
                "key may go nowhere else",
                f"use {ADDRESS}",
            )
        self._address = address.rstrip("/")
        self._base = parts
        self._timeout_s = timeout_s
        self._sleep = sleep

    def pictures(self, requests: Sequence[PictureRequest]) -> list[PictureResult]:
        """One photograph for each request, none of them twice."""
        courier = Courier(
            "Pexels",
            timeout_s=self._timeout_s,
            direct=is_loopback(self._base),
            key=self._key,
            sleep=self._sleep,
        )
        chosen: set[str] = set()
        with contextlib.closing(courier):
            search = functools.cache(functools.partial(self._search, courier))
            return one_by_one(
                requests, lambda request: self._picture(request, courier, search, chosen)
            )

    def _picture(
        self, request: PictureRequest, courier: Courier, search: _Search, chosen: set[str]
    ) -> FoundPicture:
        words = plain(request.words, 100)
        if not words:
            raise InvalidInputError(
                "a scene has no words to search Pexels for", "write what its picture should show"
            )
        downloads = 0
        failure: YtempireError = PermanentError(
            f"Pexels has no photograph for '{words}' that is large enough and was not shown lately",
            "use other words, or a drawn card for this scene",
        )
        for photo in _candidates(request, words, search):
            picture_id = f"{self.name}:{photo.id}"
            if picture_id in chosen or picture_id in request.avoid:
                continue
            try:
                picture = self._download(photo, request, courier)
            except PermanentError as error:
                failure = error
                downloads += 1
                if downloads == MAX_DOWNLOADS:
                    break
                continue
            chosen.add(picture_id)
            return _found(photo, picture, picture_id)
        raise failure

    def _search(
        self, courier: Courier, words: str, orientation: str, size: str, page: int
    ) -> _Results:
        body = courier.ask(
            "GET",
            f"{self._address}/v1/search",
            limit_bytes=_MAX_ANSWER_BYTES,
            refusal=_search_refused,
            params={
                "query": words,
                "orientation": orientation,
                "size": size,
                "per_page": str(PER_PAGE),
                "page": str(page),
            },
            authorization="{key}",
        )
        try:
            return _Results.model_validate_json(body)
        except ValidationError as error:
            raise courier.strange_answer() from error

    def _download(self, photo: _Photo, request: PictureRequest, courier: Courier) -> CheckedPicture:
        from ytempire_assets.video.pictures import MAX_BYTES, checked_picture

        name = f"{self.name}:{photo.id}"
        parts = split_address(photo.src.original)
        if parts is None or not self._may_fetch(parts):
            raise PermanentError(
                f"picture {name} is said to lie at {plain(photo.src.original, 120)}, which is not "
                "a host of Pexels",
                "use other words for this scene, and tell the maintainers if it happens again",
            )
        data = courier.ask(
            "GET",
            _rendition(parts, photo, request),
            limit_bytes=MAX_BYTES,
            refusal=lambda status, _: PermanentError(
                f"Pexels does not give out picture {name} ({status})", "use other words"
            ),
        )
        return checked_picture(data, name=name)

    def _may_fetch(self, parts: SplitResult) -> bool:
        if is_loopback(self._base):
            return origin(parts) == origin(self._base)
        return _is_pexels(parts)


def _candidates(request: PictureRequest, words: str, search: _Search) -> Iterator[_Photo]:
    """Photographs that need not be enlarged, the best match first."""
    pixels = request.width * request.height
    size = next((name for name, least in _SIZES_PX if least >= pixels), _SIZES_PX[-1][0])
    for page in range(1, MAX_PAGES + 1):
        results = search(words, request.orientation, size, page)
        for photo in results.photos:
            if photo.width >= request.width and photo.height >= request.height:
                yield photo
        if not results.next_page:
            return


def _rendition(original: SplitResult, photo: _Photo, request: PictureRequest) -> str:
    """The address of the photograph, uncropped, at the size that just covers the frame.

    Pexels' ready-made renditions are cropped or smaller than a frame; its image server makes any
    other size from the original.
    """
    scale = max(request.width / photo.width, request.height / photo.height)
    query = {
        "auto": "compress",
        "cs": "tinysrgb",
        "w": math.ceil(photo.width * scale),
        "h": math.ceil(photo.height * scale),
    }
    return original._replace(query=urlencode(query), fragment="").geturl()


def _found(photo: _Photo, picture: CheckedPicture, picture_id: str) -> FoundPicture:
    author = plain(photo.photographer, 100) or "an unnamed photographer"
    return FoundPicture(
        data=picture.data,
        suffix=picture.suffix,
        width=picture.width,
        height=picture.height,
        picture_id=picture_id,
        origin="photo",
        author=author,
        author_address=_page(photo.photographer_url) or "",
        page_address=_page(photo.url) or f"https://www.pexels.com/photo/{photo.id}/",
        licence=LICENCE,
        attribution=f"Photo by {author} on Pexels",
    )


def _page(address: str) -> str | None:
    """An address that people may be sent to: Pexels' own or none."""
    parts = split_address(address)
    return address if parts is not None and _is_pexels(parts) else None


def _is_pexels(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    return parts.scheme == "https" and (host == "pexels.com" or host.endswith(".pexels.com"))


def _search_refused(status: int, said: str) -> YtempireError:
    if status in (401, 403):
        return RefusedKeyError(
            f"Pexels does not accept the key ({status})",
            f"set {KEY_SETTING} to a key from pexels.com/api",
        )
    return PermanentError(
        f"Pexels refused the request ({status}{': ' + said if said else ''})",
        "use other words, or a drawn card for this scene",
    )
