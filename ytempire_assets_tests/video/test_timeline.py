"""One clock for all formats: scenes touch, music makes room for the voice, nothing lies outside."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.captions import Word
from ytempire_assets.video.keyframes import Keyframe, sample
from ytempire_assets.video.timeline import Timeline, build_timeline, ducking

from .samples import scenes_of, spoken

WORDS = [Word("alpha", 0.2, 0.6), Word("beta", 0.7, 1.1), Word("gamma", 4.0, 4.5)]


@given(
    st.lists(st.floats(0.05, 30), min_size=1, max_size=30),
    st.just(0.0) | st.floats(0.1, 4),
    st.just(0.0) | st.floats(0.1, 6),
    st.floats(5, 900),
)
def test_scenes_cover_the_video_without_gaps(
    lengths: list[float], intro_s: float, outro_s: float, max_s: float
) -> None:
    timeline = spoken(lengths, intro_s=intro_s, outro_s=outro_s, max_s=max_s, music="calm")
    assert timeline.scenes[0].start_s == 0
    for before, scene in zip(timeline.scenes, timeline.scenes[1:], strict=False):
        assert scene.start_s == pytest.approx(before.end_s)
        assert scene.end_s > scene.start_s
    voice_s = sum(lengths)
    assert timeline.voice.end_s - timeline.voice.start_s == pytest.approx(voice_s)
    # Intro and outro give way to the platform's limit, the narration never does.
    assert timeline.duration_s <= max(voice_s, max_s) + 1e-6
    assert timeline.duration_s <= voice_s + intro_s + outro_s + 1e-6
    assert Timeline.from_json(timeline.to_json()) == timeline


def test_intro_and_outro_stand_around_the_voice() -> None:
    timeline = spoken([2.0, 3.0], WORDS, intro_s=0.8, outro_s=2.0)
    assert [(s.kind, s.number) for s in timeline.scenes] == [
        ("intro", 0), ("story", 1), ("story", 2), ("outro", 3),
    ]  # fmt: skip
    assert timeline.duration_s == pytest.approx(7.8)
    assert timeline.words[0].start_s == pytest.approx(1.0)
    tight = spoken([2.0, 3.0], WORDS, intro_s=0.8, outro_s=2.0, max_s=6.0)
    assert [s.kind for s in tight.scenes] == ["intro", "story", "story", "outro"]
    assert tight.duration_s == pytest.approx(6.0)
    full = spoken([2.0, 3.0], WORDS, intro_s=0.8, outro_s=2.0, max_s=5.0)
    assert [s.kind for s in full.scenes] == ["story", "story"]


def test_music_is_down_before_and_under_words_and_up_in_long_pauses() -> None:
    gain = ducking(WORDS, 6.0, -14.0)
    times = np.array([0.0, 0.5, 1.0, 2.5, 3.9, 4.2, 6.0])
    at = dict(zip(times.tolist(), sample(gain, times).tolist(), strict=True))
    assert at[0.0] == at[0.5] == at[1.0] == pytest.approx(-26.0)
    assert at[2.5] == pytest.approx(-14.0)
    assert at[3.9] == at[4.2] == pytest.approx(-26.0)
    assert at[6.0] == pytest.approx(-14.0)


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0.01, 1)), max_size=30), st.floats(0, 5))
def test_ducking_is_in_order_inside_the_video_and_never_louder_than_open(
    parts: list[tuple[float, float]], tail: float
) -> None:
    words, now = [], 0.0
    for pause, length in parts:
        words.append(Word("w", now + pause, now + pause + length))
        now += pause + length
    total = now + tail + 0.5
    gain = ducking(words, total, -14.0)
    times = [keyframe.at for keyframe in gain]
    assert times == sorted(set(times))
    assert 0 <= times[0] <= times[-1] <= total + 1e-3
    spoken_at = np.array([(w.start_s + w.end_s) / 2 for w in words])
    if len(spoken_at):
        assert float(sample(gain, spoken_at).max()) <= -26.0 + 1e-6
    assert max(keyframe.value for keyframe in gain) <= -14.0


def test_keyframes_hold_before_and_after_and_ease_between() -> None:
    track = (Keyframe(1.0, 0.0), Keyframe(3.0, 8.0, "out_cubic"), Keyframe(4.0, 8.0))
    values = sample(track, np.array([0.0, 1.0, 2.0, 3.0, 9.0]))
    assert values.tolist() == pytest.approx([0.0, 0.0, 7.0, 8.0, 8.0])
    jump = (Keyframe(1.0, 0.0), Keyframe(1.0, 5.0))
    assert sample(jump, np.array([0.9, 1.0])).tolist() == [0.0, 5.0]


@pytest.mark.parametrize(
    ("scenes", "voice_s"),
    [
        ([], 1.0),
        (scenes_of([0.0]), 1.0),
        (scenes_of([-1.0]), 1.0),
        (scenes_of([math.nan]), 1.0),
        (scenes_of([1.0]), 0.0),
        (scenes_of([1.0]), math.inf),
        ([{"number": 1, "start_s": 0.5, "end_s": 1.0}], 1.0),
        ([*scenes_of([1.0]), {"number": 2, "start_s": 1.5, "end_s": 2.0}], 2.0),
    ],
)
def test_what_is_not_a_narration_is_refused(scenes: list[dict[str, float]], voice_s: float) -> None:
    with pytest.raises(InvalidInputError):
        build_timeline("v", scenes, [], "voice", voice_s)


@pytest.mark.parametrize("word", [Word("late", 4.9, 5.6), Word("early", -0.2, 0.3)])
def test_words_outside_the_narration_are_named(word: Word) -> None:
    with pytest.raises(InvalidInputError, match=f"the word '{word.text}'.*outside"):
        spoken([5.0], [word])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"video_id": 1, "scenes": 3}'])
def test_other_json_is_not_a_timeline(text: str) -> None:
    with pytest.raises(InvalidInputError, match="not a timeline"):
        Timeline.from_json(text)
