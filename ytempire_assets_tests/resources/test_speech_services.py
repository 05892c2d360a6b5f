"""Speech services over real HTTP: what they are asked, what becomes of it, and how they fail.

A server on this machine replays answers in the services' shapes; nothing of the client is replaced.
"""

from __future__ import annotations

import base64
import io
import json
import wave
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from pydantic import SecretStr

from ytempire_assets.channels import VoiceSpec
from ytempire_assets.errors import (
    InvalidInputError,
    PermanentError,
    QuotaError,
    TransientError,
    YtempireError,
)
from ytempire_assets.resources.pictures import ATTEMPTS, RefusedKeyError
from ytempire_assets.resources.storage.folder import FolderObjects
from ytempire_assets.resources.voices import parts_of
from ytempire_assets.resources.voices.desk import SpeechService, VoiceDesk
from ytempire_assets.resources.voices.elevenlabs import ElevenLabsVoice
from ytempire_assets.resources.voices.openai_speech import MAX_CHARACTERS, OpenAIVoice
from ytempire_assets.speech.espeak import EspeakVoice
from ytempire_assets.speech.normalise import NormalisedVoice
from ytempire_assets.speech.voice import Utterance, Voice
from ytempire_assets_tests.resources.test_picture_sources import Answer, Server

KEY = "secret-key-563492ad6f91"
SPEAK = "/v1/audio/speech"
VOICE_ID = "21m00Tcm4TlvDq8ikWAM"
TIMED = f"/v1/text-to-speech/{VOICE_ID}/with-timestamps"
TEXT = "It cost $1.5 million in 1977, e.g. twice as much."
PRICE = Decimal(15)


@pytest.fixture
def server() -> Iterator[Server]:
    with_close = Server()
    yield with_close
    with_close.close()


def said(text: str, voice: str = "en-us+m7") -> Utterance:
    return NormalisedVoice(EspeakVoice(voice, 150), "en").speak(text)


def wav(utterance: Utterance) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(utterance.sample_rate_hz)
        out.writeframes((utterance.samples * 32767).astype("<i2").tobytes())
    return file.getvalue()


def openai(server: Server, **options: Any) -> OpenAIVoice:
    chosen: dict[str, Any] = {"key": SecretStr(KEY), "usd_per_million_characters": PRICE, **options}
    return OpenAIVoice(f"{server.url}/v1", "tts-1", "alloy", "en", sleep=lambda _: None, **chosen)


def elevenlabs(server: Server, **options: Any) -> ElevenLabsVoice:
    return ElevenLabsVoice(
        f"{server.url}/v1",
        VOICE_ID,
        "en",
        SecretStr(KEY),
        usd_per_million_characters=PRICE,
        sleep=lambda _: None,
        **options,
    )


def timed(text: str, data: bytes, starts: list[float] | None) -> bytes:
    alignment = starts and {
        "characters": list(text),
        "character_start_times_seconds": starts,
        "character_end_times_seconds": starts,
    }
    audio = base64.b64encode(data).decode()
    return json.dumps({"audio_base64": audio, "alignment": alignment}).encode()


def tone(seconds: float = 3.0) -> bytes:
    clock = np.arange(int(24_000 * seconds)) / 24_000
    return (0.5 * 32767 * np.sin(2 * np.pi * 200 * clock)).astype("<i2").tobytes()


def test_openai_speech_is_asked_and_its_words_are_found(server: Server) -> None:
    true = said(TEXT)
    # A server that streams does not know the length when it begins: its header says "no end".
    streamed = bytearray(wav(true))
    streamed[4:8] = streamed[40:44] = b"\xff\xff\xff\xff"
    server.answers[SPEAK] = [Answer(body=bytes(streamed))]
    spoken = openai(server, speed=1.1).speak(TEXT)
    assert [word.text for word in spoken.words] == TEXT.split()
    off = [abs(a.start_s - b.start_s) for a, b in zip(spoken.words, true.words, strict=True)]
    assert np.mean(off) < 0.03
    assert spoken.cost_usd == len(TEXT) * PRICE / 1_000_000
    (asked,) = server.asked
    assert asked.body == {
        "model": "tts-1",
        "input": TEXT,
        "voice": "alloy",
        "response_format": "wav",
        "speed": 1.1,
    }
    assert asked.headers["authorization"] == f"Bearer {KEY}"


