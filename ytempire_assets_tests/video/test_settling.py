"""Layers at rest: joined and without their empty parts they give the same picture."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ytempire_assets.video import planes
from ytempire_assets.video.settling import CUT_PIXELS, join, tightened

SIZE = (640, 480)


def spots(seed: int, width: int, height: int, count: int) -> NDArray[np.uint8]:
    """A transparent picture with a few coloured spots."""
    rng = np.random.default_rng(seed)
    rgba = np.zeros((height, width, 4), np.uint8)
    for _ in range(count):
        x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
        wide, high = int(rng.integers(1, 90)), int(rng.integers(1, 60))
        rgba[y : y + high, x : x + wide] = rng.integers(1, 256, 4)
    return rgba


def noise(seed: int) -> planes.Planes:
    rng = np.random.default_rng(seed)
    luma, chroma = planes.blank(*SIZE)
    return (
        rng.integers(16, 236, luma.shape, np.uint8),
        rng.integers(16, 241, chroma.shape, np.uint8),
    )


@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.integers(2, 700),
    height=st.integers(2, 500),
    count=st.integers(0, 6),
    x=st.integers(-80, 200),
    y=st.integers(-80, 200),
)
def test_leaving_out_what_is_empty_changes_no_pixel(
    seed: int, width: int, height: int, count: int, x: int, y: int
) -> None:
    sprite = planes.sprite(spots(seed, width, height, count))
    whole = planes.place(sprite, SIZE, x, y)
    parts = tightened(whole)
    drawn, expected = noise(seed), noise(seed)
    planes.draw(expected, whole)
    planes.draw(drawn, parts)
    for plane, other in zip(drawn, expected, strict=True):
        assert np.array_equal(plane, other)
    size = sum(part.colour[..., 0].size if part.plane else part.colour.size for part in parts)
    before = sum(part.colour[..., 0].size if part.plane else part.colour.size for part in whole)
    assert size <= before


def test_a_mostly_empty_picture_is_cut_to_what_it_shows() -> None:
    rgba = np.zeros((400, 600, 4), np.uint8)
    rgba[10:30, 20:60] = rgba[350:380, 500:560] = (255, 255, 255, 255)
    (luma, *_), parts = (
        placed := planes.place(planes.sprite(rgba), SIZE, 0, 0),
        [part for part in tightened(placed) if part.plane == 0],
    )
    assert luma.colour.shape == (400, 600)
    assert [part.colour.shape for part in parts] == [(20, 40), (30, 60)]
    assert [(part.rows.start, part.columns.start) for part in parts] == [(10, 20), (350, 500)]


@given(seed=st.integers(0, 2**32 - 1))
def test_a_shape_on_an_edge_is_what_its_picture_would_be(seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = np.zeros((40, 60), np.uint8)
    shape[8:30, 10:48] = rng.integers(0, 256, (22, 38))
    around = np.maximum(shape, np.zeros((40, 60), np.uint8))
    around[4:34, 6:52] = np.maximum(around[4:34, 6:52], rng.integers(0, 256, (30, 46)))
    ink, edge = (tuple(int(v) for v in rng.integers(0, 256, 3)) for _ in range(2))
    share = shape / np.maximum(around, 1)
    rgba = np.empty((40, 60, 4), np.uint8)
    for channel in range(3):
        low, high = edge[channel], ink[channel]
        rgba[:, :, channel] = np.rint(low + (high - low) * share)
    rgba[:, :, 3] = around
    drawn = planes.edged_sprite(shape, around, ink, edge)  # type: ignore[arg-type]
    expected = planes.sprite(rgba)
    for plane, other in zip(
        (*drawn.colour, *drawn.keep), (*expected.colour, *expected.keep), strict=True
    ):
        assert np.abs(plane.astype(int) - other).max() <= 3  # one rounding against several


def test_small_gaps_stay() -> None:
    rgba = np.full((100, 200, 4), 255, np.uint8)
    rgba[:, 60 : 60 + CUT_PIXELS // 100 - 2] = 0
    parts = tightened(planes.place(planes.sprite(rgba), SIZE, 0, 0))
    assert len(parts) == 2  # one for luma, one for chroma


@given(seed=st.integers(0, 2**32 - 1), others=st.integers(1, 4))
def test_joined_sprites_look_like_the_single_ones(seed: int, others: int) -> None:
    rng = np.random.default_rng(seed)
    group = [
        (
            planes.sprite(spots(seed + number, 120, 80, 3)),
            2 * int(rng.integers(0, 100)),
            2 * int(rng.integers(0, 100)),
        )
        for number in range(others + 1)
    ]
    single, together = noise(seed), noise(seed)
    for sprite, x, y in group:
        planes.draw(single, planes.place(sprite, SIZE, x, y))
    for sprite, x, y in join(group):
        planes.draw(together, planes.place(sprite, SIZE, x, y))
    for plane, other in zip(single, together, strict=True):
        # Rounding once per layer instead of once in all.
        assert np.abs(plane.astype(int) - other).max() <= len(group)
