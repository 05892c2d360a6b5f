"""Texts are compared with topics and with each other by their words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytempire_assets.discovery.research.document import ResearchDocument
from ytempire_assets.discovery.research.identity import MOST_CHARACTERS, document_id
from ytempire_assets.discovery.research.relevance import distinct, names_topic, relevance
from ytempire_assets_tests.discovery.research.conftest import topic

BRIDGE = topic(
    "Old River Bridge reopens after two years of repairs", ("Old River Bridge", "bridge", "repairs")
)


def test_a_text_about_the_topic_and_one_about_another() -> None:
    about = "After two years of repairs the Old River Bridge reopens. The bridge carries cars."
    assert relevance(BRIDGE, about) > 0.9
    assert relevance(BRIDGE, "The cat sat on the mat and looked at the two birds.") < 0.1
    assert relevance(BRIDGE, "") == 0
    assert relevance(topic("Anything", ()), "anything goes") == 1
    assert relevance(topic("", ()), "anything goes") == 0


def test_other_forms_of_a_word_count() -> None:
    german = topic("Neuer Windpark liefert Strom", ("Windpark", "Strom"), language="de")
    assert relevance(german, "Die Windparks liefern Strom für das neue Netz.") > 0.8
    japanese = topic("新しい列車が記録", ("列車", "記録"), language="ja")
    assert relevance(japanese, "この列車は世界記録を作った。") > 0.6


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Old River Bridge", True),
        ("Bridge (structure)", True),
        ("River", True),
        ("Golden Gate Bridge", False),
        ("Napoleon", False),
        ("", False),
    ],
)
def test_titles_that_can_be_the_topic(title: str, expected: bool) -> None:
    assert names_topic(BRIDGE, title) == expected


def document(name: str, text: str) -> ResearchDocument:
    return ResearchDocument(
        name, "t", name, "p", "https://a.example/", "CC0-1.0", "text", "", "en", text, None, 1.0, ()
    )


def test_copies_are_kept_once() -> None:
    words = [f"word{number}" for number in range(200)]
    agency = " ".join(words)
    copy = "Our paper adds a line of its own. " + " ".join(words[:150])
    other = " ".join(f"other{number}" for number in range(200))
    kept = distinct([document("a", agency), document("b", copy), document("c", other)])
    assert [one.document_id for one in kept] == ["a", "c"]


@settings(deadline=None)  # the first example imports
@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_documents_have_slugs(topic_id: str, place: str, address: str) -> None:
    import re

    name = document_id(topic_id, place, address)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert len(name) <= MOST_CHARACTERS
    assert name == document_id(topic_id, place, address)
    assert name != document_id(topic_id + "x", place, address)
