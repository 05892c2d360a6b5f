"""Mastering: bringing a narration to the loudness that platforms play at.

Belongs here: the sound of the voice, its level and its limiter. Platforms turn louder sound down
and leave quieter sound quiet, so -14 LUFS is what listeners get at its best.
"""

from __future__ import annotations

import subprocess
import wave
from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.errors import PermanentError
from ytempire_assets.loudness import (
    MAX_PEAK_DBTP,
    TARGET_LUFS,
    TOLERANCE_LU,
    Loudness,
    measure_loudness,
)
from ytempire_assets.speech.metering import (
    RATE_HZ,
    SILENT_LUFS,
    STEP_SAMPLES,
    loudness_of_steps,
    step_peaks,
    step_powers,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLE_RATE_HZ = RATE_HZ
_LIMIT_DB = -1.6
"""What the limiter lets through; AAC may add half a decibel."""
_REACHES_STEPS = (30, 12, 4)
"""How far the limiter begins ahead of a peak and ends behind it. 10 ms do not move within the
period of a voice, which would be heard as roughness; a few words between pauses need less."""
_ROUNDS = 12
_MOST_LIMITED_DB = 24.0
"""A limiter gives back less than it is given; more than this is no voice any more."""
_VOICE_CHAIN = (
    "highpass=f=75,"
    "equalizer=f=220:t=q:w=1.1:g=1.5,"
    "equalizer=f=3200:t=q:w=1.2:g=-2.5,"
    "equalizer=f=7500:t=q:w=0.9:g=-3,"
    "acompressor=threshold=-22dB:ratio=3:attack=6:release=90:makeup=2"
)
"""Warmth below, less of the synthesiser's rasp above, and an even level."""


def master(source: Path, out: Path, ffmpeg: Path) -> Loudness:
    """Writes ``source`` as a 48 kHz mono 16-bit WAV at the target loudness.

    A limiter changes the loudness a little, so the gain is corrected until the result is right;
    that is done in memory, and the file is measured by ffmpeg once, at the end.

    Args:
        source: WAV, any rate.
        out: Where the result goes; overwritten.
        ffmpeg: Shapes the sound and measures the result.

    Returns:
        What the result measures.

    Raises:
        PermanentError: The target cannot be reached; the message gives what was measured.
    """
    import numpy as np

    samples = _shaped(source, ffmpeg)
    samples = np.pad(samples, (0, -len(samples) % STEP_SAMPLES))
    powers = step_powers(samples)
    if loudness_of_steps(powers) <= SILENT_LUFS:
        raise PermanentError(
            f"{source.name}: the sound is silent", "check the voice of the channel"
        )
    _write(out, _levelled(samples, powers))
    result = measure_loudness(out, ffmpeg)
    if (
        abs(TARGET_LUFS - result.integrated_lufs) > TOLERANCE_LU
        or result.true_peak_dbtp > MAX_PEAK_DBTP
    ):
        raise PermanentError(
            f"{source.name}: {result.integrated_lufs} LUFS and {result.true_peak_dbtp} dBTP after "
            f"mastering, wanted {TARGET_LUFS} and at most {MAX_PEAK_DBTP}",
            "choose another voice, or a slower one",
        )
    return result


def _levelled(samples: NDArray[np.float32], powers: NDArray[np.float64]) -> NDArray[np.float32]:
    """The samples at the target loudness, no true peak above the limit.

    The gain hardly changes within a third of a millisecond, so it is found on steps of that length:
    their highest peak and their weighted power are all that it takes.
    """
    import numpy as np

    peaks = step_peaks(samples)
    for reach in _REACHES_STEPS:
        curve = _curve_to_target(peaks, powers, reach)
        if loudness_of_steps(powers * np.square(curve)) >= TARGET_LUFS - TOLERANCE_LU / 3:
            break
    middles = (np.arange(len(curve)) + 0.5) * STEP_SAMPLES
    levelled: NDArray[np.float32] = samples * np.interp(
        np.arange(len(samples)), middles, curve
    ).astype(np.float32)
    return levelled


def _curve_to_target(
    peaks: NDArray[np.float32], powers: NDArray[np.float64], reach: int
) -> NDArray[np.float32]:
    """The gain of each step with which the whole is as loud as wanted, or as loud as can be."""
    import numpy as np

    lowest_db = TARGET_LUFS - loudness_of_steps(powers)
    highest_db = lowest_db + _MOST_LIMITED_DB
    curve = _gain_curve(peaks, lowest_db, reach)
    for _ in range(_ROUNDS):
        gain_db = (lowest_db + highest_db) / 2
        curve = _gain_curve(peaks, gain_db, reach)
        if loudness_of_steps(powers * np.square(curve)) < TARGET_LUFS:
            lowest_db = gain_db
        else:
            highest_db = gain_db
    return curve


def _gain_curve(peaks: NDArray[np.float32], gain_db: float, reach: int) -> NDArray[np.float32]:
    """Gain of each step: ``gain_db``, less around every peak that would pass the limit.

    It falls ahead of a peak and rises behind it along a smooth curve. The lowest gain of the
    neighbourhood, averaged over no more than that neighbourhood, is never above what a peak needs.
    """
    import numpy as np
    from scipy.ndimage import convolve1d, minimum_filter1d

    ceiling = 10 ** (_LIMIT_DB / 20)
    needed = np.minimum(10 ** (gain_db / 20), ceiling / np.maximum(peaks, 1e-9))
    weights = np.hanning(2 * reach + 3)[1:-1].astype(np.float32)
    # One step more than is averaged: between steps the gain is interpolated.
    held = minimum_filter1d(needed.astype(np.float32), 2 * (reach + 1) + 1, mode="nearest")
    smooth: NDArray[np.float32] = convolve1d(held, weights / weights.sum(), mode="nearest")
    return smooth


def _shaped(source: Path, ffmpeg: Path) -> NDArray[np.float32]:
    """The voice's sound at 48 kHz, mono, after the chain."""
    import numpy as np

    done = subprocess.run(
        [
            str(ffmpeg), "-hide_banner", "-nostdin", "-i", f"file:{source.absolute()}",
            "-map", "0:a:0", "-af", f"aresample={RATE_HZ},{_VOICE_CHAIN}", "-ac", "1",
            "-f", "f32le", "-",
        ],
        capture_output=True,
        check=False,
    )  # fmt: skip
    if done.returncode != 0:
        reason = " ".join(done.stderr.decode("utf-8", "replace").split())[-300:]
        raise PermanentError(
            f"{source.name}: ffmpeg failed ({reason})",
            "check that the file is a sound file and that the disk has room",
        )
    return np.frombuffer(done.stdout, "<f4")


def _write(path: Path, samples: NDArray[np.float32]) -> None:
    import numpy as np

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.round(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
