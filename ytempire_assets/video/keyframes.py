"""A value that changes over time: keyframes, easing, and sampling them on a grid.

Belongs here: the arithmetic alone. What the values mean is said by whoever holds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Ease = Literal["linear", "out_cubic"]
"""How a value comes to a keyframe: at constant speed, or fast first and then settling."""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """The value ``value`` at ``at`` (seconds or frames), reached by ``ease``."""

    at: float
    value: float
    ease: Ease = "linear"


def sample(keyframes: Sequence[Keyframe], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """The value at each of ``times``; before the first and after the last keyframe it stays.

    Args:
        keyframes: In order of time, at least one.
        times: Any shape.
    """
    import numpy as np

    values = np.full(times.shape, keyframes[0].value, dtype=np.float64)
    for before, after in pairwise(keyframes):
        span = after.at - before.at
        progress = (
            np.clip((times - before.at) / span, 0.0, 1.0)
            if span > 0
            else (times >= after.at).astype(np.float64)
        )
        if after.ease == "out_cubic":
            progress = 1.0 - (1.0 - progress) ** 3
        values += (after.value - before.value) * progress
    return values
