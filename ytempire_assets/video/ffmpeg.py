"""ffmpeg: finding it, and the filter graph that a timeline becomes.

Belongs here: everything that speaks ffmpeg's language. Starting and watching the process is in
``render``.

The graph reads every picture once (``movie``), converts it once and repeats the frame (``loop``)
only while it moves; ``overlay`` keeps showing the last one. The dissolve asks for a scene's first
frame only when its time has come, so later scenes cost no memory before.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.scene import Entrance
from ytempire_assets.video.timeline import LayerFile, TimedScene, Timeline, transition_frames

RISE_PX = 46
"""How far below its place a rising layer starts, px on a 1080 px wide frame."""

TIME_BASE = 15360
"""Ticks per second in the graph: a multiple of twice every usual frame rate."""

_TO_VIDEO = "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int"
"""RGB pictures to limited-range BT.709; ffmpeg's default matrix is BT.601, and full range stays."""


def find_ffmpeg(setting: str | None = None) -> Path:
    """The ffmpeg to run: the one named by a setting, else the one in the imageio-ffmpeg wheel.

    Args:
        setting: A path or a command name on PATH.

    Raises:
        InvalidInputError: There is none, or it cannot be executed.
    """
    if setting:
        found = shutil.which(os.path.expanduser(setting))
        if found is None:
            raise InvalidInputError(
                f"ffmpeg '{setting}' is not an executable file or command",
                "correct the ffmpeg setting, or leave it empty to use the bundled one",
            )
        return Path(found).absolute()
    import imageio_ffmpeg

    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise InvalidInputError(
            "no ffmpeg: the imageio-ffmpeg package has no binary for this machine",
            "install ffmpeg and set its path in the ffmpeg setting",
        ) from error


@dataclass(frozen=True, slots=True)
class Graph:
    """A filter graph and the files it reads: plain name in the working folder to real path."""

    text: str
    files: dict[str, Path]


def build_graph(timeline: Timeline, *, with_captions: bool) -> Graph:
    """The filter graph of a timeline; video comes out as ``[video]``, audio as ``[audio]``.

    Input 0 is the audio. Pictures are read by the graph itself under the plain names in ``files``;
    captions from ``captions.ass`` and fonts from ``fonts`` in the working folder.
    """
    files: dict[str, Path] = {}
    chains: list[str] = []
    scenes = timeline.scenes
    for index, scene in enumerate(scenes):
        chains += _scene_chains(index, scene, timeline, files)
        whole = f"[cut{index}]"
        if index:
            frames = transition_frames(scenes[index - 1], scene)
            chains += _dissolve(index, frames, scenes[index - 1], timeline.fps)
            whole = f"[whole{index}]"
        last = index == len(scenes) - 1
        chains.append(
            f"{whole}{'null' if last else 'split'}[scene{index}]"
            + ("" if last else f"[tail{index}]")
        )
    parts = "".join(f"[scene{index}]" for index in range(len(scenes)))
    chains.append(f"{parts}concat=n={len(scenes)}:v=1:a=0[all]")
    burn = "ass=filename=captions.ass:fontsdir=fonts," if with_captions else ""
    chains.append(
        f"[all]{burn}setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
        "[video]"
    )
    chains.append(f"[0:a:0]aresample=48000,apad,atrim=end={timeline.duration_s:.6f}[audio]")
    return Graph(";\n".join(chains), files)


def _dissolve(index: int, frames: int, before: TimedScene, fps: int) -> list[str]:
    """Lays the last picture of the scene before over ``[cut<index>]``, fading out.

    ``xfade`` would do the same, but it asks all scenes for frames from the start: with seven scenes
    it held 1 GB, this way one picture.
    """
    step = TIME_BASE // fps
    # The old picture is at (n - k - 1/2) / n on frame k: the first frame already shows the new one.
    return [
        f"[tail{index - 1}]trim=start_frame={before.frames - 1},format=yuva420p,"
        f"loop=loop={frames}:size=1,settb=1/{TIME_BASE},setpts=(N+0.5)*{step},"
        f"fade=t=out:st=0:d={frames / fps:.6f}:alpha=1,setpts=N*{step},"
        f"trim=end_frame={frames}[old{index}]",
        f"[cut{index}][old{index}]overlay=x=0:y=0:eof_action=pass[whole{index}]",
    ]


def _scene_chains(
    index: int, scene: TimedScene, timeline: Timeline, files: dict[str, Path]
) -> list[str]:
    fmt, fps = timeline.fmt, timeline.fps
    backdrop, *layers = scene.layers
    name = f"s{index}l0.{backdrop.media}"
    files[name] = backdrop.path
    stamp = f"settb=1/{TIME_BASE},setpts=N*{TIME_BASE // fps}"
    crop = _backdrop_crop(backdrop, timeline)
    chains = [
        f"movie={name},{_TO_VIDEO},format=yuv420p,setsar=1,loop=loop={scene.frames - 1}:size=1,"
        f"{stamp}{crop}[s{index}b0]"
    ]
    below = f"[s{index}b0]"
    unit = min(fmt.width, fmt.height) / 1080
    for number, layer in enumerate(layers, start=1):
        name = f"s{index}l{number}.{layer.media}"
        files[name] = layer.path
        last = number == len(layers)
        above = f"[cut{index}]" if last else f"[s{index}b{number}]"
        chains.append(
            f"movie={name},{_TO_VIDEO},format=yuva420p,setsar=1,"
            f"{_entering(layer, fps)}[s{index}l{number}]"
        )
        x, y = _position(layer, fps, unit)
        chains.append(f"{below}[s{index}l{number}]overlay=x='{x}':y='{y}':eof_action=repeat{above}")
        below = above
    if not layers:
        chains.append(f"{below}null[cut{index}]")
    return chains


