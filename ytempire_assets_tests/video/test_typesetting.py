"""Set text stays in its box, whatever it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import uharfbuzz
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph
from fontTools.ttLib.tables.TupleVariation import TupleVariation
from hypothesis import given, settings
from hypothesis import strategies as st

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video import art
from ytempire_assets.video.fonts import BUNDLED, clusters
from ytempire_assets.video.typesetting import TypeStyle, set_text, shape_word, text_width

STYLE = TypeStyle(("Space Grotesk", "Inter"), tracking=-0.02, leading=1.06)
SIZES = (120.0, 90.0, 60.0, 40.0)

WILD = st.text(
    st.one_of(
        st.characters(min_codepoint=32, max_codepoint=0x24F),
        st.sampled_from("\n\t😀<>&\"'{}\\%\u202e\u0301\u00ad👩🏽\u200d🚀🇩🇪\ufe0f\u20e3"),
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
    block = set_text("\ue000 \U0010fffd\n", STYLE, width=300, height=300, sizes=SIZES)
    assert (block.lines, block.height) == ((), 0.0)


def test_emoji_are_one_glyph_in_the_colour_of_their_text() -> None:
    family = shape_word("👨‍👩‍👧‍👦", STYLE)
    assert family.svg.count("<path") == 1
    assert "fill" not in family.svg
    assert 1.0 < family.width < 1.5
    left, top, right, bottom = family.ink
    assert 0 <= left < right <= family.width
    assert -1 < top < bottom < 0.3
    block = set_text("Go 🚀 now", STYLE, width=900, height=300, sizes=SIZES, lit=("go",))
    painted = art.text(block, 0, 0, "#FFFFFF", lit="#C6FF3D").svg
    assert (painted.count("#C6FF3D"), painted.count("#FFFFFF")) == (1, 2)


def test_an_emoji_inside_a_word_does_not_break_its_font() -> None:
    alone, joined = shape_word("🚀", STYLE), shape_word("up🚀up", STYLE)
    assert joined.width == pytest.approx(2 * shape_word("up", STYLE).width + alone.width, abs=0.2)
    assert joined.svg.count("<path") == 5


def test_a_chain_of_emoji_is_never_cut_inside_a_sequence() -> None:
    block = set_text("👩🏽‍🚀" * 90, STYLE, width=300, height=600, sizes=SIZES)
    shown = "".join(placed.word.text for line in block.lines for placed in line.words)
    assert set(clusters(shown)) == {"👩🏽‍🚀", "…"}


def test_right_to_left_words_are_drawn_from_the_right(tmp_path: Path) -> None:
    # Space Grotesk as a font for Hebrew: where the parts go does not depend on their shapes.
    font = TTFont(BUNDLED["Space Grotesk"][700])
    for table in font["cmap"].tables:
        table.cmap[ord("ש")] = table.cmap[ord("H")]
    font.save(tmp_path / "hebrew.ttf")
    style = TypeStyle((str(tmp_path / "hebrew.ttf"),))
    assert shape_word("ש🚀", style).svg.startswith(shape_word("🚀", style).svg)


def test_a_variable_font_is_set_in_the_weight_of_its_style(tmp_path: Path) -> None:
    def box(right: int) -> Glyph:
        pen = TTGlyphPen(None)
        pen.moveTo((0, 0))
        for corner in ((0, 700), (right, 700), (right, 0)):
            pen.lineTo(corner)
        pen.closePath()
        return pen.glyph()

    build = FontBuilder(1000)
    build.setupGlyphOrder([".notdef", "space", "I"])
    build.setupCharacterMap({0x20: "space", ord("I"): "I"})
    build.setupGlyf({".notdef": box(100), "space": box(1), "I": box(100)})
    build.setupHorizontalMetrics({".notdef": (200, 0), "space": (200, 0), "I": (200, 0)})
    build.setupHorizontalHeader(ascent=800, descent=-200)
    build.setupNameTable({"familyName": "Beam"})
    build.setupOS2()
    build.setupPost()
    build.setupFvar([("wght", 400, 400, 900, "Weight")], [])
    wider = [(0, 0), (0, 0), (500, 0), (500, 0), (0, 0), (500, 0), (0, 0), (0, 0)]
    build.setupGvar({"I": [TupleVariation({"wght": (0, 1, 1)}, wider)]})
    build.save(tmp_path / "beam.ttf")
    widths = [
        shape_word("I", TypeStyle((str(tmp_path / "beam.ttf"),), weight)) for weight in (500, 700)
    ]
    assert [word.ink[2] for word in widths] == pytest.approx([0.2, 0.4], abs=0.01)


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_text_is_ever_drawn_as_empty_boxes(text: str) -> None:
    drawn: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        real = uharfbuzz.shape

        def shape(font: Any, buffer: Any, *options: Any) -> None:
            real(font, buffer, *options)
            drawn.extend(info.codepoint for info in buffer.glyph_infos)

        patch.setattr(uharfbuzz, "shape", shape)
        shape_word.cache_clear()
        try:
            block = set_text(text, STYLE, width=600, height=600, sizes=SIZES)
        except InvalidInputError:
            return
        for line in block.lines:
            for placed in line.words:
                shape_word(placed.word.text, STYLE)
    assert 0 not in drawn


@pytest.mark.parametrize("text", ["<script>&amp;</svg>", "a ]]> b", "\x00\x1b[31m"])
def test_markup_in_text_never_reaches_the_svg(text: str) -> None:
    painted = art.text(set_text(text, STYLE, width=2000, height=400, sizes=SIZES), 0, 0, "#FFFFFF")
    assert text not in painted.svg
    assert art.rasterise(painted, art.rect(0, 0, 100, 100, "#000000").box()).startswith(b"\x89PNG")
