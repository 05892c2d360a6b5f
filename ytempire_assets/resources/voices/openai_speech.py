"""Speech by any service that speaks OpenAI's protocol, near or far.

Belongs here: POST <address>/audio/speech, whose answer is a sound file. It tells no times: words
are found in the sound by ``speech.alignment``.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Callable
from decimal import Decimal

from pydantic import SecretStr

from ytempire_assets.errors import InvalidInputError, PermanentError, YtempireError
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
from ytempire_assets.speech.trimming import has_sound, trimmed
from ytempire_assets.speech.voice import Utterance

URL_SETTING = "YTEMPIRE_SPEECH_URL"
KEY_SETTING = "YTEMPIRE_SPEECH_KEY"
MODEL_SETTING = "YTEMPIRE_SPEECH_MODEL"

MAX_CHARACTERS = 4096
"""Of one request, as OpenAI's reference has it."""

_SERVICE = "the speech service"


class OpenAIVoice:
    """One voice of a service.

    Args:
        address: Where the service is, up to and without ``/audio/speech``.
        model: Name of the model, as the service knows it.
        voice: Name of the voice, as the service knows it.
        language: Of the texts, BCP 47; the words are found by a reading in it.
        key: Sent as bearer token; None for a server that wants none.
        speed: 1 is the voice's own.
        usd_per_million_characters: What it charges.
        timeout_s: The longest silence, which is while it speaks, and the longest answer.
        sleep: Waits that many seconds; tests pass their own.

    Raises:
        InvalidInputError: Address, model or key cannot be used, or eSpeak NG, which the words are
            found by, does not know the language.
    """

    def __init__(
        self,
        address: str,
        model: str,
        voice: str,
        language: str,
        *,
        key: SecretStr | None = None,
        speed: float = 1.0,
        usd_per_million_characters: Decimal = Decimal(0),
        timeout_s: float = 180.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        base = split_address(address)
        if base is None:
            raise InvalidInputError(
                f"{URL_SETTING} is '{plain(address, 120)}', not the address of a speech service",
                f"set {URL_SETTING} to one such as https://api.openai.com/v1",
            )
        self._direct = is_loopback(base)
        self._endpoint = f"{address.rstrip('/')}/audio/speech"
        self._model = model
        self._voice = voice
        self._speed = speed
        self._key = checked_key(key, KEY_SETTING) if key is not None else None
        self._usd_per_character = usd_per_million_characters / 1_000_000
        self._timeout_s = timeout_s
        self._sleep = sleep
        self._readers = readers(language)

    @property
    def name(self) -> str:
        """Model and voice."""
        return f"{self._model}/{self._voice}"

    def speak(self, text: str) -> Utterance:
        """Speaks a text; see ``Voice.speak``.

        Raises:
            TransientError: The service does not answer, or with something other than sound.
            PermanentError: It refuses, or what it says cannot be the text.
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
        answer = courier.ask(
            "POST",
            self._endpoint,
            limit_bytes=MAX_ANSWER_BYTES,
            refusal=self._refused,
            json={
                "model": self._model,
                "input": text,
                "voice": self._voice,
                "response_format": "wav",
                "speed": self._speed,
            },
            authorization="Bearer {key}",
        )
        samples, rate = decoded(answer, courier.strange_answer)
        if has_sound(samples):
            # Before the words are looked for: silence at the ends would be taken for speech.
            samples = trimmed(Utterance(samples, rate, ())).samples
            words = align(text, samples, rate, self._readers)
        else:
            words = ()
        return finished(samples, rate, words, len(text) * self._usd_per_character, _SERVICE)

    def _refused(self, status: int, said: str) -> YtempireError:
        because = f"({status}{': ' + said if said else ''})"
        if status in (401, 403):
            return RefusedKeyError(
                f"the speech service does not accept the key ({status})",
                f"set {KEY_SETTING} to a key of the service at {URL_SETTING}",
            )
        if status in (404, 405):
            return PermanentError(
                f"the speech service does not know {self._endpoint} or the model {self._model} "
                f"{because}",
                f"correct {URL_SETTING} or {MODEL_SETTING}, or the channel's voice.model",
            )
        return PermanentError(
            f"the speech service refused to speak with {self._voice} {because}",
            f"correct the channel's voice.voice, or {MODEL_SETTING} if it names the model",
        )
