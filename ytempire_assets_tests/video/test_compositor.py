"""What is drawn on which frame, to the pixel: motion, entrances, captions, animations."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video import planes
from ytempire_assets.video.animation import clip_with_alpha
from ytempire_assets.video.burned_captions import place_captions
from ytempire_assets.video.captions import Word, build_cues
from ytempire_assets.video.composition import LayerFile, lay_out, write_layers
from ytempire_assets.video.compositor import Compositor
from ytempire_assets.video.formats import VideoFormat
from ytempire_assets.video.layouts import design_scene
from ytempire_assets.video.look import rgb
from ytempire_assets.video.planes import Planes

from .samples import BRAND, BRIEFS, DARK, TINY, TINY_WIDE, near, plain_layer, spoken


def to_rgb(frame: Planes) -> NDArray[np.uint8]:
    """The inverse of the project's conversion, written from BT.709 itself."""
    luma, chroma = (plane.astype(np.float64) for plane in frame)
    cb, cr = np.moveaxis(chroma.repeat(2, axis=0).repeat(2, axis=1), 2, 0)
    y, u, v = (luma - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    red, blue = y + 1.5748 * v, y + 1.8556 * u
    green = (y - 0.2126 * red - 0.0722 * blue) / 0.7152
    picture = np.stack([red, green, blue], axis=2) * 255
    pixels: NDArray[np.uint8] = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return pixels


def png(path: Path, pixels: NDArray[np.uint8]) -> Path:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    path.write_bytes(file.getvalue())
    return path


def drawn(fmt: VideoFormat, seconds: float, layers: list[LayerFile]) -> list[NDArray[np.uint8]]:
    composition = lay_out(spoken([seconds]), fmt, {1: layers})
    return [to_rgb(frame) for frame in Compositor(composition).frames(0, composition.total_frames)]


def layer(path: Path, x: int, y: int, width: int, height: int, **more: object) -> LayerFile:
    made = LayerFile("part", "png", path, x, y, width, height, 0.0, "cut", 0.5, "still", ())
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "colour", ["#D02030", "#20B040", "#2040D0", "#FFFFFF", "#000000", "#C6FF3D", "#808080"]
)
def test_colours_arrive(tmp_path: Path, colour: str) -> None:
    ground = plain_layer(tmp_path / "g.png", colour, TINY)
    frame = drawn(TINY, 0.1, [ground])[0]
    assert np.abs(frame.astype(int) - np.array(rgb(colour))).max() <= 3


def test_transparency_mixes_as_light_does_in_the_picture(tmp_path: Path) -> None:
    ground = plain_layer(tmp_path / "g.png", "#204060", TINY)
    half = np.zeros((60, 80, 4), np.uint8)
    half[:] = (240, 200, 40, 128)
    frame = drawn(TINY, 0.1, [ground, layer(png(tmp_path / "h.png", half), 40, 60, 80, 60)])[0]
    share = 128 / 255
    expected = np.array([240, 200, 40]) * share + np.array(rgb("#204060")) * (1 - share)
    assert np.abs(frame[62:118, 42:118] - expected).max() <= 4
    assert np.abs(frame[10:50] - np.array(rgb("#204060"))).max() <= 3


def test_layers_may_reach_over_every_edge(tmp_path: Path) -> None:
    ground = plain_layer(tmp_path / "g.png", "#000000", TINY)
    box = png(tmp_path / "b.png", np.full((101, 81, 4), 255, np.uint8))
    for x, y in ((-40, -50), (230, 430), (-40, 430), (230, -50), (-500, 0), (0, 900)):
        frame = drawn(TINY, 0.05, [ground, layer(box, x, y, 81, 101)])[0]
        expected = max(0, min(270, x + 81) - max(0, x)) * max(0, min(480, y + 101) - max(0, y))
        assert (frame[:, :, 0] > 128).sum() == pytest.approx(expected, abs=130)


def centre(frame: NDArray[np.uint8]) -> tuple[float, float]:
    """Centre of light, (x, y) px."""
    light = frame[:, :, 1].astype(float)
    light = np.maximum(0.0, light - 12)
    rows, columns = np.indices(light.shape)
    return float((light * columns).sum() / light.sum()), float((light * rows).sum() / light.sum())


@pytest.mark.parametrize("speed", [(7.0, 0.0), (0.0, 11.0), (4.3, -6.1)])
def test_motion_is_smooth_below_a_pixel(tmp_path: Path, speed: tuple[float, float]) -> None:
    """Every frame is one even step further: no whole-pixel stutter."""
    ground = plain_layer(tmp_path / "g.png", "#000000", TINY)
    disc = np.zeros((60, 60, 4), np.uint8)
    rows, columns = np.indices((60, 60))
    disc[(rows - 29.5) ** 2 + (columns - 29.5) ** 2 < 400] = 255
    part = layer(png(tmp_path / "d.png", disc), 100, 200, 60, 60, motion="drift", motion_path=speed)
    places = np.array([centre(frame) for frame in drawn(TINY, 1.0, [ground, part])])
    steps = np.diff(places, axis=0)
    # Positions are steps of 1/8 px.
    assert np.abs(steps - np.array(speed) / 30).max() < 0.13
    assert np.abs(places[-1] - places[0] - np.array(speed) * 29 / 30).max() < 0.1


