"""Thumbnails are read at the size of a stamp, whatever the title, the look and the data."""

from __future__ import annotations

import io
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.art import rasterise, rect, text
from ytempire_assets.video.formats import FORMATS, Box
from ytempire_assets.video.look import Look, rgb
from ytempire_assets.video.scene import Figure, Series
from ytempire_assets.video.shortening import strongest_words
from ytempire_assets.video.thumbnail_designs import MIN_TEXT_HEIGHT_PX
from ytempire_assets.video.thumbnails import (
    MAX_BYTES,
    MIN_CONTRAST,
    Thumbnail,
    text_contrast,
    thumbnails,
)
from ytempire_assets.video.typesetting import TypeStyle, set_text

from .samples import BRAND, BRIEFS, DARK, PAPER, Frame, near

WIDE, TALL = FORMATS["youtube_long"], FORMATS["youtube_shorts"]
TITLE = "The farthest thing we ever built"
LONG = (
    "Why the James Webb Space Telescope keeps finding enormous galaxies that should not exist at "
    "all so soon after the Big Bang"
)
DATA: dict[str, dict[str, Any]] = {
    "line": {"series": BRIEFS["chart_line"].series},
    "bars": {"series": BRIEFS["chart_bars"].series},
    "comparison": {"figures": BRIEFS["comparison"].figures},
    "number": {"figure": BRIEFS["number"].figure},
    "none": {},
}


def opened(thumbnail: Thumbnail) -> Frame:
    with Image.open(io.BytesIO(thumbnail.data)) as picture:
        return np.array(picture.convert("RGB"))


def photograph(colour: str = "#888888") -> bytes:
    """Noise around a colour: the worst ground for text."""
    rng = np.random.default_rng(3)
    pixels = rng.integers(-90, 90, (300, 400, 3)) + np.array(rgb(colour))
    file = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(file, "png")
    return file.getvalue()


def assert_legible(made: tuple[Thumbnail, ...]) -> None:
    assert [thumbnail.rule for thumbnail in made] == ["type", "chart", "picture"]
    for thumbnail in made:
        assert thumbnail.text_height_px_at_160 >= MIN_TEXT_HEIGHT_PX, thumbnail.rule
        assert thumbnail.contrast >= MIN_CONTRAST, thumbnail.rule
        assert len(thumbnail.data) <= MAX_BYTES


@pytest.mark.parametrize("data", DATA)
def test_three_legible_designs_that_differ(data: str) -> None:
    look = DARK if data in {"line", "comparison"} else PAPER
    fmt = FORMATS["square"] if data == "none" else WIDE
    made = thumbnails(TITLE, look, fmt, BRAND, emphasis=("farthest",), **DATA[data])
    assert_legible(made)
    shown = [opened(thumbnail) for thumbnail in made]
    for picture in shown:
        assert picture.shape[:2] == (720, 1280)
        # The accent carries words, data or the whole ground; never nothing.
        assert near(picture, look.accent, 70).mean() > 0.003
    for first, second in ((0, 1), (0, 2), (1, 2)):
        difference = np.abs(shown[first].astype(int) - shown[second].astype(int))
        assert (difference.sum(axis=2) > 60).mean() > 0.12


def test_tall_frames_have_tall_thumbnails_with_room_below() -> None:
    made = thumbnails(TITLE, DARK, TALL, BRAND, picture=photograph())
    assert_legible(made)
    assert {(thumbnail.width, thumbnail.height) for thumbnail in made} == {(1080, 1920)}
    assert opened(made[0]).shape == (1920, 1080, 3)


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert thumbnails(TITLE, PAPER, WIDE, BRAND) == thumbnails(TITLE, PAPER, WIDE, BRAND)


def test_the_picture_is_shown_over_the_whole_frame() -> None:
    file = io.BytesIO()
    Image.new("RGB", (640, 480), "#2040D0").save(file, "png")
    made = thumbnails(TITLE, DARK, WIDE, BRAND, picture=file.getvalue())
    picture = opened(made[2])
    for corner in (picture[:20, :20], picture[:20, -20:], picture[-20:, :20], picture[-20:, -20:]):
        assert near(corner, "#2040D0").all()


def test_data_is_drawn_to_scale() -> None:
    figures = (Figure(100, "100", "t", "a"), Figure(50, "50", "t", "b"))
    picture = opened(thumbnails("Two heights", DARK, WIDE, BRAND, figures=figures)[1])
    right = picture[:, 640:]
    large = near(right, DARK.accent).sum(axis=0).max()
    grey = near(right, "#575B6A", 40).sum(axis=0).max()
    assert large == pytest.approx(2 * grey, rel=0.15)


def test_a_long_title_is_shortened_to_what_matters() -> None:
    made = thumbnails(LONG, PAPER, WIDE, BRAND, emphasis=("should not exist",))
    assert_legible(made)
    for thumbnail in made:
        assert "should not exist" in thumbnail.words.casefold()
        assert len(thumbnail.words) < 60


