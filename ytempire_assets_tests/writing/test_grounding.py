"""What a sentence claims is found in its source, or said to be missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.grounding import SETS, measure
from ytempire_assets.writing.claims import claims_of
from ytempire_assets.writing.grounding import SourceText, ungrounded

BRIDGE = """The Kestrel Bridge opened on 27 May 1937 and cost 35 million dollars.
Its towers rise 227 metres above the water.
The National Aeronautics and Space Administration took a picture of it.
"It will never stand," a newspaper wrote."""


def found(sentence: str, *, language: str = "en", own: tuple[str, ...] = ()) -> list[str]:
    source = SourceText(BRIDGE, language)
    return [one.reason for one in ungrounded(sentence, [source], language, own)]


@pytest.mark.parametrize("name", SETS)
def test_the_labelled_sentences_are_judged_as_their_labels_say(name: str) -> None:
    figures = measure(sets=(name,))
    assert figures["sentences"] >= 80
    assert figures["precision"] >= 0.95
    assert figures["recall"] >= 0.95


def test_all_labelled_sentences_together_are_enough() -> None:
    assert measure()["sentences"] >= 150


@pytest.mark.parametrize(
    "sentence",
    [
        "It cost $35,000,000.",
        "Thirty-five million dollars were paid.",
        "The towers are almost 230 metres tall.",
        "The towers rise about 745 feet.",
        "It opened in the 1930s.",
        "NASA took a picture.",
        "Somebody wrote that “it will never stand”.",
    ],
)
def test_what_is_said_in_other_words_is_found(sentence: str) -> None:
    assert found(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("It cost 53 million dollars.", "'53 million dollars' does not stand"),
        ("The towers rise 227 feet.", "'227 feet' does not stand"),
        ("It opened on 28 May 1937.", "'28 May 1937' does not stand"),
        ("Joseph Strauss built it.", "the name 'Joseph Strauss' does not stand"),
        ('A paper called it "a miracle".', "the quotation 'a miracle' does not stand"),
        ("It is twice as long.", "'2 times' does not stand"),
    ],
)
def test_what_is_not_said_is_named(sentence: str, reason: str) -> None:
    (said,) = found(sentence)
    assert reason in said


def test_own_names_need_no_source() -> None:
    assert found("Orbit Brief shows you Voyager 1.", own=("Orbit Brief", "Voyager 1")) == []
    assert found("Orbit Brief shows you Voyager 2.", own=("Orbit Brief", "Voyager 1")) != []


def test_without_a_source_every_claim_is_missing() -> None:
    assert len(ungrounded("It cost 35 million dollars in 1937.", [], "en")) == 2
    assert ungrounded("That is a lot.", [], "en") == []


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.text(max_size=160), st.text(max_size=160), st.sampled_from(["en", "de"]))
def test_wild_texts_are_judged(sentence: str, source: str, language: str) -> None:
    claims_of(sentence, language)
    ungrounded(sentence, [SourceText(source, language)], language)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(BRIDGE.splitlines()), min_size=1, max_size=3))
def test_sentences_of_a_source_stand_in_it(lines: list[str]) -> None:
    source = SourceText(BRIDGE, "en")
    assert [ungrounded(line, [source], "en") for line in lines] == [[]] * len(lines)


def test_the_sets_are_there() -> None:
    assert all(Path(path).is_file() for path in SETS.values())
