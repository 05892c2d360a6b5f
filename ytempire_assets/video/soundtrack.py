"""A timeline's sounds as one stereo track at the loudness that platforms play at.

Belongs here: reading the voice, mixing the music under it, and the final gain. Everything runs in
blocks of a second: memory does not grow with the video's length.
"""

from __future__ import annotations

import math
import wave
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError, PermanentError
from ytempire_assets.loudness import TARGET_LUFS, integrated_lufs
from ytempire_assets.video.keyframes import sample
from ytempire_assets.video.music import SAMPLE_RATE_HZ, music_bed
from ytempire_assets.video.timeline import SoundClip, Timeline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SILENT_LUFS = -69.0
_HEADROOM = 0.5
"""The mix is written once to be measured, at half its level so that no peak of it is cut."""
_MAX_CORRECTION_DB = 6.0
"""The voice comes mastered: a larger correction means that it is not what it should be."""


def write_soundtrack(timeline: Timeline, voice: Path, out: Path, ffmpeg: Path) -> None:
    """Writes the mix of ``timeline`` as 16-bit stereo WAV at -14 LUFS.

    Args:
        timeline: Its sounds; the voice's ``source`` is ``voice``.
        voice: The narration, 48 kHz, 16-bit.
        out: Where the WAV goes.
        ffmpeg: Measures the loudness.

    Raises:
        InvalidInputError: The narration is no 48 kHz 16-bit WAV file, or holds no sound.
        PermanentError: Its loudness is too far from the target to be corrected by gain.
        OSError: ``out`` cannot be written.
    """
    _check_voice(voice)
    draft = out.with_name(f"{out.name}.draft")
    try:
        _write(draft, (block * _HEADROOM for block in mixed(timeline, voice)))
        gain = _gain(voice, integrated_lufs(draft, ffmpeg))
        _write(out, (block * gain for block in _blocks(draft)))
    finally:
        draft.unlink(missing_ok=True)


def _gain(voice: Path, draft_lufs: float) -> float:
    """Factor that brings the draft of a mix to the target."""
    if draft_lufs <= _SILENT_LUFS:
        raise InvalidInputError(f"{voice} is silent", "make the voiceover again")
    headroom_db = 20 * math.log10(_HEADROOM)
    mixed_lufs = draft_lufs - headroom_db
    if abs(TARGET_LUFS - mixed_lufs) > _MAX_CORRECTION_DB:
        raise PermanentError(
            f"{voice} mixes to {mixed_lufs:.1f} LUFS, too far from {TARGET_LUFS:.0f}",
            "make the voiceover again: it must come mastered",
        )
    return float(10 ** ((TARGET_LUFS - draft_lufs) / 20))


def _check_voice(path: Path) -> None:
    try:
        with wave.open(str(path)) as file:
            found = (file.getframerate(), file.getsampwidth())
            channels, frames = file.getnchannels(), file.getnframes()
    except FileNotFoundError as error:
        raise InvalidInputError(f"{path} is not there", "make the voiceover again") from error
    except (OSError, EOFError, wave.Error) as error:
        raise InvalidInputError(
            f"{path} cannot be read as WAV ({error})", "make the voiceover again"
        ) from error
    if found != (SAMPLE_RATE_HZ, 2) or channels not in (1, 2):
        raise InvalidInputError(
            f"{path} is {found[0]} Hz, {8 * found[1]} bit, {channels} channels; 48000 Hz, 16 bit, "
            "1 or 2 channels are needed",
            "make the voiceover again, or convert the file",
        )
    if frames == 0:
        raise InvalidInputError(f"{path} has no sound: zero samples", "make the voiceover again")


def _write(out: Path, blocks: Iterable[NDArray[np.float32]]) -> None:
    """Blocks of (n, 2) samples as a 16-bit file; what is louder than full scale is cut."""
    import numpy as np

    with wave.open(str(out), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        for block in blocks:
            scaled = np.clip(block, -1.0, 1.0) * np.float32(32767)
            file.writeframes(np.rint(scaled).astype("<i2").tobytes())


def _blocks(path: Path) -> Iterator[NDArray[np.float32]]:
    """A 16-bit stereo file second by second."""
    import numpy as np

    with wave.open(str(path)) as file:
        while data := file.readframes(SAMPLE_RATE_HZ):
            yield np.frombuffer(data, "<i2").reshape(-1, 2) * np.float32(1 / 32767)


def mixed(timeline: Timeline, voice: Path) -> Iterator[NDArray[np.float32]]:
    """The mix in blocks of a second: (n, 2) in -1 to 1, before the final gain."""
    import numpy as np

    total = round(timeline.duration_s * SAMPLE_RATE_HZ)
    music = next((sound for sound in timeline.sounds if sound.role == "music"), None)
    bed = music_bed(music.source, timeline.video_id) if music is not None else None
    start = round(timeline.voice.start_s * SAMPLE_RATE_HZ)
    with wave.open(str(voice)) as file:
        for position in range(0, total, SAMPLE_RATE_HZ):
            count = min(SAMPLE_RATE_HZ, total - position)
            block = np.zeros((count, 2), np.float32)
            _add_voice(block, file, position - start)
            if music is not None and bed is not None:
                _add_music(block, bed, music, position)
            yield block


def _add_voice(block: NDArray[np.float32], file: wave.Wave_read, position: int) -> None:
    """Adds the narration from its sample ``position``; before it begins that is negative."""
    import numpy as np

    skipped = max(0, -position)
    wanted = len(block) - skipped
    first = max(0, position)
    if wanted <= 0 or first >= file.getnframes():
        return
    file.setpos(first)
    data = np.frombuffer(file.readframes(wanted), "<i2").reshape(-1, file.getnchannels())
    # The same in both ears at 3 dB less: as loud as the mono file was measured.
    share = np.float32(0.7071 / 32768 if file.getnchannels() == 1 else 1 / 32768)
    block[skipped : skipped + len(data)] += data.astype(np.float32) * share


def _add_music(
    block: NDArray[np.float32], bed: NDArray[np.float32], music: SoundClip, position: int
) -> None:
    import numpy as np

    # Gain changes slowly: a value every 10 ms, straight lines between.
    grid = np.arange(0, len(block) + 480, 480)
    times = (position + grid) / SAMPLE_RATE_HZ
    gain = 10 ** (sample(music.gain_db, times) / 20)
    if music.fade_in_s > 0:
        gain = gain * np.clip((times - music.start_s) / music.fade_in_s, 0.0, 1.0)
    if music.fade_out_s > 0:
        gain = gain * np.clip((music.end_s - times) / music.fade_out_s, 0.0, 1.0)
    gain = np.interp(np.arange(len(block)), grid, gain).astype(np.float32)
    places = np.arange(position, position + len(block)) % len(bed)
    block += bed[places] * gain[:, None]
