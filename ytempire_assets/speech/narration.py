"""A narration: the scenes of a script spoken one after the other, with every word's time.

Belongs here: pauses between scenes, times on the whole audio, the length of a text when spoken.
"""

from __future__ import annotations

import tempfile
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from ytempire_assets.loudness import Loudness
from ytempire_assets.speech.mastering import SAMPLE_RATE_HZ, master
from ytempire_assets.speech.trimming import resampled
from ytempire_assets.speech.voice import SpokenWord, Voice

LEAD_S = 0.15
"""Silence before the first word: players fade in."""
SCENE_PAUSE_S = 0.45
TAIL_S = 0.9
"""Silence after the last word, so that the closing card can be read."""


@dataclass(frozen=True, slots=True)
class SceneTimes:
    """When a scene is on: from its first word (the first scene: from 0) to the next one's."""

    number: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class NarrationWord:
    """A spoken word with its scene."""

    word: SpokenWord
    scene: int


@dataclass(frozen=True, slots=True)
class Narration:
    """A finished narration: the words and scenes are in seconds of the whole audio.

    ``cost_usd`` is what a service charged for speaking it.
    """

    wav: bytes
    duration_s: float
    words: tuple[NarrationWord, ...]
    scenes: tuple[SceneTimes, ...]
    loudness: Loudness
    cost_usd: Decimal = Decimal(0)


def spoken_s(scenes_s: Sequence[float]) -> float:
    """Length of a narration whose scenes take so many seconds each."""
    return LEAD_S + sum(scenes_s) + SCENE_PAUSE_S * max(0, len(scenes_s) - 1) + TAIL_S


def narrate(
    scenes: Sequence[tuple[int, str]],
    voice: Voice,
    ffmpeg: Path,
    report: Callable[[float], None] = lambda _: None,
) -> Narration:
    """Speaks the scenes and masters the result.

    Args:
        scenes: Number and text of each scene, in order.
        voice: Who speaks.
        ffmpeg: For mastering.
        report: Hears the fraction done.

    Raises:
        InvalidInputError: The voice is unknown or a word cannot be spoken.
        PermanentError: A scene gives no sound, or its loudness cannot be brought to the target.
    """
    import numpy as np

    parts: list[np.ndarray[tuple[int], np.dtype[np.float32]]] = []
    words: list[NarrationWord] = []
    starts: list[float] = []
    position, rate, cost_usd = 0, 0, Decimal(0)
    for index, (number, text) in enumerate(scenes):
        utterance = voice.speak(text)
        cost_usd += utterance.cost_usd
        # A service may answer at another rate from one scene to the next.
        rate = rate or utterance.sample_rate_hz
        spoken = resampled(utterance.samples, utterance.sample_rate_hz, rate)
        silence = np.zeros(int((SCENE_PAUSE_S if index else LEAD_S) * rate), dtype=np.float32)
        parts += [silence, spoken]
        offset = (position + len(silence)) / rate
        # A cut lies in the middle of the pause before the scene's first word.
        starts.append(offset - SCENE_PAUSE_S / 2 if index else 0.0)
        words += [
            NarrationWord(SpokenWord(word.text, word.start_s + offset, word.end_s + offset), number)
            for word in utterance.words
        ]
        position += len(silence) + len(spoken)
        report(0.6 * (index + 1) / len(scenes))
    parts.append(np.zeros(int(TAIL_S * rate), dtype=np.float32))
    samples = np.concatenate(parts)
    with tempfile.TemporaryDirectory(prefix="ytempire-voice-") as folder:
        raw, mastered = Path(folder) / "raw.wav", Path(folder) / "mastered.wav"
        _write_wav(raw, (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes(), rate)
        loudness = master(raw, mastered, ffmpeg)
        data = mastered.read_bytes()
        with wave.open(str(mastered)) as file:
            duration_s = file.getnframes() / SAMPLE_RATE_HZ
    ends = [*starts[1:], duration_s]
    return Narration(
        wav=data,
        duration_s=duration_s,
        words=tuple(words),
        scenes=tuple(
            SceneTimes(number, start, end)
            for (number, _), start, end in zip(scenes, starts, ends, strict=True)
        ),
        loudness=loudness,
        cost_usd=cost_usd,
    )


def _write_wav(path: Path, data: bytes, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(data)
