"""The model learns, says how sure it is, keeps in a safe file, and yields only to a better one."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from ytempire_assets.cli import app
from ytempire_assets.discovery.growth import training
from ytempire_assets.discovery.growth.backtest import (
    backtest,
    before,
    better_than,
    figures,
    judge,
    precision_at,
)
from ytempire_assets.discovery.growth.model import GrowthModel, shipped_bytes, shipped_model
from ytempire_assets.discovery.growth.observations import Observations, observations
from ytempire_assets.discovery.growth.scores import competition, score_items
from ytempire_assets.discovery.growth.succession import succeed
from ytempire_assets.discovery.growth.training import train
from ytempire_assets.errors import InvalidInputError
from ytempire_assets_tests.discovery.growth.worlds import a_world


@pytest.fixture(scope="module", autouse=True)
def _few_trees() -> None:
    """The same learning with fewer trees: these worlds are simple."""
    patch = pytest.MonkeyPatch()
    patch.setattr(training, "_TREES", 60)
    patch.setattr(training, "_FIRST_TREES", 30)
    patch.setattr(training, "_SPREAD_TREES", 20)


@pytest.fixture(scope="module")
def seen() -> Observations:
    return observations(a_world())


@pytest.fixture(scope="module")
def model(seen: Observations) -> GrowthModel:
    return train(before(seen, judge(seen, 3.0).cut_d), "a made-up world")


def test_it_ranks_better_than_every_simple_score_and_knows_how_sure_it_is(
    seen: Observations, model: GrowthModel
) -> None:
    judged = judge(seen, 3.0)
    forecast = model.forecast(seen, judged.rows)
    found = figures(seen, judged, forecast, model.card.reference, 3.0)
    relative = {name: one["spearman_relative"] for name, one in found["scores"].items()}
    assert relative["model"] > 0.85
    assert relative["model"] == max(relative.values())
    # In a world with so little noise the interval is wide for what there is; never too narrow.
    assert found["interval_80_covers"] >= 0.75
    assert (forecast.low <= forecast.growth).all()
    assert (forecast.growth <= forecast.high).all()
    for line in found["calibration"]:
        if line["n"] >= 30:
            assert abs(line["mean_score"] - line["outgrew_percent"]) < 15


def test_outcomes_that_are_shuffled_cannot_be_predicted(
    seen: Observations, model: GrowthModel
) -> None:
    """If a score knew what came later, it would know it of the right items only."""
    judged = judge(seen, 3.0)
    growth = np.log(seen.count[judged.later] / seen.count[judged.rows])
    shuffled = np.random.default_rng(4).permutation(growth)
    assert precision_at(model.forecast(seen, judged.rows).growth, shuffled, 0.1) < 0.4


def test_the_file_gives_the_same_model_again_and_the_same_data_the_same_file(
    seen: Observations, model: GrowthModel
) -> None:
    content = model.to_bytes()
    again = GrowthModel.from_bytes(content)
    rows = seen.last
    np.testing.assert_array_equal(
        again.forecast(seen, rows).growth, model.forecast(seen, rows).growth
    )
    assert again.card == model.card
    assert again.to_bytes() == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert json.loads(archive.read("card.json"))["data"] == "a made-up world"


@pytest.mark.parametrize("damage", ["short", "empty", "text", "part", "features"])
def test_a_damaged_file_is_one_clear_error(model: GrowthModel, damage: str) -> None:
    content = model.to_bytes()
    if damage == "short":
        content = content[: len(content) // 2]
    elif damage == "empty":
        content = b""
    elif damage == "text":
        content = b"not a model"
    else:
        packed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
            for name in old.namelist():
                part = old.read(name)
                if damage == "part" and name == "first.ubj":
                    part = b"{}"
                if damage == "features" and name == "card.json":
                    part = part.replace(b'"age"', b'"another"', 1)
                new.writestr(name, part)
        content = packed.getvalue()
    with pytest.raises(InvalidInputError, match="the growth model cannot be used"):
        GrowthModel.from_bytes(content)


def test_too_little_is_not_learned_from() -> None:
    with pytest.raises(InvalidInputError, match="300 are needed"):
        train(observations(a_world(items=40)), "small")
    with pytest.raises(InvalidInputError, match="give at least 50"):
        judge(observations(a_world(items=40, days=3)), 3.0)


def test_the_shipped_model_is_small_and_scores_anything() -> None:
    assert len(shipped_bytes()) < 2_000_000
    table = pl.DataFrame(
        {
            "video_id": ["one", "two", "two", "none"],
            "snapshot_date": [date(2026, 5, day) for day in (1, 1, 2, 1)],
            "views": [10, 100, 250, 0],
        }
    )
    scored = score_items(shipped_model(), observations(table))
    assert scored.columns == [
        "video_id", "viral_score", "growth_3d", "growth_low", "growth_high", "peak_at"
    ]  # fmt: skip
    assert scored["video_id"].to_list() == ["one", "two", "none"]
    assert scored["viral_score"].null_count() == 1
    kept = scored.drop_nulls()
    assert kept["viral_score"].is_between(0, 100).all()
    assert (kept["growth_low"] <= kept["growth_3d"]).all()
    assert (kept["growth_3d"] <= kept["growth_high"]).all()


def test_a_challenger_wins_only_where_it_is_better(seen: Observations) -> None:
    turned = observations(a_world(turned=True, seed=5))
    of_another_world = train(seen, "another world")
    won = succeed(turned, of_another_world, "observed here")
    assert won.model is not None, won.reason
    assert won.sure is not None
    assert won.sure >= 0.95
    kept = succeed(turned, won.model, "observed here")
    assert kept.model is None, kept.reason
    assert "the model stays" in kept.reason
    small = succeed(observations(a_world(items=60)), of_another_world, "observed here")
    assert small.model is None
    assert "the model stays" in small.reason


def test_the_bootstrap_tells_better_from_noise() -> None:
    draw = np.random.default_rng(2)
    growth = draw.normal(size=400)
    good, poor = growth + draw.normal(size=400) * 0.3, growth + draw.normal(size=400) * 2
    assert better_than(good, poor, growth)[1] == 1.0
    assert better_than(poor, good, growth)[1] == 0.0
    assert 0.0 < better_than(good, good + draw.normal(size=400) * 0.01, growth)[1] < 1.0


def test_competition_sets_supply_against_demand() -> None:
    assert competition(10, 1.0, 2.0) == "high"
    assert competition(1, 1.0, 2.0) == "low"
    assert competition(2, 1.0, 2.0) == "medium"
    assert competition(2, 0.0, 2.0) == "medium"


def test_the_command_line_scores_judges_and_trains(tmp_path: Path) -> None:
    run = CliRunner().invoke
    source, out, trained = (tmp_path / name for name in ("in.parquet", "out.parquet", "m.zip"))
    a_world().with_columns(extra=pl.lit("ignored")).write_parquet(source)
    result = run(app, ["trends", "score", str(source), "--out", str(out)])
    assert result.exit_code == 0, result.output
    assert len(pl.read_parquet(out)) == 900
    result = run(app, ["trends", "train", str(source), "--out", str(trained), "--data", "a test"])
    assert result.exit_code == 0, result.output
    result = run(app, ["trends", "score", str(source), "--out", str(out), "--model", str(trained)])
    assert result.exit_code == 0, result.output
    result = run(app, ["trends", "backtest", str(source), "--horizon-days", "3", "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["n"] >= 50
    assert set(found["categories"]) <= {"music", "games"}
    assert {"spearman_relative", "spearman_absolute", "precision_at_10"} == set(
        found["scores"]["model"]
    )
    result = run(app, ["trends", "backtest", str(source), "--without", "likes,comments"])
    assert "Reliability" in result.output


def test_features_that_do_not_exist_cannot_be_left_out(tmp_path: Path) -> None:
    source = tmp_path / "in.parquet"
    a_world(items=10).write_parquet(source)
    result = CliRunner().invoke(app, ["trends", "backtest", str(source), "--without", "luck"])
    assert result.exit_code != 0
    assert isinstance(result.exception, InvalidInputError)
    assert "there are no features 'luck'" in str(result.exception)


def test_a_backtest_at_another_horizon_prints_no_reliability(seen: Observations) -> None:
    found = backtest(seen, 5.0)
    assert found["calibration"] == []
    assert found["scores"]["model"]["spearman_relative"] > 0.7
