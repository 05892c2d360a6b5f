"""Money: what came in, what was spent, and the day's statement of both."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import dagster as dg

from ytempire_assets.assets.stage import output, stage
from ytempire_assets.channels import ChannelFolder
from ytempire_assets.insights.money import REPORTED, Entry, KnownVideo, Part, book
from ytempire_assets.insights.stage_costs import (
    COSTED_STAGES,
    STORAGE,
    Prices,
    StageCost,
    months_before,
    stage_costs,
    storage_price,
)
from ytempire_assets.insights.statement import GROUPINGS, Line, statement
from ytempire_assets.money_schema import COSTS, REVENUE, STATEMENT
from ytempire_assets.partitions import DAYS, FIRST_DAY, day_of_channel_day, parse_day
from ytempire_assets.resources.lake_tables import LakeTables
from ytempire_assets.resources.money_folder import MoneyFolder
from ytempire_assets.resources.video_catalogue import VideoCatalogue
from ytempire_assets.table_schema import Frame, frame

SHOWN_PROBLEMS = 20


@stage(
    "revenue",
    "money",
    ["table"],
    DAYS,
    deps=[
        dg.AssetDep(name, partition_mapping=day_of_channel_day())
        for name in ("analytics", "uploads")
    ],
)
def revenue(
    context: dg.AssetExecutionContext,
    channels: dg.ResourceParam[ChannelFolder],
    money: dg.ResourceParam[MoneyFolder],
    tables: dg.ResourceParam[LakeTables],
) -> dg.Output[Frame]:
    """What came in on a day, by stream, in its own currency and in US dollars."""
    day = parse_day(context.partition_key)
    books = money.read()
    catalogue = VideoCatalogue(tables, channels)
    entries = [*_monetisation(tables, catalogue.channels, day), *books.of(day)]
    booked = book(entries, books.rates, catalogue)
    problems = [*books.problems, *booked.problems]
    for problem in problems[:SHOWN_PROBLEMS]:
        context.log.warning("%s", problem)
    return output(
        frame(REVENUE, [_revenue_row(part) for part in booked.parts]),
        {
            "entries": len(entries),
            "not_counted": sum(not problem.counted for problem in problems),
            "problems": dg.MetadataValue.json([str(one) for one in problems[:SHOWN_PROBLEMS]]),
            "problems_in_all": len(problems),
            "left_out": dg.MetadataValue.json(dict(books.left_out)),
            "booked": dg.MetadataValue.json(_totals(booked.parts)),
        },
    )


@stage(
    "costs",
    "money",
    ["table"],
    DAYS,
    deps=[dg.AssetDep(name, partition_mapping=day_of_channel_day()) for name in COSTED_STAGES],
)
def costs(
    context: dg.AssetExecutionContext,
    channels: dg.ResourceParam[ChannelFolder],
    prices: dg.ResourceParam[Prices],
    tables: dg.ResourceParam[LakeTables],
) -> dg.Output[Frame]:
    """What the videos of a day cost by stage, and keeping those of earlier months."""
    day = parse_day(context.partition_key)
    catalogue = VideoCatalogue(tables, channels)
    partitions = [f"{channel}|{day.isoformat()}" for channel in catalogue.channels]
    counted: set[str] = set()
    rows = []
    for name in COSTED_STAGES:
        records = [
            record
            for table in tables.read_many(name, partitions)
            for record in table.iter_rows(named=True)
        ]
        spent = stage_costs(name, records, prices, counted)
        rows += [_cost_row(cost, day, catalogue) for cost in spent]
    rows += _later_months(tables, catalogue, prices, day)
    total = sum((row["cost_usd"] for row in rows), Decimal(0))
    return output(
        frame(COSTS, rows),
        {"cost_usd": str(total), "videos": len({row["video_id"] for row in rows})},
    )


@stage("daily_performance_summary", "money", ["table"], DAYS)
def daily_performance_summary(
    context: dg.AssetExecutionContext, revenue: Frame, costs: Frame
) -> dg.Output[Frame]:
    """Revenue, cost, profit and return of a day by video, niche, platform, channel and stream."""
    day = parse_day(context.partition_key)
    came_in, spent = revenue.to_dicts(), costs.to_dicts()
    rows = [
        _statement_row(line, day, grouping)
        for grouping in GROUPINGS
        if grouping != "day"
        for line in statement(came_in, spent, grouping)
    ]
    totals = {
        row["origin"]: f"{row['revenue_usd']:.2f} in, {row['cost_usd']:.2f} out"
        for row in rows
        if row["grouping"] == "total"
    }
    return output(frame(STATEMENT, rows), {"usd_by_origin": dg.MetadataValue.json(totals)})


def _monetisation(tables: LakeTables, channels: Sequence[str], day: date) -> Iterable[Entry]:
    """What the platforms' reports say that a day brought: its total less the total before it."""
    for channel in channels:
        today = tables.read("analytics", f"{channel}|{day.isoformat()}")
        if today is None or "revenue_usd" not in today.columns:
            continue
        before = _before(tables, channel, day)
        for row in today.iter_rows(named=True):
            if row["revenue_usd"] is None:
                continue
            amount = row["revenue_usd"] - before.get((row["video_id"], row["platform"]), Decimal(0))
            if amount:
                yield Entry(
                    entry_id=f"analytics:{row['platform']}:{row['video_id']}:{day.isoformat()}",
                    day=day,
                    stream="monetisation",
                    amount=amount,
                    currency="USD",
                    source=REPORTED,
                    origin=row["origin"],
                    platform=row["platform"],
                    channel=channel,
                    videos=((row["video_id"], Decimal(1)),),
                )


