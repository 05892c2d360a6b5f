"""Pictures from outside, made safe: checked before they are decoded, then written anew by us.

Belongs here: what any photograph, upload or generated picture goes through before it may stand in a
video, and the crop that fits it into a frame. Nothing of the original file is kept but its pixels,
so no metadata, no hidden second file and no parser trick goes further than this module. Where a
picture comes from is the business of the sources (``resources/pictures``).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError

if TYPE_CHECKING:
    from PIL import Image

MAX_BYTES = 25_000_000
"""The largest file that is looked at."""

MAX_SIDE_PX = 12_000
MAX_PIXELS = 50_000_000
"""Together they bound the memory of decoding to a few hundred megabytes."""

MIN_SIDE_PX = 256
"""Less than this is an icon or a tracking pixel; as a frame it would be a blur."""

KEPT_SIDE_PX = 2560
"""Larger pictures are shrunk: the largest frame is 1920 px long, the rest is room for motion."""

JPEG_QUALITY = 92

_DECODERS = ["JPEG", "PNG", "WEBP"]
"""The only decoders of Pillow that ever see the bytes."""

_ORIENTATION_TAG = 0x0112


@dataclass(frozen=True, slots=True)
class CheckedPicture:
    """A picture that this module wrote: 8-bit RGB, upright, without metadata.

    Attributes:
        data: The file.
        suffix: What its name ends with, without the dot.
        width: Pixels, ``MIN_SIDE_PX`` to ``KEPT_SIDE_PX``.
        height: Pixels, ``MIN_SIDE_PX`` to ``KEPT_SIDE_PX``.
    """

    data: bytes
    suffix: str
    width: int
    height: int


def checked_picture(data: bytes, *, name: str) -> CheckedPicture:
    """Checks a picture of unknown origin and writes it anew.

    The content decides what it is, never its name. The same bytes give the same result.

    Args:
        data: The file as it came.
        name: What people know it by; every refusal begins with it.

    Raises:
        InvalidInputError: It is too large or too small, of another type, animated or damaged.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInputError(
            f"picture {name} has {len(data) / 1e6:.1f} MB, at most {MAX_BYTES / 1e6:.0f} are taken",
            "use a smaller version of it",
        )
    with _opened(data, name) as picture:
        _check_header(picture, name)
        return _written(_kept_size(_decoded(picture, name)))


def cover(
    picture: CheckedPicture,
    width: int,
    height: int,
    *,
    focus: tuple[float, float] = (0.5, 0.5),
) -> bytes:
    """The picture cropped and scaled so that it fills a frame exactly.

    Args:
        picture: What to crop.
        width: Pixels of the frame.
        height: Pixels of the frame.
        focus: The point that should stay in the middle, as shares (0-1) of width and height from
            the top left; near an edge the crop goes as close to it as it can.

    Returns:
        A JPEG file of ``width`` x ``height`` pixels.
    """
    from PIL import Image

    scale = min(picture.width / width, picture.height / height)
    crop_width, crop_height = width * scale, height * scale
    left = min(max(focus[0] * picture.width - crop_width / 2, 0), picture.width - crop_width)
    top = min(max(focus[1] * picture.height - crop_height / 2, 0), picture.height - crop_height)
    box = (
        max(left, 0.0),
        max(top, 0.0),
        # Rounding must not push the box a hair over the edge: Pillow refuses that.
        min(left + crop_width, float(picture.width)),
        min(top + crop_height, float(picture.height)),
    )
    with Image.open(io.BytesIO(picture.data), formats=["JPEG"]) as whole:
        return _jpeg(whole.resize((width, height), Image.Resampling.LANCZOS, box=box))


