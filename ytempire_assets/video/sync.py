"""Whether sound and captions are where the timeline has them.

Belongs here: finding the narration in a file's sound, and laying captions against the words and
against the voice itself. How far off is too far is said by ``gates``.
"""

from __future__ import annotations

import re
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.burned_captions import CaptionTrack
from ytempire_assets.video.captions import Word
from ytempire_assets.video.fonts import drawable
from ytempire_assets.video.inspection import SOUND_RATE_HZ, lowered

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STEP_S = 0.01
"""Grid on which the voice is there or is not: finer than any gap between words."""

LONGEST_LAG_S = 2.0
"""How far captions are looked for around the voice; further off they do not belong to it."""

CUE_TOLERANCE_S = 0.08
"""A caption may start this much before or after its word: three frames, not seen as late."""

_QUIET_DB = 35.0
"""Between words the voice is at least this much quieter than where it is loud."""
_FLOOR_DB = -60.0

_TIMES = re.compile(r"(\d+):(\d\d):(\d\d),(\d{3}) --> (\d+):(\d\d):(\d\d),(\d{3})")


@dataclass(frozen=True, slots=True)
class Match:
    """Where one signal lies in another: how much later, seconds, and how alike, 0-1."""

    delay_s: float
    likeness: float


@dataclass(frozen=True, slots=True)
class Timed:
    """A caption that says ``text`` from ``start_s`` to ``end_s``."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class CaptionReport:
    """How captions lie against the words: the furthest start, seconds, and what is wrong."""

    count: int
    furthest_s: float
    problems: tuple[str, ...]


def read_voice(path: Path) -> NDArray[np.float32]:
    """A narration as mono samples at ``SOUND_RATE_HZ``.

    Raises:
        InvalidInputError: It is no 48 kHz 16-bit WAV file.
    """
    import numpy as np

    try:
        with wave.open(str(path)) as file:
            if (file.getframerate(), file.getsampwidth()) != (48_000, 2):
                raise wave.Error("48 kHz and 16 bit are needed")
            data, channels = file.readframes(file.getnframes()), file.getnchannels()
    except (OSError, EOFError, wave.Error) as error:
        raise InvalidInputError(
            f"{path} cannot be read as the narration ({error})", "make the voiceover again"
        ) from error
    if channels > 1:
        mixed = np.frombuffer(data, "<i2").reshape(-1, channels).mean(axis=1)
        data = mixed.astype("<i2").tobytes()
    return lowered(data)


def find_voice(sound: NDArray[np.float32], voice: NDArray[np.float32]) -> Match:
    """Where a narration lies in a file's sound, by cross-correlation.

    Args:
        sound: The file's, at ``SOUND_RATE_HZ``.
        voice: The narration.

    Returns:
        Seconds from the start of ``sound`` to the start of ``voice``, to a fraction of a sample by
        the parabola through the peak; likeness 0 when one of them is silent.
    """
    import numpy as np

    energy = float(np.sqrt(np.dot(sound, sound) * np.dot(voice, voice)))
    if energy == 0.0:
        return Match(0.0, 0.0)
    size = 1 << (len(sound) + len(voice)).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(voice, size))
    alike = np.fft.irfft(spectrum, size)
    peak = int(np.argmax(alike))
    before, top, after = alike[peak - 1], alike[peak], alike[(peak + 1) % size]
    bend = before - 2 * top + after
    part = 0.5 * (before - after) / bend if bend else 0.0
    samples = (peak if peak <= len(sound) else peak - size) + part
    return Match(float(samples) / SOUND_RATE_HZ, min(1.0, float(top) / energy))


def activity(voice: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether somebody speaks, for every ``STEP_S`` of a narration."""
    import numpy as np

    step = round(SOUND_RATE_HZ * STEP_S)
    blocks = voice[: len(voice) // step * step].reshape(-1, step)
    if not len(blocks):
        return np.zeros(0, np.bool_)
    level_db = 10 * np.log10(np.square(blocks).mean(axis=1) + 1e-12)
    # Against the loud parts: a narration may be mastered at any loudness.
    threshold = max(float(np.percentile(level_db, 95)) - _QUIET_DB, _FLOOR_DB)
    speaks: NDArray[np.bool_] = level_db > threshold
    return speaks


def words_after_voice(
    words: Sequence[Word], speaks: NDArray[np.bool_], voice_start_s: float
) -> Match:
    """How much later the words' times are than the voice, by their pauses, starts and ends.

    Args:
        words: On the video's clock.
        speaks: From ``activity``.
        voice_start_s: Where the narration begins in the video.
    """
    import numpy as np

    end_s = max(voice_start_s + len(speaks) * STEP_S, words[-1].end_s)
    room = round(LONGEST_LAG_S / STEP_S)
    steps = round(end_s / STEP_S) + 2 * room + 1
    said, heard = np.zeros(steps), np.zeros(steps)
    for word in words:
        start = max(0, round(word.start_s / STEP_S))
        said[room + start : room + max(start + 1, round(word.end_s / STEP_S))] = 1.0
    place = room + round(voice_start_s / STEP_S)
    place = min(max(0, place), steps - len(speaks))
    heard[place : place + len(speaks)] = speaks
    said -= said.mean()
    heard -= heard.mean()
    energy = float(np.sqrt(np.dot(said, said) * np.dot(heard, heard)))
    if energy == 0.0:
        return Match(0.0, 0.0)
    lags = range(-room, room + 1)
    alike = [float(np.dot(said, np.roll(heard, lag))) / energy for lag in lags]
    best = int(np.argmax(alike))
    return Match(lags[best] * STEP_S, max(0.0, alike[best]))


def spoken_share(start_s: float, end_s: float, speaks: NDArray[np.bool_]) -> float:
    """Share of a time, seconds of the narration, in which somebody speaks."""
    first = max(0, round(start_s / STEP_S))
    part = speaks[first : max(first + 1, round(end_s / STEP_S))]
    return float(part.mean()) if len(part) else 0.0


def parse_srt(text: str) -> list[Timed]:
    """The captions of a SubRip file.

    Raises:
        ValueError: A block that is none; says which.
    """
    cues = []
    for number, block in enumerate(re.split(r"\n\s*\n", text.strip()) if text.strip() else [], 1):
        lines = block.split("\n")
        times = _TIMES.fullmatch(lines[1].strip()) if len(lines) > 2 else None
        if times is None:
            raise ValueError(f"block {number} is no subtitle: {block[:40]!r}")
        h0, m0, s0, ms0, h1, m1, s1, ms1 = (int(value) for value in times.groups())
        cues.append(
            Timed(
                " ".join(lines[2:]),
                h0 * 3600 + m0 * 60 + s0 + ms0 / 1000,
                h1 * 3600 + m1 * 60 + s1 + ms1 / 1000,
            )
        )
    return cues


def burned_cues(track: CaptionTrack) -> list[Timed]:
    """What stands in the picture, and when."""
    return [
        Timed(" ".join(word.text for word in cue.words), cue.start_s, cue.end_s)
        for cue in track.cues
    ]


def drawn_words(words: Sequence[Word], track: CaptionTrack) -> list[Word]:
    """The words as the track's fonts can show them."""
    shown = [Word(drawable(word.text, track.families), word.start_s, word.end_s) for word in words]
    return [word for word in shown if word.text]


def check_cues(cues: Sequence[Timed], words: Sequence[Word], duration_s: float) -> CaptionReport:
    """Lays captions against the words they consist of.

    Args:
        cues: In order.
        words: Every word that is spoken, on the video's clock.
        duration_s: Length of the video.
    """
    texts = [_plain(word.text) for word in words]
    said = "".join(texts)
    starts: dict[int, Word] = {}
    ends: dict[int, Word] = {}
    place = 0
    for word, text in zip(words, texts, strict=True):
        if text:
            starts[place] = word
            place += len(text)
            ends[place] = word
    problems: list[str] = []
    furthest, place = 0.0, 0
    for number, cue in enumerate(cues, start=1):
        where = f"caption {number} ({cue.start_s:.2f}-{cue.end_s:.2f} s)"
        if not 0 <= cue.start_s < cue.end_s <= duration_s + 0.001:
            problems.append(f"{where} is not inside the {duration_s:.2f} s of the video")
        text = _plain(cue.text)
        first, last = starts.get(place), ends.get(place + len(text))
        if first is None or last is None or said[place : place + len(text)] != text:
            problems.append(f"{where} says '{cue.text[:30]}', which is not what is spoken next")
            break
        place += len(text)
        furthest = max(furthest, abs(cue.start_s - first.start_s))
        if abs(cue.start_s - first.start_s) > CUE_TOLERANCE_S:
            problems.append(f"{where}: its first word is spoken at {first.start_s:.2f} s")
        if cue.end_s < last.end_s - CUE_TOLERANCE_S:
            problems.append(f"{where}: its last word is spoken until {last.end_s:.2f} s")
    else:
        if place < len(said):
            problems.append(f"'{said[place : place + 30]}' is spoken and not shown")
    return CaptionReport(len(cues), furthest, tuple(problems))


def _plain(text: str) -> str:
    """Letters alone: captions break lines, cut long words, and write an arrow for ``-->``."""
    plain = "".join(text.replace("-->", "→").split())
    return plain.replace("\u202b", "").replace("\u202c", "")  # around lines to the left