def test_the_backdrop_drifts_evenly_below_a_pixel(tmp_path: Path) -> None:
    """A soft spot on an oversized picture, moving 0.4 px a frame."""
    rows, columns = np.indices((560, 270))
    spot = 220 * np.exp(-((rows - 260) ** 2 + (columns - 135) ** 2) / 800)
    picture = np.repeat(spot[:, :, None], 3, 2).astype(np.uint8)
    ground = layer(
        png(tmp_path / "g.png", picture), 0, 0, 270, 560,
        name="backdrop", motion="drift", motion_path=(0.0, -12.0),
    )  # fmt: skip
    places = np.array([centre(frame)[1] for frame in drawn(TINY, 1.5, [ground])])
    steps = np.diff(places)
    assert np.abs(steps + 0.4).max() < 0.09
    assert places[-1] - places[0] == pytest.approx(-0.4 * 44, abs=0.15)


def test_designed_scenes_arrive_complete(tmp_path: Path) -> None:
    """Everything that enters is in its place at the end, in its own colour."""
    design = design_scene(replace(BRIEFS["statement"], duration_s=1.6), DARK, TINY, BRAND)
    layers = write_layers(design.layers, tmp_path, "s")
    frames = drawn(TINY, 1.6, list(layers))
    marker = next(layer for layer in layers if layer.name.startswith("marker"))
    box = np.s_[marker.y : marker.y + marker.height, marker.x : marker.x + marker.width]
    lit = [float(near(frame[box], DARK.accent, 90).mean()) for frame in frames]
    assert lit[0] == 0.0
    assert lit[-1] > 0.4
    # Uncovered from the left: once there is colour it is at the left edge.
    first = next(index for index, share in enumerate(lit) if share > 0.02)
    columns = np.flatnonzero(near(frames[first][box], DARK.accent, 90).sum(axis=0))
    assert columns.min() < marker.width // 4
    assert columns.max() < marker.width * 3 // 4


def test_progress_fills_evenly_until_the_scene_ends(tmp_path: Path) -> None:
    """Also when the voice takes longer than the script had estimated."""
    design = design_scene(replace(BRIEFS["statement"], duration_s=0.8), DARK, TINY_WIDE, BRAND)
    files = write_layers(design.layers, tmp_path, "s")
    progress = next(layer for layer in files if layer.name == "progress")
    ground = plain_layer(tmp_path / "ground.png", DARK.background, TINY_WIDE)
    frames = drawn(TINY_WIDE, 1.6, [ground, progress])
    lit = np.array([float(frame[:, :, 1].astype(int).sum()) for frame in frames])
    steps = np.diff(lit)
    # Even steps from one rounded end of the bar to the other.
    assert (steps >= 0).all()
    assert (np.abs(steps[3:-4] / np.median(steps) - 1) < 0.05).all()


def test_a_reveal_comes_from_behind_its_own_edge(tmp_path: Path) -> None:
    ground = plain_layer(tmp_path / "g.png", "#000000", TINY)
    box = png(tmp_path / "b.png", np.full((80, 100, 4), 255, np.uint8))
    part = layer(box, 60, 100, 100, 80, entrance="reveal", entrance_s=0.4)
    frames = drawn(TINY, 0.6, [ground, part])
    for frame in frames:
        rows = np.flatnonzero((frame[:, :, 0] > 60).any(axis=1))
        assert rows.min() >= 99
        assert rows.max() <= 180
    heights = [int((frame[:, 110, 0] > 128).sum()) for frame in frames]
    assert heights == sorted(heights)
    assert heights[-1] == 80


def test_an_animation_holds_its_last_frame(tmp_path: Path) -> None:
    def growing(progress: float) -> NDArray[np.uint8]:
        picture = np.zeros((40, 100, 4), np.uint8)
        picture[:, : max(2, round(100 * progress))] = 255
        return picture

    path = tmp_path / "bar.mov"
    path.write_bytes(clip_with_alpha(growing, 0.5))
    ground = plain_layer(tmp_path / "g.png", "#000000", TINY)
    part = layer(path, 40, 100, 100, 40, media="mov", enter_s=0.2)
    frames = drawn(TINY, 1.2, [ground, part])
    widths = [int((frame[120, :, 0] > 128).sum()) for frame in frames]
    assert widths[:6] == [0] * 6
    assert widths == sorted(widths)
    assert widths[-1] == 100
    # Asked for out of order, as the gates do, the frames are the same.
    composition = lay_out(spoken([1.2]), TINY, {1: [ground, part]})
    compositor = Compositor(composition)
    again = [to_rgb(next(compositor.frames(index, 1))).copy() for index in (30, 10, 14)]
    for index, frame in zip((30, 10, 14), again, strict=True):
        assert np.array_equal(frame, frames[index])


