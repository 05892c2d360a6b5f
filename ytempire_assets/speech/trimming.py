"""The ends of an utterance: no silence around it, and no click where it is joined to the next.

Belongs here: what counts as silence, cutting it at both ends, fading the edges, and bringing sound
to another rate. Pauses between utterances are the narration's.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from ytempire_assets.speech.voice import SpokenWord, Utterance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SILENCE = 0.003
"""Amplitude under which nothing is heard, -50 dBFS."""

LEAD_S = 0.02
"""Kept before the first sound: the breath of an h or s begins under the threshold."""

TAIL_S = 0.1
"""Kept after the last sound: a vowel fades out under the threshold."""

FADE_S = 0.005


def has_sound(samples: NDArray[np.float32]) -> bool:
    """Whether anything is heard."""
    import numpy as np

    return bool(len(samples)) and float(np.abs(samples).max()) > SILENCE


def trimmed(utterance: Utterance) -> Utterance:
    """The utterance without the silence around it, its edges faded, its words moved along.

    Args:
        utterance: With a sound in it, see ``has_sound``.
    """
    import numpy as np

    samples, rate = utterance.samples, utterance.sample_rate_hz
    loud = np.flatnonzero(np.abs(samples) > SILENCE)
    first = max(0, int(loud[0]) - round(LEAD_S * rate))
    last = min(len(samples), int(loud[-1]) + 1 + round(TAIL_S * rate))
    kept = samples[first:last].copy()
    width = min(len(kept) // 2, round(FADE_S * rate))
    if width:
        rise = (0.5 - 0.5 * np.cos(np.pi * np.arange(width) / width)).astype(np.float32)
        kept[:width] *= rise
        kept[-width:] *= rise[::-1]
    cut_s, most_s = first / rate, len(kept) / rate

    def moved(time_s: float) -> float:
        return min(max(0.0, time_s - cut_s), most_s)

    words = tuple(
        SpokenWord(word.text, moved(word.start_s), moved(word.end_s)) for word in utterance.words
    )
    return replace(utterance, samples=kept, words=words)


def resampled(samples: NDArray[np.float32], rate: int, wanted_hz: int) -> NDArray[np.float32]:
    """The same sound at another rate."""
    import numpy as np
    from scipy.signal import resample_poly

    if rate == wanted_hz:
        return samples
    common = math.gcd(rate, wanted_hz)
    changed: NDArray[np.float32] = resample_poly(
        samples, wanted_hz // common, rate // common
    ).astype(np.float32)
    return changed
