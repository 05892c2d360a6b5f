"""Strips and waveforms show what is there."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.composition import lay_out
from ytempire_assets.video.render import render_video
from ytempire_assets.video.stills import frame_strip, waveform

from .samples import DARK, TINY, near, plain_layer, spoken, tone


def opened(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        return np.array(picture.convert("RGB"))


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
