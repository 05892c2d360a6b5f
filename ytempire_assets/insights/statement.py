"""The statement: what came in, what it cost, and what is left, by whatever one asks.

Belongs here: grouping of revenue and cost so that every grouping adds up to the same totals. Real
and simulated money are never added: each line is of one origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from ytempire_assets.insights.exact import ratio, times
from ytempire_assets.insights.money import STREAMS

Grouping = Literal["total", "video", "niche", "platform", "channel", "stream", "day"]
GROUPINGS: tuple[Grouping, ...] = (
    "total", "video", "niche", "platform", "channel", "stream", "day",
)  # fmt: skip

_COLUMNS: Mapping[Grouping, str] = {
    "video": "video_id",
    "niche": "niche",
    "platform": "platform",
    "channel": "channel",
    "stream": "stream",
    "day": "day",
}
NO_COST = "nothing was spent: a return has no meaning"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement.

    Attributes:
        key: Which video, niche and so on; empty for what belongs to none.
        origin: platform (real), simulated, or none: videos that are not out yet.
        by_stream: Revenue of each stream, US dollars.
        cost_usd: What was spent.
        entries: Rows of revenue behind it.
        videos: Videos behind it.
    """

    key: str
    origin: str
    by_stream: Mapping[str, Decimal]
    cost_usd: Decimal
    entries: int
    videos: int

    @property
    def revenue_usd(self) -> Decimal:
        """All that came in."""
        return sum(self.by_stream.values(), Decimal(0))

    @property
    def profit_usd(self) -> Decimal:
        """What is left."""
        return self.revenue_usd - self.cost_usd

    @property
    def return_on_cost(self) -> Decimal | None:
        """Profit by cost: 3 means that each dollar came back and brought three; None without."""
        return None if self.cost_usd <= 0 else ratio(self.profit_usd, self.cost_usd)

    @property
    def no_return(self) -> str | None:
        """Why there is no return; None when there is one."""
        return NO_COST if self.return_on_cost is None else None


def statement(
    revenue: Iterable[Mapping[str, Any]], costs: Iterable[Mapping[str, Any]], by: Grouping
) -> list[Line]:
    """Groups rows of the tables ``revenue`` and ``costs``.

    A cost has no stream: by stream it stands under the empty key, so that the lines add up.

    Args:
        revenue: Rows with day, stream, channel, video_id, platform, niche, origin, amount_usd.
        costs: Rows with day, channel, video_id, platform, niche, origin, cost_usd.
        by: What a line is of.

    Returns:
        Lines by origin and key; none when there are no rows.
    """
    income: dict[tuple[str, str], dict[str, Decimal]] = {}
    spent: dict[tuple[str, str], Decimal] = {}
    entries: dict[tuple[str, str], int] = {}
    videos: dict[tuple[str, str], set[str]] = {}
    for row in revenue:
        line = (row["origin"], _key(row, by))
        streams = income.setdefault(line, dict.fromkeys(STREAMS, Decimal(0)))
        streams[row["stream"]] += row["amount_usd"]
        entries[line] = entries.get(line, 0) + 1
        videos.setdefault(line, set()).add(row["video_id"] or "")
    for row in costs:
        line = (row["origin"], _key(row, by))
        spent[line] = spent.get(line, Decimal(0)) + row["cost_usd"]
        videos.setdefault(line, set()).add(row["video_id"])
    return [
        Line(
            key=key,
            origin=origin,
            by_stream=income.get((origin, key), dict.fromkeys(STREAMS, Decimal(0))),
            cost_usd=spent.get((origin, key), Decimal(0)),
            entries=entries.get((origin, key), 0),
            videos=len(videos[origin, key] - {""}),
        )
        for origin, key in sorted({*income, *spent})
    ]


def differences(revenue: Iterable[Mapping[str, Any]], booked: Mapping[str, str]) -> list[str]:
    """Where the table ``revenue`` does not add up to what was booked; empty when it does.

    Args:
        revenue: Its rows of one day.
        booked: By currency the sum of the entries, as text.
    """
    rows = list(revenue)
    own: dict[str, Decimal] = {}
    entries: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        own[row["currency"]] = own.get(row["currency"], Decimal(0)) + row["amount"]
        entries.setdefault(row["entry_id"], []).append(row)
    found = [
        f"{currency}: {own.get(currency, Decimal(0))} in the table, {booked.get(currency, '0')} "
        "in the entries"
        for currency in sorted({*own, *booked})
        if own.get(currency, Decimal(0)) != Decimal(booked.get(currency, "0"))
    ]
    for entry_id, parts in entries.items():
        amount = sum((row["amount"] for row in parts), Decimal(0))
        in_usd = sum((row["amount_usd"] for row in parts), Decimal(0))
        if in_usd != times(amount, parts[0]["usd_per_unit"]):
            found.append(f"{entry_id}: {in_usd} USD is not its amount by its rate")
    for by in GROUPINGS:
        total = sum((line.revenue_usd for line in statement(rows, (), by)), Decimal(0))
        if total != sum((row["amount_usd"] for row in rows), Decimal(0)):
            found.append(f"by {by}: the lines do not add up")
    return found


def _key(row: Mapping[str, Any], by: Grouping) -> str:
    return "" if by == "total" else str(row.get(_COLUMNS[by]) or "")
