"""Phrases never lose a word or cross a pause; nothing in a word acts as a command."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.burned_captions import caption_limits, place_captions
from ytempire_assets.video.captions import (
    PAUSE_S,
    Cue,
    Word,
    build_cues,
    to_srt,
    to_vtt,
)
from ytempire_assets.video.formats import FORMATS
from ytempire_assets.video.line_breaks import LINE_WIDTH, width

from .samples import DARK, TINY


def speak(text: str, *, start_s: float = 0.0, word_s: float = 0.3) -> list[Word]:
    return [
        Word(word, start_s + index * word_s, start_s + index * word_s + word_s * 0.9)
        for index, word in enumerate(text.split())
    ]


SPOKEN = st.lists(
    st.tuples(
        st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), min_size=1, max_size=14),
        st.floats(0, 1.5),
        st.floats(0.01, 0.8),
    ),
    max_size=60,
)


def in_time(parts: list[tuple[str, float, float]]) -> list[Word]:
    words, now = [], 0.0
    for text, pause, length in parts:
        now += pause
        words.append(Word(text, now, now + length))
        now += length
    return [word for word in words if word.text.strip()]


@given(SPOKEN)
def test_cues_hold_every_word_once_in_order_without_overlap(
    parts: list[tuple[str, float, float]],
) -> None:
    words = in_time(parts)
    cues = build_cues(words, max_characters=24, max_words=5)
    assert [word for cue in cues for word in cue.words] == words
    for cue in cues:
        assert cue.start_s == cue.words[0].start_s
        assert cue.end_s > cue.start_s
        assert len(cue.words) <= 5
        assert len(cue.text) <= 24 or len(cue.words) == 1
        for before, after in pairwise(cue.words):
            assert after.start_s - before.end_s <= PAUSE_S + 1e-9
            assert not re.search(r"[.!?…]$", before.text)
    for before_cue, after_cue in pairwise(cues):
        assert before_cue.end_s <= max(after_cue.start_s, before_cue.start_s + 0.01)


def test_phrases_are_even_and_break_at_clauses() -> None:
    cues = build_cues(speak("The farthest thing we ever built, still talking to us today."))
    assert [cue.text for cue in cues] == [
        "The farthest thing",
        "we ever built,",
        "still talking",
        "to us today.",
    ]


def test_words_out_of_order_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="out of order"):
        build_cues([Word("b", 1.0, 1.2), Word("a", 0.0, 0.2)])
    with pytest.raises(InvalidInputError, match="out of order"):
        build_cues([Word("a", 1.0, 0.5)])


@given(SPOKEN)
def test_srt_is_valid(parts: list[tuple[str, float, float]]) -> None:
    words = in_time(parts)
    srt = to_srt(build_cues(words))
    blocks = srt.strip("\n").split("\n\n") if words else []
    shown, last_end = "", -1
    for number, block in enumerate(blocks, start=1):
        index, times, *lines = block.split("\n")
        assert index == str(number)
        found = re.fullmatch(
            r"(\d\d):(\d\d):(\d\d),(\d{3}) --> (\d\d):(\d\d):(\d\d),(\d{3})", times
        )
        assert found is not None
        numbers = [int(group) for group in found.groups()]
        start, end = (
            ((numbers[at] * 60 + numbers[at + 1]) * 60 + numbers[at + 2]) * 1000 + numbers[at + 3]
            for at in (0, 4)
        )
        assert last_end <= start + 11
        assert start <= end
        last_end = end
        assert lines
        assert all(line and width(line) <= LINE_WIDTH for line in lines)
        shown += "".join("".join(lines).split())
    assert shown == "".join("".join(word.text.split()) for word in words).replace("-->", "→")


def test_srt_reads_like_subtitles() -> None:
    words = speak("Voyager 1 is more than twenty four billion kilometres from Earth.")
    assert to_srt(build_cues(words)) == (
        "1\n00:00:00,000 --> 00:00:03,520\n"
        "Voyager 1 is more than twenty four\nbillion kilometres from Earth.\n"
    )
    assert to_srt(()) == ""


def test_vtt_holds_the_same_subtitles_escaped() -> None:
    words = speak("a < b & c --> d.")
    vtt = to_vtt(build_cues(words))
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert "a &lt; b &amp; c → d." in vtt
    assert to_vtt(()) == "WEBVTT\n"


def test_each_word_is_lit_exactly_while_it_is_spoken() -> None:
    words = speak("one two three")
    cue = place_captions(build_cues(words), DARK, TINY).cues[0]
    assert [word.text for word in cue.words] == ["one", "two", "three"]
    lit = {time_s: cue.lit_at(time_s) for time_s in (-0.1, 0.0, 0.29, 0.31, 0.61, 1.1)}
    assert lit == {-0.1: None, 0.0: 0, 0.29: 0, 0.31: 1, 0.61: 2, 1.1: 2}


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_any_text_is_placed_in_its_box_or_named(texts: list[str]) -> None:
    box = TINY.captions_box
    words = tuple(Word(text, index, index + 1.0) for index, text in enumerate(texts))
    try:
        track = place_captions([Cue(words, 0.0, float(len(texts)))], DARK, TINY)
    except InvalidInputError as error:
        assert "font" in error.next_step
        return
    for cue in track.cues:
        for word in cue.words:
            assert box.x - 1 <= word.x <= box.right + 1
            assert box.y <= word.baseline <= box.bottom + word.size
            assert word.size > 0


def test_wide_formats_hold_more_words() -> None:
    tall = caption_limits(FORMATS["youtube_shorts"])
    wide = caption_limits(FORMATS["youtube_long"])
    assert wide.max_characters > tall.max_characters
    assert wide.max_words > tall.max_words


def test_scripts_that_no_font_has_are_an_error() -> None:
    with pytest.raises(InvalidInputError, match="Hebrew"):
        place_captions([Cue((Word("שלום", 0.0, 0.5),), 0.0, 0.5)], DARK, TINY)