def _before(tables: LakeTables, channel: str, day: date) -> dict[tuple[str, str], Decimal]:
    """The totals of the newest day before that has any."""
    earlier = [one for one in tables.history("analytics", channel) if one.name < day.isoformat()]
    for stored in reversed(earlier):
        table = stored.read()
        if "revenue_usd" in table.columns and table["revenue_usd"].count():
            return {
                (row["video_id"], row["platform"]): row["revenue_usd"]
                for row in table.iter_rows(named=True)
                if row["revenue_usd"] is not None
            }
    return {}


def _revenue_row(part: Part) -> dict[str, Any]:
    entry, video = part.entry, part.video
    return {
        "entry_id": entry.entry_id,
        "part": part.number,
        "day": entry.day,
        "stream": entry.stream,
        "amount": part.amount,
        "currency": entry.currency,
        "usd_per_unit": part.rate.usd_per_unit,
        "rate_day": part.rate.day,
        "amount_usd": part.amount_usd,
        "channel": part.channel,
        "video_id": None if video is None else video.video_id,
        "niche": "" if video is None else video.niche,
        "platform": part.platform,
        "origin": entry.origin,
        "source": entry.source,
        "note": entry.note,
        "entry_digest": part.digest,
    }


def _cost_row(cost: StageCost, day: date, catalogue: VideoCatalogue) -> dict[str, Any]:
    platform, origin = catalogue.publication(cost.video_id)
    video = catalogue.video(cost.video_id) or KnownVideo(cost.video_id, "", "", "")
    return {
        "day": day,
        "channel": video.channel or cost.video_id.rsplit("-", 2)[0],
        "video_id": cost.video_id,
        "stage": cost.stage,
        "niche": video.niche,
        "platform": platform,
        "origin": origin,
        "units": cost.units,
        "failed": cost.failed,
        "cpu_s": cost.cpu_s,
        "gpu_s": cost.gpu_s,
        "tokens": cost.tokens,
        "stored_bytes": cost.stored_bytes,
        "compute_usd": cost.compute_usd,
        "outside_usd": cost.outside_usd,
        "gpu_usd": cost.gpu_usd,
        "storage_usd": cost.storage_usd,
        "cost_usd": cost.cost_usd,
    }


def _later_months(
    tables: LakeTables, catalogue: VideoCatalogue, prices: Prices, day: date
) -> Iterable[dict[str, Any]]:
    """Another month of storage for videos of earlier months; none where it costs nothing."""
    if not prices.storage_usd_per_gb_month:
        return
    days = [one.isoformat() for one in months_before(day, FIRST_DAY)]
    for table in tables.read_many("costs", days):
        kept: Counter[str] = Counter()
        for row in table.iter_rows(named=True):
            if row["stage"] != STORAGE:
                kept[row["video_id"]] += row["stored_bytes"]
        for video, size in kept.items():
            if size:
                price = storage_price(size, prices)
                none = Decimal(0)
                cost = StageCost(video, STORAGE, 0, 0, 0.0, 0.0, 0, size, none, none, none, price)
                yield _cost_row(cost, day, catalogue)


def _statement_row(line: Line, day: date, grouping: str) -> dict[str, Any]:
    return {
        "day": day,
        "grouping": grouping,
        "key": line.key,
        "origin": line.origin,
        **{f"{stream}_usd": amount for stream, amount in line.by_stream.items()},
        "revenue_usd": line.revenue_usd,
        "cost_usd": line.cost_usd,
        "profit_usd": line.profit_usd,
        "return_on_cost": line.return_on_cost,
        "no_return": line.no_return,
        "entries": line.entries,
        "videos": line.videos,
    }


def _totals(parts: Sequence[Part]) -> Mapping[str, str]:
    """By currency what was booked, as text: the check compares it with the stored table."""
    entries = {part.entry.entry_id: part.entry for part in parts}
    totals: dict[str, Decimal] = {}
    for entry in entries.values():
        totals[entry.currency] = totals.get(entry.currency, Decimal(0)) + entry.amount
    return {currency: f"{total.normalize():f}" for currency, total in sorted(totals.items())}
