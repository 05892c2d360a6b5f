"""The voice really speaks: word times, loudness and what cannot be spoken."""

from __future__ import annotations

import hashlib
import io
import multiprocessing
import wave
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ytempire_assets.errors import InvalidInputError, PermanentError
from ytempire_assets.loudness import (
    MAX_PEAK_DBTP,
    TARGET_LUFS,
    TOLERANCE_LU,
    measure_loudness,
)
from ytempire_assets.speech.espeak import EspeakVoice, language_of, voice_for, voices
from ytempire_assets.speech.mastering import master
from ytempire_assets.speech.metering import (
    STEP_SAMPLES,
    loudness_of_steps,
    step_peaks,
    step_powers,
)
from ytempire_assets.speech.narration import LEAD_S, SCENE_PAUSE_S, TAIL_S, narrate, spoken_s
from ytempire_assets.speech.trimming import LEAD_S as LEAD_KEPT_S
from ytempire_assets.speech.trimming import SILENCE, trimmed
from ytempire_assets.speech.trimming import TAIL_S as TAIL_KEPT_S
from ytempire_assets.speech.voice import SpokenWord, Utterance, speakable
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


def sound_of(voice: str) -> str:
    """A digest of what a voice makes of a text; a function, so that other processes can do it."""
    spoken = EspeakVoice(voice).speak("She sells sea shells. Funf Schiffe, vier!")
    return hashlib.sha256(spoken.samples.tobytes() + repr(spoken.words).encode()).hexdigest()


def test_a_text_sounds_the_same_whatever_was_said_before_and_at_the_same_time() -> None:
    names = ["en-us", "de", "en-us+whisper", "ar", "en-us+klatt3", "en-gb-x-rp+f3"]
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=1) as pool:
        alone = dict(zip(names, pool.map(sound_of, names, chunksize=1), strict=True))
    assert len(set(alone.values())) == len(names)
    mixed = names * 3 + names[::-1]
    with ThreadPoolExecutor(6) as threads:
        together = list(threads.map(sound_of, mixed))
    assert together == [alone[name] for name in mixed]


def test_a_slower_voice_takes_longer() -> None:
    other = EspeakVoice("en-gb-x-rp", words_per_minute=120).speak("Hello there.")
    assert other.duration_s > VOICE.speak("Hello there.").duration_s


def test_languages_have_their_voices() -> None:
    assert language_of("en-us+f3") == "en-us"
    assert (voice_for("en"), voice_for("de-AT"), voice_for("fr-CA")) == ("en-us", "de", "fr-be")
    with pytest.raises(InvalidInputError, match="no voice for the language 'qq'"):
        voice_for("qq")


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


@dataclass(frozen=True)
class Hum:
    """A voice that hums loudly at a rate that changes from text to text, with silence around."""

    name: str = "hum"

    def speak(self, text: str) -> Utterance:
        rate = 16_000 if len(text) % 2 else 24_000
        clock = np.arange(2 * rate) / rate
        sound = 0.8 * np.sin(2 * np.pi * 220 * clock + 1.1)
        quiet = np.zeros(rate // 2)
        samples = np.concatenate([quiet, sound, quiet]).astype(np.float32)
        words = (SpokenWord(text, 0.5, 2.5),)
        return trimmed(Utterance(samples, rate, words, Decimal("0.01")))


def test_silence_around_an_utterance_is_cut_and_its_words_move_along() -> None:
    hum = Hum().speak("hm")
    assert hum.duration_s == pytest.approx(2 + LEAD_KEPT_S + TAIL_KEPT_S, abs=0.01)
    assert hum.words[0].start_s == pytest.approx(LEAD_KEPT_S, abs=0.001)
    assert hum.words[0].end_s == pytest.approx(2 + LEAD_KEPT_S, abs=0.001)
    spoken = VOICE.speak("Hello there.")
    loud = np.flatnonzero(np.abs(spoken.samples) > SILENCE) / spoken.sample_rate_hz
    assert loud[0] <= LEAD_KEPT_S + 0.001
    assert spoken.duration_s - loud[-1] <= TAIL_KEPT_S + 0.001


def jumps_at(
    sound: np.ndarray[tuple[int], np.dtype[np.float64]], place: int
) -> tuple[float, float]:
    """The largest step between samples within 2 ms of a place, and within 60 ms around that."""
    steps = np.abs(np.diff(sound))
    near = steps[max(0, place - 96) : place + 96].max()
    around = steps[max(0, place - 2880) : place + 2880].max()
    return float(near), float(around)


@pytest.mark.parametrize("voice", [VOICE, Hum()])
def test_scenes_join_without_a_click_at_any_rate(voice: EspeakVoice | Hum) -> None:
    scenes = [(1, "one"), (2, "four"), (3, "seven")]
    narration = narrate(scenes, voice, find_ffmpeg(None))
    with wave.open(io.BytesIO(narration.wav)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    lengths = [voice.speak(text).duration_s for _, text in scenes]
    start = LEAD_S
    for length in lengths:
        for join in (start, start + length):
            near, around = jumps_at(sound, round(join * 48_000))
            assert near <= 0.25 * around
        start += length + SCENE_PAUSE_S
    assert narration.duration_s == pytest.approx(spoken_s(lengths), abs=0.02)


def test_what_a_service_charges_adds_up() -> None:
    assert narrate([(1, "one"), (2, "two")], Hum(), find_ffmpeg(None)).cost_usd == Decimal("0.02")


@pytest.mark.parametrize("gain", [0.02, 0.3, 1.0])
def test_any_level_is_brought_to_the_target_below_the_peak(tmp_path: Path, gain: float) -> None:
    chance = np.random.default_rng(7)
    clock = np.arange(6 * 24_000) / 24_000
    # Clicks of a full wave on a soft tone: what a limiter has most work with.
    sound = 0.2 * np.sin(2 * np.pi * 330 * clock) * (np.sin(2 * np.pi * 0.8 * clock) > -0.3)
    sound[chance.integers(0, len(sound), 40)] = 1.0
    raw, out = tmp_path / "raw.wav", tmp_path / "out.wav"
    with wave.open(str(raw), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes((sound * gain * 32767).astype("<i2").tobytes())
    result = master(raw, out, find_ffmpeg(None))
    assert result.integrated_lufs == pytest.approx(TARGET_LUFS, abs=TOLERANCE_LU)
    assert result.true_peak_dbtp <= MAX_PEAK_DBTP


def test_our_meter_says_what_ffmpeg_says(tmp_path: Path) -> None:
    out = tmp_path / "out.wav"
    out.write_bytes(narrate(SCENES, VOICE, find_ffmpeg(None)).wav)
    with wave.open(str(out)) as file:
        read = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    sound = np.zeros(-(-len(read) // STEP_SAMPLES) * STEP_SAMPLES, np.float32)
    sound[: len(read)] = read / np.float32(32768)
    told = measure_loudness(out, find_ffmpeg(None))
    assert loudness_of_steps(step_powers(sound)) == pytest.approx(told.integrated_lufs, abs=0.1)
    peak_db = 20 * np.log10(step_peaks(sound).max())
    assert peak_db == pytest.approx(told.true_peak_dbtp, abs=0.15)


def test_an_interrupt_while_it_speaks_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a callback of ctypes raises is printed and forgotten: here it must reach the caller."""
    from ytempire_assets.speech import espeak

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(espeak._Library, "_take", interrupted)
        with pytest.raises(KeyboardInterrupt):
            EspeakVoice("en-us").speak("An interrupt falls into the middle of this.")
    assert EspeakVoice("en-us").speak("The next one speaks again.").duration_s > 0.5
