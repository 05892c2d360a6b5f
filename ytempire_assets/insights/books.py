"""The folder in which people keep what came in: rates, entries and exports.

Belongs here: reading it as a whole. What each file may say is in the module that reads it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ytempire_assets.insights.exchange import Rates, read_rates
from ytempire_assets.insights.money import Entry, Problem, entry_digest
from ytempire_assets.insights.money_entries import read_entries
from ytempire_assets.insights.money_exports import read_exports

RATES = "rates.csv"
EXPORTS = "affiliate"


@dataclass(frozen=True, slots=True)
class Books:
    """What the folder says.

    Attributes:
        entries: Of all days, as they stand in the files.
        rates: Exchange rates.
        problems: What cannot be read.
        left_out: How many rows do not count, by reason.
    """

    entries: tuple[Entry, ...]
    rates: Rates
    problems: tuple[Problem, ...]
    left_out: Counter[str]

    def of(self, day: date) -> list[Entry]:
        """Entries that count for a day."""
        return [entry for entry in self.entries if entry.day == day]

    def digests(self) -> dict[date, set[str]]:
        """By day the digests of all entries that have a rate: what the tables should hold."""
        found: dict[date, set[str]] = {}
        for entry in self.entries:
            rate = self.rates.find(entry.currency, entry.day)
            if rate is not None:
                found.setdefault(entry.day, set()).add(entry_digest(entry, rate))
        return found


def read_books(folder: Path, first_day: date) -> Books:
    """Reads the folder; a missing one holds nothing.

    Args:
        folder: With ``entries*.yaml``, ``rates.csv`` and ``affiliate/``.
        first_day: Entries of earlier days are left out, and counted as such.
    """
    rates, bad_rates = read_rates(folder / RATES)
    entries, problems = read_entries(folder)
    exports = read_exports(folder / EXPORTS)
    every = [*entries, *exports.entries]
    kept = tuple(entry for entry in every if entry.day >= first_day)
    left_out = Counter(exports.left_out)
    if len(kept) < len(every):
        left_out[f"before {first_day}, the first day"] = len(every) - len(kept)
    named = [Problem(where, text) for where, text in bad_rates]
    return Books(kept, rates, (*named, *problems, *exports.problems), left_out)
