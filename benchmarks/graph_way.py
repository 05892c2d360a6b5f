"""The ffmpeg way: a filter graph per scene into the pipe of one encoder, captions by libass.

What differs from our own frames, because the filters cannot do it: a backdrop drifts by whole
pixels, everything laid over it moves by two (its chroma has half the size), ``push`` is a dissolve,
a wipe has no soft edge, and a lit word lies over its neighbours instead of being cut at them.

Why a scene has a graph of its own: every link of a graph keeps its buffers until the graph ends, so
one graph for the whole video grows with every scene. The price: the end of the scene before is
drawn from its files again under a transition.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import uharfbuzz

from benchmarks import pipe_way
from benchmarks.pipe_way import (
    TAGS,
    LargestProcess,
    cpu_until_end,
    cut,
    drift_unevenness_px,
    psnr_db,
    start_encoder,
)
from benchmarks.short import Video, make_video, repeated
from ytempire_assets.video.burned_captions import LIT_SCALE, CaptionTrack, CaptionWord
from ytempire_assets.video.caption_sprites import EDGE_EM
from ytempire_assets.video.composition import ComposedScene, Composition, PictureClip, Property
from ytempire_assets.video.ffmpeg import find_ffmpeg
from ytempire_assets.video.fonts import BOLD, FONTS_DIR, font_face, font_file
from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.keyframes import Keyframe
from ytempire_assets.video.render import render_video
from ytempire_assets.video.soundtrack import write_soundtrack

ROUNDS = 2

TIME_BASE = 15360
"""Ticks per second in a graph: a multiple of every usual frame rate."""

_TO_VIDEO = "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int"
"""RGB pictures to limited-range BT.709; ffmpeg's default matrix is BT.601, and full range stays."""


def render(
    composition: Composition, sound: Path, out: Path, *, seconds: float | None = None
) -> tuple[float, float]:
    """Renders ``composition`` with the mixed ``sound`` to ``out``.

    Args:
        composition: What to see.
        sound: 48 kHz stereo WAV.
        out: Overwritten.
        seconds: Only so many of the video; all of it when not given.

    Returns:
        CPU-seconds of all processes, and wall seconds.

    Raises:
        SystemExit: A process failed; its own message is on standard error.
    """
    started = time.perf_counter()
    composition = cut(composition, seconds)
    with tempfile.TemporaryDirectory(prefix="ytempire-bench-") as name:
        folder = Path(name)
        filters = TAGS
        if composition.captions is not None:
            text = captions_document(composition.captions, composition.fmt)
            (folder / "captions.ass").write_text(text, encoding="utf-8")
            filters += f",ass=filename=captions.ass:fontsdir=fonts,{TAGS}"
            _link_fonts(composition.captions, folder / "fonts")
        encoder, frames = start_encoder(composition, sound, out, filters, folder)
        cpu_s = 0.0
        try:
            for index in range(len(composition.scenes)):
                scene = subprocess.Popen(
                    scene_command(composition, index, folder),
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=frames,
                )
                cpu_s += cpu_until_end(scene)
        finally:
            os.close(frames)
        cpu_s += cpu_until_end(encoder)
    return cpu_s, time.perf_counter() - started


def compare(seconds: float = 20.0) -> dict[str, Any]:
    """Three designs on the same frames, sound and settings of the encoder, in turn.

    Mixing the sound is part of ours; the others take it finished, so its costs are added to theirs.

    Args:
        seconds: How much of the video.

    Returns:
        For ``graph``, ``pipe`` (our frames through a pipe) and ``in_process`` (ours) their costs,
        how evenly the backdrop drifts, and how alike the frames are.
    """
    with tempfile.TemporaryDirectory(prefix="ytempire-bench-") as name:
        folder = Path(name)
        video = repeated(
            make_video(folder / "video", target_s=max(20.0, seconds)), seconds, folder / "voice.wav"
        )
        sound, composition = folder / "mix.wav", video.composition
        mixing = _mix(video, sound)
        designs = {
            "graph": lambda out: render(composition, sound, out),
            "pipe": lambda out: pipe_way.render(composition, sound, out),
            "in_process": lambda out: _in_process(video, out),
        }
        taken: dict[str, list[tuple[float, float, float]]] = {name: [] for name in designs}
        for _ in range(ROUNDS):
            for design, draw in designs.items():
                with LargestProcess() as largest:
                    cpu_s, wall_s = draw(folder / f"{design}.mp4")
                taken[design].append((cpu_s, wall_s, largest.peak_mb))
        result: dict[str, Any] = {"benchmark": "designs", "video_s": composition.duration_s}
        ours = folder / "in_process.mp4"
        for design, rounds in taken.items():
            cpu_s, wall_s, peak_mb = (median(values) for values in zip(*rounds, strict=True))
            extra_cpu_s, extra_wall_s = mixing if design != "in_process" else (0.0, 0.0)
            out = folder / f"{design}.mp4"
            result[design] = {
                "cpu_s_per_video_s": round((cpu_s + extra_cpu_s) / composition.duration_s, 3),
                "wall_s_per_video_s": round((wall_s + extra_wall_s) / composition.duration_s, 3),
                "peak_rss_mb": round(peak_mb),
                "bytes": out.stat().st_size,
                "drift_unevenness_px": drift_unevenness_px(out, composition),
                "psnr_to_ours_db": None if out == ours else round(psnr_db(out, ours), 1),
            }
    return result


