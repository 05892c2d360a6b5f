"""A small finished video with everything a real one has, for the gates to look at."""

from __future__ import annotations

import subprocess
import wave
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ytempire_assets.video.burned_captions import caption_limits, place_captions
from ytempire_assets.video.captions import Word, build_cues, to_srt
from ytempire_assets.video.composition import Composition, lay_out, write_layers
from ytempire_assets.video.ffmpeg import find_ffmpeg
from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.gates import Inspection, inspect_file
from ytempire_assets.video.layouts import design_scene
from ytempire_assets.video.render import render_video
from ytempire_assets.video.timeline import Timeline, build_timeline

from .samples import BRAND, BRIEFS, DARK, scenes_of

SMALL = VideoFormat("small", 432, 768, 60.0, 60, 160, 32, 48, 76)
"""Two fifths of a Short: large enough for VMAF's model, a sixth of the pixels."""

SENTENCES = (
    "Voyager has left all the planets far behind.",
    "Whales were caught by the thousand, year after year.",
    "What should we listen to next?",
)
PAUSE_S = 0.4


@dataclass(frozen=True)
class Finished:
    """A file with what it was made from."""

    path: Path
    timeline: Timeline
    composition: Composition
    srt: str
    voice: Path

    def inspect(self) -> Inspection:
        return inspect_file(
            self.path, self.timeline, self.composition, self.srt, self.voice, find_ffmpeg()
        )

    def failed(self) -> set[str]:
        """Names of the gates that it does not pass."""
        return {gate.name for gate in self.inspect().gates if not gate.passed}

    def remade(self, name: str, *arguments: str) -> Finished:
        """What ffmpeg makes of the file; ``IN`` in the arguments stands for it."""
        out = self.path.with_name(f"{name}.mp4")
        given = [str(self.path) if argument == "IN" else argument for argument in arguments]
        if "-i" not in given:
            given = ["-i", str(self.path), *given]
        subprocess.run(
            [str(find_ffmpeg()), "-v", "error", "-nostdin", "-y", *given, str(out)], check=True
        )
        return replace(self, path=out)


def speech(path: Path) -> tuple[list[Word], list[float]]:
    """Writes noise in the rhythm of speech.

    Returns:
        When each word sounds, and the length of each sentence with the pause after it, seconds.
    """
    random = np.random.default_rng(7)
    parts: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = []
    words, lengths, now = [], [], 0.0
    for sentence in SENTENCES:
        began = now
        for text in sentence.split():
            seconds = 0.16 + 0.02 * len(text)
            count = round(seconds * 48_000)
            smooth = np.convolve(random.uniform(-1, 1, count), np.ones(12) / 12, "same")
            parts += [smooth * np.hanning(count) ** 0.25, np.zeros(round(0.04 * 48_000))]
            words.append(Word(text, now, now + seconds))
            now += count / 48_000 + 0.04
        parts.append(np.zeros(round(PAUSE_S * 48_000)))
        now += PAUSE_S
        lengths.append(now - began)
    samples = (np.concatenate(parts) * 0.9 * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(samples.tobytes())
    return words, lengths


def finished(folder: Path) -> Finished:
    """Renders the video into ``folder``: intro, three scenes, outro, music, captions."""
    voice = folder / "voice.wav"
    words, lengths = speech(voice)
    timeline = build_timeline(
        "small-20261119-1", scenes_of(lengths), words, "voice", sum(lengths),
        intro_s=0.6, outro_s=1.2, music="calm",
    )  # fmt: skip
    hook = BRIEFS["hook"]
    briefs = [
        replace(hook, number=0, kind="intro", headline=BRAND.name),
        replace(hook, number=1),
        replace(BRIEFS["chart_bars"], number=2),
        replace(BRIEFS["closing"], number=3),
        replace(
            hook, number=4, kind="outro", headline="Sources",
            points=("NASA Science: Voyager",), credits=("Synthetic voice",),
        ),
    ]  # fmt: skip
    layers = {}
    for brief, clip in zip(briefs, timeline.scenes, strict=True):
        seconds = clip.end_s - clip.start_s
        design = design_scene(replace(brief, duration_s=seconds), DARK, SMALL, BRAND)
        layers[clip.number] = write_layers(design.layers, folder, str(clip.number))
    limits = caption_limits(SMALL)
    cues = build_cues(
        timeline.words, max_characters=limits.max_characters, max_words=limits.max_words
    )
    composition = lay_out(timeline, SMALL, layers, place_captions(cues, DARK, SMALL))
    out = folder / "good.mp4"
    render_video(timeline, composition, voice, out)
    return Finished(out, timeline, composition, to_srt(build_cues(timeline.words)), voice)