def test_footage_shorter_than_its_scene_is_named(tmp_path: Path) -> None:
    import av

    path = tmp_path / "short.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 270, 480, "yuv420p"
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((480, 270, 3), 90, np.uint8), "rgb24")
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    footage = layer(path, 0, 0, 270, 480, media="clip", name="backdrop")
    assert len(drawn(TINY, 0.3, [footage])) == 9
    with pytest.raises(InvalidInputError, match=r"scene 1: .*short\.mp4 has 10 frames.*needs 30"):
        drawn(TINY, 1.0, [footage])


def _bomb(path: Path) -> Path:
    """A PNG that says it is 60,000 pixels wide."""
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2 + bytes(60)
    )
    return path


def _grey16(path: Path) -> Path:
    Image.fromarray(np.zeros((20, 20), np.uint16)).save(path)
    return path


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (_bomb, "not a PNG picture of at most 64 megapixels"),
        (_grey16, "cannot be decoded as 8-bit colour"),
        (lambda path: png(path, np.zeros((1, 1, 4), np.uint8)), "is 1x1, 20x20 was expected"),
        (lambda path: path, "cannot be read"),
    ],
)
def test_pictures_that_cannot_be_used_are_named(
    tmp_path: Path, make: Callable[[Path], Path], problem: str
) -> None:
    ground = plain_layer(tmp_path / "g.png", "#000000", TINY)
    part = layer(make(tmp_path / "bad.png"), 0, 0, 20, 20)
    with pytest.raises(InvalidInputError, match=rf"layer 'part' of scene 1.*{problem}"):
        drawn(TINY, 0.1, [ground, part])


HOSTILE = [
    "{\\an8}top", "a\\Nb", "100%", "{", "}", "\\", "{\\p1}m", "{\\fs200}big", "a,b,,c",
    "<b>x</b>", "[in]scale=1:1[out]", "%{pts}", "';x='", "&lt;", "${HOME}",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_in_a_caption_is_a_command(tmp_path: Path, text: str) -> None:
    """Text with ASS, filter or markup syntax is drawn as it stands, inside its box."""
    timeline = spoken([0.5], [Word(text, 0.0, 0.5)])
    cues = build_cues(timeline.words, max_characters=60)
    ground = plain_layer(tmp_path / "g.png", DARK.background, TINY_WIDE)
    track = place_captions(cues, DARK, TINY_WIDE)
    assert track.cues[0].words[0].text == text
    composition = lay_out(timeline, TINY_WIDE, {1: [ground]}, track)
    frame = to_rgb(next(Compositor(composition).frames(2, 1)))
    rows, columns = np.nonzero(near(frame, DARK.accent, 130))
    box = TINY_WIDE.captions_box
    assert len(rows) > 3, "the word is not drawn"
    assert box.y <= rows.min()
    assert rows.max() < box.bottom + 4
    assert box.x <= columns.min() <= columns.max() < box.right


@pytest.mark.parametrize("fmt", [TINY, TINY_WIDE])
def test_the_spoken_word_is_lit_where_it_stands(tmp_path: Path, fmt: VideoFormat) -> None:
    words = [Word("alpha", 0.0, 0.3), Word("beta", 0.35, 0.6), Word("gamma", 0.65, 0.95)]
    timeline = spoken([1.0], words)
    cues = build_cues(timeline.words, max_characters=60)
    ground = plain_layer(tmp_path / "g.png", DARK.background, fmt)
    composition = lay_out(timeline, fmt, {1: [ground]}, place_captions(cues, DARK, fmt))
    compositor = Compositor(composition)
    box = fmt.captions_box
    centres = []
    for moment in (0.2, 0.5, 0.8):
        frame = to_rgb(next(compositor.frames(round(moment * 30), 1)))
        rows, columns = np.nonzero(near(frame, DARK.accent, 110))
        assert len(rows) > 20
        assert box.y <= rows.min() <= rows.max() < box.bottom
        assert box.x <= columns.min() <= columns.max() < box.right
        centres.append(columns.mean())
        assert near(frame, DARK.ink, 90).sum() > 40  # the words that wait are there, in ink
    assert centres == sorted(centres)
    assert centres[2] - centres[0] > 20
    # Lit from the very frame in which the word begins.
    first = to_rgb(next(compositor.frames(20, 1)))
    columns = np.nonzero(near(first, DARK.accent, 110))[1]
    assert columns.mean() == pytest.approx(centres[2], abs=2)


def test_blank_planes_are_black() -> None:
    assert to_rgb(planes.blank(16, 8)).max() == 0


def test_frames_outside_the_video_are_refused(tmp_path: Path) -> None:
    ground = plain_layer(tmp_path / "g.png", "#000000", TINY)
    composition = lay_out(spoken([0.5]), TINY, {1: [ground]})
    with pytest.raises(InvalidInputError, match="frame 15 is outside"):
        next(Compositor(composition).frames(15, 1))
