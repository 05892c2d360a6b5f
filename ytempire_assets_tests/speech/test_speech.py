"""The voice really speaks: word times, loudness and what cannot be spoken."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ytempire_assets.errors import InvalidInputError, PermanentError
from ytempire_assets.loudness import MAX_PEAK_DBTP, TARGET_LUFS, TOLERANCE_LU
from ytempire_assets.speech.espeak import EspeakVoice, voices
from ytempire_assets.speech.mastering import master
from ytempire_assets.speech.narration import LEAD_S, SCENE_PAUSE_S, TAIL_S, narrate, spoken_s
from ytempire_assets.speech.voice import speakable
from ytempire_assets.video.ffmpeg import find_ffmpeg

VOICE = EspeakVoice("en-us")
SCENES = [
    (1, "Voyager 1 carries a golden record for strangers."),
    (2, "Voyager 1 left Earth on 5 September 1977. Signals need more than 22 hours."),
    (3, "Follow Orbit Brief."),
]


def test_every_word_has_its_time_in_order() -> None:
    text = "On Earth — 24 billion kilometres is far, and 3.7 metres well-known."
    utterance = VOICE.speak(text)
    assert [word.text for word in utterance.words] == text.split()
    starts = [word.start_s for word in utterance.words]
    assert starts == sorted(starts)
    assert all(word.start_s <= word.end_s <= utterance.duration_s for word in utterance.words)


def test_words_stand_where_the_sound_is() -> None:
    utterance = VOICE.speak("Stop. Go.")
    first, second = utterance.words
    rate, samples = utterance.sample_rate_hz, np.abs(utterance.samples)
    gap = samples[int((first.end_s + 0.05) * rate) : int((second.start_s - 0.05) * rate)]
    assert len(gap) > 0.1 * rate
    assert gap.max() < 0.02
    spoken = samples[int(second.start_s * rate) : int(second.end_s * rate)]
    assert spoken.max() > 0.1


def test_same_text_is_as_long_again_and_voices_differ() -> None:
    one, again = VOICE.speak("Hello there."), VOICE.speak("Hello there.")
    other = EspeakVoice("en-gb-x-rp", words_per_minute=120).speak("Hello there.")
    # The library's noise differs from call to call, and with it where the last sound fades out.
    assert again.duration_s == pytest.approx(one.duration_s, abs=0.03)
    assert [word.text for word in one.words] == [word.text for word in again.words]
    assert other.duration_s > one.duration_s


@pytest.mark.parametrize("name", ["xx-nowhere", "en-us+nobody", "en-us+../x", ""])
def test_unknown_voice_names_the_setting(name: str) -> None:
    with pytest.raises(InvalidInputError, match=r"no voice .*voice\.voice"):
        EspeakVoice(name).speak("Hello.")
    assert VOICE.speak("Still works.").duration_s > 0.3


def test_voices_are_listed() -> None:
    assert {"en-us", "en-gb-x-rp", "de"} <= set(voices())


@pytest.mark.parametrize("text", ["", "🙂 🙂", "\u200b\x00"])
def test_nothing_to_say_is_an_error(text: str) -> None:
    with pytest.raises(PermanentError, match="finds nothing to say"):
        VOICE.speak(text)


def test_a_word_of_5000_characters_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="a word of 5000 characters"):
        VOICE.speak("before " + "x" * 5000 + " after")


@pytest.mark.parametrize(
    "text",
    [
        r"100% {\an8} \N \\ 'quoted' \"double\" <b>bold</b> & more",
        "Emoji 🚀 between words",
        "مرحبا بالعالم",
        "Ünïcödé naïveté",
        "line\nbreak\ttab",
    ],
)
def test_awkward_text_is_spoken_with_all_its_words(text: str) -> None:
    utterance = VOICE.speak(text)
    assert [word.text for word in utterance.words] == speakable(text).split()
    assert utterance.duration_s > 0.2


@hypothesis_settings(derandomize=True, deadline=None, max_examples=60)
@given(st.text(max_size=80))
def test_wild_text_is_spoken_or_refused(text: str) -> None:
    try:
        utterance = VOICE.speak(text)
    except (InvalidInputError, PermanentError) as error:
        assert error.next_step
    else:
        assert [word.text for word in utterance.words] == speakable(text).split()


def test_narration_is_mastered_and_timed() -> None:
    narration = narrate(SCENES, VOICE, find_ffmpeg(None))
    assert narration.loudness.integrated_lufs == pytest.approx(TARGET_LUFS, abs=TOLERANCE_LU)
    assert narration.loudness.true_peak_dbtp <= MAX_PEAK_DBTP
    with wave.open(io.BytesIO(narration.wav)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (48_000, 1, 2)
        assert file.getnframes() / 48_000 == pytest.approx(narration.duration_s)
    assert [scene.number for scene in narration.scenes] == [1, 2, 3]
    assert narration.scenes[0].start_s == 0
    assert narration.scenes[-1].end_s == narration.duration_s
    for scene, following in zip(narration.scenes, narration.scenes[1:], strict=False):
        assert scene.end_s == following.start_s
    for item in narration.words:
        scene = narration.scenes[item.scene - 1]
        assert scene.start_s <= item.word.start_s
        assert item.word.end_s <= scene.end_s
    lengths = [VOICE.speak(text).duration_s for _, text in SCENES]
    assert narration.duration_s == pytest.approx(spoken_s(lengths), abs=0.02)
    assert LEAD_S + 2 * SCENE_PAUSE_S + TAIL_S + sum(lengths) == pytest.approx(spoken_s(lengths))


def test_silence_cannot_be_mastered(tmp_path: Path) -> None:
    silent = tmp_path / "silent.wav"
    with wave.open(str(silent), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(22050)
        file.writeframes(b"\0\0" * 22050)
    with pytest.raises(PermanentError, match=r"silent\.wav: the sound is silent"):
        master(silent, tmp_path / "mastered.wav", find_ffmpeg(None))


def test_broken_audio_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF nonsense")
    with pytest.raises(PermanentError, match=r"broken\.wav: ffmpeg failed"):
        master(broken, tmp_path / "out.wav", find_ffmpeg(None))
