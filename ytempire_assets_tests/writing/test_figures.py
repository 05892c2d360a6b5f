"""Figures, dates and lists are read as they stand, and half of one is never shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ytempire_assets.writing.figures import find_figure, find_milestone, find_points
from ytempire_assets.writing.pictures import MAX_HEADLINE_CHARS, make_headline
from ytempire_assets.writing.readability import grade
from ytempire_assets.writing.sentences import shared_content
from ytempire_assets.writing.textrank import rank_sentences


@pytest.mark.parametrize(
    ("sentence", "text", "unit", "value"),
    [
        ("A signal crosses 24 billion kilometres.", "24 billion", "kilometres", 24e9),
        ("Nights fall to minus 90 degrees Celsius.", "−90", "degrees Celsius", -90),
        ("Concorde flew at 2,180 kilometres per hour.", "2,180", "kilometres per hour", 2180),
        ("The Sun is 122 astronomical units away.", "122", "astronomical units", 122),
        ("The picture shows 1,700 blue whales.", "1,700", "", 1700),
        ("Almost 71 percent of Earth is sea.", "71", "percent", 71),
        ("The disk held 3.75 megabytes.", "3.75", "megabytes", 3.75),
    ],
)
def test_figures(sentence: str, text: str, unit: str, value: float) -> None:
    figure = find_figure(sentence)
    assert figure is not None
    assert (figure.text, figure.unit, figure.value) == (text, unit, value)


@pytest.mark.parametrize(
    "sentence",
    [
        "Voyager 1 left Earth.",
        "The tower was finished in 1889.",
        "The flight took 2 hours and 53 minutes.",
        "Signals need 67 thousandths of a second.",
        "Gears were counted in the 1970s.",
        "Nobody knows.",
    ],
)
def test_what_is_no_figure(sentence: str) -> None:
    assert find_figure(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "date", "text"),
    [
        ("Concorde first flew in France on 2 March 1969.", "1969", "Concorde first flew in France"),
        ("In June 2020, Kathryn Sullivan dived.", "2020", "Kathryn Sullivan dived"),
        ("GPS became fully operational in 1995.", "1995", "GPS became fully operational"),
    ],
)
def test_milestones(sentence: str, date: str, text: str) -> None:
    milestone = find_milestone(sentence)
    assert milestone is not None
    assert (milestone.date, milestone.text) == (date, text)


@pytest.mark.parametrize(
    "sentence",
    [
        "From 1969 to 1976 it was tested.",
        "The cable weighs 1,969 tonnes.",
        "About 1969 stones were moved on sledges by people who lived beside the river for years.",
        "The shipwreck of the sponge divers of Symi was later than 1900.",
    ],
)
def test_what_is_no_milestone(sentence: str) -> None:
    assert find_milestone(sentence) is None


def test_lists() -> None:
    assert find_points("Sounds on the record include wind, thunder, birds and laughter.") == (
        "Wind",
        "Thunder",
        "Birds",
        "Laughter",
    )
    assert find_points("The crew were one, two and the man who stayed behind there.") == ()


def test_long_headline_ends_at_a_clause() -> None:
    sentence = (
        "Engineers moved the software to other parts of the memory, and the spacecraft was "
        "understood again in April 2024 after five months of silence."
    )
    headline = make_headline(sentence)
    assert len(headline) <= MAX_HEADLINE_CHARS
    assert headline == "Engineers moved the software to other parts of the memory"


def test_central_sentence_ranks_first() -> None:
    ranks = rank_sentences(
        [
            "The octopus has three hearts and blue blood.",
            "An octopus heart pumps blue blood through the octopus.",
            "Blue blood carries oxygen for the octopus.",
            "Trains in Japan are punctual.",
        ]
    )
    assert max(ranks) == 1.0
    assert min(ranks) == ranks[3]
    assert rank_sentences([]) == []


def test_reading_grade_grows_with_difficulty() -> None:
    easy = grade("The cat sat. The dog ran.")
    hard = grade(
        "Interstellar communication necessitates extraordinarily sophisticated engineering."
    )
    assert easy < 3 < hard
    assert grade("") == 0


@hypothesis_settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(max_size=200))
def test_wild_text_is_never_an_error(text: str) -> None:
    figure = find_figure(text)
    if figure is not None:
        assert figure.text.lstrip("−").split()[0] in text
    find_points(text)
    milestone = find_milestone(text)
    if milestone is not None:
        assert milestone.date in text
    assert 0 <= shared_content(text, text) <= 1
