"""Precision and recall of merging on titles whose stories are known."""

from __future__ import annotations

import pytest

from ytempire_assets.discovery.topics.merging import merge_signals
from ytempire_assets_tests.discovery.topics.labelled import (
    Agreement,
    LabelledPair,
    Part,
    agreement,
    agreement_by,
    load,
    merged_strangers,
    pairs_of,
    signals_of,
    topic_of_items,
)


def merged(part: Part) -> tuple[list[LabelledPair], dict[str, str]]:
    titles = load(part)
    return pairs_of(titles), topic_of_items(merge_signals(signals_of(titles)))


def test_the_set_is_large_balanced_and_split() -> None:
    tune, held_out = load("tune"), load("held_out")
    pairs = pairs_of(tune) + pairs_of(held_out)
    same = sum(pair.same for pair in pairs)
    assert len(pairs) >= 1000
    assert 0.45 <= same / len(pairs) <= 0.55
    assert len({title.language for title in (*tune, *held_out)}) >= 12
    assert not {title.text for title in tune} & {title.text for title in held_out}
    assert 0.55 <= len(tune) / (len(tune) + len(held_out)) <= 0.65


def test_titles_that_the_fit_has_not_seen() -> None:
    """Measured: precision 0.973, recall 0.776."""
    pairs, topics = merged("held_out")
    found = agreement(pairs, topics)
    assert found.precision >= 0.93
    assert found.recall >= 0.72


def test_every_group_of_languages_is_merged_with_care() -> None:
    pairs, topics = merged("held_out")
    for name, found in agreement_by(pairs, topics, lambda pair: pair.languages).items():
        assert found.precision >= 0.9, name
        assert found.recall >= 0.55, name


def test_stories_of_different_families_are_never_merged() -> None:
    titles = load("held_out")
    assert merged_strangers(titles, topic_of_items(merge_signals(signals_of(titles)))) == 0


def test_agreement_counts_pairs() -> None:
    found = Agreement(same=10, different=10, right=6, wrong=2)
    assert (found.precision, found.recall) == (0.75, 0.6)
    assert found.f1 == pytest.approx(2 / 3)
