"""The usual way: one MoviePy ``CompositeVideoClip`` of the same pictures, at the peers' settings.

libx264, preset medium, 30 frames per second, two threads. The layers, their places and times, the
word-by-word captions, the transitions and the sound are those of the same composition.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.short import Video
from ytempire_assets.video.animation import decode
from ytempire_assets.video.art import Art, rasterise
from ytempire_assets.video.burned_captions import caption_art
from ytempire_assets.video.composition import ComposedScene, PictureClip
from ytempire_assets.video.keyframes import sample


def render(video: Video, sound: Path, out: Path, seconds: float) -> float:
    """Renders the first ``seconds``; returns the wall seconds it took."""
    from moviepy import AudioFileClip, CompositeVideoClip

    started = time.perf_counter()
    fmt = video.composition.fmt
    clips = [
        _scene(scene, fmt.fps, (fmt.width, fmt.height))
        for scene in video.composition.scenes
        if scene.start_frame / fmt.fps < seconds
    ]
    clips += _captions(video, seconds)
    whole = CompositeVideoClip(clips, size=(fmt.width, fmt.height)).with_duration(seconds)
    with AudioFileClip(str(sound)) as audio:
        whole = whole.with_audio(audio.subclipped(0, seconds))
        whole.write_videofile(
            str(out), fps=fmt.fps, codec="libx264", preset="medium", threads=2,
            audio_codec="aac", logger=None,
        )  # fmt: skip
    return time.perf_counter() - started


def _scene(scene: ComposedScene, fps: int, size: tuple[int, int]):  # type: ignore[no-untyped-def]
    from moviepy import CompositeVideoClip, vfx

    length = scene.frames / fps + 0.3
    parts = [_picture(clip, fps, length) for clip in scene.clips]
    clip = CompositeVideoClip(parts, size=size).with_duration(length)
    clip = clip.with_start(scene.start_frame / fps)
    if scene.transition_frames:
        clip = clip.with_effects([vfx.CrossFadeIn(scene.transition_frames / fps)])
    return clip


def _picture(clip: PictureClip, fps: int, length: float):  # type: ignore[no-untyped-def]
    from moviepy import ImageClip, VideoFileClip, vfx

    start = clip.first_frame / fps
    if clip.media == "png":
        made = ImageClip(decode(clip.path.read_bytes())).with_duration(max(0.1, length - start))
    else:
        made = VideoFileClip(str(clip.path), has_mask=True)
    if "opacity" in clip.keyframes:
        made = made.with_effects([vfx.CrossFadeIn(0.5)])
    return made.with_start(start).with_position(_place(clip, fps))


def _place(clip: PictureClip, fps: int) -> Callable[[float], tuple[float, float]]:
    def at(time_s: float) -> tuple[float, float]:
        moment = np.array([time_s * fps + clip.first_frame])
        dx, dy = (
            float(sample(clip.keyframes[name], moment)[0]) if name in clip.keyframes else 0.0
            for name in ("dx", "dy")
        )
        return clip.x + dx, clip.y + dy

    return at


def _captions(video: Video, seconds: float):  # type: ignore[no-untyped-def]
    from moviepy import ImageClip

    track = video.composition.captions
    clips = []
    for cue in track.cues if track else ():
        if cue.start_s >= seconds:
            break
        words = [caption_art(track, word) for word in cue.words]
        whole = sum(words, Art())
        if whole.is_empty:
            continue
        box = whole.box()
        times = [*(word.start_s for word in cue.words), cue.end_s]
        for index, (start, end) in enumerate(pairwise(times)):
            lit = Art(words[index].svg.replace("#FFFFFF", track.lit), *_bounds(words[index]))
            others = sum((art for place, art in enumerate(words) if place != index), Art())
            picture = decode(rasterise(others + lit, box))
            made = ImageClip(picture).with_start(start).with_duration(max(0.03, end - start))
            clips.append(made.with_position((box.x, box.y)))
    return clips


def _bounds(art: Art) -> tuple[float, float, float, float]:
    return art.left, art.top, art.right, art.bottom
