"""Titles that people read, keywords that tell, and ids in words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ytempire_assets.discovery.topics.naming import (
    LONGEST_SLUG,
    GroupTitle,
    best_titles,
    keywords_of,
    slug_of,
    unused_slug,
)
from ytempire_assets.discovery.topics.readings import Title, read_titles
from ytempire_assets.discovery.topics.scripts import plain_line

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


@pytest.mark.parametrize(
    ("title", "language", "keywords", "slug"),
    [
        ("Lakers beat Celtics in Game 5", "en", ("Lakers", "Celtics"), "lakers-celtics"),
        ("Lakers beat Celtics in Game 5", "en", ("Celtics", "Game"), "celtics-game-5"),
        ("Super Bowl LX halftime show", "en", ("Super Bowl", "halftime"), "super-bowl-lx-halftime"),
        ("Der Brand in Köln", "de", ("Brand", "Köln"), "brand-koln"),
        ("Землетрясение на Камчатке", "ru", ("Камчатке",), "kamchatke"),
        ("The end", "en", (), "the-end"),
        ("🙂🙂", "", (), ""),
        ("", "", (), ""),
    ],
)
def test_slugs(title: str, language: str, keywords: tuple[str, ...], slug: str) -> None:
    assert slug_of(title, language, keywords) == slug


def test_a_taken_slug_gets_letters_that_follow_from_its_first_item() -> None:
    first = unused_slug("fire-lisbon", "feeds\n1", {"fire-lisbon"})
    assert first == unused_slug("fire-lisbon", "feeds\n1", {"fire-lisbon"})
    assert re.fullmatch(r"fire-lisbon-[0-9a-f]{6}", first)
    assert unused_slug("fire-lisbon", "feeds\n2", {"fire-lisbon", first}) != first
    assert re.fullmatch(r"topic-[0-9a-f]{6}", unused_slug("", "feeds\n3", ()))
    assert re.fullmatch(r"2026-[0-9a-f]{6}", unused_slug("2026", "feeds\n3", ()))


@hypothesis_settings(derandomize=True, deadline=None)
@given(st.text(max_size=120), st.lists(st.text(max_size=20), max_size=8), st.text(max_size=10))
def test_any_title_gives_a_slug(title: str, keywords: list[str], identity: str) -> None:
    slug = slug_of(plain_line(title, 300), "en", keywords)
    for taken in ((), (slug,)):
        found = unused_slug(slug, identity, taken)
        assert SLUG.match(found)
        assert len(found) <= LONGEST_SLUG
        assert found not in taken


def test_the_best_title_reads_well_and_the_others_differ() -> None:
    titles = best_titles(
        [
            GroupTitle("lakers vs celtics", "en", "lower", 0.9),
            GroupTitle("LAKERS BEAT CELTICS IN GAME 5", "en", "upper", 0.9),
            GroupTitle("Lakers beat Celtics in Game 5", "en", "sentence", 0.9),
            GroupTitle("Los Lakers vencen a los Celtics", "es", "sentence", 0.8),
            GroupTitle("", "", "lower", 0.9),
        ],
        "en",
    )
    assert titles[0] == "Lakers beat Celtics in Game 5"
    assert "Los Lakers vencen a los Celtics" in titles
    assert "" not in titles
    assert len({title.casefold() for title in titles}) == len(titles)


def test_keywords_join_names_and_their_numbers() -> None:
    texts = (
        "Fans meet Taylor Swift and Travis Kelce in Kansas",
        "Why Taylor Swift and Travis Kelce love iPhone 17",
        "A day with Taylor Swift and iPhone 17",
    )
    readings = read_titles([Title(text, "en") for text in texts])
    information = {key: 5.0 for reading in readings for key in reading.terms}
    keywords = keywords_of(readings, information)
    assert {"Taylor Swift", "Travis Kelce", "iPhone 17"} <= set(keywords)
    assert len(keywords) <= 8
