"""Forced alignment: when each word of a text is spoken in a recording of it.

Belongs here: for voices that tell no times. The text is spoken by eSpeak NG, whose times are known;
dynamic time warping lays that reading on the recording, sound on sound, and the words' times go
along. How exact that is, by ``ytempire bench speech``: see docs/measurements.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ytempire_assets.errors import PermanentError
from ytempire_assets.speech.espeak import EspeakVoice, voice_for
from ytempire_assets.speech.normalise import NormalisedVoice
from ytempire_assets.speech.trimming import has_sound, resampled
from ytempire_assets.speech.voice import SpokenWord, Voice, speakable
from ytempire_assets.speech.word_times import timed_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_RATE_HZ = 16_000
_HOP_S = 0.01
_WINDOW_S = 0.025
_FFT = 512
_BANDS = 32
_CEPSTRA = 13
_LOWEST_HZ, _HIGHEST_HZ = 80.0, 7000.0
_MAX_RATIO = 4.0
"""A recording this much longer or shorter than its reading says something else."""
_STRAY = 0.3
"""Cost of a step on which only one of the two goes on: without it they wait for each other."""
_BAND_SHARE, _BAND_LEAST_S = 0.15, 2.5
"""How far, as a share of the length, the two may run apart."""


_VARIANTS = ("", "+f3", "+f2")
"""A man, a woman and a lighter woman: a reading by a voice of another kind is laid on badly."""


def readers(language: str) -> tuple[Voice, ...]:
    """Voices whose readings recordings in a language (BCP 47) are laid on.

    Raises:
        InvalidInputError: eSpeak NG does not speak it.
    """
    base = voice_for(language)
    return tuple(NormalisedVoice(EspeakVoice(base + kind), language) for kind in _VARIANTS)


def align(
    text: str, samples: NDArray[np.float32], rate: int, references: Sequence[Voice]
) -> tuple[SpokenWord, ...]:
    """Times of a text's words in a recording.

    Args:
        text: What is said.
        samples: The recording, mono, float32, without long silence at its ends.
        rate: Its rate, Hz.
        references: Voices of the same language that know their words' times; the one that is most
            like the recording counts.

    Returns:
        Every word of ``speakable(text)``; starts and ends in seconds, never going back.

    Raises:
        PermanentError: The recording is silent, or so long or short that it cannot be this text.
    """
    import numpy as np

    if not has_sound(samples):
        raise PermanentError("the recording is silent", "check the voice and its service")
    duration_s = len(samples) / rate
    heard = _features(samples, rate)
    tries: list[tuple[float, int, NDArray[np.float64], tuple[SpokenWord, ...]]] = []
    for reference in references:
        reading = reference.speak(text)
        if not 1 / _MAX_RATIO <= duration_s / reading.duration_s <= _MAX_RATIO:
            raise PermanentError(
                f"the recording takes {duration_s:.1f} s for a text of about "
                f"{reading.duration_s:.1f} s ('{speakable(text)[:40]}')",
                "check that the voice speaks the channel's language and the whole text",
            )
        frames, unlike = _path(_features(reading.samples, reading.sample_rate_hz), heard)
        tries.append((unlike, len(tries), frames, reading.words))
    _, _, frames, words = min(tries, key=lambda one: one[:2])
    grid = np.arange(len(frames)) * _HOP_S
    starts = np.interp([word.start_s for word in words], grid, frames * _HOP_S)
    return timed_words(
        [word.text for word in words],
        [
            float(start) if word.end_s > word.start_s else None
            for word, start in zip(words, starts, strict=True)
        ],
        samples,
        rate,
    )


def _features(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """What is compared, a row for every ``_HOP_S``: sound colour, level, and how both change.

    Mel cepstra without their mean, so that neither the speaker nor the microphone matters.
    """
    import numpy as np
    from scipy.fft import dct

    sound = resampled(samples, rate, _RATE_HZ)
    sound = np.append(sound[:1], sound[1:] - 0.97 * sound[:-1])
    hop, window = round(_HOP_S * _RATE_HZ), round(_WINDOW_S * _RATE_HZ)
    sound = np.pad(sound, (window // 2, window))
    frames = np.lib.stride_tricks.sliding_window_view(sound, window)[::hop]
    power = np.square(np.abs(np.fft.rfft(frames * np.hamming(window), _FFT)))
    bands = power @ _filters().T
    # Nothing more than 60 dB under the loudest sound counts.
    log = np.log(np.maximum(bands, 1e-6 * bands.max() + 1e-12))
    cepstra = dct(log, axis=1, norm="ortho")[:, :_CEPSTRA]
    speech = cepstra[:, 0] > np.percentile(cepstra[:, 0], 30)
    cepstra = (cepstra - cepstra[speech].mean(axis=0)) / (cepstra[speech].std(axis=0) + 1e-6)
    change = np.gradient(cepstra, axis=0) * 2
    both = np.hstack([cepstra, change]).astype(np.float32)
    return both / np.float32(np.sqrt(both.shape[1]))


def _filters() -> NDArray[np.float64]:
    """Triangles on the mel scale, shape (bands, bins)."""
    import numpy as np

    low, high = (2595 * np.log10(1 + edge / 700) for edge in (_LOWEST_HZ, _HIGHEST_HZ))
    edges = 700 * (10 ** (np.linspace(low, high, _BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(_FFT, 1 / _RATE_HZ)
    rise = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    triangles: NDArray[np.float64] = np.maximum(0, np.minimum(rise, fall))
    return triangles


def _path(
    known: NDArray[np.float32], heard: NDArray[np.float32]
) -> tuple[NDArray[np.float64], float]:
    """The frame of ``heard`` that says what each frame of ``known`` does, and how unlike they are.

    Dynamic time warping (Sakoe and Chiba, 1978) along antidiagonals, whose cells do not depend on
    each other, within a band around the straight line.
    """
    import numpy as np

    n, m = len(known), len(heard)
    reach = max(_BAND_LEAST_S / _HOP_S, _BAND_SHARE * max(n, m))
    lows, moves = [], []
    before: tuple[int, NDArray[np.float64]] = (0, np.zeros(0))
    two_before = before
    for diagonal in range(n + m - 1):
        middle = diagonal * n / (n + m)
        low = max(0, diagonal - m + 1, int(middle - reach / 2))
        high = min(n - 1, diagonal, int(middle + reach / 2) + 1)
        rows = np.arange(low, high + 1)
        cost = np.sqrt(np.square(known[rows] - heard[diagonal - rows]).sum(axis=1))
        if diagonal == 0:
            total, move = cost.astype(np.float64), np.zeros(1, np.int8)
        else:
            options = np.stack(
                [
                    _taken(two_before, rows - 1) + 2 * cost,  # both go on
                    _taken(before, rows - 1) + cost + _STRAY,  # the reading goes on
                    _taken(before, rows) + cost + _STRAY,  # the recording goes on
                ]
            )
            move = options.argmin(axis=0).astype(np.int8)
            total = options[move, np.arange(len(rows))]
        lows.append(low)
        moves.append(move)
        two_before, before = before, (low, total)
    return _traced(n, m, lows, moves), float(before[1][-1]) / (n + m)


def _taken(
    diagonal: tuple[int, NDArray[np.float64]], rows: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Totals of some rows of a diagonal; infinite where it has none."""
    import numpy as np

    low, totals = diagonal
    if not len(totals):
        return np.full(len(rows), np.inf)
    places = rows - low
    inside = (places >= 0) & (places < len(totals))
    return np.where(inside, totals[np.clip(places, 0, len(totals) - 1)], np.inf)


def _traced(
    n: int, m: int, lows: Sequence[int], moves: Sequence[NDArray[np.int8]]
) -> NDArray[np.float64]:
    """The path back through the moves: the mean of the frames that each row was laid on."""
    import numpy as np

    total, count = np.zeros(n), np.zeros(n)
    i, j = n - 1, m - 1
    while True:
        total[i] += j
        count[i] += 1
        if i == 0 and j == 0:
            return total / count
        move = int(moves[i + j][i - lows[i + j]])
        i, j = i - (move in (0, 1)), j - (move in (0, 2))
