"""Profiles: titles, and groups of titles, as rows of sparse matrices.

Belongs here: the table of what is compared, and joining the rows of a group to one row, whose
values are means over its titles. A product of two rows is then the mean over all pairs of their
titles, which is average linkage. How alike two rows are is ``likeness.py``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ytempire_assets.discovery.topics.numbers import YEAR, is_common
from ytempire_assets.discovery.topics.readings import FRAME, WORK_OF, Reading

Decisive: TypeAlias = dict[str, dict[str, int]]
"""By what is numbered, how many titles use which number; and the same for works and frames."""
Sides: TypeAlias = tuple[frozenset[str], frozenset[str]]
"""Who meets whom, each by the words of a name."""

_SPELT = re.compile(r"[a-z]{3,}\.?\Z")
_COMMON_NUMBER = 0.4
_TYPICAL = 1 / 3
"""A number is a group's own when so many of its titles that number that thing use it."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an item beside what its title says.

    Attributes:
        language: Primary subtag, or empty.
        topic: The topic that its source names, or None.
        page: What it leads to, or empty.
        publisher: Source and channel, or empty.
        begins: Days since 1970.
        ends: Days since 1970, at least ``begins``.
    """

    language: str
    topic: str | None
    page: str
    publisher: str
    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class Profiles:
    """Rows to compare; every matrix has as many, and is CSR.

    Attributes:
        keys: The key of each term.
        terms: Share of titles with a term.
        weights: Mean weight of each term, 0-1.
        names: Whether each term belongs to a name.
        likely_names: Whether it may belong to one.
        context: Share of titles with a term in them or beside them; the same columns.
        pairs: Share of titles with two names side by side.
        grams: Mean of the titles' three-letter parts, each title of unit length.
        numbered: Mean weight of each number with its head, in titles that have it: 1 for a name's
            (iPhone 17), ``_COMMON_NUMBER`` for what is numbered everywhere (season 5), none for
            years.
        publishers: Share of titles of each publisher.
        pages: Share of titles that lead to a page, of pages that several titles lead to.
        titles: How many titles a row has.
        begins: Days since 1970 of the first.
        ends: Days since 1970 of the last.
        languages: The language of most titles.
        decisive: What tells stories apart.
        sides: Who meets whom.
        topics: The topic that the row's source names, or None.
        meanings: float32, the mean of the titles' directions; None without an embedder.
    """

    keys: tuple[str, ...]
    terms: Any
    weights: Any
    names: Any
    likely_names: Any
    context: Any
    pairs: Any
    grams: Any
    numbered: Any
    publishers: Any
    pages: Any
    titles: Any
    begins: Any
    ends: Any
    languages: tuple[str, ...]
    decisive: tuple[Decisive, ...]
    sides: tuple[frozenset[Sides], ...]
    topics: tuple[str | None, ...]
    meanings: Any

    def __len__(self) -> int:
        return len(self.languages)


def profiles_of(readings: Sequence[Reading], facts: Sequence[Facts], meanings: Any) -> Profiles:
    """One row a title.

    Args:
        readings: What the titles say.
        facts: What else is known of each.
        meanings: float32, (titles, n), unit rows; or None.
    """
    import numpy as np

    shared = Counter(one.page for one in facts if one.page)
    column: dict[str, int] = {}
    terms = _matrix([reading.terms for reading in readings], column)
    weights = terms.data
    terms.data = np.ones(len(weights))
    context = _matrix([(*reading.terms, *reading.context) for reading in readings], column)
    if not column:
        column[""] = 0  # titles without any letters still make a matrix
    width = len(column)
    terms.resize((len(readings), width))
    total = np.bincount(terms.indices, weights=weights, minlength=width)
    used = np.bincount(terms.indices, minlength=width)
    names, likely = np.zeros(width, dtype=bool), np.zeros(width, dtype=bool)
    for reading in readings:
        names[[column[key] for key in reading.names]] = True
        likely[[column[key] for key in reading.likely_names]] = True
    return Profiles(
        keys=tuple(column),
        terms=terms,
        weights=np.divide(total, used, out=np.ones(width), where=used > 0),
        names=names,
        likely_names=likely,
        context=context,
        pairs=_matrix([reading.pairs for reading in readings], {}),
        grams=_gram_rows(terms, list(column)),
        numbered=_matrix([_numbered(reading) for reading in readings], {}),
        publishers=_matrix([(one.publisher,) if one.publisher else () for one in facts], {}),
        pages=_matrix([(one.page,) if shared[one.page] > 1 else () for one in facts], {}),
        titles=np.ones(len(readings)),
        begins=np.array([one.begins for one in facts], dtype=np.float64),
        ends=np.array([one.ends for one in facts], dtype=np.float64),
        languages=tuple(one.language for one in facts),
        decisive=tuple(
            {head: dict.fromkeys(values, 1) for head, values in reading.decisive.items()}
            for reading in readings
        ),
        sides=tuple(reading.sides for reading in readings),
        topics=tuple(one.topic for one in facts),
        meanings=meanings,
    )


def joined(profiles: Profiles, groups: Any) -> Profiles:
    """One row a group.

    Args:
        profiles: Rows.
        groups: int, (rows,), the group of each row; every number from 0 up is used.

    Returns:
        As many rows as there are groups.
    """
    import numpy as np
    from scipy import sparse

    rows = len(profiles)
    count = int(groups.max()) + 1
    titles = np.bincount(groups, weights=profiles.titles, minlength=count)
    mean = sparse.csr_matrix(
        (profiles.titles / titles[groups], (groups, np.arange(rows))), shape=(count, rows)
    )
    begins = np.full(count, np.inf)
    ends = np.full(count, -np.inf)
    np.minimum.at(begins, groups, profiles.begins)
    np.maximum.at(ends, groups, profiles.ends)
    members: list[list[int]] = [[] for _ in range(count)]
    for row, group in enumerate(groups.tolist()):
        members[group].append(row)
    meanings = profiles.meanings
    return Profiles(
        keys=profiles.keys,
        terms=mean @ profiles.terms,
        weights=profiles.weights,
        names=profiles.names,
        likely_names=profiles.likely_names,
        context=mean @ profiles.context,
        pairs=mean @ profiles.pairs,
        grams=mean @ profiles.grams,
        numbered=mean @ profiles.numbered,
        publishers=mean @ profiles.publishers,
        pages=mean @ profiles.pages,
        titles=titles,
        begins=begins,
        ends=ends,
        languages=tuple(_usual(profiles, some) for some in members),
        decisive=tuple(
            profiles.decisive[some[0]]
            if len(some) == 1
            else decisive_together(profiles.decisive[row] for row in some)
            for some in members
        ),
        sides=tuple(frozenset().union(*(profiles.sides[row] for row in some)) for some in members),
        topics=tuple(
            next((profiles.topics[row] for row in some if profiles.topics[row] is not None), None)
            for some in members
        ),
        meanings=None if meanings is None else np.asarray(mean @ meanings, dtype=np.float32),
    )


def decisive_together(parts: Iterable[Decisive]) -> Decisive:
    """What tells several rows from other stories, counted together."""
    found: Decisive = {}
    for part in parts:
        add_decisive(found, part)
    return found


def add_decisive(total: Decisive, part: Decisive) -> None:
    """Counts what tells a row from other stories into a total."""
    for head, values in part.items():
        counts = total.setdefault(head, {})
        for value, count in values.items():
            counts[value] = counts.get(value, 0) + count


def decisive_disagree(left: Decisive, right: Decisive) -> bool:
    """Whether two rows differ in what decides: iPhone 17 and iPhone 18, two songs of one band."""
    return any(
        not (_typical(left[head]) & _typical(right[head])) for head in left.keys() & right.keys()
    )


def sides_disagree(left: frozenset[Sides], right: frozenset[Sides]) -> bool:
    """Whether two rows are of different meetings: Lakers vs Celtics and Lakers vs Suns."""
    return bool(left and right) and not any(
        (one[0] & other[0] and one[1] & other[1]) or (one[0] & other[1] and one[1] & other[0])
        for one in left
        for other in right
    )


def _numbered(reading: Reading) -> dict[str, float]:
    return {
        f"{head} {value}": _COMMON_NUMBER**0.5 if is_common(head) else 1.0
        for head, values in reading.decisive.items()
        if head != YEAR and not head.startswith((WORK_OF, FRAME))
        for value in values
    }


def _typical(values: Mapping[str, int]) -> set[str]:
    least = max(values.values()) * _TYPICAL
    return {value for value, count in values.items() if count >= least}


def _usual(profiles: Profiles, rows: Sequence[int]) -> str:
    if len(rows) == 1:
        return profiles.languages[rows[0]]
    counts: Counter[str] = Counter()
    for row in rows:
        counts[profiles.languages[row]] += int(profiles.titles[row])
    return max(counts, key=lambda language: (counts[language], language))


def _gram_rows(terms: Any, words: Sequence[str]) -> Any:
    """Three-letter parts of the words in Latin letters, weighed by rarity, rows of unit length."""
    import numpy as np
    from scipy import sparse

    column: dict[str, int] = {}
    parts = _matrix(
        [
            [f"^{word}"[at : at + 3] for at in range(len(word) - 1)] if _SPELT.match(word) else ()
            for word in words
        ],
        column,
    )
    rows = (terms @ parts).tocsr()
    used = np.bincount(rows.indices, minlength=rows.shape[1])
    rows = (rows @ sparse.diags(np.log1p(rows.shape[0] / np.maximum(used, 1)))).tocsr()
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    scale = np.divide(1.0, length, out=np.zeros(len(length)), where=length > 0)
    return (sparse.diags(scale) @ rows).tocsr()


def _matrix(rows: Sequence[Any], column: dict[str, int]) -> Any:
    """CSR from a mapping of key to value, or from keys, for each row; adds to the columns."""
    from scipy import sparse

    starts: list[int] = [0]
    columns: list[int] = []
    values: list[float] = []
    for row in rows:
        entries = row if isinstance(row, dict) else dict.fromkeys(row, 1.0)
        columns.extend([column.setdefault(key, len(column)) for key in entries])
        values.extend(entries.values())
        starts.append(len(columns))
    matrix = sparse.csr_matrix(
        (values, columns, starts), shape=(len(rows), max(len(column), 1)), dtype=float
    )
    matrix.sort_indices()
    return matrix
