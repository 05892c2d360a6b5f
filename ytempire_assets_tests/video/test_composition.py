"""Cuts lie on the frame grid and never drift; entrances and motions become keyframes."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.burned_captions import place_captions
from ytempire_assets.video.captions import Word, build_cues
from ytempire_assets.video.composition import Composition, LayerFile, lay_out, write_layers
from ytempire_assets.video.formats import FORMATS
from ytempire_assets.video.layouts import design_scene
from ytempire_assets.video.scene import Entrance, Motion

from .samples import BRAND, BRIEFS, DARK, TINY, spoken

GROUND = LayerFile(
    "backdrop", "png", Path("a.png"), 0, 0, 270, 480, 0.0, "cut", 0.0, "drift", (0.0, -30.0)
)
TALL = dataclasses.replace(GROUND, height=700)


def over(**changes: object) -> LayerFile:
    layer = LayerFile(
        "title", "png", Path("b.png"), 20, 100, 200, 60, 0.5, "rise", 0.5, "still", ()
    )
    return dataclasses.replace(layer, **changes)  # type: ignore[arg-type]


@given(
    st.lists(st.floats(0.04, 20), min_size=1, max_size=40),
    st.floats(0, 2),
    st.sampled_from(["cut", "dissolve", "push"]),
)
def test_cuts_never_drift(lengths: list[float], intro_s: float, transition: str) -> None:
    timeline = spoken(lengths, intro_s=intro_s, transition=transition)
    layers = {scene.number: [GROUND] for scene in timeline.scenes}
    composition = lay_out(timeline, TINY, layers)
    assert composition.total_frames == math.ceil(round(timeline.duration_s * 30, 6))
    assert composition.scenes[0].start_frame == 0
    assert composition.scenes[0].transition_frames == 0
    starts = {scene.number: scene.start_s for scene in timeline.scenes}
    for index, scene in enumerate(composition.scenes):
        assert scene.frames >= 1
        assert abs(scene.start_frame - starts[scene.number] * 30) <= 0.5 + 1e-6
        assert scene.transition_frames <= scene.frames
        if index + 1 < len(composition.scenes):
            following = composition.scenes[index + 1]
            assert scene.start_frame + scene.frames == following.start_frame
            assert following.transition_frames <= scene.frames
    assert Composition.from_json(composition.to_json()) == composition


def test_a_cut_of_a_long_video_is_where_the_voice_is() -> None:
    """300 s in scenes of awkward length: the last cut is as exact as the first."""
    lengths = [300 / 37] * 37
    timeline = spoken(lengths)
    composition = lay_out(timeline, TINY, {scene.number: [GROUND] for scene in timeline.scenes})
    assert composition.total_frames == 9000
    for scene, clip in zip(composition.scenes, timeline.scenes, strict=True):
        assert abs(scene.start_frame / 30 - clip.start_s) <= 0.5 / 30 + 1e-9


def test_scenes_too_short_to_be_seen_are_left_out() -> None:
    timeline = spoken([1.0, 0.001, 1.0])
    composition = lay_out(timeline, TINY, {number: [GROUND] for number in (1, 2, 3)})
    assert [scene.number for scene in composition.scenes] == [1, 3]
    ends_short = spoken([1.01, 0.001])
    assert lay_out(ends_short, TINY, {1: [GROUND], 2: [GROUND]}).total_frames == 31


@pytest.mark.parametrize(
    ("entrance", "property_", "first", "last"),
    [
        ("fade", "opacity", 0.0, 1.0),
        ("rise", "dy", 11.5, 0.0),
        ("reveal", "dy", 60.0, 0.0),
        ("wipe", "uncovered", 0.0, 1.0),
        ("fill", "uncovered", 0.0, 1.0),
    ],
)
def test_entrances_as_keyframes(
    entrance: Entrance, property_: str, first: float, last: float
) -> None:
    composition = lay_out(spoken([2.0]), TINY, {1: [GROUND, over(entrance=entrance)]})
    clip = composition.scenes[0].clips[1]
    track = clip.keyframes[property_]  # type: ignore[index]
    assert (track[0].value, track[-1].value) == (first, last)
    assert clip.first_frame == 15
    # The first frame already shows a little; a fill ends with the scene, the others in time.
    assert track[0].at == 14
    assert track[-1].at == (59 if entrance == "fill" else 29)


def test_a_backdrop_never_runs_out_of_picture() -> None:
    """However much longer the voice takes than was estimated when it was drawn."""
    composition = lay_out(spoken([60.0]), TINY, {1: [TALL]})
    drift = composition.scenes[0].clips[0].keyframes["dy"]
    assert drift[-1].value == 480 - 700


def test_what_does_not_fit_is_named() -> None:
    timeline = spoken([1.0])
    with pytest.raises(InvalidInputError, match="scene 1 has no layers"):
        lay_out(timeline, TINY, {})
    small = dataclasses.replace(GROUND, width=100)
    with pytest.raises(InvalidInputError, match=r"scene 1 is 100x480.*not cover 270x480"):
        lay_out(timeline, TINY, {1: [small]})
    with pytest.raises(InvalidInputError, match="layer 'title' of scene 1"):
        lay_out(timeline, TINY, {1: [GROUND, over(width=0)]})
    with pytest.raises(InvalidInputError, match="not a composition"):
        Composition.from_json('{"fmt": {}}')


_NUMBERS = st.floats(allow_nan=True, allow_infinity=True, width=32)


@settings(max_examples=150)
@given(
    layers=st.lists(
        st.builds(
            LayerFile,
            st.text(max_size=10),
            st.sampled_from(["png", "mov", "clip"]),
            st.just(Path("x.png")),
            st.integers(-5000, 5000),
            st.integers(-5000, 5000),
            st.integers(-10, 5000),
            st.integers(-10, 5000),
            _NUMBERS,
            st.sampled_from(["cut", "fade", "rise", "reveal", "wipe", "fill"]),
            _NUMBERS,
            st.sampled_from(["still", "drift"]),
            st.tuples(_NUMBERS, _NUMBERS),
        ),
        max_size=4,
    ),
    lengths=st.lists(st.floats(0.01, 400), min_size=1, max_size=5),
    name=st.sampled_from(sorted(FORMATS)),
)
def test_the_compiler_takes_or_names_anything(
    layers: list[LayerFile], lengths: list[float], name: str
) -> None:
    """Wild layers give a composition that survives JSON, or one clear error."""
    fmt = FORMATS[name]
    ground = dataclasses.replace(GROUND, width=fmt.width, height=fmt.height)
    timeline = spoken(lengths)
    scenes = {scene.number: [ground, *layers] for scene in timeline.scenes}
    try:
        composition = lay_out(timeline, fmt, scenes)
    except InvalidInputError as error:
        assert "scene" in error.problem
        return
    assert Composition.from_json(composition.to_json()) == composition


def test_one_timeline_gives_every_format(tmp_path: Path) -> None:
    """Laid out by each format's rules: inside its safe area, not cut out of another picture."""
    timeline = spoken([2.0], [Word("hello", 0.1, 0.5)])
    for fmt in FORMATS.values():
        design = design_scene(BRIEFS["statement"], DARK, fmt, BRAND)
        folder = tmp_path / fmt.name
        folder.mkdir()
        layers = write_layers(design.layers, folder, "s")
        captions = place_captions(build_cues(timeline.words), DARK, fmt)
        composition = lay_out(timeline, fmt, {1: layers}, captions)
        assert composition.fmt == fmt
        assert composition.total_frames == 60
        safe = fmt.safe_box
        for clip in composition.scenes[0].clips[1:]:
            if clip.name == "traveller":  # part of the backdrop
                continue
            assert safe.x - 8 <= clip.x
            assert clip.x + clip.width <= safe.right + 8
            assert safe.y - 8 <= clip.y
            assert clip.y + clip.height <= safe.bottom + 8
        word = captions.cues[0].words[0]
        assert fmt.captions_box.x <= word.x <= fmt.captions_box.right
        assert fmt.captions_box.y <= word.baseline <= fmt.captions_box.bottom


def test_motion_values() -> None:
    motions: list[Motion] = ["drift", "orbit"]
    orbit = (100.0, 100.0, 50.0, 20.0, 0.3, 0.0, 0.32, 0.0, -3.0)
    for motion, path in zip(motions, ((6.0, 0.0), orbit), strict=True):
        layer = over(entrance="cut", enter_s=0.0, motion=motion, motion_path=path)
        clip = lay_out(spoken([2.0]), TINY, {1: [GROUND, layer]}).scenes[0].clips[1]
        assert set(clip.keyframes) == {"dx", "dy"}
    moving = over(entrance="cut", motion="drift", motion_path=(6.0, 0.0))
    clip = lay_out(spoken([2.0]), TINY, {1: [GROUND, moving]}).scenes[0].clips[1]
    assert clip.keyframes["dx"][-1].value == pytest.approx(12.0)
