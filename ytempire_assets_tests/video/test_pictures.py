"""Any bytes become a picture of ours or a named refusal, and nothing of the original file stays."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.pictures import (
    KEPT_SIDE_PX,
    MAX_BYTES,
    MIN_SIDE_PX,
    CheckedPicture,
    checked_picture,
    cover,
)


def gradient(width: int = 320, height: int = 300) -> Image.Image:
    """Red grows to the right, green downwards."""
    red = np.tile(np.linspace(0, 255, width), (height, 1))
    green = np.tile(np.linspace(0, 255, height)[:, None], (1, width))
    return Image.fromarray(np.stack([red, green, red * 0 + 90], axis=2).astype(np.uint8))


def file_of(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def pixel(picture: CheckedPicture, x: int, y: int) -> tuple[int, ...]:
    value = opened(picture.data).getpixel((x, y))
    assert isinstance(value, tuple)
    return value


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and brings a few bytes of pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 64))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_accepted_types_become_a_plain_rgb_jpeg(kind: str) -> None:
    checked = checked_picture(file_of(gradient(), kind), name="gradient")
    assert (checked.suffix, checked.width, checked.height) == ("jpg", 320, 300)
    picture = opened(checked.data)
    assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (320, 300))
    assert np.abs(np.asarray(picture).astype(int) - np.asarray(gradient()).astype(int)).mean() < 3


def test_the_same_bytes_give_the_same_file() -> None:
    data = file_of(gradient(), "WEBP")
    assert checked_picture(data, name="a") == checked_picture(data, name="b")


def test_the_jpeg_keeps_full_colour_resolution() -> None:
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = (255, 0, 0)
    stripes[:, 1::2] = (0, 0, 255)
    checked = checked_picture(file_of(Image.fromarray(stripes)), name="stripes")
    assert np.abs(np.asarray(opened(checked.data)).astype(int) - stripes.astype(int)).mean() < 12


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, (0, 0)), (2, (1, 0)), (3, (1, 1)), (4, (0, 1)), (5, (0, 0)), (6, (1, 0)), (8, (0, 1))],
)
def test_pictures_are_turned_upright(orientation: int, corner: tuple[int, int]) -> None:
    lying = Image.new("RGB", (512, 300), "white")
    lying.paste((200, 0, 0), (0, 0, 60, 60))
    exif = Image.Exif()
    exif[0x0112] = orientation
    checked = checked_picture(file_of(lying, "JPEG", quality=95, exif=exif), name="lying")
    expected = (300, 512) if orientation >= 5 else (512, 300)
    assert (checked.width, checked.height) == expected
    x, y = (30 if side == 0 else length - 30 for side, length in zip(corner, expected, strict=True))
    red, green, _ = pixel(checked, x, y)
    assert red > 180
    assert green < 30


def test_no_metadata_survives() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}
    jpeg = file_of(
        gradient(), "JPEG", exif=exif, comment=b"SECRETCOMMENT", dpi=(300, 300), xmp=b"SECRETXMP"
    )
    text = PngImagePlugin.PngInfo()
    text.add_itxt("Author", "SECRETAUTHOR")
    png = file_of(gradient(), "PNG", pnginfo=text)
    for data in (jpeg + b"SECRETTAIL<?php", png + b"SECRETTAIL"):
        assert b"SECRET" in data
        written = checked_picture(data, name="with metadata").data
        assert b"SECRET" not in written
        assert not opened(written).getexif()
        assert set(opened(written).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_alpha_lies_on_black() -> None:
    half = Image.new("RGBA", (300, 300), (255, 255, 255, 128))
    half.paste((0, 200, 0, 0), (0, 0, 150, 300))
    for kind in ("PNG", "WEBP"):
        checked = checked_picture(file_of(half, kind), name="half")
        assert max(pixel(checked, 60, 60)) < 8
        assert all(abs(level - 128) < 5 for level in pixel(checked, 240, 60))


def test_palettes_and_their_transparency_are_resolved() -> None:
    palette = Image.new("P", (300, 300), 0)
    palette.putpalette([250, 10, 10, 10, 10, 250])
    palette.paste(1, (150, 0, 300, 300))
    plain = checked_picture(file_of(palette), name="palette")
    assert pixel(plain, 60, 60)[0] > 240
    seen_through = checked_picture(file_of(palette, transparency=0), name="palette")
    assert max(pixel(seen_through, 60, 60)) < 8
    assert pixel(seen_through, 240, 60)[2] > 240


@pytest.mark.parametrize("mode", ["L", "LA", "1"])
def test_grey_pictures_become_rgb(mode: str) -> None:
    checked = checked_picture(file_of(Image.new("L", (300, 300), 255).convert(mode)), name="grey")
    assert opened(checked.data).mode == "RGB"
    assert min(pixel(checked, 100, 100)) > 250


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    levels = np.tile(np.linspace(0, 65535, 300), (300, 1)).astype(np.uint16)
    checked = checked_picture(file_of(Image.fromarray(levels)), name="sixteen")
    assert abs(pixel(checked, 150, 150)[0] - 128) < 3
    assert pixel(checked, 2, 150)[0] < 5


def test_print_colours_become_screen_colours() -> None:
    cyan = Image.new("CMYK", (300, 300), (255, 0, 0, 0))
    red, green, blue = pixel(checked_picture(file_of(cyan, "JPEG"), name="cmyk"), 9, 9)
    assert red < 10
    assert min(green, blue) > 245


def test_colours_are_read_by_the_files_profile() -> None:
    grey = Image.new("RGB", (300, 300), (128, 128, 128))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = checked_picture(file_of(grey, icc_profile=srgb), name="srgb")
    assert all(abs(level - 128) < 3 for level in pixel(same, 9, 9))
    nonsense = checked_picture(file_of(grey, icc_profile=b"no profile at all"), name="broken")
    assert all(abs(level - 128) < 3 for level in pixel(nonsense, 9, 9))
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    foreign = checked_picture(file_of(grey, icc_profile=lab), name="a profile of other channels")
    assert all(abs(level - 128) < 3 for level in pixel(foreign, 9, 9))


def test_large_pictures_are_shrunk() -> None:
    checked = checked_picture(file_of(Image.new("RGB", (4000, 3000)), "JPEG"), name="large")
    assert (checked.width, checked.height) == (KEPT_SIDE_PX, 1920)


def test_a_phones_jpeg_with_a_second_picture_is_a_photograph() -> None:
    file = io.BytesIO()
    gradient().save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (320, 300))])
    checked = checked_picture(file.getvalue(), name="phone")
    assert pixel(checked, 300, 20)[0] > 200


def half(data: bytes) -> bytes:
    return data[: len(data) // 2]


def svg() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"/>'


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "no JPEG, PNG or WebP"),
    "page": (lambda: b"<!doctype html><title>404</title>" * 20, "no JPEG, PNG or WebP"),
    "svg": (svg, "no JPEG, PNG or WebP"),
    "tiff": (lambda: file_of(gradient(), "TIFF"), "no JPEG, PNG or WebP"),
    "gif": (lambda: file_of(gradient(), "GIF"), "no JPEG, PNG or WebP"),
    "bmp": (lambda: file_of(gradient(), "BMP"), "no JPEG, PNG or WebP"),
    "eps": (lambda: file_of(gradient(), "EPS"), "no JPEG, PNG or WebP"),
    "psd": (lambda: b"8BPS\0\1" + bytes(300), "no JPEG, PNG or WebP"),
    "one pixel": (lambda: file_of(gradient(1, 1)), "too small"),
    "narrow": (lambda: file_of(gradient(4000, MIN_SIDE_PX)), "too small"),
    "side": (lambda: png_header(20_000, 300), "12000 px a side"),
    "area": (lambda: png_header(9_000, 9_000), "50 megapixels"),
    "bomb": (lambda: png_header(65_000, 65_000), "50 megapixels"),
    "bytes": (lambda: bytes(MAX_BYTES + 1), "at most 25"),
    "claims more than it has": (lambda: png_header(400, 400), "damaged or incomplete"),
    "half a JPEG": (lambda: half(file_of(gradient(), "JPEG")), "damaged or incomplete"),
    "half a PNG": (lambda: half(file_of(gradient())), "damaged or incomplete"),
    "half a WebP": (lambda: half(file_of(gradient(), "WEBP")), "damaged or incomplete|no JPEG"),
    "animated WebP": (
        lambda: file_of(
            gradient(), "WEBP", save_all=True, append_images=[Image.new("RGB", (320, 300))]
        ),
        "animated",
    ),
    "animated PNG": (
        lambda: file_of(
            gradient(), "PNG", save_all=True, append_images=[Image.new("RGB", (320, 300))]
        ),
        "animated",
    ),
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("case", REFUSED)
def test_refusals_name_the_picture_and_the_next_step(case: str) -> None:
    make, reason = REFUSED[case]
    with pytest.raises(InvalidInputError, match=reason) as refusal:
        checked_picture(make(), name="beach 7")
    assert "picture beach 7" in refusal.value.problem
    assert refusal.value.next_step


def test_a_text_bomb_is_refused() -> None:
    bomb = PngImagePlugin.PngInfo()
    bomb.add_text("note", "0" * 80_000_000, zip=True)
    with pytest.raises(InvalidInputError, match="picture bomb"):
        checked_picture(file_of(gradient(), "PNG", pnginfo=bomb), name="bomb")


@functools.cache
def seed_files() -> list[bytes]:
    exif = Image.Exif()
    exif[0x0112] = 6
    small = gradient(256, 256)
    return [
        file_of(small, "JPEG", exif=exif, quality=30),
        file_of(small.convert("P"), "PNG", transparency=3),
        file_of(small, "WEBP", quality=30),
        file_of(small.convert("CMYK"), "JPEG", quality=30),
    ]


def accepted_or_refused(data: bytes) -> None:
    try:
        checked = checked_picture(data, name="any")
    except InvalidInputError as refusal:
        assert "picture any" in refusal.problem
        return
    picture = opened(checked.data)
    assert (picture.format, picture.mode) == ("JPEG", "RGB")
    assert picture.size == (checked.width, checked.height)
    assert all(MIN_SIDE_PX <= side <= KEPT_SIDE_PX for side in picture.size)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.binary(max_size=400), st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]))
def test_random_bytes_are_accepted_or_refused(data: bytes, start: bytes) -> None:
    accepted_or_refused(start + data)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.integers(0, 3),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6),
    st.floats(0, 1),
    st.floats(0, 0.2),
)
def test_damaged_pictures_are_accepted_or_refused(
    which: int, changes: list[tuple[float, int]], cut_from: float, cut: float
) -> None:
    data = bytearray(seed_files()[which])
    for place, value in changes:
        # Squared: the headers, where parsers go wrong, are hit most.
        data[int(place * place * (len(data) - 1))] = value
    start = int(cut_from * len(data))
    del data[start : start + int(cut * len(data))]
    accepted_or_refused(bytes(data))


@pytest.mark.parametrize("size", [(270, 480), (480, 270), (300, 300), (1080, 1920), (333, 77)])
def test_cover_fills_the_frame_exactly(size: tuple[int, int]) -> None:
    checked = checked_picture(file_of(gradient(500, 400), "JPEG"), name="gradient")
    assert opened(cover(checked, *size)).size == size


def test_cover_keeps_the_middle_or_the_focus() -> None:
    checked = checked_picture(file_of(gradient(600, 300)), name="gradient")

    def red(focus: tuple[float, float]) -> float:
        return float(np.asarray(opened(cover(checked, 300, 300, focus=focus)))[..., 0].mean())

    middle = float(np.asarray(opened(cover(checked, 300, 300)))[..., 0].mean())
    assert abs(middle - 128) < 4
    assert abs(red((0.0, 0.5)) - 64) < 4
    assert abs(red((1.0, 0.5)) - 191) < 4
    assert abs(red((0.6, 0.5)) - 128 - 25) < 5


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(2, 400), st.integers(2, 400), st.floats(0, 1), st.floats(0, 1))
def test_cover_takes_any_frame_and_focus(width: int, height: int, x: float, y: float) -> None:
    checked = _small()
    assert opened(cover(checked, width, height, focus=(x, y))).size == (width, height)


@functools.cache
def _small() -> CheckedPicture:
    return checked_picture(file_of(gradient(301, 257), "JPEG"), name="small")
