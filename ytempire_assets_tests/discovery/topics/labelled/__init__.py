"""Titles labelled with the stories they tell, and how well a merge agrees with the labels.

Belongs here: reading ``tune.yaml`` (the weights of ``likeness.py`` were fitted on it) and
``held_out.yaml`` (nothing was), the pairs that follow from them, and precision and recall.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import yaml

from ytempire_assets.discovery.signals import Signal
from ytempire_assets.discovery.topics.topic import Topic

Part = Literal["tune", "held_out"]
FIRST_DAY = datetime(2026, 11, 19, 8, tzinfo=UTC)
_SPACELESS = frozenset(("ja", "zh", "ko"))


@dataclass(frozen=True, slots=True)
class LabelledTitle:
    """A title of the set.

    Attributes:
        item: Unique in both parts.
        family: What the stories around it have in common, so that they are easily confused.
        story: Unique in both parts; titles with the same one tell the same story.
        kind: Why the family is hard.
        language: As written in the file; a merge has to find it out.
        text: The title.
        day: Days after the family's first title.
        summary: What stands beside it, or empty.
    """

    item: str
    family: str
    story: str
    kind: str
    language: str
    text: str
    day: int
    summary: str


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two titles of one family, and whether they tell one story."""

    one: LabelledTitle
    other: LabelledTitle
    same: bool

    @property
    def languages(self) -> str:
        """Which languages meet: English, another one, one without spaces, or two."""
        codes = {self.one.language, self.other.language}
        if len(codes) > 1:
            return "two languages"
        if codes == {"en"}:
            return "English"
        return "no spaces" if codes <= _SPACELESS else "another language"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a merge agrees with labelled pairs.

    Attributes:
        same: Pairs labelled the same.
        different: Pairs labelled different.
        right: Pairs of the same story that were merged.
        wrong: Pairs of different stories that were merged.
    """

    same: int
    different: int
    right: int
    wrong: int

    @property
    def precision(self) -> float:
        """Share of merged pairs that are the same; 1 where none was merged."""
        merged = self.right + self.wrong
        return self.right / merged if merged else 1.0

    @property
    def recall(self) -> float:
        """Share of the same pairs that were merged; 1 where there are none."""
        return self.right / self.same if self.same else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2.0 * self.precision * self.recall / total if total else 0.0


def load(part: Part) -> list[LabelledTitle]:
    """Reads a part of the set."""
    path = Path(__file__).parent / f"{part}.yaml"
    titles: list[LabelledTitle] = []
    for family in yaml.safe_load(path.read_text(encoding="utf-8")):
        for number, story in enumerate(family["stories"]):
            for entry in story:
                language, text = next(iter(entry.items()))
                titles.append(
                    LabelledTitle(
                        item=f"{part}-{len(titles)}",
                        family=f"{part}: {family['about']}",
                        story=f"{part}: {family['about']} {number}",
                        kind=family["kind"],
                        language=language,
                        text=text,
                        day=entry.get("day", 0),
                        summary=entry.get("summary", ""),
                    )
                )
    return titles


def signals_of(titles: Iterable[LabelledTitle]) -> list[Signal]:
    """One signal a title, from three sources in turn, none of which says the language."""
    return [
        Signal(
            source=("feeds", "forum", "videos")[number % 3],
            item=title.item,
            title=title.text,
            observed_at=FIRST_DAY + timedelta(days=title.day),
            value=1.0,
            unit="views",
            counting="total",
            summary=title.summary,
        )
        for number, title in enumerate(titles)
    ]


def pairs_of(titles: Sequence[LabelledTitle]) -> list[LabelledPair]:
    """The labelled pairs: all that are the same, and about as many that are different.

    Of two stories of one family, the first titles make a pair, the second ones, and so on, where
    the shorter story begins again.
    """
    families: dict[str, dict[str, list[LabelledTitle]]] = defaultdict(lambda: defaultdict(list))
    for title in titles:
        families[title.family][title.story].append(title)
    pairs: list[LabelledPair] = []
    for family in families.values():
        stories = list(family.values())
        for at, story in enumerate(stories):
            for place, one in enumerate(story):
                pairs.extend(LabelledPair(one, other, True) for other in story[place + 1 :])
            for others in stories[at + 1 :]:
                pairs.extend(
                    LabelledPair(story[turn % len(story)], others[turn % len(others)], False)
                    for turn in range(max(len(story), len(others)))
                )
    return pairs


def topic_of_items(topics: Iterable[Topic]) -> dict[str, str]:
    """The topic of each item."""
    return {signal.item: topic.topic_id for topic in topics for signal in topic.signals}


def agreement(pairs: Iterable[LabelledPair], topics: Mapping[str, str]) -> Agreement:
    """Compares a merge with the labels.

    Args:
        pairs: Labelled pairs.
        topics: What ``topic_of_items`` gives.
    """
    counts = {(same, merged): 0 for same in (True, False) for merged in (True, False)}
    for pair in pairs:
        counts[pair.same, topics[pair.one.item] == topics[pair.other.item]] += 1
    return Agreement(
        same=counts[True, True] + counts[True, False],
        different=counts[False, True] + counts[False, False],
        right=counts[True, True],
        wrong=counts[False, True],
    )


def agreement_by(
    pairs: Iterable[LabelledPair], topics: Mapping[str, str], key: Callable[[LabelledPair], str]
) -> dict[str, Agreement]:
    """The same for each group of pairs, such as by their languages."""
    groups: dict[str, list[LabelledPair]] = defaultdict(list)
    for pair in pairs:
        groups[key(pair)].append(pair)
    return {name: agreement(groups[name], topics) for name in sorted(groups)}


def merged_strangers(titles: Sequence[LabelledTitle], topics: Mapping[str, str]) -> int:
    """Pairs of titles of different families that were merged: each one is wrong."""
    groups: dict[str, list[LabelledTitle]] = defaultdict(list)
    for title in titles:
        groups[topics[title.item]].append(title)
    return sum(
        one.family != other.family
        for group in groups.values()
        for place, one in enumerate(group)
        for other in group[place + 1 :]
    )
