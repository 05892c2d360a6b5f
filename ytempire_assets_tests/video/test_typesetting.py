"""Set text stays in its box, whatever it says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video import art
from ytempire_assets.video.typesetting import TypeStyle, set_text, shape_word, text_width

STYLE = TypeStyle(("Space Grotesk", "Inter"), tracking=-0.02, leading=1.06)
SIZES = (120.0, 90.0, 60.0, 40.0)

WILD = st.text(
    st.one_of(
        st.characters(min_codepoint=32, max_codepoint=0x24F),
        st.sampled_from("\n\t😀<>&\"'{}\\%\u202e\u0301\u00ad"),
    ),
    max_size=300,
)


@given(WILD, st.integers(120, 900), st.integers(60, 900))
@settings(max_examples=120, deadline=None)
def test_text_never_leaves_its_box(text: str, width: int, height: int) -> None:
    try:
        block = set_text(text, STYLE, width=width, height=height, sizes=SIZES)
    except InvalidInputError:
        return
    assert block.size in SIZES
    assert block.width <= width + 0.01
    assert block.height <= height + 1 or len(block.lines) == 1
    painted = art.text(block, 0, 0, "#FFFFFF")
    if not painted.is_empty:
        # Ink may stand a little over the advance width: accents, overhanging letters.
        assert painted.left >= -0.12 * block.size
        assert painted.right <= width + 0.12 * block.size


@given(st.lists(st.text("abcdefghij", min_size=1, max_size=9), min_size=1, max_size=14))
@settings(max_examples=60, deadline=None)
def test_what_fits_is_complete_and_in_order(words: list[str]) -> None:
    block = set_text(" ".join(words), STYLE, width=900, height=2000, sizes=SIZES)
    assert [placed.word.text for line in block.lines for placed in line.words] == words


def test_the_largest_size_that_fits_is_taken() -> None:
    short = set_text("Hello", STYLE, width=900, height=300, sizes=SIZES)
    long = set_text("Hello " * 12, STYLE, width=900, height=300, sizes=SIZES)
    assert short.size == 120
    assert long.size < 120


def test_lines_are_balanced() -> None:
    block = set_text(
        "one two three four five six seven", STYLE, width=900, height=900, sizes=(90.0,)
    )
    widths = [line.width for line in block.lines]
    assert len(widths) == 2
    assert min(widths) > 0.6 * max(widths)


def test_an_absurd_word_is_broken_and_ends_in_an_ellipsis() -> None:
    block = set_text("x" * 5000, STYLE, width=600, height=300, sizes=SIZES)
    assert block.width <= 600
    assert block.height <= 301
    assert block.lines[-1].words[-1].word.text.endswith("…")


def test_kerning_and_fallback_fonts_are_used() -> None:
    pair = shape_word("AV", STYLE).width
    assert pair < shape_word("A", STYLE).width + shape_word("V", STYLE).width
    assert shape_word("Ж", STYLE).svg  # Space Grotesk has no Cyrillic, Inter has


def test_tabular_digits_have_one_width() -> None:
    style = TypeStyle(("Space Grotesk", "Inter"), tabular=True)
    assert len({round(text_width(digit * 4, style, 100), 3) for digit in "0123456789"}) == 1


def test_emphasis_matches_phrases_without_case_and_punctuation() -> None:
    block = set_text(
        "It is Far behind, far away", STYLE, width=2000, height=300, sizes=SIZES,
        lit=("far BEHIND",),
    )  # fmt: skip
    lit = [placed.word.text for line in block.lines for placed in line.words if placed.lit]
    assert lit == ["Far", "behind,"]


def test_text_with_nothing_to_draw_gives_no_lines() -> None:
    block = set_text("🚀 🎉\n", STYLE, width=300, height=300, sizes=SIZES)
    assert (block.lines, block.height) == ((), 0.0)


@pytest.mark.parametrize("text", ["<script>&amp;</svg>", "a ]]> b", "\x00\x1b[31m"])
def test_markup_in_text_never_reaches_the_svg(text: str) -> None:
    painted = art.text(set_text(text, STYLE, width=2000, height=400, sizes=SIZES), 0, 0, "#FFFFFF")
    assert text not in painted.svg
    assert art.rasterise(painted, art.rect(0, 0, 100, 100, "#000000").box()).startswith(b"\x89PNG")
