"""A music bed that the project plays itself, so that nobody else has rights in it.

Belongs here: notes and their sound. A bed is a loop of eight bars without a beginning: warm chords,
a soft plucked figure and a bass, in a mood's key and pace, varied by a seed. How loud it is when is
the timeline's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 48_000
BED_LEVEL = 0.16
"""Root mean square of a bed before any gain: about -16 dB of full scale."""


@dataclass(frozen=True, slots=True)
class Mood:
    """How a bed feels.

    Args:
        beats_per_minute: Pace; four beats a bar.
        root: MIDI note of the key.
        chords: Per two bars the scale steps of a chord, in semitones above the root.
        pluck: How present the plucked figure is, 0-1.
        bright: How many overtones the chords have, 1-4.
    """

    beats_per_minute: float
    root: int
    chords: tuple[tuple[int, ...], ...]
    pluck: float
    bright: int


_MINOR = ((0, 3, 7, 10), (-4, 0, 3, 7), (3, 7, 10, 14), (-2, 2, 5, 10))
_MAJOR = ((0, 4, 7, 11), (-3, 0, 4, 7), (5, 9, 12, 16), (-5, -1, 2, 7))
_OPEN = ((0, 7, 12, 16), (-3, 4, 9, 12), (5, 9, 12, 19), (-5, 2, 7, 11))
_DORIAN = ((0, 3, 7, 14), (5, 9, 12, 15), (-2, 2, 5, 9), (0, 3, 7, 10))

MOODS: Mapping[str, Mood] = MappingProxyType(
    {
        "calm": Mood(72.0, 50, _OPEN, 0.35, 2),
        "curious": Mood(88.0, 52, _DORIAN, 0.75, 2),
        "lively": Mood(104.0, 53, _MAJOR, 1.0, 3),
        "serious": Mood(66.0, 48, _MINOR, 0.25, 2),
    }
)
"""Moods by name: a channel's tone chooses one."""


def music_bed(mood: str, seed: str) -> NDArray[np.float32]:
    """One loop of a bed: (samples, 2) at 48 kHz; the end runs into the beginning.

    Args:
        mood: A key of ``MOODS``.
        seed: Varies key and figure; the same seed gives the same samples.

    Raises:
        InvalidInputError: There is no such mood.
    """
    import numpy as np

    if mood not in MOODS:
        raise InvalidInputError(
            f"there is no music mood '{mood}'", f"choose one of {', '.join(MOODS)}"
        )
    rules = MOODS[mood]
    digest = hashlib.sha256(f"{mood}:{seed}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    root = rules.root + int(rng.integers(-2, 3))
    beat = round(SAMPLE_RATE_HZ * 60 / rules.beats_per_minute)
    bed = np.zeros((beat * 8 * len(rules.chords), 2), np.float32)
    figure = _figure(rng)
    for index, chord in enumerate(rules.chords):
        start = index * 8 * beat
        _chord(bed, start, 8 * beat, [root + 12 + step for step in chord], rules.bright)
        for half in (0, 4):
            _bass(bed, start + half * beat, 4 * beat, root - 12 + chord[0])
        for place, note in figure:
            tone = root + 24 + chord[note % len(chord)]
            level = 0.5 * rules.pluck * float(rng.uniform(0.7, 1.0))
            _pluck(bed, start + place * beat // 2, tone, level, pan=float(rng.uniform(0.3, 0.7)))
    level = float(np.sqrt(np.mean(np.square(bed))))
    bed *= BED_LEVEL / max(level, 1e-9)
    # Soft at the top: a chord and a pluck together must not stick out.
    soft: NDArray[np.float32] = np.tanh(bed * np.float32(1.25)) / np.float32(1.25)
    return soft


def _figure(rng: np.random.Generator) -> Sequence[tuple[int, int]]:
    """Eighths of two bars that are played, and which note of the chord."""
    places = [0, *sorted(int(p) for p in rng.choice(range(2, 16), size=7, replace=False))]
    notes = rng.integers(0, 4, size=len(places))
    return [(place, int(note)) for place, note in zip(places, notes, strict=True)]


def _hertz(note: float) -> float:
    return float(440.0 * 2 ** ((note - 69) / 12))


def _add(bed: NDArray[np.float32], start: int, sound: NDArray[np.float32]) -> None:
    """Adds (n, 2) samples, running over the end into the beginning."""
    place = start % len(bed)
    first = min(len(sound), len(bed) - place)
    bed[place : place + first] += sound[:first]
    if first < len(sound):
        bed[: len(sound) - first] += sound[first:]


def _chord(
    bed: NDArray[np.float32], start: int, length: int, notes: Sequence[int], bright: int
) -> None:
    """Notes that swell and overlap into the next chord; left and right a little out of tune."""
    import numpy as np

    tail = length // 4
    time = np.arange(length + tail, dtype=np.float32) / SAMPLE_RATE_HZ
    swell = np.minimum(1.0, np.arange(length + tail, dtype=np.float32) / (length * 0.3))
    swell[length:] *= np.linspace(1.0, 0.0, tail, dtype=np.float32)
    sound = np.zeros((len(time), 2), np.float32)
    for number, note in enumerate(notes):
        for side, detune in ((0, -0.0011), (1, 0.0013)):
            for overtone in range(1, bright + 1):
                turn = 2 * np.pi * _hertz(note) * overtone * (1 + detune)
                phase = np.float32(number * 1.7 + overtone)
                sound[:, side] += np.sin(np.float32(turn) * time + phase) / (overtone**1.8)
    sound *= (0.16 * swell * swell)[:, None]
    _add(bed, start, sound)


def _bass(bed: NDArray[np.float32], start: int, length: int, note: int) -> None:
    import numpy as np

    time = np.arange(length, dtype=np.float32) / SAMPLE_RATE_HZ
    shape = np.minimum(1.0, time / 0.08) * np.exp(-time * 0.7)
    shape[-2400:] *= np.linspace(1.0, 0.0, 2400, dtype=np.float32)
    turn = np.float32(2 * np.pi * _hertz(note + 12))
    tone = (np.sin(turn * time) + 0.25 * np.sin(2 * turn * time)) * shape * np.float32(0.2)
    _add(bed, start, np.stack([tone, tone], axis=1))


def _pluck(bed: NDArray[np.float32], start: int, note: int, level: float, pan: float) -> None:
    import numpy as np

    time = np.arange(int(0.9 * SAMPLE_RATE_HZ), dtype=np.float32) / SAMPLE_RATE_HZ
    turn = np.float32(2 * np.pi * _hertz(note))
    shape = np.minimum(1.0, time / 0.006) * np.exp(-time * 5.5)
    tone = np.sin(turn * time) + 0.35 * np.sin(2 * turn * time) * np.exp(-time * 9)
    tone = (tone * shape * np.float32(0.32 * level)).astype(np.float32)
    tone[-960:] *= np.linspace(1.0, 0.0, 960, dtype=np.float32)
    _add(bed, start, np.stack([tone * np.float32(1 - pan), tone * np.float32(pan)], axis=1))
    # One quiet echo on the other side gives the room.
    later = start + int(0.36 * SAMPLE_RATE_HZ)
    _add(
        bed, later,
        np.stack([tone * np.float32(0.3 * pan), tone * np.float32(0.3 * (1 - pan))], axis=1),
    )  # fmt: skip
