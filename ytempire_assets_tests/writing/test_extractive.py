"""The extractive writer: every sentence has its source, the length fits, bad sources are said."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ytempire_assets.discovery.snapshot import SnapshotTopic, load_snapshot
from ytempire_assets.errors import PermanentError, YtempireError
from ytempire_assets.settings import SAMPLE_SNAPSHOT
from ytempire_assets.speech.espeak import EspeakVoice
from ytempire_assets.speech.narration import spoken_s
from ytempire_assets.writing.extractive import ExtractiveWriter
from ytempire_assets.writing.script import Brief, ChartSeries, Document, SeriesPoint

TOPICS = load_snapshot(SAMPLE_SNAPSHOT).topics
VOICE = EspeakVoice("en-us", words_per_minute=170)


@cache
def seconds(text: str) -> float:
    return VOICE.speak(text).duration_s


def rough_seconds(text: str) -> float:
    return 0.4 * max(1, len(text.split()))


def brief_of(topic: SnapshotTopic, target_s: float = 36) -> Brief:
    documents = tuple(
        Document(
            document.id,
            document.title,
            document.publisher,
            document.address,
            document.licence,
            document.attribution,
            document.text,
            tuple(
                ChartSeries(
                    series.title,
                    series.unit,
                    series.kind,
                    tuple(SeriesPoint(point.label, point.value) for point in series.points),
                )
                for series in document.series
            ),
        )
        for document in topic.documents
    )
    return Brief(
        video_id="orbit-20261119-1",
        topic_title=topic.title,
        niche=topic.niche,
        keywords=topic.keywords,
        documents=documents,
        target_s=target_s,
        channel_title="Orbit Brief",
        call_to_action="Follow Orbit Brief for one true story every day.",
        style="educational",
        language="en",
        voice_name="espeak en-us",
    )


@pytest.mark.parametrize("topic", TOPICS, ids=[topic.topic for topic in TOPICS])
def test_every_sample_topic_gives_a_sourced_script_of_the_wanted_length(
    topic: SnapshotTopic,
) -> None:
    brief = brief_of(topic)
    script = ExtractiveWriter().write(brief, seconds, spoken_s)
    assert script.estimated_s == pytest.approx(brief.target_s, rel=0.10)
    assert 4 <= len(script.scenes) <= 8
    assert script.scenes[0].kind == "hook"
    assert script.scenes[-1].kind == "closing"
    texts = {document.document_id: " ".join(document.text.split()) for document in brief.documents}
    for scene in script.scenes[:-1]:
        for sentence in scene.sentences:
            assert sentence.document_id is not None
            assert sentence.text in texts[sentence.document_id]
    assert [s.document_id for s in script.scenes[-1].sentences] == [None]
    spoken = [s.text for scene in script.scenes for s in scene.sentences]
    assert len(set(spoken)) == len(spoken)
    cited = {s.document_id for scene in script.scenes for s in scene.sentences} - {None}
    assert {source.document_id for source in script.sources} == cited
    for source in script.sources:
        assert source.address in script.description
        assert source.attribution in script.description
    assert "synthetic voice" in script.description


@pytest.mark.parametrize("topic", TOPICS[:6], ids=[topic.topic for topic in TOPICS[:6]])
def test_hook_is_over_within_three_seconds(topic: SnapshotTopic) -> None:
    script = ExtractiveWriter().write(brief_of(topic), seconds, spoken_s)
    assert seconds(script.scenes[0].narration) <= 3.0


@pytest.mark.parametrize("target_s", [24, 30, 45, 60])
def test_other_lengths_are_hit_too(target_s: float) -> None:
    topic = next(topic for topic in TOPICS if topic.topic == "voyager-1")
    script = ExtractiveWriter().write(brief_of(topic, target_s), seconds, spoken_s)
    assert script.estimated_s == pytest.approx(target_s, rel=0.10)


def test_same_brief_gives_the_same_script() -> None:
    brief = brief_of(TOPICS[0])
    write = ExtractiveWriter().write
    assert write(brief, rough_seconds, spoken_s) == write(brief, rough_seconds, spoken_s)


def test_pictures_show_what_the_sources_carry() -> None:
    shown: set[str] = set()
    for topic in TOPICS:
        script = ExtractiveWriter().write(brief_of(topic), rough_seconds, spoken_s)
        for scene in script.scenes:
            shown |= {"figure"} if scene.figure else set()
            shown |= {"figures"} if scene.figures else set()
            shown |= {scene.series.kind} if scene.series else set()
            shown |= {"milestones"} if scene.milestones else set()
    assert shown == {"figure", "figures", "line", "bar", "milestones"}


def with_texts(*texts: str) -> Brief:
    base = brief_of(TOPICS[0])
    documents = tuple(
        replace(base.documents[0], document_id=f"d{n}", text=text, series=())
        for n, text in enumerate(texts)
    )
    return replace(base, documents=documents)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "word",
        "It leans back on nothing at all here.",
        "a" * 5000,
        "🙂🙂🙂 🙂🙂.",
        "مرحبا بالعالم هذا نص طويل بما يكفي.",
    ],
)
def test_texts_without_usable_sentences_are_refused_with_the_topic(text: str) -> None:
    with pytest.raises(PermanentError, match=r"The Antikythera mechanism.*Next: "):
        ExtractiveWriter().write(with_texts(text), rough_seconds, spoken_s)


def test_too_little_text_says_how_much_there_is() -> None:
    brief = with_texts("The moon has 4 large mountains. Nobody climbed the first one before.")
    with pytest.raises(PermanentError, match=r"give \d+\.\d s of narration, wanted 36 s"):
        ExtractiveWriter().write(brief, rough_seconds, spoken_s)


def test_hostile_titles_stay_within_the_platform_limits() -> None:
    base = brief_of(TOPICS[0])
    hostile = replace(
        base,
        topic_title="<script>" + "very long title " * 30,
        keywords=tuple(f"keyword number {n} <b>" for n in range(80)),
        affiliate_links=(("A <b>thing</b>", "https://example.org/x"),),
    )
    script = ExtractiveWriter().write(hostile, rough_seconds, spoken_s)
    everything = script.title + script.description + "".join(script.tags)
    assert "<" not in everything
    assert ">" not in everything
    assert len(script.title) <= 100
    assert len(script.description.encode()) <= 5000
    assert sum(len(tag) + (2 if " " in tag else 0) + 1 for tag in script.tags) <= 501
    assert "Paid links" in script.description


@hypothesis_settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(st.lists(st.text(max_size=300), min_size=1, max_size=4))
def test_wild_texts_give_a_script_or_a_named_error(texts: list[str]) -> None:
    try:
        script = ExtractiveWriter().write(with_texts(*texts), rough_seconds, spoken_s)
    except YtempireError as error:
        assert "Next:" in str(error)
    else:
        assert script.scenes


def test_snapshot_is_where_the_package_says() -> None:
    assert Path(SAMPLE_SNAPSHOT).is_dir()
