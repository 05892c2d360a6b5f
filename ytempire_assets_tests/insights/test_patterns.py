"""Weights follow results, shrink with little evidence, and stay within bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ytempire_assets.insights.patterns import LEAST, MOST, Result, weigh_patterns


def results(**views: list[float]) -> list[Result]:
    return [Result((f"niche:{name}",), value) for name, values in views.items() for value in values]


def test_better_niche_weighs_more_and_says_why() -> None:
    history, nature = weigh_patterns(results(nature=[900] * 20, history=[100] * 20))
    assert nature.weight > 1.5 > 1 > history.weight
    assert nature.evidence == "20 of 40 videos, 900 views on average against 500 of the channel"


def test_one_lucky_video_proves_little() -> None:
    lucky = weigh_patterns(results(nature=[1000], history=[100] * 9))[1]
    proven = weigh_patterns(results(nature=[1000] * 30, history=[100] * 270))[1]
    assert 1 < lucky.weight < proven.weight


def test_no_results_and_no_views_teach_nothing() -> None:
    assert weigh_patterns([]) == []
    assert weigh_patterns(results(nature=[0, 0]))[0].weight == 1.0


@hypothesis_settings(derandomize=True, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["niche:a", "niche:b", "hour:17"]), st.floats(0, 1e9)),
        min_size=1,
    )
)
def test_weights_stay_within_bounds(pairs: list[tuple[str, float]]) -> None:
    weights = weigh_patterns([Result((pattern,), views) for pattern, views in pairs])
    assert [w.pattern for w in weights] == sorted({pattern for pattern, _ in pairs})
    assert all(LEAST <= w.weight <= MOST for w in weights)
    assert sum(w.videos for w in weights) == len(pairs)


def test_a_single_pattern_is_neutral() -> None:
    [only] = weigh_patterns(results(nature=[5, 50, 500]))
    assert only.weight == pytest.approx(1.0)
