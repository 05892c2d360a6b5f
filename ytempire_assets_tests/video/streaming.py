"""Videos with a known picture and a known sound, and streams of them, for the streaming tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ytempire_assets.video.ffmpeg import find_ffmpeg
from ytempire_assets.video.streams import Rung, StreamFacts, make_stream

SMALL_LADDER = (Rung(240, 400_000), Rung(360, 800_000), Rung(480, 1_400_000))
"""What a 540x960 video gets of the real ladder."""

SOUND_STARTS_S = 1.0
"""The test videos are silent before."""


def moving_picture(
    path: Path,
    seconds: float,
    *,
    size: str = "540x960",
    fps: str = "30",
    pixels: str = "yuv420p",
    audio: str | None = "aac",
) -> Path:
    """A test card in motion with a tone from ``SOUND_STARTS_S`` on, as H.264 in MP4."""
    sound = f"aevalsrc=gt(t\\,{SOUND_STARTS_S})*sin(880*2*PI*t)*0.5:s=48000:d={seconds}"
    tags = "range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    subprocess.run(
        [
            *(str(find_ffmpeg()), "-v", "error", "-nostdin"),
            *("-f", "lavfi", "-i", f"testsrc2=size={size}:rate={fps}:duration={seconds}"),
            *(("-f", "lavfi", "-i", sound, "-c:a", audio) if audio else ()),
            *("-vf", f"scale=out_color_matrix=bt709:out_range=tv,format={pixels},setparams={tags}"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "20", str(path)),
        ],
        check=True,
    )
    return path


def small_stream(folder: Path, seconds: float = 9.0) -> StreamFacts:
    """The stream of a portrait video in ``folder / "stream"``."""
    video = moving_picture(folder / "video.mp4", seconds)
    return make_stream(video, folder / "stream", ffmpeg=find_ffmpeg(), ladder=SMALL_LADDER)
