"""Cuts lie on the frame grid and never drift from the voice."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video.captions import Word, build_cues
from ytempire_assets.video.layouts import design_scene
from ytempire_assets.video.timeline import (
    LayerFile,
    Timeline,
    build_timeline,
    transition_frames,
    write_layers,
)

from .samples import BRAND, BRIEFS, DARK, TINY

LAYER = LayerFile(
    "backdrop", "png", Path("a.png"), 0, 0, 270, 480, 0.0, "cut", 0.0, "drift", (0.0, -30.0)
)


@given(st.lists(st.floats(0.04, 20), min_size=1, max_size=40))
def test_cuts_never_drift(lengths: list[float]) -> None:
    timeline = build_timeline(TINY, [(seconds, [LAYER]) for seconds in lengths], Path("a.wav"))
    assert timeline.total_frames == math.ceil(round(sum(lengths) * 30, 6))
    assert timeline.scenes[0].start_frame == 0
    elapsed = 0.0
    for index, scene in enumerate(timeline.scenes):
        assert abs(scene.start_frame - elapsed * 30) <= 0.5 + 1e-6
        assert scene.frames >= 1
        elapsed += lengths[index]
        if index + 1 < len(timeline.scenes):
            following = timeline.scenes[index + 1]
            assert scene.start_frame + scene.frames == following.start_frame
            assert 1 <= transition_frames(scene, following) <= following.frames


def test_the_last_scene_ends_with_the_sound() -> None:
    timeline = build_timeline(
        TINY, [(1.0, [LAYER]), (1.0, [LAYER])], Path("a.wav"), duration_s=2.51
    )
    assert [(scene.start_frame, scene.frames) for scene in timeline.scenes] == [(0, 30), (30, 46)]
    assert timeline.duration_s == pytest.approx(76 / 30)


def test_scenes_beyond_the_end_are_left_out() -> None:
    scenes = [(1.0, [LAYER]), (0.001, [LAYER]), (1.0, [LAYER])]
    assert len(build_timeline(TINY, scenes, Path("a.wav")).scenes) == 2


@pytest.mark.parametrize(
    "scenes",
    [[], [(1.0, [])], [(0.0, [LAYER])], [(float("nan"), [LAYER])], [(-1.0, [LAYER])]],
    ids=["none", "no layers", "no length", "nan", "negative"],
)
def test_what_is_not_a_video_is_refused(scenes: list[tuple[float, list[LayerFile]]]) -> None:
    with pytest.raises(InvalidInputError):
        build_timeline(TINY, scenes, Path("a.wav"))


def test_a_timeline_survives_json(tmp_path: Path) -> None:
    design = design_scene(BRIEFS["statement"], DARK, TINY, BRAND)
    layers = write_layers(design, tmp_path, "scene 1")
    assert all(
        layer.path.read_bytes() == drawn.data
        for layer, drawn in zip(layers, design.layers, strict=True)
    )
    cues = build_cues([Word("hello", 0.0, 0.4), Word("there.", 0.4, 0.8)])
    timeline = build_timeline(TINY, [(2.0, layers)], tmp_path / "a.wav", cues)
    assert Timeline.from_dict(json.loads(json.dumps(timeline.to_dict()))) == timeline
    with pytest.raises(InvalidInputError, match="not a timeline"):
        Timeline.from_dict({"fmt": {}})