def test_long_texts_are_spoken_in_parts_at_sentences(server: Server) -> None:
    text = "One two three four. " * 300
    parts = parts_of(text, MAX_CHARACTERS)
    assert " ".join(parts) == text.strip()
    assert all(len(part) <= MAX_CHARACTERS and part.endswith(".") for part in parts)
    assert parts_of("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert parts_of("", 10) == []


def test_elevenlabs_tells_when_characters_are_spoken(server: Server) -> None:
    text = "Well, 50 % — done."
    starts = [0.1 * index for index in range(len(text))]
    server.answers[TIMED] = [Answer(body=timed(text, tone(), starts))]
    spoken = elevenlabs(server, speed=2.0).speak(text)
    assert [word.text for word in spoken.words] == text.split()
    expected = [0.1 * text.index(word) for word in text.split()]
    assert [word.start_s for word in spoken.words] == pytest.approx(expected, abs=0.001)
    (asked,) = server.asked
    assert asked.query == {"output_format": "pcm_24000"}
    assert asked.body["voice_settings"] == {"speed": 1.2}
    assert asked.headers["xi-api-key"] == KEY
    assert "authorization" not in asked.headers
    assert spoken.cost_usd == len(text) * PRICE / 1_000_000


@pytest.mark.parametrize("told", ["", "It cost ten dollars."])
def test_without_the_texts_own_characters_words_are_found_in_the_sound(
    server: Server, told: str
) -> None:
    true = said(TEXT)
    starts = [0.1] * len(told) or None
    server.answers[TIMED] = [Answer(body=timed(told, wav(true), starts))]
    spoken = elevenlabs(server).speak(TEXT)
    off = [abs(a.start_s - b.start_s) for a, b in zip(spoken.words, true.words, strict=True)]
    assert np.mean(off) < 0.03


def test_an_mp3_is_read_as_well(server: Server) -> None:
    file = io.BytesIO()
    with av.open(file, "w", format="mp3") as out:
        stream = out.add_stream("mp3", rate=24_000, layout="mono")
        samples = np.frombuffer(tone(), "<i2")[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = 24_000
        out.mux([*stream.encode(frame), *stream.encode(None)])
    text = "Hm hm"
    server.answers[TIMED] = [Answer(body=timed(text, file.getvalue(), [0, 1, 1, 1.5, 2]))]
    spoken = elevenlabs(server).speak(text)
    assert spoken.duration_s == pytest.approx(3, abs=0.2)


MAKERS: list[tuple[str, Callable[[Server], Voice]]] = [(SPEAK, openai), (TIMED, elevenlabs)]


@pytest.mark.parametrize(("path", "make"), MAKERS)
@pytest.mark.parametrize(
    ("answer", "kind", "asked", "words"),
    [
        (Answer(401, b'{"error": {"message": "bad key"}}'), RefusedKeyError, 1, "the key"),
        (Answer(429), TransientError, ATTEMPTS, "429"),
        (Answer(503), TransientError, ATTEMPTS, "503"),
        (Answer(404), PermanentError, 1, "does not know"),
        (Answer(422, b'{"detail": {"message": "no such model"}}'), PermanentError, 1, "no such"),
        (Answer(body=b"<html>sign in</html>"), TransientError, 1, "something other"),
        (Answer(body=b""), TransientError, 1, "something other"),
        (Answer(headers={"Content-Length": "100000000"}), PermanentError, 1, "sent more than"),
        (Answer(fault="cut"), TransientError, ATTEMPTS, "does not answer"),
    ],
)
def test_failures_are_named(
    server: Server,
    path: str,
    make: Callable[[Server], Voice],
    answer: Answer,
    kind: type[YtempireError],
    asked: int,
    words: str,
) -> None:
    server.answers[path] = [answer]
    with pytest.raises(kind, match=words) as caught:
        make(server).speak("Hello there.")
    assert len(server.asked) == asked
    assert KEY not in str(caught.value)


def test_a_service_that_is_down_is_named() -> None:
    gone = Server()
    gone.close()
    with pytest.raises(TransientError, match="the speech service does not answer"):
        openai(gone).speak("Hello.")


def test_used_up_characters_are_a_quota(server: Server) -> None:
    told = {"detail": {"status": "quota_exceeded", "message": "This request exceeds your quota."}}
    server.answers[TIMED] = [Answer(401, json.dumps(told).encode())]
    with pytest.raises(QuotaError, match="used up"):
        elevenlabs(server).speak("Hello.")


@pytest.mark.parametrize("text", ["", "— …", "🙂"])
@pytest.mark.parametrize(("path", "make"), MAKERS)
def test_nothing_to_say_asks_nobody(
    server: Server, path: str, make: Callable[[Server], Voice], text: str
) -> None:
    with pytest.raises(PermanentError, match="nothing to say"):
        make(server).speak(text)
    assert not server.asked


def test_silence_from_a_service_is_an_error(server: Server) -> None:
    server.answers[TIMED] = [Answer(body=timed("Hello.", b"\0" * 48_000, [0.0] * 6))]
    with pytest.raises(PermanentError, match="answered with silence"):
        elevenlabs(server).speak("Hello.")


def desk(server: Server, folder: Path | None = None) -> VoiceDesk:
    service = SpeechService(f"{server.url}/v1", SecretStr(KEY), "tts-1", PRICE)
    return VoiceDesk(
        openai=service, elevenlabs=service, objects=FolderObjects(folder) if folder else None
    )


def test_what_was_paid_for_is_kept_for_that_voice_and_text(server: Server, tmp_path: Path) -> None:
    server.answers[TIMED] = [Answer(body=timed("Hello.", tone(), [0.0] * 6))]
    spec = VoiceSpec(engine="elevenlabs", voice=VOICE_ID)
    first = desk(server, tmp_path).voice(spec, "en").speak("Hello.")
    again = desk(server, tmp_path).voice(spec, "en").speak("Hello.")
    assert len(server.asked) == 1
    assert first.cost_usd > 0
    assert again.cost_usd == 0
    assert again.words == first.words
    assert np.array_equal(again.samples, first.samples)
    desk(server, tmp_path).voice(spec.model_copy(update={"speed": 0.9}), "en").speak("Hello.")
    assert len(server.asked) == 2
    for path in tmp_path.rglob("*.utterance"):
        path.write_bytes(b"damaged")
    desk(server, tmp_path).voice(spec, "en").speak("Hello.")
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (VoiceSpec(engine="openai", voice="alloy"), "YTEMPIRE_SPEECH_URL is not set"),
        (VoiceSpec(engine="elevenlabs", voice=VOICE_ID), "YTEMPIRE_ELEVENLABS_URL is not set"),
        (VoiceSpec(engine="vits", voice="0"), "names no model"),
        (VoiceSpec(voice="xx-nowhere"), "no voice 'xx-nowhere'"),
        (VoiceSpec(voice="de"), "speaks de, and the channel's language is en"),
    ],
)
def test_a_missing_setting_is_named(spec: VoiceSpec, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        VoiceDesk().voice(spec, "en")
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: OpenAIVoice("ftp://x", "m", "v", "en"), "not the address of a speech service"),
        (
            lambda: OpenAIVoice("http://127.0.0.1:9/v1", "m", "v", "en", key=SecretStr("a b")),
            "YTEMPIRE_SPEECH_KEY is empty or holds a space",
        ),
        (
            lambda: ElevenLabsVoice("https://x.io/v1", "../../x", "en", SecretStr(KEY)),
            "no ElevenLabs voice",
        ),
    ],
)
def test_settings_that_cannot_be_used_are_named(make: Callable[[], Voice], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        make()


def test_drafts_are_timed_without_asking_a_service(server: Server) -> None:
    spec = VoiceSpec(engine="elevenlabs", voice=VOICE_ID, speed=1.2)
    slow = desk(server).estimator(spec.model_copy(update={"speed": 0.8}), "de").speak(TEXT)
    fast = desk(server).estimator(spec, "de").speak(TEXT)
    assert not server.asked
    assert fast.duration_s < slow.duration_s
    own = VoiceSpec(voice="en-us")
    assert VoiceDesk().estimator(own, "en") == VoiceDesk().voice(own, "en")
