"""The shipped snapshot is fit to be spoken, broken files are named, and the replay covers any day.

The sentences are checked here because the summariser cuts them out of their paragraphs: one that
begins with "It" or says the same as another would be heard in a video.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.discovery.snapshot import (
    SAMPLE_DAY,
    SERIES_DAYS,
    Snapshot,
    SnapshotSignal,
    SnapshotTopic,
    load_snapshot,
    observations,
    observed_series,
)
from ytempire_assets.errors import InvalidInputError

SHIPPED = Path(__file__).parents[2] / "ytempire_assets" / "sample" / "topics"
LEANS_BACK = re.compile(
    r"^(It|Its|This|That|They|Their|These|Those|He|She|His|Her|But|And|So|However|Also|Then)\b"
)
NOT_SPOKEN = re.compile(r"[();\"“”–—]|https?:|\s-\s|\b(?:km|kg|mm|cm)\b")
UNDATED = re.compile(r"\b(?:now|recently|currently|today|nowadays|this year)\b", re.IGNORECASE)
FIRST_DAY = SAMPLE_DAY - timedelta(days=SERIES_DAYS - 1)
SIGNAL = SnapshotSignal(source="views", unit="views", values=tuple(range(100, 100 + SERIES_DAYS)))


@cache
def shipped() -> Snapshot:
    return load_snapshot(SHIPPED)


def sentences(text: str) -> list[str]:
    # A German ordinal ends with a dot too: 15. August, Wilhelm II.
    ends = r"(?<!am \d\.)(?<!am \d\d\.)(?<!II\.)(?<!IV\.)(?<=\.)\s+"
    return [part for part in re.split(ends, text) if part]


def every_sentence() -> list[tuple[str, str]]:
    return [
        (topic.topic, sentence)
        for topic in shipped().topics
        for document in topic.documents
        for sentence in sentences(document.text)
    ]


class TestShippedSnapshot:
    def test_loads_without_problems(self) -> None:
        assert shipped().problems == ()
        assert len(shipped().topics) >= 24
        slugs = [topic.topic for topic in shipped().topics]
        assert slugs == sorted(slugs)

    def test_covers_four_niches_evenly(self) -> None:
        niches = Counter(topic.niche for topic in shipped().topics)
        assert set(niches) == {"space", "technology", "nature", "history"}
        assert min(niches.values()) >= 6

    def test_every_topic_has_enough_to_cite(self) -> None:
        for topic in shipped().topics:
            assert 2 <= len(topic.documents) <= 4, topic.topic
            assert sum(len(sentences(document.text)) for document in topic.documents) >= 22
            for document in topic.documents:
                assert len(document.text.split("\n\n")) >= 2, document.id
                assert len(sentences(document.text)) >= 7, document.id
                assert document.licence == "CC0-1.0"
                assert document.publisher in document.attribution

    def test_document_ids_are_unique(self) -> None:
        ids = [document.id for topic in shipped().topics for document in topic.documents]
        assert len(set(ids)) == len(ids)

    def test_every_sentence_stands_alone(self) -> None:
        assert [pair for pair in every_sentence() if LEANS_BACK.match(pair[1])] == []

    def test_every_sentence_can_be_spoken(self) -> None:
        wrong = [
            (topic, sentence)
            for topic, sentence in every_sentence()
            if NOT_SPOKEN.search(sentence)
            or not sentence.endswith(".")
            or not 4 <= len(sentence.split()) <= 20
        ]
        assert wrong == []

    def test_no_sentence_goes_out_of_date_by_its_words(self) -> None:
        assert [pair for pair in every_sentence() if UNDATED.search(pair[1])] == []

    def test_no_sentence_stands_twice(self) -> None:
        counts = Counter(sentence for _, sentence in every_sentence())
        assert [sentence for sentence, count in counts.items() if count > 1] == []

    def test_every_topic_has_short_opening_lines(self) -> None:
        short = Counter(topic for topic, text in every_sentence() if 5 <= len(text.split()) <= 9)
        assert [topic.topic for topic in shipped().topics if short[topic.topic] < 3] == []

    def test_charts_of_both_kinds(self) -> None:
        charted = [
            {series.kind for document in topic.documents for series in document.series}
            for topic in shipped().topics
        ]
        assert sum(bool(kinds) for kinds in charted) >= 16
        assert sum("line" in kinds for kinds in charted) >= 4
        assert sum("bar" in kinds for kinds in charted) >= 4

    def test_points_of_a_line_are_in_order(self) -> None:
        for topic in shipped().topics:
            for document in topic.documents:
                for series in document.series:
                    labels = [point.label for point in series.points]
                    assert len(set(labels)) == len(labels), series.title
                    assert series.kind == "bar" or labels == sorted(labels), series.title

    def test_every_niche_has_a_topic_that_takes_off(self) -> None:
        for niche in ("space", "technology", "nature", "history"):
            growth = [
                sum(values[-2:]) / 2 / (sum(values[5:12]) / 7)
                for topic in shipped().topics
                if topic.niche == niche
                for values in [topic.signals[0].values]
            ]
            assert max(growth) > 2, niche
            assert sum(value > 1.4 for value in growth) >= 2, niche
            assert min(growth) < 1.1, niche


def a_topic(slug: str = "blue-whale", document: str = "whale-size") -> str:
    return f"""\
