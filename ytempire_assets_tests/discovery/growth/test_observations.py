"""Tables become observations: in any order, with what is missing missing, or a clear error."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from ytempire_assets.discovery.growth.observations import observations, read_observations
from ytempire_assets.errors import InvalidInputError

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def table(*rows: tuple[str, int, float | None]) -> pl.DataFrame:
    """Rows of (video, day, views)."""
    return pl.DataFrame(
        {
            "video_id": [row[0] for row in rows],
            "fetched_at": [DAY + timedelta(days=row[1]) for row in rows],
            "views": [row[2] for row in rows],
        }
    )


def test_rows_are_put_in_order_and_items_keep_theirs() -> None:
    seen = observations(table(("b", 2, 30), ("a", 1, 5), ("b", 0, 10), ("b", 1, 20)))
    assert seen.names.to_list() == ["b", "a"]
    assert seen.count.tolist() == [10, 20, 30, 5]
    assert seen.item.tolist() == [0, 0, 0, 1]
    assert seen.first.tolist() == [0, 0, 0, 3]
    assert seen.last.tolist() == [2, 3]
    assert seen.before(np.array([2, 3]), 1).tolist() == [1, -1]


def test_zero_and_null_are_missing_and_of_two_at_once_the_later_counts() -> None:
    seen = observations(
        table(("a", 0, 0), ("a", 1, None), ("a", 2, 7), ("a", 2, 8), ("none", 1, 0))
    )
    assert seen.count.tolist() == [8]
    assert seen.names.to_list() == ["a", "none"]


def test_a_date_alone_is_enough_and_optional_columns_may_lack() -> None:
    plain = table(("a", 0, 1), ("a", 1, 2)).with_columns(pl.col("fetched_at").cast(pl.Date))
    seen = observations(plain.rename({"fetched_at": "snapshot_date"}))
    assert np.diff(seen.time_d).tolist() == [1.0]
    assert np.isnan(seen.published_d).all()
    assert (seen.channel == -1).all()


def test_missing_zero_likes_are_missing() -> None:
    liked = table(("a", 0, 10), ("a", 1, 20)).with_columns(likes=pl.Series([0, 3]))
    seen = observations(liked)
    assert np.isnan(seen.likes[0])
    assert seen.likes[1] == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"views": ["x", "y"]}, "column views of the table holds String, not numbers"),
        ({"fetched_at": [1, 2]}, "column fetched_at of the table holds Int64, not times"),
        ({"likes": ["1", "2"]}, "column likes"),
        ({"video_id": ["a", None]}, "1 rows without video_id"),
    ],
)
def test_columns_of_another_kind_are_named(change: dict[str, list[object]], says: str) -> None:
    wrong = table(("a", 0, 1), ("a", 1, 2)).with_columns(
        pl.Series(name, values, strict=False) for name, values in change.items()
    )
    with pytest.raises(InvalidInputError, match=says):
        observations(wrong)


def test_a_missing_column_is_named_with_what_to_do() -> None:
    with pytest.raises(InvalidInputError, match=r"has no column views, fetched_at.*Next: add it"):
        observations(pl.DataFrame({"video_id": ["a"]}))


def test_a_file_that_is_no_parquet_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    path.write_text("no", "utf-8")
    with pytest.raises(InvalidInputError, match=r"in\.parquet cannot be read as Parquet"):
        read_observations(path)
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_observations(tmp_path / "nothing.parquet")


@hypothesis_settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.integers(0, 6),
            st.one_of(st.none(), st.integers(-5, 10**12).map(float), st.just(float("nan"))),
        ),
        max_size=30,
    )
)
def test_any_rows_give_observations_in_order(rows: list[tuple[str, int, float | None]]) -> None:
    wild = pl.DataFrame(
        {
            "video_id": pl.Series([row[0] for row in rows], dtype=pl.String),
            "fetched_at": pl.Series(
                [DAY + timedelta(days=row[1]) for row in rows], dtype=pl.Datetime("ms", "UTC")
            ),
            "views": pl.Series([row[2] for row in rows], dtype=pl.Float64),
        }
    )
    seen = observations(wild)
    assert (seen.count > 0).all()
    assert (np.diff(seen.item) >= 0).all()
    same = np.diff(seen.item) == 0
    assert (np.diff(seen.time_d)[same] > 0).all()
    assert set(seen.names) == {row[0] for row in rows}
