"""Programme loudness of a file, by EBU R 128.

Belongs here: what is aimed at, and measuring, for narrations and finished videos alike.
Correcting it is ``speech/mastering.py``.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ytempire_assets.errors import PermanentError

TARGET_LUFS = -14.0
"""What platforms play at: they turn down what is louder, and leave quiet what is quieter."""

TOLERANCE_LU = 0.5

MAX_PEAK_DBTP = -1.0
"""Headroom for the platform's own encoder (EBU R 128 and the platforms' guides say the same)."""


_INTEGRATED = re.compile(r"I:\s+(-?[\d.]+|-?inf) LUFS")


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness (LUFS) and highest true peak (dBTP)."""

    integrated_lufs: float
    true_peak_dbtp: float


def measure_loudness(path: Path, ffmpeg: Path) -> Loudness:
    """Loudness and true peak of a file's first audio track by ffmpeg's ebur128.

    Args:
        path: Any sound or video file.
        ffmpeg: The program that measures.

    Returns:
        Values as measured; silence measures -70 LUFS and minus infinity dBTP.

    Raises:
        PermanentError: ffmpeg cannot read the file or it has no sound.
    """
    printed = _ebur128(path, ffmpeg, "true")
    loudness = parse_summary(printed)
    if loudness is None:
        raise _unmeasured(path, printed)
    return loudness


def integrated_lufs(path: Path, ffmpeg: Path) -> float:
    """Loudness alone: without the true peak it takes a third of the time.

    Args:
        path: Any sound or video file.
        ffmpeg: The program that measures.

    Raises:
        PermanentError: ffmpeg cannot read the file or it has no sound.
    """
    printed = _ebur128(path, ffmpeg, "none")
    found = _INTEGRATED.search(_summary(printed))
    if found is None:
        raise _unmeasured(path, printed)
    return float(found.group(1))


def parse_summary(printed: str) -> Loudness | None:
    """What ffmpeg's ebur128 says at its end; None when it says nothing."""
    summary = _summary(printed)
    loud = _INTEGRATED.search(summary)
    peak = re.search(r"Peak:\s+(-?[\d.]+|-?inf) dBFS", summary)
    return Loudness(float(loud.group(1)), float(peak.group(1))) if loud and peak else None


def _summary(printed: str) -> str:
    return printed[printed.rfind("Summary:") :] if "Summary:" in printed else ""


def _ebur128(path: Path, ffmpeg: Path, peak: str) -> str:
    """What the filter prints."""
    result = subprocess.run(
        [
            str(ffmpeg), "-hide_banner", "-nostdin", "-nostats",
            "-i", f"file:{path.absolute()}", "-map", "0:a:0",
            "-af", f"ebur128=peak={peak}:framelog=verbose", "-f", "null", "-",
        ],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    printed = result.stderr.decode("utf-8", "replace")
    if result.returncode != 0:
        raise _unmeasured(path, printed)
    return printed


def _unmeasured(path: Path, printed: str) -> PermanentError:
    return PermanentError(
        f"loudness of {path} cannot be measured: {printed[-400:].strip()}",
        "check that the file has sound",
    )