topic: {slug}
title: "The blue whale, largest of all animals"
niche: nature
keywords: [blue whale, krill, ocean]
signals:
  - source: encyclopedia-views
    unit: views
    values: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
documents:
  - id: {document}
    title: "Size"
    publisher: "A museum"
    address: "https://example.org/whale"
    licence: CC0-1.0
    attribution: "Written for a test."
    text: |
      The blue whale is large.
      The blue whale eats krill.

      The blue whale sings.
    series:
      - title: "Length"
        unit: "metres"
        kind: bar
        points: [{{label: A, value: 1}}, {{label: B, value: 2.5}}, {{label: C, value: 3}}]
"""


VALUES = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]"


def folder_with(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


class TestBrokenFiles:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            pytest.param("", "expected a mapping", id="empty file"),
            pytest.param("topic: [broken\n", "not valid YAML", id="malformed"),
            pytest.param(
                a_topic("broken", "b").replace("niche: nature\n", ""),
                "niche: missing field",
                id="missing field",
            ),
            pytest.param(
                a_topic("broken", "b") + "mood: good\n", "mood: unknown field", id="unknown field"
            ),
            pytest.param(
                a_topic("broken", "b").split("documents:")[0] + "documents: []\n",
                "documents: a topic needs at least one source document",
                id="no sources",
            ),
            pytest.param(
                a_topic("broken", "b").replace(VALUES, VALUES.replace("[1,", "[-1,")),
                "signals.0.values.0",
                id="negative count",
            ),
            pytest.param(
                a_topic("broken", "b").replace(VALUES, VALUES.replace("14]", "yes]")),
                "signals.0.values.13: must be a number",
                id="a flag as count",
            ),
            pytest.param(
                a_topic("broken", "b").replace(VALUES, "[1, 2, 3]"),
                "signals.0.values",
                id="too few days",
            ),
            pytest.param(
                a_topic("broken", "b").replace("value: 2.5", "value: .nan"),
                "documents.0.series.0.points.1.value",
                id="not a number",
            ),
            pytest.param(
                a_topic("broken", "b").replace("value: 2.5", "value: .inf"),
                "documents.0.series.0.points.1.value",
                id="infinite",
            ),
            pytest.param(
                a_topic("broken", "b").replace("https://example.org/whale", "ftp://example.org"),
                "documents.0.address",
                id="address is not http",
            ),
            pytest.param(
                re.sub(r"text: \|\n(.*\n)*?    series", 'text: " "\n    series', a_topic("broken")),
                "documents.0.text: must not be empty",
                id="empty text",
            ),
            pytest.param(
                a_topic("other", "b"), "topic: 'other' must equal the file's name", id="wrong slug"
            ),
            pytest.param(a_topic("Not A Slug", "b"), "broken.yaml, line 1: topic", id="not a slug"),
            pytest.param(
                a_topic("broken", "whale-size"),
                "document id 'whale-size' is already in blue-whale.yaml",
                id="duplicate document id",
            ),
        ],
    )
    def test_is_named_and_the_rest_loads(self, tmp_path: Path, text: str, expected: str) -> None:
        folder = folder_with(tmp_path, {"blue-whale.yaml": a_topic(), "broken.yaml": text})
        snapshot = load_snapshot(folder)
        assert [topic.topic for topic in snapshot.topics] == ["blue-whale"]
        [problem] = snapshot.problems
        assert problem.startswith("broken.yaml")
        assert expected in problem

    def test_topic_claimed_by_two_files(self, tmp_path: Path) -> None:
        folder = folder_with(
            tmp_path, {"blue-whale.yaml": a_topic(), "whale-copy.yaml": a_topic(document="other")}
        )
        snapshot = load_snapshot(folder)
        assert len(snapshot.topics) == 1
        [problem] = snapshot.problems
        assert problem == "whale-copy.yaml: topic 'blue-whale' is already in blue-whale.yaml"

    def test_id_given_twice_in_one_file(self, tmp_path: Path) -> None:
        second = a_topic().split("documents:\n")[1]
        folder = folder_with(tmp_path, {"blue-whale.yaml": a_topic() + second})
        snapshot = load_snapshot(folder)
        assert snapshot.topics == ()
        assert snapshot.problems == ("blue-whale.yaml: document id 'whale-size' is given twice",)

    def test_damage_in_the_shipped_snapshot_costs_one_topic(self, tmp_path: Path) -> None:
        folder = tmp_path / "topics"
        shutil.copytree(SHIPPED, folder)
        path = folder / "voyager-1.yaml"
        path.write_bytes(path.read_bytes()[:300])
        snapshot = load_snapshot(folder)
        assert len(snapshot.topics) == len(shipped().topics) - 1
        assert len(snapshot.problems) == 1
        assert "voyager-1.yaml" in snapshot.problems[0]

    def test_missing_folder(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidInputError, match=r"nowhere cannot be read.*YTEMPIRE_SNAPSHOT"):
            load_snapshot(tmp_path / "nowhere")

    def test_folder_without_topics(self, tmp_path: Path) -> None:
        (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
        with pytest.raises(InvalidInputError, match=r"has no \*\.yaml file.*put topic files"):
            load_snapshot(tmp_path)


class TestText:
    def test_lines_of_a_paragraph_are_joined(self, tmp_path: Path) -> None:
        [topic] = load_snapshot(folder_with(tmp_path, {"blue-whale.yaml": a_topic()})).topics
        assert topic.documents[0].text == (
            "The blue whale is large. The blue whale eats krill.\n\nThe blue whale sings."
        )


class TestReplay:
    def test_sample_day_is_the_last_value(self) -> None:
        series = observed_series(SIGNAL, SAMPLE_DAY)
        assert [value for _, value in series] == list(SIGNAL.values)
        assert [day for day, _ in series] == [
            FIRST_DAY + timedelta(days=offset) for offset in range(SERIES_DAYS)
        ]

    def test_day_after_the_sample_begins_again(self) -> None:
        day = SAMPLE_DAY + timedelta(days=1)
        assert observed_series(SIGNAL, day, days=2) == [(SAMPLE_DAY, 113), (day, 100)]

    @given(
        day=st.dates(min_value=date(1900, 1, 1), max_value=date(9999, 12, 1)),
        days=st.integers(min_value=1, max_value=60),
    )
    def test_any_day_replays_with_period_of_the_series(self, day: date, days: int) -> None:
        series = observed_series(SIGNAL, day, days)
        assert len(series) == days
        assert series[-1][0] == day
        assert all(
            later - earlier == timedelta(days=1) for (earlier, _), (later, _) in pairwise(series)
        )
        again = observed_series(SIGNAL, day - timedelta(days=SERIES_DAYS), days)
        assert [value for _, value in again] == [value for _, value in series]

    @given(
        day=st.dates(min_value=date(1900, 1, 1)),
        days=st.integers(min_value=1, max_value=SERIES_DAYS),
    )
    def test_windows_of_neighbouring_days_agree(self, day: date, days: int) -> None:
        """A backfill of yesterday saw the same counts for yesterday as today's window shows."""
        short, long = observed_series(SIGNAL, day, days), observed_series(SIGNAL, day, days + 5)
        assert long[-days:] == short

    @pytest.mark.parametrize("days", [0, -3])
    def test_refuses_an_empty_window(self, days: int) -> None:
        with pytest.raises(ValueError, match="at least 1"):
            observed_series(SIGNAL, SAMPLE_DAY, days)

    def test_refuses_days_before_the_calendar(self) -> None:
        with pytest.raises(ValueError, match="before the year 1"):
            observed_series(SIGNAL, date(1, 1, 5), 14)

    def test_observations_are_one_per_signal(self) -> None:
        topic: SnapshotTopic = shipped().topics[0]
        seen = observations(topic, SAMPLE_DAY)
        assert [(one.source, one.unit, one.value) for one in seen] == [
            (signal.source, signal.unit, signal.values[-1]) for signal in topic.signals
        ]
        assert {(one.topic, one.day) for one in seen} == {(topic.topic, SAMPLE_DAY)}
