"""Speech against its limits: where words are found in a recording, how fast narrations are made.

Alignment is measured on speech whose times are known and that the reference inside has not spoken:
other voices, speeds and pitches of eSpeak NG, and, where Debian's libflite1 is installed, Flite,
which is another kind of synthesiser altogether.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from benchmarks import flite
from ytempire_assets.speech.alignment import align, readers
from ytempire_assets.speech.espeak import EspeakVoice, voice_for
from ytempire_assets.speech.narration import Narration, narrate
from ytempire_assets.speech.normalise import NormalisedVoice
from ytempire_assets.speech.voice import Voice
from ytempire_assets.video.ffmpeg import find_ffmpeg

NARRATIONS = 100

TEXTS = {
    "en": (
        "Honey does not spoil. Jars of it were found in tombs, and after three thousand years it "
        "could still be eaten.",
        "A cloud looks light, but a small one weighs as much as a hundred elephants; it floats "
        "because the drops are tiny, and the air below it rises.",
        "Cats spend most of their lives asleep. When they wake, they hunt for minutes, wash for "
        "hours, and then look for the next warm place.",
        "Trains run on steel because steel hardly gives way. A wheel touches the rail on a spot as "
        "small as a coin, and so it rolls for miles once it moves.",
    ),
    "de": (
        "Honig verdirbt nicht. In Gräbern fand man Töpfe davon, und nach dreitausend Jahren konnte "
        "man ihn noch essen.",
        "Eine Wolke sieht leicht aus, doch schon eine kleine wiegt so viel wie hundert Elefanten; "
        "sie schwebt, weil ihre Tropfen winzig sind.",
    ),
    "fr": (
        "Le miel ne se gâte pas. On en a trouvé dans des tombes, et après trois mille ans il était "
        "encore bon à manger.",
        "Un nuage semble léger, mais le plus petit pèse autant que cent éléphants; il flotte parce "
        "que ses gouttes sont minuscules.",
    ),
    "es": (
        "La miel no se estropea. Se encontraron tarros en las tumbas, y después de tres mil años "
        "todavía se podía comer.",
        "Una nube parece ligera, pero la más pequeña pesa tanto como cien elefantes; flota porque "
        "sus gotas son diminutas.",
    ),
    "pl": (
        "Miód się nie psuje. W grobowcach znaleziono pełne dzbany, a po trzech tysiącach lat nadal "
        "można go było jeść.",
    ),
    "it": (
        "Il miele non va a male. Nelle tombe ne hanno trovato dei vasi, e dopo tremila anni si "
        "poteva ancora mangiare.",
    ),
}
_SCENE = (
    "Voyager {n} carries a golden record for strangers. It left Earth on 5 September 1977, and is "
    "now more than 24 billion kilometres away."
)


def measure(*, quick: bool = False) -> dict[str, Any]:
    """Alignment errors per condition, and how much faster than real time narrations are made.

    Args:
        quick: Ten narrations instead of a hundred.
    """
    conditions = [
        {"condition": name, "language": language, **_errors(language, voice)}
        for name, language, voice in _conditions()
    ]
    weights = [row["words"] for row in conditions]
    return {
        "benchmark": "speech",
        "alignment_mean_ms": round(
            float(np.average([row["mean_ms"] for row in conditions], weights=weights)), 1
        ),
        "alignment_worst_mean_ms": max(row["mean_ms"] for row in conditions),
        "flite": flite.is_installed(),
        **_throughput(10 if quick else NARRATIONS),
        "alignment": conditions,
    }


def _conditions() -> Iterator[tuple[str, str, Voice]]:
    """Voices that the references do not have, by what makes them different."""
    changed: tuple[tuple[str, str, int, int], ...] = (
        ("another man", "+m7", 165, 45),
        ("another woman", "+f5", 165, 60),
        ("slower", "", 120, 45),
        ("faster and higher", "+f1", 230, 75),
        ("another synthesis (Klatt)", "+klatt4", 165, 45),
        ("whispering", "+whisper", 165, 45),
    )
    for language in TEXTS:
        base = voice_for(language)
        for name, variant, pace, pitch in changed:
            yield f"espeak {name}", language, EspeakVoice(base + variant, pace, pitch)
    for accent in ("en-gb-x-rp", "en-gb-scotland", "en-029"):
        yield f"espeak accent {accent}", "en", EspeakVoice(f"{accent}+f4", 175, 55)
    yield "espeak accent es-419", "es", EspeakVoice("es-419+m3", 175, 55)
    if flite.is_installed():
        for voice in flite.VOICES:
            for stretch in (0.9, 1.2):
                yield f"flite {voice} x{stretch}", "en", flite.FliteVoice(voice, stretch)


def _errors(language: str, voice: Voice) -> dict[str, Any]:
    """How far word starts are off, ms."""
    off: list[float] = []
    for text in TEXTS[language]:
        spoken = voice.speak(text)
        found = align(text, spoken.samples, spoken.sample_rate_hz, readers(language))
        off += [
            1000 * abs(one.start_s - true.start_s)
            for one, true in zip(found, spoken.words, strict=True)
        ]
    return {
        "words": len(off),
        "mean_ms": round(float(np.mean(off)), 1),
        "median_ms": round(float(np.median(off)), 1),
        "p90_ms": round(float(np.percentile(off, 90)), 1),
        "within_80_ms": round(float(np.mean(np.array(off) <= 80)), 3),
    }


def _throughput(count: int) -> dict[str, Any]:
    """Narrations of about 40 s, spoken and mastered, as many at a time as there are cores."""
    ffmpeg, cores = find_ffmpeg(), os.cpu_count() or 1
    voice = NormalisedVoice(EspeakVoice("en-us"), "en")

    def make(number: int) -> Narration:
        return narrate([(n, _SCENE.format(n=10 * number + n)) for n in range(4)], voice, ffmpeg)

    make(0)
    alone_s, alone = _timed(lambda: [make(1)])
    with ThreadPoolExecutor(cores) as pool:
        wall_s, made = _timed(lambda: list(pool.map(make, range(2, 2 + count))))
    spoken_s = sum(one.duration_s for one in made)
    return {
        "narrations": len(made),
        "narration_s": round(spoken_s / len(made), 1),
        "times_real_time": round(spoken_s / wall_s, 1),
        "times_real_time_alone": round(alone[0].duration_s / alone_s, 1),
        "wall_s": round(wall_s, 1),
        "cores": cores,
        "loudness_lufs": [
            min(one.loudness.integrated_lufs for one in made),
            max(one.loudness.integrated_lufs for one in made),
        ],
        "highest_true_peak_dbtp": max(one.loudness.true_peak_dbtp for one in made),
    }


def _timed(work: Callable[[], list[Narration]]) -> tuple[float, list[Narration]]:
    started = time.perf_counter()
    made = work()
    return time.perf_counter() - started, made
