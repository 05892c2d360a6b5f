"""Subtitles are phrases that can be read in time, in every script, and lie inside safe areas."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytempire_assets.speech.espeak import EspeakVoice
from ytempire_assets.speech.normalise import NormalisedVoice
from ytempire_assets.video.burned_captions import caption_art, caption_limits, place_captions
from ytempire_assets.video.captions import (
    HOLD_S,
    READING_SPEED,
    Cue,
    Word,
    build_cues,
    build_subtitles,
    to_srt,
    to_vtt,
)
from ytempire_assets.video.formats import FORMATS
from ytempire_assets.video.line_breaks import LINE_WIDTH, break_cost, joined, two_lines, width
from ytempire_assets.video.sync import CUE_TOLERANCE_S, check_cues, parse_srt

from .samples import DARK

ENGLISH = (
    "Voyager 1 carries a golden record for strangers. It left Earth on 5 September 1977, and is "
    "now more than 24 billion kilometres away. Signals need over 22 hours to reach us; still, "
    "engineers talk to it every week, because the probe is the only one that has left the bubble "
    "of the Sun."
)
GERMAN = (
    "Der Rhein entspringt in den Schweizer Alpen, fließt durch sechs Länder und mündet nach 1230 "
    "Kilometern in die Nordsee. Schon die Römer nutzten ihn als Grenze und als Straße."
)


def spoken(text: str, voice: str, language: str, pace: int = 150) -> tuple[list[Word], float]:
    said = NormalisedVoice(EspeakVoice(voice, pace), language).speak(text)
    return [Word(word.text, word.start_s, word.end_s) for word in said.words], said.duration_s


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (GERMAN, "de")])
def test_a_voice_at_reading_pace_gives_subtitles_that_can_be_read(text: str, language: str) -> None:
    words, duration_s = spoken(text, "en-us" if language == "en" else "de", language)
    subtitles = build_subtitles(build_cues(words), language, duration_s + 0.5)
    assert [word for cue in subtitles for word in cue.words] == words
    for cue in subtitles:
        assert len(cue.text) / (cue.end_s - cue.start_s) <= READING_SPEED + 0.1
    for before, after in pairwise(subtitles):
        assert before.end_s <= after.start_s
    srt = to_srt(build_cues(words), language=language, until_s=duration_s + 0.5)
    report = check_cues(parse_srt(srt), words, duration_s + 0.5)
    assert not report.problems
    assert report.furthest_s <= CUE_TOLERANCE_S
    lines = [block.split("\n")[2:] for block in srt.strip().split("\n\n")]
    assert max(len(block) for block in lines) == 2
    ends = [line.split()[-1] for block in lines for line in block]
    assert not {"the", "a", "of", "in", "die", "der", "den", "als", "durch"} & set(ends)


def test_a_voice_that_is_too_fast_uses_the_pauses_and_loses_no_word() -> None:
    words, duration_s = spoken(ENGLISH, "en-us", "en", pace=260)
    until_s = duration_s + 2
    subtitles = build_subtitles(build_cues(words), "en", until_s)
    assert [word for cue in subtitles for word in cue.words] == words
    for cue, after in zip(subtitles, [*subtitles[1:], None], strict=True):
        free_s = after.start_s if after else until_s
        fast = len(cue.text) / (cue.end_s - cue.start_s) > READING_SPEED + 0.1
        # Only where the next one begins right behind it.
        assert not fast or cue.end_s == pytest.approx(min(free_s, cue.words[-1].end_s + 1.5))


def test_the_last_subtitle_stays_no_longer_than_it_may() -> None:
    words = [Word("Extraordinarily", 0.0, 0.3), Word("brief.", 0.3, 0.5)]
    assert build_subtitles(build_cues(words))[-1].end_s == pytest.approx(0.5 + HOLD_S)
    assert build_subtitles(build_cues(words), "en", 5.0)[-1].end_s == pytest.approx(22 / 17)
    assert build_subtitles(build_cues(words), "en", 0.9)[-1].end_s == pytest.approx(0.9)


def test_a_pause_is_never_bridged() -> None:
    words = [Word("One", 0.0, 0.3), Word("two", 3.0, 3.3)]
    assert [cue.text for cue in build_subtitles(build_cues(words))] == ["One", "two"]


@pytest.mark.parametrize(
    ("text", "language", "lines"),
    [
        (
            "While the third one feeds the rest of the body, the others rest",
            "en",
            ["While the third one feeds the rest", "of the body, the others rest"],
        ),
        (
            "Sie schwebt wegen ihrer winzigen Tropfen in der warmen Luft darunter",
            "de",
            ["Sie schwebt wegen ihrer winzigen Tropfen", "in der warmen Luft darunter"],
        ),
    ],
)
def test_lines_break_between_phrases(text: str, language: str, lines: list[str]) -> None:
    assert two_lines(text.split(), language)[0] == lines


def test_a_number_stays_with_what_it_counts() -> None:
    assert break_cost("24", "kilometres", "en") > break_cost("long", "kilometres", "en")
    assert break_cost("in", "Berlin", "de") > break_cost("Haus", "Berlin", "de")


def test_scripts_without_spaces_are_joined_and_wrapped_by_width() -> None:
    assert joined(["蜂蜜", "不会", "变质。", "Honey", "lasts"]) == "蜂蜜不会变质。 Honey lasts"
    sentence = "人们在古墓里发现了装满蜂蜜的罐子，三千年以后还可以吃，真的非常不可思议。"
    lines, _ = two_lines([sentence], "zh")
    assert "".join(lines) == sentence
    assert len(lines) == 2
    assert lines[0].endswith("，")
    assert all(width(line) <= LINE_WIDTH for line in lines)
    thai = "น้ำผึ้งไม่มีวันเสีย" * 4
    lines, _ = two_lines([thai], "th")
    assert "".join(lines) == thai
    assert all(width(line) <= LINE_WIDTH for line in lines)
    assert not any(unicodedata.category(line[0]) == "Mn" for line in lines)
    srt = to_srt(build_cues([Word("蜂蜜", 0.0, 0.5), Word("不会变质。", 0.5, 1.4)]), language="zh")
    assert srt.endswith("蜂蜜不会变质。\n")


@pytest.mark.parametrize("text", ["العسل لا يفسد أبدًا، صحيح؟", "דבש לא מתקלקל לעולם."])
def test_lines_that_run_to_the_left_say_so_where_players_need_it(text: str) -> None:
    words = [Word(word, index, index + 0.9) for index, word in enumerate(text.split())]
    cues = build_cues(words)
    srt = to_srt(cues, language="ar")
    # In the order in which it is read, embedded as a whole so that its stop stays at its end.
    assert f"\u202b{text}\u202c" in srt
    assert not check_cues(parse_srt(srt), words, 60.0).problems
    vtt = to_vtt(cues, language="ar")
    assert text in vtt
    assert "\u202b" not in vtt
    assert "\u200f" not in vtt  # browsers go by the first letter, which is right


def test_a_line_that_begins_with_another_script_is_marked_for_browsers() -> None:
    text = "NASA تقول إن العسل لا يفسد"
    words = [Word(word, index, index + 0.9) for index, word in enumerate(text.split())]
    assert f"\u200f{text}" in to_vtt(build_cues(words), language="ar")
    assert "\u200f" not in to_vtt(build_cues(words[:1]), language="en")


WILD = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1),
        st.floats(0, 1.2),
        st.floats(0.01, 0.8),
    ),
    max_size=40,
)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(WILD, st.sampled_from(["en", "de", "ar", "zh"]))
def test_wild_words_are_all_shown_in_order(
    parts: list[tuple[str, float, float]], language: str
) -> None:
    words, now = [], 0.0
    for text, pause, length in parts:
        words.append(Word(text, now + pause, now + pause + length))
        now += pause + length
    subtitles = build_subtitles(build_cues(words), language, now + 1)
    assert [word for cue in subtitles for word in cue.words] == [w for w in words if w.text.strip()]
    for before, after in pairwise(subtitles):
        assert before.end_s <= max(after.start_s, before.start_s + 0.01)
    for cue in subtitles:
        assert cue.start_s == cue.words[0].start_s
        lines, _ = two_lines([word.text for word in cue.words], language)
        assert all(width(line) <= LINE_WIDTH for line in lines)


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize(
    "text",
    [
        ENGLISH,
        "Donaudampfschifffahrtsgesellschaftskapitänswitwe Rindfleischetikettierungsüberwachung",
        "WWWW MMMM WWWWWWWWWW MMMMMMMMMMMM WWWW MMMM",
    ],
)
def test_burned_captions_stay_inside_what_no_platform_covers(name: str, text: str) -> None:
    fmt = FORMATS[name]
    limits = caption_limits(fmt)
    words = [Word(word, 0.3 * n, 0.3 * n + 0.25) for n, word in enumerate(text.split())]
    cues: tuple[Cue, ...] = build_cues(
        words, max_characters=limits.max_characters, max_words=limits.max_words
    )
    safe = fmt.safe_box
    track = place_captions(cues, DARK, fmt)
    assert sum(len(cue.words) for cue in track.cues) == len(words)
    for cue in track.cues:
        for word in cue.words:
            art = caption_art(track, word)
            assert safe.x <= art.left
            assert art.right <= safe.right
            assert safe.y <= art.top
            assert art.bottom <= safe.bottom
