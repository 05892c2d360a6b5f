"""Merging: signals of one story, from whatever sources and languages, become one topic.

Belongs here: the way from signals to topics, in the order of its steps. What each step does is in
the modules beside this one: ``items``, ``readings``, ``profiles``, ``clustering``, ``identity``,
``describing`` and ``naming``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.topics.clustering import groups_of
from ytempire_assets.discovery.topics.describing import described, topic_of
from ytempire_assets.discovery.topics.embedding import Embedder
from ytempire_assets.discovery.topics.identity import claims_of, known_ids
from ytempire_assets.discovery.topics.items import LONGEST_TITLE, Item, items_of
from ytempire_assets.discovery.topics.languages import language_of
from ytempire_assets.discovery.topics.naming import slug_of, unused_slug
from ytempire_assets.discovery.topics.profiles import Facts, Profiles, profiles_of
from ytempire_assets.discovery.topics.readings import Title, read_titles
from ytempire_assets.discovery.topics.scripts import plain_line
from ytempire_assets.discovery.topics.topic import KnownTopic, Topic

_SHORT_TITLE = 40
"""Characters under which a title is embedded with its summary."""
_KNOWN_TITLES = 5
_SECONDS_A_DAY = 86_400.0


def merge_signals(
    signals: Iterable[Signal],
    known: Sequence[KnownTopic] = (),
    embedder: Embedder | None = None,
) -> list[Topic]:
    """Merges the signals of each story into a topic.

    Neither the order of the signals nor that of the known topics changes the result. Signals of one
    item stay together. Signals whose source names their topic keep it, and different ones are never
    merged; signals without join them where they tell the same story.

    Args:
        signals: Of one day or several; every time has a zone.
        known: Topics of earlier days that may go on; their ids are unique.
        embedder: Adds the meaning of titles to what is compared; None compares words alone.

    Returns:
        Every signal in exactly one topic (of equal ones, one), topics by number of signals, most
        first, then by id.
    """
    items = items_of(dict.fromkeys(signals))
    if not items:
        return []
    earlier = sorted(known, key=lambda one: (one.first_seen, one.topic_id))
    titles = [_title_of_item(item) for item in items]
    facts = [_facts_of_item(item) for item in items]
    owners = [-1] * len(items)
    for place, topic in enumerate(earlier):
        for title in _titles_of_known(topic):
            titles.append(title)
            facts.append(_facts_of_known(topic, title))
            owners.append(place)
    readings = read_titles(titles)
    meanings = None if embedder is None else embedder.embed([_text(title) for title in titles])
    profiles = profiles_of(readings, facts, meanings)
    groups = groups_of(profiles, _first_groups(items, earlier, owners))
    ids = _old_ids(items, earlier, profiles, groups, owners)
    began = {topic.topic_id: topic.first_seen for topic in earlier}
    taken = {topic.topic_id for topic in earlier} | set(ids.values())
    topics: list[Topic] = []
    for group, description in described(items, readings, profiles, groups).items():
        topic_id = ids.get(group)
        if topic_id is None:
            first = description.items[0]
            slug = slug_of(description.titles[0], description.language, description.keywords)
            topic_id = unused_slug(slug, f"{first.source}\n{first.item}", taken)
            taken.add(topic_id)
        topics.append(topic_of(description, topic_id, began.get(topic_id)))
    return sorted(topics, key=lambda topic: (-len(topic.signals), topic.topic_id))


def _first_groups(
    items: Sequence[Item], earlier: Sequence[KnownTopic], owners: Sequence[int]
) -> Any:
    """Groups to begin with: what one source names one topic, and the titles of a known topic."""
    import numpy as np

    names: list[object] = [
        ("item", row) if item.topic is None else item.topic for row, item in enumerate(items)
    ]
    names += [earlier[owner].topic_id for owner in owners if owner >= 0]
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names])


def _old_ids(
    items: Sequence[Item],
    earlier: Sequence[KnownTopic],
    profiles: Profiles,
    groups: Any,
    owners: Sequence[int],
) -> dict[int, str]:
    """The ids that groups have already: from a source, or from a known topic."""
    import numpy as np

    ids = {int(groups[row]): item.topic for row, item in enumerate(items) if item.topic is not None}
    named = set(ids.values())
    claims = [
        claim
        for claim in claims_of(profiles, groups, np.array(owners))
        # A source that names a topic keeps its id, whatever else looks like it.
        if earlier[claim.known].topic_id not in named
    ]
    for group, place in known_ids(claims, [topic.first_seen for topic in earlier]).items():
        ids.setdefault(group, earlier[place].topic_id)
    return ids


def _title_of_item(item: Item) -> Title:
    context = ". ".join((*item.older_titles, item.summary)) if item.older_titles else item.summary
    return Title(item.title, item.language, context, item.tags)


def _facts_of_item(item: Item) -> Facts:
    channel = next((signal.channel for signal in item.signals if signal.channel), "")
    return Facts(
        language=item.language,
        topic=item.topic,
        page=item.page,
        publisher=f"{item.source}/{channel}" if channel else "",
        begins=_days(item.begins),
        ends=_days(item.ends),
    )


def _titles_of_known(topic: KnownTopic) -> list[Title]:
    texts = dict.fromkeys((topic.title, *topic.titles))
    lines = [plain_line(text, LONGEST_TITLE) for text in texts][:_KNOWN_TITLES]
    context = " | ".join(topic.keywords)
    # The topic's language is that of most of its titles; each of them may be in another one.
    return [Title(line, language_of(line), context) for line in lines]


def _facts_of_known(topic: KnownTopic, title: Title) -> Facts:
    return Facts(
        language=title.language,
        topic=None,
        page="",
        publisher="",
        begins=_days(topic.first_seen),
        ends=_days(topic.last_seen),
    )


def _text(title: Title) -> str:
    """What is embedded: a title too short to say much goes with what stands beside it."""
    if len(title.text) < _SHORT_TITLE and title.context:
        return f"{title.text}. {title.context}"
    return title.text


def _days(time: datetime) -> float:
    return time.timestamp() / _SECONDS_A_DAY
