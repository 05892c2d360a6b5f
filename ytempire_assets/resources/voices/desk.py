"""From a channel's choice to the voice that speaks its narrations.

Belongs here: which voice a channel means, with this machine's keys and models. Every engine stands
here once. A missing key or model is an error that names its setting; nothing else is taken instead.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.reading.language_tags import primary_subtag

if TYPE_CHECKING:
    from pydantic import SecretStr

    from ytempire_assets.channels import VoiceSpec
    from ytempire_assets.resources.gpu import GpuMemory
    from ytempire_assets.resources.storage.objects import ObjectStore
    from ytempire_assets.resources.voices.vits import VitsModel
    from ytempire_assets.speech.espeak import EspeakVoice
    from ytempire_assets.speech.voice import Voice

_WORDS_PER_MINUTE = 150
"""How fast services and models speak at speed 1, about; for estimates only."""


@dataclass(frozen=True, slots=True)
class SpeechService:
    """A service that speaks: address up to its version, key, model, price.

    Attributes:
        url: Address; None where it is not set.
        key: Of an account.
        model: Where a channel names none.
        usd_per_million_characters: What it charges.
    """

    url: str | None = None
    key: SecretStr | None = None
    model: str | None = None
    usd_per_million_characters: Decimal = Decimal(0)


class VoiceDesk:
    """Gives voices; a model in memory is loaded once, and only the last one is kept.

    Args:
        openai: An OpenAI-compatible service.
        elevenlabs: ElevenLabs.
        vits_device: Where VITS speaks.
        gpu: The card's memory, which it shares with other work.
        objects: Where what was paid for is kept; None keeps nothing.
    """

    def __init__(
        self,
        *,
        openai: SpeechService | None = None,
        elevenlabs: SpeechService | None = None,
        vits_device: Literal["auto", "cpu", "cuda"] = "auto",
        gpu: GpuMemory | None = None,
        objects: ObjectStore | None = None,
    ) -> None:
        self._openai = openai or SpeechService()
        self._elevenlabs = elevenlabs or SpeechService()
        self._vits_device: Literal["auto", "cpu", "cuda"] = vits_device
        self._gpu = gpu
        self._objects = objects
        self._model: tuple[str, VitsModel] | None = None
        self._lock = threading.Lock()

    def voice(self, spec: VoiceSpec, language: str) -> Voice:
        """The voice that a channel asks for, given the texts as written.

        Args:
            spec: The channel's.
            language: The channel's, BCP 47.

        Raises:
            InvalidInputError: A setting that the voice needs is not there, or the voice speaks
                another language; names it.
        """
        from ytempire_assets.speech.normalise import NormalisedVoice

        if spec.engine == "espeak":
            return NormalisedVoice(_espeak(spec, language), language)
        if spec.engine == "vits":
            return NormalisedVoice(self._vits(spec), language)
        if spec.engine == "openai":
            return self._kept(self._openai_voice(spec, language), spec, language)
        return self._kept(self._elevenlabs_voice(spec, language), spec, language)

    def estimator(self, spec: VoiceSpec, language: str) -> Voice:
        """A voice that takes about as long as the channel's, for timing drafts.

        eSpeak NG's own texts are as long as they will be. For every other engine it is eSpeak NG at
        their pace: a draft is timed many times, which must neither cost money nor minutes.

        Args:
            spec: The channel's.
            language: The channel's, BCP 47.
        """
        if spec.engine == "espeak":
            return self.voice(spec, language)
        from ytempire_assets.speech.espeak import EspeakVoice, voice_for
        from ytempire_assets.speech.normalise import NormalisedVoice

        pace = min(300, max(80, round(_WORDS_PER_MINUTE * spec.speed)))
        return NormalisedVoice(EspeakVoice(voice_for(language), pace), language)

    def _vits(self, spec: VoiceSpec) -> Voice:
        from ytempire_assets.resources.voices.vits import VitsModel, VitsVoice

        if not spec.model:
            raise InvalidInputError(
                "voice.engine is vits, but the channel names no model",
                "set voice.model to a folder or a name on Hugging Face, such as "
                "facebook/mms-tts-eng",
            )
        with self._lock:
            if self._model is None or self._model[0] != spec.model:
                model = VitsModel(spec.model, device=self._vits_device, gpu=self._gpu)
                self._model = (spec.model, model)
            return VitsVoice(self._model[1], spec.voice, spec.speed)

    def _openai_voice(self, spec: VoiceSpec, language: str) -> Voice:
        from ytempire_assets.resources.voices.openai_speech import OpenAIVoice

        service, model = self._openai, spec.model or self._openai.model
        for name, value in (("YTEMPIRE_SPEECH_URL", service.url), ("YTEMPIRE_SPEECH_MODEL", model)):
            if not value:
                raise InvalidInputError(
                    f"voice.engine is openai, but {name} is not set",
                    f"set {name}, or choose engine: espeak",
                )
        return OpenAIVoice(
            str(service.url),
            str(model),
            spec.voice,
            language,
            key=service.key,
            speed=spec.speed,
            usd_per_million_characters=service.usd_per_million_characters,
        )

    def _elevenlabs_voice(self, spec: VoiceSpec, language: str) -> Voice:
        from ytempire_assets.resources.voices.elevenlabs import ElevenLabsVoice

        service = self._elevenlabs
        if service.url is None or service.key is None:
            missing = "KEY" if service.url else "URL"
            raise InvalidInputError(
                f"voice.engine is elevenlabs, but YTEMPIRE_ELEVENLABS_{missing} is not set",
                f"set YTEMPIRE_ELEVENLABS_{missing}, or choose engine: espeak",
            )
        return ElevenLabsVoice(
            service.url,
            spec.voice,
            language,
            service.key,
            model=spec.model,
            speed=spec.speed,
            usd_per_million_characters=service.usd_per_million_characters,
        )

    def _kept(self, voice: Voice, spec: VoiceSpec, language: str) -> Voice:
        from ytempire_assets.resources.voices.kept import KeptVoice

        if self._objects is None:
            return voice
        service = self._openai if spec.engine == "openai" else self._elevenlabs
        parts = (spec.engine, service.url, voice.name, spec.model, spec.speed, language)
        return KeptVoice(voice, self._objects, "|".join(str(part) for part in parts))


def _espeak(spec: VoiceSpec, language: str) -> EspeakVoice:
    from ytempire_assets.speech.espeak import EspeakVoice, language_of, voice_for

    spoken = language_of(spec.voice)
    if spoken.partition("-")[0] != primary_subtag(language):
        raise InvalidInputError(
            f"voice.voice is '{spec.voice}', which speaks {spoken}, and the channel's language is "
            f"{language}",
            f"set voice.voice to a voice of that language, for example {voice_for(language)}",
        )
    return EspeakVoice(spec.voice, spec.words_per_minute, spec.pitch, spec.pitch_range)
