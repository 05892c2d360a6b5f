"""Layouts follow the content, stay inside the safe area, and draw the same bytes each time."""

from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.video import animation
from ytempire_assets.video.formats import FORMATS, VideoFormat
from ytempire_assets.video.layouts import LAYOUTS, choose_layout, design_scene
from ytempire_assets.video.layouts.chrome import chrome_layers
from ytempire_assets.video.layouts.numbers import compact, counting_text, number_and_words
from ytempire_assets.video.layouts.stage import Stage
from ytempire_assets.video.look import Look
from ytempire_assets.video.scene import Figure, Layer, Milestone, SceneBrief, Series

from .samples import BRAND, BRIEFS, DARK, FACT, PAPER, TINY, TINY_WIDE


@pytest.fixture
def few_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Animations of a few frames: boxes do not depend on how many there are."""
    monkeypatch.setattr(animation, "FPS", 4)


def layers_of(name: str, brief: SceneBrief, look: Look, fmt: VideoFormat) -> list[Layer]:
    stage = Stage(brief, look, fmt, BRAND)
    return [*chrome_layers(stage), *LAYOUTS[name](stage)]


def assert_inside(layers: list[Layer], fmt: VideoFormat) -> None:
    safe, captions = fmt.safe_box, fmt.captions_box
    for layer in layers:
        # Boxes have 2 px of air around the ink and are widened to even pixels.
        assert layer.x >= safe.x - 4, layer.name
        assert layer.y >= safe.y - 4, layer.name
        assert layer.x + layer.width <= safe.right + 4, layer.name
        assert layer.y + layer.height <= captions.y, layer.name


@pytest.mark.parametrize("name", BRIEFS)
def test_each_kind_of_content_gets_its_layout(name: str) -> None:
    assert choose_layout(BRIEFS[name]) == name


def test_no_layout_comes_twice_in_a_row() -> None:
    used: list[str] = []
    for brief in [*BRIEFS.values(), FACT, FACT, FACT, BRIEFS["number"], BRIEFS["number"]]:
        used.append(choose_layout(brief, used))
    assert all(first != second for first, second in pairwise(used))
    assert set(used) == set(LAYOUTS)


def test_figures_that_cannot_be_compared_are_not() -> None:
    mixed = (Figure(1, "1", "km", "a"), Figure(2, "2", "kg", "b"))
    negative = (Figure(-1, "-1", "km", "a"), Figure(2, "2", "km", "b"))
    assert choose_layout(replace(FACT, figures=mixed)) == "statement"
    assert choose_layout(replace(FACT, figures=negative)) == "statement"


@pytest.mark.parametrize("fmt", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_fits_every_format(name: str, fmt: VideoFormat, few_frames: None) -> None:
    look = PAPER if fmt.is_landscape else DARK
    layers = layers_of(name, BRIEFS.get(name, FACT), look, fmt)
    assert len(layers) >= 4
    assert_inside(layers, fmt)


@pytest.mark.parametrize("fmt", [TINY, TINY_WIDE], ids=["tall", "wide"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_absurd_content_still_fits(name: str, fmt: VideoFormat, few_frames: None) -> None:
    word, sentence = "Donaudampfschiff" * 300, "An endless sentence about it " * 60
    brief = replace(
        BRIEFS.get(name, FACT),
        headline=sentence if name in {"hook", "points"} else word,
        topic_title=word,
        source_label=sentence,
        emphasis=(sentence, word, ""),
        figure=Figure(1e300, f"{'9' * 80} {word}", word, sentence),
        points=(sentence, word, "", "x") * 5,
        milestones=tuple(Milestone(word, sentence) for _ in range(30)),
    )
    if name in {"chart_bars", "chart_line"}:
        points = tuple((f"{word}{index}", (-1) ** index * 10.0**index) for index in range(40))
        broken = (("nan", float("nan")), ("inf", float("inf")), ("huge", 1e308))
        brief = replace(brief, series=Series(sentence, word, "line", points + broken))
    if name == "comparison":
        figures = tuple(Figure(10.0**power, word, word, sentence) for power in (0, 12, 3, 9))
        brief = replace(brief, figures=figures)
    assert_inside(layers_of(name, brief, DARK, fmt), fmt)


WORDS = st.text(
    st.one_of(
        st.characters(min_codepoint=32, max_codepoint=0x17F), st.sampled_from("\n😀<&{\\\u202e")
    ),
    max_size=120,
)


@given(
    headline=WORDS, short=WORDS, value=st.floats(allow_nan=True), name=st.sampled_from([*LAYOUTS]),
    fmt=st.sampled_from([TINY, TINY_WIDE]),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_wild_content_fits(
    headline: str, short: str, value: float, name: str, fmt: VideoFormat
) -> None:
    brief = replace(
        BRIEFS.get(name, FACT),
        headline=headline,
        topic_title=short,
        emphasis=(short,),
        source_label=short,
        figure=Figure(value, short, short, headline),
        points=(headline, short),
        milestones=(Milestone(short, headline), Milestone(short, short)),
    )
    if name in {"chart_line", "chart_bars"}:
        series = Series(short, headline, "line", (("a", 1.0), (short, value), (headline, -2.0)))
        brief = replace(brief, series=series)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(animation, "FPS", 3)
        assert_inside(layers_of(name, brief, PAPER, fmt), fmt)


def test_a_design_is_the_same_bytes_each_time_and_differs_by_scene() -> None:
    brief = BRIEFS["number"]
    first = design_scene(brief, DARK, TINY, BRAND)
    assert first == design_scene(brief, DARK, TINY, BRAND)
    other = design_scene(replace(brief, number=3), DARK, TINY, BRAND)
    assert other.layers[0].data != first.layers[0].data
    assert first.layout == "number"
    assert "24 billion kilometres" in first.description


@pytest.mark.parametrize("motif", ["orbits", "contours", "grid", "strata"])
@pytest.mark.parametrize("fmt", [TINY, TINY_WIDE], ids=["tall", "wide"])
def test_backdrops_cover_the_frame_while_they_drift(motif: str, fmt: VideoFormat) -> None:
    from PIL import Image

    look = PAPER.model_copy(update={"motif": motif})
    design = design_scene(replace(FACT, duration_s=4.0), look, fmt, BRAND)
    backdrop = design.layers[0]
    with Image.open(io.BytesIO(backdrop.data)) as picture:
        assert picture.size == (backdrop.width, backdrop.height)
        assert picture.mode == "RGB"
        assert len(picture.getcolors(1 << 20) or range(1000)) > 40
    speed_x, speed_y = backdrop.path
    assert (speed_x, speed_y) != (0.0, 0.0)
    assert backdrop.width + speed_x * 4.0 >= fmt.width
    assert backdrop.height + speed_y * 4.0 >= fmt.height


def test_the_number_ends_on_its_own_text() -> None:
    import av
    import numpy as np

    design = design_scene(BRIEFS["number"], DARK, TINY, BRAND)
    number = next(layer for layer in design.layers if layer.name == "number")
    with av.open(io.BytesIO(number.data), "r") as container:
        frames = [frame.to_ndarray(format="rgba") for frame in container.decode(video=0)]
    assert len(frames) == 27
    assert frames[0].shape == (number.height, number.width, 4)
    assert not np.array_equal(frames[0], frames[-1])
    assert (frames[-1][:, :, 3] == 255).any()


def test_letters_that_cannot_be_drawn_stop_the_design() -> None:
    with pytest.raises(InvalidInputError, match="Arabic"):
        design_scene(replace(FACT, headline="مرحبا"), DARK, TINY, BRAND)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.153, "0.15"),
        (24.6, "24.6"),
        (122.4, "122"),
        (12_345, "12,345"),
        (24e9, "24 bn"),
        (999_900_000, "1 bn"),
        (-3_500_000, "−3.5 M"),
    ],
)
def test_compact_numbers(value: float, text: str) -> None:
    assert compact(value) == text


def test_counting_keeps_the_notation() -> None:
    counting = counting_text("12,500.5")
    assert counting is not None
    assert (counting.at(0.0), counting.at(0.5), counting.at(1.0)) == ("0.0", "6,250.2", "12,500.5")
    year = counting_text("1977")
    assert year is not None
    assert year.at(0.0) == "1917"
    assert counting_text("no number") is None
    assert counting_text("1 to 2") is None or counting_text("3-4") is None
    assert number_and_words("24 billion") == ("24", "billion")
    assert number_and_words("a lot") == ("a lot", "")