def _mix(video: Video, sound: Path) -> tuple[float, float]:
    """Mixes the sound; returns its CPU-seconds, ffmpeg's included, and wall seconds."""
    before, started = os.times(), time.perf_counter()
    write_soundtrack(video.timeline, video.voice, sound, find_ffmpeg())
    return sum(os.times()[:4]) - sum(before[:4]), time.perf_counter() - started


def _in_process(video: Video, out: Path) -> tuple[float, float]:
    started = time.perf_counter()
    done = render_video(video.timeline, video.composition, video.voice, out, threads=1)
    return done.cpu_s, time.perf_counter() - started


def scene_command(composition: Composition, index: int, folder: Path) -> list[str]:
    """The program that writes the frames of scene ``index`` to its standard output, raw.

    Args:
        composition: What to see.
        index: From 0.
        folder: Where it will run; its pictures are linked there under plain names, so that there
            is nothing to escape in the graph.
    """
    scene, fps = composition.scenes[index], composition.fmt.fps
    graph = _Graph(composition.fmt, folder, f"s{index}")
    chains = graph.scene(scene, 0, scene.frames, "new")
    if index and scene.transition_frames:
        before = composition.scenes[index - 1]
        old = _Graph(composition.fmt, folder, f"s{index - 1}")
        chains += old.scene(before, before.frames, scene.transition_frames, "old")
        step = TIME_BASE // fps
        # Half a frame late: the first frame already shows a little of the new scene.
        chains += [
            f"[old]format=yuva420p,setpts=N*{step}+{step // 2},"
            f"fade=t=out:st=0:d={scene.transition_frames / fps:.6f}:alpha=1,{_stamp(fps)}[fading]",
            "[new][fading]overlay=x=0:y=0:eof_action=pass[scene]",
        ]
    else:
        chains.append("[new]null[scene]")
    return [
        str(find_ffmpeg()), "-hide_banner", "-nostdin", "-loglevel", "error",
        "-filter_complex_threads", "1",  # more of them only cost CPU time
        "-filter_complex", ";".join(chains), "-map", "[scene]", "-frames:v", str(scene.frames),
        "-fps_mode", "passthrough", "-enc_time_base", f"1/{fps}", "-pix_fmt", "yuv420p",
        "-f", "rawvideo", "pipe:1",
    ]  # fmt: skip


