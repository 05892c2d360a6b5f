"""The video that rendering is measured on: a Short of a minute from the sample topics.

Belongs here: making its script, voice and pictures once, and reading them back as the values that
renderers take. Everything is on: smooth motion, transitions, lit words, overlay, ducked music.
"""

from __future__ import annotations

import shutil
import wave
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from ytempire_assets.api import produce
from ytempire_assets.assets.renders import video_composition, video_timeline
from ytempire_assets.channels import read_channel
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.settings import Settings
from ytempire_assets.video.composition import Composition
from ytempire_assets.video.timeline import Timeline, build_timeline

DAY = "2026-11-19"
CHANNELS = Path(__file__).parent.parent / "channels"


@dataclass(frozen=True, slots=True)
class Video:
    """What a renderer takes."""

    timeline: Timeline
    composition: Composition
    voice: Path


def make_video(
    folder: Path, *, target_s: float = 55.0, channel: str = "orbit", format_name: str = ""
) -> Video:
    """Writes, speaks and draws one video of about ``target_s`` s of speech below ``folder``."""
    channels = folder / "channels"
    shutil.copytree(CHANNELS, channels)
    path = channels / f"{channel}.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content |= {"target_s": target_s, "videos_per_day": 1}
    if format_name:
        content["formats"] = [format_name]
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    settings = Settings(home=folder / "home", channels_dir=channels)
    stages = ("ideas", "scripts", "voiceovers", "visuals")
    made = produce(channel, DAY, stages, settings=settings)
    if not made.success:
        raise SystemExit("\n".join(made.errors))
    lake, blobs = LakeTables.of(settings), BlobStore.of(settings)
    key = f"{channel}|{DAY}"
    voices, visuals = lake.read("voiceovers", key), lake.read("visuals", key)
    assert voices is not None
    assert visuals is not None
    voice, visual, spec = voices.row(0, named=True), visuals.row(0, named=True), read_channel(path)
    timeline = video_timeline(voice, spec)
    composition = video_composition(timeline, visual, spec, blobs)
    return Video(timeline, composition, blobs.path(voice["audio"]))


def repeated(video: Video, seconds: float, voice: Path) -> Video:
    """The same scenes, words and sound again and again until ``seconds`` are full."""
    composition, fps = video.composition, video.composition.fmt.fps
    wanted = round(seconds * fps)
    scenes, cues, start = [], [], 0
    while start < wanted:
        away = start / fps
        cues += [
            replace(
                cue,
                words=tuple(replace(word, start_s=word.start_s + away) for word in cue.words),
                start_s=cue.start_s + away,
                end_s=cue.end_s + away,
            )
            for cue in (composition.captions.cues if composition.captions else ())
            if cue.end_s + away < seconds
        ]
        for scene in composition.scenes:
            if start < wanted:
                frames = min(scene.frames, wanted - start)
                lasts = min(scene.transition_frames, frames)
                scenes.append(
                    replace(scene, start_frame=start, frames=frames, transition_frames=lasts)
                )
                start += frames
    with wave.open(str(video.voice)) as source, wave.open(str(voice), "wb") as out:
        out.setparams(source.getparams())
        left = round(seconds * source.getframerate())
        sound = source.readframes(source.getnframes())
        width = source.getsampwidth() * source.getnchannels()
        while left > 0:
            part = sound[: left * width]
            out.writeframes(part)
            left -= len(part) // width
    track = replace(composition.captions, cues=tuple(cues)) if composition.captions else None
    timeline = build_timeline(
        f"{video.timeline.video_id}-long",
        [{"number": 1, "start_s": 0.0, "end_s": seconds}],
        (),
        str(voice),
        seconds,
        music="calm",
    )
    return Video(timeline, replace(composition, scenes=tuple(scenes), captions=track), voice)
