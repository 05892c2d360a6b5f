"""Signals of one item are one item; what does not belong to a title or an address goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.topics.addresses import page_of
from ytempire_assets.discovery.topics.items import items_of

NOW = datetime(2026, 11, 19, 12, tzinfo=UTC)


def signal(item: str, title: str, **more: object) -> Signal:
    usual = Signal("feeds", item, title, NOW, 10.0, "views", "total")
    return replace(usual, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("https://www.coast.example/a/b/?utm_source=x&id=3#top", "coast.example/a/b?id=3"),
        ("http://m.coast.example/a/b?id=3&fbclid=y", "coast.example/a/b?id=3"),
        ("https://youtu.be/abcdefghijk?t=3", "youtube.com/watch?v=abcdefghijk"),
        (
            "https://www.youtube.com/watch?v=abcdefghijk&list=x",
            "youtube.com/watch?v=abcdefghijk",
        ),
        ("https://coast.example/story/amp/", "coast.example/story"),
        ("https://coast.example/", ""),
        ("https://[", ""),
        ("mailto:a@b.example", ""),
        ("", ""),
    ],
)
def test_addresses_of_one_page_are_equal(address: str, page: str) -> None:
    assert page_of(address) == page


def test_the_newest_title_and_the_first_time_hold() -> None:
    [item] = items_of(
        [
            signal("1", "New title", observed_at=NOW + timedelta(hours=2)),
            signal("1", "Old title", language="de"),
        ]
    )
    assert (item.title, item.older_titles) == ("New title", ("Old title",))
    assert (item.begins, item.ends) == (NOW, NOW + timedelta(hours=2))
    assert item.language == "de"


def test_an_item_of_two_topics_is_two() -> None:
    items = items_of(
        [
            signal("1", "A", topic="one"),
            signal("1", "B", topic="two", observed_at=NOW + timedelta(hours=1)),
            signal("1", "C", observed_at=NOW + timedelta(hours=2)),
        ]
    )
    assert [(item.topic, len(item.signals)) for item in items] == [("one", 1), ("two", 2)]


def test_names_of_sites_go_from_titles() -> None:
    items = items_of(
        [
            signal("1", "Storm hits Cape Varn | Coast", address="https://coast.example/1"),
            *(signal(f"2{at}", f"Story number {at} - The Relay") for at in range(3)),
            signal("3", "Jam and toast | Breakfast"),
        ]
    )
    assert [item.title for item in items] == [
        "Storm hits Cape Varn",
        *(f"Story number {at}" for at in range(3)),
        "Jam and toast | Breakfast",
    ]


def test_a_page_that_a_source_gives_to_several_items_tells_none() -> None:
    address = "https://coast.example/list"
    items = items_of(
        [
            signal("1", "A", address=address),
            signal("2", "B", address=address),
            signal("3", "C", source="forum", address=address),
        ]
    )
    assert {item.page for item in items} == {""}
