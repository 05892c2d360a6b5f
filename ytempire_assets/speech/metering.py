"""Loudness and peaks of samples in memory.

Belongs here: integrated loudness and the true peak by ITU-R BS.1770-5, for finding a gain without
writing a file for every try. What a finished file measures is said by ``loudness``, independently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE_HZ = 48_000
"""The rate for which the standard gives its filters."""

# BS.1770-5, tables 1 and 2: the head's shelf, then the weighting of low sounds.
_K_WEIGHTING = (
    (
        1.53512485958697,
        -2.69169618940638,
        1.19839281085285,
        1.0,
        -1.69065929318241,
        0.73248077421585,
    ),
    (1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621),
)
STEP_SAMPLES = 16
"""A third of a millisecond: what loudness and peaks are kept of."""
_TENTH = RATE_HZ // 10 // STEP_SAMPLES
_BLOCK_TENTHS = 4
_ABSOLUTE_GATE_LUFS = -70.0
_RELATIVE_GATE_LU = -10.0
SILENT_LUFS = -70.0


def step_powers(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """K-weighted mean power of every ``STEP_SAMPLES`` of mono samples at 48 kHz."""
    import numpy as np
    from scipy.signal import sosfilt

    weighted = sosfilt(np.asarray(_K_WEIGHTING), samples).reshape(-1, STEP_SAMPLES)
    powers: NDArray[np.float64] = np.einsum("ij,ij->i", weighted, weighted) / STEP_SAMPLES
    return powers


def loudness_of_steps(powers: NDArray[np.float64]) -> float:
    """Integrated loudness, LUFS; ``SILENT_LUFS`` where the gate lets nothing through."""
    import numpy as np

    tenths = powers[: len(powers) // _TENTH * _TENTH].reshape(-1, _TENTH).mean(axis=1)
    if len(tenths) < _BLOCK_TENTHS:
        return SILENT_LUFS
    blocks = np.convolve(tenths, np.full(_BLOCK_TENTHS, 1 / _BLOCK_TENTHS), "valid")
    loud = blocks[_lufs(blocks) > _ABSOLUTE_GATE_LUFS]
    if not len(loud):
        return SILENT_LUFS
    loud = loud[_lufs(loud) > _lufs(loud.mean()) + _RELATIVE_GATE_LU]
    return float(_lufs(loud.mean()))


def step_peaks(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Highest true peak in every ``STEP_SAMPLES``, by fourfold oversampling (annex 2)."""
    import numpy as np
    from scipy.signal import resample_poly

    fine = np.abs(resample_poly(samples, 4, 1))
    highest: NDArray[np.float32] = fine.reshape(-1, 4 * STEP_SAMPLES).max(axis=1)
    return highest


def _lufs(power: Any) -> Any:
    import numpy as np

    return -0.691 + 10 * np.log10(np.maximum(power, 1e-12))
