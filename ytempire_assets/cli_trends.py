"""The command line's part about trends: scoring, training and judging the growth model.

Belongs here: the commands under ``ytempire trends``. What they do is in ``discovery/growth``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ytempire_assets.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

trends_app = typer.Typer(help="Trends: score, backtest, train.", no_args_is_help=True)
_out = Console(highlight=False)

_Input = Annotated[
    Path,
    typer.Argument(
        help="Parquet file of snapshots: video_id, fetched_at, views; optional published_at, "
        "channel_id, category_id, duration_s, likes, comments, n_regions, best_rank.",
        metavar="IN.parquet",
    ),
]
_Model = Annotated[
    Path | None, typer.Option("--model", help="Model file to use instead of the shipped one.")
]


@trends_app.command()
def score(
    source: _Input,
    out: Annotated[Path, typer.Option("--out", help="Parquet file to write.")],
    model: _Model = None,
) -> None:
    """Scores each video at its newest snapshot: how much it will grow, how sure, and when."""
    from ytempire_assets.discovery.growth.model import GrowthModel, shipped_model
    from ytempire_assets.discovery.growth.observations import read_observations
    from ytempire_assets.discovery.growth.scores import score_items
    from ytempire_assets.resources.atomic import write_atomically

    used = shipped_model() if model is None else GrowthModel.from_bytes(_read(model), str(model))
    table = score_items(used, read_observations(source))
    write_atomically(out, table.write_parquet)
    unscored = table["viral_score"].null_count()
    note = f"; {unscored} without any count have no score" if unscored else ""
    _out.print(f"{len(table):,} videos scored: {out}{note}")


@trends_app.command()
def backtest(
    source: _Input,
    horizon_days: Annotated[
        float, typer.Option("--horizon-days", help="Days ahead, 1 to 7.", min=1, max=7)
    ] = 3,
    without: Annotated[
        str, typer.Option(help="Features to do without, separated by commas: age, likes, ...")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fits on the earlier days, scores the later ones, and prints how good that was."""
    from ytempire_assets.discovery.growth import backtest as judging
    from ytempire_assets.discovery.growth.observations import GROUPS, read_observations

    left_out = tuple(name.strip() for name in without.split(",") if name.strip())
    unknown = [name for name in left_out if name not in GROUPS]
    if unknown:
        raise InvalidInputError(
            f"there are no features '{unknown[0]}'", f"choose of {', '.join(GROUPS)}"
        )
    figures = judging.backtest(read_observations(source), horizon_days, left_out)
    if as_json:
        sys.stdout.write(json.dumps(figures, indent=2) + "\n")
        return
    _out.print(
        f"{figures['n']:,} items judged from {figures['judged_from_day']} on, "
        f"{figures['horizon_days']:g} days ahead"
    )
    _out.print(_scores_table(figures["scores"]))
    _out.print(_reliability_table(figures["calibration"]))
    _out.print(f"the 80 % interval covers {figures['interval_80_covers']:.1%}")
    _out.print(_categories_table(figures["categories"]))


@trends_app.command()
def train(
    source: _Input,
    out: Annotated[Path, typer.Option("--out", help="Model file to write.")],
    data: Annotated[str, typer.Option(help="Where the data comes from, with its licence.")],
) -> None:
    """Trains a growth model on snapshots of your own."""
    from ytempire_assets.discovery.growth.observations import read_observations
    from ytempire_assets.discovery.growth.training import train as learn
    from ytempire_assets.resources.atomic import write_atomically

    trained = learn(read_observations(source), data)
    content = trained.to_bytes()

    def write(path: Path) -> None:
        path.write_bytes(content)

    write_atomically(out, write)
    _out.print(
        f"learned from {trained.card.rows:,} rows of {trained.card.items:,} items: {out} "
        f"({out.stat().st_size / 1e6:.2f} MB)"
    )


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"{path} cannot be read ({error.strerror})", "give a model's file, or leave it out"
        ) from error


def _scores_table(scores: Mapping[str, Mapping[str, float]]) -> Table:
    table = Table(title="Scores")
    table.add_column("score")
    for title in ("relative growth", "views a day", "precision at 10 %"):
        table.add_column(title, justify="right")
    for name, one in scores.items():
        table.add_row(
            name,
            f"{one['spearman_relative']:.3f}",
            f"{one['spearman_absolute']:.3f}",
            f"{one['precision_at_10']:.3f}",
        )
    return table


def _reliability_table(bins: list[dict[str, float]]) -> Table:
    table = Table(title="Reliability of the viral score")
    for title in ("score", "items", "mean score", "outgrew, % of all"):
        table.add_column(title, justify="right")
    for one in bins:
        table.add_row(
            f"{one['from']:g}-{one['to']:g}",
            f"{one['n']:,}",
            f"{one['mean_score']:.1f}",
            f"{one['outgrew_percent']:.1f}",
        )
    return table


def _categories_table(categories: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table(title="Relative growth by category")
    table.add_column("category")
    names = list(next(iter(categories.values()), {}))
    for name in names:
        table.add_column(name, justify="right")
    for category, one in sorted(categories.items(), key=lambda item: -item[1]["n"]):
        values = (f"{one[name]:,}" if name == "n" else f"{one[name]:.3f}" for name in names)
        table.add_row(category, *values)
    return table
