"""Looks, formats and scene content that the video tests share."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ytempire_assets.video.captions import Word
from ytempire_assets.video.composition import LayerFile
from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.look import Look, rgb
from ytempire_assets.video.scene import (
    Brand,
    Figure,
    Milestone,
    SceneBrief,
    ScenePicture,
    Series,
)
from ytempire_assets.video.timeline import Timeline, build_timeline

DARK = Look(
    background="#070A18",
    surface="#12183A",
    ink="#F3F5FF",
    muted="#97A1C9",
    accent="#C6FF3D",
    accent_2="#6C5CFF",
    heading_font="Space Grotesk",
    body_font="Inter",
    motif="orbits",
)
PAPER = Look(
    background="#F4ECDD",
    surface="#E9DCC3",
    ink="#221E18",
    muted="#6E6453",
    accent="#B4371B",
    accent_2="#2E6152",
    heading_font="Fraunces",
    body_font="Commissioner",
    motif="contours",
)
Frame: TypeAlias = "NDArray[np.uint8]"
"""(height, width, 3) RGB."""

BRAND = Brand("Orbit Notes", "@orbitnotes", "Space and technology, one clear fact at a time.")

TINY = VideoFormat("tiny", 270, 480, 60.0, 38, 100, 20, 30, 48)
"""A quarter of a Short: the same rules, a sixteenth of the pixels."""

TINY_WIDE = VideoFormat("tiny_wide", 480, 270, 60.0, 16, 18, 30, 30, 30)

FACT = SceneBrief(
    2,
    5,
    "fact",
    "Voyager 1 is more than twenty four billion kilometres from Earth.",
    "Voyager 1 has left the planets far behind",
    ("far behind",),
    5.0,
    "Voyager 1",
    source_label="NASA Science",
)


def photo(width: int = 900, height: int = 1200) -> bytes:
    """A colourful JPEG with bright and dark parts."""
    from PIL import Image

    rng = np.random.default_rng(7)
    small = rng.integers(0, 255, (9, 7, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC).save(file, "jpeg")
    return file.getvalue()


BRIEFS: dict[str, SceneBrief] = {
    "hook": replace(FACT, number=1, kind="hook", headline="The farthest thing we ever built"),
    "number": replace(
        FACT, figure=Figure(24e9, "24 billion", "kilometres", "from Earth and still going")
    ),
    "chart_line": replace(
        FACT,
        series=Series(
            "Distance from the Sun",
            "billion km",
            "line",
            (("1977", 0.2), ("1990", 6.0), ("2005", 14.4), ("2024", 24.6)),
        ),
    ),
    "chart_bars": replace(
        FACT,
        series=Series(
            "Blue whales caught",
            "thousand",
            "bar",
            (("1910s", 28.1), ("1930s", 121.5), ("60s", 11)),
        ),
    ),
    "comparison": replace(
        FACT,
        figures=(
            Figure(150, "150", "tonnes", "Blue whale"),
            Figure(40, "40", "tonnes", "Humpback whale"),
            Figure(6, "6", "tonnes", "African elephant"),
        ),
    ),
    "timeline": replace(
        FACT,
        milestones=(
            Milestone("5 September 1977", "Launch from Cape Canaveral"),
            Milestone("March 1979", "Closest approach to Jupiter"),
            Milestone("August 2012", "First craft in interstellar space"),
        ),
    ),
    "points": replace(
        FACT, points=("Heat from decaying plutonium", "Instruments switched off one by one")
    ),
    "statement": FACT,
    "closing": replace(FACT, number=5, kind="closing", headline="What should we listen to next?"),
    "ident": replace(FACT, number=0, kind="intro", headline="Orbit Notes"),
    "picture": replace(FACT, picture=ScenePicture(photo(), "Photo by Ada in Album")),
    "end_card": replace(
        FACT,
        number=6,
        kind="outro",
        headline="Sources",
        points=("NASA Science: Voyager, the interstellar mission", "Wikipedia: Voyager 1"),
        credits=("Synthetic voice (eSpeak NG)", "pictures drawn by software"),
    ),
}
"""A brief for each layout that is chosen by its content."""


def tone(path: Path, seconds: float) -> Path:
    """A quiet 220 Hz tone as 16-bit mono WAV."""
    time_s = np.arange(round(seconds * 48000)) / 48000
    samples = (np.sin(2 * np.pi * 220 * time_s) * 6000).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(samples.tobytes())
    return path


def plain_layer(path: Path, colour: str, fmt: VideoFormat) -> LayerFile:
    """A backdrop of one colour."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (fmt.width, fmt.height), rgb(colour)).save(file, "png")
    path.write_bytes(file.getvalue())
    return LayerFile(
        "backdrop", "png", path, 0, 0, fmt.width, fmt.height, 0.0, "cut", 0.0, "still", ()
    )


def scenes_of(lengths: Sequence[float]) -> list[dict[str, float]]:
    """Touching scenes of so many seconds, as a voiceover's table has them."""
    scenes, start = [], 0.0
    for number, seconds in enumerate(lengths, start=1):
        scenes.append({"number": number, "start_s": start, "end_s": start + seconds})
        start += seconds
    return scenes


def spoken(lengths: Sequence[float], words: Sequence[Word] = (), **options: Any) -> Timeline:
    """A timeline of scenes of so many seconds, without intro, outro and music."""
    return build_timeline(
        "tiny-20261119-1", scenes_of(lengths), words, "voice", sum(lengths), **options
    )


def frames_of(path: Path) -> list[Frame]:
    """Every frame of a video as (height, width, 3) RGB."""
    import av

    with av.open(str(path)) as container:
        return [
            np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
            for frame in container.decode(video=0)
        ]


def near(picture: Frame, colour: str, distance: int = 60) -> NDArray[np.bool_]:
    """Which pixels are close to ``colour``, (height, width) bool."""
    difference = picture.astype(int) - np.array(rgb(colour))
    close: NDArray[np.bool_] = np.abs(difference).sum(axis=2) < distance
    return close