class _Graph:
    """Filter chains of one scene's clips."""

    def __init__(self, fmt: VideoFormat, folder: Path, prefix: str) -> None:
        self._fmt = fmt
        self._folder = folder
        self._prefix = prefix

    def scene(self, scene: ComposedScene, first: int, frames: int, name: str) -> list[str]:
        """``frames`` frames from frame ``first`` of the scene, 0 or its end, as ``[name]``."""
        backdrop, *clips = scene.clips
        assert backdrop.media == "png", "footage as a backdrop is not ported"
        loop = f"loop=loop={frames - 1}:size=1,{_stamp(self._fmt.fps)}"
        window = self._window(backdrop, first)
        chains = [f"{self._picture(backdrop, 'yuv420p')},{loop},{window}[{name}0]"]
        for number, clip in enumerate(clips, start=1):
            # After the end of a scene everything is in place: all frames of the clip lie before
            # the first one that is shown, and overlay takes the last of them.
            own = self._frames(clip) if first == 0 else f"settb=1/{TIME_BASE},setpts=N-100000"
            x, y = self._position(clip, first)
            chains += [
                f"{self._picture(clip, 'yuva420p')},{own}[{name}clip{number}]",
                f"[{name}{number - 1}][{name}clip{number}]overlay=x='{x}':y='{y}'[{name}{number}]",
            ]
        chains.append(f"[{name}{len(clips)}]null[{name}]")
        return chains

    def _picture(self, clip: PictureClip, pixels: str) -> str:
        link = f"{self._prefix}-{clip.name}.{clip.media}"
        if not (self._folder / link).is_symlink():
            (self._folder / link).symlink_to(clip.path.absolute())
        return f"movie={link},{_TO_VIDEO},format={pixels},setsar=1"

    def _window(self, backdrop: PictureClip, first: int) -> str:
        """The window on a backdrop, moving by whole pixels."""

        def start(name: Property, place: int, room: int) -> str:
            moved = _value(backdrop.keyframes.get(name, ()), f"(n+{first})", "0")
            # The small term keeps 0.4999 and 0.5 from taking turns.
            return f"clip(floor(0.501-({place}+{moved})),0,{room})"

        fmt = self._fmt
        return (
            f"crop={fmt.width}:{fmt.height}:exact=1:"
            f"x='{start('dx', backdrop.x, backdrop.width - fmt.width)}':"
            f"y='{start('dy', backdrop.y, backdrop.height - fmt.height)}'"
        )

    def _frames(self, clip: PictureClip) -> str:
        """The clip's own frames: as many as its entrance lasts, the last one is held.

        Uncovering moves a window over a picture of twice the size whose other half is empty: a
        mask for the cost of a crop.
        """
        fps, width, height = self._fmt.fps, clip.width, clip.height
        shown = _stamp(fps, clip.first_frame)
        entrance = [
            keyframe
            for name in ("opacity", "uncovered", *(("dy",) if clip.windowed else ()))
            for keyframe in clip.keyframes.get(name, ())
        ]
        if not entrance:
            return shown
        lasts = round(entrance[-1].at - entrance[0].at)
        loop = f"loop=loop={lasts - 1}:size=1," if clip.media == "png" and lasts > 1 else ""
        if "opacity" in clip.keyframes:
            # The first frame already shows a little, so its time is not 0.
            fade = f"{_stamp(fps, 1)},fade=t=in:st=0:d={lasts / fps:.6f}:alpha=1"
            return f"{loop}{fade},{shown}"
        frame = f"(n+{clip.first_frame})"
        if clip.windowed:
            top = _even(f"{height}-{_value(clip.keyframes['dy'], frame, '0')}")
            return (
                f"pad={width}:{2 * height}:0:{height}:color=black@0,{loop}"
                f"crop={width}:{height}:exact=1:x=0:y='{top}',{shown}"
            )
        left = self._uncovered(clip, frame)
        return (
            f"pad={2 * width}:{height}:{width}:0:color=black@0,{loop}"
            f"crop={width}:{height}:exact=1:x='{left}':y=0,{shown}"
        )

    def _uncovered(self, clip: PictureClip, frame: str) -> str:
        return _even(f"{clip.width}*{_value(clip.keyframes['uncovered'], frame, '1')}")

    def _position(self, clip: PictureClip, first: int) -> tuple[str, str]:
        """Overlay coordinates as expressions of ``t``."""
        frame = f"(t*{self._fmt.fps}+{first})"
        dx = _value(clip.keyframes.get("dx", ()), frame, "")
        dy = _value(() if clip.windowed else clip.keyframes.get("dy", ()), frame, "")
        # Overlay rounds down to even pixels: one more is the nearest.
        x = f"{clip.x + 1}+{dx}" if dx else str(clip.x)
        y = f"{clip.y + 1}+{dy}" if dy else str(clip.y)
        if "uncovered" in clip.keyframes and clip.media == "png" and first == 0:
            # The window slides right over the picture; moving the overlay along keeps the picture
            # in its place while more and more of it is uncovered.
            x += f"-{clip.width}+{self._uncovered(clip, frame)}"
        return x, y


