"""Times of written words, from when some of them begin and what is heard.

Belongs here: what every voice does once it knows when words begin: giving each written word a start
and an end, and times of spoken forms back to the words as written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ytempire_assets.speech.trimming import SILENCE
from ytempire_assets.speech.voice import SpokenWord

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PAUSE_S = 0.08


def timed_words(
    written: Sequence[str],
    starts_s: Sequence[float | None],
    samples: NDArray[np.float32],
    rate: int,
) -> tuple[SpokenWord, ...]:
    """Gives every written word its time.

    A written word without a start of its own (a lone dash) gets no length: it begins and ends where
    the word before it ended. A word before a pause ends where its sound ends, not where the next
    word begins.

    Args:
        written: The words.
        starts_s: When each begins, seconds, never going back; None for one that is not spoken.
        samples: Mono, float32.
        rate: Their rate, Hz.
    """
    duration_s = len(samples) / rate
    starts = [None if start is None else min(start, duration_s) for start in starts_s]
    words: list[SpokenWord] = []
    following: list[float] = [duration_s] * (len(starts) + 1)
    for index in range(len(starts) - 1, -1, -1):
        start = starts[index]
        following[index] = following[index + 1] if start is None else start
    previous_end = following[0] if any(start is not None for start in starts) else 0.0
    for index, text in enumerate(written):
        start = starts[index]
        if start is None:
            words.append(SpokenWord(text, previous_end, previous_end))
            continue
        end = _sound_end_s(samples, rate, start, max(start, following[index + 1]))
        words.append(SpokenWord(text, round(start, 4), round(end, 4)))
        previous_end = words[-1].end_s
    return tuple(words)


def back_to_written(
    written: Sequence[str], forms: Sequence[str], spoken: Sequence[SpokenWord]
) -> tuple[SpokenWord, ...]:
    """Times of written words from those of what was spoken for each of them.

    Args:
        written: The words as written.
        forms: What was spoken for each: any number of words, empty for none.
        spoken: Every word of all forms in order, with its time.
    """
    words: list[SpokenWord] = []
    place, previous_end = 0, spoken[0].start_s if spoken else 0.0
    for text, form in zip(written, forms, strict=True):
        part = spoken[place : place + len(form.split())]
        place += len(part)
        start = part[0].start_s if part else previous_end
        previous_end = part[-1].end_s if part else previous_end
        words.append(SpokenWord(text, start, previous_end))
    return tuple(words)


def _sound_end_s(samples: NDArray[np.float32], rate: int, start_s: float, until_s: float) -> float:
    """Where the last sound between two times ends; ``until_s`` when a pause hardly follows."""
    import numpy as np

    first = int(start_s * rate)
    loud = np.flatnonzero(np.abs(samples[first : int(until_s * rate)]) > SILENCE)
    if len(loud) == 0:
        return until_s
    end_s = start_s + float(loud[-1]) / rate
    return end_s if until_s - end_s > _PAUSE_S else until_s
