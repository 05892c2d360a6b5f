"""Mastering: bringing a narration to the loudness that platforms play at.

Belongs here: correcting the sound with ffmpeg's filters until it measures right. Platforms turn
louder sound down and leave quieter sound quiet, so -14 LUFS is what listeners get at its best.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from ytempire_assets.errors import PermanentError
from ytempire_assets.loudness import (
    MAX_PEAK_DBTP,
    TARGET_LUFS,
    TOLERANCE_LU,
    Loudness,
    measure_loudness,
)

SAMPLE_RATE_HZ = 48_000
_LIMIT_DB = -1.6
"""The limiter works on samples; peaks between them and AAC may add half a decibel."""
_SILENT_LUFS = -69.0
"""What R 128 gives for silence is -70: its gate lets nothing through."""
_ROUNDS = 6
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

    A limiter changes the loudness a little, so the gain is corrected until the result is within
    the tolerance.

    Args:
        source: WAV, any rate.
        out: Where the result goes; overwritten.
        ffmpeg: The encoder.

    Returns:
        What the result measures.

    Raises:
        PermanentError: The target cannot be reached; the message gives what was measured.
    """
    gain_db = 0.0
    result = Loudness(-70.0, 0.0)
    for _ in range(_ROUNDS):
        chain = (
            f"{_VOICE_CHAIN},volume={gain_db:.3f}dB,aresample={4 * SAMPLE_RATE_HZ},"
            f"alimiter=limit={_LIMIT_DB}dB:attack=2:release=60:level=false,"
            f"aresample={SAMPLE_RATE_HZ}"
        )
        _run(
            [
                str(ffmpeg), "-hide_banner", "-nostdin", "-y", "-i", str(source), "-map", "0:a:0",
                "-af", chain, "-ac", "1", "-c:a", "pcm_s16le", str(out),
            ],
            source,
        )  # fmt: skip
        result = measure_loudness(out, ffmpeg)
        if result.integrated_lufs <= _SILENT_LUFS:
            raise PermanentError(
                f"{source.name}: the sound is silent", "check the voice of the channel"
            )
        miss = TARGET_LUFS - result.integrated_lufs
        if abs(miss) <= TOLERANCE_LU / 3 and result.true_peak_dbtp <= MAX_PEAK_DBTP:
            return result
        gain_db += miss * 1.4  # a limiter gives back less than it is given
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


def _run(command: list[str], path: Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise PermanentError(
            f"{path.name}: ffmpeg failed ({' '.join(done.stderr.split())[-300:]})",
            "check that the file is a sound file and that the disk has room",
        )
    return done.stderr