def test_emoji_are_part_of_the_title() -> None:
    made = thumbnails("🚀 Launch day 👩🏽‍🚀", DARK, WIDE, BRAND)
    assert made[0].words == "🚀 Launch day 👩🏽‍🚀"
    assert_legible(made)


@pytest.mark.parametrize("title", ["x" * 5000, "\ue000", "", "?", "Donaudampfschifffahrt " * 9])
def test_any_title_gives_thumbnails(title: str) -> None:
    assert_legible(thumbnails(title, PAPER, WIDE, BRAND))


def test_letters_that_cannot_be_drawn_are_an_error() -> None:
    with pytest.raises(InvalidInputError, match="Arabic"):
        thumbnails("مرحبا", DARK, WIDE, BRAND)


def test_broken_values_are_left_out() -> None:
    points = (("a", float("nan")), ("b", 1.0), ("c", -5.0), ("d", float("inf")), ("e", 0.0))
    kinds: tuple[Literal["line", "bar"], ...] = ("line", "bar")
    for kind in kinds:
        series = Series("Values", "", kind, points)
        assert_legible(thumbnails("Up and down", DARK, WIDE, BRAND, series=series))


COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06X}")


@st.composite
def looks(draw: st.DrawFn) -> Look:
    try:
        return Look(
            background=draw(COLOURS), surface=draw(COLOURS),
            ink=draw(st.sampled_from(["#000000", "#FFFFFF", "#1A1A2E", "#F5F5F0"])),
            muted=draw(st.sampled_from(["#000000", "#FFFFFF"])), accent=draw(COLOURS),
            accent_2=draw(COLOURS), motif=draw(st.sampled_from(["grid", "strata"])),
        )  # fmt: skip
    except ValueError:
        return draw(st.sampled_from([DARK, PAPER]))


@given(looks())
@settings(max_examples=3, deadline=None)
def test_every_look_that_is_accepted_gives_legible_thumbnails(look: Look) -> None:
    made = thumbnails(
        "Plain words here", look, WIDE, BRAND, emphasis=("words",), picture=photograph(look.ink)
    )
    assert_legible(made)


def test_the_least_contrast_that_a_look_may_have_is_enough() -> None:
    edge = {"background": "#777777", "ink": "#000000", "muted": "#000000", "accent": "#E0E0E0"}
    look = Look.model_validate({**DARK.model_dump(), **edge})
    assert_legible(thumbnails(TITLE, look, WIDE, BRAND, emphasis=("farthest",)))


def painted(ground: NDArray[np.uint8], ink: str) -> tuple[bytes, bytes, float]:
    block = set_text("Words", TypeStyle(("Inter",)), width=400, height=200, sizes=(120.0,))
    letters = rasterise(text(block, 20, 60, ink), Box(0, 0, 420, 200))
    picture = Image.fromarray(ground)
    with Image.open(io.BytesIO(letters)) as overlay:
        picture.paste(overlay, (0, 0), overlay)
    file = io.BytesIO()
    picture.save(file, "png")
    return file.getvalue(), letters, block.cap_height


def test_contrast_is_that_of_the_pixels() -> None:
    plain = np.full((200, 420, 3), 0x77, np.uint8)
    assert text_contrast(*painted(plain, "#FFFFFF")) == pytest.approx(4.48, abs=0.05)
    spoiled = plain.copy()
    spoiled[:, 200:280] = 0xEE
    assert text_contrast(*painted(spoiled, "#FFFFFF")) < 1.5
    nothing = rasterise(rect(-9, -9, 1, 1, "#000000"), Box(0, 0, 420, 200))
    assert text_contrast(painted(plain, "#FFFFFF")[0], nothing, 80.0) == 21.0


@pytest.mark.parametrize(
    ("title", "emphasis", "most", "first"),
    [
        ("Voyager 1 has left the planets far behind", ("far behind",), 3, "Planets far behind"),
        ("Voyager 1 has left the planets", (), 2, "Voyager 1"),
        (LONG, ("should not exist",), 3, "Should not exist"),
        ("Whales do not sleep deeply", ("sleep deeply",), 2, "Whales"),
        ("Birds that did not survive it", ("survive",), 2, "Not survive"),
        ("What iPhone cameras cannot see", ("cameras",), 2, "iPhone cameras"),
        ("Short", (), 5, "Short"),
    ],
)
def test_the_strongest_stretch_is_kept(
    title: str, emphasis: tuple[str, ...], most: int, first: str
) -> None:
    assert strongest_words(title, emphasis, most)[0] == first


@given(st.text(max_size=80), st.integers(1, 9))
def test_pieces_come_from_the_title_and_get_shorter(title: str, most: int) -> None:
    pieces = strongest_words(title, (), most)
    lengths = [len(piece.split()) for piece in pieces]
    assert lengths == sorted(lengths, reverse=True)
    assert all(length <= most for length in lengths)
    assert bool(pieces) == bool(title.split())