def _value(keyframes: Sequence[Keyframe], frame: str, still: str) -> str:
    """Keyframes as an expression of ``frame``, exact pieces and easing; ``still`` for none."""
    if all(keyframe.value == keyframes[0].value for keyframe in keyframes):
        return f"({keyframes[0].value})" if keyframes and keyframes[0].value else still
    terms = [f"{keyframes[0].value:.3f}"]
    for before, after in pairwise(keyframes):
        progress = f"clip(({frame}-{before.at:g})/{after.at - before.at:g},0,1)"
        if after.ease == "out_cubic":
            progress = f"(1-pow(1-{progress},3))"
        terms.append(f"({after.value - before.value:.3f})*{progress}")
    return f"({'+'.join(terms)})"


def _even(pixels: str) -> str:
    """``pixels`` as the nearest even number: the overlay that moves along keeps to these."""
    return f"2*floor(({pixels})/2+0.501)"


def _stamp(fps: int, first: int = 0) -> str:
    """Exact times from frame counts; a still's own times would drift (25 frames per second)."""
    step = TIME_BASE // fps
    return f"settb=1/{TIME_BASE},setpts=N*{step}+{first * step}"


def captions_document(track: CaptionTrack, fmt: VideoFormat) -> str:
    """The captions as ASS: every word placed, an event for each state it is in."""
    path = font_file(track.families[0], BOLD)
    face = font_face(path)
    name = face.get_name(uharfbuzz.OTNameIdPredefined.FONT_FAMILY) or path.stem
    # What libass sizes and places lines by.
    table = face.reference_table("OS/2").data
    ascent, descent = (int.from_bytes(table[at : at + 2], "big") / face.upem for at in (74, 76))
    events = [
        f"Dialogue: {layer},{_time(start, fmt.fps)},{_time(end, fmt.fps)},Word,,0,0,0,,"
        + _word(word, colour, scale, ascent + descent, descent)
        for cue in track.cues
        for word, following in zip(
            cue.words, [*(word.start_s for word in cue.words[1:]), cue.end_s], strict=True
        )
        for start, end, layer, colour, scale in (
            (cue.start_s, word.start_s, 0, track.ink, 1.0),
            (word.start_s, following, 1, track.lit, LIT_SCALE),
            (following, cue.end_s, 0, track.ink, 1.0),
        )
        if _centiseconds(end, fmt.fps) > _centiseconds(start, fmt.fps)
    ]
    return "\n".join(
        (
            "[Script Info]",
            "ScriptType: v4.00+",
            f"PlayResX: {fmt.width}",
            f"PlayResY: {fmt.height}",
            "ScaledBorderAndShadow: yes",
            "WrapStyle: 2",
            "YCbCr Matrix: TV.709",
            "[V4+ Styles]",
            "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, "
            "BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, "
            "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding",
            f"Style: Word,{name},72,{_colour(track.ink)},{_colour(track.ink)},"
            f"{_colour(track.edge)},&HFF000000,-1,0,0,0,100,100,0,0,1,6,0,2,0,0,0,1",
            "[Events]",
            "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text",
            *events,
            "",
        )
    )


def _word(word: CaptionWord, colour: str, scale: float, em: float, descent: float) -> str:
    """A word with its place; it grows around the middle of its capitals."""
    size = word.size * scale
    baseline = word.baseline + 0.35 * word.size * (scale - 1)
    text = word.text.replace("\\", "\\\u2060").replace("{", "\\{").replace("}", "\\}")
    return (
        f"{{\\pos({word.x:.2f},{baseline + size * descent:.2f})\\fs{size * em:.2f}"
        f"\\bord{max(2, round(EDGE_EM * word.size))}\\c{_colour(colour)}}}{text}"
    )


def _colour(colour: str) -> str:
    """``#RRGGBB`` as ASS writes it: blue first."""
    return f"&H00{colour[5:7]}{colour[3:5]}{colour[1:3]}".upper()


def _centiseconds(seconds: float, fps: int) -> int:
    """Half a frame before the first frame that is not earlier: rounding never loses a frame."""
    frame = -int(-(seconds - 1e-6) * fps // 1)
    return max(0, round(100 * (frame - 0.5) / fps))


def _time(seconds: float, fps: int) -> str:
    total = _centiseconds(seconds, fps)
    hours, rest = divmod(total, 360_000)
    minutes, rest = divmod(rest, 6_000)
    return f"{hours}:{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}"


def _link_fonts(track: CaptionTrack, folder: Path) -> None:
    folder.mkdir()
    files = [*FONTS_DIR.glob("*.ttf"), *(font_file(family) for family in track.families)]
    for number, path in enumerate(dict.fromkeys(files)):
        (folder / f"{number}{path.suffix}").symlink_to(path.absolute())
