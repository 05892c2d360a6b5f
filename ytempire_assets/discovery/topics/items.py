"""Items: all signals that one source gave of one thing, read as one.

Belongs here: grouping signals, which of their titles, times and addresses hold, and what a title
carries that is not its own (the name of a site). What titles say is ``readings.py``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.topics.addresses import page_of
from ytempire_assets.discovery.topics.languages import language_of
from ytempire_assets.discovery.topics.scripts import plain_line

LONGEST_TITLE = 300
LONGEST_SUMMARY = 600
"""Characters of a summary that are read: a story says what it is about at its beginning."""
LONGEST_TAG = 60

_SUFFIX = re.compile(r"\s+(?:[|·•»]|[-–—])\s+([^|·•»]{2,40})\Z")
_SITE_REPEATS = 3
"""So many different titles of one source with one ending make it the name of a site."""


@dataclass(frozen=True, slots=True)
class Item:
    """What one source says of one thing.

    Attributes:
        source: Name of the source.
        item: Its id there.
        title: The newest title, without the name of the site.
        older_titles: Earlier ones that differ.
        summary: The newest summary.
        tags: All tags, sorted.
        language: Primary subtag, or empty.
        topic: The topic that the source names, or None.
        page: What its address leads to; empty where that does not tell it from other items.
        begins: When it appeared or was first observed.
        ends: The same as ``begins`` where it says when it appeared, else when it was last observed.
        signals: By time.
    """

    source: str
    item: str
    title: str
    older_titles: tuple[str, ...]
    summary: str
    tags: tuple[str, ...]
    language: str
    topic: str | None
    page: str
    begins: datetime
    ends: datetime
    signals: tuple[Signal, ...]


def items_of(signals: Iterable[Signal]) -> list[Item]:
    """Groups signals, so that no order of theirs changes the result.

    Signals of one item stay together. Where its source names different topics for it at different
    times, it is an item for each; its signals without a topic go with the newest.

    Args:
        signals: In any order.

    Returns:
        Items sorted by source, id and topic.
    """
    groups: dict[tuple[str, str, str], list[Signal]] = defaultdict(list)
    by_item: dict[tuple[str, str], list[Signal]] = defaultdict(list)
    for signal in signals:
        by_item[signal.source, signal.item].append(signal)
    for (source, item), group in by_item.items():
        if len(group) > 1:
            group.sort(key=_order)
        newest = next((s.topic for s in reversed(group) if s.topic is not None), None)
        for signal in group:
            topic = newest if signal.topic is None else signal.topic
            groups[source, item, topic or ""].append(signal)
    keys = sorted(groups)
    sites = _site_names(groups.values())
    pages = _telling_pages(groups)
    return [_item(key, groups[key], sites, pages) for key in keys]


def without_site(title: str, sites: frozenset[str]) -> str:
    """A title without an ending that is the name of a site.

    Args:
        title: One plain line.
        sites: Names of sites, casefolded.
    """
    match = _SUFFIX.search(title)
    if match is not None and match[1].casefold() in sites and match.start() > 0:
        return title[: match.start()].rstrip()
    return title


def _order(signal: Signal) -> tuple[object, ...]:
    # Two signals of one moment must not swap with the order of the input.
    return (signal.observed_at, signal.title, signal.topic or "", repr(signal))


def _site_names(groups: Iterable[Sequence[Signal]]) -> frozenset[str]:
    titles: dict[tuple[str, str], set[str]] = defaultdict(set)
    hosts: set[str] = set()
    for group in groups:
        for signal in group:
            match = _SUFFIX.search(signal.title)
            if match is None:
                continue
            ending = match[1].casefold()
            titles[signal.source, ending].add(signal.title[: match.start()])
            if _is_of_host(ending, page_of(signal.address).partition("/")[0]):
                hosts.add(ending)
    return frozenset(
        {ending for (_, ending), found in titles.items() if len(found) >= _SITE_REPEATS} | hosts
    )


def _is_of_host(ending: str, host: str) -> bool:
    """Whether an ending names a host: "The Verge" theverge.com, "BBC Sport" bbc.co.uk."""
    whole = re.sub(r"[\W_]", "", ending)
    labels = host.replace("-", "").split(".")[:-1]
    return len(whole) > 2 and (whole in labels or ending.split()[0] in labels)


def _telling_pages(groups: Mapping[tuple[str, str, str], Sequence[Signal]]) -> dict[str, bool]:
    """Whether a page stands for one item: a source that gives it to several links to a list."""
    items: dict[tuple[str, str], set[str]] = defaultdict(set)
    for (source, item, _), group in groups.items():
        for signal in group:
            page = page_of(signal.address)
            if page:
                items[source, page].add(item)
    telling: dict[str, bool] = {}
    for (_, page), found in items.items():
        telling[page] = telling.get(page, True) and len(found) == 1
    return telling


def _item(
    key: tuple[str, str, str],
    group: Sequence[Signal],
    sites: frozenset[str],
    pages: Mapping[str, bool],
) -> Item:
    newest_first = list(reversed(group))
    titles = list(
        dict.fromkeys(
            without_site(plain_line(signal.title, LONGEST_TITLE), sites) for signal in newest_first
        )
    )
    given = Counter(signal.language for signal in group if signal.language)
    published = [s.published_at for s in group if s.published_at is not None]
    # Sources date some items in the future; nothing is seen before it appears.
    begins = min([*published, group[0].observed_at])
    page = next((found for s in newest_first if pages.get(found := page_of(s.address))), "")
    tags = {plain_line(tag, LONGEST_TAG) for signal in group for tag in signal.tags}
    summary = next((s.summary for s in newest_first if s.summary), "")
    return Item(
        source=key[0],
        item=key[1],
        title=titles[0],
        older_titles=tuple(titles[1:4]),
        summary=plain_line(summary, LONGEST_SUMMARY),
        tags=tuple(sorted(tags - {""})),
        language=language_of(titles[0], max(given, key=lambda one: (given[one], one), default="")),
        topic=key[2] or None,
        page=page,
        begins=begins,
        ends=begins if published else group[-1].observed_at,
        signals=tuple(group),
    )
