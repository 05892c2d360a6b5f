"""ffmpeg: finding it, the filter graph that a scene becomes, and the arguments of both programs.

Belongs here: everything that speaks ffmpeg's language. Starting and watching the processes is in
``render``.

A scene's graph reads every picture once (``movie``), converts it once and repeats the frame
(``loop``) only while it moves; ``overlay`` keeps showing the last one.

Why a scene has a graph of its own, and not the whole video one: every link of a graph keeps its
frame buffers until the graph ends. With all scenes in one graph seven scenes took 1.2 GB, each more
0.1 GB; one after the other into the encoder's pipe they take 0.4 GB however long the video is.
"""

from __future__ import annotations

import math
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.timeline import LayerFile, TimedScene, Timeline, transition_frames

RISE_PX = 46
"""How far below its place a rising layer starts, px on a 1080 px wide frame."""

TIME_BASE = 15360
"""Ticks per second in the graph: a multiple of every usual frame rate."""

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
class SceneGraph:
    """How one scene is composed.

    Args:
        arguments: ffmpeg's, after the program, for a run in the working folder; frames come out on
            standard output as raw yuv420p.
        files: Plain name in the working folder to the real path of each picture.
    """

    arguments: list[str]
    files: dict[str, Path]


def scene_graphs(timeline: Timeline) -> list[SceneGraph]:
    """One graph per scene, in order.

    Each scene but the last leaves its final picture as ``tail<n>.yuv`` for the next one to dissolve
    from.
    """
    fmt, scenes = timeline.fmt, timeline.scenes
    graphs = []
    for index, scene in enumerate(scenes):
        files: dict[str, Path] = {}
        chains = _layer_chains(index, scene, timeline, files)
        last = index == len(scenes) - 1
        source: list[str] = []
        if index:
            source = [*_raw_video(fmt), "-i", f"tail{index}.yuv"]
            chains += _dissolve(transition_frames(scenes[index - 1], scene), fmt.fps)
        else:
            chains.append("[composed]null[whole]")
        chains.append("[whole]null[scene]" if last else "[whole]split[scene][end]")
        if not last:
            chains.append(f"[end]trim=start_frame={scene.frames - 1}[tail]")
        raw = ["-fps_mode", "passthrough", "-pix_fmt", "yuv420p", "-f", "rawvideo"]
        arguments = [
            "-hide_banner", "-nostdin", "-y", "-loglevel", "warning", "-nostats", *source,
            "-filter_complex", ";".join(chains),
            "-map", "[scene]", "-frames:v", str(scene.frames), *raw, "pipe:1",
        ]  # fmt: skip
        if not last:
            arguments += ["-map", "[tail]", "-frames:v", "1", *raw, f"tail{index + 1}.yuv"]
        graphs.append(SceneGraph(arguments, files))
    return graphs


def _raw_video(fmt: VideoFormat) -> list[str]:
    return [
        "-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", f"{fmt.width}x{fmt.height}",
        "-framerate", str(fmt.fps), "-color_range", "tv", "-colorspace", "bt709",
        "-color_primaries", "bt709", "-color_trc", "bt709",
    ]  # fmt: skip


def encoder_arguments(
    timeline: Timeline, audio: str, out: str, *, with_captions: bool, threads: int
) -> list[str]:
    """ffmpeg's arguments after the program for the one encode.

    Frames come in on standard input, progress goes out on standard output; ``captions.ass`` and
    ``fonts`` lie in the working folder.
    """
    burn = "ass=filename=captions.ass:fontsdir=fonts," if with_captions else ""
    tags = "range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    graph = (
        f"[0:v]setparams={tags},{burn}setparams={tags}[video];"
        f"[1:a:0]aresample=48000,apad,atrim=end={timeline.duration_s:.6f}[audio]"
    )
    return [
        "-hide_banner", "-y", "-loglevel", "warning", "-progress", "pipe:1", "-nostats",
        *_raw_video(timeline.fmt), "-i", "pipe:0", "-i", f"file:{audio}",
        "-filter_complex", graph, "-map", "[video]", "-map", "[audio]",
        "-c:v", "libx264", "-preset", "veryfast", "-crf", "21", "-pix_fmt", "yuv420p",
        "-profile:v", "high", "-threads", str(threads), "-frames:v", str(timeline.total_frames),
        "-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709",
        "-color_trc", "bt709",
        "-c:a", "aac", "-b:a", "192k", "-ar", "48000", "-ac", "2",
        "-movflags", "+faststart", "-map_metadata", "-1", "-f", "mp4", f"file:{out}",
    ]  # fmt: skip


def _stamp(fps: int, start_frame: int = 0) -> str:
    """Exact times from frame counts; a still's own times would drift (25 frames per second)."""
    step = TIME_BASE // fps
    return f"settb=1/{TIME_BASE},setpts=N*{step}+{start_frame * step}"


def _dissolve(frames: int, fps: int) -> list[str]:
    """Lays the last picture of the scene before over the new scene, fading out."""
    step = TIME_BASE // fps
    # Half a frame late: the old picture has (n - k - 1/2) / n on frame k, so that the first frame
    # of a scene already shows it.
    return [
        f"[0:v]format=yuva420p,loop=loop={frames - 1}:size=1,settb=1/{TIME_BASE},"
        f"setpts=N*{step}+{step // 2},fade=t=out:st=0:d={frames / fps:.6f}:alpha=1,"
        f"{_stamp(fps)}[old]",
        "[composed][old]overlay=x=0:y=0:eof_action=pass[whole]",
    ]


