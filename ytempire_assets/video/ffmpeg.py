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
        found = shutil.which(Path(setting).expanduser())
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
    """One graph per scene, in order; a scene that dissolves draws the end of the one before too."""
    fmt, scenes = timeline.fmt, timeline.scenes
    graphs = []
    for index, scene in enumerate(scenes):
        files: dict[str, Path] = {}
        chains = _entering_scene(scene, fmt, files, f"s{index}")
        if index:
            before = scenes[index - 1]
            frames = transition_frames(before, scene)
            chains += _leaving_scene(before, frames, fmt, files, f"s{index - 1}")
            chains += _dissolve(frames, fmt.fps)
        else:
            chains.append("[new]null[scene]")
        arguments = [
            "-hide_banner", "-nostdin", "-loglevel", "warning", "-nostats",
            "-filter_complex", ";".join(chains), "-map", "[scene]",
            "-frames:v", str(scene.frames), "-fps_mode", "passthrough", "-pix_fmt", "yuv420p",
            "-f", "rawvideo", "pipe:1",
        ]  # fmt: skip
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
    """Ffmpeg's arguments after the program for the one encode.

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
    """Lays the end of the scene before over the new scene, fading out."""
    step = TIME_BASE // fps
    # Half a frame late: the old picture has (n - k - 1/2) / n on frame k, so that the first frame
    # of a scene already shows it.
    return [
        f"[old]format=yuva420p,setpts=N*{step}+{step // 2},"
        f"fade=t=out:st=0:d={frames / fps:.6f}:alpha=1,{_stamp(fps)}[fading]",
        "[new][fading]overlay=x=0:y=0:eof_action=pass[scene]",
    ]


def _picture(layer: LayerFile, name: str, files: dict[str, Path], pixels: str) -> str:
    files[name] = layer.path
    return f"movie={name},{_TO_VIDEO},format={pixels},setsar=1"


def _entering_scene(
    scene: TimedScene, fmt: VideoFormat, files: dict[str, Path], prefix: str
) -> list[str]:
    """All frames of a scene, its layers coming in, as ``[new]``."""
    backdrop, *layers = scene.layers
    chains = [
        f"{_picture(backdrop, f'{prefix}l0.{backdrop.media}', files, 'yuv420p')},"
        f"loop=loop={scene.frames - 1}:size=1,{_stamp(fmt.fps)}{_window(backdrop, fmt, 0)}[new0]"
    ]
    for number, layer in enumerate(layers, start=1):
        picture = _picture(layer, f"{prefix}l{number}.{layer.media}", files, "yuva420p")
        x, y = _entering_position(layer, scene, fmt)
        chains += [
            f"{picture},{_entrance(layer, scene, fmt.fps)}[layer{number}]",
            f"[new{number - 1}][layer{number}]overlay=x='{x}':y='{y}'[new{number}]",
        ]
    chains.append(f"[new{len(layers)}]null[new]")
    return chains


def _leaving_scene(
    scene: TimedScene, frames: int, fmt: VideoFormat, files: dict[str, Path], prefix: str
) -> list[str]:
    """``frames`` frames after a scene's end, all layers in place and still moving, as ``[old]``."""
    backdrop, *layers = scene.layers
    chains = [
        f"{_picture(backdrop, f'{prefix}l0.{backdrop.media}', files, 'yuv420p')},"
        f"loop=loop={frames - 1}:size=1,{_stamp(fmt.fps)}{_window(backdrop, fmt, scene.frames)}"
        "[old0]"
    ]
    for number, layer in enumerate(layers, start=1):
        picture = _picture(layer, f"{prefix}l{number}.{layer.media}", files, "yuva420p")
        x, y = _position(layer, f"(t+{scene.frames / fmt.fps:.4f})")
        chains += [
            # All its frames lie before the first one shown: overlay takes the last of them.
            f"{picture},settb=1/{TIME_BASE},setpts=N-100000[still{number}]",
            f"[old{number - 1}][still{number}]overlay=x='{x}':y='{y}'[old{number}]",
        ]
    chains.append(f"[old{len(layers)}]null[old]")
    return chains


def _window(backdrop: LayerFile, fmt: VideoFormat, first_frame: int) -> str:
    """The window on an oversized backdrop, moving by whole pixels at an even pace."""
    if (backdrop.width, backdrop.height) == (fmt.width, fmt.height):
        return ""
    dx, dy = backdrop.motion_path[:2] if backdrop.motion == "drift" else (0.0, 0.0)

    def start(place: int, speed: float, room: int) -> str:
        # Frame number times px per frame; the small term keeps 0.999999 from becoming 0.
        return f"clip({-place}+floor((n+{first_frame})*{-speed / fmt.fps:.8f}+0.0001),0,{room})"

    return (
        f",crop={fmt.width}:{fmt.height}:exact=1:"
        f"x='{start(backdrop.x, dx, backdrop.width - fmt.width)}':"
        f"y='{start(backdrop.y, dy, backdrop.height - fmt.height)}'"
    )


