"""Pictures for the seek bar: one sheet of small frames, and the track that says which is when.

Belongs here: how the sheet is laid out, the filter chain that fills it, the WebVTT track. The sheet
is one more output of the run that encodes the stream (``streams``): the frames are decoded there
anyway, so a sheet costs a hundred small scalings and no second pass over the video.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

SHEET_NAME = "sprites.jpg"
TRACK_NAME = "thumbnails.vtt"

MAX_COLUMNS = 10
MAX_TILES = 100
"""Ten by ten: at most 2560 px a side for 16:9, which every browser decodes as one picture."""

LONG_SIDE = 256
"""Of a tile, px. 256x144 is the smallest 16:9 picture with both sides multiples of 16, so that no
JPEG block lies across two tiles and no tile bleeds into its neighbour."""

_BLOCK = 16


@dataclass(frozen=True, slots=True)
class SpriteSheet:
    """How the tiles lie: row by row, each showing the middle of its stretch of the video.

    The middle and not the start: a scene's first frames are often still empty.

    Attributes:
        tile_width: Pixels.
        tile_height: Pixels.
        columns: Tiles in a row.
        rows: Rows; the last one may not be full.
        tiles: How many there are.
        frames: Frames of the video.
        frames_per_tile: Frames of the video from one tile to the next.
        fps: Frame rate of the video, per second.
    """

    tile_width: int
    tile_height: int
    columns: int
    rows: int
    tiles: int
    frames: int
    frames_per_tile: int
    fps: Fraction


def plan_sheet(width: int, height: int, frames: int, fps: Fraction) -> SpriteSheet:
    """Lays out the sheet of a video: a tile every second, fewer in long videos.

    Args:
        width: Of the video, px.
        height: Of the video, px.
        frames: In the video, at least 1.
        fps: Its constant frame rate.

    Returns:
        A sheet of at most ``MAX_TILES`` tiles, a whole number of seconds apart.
    """
    seconds = math.ceil(frames / fps / MAX_TILES)
    frames_per_tile = max(1, round(seconds * fps))
    # Rounding a rate such as 29.97 may ask for one tile more than there is room for.
    while math.ceil(frames / frames_per_tile) > MAX_TILES:
        frames_per_tile += 1
    tiles = math.ceil(frames / frames_per_tile)
    scale = LONG_SIDE / max(width, height)
    return SpriteSheet(
        tile_width=_whole_blocks(width * scale),
        tile_height=_whole_blocks(height * scale),
        columns=min(MAX_COLUMNS, tiles),
        rows=math.ceil(tiles / MAX_COLUMNS),
        tiles=tiles,
        frames=frames,
        frames_per_tile=frames_per_tile,
        fps=fps,
    )


def sheet_filter(sheet: SpriteSheet) -> str:
    """Ffmpeg's filter chain from the video's frames to the finished sheet.

    JPEG pictures are full-range BT.601 by definition; ffmpeg would keep the video's BT.709 matrix
    and the colours of the tiles would be off.
    """
    step, middle = sheet.frames_per_tile, sheet.frames_per_tile // 2
    shown = rf"not(mod(n+{step - middle}\,{step}))"
    if (sheet.tiles - 1) * step + middle >= sheet.frames:  # the last stretch ends before its middle
        shown += rf"+eq(n\,{sheet.frames - 1})"
    return (
        f"select={shown},"
        f"scale={sheet.tile_width}:{sheet.tile_height}:flags=area"
        ":out_range=pc:out_color_matrix=bt601,setsar=1,format=yuvj420p,"
        f"tile={sheet.columns}x{sheet.rows}"
    )


def thumbnails_track(sheet: SpriteSheet, duration_s: float) -> str:
    """The WebVTT track: from the video's start to its end, which tile to show.

    Args:
        sheet: The layout of ``SHEET_NAME``, which lies beside the track.
        duration_s: Where the last cue ends.

    Returns:
        WebVTT whose cues are media fragments (W3C Media Fragments, ``#xywh=``), the form that
        players with preview thumbnails read.
    """
    cues = ["WEBVTT\n"]
    for tile in range(sheet.tiles):
        start_s = float(tile * sheet.frames_per_tile / sheet.fps)
        end_s = float((tile + 1) * sheet.frames_per_tile / sheet.fps)
        row, column = divmod(tile, sheet.columns)
        cues.append(
            f"{_clock(start_s)} --> {_clock(duration_s if tile == sheet.tiles - 1 else end_s)}\n"
            f"{SHEET_NAME}#xywh={column * sheet.tile_width},{row * sheet.tile_height},"
            f"{sheet.tile_width},{sheet.tile_height}\n"
        )
    return "\n".join(cues)


def _whole_blocks(length: float) -> int:
    return max(_BLOCK, round(length / _BLOCK) * _BLOCK)


def _clock(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
