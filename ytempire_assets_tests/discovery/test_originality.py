"""Nearness of short texts: exact where it decides, and found among many."""

from __future__ import annotations

import random
from datetime import date

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ytempire_assets.discovery.originality import Made, Past, jaccard, shingles

DAY = date(2026, 11, 19)


def made(title: str) -> Made:
    return Made("orbit", DAY, "topic", title)


def test_the_same_words_are_near_and_other_words_are_not() -> None:
    past = Past([made("How the Voyager probes left the solar system"), made("A cake without eggs")])
    same = past.nearest("How the Voyager probes left the Solar System!")
    assert same is not None
    assert same.similarity == 1.0
    assert past.nearest("Quantum computers explained") is None


def test_numbers_tell_stories_apart_a_little() -> None:
    near = Past([made("Apollo 11 lands")]).nearest("Apollo 13 lands")
    assert near is None or near.similarity < 0.6


def test_what_is_near_is_found_among_ten_thousand() -> None:
    draw = random.Random(1)  # noqa: S311 - no secret depends on it
    words = [f"word{n}" for n in range(3000)]
    titles = [" ".join(draw.sample(words, 9)) for _ in range(10_000)]
    past = Past([made(title) for title in titles])
    found = 0
    for title in titles[:200]:
        changed = title.split()
        changed[-1] = "other"
        near = past.nearest(" ".join(changed))
        found += near is not None and near.made.title == title
    assert found == 200


@hypothesis_settings(derandomize=True, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_any_texts_have_a_similarity_from_0_to_1(first: str, second: str) -> None:
    value = jaccard(shingles(first), shingles(second))
    assert 0 <= value <= 1
    assert value == jaccard(shingles(second), shingles(first))
    near = Past([made(first)]).nearest(first)
    assert near is None or near.similarity == 1.0


def test_an_empty_past_is_near_to_nothing() -> None:
    assert Past([]).nearest("anything at all") is None
