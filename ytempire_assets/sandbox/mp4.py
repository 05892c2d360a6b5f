"""How long an MP4 file plays, read from its movie header.

Belongs here: the few bytes of ISO/IEC 14496-12 (ISO base media file format) that say so.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

_LONG_SIZE = 1
_TO_THE_END = 0


def duration_s(path: Path) -> float | None:
    """Seconds that the file plays, or None when it is no MP4 file with a movie header."""
    with path.open("rb") as file:
        movie = _find(file, b"moov", 0, path.stat().st_size)
        header = _find(file, b"mvhd", *movie) if movie else None
        if header is None:
            return None
        file.seek(header[0])
        body = file.read(min(header[1] - header[0], 32))
    # Version 1 has 64-bit times: version and flags (4), created, modified, timescale, duration.
    wide = body[:1] == b"\x01"
    start, width = (20, 8) if wide else (12, 4)
    if len(body) < start + 4 + width:
        return None
    timescale = int.from_bytes(body[start : start + 4], "big")
    ticks = int.from_bytes(body[start + 4 : start + 4 + width], "big")
    return ticks / timescale if timescale and ticks else None


def _find(file: BinaryIO, kind: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Start and end of the content of the first box of this kind between two offsets."""
    while start + 8 <= end:
        file.seek(start)
        head = file.read(16)
        size, offset = int.from_bytes(head[:4], "big"), 8
        if size == _LONG_SIZE:
            size, offset = int.from_bytes(head[8:16], "big"), 16
        elif size == _TO_THE_END:
            size = end - start
        if size < offset:
            return None
        if head[4:8] == kind:
            return start + offset, min(start + size, end)
        start += size
    return None
