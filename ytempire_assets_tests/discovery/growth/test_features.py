"""Features say only what was known, for every kind of series."""

from __future__ import annotations

import dataclasses

import numpy as np
import polars as pl
import pytest

from ytempire_assets.discovery.growth.channel_history import row_after
from ytempire_assets.discovery.growth.features import NAMES, features, first_guess
from ytempire_assets.discovery.growth.observations import GROUPS, observations
from ytempire_assets_tests.discovery.growth.worlds import a_world

WORLD = a_world(items=150, days=20)


def test_nothing_that_came_later_changes_a_feature() -> None:
    """All that was seen after some time is taken away: what was known before stays the same."""
    seen = observations(WORLD)
    cut = float(np.quantile(seen.time_d, 0.6))
    rows = np.flatnonzero(seen.time_d < cut)
    early = observations(WORLD.filter(pl.col("fetched_at").dt.epoch("ms") / 86_400_000 < cut))
    of_early = {
        (early.names[int(i)], t): k
        for k, (i, t) in enumerate(zip(early.item, early.time_d, strict=True))
    }
    matching = np.array(
        [of_early[seen.names[int(seen.item[row])], seen.time_d[row]] for row in rows]
    )
    np.testing.assert_allclose(
        features(seen, rows), features(early, matching), rtol=1e-4, atol=1e-4, equal_nan=True
    )


def test_the_order_of_the_rows_of_a_table_means_nothing() -> None:
    shuffled = WORLD.sample(fraction=1.0, shuffle=True, seed=3)
    one, two = observations(WORLD), observations(shuffled)
    places = {name: k for k, name in enumerate(two.names)}
    last = {places[name]: k for k, name in enumerate(one.names)}
    order = np.argsort([last[int(item)] for item in two.item[two.last]])
    np.testing.assert_allclose(
        features(one, one.last),
        features(two, two.last)[order],
        rtol=1e-4,
        atol=1e-4,
        equal_nan=True,
    )


@pytest.mark.parametrize("group", list(GROUPS))
def test_a_group_left_out_is_as_if_the_source_never_gave_it(group: str) -> None:
    columns = {
        "age": ["published_at"],
        "likes": ["likes"],
        "comments": ["comments"],
        "charts": ["n_regions", "best_rank"],
        "duration": ["duration_s"],
        "category": ["category_id"],
        "channel": ["channel_id"],
    }[group]
    seen, poor = observations(WORLD), observations(WORLD.drop(columns))
    own = features(seen, seen.last, (group,))
    np.testing.assert_allclose(own, features(poor, poor.last), rtol=1e-4, atol=1e-4, equal_nan=True)


def test_the_first_guess_follows_the_power_of_the_age() -> None:
    """A count that is the age squared grows from 4 to 7 days by log(49 / 16)."""
    rows = [{"video_id": "a", "fetched_at": day, "views": 1000.0 * day**2} for day in (2, 4)]
    table = pl.DataFrame(rows).with_columns(
        fetched_at=pl.datetime(2026, 3, 1, time_zone="UTC")
        + pl.duration(days=pl.col("fetched_at")),
        published_at=pl.datetime(2026, 3, 1, time_zone="UTC"),
    )
    seen = observations(table)
    guess = first_guess(features(seen, seen.last), 3.0)
    assert guess == pytest.approx([np.log(49 / 16)], rel=1e-3)


def test_the_row_after_some_days_is_the_same_items_and_near_in_time() -> None:
    seen = observations(WORLD)
    rows = np.arange(len(seen.item))
    later = row_after(seen, rows, 3.0)
    found = later >= 0
    assert found.any()
    assert not found.all()
    assert (seen.item[later[found]] == seen.item[rows[found]]).all()
    assert np.abs(seen.time_d[later[found]] - seen.time_d[rows[found]] - 3.0).max() <= 0.3


def test_one_observation_is_enough_for_a_row_of_features() -> None:
    seen = observations(WORLD)
    first = np.unique(seen.first)
    matrix = features(seen, first)
    assert np.isnan(matrix[:, NAMES.index("growth")]).all()
    assert np.isfinite(matrix[:, NAMES.index("log_count")]).all()


def test_channels_of_which_nothing_became_known_yet_are_no_error() -> None:
    """Two snapshots of each item: there is a past, and no outcome."""
    two = WORLD.sort("fetched_at").group_by("video_id", maintain_order=True).head(2)
    seen = observations(two)
    matrix = features(seen, seen.last)
    assert (matrix[:, NAMES.index("channel_outcomes")] == 0).all()
    assert (matrix[:, NAMES.index("channel_items")] > 0).any()


def test_a_falling_count_is_no_error() -> None:
    seen = observations(WORLD)
    fallen = dataclasses.replace(
        seen, count=np.where(np.arange(len(seen.count)) % 7, seen.count, 1.0)
    )
    assert np.isfinite(first_guess(features(fallen, fallen.last), 3.0)).all()
