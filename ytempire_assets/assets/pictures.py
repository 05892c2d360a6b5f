"""Pictures in a materialisation's metadata, so that the UI shows what was made.

Belongs here: turning stored pictures into small inline ones. An image is inlined, because the UI
may run where the blobs cannot be reached.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import dagster as dg

from ytempire_assets.resources.blobs import BlobStore

MAX_PICTURES = 4
"""A day of forty videos must not put megabytes into the event log."""
MAX_WIDTH_PX = 900


def picture_metadata(
    name: str, blobs: BlobStore, pictures: Sequence[str]
) -> dict[str, dg.MarkdownMetadataValue]:
    """One metadata entry that shows the first pictures.

    Args:
        name: Name of the entry.
        blobs: Where the pictures are.
        pictures: Blob names of PNG or JPEG files.
    """
    shown = [_inline(blobs.path(picture).read_bytes()) for picture in pictures[:MAX_PICTURES]]
    if not shown:
        return {}
    more = len(pictures) - len(shown)
    lines = [f"![{name} {number}]({data})" for number, data in enumerate(shown, start=1)]
    if more > 0:
        lines.append(f"and {more} more")
    return {name: dg.MetadataValue.md("\n\n".join(lines))}


def _inline(data: bytes) -> str:
    """A data address of the picture, made small enough for an event log."""
    from PIL import Image

    with Image.open(io.BytesIO(data)) as picture:
        # A waveform is transparent around its bars: on white, as the page is.
        drawn = picture.convert("RGBA")
        small = Image.alpha_composite(Image.new("RGBA", drawn.size, "white"), drawn).convert("RGB")
        if small.width > MAX_WIDTH_PX:
            height = round(small.height * MAX_WIDTH_PX / small.width)
            small = small.resize((MAX_WIDTH_PX, height), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        small.save(buffer, format="JPEG", quality=72, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
