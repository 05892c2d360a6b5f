"""Thumbnails are the right size, legible and small; strips and waveforms show what is there."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.composition import lay_out
from ytempire_assets.video.formats import FORMATS
from ytempire_assets.video.render import render_video
from ytempire_assets.video.scene import Figure
from ytempire_assets.video.stills import VARIANTS, frame_strip, thumbnail, waveform

from .samples import BRAND, DARK, PAPER, TINY, near, plain_layer, spoken, tone

FIGURE = Figure(24e9, "24 billion", "kilometres", "from Earth")


def opened(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        return np.array(picture.convert("RGB"))


@pytest.mark.parametrize("variant", range(VARIANTS))
@pytest.mark.parametrize(
    ("fmt", "size"), [("youtube_long", (720, 1280)), ("youtube_shorts", (1920, 1080))]
)
def test_thumbnails(variant: int, fmt: str, size: tuple[int, int]) -> None:
    look = PAPER if fmt == "youtube_long" else DARK
    data = thumbnail(
        "The farthest thing we ever built", look, FORMATS[fmt], BRAND,
        emphasis=("farthest",), figure=FIGURE, variant=variant,
    )  # fmt: skip
    assert data.startswith(b"\xff\xd8")
    assert len(data) < 2_000_000
    picture = opened(data)
    assert picture.shape[:2] == size
    # The accent carries a word, the number or the whole ground; never nothing.
    assert near(picture, look.accent, 70).mean() > 0.005


def test_thumbnails_are_the_same_each_time_and_take_any_title() -> None:
    fmt = FORMATS["square"]
    assert thumbnail("A title", DARK, fmt, BRAND) == thumbnail("A title", DARK, fmt, BRAND)
    assert opened(thumbnail("x" * 5000, DARK, fmt, BRAND)).shape == (720, 1280, 3)
    assert opened(thumbnail("🚀", DARK, fmt, BRAND)).shape == (720, 1280, 3)


def test_a_strip_shows_frames_in_order(tmp_path: Path) -> None:
    colours = ("#D02030", "#20B040", "#2040D0")
    layers = {
        number: [plain_layer(tmp_path / f"{number}.png", colour, TINY)]
        for number, colour in enumerate(colours, start=1)
    }
    timeline = spoken([0.8] * 3)
    voice = tone(tmp_path / "tone.wav", 2.4)
    render_video(timeline, lay_out(timeline, TINY, layers), voice, tmp_path / "out.mp4")
    strip = opened(frame_strip(tmp_path / "out.mp4", count=3, height=160))
    assert strip.shape[0] == 160
    third = strip.shape[1] // 3
    for index, colour in enumerate(colours):
        middle = strip[60:100, index * third + third // 2 - 10 : index * third + third // 2 + 10]
        assert near(middle, colour, 60).mean() > 0.9
    with pytest.raises(InvalidInputError, match="cannot be read"):
        frame_strip(tmp_path / "0.png.missing")


def test_a_waveform_is_high_where_it_is_loud(tmp_path: Path) -> None:
    import wave

    time_s = np.arange(48000) / 48000
    samples = (np.sin(2 * np.pi * 220 * time_s) * np.where(time_s < 0.5, 300, 12000)).astype("<i2")
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(samples.tobytes())
    with Image.open(io.BytesIO(waveform(tmp_path / "a.wav", DARK, (300, 80)))) as picture:
        alpha = np.array(picture.convert("RGBA"))[:, :, 3]
    assert alpha.shape == (80, 300)
    assert (alpha[:, 160:] > 0).mean() > 5 * (alpha[:, :140] > 0).mean()
    (tmp_path / "b.wav").write_bytes(b"RIFF")
    with pytest.raises(InvalidInputError, match="cannot be read as WAV"):
        waveform(tmp_path / "b.wav")
