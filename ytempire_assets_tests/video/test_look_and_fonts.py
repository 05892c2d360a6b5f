"""A look that people cannot read is refused; a letter that cannot be drawn is never dropped."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.ttLib import TTCollection, TTFont
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.fonts import (
    BUNDLED,
    EMOJI_FILE,
    FONTS_DIR,
    clusters,
    coverage,
    drawable,
    file_for,
    font_file,
    font_files,
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


def test_bundled_fonts_have_a_licence_each_and_stay_small() -> None:
    for file in [EMOJI_FILE, *(weights[700] for weights in BUNDLED.values())]:
        licence = FONTS_DIR / f"{file.stem.partition('-')[0]}-OFL.txt"
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence.read_text(encoding="utf-8")
    total = sum(path.stat().st_size for path in FONTS_DIR.iterdir())
    assert total < 2_500_000


def test_signs_are_replaced_and_controls_removed() -> None:
    assert drawable("CO₂ ≈ 5 → 6", FAMILIES) == "CO2 ~ 5 - 6"
    assert drawable("a\x00b\x07c\n\td", FAMILIES) == "abc d"
    assert missing_letters("Grün, Łódź, Ελλάδα, Киев", FAMILIES) == []


@pytest.mark.parametrize(
    "emoji",
    [
        "🚀",
        "❤️",
        "☕",
        "1️⃣",
        "#⃣",
        "🇩🇪",
        "👍🏽",
        "👩‍🚀",
        "👩🏽‍🚀",
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "🙂‍↔️",
        "🐦‍🔥",
    ],
)
def test_every_emoji_is_kept_and_stays_in_one_piece(emoji: str) -> None:
    text = f"Launch {emoji}{emoji} day"
    assert drawable(text, FAMILIES) == text
    assert clusters(text)[7:9] == [emoji, emoji]
    assert file_for(emoji, font_files(FAMILIES)) == EMOJI_FILE


def test_sequences_that_the_font_lacks_become_their_parts() -> None:
    assert drawable("👩‍🌍", FAMILIES) == "👩🌍"
    assert drawable("🚀🏽 ☕\u0301", FAMILIES) == "🚀 ☕"
    assert drawable("\u200d🚀\u200d \ufe0f", FAMILIES) == "🚀"
    assert drawable("🇩", FAMILIES) == "🇩"


def test_what_nothing_can_draw_is_left_out() -> None:
    assert drawable("a\ue000b\U0010fffd \U000e0fff\ufdd0c", FAMILIES) == "ab c"


@pytest.mark.parametrize(
    ("text", "script", "letter", "package", "file"),
    [
        ("The word مرحبا means hello", "Arabic", "م", "core", "NotoSansArabic-Bold.ttf"),
        ("שלום", "Hebrew", "ש", "core", "NotoSansHebrew-Bold.ttf"),
        ("東京 is large", "Han", "東", "cjk", "NotoSansCJK-Bold.ttc"),
        ("ひらがな", "Hiragana", "ひ", "cjk", "NotoSansCJK-Bold.ttc"),
        ("नमस्ते", "Devanagari", "न", "core", "NotoSansDevanagari-Bold.ttf"),
        ("안녕", "Hangul", "안", "cjk", "NotoSansCJK-Bold.ttc"),
        ("𐎠", "Old Persian", "𐎠", "core", ".ttf or .otf"),
    ],
)
def test_letters_of_other_scripts_are_an_error_that_names_the_package_to_install(
    text: str, script: str, letter: str, package: str, file: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        drawable(text, FAMILIES)
    assert f"{script} letters, e.g. '{letter}'" in caught.value.problem
    assert f"fonts-noto-{package} " in caught.value.next_step
    assert "heading_font or body_font" in caught.value.next_step
    assert caught.value.next_step.endswith(file)


def test_font_settings_that_cannot_work(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="neither a bundled family"):
        font_file("Comic Sans")
    with pytest.raises(InvalidInputError, match="is not there"):
        font_file(str(tmp_path / "missing.ttf"))
    broken = tmp_path / "broken.ttf"
    broken.write_text("not a font")
    with pytest.raises(InvalidInputError, match="is not a font file"):
        drawable("a", (str(broken),))
    with pytest.raises(InvalidInputError, match=r"neither a bundled family nor a \.ttf"):
        font_file("font.woff2")


def test_a_font_of_pictures_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "pictures.ttf"
    font = TTFont(BUNDLED["Fraunces"][700])
    for table in ("glyf", "loca"):
        del font[table]
    font.save(own)
    with pytest.raises(InvalidInputError, match="pictures instead of outlines"):
        drawable("a", (str(own),))


def test_a_collection_holds_several_fonts(tmp_path: Path) -> None:
    both = TTCollection()
    both.fonts = [TTFont(BUNDLED[family][700]) for family in ("Fraunces", "Inter")]
    own = tmp_path / "both.ttc"
    both.save(own)
    latin, cyrillic = (coverage(font_file(f"{own}{place}")) for place in ("", "#1"))
    assert ord("Ж") not in latin
    assert cyrillic == coverage(font_file("Inter"))
    with pytest.raises(InvalidInputError, match="holds 2 fonts, not one numbered 2"):
        drawable("a", (f"{own}#2",))


def test_a_font_file_works_like_a_family(tmp_path: Path) -> None:
    own = tmp_path / "my font's file, new.ttf"
    own.write_bytes(BUNDLED["Fraunces"][700].read_bytes())
    assert font_file(str(own)) == own
    assert drawable("Plain words", (str(own),)) == "Plain words"


WILD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("ab1#© \n\u0301\u200d\ufe0f\u20e3👩🚀❤🌈🏳🏴🏽🇩🇪🐦‍\U000e0067\U000e007f"),
    ),
    max_size=60,
)


@given(WILD)
@example("=\u00ad\u0338 ＝\u0338")
def test_drawable_gives_only_what_fonts_have(text: str) -> None:
    try:
        shown = drawable(text, FAMILIES)
    except InvalidInputError as error:
        assert "letters" in error.problem
        assert "fonts-noto" in error.next_step
    else:
        files = font_files(FAMILIES)
        assert all(file_for(part, files) for part in clusters(shown) if not part.isspace())
        assert shown == " ".join(shown.split())
        assert drawable(shown, FAMILIES) == shown
