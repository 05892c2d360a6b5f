"""Contact sheets: six sample videos in every format, as their renders show them.

Run as ``python docs/contact_sheets.py``; writes ``docs/images/sheet-<format>.jpg``. One timeline a
video, laid out for each format; a row is a video, a column a moment.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image

from ytempire_assets.api import produce
from ytempire_assets.assets.renders import video_composition, video_timeline
from ytempire_assets.channels import read_channel
from ytempire_assets.resources.blobs import BlobStore
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.settings import Settings
from ytempire_assets.video.composition import Composition
from ytempire_assets.video.compositor import Compositor
from ytempire_assets.video.formats import FORMATS
from ytempire_assets.video.planes import Planes

PROJECT = Path(__file__).parent.parent
DAY = "2026-11-19"
COLUMNS = 8
HEIGHT = 270

ATLAS = {
    "channel": "atlas", "title": "Atlas Minute", "handle": "@atlasminute",
    "tagline": "The world, measured",
    "call_to_action": "Follow Atlas Minute for one measured fact every day.",
    "niches": ["nature", "history"], "videos_per_day": 1,
    "tone": "serious",
    "look": {
        "background": "#0E2A2B", "surface": "#17403F", "ink": "#F5F1E6", "muted": "#A9C2B8",
        "accent": "#FFB454", "accent_2": "#3FA796", "heading_font": "Commissioner",
        "body_font": "Inter", "motif": "grid",
    },
}  # fmt: skip
LAYERS = {
    "channel": "layers", "title": "Layer by Layer", "handle": "@layerbylayer",
    "tagline": "How things came to be",
    "call_to_action": "Follow Layer by Layer to see how things came to be.",
    "niches": ["technology", "space"], "videos_per_day": 1,
    "tone": "calm",
    "look": {
        "background": "#FFFFFF", "surface": "#F1EEF8", "ink": "#1B1530", "muted": "#6A6384",
        "accent": "#6A35FF", "accent_2": "#FF7A59", "heading_font": "Fraunces",
        "body_font": "Commissioner", "motif": "strata",
    },
}  # fmt: skip


def main() -> None:
    """Makes every sheet."""
    with tempfile.TemporaryDirectory(prefix="ytempire-sheets-") as name:
        folder = Path(name)
        channels = _channels(folder / "channels")
        settings = Settings(home=folder / "home", channels_dir=channels)
        rows: dict[str, list[Image.Image]] = {format_name: [] for format_name in FORMATS}
        for channel in ("orbit", "fieldnotes", "atlas", "layers"):
            made = produce(
                channel, DAY, ("ideas", "scripts", "voiceovers", "visuals"), settings=settings
            )
            if not made.success:
                raise SystemExit("\n".join(made.errors))
            for format_name, composition in _compositions(settings, channel):
                rows[format_name].append(_row(composition))
                print(f"{channel} {format_name}", file=sys.stderr)
        for format_name, pictures in rows.items():
            out = PROJECT / "docs" / "images" / f"sheet-{format_name}.jpg"
            _stack(pictures).save(out, quality=84, optimize=True)


def _channels(folder: Path) -> Path:
    shutil.copytree(PROJECT / "channels", folder)
    base = yaml.safe_load((folder / "orbit.yaml").read_text(encoding="utf-8"))
    for extra in (ATLAS, LAYERS):
        _write(folder, {**base, **extra, "produce_at": "07:00"})
    for channel in ("orbit", "fieldnotes"):
        _write(folder, yaml.safe_load((folder / f"{channel}.yaml").read_text(encoding="utf-8")))
    return folder


def _write(folder: Path, content: dict[str, Any]) -> None:
    content |= {"formats": list(FORMATS)}
    path = folder / f"{content['channel']}.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


def _compositions(settings: Settings, channel: str) -> list[tuple[str, Composition]]:
    lake, blobs = LakeTables.of(settings), BlobStore.of(settings)
    spec = read_channel(settings.channels_dir / f"{channel}.yaml")
    key = f"{channel}|{DAY}"
    voices, visuals = lake.read("voiceovers", key), lake.read("visuals", key)
    if voices is None or visuals is None:
        raise SystemExit(f"{channel} made nothing")
    timelines = {
        voice["video_id"]: video_timeline(voice, spec) for voice in voices.iter_rows(named=True)
    }
    return [
        (row["format"], video_composition(timelines[row["video_id"]], row, spec, blobs))
        for row in visuals.iter_rows(named=True)
    ]


def _row(composition: Composition) -> Image.Image:
    compositor, fmt = Compositor(composition), composition.fmt
    total = composition.total_frames
    width = round(HEIGHT * fmt.width / fmt.height)
    gap = 6
    row = Image.new("RGB", (COLUMNS * (width + gap) - gap, HEIGHT), "#15161C")
    story = [scene for scene in composition.scenes if scene.kind == "story"]
    for column in range(COLUMNS):
        # The first is the sign, the last the sources, the others late in scenes of the story.
        scene = story[(column - 1) * (len(story) - 1) // (COLUMNS - 3)] if 0 < column < 7 else None
        frame = 20 if column == 0 else total - 12
        if scene is not None:
            frame = scene.start_frame + round(0.8 * scene.frames)
        picture = _rgb(next(compositor.frames(frame, 1)))
        picture = picture.resize((width, HEIGHT), Image.Resampling.LANCZOS)
        row.paste(picture, (column * (width + gap), 0))
    return row


def _rgb(planes: Planes) -> Image.Image:
    luma, chroma = (plane.astype(np.float32) for plane in planes)
    cb, cr = np.moveaxis(chroma.repeat(2, axis=0).repeat(2, axis=1), 2, 0)
    y, u, v = (luma - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    red, blue = y + 1.5748 * v, y + 1.8556 * u
    green = (y - 0.2126 * red - 0.0722 * blue) / 0.7152
    pixels = np.stack([red, green, blue], axis=2) * 255
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def _stack(rows: list[Image.Image]) -> Image.Image:
    gap = 10
    height = sum(row.height + gap for row in rows) - gap
    sheet = Image.new("RGB", (rows[0].width, height), "#15161C")
    y = 0
    for row in rows:
        sheet.paste(row, (0, y))
        y += row.height + gap
    return sheet


if __name__ == "__main__":
    main()
