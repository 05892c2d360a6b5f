"""eSpeak NG in this process: the voice that needs no key, no weights and no network.

Belongs here: the binding to the library that the ``espeakng-loader`` wheel brings, and how its word
events become word times. eSpeak NG keeps its state in globals, so one lock guards every call.

Source: espeak-ng/src/include/espeak-ng/speak_lib.h.
"""

from __future__ import annotations

import bisect
import ctypes
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ytempire_assets.errors import InvalidInputError, PermanentError
from ytempire_assets.speech.voice import SpokenWord, Utterance, speakable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_END_PAUSE = 0x1000
_EVENT_LIST_TERMINATED, _EVENT_WORD = 0, 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_POS_CHARACTER = 1
_DONT_EXIT = 0x8000
_BUFFER_MS = 200
MAX_TOKEN_CHARS = 120
"""eSpeak NG reads clauses of at most some hundred characters; a longer "word" is no word."""


class _EventId(ctypes.Union):
    _fields_ = [
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    ]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class _VoiceRecord(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_char_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    ]


class _Engine:
    """The loaded library; one a process."""

    def __init__(self) -> None:
        import espeakng_loader

        self.lock = threading.Lock()
        self._variants = Path(espeakng_loader.get_data_path()) / "voices" / "!v"
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_VoiceRecord))
        self.sample_rate_hz = int(
            self._library.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, data, _DONT_EXIT)
        )
        if self.sample_rate_hz <= 0:
            raise PermanentError(
                "eSpeak NG does not start: its data is missing",
                "install the package again: pip install --force-reinstall espeakng-loader",
            )
        self._samples: list[bytes] = []
        self._events: list[tuple[int, float]] = []
        self._callback = _Callback(self._receive)  # kept: the library holds only a pointer
        self._library.espeak_SetSynthCallback(self._callback)

    def voices(self) -> list[str]:
        """Languages that have a voice, as written in a channel file."""
        with self.lock:
            listed = self._library.espeak_ListVoices(None)
            names, index = set(), 0
            while listed[index]:
                # The first byte of a language entry is its priority, the name follows.
                entry = (listed[index].contents.languages or b"\0")[1:]
                names.add(entry.decode("ascii", "replace"))
                index += 1
            return sorted(name for name in names if name)

    def synthesise(
        self, text: str, voice: str, words_per_minute: int, pitch: int, pitch_range: int
    ) -> tuple[bytes, list[tuple[int, float]]]:
        """16-bit samples and word events (character position from 0, seconds)."""
        with self.lock:
            # An unknown variant (after the plus sign) would silently be left out by the library.
            variant = voice.partition("+")[2]
            unknown = "+" in voice and not (
                variant.isalnum() and (self._variants / variant).is_file()
            )
            if unknown or self._library.espeak_SetVoiceByName(voice.encode()) != 0:
                raise InvalidInputError(
                    f"voice: eSpeak NG has no voice '{voice}'",
                    "choose a voice that 'ytempire doctor' lists, for example en-us or "
                    "en-gb-x-rp, in the channel's voice.voice",
                )
            for parameter, value in (
                (_RATE, words_per_minute),
                (_PITCH, pitch),
                (_RANGE, pitch_range),
            ):
                self._library.espeak_SetParameter(parameter, value, 0)
            self._samples, self._events = [], []
            data = text.encode("utf-8") + b"\0"
            status = self._library.espeak_Synth(
                data, len(data), 0, _POS_CHARACTER, 0, _CHARS_UTF8 | _END_PAUSE, None, None
            )
            if status != 0:
                raise PermanentError(
                    f"eSpeak NG refused a text of {len(text)} characters (status {status})",
                    "shorten the text",
                )
            return b"".join(self._samples), self._events

    def _receive(
        self,
        samples: ctypes._Pointer[ctypes.c_short],
        count: int,
        events: ctypes._Pointer[_Event],
    ) -> int:
        if samples and count > 0:
            self._samples.append(ctypes.string_at(samples, count * 2))
        index = 0
        while events and events[index].type != _EVENT_LIST_TERMINATED:
            event = events[index]
            if event.type == _EVENT_WORD:
                self._events.append((event.text_position - 1, event.audio_position / 1000))
            index += 1
        return 0


_engine_lock = threading.Lock()
_engine: _Engine | None = None


def _loaded() -> _Engine:
    global _engine
    with _engine_lock:
        if _engine is None:
            _engine = _Engine()
        return _engine


