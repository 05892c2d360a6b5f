"""The accounts of real days: what is in the lake and in people's files, to the cent."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from ytempire_assets import api, cli
from ytempire_assets.automation.planning import days_to_account
from ytempire_assets.build import build_defs
from ytempire_assets.errors import InvalidInputError
from ytempire_assets.insights.money import REPORTED
from ytempire_assets.insights.money_entries import read_spec
from ytempire_assets.insights.stage_costs import Prices, months_before, stage_costs
from ytempire_assets.instance import opened_instance
from ytempire_assets.resources.lake_tables import LakeTables, write_table
from ytempire_assets.resources.money_folder import MoneyFolder
from ytempire_assets.settings import Settings
from ytempire_assets.table_schema import frame
from ytempire_assets.tables import TABLES

DAY = date(2026, 11, 19)
ONE, TWO, FAILED = "orbit-20261119-1", "orbit-20261119-2", "fieldnotes-20261119-1"
MADE_AT = datetime(2026, 11, 19, 8, tzinfo=UTC)


@pytest.fixture
def world(settings: Settings, tmp_path: Path) -> Settings:
    """A day of two channels in the lake, as the stages leave it, and a folder of money."""
    folder = tmp_path / "money"
    (folder / "affiliate").mkdir(parents=True)
    path = settings.channels_dir / "orbit.yaml"
    link = "affiliate_links: [{label: Telescope, url: 'https://shop.example/t'}]\n"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{link}", encoding="utf-8")
    settings = settings.model_copy(
        update={
            "money_dir": folder,
            "gpu_usd_per_hour": Decimal("3.60"),
            "storage_usd_per_gb_month": Decimal("0.02"),
        }
    )
    put(settings, "ideas", "orbit", [idea(ONE, "space"), idea(TWO, "space")])
    put(settings, "ideas", "fieldnotes", [idea(FAILED, "nature")])
    script: dict[str, Any] = {
        "description": "Get one: https://shop.example/t",
        "tokens_in": 900,
        "tokens_out": 100,
    }
    put(
        settings,
        "scripts",
        "orbit",
        [work(ONE, "scripts", 36.0, "0.0204", writing_usd=0.02, **script), work(TWO, "scripts", 0)],
    )
    put(settings, "scripts", "fieldnotes", [work(FAILED, "scripts", 0, "0.05", status="failed")])
    renders = [
        work(ONE, "renders", 900.0, "0.01", size_bytes=50_000_000, encoder="h264_nvenc, cq 23"),
        work(TWO, "renders", 900.0, "0.01", size_bytes=25_000_000, encoder="libx264, crf 23"),
    ]
    put(settings, "renders", "orbit", renders)
    out: dict[str, Any] = {"platform": "youtube", "simulated": False, "state": "verified"}
    rehearsed = {**out, "platform": "sandbox", "simulated": True}
    put(
        settings,
        "uploads",
        "orbit",
        [work(ONE, "uploads", 0, **out), work(TWO, "uploads", 0, **rehearsed)],
    )
    return settings


def put(
    settings: Settings, table: str, channel: str, rows: list[dict[str, Any]], day: date = DAY
) -> None:
    key = f"{table}/{channel}/{day}.parquet"
    write_table(LakeTables.of(settings).objects, key, frame(TABLES[table], rows))


def idea(video_id: str, niche: str) -> dict[str, Any]:
    return {"video_id": video_id, "niche": niche, "accepted": True}


def work(
    video_id: str, stage: str, cpu_s: float, cost_usd: str = "0", status: str = "ok", **more: Any
) -> dict[str, Any]:
    return {
        "video_id": video_id,
        "fingerprint": f"{stage} {video_id}",
        "status": status,
        "compute_s": 10.0,
        "cpu_s": cpu_s,
        "cost_usd": float(cost_usd),
        "made_at": MADE_AT,
        **more,
    }


def numbers(video_id: str, revenue: str | None, origin: str, views: int) -> dict[str, Any]:
    platform = "youtube" if origin == "platform" else "sandbox"
    amount = None if revenue is None else Decimal(revenue)
    return {
        "video_id": video_id, "platform": platform, "views": views, "origin": origin,
        "revenue_usd": amount,
    }  # fmt: skip


def account(settings: Settings, day: date = DAY) -> tuple[dg.AssetCheckEvaluation, pl.DataFrame]:
    """Books a day; its check and its statement."""
    with opened_instance(settings) as instance:
        result = (
            build_defs(settings)
            .resolve_job_def("account")
            .execute_in_process(instance=instance, partition_key=day.isoformat())
        )
    [check] = result.get_asset_check_evaluations()
    summary = LakeTables.of(settings).read("daily_performance_summary", day.isoformat())
    assert summary is not None
    return check, summary


def lines(summary: pl.DataFrame, grouping: str) -> dict[tuple[str, str], dict[str, Any]]:
    chosen = summary.filter(pl.col("grouping") == grouping)
    return {(row["origin"], row["key"]): row for row in chosen.iter_rows(named=True)}


def test_nothing_there_is_an_empty_statement(settings: Settings) -> None:
    check, summary = account(settings.model_copy(update={"money_dir": Path("/nonexistent")}))
    assert check.passed
    assert summary.height == 0


def test_a_day_to_the_cent(world: Settings) -> None:
    put(world, "analytics", "orbit", [numbers(ONE, "2.50", "platform", 100)], DAY - timedelta(1))
    put(
        world,
        "analytics",
        "orbit",
        [numbers(ONE, "6.00", "platform", 300), numbers(TWO, "1.25", "simulated", 600)],
    )
    (world.money_dir / "rates.csv").write_text(
        "day,currency,usd_per_unit\n2026-11-17,EUR,1.0843\n", encoding="utf-8"
    )
    (world.money_dir / "affiliate" / "shop.yaml").write_text(
        "columns: {day: Day, amount: Amount, label: Link}\ncurrency: USD\n", encoding="utf-8"
    )
    (world.money_dir / "affiliate" / "shop.csv").write_text(
        "Day,Amount,Link\n2026-11-19,9.01,telescope\n2026-11-19,-1.00,telescope\n",
        encoding="utf-8",
    )
    fields = {"day": DAY, "stream": "sponsorship", "amount": "100", "currency": "EUR"}
    MoneyFolder(world.money_dir).add(read_spec({**fields, "videos": [ONE, FAILED]}))
    check, summary = account(world)
    assert check.passed, check.description

    total = lines(summary, "total")
    # 6.00 - 2.50 from advertising, 9.01 - 1.00 by label (only the video that shows it), 108.43
    assert total["platform", ""]["revenue_usd"] == Decimal("119.94")
    assert total["simulated", ""]["revenue_usd"] == Decimal("1.25")
    assert total["none", ""]["revenue_usd"] == 0
    video = lines(summary, "video")
    first = video["platform", ONE]
    assert (first["monetisation_usd"], first["affiliate_usd"], first["sponsorship_usd"]) == (
        Decimal("3.5"),
        Decimal("8.01"),
        Decimal("54.215"),
    )
    # 0.0204 writing and its computing, 0.01 rendering, 10 s of GPU, 50 MB for a month
    assert first["cost_usd"] == Decimal("0.0204") + Decimal("0.01") + Decimal("0.01") + Decimal(
        "0.001"
    )
    assert first["return_on_cost"] == round(
        (first["revenue_usd"] - first["cost_usd"]) / first["cost_usd"], 6
    )
    failed = video["none", FAILED]
    assert (failed["cost_usd"], failed["return_on_cost"]) == (Decimal("0.05"), Decimal(-1))
    assert video["platform", FAILED]["no_return"] == "nothing was spent: a return has no meaning"
    for grouping in ("video", "niche", "platform", "channel", "stream"):
        for column in ("revenue_usd", "cost_usd", "profit_usd"):
            for origin in ("platform", "simulated", "none"):
                own = [
                    row[column] for (of, _), row in lines(summary, grouping).items() if of == origin
                ]
                assert sum(own) == total[origin, ""][column], (grouping, column, origin)
    assert summary.select(pl.selectors.float()).width == 0

    costs = LakeTables.of(world).read("costs", DAY.isoformat())
    assert costs is not None
    script = costs.row(by_predicate=(pl.col("video_id") == ONE) & (pl.col("stage") == "scripts"),
                       named=True)  # fmt: skip
    assert (script["compute_usd"], script["outside_usd"]) == (Decimal("0.0004"), Decimal("0.02"))
    assert (script["tokens"], script["origin"]) == (1000, "platform")
    # DuckDB reads the same decimals.
    lake = api.tables(settings=world)
    query = "select sum(amount_usd), typeof(sum(amount_usd)) from revenue where origin = 'platform'"
    assert lake.sql(query).fetchall() == [(Decimal("119.94"), "DECIMAL(38,6)")]


def test_rows_that_cannot_be_read_are_named_by_the_check(world: Settings) -> None:
    folder = MoneyFolder(world.money_dir)
    base = {"day": DAY, "stream": "course", "amount": "10", "currency": "USD"}
    folder.add(read_spec(base))
    folder.add(read_spec({**base, "currency": "XAU"}))
    folder.add(read_spec({**base, "videos": ["orbit-20261119-7"]}))
    check, summary = account(world)
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert "entries.yaml, entry 2: no rate is known for the currency XAU" in str(check.description)
    problems = check.metadata["problems"].value
    assert isinstance(problems, list)
    assert "there is no video 'orbit-20261119-7'" in str(problems[1])
    channels = lines(summary, "channel")
    assert channels["platform", ""]["revenue_usd"] == 10
    assert channels["platform", "orbit"]["revenue_usd"] == 10


def test_a_correction_of_the_platform_is_negative(world: Settings) -> None:
    put(world, "analytics", "orbit", [numbers(ONE, "2.50", "platform", 9)], DAY - timedelta(3))
    put(world, "analytics", "orbit", [numbers(ONE, None, "platform", 9)], DAY - timedelta(2))
    put(world, "analytics", "orbit", [numbers(ONE, "2.25", "platform", 9)])
    _, summary = account(world)
    assert lines(summary, "stream")["platform", "monetisation"]["revenue_usd"] == Decimal("-0.25")


def test_files_cost_again_each_month(world: Settings) -> None:
    earlier, video_id = date(2026, 10, 19), "orbit-20261019-1"
    rendered = work(video_id, "renders", 0, size_bytes=50_000_000, encoder="libx264")
    put(world, "renders", "orbit", [rendered], earlier)
    account(world, earlier)
    _, summary = account(world)
    assert lines(summary, "video")["none", video_id]["cost_usd"] == Decimal("0.001")
    first = date(2026, 9, 1)
    assert months_before(date(2026, 11, 30), first) == [
        date(2026, 9, 30),
        date(2026, 10, 30),
        date(2026, 10, 31),
    ]
    assert months_before(date(2026, 11, 15), first) == [date(2026, 9, 15), date(2026, 10, 15)]
    assert months_before(date(2027, 2, 28), date(2027, 1, 28)) == [
        date(2027, 1, day) for day in (28, 29, 30, 31)
    ]


def test_shared_work_is_paid_once_and_a_changed_price_changes_no_sum() -> None:
    row = {**work(ONE, "voiceovers", 3600.0, "0.04"), "fingerprint": "same"}
    counted: set[str] = set()
    [cost] = stage_costs("voiceovers", [row, row], Prices(Decimal("0.03")), counted)
    assert (cost.units, cost.cost_usd, cost.cpu_s) == (2, Decimal("0.04"), 3600.0)
    assert (cost.compute_usd, cost.outside_usd) == (Decimal("0.03"), Decimal("0.01"))
    [again] = stage_costs("voiceovers", [{**row, "video_id": TWO}], Prices(Decimal(1)), counted)
    assert again.cost_usd == 0


def test_days_whose_entries_changed_are_booked_again(world: Settings) -> None:
    today = date(2026, 11, 25)
    folder = MoneyFolder(world.money_dir)
    folder.add(read_spec({"day": DAY, "stream": "course", "amount": "1", "currency": "USD"}))

    def planned() -> list[str]:
        repository = build_defs(world).get_repository_def()
        schedule = repository.get_schedule_def("account_daily")
        at = datetime(2026, 11, 25, 4, 30, tzinfo=UTC)
        resources = {
            "money": folder,
            "tables": LakeTables.of(world),
        }
        with dg.build_schedule_context(
            scheduled_execution_time=at, resources=resources, repository_def=repository
        ) as context:
            ticked = schedule.evaluate_tick(context)
        return [str(request.partition_key) for request in ticked.run_requests or ()]

    assert planned() == ["2026-11-19", "2026-11-24"]
    account(world)
    assert planned() == ["2026-11-24"]
    (world.money_dir / "entries.yaml").unlink()  # it was a mistake: the day loses it
    assert planned() == ["2026-11-19", "2026-11-24"]
    many = {today - timedelta(days=back): {"x"} for back in range(1, 80)}
    assert len(days_to_account(many, {}, today, date(2026, 9, 1))) == 31


def test_tables_take_no_floats_and_no_rounding() -> None:
    with pytest.raises(TypeError, match="takes decimals, not float"):
        frame(TABLES["revenue"], [{"amount": 1.5}])
    with pytest.raises(ValueError, match="without rounding"):
        frame(TABLES["revenue"], [{"amount": Decimal("0.0000001")}])
    with pytest.raises(ValueError, match="cannot hold"):
        frame(TABLES["revenue"], [{"amount": Decimal(10) ** 12}])
    assert frame(TABLES["revenue"], [{"amount": Decimal("-1.50"), "source": REPORTED}])[
        "amount"
    ].to_list() == [Decimal("-1.5")]


@pytest.fixture
def run(world: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("YTEMPIRE_HOME", str(world.home))
    monkeypatch.setenv("YTEMPIRE_CHANNELS_DIR", str(world.channels_dir))
    monkeypatch.setenv("YTEMPIRE_MONEY_DIR", str(world.money_dir))
    monkeypatch.setenv("COLUMNS", "120")
    return lambda *arguments: CliRunner().invoke(cli.app, ["money", *arguments])


def test_the_commands(run: Callable[..., Result]) -> None:
    assert "no day is booked yet" in str(run("show").exception)
    add = ("add", "--stream", "sponsorship", "--currency", "USD", "--day", "2026-11-19")
    done = run(*add, "--amount", "500.10", "--video", ONE, "--video", TWO, "--id", "deal 1")
    assert done.exit_code == 0, done.exception
    assert "ytempire money book --day 2026-11-19" in done.stdout
    again = run(*add, "--amount", "500.10", "--id", "deal 1")
    assert "an entry with the id 'deal 1' already" in str(again.exception)
    for amount in ("12,50", "NaN", "0.0000001"):
        wrong = run(*add, "--amount", amount).exception
        assert isinstance(wrong, InvalidInputError)
        assert wrong.problem.startswith("amount: ")
    assert "2026-11-19 is not booked yet" in str(run("show", "--day", "2026-11-19").exception)
    run(*add, "--amount", "3", "--currency", "XAU")
    booked = run("book", "--day", "2026-11-19")
    assert booked.exit_code == 0, booked.exception
    assert "entry 2: no rate is known for the currency XAU" in booked.stderr
    assert "500.10" in booked.stdout
    document = json.loads(run("show", "--day", "2026-11-19", "--by", "stream", "--json").stdout)
    by_stream = {(one["origin"], one["key"]): one for one in document["lines"]}
    assert by_stream["platform", "sponsorship"]["revenue_usd"] == "500.100000"
    assert by_stream["platform", "sponsorship"]["return_on_cost"] is None
    assert {one["origin"] for one in document["totals"]} == {"platform", "simulated", "none"}
    shown = run("show", "--by", "video").stdout
    for words in (ONE, TWO, "250.05", "simulated, no money", "not published yet"):
        assert words in shown


def test_adding_keeps_what_is_there(tmp_path: Path) -> None:
    folder = MoneyFolder(tmp_path)
    spec = read_spec(
        {"day": DAY, "stream": "course", "amount": "1.50", "currency": "EUR", "note": "a: 'b' #c"}
    )
    path = tmp_path / "entries.yaml"
    for text in (
        "entries: []\n",
        "entries:\n",
        "# mine\nentries:\n- day: 2026-11-01 # first\n  stream: course\n  amount: 1\n"
        "  currency: USD",
        "entries:\n    - {day: 2026-11-01, stream: course, amount: 1, currency: USD}\n\n\n",
    ):
        path.write_text(text, encoding="utf-8")
        before = len(folder.read().entries)
        folder.add(spec)
        folder.add(spec)
        books = folder.read()
        assert (len(books.entries), books.problems) == (before + 2, ())
        assert books.entries[-1].note == "a: 'b' #c"
        assert all(
            line in path.read_text(encoding="utf-8") for line in text.splitlines() if "#" in line
        )
    assert sorted(one.name for one in tmp_path.iterdir()) == [".entries.lock", "entries.yaml"]


def test_a_file_that_cannot_be_added_to_stays_as_it_is(tmp_path: Path) -> None:
    path, folder = tmp_path / "entries.yaml", MoneyFolder(tmp_path)
    spec = read_spec({"day": DAY, "stream": "course", "amount": "1", "currency": "EUR"})
    for text, words in (
        ("entries: [{day: 2026-11-01}]\n", "Next: "),
        ("entries: [\n", "not valid YAML"),
        ("- day\n", "expected a mapping"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(Exception, match=words):
            folder.add(spec)
        assert path.read_text(encoding="utf-8") == text
    assert sorted(one.name for one in tmp_path.iterdir()) == [".entries.lock", "entries.yaml"]


def test_two_who_add_at_once_lose_nothing(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    spec = read_spec({"day": DAY, "stream": "course", "amount": "1", "currency": "USD"})
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: MoneyFolder(tmp_path).add(spec), range(12)))
    assert len(MoneyFolder(tmp_path).read().entries) == 12


def test_many_rows_of_one_day_are_booked(world: Settings) -> None:
    path = world.money_dir / "affiliate" / "shop.csv"
    path.with_suffix(".yaml").write_text(
        "columns: {id: Id, day: Day, amount: Amount, video: Tag}\ncurrency: USD\n",
        encoding="utf-8",
    )
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["Id", "Day", "Amount", "Tag"])
        writer.writerows(
            [number, DAY, "0.01", ONE if number % 2 else ""] for number in range(20_000)
        )
    check, summary = account(world)
    assert check.passed
    assert lines(summary, "total")["platform", ""]["revenue_usd"] == Decimal("200.00")
