"""Figures are pieces of the text, with the number that each one is."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytempire_assets.reading.figures import MOST_FIGURES, figures_of, number_value


def found(text: str, language: str = "en") -> list[tuple[str, float | str | None, str]]:
    """Text, value and unit of each figure."""
    return [
        (figure.text, figure.date or figure.number, figure.unit)
        for figure in figures_of([text], language)
    ]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            "The bridge is 1,280 metres long and cost $27.5m in 1937; 3.5% more than planned.",
            [
                ("1,280 metres", 1280, "m"),
                ("$27.5m", 27.5e6, "USD"),
                ("1937", "1937", ""),
                ("3.5%", 3.5, "%"),
            ],
        ),
        (
            "en",
            "On May 4, 2026 about 112,000 vehicles and 2.3 billion dollars came at 72 °F.",
            [
                ("May 4, 2026", "2026-05-04", ""),
                ("112,000 vehicles", 112_000, "vehicles"),
                ("2.3 billion dollars", 2.3e9, "USD"),
                ("72 °F", 72, "°F"),
            ],
        ),
        (
            "en",
            "It opened on the 3rd of March 1937, on 2026-11-19 and in November 2025.",
            [
                ("3rd of March 1937", "1937-03-03", ""),
                ("2026-11-19", "2026-11-19", ""),
                ("November 2025", "2025-11", ""),
            ],
        ),
        (
            "de",
            "Am 19. November 2026 kosteten 1.234 Tonnen 1,5 Mio. Euro, 12 Prozent von 3 Billionen.",
            [
                ("19. November 2026", "2026-11-19", ""),
                ("1.234 Tonnen", 1234, "t"),
                ("1,5 Mio. Euro", 1.5e6, "EUR"),
                ("12 Prozent", 12, "%"),
                ("3 Billionen", 3e12, ""),
            ],
        ),
        (
            "de",
            "Seit dem 03.10.1990 sind es 2,3 Mrd. Euro und 43.500 Quadratmeter.",
            [
                ("03.10.1990", "1990-10-03", ""),
                ("2,3 Mrd. Euro", 2.3e9, "EUR"),
                ("43.500 Quadratmeter", 43_500, "m²"),
            ],
        ),
        (
            "es",
            "El 19 de noviembre de 2026 costó 72.000 millones de euros, un 3,5 por ciento.",
            [
                ("19 de noviembre de 2026", "2026-11-19", ""),
                ("72.000 millones de euros", 72e9, "EUR"),
                ("3,5 por ciento", 3.5, "%"),
            ],
        ),
        ("es", "Son 10 mil millones.", [("10 mil millones", 10e9, "")]),
        (
            "fr",
            "Le 1er mai 2026, 67 000 000 d’âmes, 3 milliards d’euros, 12 %, 1\u202f280 mètres.",
            [
                ("1er mai 2026", "2026-05-01", ""),
                ("67 000 000", 67e6, ""),
                ("3 milliards d’euros", 3e9, "EUR"),
                ("12 %", 12, "%"),
                ("1\u202f280 mètres", 1280, "m"),
            ],
        ),
        (
            "ru",
            "19 ноября 2026 года проект стоил 2,5 млрд рублей, это 12 процентов.",
            [
                ("19 ноября 2026", "2026-11-19", ""),
                ("2,5 млрд рублей", 2.5e9, "RUB"),
                ("12 процентов", 12, "%"),
            ],
        ),
        (
            "it",
            "Nel 2025 la torre di 56 metri costò 1.234 euro.",
            [("2025", "2025", ""), ("56 metri", 56, "m"), ("1.234 euro", 1234, "EUR")],
        ),
        (
            "pt",
            "Custou R$ 3,5 milhões em 2026.",
            [("R$ 3,5 milhões", 3.5e6, "BRL"), ("2026", "2026", "")],
        ),
        (
            "pl",
            "To 38 milionów ludzi i 1,2 mln zł.",
            [("38 milionów ludzi", 38e6, "ludzi"), ("1,2 mln zł", 1.2e6, "PLN")],
        ),
        (
            "ja",
            "2026年11月19日、人口は1億2千万人で、150億円、3.5パーセント増えた。",
            [
                ("2026年11月19日", "2026-11-19", ""),
                ("1億2千万", 1.2e8, ""),
                ("150億円", 15e9, "JPY"),
                ("3.5パーセント", 3.5, "%"),
            ],
        ),
        (
            "zh",
            "2026年，投資達12億元，增長3.5%。",
            [("2026年", "2026", ""), ("12億元", 12e8, "CNY"), ("3.5%", 3.5, "%")],
        ),
        (
            "ko",
            "2026년 11월 인구는 1억 2000만 원이다.",
            [("2026년 11월", "2026-11", ""), ("1억 2000만 원", 1.2e8, "KRW")],
        ),
        ("hi", "भारत में ₹1,23,456 हैं।", [("₹1,23,456", 123_456, "INR")]),
        ("ar", "بلغ ٣٫٥٪ في ٢٠٢٦.", [("٣٫٥٪", 3.5, "%"), ("٢٠٢٦", "2026", "")]),
    ],
)
def test_figures_of_many_languages(
    language: str, text: str, expected: list[tuple[str, float | str, str]]
) -> None:
    assert found(text, language) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The A320 and the F-16 flew with an iPhone 17 and a Boeing 737 at noon.",
        "Version 1.2.3 of COVID-19 won 3-2 at 10:30 on 5G for the 20th time.",
        "See 192.168.1.1 or #42 or 4/5 in the file x7.",
        "No digits at all.",
        "",
    ],
)
def test_what_is_not_sure_is_left_out(text: str) -> None:
    assert found(text) == []


def test_a_billion_is_another_number_elsewhere() -> None:
    assert found("It is 2 billion.", "en") == [("2 billion", 2e9, "")]
    assert found("Es sind 2 Billionen.", "de") == [("2 Billionen", 2e12, "")]
    assert found("Son 2 billones.", "es") == [("2 billones", 2e12, "")]


def test_each_figure_knows_its_place() -> None:
    paragraphs = [
        "Nothing to count here.",
        "Dr. Smith measured 3.5 km in 2019. The river carried 1,200 tonnes of sand a day.",
    ]
    figures = figures_of(paragraphs, "en-GB")
    assert [figure.sentence for figure in figures] == [
        "Dr. Smith measured 3.5 km in 2019.",
        "Dr. Smith measured 3.5 km in 2019.",
        "The river carried 1,200 tonnes of sand a day.",
    ]
    assert {figure.paragraph for figure in figures} == {1}


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("1,234", "en", 1234),
        ("1.234", "en", 1.234),
        ("1,234", "de", 1.234),
        ("1.234", "de", 1234),
        ("0,125", "en", 0.125),
        ("1.234.567,8", "de", 1234567.8),
        ("1,234,567.8", "de", 1234567.8),
        ("12,34,567", "en", 1234567),
        ("1'234.5", "de", 1234.5),
        ("1.2.3", "en", None),
        ("1,2,3", "en", None),
        ("12.345.67", "en", None),
        ("1,234.56.7", "en", None),
        ("١٬٢٣٤٫٥", "ar", 1234.5),
        ("1" * 40, "en", None),
        ("", "en", None),
        ("x", "en", None),
    ],
)
def test_numbers_as_languages_write_them(text: str, language: str, value: float | None) -> None:
    assert number_value(text, language) == value


@settings(deadline=None)  # the first example imports
@given(st.integers(0, 10**12), st.integers(0, 99), st.sampled_from(["en", "de", "fr", "hi"]))
def test_what_a_language_writes_is_read_back(whole: int, cents: int, language: str) -> None:
    group, mark = {"en": (",", "."), "de": (".", ","), "fr": ("\u202f", ","), "hi": (",", ".")}[
        language
    ]
    text = f"{whole:,}".replace(",", group) + f"{mark}{cents:02}"
    value = number_value(text, language)
    assert value is not None
    assert math.isclose(value, whole + cents / 100, rel_tol=1e-12)
    figures = figures_of([f"x {text} km."], language)
    assert [(figure.text, figure.unit) for figure in figures] == [(f"{text} km", "km")]


_PIECES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        "12 1,234 3.5% $5m 19 November 2026. 年 億 万 km € Mio. -7 10-15 ٣ Dr. ! 。".split()
    ),
)


@settings(deadline=None)  # the first example imports
@given(
    st.lists(st.lists(_PIECES, max_size=12).map(" ".join), max_size=4),
    st.sampled_from(["", "en", "de", "fr", "ja", "ar", "xx"]),
)
def test_every_figure_is_a_piece_of_its_sentence(texts: list[str], language: str) -> None:
    paragraphs = [" ".join(text.split()) for text in texts]
    for figure in figures_of(paragraphs, language):
        assert figure.sentence in paragraphs[figure.paragraph]
        end = figure.start + len(figure.text)
        assert figure.sentence[figure.start : end] == figure.text
        assert figure.text == figure.text.strip() != ""
        assert any(character.isdecimal() for character in figure.text)
        assert (figure.number is None) == bool(figure.date) == (figure.kind == "date")
        assert figure.number is None or math.isfinite(figure.number)


@pytest.mark.parametrize(
    "text",
    [
        "1" * 20_000,
        "1 " * 10_000,
        "1." * 10_000,
        "1億" * 7000,
        "$" * 20_000 + "1",
        "1,234 " * 3300,
        "12 November " * 1600,
        "Mr. " * 5000 + "1",
        "9" * 300 + " trillion",
    ],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()  # what else runs on the machine does not count
    assert len(figures_of([text], "en")) <= MOST_FIGURES
    assert time.process_time() - began < 5
