"""Commands about money: adding an entry, and the statement of what came in and went out.

Belongs here: the commands under ``ytempire money``. What they do is in ``insights/`` and the job
``account``.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.log_lines import write_json_lines
from ytempire_assets.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ytempire_assets.insights.statement import Line
    from ytempire_assets.settings import Settings

money_app = typer.Typer(help="Money: add entries, book days, show.", no_args_is_help=True)
_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)

_MEANINGS = {
    "platform": "real",
    "simulated": "simulated, no money",
    "none": "not published yet",
}


class By(StrEnum):
    """What a line of the statement is of."""

    VIDEO = "video"
    NICHE = "niche"
    PLATFORM = "platform"
    CHANNEL = "channel"
    STREAM = "stream"
    DAY = "day"


_Day = Annotated[str, typer.Option("--day", help="Day, yyyy-mm-dd.")]


@money_app.command("add")
def money_add(
    stream: Annotated[str, typer.Option(help="course, sponsorship, affiliate or monetisation.")],
    amount: Annotated[str, typer.Option(help="With a decimal point; negative if it went back.")],
    currency: Annotated[str, typer.Option(help="For example EUR.")],
    day: _Day = "",
    channel: Annotated[str, typer.Option(help="Channel that earned it.")] = "",
    video: Annotated[
        list[str] | None, typer.Option(help="Video that earned it; several share it equally.")
    ] = None,
    platform: Annotated[str, typer.Option(help="Where it was earned.")] = "",
    note: Annotated[str, typer.Option(help="For people.")] = "",
    entry_id: Annotated[
        str, typer.Option("--id", help="A second entry with the same id is refused.")
    ] = "",
) -> None:
    """Adds an entry to the file; it is booked with its day."""
    from ytempire_assets.insights.money_entries import read_spec
    from ytempire_assets.partitions import parse_day
    from ytempire_assets.resources.money_folder import MoneyFolder

    settings = _settings()
    wanted = parse_day(day) if day else datetime.now(UTC).date()
    spec = read_spec(
        {
            "day": wanted,
            "stream": stream,
            "amount": amount,
            "currency": currency,
            "id": entry_id,
            "channel": channel or None,
            "platform": platform or None,
            "videos": list(video or ()),
            "note": note,
        }
    )
    path = MoneyFolder(settings.money_dir).add(spec)
    _out.print(Text(f"added to {path}: {spec.amount:f} {spec.currency}, {stream}, {spec.day}"))
    _out.print(Text(f"  book it   ytempire money book --day {spec.day}"))


@money_app.command("book")
def money_book(day: _Day) -> None:
    """Makes a day's accounts now; the schedule does it every night."""
    from ytempire_assets.partitions import parse_day
    from ytempire_assets.runs import Studio

    wanted = parse_day(day)
    settings = _settings()
    result = Studio(settings).run("account", wanted.isoformat())
    for error in result.errors:
        _err.print(Text(f"failed: {error}", style="red"), soft_wrap=True)
    if not result.success:
        raise typer.Exit(1)
    for problem in _problems(settings, wanted.isoformat()):
        _err.print(Text(f"problem: {printable(problem)}", style="yellow"), soft_wrap=True)
    _show(settings, wanted.isoformat(), By.CHANNEL, as_json=False)


def _problems(settings: Settings, day: str) -> list[str]:
    """What the accounts of a day could not read."""
    from ytempire_assets.checks import booked_metadata
    from ytempire_assets.instance import opened_instance

    with opened_instance(settings) as instance:
        value = booked_metadata(instance, day).get("problems")
    return [] if value is None or not isinstance(value.value, list) else list(value.value)


@money_app.command("show")
def money_show(
    day: _Day = "",
    by: Annotated[By, typer.Option("--by", help="What a line is of.")] = By.CHANNEL,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Shows revenue, cost, profit and return of a day, or of all days that are booked."""
    from ytempire_assets.partitions import parse_day

    _show(_settings(), parse_day(day).isoformat() if day else "", by, as_json=as_json)


def _show(settings: Settings, day: str, by: By, *, as_json: bool) -> None:
    from ytempire_assets.insights.statement import statement
    from ytempire_assets.resources.lake_tables import LakeTables

    tables = LakeTables.of(settings)
    rows: dict[str, list[dict[str, Any]]] = {}
    for name in ("revenue", "costs"):
        stored = [one for one in tables.history(name, "") if day in ("", one.name)]
        rows[name] = [row for table in tables.contents(stored) for row in table.to_dicts()]
        if not stored:
            raise InvalidInputError(
                f"no day is booked yet in {name}" if not day else f"{day} is not booked yet",
                f"ytempire money book --day {day or 'yyyy-mm-dd'}",
            )
    lines = statement(rows["revenue"], rows["costs"], by.value)
    totals = statement(rows["revenue"], rows["costs"], "total")
    if as_json:
        document = {
            "day": day or None,
            "by": by.value,
            "lines": [_record(line) for line in lines],
            "totals": [_record(line) for line in totals],
        }
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return
    if not lines:
        _out.print("Nothing came in and nothing was spent.")
    for total in totals:
        own = [line for line in lines if line.origin == total.origin]
        _out.print(_statement_table(own, total, by, day or "all days"))


def _statement_table(lines: Sequence[Line], total: Line, by: By, when: str) -> Table:
    title = f"{when}, {_MEANINGS.get(total.origin, total.origin)}, US dollars"
    table = Table(title=title, title_justify="left")
    table.add_column(by.value, overflow="fold")
    for name in ("revenue", "cost", "profit", "return"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in lines:
        name = "costs" if by is By.STREAM and not line.key else line.key or "(none)"
        table.add_row(Text(printable(name)), *_figures(line))
    table.add_section()
    table.add_row("total", *_figures(total))
    return table


def _figures(line: Line) -> tuple[str, ...]:
    shown = line.return_on_cost
    return (
        _cents(line.revenue_usd),
        _cents(line.cost_usd),
        _cents(line.profit_usd),
        "–" if shown is None else f"{shown * 100:,.0f} %",
    )


def _cents(amount: Decimal) -> str:
    """Two decimals; four where that would show nothing of what there is."""
    return f"{amount:,.4f}" if amount and abs(amount) < Decimal("0.01") else f"{amount:,.2f}"


def _record(line: Line) -> dict[str, Any]:
    """Amounts as text: a reader of JSON would take numbers for floats."""
    return {
        "key": line.key,
        "origin": line.origin,
        **{f"{stream}_usd": f"{amount:f}" for stream, amount in line.by_stream.items()},
        "revenue_usd": f"{line.revenue_usd:f}",
        "cost_usd": f"{line.cost_usd:f}",
        "profit_usd": f"{line.profit_usd:f}",
        "return_on_cost": None if line.return_on_cost is None else f"{line.return_on_cost:f}",
        "no_return": line.no_return,
        "entries": line.entries,
        "videos": line.videos,
    }


def _settings() -> Settings:
    from ytempire_assets.settings import load_settings

    settings = load_settings()
    if settings.log_format == "json":
        write_json_lines()
    return settings