def _opened(data: bytes, name: str) -> Image.Image:
    """The picture with only its header read."""
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(io.BytesIO(data), formats=_DECODERS)
    except UnidentifiedImageError as error:
        raise InvalidInputError(
            f"picture {name} is no JPEG, PNG or WebP file, or its beginning is damaged",
            "use a JPEG, PNG or WebP picture",
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(name, "far more pixels than a picture has") from error
    except Exception as error:
        # A decoder that is fed hostile bytes raises whatever it likes: all of it means damaged.
        raise _damaged(name, error) from error


def _check_header(picture: Image.Image, name: str) -> None:
    """Refuses by size and kind, before any pixel is decoded."""
    width, height = picture.size
    size = f"{width} x {height} px"
    if max(width, height) > MAX_SIDE_PX or width * height > MAX_PIXELS:
        raise _too_many_pixels(name, size)
    # What is left of the short side once the long one is shrunk, so that a thread-like picture
    # does not slip through.
    shrunk = min(width, height) * min(1.0, KEPT_SIDE_PX / max(width, height))
    if round(shrunk) < MIN_SIDE_PX:
        raise InvalidInputError(
            f"picture {name} is {size}, too small for a frame",
            f"use one with at least {MIN_SIDE_PX} px a side, not longer than ten times its width",
        )
    # A phone's JPEG may carry further pictures behind the first (Pillow calls it MPO): not a film.
    if picture.format != "MPO" and getattr(picture, "is_animated", False):
        raise InvalidInputError(f"picture {name} is animated", "use a picture that stands still")


def _decoded(picture: Image.Image, name: str) -> Image.Image:
    """All pixels, upright, as 8-bit RGB."""
    from PIL import Image

    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    try:
        picture.load()
        turn = turns.get(picture.getexif().get(_ORIENTATION_TAG, 1))
        flat = _rgb(picture)
    except Exception as error:
        raise _damaged(name, error) from error
    return flat if turn is None else flat.transpose(turn)


def _rgb(picture: Image.Image) -> Image.Image:
    """8-bit RGB in sRGB; what is transparent lies on black."""
    import numpy as np
    from PIL import Image

    if picture.mode.startswith("I"):
        # Pillow would clip sixteen bits to eight, which turns most of the picture white.
        levels = np.asarray(picture).astype(np.uint32)
        return Image.fromarray(((levels * 255 + 32767) // 65535).astype(np.uint8)).convert("RGB")
    if picture.has_transparency_data:
        drawn = picture.convert("RGBA")
        flat = Image.alpha_composite(Image.new("RGBA", drawn.size, "black"), drawn).convert("RGB")
    elif picture.mode == "CMYK":
        flat = picture
    else:
        flat = picture.convert("RGB")
    return _srgb(flat, picture.info.get("icc_profile")).convert("RGB")


def _srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as the file's profile means them: a phone's Display P3 would look pale otherwise."""
    from PIL import ImageCms

    if not profile:
        return picture
    try:
        converted = ImageCms.profileToProfile(
            picture,
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture  # a profile that does not fit the pixels says nothing about them
    return converted or picture


def _kept_size(picture: Image.Image) -> Image.Image:
    from PIL import Image

    share = KEPT_SIDE_PX / max(picture.size)
    if share >= 1:
        return picture
    size = (round(picture.width * share), round(picture.height * share))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _written(picture: Image.Image) -> CheckedPicture:
    return CheckedPicture(_jpeg(picture), "jpg", picture.width, picture.height)


def _jpeg(picture: Image.Image) -> bytes:
    """The same pixels give the same bytes: nothing of the environment or the original enters."""
    picture.info.clear()  # Pillow would copy comment and resolution from there
    file = io.BytesIO()
    # 4:4:4, because the video is encoded from this once more.
    picture.save(file, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return file.getvalue()


def _too_many_pixels(name: str, size: str) -> InvalidInputError:
    return InvalidInputError(
        f"picture {name} is {size}; at most {MAX_SIDE_PX} px a side and "
        f"{MAX_PIXELS // 1_000_000} megapixels are taken",
        "use a smaller version of it",
    )


def _damaged(name: str, error: Exception) -> InvalidInputError:
    reason = (str(error).splitlines() or [""])[0][:120] or type(error).__name__
    return InvalidInputError(
        f"picture {name} is damaged or incomplete ({reason})", "fetch or export it again"
    )