def _layer_chains(
    index: int, scene: TimedScene, timeline: Timeline, files: dict[str, Path]
) -> list[str]:
    """From the pictures of one scene to ``[composed]``."""
    fmt, fps = timeline.fmt, timeline.fps
    backdrop, *layers = scene.layers
    name = f"scene{index}-0.{backdrop.media}"
    files[name] = backdrop.path
    chains = [
        f"movie={name},{_TO_VIDEO},format=yuv420p,setsar=1,loop=loop={scene.frames - 1}:size=1,"
        f"{_stamp(fps)}{_window(backdrop, fmt)}[over0]"
    ]
    for number, layer in enumerate(layers, start=1):
        name = f"scene{index}-{number}.{layer.media}"
        files[name] = layer.path
        chains.append(
            f"movie={name},{_TO_VIDEO},format=yuva420p,setsar=1,{_entrance(layer, fps)}"
            f"[layer{number}]"
        )
        x, y = _position(layer, fmt)
        chains.append(
            f"[over{number - 1}][layer{number}]overlay=x='{x}':y='{y}':eof_action=repeat"
            f"[over{number}]"
        )
    chains.append(f"[over{len(layers)}]null[composed]")
    return chains


def _window(backdrop: LayerFile, fmt: VideoFormat) -> str:
    """The window on an oversized backdrop, moving by whole pixels at an even pace."""
    if (backdrop.width, backdrop.height) == (fmt.width, fmt.height):
        return ""
    dx, dy = backdrop.motion_path[:2] if backdrop.motion == "drift" else (0.0, 0.0)

    def start(place: int, speed: float, room: int) -> str:
        # Frame number times px per frame; the small term keeps 0.999999 from becoming 0.
        return f"clip({-place}+floor(n*{-speed / fmt.fps:.8f}+0.0001),0,{room})"

    return (
        f",crop={fmt.width}:{fmt.height}:exact=1:"
        f"x='{start(backdrop.x, dx, backdrop.width - fmt.width)}':"
        f"y='{start(backdrop.y, dy, backdrop.height - fmt.height)}'"
    )


def _entrance(layer: LayerFile, fps: int) -> str:
    """The layer's own frames: one for a cut, as many as its entrance lasts otherwise.

    ``reveal``, ``wipe`` and ``fill`` slide a window over a picture of twice the size whose other
    half is empty: the layer comes from behind its own edge, for the cost of a crop.
    """
    stamp = _stamp(fps, round(layer.enter_s * fps))
    frames = max(1, round(layer.entrance_s * fps))
    width, height = layer.width, layer.height
    fade = f"{_stamp(fps)},fade=t=in:st=0:d={frames / fps:.6f}:alpha=1,"
    if layer.media == "mov":
        return f"{fade if layer.entrance == 'fade' else ''}{stamp}"
    if layer.entrance == "cut":
        return stamp
    loop = f"loop=loop={frames}:size=1,"
    if layer.entrance in {"fade", "rise"}:
        return f"{loop}{fade}{stamp}"
    progress = f"clip(n/{frames},0,1)"
    if layer.entrance != "fill":
        progress = f"(1-pow(1-{progress},3))"
    if layer.entrance == "reveal":
        return (
            f"pad={width}:{2 * height}:0:{height}:color=black@0,{loop}"
            f"crop={width}:{height}:exact=1:x=0:y='floor({height}*{progress})',{stamp}"
        )
    return (
        f"pad={2 * width}:{height}:{width}:0:color=black@0,{loop}"
        f"crop={width}:{height}:exact=1:x='floor({width}*{progress})':y=0,{stamp}"
    )


def _position(layer: LayerFile, fmt: VideoFormat) -> tuple[str, str]:
    """Overlay coordinates as expressions of the scene's time ``t`` in seconds."""
    if layer.motion == "orbit":
        centre_x, centre_y, radius_x, radius_y, tilt, start, speed, dx, dy = layer.motion_path
        angle = f"({start:.4f}+{speed:.5f}*t)"
        along, across = f"{radius_x:.2f}*cos{angle}", f"{radius_y:.2f}*sin{angle}"
        cos, sin = math.cos(tilt), math.sin(tilt)
        return (
            f"{centre_x - layer.width / 2:.2f}+{dx:.3f}*t+{along}*{cos:.5f}-{across}*{sin:.5f}",
            f"{centre_y - layer.height / 2:.2f}+{dy:.3f}*t+{along}*{sin:.5f}+{across}*{cos:.5f}",
        )
    x, y = str(layer.x), str(layer.y)
    if layer.motion == "drift":
        dx, dy = layer.motion_path[:2]
        x, y = f"{x}+{dx:.3f}*t", f"{y}+{dy:.3f}*t"
    if layer.entrance == "rise":
        progress = f"clip((t-{layer.enter_s:.3f})/{layer.entrance_s:.3f},0,1)"
        unit = min(fmt.width, fmt.height) / 1080
        y = f"{y}+{RISE_PX * unit:.1f}*pow(1-{progress},3)"
    return x, y
