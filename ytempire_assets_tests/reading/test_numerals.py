"""Number words are read as the numbers that they are, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytempire_assets.reading.figures import figures_of
from ytempire_assets.reading.numerals import with_digits


@pytest.mark.parametrize(
    ("language", "text", "number"),
    [
        ("en", "Thirty gears survive.", 30),
        ("en", "Two million people saw it.", 2e6),
        ("en", "About half a million people came.", 5e5),
        ("en", "One and a half million people came.", 1.5e6),
        ("en", "A dozen eggs were left.", 12),
        ("en", "It is 1.5 million years old.", 1.5e6),
        ("en", "Two thirds of it is water.", 66.7),
        ("en", "It is twice as large.", 2),
        ("en", "Four fifths of it is dust.", 80),
        ("de", "Einundzwanzig Tage vergingen.", 21),
        ("de", "Zweieinhalb Millionen Menschen kamen.", 2.5e6),
        ("de", "Es dauerte anderthalb Stunden.", 1.5),
        ("de", "Es ist doppelt so schnell.", 2),
    ],
)
def test_words_become_their_number(language: str, text: str, number: float) -> None:
    found = figures_of([with_digits(text, language)], language)
    assert [figure.number for figure in found] == [pytest.approx(number, rel=1e-3)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In nineteen sixty-nine it flew.", "In 1969 it flew."),
        ("The nineteenth century ended.", "The 19th century ended."),
        ("No number at all.", "No number at all."),
        ("", ""),
        ("It cost $3 billion in 1937.", "It cost $3 billion in 1937."),
    ],
)
def test_years_and_digits(text: str, expected: str) -> None:
    assert with_digits(text, "en") == expected


def test_a_language_that_is_not_read_stays_as_it_is() -> None:
    assert with_digits("двадцать один", "ru") == "двадцать один"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(max_size=200), st.sampled_from(["en", "de", "fr", "xx"]))
def test_any_text_is_read(text: str, language: str) -> None:
    assert isinstance(with_digits(text, language), str)
