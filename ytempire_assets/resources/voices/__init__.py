"""Voices that speak elsewhere or by a model: what they share.

Belongs here: sound from outside as samples, long texts in parts, an utterance put together from
parts. Which voice a channel means is ``desk.py``.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from ytempire_assets.errors import PermanentError, YtempireError
from ytempire_assets.speech.trimming import has_sound, resampled, trimmed
from ytempire_assets.speech.voice import SpokenWord, Utterance, speakable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_ANSWER_BYTES = 48_000_000
"""Ten minutes of 16-bit sound at 40 kHz: more than any service says at once."""

PART_PAUSE_S = 0.25
"""Between two parts of a text that was too long to be spoken at once."""

_PLACES = (r"(?<=[.!?…。！？])\s", r"(?<=[,;:])\s", r"\s")
"""Where a text may be divided, the best places first."""


def parts_of(text: str, limit: int) -> list[str]:
    """A text in parts of at most ``limit`` characters, divided at sentences where they allow it."""
    parts = []
    rest = text.strip()
    while len(rest) > limit:
        for place in _PLACES:
            cuts = [found.end() for found in re.finditer(place, rest[: limit + 1])]
            if cuts:
                break
        cut = cuts[-1] if cuts else limit
        parts.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*parts, rest] if rest else parts


def spoken_in_parts(
    text: str, limit: int, speak: Callable[[str], Utterance], service: str
) -> Utterance:
    """An utterance of a text of any length, spoken part by part.

    Args:
        text: As written.
        limit: Characters that are spoken at once.
        speak: Speaks one part.
        service: Who speaks, for people.

    Raises:
        PermanentError: There is nothing to say.
    """
    import numpy as np

    parts = parts_of(speakable(text), limit)
    if not any(character.isalnum() for character in text):
        raise PermanentError(
            f"{service} finds nothing to say in '{text[:60]}'",
            "check the script: a narration needs words",
        )
    spoken = [speak(part) for part in parts]
    rate = spoken[0].sample_rate_hz
    sound: list[NDArray[np.float32]] = []
    words: list[SpokenWord] = []
    position = 0
    for index, one in enumerate(spoken):
        pause = np.zeros(round(PART_PAUSE_S * rate) if index else 0, np.float32)
        samples = resampled(one.samples, one.sample_rate_hz, rate)
        offset = (position + len(pause)) / rate
        words += [SpokenWord(w.text, w.start_s + offset, w.end_s + offset) for w in one.words]
        sound += [pause, samples]
        position += len(pause) + len(samples)
    cost_usd = sum((one.cost_usd for one in spoken), Decimal(0))
    return Utterance(np.concatenate(sound), rate, tuple(words), cost_usd)


def decoded(data: bytes, strange: Callable[[], YtempireError]) -> tuple[NDArray[np.float32], int]:
    """Mono samples and their rate of any sound file.

    Args:
        data: The file.
        strange: Names the error for something that is none.
    """
    import av
    import numpy as np

    try:
        with av.open(io.BytesIO(data), "r") as file:
            if not file.streams.audio:
                raise strange()
            stream = file.streams.audio[0]
            rate = int(stream.codec_context.sample_rate)
            to_mono = av.AudioResampler(format="flt", layout="mono", rate=rate)
            blocks = [
                block.to_ndarray().reshape(-1)
                for frame in [*file.decode(stream), None]
                for block in to_mono.resample(frame)
            ]
    except (av.error.FFmpegError, ValueError, EOFError) as error:
        raise strange() from error
    return (np.concatenate(blocks) if blocks else np.zeros(0)).astype(np.float32), rate


def finished(
    samples: NDArray[np.float32],
    rate: int,
    words: Sequence[SpokenWord],
    cost_usd: Decimal,
    service: str,
) -> Utterance:
    """The utterance, trimmed.

    Raises:
        PermanentError: Nothing is heard.
    """
    if not has_sound(samples):
        raise PermanentError(
            f"{service} answered with silence", "check the voice and the text's language"
        )
    return trimmed(Utterance(samples, rate, tuple(words), cost_usd))
