"""Speech by ElevenLabs, which tells when each character is spoken.

Belongs here: POST <address>/text-to-speech/<voice>/with-timestamps, and words from its characters.

Source: ElevenLabs' API reference, "Create speech with timing".
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import functools
import re
import time
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from pydantic import BaseModel, SecretStr, ValidationError

from ytempire_assets.errors import InvalidInputError, PermanentError, QuotaError, YtempireError
from ytempire_assets.plain_address import split_address
from ytempire_assets.resources.pictures import (
    Courier,
    RefusedKeyError,
    checked_key,
    is_loopback,
    plain,
)
from ytempire_assets.resources.voices import (
    MAX_ANSWER_BYTES,
    decoded,
    finished,
    spoken_in_parts,
)
from ytempire_assets.speech.alignment import align, readers
from ytempire_assets.speech.trimming import has_sound
from ytempire_assets.speech.voice import SpokenWord, Utterance
from ytempire_assets.speech.word_times import timed_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

URL_SETTING = "YTEMPIRE_ELEVENLABS_URL"
KEY_SETTING = "YTEMPIRE_ELEVENLABS_KEY"
MODEL = "eleven_multilingual_v2"

MAX_CHARACTERS = 5000
"""Of one request: the least that any of its models takes."""

_RATE_HZ = 24_000
_SERVICE = "ElevenLabs"
_VOICE_ID = re.compile(r"[A-Za-z0-9]{8,64}")


class _Alignment(BaseModel):
    characters: list[str]
    character_start_times_seconds: list[float]
    character_end_times_seconds: list[float]


class _Answer(BaseModel):
    audio_base64: str
    alignment: _Alignment | None = None


class ElevenLabsVoice:
    """One voice of an account.

    Args:
        address: Where the service is, up to and without ``/text-to-speech``.
        voice_id: Of the voice: letters and digits.
        language: Of the texts, BCP 47.
        key: Of the account.
        model: Its model; empty takes ``MODEL``.
        speed: 1 is the voice's own; the service takes 0.7 to 1.2 and is given the nearest.
        usd_per_million_characters: What it charges.
        timeout_s: The longest silence, which is while it speaks, and the longest answer.
        sleep: Waits that many seconds; tests pass their own.

    Raises:
        InvalidInputError: Address, voice or key cannot be used.
    """

    def __init__(
        self,
        address: str,
        voice_id: str,
        language: str,
        key: SecretStr,
        *,
        model: str = "",
        speed: float = 1.0,
        usd_per_million_characters: Decimal = Decimal(0),
        timeout_s: float = 180.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        base = split_address(address)
        if base is None:
            raise InvalidInputError(
                f"{URL_SETTING} is '{plain(address, 120)}', not the address of ElevenLabs",
                f"leave {URL_SETTING} out, or set it to https://api.elevenlabs.io/v1",
            )
        if not _VOICE_ID.fullmatch(voice_id):
            raise InvalidInputError(
                f"voice.voice is '{plain(voice_id, 60)}', which is no ElevenLabs voice",
                "set it to the voice's id, the 20 letters and digits that its page shows",
            )
        self._direct = is_loopback(base)
        path = f"text-to-speech/{voice_id}/with-timestamps"
        self._endpoint = f"{address.rstrip('/')}/{path}"
        self._voice_id = voice_id
        self._language = language
        self._model = model or MODEL
        self._speed = min(1.2, max(0.7, speed))
        self._key = checked_key(key, KEY_SETTING)
        self._usd_per_character = usd_per_million_characters / 1_000_000
        self._timeout_s = timeout_s
        self._sleep = sleep

    @property
    def name(self) -> str:
        """Service and voice."""
        return f"elevenlabs/{self._voice_id}"

    def speak(self, text: str) -> Utterance:
        """Speaks a text; see ``Voice.speak``.

        Raises:
            TransientError: The service does not answer, or with something other than it should.
            QuotaError: The account's characters are used up.
            PermanentError: It refuses.
        """
        courier = Courier(
            _SERVICE,
            timeout_s=self._timeout_s,
            direct=self._direct,
            key=self._key,
            sleep=self._sleep,
        )
        with contextlib.closing(courier):
            part = functools.partial(self._part, courier)
            return spoken_in_parts(text, MAX_CHARACTERS, part, _SERVICE)

    def _part(self, courier: Courier, text: str) -> Utterance:
        import numpy as np

        answer = courier.ask(
            "POST",
            self._endpoint,
            limit_bytes=MAX_ANSWER_BYTES * 3 // 2,  # base64 makes it a third longer
            refusal=self._refused,
            params={"output_format": f"pcm_{_RATE_HZ}"},
            json={
                "text": text,
                "model_id": self._model,
                "voice_settings": {"speed": self._speed},
            },
            authorization="{key}",
            key_header="xi-api-key",
        )
        try:
            told = _Answer.model_validate_json(answer)
            data = base64.b64decode(told.audio_base64, validate=True)
        except (ValidationError, binascii.Error) as error:
            raise courier.strange_answer() from error
        if data[:3] == b"ID3" or data[:4] in (b"RIFF", b"OggS") or data[:2] in _MP3_FRAMES:
            # A gateway in between may answer in another format than was asked for.
            samples, rate = decoded(data, courier.strange_answer)
        else:
            pcm = np.frombuffer(data[: len(data) // 2 * 2], "<i2")
            samples, rate = pcm.astype(np.float32) / np.float32(32768), _RATE_HZ
        words = self._words(text, told.alignment, samples, rate)
        return finished(samples, rate, words, len(text) * self._usd_per_character, _SERVICE)

    def _words(
        self, text: str, told: _Alignment | None, samples: NDArray[np.float32], rate: int
    ) -> tuple[SpokenWord, ...]:
        if not has_sound(samples):
            return ()
        starts = word_starts(text, told) if told is not None else None
        if starts is None:
            return align(text, samples, rate, readers(self._language))
        return timed_words(text.split(), starts, samples, rate)

    def _refused(self, status: int, said: str) -> YtempireError:
        because = f"({status}{': ' + said if said else ''})"
        if "quota" in said.lower() or status == 402:
            return QuotaError(
                f"the characters of the ElevenLabs account are used up {because}",
                "wait for the next period or buy more, then run again: finished work is kept",
            )
        if status in (401, 403):
            return RefusedKeyError(
                f"ElevenLabs does not accept the key {because}",
                f"set {KEY_SETTING} to a key of the account that may use text to speech",
            )
        if status == 404:
            return PermanentError(
                f"ElevenLabs does not know the voice {self._voice_id} {because}",
                "correct the channel's voice.voice: a voice must be in the account's library",
            )
        return PermanentError(
            f"ElevenLabs refused to speak {because}",
            "correct the channel's voice.voice or voice.model",
        )


_MP3_FRAMES = (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa")


def word_starts(text: str, told: _Alignment) -> list[float] | None:
    """When each written word begins, by the times of its characters.

    Only the alignment of the text as written is of use: the one of the text as the service reads it
    ("ten dollars") has other characters. Spaces are not compared: they come doubled or missing.

    Returns:
        A start for each word; None when the characters are not the text's.
    """
    written = "".join(text.split())
    heard: list[tuple[str, float]] = [
        (character, start)
        for characters, start in zip(
            told.characters, told.character_start_times_seconds, strict=False
        )
        for character in characters
        if not character.isspace()
    ]
    if "".join(character for character, _ in heard) != written:
        return None
    starts, place, latest = [], 0, 0.0
    for word in text.split():
        latest = max(latest, heard[place][1])
        starts.append(latest)
        place += len(word)
    return starts
