"""Candidates: the pairs of profiles that are worth measuring.

Belongs here: finding for each profile the few others that may tell its story, in time that grows
with the number of profiles and not with that of pairs. How alike they are is ``likeness.py``.
"""

from __future__ import annotations

from typing import Any

from ytempire_assets.discovery.topics.likeness import Weighed

PARTNERS = 25
"""Partners of each profile, itself among them, the nearest first."""
_CHAMPIONS = 64
"""Profiles that a term offers as partners. A term of a story told a thousand times would else make
half a million pairs; joined to some of these, the others meet in the next round."""
_TELLING = 0.35
"""Least weight within a title of a term that finds partners; below are words that tell little."""
_BESIDE = 0.3
"""Weight of what stands beside a title, when it finds partners."""
_RARE_BESIDE = 40
"""A term beside titles finds partners while so few profiles have it there."""
_LEAST = 0.1
"""Least cosine of two that find each other by their terms."""
_NEAR_MEANING = 0.5
"""Least cosine above the batch's mean of two directions that find each other."""
_CHUNK = 2_048


def candidate_pairs(weighed: Weighed, offered: Any = None) -> tuple[Any, Any]:
    """The pairs worth measuring, each once.

    Partners share a telling term, a page or, with an embedder, a direction. Terms with more than
    ``_CHAMPIONS`` profiles offer only so many, evenly spread (champion lists, Manning, Raghavan and
    Schütze, "Introduction to Information Retrieval", 7.1.3).

    Args:
        weighed: The profiles; their order decides ties, so it must not depend on the input's.
        offered: bool, (profiles,), which may be partners; None for all.

    Returns:
        int64 rows (pairs,) twice, the smaller first, sorted.
    """
    import numpy as np

    count = len(weighed.profiles)
    if offered is None:
        offered = np.ones(count, dtype=bool)
    found = [_by_terms(weighed, offered), _by_pages(weighed)]
    if weighed.profiles.meanings is not None:
        found.append(_by_meaning(weighed, np.flatnonzero(offered)))
    left = np.concatenate([pair[0] for pair in found]).astype(np.int64)
    right = np.concatenate([pair[1] for pair in found]).astype(np.int64)
    low, high = np.minimum(left, right), np.maximum(left, right)
    keys = np.unique((low * count + high)[low != high])
    return keys // count, keys % count


def _by_terms(weighed: Weighed, offered: Any) -> tuple[Any, Any]:
    import numpy as np
    from scipy import sparse

    profiles = weighed.profiles
    information = weighed.information
    telling = np.where(profiles.weights > _TELLING, information, 0.0)
    used = np.bincount(profiles.context.indices, minlength=len(telling))
    rare = np.where(used <= _RARE_BESIDE, _BESIDE * telling, 0.0)
    rows = (profiles.terms @ sparse.diags(telling) + profiles.context @ sparse.diags(rare)).tocsr()
    rows.eliminate_zeros()
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    scale = sparse.diags(np.divide(1.0, length, out=np.zeros(len(length)), where=length > 0))
    rows = (scale @ rows).tocsr()
    champions = _champions(sparse.diags(offered.astype(np.float64)) @ rows)
    lefts, rights = [], []
    for start in range(0, rows.shape[0], _CHUNK):
        left, right = _nearest((rows[start : start + _CHUNK] @ champions).tocsr())
        lefts.append(left + start)
        rights.append(right)
    return np.concatenate(lefts), np.concatenate(rights)


def _champions(rows: Any) -> Any:
    """The transpose of the rows, at most ``_CHAMPIONS`` evenly spread entries a term."""
    import numpy as np

    columns = rows.tocsc()
    columns.eliminate_zeros()
    counts = np.diff(columns.indptr)
    place = np.arange(columns.nnz) - np.repeat(columns.indptr[:-1], counts)
    of = np.repeat(counts, counts)
    # Kept where the place crosses a multiple of counts / champions.
    kept = (place * _CHAMPIONS) // of != ((place - 1) * _CHAMPIONS) // of
    columns.data = np.where(kept | (of <= _CHAMPIONS), columns.data, 0.0)
    columns.eliminate_zeros()
    return columns.T.tocsr()


def _nearest(similarity: Any) -> tuple[Any, Any]:
    """The ``PARTNERS`` largest entries of each row of a CSR matrix; ties go to the first column."""
    import numpy as np

    near = similarity.data >= _LEAST
    rows = np.repeat(np.arange(similarity.shape[0]), np.diff(similarity.indptr))[near]
    columns, values = similarity.indices[near], similarity.data[near]
    crowded = np.bincount(rows, minlength=similarity.shape[0])[rows] > PARTNERS
    some = np.flatnonzero(crowded)
    # Rounded, because sums in another order differ in their last digits.
    some = some[np.lexsort((columns[some], -np.round(values[some], 9), rows[some]))]
    place = np.arange(len(some)) - np.searchsorted(rows[some], rows[some])
    kept = np.concatenate([np.flatnonzero(~crowded), some[place < PARTNERS]])
    return rows[kept], columns[kept]


def _by_pages(weighed: Weighed) -> tuple[Any, Any]:
    """The first profile of each page with every other one of it."""
    import numpy as np

    pages = weighed.profiles.pages.tocsc()
    counts = np.diff(pages.indptr)
    first = np.repeat(pages.indices[pages.indptr[:-1][counts > 0]], counts[counts > 0])
    return first, pages.indices


def _by_meaning(weighed: Weighed, offered: Any) -> tuple[Any, Any]:
    """Nearest directions, exactly: as a matrix product this costs far less than embedding did."""
    import numpy as np

    meanings = weighed.profiles.meanings
    least = weighed.common_meaning + _NEAR_MEANING * (1.0 - weighed.common_meaning)
    lefts, rights = [], []
    for start in range(0, len(meanings), _CHUNK):
        cosines = meanings[start : start + _CHUNK] @ meanings[offered].T
        kept = min(PARTNERS, cosines.shape[1])
        nearest = np.argpartition(-cosines, kept - 1, axis=1)[:, :kept]
        near = np.take_along_axis(cosines, nearest, axis=1) >= least
        lefts.append(np.repeat(np.arange(start, start + len(cosines)), near.sum(axis=1)))
        rights.append(offered[nearest[near]])
    return np.concatenate(lefts), np.concatenate(rights)