def _backdrop_crop(backdrop: LayerFile, timeline: Timeline) -> str:
    """The window on an oversized backdrop, moving by whole pixels at an even pace."""
    fmt, fps = timeline.fmt, timeline.fps
    if (backdrop.width, backdrop.height) == (fmt.width, fmt.height):
        return ""
    dx, dy = backdrop.motion_path[:2] if backdrop.motion == "drift" else (0.0, 0.0)

    def window(start: int, speed: float, room: int) -> str:
        # The frame number times px per frame; the small term keeps 0.999999 from being 0.
        return f"clip({-start}+floor(n*{-speed / fps:.8f}+0.0001),0,{room})"

    return (
        f",crop={fmt.width}:{fmt.height}:exact=1:"
        f"x='{window(backdrop.x, dx, backdrop.width - fmt.width)}':"
        f"y='{window(backdrop.y, dy, backdrop.height - fmt.height)}'"
    )


def _entering(layer: LayerFile, fps: int) -> str:
    """The layer's own frames: one for a cut, as many as its entrance lasts otherwise."""
    step = TIME_BASE // fps
    start = round(layer.enter_s * fps) * step
    if layer.media == "mov":
        stamp = f"settb=1/{TIME_BASE},setpts=N*{step}+{start}"
        fade = f"fade=t=in:st=0:d={layer.entrance_s:.3f}:alpha=1,"
        return f"{fade if layer.entrance == 'fade' else ''}{stamp}"
    stamp = f"settb=1/{TIME_BASE},setpts=N*{step}+{start}"
    moved = max(1, round(layer.entrance_s * fps))
    frames = {"cut": 0}.get(layer.entrance, moved)
    loop = f"loop=loop={frames}:size=1," if frames else ""
    progress = f"clip(n/{moved},0,1)"
    eased = f"(1-pow(1-{progress},3))"
    by_entrance: dict[Entrance, str] = {
        "cut": "",
        "fade": f"settb=1/{TIME_BASE},setpts=N*{step},fade=t=in:st=0:d={moved / fps:.4f}:alpha=1,",
        "rise": f"settb=1/{TIME_BASE},setpts=N*{step},fade=t=in:st=0:d={moved / fps:.4f}:alpha=1,",
        "reveal": f"crop={layer.width}:{layer.height}:exact=1:x=0:y='floor({layer.height}*{eased})',",
        "wipe": f"crop={layer.width}:{layer.height}:exact=1:x='floor({layer.width}*{eased})':y=0,",
        "fill": f"crop={layer.width}:{layer.height}:exact=1:x='floor({layer.width}*{progress})':y=0,",
    }
    pad = {
        "reveal": f"pad={layer.width}:{2 * layer.height}:0:{layer.height}:color=black@0,",
        "wipe": f"pad={2 * layer.width}:{layer.height}:{layer.width}:0:color=black@0,",
        "fill": f"pad={2 * layer.width}:{layer.height}:{layer.width}:0:color=black@0,",
    }.get(layer.entrance, "")
    return f"{pad}{loop}{by_entrance[layer.entrance]}{stamp}"


def _position(layer: LayerFile, fps: int, unit: float) -> tuple[str, str]:
    """Overlay coordinates as expressions of the scene's time ``t``."""
    if layer.motion == "orbit":
        centre_x, centre_y, radius_x, radius_y, tilt, start, speed, dx, dy = layer.motion_path
        angle = f"({start:.4f}+{speed:.5f}*t)"
        along, across = f"{radius_x:.2f}*cos{angle}", f"{radius_y:.2f}*sin{angle}"
        from math import cos, sin

        return (
            f"{centre_x - layer.width / 2:.2f}+{dx:.3f}*t+{along}*{cos(tilt):.5f}"
            f"-{across}*{sin(tilt):.5f}",
            f"{centre_y - layer.height / 2:.2f}+{dy:.3f}*t+{along}*{sin(tilt):.5f}"
            f"+{across}*{cos(tilt):.5f}",
        )
    x, y = str(layer.x), str(layer.y)
    if layer.motion == "drift":
        dx, dy = layer.motion_path[:2]
        x, y = f"{x}+{dx:.3f}*t", f"{y}+{dy:.3f}*t"
    if layer.entrance == "rise":
        progress = f"clip((t-{layer.enter_s:.3f})/{layer.entrance_s:.3f},0,1)"
        y = f"{y}+{RISE_PX * unit:.1f}*pow(1-{progress},3)"
    return x, y


def encode_arguments(graph: str, timeline: Timeline, audio: str, out: str) -> Sequence[str]:
    """ffmpeg's arguments after the program, for a run in the folder that holds the files."""
    # Linux takes at most 128 KiB as one argument; long videos have longer graphs.
    given = (
        ["-filter_complex", graph] if len(graph) < 100_000 else ["-/filter_complex", "graph.txt"]
    )
    return [
        "-hide_banner", "-nostdin", "-y", "-loglevel", "warning", "-progress", "pipe:1", "-nostats",
        "-i", f"file:{audio}",
        *given,
        "-map", "[video]", "-map", "[audio]",
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-pix_fmt", "yuv420p",
        "-profile:v", "high", "-r", str(timeline.fps), "-fps_mode", "cfr",
        "-frames:v", str(timeline.total_frames),
        "-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709",
        "-color_trc", "bt709",
        "-c:a", "aac", "-b:a", "192k", "-ar", "48000", "-ac", "2",
        "-movflags", "+faststart", "-map_metadata", "-1", "-f", "mp4", f"file:{out}",
    ]  # fmt: skip