def voices() -> list[str]:
    """Names that ``EspeakVoice`` accepts."""
    return _loaded().voices()


@dataclass(frozen=True, slots=True)
class EspeakVoice:
    """One eSpeak NG voice; see ``Voice``.

    Attributes:
        voice: Language or voice name, with an optional variant: ``en-us``, ``en-gb-x-rp+f3``.
        words_per_minute: 80 to 300.
        pitch: 0 to 99.
        pitch_range: 0 (monotone) to 99.
    """

    voice: str
    words_per_minute: int = 165
    pitch: int = 45
    pitch_range: int = 55

    @property
    def name(self) -> str:
        """Engine and voice."""
        return f"espeak-ng/{self.voice}"

    def speak(self, text: str) -> Utterance:
        """Speaks a text; see ``Voice.speak``.

        Raises:
            InvalidInputError: There is no such voice, or a word is too long to be one.
            PermanentError: The text gives no sound.
        """
        import numpy as np

        clean = speakable(text)
        longest = max(clean.split(), key=len, default="")
        if len(longest) > MAX_TOKEN_CHARS:
            raise InvalidInputError(
                f"the narration holds a word of {len(longest)} characters ('{longest[:24]}…')",
                "correct that word in the source document or the script",
            )
        engine = _loaded()
        data, events = engine.synthesise(
            clean, self.voice, self.words_per_minute, self.pitch, self.pitch_range
        )
        samples = np.frombuffer(data, dtype="<i2").astype(np.float32) / 32768.0
        samples = _without_trailing_silence(samples, engine.sample_rate_hz)
        if not events or len(samples) == 0:
            raise PermanentError(
                f"voice {self.voice} finds nothing to say in '{clean[:60]}'",
                "check the language of the text against the channel's voice",
            )
        rate = engine.sample_rate_hz
        return Utterance(samples, rate, _words(clean, events, samples, rate))


_TAIL_S = 0.12
_SILENCE = 0.003
"""Amplitude under which nothing is heard, -50 dBFS."""
_PAUSE_S = 0.08


def _without_trailing_silence(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Cuts the pause that eSpeak NG adds after the last sentence; pauses are the narration's."""
    import numpy as np

    loud = np.flatnonzero(np.abs(samples) > _SILENCE)
    if len(loud) == 0:
        return samples[:0]
    return samples[: min(len(samples), int(loud[-1]) + int(_TAIL_S * rate))]


def _words(
    text: str, events: Sequence[tuple[int, float]], samples: NDArray[np.float32], rate: int
) -> tuple[SpokenWord, ...]:
    """Gives every written word its time.

    eSpeak NG reports words by their position in the text. A number or a compound can give several
    events; the first one counts. A written word without an event of its own (a lone dash) gets no
    length: it begins and ends where the word before it ended. A word before a pause ends where its
    sound ends, not where the next word begins.
    """
    duration_s = len(samples) / rate
    tokens = [(match.start(), match.group()) for match in re.finditer(r"\S+", text)]
    starts: list[float | None] = [None] * len(tokens)
    offsets = [offset for offset, _ in tokens]
    for position, seconds in events:
        index = bisect.bisect_right(offsets, position) - 1
        if index >= 0 and starts[index] is None:
            starts[index] = min(seconds, duration_s)
    words: list[SpokenWord] = []
    previous_end = next((start for start in starts if start is not None), 0.0)
    for index, (_, token) in enumerate(tokens):
        start = starts[index]
        if start is None:
            words.append(SpokenWord(token, previous_end, previous_end))
            continue
        until = next((s for s in starts[index + 1 :] if s is not None), duration_s)
        end = _sound_end_s(samples, rate, start, max(start, until))
        words.append(SpokenWord(token, round(start, 4), round(end, 4)))
        previous_end = words[-1].end_s
    return tuple(words)


def _sound_end_s(samples: NDArray[np.float32], rate: int, start_s: float, until_s: float) -> float:
    """Where the last sound between two times ends; ``until_s`` when a pause hardly follows."""
    import numpy as np

    first = int(start_s * rate)
    loud = np.flatnonzero(np.abs(samples[first : int(until_s * rate)]) > _SILENCE)
    if len(loud) == 0:
        return until_s
    end_s = start_s + float(loud[-1]) / rate
    return end_s if until_s - end_s > _PAUSE_S else until_s
