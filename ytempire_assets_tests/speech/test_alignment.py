"""Words are found in recordings of voices that tell no times."""

from __future__ import annotations

import numpy as np
import pytest

from ytempire_assets.errors import InvalidInputError, PermanentError
from ytempire_assets.speech.alignment import align, readers
from ytempire_assets.speech.espeak import EspeakVoice
from ytempire_assets.speech.trimming import resampled
from ytempire_assets.speech.voice import Utterance

ENGLISH = (
    "Coffee is the seed of a fruit. Farmers dry it, roast it, and only then does it smell the way "
    "we know; before that, it smells of grass."
)
GERMAN = "Kaffee ist der Kern einer Frucht. Erst geröstet riecht er so, wie wir ihn kennen."


def misses_ms(text: str, spoken: Utterance, language: str) -> list[float]:
    found = align(text, spoken.samples, spoken.sample_rate_hz, readers(language))
    assert [word.text for word in found] == text.split()
    return [
        1000 * abs(one.start_s - true.start_s)
        for one, true in zip(found, spoken.words, strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "language", "voice"),
    [
        (ENGLISH, "en", EspeakVoice("en-gb-x-rp+f5", 140, 60)),
        (ENGLISH, "en", EspeakVoice("en-us+klatt4", 210, 30)),
        (GERMAN, "de", EspeakVoice("de+m7", 190, 70)),
    ],
)
def test_words_of_another_voice_are_found(text: str, language: str, voice: EspeakVoice) -> None:
    misses = misses_ms(text, voice.speak(text), language)
    assert np.mean(misses) <= 20
    assert max(misses) <= 150


def test_noise_and_another_rate_do_not_matter() -> None:
    spoken = EspeakVoice("en-us+m3", 150, 50).speak(ENGLISH)
    rate = 44_100
    samples = resampled(spoken.samples, spoken.sample_rate_hz, rate)
    noise = np.random.default_rng(1).standard_normal(len(samples)).astype(np.float32)
    samples = samples + np.float32(0.002) * noise
    assert np.mean(misses_ms(ENGLISH, Utterance(samples, rate, spoken.words), "en")) <= 30


def test_figures_are_found_by_what_is_said_for_them() -> None:
    written = "It cost $1.5 million in 1977, e.g. twice as much."
    said = (
        "It cost one point five million dollars in nineteen seventy seven, "
        "for example twice as much."
    )
    spoken = EspeakVoice("en-us+m7", 150).speak(said)
    found = align(written, spoken.samples, spoken.sample_rate_hz, readers("en"))
    assert [word.text for word in found] == written.split()
    starts = {word.text: word.start_s for word in found}
    true = {word.text: word.start_s for word in spoken.words}
    for one, other in (("$1.5", "one"), ("million", "million"), ("1977,", "nineteen")):
        assert starts[one] == pytest.approx(true[other], abs=0.08)
    assert starts["twice"] == pytest.approx(true["twice"], abs=0.08)


def test_another_text_or_silence_is_refused() -> None:
    short = EspeakVoice("en-us").speak("Hello.")
    with pytest.raises(PermanentError, match="for a text of about"):
        align(ENGLISH, short.samples, short.sample_rate_hz, readers("en"))
    with pytest.raises(PermanentError, match="recording is silent"):
        align(ENGLISH, np.zeros(16_000, np.float32), 16_000, readers("en"))
    with pytest.raises(InvalidInputError, match="no voice for the language"):
        readers("qq")
