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
from ytempire_assets.writing.gates import judge
from ytempire_assets.writing.script import (
    Brief,
    ChartSeries,
    Document,
    Objection,
    SeriesPoint,
    Style,
)

EVERY_TOPIC = load_snapshot(SAMPLE_SNAPSHOT).topics
TOPICS = [topic for topic in EVERY_TOPIC if topic.language == "en"]
VOICES = {
    "en": EspeakVoice("en-us", words_per_minute=170),
    "de": EspeakVoice("de", words_per_minute=160),
}


@cache
def seconds(text: str) -> float:
    return VOICES["en"].speak(text).duration_s


@cache
def german_seconds(text: str) -> float:
    return VOICES["de"].speak(text).duration_s


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
        language=topic.language,
        voice_name="espeak en-us",
    )


STYLES: tuple[Style, ...] = ("educational", "entertainment", "news", "tutorial")


@pytest.mark.parametrize("number", range(len(EVERY_TOPIC)), ids=[t.topic for t in EVERY_TOPIC])
def test_every_sample_topic_gives_a_script_that_passes_every_gate(number: int) -> None:
    topic = EVERY_TOPIC[number]
    # Each topic in one style and tone, all of them over the topics.
    style = STYLES[number % len(STYLES)]
    tone = ("lively", "calm", "curious", "serious")[number // 4 % 4]
    brief = replace(brief_of(topic), style=style, tone=tone, video_id=f"x-20261119-{number}")
    spoken = seconds if topic.language == "en" else german_seconds
    script = ExtractiveWriter().write(brief, spoken, spoken_s)
    assert [one for one in judge(script, brief) if not one.passed] == []
    assert script.estimated_s == pytest.approx(brief.target_s, rel=0.10)
    assert 4 <= len(script.scenes) <= 8
    assert script.scenes[0].kind == "hook"
    assert script.scenes[-1].kind == "closing"
    assert script.hook == script.scenes[0].narration
    assert script.call_to_action == brief.call_to_action
    texts = {document.document_id: " ".join(document.text.split()) for document in brief.documents}
    for scene in script.scenes[:-1]:
        for sentence in scene.sentences:
            if sentence.document_id is None:
                assert not any(character.isdigit() for character in sentence.text.replace("1", ""))
                continue
            for original in (sentence.original or sentence.text).split(". "):
                assert original.rstrip(".") in texts[sentence.document_id]
    spoken_sentences = [s.text for scene in script.scenes for s in scene.sentences]
    assert len(set(spoken_sentences)) == len(spoken_sentences)
    cited = {s.document_id for scene in script.scenes for s in scene.sentences} - {None}
    assert {source.document_id for source in script.sources} == cited
    for source in script.sources:
        assert source.address in script.description
        assert source.attribution in script.description
    assert ("synthetic voice" if topic.language == "en" else "Stimme") in script.description


def test_styles_and_tones_sound_different() -> None:
    topic = next(topic for topic in TOPICS if topic.topic == "eiffel-tower")
    told = {
        style: ExtractiveWriter()
        .write(replace(brief_of(topic), style=style, tone="serious"), rough_seconds, spoken_s)
        .scenes
        for style in STYLES
    }
    own = {
        style: {s.text for scene in scenes[:-1] for s in scene.sentences if not s.document_id}
        for style, scenes in told.items()
    }
    for style, lines in own.items():
        others = set().union(*(own[other] for other in STYLES if other != style))
        assert lines
        assert lines.isdisjoint(others)
    assert any("According to" in scene.narration for scene in told["news"])


def test_a_refused_sentence_is_not_said_again() -> None:
    brief = brief_of(TOPICS[0])
    first = ExtractiveWriter().write(brief, seconds, spoken_s)
    refused = [s.original or s.text for s in first.scenes[1].sentences if s.document_id]
    objections = tuple(Objection("words", "not this one", text) for text in refused)
    second = ExtractiveWriter().write(replace(brief, objections=objections), seconds, spoken_s)
    said = " ".join(s.original or s.text for scene in second.scenes for s in scene.sentences)
    assert refused
    assert all(text not in said for text in refused)


def test_a_story_without_short_sentences_opens_with_a_teaser() -> None:
    slow = lambda text: 0.42 * len(text.split())  # noqa: E731
    text = (
        "Farmers drove their cattle over the long bridge early every single morning. "
        "Pilgrims from many distant lands rested beside the long bridge at night. "
        "Heavy winter storms carried away three of its oldest stone arches twice. "
        "Merchants paid a silver coin for each cart with timber and salt. "
        "Soldiers guarded both gates against thieves until the last war had ended."
    )
    brief = replace(with_texts(text), keywords=("long bridge",), target_s=34)
    script = ExtractiveWriter().write(brief, slow, spoken_s)
    assert script.scenes[0].estimated_s <= 3.0
    assert script.scenes[0].sentences[0].document_id is None
    assert "bridge" in script.hook


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
