"""A look that people cannot read is refused; a letter that cannot be drawn is never dropped."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.fonts import (
    BUNDLED,
    FONTS_DIR,
    drawable,
    font_file,
    internal_name,
    missing_letters,
)
from ytempire_assets.video.look import Look, contrast_ratio, readable_on

from .samples import DARK

FAMILIES = ("Space Grotesk", "Inter")


def with_colours(**colours: str) -> Look:
    return Look.model_validate({**DARK.model_dump(), **colours})


def test_contrast_follows_wcag() -> None:
    assert contrast_ratio("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast_ratio("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert readable_on("#C6FF3D", "#000000", "#FFFFFF") == "#000000"


def test_low_contrast_is_refused_with_its_ratio() -> None:
    ratio = contrast_ratio("#707070", DARK.background)
    with pytest.raises(
        ValidationError, match=rf"ink #707070 on background #070A18.*{ratio:.2f}:1.*least 4\.5:1"
    ):
        with_colours(ink="#707070")
    with pytest.raises(ValidationError, match=r"accent #202040.*at least 3\.0:1; choose a lighter"):
        with_colours(accent="#202040")


@pytest.mark.parametrize("colour", ["red", "#FFF", "#GGGGGG", "#12345", "123456", "#1234567"])
def test_what_is_not_a_colour_is_refused(colour: str) -> None:
    with pytest.raises(ValidationError, match="is not a colour"):
        with_colours(background=colour)


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        with_colours(foreground="#FFFFFF")


def test_bundled_fonts_have_names_for_libass_and_a_licence_each() -> None:
    for family, files in BUNDLED.items():
        assert internal_name(files[700]) == (family, True)
        assert internal_name(files[500])[0] == f"{family} Medium"
        licence = FONTS_DIR / f"{files[700].stem.partition('-')[0]}-OFL.txt"
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence.read_text(encoding="utf-8")
    total = sum(path.stat().st_size for path in FONTS_DIR.iterdir())
    assert total < 2_500_000


def test_emoji_are_dropped_and_signs_replaced() -> None:
    assert drawable("Launch 🚀 day 👩‍🚀!", FAMILIES) == "Launch day !"
    assert drawable("CO₂ ≈ 5 → 6", FAMILIES) == "CO2 ~ 5 - 6"
    assert drawable("a\x00b\x07c\n\td", FAMILIES) == "abc d"
    assert missing_letters("Grün, Łódź, Ελλάδα, Киев", FAMILIES) == []


@pytest.mark.parametrize(
    ("text", "script", "letter"),
    [
        ("The word مرحبا means hello", "Arabic", "م"),
        ("שלום", "Hebrew", "ש"),
        ("東京 is large", "Han", "東"),
        ("ひらがな", "Hiragana", "ひ"),
        ("नमस्ते", "Devanagari", "न"),
        ("안녕", "Hangul", "안"),
    ],
)
def test_letters_of_other_scripts_are_an_error_that_names_them(
    text: str, script: str, letter: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        drawable(text, FAMILIES)
    assert script in caught.value.problem
    assert f"'{letter}'" in caught.value.problem
    assert "heading_font or body_font" in caught.value.next_step


def test_font_settings_that_cannot_work(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="neither a bundled family"):
        font_file("Comic Sans")
    with pytest.raises(InvalidInputError, match="is not there"):
        font_file(str(tmp_path / "missing.ttf"))
    broken = tmp_path / "broken.ttf"
    broken.write_text("not a font")
    with pytest.raises(InvalidInputError, match="is not a font file"):
        drawable("a", (str(broken),))


def test_a_font_file_works_like_a_family(tmp_path: Path) -> None:
    own = tmp_path / "my font's file, new.ttf"
    own.write_bytes(BUNDLED["Fraunces"][700].read_bytes())
    assert font_file(str(own)) == own
    assert drawable("Plain words", (str(own),)) == "Plain words"


@given(st.text(max_size=60))
def test_drawable_gives_only_what_fonts_have(text: str) -> None:
    try:
        shown = drawable(text, FAMILIES)
    except InvalidInputError as error:
        assert "letters" in error.problem
    else:
        assert missing_letters(shown, FAMILIES) == []
        assert shown == " ".join(shown.split())
        assert drawable(shown, FAMILIES) == shown