def _entrance(layer: LayerFile, scene: TimedScene, fps: int) -> str:
    """The layer's own frames: one for a cut, as many as its entrance lasts otherwise.

    ``reveal``, ``wipe`` and ``fill`` move a window over a picture of twice the size whose other
    half is empty: a mask for the cost of a crop.
    """
    stamp = _stamp(fps, round(layer.enter_s * fps))
    frames = _entrance_frames(layer, scene, fps)
    width, height = layer.width, layer.height
    fade = f"{_stamp(fps)},fade=t=in:st=0:d={frames / fps:.6f}:alpha=1,"
    if layer.media == "mov":
        return f"{fade if layer.entrance == 'fade' else ''}{stamp}"
    if layer.entrance == "cut":
        return stamp
    loop = f"loop=loop={frames}:size=1,"
    if layer.entrance in {"fade", "rise"}:
        return f"{loop}{fade}{stamp}"
    if layer.entrance == "reveal":
        top = _uncovered(layer, height, "n", frames)
        return (
            f"pad={width}:{2 * height}:0:{height}:color=black@0,{loop}"
            f"crop={width}:{height}:exact=1:x=0:y='{top}',{stamp}"
        )
    left = _uncovered(layer, width, "n", frames)
    return (
        f"pad={2 * width}:{height}:{width}:0:color=black@0,{loop}"
        f"crop={width}:{height}:exact=1:x='{left}':y=0,{stamp}"
    )


def _entrance_frames(layer: LayerFile, scene: TimedScene, fps: int) -> int:
    """Frames that a layer takes to come in; ``fill`` takes all that is left of its scene."""
    if layer.entrance == "fill":
        return max(1, scene.frames - round(layer.enter_s * fps))
    return max(1, round(layer.entrance_s * fps))


def _uncovered(layer: LayerFile, size: int, frame: str, frames: int) -> str:
    """How much of ``size`` px is uncovered at a frame of the entrance, as an even number of px.

    Even, because the overlay that has to move with it keeps to even pixels (4:2:0).
    """
    progress = f"clip({frame}/{frames},0,1)"
    if layer.entrance != "fill":
        progress = f"(1-pow(1-{progress},3))"
    return f"2*floor({size / 2:.1f}*{progress}+0.001)"


def _entering_position(layer: LayerFile, scene: TimedScene, fmt: VideoFormat) -> tuple[str, str]:
    """Overlay coordinates while a layer comes in and after."""
    x, y = _position(layer, "t")
    if layer.media == "mov":
        return x, y
    if layer.entrance == "rise":
        progress = f"clip((t-{layer.enter_s:.3f})/{layer.entrance_s:.3f},0,1)"
        y = f"{y}+{RISE_PX * min(fmt.width, fmt.height) / 1080:.1f}*pow(1-{progress},3)"
    elif layer.entrance in {"wipe", "fill"}:
        # The window slides right over the picture; moving the overlay along keeps the picture in
        # its place while more and more of it is uncovered.
        frames = _entrance_frames(layer, scene, fmt.fps)
        frame = f"floor((t-{round(layer.enter_s * fmt.fps) / fmt.fps:.6f})*{fmt.fps}+0.5)"
        x = f"{x}-{layer.width}+{_uncovered(layer, layer.width, frame, frames)}"
    return x, y


def _position(layer: LayerFile, time: str) -> tuple[str, str]:
    """Overlay coordinates as expressions of the scene's ``time`` in seconds."""
    if layer.motion == "orbit":
        centre_x, centre_y, radius_x, radius_y, tilt, start, speed, dx, dy = layer.motion_path
        angle = f"({start:.4f}+{speed:.5f}*{time})"
        along, across = f"{radius_x:.2f}*cos{angle}", f"{radius_y:.2f}*sin{angle}"
        cos, sin = math.cos(tilt), math.sin(tilt)
        x, y = centre_x - layer.width / 2, centre_y - layer.height / 2
        return (
            f"{x:.2f}+{dx:.3f}*{time}+{along}*{cos:.5f}-{across}*{sin:.5f}",
            f"{y:.2f}+{dy:.3f}*{time}+{along}*{sin:.5f}+{across}*{cos:.5f}",
        )
    if layer.motion == "drift":
        dx, dy = layer.motion_path[:2]
        return f"{layer.x}+{dx:.3f}*{time}", f"{layer.y}+{dy:.3f}*{time}"
    return str(layer.x), str(layer.y)
