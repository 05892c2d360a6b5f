"""eSpeak NG in this process: the voice that needs no key, no weights and no network.

Belongs here: the binding to the library that the ``espeakng-loader`` wheel brings, and how its word
events become word times. eSpeak NG keeps its state in globals: one lock guards every call, and each
call loads the library anew, so that a text sounds the same whatever was said before it.

Source: espeak-ng/src/include/espeak-ng/speak_lib.h.
"""

from __future__ import annotations

import _ctypes
import bisect
import contextlib
import ctypes
import functools
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ytempire_assets.errors import InvalidInputError, PermanentError
from ytempire_assets.speech.trimming import has_sound, trimmed
from ytempire_assets.speech.voice import Utterance, speakable
from ytempire_assets.speech.word_times import timed_words

_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_END_PAUSE = 0x1000
_EVENT_LIST_TERMINATED, _EVENT_WORD = 0, 1
_RATE, _PITCH, _RANGE = 1, 3, 4
_POS_CHARACTER = 1
_DONT_EXIT = 0x8000
_STOP = 1
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


class _Library:
    """The library, loaded anew: nothing that was said before can change what it says.

    Its state outlives a change of the voice and even its own termination: the noise, the flutter
    and the phase of one text go on in the next. Loading takes 3 ms.
    """

    def __init__(self) -> None:
        import espeakng_loader

        self._variants = Path(espeakng_loader.get_data_path()) / "voices" / "!v"
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(espeakng_loader.get_data_path()).encode()
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_VoiceRecord))
        self._library.espeak_GetCurrentVoice.restype = ctypes.POINTER(_VoiceRecord)
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
        self._raised: BaseException | None = None
        self._callback = _Callback(self._receive)  # kept: the library holds only a pointer
        self._library.espeak_SetSynthCallback(self._callback)

    def close(self) -> None:
        """Unloads it; a C library that keeps what was loaded (musl) keeps its state as well."""
        self._library.espeak_Terminate()
        _ctypes.dlclose(self._library._handle)  # noqa: SLF001 - ctypes has no other way

    def voices(self) -> list[str]:
        """Languages that have a voice, as written in a channel file."""
        listed = self._library.espeak_ListVoices(None)
        names, index = set(), 0
        while listed[index]:
            names.add(_language(listed[index].contents))
            index += 1
        return sorted(name for name in names if name)

    def choose(self, voice: str) -> str:
        """Takes a voice and returns its language."""
        # An unknown variant (after the plus sign) would silently be left out by the library.
        variant = voice.partition("+")[2]
        unknown = "+" in voice and not (variant.isalnum() and (self._variants / variant).is_file())
        if unknown or self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise InvalidInputError(
                f"voice: eSpeak NG has no voice '{voice}'",
                "choose a voice that 'ytempire doctor' lists, for example en-us or "
                "en-gb-x-rp, in the channel's voice.voice",
            )
        return _language(self._library.espeak_GetCurrentVoice().contents)

    def synthesise(
        self, text: str, voice: str, words_per_minute: int, pitch: int, pitch_range: int
    ) -> tuple[bytes, list[tuple[int, float]]]:
        """16-bit samples and word events (character position from 0, seconds)."""
        self.choose(voice)
        for parameter, value in (
            (_RATE, words_per_minute),
            (_PITCH, pitch),
            (_RANGE, pitch_range),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)
        # Breath is noise, which the library would begin by the clock.
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(1))
        data = text.encode("utf-8") + b"\0"
        status = self._library.espeak_Synth(
            data, len(data), 0, _POS_CHARACTER, 0, _CHARS_UTF8 | _END_PAUSE, None, None
        )
        if self._raised is not None:
            raise self._raised
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
        # ctypes prints and forgets what a callback raises: an interrupt that falls into one would
        # be lost. It is kept, the library is told to stop, and whoever called it gets it.
        try:
            self._take(samples, count, events)
        except BaseException as error:  # noqa: BLE001 - passed on above
            self._raised = error
            return _STOP
        return 0

    def _take(
        self,
        samples: ctypes._Pointer[ctypes.c_short],
        count: int,
        events: ctypes._Pointer[_Event],
    ) -> None:
        if samples and count > 0:
            self._samples.append(ctypes.string_at(samples, count * 2))
        index = 0
        while events and events[index].type != _EVENT_LIST_TERMINATED:
            event = events[index]
            if event.type == _EVENT_WORD:
                self._events.append((event.text_position - 1, event.audio_position / 1000))
            index += 1


def _language(record: _VoiceRecord) -> str:
    # The first byte of a language entry is its priority, the name follows.
    return (record.languages or b"\0")[1:].decode("ascii", "replace")


_lock = threading.Lock()


@contextlib.contextmanager
def _loaded() -> Iterator[_Library]:
    """The library to oneself: a process has room for its state once."""
    with _lock, contextlib.closing(_Library()) as library:
        yield library


@functools.cache
def voices() -> list[str]:
    """Names that ``EspeakVoice`` accepts."""
    with _loaded() as library:
        return library.voices()


@functools.cache
def language_of(voice: str) -> str:
    """The language that a voice speaks, such as ``en-us``.

    Raises:
        InvalidInputError: There is no such voice.
    """
    with _loaded() as library:
        return library.choose(voice)


def voice_for(language: str) -> str:
    """A voice for a language (BCP 47): its own, or that of the language without its region.

    Raises:
        InvalidInputError: eSpeak NG does not speak it.
    """
    wanted = language.lower()
    known = voices()
    for name in ("en-us" if wanted == "en" else wanted, wanted.partition("-")[0]):
        if name in known:
            return name
    kin = [name for name in known if name.partition("-")[0] == wanted.partition("-")[0]]
    if kin:
        return kin[0]
    raise InvalidInputError(
        f"eSpeak NG has no voice for the language '{language}'",
        "choose one of the languages that 'ytempire doctor' lists",
    )


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
        with _loaded() as library:
            rate = library.sample_rate_hz
            data, events = library.synthesise(
                clean, self.voice, self.words_per_minute, self.pitch, self.pitch_range
            )
        samples = np.frombuffer(data, dtype="<i2").astype(np.float32) / 32768.0
        if not events or not has_sound(samples):
            raise PermanentError(
                f"voice {self.voice} finds nothing to say in '{clean[:60]}'",
                "check the language of the text against the channel's voice",
            )
        words = timed_words(clean.split(), _starts(clean, events), samples, rate)
        return trimmed(Utterance(samples, rate, words))


def _starts(text: str, events: Sequence[tuple[int, float]]) -> list[float | None]:
    """When each written word begins, seconds; None for one without an event of its own.

    eSpeak NG reports words by their position in the text. A number or a compound can give several
    events; the first one counts.
    """
    offsets = [match.start() for match in re.finditer(r"\S+", text)]
    starts: list[float | None] = [None] * len(offsets)
    for position, seconds in events:
        index = bisect.bisect_right(offsets, position) - 1
        if index >= 0 and starts[index] is None:
            starts[index] = seconds
    return starts
