"""Exchange rates: what one unit of a currency was worth in US dollars on a day.

Belongs here: the file of rates, and which of its rates holds for a day. Currencies are ISO 4217.
"""

from __future__ import annotations

import bisect
import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from ytempire_assets.errors import InvalidInputError
from ytempire_assets.insights.exact import RATE_STEP, ExactnessError, exact

MOST_RATE_AGE_DAYS = 7
"""Central banks fix no rates on weekends and holidays; a week bridges the longest of these."""

BOOK_CURRENCY = "USD"
"""What everything is converted to: prices of work are in US dollars already."""

CURRENCY = re.compile(r"[A-Z]{3}")
_COLUMNS = ["day", "currency", "usd_per_unit"]
_PLAIN_NUMBER = re.compile(r"\d{1,12}(\.\d{1,12})?")

_NO_MINOR_UNIT = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split()
)
_THOUSANDTHS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())


@dataclass(frozen=True, slots=True)
class Rate:
    """US dollars for one unit, and the day for which that was fixed."""

    usd_per_unit: Decimal
    day: date


class NoRateError(InvalidInputError):
    """There is no rate to convert an amount with."""


class Rates:
    """Rates by currency and day; US dollars need none.

    Args:
        rates: Currency and rate, in any order; of two for one day the later one holds.
    """

    def __init__(self, rates: Iterable[tuple[str, Rate]] = ()) -> None:
        by_currency: dict[str, dict[date, Rate]] = {}
        for currency, rate in rates:
            by_currency.setdefault(currency, {})[rate.day] = rate
        self._rates = {
            currency: sorted(days.values(), key=lambda rate: rate.day)
            for currency, days in by_currency.items()
        }
        self._days = {name: [rate.day for rate in rates] for name, rates in self._rates.items()}

    def on(self, currency: str, day: date) -> Rate:
        """The newest rate that is not after the day and at most a week old.

        Raises:
            NoRateError: There is none.
        """
        if currency == BOOK_CURRENCY:
            return Rate(Decimal(1), day)
        if currency not in self._rates:
            raise NoRateError(
                f"no rate is known for the currency {currency}",
                "write one into rates.csv, or correct the currency",
            )
        place = bisect.bisect_right(self._days[currency], day) - 1
        if place < 0:
            raise NoRateError(
                f"the first rate of {currency} is of {self._days[currency][0]}, after {day}",
                f"write one of {day} into rates.csv",
            )
        rate = self._rates[currency][place]
        if (day - rate.day).days > MOST_RATE_AGE_DAYS:
            raise NoRateError(
                f"the newest rate of {currency} before {day} is of {rate.day}, more than "
                f"{MOST_RATE_AGE_DAYS} days old",
                f"write one of {day} into rates.csv",
            )
        return rate

    def find(self, currency: str, day: date) -> Rate | None:
        """The same, or None when there is none."""
        try:
            return self.on(currency, day)
        except NoRateError:
            return None


def minor_digits(currency: str) -> int:
    """Decimals of a currency's smallest unit, ISO 4217: 2 for most."""
    return 0 if currency in _NO_MINOR_UNIT else 3 if currency in _THOUSANDTHS else 2


def read_rates(path: Path) -> tuple[Rates, list[tuple[str, str]]]:
    """Reads ``rates.csv``; lines that cannot be used are left out and named.

    Args:
        path: UTF-8, comma, header ``day,currency,usd_per_unit``. A missing file has no rates.

    Returns:
        The rates, and for each problem its place and words.
    """
    name, found, problems = path.name, [], []
    if not path.exists():
        return Rates(), []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            header = [cell.strip() for cell in next(reader, [])]
            if header != _COLUMNS:
                return Rates(), [(f"{name}, line 1", f"the header must be {','.join(_COLUMNS)}")]
            for row in reader:
                if not any(cell.strip() for cell in row):
                    continue
                try:
                    found.append(_rate(row))
                except (ValueError, ExactnessError) as error:
                    problems.append((f"{name}, line {reader.line_num}", str(error)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.append((name, f"cannot be read ({error}). Next: save it as CSV in UTF-8."))
    return Rates(found), problems


def _rate(row: list[str]) -> tuple[str, Rate]:
    if len(row) != len(_COLUMNS):
        raise ValueError(f"{len(row)} cells where {len(_COLUMNS)} are needed")
    day, currency, number = (cell.strip() for cell in row)
    if CURRENCY.fullmatch(currency) is None:
        raise ValueError(f"'{currency[:20]}' is no currency code like EUR")
    if _PLAIN_NUMBER.fullmatch(number) is None or not Decimal(number):
        raise ValueError(f"'{number[:30]}' is no rate above 0 with a decimal point")
    return currency, Rate(exact(Decimal(number), RATE_STEP), date.fromisoformat(day))
