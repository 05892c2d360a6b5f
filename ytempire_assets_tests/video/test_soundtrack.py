"""The mix: at the right loudness, the music under the voice, as long as the video."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ytempire_assets.errors import InvalidInputError, PermanentError
from ytempire_assets.loudness import measure_loudness
from ytempire_assets.video.captions import Word
from ytempire_assets.video.ffmpeg import find_ffmpeg
from ytempire_assets.video.music import MOODS, music_bed
from ytempire_assets.video.soundtrack import mixed, write_soundtrack

from .samples import spoken, tone

WORDS = [Word("one", 0.2, 0.9), Word("two", 5.0, 5.8)]


def samples_of(path: Path) -> NDArray[np.float64]:
    with wave.open(str(path)) as file:
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return data.reshape(-1, file.getnchannels()) / 32768


def level_db(block: NDArray[np.float64]) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(block))) + 1e-9))


def test_the_mix_is_as_loud_as_platforms_play(tmp_path: Path) -> None:
    voice = tone(tmp_path / "voice.wav", 7.0)
    timeline = spoken([7.0], WORDS, intro_s=0.8, outro_s=2.0, music="calm")
    write_soundtrack(timeline, voice, tmp_path / "mix.wav", find_ffmpeg())
    mix = samples_of(tmp_path / "mix.wav")
    assert mix.shape == (round(9.8 * 48000), 2)
    loudness = measure_loudness(tmp_path / "mix.wav", find_ffmpeg())
    assert loudness.integrated_lufs == pytest.approx(-14, abs=0.3)
    assert loudness.true_peak_dbtp < -1


def test_music_is_heard_before_the_voice_and_ducks_under_it(tmp_path: Path) -> None:
    voice = tone(tmp_path / "voice.wav", 7.0)
    with_music = spoken([7.0], WORDS, intro_s=1.5, outro_s=2.0, music="curious")
    without = spoken([7.0], WORDS, intro_s=1.5, outro_s=2.0)
    music = np.concatenate(list(mixed(with_music, voice))) - np.concatenate(
        list(mixed(without, voice))
    )
    open_db = level_db(music[round(4.2 * 48000) : round(5.6 * 48000)])
    under_db = level_db(music[round(6.5 * 48000) : round(7.2 * 48000)])
    assert open_db - under_db > 8
    assert level_db(music[round(0.5 * 48000) : round(1.0 * 48000)]) > -45
    assert level_db(music[-480:]) < -60  # it has faded out


@pytest.mark.parametrize("mood", sorted(MOODS))
def test_beds_are_soft_seamless_and_their_own(mood: str) -> None:
    bed = music_bed(mood, "orbit-20261119-1")
    assert bed.shape[1] == 2
    assert len(bed) / 48000 > 15
    assert np.abs(bed).max() < 0.9
    assert np.array_equal(bed, music_bed(mood, "orbit-20261119-1"))
    other = music_bed(mood, "orbit-20261119-2")
    assert bed.shape != other.shape or not np.array_equal(bed, other)
    # No click where the loop closes: the step there is no larger than steps inside.
    steps = np.abs(np.diff(bed[:, 0]))
    assert abs(float(bed[0, 0] - bed[-1, 0])) <= float(steps.max())
    # Two seconds are never silent, nor is one half much louder than the other.
    parts = [level_db(part.astype(np.float64)) for part in np.array_split(bed, 8)]
    assert max(parts) - min(parts) < 9


def test_unknown_mood_is_named() -> None:
    with pytest.raises(InvalidInputError, match="no music mood 'sad'"):
        music_bed("sad", "x")


def wav(path: Path, rate: int, samples: int, width: int = 2, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(bytes(samples * width * channels))
    return path


def test_narrations_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    ffmpeg, out = find_ffmpeg(), tmp_path / "mix.wav"
    timeline = spoken([1.0])
    text = tmp_path / "text.wav"
    text.write_text("no sound")
    cases = [
        (wav(tmp_path / "rate.wav", 22050, 100), "rate.wav is 22050 Hz"),
        (wav(tmp_path / "deep.wav", 48000, 100, width=3), "deep.wav is 48000 Hz, 24 bit"),
        (wav(tmp_path / "wide.wav", 48000, 100, channels=6), "6 channels"),
        (wav(tmp_path / "empty.wav", 48000, 0), "empty.wav has no sound: zero samples"),
        (wav(tmp_path / "silent.wav", 48000, 48000), "silent.wav is silent"),
        (text, "text.wav cannot be read as WAV"),
        (tmp_path / "gone.wav", "gone.wav is not there"),
    ]
    for path, problem in cases:
        with pytest.raises(InvalidInputError, match=problem):
            write_soundtrack(timeline, path, out, ffmpeg)
    quiet = tmp_path / "quiet.wav"
    with wave.open(str(quiet), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        time_s = np.arange(48000) / 48000
        file.writeframes((np.sin(2 * np.pi * 300 * time_s) * 200).astype("<i2").tobytes())
    with pytest.raises(PermanentError, match=r"quiet\.wav mixes to"):
        write_soundtrack(timeline, quiet, out, ffmpeg)
